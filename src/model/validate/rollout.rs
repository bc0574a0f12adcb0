//! Rollouts: what Kubernetes' API would refuse, and steps that say nothing.

use super::{Check, contradiction};
use crate::model::{Deployment, UpdateStrategy};

pub(super) fn check_rollout(
    check: &mut Check,
    at: &str,
    deployment: &Deployment,
    is_service: bool,
) {
    let rollout = &deployment.rollout;
    let path = format!("{at}/rollout");
    if rollout.progress_deadline <= rollout.min_ready_time {
        let this = format!("progress_deadline = {}", rollout.progress_deadline);
        let other = format!("min_ready_time = {}", rollout.min_ready_time);
        check.error(&path, contradiction(this, ">", other));
    }
    match &rollout.strategy {
        strategy @ UpdateStrategy::RollingUpdate { .. } => {
            let (max_surge, max_unavailable) = strategy.rolling_bounds(is_service);
            if max_surge.rounded_up_of(1) == 0 && max_unavailable.rounded_up_of(1) == 0 {
                let this = format!("max_surge = {max_surge}");
                let other = format!("max_unavailable = {max_unavailable}");
                let path = format!("{path}/strategy");
                check.error(path, contradiction(this, "or", format!("{other} > 0")));
            }
        }
        UpdateStrategy::Canary { steps } => {
            for (number, pair) in steps.windows(2).enumerate() {
                if pair[1].weight < pair[0].weight {
                    let this = format!("weight = {}", pair[1].weight);
                    let other = format!("weight = {}", pair[0].weight);
                    let path = format!("{path}/strategy/steps/{}/weight", number + 1);
                    check.warning(path, contradiction(this, ">=", other));
                }
            }
        }
        UpdateStrategy::Recreate | UpdateStrategy::BlueGreen { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CanaryStep, Rollout, Severity};
    use crate::units::{IntOrPercent, Ratio, SimDuration};

    #[track_caller]
    fn check(rollout: Rollout, expected: &[Severity]) {
        let deployment = Deployment {
            rollout: Box::new(rollout),
            ..Deployment::default()
        };
        let mut check = Check::default();
        check_rollout(&mut check, "/components/api", &deployment, false);
        let found: Vec<Severity> = check.findings.iter().map(|it| it.severity).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_the_api_refuses_is_found() {
        check(Rollout::default(), &[]);
        let rolling = |surge, unavailable| Rollout {
            strategy: UpdateStrategy::RollingUpdate {
                max_surge: Some(IntOrPercent::Int(surge)),
                max_unavailable: Some(IntOrPercent::Int(unavailable)),
            },
            ..Rollout::default()
        };
        check(rolling(0, 1), &[]);
        check(rolling(0, 0), &[Severity::Error]);
        let late = Rollout {
            min_ready_time: SimDuration::from_min(10),
            ..Rollout::default()
        };
        check(late, &[Severity::Error]);
        let steps = [0.5, 0.2].map(|weight| CanaryStep {
            weight: Ratio::new(weight),
            pause: SimDuration::ZERO,
        });
        let falling = Rollout {
            strategy: UpdateStrategy::Canary {
                steps: steps.to_vec(),
            },
            ..Rollout::default()
        };
        check(falling, &[Severity::Warning]);
    }
}

//! How a new release of a deployment takes the place of the one before.
//!
//! What a rollout does belongs to the design: two designs meet the same release of the tape, each
//! by its own strategy. What is wrong with the release stands on the tape.

use serde::Serialize;
use serde_json::Value;

use super::defaults;
use super::json::{self, FromJson, Members, Refusal, fields, from_json};
use crate::units::{IntOrPercent, Ratio, SimDuration};

/// A step of a canary: a share of the requests, and how long it stays so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct CanaryStep {
    /// Share of the requests that goes to the new release.
    pub weight: Ratio,
    /// Until the next step, once the pods for this one are available.
    pub pause: SimDuration,
}

from_json!(CanaryStep { weight, pause });

/// In which order old pods go and new ones come.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum UpdateStrategy {
    /// The platform's own: step by step, as pods become available. Bounds that are absent are those
    /// of the platform: 25% and 25% on Kubernetes, 100% and 0% for a service of ECS.
    RollingUpdate {
        /// Pods beyond the replicas; a share is rounded up, on ECS down (`maximumPercent`, less
        /// 100 %).
        #[serde(skip_serializing_if = "Option::is_none")]
        max_surge: Option<IntOrPercent>,
        /// Pods that may be missing; a share is rounded down (on ECS 100 % less
        /// `minimumHealthyPercent`). Where both come to nothing on Kubernetes, one may.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_unavailable: Option<IntOrPercent>,
    },
    /// All old pods end first.
    Recreate,
    /// Argo Rollouts' canary with traffic routing: shares of the requests go to as many new pods,
    /// beside all of the old ones.
    Canary {
        /// Shares and pauses, in their order; after the last one all requests go there. 1 to 20.
        #[cfg_attr(test, schemars(length(min = 1, max = 20)))]
        steps: Vec<CanaryStep>,
    },
    /// Argo Rollouts' blue-green: a second full set comes up, and all requests turn to it at once.
    BlueGreen {
        /// From all new pods being available until requests turn to them.
        #[cfg_attr(test, schemars(default))]
        promote_after: SimDuration,
    },
}

impl UpdateStrategy {
    /// The bounds of a rolling update, surge first; the platform's where none are stated.
    /// `is_service` of a deployment that ECS runs.
    #[must_use]
    pub fn rolling_bounds(&self, is_service: bool) -> (IntOrPercent, IntOrPercent) {
        let (surge, unavailable) = if is_service {
            (defaults::SERVICE_SURGE, defaults::SERVICE_UNAVAILABLE)
        } else {
            (defaults::ROLLOUT_SHARE, defaults::ROLLOUT_SHARE)
        };
        match self {
            Self::RollingUpdate {
                max_surge,
                max_unavailable,
            } => (
                max_surge.unwrap_or(surge),
                max_unavailable.unwrap_or(unavailable),
            ),
            _ => (surge, unavailable),
        }
    }

    /// Its name, as files write it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RollingUpdate { .. } => "rolling_update",
            Self::Recreate => "recreate",
            Self::Canary { .. } => "canary",
            Self::BlueGreen { .. } => "blue_green",
        }
    }
}

impl Default for UpdateStrategy {
    fn default() -> Self {
        Self::RollingUpdate {
            max_surge: None,
            max_unavailable: None,
        }
    }
}

impl FromJson for UpdateStrategy {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        Ok(match members.kind()? {
            "rolling_update" => fields!(members => Self::RollingUpdate {
                max_surge or None, max_unavailable or None,
            }),
            "recreate" => Self::Recreate,
            "canary" => fields!(members => Self::Canary { steps }),
            "blue_green" => fields!(members => Self::BlueGreen {
                promote_after or SimDuration::ZERO,
            }),
            _ => return Err(Refusal::Expected("a kind of strategy")),
        })
    }
}

/// What a deployment does about a new release.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Rollout {
    /// The order of things; Kubernetes' rolling update unless stated.
    pub strategy: UpdateStrategy,
    /// A new pod is available once it has been ready for so long (`minReadySeconds`).
    #[serde(skip_serializing_if = "json::is_default")]
    pub min_ready_time: SimDuration,
    /// Without progress for so long, a rollout has failed (`progressDeadlineSeconds`).
    pub progress_deadline: SimDuration,
    /// A rollout that has failed is taken back by whoever started it; Kubernetes by itself only
    /// says so.
    #[serde(skip_serializing_if = "json::is_default")]
    pub roll_back_on_deadline: bool,
    /// How long the old pods of a canary or blue-green rollout stay once nothing goes to them, and
    /// the new ones after a rollback.
    pub scale_down_delay: SimDuration,
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            strategy: UpdateStrategy::default(),
            min_ready_time: SimDuration::ZERO,
            progress_deadline: defaults::PROGRESS_DEADLINE,
            roll_back_on_deadline: false,
            scale_down_delay: defaults::SCALE_DOWN_DELAY,
        }
    }
}

from_json!(Rollout or default {
    strategy, min_ready_time, progress_deadline, roll_back_on_deadline, scale_down_delay,
});

impl FromJson for Box<Rollout> {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Rollout::from_json(value).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultKind;
    use serde_json::json;

    #[test]
    fn strategies_and_releases_are_read_as_they_are_written() {
        let steps = vec![CanaryStep {
            weight: Ratio::new(0.1),
            pause: SimDuration::from_min(5),
        }];
        for strategy in [
            UpdateStrategy::default(),
            UpdateStrategy::Recreate,
            UpdateStrategy::Canary { steps },
            UpdateStrategy::BlueGreen {
                promote_after: SimDuration::from_min(1),
            },
        ] {
            let text = serde_json::to_value(&strategy).expect("plain data");
            assert_eq!(UpdateStrategy::from_json(&text), Ok(strategy), "{text}");
        }
        let release = FaultKind::Rollout {
            at: SimDuration::ZERO,
            target: "api".to_string(),
            errors: Ratio::new(0.2),
            slowdown: Some(3.0),
            never_ready: Ratio::ONE,
            roll_back_after: Some(SimDuration::from_min(5)),
        };
        let text = serde_json::to_value(&release).expect("plain data");
        assert_eq!(FaultKind::from_json(&text), Ok(release), "{text}");
        let good = json!({ "kind": "rollout", "at": "1h", "target": "api" });
        let read = FaultKind::from_json(&good).expect("all else has defaults");
        assert_eq!(serde_json::to_value(&read).expect("plain data"), good);
    }
}

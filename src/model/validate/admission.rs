//! What Kubernetes' API would refuse or let pass in silence: disruption budgets, namespaces.

use super::{Check, contradiction};
use crate::model::{DEFAULT_NAMESPACE, Deployment, Design, FindingKind, PodDisruptionBudget};
use crate::units::{IntOrPercent, Ratio};

/// A budget needs one bound of two; one that never lets a pod go blocks every drain.
pub(super) fn disruption_budget(check: &mut Check, at: &str, deployment: &Deployment) {
    let Some(budget) = &deployment.disruption_budget else {
        return;
    };
    let path = format!("{at}/disruption_budget");
    match (budget.min_available, budget.max_unavailable) {
        (None, None) => {
            let key = "min_available / max_unavailable".to_string();
            check.error(path, FindingKind::MissingKey { key });
        }
        (Some(least), Some(most)) => {
            let this = format!("min_available = {least}");
            let other = format!("max_unavailable = {most}");
            check.error(path, contradiction(this, "without", other));
        }
        _ => never_allows(check, &path, deployment, *budget),
    }
}

/// A namespace exists, its pods are not larger than it allows, and its quota is not a surprise.
pub(super) fn namespace(check: &mut Check, design: &Design, at: &str, deployment: &Deployment) {
    let namespaces = &design.architecture.kubernetes.namespaces;
    let id = deployment.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    let Some(namespace) = namespaces.get(id) else {
        if id != DEFAULT_NAMESPACE {
            let known = namespaces.keys().map(String::as_str);
            let path = format!("{at}/namespace");
            check.dangling(path, id, "a namespace of the cluster", known);
        }
        return;
    };
    let range = &namespace.limit_range;
    if range
        .max_cpu
        .is_some_and(|most| deployment.cpu_request > most)
    {
        let most = range.max_cpu.unwrap_or_default();
        let this = format!("cpu_request = {}", deployment.cpu_request);
        let other = format!("limit_range/max_cpu = {most}");
        check.error(
            format!("{at}/cpu_request"),
            contradiction(this, "<=", other),
        );
    }
    if range
        .max_memory
        .is_some_and(|most| deployment.memory_request > most)
    {
        let most = range.max_memory.unwrap_or_default();
        let this = format!("memory_request = {}", deployment.memory_request);
        let other = format!("limit_range/max_memory = {most}");
        check.error(
            format!("{at}/memory_request"),
            contradiction(this, "<=", other),
        );
    }
    if namespace
        .resource_quota
        .pods
        .is_some_and(|most| deployment.replicas > most)
    {
        let most = namespace.resource_quota.pods.unwrap_or_default();
        let this = format!("replicas = {}", deployment.replicas);
        let other = format!("resource_quota/pods = {most}");
        check.warning(format!("{at}/replicas"), contradiction(this, "<=", other));
    }
}

/// Warns of a budget that is used up while all pods are healthy.
fn never_allows(check: &mut Check, path: &str, of: &Deployment, budget: PodDisruptionBudget) {
    let all = IntOrPercent::Percent(Ratio::ONE);
    let most_pods = of.hpa.as_ref().map_or(of.replicas, |it| it.max_replicas);
    if let Some(least) = budget.min_available {
        let blocks = match least {
            IntOrPercent::Int(n) => n >= most_pods,
            IntOrPercent::Percent(_) => least == all,
        };
        if blocks {
            let this = format!("min_available = {least}");
            let kind = contradiction(this, "<", format!("replicas = {most_pods}"));
            check.warning(format!("{path}/min_available"), kind);
        }
    }
    if let Some(most) = budget.max_unavailable
        && most.rounded_up_of(most_pods) == 0
    {
        let this = format!("max_unavailable = {most}");
        let kind = contradiction(this, ">", "0");
        check.warning(format!("{path}/max_unavailable"), kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HorizontalPodAutoscaler, Severity};
    use crate::units::FromText as _;

    #[track_caller]
    fn check(least: &str, most: &str, hpa_max: Option<u32>, expected: Option<Severity>) {
        let bound = |text: &str| IntOrPercent::from_text(text).ok();
        let deployment = Deployment {
            replicas: 3,
            hpa: hpa_max.map(|max_replicas| HorizontalPodAutoscaler {
                max_replicas,
                ..HorizontalPodAutoscaler::default()
            }),
            disruption_budget: Some(PodDisruptionBudget {
                min_available: bound(least),
                max_unavailable: bound(most),
                ..PodDisruptionBudget::default()
            }),
            ..Deployment::default()
        };
        let mut check = Check::default();
        disruption_budget(&mut check, "/components/api", &deployment);
        let found: Vec<Severity> = check.findings.iter().map(|it| it.severity).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_budget_has_one_bound_and_lets_pods_go() {
        check("", "", None, Some(Severity::Error));
        check("1", "1", None, Some(Severity::Error));
        check("2", "", None, None);
        check("3", "", None, Some(Severity::Warning));
        check("3", "", Some(4), None);
        check("99%", "", None, None);
        check("100%", "", Some(4), Some(Severity::Warning));
        check("", "1", None, None);
        check("", "1%", None, None);
        check("", "0%", None, Some(Severity::Warning));
    }
}

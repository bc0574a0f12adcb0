//! What Kubernetes' API would refuse or let pass in silence: disruption budgets, namespaces.

use std::fmt::Display;

use super::{Check, contradiction};
use crate::model::{DEFAULT_NAMESPACE, Deployment, Design, FindingKind, PodDisruptionBudget};
use crate::units::{IntOrPercent, Ratio, SimDuration};

/// A pod has time to end after its hook, which would be cut off otherwise.
pub(super) fn termination(check: &mut Check, at: &str, deployment: &Deployment) {
    let grace = deployment.termination_grace_period;
    let (low, high) = (SimDuration::from_s(1), SimDuration::from_h(2));
    check.between(format!("{at}/termination_grace_period"), grace, low, high);
    if deployment.pre_stop >= grace && !deployment.pre_stop.is_zero() {
        let this = format!("pre_stop = {}", deployment.pre_stop);
        let other = format!("termination_grace_period = {grace}");
        check.error(format!("{at}/pre_stop"), contradiction(this, "<", other));
    }
}

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
    if design.architecture.is_service(deployment) {
        return;
    }
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
    let bounds = Bounds {
        min: range.min_cpu,
        default: range.default_cpu,
        max: range.max_cpu,
    };
    stays_within(check, at, "cpu", deployment.cpu_request, bounds);
    let bounds = Bounds {
        min: range.min_memory,
        // It has become the deployment's own `memory_limit`.
        default: None,
        max: range.max_memory,
    };
    stays_within(check, at, "memory", deployment.memory_request, bounds);
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

/// What a limit range says of one resource.
#[derive(Clone, Copy)]
struct Bounds<T> {
    min: Option<T>,
    /// The limit of pods that state none; where it is absent, `max` is.
    default: Option<T>,
    max: Option<T>,
}

/// A pod outside of its namespace's limit range is refused. Deployments state no limits here, so
/// that each pod has the default one, and a request above the own limit is invalid (Kubernetes,
/// "Limit Ranges": "must be less than or equal to cpu limit"; read 2026-11-23).
fn stays_within<T: Ord + Copy + Display>(
    check: &mut Check,
    at: &str,
    resource: &str,
    asked: T,
    range: Bounds<T>,
) {
    let (most, upper) = match range.default {
        Some(_) => ("default", range.default),
        None => ("max", range.max),
    };
    let bounds = [
        ("min", ">=", range.min.filter(|it| asked < *it)),
        (most, "<=", upper.filter(|it| asked > *it)),
    ];
    for (name, relation, bound) in bounds {
        if let Some(bound) = bound {
            let this = format!("{resource}_request = {asked}");
            let other = format!("limit_range/{name}_{resource} = {bound}");
            let path = format!("{at}/{resource}_request");
            check.error(path, contradiction(this, relation, other));
        }
    }
}

/// The figures of a limit range rise: minimum, default request, default limit, maximum.
pub(super) fn limit_ranges(check: &mut Check, design: &Design) {
    for (id, namespace) in &design.architecture.kubernetes.namespaces {
        let path = format!("/kubernetes/namespaces/{id}/limit_range");
        let it = &namespace.limit_range;
        let cpu = [
            it.min_cpu,
            it.default_request_cpu,
            it.default_cpu,
            it.max_cpu,
        ];
        rises(check, &path, "cpu", cpu);
        let memory = [
            it.min_memory,
            it.default_request_memory,
            it.default_memory,
            it.max_memory,
        ];
        rises(check, &path, "memory", memory);
    }
}

fn rises<T: Ord + Copy + Display>(
    check: &mut Check,
    path: &str,
    resource: &str,
    figures: [Option<T>; 4],
) {
    let names = ["min", "default_request", "default", "max"];
    let mut last: Option<(&str, T)> = None;
    for (name, figure) in names.into_iter().zip(figures) {
        let Some(figure) = figure else { continue };
        if let Some((before, low)) = last.filter(|(_, low)| *low > figure) {
            let this = format!("{before}_{resource} = {low}");
            let other = format!("{name}_{resource} = {figure}");
            check.error(path, contradiction(this, "<=", other));
        }
        last = Some((name, figure));
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
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, Component, HorizontalPodAutoscaler, Severity};
    use crate::units::FromText as _;
    use serde_json::{Value, json};

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

    #[test]
    fn a_limit_range_rises_and_holds_its_pods() {
        let found = |range: &Value, asked: &str| {
            let text = json!({
                "kubernetes": { "namespaces": { "default": { "limit_range": range } } },
                "components": { "api": { "kind": "deployment", "cpu_request": asked } },
            });
            let architecture = Architecture::from_json(&text).expect("well formed");
            let (design, _) = Design::resolve("one", architecture);
            let Component::Deployment(api) =
                &design.vertex(design.find("api").expect("there")).component
            else {
                panic!("a deployment");
            };
            let mut check = Check::default();
            limit_ranges(&mut check, &design);
            namespace(&mut check, &design, "/components/api", api);
            let said = check.findings.into_iter().map(|it| match it.kind {
                FindingKind::Contradiction {
                    this,
                    relation,
                    other,
                } => {
                    format!("{this} {relation} {other}")
                }
                other => format!("{other:?}"),
            });
            said.collect::<Vec<_>>()
        };
        let range = json!({ "min_cpu": "100m", "max_cpu": "2" });
        assert_eq!(found(&range, "100m"), [""; 0]);
        assert_eq!(found(&range, "2"), [""; 0]);
        let small = "cpu_request = 99m >= limit_range/min_cpu = 100m";
        assert_eq!(found(&range, "99m"), [small]);
        let large = "cpu_request = 2001m <= limit_range/max_cpu = 2";
        assert_eq!(found(&range, "2001m"), [large]);
        // Without a limit of its own a pod gets the default one, and may not ask for more.
        let range = json!({ "default_cpu": "250m", "max_cpu": "2" });
        assert_eq!(found(&range, "250m"), [""; 0]);
        let large = "cpu_request = 500m <= limit_range/default_cpu = 250m";
        assert_eq!(found(&range, "500m"), [large]);
        let falls = json!({ "default_request_cpu": "2", "default_cpu": "1", "max_cpu": "1" });
        let falls = found(&falls, "1");
        assert_eq!(falls, ["default_request_cpu = 2 <= default_cpu = 1"]);
    }
}

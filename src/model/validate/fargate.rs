//! ECS services on Fargate, and what of Kubernetes they cannot have.

use super::design::check_zone_list;
use super::{Check, contradiction};
use crate::model::fargate::task_size;
use crate::model::{
    Component, Deployment, Design, Fargate, FindingKind, LoadBalancerProduct, TargetTracking,
    UpdateStrategy,
};
use crate::units::{Ratio, SimDuration};

/// The longest `stopTimeout` of a task on Fargate (Amazon ECS API reference,
/// `ContainerDefinition`, read 2026-11-23).
const LONGEST_STOP: SimDuration = SimDuration::from_s(120);

pub(super) fn check_fargate(check: &mut Check, design: &Design, at: &str, fargate: &Fargate) {
    check_zone_list(check, design, at, fargate.zones.as_deref());
    check.triangular(format!("{at}/launch_time"), fargate.launch_time);
    check.triangular(format!("{at}/task_loss_time"), fargate.task_loss_time);
}

pub(super) fn check_service(check: &mut Check, design: &Design, at: &str, it: &Deployment) {
    if !design.architecture.is_service(it) {
        if it.target_tracking.is_some() {
            let kind = contradiction("target_tracking", "needs", "runs_on = a fargate component");
            check.error(format!("{at}/target_tracking"), kind);
        }
        return;
    }
    if it.runs_on.0.len() > 1 {
        let kind = contradiction("a fargate component", "without", "anything beside it");
        check.error(format!("{at}/runs_on"), kind);
    }
    if task_size(it.cpu_request, it.memory_request).is_none() {
        let got = format!("{} and {}", it.cpu_request, it.memory_request);
        let path = format!("{at}/cpu_request");
        check.out_of_range(path, got, "a task size, at most 16 vCPU and 120 GiB");
    }
    check_kubernetes_only(check, at, it);
    if it.termination_grace_period > LONGEST_STOP {
        let this = format!("termination_grace_period = {}", it.termination_grace_period);
        let other = format!("stopTimeout of Fargate = {LONGEST_STOP}");
        let path = format!("{at}/termination_grace_period");
        check.error(path, contradiction(this, "<=", other));
    }
    if let Some(policy) = &it.target_tracking {
        check_policy(check, design, at, it, policy);
        if policy.cpu_target().is_some() {
            check.positive(format!("{at}/cpu_per_request"), it.cpu_per_request);
        }
    }
}

/// What only Kubernetes looks at: autoscalers of its own are an error, the rest has no effect.
fn check_kubernetes_only(check: &mut Check, at: &str, it: &Deployment) {
    let needs_nodes =
        |key: &str| contradiction(key, "needs", "runs_on = node pools or node groups");
    for (key, is_there) in [("hpa", it.hpa.is_some()), ("vpa", it.vpa.is_some())] {
        if is_there {
            check.error(format!("{at}/{key}"), needs_nodes(key));
        }
    }
    for (key, is_there) in [
        ("topology_spread", it.topology_spread.is_some()),
        ("namespace", it.namespace.is_some()),
        ("memory_limit", it.memory_limit.is_some()),
        ("priority", it.priority != 0),
        ("tolerations", !it.tolerations.is_empty()),
        ("node_affinity", !it.node_affinity.is_empty()),
        ("pod_affinity", !it.pod_affinity.is_empty()),
        ("pod_anti_affinity", !it.pod_anti_affinity.is_empty()),
        ("host_port", it.host_port.is_some()),
        ("pre_stop", !it.pre_stop.is_zero()),
        ("disruption_budget", it.disruption_budget.is_some()),
    ] {
        if is_there {
            check.warning(format!("{at}/{key}"), needs_nodes(key));
        }
    }
}

fn check_policy(
    check: &mut Check,
    design: &Design,
    at: &str,
    it: &Deployment,
    policy: &TargetTracking,
) {
    let tasks = it.replicas;
    let path = format!("{at}/target_tracking");
    let (min, max) = (policy.min_capacity, policy.max_capacity);
    if min > max {
        let this = format!("min_capacity = {min}");
        check.error(
            &path,
            contradiction(this, "<=", format!("max_capacity = {max}")),
        );
    } else if tasks < min || tasks > max {
        let other = format!("min_capacity to max_capacity = {min} to {max}");
        let kind = contradiction(format!("replicas = {tasks}"), "within", other);
        check.warning(format!("{at}/replicas"), kind);
    }
    if policy.target_cpu_utilization == Some(Ratio::ZERO) {
        check.out_of_range(format!("{path}/target_cpu_utilization"), "0%", "1% to 100%");
    }
    check_request_target(check, design, at, it, policy);
    let hour = SimDuration::from_h(1);
    for (key, time) in [
        ("scale_out_cooldown", policy.scale_out_cooldown),
        ("scale_in_cooldown", policy.scale_in_cooldown),
        (
            "metric_delay",
            policy.metric_delay(policy.metric_resolution),
        ),
    ] {
        check.between(format!("{path}/{key}"), time, SimDuration::ZERO, hour);
    }
}

/// Requests per target are counted by an Application Load Balancer, for the service behind it.
fn check_request_target(
    check: &mut Check,
    design: &Design,
    at: &str,
    it: &Deployment,
    policy: &TargetTracking,
) {
    let Some(target) = policy.target_requests_per_target else {
        return;
    };
    let path = format!("{at}/target_tracking/target_requests_per_target");
    if !(1..=1_000_000).contains(&target) {
        check.out_of_range(&path, target.to_string(), "1 to 1000000");
    }
    let id = at.rsplit('/').next().unwrap_or(at);
    let mut balancers = design.components();
    let counted = balancers.any(|(_, from)| match &from.component {
        Component::LoadBalancer(it) => it.product == LoadBalancerProduct::Alb && it.routes_to == id,
        _ => false,
    });
    if !counted {
        check.error(path, FindingKind::RequestsNotCounted);
    } else if matches!(it.rollout.strategy, UpdateStrategy::BlueGreen { .. }) {
        let other = "rollout.strategy = blue_green";
        check.error(
            path,
            contradiction("target_requests_per_target", "without", other),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;
    use crate::model::{
        Architecture, HorizontalPodAutoscaler, LoadBalancer, NodeGroup, OneOrList, Rollout,
        Severity, ZoneName, validate,
    };
    use crate::units::Cpu;

    /// The paths below the service that findings name, errors marked.
    fn findings(service: Deployment) -> Vec<String> {
        findings_behind(LoadBalancer::default(), service)
    }

    /// The same behind a load balancer.
    fn findings_behind(balancer: LoadBalancer, service: Deployment) -> Vec<String> {
        let components = [
            ("api", Component::Deployment(service)),
            ("lb", Component::LoadBalancer(balancer)),
            ("fargate", Component::Fargate(Fargate::default())),
            ("nodes", Component::NodeGroup(NodeGroup::default())),
        ];
        let architecture = Architecture {
            zones: vec![ZoneName("a".to_string())],
            components: components
                .into_iter()
                .map(|(id, it)| (id.to_string(), it))
                .collect(),
            ..Architecture::default()
        };
        let (design, _) = Design::resolve("one", architecture);
        let found = validate::design(&design, &[]).into_iter();
        let own = found.filter_map(|it| {
            let mark = if it.severity == Severity::Error {
                "!"
            } else {
                ""
            };
            let below = it.path.strip_prefix("/components/api/")?;
            Some(format!("{below}{mark}"))
        });
        own.collect()
    }

    fn service() -> Deployment {
        Deployment {
            runs_on: "fargate".into(),
            target_tracking: Some(TargetTracking::default()),
            ..Deployment::default()
        }
    }

    #[test]
    fn a_service_has_nothing_of_kubernetes() {
        assert!(findings(service()).is_empty());
        let mixed = Deployment {
            hpa: Some(HorizontalPodAutoscaler::default()),
            priority: 5,
            runs_on: OneOrList(vec!["fargate".to_string(), "nodes".to_string()]),
            ..service()
        };
        assert_eq!(findings(mixed), ["runs_on!", "hpa!", "priority"]);
        let on_nodes = Deployment {
            runs_on: "nodes".into(),
            ..service()
        };
        assert_eq!(findings(on_nodes), ["target_tracking!"]);
    }

    /// A limit range of the cluster says nothing about tasks.
    #[test]
    fn a_service_is_in_no_namespace() {
        let text = serde_json::json!({
            "zones": ["a"],
            "kubernetes": { "namespaces": { "default": { "limit_range": { "max_cpu": "100m" } } } },
            "components": {
                "api": { "kind": "deployment", "runs_on": "home", "cpu_request": "500m" },
                "home": { "kind": "fargate" },
            },
        });
        let found = |kind: &str| {
            let mut text = text.clone();
            text["components"]["home"]["kind"] = kind.into();
            let architecture = Architecture::from_json(&text).expect("well formed");
            let (design, _) = Design::resolve("one", architecture);
            let found = validate::design(&design, &[]).into_iter();
            let paths = found.map(|it| it.path);
            let own = paths.filter(|it| it == "/components/api/cpu_request");
            own.count()
        };
        assert_eq!((found("fargate"), found("node_group")), (0, 1));
    }

    /// ECS has no hook before SIGTERM, and Fargate waits for 120 s at most after it.
    #[test]
    fn a_task_has_no_hook_and_two_minutes_to_stop() {
        let stops = |pre_stop, grace| Deployment {
            pre_stop: SimDuration::from_s(pre_stop),
            termination_grace_period: SimDuration::from_s(grace),
            ..service()
        };
        assert_eq!(findings(stops(15, 120)), ["pre_stop"]);
        assert_eq!(findings(stops(0, 121)), ["termination_grace_period!"]);
    }

    #[test]
    fn sizes_and_bounds_make_sense() {
        let large = Deployment {
            cpu_request: Cpu::from_millis(17_000),
            ..service()
        };
        assert_eq!(findings(large), ["cpu_request!"]);
        let policy = |change: fn(&mut TargetTracking)| {
            let mut policy = TargetTracking::default();
            change(&mut policy);
            findings(Deployment {
                target_tracking: Some(policy),
                ..service()
            })
        };
        assert_eq!(policy(|it| it.min_capacity = 101), ["target_tracking!"]);
        assert_eq!(policy(|it| it.min_capacity = 3), ["replicas"]);
        assert_eq!(
            policy(|it| it.target_cpu_utilization = Some(Ratio::ZERO)),
            ["target_tracking/target_cpu_utilization!"]
        );
        assert_eq!(
            policy(|it| it.scale_in_cooldown = SimDuration::from_h(2)),
            ["target_tracking/scale_in_cooldown!"]
        );
    }

    /// Only an Application Load Balancer counts requests, and only for whom it sends to.
    #[test]
    fn requests_per_target_need_an_alb_in_front() {
        let counting = |target, strategy| Deployment {
            target_tracking: Some(TargetTracking {
                target_requests_per_target: Some(target),
                ..TargetTracking::default()
            }),
            rollout: Box::new(Rollout {
                strategy,
                ..Rollout::default()
            }),
            ..service()
        };
        let to = |id: &str, product| LoadBalancer {
            routes_to: id.to_string(),
            product,
            ..LoadBalancer::default()
        };
        let alb = || to("api", LoadBalancerProduct::Alb);
        let rolling = UpdateStrategy::default;
        assert!(findings_behind(alb(), counting(3000, rolling())).is_empty());
        let path = "target_tracking/target_requests_per_target!";
        for balancer in [
            to("web", LoadBalancerProduct::Alb),
            to("api", LoadBalancerProduct::Nlb),
        ] {
            assert_eq!(findings_behind(balancer, counting(3000, rolling())), [path]);
        }
        assert_eq!(findings_behind(alb(), counting(0, rolling())), [path]);
        let blue_green = UpdateStrategy::BlueGreen {
            promote_after: SimDuration::ZERO,
        };
        let one = findings_behind(alb(), counting(3000, blue_green));
        assert_eq!(one, [path]);
        // Without a policy on CPU nothing needs CPU time.
        let no_cpu = Deployment {
            cpu_per_request: SimDuration::ZERO,
            ..counting(3000, rolling())
        };
        assert!(findings_behind(alb(), no_cpu).is_empty());
    }
}

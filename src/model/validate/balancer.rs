//! How targets of a load balancer come and go.

use super::{Check, contradiction};
use crate::model::{
    BalancingAlgorithm, Component, ConnectionKind, Design, LoadBalancer, LoadBalancerProduct,
    TargetType,
};
use crate::units::SimDuration;

/// Connections that last matter behind a Network Load Balancer, which hashes flows.
pub(super) fn check_connections(check: &mut Check, design: &Design) {
    for (at, vertex) in design.components() {
        let Component::Users(users) = &vertex.component else {
            continue;
        };
        if users.connection_lifetime.is_zero() {
            continue;
        }
        let path = format!("/components/{}/connection_lifetime", vertex.id);
        let (low, high) = (SimDuration::ZERO, SimDuration::from_h(7 * 24));
        check.between(path.clone(), users.connection_lifetime, low, high);
        let behind = design.target(at, ConnectionKind::RoutesTo);
        match behind.map(|it| &design.vertex(it).component) {
            Some(Component::LoadBalancer(it)) if it.product == LoadBalancerProduct::Nlb => {
                if it.algorithm != BalancingAlgorithm::default() {
                    let this = "connection_lifetime";
                    let other = "algorithm = round_robin, as an NLB has none";
                    check.warning(path, contradiction(this, "needs", other));
                }
            }
            _ => {
                let kind = contradiction("connection_lifetime", "needs", "product = nlb");
                check.warning(path, kind);
            }
        }
    }
}

/// The controller asks for the health of pods that are targets themselves; ECS asks by itself.
pub(super) fn check_gate(check: &mut Check, design: &Design, at: &str, balancer: &LoadBalancer) {
    if !balancer.readiness_gate {
        return;
    }
    let path = format!("{at}/readiness_gate");
    if balancer.target_type != TargetType::Ip {
        let kind = contradiction("readiness_gate", "needs", "target_type = ip");
        check.error(path.clone(), kind);
    }
    let behind = design.architecture.components.get(&balancer.routes_to);
    if let Some(Component::Deployment(it)) = behind
        && design.architecture.is_service(it)
    {
        let other = "runs_on = node pools or node groups";
        check.warning(path, contradiction("readiness_gate", "needs", other));
    }
}

/// Times of targets that come or go are within what AWS allows, and mean something.
pub(super) fn check_targets(check: &mut Check, at: &str, balancer: &LoadBalancer) {
    let s = SimDuration::from_s;
    let path = format!("{at}/deregistration_delay");
    check.between(path, balancer.deregistration_delay, s(0), s(3600));
    let time = balancer.deregistration_time;
    check.triangular(format!("{at}/deregistration_time"), time);
    if balancer.slow_start.is_zero() {
        return;
    }
    let path = format!("{at}/slow_start");
    check.between(path.clone(), balancer.slow_start, s(30), s(900));
    if balancer.product != LoadBalancerProduct::Alb {
        check.error(path, contradiction("slow_start", "needs", "product = alb"));
    } else if balancer.algorithm != BalancingAlgorithm::RoundRobin {
        let kind = contradiction("slow_start", "needs", "algorithm = round_robin");
        check.error(path, kind);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, Severity};

    #[test]
    fn a_gate_needs_pods_that_are_targets_themselves() {
        #[track_caller]
        fn check(target_type: &str, runs_on: &str, expected: &[Severity]) {
            let architecture = Architecture::from_json(&json!({
                "components": {
                    "alb": {
                        "kind": "load_balancer",
                        "routes_to": "api",
                        "readiness_gate": true,
                        "target_type": target_type
                    },
                    "api": { "kind": "deployment", "runs_on": runs_on },
                    "nodes": { "kind": "node_pool" },
                    "tasks": { "kind": "fargate" }
                }
            }));
            let (design, _) = Design::resolve("one", architecture.expect("well formed"));
            let alb = design.architecture.components.get("alb").cloned();
            let Some(Component::LoadBalancer(alb)) = alb else {
                panic!("it is a load balancer");
            };
            let mut check = Check::default();
            check_gate(&mut check, &design, "/components/alb", &alb);
            let severities: Vec<_> = check.findings.iter().map(|it| it.severity).collect();
            assert_eq!(severities, expected, "{:?}", check.findings);
        }
        check("ip", "nodes", &[]);
        check("instance", "nodes", &[Severity::Error]);
        check("ip", "tasks", &[Severity::Warning]);
    }

    #[test]
    fn what_aws_would_refuse_or_ignore_is_found() {
        #[track_caller]
        fn check(change: fn(&mut LoadBalancer), expected: usize) {
            let mut balancer = LoadBalancer::default();
            change(&mut balancer);
            let mut check = Check::default();
            check_targets(&mut check, "/components/alb", &balancer);
            assert_eq!(check.findings.len(), expected, "{:?}", check.findings);
        }
        check(|_| (), 0);
        check(|it| it.slow_start = SimDuration::from_s(30), 0);
        check(|it| it.slow_start = SimDuration::from_s(901), 1);
        check(
            |it| {
                it.slow_start = SimDuration::from_s(30);
                it.algorithm = BalancingAlgorithm::LeastOutstandingRequests;
            },
            1,
        );
        check(
            |it| {
                it.slow_start = SimDuration::from_s(30);
                it.product = LoadBalancerProduct::Nlb;
            },
            1,
        );
        check(|it| it.deregistration_delay = SimDuration::from_s(3601), 1);
        check(|it| it.deregistration_time.min = SimDuration::from_s(9), 1);
    }
}

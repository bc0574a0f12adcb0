//! Readiness gates: a pod that is not ready before its target is healthy.
//!
//! The real thing. To Kubernetes a pod is ready when its containers are; a load balancer sends to
//! it after a check of its own, up to an interval later. What goes by readiness (a rollout that
//! ends old pods, a drain within a disruption budget) can thereby leave a target group with targets
//! that nobody sends to yet. In a namespace labelled `elbv2.k8s.aws/pod-readiness-gate-inject` the
//! AWS Load Balancer Controller gives every new pod behind a target group of type `ip` one more
//! condition, and sets it when the target is healthy. It registers a pod as soon as the containers
//! are ready, and asks for the health of targets whose condition is not set at a fixed period.
//!
//! Rules: AWS Load Balancer Controller 3.5.0 (`resource_manager.go`, `endpoint_resolver.go`,
//! `controller_config.go`, flag `--targetgroupbinding-requeue-duration`, 15 s), read 2026-11-23.
//!
//! Assumed: the period of a pod begins when it is registered; a target that becomes unhealthy later
//! does not take the condition back, since the controller asks only about those that wait.
//!
//! Left out: a webhook that is away when a pod is created, so that the pod has no gate; calls from
//! inside the cluster, which would pass by a pod that waits at its gate, and reach it here.
//!
//! An ECS service needs none: its scheduler counts a task as healthy when its target is.

use crate::units::{SimDuration, SimTime};

/// Between two looks at the targets that a gate waits for.
const LOOK_PERIOD: SimDuration = SimDuration::from_s(15);

/// When the controller sees that a target registered at `registered_at` became healthy at
/// `healthy_at`.
#[must_use]
pub fn opens_at(registered_at: SimTime, healthy_at: SimTime) -> SimTime {
    let waited = healthy_at.since(registered_at);
    let looks = waited.as_ns().div_ceil(LOOK_PERIOD.as_ns());
    registered_at + LOOK_PERIOD * looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_opens_at_the_first_look_that_finds_a_healthy_target() {
        let opens = |registered_s, healthy_s| {
            let at = |s| SimTime::START + SimDuration::from_s(s);
            opens_at(at(registered_s), at(healthy_s))
                .since(SimTime::START)
                .whole_s()
        };
        assert_eq!(opens(100, 100), 100);
        assert_eq!(opens(100, 101), 115);
        assert_eq!(opens(100, 115), 115);
        assert_eq!(opens(100, 116), 130);
    }
}

//! Storms over ECS services: which deployments are some, and how they scale.

use proptest::prelude::*;

use super::{Choices, zones};
use crate::model::{Component, Deployment, Fargate, MetricResolution, OneOrList, TargetTracking};
use crate::units::Ratio;

/// Which deployments of a design are ECS services on Fargate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Services {
    /// None.
    Nothing,
    /// The one that users reach, whose calls go to pods.
    Entry,
    /// All of them.
    Everything,
}

/// Some in one design of four.
pub(super) fn some() -> impl Strategy<Value = Services> {
    prop_oneof![
        6 => Just(Services::Nothing),
        1 => Just(Services::Entry),
        1 => Just(Services::Everything),
    ]
}

fn on_fargate() -> OneOrList<String> {
    OneOrList::one("tasks".to_string())
}

/// Where deployments run that are not told otherwise.
pub(super) fn home(of: &Choices, nodes: OneOrList<String>) -> OneOrList<String> {
    if of.services == Services::Everything {
        on_fargate()
    } else {
        nodes
    }
}

pub(super) fn fargate(of: &Choices) -> Option<(&'static str, Component)> {
    let tasks = Component::Fargate(Fargate {
        zones: Some(zones(of.n_pool_zones)),
        ..Fargate::default()
    });
    (of.services != Services::Nothing).then_some(("tasks", tasks))
}

/// The deployment that users reach, as a service where the design has some.
pub(super) fn or_pods(of: &Choices, api: Deployment) -> Deployment {
    if of.services == Services::Nothing {
        return api;
    }
    let (min, max) = of.scaled.unwrap_or((of.replicas, of.replicas));
    Deployment {
        runs_on: on_fargate(),
        hpa: None,
        topology_spread: None,
        disruption_budget: None,
        replicas: of.replicas.clamp(min, max),
        target_tracking: of.scaled.map(|(min, max)| tracking(of, min, max)),
        ..api
    }
}

/// On CPU, on requests, or on both, with metrics of either resolution.
fn tracking(of: &Choices, min_capacity: u32, max_capacity: u32) -> TargetTracking {
    let (cpu, requests) = match of.seed % 3 {
        0 => (true, true),
        1 => (true, false),
        _ => (false, true),
    };
    TargetTracking {
        min_capacity,
        max_capacity,
        target_cpu_utilization: cpu.then(|| Ratio::new(0.6)),
        target_requests_per_target: requests.then_some(1800),
        metric_resolution: if of.seed.is_multiple_of(2) {
            MetricResolution::High
        } else {
            MetricResolution::Standard
        },
        ..TargetTracking::default()
    }
}

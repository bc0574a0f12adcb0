//! How requests are divided among pods, as far as queues can tell.

use crate::model::BalancingAlgorithm;
use crate::sim::entry::{Entry, live_targets};
use crate::sim::flow::{FlowGraph, FlowState};

/// The rule by which the pods of a deployment are chosen, and what its choice rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balancing {
    /// The rule.
    pub algorithm: BalancingAlgorithm,
    /// Pods that each balancer node knows.
    pub targets: u32,
    /// Balancer nodes that send to one pod, each counting by its share; at least 1.
    pub nodes: f64,
    /// Time from the choice of a pod until the request is there, in seconds.
    pub transit_s: f64,
    crosses_zones: bool,
}

impl Balancing {
    /// That of the balancer in front of the deployment that users reach; by chance among pods that
    /// are called from inside. Each balancer node takes turns for itself.
    #[must_use]
    pub fn new(graph: &FlowGraph, state: &FlowState, entry: &Entry, deployment: usize) -> Self {
        let flow = &graph.entry;
        let is_entry = entry.deployment == Some(deployment) && !flow.via_nodes;
        let zones = graph.zone_count;
        let groups = &state.pods[deployment * zones..(deployment + 1) * zones];
        let targets = groups.iter().map(|it| live_targets(it, state.fail_open));
        let (mut sum, mut squares) = (0.0, 0.0);
        for node in state.entry.iter().filter(|it| it.alive) {
            sum += node.dns_share;
            squares += node.dns_share * node.dns_share;
        }
        let trips = &graph.round_trips;
        Self {
            algorithm: if is_entry {
                flow.algorithm
            } else {
                BalancingAlgorithm::Random
            },
            targets: targets.sum(),
            nodes: if squares > 0.0 {
                sum * sum / squares
            } else {
                1.0
            },
            transit_s: trips.user_s + flow.added_latency_s + trips.same_zone_s,
            crosses_zones: flow.cross_zone,
        }
    }

    /// The same for the `pods` pods of one zone: where nodes keep to their zone, they are all that
    /// its node knows.
    #[must_use]
    pub const fn of_zone(self, pods: u32) -> Self {
        if self.crosses_zones {
            return self;
        }
        Self {
            targets: pods,
            nodes: 1.0,
            ..self
        }
    }
}

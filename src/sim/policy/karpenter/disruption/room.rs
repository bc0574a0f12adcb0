//! A quick no: nodes whose pods cannot possibly go anywhere cheaper.
//!
//! Asking [`super::placement`] costs far more than adding up free room. What the other nodes have
//! room for, each pod counted as if it came alone, is more than they can take; what is left over
//! even so needs a node that is cheaper than the candidates and large enough. Where there is none
//! the full answer would be no too, so that this changes no decision. A cluster that is packed well
//! is looked through in the time of one sum.

use super::super::InstanceType;
use super::{Node, Observed};
use crate::sim::policy::resources::Resources;

/// Free room of all nodes, in pods of each workload.
pub(super) struct Room {
    /// By workload.
    pods: Vec<u64>,
}

impl Room {
    pub(super) fn new(observed: &Observed<'_>) -> Self {
        let fitting = |workload: usize| {
            let nodes = observed.nodes.iter();
            nodes.map(|node| fit(observed, node, workload)).sum()
        };
        let asked: Vec<bool> = asked_for(observed);
        let workloads = asked.into_iter().enumerate();
        Self {
            pods: workloads
                .map(|(at, asked)| if asked { fitting(at) } else { 0 })
                .collect(),
        }
    }

    /// True when the pods of the candidates cannot all go elsewhere for less.
    pub(super) fn is_hopeless(&self, observed: &Observed<'_>, candidates: &[usize]) -> bool {
        let price = candidates
            .iter()
            .map(|at| observed.nodes[*at].price_micro_usd);
        let price = price.sum();
        let (mut left, mut n_left) = (Resources::default(), 0_u64);
        for (at, workload) in observed.workloads.iter().enumerate() {
            let (mut moving, mut own) = (0, 0);
            for it in candidates {
                let node = &observed.nodes[*it];
                moving += u64::from(pods_of(node, at));
                own += fit(observed, node, at);
            }
            let homeless = moving.saturating_sub(self.pods[at] - own.min(self.pods[at]));
            n_left += homeless;
            left.cpu_m += workload.requests.cpu_m * homeless;
            left.memory_bytes += workload.requests.memory_bytes * homeless;
        }
        let holds = |kind: &InstanceType| {
            left.fit_in(kind.allocatable)
                && n_left <= u64::from(kind.pod_slots)
                && kind.offerings.iter().any(|it| it.price_micro_usd < price)
        };
        let own = observed.pools.iter().filter(|it| it.settings.is_some());
        let mut types = own.flat_map(|it| &it.karpenter.instance_types);
        n_left > 0 && !types.any(holds)
    }
}

/// Workloads with pods on some node.
fn asked_for(observed: &Observed<'_>) -> Vec<bool> {
    let mut asked = vec![false; observed.workloads.len()];
    for node in observed.nodes {
        for (workload, _) in node.pods {
            asked[*workload] = true;
        }
    }
    asked
}

fn pods_of(node: &Node<'_>, workload: usize) -> u32 {
    let found = node.pods.iter().find(|(at, _)| *at == workload);
    found.map_or(0, |(_, count)| *count)
}

/// Pods of a workload that a node has room for, if they came alone.
fn fit(observed: &Observed<'_>, node: &Node<'_>, workload: usize) -> u64 {
    let it = &observed.workloads[workload];
    if !it.pools.contains(&node.pool) || !node.takes_pods() {
        return 0;
    }
    let of = |free: u64, one: u64| free.checked_div(one).unwrap_or(u64::MAX);
    let by_cpu = of(node.free.cpu_m, it.requests.cpu_m);
    let by_memory = of(node.free.memory_bytes, it.requests.memory_bytes);
    by_cpu.min(by_memory).min(u64::from(node.free_slots))
}

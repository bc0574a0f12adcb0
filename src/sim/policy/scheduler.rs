//! Scheduler: on which node a pod goes, or why on none.
//!
//! The real thing. kube-scheduler takes one pending pod at a time, *filters* the nodes it can run
//! on and *scores* those that remain. The filters in their order: cordoned nodes, taints, node
//! affinity and selector, host ports, resources, topology spread, inter-pod affinity. A spread
//! filters when it says `DoNotSchedule`: the pod must not make its domain fuller than the emptiest
//! one by more than the skew. Domains are known only from Node objects, and with the default
//! `nodeTaintsPolicy: Ignore` the nodes of a dead zone count: the dead zone is the emptiest, so the
//! living ones are soon "too full" and the pods of the dead zone stay pending. That strands
//! people's failovers.
//!
//! Rules: Kubernetes API 1.37 texts and `topology-spread-constraints.md`, read 2026-11-22; order of
//! filters and weights of scores from the default plugins of kube-scheduler.
//!
//! Assumed: a node that is not ready carries the `NoSchedule` taint of its condition, which no pod
//! tolerates. Of equal nodes the first in the list wins; the real one draws lots.
//!
//! Left out: volumes, images already on a node, the sample of nodes that clusters of more than 100
//! look at (`percentageOfNodesToScore`).

mod score;
#[cfg(test)]
mod tests;

use super::pod_rules::PodRules;
use super::resources::{Resources, SmallSet};
use super::topology::{self, Place, Tally, Term};
use crate::model::{NodeInclusionPolicy, TopologyKey, TopologySpread};
use crate::sim::event::{NodeFilter, PendingReason, Refusals};

/// A Node object as the scheduler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its pool, which pods select nodes by.
    pub pool: usize,
    /// Where it stands.
    pub place: Place,
    /// What pods may use in all.
    pub allocatable: Resources,
    /// What the pods on it request.
    pub requested: Resources,
    /// Pods it may hold.
    pub pod_slots: u32,
    /// Pods on it.
    pub n_pods: u32,
    /// Its Ready condition is true.
    pub ready: bool,
    /// It is not cordoned.
    pub schedulable: bool,
    /// Its taints `NoSchedule` and `NoExecute`.
    pub taints: SmallSet,
    /// Its taints `PreferNoSchedule`.
    pub soft_taints: SmallSet,
    /// Host ports taken by the pods on it.
    pub host_ports: SmallSet,
}

impl Node {
    /// What is left for pods.
    #[must_use]
    pub const fn free(&self) -> Resources {
        self.allocatable.minus(self.requested)
    }

    /// True when pods may be placed on it at all.
    #[must_use]
    pub const fn available(&self) -> bool {
        self.ready && self.schedulable
    }
}

/// A pod to be placed.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// Its workload.
    pub workload: usize,
    /// The pools whose nodes it may run on.
    pub pools: &'a [usize],
    /// What it requests.
    pub requests: Resources,
}

/// What the scheduler sees besides the pod.
#[derive(Debug, Clone, Copy)]
pub struct Cluster<'a> {
    /// Node objects.
    pub nodes: &'a [Node],
    /// The rules of each workload's pods.
    pub rules: &'a [&'a PodRules],
    /// Pods of a workload on each node, by workload and node, terminating ones left out. May be
    /// empty for a workload whose pods no rule counts.
    pub pods_on: &'a [Vec<u32>],
    /// The terminating ones, likewise: affinity and anti-affinity count them as long as they are
    /// there, spreads do not. May be empty when there are none.
    pub ending_on: &'a [Vec<u32>],
}

/// The node for a pod, as an index into the cluster's nodes.
///
/// # Errors
/// How many nodes each filter refused, when no node can take it.
pub fn place(pod: &Pod<'_>, cluster: &Cluster<'_>) -> Result<usize, Refusals> {
    let (feasible, refusals) = feasible(pod, cluster);
    match feasible.as_slice() {
        [] => Err(refusals),
        [only] => Ok(*only),
        _ => Ok(score::best(pod, cluster, &feasible)),
    }
}

/// The nodes that a pod can run on, and how many each filter refused.
#[must_use]
pub fn feasible(pod: &Pod<'_>, cluster: &Cluster<'_>) -> (Vec<usize>, Refusals) {
    let between_pods = BetweenPods::new(pod, cluster);
    let mut feasible = Vec::new();
    let mut refusals = Refusals::default();
    for (at, node) in cluster.nodes.iter().enumerate() {
        refusals.nodes += 1;
        let rules = cluster.rules[pod.workload];
        if !refuse_alone(pod, rules, node, &mut refusals) {
            match between_pods.refusal(&node.place) {
                Some(filter) => refusals.add(filter),
                None => feasible.push(at),
            }
        }
    }
    (feasible, refusals)
}

/// The first filter by which a node alone keeps a pod off, whatever room it has; none when none
/// does.
#[must_use]
pub fn keeps_off(pod: &Pod<'_>, rules: &PodRules, node: &Node) -> Option<NodeFilter> {
    let place = &node.place;
    if !node.schedulable {
        Some(NodeFilter::Unschedulable)
    } else if !node.ready {
        Some(NodeFilter::NotReady)
    } else if !node.taints.is_within(rules.tolerates) {
        Some(NodeFilter::Taint)
    } else if !pod.pools.contains(&node.pool) {
        Some(NodeFilter::Selector)
    } else if !rules.node_fits(place.zone, place.capacity_type) {
        Some(NodeFilter::NodeAffinity)
    } else if rules.host_ports.meets(node.host_ports) {
        Some(NodeFilter::HostPorts)
    } else {
        None
    }
}

/// True when no filter that looks at a node by itself refuses it: it has the room, too.
#[must_use]
pub fn takes_alone(pod: &Pod<'_>, rules: &PodRules, node: &Node) -> bool {
    let has_room = node.n_pods < node.pod_slots && pod.requests.fit_in(node.free());
    has_room && keeps_off(pod, rules, node).is_none()
}

/// Filters that look at a node by itself: true when one refuses it. As in kube-scheduler the first
/// filter that refuses is the only one told, but resources say all that they lack.
fn refuse_alone(pod: &Pod<'_>, rules: &PodRules, node: &Node, refusals: &mut Refusals) -> bool {
    let first = keeps_off(pod, rules, node);
    if let Some(filter) = first {
        refusals.add(filter);
        return true;
    }
    let free = node.free();
    let lacks = [
        (NodeFilter::PodSlots, node.n_pods >= node.pod_slots),
        (NodeFilter::Cpu, pod.requests.cpu_m > free.cpu_m),
        (
            NodeFilter::Memory,
            pod.requests.memory_bytes > free.memory_bytes,
        ),
    ];
    let mut refused = false;
    for (filter, lacking) in lacks {
        if lacking {
            refusals.add(filter);
            refused = true;
        }
    }
    refused
}

/// Pods of the counted workload by domain of a term.
#[derive(Debug)]
struct Counted {
    key: TopologyKey,
    tally: Tally,
}

impl Counted {
    fn is_there(&self, place: &Place) -> bool {
        self.tally.count(place.domain(self.key)) > 0
    }
}

/// True when a workload's pods may be kept off a node because of the pods on it or on others.
#[must_use]
pub fn heeds_pods(workload: usize, rules: &[&PodRules]) -> bool {
    let own = rules[workload];
    let is_required = |it: &Term| it.weight.is_none();
    let mut terms = own.affinity.iter().chain(&own.anti_affinity);
    let avoids_them = |other: &&PodRules| {
        let mut terms = other.anti_affinity.iter().filter(|it| is_required(it));
        terms.any(|it| it.workload == workload)
    };
    own.spreads.iter().any(topology::is_strict)
        || terms.any(is_required)
        || rules.iter().any(avoids_them)
}

/// The filters that look at the pods on other nodes, for the pods of one workload.
#[derive(Debug)]
pub struct BetweenPods {
    /// Strict spreads: rule, pods by domain, what they are measured against.
    spreads: Vec<(TopologySpread, Tally, u32)>,
    affinity: Vec<Counted>,
    /// No pod anywhere satisfies an affinity, and it is to the pod's own kind: it may be the first.
    is_first: bool,
    anti_affinity: Vec<Counted>,
    /// Pods that want none of this pod's kind near them.
    existing_anti_affinity: Vec<Counted>,
}

impl BetweenPods {
    /// Counts what the filters ask about.
    #[must_use]
    pub fn new(pod: &Pod<'_>, cluster: &Cluster<'_>) -> Self {
        let rules = cluster.rules[pod.workload];
        let strict = rules.spreads.iter().filter(|it| topology::is_strict(it));
        let required = |terms: &[Term]| -> Vec<Counted> {
            let required = terms.iter().filter(|it| it.weight.is_none());
            required
                .map(|term| count_term(term.workload, term.key, cluster))
                .collect()
        };
        let affinity = required(&rules.affinity);
        let own_kind = rules.affinity.iter().all(|it| it.workload == pod.workload);
        let mut existing_anti_affinity = Vec::new();
        for (other, rules) in cluster.rules.iter().enumerate() {
            for term in &rules.anti_affinity {
                if term.workload == pod.workload && term.weight.is_none() {
                    existing_anti_affinity.push(count_term(other, term.key, cluster));
                }
            }
        }
        Self {
            spreads: strict
                .map(|spread| {
                    let tally = count_spread(pod, spread, cluster);
                    let floor = tally.floor(spread.min_domains);
                    (*spread, tally, floor)
                })
                .collect(),
            is_first: own_kind && affinity.iter().all(|it| it.tally.is_empty()),
            affinity,
            anti_affinity: required(&rules.anti_affinity),
            existing_anti_affinity,
        }
    }

    /// The first filter that refuses a node there; none when all allow it.
    #[must_use]
    pub fn refusal(&self, place: &Place) -> Option<NodeFilter> {
        let keeps = |(spread, tally, floor): &(TopologySpread, Tally, u32)| {
            let count = tally.count(place.domain(spread.topology_key));
            topology::within_skew(count, *floor, spread.max_skew)
        };
        if !self.spreads.iter().all(keeps) {
            Some(NodeFilter::Spread)
        } else if !self.has_company(place) {
            Some(NodeFilter::Affinity)
        } else {
            self.avoidance(place)
        }
    }

    /// True when the pods that these have to be with are there, or these are the first.
    #[must_use]
    pub fn has_company(&self, place: &Place) -> bool {
        self.is_first || self.affinity.iter().all(|it| it.is_there(place))
    }

    /// The filter that says that pods there and these must not be together; none when they may.
    #[must_use]
    pub fn avoidance(&self, place: &Place) -> Option<NodeFilter> {
        if self.anti_affinity.iter().any(|it| it.is_there(place)) {
            Some(NodeFilter::AntiAffinity)
        } else if self
            .existing_anti_affinity
            .iter()
            .any(|it| it.is_there(place))
        {
            Some(NodeFilter::ExistingAntiAffinity)
        } else {
            None
        }
    }

    /// Pods that every node may hold under the strict spreads over hosts, once new nodes are no
    /// emptier than the emptiest host now; `u32::MAX` without such a spread.
    #[must_use]
    pub fn most_per_host(&self) -> u32 {
        let by_host = self.spreads.iter();
        let by_host = by_host.filter(|(it, ..)| it.topology_key == TopologyKey::Hostname);
        let most = by_host.map(|(spread, _, floor)| floor.saturating_add(spread.max_skew));
        most.min().unwrap_or(u32::MAX)
    }
}

/// Pods of a workload by domain, over all nodes, terminating ones included.
fn count_term(workload: usize, key: TopologyKey, cluster: &Cluster<'_>) -> Counted {
    let mut tally = Tally::default();
    let ending = cluster.ending_on.get(workload);
    for counts in [Some(&cluster.pods_on[workload]), ending]
        .into_iter()
        .flatten()
    {
        for (node, count) in cluster.nodes.iter().zip(counts) {
            tally.add(node.place.domain(key), *count);
        }
    }
    Counted { key, tally }
}

/// Pods of the pod's own workload by domain, over the nodes that a spread includes.
fn count_spread(pod: &Pod<'_>, spread: &TopologySpread, cluster: &Cluster<'_>) -> Tally {
    let mut tally = Tally::default();
    let counts = &cluster.pods_on[pod.workload];
    let rules = cluster.rules[pod.workload];
    for (at, node) in cluster.nodes.iter().enumerate() {
        let by_affinity = || {
            let place = &node.place;
            pod.pools.contains(&node.pool) && rules.node_fits(place.zone, place.capacity_type)
        };
        let by_taints = || node.available() && node.taints.is_within(rules.tolerates);
        let honors = |policy| policy == NodeInclusionPolicy::Honor;
        if (!honors(spread.node_affinity_policy) || by_affinity())
            && (!honors(spread.node_taints_policy) || by_taints())
        {
            let count = counts.get(at).copied().unwrap_or(0);
            tally.add(node.place.domain(spread.topology_key), count);
        }
    }
    tally
}

/// The one cause worth telling: what refused the nodes that came farthest.
#[must_use]
pub fn main_cause(refusals: &Refusals) -> PendingReason {
    let count = |filter| refusals.count(filter);
    let lacking = count(NodeFilter::Cpu).max(count(NodeFilter::Memory));
    if count(NodeFilter::AntiAffinity) + count(NodeFilter::ExistingAntiAffinity) > 0 {
        PendingReason::AntiAffinity
    } else if count(NodeFilter::Affinity) > 0 {
        PendingReason::Affinity
    } else if count(NodeFilter::Spread) > 0 {
        PendingReason::TopologySpread
    } else if count(NodeFilter::PodSlots) > lacking {
        PendingReason::TooManyPods
    } else if count(NodeFilter::Memory) > count(NodeFilter::Cpu) {
        PendingReason::InsufficientMemory
    } else if lacking > 0 {
        PendingReason::InsufficientCpu
    } else if count(NodeFilter::HostPorts) > 0 {
        PendingReason::HostPorts
    } else if count(NodeFilter::NodeAffinity) > 0 {
        PendingReason::NodeAffinity
    } else if count(NodeFilter::Taint) > 0 {
        PendingReason::Taints
    } else {
        PendingReason::NoNodes
    }
}

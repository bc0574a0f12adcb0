//! A look downwards: which nodes are not needed, and which of them go now.
//!
//! Empty nodes come first, then those that were unneeded before, so that what was chosen once
//! keeps its place. Each candidate is taken out of the picture with its pods on other nodes before
//! the next is asked, and is no home for the pods of others from then on. A pod fits where the
//! scheduler would take it: taints, selector, node affinity, host ports, room, strict spreads and
//! required affinity all have to hold. While its pods are moved, the node itself stays a domain of
//! spreads, closed to pods, as its Node object does until it is gone.
//!
//! Rules: `simulator/cluster.go` (`findPlaceFor`, `replaceWithTaintedGhostNode`) of Cluster
//! Autoscaler, read 2026-11-23.

mod company;

use company::Company;

use crate::model::ClusterAutoscaler;
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::resources::Resources;
use crate::sim::policy::scheduler;
use crate::units::{SimDuration, SimTime, order};

/// A node that was found not to be removable is not asked again for this long
/// (`unremovable-node-recheck-timeout`).
pub const RECHECK_AFTER: SimDuration = SimDuration::from_min(5);

/// A node as the autoscaler sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What the scheduler sees of it. Pods that end and never go, and expendable ones, are left
    /// out of what is requested.
    pub seen: scheduler::Node,
    /// How much of what is requested daemon sets request.
    pub daemons: Resources,
    /// Pods that would have to move: workload and how many.
    pub pods: Vec<(usize, u32)>,
    /// It belongs to a group that may shrink, is not on its way in or out, and was not found
    /// unremovable lately.
    pub is_candidate: bool,
    /// Since when it has been unneeded; none when it was needed at the last look.
    pub unneeded_since: Option<SimTime>,
}

/// Pods that are alike, as far as moving them is concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// What each requests.
    pub requests: Resources,
    /// Pools and groups that they may run on.
    pub pools: Vec<usize>,
    /// What they ask of nodes and of each other.
    pub rules: PodRules,
    /// Pods that disruption budgets let go now; `u32::MAX` without any.
    pub disruptions_allowed: u32,
    /// A rule keeps its pods where they are.
    pub is_unmovable: bool,
}

/// What would happen to a candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Unneeded {
    /// Which node.
    pub node: usize,
    /// Requests over allocatable.
    pub utilization: f64,
    /// Pods that would have to move.
    pub n_pods: u32,
    /// Nodes that they would go to, each once.
    pub targets: Vec<usize>,
    /// Budgets do not let all of its pods go at the same time.
    pub is_risky: bool,
}

/// What the simulation of removals found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// Nodes that could go, in the order in which they would.
    pub unneeded: Vec<Unneeded>,
    /// Underused nodes whose pods have to stay.
    pub unremovable: Vec<usize>,
}

/// Why a node stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Its requests are above the threshold.
    Busy,
    /// Some of its pods cannot go elsewhere.
    PodsStay,
    /// It has not been unneeded for long enough.
    TooSoon,
}

/// The larger of the shares of CPU and memory that are requested.
#[must_use]
pub fn utilization(requested: Resources, allocatable: Resources) -> f64 {
    let share = |of: u64, all: u64| if all > 0 { of as f64 / all as f64 } else { 0.0 };
    let cpu = share(requested.cpu_m, allocatable.cpu_m);
    cpu.max(share(requested.memory_bytes, allocatable.memory_bytes))
}

/// Whether a node that has been unneeded for a time may go.
///
/// # Errors
/// The first rule that keeps it.
pub fn may_go(
    utilization: f64,
    pods_can_move: bool,
    unneeded_for: SimDuration,
    is_ready: bool,
    flags: &ClusterAutoscaler,
) -> Result<(), Kept> {
    if utilization > flags.scale_down_utilization_threshold.value() {
        Err(Kept::Busy)
    } else if !pods_can_move {
        Err(Kept::PodsStay)
    } else if unneeded_for <= patience(is_ready, flags) && !patience(is_ready, flags).is_zero() {
        Err(Kept::TooSoon)
    } else {
        Ok(())
    }
}

/// How long a node has to be unneeded; it goes at the first look after that.
#[must_use]
pub const fn patience(is_ready: bool, flags: &ClusterAutoscaler) -> SimDuration {
    if is_ready {
        flags.scale_down_unneeded_time
    } else {
        flags.scale_down_unready_time
    }
}

/// How many unneeded nodes are looked for, when so many are known already: more could not be
/// removed in time.
#[must_use]
pub fn unneeded_limit(n_unneeded: usize, flags: &ClusterAutoscaler) -> usize {
    let parallel = flags.max_scale_down_parallelism as usize;
    let interval_ns = flags.scan_interval.as_ns().max(1);
    let looks = (flags.scale_down_unneeded_time.as_ns() / interval_ns).max(1);
    let at_most = usize::try_from(looks).unwrap_or(usize::MAX);
    let at_most = parallel.saturating_mul(at_most).saturating_add(parallel);
    (n_unneeded + 2 * parallel).min(at_most)
}

/// Which candidates could go now, each after those before it.
#[must_use]
pub fn find_unneeded(
    nodes: &[Node],
    workloads: &[Workload],
    flags: &ClusterAutoscaler,
) -> Findings {
    let threshold = flags.scale_down_utilization_threshold.value();
    let used = |node: &Node| {
        let left_out = if flags.ignore_daemonsets_utilization {
            node.daemons
        } else {
            Resources::default()
        };
        let (requested, all) = (
            node.seen.requested.minus(left_out),
            node.seen.allocatable.minus(left_out),
        );
        utilization(requested, all)
    };
    let is_underused = |at: &usize| nodes[*at].is_candidate && used(&nodes[*at]) <= threshold;
    let mut order: Vec<usize> = (0..nodes.len()).filter(is_underused).collect();
    if order.is_empty() {
        return Findings::default();
    }
    let rank = |at: usize| {
        (
            !nodes[at].pods.is_empty(),
            nodes[at].unneeded_since.is_none(),
        )
    };
    order::sort_by(&mut order, |a, b| rank(*a).cmp(&rank(*b)));
    let n_known = nodes
        .iter()
        .filter(|it| it.unneeded_since.is_some())
        .count();
    let limit = unneeded_limit(n_known, flags);
    let mut picture = Picture {
        nodes: nodes.to_vec(),
        workloads,
        allowed: workloads.iter().map(|it| it.disruptions_allowed).collect(),
        company: Company::new(nodes, workloads),
    };
    let mut findings = Findings::default();
    for at in order {
        if findings.unneeded.len() >= limit {
            break;
        }
        let is_risky = picture.is_risky(at);
        match picture.remove(at) {
            Some(targets) => findings.unneeded.push(Unneeded {
                node: at,
                utilization: used(&nodes[at]),
                n_pods: nodes[at].pods.iter().map(|(_, count)| count).sum(),
                targets,
                is_risky,
            }),
            None => findings.unremovable.push(at),
        }
    }
    findings
}

/// Nodes that go now: empty ones and ones to drain, as positions in the list of unneeded nodes.
/// `spared` says how many nodes each pool may still lose; `leaving` how many nodes are on their
/// way out already, in all and with pods.
#[must_use]
pub fn choose(
    unneeded: &[Unneeded],
    nodes: &[Node],
    mut spared: Vec<u32>,
    leaving: (u32, u32),
    flags: &ClusterAutoscaler,
    now: SimTime,
) -> (Vec<usize>, Vec<usize>) {
    let mut budget = flags.max_scale_down_parallelism.saturating_sub(leaving.0);
    let mut drains = flags.max_drain_parallelism.saturating_sub(leaving.1);
    let mut order: Vec<usize> = (0..unneeded.len()).collect();
    // Among nodes with pods, those come first whose pods may all go at once.
    let rank = |at: usize| (unneeded[at].n_pods > 0, unneeded[at].is_risky);
    order::sort_by(&mut order, |a, b| rank(*a).cmp(&rank(*b)));
    let (mut empty, mut drained) = (Vec::new(), Vec::new());
    for at in order {
        let one = &unneeded[at];
        let node = &nodes[one.node];
        let unneeded_for = node
            .unneeded_since
            .map_or(SimDuration::ZERO, |since| now.since(since));
        let (pool, ready) = (node.seen.pool, node.seen.ready);
        let may_go = may_go(one.utilization, true, unneeded_for, ready, flags);
        if may_go.is_err() || spared[pool] == 0 || budget == 0 {
            continue;
        }
        if one.n_pods == 0 {
            empty.push(at);
        } else if drains > 0 {
            drains -= 1;
            drained.push(at);
        } else {
            continue;
        }
        budget -= 1;
        spared[pool] -= 1;
    }
    (empty, drained)
}

/// The cluster as it would be after some removals.
struct Picture<'a> {
    /// Those that are gone, or going, take no pods.
    nodes: Vec<Node>,
    workloads: &'a [Workload],
    /// Pods of each workload that budgets still let go.
    allowed: Vec<u32>,
    company: Company<'a>,
}

impl Picture<'_> {
    /// Budgets would not let all pods of a node go at once.
    fn is_risky(&self, at: usize) -> bool {
        let mut pods = self.nodes[at].pods.iter();
        pods.any(|(workload, count)| self.allowed[*workload] < *count)
    }

    /// Takes a node out and puts its pods elsewhere; the nodes they went to, each once. None, and
    /// nothing changed, when some pod has no other place or may not leave.
    fn remove(&mut self, at: usize) -> Option<Vec<usize>> {
        let pods = self.nodes[at].pods.clone();
        let stays = |(workload, _): &(usize, u32)| {
            self.workloads[*workload].is_unmovable || self.allowed[*workload] == 0
        };
        if pods.iter().any(stays) {
            return None;
        }
        let was_schedulable = self.nodes[at].seen.schedulable;
        self.set_schedulable(at, false);
        for (workload, count) in &pods {
            self.company.take(*workload, at, *count);
        }
        let Some(mut targets) = self.move_all(&pods) else {
            self.set_schedulable(at, was_schedulable);
            for (workload, count) in &pods {
                self.company.add(*workload, at, *count);
            }
            return None;
        };
        self.company.forget(at);
        for (workload, count) in &pods {
            let allowed = &mut self.allowed[*workload];
            if *allowed < u32::MAX {
                *allowed = allowed.saturating_sub(*count);
            }
        }
        order::sort(&mut targets);
        targets.dedup();
        Some(targets)
    }

    fn set_schedulable(&mut self, at: usize, schedulable: bool) {
        self.nodes[at].seen.schedulable = schedulable;
        self.company.set_schedulable(at, schedulable);
    }

    /// Finds each pod of a node that leaves another place; none, and no pod moved, when one has
    /// none.
    fn move_all(&mut self, pods: &[(usize, u32)]) -> Option<Vec<usize>> {
        let mut moves: Vec<(usize, usize)> = Vec::new();
        for (workload, count) in pods {
            for _ in 0..*count {
                let Some(target) = self.first_fit(*workload) else {
                    for (workload, target) in moves {
                        self.take_back(workload, target);
                    }
                    return None;
                };
                self.put(*workload, target);
                moves.push((*workload, target));
            }
        }
        Some(moves.into_iter().map(|(_, target)| target).collect())
    }

    /// Puts a pod on a node, whose own it is from then on.
    fn put(&mut self, workload: usize, at: usize) {
        let owner = &self.workloads[workload];
        let node = &mut self.nodes[at];
        node.seen.requested = node.seen.requested.plus(owner.requests);
        node.seen.n_pods += 1;
        node.seen.host_ports = node.seen.host_ports.with(owner.rules.host_ports);
        match node.pods.iter_mut().find(|(own, _)| *own == workload) {
            Some((_, count)) => *count += 1,
            None => node.pods.push((workload, 1)),
        }
        self.company.add(workload, at, 1);
    }

    /// Takes a pod off the node that it was put on.
    fn take_back(&mut self, workload: usize, at: usize) {
        let owner = &self.workloads[workload];
        let node = &mut self.nodes[at];
        node.seen.requested = node.seen.requested.minus(owner.requests);
        node.seen.n_pods -= 1;
        // Its ports were free before, or it would not have been put there.
        node.seen.host_ports = node.seen.host_ports.without(owner.rules.host_ports);
        for (own, count) in &mut node.pods {
            *count -= u32::from(*own == workload);
        }
        node.pods.retain(|(_, count)| *count > 0);
        self.company.take(workload, at, 1);
    }

    /// The first node that would take a pod of a workload.
    fn first_fit(&self, workload: usize) -> Option<usize> {
        let owner = &self.workloads[workload];
        let pod = scheduler::Pod {
            workload,
            pools: &owner.pools,
            requests: owner.requests,
        };
        let between = self.company.between(&pod);
        let takes = |node: &Node| {
            scheduler::takes_alone(&pod, &owner.rules, &node.seen)
                && between
                    .as_ref()
                    .is_none_or(|it| it.refusal(&node.seen.place).is_none())
        };
        self.nodes.iter().position(takes)
    }
}

#[cfg(test)]
mod tests;

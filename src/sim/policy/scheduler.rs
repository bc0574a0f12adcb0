//! Scheduler: on which node a pod goes, or why on none.
//!
//! The real thing. kube-scheduler takes one pending pod at a time, *filters* the nodes it can run
//! on and *scores* those that remain. A topology spread constraint filters when it says
//! `DoNotSchedule`: the pod must not make its zone fuller than the emptiest zone by more than the
//! skew. Zones are known only from Node objects, and with the default `nodeTaintsPolicy: Ignore`
//! the nodes of a dead zone count: the dead zone is the emptiest, so the living ones are soon
//! "too full" and the pods of the dead zone stay pending. That strands people's failovers.
//!
//! Rules: Kubernetes API 1.37 texts and `topology-spread-constraints.md`, read 2026-11-22.
//!
//! Assumed: a node is available when it is ready and not cordoned, which stands for its taints;
//! zone spread ranks nodes before free room does (the real scores are a weighted sum with spread
//! at twice the weight); a workload without a constraint is ranked by zone as well, which is
//! what the built-in default constraint (skew 5, `ScheduleAnyway`) amounts to. Of equal nodes the
//! first in the list wins; the real one draws lots.
//!
//! Left out: affinity, priorities and preemption, volumes, host ports, spread by host name,
//! minDomains.

use super::resources::{Resources, SpreadDomains, ZoneSet, enforced_skew};
use crate::model::{NodeTaintsPolicy, TopologySpread, ZoneIndex};
use crate::sim::event::{FilteredNodes, PendingReason};

/// A Node object as the scheduler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its pool, which pods select nodes by.
    pub pool: usize,
    /// Where it is.
    pub zone: ZoneIndex,
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
    /// The pools whose nodes it may run on.
    pub pools: &'a [usize],
    /// What it requests.
    pub requests: Resources,
    /// Its zone spread; `None` only ranks nodes.
    pub spread: Option<TopologySpread>,
    /// Pods of its workload by zone index, terminating ones left out.
    pub pods_per_zone: &'a [u32],
}

/// Why no node can take a pod: each node is counted once, under the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unschedulable {
    /// Node objects in all.
    pub n_nodes: u32,
    /// Of other pools than the pod's.
    pub n_not_selected: u32,
    /// Not ready or cordoned.
    pub n_unavailable: u32,
    /// Too little CPU.
    pub n_insufficient_cpu: u32,
    /// CPU enough, too little memory.
    pub n_insufficient_memory: u32,
    /// Both enough, no pod slot.
    pub n_without_pod_slot: u32,
    /// Room enough, but the zone spread forbids the zone.
    pub n_spread: u32,
    /// The zone that holds the spread back, and the workload's pods in it.
    pub emptiest_zone: Option<(ZoneIndex, u32)>,
}

impl Unschedulable {
    /// The counts as events state them.
    #[must_use]
    pub const fn filtered(&self) -> FilteredNodes {
        FilteredNodes {
            nodes: self.n_nodes,
            unavailable: self.n_unavailable,
            insufficient_cpu: self.n_insufficient_cpu,
            insufficient_memory: self.n_insufficient_memory,
            too_many_pods: self.n_without_pod_slot,
            topology_spread: self.n_spread,
        }
    }

    /// The one cause worth telling: spread when any node has room, else what most nodes lack.
    #[must_use]
    pub fn main_cause(&self) -> PendingReason {
        let lacking = self.n_insufficient_cpu + self.n_insufficient_memory;
        if self.n_spread > 0 {
            PendingReason::TopologySpread
        } else if lacking + self.n_without_pod_slot == 0 {
            PendingReason::NoNodes
        } else if self.n_without_pod_slot > lacking {
            PendingReason::TooManyPods
        } else if self.n_insufficient_memory > self.n_insufficient_cpu {
            PendingReason::InsufficientMemory
        } else {
            PendingReason::InsufficientCpu
        }
    }
}

/// The node for a pod, as an index into `nodes`.
///
/// # Errors
/// What each node lacks, when no node can take it.
pub fn place(pod: &Pod<'_>, nodes: &[Node]) -> Result<usize, Unschedulable> {
    let domains = SpreadDomains::new(pod.pods_per_zone, spread_domains(pod, nodes));
    let skew = enforced_skew(pod.spread.as_ref());
    let mut rejected = Unschedulable::default();
    let mut best: Option<(Score, usize)> = None;
    for (i, node) in nodes.iter().enumerate() {
        rejected.n_nodes += 1;
        if let Some(count) = rejected.lacks(pod, node) {
            *count += 1;
        } else if skew.is_some_and(|skew| !domains.allows(node.zone, skew)) {
            rejected.n_spread += 1;
        } else {
            let score = Score::of(pod, node, &domains);
            if best.is_none_or(|(other, _)| score.beats(other)) {
                best = Some((score, i));
            }
        }
    }
    best.map(|(_, i)| i).ok_or(Unschedulable {
        emptiest_zone: domains.lowest().filter(|_| rejected.n_spread > 0),
        ..rejected
    })
}

/// The zones that count as domains: those of all Node objects that the pod selects, or only of
/// available ones when the constraint honours taints.
#[must_use]
pub fn spread_domains(pod: &Pod<'_>, nodes: &[Node]) -> ZoneSet {
    let spread = pod.spread.as_ref();
    let honor = spread.is_some_and(|s| s.node_taints_policy == NodeTaintsPolicy::Honor);
    let counts = |node: &&Node| pod.pools.contains(&node.pool) && (!honor || node.available());
    nodes.iter().filter(counts).map(|node| node.zone).collect()
}

impl Unschedulable {
    /// The count to raise for what a node lacks before spread is asked.
    fn lacks(&mut self, pod: &Pod<'_>, node: &Node) -> Option<&mut u32> {
        let free = node.free();
        if !pod.pools.contains(&node.pool) {
            Some(&mut self.n_not_selected)
        } else if !node.available() {
            Some(&mut self.n_unavailable)
        } else if pod.requests.cpu_m > free.cpu_m {
            Some(&mut self.n_insufficient_cpu)
        } else if pod.requests.memory_bytes > free.memory_bytes {
            Some(&mut self.n_insufficient_memory)
        } else if node.n_pods >= node.pod_slots {
            Some(&mut self.n_without_pod_slot)
        } else {
            None
        }
    }
}

/// Rank of a node: fewer pods of the workload in the zone, then more room after placing.
#[derive(Clone, Copy)]
struct Score {
    pods_in_zone: u32,
    /// Free share of CPU plus free share of memory, in millionths.
    room: u64,
}

impl Score {
    fn of(pod: &Pod<'_>, node: &Node, domains: &SpreadDomains<'_>) -> Self {
        let left = node.free().minus(pod.requests);
        let share = |left: u64, of: u64| {
            let millionths = u128::from(left) * 1_000_000 / u128::from(of.max(1));
            u64::try_from(millionths).unwrap_or(u64::MAX)
        };
        let cpu = share(left.cpu_m, node.allocatable.cpu_m);
        let memory = share(left.memory_bytes, node.allocatable.memory_bytes);
        Self {
            pods_in_zone: domains.count(node.zone),
            room: cpu.saturating_add(memory),
        }
    }

    fn beats(self, other: Self) -> bool {
        (self.pods_in_zone, u64::MAX - self.room) < (other.pods_in_zone, u64::MAX - other.room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WhenUnsatisfiable;

    const GIB: u64 = 1 << 30;
    const STRICT: Option<TopologySpread> = Some(TopologySpread {
        max_skew: 1,
        when_unsatisfiable: WhenUnsatisfiable::DoNotSchedule,
        node_taints_policy: NodeTaintsPolicy::Ignore,
    });

    /// A ready node of 1930 milli-cores and 7 GiB in `zone` with `n_pods` pods of 500m/1Gi.
    fn node(zone: u8, n_pods: u64) -> Node {
        Node {
            pool: 0,
            zone: ZoneIndex(zone),
            allocatable: Resources {
                cpu_m: 1930,
                memory_bytes: 7 * GIB,
            },
            requested: Resources {
                cpu_m: 500 * n_pods,
                memory_bytes: GIB * n_pods,
            },
            pod_slots: 29,
            n_pods: n_pods as u32,
            ready: true,
            schedulable: true,
        }
    }

    fn dead(zone: u8, n_pods: u64) -> Node {
        Node {
            ready: false,
            ..node(zone, n_pods)
        }
    }

    fn pod(spread: Option<TopologySpread>, pods_per_zone: &[u32]) -> Pod<'_> {
        Pod {
            pools: &[0],
            requests: Resources {
                cpu_m: 500,
                memory_bytes: GIB,
            },
            spread,
            pods_per_zone,
        }
    }

    #[track_caller]
    fn check(
        nodes: &[Node],
        spread: Option<TopologySpread>,
        per_zone: &[u32],
        expected: Option<usize>,
    ) {
        assert_eq!(place(&pod(spread, per_zone), nodes).ok(), expected);
    }

    #[test]
    fn spread_ranks_before_room_and_room_before_position() {
        let nodes = [node(0, 0), node(1, 2), node(1, 1)];
        check(&nodes, STRICT, &[1, 0], Some(2));
        check(&nodes, None, &[1, 0], Some(2));
        check(&nodes, STRICT, &[3, 3], Some(0));
        check(&[node(0, 1), node(0, 1)], STRICT, &[2], Some(0));
    }

    #[test]
    fn a_strict_spread_stops_at_the_skew() {
        let full = node(1, 3);
        let skew_2 = STRICT.map(|s| TopologySpread { max_skew: 2, ..s });
        check(&[node(0, 1), full], STRICT, &[1, 0], None);
        check(&[node(0, 1), full], skew_2, &[1, 0], Some(0));
        check(&[node(0, 1), full], skew_2, &[2, 0], None);
        check(&[node(0, 1), full], STRICT, &[3, 3], Some(0));
    }

    #[test]
    fn a_dead_zone_strands_its_pods_until_its_nodes_are_gone() {
        // Six pods over three zones; zone 2 is lost, its two pods are to be replaced.
        let nodes = [node(0, 2), node(1, 2), dead(2, 0)];
        let stranded = place(&pod(STRICT, &[2, 2, 0]), &nodes).expect_err("the skew forbids it");
        assert_eq!(
            stranded,
            Unschedulable {
                n_nodes: 3,
                n_unavailable: 1,
                n_spread: 2,
                emptiest_zone: Some((ZoneIndex(2), 0)),
                ..Unschedulable::default()
            }
        );
        assert_eq!(stranded.main_cause(), PendingReason::TopologySpread);
        let honor = STRICT.map(|s| TopologySpread {
            node_taints_policy: NodeTaintsPolicy::Honor,
            ..s
        });
        let anyway = STRICT.map(|s| TopologySpread {
            when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
            ..s
        });
        check(&nodes, honor, &[2, 2, 0], Some(0));
        check(&nodes, anyway, &[2, 2, 0], Some(0));
        check(&nodes, None, &[2, 2, 0], Some(0));
        check(&nodes[..2], STRICT, &[2, 2, 0], Some(0));
    }

    #[test]
    fn a_pod_without_a_node_says_what_is_lacking() {
        #[track_caller]
        fn check(nodes: &[Node], expected: PendingReason) {
            let error = place(&pod(STRICT, &[]), nodes).expect_err("no node fits");
            assert_eq!(error.main_cause(), expected);
            let n = error.n_unavailable
                + error.n_insufficient_cpu
                + error.n_insufficient_memory
                + error.n_without_pod_slot
                + error.n_spread;
            assert_eq!(n, error.n_nodes, "each node is counted once");
        }
        let no_memory = Node {
            requested: Resources {
                cpu_m: 0,
                memory_bytes: 7 * GIB,
            },
            ..node(0, 0)
        };
        let no_slot = Node {
            pod_slots: 0,
            ..node(0, 0)
        };
        let cordoned = Node {
            schedulable: false,
            ..node(0, 0)
        };
        check(&[], PendingReason::NoNodes);
        check(&[dead(0, 0), cordoned], PendingReason::NoNodes);
        check(&[node(0, 3), dead(1, 0)], PendingReason::InsufficientCpu);
        check(
            &[no_memory, no_memory, node(0, 3)],
            PendingReason::InsufficientMemory,
        );
        check(&[no_slot], PendingReason::TooManyPods);
    }

    #[test]
    fn pods_placed_one_by_one_end_up_even() {
        let mut nodes = [node(0, 0), node(1, 0), node(2, 0), node(2, 0)];
        let mut per_zone = [0_u32; 3];
        for _ in 0..9 {
            let i = place(&pod(STRICT, &per_zone), &nodes).expect("there is room for nine");
            per_zone[nodes[i].zone.index()] += 1;
            let requested = nodes[i].requested.plus(pod(STRICT, &[]).requests);
            nodes[i] = Node {
                requested,
                n_pods: nodes[i].n_pods + 1,
                ..nodes[i]
            };
        }
        assert_eq!(per_zone, [3, 3, 3]);
        let n_pods: Vec<u32> = nodes.iter().map(|n| n.n_pods).collect();
        assert_eq!(n_pods, [3, 3, 2, 1]);
    }
}

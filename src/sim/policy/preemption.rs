//! Preemption: which pods of lower priority make room for one that fits nowhere.
//!
//! The real thing. When kube-scheduler finds no node for a pod, it asks on which node the pod would
//! fit if pods of lower priority were not there. On each such node it first thinks all of them
//! away, and then *reprieves* as many as it can, the most important first: those whose disruption
//! budget would be violated, then the others. What remains are the victims. Of all nodes it takes
//! the one with, in this order, the fewest violated budgets, the least important chief victim, the
//! smallest sum of priorities, the fewest victims, and the chief victim that has run the shortest
//! time. The victims are deleted with their grace period; the pod is nominated to the node and is
//! placed when they are gone. A budget is a wish here: it is violated when there is no other way.
//!
//! Rules: kubernetes `pkg/scheduler/framework/preemption/preemption.go`
//! (`pickOneNodeForPreemption`) and `plugins/defaultpreemption/default_preemption.go`
//! (`SelectVictimsOnNode`, `filterPodsWithPDBViolation`), read 2026-11-23.
//!
//! Assumed: every node is asked; the real scheduler stops after a tenth of them, at least 100.
//!
//! Left out: affinity to victims, volumes, nominated pods of equal priority on other nodes.

use super::resources::Resources;
use crate::units::order;

/// A pod that would take the place of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preemptor {
    /// Its priority.
    pub priority: i32,
    /// What it requests.
    pub requests: Resources,
}

/// A pod on a node that could give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// Names it to the caller.
    pub id: usize,
    /// Its deployment.
    pub workload: usize,
    /// Its priority.
    pub priority: i32,
    /// What it requests.
    pub requests: Resources,
    /// When it was placed, in any unit that grows with time.
    pub started_at: u64,
}

/// A node on which only room is lacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What pods may use in all.
    pub allocatable: Resources,
    /// What pods on it and those nominated to it request; may exceed `allocatable` while victims
    /// are still ending.
    pub requested: Resources,
    /// Pods it may hold.
    pub pod_slots: u32,
    /// Pods on it and nominated to it.
    pub n_pods: u32,
    /// Pods on it that have not been told to end.
    pub pods: Vec<Running>,
}

/// The victims on one node, the most important first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Victims {
    /// The pods that give way.
    pub pods: Vec<Running>,
    /// How many of them against their disruption budgets.
    pub n_violations: u32,
}

/// The node to preempt on, as an index into `nodes`, and its victims. `allowed` says how many pods
/// of a deployment its disruption budget lets go; none without a budget.
#[must_use]
pub fn choose(
    pod: &Preemptor,
    nodes: &[Candidate],
    allowed: &[Option<u32>],
) -> Option<(usize, Victims)> {
    let mut best: Option<(usize, Victims)> = None;
    for (at, node) in nodes.iter().enumerate() {
        let Some(victims) = victims_on(pod, node, allowed) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(_, it)| rank(&victims) < rank(it))
        {
            best = Some((at, victims));
        }
    }
    best
}

/// The pods that have to leave a node so that the pod fits; none when that does not help.
fn victims_on(pod: &Preemptor, node: &Candidate, allowed: &[Option<u32>]) -> Option<Victims> {
    let mut lower: Vec<Running> = node.pods.clone();
    lower.retain(|it| it.priority < pod.priority);
    // The most important first: of higher priority, then those that have run longer.
    order::sort_by(&mut lower, |a, b| {
        let key = |it: &Running| (-i64::from(it.priority), it.started_at, it.id);
        key(a).cmp(&key(b))
    });
    let mut requested = node.requested;
    for it in &lower {
        requested = requested.minus(it.requests);
    }
    let others = node.n_pods.saturating_sub(lower.len() as u32);
    let mut free = node.allocatable.minus(requested);
    let mut free_slots = node.pod_slots.saturating_sub(others);
    if lower.is_empty() || !pod.requests.fit_in(free) || free_slots == 0 {
        return None;
    }
    let mut left: Vec<Option<u32>> = allowed.to_vec();
    let violates: Vec<bool> = lower
        .iter()
        .map(|it| match left.get_mut(it.workload) {
            Some(Some(0)) => true,
            Some(Some(n)) => {
                *n -= 1;
                false
            }
            _ => false,
        })
        .collect();
    let mut is_victim = vec![true; lower.len()];
    for protected in [true, false] {
        for (at, it) in lower.iter().enumerate() {
            let without = free.minus(it.requests);
            let stays = it.requests.fit_in(free) && pod.requests.fit_in(without) && free_slots > 1;
            if violates[at] == protected && stays {
                free = without;
                free_slots -= 1;
                is_victim[at] = false;
            }
        }
    }
    let count = |at: &usize| is_victim[*at];
    let chosen: Vec<usize> = (0..lower.len()).filter(count).collect();
    let n_violations = chosen.iter().filter(|at| violates[**at]).count() as u32;
    (!chosen.is_empty()).then(|| Victims {
        pods: chosen.into_iter().map(|at| lower[at]).collect(),
        n_violations,
    })
}

/// What nodes are compared by; the smallest wins, and of equal ones the first.
fn rank(victims: &Victims) -> (u32, i32, i64, usize, u64) {
    let chief = victims.pods.first().map_or(i32::MIN, |it| it.priority);
    // Kubernetes lifts every priority above zero first, so that more victims never weigh less.
    let lifted = |it: &Running| i64::from(it.priority) + i64::from(i32::MAX) + 1;
    let chiefs = victims.pods.iter().filter(|it| it.priority == chief);
    let oldest = chiefs.map(|it| it.started_at).min().unwrap_or(0);
    (
        victims.n_violations,
        chief,
        victims.pods.iter().map(lifted).sum(),
        victims.pods.len(),
        u64::MAX - oldest,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREEMPTOR: Preemptor = Preemptor {
        priority: 100,
        requests: cpu(500),
    };

    const fn cpu(cpu_m: u64) -> Resources {
        Resources {
            cpu_m,
            memory_bytes: 0,
        }
    }

    fn running(id: usize, priority: i32, cpu_m: u64) -> Running {
        Running {
            id,
            workload: 0,
            priority,
            requests: cpu(cpu_m),
            started_at: id as u64,
        }
    }

    fn full(pods: &[Running]) -> Candidate {
        let all = pods.iter().map(|it| it.requests.cpu_m).sum();
        Candidate {
            allocatable: cpu(all),
            requested: cpu(all),
            pod_slots: 10,
            n_pods: pods.len() as u32,
            pods: pods.to_vec(),
        }
    }

    #[track_caller]
    fn check(nodes: &[Candidate], allowed: Option<u32>, expected: Option<(usize, &[usize])>) {
        let found = choose(&PREEMPTOR, nodes, &[allowed]);
        let found = found.map(|(at, victims)| {
            let ids: Vec<usize> = victims.pods.iter().map(|it| it.id).collect();
            (at, ids)
        });
        assert_eq!(found, expected.map(|(at, ids)| (at, ids.to_vec())));
    }

    #[test]
    fn only_lower_priorities_give_way_and_no_more_than_needed() {
        check(&[full(&[running(0, 100, 500)])], None, None);
        check(&[full(&[running(0, 99, 400)])], None, None);
        check(&[full(&[running(0, 99, 500)])], None, Some((0, &[0])));
        // The more important, and among equals the older, is reprieved.
        let node = full(&[running(0, 5, 500), running(1, 9, 500), running(2, 9, 500)]);
        check(&[node], None, Some((0, &[0])));
        let node = full(&[running(0, 9, 300), running(1, 9, 300), running(2, 9, 300)]);
        check(&[node], None, Some((0, &[1, 2])));
        let crowded = Candidate {
            allocatable: cpu(4000),
            requested: cpu(200),
            pod_slots: 2,
            n_pods: 2,
            pods: vec![running(0, 3, 100), running(1, 4, 100)],
        };
        check(&[crowded], None, Some((0, &[0])));
        // What another nominated pod has claimed is not there to be claimed again.
        let claimed = Candidate {
            allocatable: cpu(1000),
            requested: cpu(2000),
            pod_slots: 10,
            n_pods: 3,
            pods: vec![running(0, 3, 500), running(1, 4, 500)],
        };
        check(&[claimed], None, None);
    }

    #[test]
    fn the_node_that_hurts_least_is_taken() {
        let chief_9 = full(&[running(0, 9, 500)]);
        let chief_8 = full(&[running(1, 8, 250), running(2, 8, 250)]);
        let sum_less = full(&[running(3, 8, 500)]);
        let younger = full(&[running(9, 8, 500)]);
        check(
            &[chief_9.clone(), chief_8.clone()],
            None,
            Some((1, &[1, 2])),
        );
        check(&[chief_8.clone(), sum_less.clone()], None, Some((1, &[3])));
        check(&[sum_less.clone(), younger], None, Some((1, &[9])));
        let twin = full(&[running(3, 8, 500)]);
        check(&[sum_less, twin], None, Some((0, &[3])));
    }

    #[test]
    fn budgets_are_spared_where_that_is_possible() {
        let other = |id, priority, cpu_m| Running {
            workload: 1,
            ..running(id, priority, cpu_m)
        };
        let protected = full(&[running(0, 1, 500)]);
        let open = full(&[other(1, 50, 500)]);
        let nodes = [protected, open];
        let least = choose(&PREEMPTOR, &nodes, &[None, None]).expect("either fits");
        assert_eq!((least.0, least.1.n_violations), (0, 0));
        let spared = choose(&PREEMPTOR, &nodes, &[Some(0), None]).expect("the other fits");
        assert_eq!((spared.0, spared.1.n_violations), (1, 0));
        let forced = choose(&PREEMPTOR, &nodes[..1], &[Some(0), None]).expect("it fits");
        assert_eq!((forced.0, forced.1.n_violations), (0, 1));
        // On one node the protected pod is reprieved although it is less important.
        let mixed = full(&[running(0, 1, 500), other(1, 50, 500)]);
        let victims = choose(&PREEMPTOR, &[mixed], &[Some(0), None])
            .expect("it fits")
            .1;
        assert_eq!(victims.pods[0].id, 1);
    }
}

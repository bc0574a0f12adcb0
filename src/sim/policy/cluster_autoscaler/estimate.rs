//! How many nodes of one kind pods need: first fit, largest pods first.
//!
//! Pods that are alike are packed together and nodes that are alike are held as one *run*, so that
//! 51,000 pods of two kinds cost a few divisions.

use std::cmp::Reverse;

use crate::sim::policy::resources::Resources;
use crate::units::order;

/// Pods that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodGroup {
    /// How many.
    pub count: u32,
    /// What each requests.
    pub requests: Resources,
    /// Port of the host that each wants for itself.
    pub host_port: Option<u16>,
    /// Most of them on one node; `u32::MAX` means no limit.
    pub max_per_node: u32,
}

/// What a node offers pods while it is empty of all but daemon sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// CPU and memory.
    pub free: Resources,
    /// Pods.
    pub free_slots: u32,
}

/// What came of packing pods.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Estimate {
    /// New nodes that hold pods.
    pub nodes: u32,
    /// Pods of each group that found room.
    pub pods: Vec<u32>,
}

/// New nodes of a template for pods, no more than `max_nodes`.
#[must_use]
pub fn estimate(groups: &[PodGroup], template: &Template, max_nodes: u32) -> Estimate {
    let mut packing = Packing {
        runs: Vec::new(),
        template: *template,
        n_new: 0,
        max_new: max_nodes,
    };
    let mut order: Vec<_> = groups
        .iter()
        .enumerate()
        .map(|(at, it)| (rank(it, template), at))
        .collect();
    order::sort(&mut order);
    let mut pods = vec![0; groups.len()];
    for (_, at) in order {
        pods[at] = packing.place(&groups[at]);
    }
    Estimate {
        nodes: packing.n_new,
        pods,
    }
}

/// How many pods of each group find room on so many nodes of a template that are on their way. The
/// groups are served in their order.
#[must_use]
pub fn room_on_their_way(groups: &[PodGroup], nodes: u32, template: &Template) -> Vec<u32> {
    let mut packing = Packing {
        runs: vec![Run::of(nodes, template)],
        template: *template,
        n_new: 0,
        max_new: 0,
    };
    groups.iter().map(|group| packing.place(group)).collect()
}

/// Largest share of the template first: CPU over CPU plus memory over memory, in 2^-32.
fn rank(group: &PodGroup, template: &Template) -> Reverse<u64> {
    let share = |of: u64, all: u64| {
        let share = (u128::from(of) << 32) / u128::from(all.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    };
    let cpu = share(group.requests.cpu_m, template.free.cpu_m);
    let memory = share(group.requests.memory_bytes, template.free.memory_bytes);
    Reverse(cpu.saturating_add(memory))
}

/// Nodes that are alike, in the order in which they were added.
#[derive(Debug, Clone)]
struct Run {
    count: u32,
    free: Resources,
    free_slots: u32,
    host_ports: Vec<u16>,
}

impl Run {
    fn of(count: u32, template: &Template) -> Self {
        Self {
            count,
            free: template.free,
            free_slots: template.free_slots,
            host_ports: Vec::new(),
        }
    }

    /// Pods of a group that each of its nodes can still take.
    fn room_for(&self, group: &PodGroup) -> u32 {
        let times = |free: u64, each: u64| free.checked_div(each).unwrap_or(u64::MAX);
        let cpu = times(self.free.cpu_m, group.requests.cpu_m);
        let memory = times(self.free.memory_bytes, group.requests.memory_bytes);
        let most = match group.host_port {
            Some(port) if self.host_ports.contains(&port) => 0,
            Some(_) => 1,
            None => u32::MAX,
        };
        let most = most.min(self.free_slots).min(group.max_per_node);
        u32::try_from(cpu.min(memory)).unwrap_or(u32::MAX).min(most)
    }

    /// So many of its nodes, each with so many pods more.
    fn with_pods(&self, count: u32, group: &PodGroup, pods: u32) -> Self {
        let mut host_ports = self.host_ports.clone();
        if pods > 0 {
            host_ports.extend(group.host_port);
        }
        Self {
            count,
            free: self.free.minus(group.requests.times(pods)),
            free_slots: self.free_slots - pods,
            host_ports,
        }
    }
}

struct Packing {
    runs: Vec<Run>,
    template: Template,
    n_new: u32,
    max_new: u32,
}

impl Packing {
    /// Places what it can of a group, on nodes it has before new ones. Returns how many.
    fn place(&mut self, group: &PodGroup) -> u32 {
        let mut left = group.count;
        let runs = std::mem::take(&mut self.runs);
        for run in runs {
            left -= self.fill(run, group, left);
        }
        let fresh = Run::of(0, &self.template);
        let each = fresh.room_for(group);
        if left > 0 && each > 0 {
            let wanted = left.div_ceil(each).min(self.max_new - self.n_new);
            self.n_new += wanted;
            left -= self.fill(
                Run {
                    count: wanted,
                    ..fresh
                },
                group,
                left,
            );
        }
        group.count - left
    }

    /// Puts pods on the nodes of a run, filling one after the other. Returns how many.
    fn fill(&mut self, run: Run, group: &PodGroup, pods: u32) -> u32 {
        let each = run.room_for(group);
        if each == 0 || run.count == 0 {
            if run.count > 0 {
                self.runs.push(run);
            }
            return 0;
        }
        let full = (pods / each).min(run.count);
        let rest = if full < run.count {
            pods - full * each
        } else {
            0
        };
        let parts = [
            (full, each),
            (u32::from(rest > 0), rest),
            (run.count - full - u32::from(rest > 0), 0),
        ];
        for (count, pods) in parts {
            if count > 0 {
                self.runs.push(run.with_pods(count, group, pods));
            }
        }
        full * each + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn pods(count: u32, cpu_m: u64) -> PodGroup {
        PodGroup {
            count,
            requests: Resources {
                cpu_m,
                memory_bytes: 100,
            },
            host_port: None,
            max_per_node: u32::MAX,
        }
    }

    const NODE: Template = Template {
        free: Resources {
            cpu_m: 1000,
            memory_bytes: 5 << 30,
        },
        free_slots: 100,
    };

    #[track_caller]
    fn check(groups: &[PodGroup], max_nodes: u32, nodes: u32, placed: &[u32]) {
        let got = estimate(groups, &NODE, max_nodes);
        assert_eq!((got.nodes, got.pods.as_slice()), (nodes, placed));
    }

    #[test]
    fn large_pods_come_first_and_small_ones_fill_the_gaps() {
        check(&[pods(3, 300), pods(2, 700)], 10, 3, &[3, 2]);
        check(
            &[pods(50_000, 50), pods(1000, 95)],
            3000,
            2595,
            &[50_000, 1000],
        );
        check(&[], 10, 0, &[]);
        check(&[pods(1, 1001)], 10, 0, &[0]);
    }

    #[test]
    fn what_a_node_may_hold_is_limited_in_every_way() {
        check(&[pods(5, 500)], 2, 2, &[4]);
        let alone = PodGroup {
            max_per_node: 1,
            ..pods(3, 100)
        };
        check(&[alone], 10, 3, &[3]);
        let with_port = |port| PodGroup {
            host_port: Some(port),
            ..pods(2, 100)
        };
        check(
            &[with_port(80), with_port(80), with_port(443)],
            10,
            4,
            &[2, 2, 2],
        );
        let few_slots = Template {
            free_slots: 10,
            ..NODE
        };
        assert_eq!(estimate(&[pods(20, 10)], &few_slots, 99).nodes, 2);
    }

    /// The same by taking pod after pod and node after node.
    fn one_by_one(groups: &[PodGroup], max_nodes: u32) -> (u32, u32) {
        let mut nodes: Vec<(Resources, u32, Vec<u16>)> = Vec::new();
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by_key(|at| (rank(&groups[*at], &NODE), *at));
        let mut placed = 0;
        for at in order {
            let group = &groups[at];
            let mut own = vec![0; max_nodes as usize];
            for _ in 0..group.count {
                let fits = |n: usize, (free, slots, ports): &(Resources, u32, Vec<u16>)| {
                    group.requests.fit_in(*free)
                        && *slots > 0
                        && group.host_port.is_none_or(|port| !ports.contains(&port))
                        && own[n] < group.max_per_node
                };
                let mut found = (0..nodes.len()).find(|n| fits(*n, &nodes[*n]));
                if found.is_none() && (nodes.len() as u32) < max_nodes {
                    let fresh = (NODE.free, NODE.free_slots, Vec::new());
                    if fits(nodes.len(), &fresh) {
                        nodes.push(fresh);
                        found = Some(nodes.len() - 1);
                    }
                }
                let Some(n) = found else { break };
                nodes[n].0 = nodes[n].0.minus(group.requests);
                nodes[n].1 -= 1;
                nodes[n].2.extend(group.host_port);
                own[n] += 1;
                placed += 1;
            }
        }
        (nodes.len() as u32, placed)
    }

    #[test]
    fn runs_of_nodes_give_what_single_nodes_give() {
        for seed in 0..300_u64 {
            let draw = |n: u64, below: u64| (seed * 7919 + n * 104_729) % 1_000_003 % below;
            let groups: Vec<PodGroup> = (0..1 + draw(0, 4))
                .map(|at| PodGroup {
                    count: draw(at + 1, 40) as u32,
                    host_port: (draw(at + 5, 4) == 0).then_some(80),
                    max_per_node: if draw(at + 9, 3) == 0 { 2 } else { u32::MAX },
                    ..pods(0, 20 + 10 * draw(at + 13, 60))
                })
                .collect();
            let max_nodes = 1 + draw(17, 30) as u32;
            let got = estimate(&groups, &NODE, max_nodes);
            let expected = one_by_one(&groups, max_nodes);
            assert_eq!(
                (got.nodes, got.pods.iter().sum()),
                expected,
                "seed {seed}: {groups:?}"
            );
        }
    }

    #[test]
    fn nodes_on_their_way_take_what_they_have_room_for() {
        let got = room_on_their_way(&[pods(3, 600), pods(9, 200)], 2, &NODE);
        assert_eq!(got, [2, 4]);
    }
}

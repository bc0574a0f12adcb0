//! A look upwards: which groups grow for the pods that nothing on its way has room for.

use super::balance::{Shape, alike, balance};
use super::estimate::{PodGroup, Template, estimate};
use super::expander::{ScaleUpOption, choose};
use super::health::GroupHealth;
use crate::model::ClusterAutoscaler;
use crate::sim::event::Refusal;
use crate::sim::policy::resources::Resources;
use crate::units::order;

/// A group with bounds.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// What a new node of it offers pods.
    pub template: Template,
    /// What its nodes are.
    pub shape: Shape<'a>,
    /// Its desired size and its nodes.
    pub health: GroupHealth,
    /// Most nodes it may have.
    pub max_nodes: u32,
    /// True while it is left alone after a failure.
    pub backed_off: bool,
    /// Its rank for the expander `priority`.
    pub priority: Option<u32>,
    /// Of each kind of pods, how many may run on its new nodes as far as selectors and the zone
    /// spread are concerned. All new nodes are taken to be in the template's zone.
    pub admits: Vec<u32>,
}

/// What a look sees.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Pods to be helped.
    pub pods: &'a [PodGroup],
    /// Groups with bounds.
    pub groups: &'a [Group<'a>],
    /// Flags.
    pub flags: &'a ClusterAutoscaler,
    /// A number from 0 to 1, drawn by the caller, that settles what the expanders leave open.
    pub lot: f64,
}

/// A group's new desired size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Increase {
    /// Which group.
    pub group: usize,
    /// Desired size so far.
    pub from: u32,
    /// Desired size from now on.
    pub to: u32,
}

/// What a look decides.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Groups grow: the best option's and, where balancing is on, groups like it.
    Raise {
        /// The groups.
        increases: Vec<Increase>,
        /// The option that the expanders chose, before it was shared out.
        option: ScaleUpOption,
        /// How many options they had.
        n_options: u32,
    },
    /// No group can help: why, by group.
    Refuse(Vec<Refusal>),
}

/// What to do for pods that wait.
#[must_use]
pub fn decide(observed: &Observed<'_>) -> Decision {
    let mut options = Vec::new();
    let mut refusals = Vec::new();
    for at in 0..observed.groups.len() {
        match option_of(observed, at) {
            Ok(option) => options.push(option),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let Some(best) = choose(&options, &observed.flags.expander, observed.lot) else {
        return Decision::Refuse(refusals);
    };
    let option = options[best].clone();
    Decision::Raise {
        increases: share_out(observed, &option),
        option,
        n_options: u32::try_from(options.len()).unwrap_or(u32::MAX),
    }
}

/// What would come of growing one group.
fn option_of(observed: &Observed<'_>, at: usize) -> Result<ScaleUpOption, Refusal> {
    let group = &observed.groups[at];
    if let Some(refusal) = closed(group, observed.flags) {
        return Err(refusal);
    }
    let mut room = headroom(group);
    if observed.flags.balance_similar_node_groups {
        let twins = twins(observed, at, |_| true);
        room += twins
            .map(|twin| headroom(&observed.groups[twin]))
            .sum::<u32>();
    }
    let pods: Vec<PodGroup> = observed
        .pods
        .iter()
        .zip(&group.admits)
        .map(|(pods, most)| PodGroup {
            count: pods.count.min(*most),
            ..*pods
        })
        .collect();
    let max_nodes = room.min(observed.flags.max_nodes_per_scaleup);
    let found = estimate(&pods, &group.template, max_nodes);
    if found.nodes == 0 {
        return Err(Refusal::NothingFits);
    }
    let mut requests = Resources::default();
    for (pods, count) in pods.iter().zip(&found.pods) {
        requests = requests.plus(pods.requests.times(*count));
    }
    Ok(ScaleUpOption {
        group: at,
        nodes: found.nodes,
        pods: found.pods,
        requests,
        capacity: group.shape.capacity,
        priority: group.priority,
    })
}

/// Why a group may not grow, whatever the pods.
fn closed(group: &Group<'_>, flags: &ClusterAutoscaler) -> Option<Refusal> {
    if !group.health.is_healthy(flags) {
        Some(Refusal::Unhealthy)
    } else if group.backed_off {
        Some(Refusal::BackedOff)
    } else if headroom(group) == 0 {
        Some(Refusal::MaxNodes)
    } else {
        None
    }
}

const fn headroom(group: &Group<'_>) -> u32 {
    group.max_nodes.saturating_sub(group.health.target)
}

/// Other groups that are like one, may grow and are wanted.
fn twins<'a>(
    observed: &'a Observed<'_>,
    at: usize,
    wanted: impl Fn(&Group<'_>) -> bool + 'a,
) -> impl Iterator<Item = usize> + 'a {
    let shape = observed.groups[at].shape;
    (0..observed.groups.len()).filter(move |other| {
        let group = &observed.groups[*other];
        *other != at
            && alike(&shape, &group.shape)
            && closed(group, observed.flags).is_none()
            && wanted(group)
    })
}

/// The chosen group's new nodes, shared with groups that are like it and take the same pods.
fn share_out(observed: &Observed<'_>, option: &ScaleUpOption) -> Vec<Increase> {
    let mut members = vec![option.group];
    if observed.flags.balance_similar_node_groups {
        let takes_them = |group: &Group<'_>| {
            let mut both = option.pods.iter().zip(&group.admits);
            both.all(|(pods, most)| *pods == 0 || *most > 0)
        };
        members.extend(twins(observed, option.group, takes_them));
        order::sort(&mut members);
    }
    let size = |at: usize| observed.groups[at].health.target;
    let bounds: Vec<_> = members
        .iter()
        .map(|at| (size(*at), observed.groups[*at].max_nodes))
        .collect();
    let sizes = balance(&bounds, option.nodes);
    let all = members.into_iter().zip(sizes).map(|(group, to)| Increase {
        group,
        from: size(group),
        to,
    });
    all.filter(|it| it.to > it.from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Expander;
    use crate::sim::policy::cluster_autoscaler::health::Census;

    const GIB: u64 = 1 << 30;

    fn group(instance_type: &'static str, cpu_m: u64, size: u32, admits: u32) -> Group<'static> {
        let resources = Resources {
            cpu_m,
            memory_bytes: cpu_m * GIB / 250,
        };
        Group {
            template: Template {
                free: resources,
                free_slots: 29,
            },
            shape: Shape {
                instance_type,
                capacity: resources,
                allocatable: resources,
                free: resources,
                pod_slots: 29,
            },
            health: GroupHealth {
                target: size,
                requested: 0,
                nodes: Census {
                    ready: size,
                    ..Census::default()
                },
            },
            max_nodes: 10,
            backed_off: false,
            priority: None,
            admits: vec![admits],
        }
    }

    fn decided(groups: &[Group<'_>], n_pods: u32, flags: &ClusterAutoscaler) -> Decision {
        let pods = [PodGroup {
            count: n_pods,
            requests: Resources {
                cpu_m: 500,
                memory_bytes: GIB / 2,
            },
            host_port: None,
            max_per_node: u32::MAX,
        }];
        decide(&Observed {
            pods: &pods,
            groups,
            flags,
            lot: 0.0,
        })
    }

    #[track_caller]
    fn check(
        groups: &[Group<'_>],
        n_pods: u32,
        flags: &ClusterAutoscaler,
        expected: &[(usize, u32, u32)],
    ) {
        let Decision::Raise { increases, .. } = decided(groups, n_pods, flags) else {
            panic!("no group grows");
        };
        let got: Vec<_> = increases
            .iter()
            .map(|it| (it.group, it.from, it.to))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn the_least_wasteful_group_grows_by_what_its_pods_need() {
        let flags = ClusterAutoscaler::default();
        let small = group("m6i.large", 2000, 3, u32::MAX);
        let large = group("m6i.2xlarge", 8000, 1, u32::MAX);
        check(&[large.clone(), small.clone()], 6, &flags, &[(1, 3, 5)]);
        check(&[large.clone(), small.clone()], 16, &flags, &[(0, 1, 2)]);
        let most_pods = ClusterAutoscaler {
            expander: vec![Expander::MostPods, Expander::LeastNodes],
            ..flags
        };
        check(&[large, small], 6, &most_pods, &[(0, 1, 2)]);
    }

    #[test]
    fn groups_that_are_alike_share_when_told_to() {
        let zones = [
            group("m6i.large", 2000, 3, u32::MAX),
            group("m6i.large", 2000, 1, u32::MAX),
            group("m6i.large", 2000, 9, u32::MAX),
            group("m5.large", 2000, 0, u32::MAX),
        ];
        let flags = ClusterAutoscaler::default();
        check(&zones, 12, &flags, &[(0, 3, 6)]);
        let balanced = ClusterAutoscaler {
            balance_similar_node_groups: true,
            ..flags
        };
        check(&zones, 12, &balanced, &[(0, 3, 4), (1, 1, 3)]);
    }

    #[test]
    fn a_spread_lets_only_so_many_pods_into_the_templates_zone() {
        let flags = ClusterAutoscaler::default();
        check(&[group("m6i.large", 2000, 3, 1)], 12, &flags, &[(0, 3, 4)]);
    }

    #[test]
    fn a_group_that_cannot_grow_says_why() {
        #[track_caller]
        fn check(change: impl Fn(&mut Group<'_>), expected: Refusal) {
            let mut it = group("m6i.large", 2000, 8, u32::MAX);
            change(&mut it);
            let flags = ClusterAutoscaler::default();
            let got = decided(&[it], 3, &flags);
            assert_eq!(got, Decision::Refuse(vec![expected]));
        }
        check(|it| it.max_nodes = 8, Refusal::MaxNodes);
        check(|it| it.backed_off = true, Refusal::BackedOff);
        check(|it| it.health.nodes.ready = 3, Refusal::Unhealthy);
        check(|it| it.admits = vec![0], Refusal::NothingFits);
        check(|it| it.template.free.cpu_m = 499, Refusal::NothingFits);
    }
}

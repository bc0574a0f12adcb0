use proptest::prelude::*;

use super::*;
use crate::model::{CapacityType, WhenUnsatisfiable, ZoneIndex};
use crate::sim::policy::pod_rules::NodeTerm;

const GIB: u64 = 1 << 30;
const STRICT: TopologySpread = TopologySpread {
    topology_key: TopologyKey::Zone,
    max_skew: 1,
    when_unsatisfiable: WhenUnsatisfiable::DoNotSchedule,
    min_domains: None,
    node_affinity_policy: NodeInclusionPolicy::Honor,
    node_taints_policy: NodeInclusionPolicy::Ignore,
};

/// A ready node of 1930 milli-cores and 7 GiB in `zone` with `n_pods` pods of 500m/1Gi.
fn node(zone: u8, n_pods: u64) -> Node {
    Node {
        pool: 0,
        place: Place {
            host: 0,
            zone: ZoneIndex(zone),
            capacity_type: CapacityType::OnDemand,
        },
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
        taints: SmallSet::default(),
        soft_taints: SmallSet::default(),
        host_ports: SmallSet::default(),
    }
}

fn dead(zone: u8, n_pods: u64) -> Node {
    Node {
        ready: false,
        ..node(zone, n_pods)
    }
}

/// Nodes with hostnames of their own.
fn named(nodes: &[Node]) -> Vec<Node> {
    let mut nodes = nodes.to_vec();
    for (host, node) in nodes.iter_mut().enumerate() {
        node.place.host = host;
    }
    nodes
}

fn spread(spreads: &[TopologySpread]) -> PodRules {
    PodRules {
        spreads: spreads.to_vec(),
        ..PodRules::default()
    }
}

const POD: Pod<'_> = Pod {
    workload: 0,
    pools: &[0],
    requests: Resources {
        cpu_m: 500,
        memory_bytes: GIB,
    },
};

/// Places a pod of workload 0, whose pods on each node are `own`; workload 1 has `other`.
fn try_place(
    nodes: &[Node],
    rules: [&PodRules; 2],
    own: &[u32],
    other: &[u32],
) -> Result<usize, Refusals> {
    let nodes = named(nodes);
    let filled = |counts: &[u32]| {
        let mut counts = counts.to_vec();
        counts.resize(nodes.len(), 0);
        counts
    };
    let cluster = Cluster {
        nodes: &nodes,
        rules: &rules,
        pods_on: &[filled(own), filled(other)],
        ending_on: &[],
    };
    place(&POD, &cluster)
}

#[track_caller]
fn check(nodes: &[Node], rules: &PodRules, own: &[u32], expected: Option<usize>) {
    let placed = try_place(nodes, [rules, &PodRules::default()], own, &[]);
    assert_eq!(placed.ok(), expected);
}

#[test]
fn zones_rank_before_room_and_room_before_position() {
    let soft = TopologySpread {
        when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
        ..STRICT
    };
    let nodes = [node(0, 0), node(1, 2), node(1, 1)];
    check(&nodes, &spread(&[STRICT]), &[1], Some(2));
    check(&nodes, &spread(&[soft]), &[1], Some(2));
    check(&nodes, &spread(&[]), &[1], Some(2));
    check(&nodes, &spread(&[STRICT]), &[3, 2, 1], Some(0));
    check(
        &[node(0, 1), node(0, 1)],
        &spread(&[STRICT]),
        &[1, 1],
        Some(0),
    );
    // A strict spread that leaves several nodes does not rank them: room does.
    let skew_5 = TopologySpread {
        max_skew: 5,
        ..STRICT
    };
    check(
        &[node(0, 0), node(1, 1)],
        &spread(&[skew_5]),
        &[3, 0],
        Some(0),
    );
}

#[test]
fn a_strict_spread_stops_at_the_skew() {
    let full = node(1, 3);
    let skew_2 = TopologySpread {
        max_skew: 2,
        ..STRICT
    };
    check(&[node(0, 1), full], &spread(&[STRICT]), &[1, 0], None);
    check(&[node(0, 1), full], &spread(&[skew_2]), &[1, 0], Some(0));
    check(&[node(0, 1), full], &spread(&[skew_2]), &[2, 0], None);
    check(&[node(0, 1), full], &spread(&[STRICT]), &[3, 3], Some(0));
}

#[test]
fn a_dead_zone_strands_its_pods_until_its_nodes_are_gone() {
    // Six pods over three zones; zone 2 is lost, its two pods are to be replaced.
    let nodes = [node(0, 2), node(1, 2), dead(2, 0)];
    let own = [2, 2, 0];
    let strict = spread(&[STRICT]);
    let stranded = try_place(&nodes, [&strict, &PodRules::default()], &own, &[]);
    let stranded = stranded.expect_err("the skew forbids it");
    let by = vec![(NodeFilter::NotReady, 1), (NodeFilter::Spread, 2)];
    assert_eq!(stranded, Refusals { nodes: 3, by });
    assert_eq!(main_cause(&stranded), PendingReason::TopologySpread);
    let honor = TopologySpread {
        node_taints_policy: NodeInclusionPolicy::Honor,
        ..STRICT
    };
    let anyway = TopologySpread {
        when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
        ..STRICT
    };
    check(&nodes, &spread(&[honor]), &own, Some(0));
    check(&nodes, &spread(&[anyway]), &own, Some(0));
    check(&nodes, &spread(&[]), &own, Some(0));
    check(&nodes[..2], &strict, &own, Some(0));
}

#[test]
fn a_pod_without_a_node_says_what_is_lacking() {
    #[track_caller]
    fn check(nodes: &[Node], rules: &PodRules, expected: PendingReason) {
        let placed = try_place(nodes, [rules, &PodRules::default()], &[], &[]);
        assert_eq!(main_cause(&placed.expect_err("no node fits")), expected);
    }
    let any = PodRules::default();
    let mut no_memory = node(0, 0);
    no_memory.requested.memory_bytes = 7 * GIB;
    let no_slot = Node {
        pod_slots: 0,
        ..node(0, 0)
    };
    let cordoned = Node {
        schedulable: false,
        ..node(0, 0)
    };
    let tainted = Node {
        taints: [3].into_iter().collect(),
        ..node(0, 0)
    };
    let elsewhere = Node {
        pool: 1,
        ..node(0, 0)
    };
    check(&[], &any, PendingReason::NoNodes);
    check(
        &[dead(0, 0), cordoned, elsewhere],
        &any,
        PendingReason::NoNodes,
    );
    check(
        &[node(0, 3), dead(1, 0)],
        &any,
        PendingReason::InsufficientCpu,
    );
    check(
        &[no_memory, no_memory, node(0, 3)],
        &any,
        PendingReason::InsufficientMemory,
    );
    check(&[no_slot], &any, PendingReason::TooManyPods);
    check(&[tainted], &any, PendingReason::Taints);
    let port = [5].into_iter().collect();
    let taken = Node {
        host_ports: port,
        ..node(0, 0)
    };
    let with_port = PodRules {
        host_ports: port,
        ..PodRules::default()
    };
    check(&[taken], &with_port, PendingReason::HostPorts);
    let spot = PodRules {
        node_affinity: vec![NodeTerm {
            capacity_type: Some(CapacityType::Spot),
            ..NodeTerm::default()
        }],
        ..PodRules::default()
    };
    check(&[node(0, 0)], &spot, PendingReason::NodeAffinity);
}

fn term(workload: usize, key: TopologyKey, weight: Option<u32>) -> Vec<Term> {
    vec![Term {
        workload,
        key,
        weight,
    }]
}

#[test]
fn affinity_follows_pods_and_anti_affinity_flees_them() {
    use TopologyKey::{Hostname, Zone};
    #[track_caller]
    fn check(own: &PodRules, other: &PodRules, pods: [&[u32]; 2], expected: Option<usize>) {
        let nodes = [node(0, 1), node(0, 0), node(1, 0)];
        let placed = try_place(&nodes, [own, other], pods[0], pods[1]);
        assert_eq!(placed.ok(), expected);
    }
    let with = |workload, key, weight| PodRules {
        affinity: term(workload, key, weight),
        ..PodRules::default()
    };
    let without = |workload, key, weight| PodRules {
        anti_affinity: term(workload, key, weight),
        ..PodRules::default()
    };
    let any = PodRules::default();
    let beside = [0, 0, 1];
    check(&with(1, Zone, None), &any, [&[], &beside], Some(2));
    check(&with(1, Hostname, None), &any, [&[], &[1, 0, 0]], Some(0));
    check(&with(1, Zone, None), &any, [&[], &[]], None);
    // The first of its own kind may go anywhere, the next have to follow.
    check(&with(0, Zone, None), &any, [&[], &[]], Some(1));
    check(&with(0, Zone, None), &any, [&[0, 0, 1], &[]], Some(2));
    check(&without(1, Zone, None), &any, [&[], &[1, 0, 0]], Some(2));
    check(&without(0, Hostname, None), &any, [&[1, 1, 1], &[]], None);
    // Those that are there already may object, too.
    check(&any, &without(0, Zone, None), [&[], &[1, 0, 0]], Some(2));
    check(&with(1, Zone, Some(100)), &any, [&[], &[1, 0, 0]], Some(1));
    check(
        &with(1, Hostname, Some(100)),
        &any,
        [&[], &[1, 0, 0]],
        Some(0),
    );
    check(
        &without(1, Zone, Some(100)),
        &any,
        [&[], &[1, 1, 0]],
        Some(2),
    );
}

/// `InterPodAffinity` looks at every pod of a node, `PodTopologySpread` leaves out those that end.
#[test]
fn a_terminating_pod_keeps_others_away_and_takes_part_in_no_spread() {
    let nodes = named(&[node(0, 0), node(1, 0)]);
    let placed = |rules: &PodRules| {
        let cluster = Cluster {
            nodes: &nodes,
            rules: &[rules],
            pods_on: &[vec![0, 0]],
            ending_on: &[vec![3, 0]],
        };
        place(&POD, &cluster)
    };
    let alone = PodRules {
        anti_affinity: term(0, TopologyKey::Hostname, None),
        ..PodRules::default()
    };
    assert_eq!(placed(&alone), Ok(1));
    let even = spread(&[TopologySpread::default()]);
    assert_eq!(placed(&even), Ok(0), "neither zone has a pod");
}

#[test]
fn soft_taints_and_preferred_nodes_rank() {
    let soft = Node {
        soft_taints: [1].into_iter().collect(),
        ..node(0, 0)
    };
    let rules = PodRules::default();
    check(&[soft, node(0, 2)], &rules, &[], Some(1));
    let tolerant = PodRules {
        tolerates: [1].into_iter().collect(),
        ..PodRules::default()
    };
    check(&[soft, node(0, 2)], &tolerant, &[], Some(0));
    let mut spot = node(0, 1);
    spot.place.capacity_type = CapacityType::Spot;
    let prefers_spot = PodRules {
        node_affinity: vec![NodeTerm {
            capacity_type: Some(CapacityType::Spot),
            weight: Some(50),
            ..NodeTerm::default()
        }],
        ..PodRules::default()
    };
    check(&[node(0, 0), spot], &rules, &[], Some(0));
    check(&[node(0, 0), spot], &prefers_spot, &[], Some(1));
}

/// A cluster of two workloads with one strict spread each, and nodes of uneven fill.
fn clusters() -> impl Strategy<Value = (Vec<Node>, TopologySpread, usize)> {
    let parts = (
        0..4_u8,
        0..4_u64,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    let node_of = parts.prop_map(|(zone, n_pods, ready, spot, tainted)| {
        let mut it = if ready {
            node(zone, n_pods)
        } else {
            dead(zone, n_pods)
        };
        it.place.capacity_type = if spot {
            CapacityType::Spot
        } else {
            CapacityType::OnDemand
        };
        if tainted {
            it.taints.insert(0);
        }
        it
    });
    let keys = [
        TopologyKey::Zone,
        TopologyKey::Hostname,
        TopologyKey::CapacityType,
    ];
    let rule = (
        prop::sample::select(keys.to_vec()),
        1..4_u32,
        prop::option::of(1..5_u32),
        any::<bool>(),
    );
    let rule = rule.prop_map(
        |(topology_key, max_skew, min_domains, honor)| TopologySpread {
            topology_key,
            max_skew,
            min_domains,
            node_taints_policy: if honor {
                NodeInclusionPolicy::Honor
            } else {
                NodeInclusionPolicy::Ignore
            },
            ..STRICT
        },
    );
    (prop::collection::vec(node_of, 0..12), rule, 0..40_usize)
}

proptest! {
    /// Whatever the cluster, a placed pod fits its node and keeps its spread, and a refused one
    /// would have broken a rule on every node.
    #[test]
    fn placements_keep_every_rule((nodes, rule, n_pods) in clusters()) {
        let mut nodes = named(&nodes);
        let rules = spread(&[rule]);
        let mut own = vec![0_u32; nodes.len()];
        for _ in 0..n_pods {
            let all = [own.clone()];
            let rules_of = [&rules];
            let cluster = Cluster {
                nodes: &nodes, rules: &rules_of, pods_on: &all, ending_on: &[],
            };
            let counts = |domain: usize| -> u32 {
                let here = nodes.iter().zip(&own).filter(|(node, _)| {
                    let honored = rule.node_taints_policy == NodeInclusionPolicy::Ignore
                        || (node.ready && node.taints.is_empty());
                    node.place.domain(rule.topology_key) == domain && honored
                });
                here.map(|it| it.1).sum()
            };
            let included = nodes.iter().filter(|node| {
                rule.node_taints_policy == NodeInclusionPolicy::Ignore
                    || (node.ready && node.taints.is_empty())
            });
            let mut domains: Vec<usize> =
                included.map(|it| it.place.domain(rule.topology_key)).collect();
            domains.sort_unstable();
            domains.dedup();
            let short = rule.min_domains.is_some_and(|least| domains.len() < least as usize);
            let lowest = domains.iter().map(|it| counts(*it)).min().unwrap_or(0);
            let floor = if short { 0 } else { lowest };
            let keeps = |node: &Node| {
                node.ready
                    && node.taints.is_empty()
                    && POD.requests.fit_in(node.free())
                    && counts(node.place.domain(rule.topology_key)) < floor + rule.max_skew
            };
            match place(&POD, &cluster) {
                Ok(at) => {
                    prop_assert!(keeps(&nodes[at]), "{:?}", nodes[at]);
                    nodes[at].requested = nodes[at].requested.plus(POD.requests);
                    prop_assert!(nodes[at].requested.fit_in(nodes[at].allocatable));
                    nodes[at].n_pods += 1;
                    own[at] += 1;
                }
                Err(refusals) => {
                    prop_assert!(!nodes.iter().any(keeps));
                    prop_assert_eq!(refusals.nodes as usize, nodes.len());
                    break;
                }
            }
        }
    }
}

/// The rules that ask about other pods, and what a strict spread over hosts leaves of a new host.
#[test]
fn only_required_rules_between_pods_have_to_be_counted() {
    let plain = PodRules::default();
    let avoids = |weight| PodRules {
        anti_affinity: vec![Term {
            workload: 0,
            key: TopologyKey::Hostname,
            weight,
        }],
        ..PodRules::default()
    };
    let heeds = |own: &PodRules, other: &PodRules| heeds_pods(0, &[own, other]);
    assert!(!heeds(&plain, &plain));
    assert!(!heeds(&avoids(Some(1)), &avoids(Some(1))), "preferences");
    assert!(heeds(&avoids(None), &plain));
    assert!(heeds(&plain, &avoids(None)), "it is avoided");
    assert!(heeds(&spread(&[STRICT]), &plain));

    let by_host = TopologySpread {
        topology_key: TopologyKey::Hostname,
        max_skew: 2,
        ..STRICT
    };
    let most = |spreads: &[TopologySpread], own: [u32; 2]| {
        let cluster = Cluster {
            nodes: &named(&[node(0, 0), node(1, 0)]),
            rules: &[&spread(spreads)],
            pods_on: &[own.to_vec()],
            ending_on: &[],
        };
        BetweenPods::new(&POD, &cluster).most_per_host()
    };
    assert_eq!(most(&[STRICT], [4, 4]), u32::MAX, "a zone is no host");
    assert_eq!(most(&[by_host], [4, 0]), 2);
    assert_eq!(
        most(&[by_host], [4, 1]),
        3,
        "new nodes fill up to the emptiest"
    );
    let three_hosts = TopologySpread {
        min_domains: Some(3),
        ..by_host
    };
    assert_eq!(most(&[three_hosts], [4, 1]), 2);
}

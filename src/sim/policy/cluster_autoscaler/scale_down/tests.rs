//! Nodes of 4000m with pods of 500m, over three zones.

use super::*;
use crate::model::{CapacityType, TopologyKey, TopologySpread, ZoneIndex};
use crate::sim::policy::pod_rules::NodeTerm;
use crate::sim::policy::resources::SmallSet;
use crate::sim::policy::topology::{Place, Term};
use crate::units::Ratio;

const POD: Resources = Resources {
    cpu_m: 500,
    memory_bytes: 1 << 29,
};

fn node(zone: u8, n_pods: u32) -> Node {
    Node {
        seen: scheduler::Node {
            pool: 0,
            place: Place {
                host: 0,
                zone: ZoneIndex(zone),
                capacity_type: CapacityType::OnDemand,
            },
            allocatable: POD.times(8),
            requested: POD.times(n_pods),
            pod_slots: 29,
            n_pods,
            ready: true,
            schedulable: true,
            taints: SmallSet::default(),
            soft_taints: SmallSet::default(),
            host_ports: SmallSet::default(),
        },
        daemons: Resources::default(),
        pods: if n_pods > 0 {
            vec![(0, n_pods)]
        } else {
            Vec::new()
        },
        is_candidate: true,
        unneeded_since: None,
    }
}

/// The same nodes with names of their own.
fn named(nodes: &[Node]) -> Vec<Node> {
    let mut nodes = nodes.to_vec();
    for (host, node) in nodes.iter_mut().enumerate() {
        node.seen.place.host = host;
    }
    nodes
}

fn workload() -> Workload {
    Workload {
        requests: POD,
        pools: vec![0],
        rules: PodRules::default(),
        disruptions_allowed: u32::MAX,
        is_unmovable: false,
    }
}

/// A strict spread of one pod.
fn spread(topology_key: TopologyKey) -> Vec<TopologySpread> {
    vec![TopologySpread {
        topology_key,
        max_skew: 1,
        ..TopologySpread::default()
    }]
}

/// Nodes that could go, with the places of their pods.
fn found(nodes: &[Node], workload: Workload) -> Vec<(usize, Vec<usize>)> {
    let findings = find_unneeded(nodes, &[workload], &ClusterAutoscaler::default());
    let unneeded = findings.unneeded.into_iter();
    unneeded.map(|it| (it.node, it.targets)).collect()
}

#[test]
fn a_node_goes_when_its_pods_fit_elsewhere() {
    let nodes = [node(0, 5), node(1, 3), node(2, 6)];
    let all = workload();
    assert_eq!(found(&nodes, all), [(1, vec![0])]);
    let tight = [node(0, 7), node(1, 4), node(2, 6)];
    assert_eq!(found(&tight, workload()), [], "three places for four pods");
}

#[test]
fn each_removal_is_asked_after_the_ones_before() {
    // Every pair of them fits on one node, but not all on none.
    let nodes = [node(0, 3), node(1, 3), node(2, 3)];
    let all = workload();
    assert_eq!(found(&nodes, all), [(0, vec![1]),]);
    let empty_first = [node(0, 2), node(1, 0), node(2, 6)];
    let all = workload();
    assert_eq!(found(&empty_first, all), [(1, vec![]), (0, vec![2])]);
    let mut known_first = [node(0, 3), node(1, 3), node(2, 5)];
    known_first[1].unneeded_since = Some(SimTime::START);
    let all = workload();
    assert_eq!(found(&known_first, all), [(1, vec![0])]);
}

#[test]
fn what_keeps_pods_keeps_their_node() {
    let nodes = [node(0, 5), node(1, 3), node(2, 5)];
    let with = |change: fn(&mut Workload)| {
        let mut all = workload();
        change(&mut all);
        found(&nodes, all)
    };
    assert_eq!(with(|_| ()).len(), 1);
    assert_eq!(with(|it| it.is_unmovable = true), []);
    assert_eq!(with(|it| it.disruptions_allowed = 0), []);
    assert_eq!(with(|it| it.pools = vec![1]), []);
    assert_eq!(
        with(|it| it.rules.spreads = spread(TopologyKey::Zone)),
        [],
        "its zone would be the emptiest by five"
    );
    let two_a_zone = [node(0, 3), node(0, 3), node(1, 5), node(2, 5)];
    let mut all = workload();
    all.rules.spreads = spread(TopologyKey::Zone);
    assert_eq!(found(&two_a_zone, all), [(0, vec![1])]);
}

/// Two of three nodes have room, whose pods are one on each.
#[test]
fn a_node_stays_when_the_scheduler_would_take_its_pods_nowhere() {
    #[track_caller]
    fn check(what: &str, change: impl Fn(&mut [Node], &mut Workload), goes: bool) {
        let mut nodes = named(&[node(0, 1), node(1, 1), node(2, 1)]);
        nodes[1].is_candidate = false;
        nodes[2].is_candidate = false;
        let mut all = workload();
        change(&mut nodes, &mut all);
        let expected: &[(usize, Vec<usize>)] = if goes { &[(0, vec![1])] } else { &[] };
        assert_eq!(found(&nodes, all), expected, "{what}");
    }
    let one = || [0].into_iter().collect::<SmallSet>();
    let taint = |nodes: &mut [Node]| {
        nodes[1].seen.taints = one();
        nodes[2].seen.taints = one();
    };
    let avoid = |key| Term {
        workload: 0,
        key,
        weight: None,
    };
    let wish = |zones: &[u8]| NodeTerm {
        zones: Some(zones.iter().copied().map(ZoneIndex).collect()),
        ..NodeTerm::default()
    };
    check("no rules", |_, _| (), true);
    check("taints", |nodes, _| taint(nodes), false);
    let tolerates = |nodes: &mut [Node], all: &mut Workload| {
        taint(nodes);
        all.rules.tolerates = one();
    };
    check("tolerated taints", tolerates, true);
    let only = |zones: &'static [u8]| {
        move |_: &mut [Node], all: &mut Workload| all.rules.node_affinity = vec![wish(zones)]
    };
    check("its own zone only", only(&[0]), false);
    check("two zones", only(&[0, 1]), true);
    let ports = |nodes: &mut [Node], all: &mut Workload| {
        all.rules.host_ports = one();
        for node in nodes {
            node.seen.host_ports = one();
        }
    };
    check("host ports", ports, false);
    let anti =
        |key| move |_: &mut [Node], all: &mut Workload| all.rules.anti_affinity = vec![avoid(key)];
    check("not on one host", anti(TopologyKey::Hostname), false);
    check("not in one zone", anti(TopologyKey::Zone), false);
    let affinity = |_: &mut [Node], all: &mut Workload| {
        all.rules.affinity = vec![avoid(TopologyKey::Hostname)];
    };
    check("with others of its kind", affinity, true);
    let by_host = |_: &mut [Node], all: &mut Workload| {
        all.rules.spreads = spread(TopologyKey::Hostname);
    };
    check("the emptied host is the emptiest", by_host, false);
}

/// A host port and a spread hold between pods that are moved, too, and what was tried in vain is
/// undone: the second node's pod finds the place that the first one's two did not both find.
#[test]
fn pods_that_were_moved_count_where_they_are() {
    let port: SmallSet = [3].into_iter().collect();
    let mut nodes = named(&[node(0, 1), node(1, 1), node(2, 0)]);
    for node in &mut nodes[..2] {
        node.seen.host_ports = port;
    }
    nodes[2].is_candidate = false;
    let mut all = workload();
    all.rules.host_ports = port;
    assert_eq!(found(&nodes, all.clone()), [(0, vec![2])]);
    // As if two shared a host that was full when they came: only one more can be placed.
    nodes[0].pods = vec![(0, 2)];
    assert_eq!(found(&nodes, all), [(1, vec![2])]);

    let mut nodes = named(&[node(0, 2), node(1, 1), node(2, 0)]);
    nodes[2].is_candidate = false;
    let mut all = workload();
    all.rules.anti_affinity = vec![Term {
        workload: 0,
        key: TopologyKey::Hostname,
        weight: None,
    }];
    assert_eq!(found(&nodes, all), [(1, vec![2])]);
}

#[test]
fn an_unready_node_is_no_home() {
    let mut nodes = [node(0, 5), node(1, 3), node(2, 8)];
    nodes[0].seen.ready = false;
    let all = workload();
    assert_eq!(found(&nodes, all), []);
}

#[test]
fn a_node_goes_at_the_first_look_after_its_time() {
    let flags = ClusterAutoscaler::default();
    let min = SimDuration::from_min;
    let check =
        |used, movable, after: SimDuration, ready| may_go(used, movable, after, ready, &flags);
    assert_eq!(check(0.5, true, min(11), true), Ok(()));
    assert_eq!(check(0.51, true, min(11), true), Err(Kept::Busy));
    assert_eq!(check(0.2, false, min(11), true), Err(Kept::PodsStay));
    assert_eq!(check(0.2, true, min(10), true), Err(Kept::TooSoon));
    assert_eq!(check(0.2, true, min(11), false), Err(Kept::TooSoon));
    assert_eq!(check(0.2, true, min(21), false), Ok(()));
}

#[test]
fn ten_empty_nodes_go_at_once_and_one_with_pods() {
    let mut nodes: Vec<Node> = (0..14).map(|at| node(at % 3, 0)).collect();
    nodes.extend([node(0, 2), node(1, 2), node(2, 6)]);
    for node in &mut nodes {
        node.unneeded_since = Some(SimTime::START);
    }
    let flags = ClusterAutoscaler::default();
    let all = workload();
    let unneeded = find_unneeded(&nodes, &[all], &flags).unneeded;
    assert_eq!(
        unneeded.len(),
        15,
        "the last two share the room of the busy one"
    );
    let now = SimTime::from_s(601);
    let chosen = |spared, leaving| {
        let (empty, drained) = choose(&unneeded, &nodes, vec![spared], leaving, &flags, now);
        (empty.len(), drained.len())
    };
    assert_eq!(chosen(99, (0, 0)), (10, 0), "ten in all");
    assert_eq!(chosen(99, (8, 0)), (2, 0));
    assert_eq!(chosen(99, (10, 0)), (0, 0));
    assert_eq!(chosen(3, (0, 0)), (3, 0), "the group keeps its fewest");
    let drains_only = [unneeded[14].clone(), unneeded[14].clone()];
    let (_, drained) = choose(&drains_only, &nodes, vec![9], (0, 0), &flags, now);
    assert_eq!(drained, [0]);
    let (_, drained) = choose(&drains_only, &nodes, vec![9], (1, 1), &flags, now);
    assert_eq!(drained, [0_usize; 0]);
    let (empty, _) = choose(
        &unneeded,
        &nodes,
        vec![99],
        (0, 0),
        &flags,
        SimTime::from_s(600),
    );
    assert_eq!(
        empty, [0_usize; 0],
        "not after ten minutes, but at the next look"
    );
}

#[test]
fn budgets_put_off_the_nodes_they_cannot_spare_at_once() {
    let nodes = [node(0, 3), node(1, 1), node(2, 4)];
    let mut all = workload();
    all.disruptions_allowed = 2;
    let findings = find_unneeded(&nodes, &[all], &ClusterAutoscaler::default());
    let risky: Vec<_> = findings
        .unneeded
        .iter()
        .map(|it| (it.node, it.is_risky))
        .collect();
    assert_eq!(risky, [(0, true)], "afterwards no pod may go");
}

#[test]
fn no_more_nodes_are_looked_for_than_could_go_in_time() {
    let flags = ClusterAutoscaler::default();
    assert_eq!(unneeded_limit(0, &flags), 20);
    assert_eq!(unneeded_limit(7, &flags), 27);
    assert_eq!(unneeded_limit(9999, &flags), 610);
    let hasty = ClusterAutoscaler {
        scale_down_unneeded_time: SimDuration::ZERO,
        scale_down_utilization_threshold: Ratio::new(0.5),
        ..flags
    };
    assert_eq!(unneeded_limit(9999, &hasty), 20);
}

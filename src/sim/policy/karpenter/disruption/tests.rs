//! Small clusters and what each method makes of them. The cases follow those of Karpenter's own
//! tests (`disruption/consolidation_test.go`, `emptiness_test.go`, `drift_test.go`).

use super::super::{CapacityChoice, InstanceType, Offering};
use super::*;
use crate::model::{TopologySpread, WhenUnsatisfiable};
use crate::units::{FromText as _, IntOrPercent};

const NOW: SimTime = SimTime::from_s(1_000);

/// A pool of one zone with types of 1, 2, 3, ... cores at 10 dollars a core, on demand, and at 4
/// dollars on Spot.
fn pool(n_types: u64, capacity: CapacityChoice) -> Pool {
    let offering = |capacity_type, price_micro_usd| Offering {
        zone: ZoneIndex(0),
        capacity_type,
        price_micro_usd,
        available: true,
    };
    let kind = |cores: u64| InstanceType {
        cpu_m: cores * 1000,
        allocatable: cores_of(cores * 1000),
        pod_slots: 100,
        offerings: vec![
            offering(CapacityType::OnDemand, cores * 10_000_000),
            offering(CapacityType::Spot, cores * 4_000_000),
        ],
    };
    Pool {
        cpu_used_m: 1_000_000,
        nodes_per_zone: vec![100],
        n_spot_nodes: 100,
        ..Pool::new((1..=n_types).map(kind).collect(), capacity)
    }
}

fn cores_of(cpu_m: u64) -> Resources {
    Resources {
        cpu_m,
        memory_bytes: 0,
    }
}

/// A cluster of one pool and one workload whose pods want a core each.
struct Cluster {
    pool: Pool,
    policy: ConsolidationPolicy,
    after_s: u64,
    budgets: Vec<DisruptionBudget>,
    termination_grace_period: Option<SimDuration>,
    spot_to_spot: bool,
    rules: PodRules,
    n_pending: u32,
    /// Type, how it is bought, and pods.
    nodes: Vec<(usize, CapacityType, u32)>,
    change: fn(usize, &mut Node<'_>),
}

use CapacityType::{OnDemand, Spot};

impl Cluster {
    fn new(nodes: &[(usize, CapacityType, u32)]) -> Self {
        Self {
            pool: pool(20, CapacityChoice::OnDemand),
            policy: ConsolidationPolicy::default(),
            after_s: 0,
            budgets: vec![budget("100%")],
            termination_grace_period: None,
            spot_to_spot: false,
            rules: PodRules::default(),
            n_pending: 0,
            nodes: nodes.to_vec(),
            change: |_, _| (),
        }
    }

    fn with<T>(&self, use_it: impl FnOnce(&Observed<'_>) -> T) -> T {
        let pods: Vec<_> = self.nodes.iter().map(|(_, _, pods)| [(0, *pods)]).collect();
        let nodes = self.nodes.iter().zip(&pods).enumerate();
        let nodes: Vec<Node<'_>> = nodes
            .map(|(at, ((kind, capacity_type, n_pods), pods))| {
                let it = &self.pool.instance_types[*kind];
                let mut offerings = it.offerings.iter();
                let own = offerings.find(|it| it.capacity_type == *capacity_type);
                let mut node = Node {
                    pool: 0,
                    instance_type: *kind,
                    zone: ZoneIndex(0),
                    capacity_type: *capacity_type,
                    price_micro_usd: own.map_or(0, |it| it.price_micro_usd),
                    registered: true,
                    ready: true,
                    deleting: false,
                    spare: false,
                    blocked: false,
                    shifted: false,
                    nominated_until: SimTime::START,
                    pods_changed_at: SimTime::START,
                    drifted_since: None,
                    free: it.allocatable.minus(cores_of(u64::from(*n_pods) * 1000)),
                    free_slots: 100 - n_pods,
                    host_ports: SmallSet::default(),
                    pods: if *n_pods == 0 { &[] } else { pods },
                };
                (self.change)(at, &mut node);
                node
            })
            .collect();
        let settings = Settings {
            policy: self.policy,
            consolidate_after: SimDuration::from_s(self.after_s),
            budgets: &self.budgets,
            termination_grace_period: self.termination_grace_period,
        };
        let workload = Workload {
            pools: &[0],
            requests: cores_of(1000),
            eviction_cost: 1.0,
            rules: &self.rules,
            pods_per_zone: &[self.nodes.iter().map(|(_, _, pods)| pods).sum()],
            pods_per_capacity_type: [OnDemand, Spot].map(|of| {
                let own = self.nodes.iter().filter(|it| it.1 == of);
                own.map(|(_, _, pods)| pods).sum()
            }),
            n_pending: self.n_pending,
        };
        use_it(&Observed {
            nodes: &nodes,
            pools: &[DisruptablePool {
                karpenter: &self.pool,
                settings: Some(settings),
            }],
            workloads: &[workload],
            spot_to_spot: self.spot_to_spot,
            now: NOW,
        })
    }

    fn look(&self, method: Method) -> Option<Command> {
        self.with(|it| look(it, method)).command
    }

    /// Nodes that go, and the price of the one that comes.
    #[track_caller]
    fn check(&self, method: Method, nodes: &[usize], dollars: Option<u64>) {
        let command = self.look(method).expect("something is done");
        assert_eq!(command.nodes, nodes);
        let prices = command.replacements.iter().map(|it| it.price_micro_usd);
        let expected: Vec<u64> = dollars.into_iter().map(|it| it * 1_000_000).collect();
        assert!(prices.eq(expected.iter().copied()), "{command:?}");
        let valid = self.with(|it| validate(it, &command));
        if method.is_validated() {
            assert_eq!(valid, Some(command), "nothing has changed");
        }
    }

    #[track_caller]
    fn check_nothing(&self, method: Method) {
        assert_eq!(self.look(method), None);
    }
}

fn budget(nodes: &str) -> DisruptionBudget {
    DisruptionBudget::of(IntOrPercent::from_text(nodes).expect("valid"))
}

use Method::{Drift, Emptiness, MultiNode, SingleNode};

#[test]
fn empty_nodes_go_the_dearest_first_within_the_budget() {
    let nodes = [
        (0, OnDemand, 0),
        (3, OnDemand, 0),
        (1, OnDemand, 1),
        (1, OnDemand, 0),
    ];
    let mut cluster = Cluster::new(&nodes);
    cluster.check(Emptiness, &[1, 3, 0], None);
    cluster.budgets = vec![budget("50%")];
    cluster.check(Emptiness, &[1, 3], None);
    cluster.budgets = vec![budget("0")];
    cluster.check_nothing(Emptiness);
    let held = cluster.with(|it| look(it, Emptiness)).held;
    assert_eq!((held.len(), held[0].pool, held[0].nodes), (1, 0, 3));
    cluster.budgets = Vec::new();
    cluster.policy = ConsolidationPolicy::WhenEmpty;
    cluster.check(Emptiness, &[1, 3, 0], None);
    cluster.policy = ConsolidationPolicy::Never;
    cluster.check_nothing(Emptiness);
}

#[test]
fn nodes_are_left_alone_while_something_is_about_to_happen() {
    #[track_caller]
    fn check(change: fn(usize, &mut Node<'_>), goes: bool) {
        let mut cluster = Cluster::new(&[(0, OnDemand, 0)]);
        cluster.after_s = 30;
        cluster.change = change;
        assert_eq!(cluster.look(Emptiness).is_some(), goes);
    }
    check(|_, _| (), true);
    check(|_, it| it.pods_changed_at = SimTime::from_s(970), true);
    check(|_, it| it.pods_changed_at = SimTime::from_s(971), false);
    check(|_, it| it.nominated_until = SimTime::from_s(1_001), false);
    check(|_, it| it.deleting = true, false);
    check(|_, it| it.registered = false, false);
    check(|_, it| it.spare = true, false);
    check(|_, it| it.blocked = true, false);
    check(|_, it| it.shifted = true, false);
}

#[test]
fn a_node_goes_when_its_pods_fit_elsewhere() {
    let mut cluster = Cluster::new(&[(1, OnDemand, 2), (1, OnDemand, 1), (1, OnDemand, 1)]);
    // The dearest per pod first: the second and the third free as much.
    cluster.check(SingleNode, &[1], None);
    cluster.policy = ConsolidationPolicy::WhenEmpty;
    cluster.check_nothing(SingleNode);
}

#[test]
fn pods_are_not_moved_to_a_node_that_is_kept_spare() {
    let mut cluster = Cluster::new(&[(0, OnDemand, 1), (0, OnDemand, 0)]);
    cluster.check(SingleNode, &[0], None);
    cluster.change = |at, node| node.spare = at == 1;
    cluster.check_nothing(SingleNode);
}

#[test]
fn a_node_is_replaced_by_a_cheaper_one() {
    Cluster::new(&[(3, OnDemand, 2)]).check(SingleNode, &[0], Some(20));
    Cluster::new(&[(1, OnDemand, 2)]).check_nothing(SingleNode);
    // Pods that wait would need a node of their own, which makes two.
    let mut cluster = Cluster::new(&[(19, OnDemand, 19)]);
    cluster.n_pending = 2;
    cluster.check_nothing(SingleNode);
}

#[test]
fn several_nodes_become_one() {
    let nodes = [(3, OnDemand, 1), (3, OnDemand, 1), (3, OnDemand, 1)];
    let mut cluster = Cluster::new(&nodes);
    // Two fit on the third as it is.
    cluster.check(MultiNode, &[0, 1, 2], Some(30));
    cluster.budgets = vec![budget("2")];
    cluster.check(MultiNode, &[0, 1], None);
    cluster.budgets = vec![budget("1")];
    cluster.check_nothing(MultiNode);
}

#[test]
fn several_nodes_do_not_become_one_of_theirs() {
    // Three pods need the type of the first, which costs no less than the first does.
    let cluster = Cluster::new(&[(2, OnDemand, 2), (0, OnDemand, 1)]);
    cluster.check_nothing(MultiNode);
}

#[test]
fn on_demand_becomes_spot_when_even_the_dearest_offering_is_cheaper() {
    let mut cluster = Cluster::new(&[(1, OnDemand, 1)]);
    cluster.pool.capacity = CapacityChoice::SpotFirst;
    cluster.check(SingleNode, &[0], Some(4));
    let dearer = Offering {
        zone: ZoneIndex(1),
        price_micro_usd: 20_000_000,
        ..cluster.pool.instance_types[0].offerings[1]
    };
    for kind in &mut cluster.pool.instance_types {
        kind.offerings.push(dearer);
    }
    cluster.check_nothing(SingleNode);
}

#[test]
fn spot_becomes_cheaper_spot_behind_its_gate() {
    let mut cluster = Cluster::new(&[(19, Spot, 1)]);
    cluster.pool.capacity = CapacityChoice::Spot;
    cluster.check_nothing(SingleNode);
    cluster.spot_to_spot = true;
    cluster.check(SingleNode, &[0], Some(4));
    // Fewer than 15 types are cheaper.
    cluster.nodes = vec![(14, Spot, 1)];
    cluster.check_nothing(SingleNode);
    cluster.nodes = vec![(15, Spot, 1)];
    cluster.check(SingleNode, &[0], Some(4));
    // Several at once need no more than one.
    cluster.nodes = vec![(3, Spot, 4), (3, Spot, 1)];
    cluster.check(MultiNode, &[1, 0], Some(20));
}

#[test]
fn a_move_may_rely_on_no_node_that_is_still_to_come() {
    let mut cluster = Cluster::new(&[(1, OnDemand, 2), (1, OnDemand, 0)]);
    cluster.change = |at, it| it.registered = at == 0;
    cluster.check_nothing(SingleNode);
    cluster.change = |_, _| ();
    cluster.check(SingleNode, &[0], None);
    cluster.change = |at, it| it.ready = at == 0;
    cluster.check_nothing(SingleNode);
}

#[test]
fn a_spread_keeps_the_zone_of_the_replacement() {
    let mut cluster = Cluster::new(&[(3, OnDemand, 2)]);
    cluster.rules.spreads = vec![TopologySpread {
        max_skew: 1,
        when_unsatisfiable: WhenUnsatisfiable::DoNotSchedule,
        ..TopologySpread::default()
    }];
    let elsewhere = Offering {
        zone: ZoneIndex(1),
        price_micro_usd: 90_000_000,
        ..cluster.pool.instance_types[0].offerings[0]
    };
    cluster.pool.nodes_per_zone.push(0);
    // With another zone at hand the two pods would need two nodes.
    cluster.pool.instance_types[1].offerings.push(elsewhere);
    cluster.check_nothing(SingleNode);
    cluster.pool.instance_types[1].offerings.pop();
    cluster.check(SingleNode, &[0], Some(20));
}

#[test]
fn a_balanced_pool_moves_pods_only_for_enough_money() {
    // Removing the first saves 20 of 50 dollars and disrupts 3 of 8: enough.
    let mut cluster = Cluster::new(&[(1, OnDemand, 2), (2, OnDemand, 1)]);
    cluster.policy = ConsolidationPolicy::Balanced;
    cluster.check(SingleNode, &[1], Some(10));
    // A ninth of the cost for nearly all that can be disrupted is not.
    cluster.nodes = vec![(8, OnDemand, 8), (9, OnDemand, 0)];
    cluster.policy = ConsolidationPolicy::WhenEmptyOrUnderutilized;
    cluster.check(SingleNode, &[0], None);
    cluster.policy = ConsolidationPolicy::Balanced;
    cluster.check(SingleNode, &[0], None);
    cluster.nodes = vec![(9, OnDemand, 9)];
    cluster.check_nothing(SingleNode);
    cluster.policy = ConsolidationPolicy::WhenEmptyOrUnderutilized;
    cluster.check(SingleNode, &[0], Some(90));
}

#[test]
fn drifted_nodes_are_replaced_one_by_one_at_whatever_price() {
    let mut cluster = Cluster::new(&[(1, OnDemand, 2), (1, OnDemand, 2), (1, OnDemand, 0)]);
    cluster.change = |at, it| {
        it.drifted_since = (at != 2).then_some(SimTime::from_s(900 - at as u64));
    };
    // The pods of the second, which drifted first, fit on the third.
    cluster.check(Drift, &[1], None);
    cluster.change = |_, it| it.drifted_since = Some(NOW);
    cluster.check(Drift, &[2], None);
    cluster.nodes.pop();
    cluster.check(Drift, &[0], Some(20));
    cluster.budgets = vec![budget("0")];
    cluster.check_nothing(Drift);
}

#[test]
fn a_bounded_drain_needs_no_disruption_budget_to_begin() {
    #[track_caller]
    fn check(change: fn(usize, &mut Node<'_>), in_time: bool, by_drift: bool) {
        let mut cluster = Cluster::new(&[(1, OnDemand, 1), (1, OnDemand, 1)]);
        cluster.change = change;
        cluster.termination_grace_period = in_time.then_some(SimDuration::from_h(1));
        assert_eq!(cluster.look(Drift).is_some(), by_drift);
        cluster.check_nothing(SingleNode);
    }
    fn blocked(_: usize, it: &mut Node<'_>) {
        it.drifted_since = Some(SimTime::START);
        it.blocked = true;
    }
    fn shifted(_: usize, it: &mut Node<'_>) {
        it.drifted_since = Some(SimTime::START);
        it.shifted = true;
    }
    check(blocked, false, false);
    check(blocked, true, true);
    check(shifted, true, false);
}

#[test]
fn a_command_is_dropped_when_it_no_longer_holds() {
    let cluster = Cluster::new(&[(1, OnDemand, 1), (1, OnDemand, 1)]);
    let command = cluster.look(SingleNode).expect("one can go");
    let later = |change| {
        let mut later = Cluster::new(&cluster.nodes);
        later.change = change;
        later.with(|it| validate(it, &command))
    };
    assert!(later(|_, _| ()).is_some());
    assert!(later(|_, it| it.nominated_until = SimTime::from_s(1_001)).is_none());
    assert!(later(|at, it| it.free_slots *= u32::from(at != 1)).is_none());
    assert!(later(|_, it| it.pods_changed_at = SimTime::from_s(1_001)).is_none());
    let empty = Cluster::new(&[(1, OnDemand, 0), (1, OnDemand, 0)]);
    let command = empty.look(Emptiness).expect("both can go");
    let mut busier = Cluster::new(&[(1, OnDemand, 1), (1, OnDemand, 0)]);
    let left = busier
        .with(|it| validate(it, &command))
        .expect("one still can");
    assert_eq!(left.nodes, [1]);
    busier.budgets = vec![budget("0%")];
    assert_eq!(busier.with(|it| validate(it, &command)), None);
}

/// A cluster of two to six nodes that are full or nearly so, with a few pending pods.
fn drawn(case: u64) -> Cluster {
    use crate::sim::rng::{RngStream, Uniforms as _};
    let mut stream = RngStream::new(1, 0, "disruption_room", "test", case);
    let mut draw = |n| stream.below(n);
    let nodes = (0..2 + draw(5)).map(|_| {
        let kind = draw(6);
        let capacity = if case.is_multiple_of(2) && draw(2) == 0 {
            Spot
        } else {
            OnDemand
        };
        (kind as usize, capacity, (kind + 1 - draw(2)) as u32)
    });
    let mut cluster = Cluster::new(&nodes.collect::<Vec<_>>());
    if case.is_multiple_of(2) {
        cluster.pool.capacity = CapacityChoice::SpotFirst;
    }
    cluster.spot_to_spot = true;
    cluster.n_pending = draw(3) as u32;
    cluster
}

#[test]
fn the_quick_no_changes_no_answer() {
    let mut n_hopeless = 0;
    for case in 0..400 {
        drawn(case).with(|it| {
            let room = room::Room::new(it);
            for n in 1..=it.nodes.len() {
                let candidates: Vec<usize> = (0..n).collect();
                if room.is_hopeless(it, &candidates) {
                    let method = if n == 1 { SingleNode } else { MultiNode };
                    let full = consolidation::without_room(it, method, &candidates);
                    assert_eq!(full, None, "case {case} with {n} nodes");
                    n_hopeless += 1;
                }
            }
        });
    }
    assert!(n_hopeless > 50, "{n_hopeless} is too few to learn from");
}

#[test]
fn what_is_refused_to_a_node_is_refused_to_its_like() {
    let mut n_alike = 0;
    for case in 0..4000 {
        drawn(case).with(|it| {
            let order = interweave(it, candidate::underutilized(it));
            let mut asked = order.iter().map(|at| {
                let nodes = it.nodes[..*at].iter();
                n_alike += nodes.filter(|other| other.is_like(&it.nodes[*at])).count();
                consolidation::without_room(it, SingleNode, &[*at])
            });
            let first = asked.find_map(|it| it);
            assert_eq!(look(it, SingleNode).command, first, "case {case}");
        });
    }
    assert!(n_alike > 50, "{n_alike} is too few to learn from");
}

#[test]
fn waiting_for_a_replacement_has_bounds() {
    assert_eq!(patience(1), SimDuration::from_min(10));
    assert_eq!(patience(15_000), SimDuration::from_min(20));
    assert_eq!(patience(1_000_000), SimDuration::from_h(1));
}

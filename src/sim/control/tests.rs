//! Storms: random designs under random faults keep their books in order, and nothing panics.

mod books;
mod services;
mod weather;

use proptest::prelude::*;

use crate::model::{
    Architecture, ById, Cache, Call, Component, DaemonSet, Database, DatabaseDeployment,
    Deployment, Design, FaultKind, HorizontalPodAutoscaler, HpaMetric, Kubernetes, LoadBalancer,
    NatGateway, NodeGroup, NodePool, OneOrList, PodDisruptionBudget, Queue, RunPlan, Tape,
    TopologySpread, Triangular, Users, VerticalPodAutoscaler, WhenUnsatisfiable, ZonalShift,
    ZoneName,
};
use crate::sim::world::Machine;
use crate::sim::{Experiment, Simulation};
use crate::units::{ByteSize, Cpu, IntOrPercent, Ratio, SimDuration};
use books::{
    all_healthy, books_are_in_order, budgets_hold, replicas_stay_in_bounds, requests_are_conserved,
    tasks_are_paid_for, the_picture_is_true,
};
use services::Services;
use weather::{Mishap, constant_load, tape};

/// The choices that make a random design.
#[derive(Debug, Clone)]
struct Choices {
    n_zones: usize,
    n_pool_zones: usize,
    replicas: u32,
    spread: Option<(u32, bool)>,
    /// Fewest and most pods of an autoscaler.
    scaled: Option<(u32, u32)>,
    spot_share: f64,
    spare: u32,
    fixed: bool,
    second: Second,
    services: Services,
    budget: Option<(bool, u32)>,
    priority: i32,
    cross_zone: bool,
    multi_az: bool,
    cache_replicas: u32,
    outages_per_year: f64,
    mishaps: Vec<Mishap>,
    seed: u64,
}

impl Choices {
    /// The queue, in every second design.
    const fn orders(&self) -> &'static [&'static str] {
        if self.seed.is_multiple_of(2) {
            &["orders"]
        } else {
            &[]
        }
    }
}

/// A second home of the deployments.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Second {
    Nothing,
    /// A small node group.
    Group,
    /// A pool that is asked first and may hold 8 cores.
    Pool,
}

fn choices() -> impl Strategy<Value = Choices> {
    let bounds = prop::sample::select(vec![None, Some((2, 40)), Some((4, 9))]);
    let shape = (1..=4_usize, 1..=4_usize, 1..=24_u32, bounds);
    let spread = prop::option::of((1..=3_u32, any::<bool>()));
    let nodes = (prop::sample::select(vec![0.0, 0.3, 1.0]), 0..=2_u32);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..=2_u32);
    let second = prop::sample::select(vec![Second::Nothing, Second::Group, Second::Pool]);
    let flags = (flags, second, services::some());
    let chance = (prop::sample::select(vec![0.0, 500.0, 5000.0]), any::<u64>());
    let budget = prop::option::of((any::<bool>(), 0..=8_u32));
    let budget = (budget, prop::sample::select(vec![0, 1000, -1000]));
    let chance = (chance, weather::mishaps());
    let choices = (shape, spread, nodes, budget, flags, chance);
    choices.prop_map(|(shape, spread, nodes, budget, flags, chance)| {
        let (chance, mishaps) = chance;
        let (flags, second, services) = flags;
        let (budget, priority) = budget;
        Choices {
            n_zones: shape.0,
            n_pool_zones: shape.1.min(shape.0),
            replicas: shape.2,
            spread,
            scaled: shape.3,
            spot_share: nodes.0,
            spare: nodes.1,
            fixed: flags.0 && nodes.1 == 0,
            second,
            services,
            budget,
            priority,
            cross_zone: flags.1,
            multi_az: flags.2,
            cache_replicas: flags.3,
            outages_per_year: chance.0,
            mishaps,
            seed: chance.1 >> 12,
        }
    })
}

fn zones(n: usize) -> Vec<ZoneName> {
    ["a", "b", "c", "d"][..n]
        .iter()
        .map(|it| ZoneName((*it).to_string()))
        .collect()
}

fn nodes(of: &Choices) -> Component {
    let zones = Some(zones(of.n_pool_zones));
    if of.fixed {
        let bound = |nodes| of.replicas.is_multiple_of(2).then_some(nodes);
        Component::NodeGroup(NodeGroup {
            nodes: 6,
            min_nodes: bound(1),
            max_nodes: bound(12),
            zones,
            ..NodeGroup::default()
        })
    } else {
        Component::NodePool(NodePool {
            instance_types: vec!["m6i.large".to_string(), "m5.xlarge".to_string()],
            zones,
            spot_share: Ratio::new(of.spot_share),
            spot_interruption_per_month: Some(Ratio::new(0.999_9)),
            spare_nodes_per_zone: of.spare,
            // In every other design old nodes go, and in some of them within a limit.
            expire_after: SimDuration::from_min(if of.seed.is_multiple_of(2) {
                25
            } else {
                720 * 60
            }),
            termination_grace_period: (of.seed.is_multiple_of(4))
                .then_some(SimDuration::from_min(2)),
            ..NodePool::default()
        })
    }
}

fn second_home(of: &Choices) -> Option<(&'static str, Component)> {
    let group = NodeGroup {
        nodes: 2,
        ..NodeGroup::default()
    };
    let pool = NodePool {
        weight: 10,
        cpu_limit: Some(Cpu::from_millis(8000)),
        ..NodePool::default()
    };
    match of.second {
        Second::Nothing => None,
        Second::Group => Some(("more", Component::NodeGroup(group))),
        Second::Pool => Some(("more", Component::NodePool(pool))),
    }
}

fn cache(of: &Choices) -> Component {
    Component::Cache(Cache {
        replicas: of.cache_replicas,
        ..Cache::default()
    })
}

fn homes(of: &Choices) -> OneOrList<String> {
    let all = ["nodes", "more"].map(str::to_string);
    OneOrList(all[..1 + usize::from(of.second != Second::Nothing)].to_vec())
}

/// At least so many, or at most so many missing.
fn budget((at_least, n): (bool, u32)) -> PodDisruptionBudget {
    let bound = Some(IntOrPercent::Int(n));
    PodDisruptionBudget {
        min_available: bound.filter(|_| at_least),
        max_unavailable: bound.filter(|_| !at_least),
        ..PodDisruptionBudget::default()
    }
}

fn spread_by((max_skew, strict): (u32, bool)) -> OneOrList<TopologySpread> {
    OneOrList::one(TopologySpread {
        max_skew,
        when_unsatisfiable: if strict {
            WhenUnsatisfiable::DoNotSchedule
        } else {
            WhenUnsatisfiable::ScheduleAnyway
        },
        ..TopologySpread::default()
    })
}

fn autoscaler(of: &Choices) -> Option<HorizontalPodAutoscaler> {
    let (min_replicas, max_replicas) = of.scaled?;
    let metrics = custom_metrics(of);
    Some(HorizontalPodAutoscaler {
        min_replicas: if metrics.is_empty() { min_replicas } else { 0 },
        max_replicas,
        metrics,
        ..HorizontalPodAutoscaler::default()
    })
}

/// In every third design the requests at the way in, which do without pods.
fn custom_metrics(of: &Choices) -> Vec<HpaMetric> {
    let entry = HpaMetric::Object {
        value: None,
        average_value: Some(20.0),
    };
    vec![entry; usize::from(of.seed.is_multiple_of(3))]
}

/// In every second design something that leaves an m6i.large room for two pods.
fn daemons(of: &Choices) -> ById<DaemonSet> {
    let agent = DaemonSet {
        cpu_request: Cpu::from_millis(500),
        ..DaemonSet::default()
    };
    let some = of.seed.is_multiple_of(2).then_some(agent);
    some.into_iter()
        .map(|it| ("agent".to_string(), it))
        .collect()
}

fn balancer(of: &Choices) -> Component {
    Component::LoadBalancer(LoadBalancer {
        routes_to: "api".to_string(),
        cross_zone: Some(of.cross_zone),
        zonal_shift: if of.seed.is_multiple_of(3) {
            ZonalShift::Autoshift
        } else {
            ZonalShift::On
        },
        readiness_gate: of.seed.is_multiple_of(5),
        ..LoadBalancer::default()
    })
}

/// The queue and its consumers, where the design has them.
fn by_queue(
    of: &Choices,
    runs_on: OneOrList<String>,
) -> impl Iterator<Item = (&'static str, Component)> {
    let worker = Deployment {
        replicas: 2,
        runs_on,
        consumes: Some("orders".to_string()),
        ..Deployment::default()
    };
    let parts = [
        ("worker", Component::Deployment(worker)),
        ("orders", Component::Queue(Queue::default())),
    ];
    parts.into_iter().take(2 * of.orders().len())
}

/// How long the API's pods may take to end: in every third design longer than a drain may.
fn grace(of: &Choices) -> SimDuration {
    SimDuration::from_s(if of.seed.is_multiple_of(3) { 900 } else { 30 })
}

fn design(of: &Choices) -> Design {
    let runs_on = services::home(of, homes(of));
    let to =
        |ids: &'static [&'static str]| ids.iter().map(|id| ((*id).to_string(), Call::default()));
    let api = Deployment {
        replicas: of.replicas,
        runs_on: runs_on.clone(),
        topology_spread: of.spread.map(spread_by),
        priority: of.priority,
        disruption_budget: of.budget.map(budget),
        termination_grace_period: grace(of),
        hpa: autoscaler(of),
        calls: to(&["auth", "cache", "db"]).collect(),
        ..Deployment::default()
    };
    let api = services::or_pods(of, api);
    // In every third design more than it may use, at first.
    let memory = |mebibytes: u64| {
        let size = ByteSize::from_bytes(mebibytes << 20);
        of.seed.is_multiple_of(3).then_some(size)
    };
    let auth = Deployment {
        replicas: 3,
        runs_on: runs_on.clone(),
        memory_limit: memory(512),
        memory_usage: memory(900),
        vpa: memory(0).map(|_| VerticalPodAutoscaler::default()),
        calls: to(of.orders()).collect(),
        ..Deployment::default()
    };
    let db = Database {
        deployment: if of.multi_az {
            DatabaseDeployment::MultiAz
        } else {
            DatabaseDeployment::SingleAz
        },
        recovery_time: Triangular::from_s(60, 120, 600),
        ..Database::default()
    };
    let users = Users {
        calls: to(&["alb"]).collect(),
        ..Users::default()
    };
    let parts = [
        ("users", Component::Users(users)),
        ("alb", balancer(of)),
        ("api", Component::Deployment(api)),
        ("auth", Component::Deployment(auth)),
        ("nodes", nodes(of)),
        ("db", Component::Database(db)),
        ("cache", cache(of)),
        ("nat", Component::NatGateway(NatGateway::default())),
    ];
    let architecture = Architecture {
        zones: zones(of.n_zones),
        kubernetes: Kubernetes {
            daemon_sets: daemons(of),
            ..Kubernetes::default()
        },
        components: parts
            .into_iter()
            .chain(second_home(of))
            .chain(services::fargate(of))
            .chain(by_queue(of, runs_on))
            .map(|(id, it)| (id.to_string(), it))
            .collect(),
        ..Architecture::default()
    };
    Design::resolve("storm", architecture).0
}

#[test]
fn spare_nodes_return_when_spot_can_be_had_again() {
    let of = Choices {
        n_zones: 3,
        n_pool_zones: 3,
        replicas: 6,
        spread: None,
        scaled: None,
        spot_share: 1.0,
        spare: 1,
        budget: None,
        priority: 0,
        fixed: false,
        second: Second::Nothing,
        services: Services::Nothing,
        cross_zone: true,
        multi_az: true,
        cache_replicas: 1,
        outages_per_year: 0.0,
        mishaps: Vec::new(),
        seed: 7,
    };
    let reclaim = FaultKind::SpotReclaim {
        at: SimDuration::from_min(30),
        zone: None,
        share: Ratio::new(1.0),
    };
    let tape = Tape {
        faults: [("notice".to_string(), reclaim)].into_iter().collect(),
        ..Tape::default()
    };
    let plan = RunPlan {
        duration: SimDuration::from_h(1),
        ..RunPlan::default()
    };
    let mut simulation = Simulation::new(&Experiment::new(
        &design(&of),
        &constant_load(),
        &tape,
        &plan,
        0,
    ));
    while simulation.step() {}
    let world = &simulation.control().world;
    for zone in 0..of.n_zones {
        let spare = |node: &&crate::sim::world::Node| {
            node.spare && node.machine != Machine::Gone && node.zone.index() == zone
        };
        assert_eq!(world.nodes.iter().filter(spare).count(), 1, "zone {zone}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn storms_leave_the_books_in_order(of in choices()) {
        let plan = RunPlan {
            duration: SimDuration::from_h(5),
            seed: of.seed,
            ..RunPlan::default()
        };
        let (design, load, tape) = (design(&of), constant_load(), tape(&of));
        let mut simulation = Simulation::new(&Experiment::new(&design, &load, &tape, &plan, 0));
        let mut before = all_healthy(simulation.control());
        while simulation.step() {
            budgets_hold(simulation.control(), &before);
            before = all_healthy(simulation.control());
            books_are_in_order(simulation.control());
            the_picture_is_true(simulation.control());
            replicas_stay_in_bounds(simulation.control());
            tasks_are_paid_for(simulation.control());
        }
        let log = simulation.finish();
        prop_assert_eq!(log.intervals.len(), 300);
        requests_are_conserved(&log);
        let ordered = log.events.is_sorted_by_key(|it| it.at);
        prop_assert!(ordered);
    }
}

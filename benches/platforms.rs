//! Platforms larger than a shipped scenario, made by rule: a cluster that never rests, an estate of
//! forty components, and a fleet of a thousand pods.
//!
//! Their numbers are chosen for size, not taken from anywhere: what matters here is how much there
//! is to simulate.

use tradewind::model::{
    Architecture, ArrivalProcess, ById, Cache, Call, Component, ConsolidationPolicy, Database,
    DatabaseDeployment, Deployment, Design, ExternalService, Fault, HorizontalPodAutoscaler, Load,
    LoadBalancer, LoadNoise, LoadProfile, NatGateway, NodePool, RandomFault, RunPlan, Tape,
    TopologySpread, Triangular, Users, WhenUnsatisfiable, ZoneName,
};
use tradewind::sim::{self, Experiment};
use tradewind::units::{Cpu, EventRate, Ratio, RequestRate, SimDuration};

/// A design and its weather.
pub struct Platform {
    design: Design,
    load: Load,
    tape: Tape,
    plan: RunPlan,
}

impl Platform {
    /// What is played: the first replication.
    pub fn experiment(&self) -> Experiment<'_> {
        Experiment::new(&self.design, &self.load, &self.tape, &self.plan, 0)
    }

    /// Plays one run; returns the requests answered, for the compiler to keep.
    pub fn play(&self) -> f64 {
        sim::run(&self.experiment()).latency.total()
    }
}

fn platform(parts: Vec<(String, Component)>, load: Load, tape: Tape, days: u64) -> Platform {
    let architecture = Architecture {
        zones: ["a", "c", "d"].map(|it| ZoneName(it.to_string())).to_vec(),
        components: parts.into_iter().collect(),
        ..Architecture::default()
    };
    let (design, findings) = Design::resolve("bench", architecture);
    assert!(findings.is_empty(), "{findings:?}");
    let plan = RunPlan {
        duration: SimDuration::from_h(24 * days),
        interval: SimDuration::from_h(1),
        ..RunPlan::default()
    };
    Platform {
        design,
        load,
        tape,
        plan,
    }
}

/// A day curve between two rates with the usual wandering.
fn diurnal(low_rps: f64, high_rps: f64) -> Load {
    Load {
        arrivals: ArrivalProcess::Poisson,
        profile: LoadProfile::Diurnal {
            low: RequestRate::per_second(low_rps),
            high: RequestRate::per_second(high_rps),
            peak_at: SimDuration::from_h(14),
        },
        spikes: ById::new(),
        noise: LoadNoise::default(),
    }
}

fn by_id<T, const N: usize>(parts: [(&str, T); N]) -> ById<T> {
    parts
        .map(|(id, it)| (id.to_string(), it))
        .into_iter()
        .collect()
}

/// Users, and the balancer that hands their requests to `front`.
fn way_in(front: &str) -> [(String, Component); 2] {
    let users = Users {
        calls: by_id([("alb", call(1.0))]),
        ..Users::default()
    };
    let alb = LoadBalancer {
        routes_to: front.to_string(),
        ..LoadBalancer::default()
    };
    [
        ("users".to_string(), Component::Users(users)),
        ("alb".to_string(), Component::LoadBalancer(alb)),
    ]
}

fn autoscaler(min_replicas: u32, max_replicas: u32) -> Option<HorizontalPodAutoscaler> {
    Some(HorizontalPodAutoscaler {
        min_replicas,
        max_replicas,
        target_cpu_utilization: Ratio::new(0.7),
        ..HorizontalPodAutoscaler::default()
    })
}

fn even_spread() -> Option<TopologySpread> {
    Some(TopologySpread {
        when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
        ..TopologySpread::default()
    })
}

/// One autoscaled service: some 53 pods of 50 requests per second, three to a node, that follow a
/// day curve; nodes live for ten days on average, and a zone is lost twice a month.
pub fn cluster(days: u64) -> Platform {
    let api = Deployment {
        replicas: 30,
        runs_on: "nodes".into(),
        cpu_per_request: SimDuration::from_ms(10),
        startup_time: Triangular::from_s(25, 30, 35),
        topology_spread: even_spread().map(Into::into),
        hpa: autoscaler(6, 120),
        ..Deployment::default()
    };
    let nodes = NodePool {
        launch_time: Triangular::from_s(80, 90, 100),
        // The others remove empty nodes, and nothing else.
        consolidation_policy: ConsolidationPolicy::WhenEmpty,
        consolidate_after: SimDuration::from_min(10),
        expire_after: SimDuration::from_h(24 * 3650),
        spot_share: Ratio::new(1.0),
        // One minus e to the power of -730 h / 240 h.
        spot_interruption_per_month: Some(Ratio::new(0.952)),
        ..NodePool::default()
    };
    let mut parts = Vec::from(way_in("api"));
    parts.push(("api".to_string(), Component::Deployment(api)));
    parts.push(("nodes".to_string(), Component::NodePool(nodes)));
    let loss = |day: u64| Fault::ZonePowerLoss {
        at: SimDuration::from_h(24 * day + 12),
        duration: SimDuration::from_h(1),
        zone: ZoneName("a".to_string()),
    };
    let losses = (10..days).step_by(10);
    let one_by_one = RandomFault::SpotReclaims {
        share: Ratio::new(0.05),
    };
    let tape = Tape {
        faults: losses
            .map(|day| (format!("loss-{day:03}"), loss(day)))
            .collect(),
        random: by_id([("reclaims", one_by_one)]),
        ..Tape::default()
    };
    platform(parts, diurnal(700.0, 2800.0), tape, days)
}

/// Services between the gateway and the leaves, and the leaves behind each.
const N_SERVICES: usize = 5;
const N_LEAVES: usize = 10;
const N_DATABASES: usize = 8;

/// Forty components in three zones with about 200 pods: a gateway, five services, ten leaves,
/// their caches, databases and external services, on two pools that are half Spot. Zones are lost
/// and Spot nodes are reclaimed at random. The pods of each workload are as many as its mean load
/// asks for, or follow the load.
pub fn estate(days: u64, autoscaled: bool) -> Platform {
    let hpa = |mean: u32| autoscaler(mean / 3, 4 * mean).filter(|_| autoscaled);
    let mut parts = Vec::from(way_in("gateway"));
    parts.extend(tier_of_services(hpa));
    parts.extend(tier_of_leaves(hpa));
    parts.extend(data());
    let nat = Component::NatGateway(NatGateway::default());
    parts.push(("nat".to_string(), nat));
    for pool in ["pool-front", "pool-back"] {
        let nodes = NodePool {
            instance_types: vec!["m6i.xlarge".to_string()],
            spot_share: Ratio::new(0.5),
            ..NodePool::default()
        };
        parts.push((pool.to_string(), Component::NodePool(nodes)));
    }
    assert_eq!(parts.len(), 40);
    let outages = RandomFault::ZonePowerLoss {
        rate: EventRate::per_year(2.0),
        median_duration: SimDuration::from_min(30),
        p90_duration: SimDuration::from_h(3),
    };
    let reclaims = RandomFault::SpotReclaims {
        share: Ratio::new(0.3),
    };
    let tape = Tape {
        random: by_id([("outages", outages), ("reclaims", reclaims)]),
        ..Tape::default()
    };
    platform(parts, diurnal(500.0, 1500.0), tape, days)
}

/// Services of the fleet, their pods at the mean load, and pods on a node.
const N_FLEET_SERVICES: usize = 10;
const N_FLEET_PODS: u32 = 100;

/// A thousand pods on two hundred nodes in three zones, one of which is lost at noon for an hour:
/// a service that calls three, each of which calls two, all autoscaled, five pods to a node.
pub fn fleet() -> Platform {
    let mut parts = Vec::from(way_in("service-0"));
    for n in 0..N_FLEET_SERVICES {
        let called = match n {
            0 => 1..4,
            1..4 => 2 * n + 2..2 * n + 4,
            _ => 0..0,
        };
        let to = called.map(|n| (format!("service-{n}"), call(1.0)));
        let service = Deployment {
            servers: 64,
            cpu_request: Cpu::from_millis(750),
            hpa: autoscaler(N_FLEET_PODS / 2, 2 * N_FLEET_PODS),
            ..workload("nodes", N_FLEET_PODS, to.collect())
        };
        parts.push((format!("service-{n}"), Component::Deployment(service)));
    }
    let nodes = NodePool {
        instance_types: vec!["m6i.xlarge".to_string()],
        ..NodePool::default()
    };
    parts.push(("nodes".to_string(), Component::NodePool(nodes)));
    let loss = Fault::ZonePowerLoss {
        at: SimDuration::from_h(12),
        duration: SimDuration::from_h(1),
        zone: ZoneName("a".to_string()),
    };
    let tape = Tape {
        faults: by_id([("loss", loss)]),
        ..Tape::default()
    };
    let load = diurnal(2600.0, 5200.0);
    let mut fleet = platform(parts, load, tape, 1);
    fleet.plan.interval = RunPlan::default().interval;
    fleet
}

/// The gateway and the services behind it.
fn tier_of_services(
    hpa: impl Fn(u32) -> Option<HorizontalPodAutoscaler>,
) -> Vec<(String, Component)> {
    let services = (0..N_SERVICES).map(|n| (format!("service-{n}"), call(0.6)));
    let mut to: ById<Call> = services.collect();
    to.insert("cache-front".to_string(), look_up());
    let gateway = Deployment {
        servers: 32,
        hpa: hpa(28),
        ..workload("pool-front", 28, to)
    };
    let mut parts = vec![("gateway".to_string(), Component::Deployment(gateway))];
    for n in 0..N_SERVICES {
        let leaves = (0..N_LEAVES).filter(|leaf| leaf % N_SERVICES == n);
        let mut to: ById<Call> = leaves.map(|n| (format!("leaf-{n}"), call(0.5))).collect();
        to.insert(format!("cache-{n}"), look_up());
        let service = Deployment {
            hpa: hpa(17),
            ..workload("pool-front", 17, to)
        };
        parts.push((format!("service-{n}"), Component::Deployment(service)));
    }
    parts
}

/// Leaves call a database each, behind their service's cache, and half of them somebody else.
fn tier_of_leaves(
    hpa: impl Fn(u32) -> Option<HorizontalPodAutoscaler>,
) -> Vec<(String, Component)> {
    let leaf = |n: usize| {
        let mut to = ById::new();
        to.insert(format!("db-{}", n % N_DATABASES), call(1.5));
        if n < N_SERVICES {
            to.insert(format!("external-{n}"), call(0.1));
        }
        let leaf = Deployment {
            hpa: hpa(9),
            ..workload("pool-back", 9, to)
        };
        (format!("leaf-{n}"), Component::Deployment(leaf))
    };
    (0..N_LEAVES).map(leaf).collect()
}

fn data() -> Vec<(String, Component)> {
    let database = || Database {
        deployment: DatabaseDeployment::MultiAz,
        ..Database::default()
    };
    let cache = || Cache {
        replicas: 1,
        ..Cache::default()
    };
    let external = || ExternalService {
        egress_by: Some("nat".to_string()),
        ..ExternalService::default()
    };
    let mut parts = vec![("cache-front".to_string(), Component::Cache(cache()))];
    for n in 0..N_SERVICES {
        parts.push((format!("cache-{n}"), Component::Cache(cache())));
        parts.push((
            format!("external-{n}"),
            Component::ExternalService(external()),
        ));
    }
    for n in 0..N_DATABASES {
        parts.push((format!("db-{n}"), Component::Database(database())));
    }
    parts
}

fn call(per_request: f64) -> Call {
    Call {
        per_request,
        ..Call::default()
    }
}

fn look_up() -> Call {
    Call {
        optional: true,
        ..Call::default()
    }
}

/// A workload whose pods use all the CPU they request at 50 requests per second.
fn workload(pool: &str, replicas: u32, to: ById<Call>) -> Deployment {
    Deployment {
        replicas,
        runs_on: pool.into(),
        cpu_per_request: SimDuration::from_ms(10),
        cpu_request: Cpu::from_millis(500),
        topology_spread: even_spread().map(Into::into),
        calls: to,
        ..Deployment::default()
    }
}

//! A small platform in three zones, one fault, and questions to its run log.

use tradewind::model::{
    Architecture, ArrivalProcess, ById, Cache, Call, Component, Database, DatabaseDeployment,
    Deployment, Design, ExternalService, FaultKind, HorizontalPodAutoscaler, Kubernetes, Load,
    LoadBalancer, LoadNoise, LoadProfile, NatGateway, NodeGroup, NodePool, OneOrList, Rollout,
    RunPlan, Tape, TopologySpread, UpdateStrategy, Users, WhenUnsatisfiable, ZoneName,
};
use tradewind::sim::event::EventKind;
use tradewind::sim::{self, Event, Experiment, RunLog};
use tradewind::units::{IntOrPercent, Ratio, RequestRate, SimDuration, SimTime};

/// When the fault comes.
pub const FAULT: SimDuration = SimDuration::from_h(1);
pub const OUTAGE: SimDuration = SimDuration::from_min(30);

pub fn ids<T>(parts: impl IntoIterator<Item = (&'static str, T)>) -> ById<T> {
    parts
        .into_iter()
        .map(|(id, it)| (id.to_string(), it))
        .collect()
}

pub fn zone(name: &str) -> ZoneName {
    ZoneName(name.to_string())
}

/// Users, balancer, nine pods on Karpenter nodes, cache, database, NAT, in three zones.
pub fn parts() -> ById<Component> {
    let calls = ids([
        ("cache", Call::default()),
        ("db", Call::default()),
        ("payments", Call::default()),
    ]);
    let api = Deployment {
        replicas: 9,
        runs_on: "nodes".into(),
        topology_spread: Some(OneOrList::one(TopologySpread {
            when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
            ..TopologySpread::default()
        })),
        hpa: Some(HorizontalPodAutoscaler {
            min_replicas: 6,
            max_replicas: 30,
            target_cpu_utilization: Ratio::new(0.6),
            ..HorizontalPodAutoscaler::default()
        }),
        calls,
        ..Deployment::default()
    };
    let database = Database {
        deployment: DatabaseDeployment::MultiAz,
        ..Database::default()
    };
    let cache = Cache {
        replicas: 1,
        ..Cache::default()
    };
    let payments = ExternalService {
        egress_by: Some("nat".to_string()),
        ..ExternalService::default()
    };
    let users = Users {
        calls: ids([("alb", Call::default())]),
        ..Users::default()
    };
    let alb = LoadBalancer {
        routes_to: "api".to_string(),
        ..LoadBalancer::default()
    };
    ids([
        ("users", Component::Users(users)),
        ("alb", Component::LoadBalancer(alb)),
        ("api", Component::Deployment(api)),
        ("nodes", Component::NodePool(NodePool::default())),
        ("cache", Component::Cache(cache)),
        ("db", Component::Database(database)),
        ("payments", Component::ExternalService(payments)),
        ("nat", Component::NatGateway(NatGateway::default())),
    ])
}

pub fn edit<T>(
    parts: &mut ById<Component>,
    id: &str,
    of: impl Fn(&mut Component) -> Option<&mut T>,
    change: impl FnOnce(&mut T),
) {
    let part = parts.get_mut(id).expect("the part is there");
    change(of(part).expect("the part has that kind"));
}

pub fn deployment(part: &mut Component) -> Option<&mut Deployment> {
    match part {
        Component::Deployment(it) => Some(it),
        _ => None,
    }
}

pub fn node_pool(part: &mut Component) -> Option<&mut NodePool> {
    match part {
        Component::NodePool(it) => Some(it),
        _ => None,
    }
}

pub fn node_group(part: &mut Component) -> Option<&mut NodeGroup> {
    match part {
        Component::NodeGroup(it) => Some(it),
        _ => None,
    }
}

pub fn balancer(part: &mut Component) -> Option<&mut LoadBalancer> {
    match part {
        Component::LoadBalancer(it) => Some(it),
        _ => None,
    }
}

/// Twelve nodes that nobody scales.
pub fn on_twelve_nodes(parts: &mut ById<Component>) {
    let group = NodeGroup {
        nodes: 12,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
}

/// A new pod is in the balancer before an old one goes.
pub fn one_by_one() -> Rollout {
    Rollout {
        strategy: UpdateStrategy::RollingUpdate {
            max_surge: Some(IntOrPercent::Int(1)),
            max_unavailable: Some(IntOrPercent::Int(0)),
        },
        min_ready_time: SimDuration::from_s(16),
        ..Rollout::default()
    }
}

pub fn design(zones: &[&str], components: ById<Component>) -> Design {
    design_with(zones, components, Kubernetes::default())
}

pub fn design_with(zones: &[&str], components: ById<Component>, kubernetes: Kubernetes) -> Design {
    let architecture = Architecture {
        zones: zones.iter().map(|name| zone(name)).collect(),
        kubernetes,
        components,
        ..Architecture::default()
    };
    let (design, broken) = Design::resolve("test", architecture);
    assert!(broken.is_empty(), "{broken:?}");
    design
}

pub fn load(rps: f64) -> Load {
    Load {
        arrivals: ArrivalProcess::Poisson,
        profile: LoadProfile::Constant {
            rate: RequestRate::per_second(rps),
        },
        spikes: ById::new(),
        noise: LoadNoise::default(),
    }
}

/// The same without a wander.
pub fn steady(rps: f64) -> Load {
    Load {
        noise: LoadNoise {
            cv: Ratio::ZERO,
            ..LoadNoise::default()
        },
        ..load(rps)
    }
}

pub fn plan() -> RunPlan {
    RunPlan {
        duration: SimDuration::from_h(3),
        ..RunPlan::default()
    }
}

pub fn power_loss(name: &str) -> Tape {
    tape(FaultKind::ZonePowerLoss {
        at: FAULT,
        duration: OUTAGE,
        zone: zone(name),
    })
}

/// A new release of the API, as good as the one before.
pub fn good_release() -> Tape {
    good_release_of("api")
}

/// The same of another deployment.
pub fn good_release_of(target: &str) -> Tape {
    tape(FaultKind::Rollout {
        at: FAULT,
        target: target.to_string(),
        errors: Ratio::ZERO,
        slowdown: None,
        never_ready: Ratio::ZERO,
        roll_back_after: None,
    })
}

pub fn tape(fault: FaultKind) -> Tape {
    Tape {
        faults: ids([("fault", fault)]),
        ..Tape::default()
    }
}

/// A run with about 60 % CPU on nine pods, and what happened in it from the fault on.
pub struct Played {
    pub log: RunLog,
}

impl Played {
    pub fn new(design: &Design, tape: &Tape) -> Self {
        Self::lasting(design, tape, plan().duration)
    }

    /// The same for another length of time.
    pub fn lasting(design: &Design, tape: &Tape, duration: SimDuration) -> Self {
        Self::under(design, &load(540.0), tape, duration)
    }

    /// The same under another load.
    pub fn under(design: &Design, load: &Load, tape: &Tape, duration: SimDuration) -> Self {
        let plan = RunPlan { duration, ..plan() };
        let log = sim::run(&Experiment::new(design, load, tape, &plan, 0));
        Self { log }
    }

    /// Seconds since the fault and kinds of the events that `pick` wants.
    pub fn pick<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<(f64, T)> {
        let fault = SimTime::START + FAULT;
        self.log
            .events
            .iter()
            .filter(|event| event.at >= fault)
            .filter_map(|event| Some((event.at.since(fault).as_s_f64(), pick(event)?)))
            .collect()
    }

    pub fn times(&self, pick: impl Fn(&EventKind) -> bool) -> Vec<f64> {
        let found = self.pick(|event| pick(&event.kind).then_some(()));
        found.into_iter().map(|(at, ())| at).collect()
    }

    /// Share of requests answered from `from_s` to `to_s` after the fault.
    pub fn success(&self, from_s: u64, to_s: u64) -> f64 {
        let (offered, succeeded) = self.requests(from_s, to_s);
        succeeded / offered
    }

    /// Requests offered and answered in the intervals that begin from `from_s` to `to_s` after the
    /// fault.
    pub fn requests(&self, from_s: u64, to_s: u64) -> (f64, f64) {
        let begin = SimTime::START + FAULT + SimDuration::from_s(from_s);
        let end = SimTime::START + FAULT + SimDuration::from_s(to_s);
        let (mut offered, mut succeeded) = (0.0, 0.0);
        for (at, interval) in self.log.intervals.iter().enumerate() {
            let start = self.log.interval_start(at);
            if begin <= start && start < end {
                offered += interval.offered;
                succeeded += interval.succeeded;
            }
        }
        (offered, succeeded)
    }
}

#[track_caller]
pub fn check_between(what: &str, times: &[f64], from_s: f64, to_s: f64) {
    assert!(!times.is_empty(), "{what}: never");
    for at in times {
        assert!(
            (from_s..=to_s).contains(at),
            "{what}: after {at} s, expected {from_s} to {to_s}; all: {times:?}"
        );
    }
}

//! Test benches: one graph by hand, played for a while under a state, by either data plane.

use tradewind::model::{
    AbandonedWork, Architecture, ArrivalProcess, BalancingAlgorithm, ById, Cache, Component,
    Concurrency, Database, Deployment, Design, Discipline, Load, LoadNoise, LoadProfile, NodeGroup,
    ServiceLaw, ServiceTime, ZoneName,
};
use tradewind::sim::arrivals::Arrivals;
use tradewind::sim::flow::{
    CallFlow, Conduct, DeploymentFlow, EndpointFlow, EndpointState, EntryFlow, EntryZone,
    FlowGraph, FlowState, Impairment, PodGroup, RoundTrips, Target,
};
use tradewind::sim::fluid::FluidPlane;
use tradewind::sim::plane::DataPlane as _;
use tradewind::sim::requests::RequestsPlane;
use tradewind::sim::requests::source::Source;
use tradewind::sim::run_log::{Interval, RunHeader, RunLog};
use tradewind::sim::{Fidelity, LatencyHistogram, Recorder, RngStream};
use tradewind::units::{Ratio, RequestRate, SimDuration, SimTime};

/// A call that always waits for its answer.
pub fn call(target: Target) -> CallFlow {
    CallFlow {
        target,
        per_request: 1.0,
        timeout_s: 1e6,
        attempts: 1,
        backoff_s: 0.1,
        request_bytes: 100.0,
        response_bytes: 1000.0,
        parallel: false,
        retry_budget: None,
        circuit_breaker: None,
        hedge_after_s: None,
        pool_size: None,
        priority: 0,
        optional: false,
        unless_cached_by: None,
    }
}

pub fn service(mean_s: f64, cv: f64) -> ServiceTime {
    ServiceTime {
        mean: SimDuration::from_s_f64(mean_s),
        cv,
        law: ServiceLaw::ByVariation,
        samples: None,
    }
}

pub fn deployment(
    id: &str,
    servers: u32,
    time: ServiceTime,
    queue_capacity: u32,
) -> DeploymentFlow {
    DeploymentFlow {
        id: id.to_string(),
        servers,
        service_time: time,
        cpu_s_per_request: 0.001,
        queue_capacity,
        concurrency: Concurrency::ThreadPerRequest,
        discipline: Discipline::Fifo,
        abandoned_work: AbandonedWork::Dropped,
        drain_s: 30.0,
        calls: Vec::new(),
        consumes: None,
    }
}

pub fn endpoint(id: &str, servers: u32, time: ServiceTime) -> EndpointFlow {
    EndpointFlow {
        id: id.to_string(),
        servers,
        service_time: time,
        queue_capacity: u32::MAX,
        discipline: Discipline::Fifo,
        abandoned_work: AbandonedWork::Dropped,
        by_nat: false,
        outside: true,
        by_endpoint: false,
    }
}

/// Users who call the first deployment without any network in between.
pub fn graph(zones: usize, deployments: Vec<DeploymentFlow>) -> FlowGraph {
    FlowGraph {
        zone_count: zones,
        entry: EntryFlow {
            users_id: "users".to_string(),
            balancer_id: None,
            call: call(Target::Deployment(0)),
            requests_per_connection: 1.0,
            connection_lifetime: SimDuration::ZERO,
            miss_part: 1.0,
            connect_timeout_s: 5.0,
            added_latency_s: 0.0,
            cross_zone: true,
            algorithm: BalancingAlgorithm::RoundRobin,
            via_nodes: false,
            cross_zone_charged: false,
            rules: 0,
        },
        deployments,
        databases: Vec::new(),
        caches: Vec::new(),
        externals: Vec::new(),
        egress_bytes_per_request: 0.0,
        round_trips: RoundTrips {
            user_s: 0.0,
            same_zone_s: 0.0,
            cross_zone_s: 0.0,
        },
    }
}

/// Everything up, `pods` pods of each deployment in each zone.
pub fn state(graph: &FlowGraph, pods: u32) -> FlowState {
    let up = EndpointState {
        up: true,
        stalled_until: None,
        zone: 0,
        network: Impairment::default(),
        hit_ratio: 1.0,
    };
    let group = PodGroup {
        ready: pods,
        in_balancer: pods,
        ..PodGroup::default()
    };
    FlowState {
        version: 1,
        entry: vec![
            EntryZone {
                dns_share: 1.0 / graph.zone_count as f64,
                alive: true,
            };
            graph.zone_count
        ],
        networks: vec![Impairment::default(); graph.zone_count],
        shed_share: 0.0,
        fail_open: false,
        pods: vec![group; graph.zone_count * graph.deployments.len()],
        parts: Vec::new(),
        conduct: vec![Conduct::default(); graph.deployments.len()],
        databases: vec![up; graph.databases.len()],
        caches: vec![up; graph.caches.len()],
        externals: vec![up; graph.externals.len()],
        egress: vec![true; graph.zone_count],
        egress_zone: (0..graph.zone_count).collect(),
    }
}

/// A fluid plane that plays.
pub struct Bench {
    pub graph: FlowGraph,
    pub state: FlowState,
    pub plane: FluidPlane,
    pub recorder: Recorder,
    pub now: SimTime,
}

/// One interval of a bench.
pub const INTERVAL: SimDuration = SimDuration::from_s(60);

/// A recorder with stations of the right number and name.
fn recorder(graph: &FlowGraph, interval: SimDuration, warm_up: SimDuration) -> Recorder {
    let header = RunHeader {
        design: "bench".to_string(),
        seed: 1,
        replication: 0,
        fidelity: Fidelity::Fluid,
        start: SimTime::START,
        duration: SimDuration::from_h(24),
        warm_up,
        interval,
        zones: Vec::new(),
    };
    let parts = graph.deployments.iter().map(|it| {
        let part = Deployment {
            runs_on: "nodes".into(),
            ..Deployment::default()
        };
        (it.id.clone(), Component::Deployment(part))
    });
    let databases = graph.databases.iter();
    let databases = databases.map(|it| (it.id.clone(), Component::Database(Database::default())));
    let caches = graph.caches.iter();
    let caches = caches.map(|it| (it.id.clone(), Component::Cache(Cache::default())));
    let mut architecture = Architecture {
        zones: (0..graph.zone_count)
            .map(|z| ZoneName(format!("z{z}")))
            .collect(),
        components: parts.chain(databases).chain(caches).collect(),
        ..Architecture::default()
    };
    let nodes = Component::NodeGroup(NodeGroup::default());
    architecture.components.insert("nodes".to_string(), nodes);
    let (design, _) = Design::resolve("bench", architecture);
    Recorder::new(header, &design, graph)
}

impl Bench {
    pub fn new(graph: FlowGraph, state: FlowState) -> Self {
        Self {
            recorder: recorder(&graph, INTERVAL, INTERVAL * 2),
            plane: FluidPlane::new(&graph),
            graph,
            state,
            now: SimTime::START,
        }
    }

    /// Plays under `rate` requests per second for a number of minutes, each one interval.
    pub fn play(&mut self, rate: f64, minutes: u64) {
        for _ in 0..minutes {
            let end = self.now + INTERVAL;
            while self.now < end {
                let next = (self.now + self.plane.step_hint(&self.state)).min(end);
                self.plane.advance(
                    &self.graph,
                    &self.state,
                    rate,
                    self.now,
                    next,
                    &mut self.recorder,
                );
                self.now = next;
            }
            self.plane.report(&self.graph, &mut self.recorder);
            self.recorder.close_interval(self.now);
        }
    }

    /// Changes the state.
    pub fn change(&mut self, change: impl FnOnce(&mut FlowState)) {
        change(&mut self.state);
        self.state.version += 1;
    }

    pub fn log(self) -> RunLog {
        self.recorder.finish()
    }
}

/// A request-level plane that plays; its intervals are as long as each stretch that it plays.
pub struct Exact {
    pub graph: FlowGraph,
    pub state: FlowState,
    pub plane: RequestsPlane,
    pub recorder: Recorder,
    pub now: SimTime,
}

impl Exact {
    /// `rate` requests per second that arrive as `process` says.
    pub fn new(
        (graph, state): (FlowGraph, FlowState),
        process: &ArrivalProcess,
        rate: f64,
        seed: u64,
    ) -> Self {
        let load = Load {
            profile: LoadProfile::Constant {
                rate: RequestRate::per_second(rate),
            },
            spikes: ById::new(),
            noise: LoadNoise {
                cv: Ratio::new(0.0),
                ..LoadNoise::default()
            },
            arrivals: process.clone(),
        };
        Self::under(&load, (graph, state), seed)
    }

    /// Any load.
    pub fn under(load: &Load, (graph, state): (FlowGraph, FlowState), seed: u64) -> Self {
        let stream = |purpose| RngStream::new(seed, 0, purpose, "users", 0);
        let arrivals = Arrivals::new(load, Vec::new(), stream("load_noise"));
        let end = SimTime::START + SimDuration::from_h(24 * 365);
        let source = Source::new(
            &load.arrivals,
            arrivals,
            stream("arrivals"),
            SimTime::START,
            end,
        );
        Self {
            recorder: recorder(&graph, INTERVAL, SimDuration::ZERO),
            plane: RequestsPlane::new(&graph, source, &mut stream("requests")),
            graph,
            state,
            now: SimTime::START,
        }
    }

    /// Plays for `seconds`; the response times of that stretch.
    pub fn play(&mut self, seconds: f64) -> LatencyHistogram {
        let end = self.now + SimDuration::from_s_f64(seconds);
        while self.now < end {
            let next = self.plane.step_end(&self.state, self.now).min(end);
            self.plane
                .advance(&self.graph, &self.state, self.now, next, &mut self.recorder);
            self.now = next;
        }
        let latency = self.recorder.latency().clone();
        self.recorder.close_interval(self.now);
        latency
    }

    /// Changes the state.
    pub fn change(&mut self, change: impl FnOnce(&mut FlowState)) {
        change(&mut self.state);
        self.state.version += 1;
    }

    pub fn log(self) -> RunLog {
        self.recorder.finish()
    }
}

/// Response times of a graph at rest.
pub fn at_rest(graph: FlowGraph, pods: u32, rate: f64) -> LatencyHistogram {
    let state = state(&graph, pods);
    let mut bench = Bench::new(graph, state);
    bench.play(rate, 20);
    bench.log().latency
}

pub fn failed(interval: &Interval) -> f64 {
    interval.failed.iter().sum()
}

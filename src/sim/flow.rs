//! The border between control plane and data plane.
//!
//! [`FlowGraph`] is the design as requests see it: who calls whom, how many servers, how long. It
//! does not change during a run. [`FlowState`] is what the control plane says about the moment:
//! which pods serve, which still receive requests though they are dead, which database is up and
//! where. A data plane needs nothing else, and gives back an [`Observation`].
//!
//! Everything is indexed by small integers in a fixed order, so that the hot path compares no
//! names. Deployments come in call order: a caller before those it calls.

mod build;

pub use build::{StationIndex, stations};

use crate::model::{
    AbandonedWork, BalancingAlgorithm, CircuitBreaker, Concurrency, Discipline, ServiceTime,
};
use crate::units::{SimDuration, SimTime};

use super::packet_loss;

/// Number of priorities that calls may have.
pub const PRIORITIES: usize = 8;

/// Index of a deployment in [`FlowGraph::deployments`].
pub type DeploymentIndex = usize;

/// The target of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Another deployment, by index.
    Deployment(usize),
    /// A database, by index.
    Database(usize),
    /// A cache, by index.
    Cache(usize),
    /// An external service or queue, by index.
    External(usize),
}

/// How one request calls a target. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct CallFlow {
    /// Whom.
    pub target: Target,
    /// Mean calls per request.
    pub per_request: f64,
    /// The caller gives up on an attempt after this time, in seconds.
    pub timeout_s: f64,
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// Mean wait before a retry, in seconds.
    pub backoff_s: f64,
    /// All calls of a request at the same time.
    pub parallel: bool,
    /// Retries per first attempt at most.
    pub retry_budget: Option<f64>,
    /// When calls fail at once.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// A second attempt is sent after this time, in seconds.
    pub hedge_after_s: Option<f64>,
    /// Attempts in progress per calling pod at most.
    pub pool_size: Option<u32>,
    /// How urgent it is to a callee that serves by priority: the highest first, below
    /// [`PRIORITIES`].
    pub priority: u8,
    /// Bytes there.
    pub request_bytes: f64,
    /// Bytes back.
    pub response_bytes: f64,
    /// The request succeeds without this call's answer.
    pub optional: bool,
    /// Made only for what this cache (by index) does not answer.
    pub unless_cached_by: Option<usize>,
}

/// A deployment as requests see it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentFlow {
    /// Id in the design.
    pub id: String,
    /// Servers per pod.
    pub servers: u32,
    /// A server's own time per request.
    pub service_time: ServiceTime,
    /// CPU seconds per request.
    pub cpu_s_per_request: f64,
    /// Waiting places per pod.
    pub queue_capacity: u32,
    /// What a server does while its request waits for calls.
    pub concurrency: Concurrency,
    /// The order in which waiting requests are served.
    pub discipline: Discipline,
    /// What becomes of waiting requests whose callers have given up.
    pub abandoned_work: AbandonedWork,
    /// What a pod has when it gets nothing new may go on for so long, in seconds.
    pub drain_s: f64,
    /// Downstream calls, one kind after the other.
    pub calls: Vec<CallFlow>,
    /// The queue that it consumes, by index among external services; none when it serves requests.
    pub consumes: Option<usize>,
}

/// A database or cache as requests see it: one station.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointFlow {
    /// Id in the design.
    pub id: String,
    /// Parallel servers; `u32::MAX` for an external service, which has no queue.
    pub servers: u32,
    /// Time per call.
    pub service_time: ServiceTime,
    /// Waiting places.
    pub queue_capacity: u32,
    /// The order in which waiting calls are served.
    pub discipline: Discipline,
    /// What becomes of waiting calls whose callers have given up.
    pub abandoned_work: AbandonedWork,
    /// Its calls leave by the NAT gateway; false for databases, caches and external services with
    /// a way out of their own.
    pub by_nat: bool,
    /// What is sent to it leaves AWS, and is charged for: external services only.
    pub outside: bool,
    /// Its calls go by an interface endpoint, which is charged by the gigabyte.
    pub by_endpoint: bool,
}

/// How requests enter. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryFlow {
    /// Id of the users component.
    pub users_id: String,
    /// Id of the load balancer, if there is one.
    pub balancer_id: Option<String>,
    /// How users call: timeout, attempts, sizes. Its target is the first deployment behind.
    pub call: CallFlow,
    /// Requests per client connection.
    pub requests_per_connection: f64,
    /// How long client connections last on average, where the balancer chooses a target once for
    /// each; zero where it chooses for each request.
    pub connection_lifetime: SimDuration,
    /// Part of an even share that a target gets which answers nobody: where connections last, only
    /// those that are opened meet it.
    pub miss_part: f64,
    /// An attempt to reach an address that does not answer fails after this time, in seconds.
    pub connect_timeout_s: f64,
    /// Added by the balancer itself, in seconds.
    pub added_latency_s: f64,
    /// Balancer nodes spread over the targets of all zones, not only their own.
    pub cross_zone: bool,
    /// How each balancer node chooses among its targets.
    pub algorithm: BalancingAlgorithm,
    /// Targets are nodes: kube-proxy passes each request on to a pod of any zone.
    pub via_nodes: bool,
    /// Bytes from the balancer's node to a target in another zone are charged: true for a Network
    /// Load Balancer, false for an Application Load Balancer.
    pub cross_zone_charged: bool,
    /// Rules evaluated per request.
    pub rules: u32,
}

/// Round trips, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundTrips {
    /// Users to the balancer.
    pub user_s: f64,
    /// Inside one zone.
    pub same_zone_s: f64,
    /// Between zones.
    pub cross_zone_s: f64,
}

/// The design as requests see it; fixed during a run.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowGraph {
    /// Number of zones.
    pub zone_count: usize,
    /// How requests enter.
    pub entry: EntryFlow,
    /// Deployments in call order.
    pub deployments: Vec<DeploymentFlow>,
    /// Databases.
    pub databases: Vec<EndpointFlow>,
    /// Caches.
    pub caches: Vec<EndpointFlow>,
    /// External services and queues, as those who call them see them.
    pub externals: Vec<EndpointFlow>,
    /// Bytes sent out through NAT per served request besides external calls.
    pub egress_bytes_per_request: f64,
    /// Round trips.
    pub round_trips: RoundTrips,
}

impl FlowGraph {
    /// Ids of all that can be called, in the order of [`Self::callee`].
    pub fn callees(&self) -> impl Iterator<Item = &str> {
        let deployments = self.deployments.iter().map(|it| it.id.as_str());
        let endpoints = self.databases.iter().chain(&self.caches);
        deployments.chain(endpoints.chain(&self.externals).map(|it| it.id.as_str()))
    }

    /// Number of a target among all that can be called: deployments, databases, caches, external
    /// services.
    #[must_use]
    pub const fn callee(&self, target: Target) -> usize {
        let databases = self.deployments.len();
        let caches = databases + self.databases.len();
        match target {
            Target::Deployment(at) => at,
            Target::Database(at) => databases + at,
            Target::Cache(at) => caches + at,
            Target::External(at) => caches + self.caches.len() + at,
        }
    }
}

/// The pods of one deployment in one zone, as requests meet them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodGroup {
    /// Alive and ready: members of the EndpointSlice, and they burn CPU.
    pub ready: u32,
    /// Alive, ready and healthy for the load balancer; those that leave count while they take
    /// requests and it sends them some.
    pub in_balancer: u32,
    /// Dead, but the load balancer still sends to them.
    pub dead_in_balancer: u32,
    /// Told to end and taking nothing new, but the load balancer still sends to them.
    pub stopped_in_balancer: u32,
    /// Its process has ended on a machine that lives, but the load balancer still sends to it: what
    /// it had is lost, what it is sent is refused.
    pub crashed_in_balancer: u32,
    /// Dead, but still in the EndpointSlice that other pods use.
    pub dead_in_endpoints: u32,
    /// Its process has ended on a machine that lives, and it is still in the EndpointSlice.
    pub crashed_in_endpoints: u32,
}

impl PodGroup {
    /// Pods that serve nobody, and that the load balancer still sends to: what they had is lost.
    #[must_use]
    pub const fn lost_in_balancer(&self) -> u32 {
        self.dead_in_balancer + self.crashed_in_balancer
    }

    /// Pods that serve nobody and are still in the EndpointSlice: what they had is lost.
    #[must_use]
    pub const fn lost_in_endpoints(&self) -> u32 {
        self.dead_in_endpoints + self.crashed_in_endpoints
    }
}

/// What faults do to a network: to that of one dependency, or of all that is in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Impairment {
    /// Added to each exchange of a request and its answer, in seconds.
    pub added_latency_s: f64,
    /// Share of the messages that is lost, 0 to 1; see [`super::packet_loss`].
    pub packet_loss: f64,
}

impl Impairment {
    /// Both at once: latencies add up, and each loses its share of what the other lets through.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        // Where one of them loses nothing the share must stay what it is, to the bit.
        let packet_loss = if self.packet_loss <= 0.0 {
            other.packet_loss
        } else if other.packet_loss <= 0.0 {
            self.packet_loss
        } else {
            packet_loss::either(self.packet_loss, other.packet_loss)
        };
        Self {
            added_latency_s: self.added_latency_s + other.added_latency_s,
            packet_loss,
        }
    }

    /// What happens to an exchange between two zones: each that it touches counts once.
    #[must_use]
    pub fn between(networks: &[Self], from: usize, to: usize) -> Self {
        if from == to {
            networks[from]
        } else {
            networks[from].and(networks[to])
        }
    }

    /// True when it does nothing.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What the pods of a deployment are like, where some are of a release that the tape says something
/// about, or do not find what they call: a request meets one of either kind by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conduct {
    /// Share of the requests that get an error once the pod has done its own work.
    pub error_share: f64,
    /// The part of `error_share` that is not the release's doing: what they need is not where the
    /// pod asks for it.
    pub lost_share: f64,
    /// Share of the requests whose own work takes `slow_factor` times as long.
    pub slow_share: f64,
    /// See `slow_share`.
    pub slow_factor: f64,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            error_share: 0.0,
            lost_share: 0.0,
            slow_share: 0.0,
            slow_factor: 1.0,
        }
    }
}

impl Conduct {
    /// Of those requests that do as they did so far, a share finds nobody where the pod asks.
    pub fn lose(&mut self, share: f64) {
        let lost = share * (1.0 - self.error_share);
        self.error_share += lost;
        self.lost_share += lost;
    }

    /// How many times as much work a request is on average.
    #[must_use]
    pub const fn mean_factor(&self) -> f64 {
        1.0 + self.slow_share * (self.slow_factor - 1.0)
    }
}

/// A database, cache or external service, as calls meet it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndpointState {
    /// It answers.
    pub up: bool,
    /// It stands still until then: it serves nobody, keeps what it has, and takes more in. Never so
    /// for external services, whose queues nobody sees.
    pub stalled_until: Option<SimTime>,
    /// Zone index of the primary; ignored for external services.
    pub zone: usize,
    /// What faults do to its network.
    pub network: Impairment,
    /// Caches: share of look-ups answered. Others: 1.
    pub hit_ratio: f64,
}

/// The load balancer's address in one zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EntryZone {
    /// Share of clients that use this address, 0 to 1; the shares of all zones add up to 1
    /// (or all are 0 when no address is left).
    pub dns_share: f64,
    /// The balancer's node there answers.
    pub alive: bool,
}

/// What the control plane says about the moment.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowState {
    /// Raised by one whenever anything below changes, so that a data plane can keep what it
    /// computed.
    pub version: u64,
    /// The way in, per zone.
    pub entry: Vec<EntryZone>,
    /// What faults do to the network of each zone.
    pub networks: Vec<Impairment>,
    /// Share of the attempts that is turned away where they enter, 0 to 1.
    pub shed_share: f64,
    /// All targets of the balancer are unhealthy, so it sends to every one of them.
    pub fail_open: bool,
    /// Pods, at `deployment * zone_count + zone`.
    pub pods: Vec<PodGroup>,
    /// What part of an even share each target of the balancer gets, by zone, the oldest first;
    /// empty while all get the same.
    pub parts: Vec<Vec<f64>>,
    /// What the pods of each deployment are like.
    pub conduct: Vec<Conduct>,
    /// Databases.
    pub databases: Vec<EndpointState>,
    /// Caches.
    pub caches: Vec<EndpointState>,
    /// External services.
    pub externals: Vec<EndpointState>,
    /// Traffic of a zone has a way out, per zone.
    pub egress: Vec<bool>,
    /// The zone whose NAT gateway carries a zone's egress, per zone.
    pub egress_zone: Vec<usize>,
}

impl FlowState {
    /// Targets of the balancer in a zone, each counted by its part; `live` of them are there.
    #[must_use]
    pub fn weigh(&self, zone: usize, live: u32) -> f64 {
        match self.parts.get(zone) {
            Some(parts) => parts.iter().sum(),
            None => f64::from(live),
        }
    }

    /// What faults do to an exchange between two zones.
    #[must_use]
    pub fn way(&self, from: usize, to: usize) -> Impairment {
        Impairment::between(&self.networks, from, to)
    }
}

/// What the data plane tells the control plane after a step: the only thing autoscalers see.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// CPU cores in use, at `deployment * zone_count + zone`, averaged over the step.
    pub cpu_cores: Vec<f64>,
    /// Requests per second that reached the pods, at the same places.
    pub requests: Vec<f64>,
    /// Requests that the pods worked on or had waiting, at the same places.
    pub in_flight: Vec<f64>,
    /// Users' attempts per second.
    pub entry_rate: f64,
    /// Calls per second that reached each external service or queue, averaged over the step.
    pub external_calls: Vec<f64>,
}

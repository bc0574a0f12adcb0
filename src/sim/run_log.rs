//! The run log: everything one run leaves behind, as plain data.
//!
//! Counters and gauges per recorded interval, states per station, metered usage, and the event
//! list. It holds no price, no percentile of the whole run and no sentence: those are made from it
//! by later layers. Its canonical text is JSON Lines (see `write`), equal for equal inputs.

mod write;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::model::{CapacityType, DatabaseDeployment, LoadBalancerProduct, ZoneName};
use crate::units::{SimDuration, SimTime};

use super::event::Event;
use super::histogram::LatencyHistogram;
use super::simulation::Fidelity;

/// Version of the run log's text form.
pub const RUN_LOG_VERSION: u32 = 1;

/// Who ran what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct RunHeader {
    /// Id of the design.
    pub design: String,
    /// Seed of the plan.
    pub seed: u64,
    /// Number of the replication, from 0.
    pub replication: u32,
    /// How closely requests were followed.
    pub fidelity: Fidelity,
    /// Where recording begins; everything before was played and not recorded.
    pub start: SimTime,
    /// Recorded time.
    pub duration: SimDuration,
    /// Left out of figures at the start.
    pub warm_up: SimDuration,
    /// Length of a recorded interval; the last one may be shorter.
    pub interval: SimDuration,
    /// Zones in order of index.
    pub zones: Vec<ZoneName>,
}

/// Why a request failed. Order is the order of [`Interval::failed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureCause {
    /// The address of a dead load-balancer node was used.
    EntryUnreachable,
    /// A dead pod was chosen as target.
    TargetUnreachable,
    /// No pod was there to serve.
    NoCapacity,
    /// A queue was full.
    Rejected,
    /// The client or caller gave up waiting.
    TimedOut,
    /// A downstream call failed.
    DependencyFailed,
    /// Turned away where requests enter, to spare what lies behind.
    Shed,
    /// A pod of a bad release answered with an error.
    ReleaseFailed,
}

/// An amount per [`FailureCause`], in its order.
pub type ByCause<T> = [T; FailureCause::ALL.len()];

impl FailureCause {
    /// Every cause, in order.
    pub const ALL: [Self; 8] = [
        Self::EntryUnreachable,
        Self::TargetUnreachable,
        Self::NoCapacity,
        Self::Rejected,
        Self::TimedOut,
        Self::DependencyFailed,
        Self::Shed,
        Self::ReleaseFailed,
    ];

    /// Position in [`Interval::failed`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Name in the run log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EntryUnreachable => "entry_unreachable",
            Self::TargetUnreachable => "target_unreachable",
            Self::NoCapacity => "no_capacity",
            Self::Rejected => "rejected",
            Self::TimedOut => "timed_out",
            Self::DependencyFailed => "dependency_failed",
            Self::Shed => "shed",
            Self::ReleaseFailed => "release_failed",
        }
    }
}

/// Whole-system counters of one interval. Requests are users' requests; attempts include retries.
/// Conservation: `offered = succeeded + sum(failed) + change of in_flight`.
#[derive(Debug, Clone, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct Interval {
    /// Requests that arrived.
    pub offered: f64,
    /// Requests answered in time.
    pub succeeded: f64,
    /// Requests that failed, by [`FailureCause`].
    pub failed: ByCause<f64>,
    /// Attempts made by users, retries included.
    pub attempts: f64,
    /// Requests inside the system at the end of the interval.
    pub in_flight: f64,
    /// Median response time of successes in seconds; none without successes.
    pub latency_p50_s: Option<f64>,
    /// 95th percentile.
    pub latency_p95_s: Option<f64>,
    /// 99th percentile.
    pub latency_p99_s: Option<f64>,
}

/// What a station is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum StationKind {
    /// The balancer's node in a zone.
    BalancerNode,
    /// A deployment's pods in a zone.
    Pods,
    /// A pool's or group's nodes in a zone.
    Nodes,
    /// A database; zone of the writer.
    Database,
    /// A cache; zone of the primary.
    Cache,
    /// A NAT gateway in a zone.
    NatGateway,
    /// An external service; no zone.
    External,
    /// Fargate's tasks in a zone.
    Fargate,
    /// The tasks of a deployment that is a service of ECS, in a zone.
    Tasks,
}

impl StationKind {
    /// True of a deployment's part in a zone.
    #[must_use]
    pub const fn is_of_deployment(self) -> bool {
        matches!(self, Self::Pods | Self::Tasks)
    }
}

/// A row of the state tracks: one component in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Station {
    /// Id of the component.
    pub component: String,
    /// What it is.
    pub kind: StationKind,
    /// Zone index; none for what has no fixed zone.
    pub zone: Option<u8>,
}

/// How a station is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum StationState {
    /// Serving.
    #[default]
    Normal,
    /// Serving, more than 85 % busy or with a backlog.
    HighLoad,
    /// Not serving though it should.
    Down,
    /// On its way back: booting, failing over, warming up.
    Recovering,
    /// Nothing is there, as planned.
    Absent,
}

/// A station at the end of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct StationSample {
    /// How it is.
    pub state: StationState,
    /// Pods or nodes ready; 1 or 0 for single endpoints.
    pub ready: u32,
    /// Pods or nodes that exist (placed, booting and dead ones included).
    pub total: u32,
    /// Share of servers busy over the interval, 0 to 1.
    pub utilization: f64,
    /// Requests or calls per second that arrived over the interval.
    pub arrival_rate: f64,
}

/// A metered quantity: what is counted. Quantities are per usage row.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(tag = "meter", rename_all = "snake_case")]
pub enum Meter {
    /// Seconds of EC2 instances, from launch call to termination.
    InstanceSeconds {
        /// Instance type.
        instance_type: String,
        /// How it is bought.
        capacity_type: CapacityType,
    },
    /// Gigabyte-seconds of gp3 root volumes.
    VolumeGbSeconds,
    /// Seconds of EKS clusters.
    ClusterSeconds,
    /// Seconds of load balancers.
    BalancerSeconds {
        /// Product.
        product: LoadBalancerProduct,
    },
    /// New connections to load balancers.
    BalancerNewConnections,
    /// Connection-seconds: the integral of open connections.
    BalancerConnectionSeconds,
    /// Bytes processed by load balancers.
    BalancerBytes,
    /// Rule evaluations beyond the free ones.
    BalancerRuleEvaluations,
    /// Seconds of NAT gateways.
    NatSeconds,
    /// Bytes through NAT gateways.
    NatBytes,
    /// Seconds of interface endpoints, in each zone.
    EndpointSeconds,
    /// Bytes through interface endpoints.
    EndpointBytes,
    /// Bytes that crossed from one zone to another inside the Region, counted once.
    CrossZoneBytes,
    /// Bytes sent to the internet.
    InternetEgressBytes,
    /// Seconds of database instances (a Multi-AZ pair counts once, a cluster's instances each).
    DatabaseSeconds {
        /// Instance class.
        instance_class: String,
        /// How it is protected.
        deployment: DatabaseDeployment,
    },
    /// Gigabyte-seconds of database storage.
    DatabaseGbSeconds {
        /// How it is protected.
        deployment: DatabaseDeployment,
    },
    /// Seconds of database instances behind a proxy.
    DatabaseProxySeconds,
    /// Seconds of cache nodes.
    CacheNodeSeconds {
        /// Node type.
        node_type: String,
    },
    /// Requests to message queues: messages sent, received and deleted.
    QueueRequests,
    /// Requests served, for unit costs.
    RequestsServed,
    /// vCPU-seconds of Fargate tasks.
    FargateVcpuSeconds,
    /// Gigabyte-seconds (of 2^30 bytes) of Fargate tasks' memory.
    FargateGbSeconds,
}

/// Metered usage: one column per meter, one row per stretch of time.
#[derive(Debug, Clone, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct Usage {
    /// Length of a row; the last one may be shorter.
    pub row_length: SimDuration,
    /// The columns, sorted.
    pub meters: Vec<Meter>,
    /// Quantities, at `row * meters.len() + column`.
    pub quantities: Vec<f64>,
}

impl Usage {
    /// The sum of a column over all rows.
    #[must_use]
    pub fn total(&self, column: usize) -> f64 {
        self.quantities
            .iter()
            .skip(column)
            .step_by(self.meters.len().max(1))
            .sum()
    }

    /// Number of rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.quantities.len() / self.meters.len().max(1)
    }
}

/// Response times of one callee, as its callers see them: from the call to its answer, retries
/// included, answered calls only.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CalleeLatency {
    /// Id of the component.
    pub id: String,
    /// Median, 95th and 99th percentile of each interval, in seconds; none without answers.
    pub intervals: Vec<[Option<f64>; 3]>,
    /// All of them after the warm-up.
    pub latency: LatencyHistogram,
    /// Attempts made after the warm-up, retries included. Those without an answer failed, or were
    /// still under way at the end of the run.
    pub attempts: f64,
}

/// A queue at the end of an interval, and what became of messages in it.
#[derive(Debug, Clone, Copy, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct QueueSample {
    /// Messages that wait or are hidden.
    pub backlog: f64,
    /// Age of the oldest of them in seconds.
    pub oldest_age_s: f64,
    /// Messages that producers were told of as stored.
    pub stored: f64,
    /// Messages that consumers are done with, less those that a dead one turned out not to be.
    pub handled: f64,
    /// Receives that came to nothing.
    pub returned: f64,
    /// Messages that went to the dead-letter queue.
    pub dead_lettered: f64,
}

/// A queue over the run.
#[derive(Debug, Clone, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct QueueTrack {
    /// Id of the component.
    pub id: String,
    /// One sample per interval.
    pub samples: Vec<QueueSample>,
}

/// Everything one run leaves behind.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct RunLog {
    /// Who ran what.
    pub header: RunHeader,
    /// Counters per interval.
    pub intervals: Vec<Interval>,
    /// The rows of the state tracks.
    pub stations: Vec<Station>,
    /// Samples, at `interval * stations.len() + station`.
    pub samples: Vec<StationSample>,
    /// Replicas wanted per deployment, at `interval * deployments + deployment`.
    pub replicas_desired: Vec<u32>,
    /// Ids of the deployments in the order of `replicas_desired`.
    pub deployments: Vec<String>,
    /// Response times of successes after the warm-up. It does not travel from a worker to its page,
    /// which reads percentiles from the figures instead.
    #[borsh(skip)]
    pub latency: LatencyHistogram,
    /// The same per callee, if the experiment asks for it. It does not travel either.
    #[borsh(skip)]
    pub callees: Vec<CalleeLatency>,
    /// Message queues, in order of id.
    pub queues: Vec<QueueTrack>,
    /// Metered usage.
    pub usage: Usage,
    /// What happened, in order of time.
    pub events: Vec<Event>,
}

impl RunHeader {
    /// Where recording ends.
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.start + self.duration
    }
}

impl RunLog {
    /// Start of an interval.
    #[must_use]
    pub fn interval_start(&self, index: usize) -> SimTime {
        self.header.start + self.header.interval * index as u64
    }

    /// Length of an interval.
    #[must_use]
    pub fn interval_length(&self, index: usize) -> SimDuration {
        let end = self.header.end();
        let start = self.interval_start(index);
        end.since(start).min(self.header.interval)
    }

    /// The sample of a station in an interval.
    #[must_use]
    pub fn sample(&self, interval: usize, station: usize) -> StationSample {
        self.samples[interval * self.stations.len() + station]
    }
}

//! What is simulated: two queueing systems with known answers, and a month of a cluster.
//!
//! The queues have exponential times and random routing on purpose: their means are then known
//! exactly, from Erlang's formula and from Jackson's theorem.

/// Which workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// One station: see [`w1`].
    W1,
    /// A chain of stations: see [`w2`].
    W2,
    /// An autoscaled cluster: see [`w3`].
    W3,
}

impl Workload {
    /// The workload of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "w1" => Self::W1,
            "w2" => Self::W2,
            "w3" => Self::W3,
            _ => return None,
        })
    }
}

/// M/M/16: one queue in front of equal servers, first come first served, empty at the start. The
/// size is the number of requests; the run ends when the last one has left.
pub mod w1 {
    /// Requests per second (Poisson).
    pub const ARRIVAL_RATE: f64 = 12.8;
    /// Parallel servers; they are 80 % busy.
    pub const SERVERS: u32 = 16;
    /// Mean of the exponential service time, in seconds.
    pub const SERVICE_S: f64 = 1.0;
}

/// A web request's way: edge, balancer, one of eight replicas at random, cache and, when the cache
/// does not hold the answer, database. All times are exponential, all queues first come first
/// served and without limit. The size is the number of requests; the run ends when the last one has
/// left.
pub mod w2 {
    /// Requests per second (Poisson).
    pub const ARRIVAL_RATE: f64 = 2000.0;
    /// Equal replicas, one of which is picked at random.
    pub const REPLICAS: u32 = 8;
    /// Chance that the cache holds the answer.
    pub const HIT_RATIO: f64 = 0.8;
    /// Mean delay at the edge, which never queues, in seconds.
    pub const EDGE_S: f64 = 0.002;
    /// Servers and mean service time in seconds of the balancer.
    pub const BALANCER: (u32, f64) = (2, 0.000_5);
    /// The same of one replica.
    pub const REPLICA: (u32, f64) = (4, 0.012);
    /// The same of the cache.
    pub const CACHE: (u32, f64) = (4, 0.001);
    /// The same of the database.
    pub const DATABASE: (u32, f64) = (32, 0.060);
}

/// A deployment under a daily load, with autoscaled pods and nodes, in ticks of one period of the
/// Horizontal Pod Autoscaler. The size is the number of days.
///
/// Nodes fail one by one, and twice a whole zone does. A lost node is gone at once, and so are its
/// pods; what replaces them is up to the autoscalers.
pub mod w3 {
    /// Length of a tick, in seconds.
    pub const TICK_S: f64 = 15.0;
    /// Seconds in a day.
    pub const DAY_S: f64 = 86_400.0;

    /// Mean load over a day, in requests per second.
    pub const LOAD: f64 = 1750.0;
    /// The day's curve is a cosine of this share of the mean.
    pub const LOAD_SWING: f64 = 0.6;
    /// Time of day of the busiest moment, in seconds.
    pub const PEAK_AT_S: f64 = 14.0 * 3600.0;
    /// Standard deviation of the load's wandering, as a share of the curve.
    pub const NOISE_CV: f64 = 0.03;
    /// Time after which the wandering has mostly forgotten itself, in seconds.
    pub const NOISE_MEMORY_S: f64 = 600.0;

    /// Requests that one pod works on at a time.
    pub const POD_SERVERS: u32 = 5;
    /// Mean of the exponential service time, in seconds: a pod serves 50 requests per second.
    pub const SERVICE_S: f64 = 0.1;
    /// From a pod's placement until it serves, in seconds.
    pub const POD_START_S: f64 = 30.0;
    /// Pods at the start: enough for the load at midnight.
    pub const PODS_AT_START: u32 = 24;
    /// Users give up after this time, in seconds: a longer backlog is dropped.
    pub const PATIENCE_S: f64 = 3.0;

    /// The autoscaler's target: busy servers over all servers.
    pub const HPA_TARGET: f64 = 0.7;
    /// It leaves differences of this share alone.
    pub const HPA_TOLERANCE: f64 = 0.1;
    /// It scales down to the highest recommendation of this many ticks (5 min).
    pub const HPA_WINDOW: usize = 20;
    /// It at most doubles the pods in a tick, or adds this many.
    pub const HPA_MAX_STEP: u32 = 4;

    /// Pods that fit on a node.
    pub const PODS_PER_NODE: u32 = 3;
    /// From the launch of a node until it takes pods, in seconds.
    pub const NODE_BOOT_S: f64 = 90.0;
    /// A node without pods is removed after this time, in seconds.
    pub const NODE_EMPTY_S: f64 = 600.0;
    /// Mean of a node's exponential life, in seconds.
    pub const NODE_LIFE_S: f64 = 10.0 * DAY_S;
    /// Price of a node-hour, in dollars (m6i.large on demand in Tokyo).
    pub const NODE_HOUR_USD: f64 = 0.124;

    /// Zones; nodes are launched in them by turns.
    pub const ZONES: usize = 3;
    /// The zone that is lost.
    pub const LOST_ZONE: usize = 0;
    /// When it is lost, in seconds: at noon of days 10 and 20.
    pub const ZONE_LOST_AT_S: [f64; 2] = [10.5 * DAY_S, 20.5 * DAY_S];
}

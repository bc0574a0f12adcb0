//! Karpenter: which nodes to launch for pending pods, and what to do to nodes that exist
//! ([`disruption`]).
//!
//! The real thing. Pods that the scheduler could not place are collected for 1 s of quiet, 10 s at
//! most. The batch is then packed, largest pods first, into nodes: first those that are already
//! on their way, then new *node claims*. A claim stays open to every instance type that can
//! still hold all its pods, and grows until the largest type is full; only then the cheapest
//! offering (type, zone, capacity type) that holds them is bought. A failed launch marks its
//! offering unavailable for 3 min.
//!
//! Rules: Karpenter core and AWS provider 1.14.1, read 2026-11-22. Differences from the
//! scheduler that matter: spread domains are all zones the pool offers, whether they have nodes or
//! not, so a dead zone stays a domain and Karpenter keeps trying to launch there.
//!
//! Pods that may run on several pools get a node of the first pool, in the order of weights, that
//! can hold them.
//!
//! Assumed: prices are integers (micro-dollars an hour) that the caller knows; of
//! equally cheap offerings the zone with fewest nodes wins, then the first in the list (EC2 Fleet
//! promises no order); a share of Spot stands for two pools with a spread between them.
//!
//! Left out, for a later issue: minValues, reserved
//! capacity.

pub mod disruption;
mod pack;

pub use disruption::{DISRUPTION_POLL, POD_EVENT_DEDUPE, VALIDATION_DELAY};
pub use pack::plan;

use super::pod_rules::PodRules;
use super::resources::{Resources, SmallSet};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::event::LaunchRefusal;
use crate::units::{Ratio, SimDuration, SimTime};

/// A batch closes after this long without a new pending pod (Karpenter options, 1.14.1).
pub const BATCH_IDLE: SimDuration = SimDuration::from_s(1);
/// A batch closes this long after its first pod at the latest (Karpenter options, 1.14.1).
pub const BATCH_MAX: SimDuration = SimDuration::from_s(10);
/// An offering whose launch failed for want of capacity is not tried again for this long; a Spot
/// interruption marks its offering too (AWS provider 1.14.1).
pub const UNAVAILABLE_FOR: SimDuration = SimDuration::from_s(180);
/// A node that pods were nominated to is not removed for this long: twice the longest batch.
pub const NOMINATION_WINDOW: SimDuration = SimDuration::from_s(20);

/// When a batch closes whose first pod came at `first` and whose latest at `latest`.
#[must_use]
pub fn batch_closes_at(first: SimTime, latest: SimTime) -> SimTime {
    (latest + BATCH_IDLE).min(first + BATCH_MAX)
}

/// Pending pods that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PendingPods {
    /// How many.
    pub count: u32,
    /// What each requests.
    pub requests: Resources,
    /// Index into [`Observed::workloads`].
    pub workload: usize,
}

/// A workload: who may carry it, its rules, and where its pods are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Workload {
    /// Pools that may carry it, the first to be asked first; indices into [`Observed::pools`].
    pub pools: Vec<usize>,
    /// What its pods ask of nodes and of each other.
    pub rules: PodRules,
    /// Its pods by zone index: placed ones and those nominated earlier, terminating ones left out.
    pub pods_per_zone: Vec<u32>,
    /// The same by capacity type: on-demand, Spot.
    pub pods_per_capacity_type: [u32; 2],
    /// The same by node, as in [`Observed::in_flight`]; may be shorter.
    pub pods_on: Vec<u32>,
}

/// A node with room: on its way, or there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// Its pool.
    pub pool: usize,
    /// Where it is, or will be.
    pub zone: ZoneIndex,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// Host ports taken on it.
    pub host_ports: SmallSet,
    /// What is left for pods besides those nominated to it.
    pub free: Resources,
    /// Pods it can still take.
    pub free_slots: u32,
    /// Pods nominated to it.
    pub n_pods: u32,
}

/// An instance type that a pool may launch.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceType {
    /// CPU of the machine, which the pool's limit counts.
    pub cpu_m: u64,
    /// What pods may use, after the system's and the daemon sets' share.
    pub allocatable: Resources,
    /// Pods it may hold.
    pub pod_slots: u32,
    /// Where and how it can be bought.
    pub offerings: Vec<Offering>,
}

/// One way to buy an instance type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offering {
    /// Where.
    pub zone: ZoneIndex,
    /// How.
    pub capacity_type: CapacityType,
    /// Price in micro-dollars an hour.
    pub price_micro_usd: u64,
    /// False while a failed launch is remembered (see [`UNAVAILABLE_FOR`]).
    pub available: bool,
}

/// Which capacity types a pool buys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CapacityChoice {
    /// On-demand only.
    OnDemand,
    /// Spot only.
    Spot,
    /// Both allowed: Spot while it is to be had, below the price of on-demand.
    SpotFirst,
    /// Both, Spot for this share of the nodes; the other type where the wanted one is not to
    /// be had.
    SpotShare(Ratio),
}

impl CapacityChoice {
    /// True for a capacity type that may be bought.
    #[must_use]
    pub fn allows(self, capacity_type: CapacityType) -> bool {
        match self {
            Self::OnDemand => capacity_type == CapacityType::OnDemand,
            Self::Spot => capacity_type == CapacityType::Spot,
            Self::SpotFirst | Self::SpotShare(_) => true,
        }
    }
}

/// A node pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Instance types it may launch.
    pub instance_types: Vec<InstanceType>,
    /// Capacity types it may launch.
    pub capacity: CapacityChoice,
    /// Most CPU of all its nodes together, in milli-cores; `None` means no limit.
    pub cpu_limit_m: Option<u64>,
    /// CPU of its nodes, in milli-cores, those on their way included.
    pub cpu_used_m: u64,
    /// Its nodes by zone index, those on their way included.
    pub nodes_per_zone: Vec<u32>,
    /// Its Spot nodes, those on their way included.
    pub n_spot_nodes: u32,
    /// Taints of its nodes that keep pods away, as numbers of the design.
    pub taints: SmallSet,
    /// Taints of its nodes that only put pods off.
    pub soft_taints: SmallSet,
}

impl Pool {
    /// A pool without limit, taints and nodes.
    #[must_use]
    pub fn new(instance_types: Vec<InstanceType>, capacity: CapacityChoice) -> Self {
        Self {
            instance_types,
            capacity,
            cpu_limit_m: None,
            cpu_used_m: 0,
            nodes_per_zone: Vec::new(),
            n_spot_nodes: 0,
            taints: SmallSet::default(),
            soft_taints: SmallSet::default(),
        }
    }
}

/// What one round sees.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The batch.
    pub pending: &'a [PendingPods],
    /// The workloads that pods and rules refer to.
    pub workloads: &'a [Workload],
    /// Nodes with room, those to be filled first in front.
    pub in_flight: &'a [InFlight],
    /// The pools.
    pub pools: &'a [&'a Pool],
}

/// What one round decides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Nodes to launch.
    pub launches: Vec<Launch>,
    /// Pods that wait for nodes already on their way.
    pub nominations: Vec<Nomination>,
    /// Pods that no node can be launched for.
    pub unplaced: Vec<Unplaced>,
}

/// A node to launch.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The pool it is launched for.
    pub pool: usize,
    /// Index into the pool's instance types.
    pub instance_type: usize,
    /// Where.
    pub zone: ZoneIndex,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// Why it is bought like this.
    pub because: CapacityReason,
    /// Its price in micro-dollars an hour, the lowest of all offerings that hold its pods.
    pub price_micro_usd: u64,
    /// What its pods request together.
    pub requests: Resources,
    /// Its pods: index into the batch and how many of that cohort.
    pub pods: Vec<(usize, u32)>,
}

/// Why a node is bought as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapacityReason {
    /// The pool allows nothing else.
    OnlyChoice,
    /// Spot comes first.
    SpotFirst,
    /// It brings the pool nearer to its share of Spot.
    Share,
    /// The wanted capacity type is nowhere to be had for these pods.
    OtherUnavailable,
    /// Spot is to be had, but not below the price of on-demand.
    SpotDearer,
}

/// Pods that wait for a node on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nomination {
    /// Index into [`Observed::in_flight`].
    pub in_flight: usize,
    /// Index into the batch.
    pub cohort: usize,
    /// How many of the cohort.
    pub count: u32,
}

/// Pods that no node can be launched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unplaced {
    /// Index into the batch.
    pub cohort: usize,
    /// How many of the cohort.
    pub count: u32,
    /// Why.
    pub because: UnplacedReason,
}

/// Why no node can be launched for a pod, from what rules a pool out at once to what nearly fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnplacedReason {
    /// Every pool has a taint that it does not tolerate.
    Taints,
    /// No pool is where its node affinity wants it.
    NodeAffinity,
    /// It is larger than every instance type.
    TooLarge,
    /// The pool has reached its CPU limit.
    LimitReached,
    /// Every offering that would hold it is marked unavailable.
    NoCapacity,
    /// The pods that it has to be with are nowhere.
    Affinity,
    /// Pods that it avoids may be wherever a node could be launched.
    AntiAffinity,
    /// There is capacity, but only where the spread forbids it.
    Spread {
        /// The zone that holds the spread back; none for a spread over something else.
        emptiest_zone: Option<ZoneIndex>,
    },
}

impl UnplacedReason {
    /// The same as events state it.
    #[must_use]
    pub const fn as_told(self) -> LaunchRefusal {
        match self {
            Self::TooLarge => LaunchRefusal::TooLarge,
            Self::LimitReached => LaunchRefusal::LimitReached,
            Self::NoCapacity => LaunchRefusal::NoCapacity,
            Self::Spread { emptiest_zone } => LaunchRefusal::TopologySpread { emptiest_zone },
            Self::Affinity => LaunchRefusal::Affinity,
            Self::AntiAffinity => LaunchRefusal::AntiAffinity,
            Self::NodeAffinity => LaunchRefusal::NodeAffinity,
            Self::Taints => LaunchRefusal::Taints,
        }
    }
}

#[cfg(test)]
mod tests;

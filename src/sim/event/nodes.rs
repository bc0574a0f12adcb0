//! Why nodes come and go, or do not.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::model::{CapacityType, ZoneIndex};
use crate::units::SimDuration;

/// Why nodes are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRemoval {
    /// Empty, and not wanted for `consolidate_after`.
    Empty,
    /// Reclaimed by the Spot market.
    Reclaimed,
    /// The Node object of a dead machine is deleted.
    Lost,
    /// Unneeded for long enough, in the eyes of Cluster Autoscaler.
    Unneeded,
}

/// Why a node group does not grow for pending pods.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No pending pod would fit on a new node of it, or none may run there.
    NothingFits,
    /// It has as many nodes as it may have.
    MaxNodes,
    /// Too many of its nodes are missing.
    Unhealthy,
    /// Its latest new nodes failed.
    BackedOff,
}

/// Why new nodes of a group did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupFailure {
    /// No zone of the group has capacity.
    NoCapacity,
    /// They did not join the cluster in time.
    NotJoined,
}

/// What refuses a node to a pod, in the order in which kube-scheduler asks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum NodeFilter {
    /// The node is cordoned.
    Unschedulable,
    /// The node is not ready, or unreachable.
    NotReady,
    /// A taint that the pod does not tolerate.
    Taint,
    /// The node belongs to another pool than the pod's.
    Selector,
    /// A required node affinity.
    NodeAffinity,
    /// The pod's host port is taken.
    HostPorts,
    /// No free pod slot.
    PodSlots,
    /// Too little free CPU.
    Cpu,
    /// Too little free memory.
    Memory,
    /// A topology spread constraint.
    Spread,
    /// The pods that it wants to be with are not there.
    Affinity,
    /// Pods that it avoids are there.
    AntiAffinity,
    /// Pods are there that avoid it.
    ExistingAntiAffinity,
}

/// How many nodes each filter refused. A node that lacks several resources counts for each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Refusals {
    /// Node objects in all.
    pub nodes: u32,
    /// Nodes refused, in the order of filters; without those that refused none.
    pub by: Vec<(NodeFilter, u32)>,
}

impl Refusals {
    /// Counts one more node.
    pub fn add(&mut self, filter: NodeFilter) {
        match self.by.binary_search_by_key(&filter, |it| it.0) {
            Ok(at) => self.by[at].1 += 1,
            Err(at) => self.by.insert(at, (filter, 1)),
        }
    }

    /// Nodes that a filter refused.
    #[must_use]
    pub fn count(&self, filter: NodeFilter) -> u32 {
        let found = self.by.iter().find(|it| it.0 == filter);
        found.map_or(0, |it| it.1)
    }
}

/// Why a pod cannot be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingReason {
    /// No node has enough free CPU.
    InsufficientCpu,
    /// No node has enough free memory.
    InsufficientMemory,
    /// No node has a free pod slot.
    TooManyPods,
    /// A spread forbids every domain that has room.
    TopologySpread,
    /// Pods that it wants to be with are nowhere that has room.
    Affinity,
    /// Where there is room, there are pods that it avoids or that avoid it.
    AntiAffinity,
    /// Its host port is taken wherever it may run.
    HostPorts,
    /// No ready node satisfies its node affinity.
    NodeAffinity,
    /// Every ready node has a taint that it does not tolerate.
    Taints,
    /// There is no ready node.
    NoNodes,
}

/// Why a provisioner launches nothing for pods that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum LaunchRefusal {
    /// The pod is larger than every instance type.
    TooLarge,
    /// The pool has reached its CPU limit.
    LimitReached,
    /// Every offering that would hold the pod failed a moment ago.
    NoCapacity,
    /// There is capacity, but only where the spread forbids it.
    TopologySpread {
        /// The zone with the fewest pods, which holds the spread back; none for a spread over
        /// something else.
        emptiest_zone: Option<ZoneIndex>,
    },
    /// The pods that the pod has to be with are nowhere.
    Affinity,
    /// Pods that it avoids may be wherever a node could be launched.
    AntiAffinity,
    /// No pool is where its node affinity wants it.
    NodeAffinity,
    /// Every pool has a taint that it does not tolerate.
    Taints,
}

/// Who empties nodes, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrainReason {
    /// Operators, for planned work: `kubectl drain`.
    Maintenance,
    /// Karpenter, because the Spot market wants the instance back.
    SpotInterruption,
    /// Karpenter, because the instance has been terminated.
    InstanceTerminated,
    /// Karpenter, because it disrupts the node.
    Karpenter,
    /// Cluster Autoscaler, because the node is not needed.
    ClusterAutoscaler,
}

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrainOutcome {
    /// The nodes have no pods any more.
    Emptied,
    /// It took too long: the rest of the pods were deleted against their budgets.
    PodsDeleted,
    /// It took too long, or was called off: the nodes take pods again.
    GivenUp,
}

/// Why an endpoint of a database or cache is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageCause {
    /// Its zone has no power.
    ZoneDown,
    /// A fault names it.
    Fault,
}

/// Capacity pools that were found empty; they are left out for `retry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct EmptyPools {
    /// The instance type that was to be launched.
    pub instance_type: String,
    /// How many other types of the request have none left there either.
    pub others: u32,
    /// How they were to be bought.
    pub capacity_type: CapacityType,
    /// How long the offers count as unavailable.
    pub retry: SimDuration,
}

/// A zonal shift begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftStep {
    /// Operators shift traffic away.
    Away,
    /// AWS does so by itself.
    AwayByAws,
    /// It is shifted back.
    Back,
}

//! Why nodes come and go, or do not.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::model::ZoneIndex;

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
    /// The zone spread forbids every zone that has room.
    TopologySpread,
    /// There is no ready node.
    NoNodes,
}

/// Why nodes are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRemoval {
    /// Empty for longer than `consolidate_after`.
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

/// How many nodes were filtered out for a pod, and why: each node counts once, under the first
/// reason that holds. What kube-scheduler writes as `0/9 nodes are available`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, BorshSerialize, BorshDeserialize,
)]
pub struct FilteredNodes {
    /// Node objects in all.
    pub nodes: u32,
    /// Not ready, or closed to new pods.
    pub unavailable: u32,
    /// Too little free CPU.
    pub insufficient_cpu: u32,
    /// Too little free memory.
    pub insufficient_memory: u32,
    /// No free pod slot.
    pub too_many_pods: u32,
    /// Room enough, in a zone that the spread forbids.
    pub topology_spread: u32,
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
    /// There is capacity, but only in zones that the spread forbids.
    TopologySpread {
        /// The zone with the fewest pods, which holds the spread back.
        emptiest_zone: ZoneIndex,
    },
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

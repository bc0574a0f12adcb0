//! Why nodes come and go, or do not.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

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

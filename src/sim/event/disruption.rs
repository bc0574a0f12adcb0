//! Numbers and reasons of what Karpenter does to nodes that exist.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// How Karpenter came to disrupt nodes of its own accord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisruptionMethod {
    /// They have no pods.
    Emptiness,
    /// They are not what their pool would launch.
    Drift,
    /// Their pods fit elsewhere, or on one cheaper node.
    MultiNodeConsolidation,
    /// The same, for a single node.
    SingleNodeConsolidation,
}

/// Why Karpenter terminates nodes whatever the budgets say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForcefulReason {
    /// They have reached `expire_after`; their pods are drained.
    Expired,
    /// EC2's status checks call them impaired; they go at once.
    Impaired,
    /// They have not been Ready for too long; they go at once.
    Unhealthy,
}

/// What a budget was counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct BudgetReason {
    /// The strictest budget that holds, as files write it; empty when none does.
    pub budget: String,
    /// Nodes of the pool.
    pub total: u32,
    /// Those of them that are deleting or not ready.
    pub disrupted: u32,
}

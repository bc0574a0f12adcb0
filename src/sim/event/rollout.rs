//! Steps of a rollout.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::units::SimDuration;

/// Who takes a release back, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackReason {
    /// Operators, after a time that the tape says.
    Operators,
    /// Whoever started it, since its progress deadline has passed.
    Deadline,
}

/// A step of a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum RolloutStep {
    /// The first pods of a release are wanted.
    Started {
        /// The strategy, as files write it.
        strategy: String,
        /// Replicas of the deployment.
        replicas: u32,
    },
    /// Requests are steered another way.
    Shifted {
        /// Share of them that goes to the new release, 0 to 1.
        share: f64,
    },
    /// There was no progress for as long as the deadline: `ProgressDeadlineExceeded`.
    Failed {
        /// Pods of the current release.
        updated: u32,
        /// Pods of all releases that are available.
        available: u32,
        /// Replicas of the deployment.
        replicas: u32,
        /// The deadline.
        deadline: SimDuration,
    },
    /// The release before is wanted again.
    TakenBack {
        /// By whom.
        because: RollbackReason,
    },
    /// All pods are of the current release, and available.
    Completed {
        /// Since the begin.
        lasted: SimDuration,
        /// It was taken back on the way.
        taken_back: bool,
    },
}

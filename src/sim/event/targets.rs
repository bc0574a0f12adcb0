//! What becomes of a load balancer's targets.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::units::SimDuration;

/// Pods that are told to end take no requests any more, but the balancer still sends them some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct TargetsStopped {
    /// Pods concerned.
    pub targets: u32,
    /// How long before the balancer stopped sending to the last of them.
    pub early: SimDuration,
}

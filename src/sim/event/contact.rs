//! What can no longer be reached though it runs, and what is heard of again.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::model::Resolver;
use crate::units::SimDuration;

/// Something about who can reach whom.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "contact", rename_all = "snake_case")]
pub enum ContactEvent {
    /// Nothing crosses the border of a zone any more.
    ZoneCutOff {
        /// Nodes that were running there, and run on.
        nodes: u32,
        /// Pods that were ready there.
        pods: u32,
    },
    /// The border of a zone can be crossed again.
    ZoneReconnected,
    /// The API of the cluster cannot be reached.
    ApiLost,
    /// It can be reached again.
    ApiBack {
        /// How long it was away.
        away: SimDuration,
    },
    /// A resolver does not answer.
    NamesLost {
        /// Which.
        resolver: Resolver,
        /// How long its last client goes on with what it knows.
        ttl: SimDuration,
    },
    /// It answers again.
    NamesBack {
        /// Which.
        resolver: Resolver,
    },
    /// A database's name stands for another instance now.
    AddressMoved {
        /// How long its last client goes on with the old address.
        ttl: SimDuration,
    },
    /// The last node of a zone that was cut off is Ready again, without a reboot.
    NodesHeard {
        /// Nodes that were not Ready meanwhile.
        nodes: u32,
    },
}

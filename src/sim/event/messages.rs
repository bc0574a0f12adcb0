//! What becomes of messages in a queue.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::units::SimDuration;

/// Something about a queue and its consumers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "messages", rename_all = "snake_case")]
pub enum MessagesEvent {
    /// The oldest message has waited for ten seconds: consumers do not keep up.
    Behind {
        /// Messages that arrive per second.
        arrival_rate: f64,
        /// Messages per second that consumers can handle.
        capacity: f64,
    },
    /// The last message that waited is handled.
    Drained {
        /// The largest backlog meanwhile, in messages.
        largest_backlog: f64,
        /// The oldest age meanwhile.
        oldest_age: SimDuration,
        /// From [`Self::Behind`] until now.
        took: SimDuration,
    },
    /// Consumers died over messages, which others receive after the visibility timeout.
    Abandoned {
        /// Messages.
        count: f64,
        /// When they can be received again.
        after: SimDuration,
    },
    /// Messages were received too often and go to the dead-letter queue: told of once until the
    /// queue is empty.
    DeadLettered {
        /// How often each was received.
        receives: u32,
    },
}

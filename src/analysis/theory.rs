//! Closed forms: what queueing, reliability and alerting theory say without simulating.
//!
//! They are the yardstick. `tradewind verify` holds them to figures evaluated elsewhere at 40
//! digits, and the data planes are then held to the same systems, so that a disagreement shows
//! which of the two is wrong. People also use them directly: an error budget, a k-out-of-n.
//!
//! - Queues: [`single_server`], [`multi_server`], [`erlang`], [`finite_queue`], [`impatience`],
//!   [`general_service`], [`priority`], [`breakdowns`], [`network`], [`closed_network`],
//!   [`balancing`], [`backlog`].
//! - Requests made of calls: [`calls`].
//! - Availability: [`redundancy`], [`zones`], [`quorum`], [`renewal`], [`repair`], [`sharding`].
//! - Objectives and alerts: [`error_budget`], [`alert`].
//!
//! Assumed throughout: Poisson arrivals, independence, and a system at rest, unless a function says
//! otherwise. Rates and times share one unit, which the caller chooses; shares run from 0 to 1.
//!
//! Numbers. Sums of positive terms and recurrences instead of factorials, small probabilities
//! computed as such instead of as 1 minus a large one, and transcendental functions from `libm`, so
//! that results are exact to about 1e-12 of themselves and equal on every host. What has no answer
//! (an overloaded queue, a share of 2) is a [`TheoryError`].

pub mod alert;
pub mod backlog;
pub mod balancing;
pub mod breakdowns;
pub mod calls;
pub mod closed_network;
mod distribution;
pub mod erlang;
pub mod error_budget;
pub mod finite_queue;
pub mod general_service;
pub mod impatience;
mod linear;
pub mod multi_server;
pub mod network;
pub mod priority;
mod quantile;
pub mod quorum;
mod range;
pub mod redundancy;
pub mod renewal;
pub mod repair;
pub mod sharding;
pub mod single_server;
mod stages;
pub mod zones;

use thiserror::Error;

/// Why a closed form has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum TheoryError {
    /// More work arrives than can be done, so nothing comes to rest.
    #[error("no steady state: the utilization would be {utilization}, and has to stay below 1")]
    Unstable {
        /// Offered work over capacity.
        utilization: f64,
    },
    /// An argument for which the formula means nothing.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange {
        /// The argument.
        what: &'static str,
        /// The values it may have.
        expected: &'static str,
        /// The value it has.
        got: f64,
    },
    /// Linear equations without a single solution, such as a routing that nobody leaves.
    #[error("the equations have no single solution")]
    Singular,
    /// Lists that should be equally long.
    #[error("{what} has {got} entries, expected {expected}")]
    Length {
        /// The list.
        what: &'static str,
        /// As many as the others have.
        expected: usize,
        /// As many as it has.
        got: usize,
    },
    /// A chain with too many states to be summed.
    #[error("more than {limit} states would have to be summed")]
    TooLarge {
        /// The most that are.
        limit: usize,
    },
}

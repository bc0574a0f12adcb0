//! How a caller protects itself and those it calls: retries within a budget, breakers, hedges.
//!
//! All of these are counted per kind of call and zone of the caller, as if the callers there shared
//! one client: what many clients with alike traffic do on average.

use serde::Serialize;

use super::json::from_json;
use crate::units::{Ratio, SimDuration};

/// A circuit breaker: after too many failures calls fail at once, for a while.
///
/// Closed, it counts outcomes over a window. When the share of failures reaches the threshold it
/// opens; after `open_for` one call is let through, and its outcome closes or reopens it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct CircuitBreaker {
    /// Share of failed attempts at which it opens.
    pub failure_threshold: Ratio,
    /// Outcomes are counted over this time.
    pub window: SimDuration,
    /// Fewer attempts in a window say nothing; 1 to 100000.
    #[cfg_attr(test, schemars(range(min = 1, max = 100_000)))]
    pub minimum_calls: u32,
    /// How long it stays open before a trial call.
    pub open_for: SimDuration,
}

impl Default for CircuitBreaker {
    /// Resilience4j's defaults of 50 % failures and 60 s open (its documentation, read 2026-11-22);
    /// its window counts 100 calls, here 10 s of at least 20.
    fn default() -> Self {
        Self {
            failure_threshold: Ratio::new_const(0.5),
            window: SimDuration::from_s(10),
            minimum_calls: 20,
            open_for: SimDuration::from_s(60),
        }
    }
}

from_json!(CircuitBreaker or default { failure_threshold, window, minimum_calls, open_for });

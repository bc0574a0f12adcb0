//! Connections between components: who routes to, calls, or runs on whom.

use serde::Serialize;

use super::defaults;
use super::json::{self, from_json};
use super::resilience::CircuitBreaker;
use crate::units::{ByteSize, Ratio, SimDuration};

/// The meaning of an edge in a design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    /// Users or a load balancer hand whole requests on.
    RoutesTo,
    /// A workload calls another component while it serves a request.
    Calls,
    /// A workload receives messages from a queue.
    Consumes,
    /// A workload's pods run on a node pool or node group.
    RunsOn,
    /// Traffic to the outside leaves by a NAT gateway.
    EgressBy,
}

/// How one component calls another while it serves a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Call {
    /// Mean number of calls per request, 0 to 100.
    #[cfg_attr(test, schemars(range(min = 0.0, max = 100.0)))]
    pub per_request: f64,
    /// The caller gives up on one attempt after this time.
    pub timeout: SimDuration,
    /// Attempts in all, 1 to 10; 1 means no retry.
    #[cfg_attr(test, schemars(range(min = 1, max = 10)))]
    pub attempts: u32,
    /// Mean wait before a retry.
    pub backoff: SimDuration,
    /// Bytes sent by one call.
    pub request_size: ByteSize,
    /// Bytes received by one call.
    pub response_size: ByteSize,
    /// When true, all calls of this kind of a request are made at the same time, and the request
    /// waits for the last; otherwise they follow each other.
    #[serde(skip_serializing_if = "json::is_default")]
    pub parallel: bool,
    /// Retries are made only up to this share of first attempts; absent means no such limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_budget: Option<Ratio>,
    /// Calls fail at once while too many of them fail; absent means never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuit_breaker: Option<CircuitBreaker>,
    /// A second attempt is sent when the first has not been answered after this time, and the first
    /// answer counts; absent means no hedging.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hedge_after: Option<SimDuration>,
    /// Attempts in progress per calling pod at most, as a connection pool allows; further ones wait
    /// for a connection. Absent means no limit. 1 to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 10_000)))]
    pub pool_size: Option<u32>,
    /// How urgent it is where the callee serves by priority: the highest first, 0 to 7.
    #[serde(skip_serializing_if = "json::is_default")]
    #[cfg_attr(test, schemars(range(min = 0, max = 7)))]
    pub priority: u32,
    /// When true, the request succeeds without this call's answer.
    pub optional: bool,
    /// Id of a cache: the call is made only for what that cache does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unless_cached_by: Option<String>,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            per_request: 1.0,
            timeout: defaults::CALL_TIMEOUT,
            attempts: 1,
            backoff: defaults::CALL_BACKOFF,
            request_size: defaults::CALL_REQUEST_SIZE,
            response_size: defaults::CALL_RESPONSE_SIZE,
            parallel: false,
            retry_budget: None,
            circuit_breaker: None,
            hedge_after: None,
            pool_size: None,
            priority: 0,
            optional: false,
            unless_cached_by: None,
        }
    }
}

from_json!(Call or default {
    per_request, timeout, attempts, backoff, request_size, response_size, parallel, retry_budget,
    circuit_breaker, hedge_after, pool_size, priority, optional, unless_cached_by,
});

/// An edge of the design's graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// What the edge means.
    pub kind: ConnectionKind,
    /// How the target is called; present for [`ConnectionKind::Calls`] and
    /// [`ConnectionKind::RoutesTo`] from users.
    pub call: Option<Call>,
}

//! How a station treats those that wait: order, servers, and work that nobody waits for any more.

use serde::Serialize;

use super::json::from_json;

/// The order in which waiting requests are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Discipline {
    /// First come, first served.
    #[default]
    Fifo,
    /// The newest first: under overload some are served in time instead of nobody.
    Lifo,
    /// Nobody waits: all share the servers evenly, each at most one server's speed.
    ProcessorSharing,
    /// The highest [`Call::priority`](super::Call::priority) first, first come first served within
    /// one; a request in service is never interrupted.
    Priority,
}

from_json!(Discipline:
    "fifo" => Fifo,
    "lifo" => Lifo,
    "processor_sharing" => ProcessorSharing,
    "priority" => Priority,
);

/// What becomes of a request that waits at a station when its caller has given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum AbandonedWork {
    /// It leaves the queue: the server notices that the connection is closed.
    #[default]
    Dropped,
    /// It is served all the same, for nobody: the server does not look.
    Served,
}

from_json!(AbandonedWork: "dropped" => Dropped, "served" => Served);

/// What a server does while a request waits for its downstream calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Concurrency {
    /// It waits too: one thread or worker process per request.
    #[default]
    ThreadPerRequest,
    /// It serves somebody else: an event loop or coroutines.
    EventLoop,
}

from_json!(Concurrency: "thread_per_request" => ThreadPerRequest, "event_loop" => EventLoop);

/// How a load balancer chooses among its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum BalancingAlgorithm {
    /// In turn; what a target group does unless told otherwise.
    #[default]
    RoundRobin,
    /// The target with the fewest requests in progress.
    LeastOutstandingRequests,
    /// By chance, evenly.
    Random,
}

from_json!(BalancingAlgorithm:
    "round_robin" => RoundRobin,
    "least_outstanding_requests" => LeastOutstandingRequests,
    "random" => Random,
);

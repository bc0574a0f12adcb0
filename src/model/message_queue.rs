//! Message queues between producers and consumers.

use serde::Serialize;

use super::defaults;
use super::json::from_json;
use super::variation::ServiceTime;
use crate::units::SimDuration;

/// A regional message queue as of Amazon SQS (standard), or a log with partitions as of Apache
/// Kafka. Producers call it and are answered at once; deployments that name it in `consumes` work
/// its messages off. It stands in three zones and survives the loss of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Queue {
    /// From a producer's call until the message is stored and acknowledged, network included.
    pub service_time: ServiceTime,
    /// A received message is hidden from other consumers for this long, 1 s to 12 h: so late it is
    /// received again when its consumer dies or fails. With `partitions` the session of a consumer
    /// (Kafka's `session.timeout.ms`): its partitions rest for so long when it dies.
    pub visibility_timeout: SimDuration,
    /// Receives without success after which a message goes to the dead-letter queue, 1 to 1000;
    /// absent means that there is none, and a message comes back for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 1000)))]
    pub max_receive_count: Option<u32>,
    /// Partitions of a log, 1 to 10000: each is read by one server of one consumer, so that more
    /// servers than partitions stand idle. Absent means a queue, which any consumer may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 10_000)))]
    pub partitions: Option<u32>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            service_time: defaults::QUEUE_SERVICE_TIME,
            visibility_timeout: defaults::QUEUE_VISIBILITY_TIMEOUT,
            max_receive_count: None,
            partitions: None,
        }
    }
}

from_json!(Queue or default { service_time, visibility_timeout, max_receive_count, partitions });

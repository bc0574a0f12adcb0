//! Message queues: what became of messages over a run.

use crate::sim::run_log::QueueTrack;

/// Figures of a queue, from the start of the run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct QueueFigures {
    /// Messages stored for producers.
    pub stored: f64,
    /// Messages that consumers are done with.
    pub handled: f64,
    /// Receives that came to nothing.
    pub returned: f64,
    /// Messages that went to the dead-letter queue.
    pub dead_lettered: f64,
    /// Most messages that waited at the end of an interval.
    pub largest_backlog: f64,
    /// The oldest age of a message at the end of an interval, in seconds.
    pub oldest_age_s: f64,
    /// Messages that wait at the end.
    pub backlog_at_end: f64,
}

impl QueueFigures {
    /// The figures of a queue.
    #[must_use]
    pub fn of(queue: &QueueTrack) -> Self {
        let mut all = Self::default();
        for it in &queue.samples {
            all.stored += it.stored;
            all.handled += it.handled;
            all.returned += it.returned;
            all.dead_lettered += it.dead_lettered;
            all.largest_backlog = all.largest_backlog.max(it.backlog);
            all.oldest_age_s = all.oldest_age_s.max(it.oldest_age_s);
            all.backlog_at_end = it.backlog;
        }
        all
    }
}

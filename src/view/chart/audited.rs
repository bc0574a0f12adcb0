//! What an audit adds to the charts: a window of one run, played request by request.

use borsh::{BorshDeserialize, BorshSerialize};

use super::ChartKind;
use crate::sim::RunLog;
use crate::view::series::{self, Sample};

/// A window of one run, request by request, interval by interval.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Audited {
    /// Which of the runs it belongs to, from 0.
    pub side: u32,
    /// Where the window begins, in seconds since the run's start.
    pub from_s: f64,
    /// Where it ends, in seconds since the run's start.
    pub to_s: f64,
    /// Served over valid requests, 0 to 1.
    pub availability: Vec<Sample>,
    /// 99th percentile of successes in seconds.
    pub latency_p99: Vec<Sample>,
}

impl Audited {
    /// What the charts need of a run that was recorded in a window, request by request.
    #[must_use]
    pub fn of(side: u32, log: &RunLog) -> Self {
        Self {
            side,
            from_s: log.header.start.as_s_f64(),
            to_s: log.header.end().as_s_f64(),
            availability: series::availability(log),
            latency_p99: series::latency_p99(log),
        }
    }

    /// What the charts show around the window: half its length on either side, inside the run.
    pub(super) fn span(&self, duration_s: f64) -> (f64, f64) {
        let margin = 0.5 * (self.to_s - self.from_s);
        let from_s = (self.from_s - margin).max(0.0);
        (from_s, (self.to_s + margin).min(duration_s))
    }

    /// The values that a chart shows; nobody pays for a single request.
    pub(super) fn samples(&self, kind: ChartKind) -> &[Sample] {
        match kind {
            ChartKind::Availability => &self.availability,
            ChartKind::Latency => &self.latency_p99,
            ChartKind::Cost => &[],
        }
    }
}

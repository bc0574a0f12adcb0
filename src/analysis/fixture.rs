//! Hand-made run logs for the tests of this layer.

use crate::model::ZoneName;
use crate::sim::run_log::{ByCause, FailureCause, Interval, Meter, RunHeader, Usage};
use crate::sim::{Event, EventKind, Fidelity, LatencyHistogram, RunLog};
use crate::units::{SimDuration, SimTime};

/// Builds a run log of one-minute intervals (or longer ones) field by field.
pub(super) struct LogBuilder(RunLog);

impl LogBuilder {
    /// A silent run of `n` intervals of one minute, without warm-up.
    pub fn minutes(n: u64) -> Self {
        let header = RunHeader {
            design: "one".to_string(),
            seed: 1,
            replication: 0,
            fidelity: Fidelity::Fluid,
            start: SimTime::START,
            duration: SimDuration::from_min(n),
            warm_up: SimDuration::ZERO,
            interval: SimDuration::from_min(1),
            zones: vec![ZoneName("a".to_string())],
        };
        Self(RunLog {
            header,
            intervals: vec![Interval::default(); n as usize],
            stations: Vec::new(),
            samples: Vec::new(),
            replicas_desired: Vec::new(),
            deployments: Vec::new(),
            callees: Vec::new(),
            queues: Vec::new(),
            latency: LatencyHistogram::default(),
            usage: Usage {
                row_length: SimDuration::from_min(15),
                ..Usage::default()
            },
            events: Vec::new(),
        })
    }

    /// The warm-up.
    pub fn warm_up_min(mut self, minutes: u64) -> Self {
        self.0.header.warm_up = SimDuration::from_min(minutes);
        self
    }

    /// `requests` arrive in each interval and the given shares of them are served; the others
    /// time out. The last share stays.
    pub fn served(mut self, requests: f64, shares: &[f64]) -> Self {
        for (at, interval) in self.0.intervals.iter_mut().enumerate() {
            let share = shares[at.min(shares.len() - 1)];
            interval.offered = requests;
            interval.attempts = requests;
            interval.succeeded = requests * share;
            interval.failed = ByCause::default();
            interval.failed[FailureCause::TimedOut.index()] = requests * (1.0 - share);
        }
        self
    }

    /// An outage from one second to another; an endless one when `end_s` is none.
    pub fn fault(self, start_s: u64, end_s: Option<u64>) -> Self {
        self.fault_of("zone_power_loss", start_s, end_s)
    }

    /// The same for any kind.
    pub fn fault_of(mut self, kind: &str, start_s: u64, end_s: Option<u64>) -> Self {
        let end = end_s.map(SimTime::from_s);
        let at = SimTime::from_s(start_s);
        let fault = kind.to_string();
        self.event(
            at,
            EventKind::FaultStarted {
                fault: fault.clone(),
                duration: end.map_or(SimDuration::ZERO, |end| end.since(at)),
            },
        );
        if let Some(end) = end {
            self.event(end, EventKind::FaultEnded { fault });
        }
        self
    }

    fn event(&mut self, at: SimTime, kind: EventKind) {
        self.0.events.push(Event {
            at,
            entity: "outage".to_string(),
            zone: None,
            cause: None,
            kind,
        });
    }

    /// Usage rows of a quarter of an hour: meters (in order) and, per row, their quantities.
    pub fn usage(mut self, meters: &[Meter], row: impl Fn(usize) -> Vec<f64>) -> Self {
        let rows = self.0.header.duration.whole_s().div_ceil(900) as usize;
        self.0.usage.meters = meters.to_vec();
        self.0.usage.quantities = (0..rows).flat_map(row).collect();
        self
    }

    /// Response times of successes: seconds and weight.
    pub fn latency(mut self, times: &[(f64, f64)]) -> Self {
        for (seconds, weight) in times {
            self.0.latency.record(*seconds, *weight);
        }
        self
    }

    /// The log.
    pub fn build(self) -> RunLog {
        self.0
    }
}

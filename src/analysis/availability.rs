//! Availability: served over valid requests.
//!
//! A valid request is one that was answered or failed; one still inside the system at an interval's
//! end counts in the interval in which it ends. Retries are attempts of one request and do not
//! count again. Only intervals that begin after the warm-up count.

use serde::Serialize;

use crate::sim::RunLog;
use crate::sim::run_log::{ByCause, FailureCause, Interval};
use crate::units::{SimDuration, SimTime};

/// Requests of a run after its warm-up.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Availability {
    /// Requests answered in time.
    pub served: f64,
    /// Requests that failed, in the order of [`FailureCause::ALL`].
    pub failed: ByCause<f64>,
    /// Simulated time they were counted over.
    pub observed: SimDuration,
}

impl Availability {
    /// Counts a run's requests.
    #[must_use]
    pub fn of(log: &RunLog) -> Self {
        let mut counts = Self::default();
        for index in counted(log) {
            let interval = &log.intervals[index];
            counts.served += interval.succeeded;
            for (mine, theirs) in counts.failed.iter_mut().zip(&interval.failed) {
                *mine += theirs;
            }
            counts.observed += log.interval_length(index);
        }
        counts
    }

    /// Requests lost, whatever the cause.
    #[must_use]
    pub fn lost(&self) -> f64 {
        self.failed.iter().sum()
    }

    /// Requests served or lost.
    #[must_use]
    pub fn valid(&self) -> f64 {
        self.served + self.lost()
    }

    /// Served over valid, 0 to 1; none when there was no request.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let valid = self.valid();
        (valid > 0.0).then(|| self.served / valid)
    }

    /// Each cause with the requests it lost, in the order of [`FailureCause::ALL`].
    pub fn by_cause(&self) -> impl Iterator<Item = (FailureCause, f64)> + '_ {
        FailureCause::ALL
            .into_iter()
            .map(|cause| (cause, self.failed[cause.index()]))
    }
}

/// Indexes of the intervals that begin after the warm-up.
pub fn counted(log: &RunLog) -> impl Iterator<Item = usize> + '_ {
    let from = SimTime::START + log.header.warm_up;
    (0..log.intervals.len()).filter(move |index| log.interval_start(*index) >= from)
}

/// Share of an interval's requests that were served. An interval in which requests arrived and
/// none ended serves nothing; one without requests says nothing.
#[must_use]
pub fn served_ratio(interval: &Interval) -> Option<f64> {
    let valid = interval.succeeded + interval.failed.iter().sum::<f64>();
    if valid > 0.0 {
        Some(interval.succeeded / valid)
    } else {
        (interval.offered > 0.0).then_some(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;

    #[test]
    fn requests_count_after_the_warm_up_and_by_cause() {
        let mut log = LogBuilder::minutes(4)
            .warm_up_min(1)
            .served(100.0, &[0.0, 1.0, 0.9, 0.5])
            .build();
        log.intervals[3].failed = [10.0, 0.0, 0.0, 0.0, 40.0, 0.0, 0.0, 0.0];
        let counts = Availability::of(&log);
        assert!((counts.served - 240.0).abs() < 1e-9);
        assert!((counts.lost() - 60.0).abs() < 1e-9);
        assert!((counts.ratio().expect("requests") - 0.8).abs() < 1e-12);
        assert_eq!(counts.observed, SimDuration::from_min(3));
        let causes: Vec<_> = counts.by_cause().filter(|(_, lost)| *lost > 0.0).collect();
        assert_eq!(
            causes,
            [
                (FailureCause::EntryUnreachable, 10.0),
                (FailureCause::TimedOut, 50.0)
            ]
        );
    }

    #[test]
    fn silence_says_nothing_and_stuck_requests_are_not_served() {
        let log = LogBuilder::minutes(2).served(0.0, &[1.0, 1.0]).build();
        assert_eq!(Availability::of(&log).ratio(), None);
        assert_eq!(served_ratio(&log.intervals[0]), None);
        let stuck = Interval {
            offered: 5.0,
            in_flight: 5.0,
            ..Interval::default()
        };
        assert_eq!(served_ratio(&stuck), Some(0.0));
    }
}

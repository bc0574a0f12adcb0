//! What callers see of what they call: response times of answers, and attempts without one.
//!
//! Percentiles cover answered calls only, each from the call to its answer with its retries, as
//! [`super::latency`] does for users. What failed is counted in attempts: a call that is tried
//! three times in vain has failed three times.

use borsh::{BorshDeserialize, BorshSerialize};

use super::availability::counted;
use crate::sim::RunLog;
use crate::sim::histogram::LatencyHistogram;
use crate::sim::response_times::QUANTILES;
use crate::sim::run_log::CalleeLatency;

/// What one kind of caller met over a run after its warm-up.
#[derive(Debug, Clone, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct Answered {
    /// Calls that were answered.
    pub answers: f64,
    /// Attempts that were not: failed, given up, or still under way at the end of the run.
    pub unanswered: f64,
    /// p50, p95 and p99 of the answers, in seconds; none without answers.
    pub quantiles_s: [Option<f64>; 3],
    /// The same per recorded interval, those of the warm-up included.
    pub intervals_s: Vec<[Option<f64>; 3]>,
}

impl Answered {
    fn new(latency: &LatencyHistogram, attempts: f64, intervals_s: Vec<[Option<f64>; 3]>) -> Self {
        let answers = latency.total();
        Self {
            answers,
            unanswered: (attempts - answers).max(0.0),
            quantiles_s: latency.quantiles_s(QUANTILES),
            intervals_s,
        }
    }

    /// Attempts without an answer over all that ended, 0 to 1; none when nothing was called.
    #[must_use]
    pub fn unanswered_ratio(&self) -> Option<f64> {
        let attempts = self.answers + self.unanswered;
        (attempts > 0.0).then(|| self.unanswered / attempts)
    }
}

/// What all callers of a design met in one run.
#[derive(Debug, Clone, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct Callers {
    /// The users, of the whole system.
    pub users: Answered,
    /// The services, of each component that can be called, by its id; empty unless the experiment
    /// followed callees.
    pub callees: Vec<(String, Answered)>,
}

impl Callers {
    /// Reads a run.
    #[must_use]
    pub fn of(log: &RunLog) -> Self {
        let counted = counted(log).map(|index| log.intervals[index].attempts);
        let intervals = log.intervals.iter();
        let intervals_s =
            intervals.map(|one| [one.latency_p50_s, one.latency_p95_s, one.latency_p99_s]);
        let callees = log.callees.iter().map(|callee| {
            let intervals_s = callee.intervals.clone();
            let answered = Answered::new(&callee.latency, callee.attempts, intervals_s);
            (callee.id.clone(), answered)
        });
        Self {
            users: Answered::new(&log.latency, counted.sum(), intervals_s.collect()),
            callees: callees.collect(),
        }
    }

    /// The components of a run that services called, answered or not, and what they met of them;
    /// `log` is the run that this was read from.
    pub fn called<'a>(
        &'a self,
        log: &'a RunLog,
    ) -> impl Iterator<Item = (&'a CalleeLatency, &'a Answered)> {
        let met = self.callees.iter().map(|(_, met)| met);
        let callees = log.callees.iter().zip(met);
        callees.filter(|(_, met)| met.unanswered_ratio().is_some())
    }

    /// What services met of a component.
    #[must_use]
    pub fn of_callee(&self, id: &str) -> Option<&Answered> {
        let mut callees = self.callees.iter();
        callees.find(|(one, _)| one == id).map(|(_, met)| met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;

    #[test]
    fn what_is_not_answered_is_what_was_tried_beside_the_answers() {
        let mut log = LogBuilder::minutes(1).build();
        let mut latency = LatencyHistogram::default();
        latency.record(0.010, 90.0);
        log.callees = vec![
            CalleeLatency {
                id: "db".to_string(),
                intervals: vec![[Some(0.010); 3]],
                latency,
                attempts: 120.0,
            },
            CalleeLatency {
                id: "idle".to_string(),
                ..CalleeLatency::default()
            },
        ];
        let callers = Callers::of(&log);
        let db = callers.of_callee("db").expect("it is called");
        assert_eq!((db.answers, db.unanswered), (90.0, 30.0));
        assert_eq!(db.unanswered_ratio(), Some(0.25));
        assert_eq!(
            db.quantiles_s,
            log.callees[0].latency.quantiles_s(QUANTILES)
        );
        let idle = callers.of_callee("idle").expect("it could be called");
        assert_eq!(
            (idle.unanswered_ratio(), idle.quantiles_s),
            (None, [None; 3])
        );
        assert_eq!(callers.of_callee("web"), None);
    }

    #[test]
    fn users_are_counted_after_the_warm_up() {
        let mut log = LogBuilder::minutes(3)
            .warm_up_min(1)
            .latency(&[(0.2, 100.0)])
            .build();
        for interval in &mut log.intervals {
            interval.attempts = 75.0;
        }
        let users = Callers::of(&log).users;
        assert_eq!(users.intervals_s.len(), 3);
        assert_eq!((users.answers, users.unanswered), (100.0, 50.0));
    }
}

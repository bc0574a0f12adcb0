//! The service level objective: time below it, and how much of its error budget is used.
//!
//! Two figures in minutes are kept apart. *SLO-breach minutes* are the length of all intervals
//! whose served share is below the objective: how long users had a reason to complain. *Downtime
//! minutes* weigh each interval by its failed share: how long a complete outage with the same
//! effect would last, which is what risk cost is computed from.
//!
//! The *error budget* counts requests over 30 days: 1 - SLO of what arrives in 30 days at the run's
//! mean rate may fail. What lies outside the run counts as free of failures.

use super::availability::{Availability, counted, served_ratio};
use super::theory::error_budget::ErrorBudget;
use crate::sim::RunLog;
use crate::units::{Ratio, SimDuration};

/// Window of the objective.
pub const WINDOW: SimDuration = SimDuration::from_h(30 * 24);

/// Minutes spent in intervals whose served share is below the objective.
#[must_use]
pub fn breach_min(log: &RunLog, slo: Ratio) -> f64 {
    minutes(log, |served| if served < slo.value() { 1.0 } else { 0.0 })
}

/// Minutes that a complete outage with the same effect would last.
#[must_use]
pub fn downtime_min(log: &RunLog) -> f64 {
    minutes(log, |served| 1.0 - served)
}

/// Interval lengths in minutes, each weighed by a function of its served share.
fn minutes(log: &RunLog, weight: impl Fn(f64) -> f64) -> f64 {
    counted(log)
        .filter_map(|index| {
            let served = served_ratio(&log.intervals[index])?;
            Some(weight(served) * log.interval_length(index).as_s_f64() / 60.0)
        })
        .sum()
}

/// Share of the window's error budget that the run used: 1 is all of it, and it may be more. A run
/// longer than the window uses what its mean window uses. None without requests, and when an
/// objective of 100 % leaves no budget to use up.
#[must_use]
pub fn error_budget_used(counts: &Availability, slo: Ratio) -> Option<f64> {
    let error_ratio = 1.0 - counts.ratio()?;
    let budget = ErrorBudget {
        slo: slo.value(),
        period_s: WINDOW.as_s_f64(),
    };
    let observed = counts.observed.min(WINDOW).as_s_f64();
    match budget.used(error_ratio, observed) {
        Err(_) if error_ratio <= 0.0 => Some(0.0),
        used => used.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;

    #[track_caller]
    fn close(got: f64, expected: f64) {
        assert!(
            (got - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            "{got}, expected {expected}"
        );
    }

    fn slo(ratio: f64) -> Ratio {
        Ratio::new(ratio)
    }

    #[test]
    fn minutes_below_and_minutes_lost_differ() {
        let log = LogBuilder::minutes(5)
            .served(60.0, &[1.0, 0.5, 0.0, 0.9995, 1.0])
            .build();
        close(breach_min(&log, slo(0.999)), 2.0);
        close(breach_min(&log, slo(0.9999)), 3.0);
        close(downtime_min(&log), 1.5005);
    }

    /// Known budgets: 90 s of full outage under 99.99 % use 34.7 % of 30 days; a single failure
    /// among 10 requests per hour under 99.9 % uses 13.9 %.
    #[test]
    fn budgets_match_known_cases() {
        let outage = Availability {
            served: 86_400.0 - 90.0,
            failed: [90.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            observed: SimDuration::from_h(24),
        };
        let used = error_budget_used(&outage, slo(0.9999)).expect("requests");
        close(used, 0.347_222_222_222_222_2);
        let quiet = Availability {
            served: 239.0,
            failed: [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            observed: SimDuration::from_h(24),
        };
        let used = error_budget_used(&quiet, slo(0.999)).expect("requests");
        close(used, 0.138_888_888_888_888_9);
    }

    #[test]
    fn a_long_run_uses_its_mean_window_and_perfection_has_no_budget() {
        let year = Availability {
            served: 998.0,
            failed: [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            observed: SimDuration::from_h(365 * 24),
        };
        close(error_budget_used(&year, slo(0.999)).expect("requests"), 2.0);
        assert_eq!(error_budget_used(&year, slo(1.0)), None);
        assert_eq!(error_budget_used(&Availability::default(), slo(0.9)), None);
    }
}

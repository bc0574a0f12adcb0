//! Recovery time: from the last fault's onset until service is back for good.
//!
//! "For good" means that the served share stays at or above the objective for five minutes. The
//! answer is known to within one recorded interval. A run that never left the objective recovered
//! in 0 s; one without a fault, or one that ends too early to tell, says why there is no figure.
//! Effects that come more than five minutes after the onset (evictions after 350 s, for example)
//! do not reopen a recovery that was complete by then; [`super::slo::breach_min`] counts them. What
//! operators do to help is no fault: the clock runs on from what went wrong.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::availability::served_ratio;
use crate::model::FaultKind;
use crate::sim::{EventKind, RunLog};
use crate::units::{Ratio, SimDuration, SimTime};

/// How long the served share has to stay at or above the objective.
pub const HOLD: SimDuration = SimDuration::from_min(5);

/// How a run came back from its last fault.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Recovery {
    /// Service was back after this time.
    Recovered {
        /// Seconds since the last fault's onset; 0 when the objective was never left.
        after_s: f64,
    },
    /// There was no fault to recover from.
    NoFault,
    /// Service was below the objective when the run ended.
    StillBelow,
    /// Service was back, but the run ended before it had held for five minutes.
    EndedTooEarly,
}

impl Recovery {
    /// Seconds to recovery; none with any other outcome.
    #[must_use]
    pub const fn seconds(self) -> Option<f64> {
        match self {
            Self::Recovered { after_s } => Some(after_s),
            Self::NoFault | Self::StillBelow | Self::EndedTooEarly => None,
        }
    }
}

/// Onset of the last fault; none when no fault began.
#[must_use]
pub fn last_onset(log: &RunLog) -> Option<SimTime> {
    log.events
        .iter()
        .filter(|event| match &event.kind {
            EventKind::FaultStarted { fault, .. } => !FaultKind::is_remedy(fault),
            _ => false,
        })
        .map(|event| event.at)
        .max()
}

/// When service was back after an onset, as a moment of the run.
///
/// # Errors
/// [`Recovery::StillBelow`] or [`Recovery::EndedTooEarly`].
pub fn moment_after(log: &RunLog, onset: SimTime, slo: Ratio) -> Result<SimTime, Recovery> {
    let mut since = onset;
    let mut last_below = false;
    for (index, interval) in log.intervals.iter().enumerate() {
        let start = log.interval_start(index);
        let end = start + log.interval_length(index);
        if end <= onset {
            continue;
        }
        if start >= since + HOLD {
            return Ok(since);
        }
        last_below = served_ratio(interval).is_some_and(|served| served < slo.value());
        if last_below {
            since = end;
        }
    }
    let run_end = log.header.end();
    if last_below {
        Err(Recovery::StillBelow)
    } else if run_end.since(since) >= HOLD {
        Ok(since)
    } else {
        Err(Recovery::EndedTooEarly)
    }
}

/// How a run came back from its last fault.
#[must_use]
pub fn recovery(log: &RunLog, slo: Ratio) -> Recovery {
    let Some(onset) = last_onset(log) else {
        return Recovery::NoFault;
    };
    match moment_after(log, onset, slo) {
        Ok(moment) => Recovery::Recovered {
            after_s: moment.since(onset).as_s_f64(),
        },
        Err(outcome) => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;

    /// A fault at `onset_s`; served shares per minute.
    #[track_caller]
    fn check(onset_s: u64, shares: &[f64], expected: Recovery) {
        let log = LogBuilder::minutes(shares.len() as u64)
            .served(60.0, shares)
            .fault(onset_s, None)
            .build();
        assert_eq!(recovery(&log, Ratio::new(0.999)), expected);
    }

    fn recovered(after_s: f64) -> Recovery {
        Recovery::Recovered { after_s }
    }

    #[test]
    fn recovery_begins_when_service_stays_for_five_minutes() {
        let good = [1.0; 6];
        check(
            60,
            &[&[1.0, 0.2, 0.9][..], &good].concat(),
            recovered(120.0),
        );
        // Four good minutes between two bad ones are no recovery.
        let relapse = [&[1.0, 0.2, 1.0, 1.0, 1.0, 1.0, 0.5][..], &good].concat();
        check(60, &relapse, recovered(360.0));
        // Five are.
        let late = [&[1.0, 0.2][..], &good[..5], &[0.5], &good].concat();
        check(60, &late, recovered(60.0));
        // The onset lies inside an interval.
        check(90, &[&[1.0, 0.2][..], &good].concat(), recovered(30.0));
        check(90, &[&[1.0, 1.0, 0.2][..], &good].concat(), recovered(90.0));
    }

    #[test]
    fn a_run_may_never_leave_or_never_return() {
        check(60, &[1.0; 7], recovered(0.0));
        check(60, &[1.0; 6], recovered(0.0));
        check(60, &[1.0; 5], Recovery::EndedTooEarly);
        check(60, &[1.0, 0.0, 0.0], Recovery::StillBelow);
        check(60, &[1.0, 0.0, 1.0, 1.0], Recovery::EndedTooEarly);
        let calm = LogBuilder::minutes(9).served(1.0, &[1.0]).build();
        assert_eq!(recovery(&calm, Ratio::new(0.999)), Recovery::NoFault);
    }

    #[test]
    fn what_helps_is_no_fault() {
        let log = LogBuilder::minutes(20)
            .served(60.0, &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0])
            .fault(60, Some(120))
            .fault_of("load_shed", 240, Some(300))
            .build();
        assert_eq!(recovery(&log, Ratio::new(0.999)), recovered(240.0));
    }

    #[test]
    fn the_last_fault_counts() {
        let log = LogBuilder::minutes(20)
            .served(60.0, &[1.0, 0.0, 0.0, 1.0])
            .fault(60, Some(120))
            .fault(600, None)
            .build();
        assert_eq!(recovery(&log, Ratio::new(0.999)), recovered(0.0));
    }
}

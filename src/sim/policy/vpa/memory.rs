//! Memory that ran out: what the recommender makes of it, and what becomes of limits.
//!
//! A container that is killed for its memory (`OOMKilled`) has shown that it needs more than it
//! had, not how much more. The recommender therefore takes a made-up sample: a fifth more than the
//! request, and 100 MiB more at least. Killed again with the same request it learns nothing new, so
//! that a crash loop does not drive the recommendation up; only with more memory, and killed
//! again, does the next step follow. So a limit that is far too small is climbed step by step.
//!
//! The admission controller keeps the ratio of limit to request that the deployment states
//! (`controlledValues: RequestsAndLimits`, the default), so that a larger request lifts the limit.
//!
//! Assumed: no reading of the metrics API falls into the short life of a container that is killed,
//! so that its request is all that is known of it.

use super::{History, MEMORY_INTERVAL};
use crate::units::{SimDuration, SimTime};

/// Added to the memory of a killed container at least (1.7.1: `oom-min-bump-up-bytes`).
const LEAST_BUMP: u64 = 100 << 20;
/// A killed container gets a part in so many more, if that is more than the least (1.7.1:
/// `oom-bump-up-ratio` 1.2).
const BUMP_PART: u64 = 5;
/// A container killed sooner after its start makes its pod due at once (1.7.1:
/// `evict-after-oom-threshold`).
const QUICK: SimDuration = SimDuration::from_min(10);

/// What a container needs that was killed with so many bytes: the larger of its request and of what
/// was last seen in use. Saturates.
#[must_use]
pub const fn oom_bump(used_or_request: u64) -> u64 {
    let by_ratio = used_or_request.saturating_add(used_or_request / BUMP_PART);
    let by_amount = used_or_request.saturating_add(LEAST_BUMP);
    if by_ratio > by_amount {
        by_ratio
    } else {
        by_amount
    }
}

/// True when a container that was killed after running for `ran` has its pod updated at once.
#[must_use]
pub fn is_quick_oom(ran: SimDuration) -> bool {
    ran < QUICK
}

/// The limit that goes with another request: both grow and shrink alike. Saturates; a request of
/// nothing leaves the limit as it is.
#[must_use]
pub fn scaled_limit(limit: u64, request: u64, new_request: u64) -> u64 {
    let scaled = u128::from(limit) * u128::from(new_request);
    match scaled.checked_div(u128::from(request)) {
        Some(scaled) => u64::try_from(scaled).unwrap_or(u64::MAX),
        None => limit,
    }
}

/// The largest sample of one container that was killed, and when its interval ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OomPeak {
    bytes: u64,
    until: SimTime,
}

impl History {
    /// Takes in that a container was killed which needs `bumped` bytes, and returns its peak, given
    /// the one before. Of each interval only the peak counts, as with the memory in use.
    pub fn add_oom(&mut self, peak: OomPeak, bumped: u64, at: SimTime) -> OomPeak {
        let goes_on = at < peak.until;
        if goes_on && bumped <= peak.bytes {
            return peak;
        }
        if goes_on {
            self.memory.remove(peak.bytes as f64, 1.0, peak.until);
        }
        let until = if goes_on {
            peak.until
        } else {
            at + MEMORY_INTERVAL
        };
        self.memory.add(bumped as f64, 1.0, until);
        OomPeak {
            bytes: bumped,
            until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Allowed, recommend};
    use super::*;
    use crate::sim::policy::resources::Resources;

    const MI: u64 = 1 << 20;

    #[test]
    fn a_fifth_more_and_a_hundred_mebibytes_at_least() {
        assert_eq!(oom_bump(0), 100 * MI);
        assert_eq!(oom_bump(256 * MI), 356 * MI);
        assert_eq!(oom_bump(500 * MI), 600 * MI, "where both are the same");
        assert_eq!(oom_bump(1000 * MI), 1200 * MI);
        assert_eq!(oom_bump(u64::MAX), u64::MAX);
    }

    #[test]
    fn only_an_early_end_makes_a_pod_due() {
        assert!(is_quick_oom(SimDuration::from_s(599)));
        assert!(!is_quick_oom(SimDuration::from_s(600)));
    }

    #[test]
    fn a_limit_keeps_its_ratio_to_the_request() {
        assert_eq!(scaled_limit(512, 256, 300), 600);
        assert_eq!(scaled_limit(256, 256, 300), 300);
        assert_eq!(scaled_limit(u64::MAX, 1, 2), u64::MAX);
        assert_eq!(scaled_limit(512, 0, 300), 512);
    }

    /// Memory recommended after samples, each of one container's peak.
    fn recommended(history: &History) -> u64 {
        let present = Resources {
            cpu_m: 500,
            memory_bytes: 256 * MI,
        };
        let allowed = Allowed {
            min: Resources::default(),
            max: Resources {
                cpu_m: u64::MAX,
                memory_bytes: u64::MAX,
            },
        };
        let got = recommend(history, allowed, present).expect("there is a sample");
        assert_eq!(got.target.cpu_m, 500, "nothing is known of the CPU");
        got.target.memory_bytes
    }

    #[test]
    fn a_crash_loop_counts_once_and_a_larger_request_replaces_it() {
        let mut history = History::default();
        let at = SimTime::from_s;
        let first = history.add_oom(OomPeak::default(), 356 * MI, at(10));
        let once = recommended(&history);
        assert_eq!(history.add_oom(first, 356 * MI, at(40)), first);
        assert_eq!(recommended(&history), once);
        let second = history.add_oom(first, 529 * MI, at(90));
        assert_ne!(second, first);
        // In a bucket of at most 5 %, with 15 % on top; the smaller sample is gone.
        let least = 529.0 * 1.15 * MI as f64;
        for share in [0.01, 0.9] {
            let got = history.memory.percentile(share) * 1.15;
            assert!((least..least * 1.06).contains(&got), "{got}");
        }
        // A day later the same container counts anew, beside what it was.
        let third = history.add_oom(second, 356 * MI, at(90_000));
        assert_ne!(third, second);
        assert!(history.memory.percentile(0.01) < history.memory.percentile(0.9));
    }
}

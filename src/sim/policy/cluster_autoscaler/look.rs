//! When the autoscaler looks.
//!
//! The real loop waits for its scan interval, or, since `frequent_loops_enabled` is the default
//! (1.35), for a pod that has just become unschedulable. It lets a look pass when all the pods are
//! younger than two seconds, since more are likely to come: so a single burst of pods is looked at
//! at once, in vain, and again a whole scan interval later.

use crate::units::{SimDuration, SimTime};

/// Pods younger than this are left for the next look (`unschedulablePodTimeBuffer`).
pub const YOUNG: SimDuration = SimDuration::from_s(2);

/// The first regular look at or after `wanted`, if the last one was at `last`.
#[must_use]
pub fn regular(last: SimTime, wanted: SimTime, scan_interval: SimDuration) -> SimTime {
    let interval_ns = scan_interval.as_ns().max(1);
    let waited_ns = wanted.since(last).as_ns();
    let n_intervals = waited_ns.div_ceil(interval_ns).max(1);
    last + SimDuration::from_ns(n_intervals.saturating_mul(interval_ns))
}

/// True when pods, the oldest of them created at `oldest`, are all too young to be helped.
#[must_use]
pub fn too_young(oldest: SimTime, now: SimTime) -> bool {
    oldest + YOUNG > now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_looks_keep_their_pace() {
        #[track_caller]
        fn check(last_s: u64, wanted_s: u64, expected_s: u64) {
            let ten = SimDuration::from_s(10);
            let got = regular(SimTime::from_s(last_s), SimTime::from_s(wanted_s), ten);
            assert_eq!(got, SimTime::from_s(expected_s));
        }
        check(3, 3, 13);
        check(3, 13, 13);
        check(3, 14, 23);
        check(3, 600, 603);
        check(3, 0, 13);
    }

    #[test]
    fn two_seconds_make_a_pod_old_enough() {
        let at = SimTime::from_s;
        assert!(too_young(at(10), at(11)));
        assert!(!too_young(at(10), at(12)));
    }
}

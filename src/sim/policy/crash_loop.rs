//! Crash loops: when the kubelet starts a container again.
//!
//! The real thing. A container that ends is started again in place, on the same node, in the same
//! pod: at once the first time, then after a back-off of 10 s that doubles with every crash up to 5
//! min (`CrashLoopBackOff`). The back-off is forgotten when the container has run for 10 min. So a
//! bad configuration that is mended after a while keeps pods away for up to 5 min more.
//!
//! Rules: kubernetes `pkg/kubelet/kubelet.go` (`MaxCrashLoopBackOff` 300 s, initial 10 s),
//! `kuberuntime_manager.go` (`doBackOff`: the first restart meets no back-off) and
//! `client-go/util/flowcontrol/backoff.go` (forgotten after twice the longest); texts of "Pod
//! Lifecycle", read 2026-11-23.
//!
//! Left out: the jitter, the shorter back-off of the gate `ReduceDefaultCrashLoopBackOffDecay`,
//! liveness probes.

use crate::units::SimDuration;

/// The first back-off.
const FIRST: SimDuration = SimDuration::from_s(10);
/// The longest back-off.
const LONGEST: SimDuration = SimDuration::from_s(300);
/// A container that ran for so long starts with a clean record.
const FORGOTTEN_AFTER: SimDuration = SimDuration::from_min(10);

/// Crashes that still count when a container has crashed after running for `ran`.
#[must_use]
pub fn remembered(n_crashes: u32, ran: SimDuration) -> u32 {
    if ran >= FORGOTTEN_AFTER { 0 } else { n_crashes }
}

/// How long the kubelet waits after a crash, given the crashes before it that still count.
#[must_use]
pub fn back_off(n_remembered: u32) -> SimDuration {
    let Some(doublings) = n_remembered.checked_sub(1) else {
        return SimDuration::ZERO;
    };
    let wait_ns = FIRST.as_ns() << doublings.min(20);
    SimDuration::from_ns(wait_ns).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_up_to_five_minutes_and_is_forgotten() {
        let waits: Vec<u64> = (0..9).map(|n| back_off(n).whole_s()).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(back_off(u32::MAX).whole_s(), 300);
        assert_eq!(remembered(4, SimDuration::from_s(599)), 4);
        assert_eq!(remembered(4, SimDuration::from_s(600)), 0);
    }
}

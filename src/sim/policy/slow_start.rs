//! Slow start: a new target comes to its share of the requests step by step.
//!
//! The real thing. With slow start on, a target that has passed its first check gets a share that
//! grows in a straight line until the duration is over; the others carry the rest. Targets that
//! come while none is healthy take their whole share at once, and so does every target under
//! another algorithm than round robin.
//!
//! Rules: Application Load Balancer user guide, "Slow start mode" (30 s to 900 s, off by default).
//! Read 2026-11-23.
//!
//! Assumed: the line begins at nothing; it is shown to requests in twenty steps, each with the
//! share of its middle.
//!
//! Left out: pods that are slow themselves at first, which is what it is meant for.

use crate::units::SimDuration;

/// Steps in which the line is shown.
const STEPS: u64 = 20;

/// Time between two steps.
#[must_use]
pub fn step(length: SimDuration) -> SimDuration {
    SimDuration::from_ns((length.as_ns() / STEPS).max(1))
}

/// Part of an even share that a target gets during the step in which it is so old, 0 to 1.
#[must_use]
pub fn part(age: SimDuration, length: SimDuration) -> f64 {
    if age >= length {
        return 1.0;
    }
    let steps = age.as_ns() / step(length).as_ns();
    ((steps as f64 + 0.5) / STEPS as f64).min(1.0)
}

/// Whether a target that has passed its first check starts slowly.
#[must_use]
pub const fn applies(length: SimDuration, n_healthy_others: u32) -> bool {
    !length.is_zero() && n_healthy_others > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_in_a_straight_line() {
        let s = SimDuration::from_s;
        assert_eq!(step(s(60)), s(3));
        let parts = [0, 2, 3, 30, 59, 60, 90].map(|age| part(s(age), s(60)));
        let expected = [0.025, 0.025, 0.075, 0.525, 0.975, 1.0, 1.0];
        for (part, expected) in parts.iter().zip(expected) {
            assert!((part - expected).abs() < 1e-12, "{parts:?}");
        }
        assert!(applies(s(60), 1) && !applies(s(60), 0) && !applies(s(0), 5));
    }
}

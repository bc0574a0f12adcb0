//! What arguments may be, said the same way everywhere.

use super::TheoryError;

fn check(
    what: &'static str,
    got: f64,
    expected: &'static str,
    holds: bool,
) -> Result<f64, TheoryError> {
    let outside = TheoryError::OutOfRange {
        what,
        expected,
        got,
    };
    if holds { Ok(got) } else { Err(outside) }
}

/// Finite and above zero.
pub fn positive(what: &'static str, got: f64) -> Result<f64, TheoryError> {
    let holds = got.is_finite() && got > 0.0;
    check(what, got, "a number above 0", holds)
}

/// Finite and not negative.
pub fn non_negative(what: &'static str, got: f64) -> Result<f64, TheoryError> {
    let holds = got.is_finite() && got >= 0.0;
    check(what, got, "0 or a number above it", holds)
}

/// From 0 to 1, both included.
pub fn share(what: &'static str, got: f64) -> Result<f64, TheoryError> {
    check(what, got, "0 to 1", (0.0..=1.0).contains(&got))
}

/// From 0 to below 1.
pub fn below_one(what: &'static str, got: f64) -> Result<f64, TheoryError> {
    check(what, got, "0 to below 1", (0.0..1.0).contains(&got))
}

/// A count of one or more, as a number.
pub fn at_least_one(what: &'static str, got: u32) -> Result<f64, TheoryError> {
    check(what, f64::from(got), "1 or more", got >= 1)
}

/// A count of `low` to `high`.
pub fn count(
    what: &'static str,
    got: u32,
    (low, high): (u32, u32),
    expected: &'static str,
) -> Result<u32, TheoryError> {
    let holds = (low..=high).contains(&got);
    check(what, f64::from(got), expected, holds).map(|_| got)
}

/// A utilization that leaves a steady state.
pub fn stable(utilization: f64) -> Result<f64, TheoryError> {
    if utilization < 1.0 {
        Ok(utilization)
    } else {
        Err(TheoryError::Unstable { utilization })
    }
}

//! A request made of calls: fan-out, retries, layers of retries.
//!
//! Sources: Dean and Barroso, "The tail at scale", 2013 (fan-out); Google, *Site Reliability
//! Engineering*, 2016, chapter 22 (layers of retries).

use super::TheoryError;
use super::range::{at_least_one, share};

/// Share of requests slower than the calls' quantile `q` (0 to 1) when a request waits for
/// `parallel_calls` (1 or more) independent calls: 1 - qⁿ.
///
/// # Errors
/// Arguments out of range.
pub fn fan_out_slower(q: f64, parallel_calls: u32) -> Result<f64, TheoryError> {
    let q = share("the quantile", q)?;
    let n = at_least_one("the number of calls", parallel_calls)?;
    // 1 - q is exact near 1, and expm1 keeps what is small.
    Ok(-libm::expm1(n * libm::log1p(-(1.0 - q))))
}

/// The quantile that calls have to keep for requests to keep the quantile `q` (0 to 1): q^(1/n).
///
/// # Errors
/// As [`fan_out_slower`].
pub fn fan_out_quantile(q: f64, parallel_calls: u32) -> Result<f64, TheoryError> {
    let q = share("the quantile", q)?;
    let n = at_least_one("the number of calls", parallel_calls)?;
    Ok(libm::pow(q, 1.0 / n))
}

/// Mean number of attempts when each fails with chance p (0 to 1), independently, and a failed one
/// is tried again up to `max_retries` times: 1 + p + … + p^r = (1 - p^(r+1)) / (1 - p).
///
/// # Errors
/// A chance out of range.
pub fn mean_attempts(failure: f64, max_retries: u32) -> Result<f64, TheoryError> {
    let p = share("the chance of failure", failure)?;
    let attempts = f64::from(max_retries) + 1.0;
    let success = 1.0 - p;
    if success <= 0.0 {
        return Ok(attempts);
    }
    Ok(-libm::expm1(attempts * libm::log1p(-success)) / success)
}

/// Chance that one of `attempts` independent attempts succeeds, each failing with chance p (0 to
/// 1): 1 - pⁿ.
///
/// # Errors
/// A chance out of range.
pub fn success_within(failure: f64, attempts: u32) -> Result<f64, TheoryError> {
    let p = share("the chance of failure", failure)?;
    Ok(1.0 - libm::pow(p, f64::from(attempts)))
}

/// Calls that reach the bottom for one request at the top when everything below fails and each of
/// `layers` tries `attempts_per_layer` times: attempts^layers.
#[must_use]
pub fn calls_at_bottom(layers: u32, attempts_per_layer: u32) -> f64 {
    libm::pow(f64::from(attempts_per_layer), f64::from(layers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: Result<f64, TheoryError>, expected: f64) {
        let got = got.expect("valid");
        assert!(
            (got - expected).abs() <= 1e-12,
            "{got}, expected {expected}"
        );
    }

    #[test]
    fn ends_of_the_ranges() {
        close(fan_out_slower(1.0, 10), 0.0);
        close(fan_out_slower(0.0, 10), 1.0);
        close(
            fan_out_slower(fan_out_quantile(0.99, 7).expect("valid"), 7),
            0.01,
        );
        close(mean_attempts(0.0, 5), 1.0);
        close(mean_attempts(1.0, 5), 6.0);
        close(mean_attempts(0.5, u32::MAX), 2.0);
        close(success_within(1.0, 3), 0.0);
        close(success_within(0.5, 0), 0.0);
        assert!(mean_attempts(1.1, 2).is_err());
        assert!(fan_out_slower(0.5, 0).is_err());
        close(Ok(calls_at_bottom(3, 4)), 64.0);
    }
}

//! Choosing the shorter of several queues.
//!
//! Many single servers, each arrival sees `choices` of them at random and joins the shortest. In
//! the limit of infinitely many servers the mean response time, in mean service times, is the sum
//! over i ≥ 1 of ρ^((dⁱ - d) / (d - 1)): 1 / (1 - ρ) for one choice, hardly more than 1 for two.
//! Source: Mitzenmacher, "The power of two choices in randomized load balancing", 2001;
//! Vvedenskaya, Dobrushin and Karpelevich 1996. At finite size it is a limit, not exact.

use super::TheoryError;
use super::range::{at_least_one, non_negative, stable};

/// Mean response time in mean service times, at a utilization (0 to below 1) with `choices` of 1 or
/// more.
///
/// # Errors
/// Arguments out of range.
pub fn mean_response(utilization: f64, choices: u32) -> Result<f64, TheoryError> {
    let rho = stable(non_negative("the utilization", utilization)?)?;
    let d = at_least_one("the number of choices", choices)?;
    if choices == 1 {
        return Ok(1.0 / (1.0 - rho));
    }
    // Each exponent is d times the one before, plus d.
    let (mut exponent, mut sum) = (0.0, 0.0);
    loop {
        let term = libm::pow(rho, exponent);
        sum += term;
        if term < 1e-18 {
            return Ok(sum);
        }
        exponent = d * (exponent + 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_choices_are_shorter() {
        let at = |d| mean_response(0.9, d).expect("stable");
        assert!((at(1) - 10.0).abs() < 1e-12);
        assert!(at(1) > at(2) && at(2) > at(3) && at(3) > 1.0);
        let calm = mean_response(0.0, 2).expect("stable");
        assert!((calm - 1.0).abs() < 1e-12);
        assert!(mean_response(1.0, 2).is_err());
        assert!(mean_response(0.5, 0).is_err());
    }
}

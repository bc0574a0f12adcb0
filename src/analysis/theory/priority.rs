//! M/M/1 with classes of priority; a service under way is not interrupted.
//!
//! With W₀ = ρ / μ the mean rest of the service under way and σₖ the load of classes 1 to k, class
//! k waits W₀ / ((1 - σₖ₋₁) (1 - σₖ)). Source: Cobham, "Priority assignment in waiting line
//! problems", 1954.

use super::TheoryError;
use super::range::{non_negative, positive, stable};

/// Mean time before service of each class, the most urgent first, for arrivals per unit of time
/// of each class (0 or more) and services per unit of time (above 0).
///
/// # Errors
/// Rates out of range, and a whole load of 1 or more.
pub fn mean_waits(arrival_rates: &[f64], service_rate: f64) -> Result<Vec<f64>, TheoryError> {
    let service_rate = positive("the service rate", service_rate)?;
    let mut loads = Vec::with_capacity(arrival_rates.len() + 1);
    let mut load = 0.0;
    loads.push(load);
    for rate in arrival_rates {
        load += non_negative("an arrival rate", *rate)? / service_rate;
        loads.push(load);
    }
    let residual = stable(load)? / service_rate;
    let wait = |pair: &[f64]| residual / ((1.0 - pair[0]) * (1.0 - pair[1]));
    Ok(loads.windows(2).map(wait).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the order of service, the load-weighed mean of the waits is that of one class.
    #[test]
    fn priority_only_moves_waits_around() {
        let rates = [0.2, 0.1, 0.4];
        let waits = mean_waits(&rates, 1.0).expect("stable");
        let shared: f64 = rates.iter().zip(&waits).map(|(r, w)| r * w).sum();
        let one = mean_waits(&[0.7], 1.0).expect("stable")[0];
        assert!((shared / 0.7 - one).abs() < 1e-12);
        assert!(mean_waits(&[0.6, 0.4], 1.0).is_err());
    }
}

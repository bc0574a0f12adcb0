//! M/M/c with classes of priority and one law of service; a service under way is not interrupted.
//!
//! With W₀ = C / (cμ) the mean time until a server is free, C the chance that all are busy, and σₖ
//! the load of classes 1 to k as a share of all servers, class k waits
//! W₀ / ((1 - σₖ₋₁) (1 - σₖ)). Sources: Cobham, "Priority assignment in waiting line problems",
//! 1954; Kella and Yechiali, "Waiting times in the non-preemptive priority M/M/c queue", 1985.

use super::TheoryError;
use super::erlang::waiting_probability;
use super::range::{at_least_one, non_negative, positive, stable};

/// Mean time before service of each class, the most urgent first, those that do not wait included,
/// for arrivals per unit of time of each class (0 or more), services per unit of time of a busy
/// server (above 0) and a number of servers (1 or more).
///
/// # Errors
/// Arguments out of range, and a whole load of 1 or more.
pub fn mean_waits(
    arrival_rates: &[f64],
    service_rate: f64,
    servers: u32,
) -> Result<Vec<f64>, TheoryError> {
    let service_rate = positive("the service rate", service_rate)?;
    let capacity = at_least_one("the number of servers", servers)? * service_rate;
    let mut loads = Vec::with_capacity(arrival_rates.len() + 1);
    let mut load = 0.0;
    loads.push(load);
    for rate in arrival_rates {
        load += non_negative("an arrival rate", *rate)? / capacity;
        loads.push(load);
    }
    let busy = waiting_probability(servers, stable(load)? * f64::from(servers))?;
    let until_free = busy / capacity;
    let wait = |pair: &[f64]| until_free / ((1.0 - pair[0]) * (1.0 - pair[1]));
    Ok(loads.windows(2).map(wait).collect())
}

#[cfg(test)]
mod tests {
    use super::super::multi_server::MultiServer;
    use super::*;

    /// Whatever the order of service, the load-weighed mean of the waits is that of one class.
    #[test]
    fn priority_only_moves_waits_around() {
        let rates = [0.2, 0.1, 0.4];
        for servers in [1, 3, 40] {
            let rate = 1.0 / f64::from(servers);
            let waits = mean_waits(&rates, rate, servers).expect("stable");
            let shared: f64 = rates.iter().zip(&waits).map(|(r, w)| r * w).sum();
            let one = MultiServer {
                arrival_rate: 0.7,
                service_rate: rate,
                servers,
            };
            let one = one.mean_wait().expect("stable");
            assert!((shared / 0.7 - one).abs() < 1e-12 * one, "{servers}");
            assert!(waits.is_sorted_by(f64::lt), "{waits:?}");
        }
        assert!(mean_waits(&[0.6, 0.4], 1.0, 1).is_err());
        assert!(mean_waits(&[0.6], 1.0, 0).is_err());
    }
}

//! M/M/c: several servers, one queue, exponential service, any number waiting.
//!
//! An arrival waits when all servers are busy, with chance C (Erlang's second formula); the wait is
//! then exponential with rate cμ - λ, and service follows. Source: Erlang 1917; Cooper,
//! *Introduction to Queueing Theory*, 1981, section 3.5.

use super::TheoryError;
use super::erlang::waiting_probability;
use super::quantile::quantile;
use super::range::{at_least_one, below_one, non_negative, positive, stable};

/// Several servers in front of one queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultiServer {
    /// λ, arrivals per unit of time, 0 or more.
    pub arrival_rate: f64,
    /// μ, services per unit of time of one busy server, above 0.
    pub service_rate: f64,
    /// c, servers, 1 or more.
    pub servers: u32,
}

impl MultiServer {
    /// ρ = λ / (c μ), the share of servers busy.
    ///
    /// # Errors
    /// Arguments out of range, and ρ of 1 or more.
    pub fn utilization(&self) -> Result<f64, TheoryError> {
        let arrival_rate = non_negative("the arrival rate", self.arrival_rate)?;
        let service_rate = positive("the service rate", self.service_rate)?;
        let servers = at_least_one("the number of servers", self.servers)?;
        stable(arrival_rate / (servers * service_rate))
    }

    /// C, the share of arrivals that wait.
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn p_wait(&self) -> Result<f64, TheoryError> {
        self.utilization()?;
        waiting_probability(self.servers, self.arrival_rate / self.service_rate)
    }

    /// cμ - λ: how fast the queue is worked off while all servers are busy.
    fn spare_rate(&self) -> f64 {
        f64::from(self.servers) * self.service_rate - self.arrival_rate
    }

    /// Mean time before service, those that do not wait included: C / (cμ - λ).
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_wait(&self) -> Result<f64, TheoryError> {
        Ok(self.p_wait()? / self.spare_rate())
    }

    /// Mean time from arrival to departure: wait plus 1 / μ.
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_response(&self) -> Result<f64, TheoryError> {
        Ok(self.mean_wait()? + 1.0 / self.service_rate)
    }

    /// Mean number waiting, by Little's law: λ times the mean wait.
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_in_queue(&self) -> Result<f64, TheoryError> {
        Ok(self.arrival_rate * self.mean_wait()?)
    }

    /// Mean number waiting or in service, by Little's law.
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_in_system(&self) -> Result<f64, TheoryError> {
        Ok(self.arrival_rate * self.mean_response()?)
    }

    /// The time that a share `q` (0 to below 1) of waits does not exceed: zero up to 1 - C, then
    /// ln(C / (1 - q)) / (cμ - λ).
    ///
    /// # Errors
    /// As [`Self::utilization`], and a share out of range.
    pub fn wait_quantile(&self, q: f64) -> Result<f64, TheoryError> {
        let waiting = self.p_wait()? / (1.0 - below_one("the quantile", q)?);
        if waiting <= 1.0 {
            return Ok(0.0);
        }
        Ok(libm::log(waiting) / self.spare_rate())
    }

    /// The time that a share `q` (0 to below 1) of responses does not exceed. A response is a
    /// service, after an exponential wait with chance C:
    /// P(T > t) = (1 - C) e^(-μt) + C P(wait + service > t).
    ///
    /// # Errors
    /// As [`Self::wait_quantile`].
    pub fn response_quantile(&self, q: f64) -> Result<f64, TheoryError> {
        let q = below_one("the quantile", q)?;
        let (p_wait, service) = (self.p_wait()?, self.service_rate);
        let spare = self.spare_rate();
        Ok(quantile(q, 1.0 / service, |t| {
            (1.0 - p_wait) * libm::exp(-service * t) + p_wait * sum_tail(service, spare, t)
        }))
    }
}

/// P(X + Y > t) of two independent exponential times with these rates. With a slow and a fast one,
/// it is e^(-slow t) (1 + slow t (1 - e^(-x)) / x) with x = (fast - slow) t, which is sound for
/// equal rates too.
fn sum_tail(one: f64, other: f64, t: f64) -> f64 {
    let (slow, fast) = (one.min(other), one.max(other));
    let x = (fast - slow) * t;
    let ratio = if x > 0.0 { -libm::expm1(-x) / x } else { 1.0 };
    libm::exp(-slow * t) * (1.0 + slow * t * ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::theory::single_server::SingleServer;

    #[test]
    fn one_server_is_m_m_1() {
        let one = SingleServer {
            arrival_rate: 0.9,
            service_rate: 1.0,
        };
        let several = MultiServer {
            arrival_rate: 0.9,
            service_rate: 1.0,
            servers: 1,
        };
        for q in [0.05, 0.5, 0.99, 0.999] {
            for (got, expected) in [
                (several.response_quantile(q), one.response_quantile(q)),
                (several.wait_quantile(q), one.wait_quantile(q)),
                (several.mean_in_queue(), one.mean_in_queue()),
            ] {
                let (got, expected) = (got.expect("at rest"), expected.expect("at rest"));
                assert!(
                    (got - expected).abs() <= 1e-11 * expected,
                    "{got} {expected}"
                );
            }
        }
    }

    #[test]
    fn thousands_of_servers_and_no_arrivals_are_fine() {
        let mut queue = MultiServer {
            arrival_rate: 4950.0,
            service_rate: 1.0,
            servers: 5000,
        };
        let p_wait = queue.p_wait().expect("at rest");
        assert!((0.1..0.9).contains(&p_wait), "{p_wait}");
        queue.arrival_rate = 0.0;
        assert!(queue.p_wait().expect("at rest") <= 0.0);
        queue.servers = 0;
        assert!(queue.p_wait().is_err());
    }
}

//! M/M/1: one server, exponential service, any number waiting.
//!
//! The number in the system is geometric and the response time exponential.
//! Source: any text on queues, e.g. Kleinrock, *Queueing Systems* I, 1975, section 3.2.

use super::TheoryError;
use super::range::{below_one, non_negative, positive, stable};

/// One server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SingleServer {
    /// λ, arrivals per unit of time, 0 or more.
    pub arrival_rate: f64,
    /// μ, services per unit of time of a busy server, above 0.
    pub service_rate: f64,
}

impl SingleServer {
    /// ρ = λ / μ, the share of time the server is busy; also the share of arrivals that wait.
    ///
    /// # Errors
    /// Rates out of range, and ρ of 1 or more.
    pub fn utilization(&self) -> Result<f64, TheoryError> {
        let arrival_rate = non_negative("the arrival rate", self.arrival_rate)?;
        stable(arrival_rate / positive("the service rate", self.service_rate)?)
    }

    /// Mean number waiting or in service: ρ / (1 - ρ).
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_in_system(&self) -> Result<f64, TheoryError> {
        let rho = self.utilization()?;
        Ok(rho / (1.0 - rho))
    }

    /// Variance of the number waiting or in service: ρ / (1 - ρ)².
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn variance_in_system(&self) -> Result<f64, TheoryError> {
        let rho = self.utilization()?;
        Ok(rho / ((1.0 - rho) * (1.0 - rho)))
    }

    /// Mean number waiting: ρ² / (1 - ρ).
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_in_queue(&self) -> Result<f64, TheoryError> {
        let rho = self.utilization()?;
        Ok(rho * rho / (1.0 - rho))
    }

    /// Mean time from arrival to departure: 1 / (μ - λ).
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_response(&self) -> Result<f64, TheoryError> {
        self.utilization()?;
        Ok(1.0 / (self.service_rate - self.arrival_rate))
    }

    /// Mean time before service: ρ / (μ - λ).
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn mean_wait(&self) -> Result<f64, TheoryError> {
        Ok(self.utilization()? * self.mean_response()?)
    }

    /// The time that a share `q` (0 to below 1) of responses does not exceed: -ln(1 - q) / (μ - λ).
    ///
    /// # Errors
    /// As [`Self::utilization`], and a share out of range.
    pub fn response_quantile(&self, q: f64) -> Result<f64, TheoryError> {
        let q = below_one("the quantile", q)?;
        Ok(-libm::log1p(-q) * self.mean_response()?)
    }

    /// The time that a share `q` (0 to below 1) of waits does not exceed: zero up to 1 - ρ, then
    /// ln(ρ / (1 - q)) / (μ - λ).
    ///
    /// # Errors
    /// As [`Self::response_quantile`].
    pub fn wait_quantile(&self, q: f64) -> Result<f64, TheoryError> {
        let waiting = self.utilization()? / (1.0 - below_one("the quantile", q)?);
        if waiting <= 1.0 {
            return Ok(0.0);
        }
        Ok(libm::log(waiting) * self.mean_response()?)
    }

    /// Share of time with at least `n` in the system: ρⁿ.
    ///
    /// # Errors
    /// As [`Self::utilization`].
    pub fn p_at_least(&self, n: u32) -> Result<f64, TheoryError> {
        Ok(libm::pow(self.utilization()?, f64::from(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_answer_is_said() {
        let queue = |arrival_rate, service_rate| SingleServer {
            arrival_rate,
            service_rate,
        };
        let overloaded = queue(3.0, 2.0).mean_wait().expect_err("no rest");
        assert_eq!(overloaded, TheoryError::Unstable { utilization: 1.5 });
        assert!(queue(2.0, 2.0).mean_response().is_err());
        assert!(queue(-1.0, 2.0).utilization().is_err());
        assert!(queue(1.0, 0.0).utilization().is_err());
        assert!(queue(1.0, f64::NAN).utilization().is_err());
        assert!(queue(1.0, 2.0).response_quantile(1.0).is_err());
        assert!(queue(0.0, 2.0).mean_wait().expect("idle") <= 0.0);
    }

    #[test]
    fn waits_are_zero_for_the_lucky_and_exponential_for_the_rest() {
        let queue = SingleServer {
            arrival_rate: 0.8,
            service_rate: 1.0,
        };
        assert!(queue.wait_quantile(0.19).expect("at rest") <= 0.0);
        let median_of_rest = queue.wait_quantile(0.6).expect("at rest");
        assert!((median_of_rest - libm::log(2.0) / 0.2).abs() < 1e-12);
    }
}

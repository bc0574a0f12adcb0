//! M/G/1: one server, any law of service, first come first served.
//!
//! The mean wait is λ E\[S²\] / (2 (1 - ρ)) (Pollaczek 1930, Khinchine 1932), its variance is
//! W² + λ E\[S³\] / (3 (1 - ρ)) (Takács 1962). The distribution is known in a usable form for
//! constant service, M/D/1; see [`GeneralService::response_quantile`].

use super::TheoryError;
use super::distribution::{by_ratios, from, listed, poisson};
use super::quantile::quantile;
use super::range::{at_least_one, below_one, non_negative, positive, share, stable};

/// A law of service times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ServiceLaw {
    /// Always the same.
    Deterministic {
        /// The time, above 0.
        value: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Mean, above 0.
        mean: f64,
        /// Coefficient of variation, 0 or more.
        cv: f64,
    },
    /// Exponential with one of two rates.
    Hyperexponential {
        /// Chance of the first rate.
        p: f64,
        /// First rate, above 0.
        rate1: f64,
        /// Second rate, above 0.
        rate2: f64,
    },
    /// The sum of k equal exponential stages.
    Erlang {
        /// Stages, 1 or more.
        k: u32,
        /// Mean of the sum, above 0.
        mean: f64,
    },
}

impl ServiceLaw {
    /// E\[S\], E\[S²\], E\[S³\].
    ///
    /// # Errors
    /// Parameters out of range.
    pub fn moments(&self) -> Result<[f64; 3], TheoryError> {
        Ok(match *self {
            Self::Deterministic { value } => {
                let s = positive("the service time", value)?;
                [s, s * s, s * s * s]
            }
            Self::Lognormal { mean, cv } => {
                let mean = positive("the mean service time", mean)?;
                let cv = non_negative("the coefficient of variation", cv)?;
                let spread = 1.0 + cv * cv;
                let square = mean * mean * spread;
                [mean, square, mean * square * spread * spread]
            }
            Self::Hyperexponential { p, rate1, rate2 } => {
                let p = share("the chance of the first rate", p)?;
                let one = 1.0 / positive("the first rate", rate1)?;
                let two = 1.0 / positive("the second rate", rate2)?;
                let mixed = |one: f64, two: f64| p * one + (1.0 - p) * two;
                [
                    mixed(one, two),
                    2.0 * mixed(one * one, two * two),
                    6.0 * mixed(one * one * one, two * two * two),
                ]
            }
            Self::Erlang { k, mean } => {
                let mean = positive("the mean service time", mean)?;
                let k = at_least_one("the number of stages", k)?;
                let square = mean * mean * (k + 1.0) / k;
                [mean, square, square * mean * (k + 2.0) / k]
            }
        })
    }
}

/// One server with a law of service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneralService {
    /// λ, arrivals per unit of time, 0 or more.
    pub arrival_rate: f64,
    /// The law of S, the service time.
    pub service: ServiceLaw,
}

/// Such a server at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneralAtRest {
    /// ρ = λ E\[S\], the share of time the server is busy.
    pub utilization: f64,
    /// E\[S\].
    pub mean_service: f64,
    /// Variance of S over its squared mean.
    pub cv_square_service: f64,
    /// Mean time before service.
    pub mean_wait: f64,
    /// Variance of the time before service.
    pub variance_wait: f64,
    /// Mean time from arrival to departure.
    pub mean_response: f64,
    /// Mean number waiting.
    pub mean_in_queue: f64,
    /// Mean number waiting or in service.
    pub mean_in_system: f64,
}

impl GeneralService {
    /// The steady state.
    ///
    /// # Errors
    /// Arguments out of range, and ρ of 1 or more.
    pub fn at_rest(&self) -> Result<GeneralAtRest, TheoryError> {
        let arrival_rate = non_negative("the arrival rate", self.arrival_rate)?;
        let [mean, square, cube] = self.service.moments()?;
        let rho = stable(arrival_rate * mean)?;
        let mean_wait = arrival_rate * square / (2.0 * (1.0 - rho));
        let mean_response = mean_wait + mean;
        Ok(GeneralAtRest {
            utilization: rho,
            mean_service: mean,
            cv_square_service: (square / (mean * mean) - 1.0).max(0.0),
            mean_wait,
            variance_wait: mean_wait * mean_wait + arrival_rate * cube / (3.0 * (1.0 - rho)),
            mean_response,
            mean_in_queue: arrival_rate * mean_wait,
            mean_in_system: arrival_rate * mean_response,
        })
    }

    /// The time that a share `q` (0 to below 1) of responses does not exceed, for constant service;
    /// none for other laws.
    ///
    /// With (k - 1) D ≤ x < k D, P(wait ≤ x) is the sum over j < k of P(Poisson(λ (kD - x)) = j)
    /// times P(at most k - 1 - j wait), all of it positive (Franx, "A simple solution for the M/D/c
    /// waiting time distribution", 2001).
    ///
    /// # Errors
    /// As [`Self::at_rest`], and a share out of range.
    pub fn response_quantile(&self, q: f64) -> Result<Option<f64>, TheoryError> {
        let q = below_one("the quantile", q)?;
        let rest = self.at_rest()?;
        let ServiceLaw::Deterministic { value: each } = self.service else {
            return Ok(None);
        };
        let mut lengths = Lengths::new(rest.utilization)?;
        let mut failure = None;
        let wait = quantile(q, each, |x| {
            let k = (x / each).floor() + 1.0;
            let arrivals = poisson(self.arrival_rate * (k * each - x).max(0.0));
            // Numbers too large for the type stop at its end, which is too many to be listed.
            match listed(k as u32).and_then(|k| Ok((k, arrivals?))) {
                Ok((k, arrivals)) => lengths.tail(k, &arrivals),
                Err(error) => {
                    failure = Some(error);
                    0.0
                }
            }
        });
        failure.map_or(Ok(Some(each + wait)), Err)
    }
}

/// The number in an M/D/1 system, as far as it has been asked for.
struct Lengths {
    /// Chances of 0, 1, 2, … in the system.
    numbers: Vec<f64>,
    /// Chances of at most as many in the system.
    sums: Vec<f64>,
    /// Chances of at least 0, 1, 2, … arrivals during a service, and of none.
    at_least: Vec<f64>,
    none: f64,
}

impl Lengths {
    fn new(rho: f64) -> Result<Self, TheoryError> {
        let arrivals = by_ratios(|k| rho / (k as f64 + 1.0), 0.0)?;
        Ok(Self {
            numbers: vec![1.0 - rho],
            sums: vec![1.0 - rho],
            at_least: (0..arrivals.len()).map(|j| from(&arrivals, j)).collect(),
            none: arrivals[0],
        })
    }

    /// Chance of at most `n` in the system. A level is left downwards as often as upwards:
    /// p(n+1) P(no arrival) = p(0) P(> n arrivals) + the sum over i from 1 to n of
    /// p(i) P(> n - i + 1 arrivals).
    fn at_most(&mut self, n: usize) -> f64 {
        while self.sums.len() <= n {
            let next = self.numbers.len();
            let at_least = |j: usize| self.at_least.get(j).copied().unwrap_or(0.0);
            let first = next.saturating_sub(self.at_least.len()).max(1);
            let up: f64 = (first..next)
                .map(|i| self.numbers[i] * at_least(next - i + 1))
                .sum();
            let p = (self.numbers[0] * at_least(next) + up) / self.none;
            self.numbers.push(p);
            self.sums.push(self.sums[next - 1] + p);
        }
        self.sums[n]
    }

    /// P(wait > x), given k and the law of arrivals during kD - x.
    fn tail(&mut self, k: usize, arrivals: &[f64]) -> f64 {
        let within: f64 = (0..k.min(arrivals.len()))
            // At most m waiting is at most m + 1 in the system.
            .map(|j| arrivals[j] * self.at_most(k - j))
            .sum();
        1.0 - within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(arrival_rate: f64) -> GeneralService {
        GeneralService {
            arrival_rate,
            service: ServiceLaw::Deterministic { value: 1.0 },
        }
    }

    /// Erlang's own alternating series, fit for short waits.
    fn erlang_series(rho: f64, x: f64) -> f64 {
        let mut sum = 0.0;
        for k in 0..=(x as u32) {
            let behind = rho * (x - f64::from(k));
            let mut term = libm::exp(behind);
            for i in 1..=k {
                term *= -behind / f64::from(i);
            }
            sum += term;
        }
        (1.0 - rho) * sum
    }

    #[test]
    fn queues_too_long_to_be_listed_are_refused() {
        let nearly_full = constant(0.999_999_999).response_quantile(0.99);
        assert!(matches!(nearly_full, Err(TheoryError::TooLarge { .. })));
    }

    #[test]
    fn waits_of_m_d_1_follow_erlang_s_series() {
        for rho in [0.2, 0.5, 0.8, 0.95] {
            for x in [0.25, 1.0, 2.5, 4.0] {
                let q = erlang_series(rho, x);
                let response = constant(rho).response_quantile(q).expect("stable");
                let wait = response.expect("constant service") - 1.0;
                assert!((wait - x).abs() < 1e-8, "{rho} {x}: {wait}");
            }
        }
    }

    #[test]
    fn percentiles_add_up_to_the_mean() {
        let queue = constant(0.9);
        let n = 2000;
        let middle = |i: i32| (f64::from(i) + 0.5) / f64::from(n);
        let mean: f64 = (0..n)
            .map(|i| queue.response_quantile(middle(i)).expect("stable"))
            .map(|response| response.expect("constant service") / f64::from(n))
            .sum();
        let expected = queue.at_rest().expect("stable").mean_response;
        assert!((mean / expected - 1.0).abs() < 2e-3, "{mean} {expected}");
    }

    #[test]
    fn one_erlang_stage_and_one_phase_are_exponential() {
        let exponential = [
            ServiceLaw::Erlang { k: 1, mean: 0.5 },
            ServiceLaw::Hyperexponential {
                p: 0.3,
                rate1: 2.0,
                rate2: 2.0,
            },
        ];
        for service in exponential {
            let queue = GeneralService {
                arrival_rate: 1.0,
                service,
            };
            let rest = queue.at_rest().expect("stable");
            assert!((rest.mean_response - 1.0).abs() < 1e-12);
            assert!((rest.variance_wait - 0.75).abs() < 1e-12);
            assert_eq!(queue.response_quantile(0.5), Ok(None));
        }
        assert!(constant(1.0).at_rest().is_err());
    }
}

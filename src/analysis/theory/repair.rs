//! k of n parts with exponential times up and down and a limited number of repair crews.
//!
//! A birth-and-death chain over the number of failed parts; parts go on failing while the system is
//! down. Source: Trivedi, *Probability and Statistics with Reliability, Queuing, and Computer
//! Science Applications*, 2001, section 8.4.

use super::TheoryError;
use super::distribution::{by_ratios, from, listed};
use super::range::{at_least_one, count, positive};

/// Equal parts and their crews.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepairedParts {
    /// Parts.
    pub n: u32,
    /// Parts that the system needs, 1 to n.
    pub k: u32,
    /// A part's mean time up, above 0.
    pub mean_up: f64,
    /// Mean time that a crew works on one part, above 0.
    pub mean_down: f64,
    /// Crews, 1 or more; each works on one part.
    pub repair_crews: u32,
}

/// What becomes of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepairedSystem {
    /// Share of time with fewer than k parts up.
    pub unavailability: f64,
    /// Outages of the system per unit of time.
    pub failure_rate: f64,
    /// Mean length of an outage of the system.
    pub mean_outage: f64,
    /// Mean time from all parts up to the first outage.
    pub mean_time_to_failure: f64,
}

impl RepairedParts {
    /// Failures per unit of time with `failed` parts down.
    fn failing(&self, failed: usize) -> f64 {
        (f64::from(self.n) - failed as f64).max(0.0) / self.mean_up
    }

    /// Repairs per unit of time with `failed` parts down.
    fn repaired(&self, failed: usize) -> f64 {
        (failed as f64).min(f64::from(self.repair_crews)) / self.mean_down
    }

    /// The system in the long run, and its first outage.
    ///
    /// The time from j failed to j + 1 failed is h(j) = (1 + repair(j) h(j - 1)) / failure(j), and
    /// the first outage is the sum of h(0) to h(n - k).
    ///
    /// # Errors
    /// Arguments out of range; more than ten million parts.
    pub fn system(&self) -> Result<RepairedSystem, TheoryError> {
        at_least_one("the number of parts", self.n)?;
        count(
            "the parts needed",
            self.k,
            (1, self.n),
            "1 to the number of parts",
        )?;
        positive("the mean time up", self.mean_up)?;
        positive("the mean time down", self.mean_down)?;
        at_least_one("the number of crews", self.repair_crews)?;
        let spare = (self.n - self.k) as usize;
        let ratio = |failed: usize| self.failing(failed) / self.repaired(failed + 1);
        let mut numbers = by_ratios(ratio, 0.0)?;
        numbers.resize(listed(self.n)? + 1, 0.0);
        let unavailability = from(&numbers, spare + 1);
        let failure_rate = numbers[spare] * self.failing(spare);
        let (mut step, mut first) = (0.0, 0.0);
        for failed in 0..=spare {
            step = (1.0 + self.repaired(failed) * step) / self.failing(failed);
            first += step;
        }
        Ok(RepairedSystem {
            unavailability,
            failure_rate,
            mean_outage: unavailability / failure_rate,
            mean_time_to_failure: first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::theory::redundancy::k_of_n_unavailability;

    #[test]
    fn a_crew_for_each_part_makes_them_independent() {
        let parts = RepairedParts {
            n: 7,
            k: 5,
            mean_up: 99.0,
            mean_down: 1.0,
            repair_crews: 7,
        };
        let got = parts.system().expect("valid").unavailability;
        let expected = k_of_n_unavailability(7, 5, 0.01).expect("valid");
        assert!((got / expected - 1.0).abs() < 1e-12, "{got}, {expected}");
    }

    #[test]
    fn one_part_fails_as_it_does() {
        let part = RepairedParts {
            n: 1,
            k: 1,
            mean_up: 99.0,
            mean_down: 1.0,
            repair_crews: 3,
        };
        let system = part.system().expect("valid");
        assert!((system.failure_rate - 0.01).abs() < 1e-14);
        assert!((system.mean_outage - 1.0).abs() < 1e-12);
        assert!((system.mean_time_to_failure - 99.0).abs() < 1e-12);
        assert!(RepairedParts { k: 2, ..part }.system().is_err());
    }
}

//! Shuffle sharding: each customer gets a random hand of workers.
//!
//! Two hands of k out of n share a hypergeometric number of workers. Source: AWS Builders' Library,
//! "Workload isolation using shuffle-sharding", 2019.

use super::TheoryError;
use super::distribution::{by_ratios, listed};
use super::range::{at_least_one, count};

/// Workers and the size of a hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShuffleSharding {
    /// Workers, 1 or more.
    pub workers: u32,
    /// Workers of one customer, 1 to all.
    pub shard_size: u32,
}

impl ShuffleSharding {
    fn check(&self) -> Result<(f64, f64), TheoryError> {
        let n = at_least_one("the number of workers", self.workers)?;
        let range = (1, self.workers);
        let k = count("the shard size", self.shard_size, range, "1 to the workers")?;
        Ok((n, f64::from(k)))
    }

    /// Number of different hands: n over k.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn combinations(&self) -> Result<f64, TheoryError> {
        let (n, _) = self.check()?;
        // What is left over is as good a choice as the hand, and one of the two is short.
        let few = self.shard_size.min(self.workers - self.shard_size);
        let rest = n - f64::from(few);
        Ok((1..=few)
            .map(f64::from)
            .fold(1.0, |product, i| product * (rest + i) / i))
    }

    /// Chances that two hands share 0, 1, … k workers; the last is that of the same hand.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn p_overlap(&self) -> Result<Vec<f64>, TheoryError> {
        let (n, k) = self.check()?;
        let n_shared = listed(self.shard_size)?;
        // Two hands of more than half the workers share some in any case.
        let least = (2 * u64::from(self.shard_size)).saturating_sub(u64::from(self.workers));
        let start = least as f64;
        let shared = by_ratios(
            |i| {
                let j = start + i as f64;
                (k - j) * (k - j) / ((j + 1.0) * (n - 2.0 * k + j + 1.0))
            },
            0.0,
        )?;
        let mut all = vec![0.0; least as usize];
        all.extend(shared);
        all.resize(n_shared + 1, 0.0);
        Ok(all)
    }

    /// Share of customers that one bad customer takes along when workers are split into fixed
    /// shards instead: k / n.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn plain_blast_radius(&self) -> Result<f64, TheoryError> {
        let (n, k) = self.check()?;
        Ok(k / n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_of_cards() {
        let poker = ShuffleSharding {
            workers: 52,
            shard_size: 5,
        };
        assert!((poker.combinations().expect("valid") - 2_598_960.0).abs() < 1e-6);
        let overlap = poker.p_overlap().expect("valid");
        assert!((overlap.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((overlap[5] * 2_598_960.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn large_hands_always_meet() {
        let sharding = ShuffleSharding {
            workers: 5,
            shard_size: 4,
        };
        let overlap = sharding.p_overlap().expect("valid");
        for (got, expected) in overlap.iter().zip([0.0, 0.0, 0.0, 0.8, 0.2]) {
            assert!((got - expected).abs() < 1e-12, "{overlap:?}");
        }
        assert!((sharding.combinations().expect("valid") - 5.0).abs() < 1e-12);
        let none = ShuffleSharding {
            shard_size: 0,
            ..sharding
        };
        assert!(none.p_overlap().is_err());
        let all = ShuffleSharding {
            shard_size: 5,
            ..sharding
        };
        assert!((all.combinations().expect("valid") - 1.0).abs() < 1e-12);
    }
}

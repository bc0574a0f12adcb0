//! A histogram that forgets: the memory of the recommender.
//!
//! Buckets grow by 5 %, so a percentile is known to within 5 % and one first bucket. A sample's
//! weight doubles with every half-life that it is younger than another, which lets old ones fade
//! without touching them; only shares of the weight count, so the reference time can be moved on
//! when the numbers would become too large for a float.

use crate::units::{SimDuration, SimTime};

/// Buckets that reach from the first bucket's width to 100 000 times it: 1000 cores, 1 TB.
const N_BUCKETS: usize = 176;
/// Each bucket is wider than the last by this factor.
const GROWTH: f64 = 1.05;
/// A sample loses half its weight in this time.
const HALF_LIFE: SimDuration = SimDuration::from_h(24);
/// Less weight than this in all counts as nothing.
const LEAST_WEIGHT: f64 = 1e-4;
/// Half-lives after which the reference time is moved on.
const MOST_HALF_LIVES: f64 = 100.0;

/// Samples by size, the younger the heavier.
#[derive(Debug, Clone, PartialEq)]
pub struct DecayingHistogram {
    first_bucket: f64,
    weights: Vec<f64>,
    total: f64,
    /// Samples of this time have weight 1.
    reference: SimTime,
}

impl DecayingHistogram {
    /// CPU in cores: the first bucket is 0.01 wide.
    #[must_use]
    pub fn of_cpu() -> Self {
        Self::new(0.01)
    }

    /// Memory in bytes: the first bucket is 10 MB wide.
    #[must_use]
    pub fn of_memory() -> Self {
        Self::new(1e7)
    }

    fn new(first_bucket: f64) -> Self {
        Self {
            first_bucket,
            weights: vec![0.0; N_BUCKETS],
            total: 0.0,
            reference: SimTime::START,
        }
    }

    /// Adds samples of a value taken at `at`, weighing `weight` together before they age.
    pub fn add(&mut self, value: f64, weight: f64, at: SimTime) {
        let weight = weight * self.growth_until(at);
        let bucket = self.bucket_of(value);
        self.weights[bucket] += weight;
        self.total += weight;
    }

    /// Takes back samples that were added with the same value, weight and time.
    pub fn remove(&mut self, value: f64, weight: f64, at: SimTime) {
        let weight = weight * self.growth_until(at);
        let bucket = self.bucket_of(value);
        let weight = weight.min(self.weights[bucket]);
        self.weights[bucket] -= weight;
        self.total -= weight;
    }

    /// True before the first sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total < LEAST_WEIGHT
    }

    /// The value that a share of the weight (0 to 1) does not exceed: the upper edge of a bucket,
    /// or the lower one of the last. Zero without samples.
    #[must_use]
    pub fn percentile(&self, share: f64) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let wanted = share * self.total;
        let mut sum = 0.0;
        let reached = self.weights.iter().position(|weight| {
            sum += weight;
            sum >= wanted && sum > 0.0
        });
        // Rounding may leave the sum of all a hair below the total.
        let last = self.weights.iter().rposition(|weight| *weight > 0.0);
        let bucket = reached.or(last).unwrap_or(0);
        self.start_of((bucket + 1).min(N_BUCKETS - 1))
    }

    fn bucket_of(&self, value: f64) -> usize {
        if value < self.first_bucket {
            return 0;
        }
        let widths = value * (GROWTH - 1.0) / self.first_bucket + 1.0;
        // The cast cuts off, and saturates.
        let bucket = (libm::log(widths) / libm::log(GROWTH)) as usize;
        bucket.min(N_BUCKETS - 1)
    }

    fn start_of(&self, bucket: usize) -> f64 {
        let widths = (libm::pow(GROWTH, bucket as f64) - 1.0) / (GROWTH - 1.0);
        self.first_bucket * widths
    }

    /// How much heavier a sample of `at` is than one of the reference time.
    fn growth_until(&mut self, at: SimTime) -> f64 {
        let mut half_lives = at.since(self.reference).as_s_f64() / HALF_LIFE.as_s_f64();
        if half_lives > MOST_HALF_LIVES {
            let scale = libm::exp2(-half_lives);
            for weight in &mut self.weights {
                *weight *= scale;
            }
            self.total *= scale;
            self.reference = at;
            half_lives = 0.0;
        }
        libm::exp2(half_lives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(n: u64) -> SimTime {
        SimTime::START + SimDuration::from_h(n)
    }

    #[test]
    fn a_percentile_is_known_to_five_percent_and_a_bucket() {
        for value in [0.013, 0.1, 0.48, 3.7, 250.0] {
            let mut histogram = DecayingHistogram::of_cpu();
            histogram.add(value, 0.1, hours(0));
            let got = histogram.percentile(0.9);
            assert!(value <= got && got <= value * 1.05 + 0.01, "{value}: {got}");
        }
        let mut histogram = DecayingHistogram::of_memory();
        histogram.add(512e6, 1.0, hours(0));
        assert!((512e6..=548e6).contains(&histogram.percentile(0.5)));
    }

    #[test]
    fn half_of_the_weight_is_gone_after_a_day() {
        let mut histogram = DecayingHistogram::of_cpu();
        histogram.add(2.0, 2.0, hours(0));
        histogram.add(1.0, 1.0, hours(24));
        // Both weigh the same now, so the median is the smaller and anything above the larger.
        assert!(histogram.percentile(0.499) < 1.1);
        assert!(histogram.percentile(0.501) > 2.0);
    }

    #[test]
    fn a_long_life_changes_no_percentile() {
        let mut young = DecayingHistogram::of_cpu();
        let mut old = DecayingHistogram::of_cpu();
        old.add(7.0, 1.0, hours(0));
        for (value, hour) in [(0.2, 0), (0.3, 5), (0.4, 30)] {
            young.add(value, 0.1, hours(hour));
            old.add(value, 0.1, hours(hour + 24 * 2000));
        }
        for share in [0.1, 0.5, 0.9, 1.0] {
            let (got, expected) = (old.percentile(share), young.percentile(share));
            assert!((got - expected).abs() < 1e-12, "{share}: {got} {expected}");
        }
    }

    #[test]
    fn what_is_taken_back_no_longer_counts() {
        let mut histogram = DecayingHistogram::of_memory();
        histogram.add(900e6, 1.0, hours(24));
        histogram.remove(900e6, 1.0, hours(24));
        assert!(histogram.is_empty());
        assert_eq!(histogram.percentile(0.9).to_bits(), 0.0_f64.to_bits());
        histogram.add(300e6, 1.0, hours(24));
        assert!(histogram.percentile(1.0) < 320e6);
    }

    #[test]
    fn values_beyond_the_last_bucket_count_as_its_lower_edge() {
        let mut histogram = DecayingHistogram::of_cpu();
        histogram.add(1e6, 1.0, hours(0));
        let last = histogram.percentile(1.0);
        assert!((1000.0..1100.0).contains(&last), "{last}");
    }
}

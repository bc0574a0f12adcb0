//! A mergeable histogram of response times with a stated error.
//!
//! Buckets are log-linear in the manner of HDR histograms: each power of two is cut into 64 equal
//! parts, so a value is known to within 1/64 of itself at worst, and a percentile read at the
//! middle of its bucket is within 0.8 %. The bucket of a value is read off its bits, so that
//! recording needs no logarithm and is the same on every host.
//!
//! Counts are `f64` because the fluid plane serves fractions of requests; that is why no ready-made
//! crate is used (those count whole numbers, and rounding would break conservation).

/// Sub-buckets per power of two, as a power of two.
const SUB_BITS: u32 = 6;
/// Smallest exponent kept: 2^-20 s is about one microsecond.
const MIN_EXPONENT: i32 = -20;
/// Largest exponent kept: below 2^14 s, about four and a half hours.
const MAX_EXPONENT: i32 = 13;
/// Buckets looked at together.
const OCTAVE: usize = 1 << SUB_BITS;
const BUCKETS: usize = ((MAX_EXPONENT - MIN_EXPONENT + 1) as usize) << SUB_BITS;

/// Response times in seconds, weighted.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyHistogram {
    counts: Vec<f64>,
    /// The buckets in use lie in `from..to`, so that reading and clearing skip the rest.
    from: usize,
    to: usize,
    total: f64,
    sum_s: f64,
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self {
            counts: vec![0.0; BUCKETS],
            from: BUCKETS,
            to: 0,
            total: 0.0,
            sum_s: 0.0,
        }
    }
}

impl LatencyHistogram {
    /// Adds `weight` requests that took `seconds`. Values beyond the range count at its ends.
    pub fn record(&mut self, seconds: f64, weight: f64) {
        let at = bucket(seconds);
        self.counts[at] += weight;
        self.from = self.from.min(at);
        self.to = self.to.max(at + 1);
        self.total += weight;
        self.sum_s += seconds * weight;
    }

    /// Adds everything that `other` holds.
    pub fn merge(&mut self, other: &Self) {
        self.merge_scaled(other, 1.0);
    }

    /// Adds everything that `other` holds, `factor` times.
    pub fn merge_scaled(&mut self, other: &Self, factor: f64) {
        for at in other.filled() {
            self.counts[at] += other.counts[at] * factor;
        }
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
        self.total += other.total * factor;
        self.sum_s += other.sum_s * factor;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        let filled = self.filled();
        self.counts[filled].fill(0.0);
        self.from = BUCKETS;
        self.to = 0;
        self.total = 0.0;
        self.sum_s = 0.0;
    }

    /// Requests recorded.
    #[must_use]
    pub const fn total(&self) -> f64 {
        self.total
    }

    /// Mean in seconds; none when empty.
    #[must_use]
    pub fn mean_s(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.sum_s / self.total)
    }

    /// The value in seconds below which a share `quantile` (0 to 1) of the requests lies, by
    /// straight line inside its bucket; none when empty.
    #[must_use]
    pub fn quantile_s(&self, quantile: f64) -> Option<f64> {
        let [value] = self.quantiles_s([quantile]);
        value
    }

    /// Several quantiles at once; they must be given in rising order.
    #[must_use]
    pub fn quantiles_s<const N: usize>(&self, quantiles: [f64; N]) -> [Option<f64>; N] {
        let mut values = [None; N];
        if self.total <= 0.0 {
            return values;
        }
        let mut wanted = quantiles.iter().map(|it| it.clamp(0.0, 1.0) * self.total);
        let mut next = wanted.next();
        let mut found = 0;
        let mut below = 0.0;
        let mut end = None;
        // Whole octaves that hold none of the wanted values are passed over by their sum.
        for start in self.filled().step_by(OCTAVE) {
            let octave = start..(start + OCTAVE).min(self.to);
            let sum: f64 = self.counts[octave.clone()].iter().sum();
            if next.is_some_and(|next| below + sum < next) {
                below += sum;
                end = Some(octave.end - 1);
                continue;
            }
            for at in octave {
                let count = self.counts[at];
                let (low, width) = bounds(at);
                while let Some(value) = next.filter(|next| count > 0.0 && below + count >= *next) {
                    let share = ((value - below) / count).clamp(0.0, 1.0);
                    values[found] = Some(low + width * share);
                    found += 1;
                    next = wanted.next();
                }
                below += count;
                end = Some(at);
            }
            if next.is_none() {
                return values;
            }
        }
        // Rounding may leave the last quantile a hair above the sum: it is the upper end.
        let (low, width) = bounds(end.unwrap_or(0));
        values[found..].fill(Some(low + width));
        values
    }

    /// The filled buckets in rising order: lower bound in seconds, width, requests.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        self.filled()
            .map(|at| (at, self.counts[at]))
            .filter(|(_, count)| *count > 0.0)
            .map(|(at, count)| {
                let (low, width) = bounds(at);
                (low, width, count)
            })
    }

    fn filled(&self) -> std::ops::Range<usize> {
        self.from.min(self.to)..self.to
    }
}

/// The bucket of a value: exponent and leading mantissa bits of the IEEE 754 double.
fn bucket(seconds: f64) -> usize {
    let bits = seconds.to_bits();
    if bits >> 63 == 1 {
        return 0;
    }
    let floor = ((1023 + MIN_EXPONENT) as u64) << SUB_BITS;
    let key = bits >> (52 - SUB_BITS);
    (key.saturating_sub(floor) as usize).min(BUCKETS - 1)
}

/// Lower bound and width of a bucket, in seconds.
fn bounds(index: usize) -> (f64, f64) {
    let floor = ((1023 + MIN_EXPONENT) as u64) << SUB_BITS;
    let low = f64::from_bits((floor + index as u64) << (52 - SUB_BITS));
    let high = f64::from_bits((floor + index as u64 + 1) << (52 - SUB_BITS));
    (low, high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_to_within_a_sixty_fourth() {
        for value in [1e-6, 0.000_3, 0.012, 0.5, 1.0, 3.7, 250.0, 9_999.0] {
            let (low, width) = bounds(bucket(value));
            assert!(
                low <= value && value < low + width,
                "{value} in [{low}, {})",
                low + width
            );
            assert!(width <= value / 64.0 + 1e-15, "{value}: width {width}");
        }
    }

    #[test]
    fn percentiles_of_an_exponential_law_are_right() {
        let mut histogram = LatencyHistogram::default();
        let n = 100_000;
        for i in 0..n {
            let u = (f64::from(i) + 0.5) / f64::from(n);
            histogram.record(-libm::log(1.0 - u), 0.25);
        }
        for (q, expected) in [
            (0.5, std::f64::consts::LN_2),
            (0.95, 2.995_732),
            (0.99, 4.605_170),
        ] {
            let got = histogram.quantile_s(q).expect("filled");
            assert!(
                (got / expected - 1.0).abs() < 0.001,
                "p{q}: {got}, expected {expected}"
            );
        }
        let mean = histogram.mean_s().expect("filled");
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
        assert!((histogram.total() - 25_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_cleared_histogram_equals_a_new_one_and_scaling_scales() {
        let mut a = LatencyHistogram::default();
        a.record(0.1, 1.0);
        a.record(2.0, 3.0);
        let mut b = LatencyHistogram::default();
        b.merge_scaled(&a, 2.0);
        assert!((b.total() - 8.0).abs() < 1e-12);
        assert_eq!(a.quantiles_s([0.2, 0.9]), b.quantiles_s([0.2, 0.9]));
        a.clear();
        assert_eq!(a, LatencyHistogram::default());
    }

    #[test]
    fn merging_adds_and_odd_values_stay_inside() {
        let mut a = LatencyHistogram::default();
        let mut b = LatencyHistogram::default();
        a.record(0.1, 1.0);
        b.record(f64::INFINITY, 1.0);
        b.record(-1.0, 1.0);
        b.record(0.0, 1.0);
        a.merge(&b);
        assert!((a.total() - 4.0).abs() < 1e-12);
        assert_eq!(LatencyHistogram::default().quantile_s(0.5), None);
    }
}

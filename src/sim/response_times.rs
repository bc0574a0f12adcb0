//! Response times as a run goes on: of the interval under way, and of the whole run.
//!
//! The fluid plane serves most requests under a law that stays for many steps and often for many
//! intervals. Such requests are only counted; they are spread over the histograms once, when
//! another law takes over or the interval has seen others as well. The percentiles of an interval
//! under one law alone are the law's.

use super::histogram::LatencyHistogram;

/// The percentiles that are told of response times: p50, p95 and p99.
pub const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];

/// Median, 95th and 99th percentile in seconds; none where nobody was answered.
pub type Percentiles = [Option<f64>; 3];

/// Response times of successes.
#[derive(Debug, Clone, Default)]
pub struct ResponseTimes {
    /// Those of the interval, but for requests that are only counted so far.
    interval: LatencyHistogram,
    /// Those of the run up to the interval, with the same exception.
    whole: LatencyHistogram,
    /// The law that steps share.
    law: LatencyHistogram,
    law_number: u64,
    law_percentiles: Percentiles,
    /// Requests under the law in this interval, and in those before that count for the run.
    requests: f64,
    requests_before: f64,
}

impl ResponseTimes {
    /// The histogram of the interval, to add single values to.
    pub const fn interval(&mut self) -> &mut LatencyHistogram {
        &mut self.interval
    }

    /// Adds `requests` that follow a law. Steps that share a law give the same `number`.
    pub fn add(&mut self, number: u64, law: &LatencyHistogram, requests: f64) {
        if self.law_number != number || self.law.total() <= 0.0 {
            self.spread();
            self.law.clone_from(law);
            self.law_percentiles = law.quantiles_s(QUANTILES);
            self.law_number = number;
        }
        self.requests += requests;
    }

    /// The interval is over; returns its percentiles. It may count for the run or not.
    pub fn close_interval(&mut self, counts: bool) -> Percentiles {
        if self.interval.total() <= 0.0 && self.requests > 0.0 {
            let requests = std::mem::take(&mut self.requests);
            self.requests_before += if counts { requests } else { 0.0 };
            return self.law_percentiles;
        }
        self.spread();
        let percentiles = self.interval.quantiles_s(QUANTILES);
        if counts {
            self.whole.merge(&self.interval);
        }
        self.interval.clear();
        percentiles
    }

    /// Forgets the interval.
    pub fn forget_interval(&mut self) {
        self.requests = 0.0;
        self.interval.clear();
    }

    /// Those of the whole run. An interval that is still open does not count.
    #[must_use]
    pub fn finish(mut self) -> LatencyHistogram {
        self.spread();
        self.whole
    }

    /// Spreads what was only counted over the histograms.
    fn spread(&mut self) {
        for (requests, histogram) in [
            (&mut self.requests, &mut self.interval),
            (&mut self.requests_before, &mut self.whole),
        ] {
            if *requests > 0.0 && self.law.total() > 0.0 {
                histogram.merge_scaled(&self.law, *requests / self.law.total());
            }
            *requests = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(seconds: f64) -> LatencyHistogram {
        let mut law = LatencyHistogram::default();
        law.record(seconds, 0.5);
        law.record(3.0 * seconds, 0.5);
        law
    }

    #[test]
    fn requests_under_a_law_are_where_they_would_be_one_by_one() {
        let (mut counted, mut spread) = (ResponseTimes::default(), ResponseTimes::default());
        // Laws of several intervals, two in one, single values beside one, none at all.
        let intervals: [&[(u64, f64)]; 5] = [
            &[(1, 10.0)],
            &[(1, 20.0), (1, 5.0)],
            &[(1, 3.0), (2, 7.0)],
            &[(0, 2.0), (2, 1.0)],
            &[],
        ];
        for (interval, steps) in intervals.iter().enumerate() {
            for (number, requests) in *steps {
                let theirs = law(0.1 * (*number + 1) as f64);
                if *number == 0 {
                    counted.interval().merge_scaled(&theirs, *requests);
                } else {
                    counted.add(*number, &theirs, *requests);
                }
                spread.interval().merge_scaled(&theirs, *requests);
            }
            let counts = interval != 1;
            let (a, b) = (
                counted.close_interval(counts),
                spread.close_interval(counts),
            );
            for (a, b) in a.iter().zip(b) {
                assert_eq!(a.is_some(), b.is_some(), "{interval}");
                assert!(
                    (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-12,
                    "{interval}"
                );
            }
        }
        let (a, b) = (counted.finish(), spread.finish());
        assert!((a.total() - 23.0).abs() < 1e-9, "{}", a.total());
        for ((low, _, a), (same, _, b)) in a.buckets().zip(b.buckets()) {
            assert!((low - same).abs() < 1e-15 && (a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn a_forgotten_interval_leaves_nothing() {
        let mut times = ResponseTimes::default();
        times.add(1, &law(0.1), 10.0);
        times.interval().record(1.0, 1.0);
        times.forget_interval();
        assert_eq!(times.close_interval(true), [None; 3]);
        assert!(times.finish().total() <= 0.0);
    }
}

//! Response-time percentiles of successful requests.
//!
//! Failures are left out: they end early or late and would distort the percentiles. They are
//! counted in [`super::availability`]. The histogram knows a value to within 0.8 %.

use serde::Serialize;

use crate::sim::RunLog;

/// Percentiles in seconds over a run after its warm-up; none without successes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Latency {
    /// Half of the successes were at least this fast.
    pub p50_s: Option<f64>,
    /// 95 % were.
    pub p95_s: Option<f64>,
    /// 99 % were.
    pub p99_s: Option<f64>,
}

impl Latency {
    /// Reads a run's histogram.
    #[must_use]
    pub fn of(log: &RunLog) -> Self {
        Self {
            p50_s: log.latency.quantile_s(0.50),
            p95_s: log.latency.quantile_s(0.95),
            p99_s: log.latency.quantile_s(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;

    #[test]
    fn percentiles_are_those_of_the_successes() {
        let log = LogBuilder::minutes(1)
            .latency(&[(0.010, 94.0), (0.100, 4.0), (1.0, 2.0)])
            .build();
        let latency = Latency::of(&log);
        for (got, expected) in [
            (latency.p50_s, 0.010),
            (latency.p95_s, 0.100),
            (latency.p99_s, 1.0),
        ] {
            let got = got.expect("successes");
            assert!(
                (got / expected - 1.0).abs() < 1.0 / 64.0,
                "{got}, {expected}"
            );
        }
        let silent = LogBuilder::minutes(1).build();
        assert_eq!(Latency::of(&silent), Latency::default());
    }
}

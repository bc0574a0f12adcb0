//! The verdict: who wins on each of three axes, by how much, and how sure that is.
//!
//! This is the content of the verdict sentence; the sentence is written by [`crate::view`]. The
//! three axes are availability, the 99th percentile of response times, and cost. A design *wins*
//! when it is better on at least one axis and worse on none; otherwise there is a trade-off to
//! decide, and the verdict says between what.

use serde::Serialize;

use super::compare::{Delta, DeltaVerdict, Interval};
use super::figures::Metric;

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first design.
    Baseline,
    /// The other one.
    Candidate,
}

/// One axis of the verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Axis {
    /// The figure.
    pub metric: Metric,
    /// Who is better; none when no difference is shown.
    pub better: Option<Side>,
    /// Mean of candidate minus baseline.
    pub difference: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}

/// All axes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// The baseline is better on some axis and worse on none.
    BaselineWins,
    /// The candidate is.
    CandidateWins,
    /// Each is better on some axis.
    TradeOff,
    /// No axis shows a difference.
    NoDifference,
}

/// The content of the verdict sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// All axes together.
    pub overall: Overall,
    /// Served share of requests.
    pub availability: Axis,
    /// Minutes below the objective: the same axis in words people feel.
    pub slo_breach: Axis,
    /// Response time.
    pub latency_p99: Axis,
    /// List cost per month.
    pub cost: Axis,
    /// Pairs behind it.
    pub n: u32,
}

/// Draws the verdict from a comparison; none when the comparison lacks one of the figures.
#[must_use]
pub fn verdict(deltas: &[Delta]) -> Option<Verdict> {
    let find = |metric: Metric| deltas.iter().find(|delta| delta.metric == metric);
    let axis = |metric: Metric| find(metric).map(Axis::of);
    let availability = axis(Metric::Availability)?;
    let latency_p99 = axis(Metric::LatencyP99)?;
    let cost = axis(Metric::CostPerMonth)?;
    let better = [&availability, &latency_p99, &cost].map(|axis| axis.better);
    let any = |side: Side| better.contains(&Some(side));
    let overall = match (any(Side::Baseline), any(Side::Candidate)) {
        (true, false) => Overall::BaselineWins,
        (false, true) => Overall::CandidateWins,
        (true, true) => Overall::TradeOff,
        (false, false) => Overall::NoDifference,
    };
    Some(Verdict {
        overall,
        availability,
        slo_breach: axis(Metric::SloBreach)?,
        latency_p99,
        cost,
        n: find(Metric::Availability)?.n,
    })
}

impl Axis {
    /// True when both ends of the interval are too small to show: not a question of how many runs
    /// there are, as a difference that is not shown may be.
    #[must_use]
    pub fn is_negligible(&self) -> bool {
        let ends = self.interval.map(|it| [it.low.abs(), it.high.abs()]);
        self.better.is_none()
            && ends.is_some_and(|ends| ends.iter().all(|end| *end < self.metric.resolution()))
    }

    /// True when every pair had exactly the same figure.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let is_zero = |end: f64| end.to_bits() << 1 == 0;
        self.interval
            .is_some_and(|it| is_zero(it.low) && is_zero(it.high))
    }

    fn of(delta: &Delta) -> Self {
        Self {
            metric: delta.metric,
            better: match delta.verdict {
                DeltaVerdict::BaselineBetter => Some(Side::Baseline),
                DeltaVerdict::CandidateBetter => Some(Side::Candidate),
                DeltaVerdict::NoDifference => None,
            },
            difference: delta.difference,
            interval: delta.interval,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::analysis::compare::tests::run;

    #[track_caller]
    fn check(baseline: (f64, f64), candidate: (f64, f64), expected: Overall) -> Verdict {
        let runs = |(availability, cost)| vec![run(availability, cost); 6];
        let verdict = verdict(&compare(&runs(baseline), &runs(candidate))).expect("complete");
        assert_eq!(verdict.overall, expected);
        verdict
    }

    #[test]
    fn three_axes_make_one_verdict() {
        let dearer = check((0.99, 400.0), (0.999, 900.0), Overall::TradeOff);
        assert_eq!(dearer.availability.better, Some(Side::Candidate));
        assert_eq!(dearer.cost.better, Some(Side::Baseline));
        assert_eq!(dearer.cost.difference, Some(500.0));
        assert_eq!((dearer.latency_p99.better, dearer.n), (None, 6));
        check((0.99, 400.0), (0.999, 400.0), Overall::CandidateWins);
        check((0.99, 400.0), (0.99, 500.0), Overall::BaselineWins);
        check((0.99, 400.0), (0.99, 400.0), Overall::NoDifference);
        assert_eq!(verdict(&[]), None);
    }
}

//! Paired comparison: replication i of both designs met the same luck, so their difference is
//! taken pair by pair and the spread of the differences, not of the runs, decides how sure we are.
//!
//! The interval holds the true mean difference with 95 % confidence. When it holds zero, no
//! difference is shown, and that is the verdict. A figure compared with itself differs by exactly
//! zero with an interval of no width.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::figures::{Direction, Figures, Metric};
use super::statistics::{CONFIDENCE, bootstrap_interval, mean, sign_test, t_interval};

/// A range that holds the true mean difference with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end; at least the lower one.
    pub high: f64,
}

/// What a comparison of one figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeltaVerdict {
    /// The baseline is better.
    BaselineBetter,
    /// The candidate is better.
    CandidateBetter,
    /// No difference is shown: the interval holds zero or nothing as large as
    /// [`Metric::resolution`], or there are fewer than two pairs.
    NoDifference,
}

/// One figure of both designs, compared pair by pair.
#[derive(Debug, Clone, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Delta {
    /// Which figure.
    pub metric: Metric,
    /// Mean over the baseline's runs that have the figure.
    pub baseline: Option<f64>,
    /// Mean over the candidate's runs that have the figure.
    pub candidate: Option<f64>,
    /// Mean of candidate minus baseline over the pairs in which both have the figure.
    pub difference: Option<f64>,
    /// Interval of that mean; none for fewer than two such pairs.
    pub interval: Option<Interval>,
    /// Pairs in which the baseline was better. Having a figure beats having none.
    pub baseline_wins: u32,
    /// Pairs in which the candidate was better.
    pub candidate_wins: u32,
    /// Pairs in all.
    pub n: u32,
    /// Pairs in which both have the figure.
    pub n_measured: u32,
    /// What that shows. By the interval; by the count of wins when a side lacks figures.
    pub verdict: DeltaVerdict,
}

/// Compares the figures of two designs, replication by replication, in the order of
/// [`Metric::ALL`]. Runs beyond the shorter list have no partner and are left out.
#[must_use]
pub fn compare(baseline: &[Figures], candidate: &[Figures]) -> Vec<Delta> {
    Metric::ALL
        .into_iter()
        .map(|metric| {
            let pairs: Vec<_> = baseline
                .iter()
                .zip(candidate)
                .map(|(b, c)| (metric.of(b), metric.of(c)))
                .collect();
            delta(metric, &pairs)
        })
        .collect()
}

/// A figure of the baseline and of the candidate in one replication.
type Pair = (Option<f64>, Option<f64>);

fn delta(metric: Metric, pairs: &[Pair]) -> Delta {
    let differences: Vec<f64> = pairs
        .iter()
        .filter_map(|(b, c)| Some((*c)? - (*b)?))
        .collect();
    let mean_of = |side: &dyn Fn(&Pair) -> Option<f64>| {
        mean(&pairs.iter().filter_map(side).collect::<Vec<_>>())
    };
    let interval = if metric.is_skewed() {
        bootstrap_interval(&differences)
    } else {
        t_interval(&differences)
    };
    let interval = interval.map(|(low, high)| Interval { low, high });
    let wins =
        |better: &dyn Fn(&Pair) -> bool| pairs.iter().filter(|pair| better(pair)).count() as u32;
    let baseline_wins = wins(&|(b, c)| is_better(metric, *b, *c));
    let candidate_wins = wins(&|(b, c)| is_better(metric, *c, *b));
    let n_lacking = pairs
        .iter()
        .filter(|(b, c)| b.is_some() != c.is_some())
        .count();
    let verdict = if n_lacking > 0 {
        by_wins(baseline_wins, candidate_wins)
    } else {
        interval.map_or(DeltaVerdict::NoDifference, |interval| {
            by_interval(metric, interval)
        })
    };
    Delta {
        metric,
        baseline: mean_of(&|(b, _)| *b),
        candidate: mean_of(&|(_, c)| *c),
        difference: mean(&differences),
        interval,
        baseline_wins,
        candidate_wins,
        n: pairs.len() as u32,
        n_measured: differences.len() as u32,
        verdict,
    }
}

/// Whether a figure is better than another; having one beats having none, but for nodes, which a
/// design may do without.
fn is_better(metric: Metric, this: Option<f64>, other: Option<f64>) -> bool {
    match (this, other, metric.direction()) {
        (Some(this), Some(other), Direction::Higher) => this > other,
        (Some(this), Some(other), Direction::Lower) => this < other,
        (this, other, _) => {
            this.is_some() && other.is_none() && !matches!(metric, Metric::PeakNodes)
        }
    }
}

fn by_interval(metric: Metric, interval: Interval) -> DeltaVerdict {
    let direction = metric.direction();
    if interval.low.abs().max(interval.high.abs()) < metric.resolution() {
        return DeltaVerdict::NoDifference;
    }
    let candidate_is_higher = if interval.low > 0.0 {
        true
    } else if interval.high < 0.0 {
        false
    } else {
        return DeltaVerdict::NoDifference;
    };
    if candidate_is_higher == (direction == Direction::Higher) {
        DeltaVerdict::CandidateBetter
    } else {
        DeltaVerdict::BaselineBetter
    }
}

fn by_wins(baseline_wins: u32, candidate_wins: u32) -> DeltaVerdict {
    if sign_test(baseline_wins, candidate_wins) > 1.0 - CONFIDENCE {
        DeltaVerdict::NoDifference
    } else if baseline_wins > candidate_wins {
        DeltaVerdict::BaselineBetter
    } else {
        DeltaVerdict::CandidateBetter
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::recovery::Recovery;

    /// Figures of a calm run with the given availability and monthly cost.
    pub(in crate::analysis) fn run(availability: f64, cost: f64) -> Figures {
        Figures {
            availability: Some(availability),
            downtime_min: (1.0 - availability) * 1440.0,
            slo_breach_min: 0.0,
            error_budget_used: Some((1.0 - availability) / 0.001 / 30.0),
            latency_p50_s: Some(0.03),
            latency_p95_s: Some(0.08),
            latency_p99_s: Some(0.12),
            recovery: Recovery::Recovered { after_s: 0.0 },
            cost_per_month_usd: cost,
            cost_per_million_requests_usd: Some(cost / 2000.0),
            lost_requests: (1.0 - availability) * 1e6,
            peak_nodes: 6,
            pod_pending_min: 0.0,
        }
    }

    #[track_caller]
    fn one(baseline: &[Figures], candidate: &[Figures], metric: Metric) -> Delta {
        let all = compare(baseline, candidate);
        all.into_iter()
            .find(|delta| delta.metric == metric)
            .expect("every metric is compared")
    }

    #[test]
    fn a_steady_gain_is_shown_and_noise_is_not() {
        let noise = |i: u32| f64::from(i * 7 % 5) * 1e-4;
        let baseline: Vec<_> = (0..32).map(|i| run(0.99 - noise(i), 400.0)).collect();
        let better: Vec<_> = (0..32).map(|i| run(0.999 - noise(i), 900.0)).collect();
        let delta = one(&baseline, &better, Metric::Availability);
        assert_eq!(delta.verdict, DeltaVerdict::CandidateBetter);
        assert_eq!(
            (delta.baseline_wins, delta.candidate_wins, delta.n),
            (0, 32, 32)
        );
        assert!((delta.difference.expect("pairs") - 0.009).abs() < 1e-12);
        let cost = one(&baseline, &better, Metric::CostPerMonth);
        assert_eq!(cost.verdict, DeltaVerdict::BaselineBetter);
        assert_eq!(
            cost.interval,
            Some(Interval {
                low: 500.0,
                high: 500.0
            })
        );
        let mixed: Vec<_> = (0..32)
            .map(|i| run(0.99 - noise(i + 1), 400.0 + noise(i) - noise(i + 2)))
            .collect();
        for metric in [Metric::Availability, Metric::CostPerMonth] {
            let delta = one(&baseline, &mixed, metric);
            assert_eq!(delta.verdict, DeltaVerdict::NoDifference, "{delta:?}");
        }
    }

    #[test]
    fn a_difference_too_small_to_show_is_none() {
        let baseline = vec![run(0.99, 400.0); 8];
        let nearly = vec![run(0.99 + 1e-8, 400.0 + 0.01); 8];
        for metric in [Metric::Availability, Metric::CostPerMonth] {
            let delta = one(&baseline, &nearly, metric);
            assert_eq!(delta.verdict, DeltaVerdict::NoDifference, "{delta:?}");
        }
    }

    #[test]
    fn one_pair_shows_values_but_no_verdict() {
        let delta = one(&[run(0.9, 1.0)], &[run(0.99, 1.0)], Metric::Availability);
        assert_eq!((delta.baseline, delta.candidate), (Some(0.9), Some(0.99)));
        assert_eq!(delta.interval, None);
        assert_eq!(delta.verdict, DeltaVerdict::NoDifference);
        assert_eq!(one(&[], &[], Metric::Availability).difference, None);
    }

    #[test]
    fn a_run_that_never_recovered_loses_its_pair() {
        let lost = Figures {
            recovery: Recovery::StillBelow,
            ..run(0.9, 1.0)
        };
        let back = Figures {
            recovery: Recovery::Recovered { after_s: 600.0 },
            ..run(0.99, 1.0)
        };
        let delta = one(
            &vec![lost.clone(); 8],
            &vec![back.clone(); 8],
            Metric::Recovery,
        );
        assert_eq!(delta.verdict, DeltaVerdict::CandidateBetter);
        assert_eq!((delta.baseline, delta.candidate), (None, Some(600.0)));
        assert_eq!((delta.n, delta.n_measured), (8, 0));
        let few = one(&vec![lost; 5], &vec![back; 5], Metric::Recovery);
        assert_eq!(few.verdict, DeltaVerdict::NoDifference, "5 : 0 is no proof");
    }

    #[test]
    fn a_design_without_nodes_is_no_better_for_that() {
        let on_nodes = vec![run(0.99, 1.0); 8];
        let tasks = Figures {
            peak_nodes: 0,
            ..run(0.99, 1.0)
        };
        let delta = one(&on_nodes, &vec![tasks; 8], Metric::PeakNodes);
        assert!(delta.baseline.is_some());
        assert_eq!((delta.candidate, delta.difference), (None, None));
        assert_eq!((delta.baseline_wins, delta.candidate_wins), (0, 0));
        assert_eq!(delta.verdict, DeltaVerdict::NoDifference);
    }

    fn any_figures() -> impl Strategy<Value = Figures> {
        (0.0..1.0_f64, 0.0..1e5_f64, 0.0..100.0_f64, 0..50_u32).prop_map(
            |(availability, cost, latency, nodes)| Figures {
                latency_p99_s: (latency > 10.0).then_some(latency),
                peak_nodes: nodes,
                ..run(availability, cost)
            },
        )
    }

    proptest! {
        #[test]
        fn a_design_against_itself_differs_by_exactly_nothing(
            runs in proptest::collection::vec(any_figures(), 2..40),
        ) {
            for delta in compare(&runs, &runs) {
                if let Some(difference) = delta.difference {
                    prop_assert_eq!(difference.to_bits(), 0.0_f64.to_bits());
                }
                if let Some(Interval { low, high }) = delta.interval {
                    prop_assert_eq!((low.to_bits(), high.to_bits()), (0, 0));
                }
                prop_assert_eq!(delta.verdict, DeltaVerdict::NoDifference);
                prop_assert_eq!((delta.baseline_wins, delta.candidate_wins), (0, 0));
            }
        }

        #[test]
        fn changing_sides_mirrors_the_result(
            pairs in proptest::collection::vec((any_figures(), any_figures()), 2..12),
        ) {
            let (a, b): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            for (there, back) in compare(&a, &b).iter().zip(&compare(&b, &a)) {
                prop_assert_eq!(there.baseline_wins, back.candidate_wins);
                prop_assert_eq!(there.candidate_wins, back.baseline_wins);
                if let (Some(d), Some(e)) = (there.difference, back.difference) {
                    prop_assert!((d + e).abs() <= 1e-9 * d.abs().max(1.0));
                }
            }
        }
    }
}

//! How often the Spot market takes instances back.
//!
//! The real thing. The Spot Advisor says, for each instance type and Region, what share of the
//! instances was interrupted within the last month, as one of five buckets (under 5 %, to 10 %, to
//! 15 %, to 20 %, above). Reclaims come together: when capacity of one type in one zone runs short,
//! many instances of that market go at once.
//!
//! Assumed: a constant hazard over a month of 730 h at the middle of the bucket; each event of a
//! market takes the same share of its instances, so that events are the rarer the more they take.

use crate::model::catalog::HOURS_PER_MONTH;
use crate::units::Ratio;

/// Chances nearer to certainty than this are taken as this: certainty has no finite hazard.
const NEARLY_CERTAIN: f64 = 0.999_999;

/// How often an instance is reclaimed, per hour; `per_month` is the chance of it within a month.
#[must_use]
pub fn hazard_per_hour(per_month: Ratio) -> f64 {
    -libm::log1p(-per_month.value().min(NEARLY_CERTAIN)) / HOURS_PER_MONTH
}

/// Mean hours between two events of a market that each take `share` of its instances; `None` when
/// there are none.
#[must_use]
pub fn mean_gap_hours(per_month: Ratio, share: Ratio) -> Option<f64> {
    let hazard = hazard_per_hour(per_month);
    (hazard > 0.0 && share.value() > 0.0).then(|| share.value() / hazard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::dist;
    use crate::sim::rng::RngStream;

    /// Fewer than 5 % of Spot instances are interrupted in a month (nOps, FinOps Forge).
    const FIVE_PERCENT: f64 = 0.05;

    #[test]
    fn five_percent_a_month_is_seven_in_a_hundred_thousand_hours() {
        let hazard = hazard_per_hour(Ratio::new(FIVE_PERCENT));
        assert!((hazard - 7.0e-5).abs() < 5e-7, "{hazard}");
        for (per_month, expected) in [(0.025, 3.5e-5), (0.075, 1.07e-4), (0.175, 2.64e-4)] {
            let hazard = hazard_per_hour(Ratio::new(per_month));
            assert!(
                (hazard / expected - 1.0).abs() < 0.01,
                "{per_month}: {hazard}"
            );
        }
        assert_eq!(mean_gap_hours(Ratio::ZERO, Ratio::ONE), None);
        assert_eq!(mean_gap_hours(Ratio::ONE, Ratio::ZERO), None);
    }

    /// Of thirty nodes that go one by one, at least one goes in 78.5 % of the months, 1.5 in the
    /// mean.
    #[test]
    fn thirty_nodes_seldom_get_through_a_month() {
        let n_nodes = 30.0;
        let one_by_one = Ratio::new(1.0 / n_nodes);
        let gap = mean_gap_hours(Ratio::new(FIVE_PERCENT), one_by_one).expect("events come");
        let (n_months, mut n_hit, mut n_events) = (20_000, 0, 0);
        for month in 0..n_months {
            let mut stream = RngStream::new(20_261_122, 0, "spot_reclaim_gap", "test", month);
            let mut at = dist::exponential(&mut stream, gap);
            n_hit += u32::from(at < HOURS_PER_MONTH);
            while at < HOURS_PER_MONTH {
                n_events += 1;
                at += dist::exponential(&mut stream, gap);
            }
        }
        let share = |n: u32| f64::from(n) / n_months as f64;
        // Four standard errors of 20,000 months.
        assert!((share(n_hit) - 0.785).abs() < 0.012, "{}", share(n_hit));
        assert!(
            (share(n_events) - 1.539).abs() < 0.036,
            "{}",
            share(n_events)
        );
    }
}

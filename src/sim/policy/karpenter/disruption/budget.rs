//! Disruption budgets: how many nodes of a pool may be on their way out at once.
//!
//! The real thing. Each budget says a number or a percentage of the pool's nodes, rounded up, for
//! all reasons or some, always or from each hit of a cron schedule for a while. Of those that hold
//! now the strictest counts; what is deleting or not ready is subtracted, since it is disrupted
//! already. A pool without budgets has no limit.

use crate::model::{DisruptionBudget, DisruptionReason};
use crate::units::{IntOrPercent, SimDuration, SimTime};

/// A pool's nodes, as its budgets count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Nodes that have joined.
    pub total: u32,
    /// Those of them that are deleting or not ready.
    pub disrupted: u32,
}

/// What the budgets of a pool leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Nodes that may be disrupted at once.
    pub limit: u32,
    /// Nodes that may be disrupted now.
    pub allowed: u32,
    /// What it was counted from.
    pub counts: Counts,
    /// The strictest budget that holds now; none when no budget does.
    pub strictest: Option<IntOrPercent>,
}

/// What the budgets leave for a reason at `now`.
#[must_use]
pub fn allowance(
    budgets: &[DisruptionBudget],
    reason: DisruptionReason,
    counts: Counts,
    now: SimTime,
) -> Allowance {
    let concerns = |it: &&DisruptionBudget| {
        let for_reason = it.reasons.as_ref().is_none_or(|all| all.contains(&reason));
        for_reason && is_active(it, now)
    };
    let limits = budgets.iter().filter(concerns).map(|it| it.nodes);
    let strictest = limits.min_by_key(|nodes| nodes.rounded_up_of(counts.total));
    let limit = strictest.map_or(u32::MAX, |nodes| nodes.rounded_up_of(counts.total));
    Allowance {
        limit,
        allowed: limit.saturating_sub(counts.disrupted),
        counts,
        strictest,
    }
}

/// True when a budget holds at `now`: always, or for its duration from each hit of its schedule.
fn is_active(budget: &DisruptionBudget, now: SimTime) -> bool {
    let (Some(schedule), Some(duration)) = (&budget.schedule, budget.duration) else {
        return true;
    };
    if now < SimTime::START + duration {
        // Cron would look back before the run; the first hit after its start is what there is.
        let first = SimTime::START;
        return schedule.hits(first) || schedule.next_after(first).is_some_and(|hit| hit <= now);
    }
    let since = SimTime::from_ns(now.as_ns() - duration.as_ns());
    schedule.next_after(since).is_some_and(|hit| hit <= now)
}

/// When one of the budgets may next begin or cease to hold; none when all hold always.
#[must_use]
pub fn next_change(budgets: &[DisruptionBudget], now: SimTime) -> Option<SimTime> {
    let changes = budgets.iter().filter_map(|it| {
        let (schedule, duration) = (it.schedule.as_ref()?, it.duration?);
        let next = schedule.next_after(now)?;
        // The window that is open now ends its duration after its last hit.
        let mut end = None;
        let back = now.as_ns().saturating_sub(duration.as_ns());
        let mut hit = schedule.next_after(SimTime::from_ns(back));
        while let Some(at) = hit.filter(|at| *at <= now) {
            end = Some(at + duration + SimDuration::from_ns(1));
            hit = schedule.next_after(at);
        }
        Some(end.map_or(next, |end| end.min(next)))
    });
    changes.min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{CronSchedule, FromText as _};

    fn budget(nodes: &str, reasons: Option<&[DisruptionReason]>) -> DisruptionBudget {
        DisruptionBudget {
            reasons: reasons.map(<[_]>::to_vec),
            ..DisruptionBudget::of(IntOrPercent::from_text(nodes).expect("valid"))
        }
    }

    #[test]
    fn a_budget_counts_what_is_disrupted_already() {
        #[track_caller]
        fn check(total: u32, disrupted: u32, nodes: &str, allowed: u32) {
            let counts = Counts { total, disrupted };
            let budgets = [budget(nodes, None)];
            let got = allowance(&budgets, DisruptionReason::Empty, counts, SimTime::START);
            assert_eq!(got.allowed, allowed);
            assert_eq!(got.strictest, Some(budgets[0].nodes));
        }
        check(100, 0, "10%", 10);
        check(100, 0, "100%", 100);
        check(10, 0, "0%", 0);
        check(10, 0, "10%", 1);
        check(11, 0, "10%", 2);
        check(3, 0, "10%", 1);
        check(30, 2, "10%", 1);
        check(30, 12, "10%", 0);
        check(0, 0, "10%", 0);
        check(3, 0, "5", 5);
    }

    #[test]
    fn the_strictest_budget_of_a_reason_counts() {
        use DisruptionReason::{Drifted, Empty, Underutilized};
        let budgets = [
            budget("10", None),
            budget("100%", None),
            budget("5", Some(&[Drifted])),
            budget("4", Some(&[Empty, Drifted])),
        ];
        let counts = Counts {
            total: 100,
            disrupted: 0,
        };
        let allowed = |reason| allowance(&budgets, reason, counts, SimTime::START).allowed;
        assert_eq!(
            [Empty, Drifted, Underutilized].map(allowed),
            [4, 4, 10],
            "empty, drifted, underutilized"
        );
        let none = allowance(&[], Empty, counts, SimTime::START);
        assert_eq!((none.allowed, none.strictest), (u32::MAX, None));
    }

    #[test]
    fn a_schedule_opens_a_window() {
        let window = DisruptionBudget {
            schedule: Some(CronSchedule::from_text("0 9 * * mon-fri").expect("valid")),
            duration: Some(SimDuration::from_h(8)),
            ..budget("0", None)
        };
        let at = |h: u64| SimTime::START + SimDuration::from_h(h);
        let is_open = |h| is_active(&window, at(h));
        assert_eq!(
            [8, 9, 16, 17, 33].map(is_open),
            [false, true, true, false, true]
        );
        // Saturday is day 5.
        assert!(!is_open(5 * 24 + 10));
        let budgets = [window];
        let next = |h| next_change(&budgets, at(h)).map(|it| it.as_s_f64() / 3600.0);
        assert_eq!(next(0), Some(9.0));
        assert!(next(10).is_some_and(|it| (it - 17.0).abs() < 1e-6));
        assert!(next_change(&[budget("1", None)], at(0)).is_none());
    }
}

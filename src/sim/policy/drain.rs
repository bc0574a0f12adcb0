//! Draining: how whoever empties a node goes about it.
//!
//! The real thing. A drain closes the node to new pods (cordon), asks the eviction API for every
//! pod on it (`policy/disruption_budget.rs`), and asks again for those that were refused. How
//! often, for how long, and what then, is up to the one who drains:
//!
//! * `kubectl drain` takes one node after the other, asks again every 5 s for as long as its
//!   `--timeout` says (for ever by default), and leaves the node empty and cordoned.
//! * Karpenter asks again after 100 ms, then ever later up to every 10 s, for ever unless the node
//!   pool has a `terminationGracePeriod`. That is when the node goes: a pod is deleted, whatever
//!   its budget says, as much earlier as its grace period is long, and one with a longer grace
//!   period gets what is left, but never less than a second. A pod that should have been gone for a
//!   minute, as one on a machine that died, is no longer waited for.
//! * Cluster Autoscaler asks again every 10 s for 2 min (`--max-pod-eviction-time`). Once every
//!   pod may go it waits until they are gone, for the longest grace that it gives a pod, 600 s
//!   (`--max-graceful-termination-sec`), and 30 s. When a pod is still refused or still there it
//!   gives up and opens the node again.
//!
//! Rules: kubectl `pkg/drain/drain.go` (read at 1.37); Karpenter 1.14.1
//! `pkg/controllers/node/termination/terminator` (`needsForceDelete`, `forceDelete`) and
//! `pkg/utils/pod/scheduling.go` (`IsStuckTerminating`); Cluster Autoscaler 1.36.1
//! `core/scaledown/actuation/drain.go` and its FAQ. Read 2026-11-23.
//!
//! Assumed: pods of one node are asked for together, so that their waits run in step.
//!
//! Left out: Karpenter's order of four groups (critical and daemon pods last), and the rate limits
//! of 100 evictions a second.

use crate::sim::event::DrainReason;
use crate::units::{SimDuration, SimTime};

/// How a refused eviction is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryPace {
    /// At equal times.
    Every(SimDuration),
    /// After `first`, then after twice the last wait, up to `longest`.
    BackOff {
        /// First wait.
        first: SimDuration,
        /// Longest wait.
        longest: SimDuration,
    },
}

/// How long a drain may take, and what is done when it takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// After so long the nodes are empty: pods are deleted in time for that, whatever their budgets
    /// say.
    DeletePods(SimDuration),
    /// The drain is given up, and the node opened again.
    GiveUp {
        /// When a pod has been refused for so long.
        refused: SimDuration,
        /// When a pod is still there so long after the last eviction.
        ending: SimDuration,
    },
}

/// What is done with an empty node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenEmpty {
    /// It is removed.
    Remove,
    /// It stays, closed to new pods.
    KeepCordoned,
}

/// How one who drains goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainRules {
    /// How refused evictions are tried again.
    pub pace: RetryPace,
    /// Nodes are drained one after the other, not all at once.
    pub one_by_one: bool,
    /// How long it may take, and what then; none for as long as it takes.
    pub limit: Option<Limit>,
    /// Longest grace period that it gives a pod; none leaves every pod its own.
    pub longest_grace: Option<SimDuration>,
    /// How long a pod is waited for that should have been gone; none for as long as it takes.
    pub stuck_after: Option<SimDuration>,
    /// What is done with a node without pods.
    pub when_empty: WhenEmpty,
}

const KUBECTL_PACE: RetryPace = RetryPace::Every(SimDuration::from_s(5));
const KARPENTER_PACE: RetryPace = RetryPace::BackOff {
    first: SimDuration::from_ms(100),
    longest: SimDuration::from_s(10),
};
const KARPENTER_STUCK_AFTER: SimDuration = SimDuration::from_min(1);
/// No grace period is cut to less: one of zero would not wait for the kubelet.
const MIN_GRACE: SimDuration = SimDuration::from_s(1);
const CLUSTER_AUTOSCALER_PACE: RetryPace = RetryPace::Every(SimDuration::from_s(10));
const CLUSTER_AUTOSCALER_LIMIT: Limit = Limit::GiveUp {
    refused: SimDuration::from_min(2),
    ending: SimDuration::from_s(600 + 30),
};
const CLUSTER_AUTOSCALER_GRACE: SimDuration = SimDuration::from_s(600);

impl DrainRules {
    /// The rules of those who drain for a reason.
    #[must_use]
    pub const fn of(reason: DrainReason) -> Self {
        match reason {
            DrainReason::Maintenance => Self {
                pace: KUBECTL_PACE,
                one_by_one: true,
                limit: None,
                longest_grace: None,
                stuck_after: None,
                when_empty: WhenEmpty::KeepCordoned,
            },
            // The machine goes when its time has come, empty or not.
            DrainReason::SpotInterruption | DrainReason::InstanceTerminated => Self {
                pace: KARPENTER_PACE,
                one_by_one: false,
                limit: None,
                longest_grace: None,
                stuck_after: None,
                when_empty: WhenEmpty::KeepCordoned,
            },
            DrainReason::Karpenter => Self {
                pace: KARPENTER_PACE,
                one_by_one: false,
                limit: None,
                longest_grace: None,
                stuck_after: Some(KARPENTER_STUCK_AFTER),
                when_empty: WhenEmpty::Remove,
            },
            DrainReason::ClusterAutoscaler => Self {
                pace: CLUSTER_AUTOSCALER_PACE,
                one_by_one: false,
                limit: Some(CLUSTER_AUTOSCALER_LIMIT),
                longest_grace: Some(CLUSTER_AUTOSCALER_GRACE),
                stuck_after: None,
                when_empty: WhenEmpty::Remove,
            },
        }
    }

    /// When a pod that is told to end at `now` and would take `own_grace` is to be gone, if the
    /// drain began at `began_at`.
    #[must_use]
    pub fn ends_by(&self, began_at: SimTime, own_grace: SimDuration, now: SimTime) -> SimTime {
        let by_grace = now + self.longest_grace.unwrap_or(own_grace).min(own_grace);
        match self.limit {
            Some(Limit::DeletePods(after)) => by_grace.min((began_at + after).max(now + MIN_GRACE)),
            _ => by_grace,
        }
    }

    /// When a pod is told to end whatever its budget says, if the drain began at `began_at`;
    /// [`SimTime::NEVER`] without such a time.
    #[must_use]
    pub fn deleted_at(&self, began_at: SimTime, own_grace: SimDuration) -> SimTime {
        match self.limit {
            Some(Limit::DeletePods(after)) => began_at + (after - own_grace),
            _ => SimTime::NEVER,
        }
    }
}

/// When evictions that were first refused at `since` are tried next, strictly after `now`. Nobody
/// needs to wake up in between: the answer changes only when a pod becomes ready, goes, or another
/// number is wanted.
#[must_use]
pub fn next_attempt(pace: RetryPace, since: SimTime, now: SimTime) -> SimTime {
    let elapsed = now.since(since).as_ns();
    let after = |base: u64, period: u64| {
        let steps = (elapsed - base) / period.max(1) + 1;
        since + SimDuration::from_ns(base + steps * period.max(1))
    };
    match pace {
        RetryPace::Every(period) => after(0, period.as_ns()),
        RetryPace::BackOff { first, longest } => {
            let (mut at, mut wait) = (0, first.as_ns());
            while wait < longest.as_ns() {
                at += wait;
                if at > elapsed {
                    return since + SimDuration::from_ns(at);
                }
                wait *= 2;
            }
            after(at, longest.as_ns())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pace: RetryPace, expected_ms: &[u64]) {
        let since = SimTime::from_s(1000);
        let mut now = since;
        for ms in expected_ms {
            now = next_attempt(pace, since, now);
            assert_eq!(now.since(since), SimDuration::from_ms(*ms));
            // Asked in between, the answer is the same.
            let before = SimTime::from_ns(now.as_ns() - 1);
            assert_eq!(next_attempt(pace, since, before), now);
        }
    }

    #[test]
    fn cluster_autoscaler_cuts_a_grace_period_and_others_do_not() {
        #[track_caller]
        fn check(reason: DrainReason, grace_s: u64, expected_s: u64) {
            let rules = DrainRules::of(reason);
            let (began_at, now) = (SimTime::from_s(990), SimTime::from_s(1000));
            let own_grace = SimDuration::from_s(grace_s);
            let ends_by = rules.ends_by(began_at, own_grace, now);
            assert_eq!(ends_by, SimTime::from_s(1000 + expected_s));
            assert_eq!(rules.deleted_at(began_at, own_grace), SimTime::NEVER);
        }
        check(DrainReason::ClusterAutoscaler, 30, 30);
        check(DrainReason::ClusterAutoscaler, 900, 600);
        check(DrainReason::Maintenance, 900, 900);
        check(DrainReason::Karpenter, 900, 900);
    }

    #[test]
    fn a_termination_grace_period_leaves_a_pod_what_it_can() {
        let rules = DrainRules {
            limit: Some(Limit::DeletePods(SimDuration::from_s(300))),
            ..DrainRules::of(DrainReason::Karpenter)
        };
        let began_at = SimTime::from_s(1000);
        #[track_caller]
        fn check(found: SimTime, expected_s: u64) {
            assert_eq!(found, SimTime::from_s(expected_s));
        }
        let (short, long) = (SimDuration::from_s(30), SimDuration::from_s(600));
        check(rules.deleted_at(began_at, short), 1270);
        check(rules.deleted_at(began_at, long), 1000);
        check(rules.ends_by(began_at, short, SimTime::from_s(1100)), 1130);
        check(rules.ends_by(began_at, short, SimTime::from_s(1290)), 1300);
        check(rules.ends_by(began_at, long, began_at), 1300);
        check(rules.ends_by(began_at, short, SimTime::from_s(1300)), 1301);
    }

    #[test]
    fn refused_evictions_are_tried_again_at_their_pace() {
        check(KUBECTL_PACE, &[5_000, 10_000, 15_000]);
        check(CLUSTER_AUTOSCALER_PACE, &[10_000, 20_000]);
        let doubling = [100, 300, 700, 1_500, 3_100, 6_300, 12_700];
        check(KARPENTER_PACE, &doubling);
        let later = [22_700, 32_700, 42_700];
        let all: Vec<u64> = doubling.into_iter().chain(later).collect();
        check(KARPENTER_PACE, &all);
    }
}

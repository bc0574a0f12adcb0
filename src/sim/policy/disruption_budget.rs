//! Disruption budgets: whether the eviction API lets a pod go.
//!
//! The real thing. The disruption controller keeps a status beside every `PodDisruptionBudget`: how
//! many pods there should be, how many are healthy (ready and not being deleted), how many have to
//! stay so, and the difference, which is what may be evicted now. Whoever drains a node asks the
//! eviction API for each pod; the API answers 429 when nothing may go, and the client tries again
//! (`policy/drain.rs`). Nothing else asks: a node that dies, a taint that evicts, a ReplicaSet that
//! scales down and a preempting pod all take pods without a budget, but what they took counts.
//!
//! A pod that is not ready costs no budget. By default it may go only while as many pods are
//! healthy as the budget wants, so that an application in trouble keeps what may yet recover; that
//! is also what makes a drain wait for ever on pods that never become ready (`AlwaysAllow` lets
//! them go).
//!
//! Karpenter does not even begin with a node that has a pod whose budget allows nothing; of pods
//! that are not ready it minds all but those under `AlwaysAllow`.
//!
//! Rules: kubernetes `pkg/controller/disruption/disruption.go` (`getExpectedPodCount`,
//! `countHealthyPods`, `updatePdbStatus`) and `pkg/registry/core/pod/storage/eviction.go`, read
//! 2026-11-23; field texts of the policy/v1 API 1.37; Karpenter 1.14.1 `pkg/utils/pdb/pdb.go`.
//!
//! Assumed: the controller's status is never behind, where the real one catches up within
//! milliseconds and a map of evicted pods bridges them.
//!
//! Left out: several budgets for one pod, which the eviction API refuses as an error.

use crate::model::{PodDisruptionBudget, UnhealthyPodEvictionPolicy};
use crate::units::IntOrPercent;

/// The pods of a deployment as the disruption controller counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// Replicas that the deployment wants: its scale.
    pub replicas: u32,
    /// Pod objects, terminating ones included.
    pub pods: u32,
    /// Pods that are ready and not being deleted. A pod of a silent node counts until its node is
    /// Unknown.
    pub healthy: u32,
}

/// What the controller writes beside a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetStatus {
    /// Pods that there should be.
    pub expected_pods: u32,
    /// Pods that are healthy.
    pub current_healthy: u32,
    /// Pods that have to stay healthy.
    pub desired_healthy: u32,
    /// Pods that may be evicted now.
    pub disruptions_allowed: u32,
}

/// What the eviction API says, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No budget covers the pod, or it has not started: deleted without a look.
    Unprotected,
    /// The budget allows one more.
    WithinBudget,
    /// It is not ready, and as many pods are healthy as the budget wants.
    UnhealthyWithHealthyBudget,
    /// It is not ready, and the budget lets such pods go at any time.
    UnhealthyAlways,
    /// 429: the budget is used up.
    Refused,
}

impl Verdict {
    /// True when the pod goes.
    #[must_use]
    pub fn allows(self) -> bool {
        self != Self::Refused
    }
}

/// The status of a budget. A budget without bounds expects no pods and allows nothing, as the
/// controller has it; with both, `max_unavailable` counts.
#[must_use]
pub fn status(budget: &PodDisruptionBudget, seen: Observed) -> BudgetStatus {
    let (expected_pods, desired_healthy) = match (budget.max_unavailable, budget.min_available) {
        (Some(most), _) => {
            let unavailable = most.rounded_up_of(seen.replicas);
            (seen.replicas, seen.replicas.saturating_sub(unavailable))
        }
        (None, Some(IntOrPercent::Int(least))) => (seen.pods, least),
        (None, Some(share)) => (seen.replicas, share.rounded_up_of(seen.replicas)),
        (None, None) => (0, 0),
    };
    let spare = seen.healthy.saturating_sub(desired_healthy);
    BudgetStatus {
        expected_pods,
        current_healthy: seen.healthy,
        desired_healthy,
        disruptions_allowed: if expected_pods == 0 { 0 } else { spare },
    }
}

/// Whether a running pod may be evicted now.
#[must_use]
pub fn evict(is_ready: bool, budget: &PodDisruptionBudget, status: &BudgetStatus) -> Verdict {
    if !is_ready {
        if budget.unhealthy_pod_eviction_policy == UnhealthyPodEvictionPolicy::AlwaysAllow {
            return Verdict::UnhealthyAlways;
        }
        if status.desired_healthy > 0 && status.current_healthy >= status.desired_healthy {
            return Verdict::UnhealthyWithHealthyBudget;
        }
    }
    if status.disruptions_allowed > 0 {
        Verdict::WithinBudget
    } else {
        Verdict::Refused
    }
}

/// Whether a running pod keeps Karpenter from choosing its node.
#[must_use]
pub fn holds_node(is_ready: bool, budget: &PodDisruptionBudget, status: &BudgetStatus) -> bool {
    let policy = budget.unhealthy_pod_eviction_policy;
    let is_minded = is_ready || policy != UnhealthyPodEvictionPolicy::AlwaysAllow;
    is_minded && status.disruptions_allowed == 0
}

/// True when a budget never lets a running pod go: nothing may be missing, or all has to be there.
/// A number in `min_available` that happens to be all of the replicas is not looked through; a pod
/// that is not ready may go all the same where the budget says so (Karpenter core 1.14.1,
/// `pkg/utils/pdb/pdb.go`).
#[must_use]
pub fn blocks_fully(budget: &PodDisruptionBudget, is_ready: bool) -> bool {
    let lets_unhealthy_go =
        budget.unhealthy_pod_eviction_policy == UnhealthyPodEvictionPolicy::AlwaysAllow;
    let is_zero = |it: IntOrPercent| match it {
        IntOrPercent::Int(number) => number == 0,
        IntOrPercent::Percent(share) => share.value() <= 0.0,
    };
    let is_all = |it| matches!(it, IntOrPercent::Percent(share) if share.value() >= 1.0);
    let blocks =
        budget.max_unavailable.is_some_and(is_zero) || budget.min_available.is_some_and(is_all);
    blocks && (is_ready || !lets_unhealthy_go)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::FromText as _;

    fn bound(text: &str) -> Option<IntOrPercent> {
        Some(IntOrPercent::from_text(text).expect("valid"))
    }

    fn min_available(text: &str) -> PodDisruptionBudget {
        PodDisruptionBudget {
            min_available: bound(text),
            ..PodDisruptionBudget::default()
        }
    }

    fn max_unavailable(text: &str) -> PodDisruptionBudget {
        PodDisruptionBudget {
            max_unavailable: bound(text),
            ..PodDisruptionBudget::default()
        }
    }

    const fn seen(replicas: u32, healthy: u32) -> Observed {
        Observed {
            replicas,
            pods: replicas,
            healthy,
        }
    }

    #[test]
    fn both_bounds_are_rounded_up() {
        #[track_caller]
        fn check(budget: PodDisruptionBudget, seen: Observed, desired: u32, allowed: u32) {
            let status = status(&budget, seen);
            assert_eq!(status.desired_healthy, desired);
            assert_eq!(status.disruptions_allowed, allowed);
        }
        check(min_available("2"), seen(3, 3), 2, 1);
        check(min_available("3"), seen(3, 3), 3, 0);
        check(min_available("50%"), seen(7, 7), 4, 3);
        check(max_unavailable("1"), seen(3, 3), 2, 1);
        check(max_unavailable("25%"), seen(3, 3), 2, 1);
        check(max_unavailable("30%"), seen(7, 7), 4, 3);
        check(max_unavailable("9"), seen(3, 3), 0, 3);
        check(max_unavailable("0%"), seen(3, 3), 3, 0);
        check(max_unavailable("1"), seen(3, 2), 2, 0);
        check(max_unavailable("1"), seen(3, 0), 2, 0);
        // A number counts pods, a share counts the replicas wanted: after a scale-down with one
        // pod still ending, or with no pod at all.
        let ending = Observed {
            replicas: 0,
            pods: 1,
            healthy: 1,
        };
        check(min_available("0"), ending, 0, 1);
        check(min_available("0%"), ending, 0, 0);
        check(PodDisruptionBudget::default(), seen(3, 3), 0, 0);
    }

    #[test]
    fn pods_that_are_not_ready_have_a_rule_of_their_own() {
        let budget = min_available("2");
        let patient = PodDisruptionBudget {
            unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicy::AlwaysAllow,
            ..budget
        };
        let healthy = status(&budget, seen(3, 2));
        let ill = status(&budget, seen(3, 1));
        assert_eq!(evict(true, &budget, &healthy), Verdict::Refused);
        assert_eq!(
            evict(false, &budget, &healthy),
            Verdict::UnhealthyWithHealthyBudget
        );
        assert_eq!(evict(false, &budget, &ill), Verdict::Refused);
        assert_eq!(evict(false, &patient, &ill), Verdict::UnhealthyAlways);
        assert_eq!(evict(true, &patient, &ill), Verdict::Refused);
        let spare = status(&budget, seen(3, 3));
        assert_eq!(evict(true, &budget, &spare), Verdict::WithinBudget);
        // Without a need for healthy pods the first rule does not hold, and the second decides.
        let none = min_available("0");
        let status = status(&none, seen(1, 0));
        assert_eq!(evict(false, &none, &status), Verdict::Refused);
    }

    #[test]
    fn karpenter_minds_a_pod_that_is_not_ready_unless_it_may_always_go() {
        let budget = min_available("2");
        let patient = PodDisruptionBudget {
            unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicy::AlwaysAllow,
            ..budget
        };
        let (used_up, spare) = (status(&budget, seen(3, 2)), status(&budget, seen(3, 3)));
        // The eviction API would let the second of these go.
        assert!(holds_node(true, &budget, &used_up));
        assert!(holds_node(false, &budget, &used_up));
        assert!(holds_node(true, &patient, &used_up));
        assert!(!holds_node(false, &patient, &used_up));
        assert!(!holds_node(true, &budget, &spare));
    }

    #[test]
    fn only_budgets_that_allow_nothing_block_fully() {
        for budget in [
            max_unavailable("0"),
            max_unavailable("0%"),
            min_available("100%"),
        ] {
            let always = PodDisruptionBudget {
                unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicy::AlwaysAllow,
                ..budget
            };
            assert!(blocks_fully(&budget, true) && blocks_fully(&budget, false));
            assert!(blocks_fully(&always, true) && !blocks_fully(&always, false));
        }
        for budget in [
            max_unavailable("1"),
            max_unavailable("1%"),
            min_available("99%"),
            min_available("3"),
            PodDisruptionBudget::default(),
        ] {
            assert!(!blocks_fully(&budget, true));
        }
    }

    #[test]
    fn evicting_what_is_allowed_never_goes_below_the_bound() {
        for replicas in 1..40 {
            for percent in [0, 10, 25, 33, 50, 99, 100] {
                let budget = max_unavailable(&format!("{percent}%"));
                let mut healthy = replicas;
                loop {
                    let status = status(&budget, seen(replicas, healthy));
                    if !evict(true, &budget, &status).allows() {
                        break;
                    }
                    healthy -= 1;
                }
                let missing = replicas - healthy;
                assert_eq!(missing, (replicas * percent).div_ceil(100), "{replicas}");
            }
        }
    }
}

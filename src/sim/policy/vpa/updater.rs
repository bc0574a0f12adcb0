//! The updater: which pods are replaced or resized so that they get the recommended requests.
//!
//! A pod is due when a request of it lies outside of the bounds, or when it has lived for twelve
//! hours and its requests are off by a tenth in sum. Those that should grow come first, then those
//! that are off the most. As many may be under way at once as the eviction tolerance leaves: half
//! of the replicas, or one when half of them is none. A workload with fewer than two live pods is
//! left alone, because its only pod would be gone.
//!
//! A pod whose container was killed for its memory within ten minutes of its start is due at once,
//! if that changes anything; replicas and tolerance bind it like any other.

use super::Recommendation;
use crate::sim::policy::resources::Resources;
use crate::units::order::sort_by;
use crate::units::{SimDuration, SimTime};

/// Fewest live pods of a workload that is touched (1.7.1: `min-replicas`).
const MIN_REPLICAS: u32 = 2;
/// Share of the replicas that may be away at once (1.7.1: `eviction-tolerance`), as a divisor.
const TOLERATED_OF: u32 = 2;
/// A smaller change is not worth a replacement (1.7.1: `pod-update-threshold`).
const LEAST_CHANGE: f64 = 0.1;
/// Within the bounds a pod is left alone for this long
/// (1.7.1: `in-recommendation-bounds-eviction-lifetime-threshold`).
const LIFETIME: SimDuration = SimDuration::from_h(12);

/// A live pod: any but a terminating one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// What it requests.
    pub requests: Resources,
    /// When it was placed; `None` while it is pending.
    pub started_at: Option<SimTime>,
    /// Its container last ended for want of memory, soon after its start.
    pub quick_oom: bool,
}

/// The pods of one workload.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// Replicas that it wants.
    pub configured: u32,
    /// Its live pods.
    pub pods: &'a [Live],
}

/// Why a pod is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateReason {
    /// A request is outside of the recommended range.
    OutsideBounds,
    /// It has lived for twelve hours and is off by a tenth or more.
    Aged,
    /// Its container was killed for its memory soon after its start.
    QuickOom,
}

/// A pod to be given the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Index into [`Group::pods`].
    pub pod: usize,
    /// Why.
    pub because: UpdateReason,
    /// Sum over the resources of how far the target is from the request, as shares of the request.
    pub change: f64,
}

/// The pods to be updated now, in order. Of those only as many are listed as may be away at once;
/// pending ones are away already and do not count.
#[must_use]
pub fn updates(group: Group<'_>, recommended: &Recommendation, now: SimTime) -> Vec<Update> {
    let n_live = group.pods.len() as u32;
    if n_live < MIN_REPLICAS {
        return Vec::new();
    }
    let n_running = group
        .pods
        .iter()
        .filter(|it| it.started_at.is_some())
        .count() as u32;
    let tolerated = group.configured / TOLERATED_OF;
    let mut allowed = n_running.saturating_sub(group.configured - tolerated);
    if tolerated == 0 && n_running == group.configured {
        allowed = 1;
    }
    let mut due: Vec<(bool, Update)> = Vec::new();
    for (pod, it) in group.pods.iter().enumerate() {
        if let Some((because, change)) = reason(it, recommended, now) {
            let grows = !recommended.target.fit_in(it.requests);
            due.push((
                grows,
                Update {
                    pod,
                    because,
                    change,
                },
            ));
        }
    }
    sort_by(&mut due, |(a_grows, a), (b_grows, b)| {
        b_grows.cmp(a_grows).then(b.change.total_cmp(&a.change))
    });
    let may_go = |update: &Update| {
        if group.pods[update.pod].started_at.is_none() {
            return true;
        }
        let may = allowed > 0;
        allowed = allowed.saturating_sub(1);
        may
    };
    let mut listed: Vec<Update> = due.into_iter().map(|(_, update)| update).collect();
    listed.retain(may_go);
    listed
}

/// Why a pod is due, and by how much it is off; `None` when it may stay as it is.
fn reason(pod: &Live, recommended: &Recommendation, now: SimTime) -> Option<(UpdateReason, f64)> {
    let off = |request: u64, target: u64| request.abs_diff(target) as f64 / (request.max(1)) as f64;
    let (has, target) = (pod.requests, recommended.target);
    let change = off(has.cpu_m, target.cpu_m) + off(has.memory_bytes, target.memory_bytes);
    if pod.quick_oom && change > 0.0 {
        return Some((UpdateReason::QuickOom, change));
    }
    let inside = recommended.lower.fit_in(has) && has.fit_in(recommended.upper);
    if !inside {
        return Some((UpdateReason::OutsideBounds, change));
    }
    let aged = pod.started_at.is_some_and(|at| now >= at + LIFETIME);
    (aged && change >= LEAST_CHANGE).then_some((UpdateReason::Aged, change))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn requests(cpu_m: u64) -> Resources {
        Resources {
            cpu_m,
            memory_bytes: 1 << 30,
        }
    }

    const RECOMMENDED: Recommendation = Recommendation {
        lower: requests(200),
        target: requests(300),
        upper: requests(600),
    };
    const NOON: SimTime = SimTime::from_s(12 * 3600);

    fn pod(cpu_m: u64, started_s: u64) -> Live {
        Live {
            requests: requests(cpu_m),
            started_at: Some(SimTime::from_s(started_s)),
            quick_oom: false,
        }
    }

    #[track_caller]
    fn check(configured: u32, pods: &[Live], expected: &[(usize, UpdateReason)]) {
        let group = Group { configured, pods };
        let got: Vec<_> = updates(group, &RECOMMENDED, NOON)
            .iter()
            .map(|it| (it.pod, it.because))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn pods_outside_the_bounds_go_at_once_and_others_after_twelve_hours() {
        use UpdateReason::{Aged, OutsideBounds};
        check(2, &[pod(300, 0), pod(199, 40_000)], &[(1, OutsideBounds)]);
        check(2, &[pod(300, 0), pod(601, 40_000)], &[(1, OutsideBounds)]);
        check(2, &[pod(400, 1), pod(400, 0)], &[(1, Aged)]);
        check(2, &[pod(325, 0), pod(300, 0)], &[]);
    }

    #[test]
    fn pods_that_should_grow_come_first_then_those_that_are_off_the_most() {
        use UpdateReason::OutsideBounds;
        let pods = [pod(900, 0), pod(190, 0), pod(100, 0), pod(700, 0)];
        let all = [
            (2, OutsideBounds),
            (1, OutsideBounds),
            (0, OutsideBounds),
            (3, OutsideBounds),
        ];
        check(8, &pods, &[]);
        check(5, &pods, &all[..1]);
        check(4, &pods, &all[..2]);
    }

    #[test]
    fn a_quick_oom_makes_due_what_the_bounds_would_leave_alone() {
        let killed = |pod: Live| Live {
            quick_oom: true,
            ..pod
        };
        let inside = pod(400, 43_000);
        check(2, &[inside, killed(inside)], &[(1, UpdateReason::QuickOom)]);
        // The target would change nothing, or take the only pod.
        check(2, &[inside, killed(pod(300, 43_000))], &[]);
        check(1, &[killed(inside)], &[]);
        // Half of the replicas stay.
        check(3, &[killed(inside); 3], &[(0, UpdateReason::QuickOom)]);
    }

    #[test]
    fn half_of_the_replicas_stay_and_a_pair_goes_one_by_one() {
        use UpdateReason::OutsideBounds;
        let big = pod(900, 0);
        let pending = Live {
            started_at: None,
            ..big
        };
        check(1, &[big], &[]);
        check(2, &[big, big], &[(0, OutsideBounds)]);
        check(2, &[big, pending], &[(1, OutsideBounds)]);
        check(3, &[big, big, big], &[(0, OutsideBounds)]);
        // A pod too many may go although half of one replica is none.
        check(1, &[big, big], &[(0, OutsideBounds)]);
    }
}

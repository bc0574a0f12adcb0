//! Rollouts: how many pods of which release there should be, and who gets the requests.
//!
//! The rolling update, its bounds and the proportional scaling are those of Kubernetes' Deployment
//! controller 1.28 (`pkg/controller/deployment/{rolling,recreate,sync}.go` and
//! `util/deployment_util.go`, read 2026-11-23): a look either scales the current ReplicaSet up, or
//! else the old ones down, and the change brings about the next look. Canary and blue-green are
//! those of Argo Rollouts (`rollout/{bluegreen,trafficrouting}.go`,
//! `utils/replicaset/canary.go`, read 2026-11-23) with traffic routing, automatic promotion and no
//! analysis.
//!
//! *Current* is the ReplicaSet of the template that is wanted now. A rollback makes an old one
//! current again and goes the same way, so that the pods of the bad release are the old ones of
//! another rolling update, those that are not available first.
//!
//! An ECS service replaces its tasks the same way, within bounds that round differently (Amazon ECS
//! API reference, `DeploymentConfiguration`, read 2026-11-23).
//!
//! Left out: pausing by hand, `revisionHistoryLimit`, partial `maxSurge` in canaries, experiments,
//! analysis runs, previews of another size.

mod staged;

pub use staged::{Memory, blue_green, canary};

use crate::units::IntOrPercent;

/// A ReplicaSet as the Deployment controller sees it; they are listed in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Pods it is to keep (`spec.replicas`).
    pub wanted: u32,
    /// Pods that have been ready for `minReadySeconds`.
    pub available: u32,
    /// Pods that it has, those that are told to end included.
    pub present: u32,
}

/// How far a rolling update may stray from the number of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Pods beyond it.
    pub surge: u32,
    /// Pods below it.
    pub unavailable: u32,
}

impl Bounds {
    /// The bounds in pods: a surge rounds up, what may be missing down, and one pod may be missing
    /// where both come to nothing (`ResolveFenceposts`).
    #[must_use]
    pub fn of(replicas: u32, max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> Self {
        let surge = max_surge.rounded_up_of(replicas);
        let unavailable = max_unavailable.rounded_down_of(replicas);
        Self {
            surge,
            unavailable: if surge == 0 && unavailable == 0 {
                1
            } else {
                unavailable.min(replicas)
            },
        }
    }

    /// Those of an ECS service: the most tasks are rounded down, the fewest healthy ones up.
    #[must_use]
    pub fn of_service(tasks: u32, max_surge: IntOrPercent, max_unavailable: IntOrPercent) -> Self {
        Self {
            surge: max_surge.rounded_down_of(tasks),
            unavailable: max_unavailable.rounded_down_of(tasks).min(tasks),
        }
    }
}

/// Who gets requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Traffic {
    /// Every ready pod alike.
    Everyone,
    /// The pods of one ReplicaSet get this share, all others the rest.
    Share(usize, f64),
    /// The pods of one ReplicaSet only.
    Only(usize),
}

/// What a look at a rollout comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Pods that each ReplicaSet is to keep.
    pub wanted: Vec<u32>,
    /// Who gets requests.
    pub traffic: Traffic,
}

impl Decision {
    fn as_it_is(sets: &[ReplicaSet]) -> Self {
        Self {
            wanted: sets.iter().map(|it| it.wanted).collect(),
            traffic: Traffic::Everyone,
        }
    }
}

fn sum(sets: &[ReplicaSet], of: impl Fn(&ReplicaSet) -> u32) -> i64 {
    sets.iter().map(|it| i64::from(of(it))).sum()
}

/// One look of a rolling update (`rolloutRolling`).
#[must_use]
pub fn roll(replicas: u32, bounds: Bounds, sets: &[ReplicaSet], current: usize) -> Decision {
    let mut decision = Decision::as_it_is(sets);
    let wanted = &mut decision.wanted;
    let new = sets[current];
    let all = sum(sets, |it| it.wanted);
    if new.wanted != replicas {
        let room = i64::from(replicas) + i64::from(bounds.surge) - all;
        let missing = i64::from(replicas) - i64::from(new.wanted);
        let change = missing.min(room.max(0));
        wanted[current] = count(i64::from(new.wanted) + change);
        if change != 0 {
            return decision;
        }
    }
    // Old pods may go as far as enough others are available; those of the new release that are not
    // available yet do not count for them.
    let least = i64::from(replicas.saturating_sub(bounds.unavailable));
    let not_yet = i64::from(new.wanted) - i64::from(new.available);
    let most = all - least - not_yet;
    if most <= 0 {
        return decision;
    }
    let mut cleaned = 0;
    for (at, old) in sets.iter().enumerate().filter(|(at, _)| *at != current) {
        let unhealthy = i64::from(old.wanted.saturating_sub(old.available));
        let goes = unhealthy.min(most - cleaned);
        wanted[at] = count(i64::from(old.wanted) - goes);
        cleaned += goes;
    }
    let mut may_go = sum(sets, |it| it.available) - least;
    for at in (0..sets.len()).filter(|at| *at != current) {
        let goes = i64::from(wanted[at]).min(may_go.max(0));
        wanted[at] -= count(goes);
        may_go -= goes;
    }
    decision
}

/// One look of a deployment that ends all old pods first (`rolloutRecreate`).
#[must_use]
pub fn recreate(replicas: u32, sets: &[ReplicaSet], current: usize) -> Decision {
    let mut decision = Decision::as_it_is(sets);
    let is_old = |at: &usize| *at != current;
    let old_pods: u32 = (0..sets.len())
        .filter(is_old)
        .map(|at| sets[at].present)
        .sum();
    for at in (0..sets.len()).filter(is_old) {
        decision.wanted[at] = 0;
    }
    if old_pods == 0 {
        decision.wanted[current] = replicas;
    }
    decision
}

/// The ReplicaSets of a rolling update after the number of replicas has changed (`scale`): what is
/// added or taken is shared out by size, so that scaling does not hasten the rollout. `allowed` is
/// how many pods there may be now, `allowed_before` how many there might be.
#[must_use]
pub fn scale(
    replicas: u32,
    (allowed_before, allowed): (u32, u32),
    sets: &[ReplicaSet],
    current: usize,
) -> Vec<u32> {
    let mut wanted: Vec<u32> = sets.iter().map(|it| it.wanted).collect();
    let mut active: Vec<usize> = (0..sets.len()).filter(|at| wanted[*at] > 0).collect();
    if active.len() <= 1 {
        let only = active.first().copied().unwrap_or(current);
        wanted[only] = replicas;
        return wanted;
    }
    let allowed = if replicas > 0 { i64::from(allowed) } else { 0 };
    let to_add = allowed - sum(sets, |it| it.wanted);
    if to_add == 0 {
        return wanted;
    }
    // The largest first; among equals the newest when pods are added, the oldest when they go.
    active.sort_by_key(|at| {
        let age = if to_add > 0 { sets.len() - at } else { *at };
        (std::cmp::Reverse(sets[*at].wanted), age)
    });
    let mut left = to_add;
    for at in &active {
        let size = f64::from(sets[*at].wanted);
        let grown = size * allowed as f64 / f64::from(allowed_before.max(1));
        // Halves round away from zero; the cast saturates.
        let fraction = (grown + 0.5).floor() as i64 - i64::from(sets[*at].wanted);
        let share = if to_add > 0 {
            fraction.min(left)
        } else {
            fraction.max(left)
        };
        wanted[*at] = count(i64::from(sets[*at].wanted) + share);
        left -= share;
    }
    let largest = active[0];
    wanted[largest] = count(i64::from(wanted[largest]) + left);
    wanted
}

/// True once only available pods of the current release are left (`DeploymentComplete`).
#[must_use]
pub fn is_complete(replicas: u32, sets: &[ReplicaSet], current: usize) -> bool {
    let new = sets[current];
    let all = sum(sets, |it| it.wanted);
    all == i64::from(replicas) && new.wanted == replicas && new.available >= replicas
}

fn count(pods: i64) -> u32 {
    u32::try_from(pods.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

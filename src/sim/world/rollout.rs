//! A deployment between two releases.

use super::{Cause, Pod, World};
use crate::sim::policy::rollout::{Memory, Traffic};
use crate::units::SimTime;

/// The pods of one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Which; see [`super::Pod::release`].
    pub release: u32,
    /// Pods that it keeps.
    pub wanted: u32,
}

/// What counts as progress when it changes (`DeploymentProgressing`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Pods of the current release.
    pub updated: u32,
    /// Other pods.
    pub old: u32,
    /// Ready pods.
    pub ready: u32,
    /// Pods that have been ready for long enough.
    pub available: u32,
}

impl Progress {
    /// True when there is progress since `before`.
    #[must_use]
    pub const fn is_beyond(&self, before: &Self) -> bool {
        self.updated > before.updated
            || self.old < before.old
            || self.ready > before.ready
            || self.available > before.available
    }
}

/// A rollout under way.
#[derive(Debug, Clone)]
pub struct RolloutState {
    /// The releases, in order of creation.
    pub sets: Vec<ReplicaSet>,
    /// The one that is wanted now.
    pub current: usize,
    /// The one that a rollback makes current.
    pub previous: usize,
    /// It is being taken back.
    pub goes_back: bool,
    /// What a canary or a blue-green rollout remembers.
    pub memory: Memory,
    /// Who gets requests.
    pub traffic: Traffic,
    /// Replicas at the last look.
    pub replicas: u32,
    /// When it began.
    pub began_at: SimTime,
    /// Where it stood at the last look.
    pub progress: Progress,
    /// When there was progress last.
    pub progressed_at: SimTime,
    /// There was none for as long as the deadline, and that was told.
    pub has_failed: bool,
    /// For when a look is planned.
    pub due: SimTime,
    /// What brought it about.
    pub cause: Cause,
}

impl RolloutState {
    /// The share of the requests that a release gets whatever its number of pods; none where they
    /// go to pods alike.
    #[must_use]
    pub fn share_of(&self, release: u32) -> Option<f64> {
        let is = |at: usize| self.sets[at].release == release;
        match self.traffic {
            Traffic::Everyone => None,
            Traffic::Only(at) => Some(f64::from(u8::from(is(at)))),
            Traffic::Share(at, share) if is(at) => Some(share),
            Traffic::Share(_, share) => Some(1.0 - share),
        }
    }
}

impl World {
    /// False for a pod whose release gets no requests at present.
    #[must_use]
    pub fn receives(&self, pod: &Pod) -> bool {
        let rollout = self.workloads[pod.workload].rollout.as_ref();
        let share = rollout.and_then(|it| it.share_of(pod.release));
        share.is_none_or(|it| it > 0.0)
    }
}

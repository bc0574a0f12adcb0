//! Rollouts: a new release comes, its pods take the place of the old ones, and it may be taken
//! back.
//!
//! The decisions are those of `policy/rollout.rs`; here a deployment's ReplicaSets are counted, and
//! the decision is applied through [`Control::reconcile_replicas`]; what it does to requests is in
//! `releases.rs`. A look follows whatever changes the deployment's pods or replicas, as the
//! controllers' watches would have it, until nothing is left to change.
//!
//! Assumed: the controllers see at once what a ReplicaSet has; a rollback by operators is one
//! command at its time; pods of a preview or an unused canary are in a target group of their own,
//! so that requests can turn to them at once. A release that has been rolled out altogether is
//! taken back by another rollout.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::UpdateStrategy;
use crate::sim::event::{EventKind, RollbackReason, RolloutStep};
use crate::sim::faults::Release;
use crate::sim::policy::ecs;
use crate::sim::policy::rollout::{self, Bounds, Decision, Memory, Traffic};
use crate::sim::world::{PodPhase, Progress, ReplicaSet, RolloutState, TargetPhase};
use crate::units::{SimDuration, SimTime};

/// Looks that may follow each other in one instant; each takes the rollout further, so that more
/// are not needed.
const MOST_LOOKS: u32 = 10_000;

impl Control {
    /// A release of the tape comes.
    pub(super) fn release_comes(&mut self, fault: usize, release: Release, cause: Cause) {
        let Some(workload) = self.workload_of(fault) else {
            return;
        };
        if let Some(after) = release.roll_back_after {
            let event = ControlEvent::RollBack(fault as u32);
            self.queue.push(self.now + after, event);
        }
        self.begin_rollout(workload, fault as u32 + 1, cause);
    }

    /// Begins to replace a deployment's pods by those of a release.
    fn begin_rollout(&mut self, workload: usize, release: u32, cause: Cause) {
        let owner = &mut self.world.workloads[workload];
        let strategy = owner.rollout_rules.strategy.kind();
        let kind = EventKind::Rollout(RolloutStep::Started {
            strategy: strategy.to_string(),
            replicas: owner.desired,
        });
        let set = ReplicaSet { release, wanted: 0 };
        let (mut sets, previous, stable) = match owner.rollout.take() {
            // The release under way is overtaken; its pods are old ones now.
            Some(it) => (it.sets, it.current, it.memory.active),
            None => {
                let all = ReplicaSet {
                    release: owner.release,
                    wanted: owner.desired,
                };
                self.rolling.push(workload);
                (vec![all], 0, 0)
            }
        };
        sets.push(set);
        owner.rollout = Some(Box::new(RolloutState {
            current: sets.len() - 1,
            previous,
            sets,
            goes_back: false,
            memory: Memory::of(stable),
            traffic: Traffic::Everyone,
            replicas: owner.desired,
            began_at: self.now,
            progress: Progress::default(),
            progressed_at: self.now,
            has_failed: false,
            due: SimTime::NEVER,
            cause: None,
        }));
        let cause = self.tell(Entity::Workload(workload), None, cause, kind);
        if let Some(state) = &mut self.world.workloads[workload].rollout {
            state.cause = cause;
        }
        self.look_at_rollout(workload);
    }

    /// Operators take a release back, unless another one has come since.
    pub(in crate::sim) fn roll_back(&mut self, fault: usize) {
        let release = fault as u32 + 1;
        let Some(workload) = self.workload_of(fault) else {
            return;
        };
        let owner = &self.world.workloads[workload];
        let cause = self.fault_causes[fault];
        match &owner.rollout {
            Some(state) if !state.goes_back && state.sets[state.current].release == release => {
                self.turn_back(workload, RollbackReason::Operators);
            }
            None if owner.release == release => {
                let previous = owner.previous_release;
                let kind = EventKind::Rollout(RolloutStep::TakenBack {
                    because: RollbackReason::Operators,
                });
                let cause = self.tell(Entity::Workload(workload), None, cause, kind);
                self.begin_rollout(workload, previous, cause);
            }
            _ => {}
        }
    }

    /// The release before is wanted again, in the middle of a rollout.
    fn turn_back(&mut self, workload: usize, because: RollbackReason) {
        let Some(state) = &mut self.world.workloads[workload].rollout else {
            return;
        };
        state.current = state.previous;
        state.goes_back = true;
        state.memory.turn_round();
        state.progressed_at = self.now;
        let cause = state.cause;
        let kind = EventKind::Rollout(RolloutStep::TakenBack { because });
        let cause = self.tell(Entity::Workload(workload), None, cause, kind);
        if let Some(state) = &mut self.world.workloads[workload].rollout {
            state.cause = cause;
        }
        self.look_at_rollout(workload);
    }

    /// At the end of an instant: rollouts whose pods or replicas have changed are looked at.
    pub(super) fn watch_rollouts(&mut self) {
        let mut at = 0;
        while at < self.rolling.len() {
            let workload = self.rolling[at];
            if self.is_left_alone(workload) {
                at += 1;
                continue;
            }
            let owner = &self.world.workloads[workload];
            let min_ready = self.min_ready_time(workload);
            let changed = owner.changed_at.max(owner.pod_gone_at) == self.now;
            let scaled = owner
                .rollout
                .as_ref()
                .is_some_and(|it| it.replicas != owner.desired);
            if changed && !min_ready.is_zero() {
                let event = ControlEvent::RolloutDue(workload as u32);
                self.queue.push(self.now + min_ready, event);
            }
            if changed || scaled {
                self.look_at_rollout(workload);
            }
            // One that is complete has left the list.
            at += usize::from(self.rolling.get(at) == Some(&workload));
        }
    }

    /// Looks at a rollout until nothing is left to change.
    pub(in crate::sim) fn look_at_rollout(&mut self, workload: usize) {
        for _ in 0..MOST_LOOKS {
            let Some(mut state) = self.world.workloads[workload].rollout.take() else {
                return;
            };
            let decision = self.decide_rollout(workload, &mut state);
            let before = state.traffic;
            state.traffic = decision.traffic;
            let mut moved = false;
            for (set, wanted) in state.sets.iter_mut().zip(&decision.wanted) {
                moved |= set.wanted != *wanted;
                set.wanted = *wanted;
            }
            let cause = state.cause;
            self.world.workloads[workload].rollout = Some(state);
            if decision.traffic != before {
                self.wants_publish = true;
                // An autoscaler may see other pods now.
                self.world.workloads[workload].changed_at = self.now;
                self.world.pods.touch_all();
                self.tell_traffic(workload, before, decision.traffic, cause);
            }
            if !moved {
                self.settle_rollout(workload);
                return;
            }
            self.reconcile_replicas(cause);
        }
    }

    /// What the controller would do now.
    fn decide_rollout(&self, workload: usize, state: &mut RolloutState) -> Decision {
        let owner = &self.world.workloads[workload];
        let rules = &owner.rollout_rules;
        let sets = self.count_sets(workload, state);
        let (replicas, current) = (owner.desired, state.current);
        let before = std::mem::replace(&mut state.replicas, replicas);
        let way = (current, state.goes_back);
        let delay = rules.scale_down_delay;
        match &rules.strategy {
            UpdateStrategy::RollingUpdate { .. } => {
                let bounds = self.rolling_bounds(workload, replicas);
                if before != replicas {
                    let surge = self.rolling_bounds(workload, before).surge;
                    let allowed = (before + surge, replicas + bounds.surge);
                    return Decision {
                        wanted: rollout::scale(replicas, allowed, &sets, current),
                        traffic: Traffic::Everyone,
                    };
                }
                rollout::roll(replicas, bounds, &sets, current)
            }
            UpdateStrategy::Recreate => rollout::recreate(replicas, &sets, current),
            UpdateStrategy::Canary { steps } => {
                let memory = &mut state.memory;
                rollout::canary(replicas, &sets, way, (steps, delay), memory, self.now)
            }
            UpdateStrategy::BlueGreen { promote_after } => {
                let (times, memory) = ((*promote_after, delay), &mut state.memory);
                rollout::blue_green(replicas, &sets, way, times, memory, self.now)
            }
        }
    }

    /// How far a rolling update may stray from a number of replicas.
    fn rolling_bounds(&self, workload: usize, replicas: u32) -> Bounds {
        let owner = &self.world.workloads[workload];
        let is_service = self.world.is_service(owner);
        let strategy = &owner.rollout_rules.strategy;
        let (surge, unavailable) = strategy.rolling_bounds(is_service);
        if is_service {
            Bounds::of_service(replicas, surge, unavailable)
        } else {
            Bounds::of(replicas, surge, unavailable)
        }
    }

    /// How long a pod has to be ready to be available.
    fn min_ready_time(&self, workload: usize) -> SimDuration {
        let owner = &self.world.workloads[workload];
        let stated = owner.rollout_rules.min_ready_time;
        if self.world.is_service(owner) && self.balancer_of(workload).is_none() {
            stated.max(ecs::UNCHECKED_WAIT)
        } else {
            stated
        }
    }

    /// The ReplicaSets as the controller sees them.
    fn count_sets(&self, workload: usize, state: &RolloutState) -> Vec<rollout::ReplicaSet> {
        let owner = &self.world.workloads[workload];
        let min_ready = self.min_ready_time(workload);
        let mut sets = Vec::with_capacity(state.sets.len());
        for set in &state.sets {
            let mut seen = rollout::ReplicaSet {
                wanted: set.wanted,
                available: 0,
                present: 0,
            };
            for at in &owner.pods {
                let pod = &self.world.pods[*at];
                if pod.release == set.release {
                    seen.present += 1;
                    seen.available += u32::from(self.is_available(*at, min_ready));
                }
            }
            sets.push(seen);
        }
        sets
    }

    /// Kubernetes goes by the pod's readiness, ECS by its target's health where it has a target.
    fn is_available(&self, at: usize, min_ready: SimDuration) -> bool {
        let pod = &self.world.pods[at];
        let waits = pod.target == TargetPhase::Initial && self.is_task(at);
        pod.is_ready() && !waits && self.now >= pod.ready_changed_at + min_ready
    }

    /// After a look that changed nothing: progress is noted, the end told, the next look planned.
    fn settle_rollout(&mut self, workload: usize) {
        let Some(mut state) = self.world.workloads[workload].rollout.take() else {
            return;
        };
        let sets = self.count_sets(workload, &state);
        let owner = &self.world.workloads[workload];
        let deadline = owner.rollout_rules.progress_deadline;
        let is_staged = matches!(
            owner.rollout_rules.strategy,
            UpdateStrategy::Canary { .. } | UpdateStrategy::BlueGreen { .. }
        );
        let turned = !is_staged || state.memory.active == state.current;
        if turned && rollout::is_complete(owner.desired, &sets, state.current) {
            self.complete_rollout(workload, &state);
            return;
        }
        let progress = self.progress_of(workload, &state, &sets);
        // A pause of a canary or before a promotion is no lack of progress.
        let is_paused = state.memory.due < SimTime::NEVER;
        if progress.is_beyond(&state.progress) || is_paused {
            state.progressed_at = self.now;
        }
        state.progress = progress;
        let over = state.progressed_at + deadline;
        let failed = self.now >= over && !state.has_failed;
        state.has_failed |= failed;
        let due = if state.has_failed {
            state.memory.due
        } else {
            state.memory.due.min(over)
        };
        if due < state.due || state.due <= self.now {
            state.due = due;
            if due < SimTime::NEVER {
                let event = ControlEvent::RolloutDue(workload as u32);
                self.queue.push(due, event);
            }
        }
        let cause = state.cause;
        let goes_back = state.goes_back;
        self.world.workloads[workload].rollout = Some(state);
        if failed {
            self.rollout_failed(workload, &progress, cause, goes_back);
        }
    }

    fn progress_of(
        &self,
        workload: usize,
        state: &RolloutState,
        sets: &[rollout::ReplicaSet],
    ) -> Progress {
        let pods = &self.world.workloads[workload].pods;
        let mut progress = Progress::default();
        for at in pods {
            let pod = &self.world.pods[*at];
            if pod.phase == PodPhase::Terminating {
                continue;
            }
            let is_current = pod.release == state.sets[state.current].release;
            progress.updated += u32::from(is_current);
            progress.old += u32::from(!is_current);
            progress.ready += u32::from(pod.is_ready());
        }
        progress.available = sets.iter().map(|it| it.available).sum();
        progress
    }

    /// There was no progress for as long as the deadline.
    fn rollout_failed(
        &mut self,
        workload: usize,
        progress: &Progress,
        cause: Cause,
        goes_back: bool,
    ) {
        let owner = &self.world.workloads[workload];
        let kind = EventKind::Rollout(RolloutStep::Failed {
            updated: progress.updated,
            available: progress.available,
            replicas: owner.desired,
            deadline: owner.rollout_rules.progress_deadline,
        });
        let rolls_back = owner.rollout_rules.roll_back_on_deadline && !goes_back;
        let cause = self.tell(Entity::Workload(workload), None, cause, kind);
        if rolls_back {
            if let Some(state) = &mut self.world.workloads[workload].rollout {
                (state.cause, state.has_failed) = (cause, false);
            }
            self.turn_back(workload, RollbackReason::Deadline);
        }
    }

    fn complete_rollout(&mut self, workload: usize, state: &RolloutState) {
        let owner = &mut self.world.workloads[workload];
        let release = state.sets[state.current].release;
        if release != owner.release {
            owner.previous_release = std::mem::replace(&mut owner.release, release);
        }
        self.rolling.retain(|it| *it != workload);
        self.wants_publish = true;
        self.world.pods.touch_all();
        let kind = EventKind::Rollout(RolloutStep::Completed {
            lasted: self.now.since(state.began_at),
            taken_back: state.goes_back,
        });
        self.tell(Entity::Workload(workload), None, state.cause, kind);
    }

    /// Tells how requests are steered from now on.
    fn tell_traffic(&mut self, workload: usize, before: Traffic, now: Traffic, cause: Cause) {
        let Some(state) = &self.world.workloads[workload].rollout else {
            return;
        };
        let new = state.sets.len() - 1;
        let share = |traffic| match traffic {
            Traffic::Everyone => 0.0,
            Traffic::Share(at, share) if at == new => share,
            Traffic::Share(_, share) => 1.0 - share,
            Traffic::Only(at) => f64::from(u8::from(at == new)),
        };
        if (share(now) - share(before)).abs() > 0.0 {
            let share = share(now);
            let kind = EventKind::Rollout(RolloutStep::Shifted { share });
            self.tell(Entity::Workload(workload), None, cause, kind);
        }
    }
}

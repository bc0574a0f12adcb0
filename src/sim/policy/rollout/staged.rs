//! Rollouts that steer requests: canary and blue-green.

use super::{Decision, ReplicaSet, Traffic};
use crate::model::CanaryStep;
use crate::units::{SimDuration, SimTime};

/// What a staged rollout remembers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// The ReplicaSet that gets the requests, or the most of them.
    pub active: usize,
    /// Share of the requests that the canary gets.
    weight: f64,
    /// The canary's step.
    step: usize,
    /// Since when all pods that the next move needs have been available.
    ready_since: Option<SimTime>,
    /// Since when nothing goes to the others; they end after a delay.
    left_at: Option<SimTime>,
    /// When it wants to be looked at again, whatever happens; [`SimTime::NEVER`] if not.
    pub due: SimTime,
}

impl Memory {
    /// Requests go to one ReplicaSet.
    #[must_use]
    pub const fn of(active: usize) -> Self {
        Self {
            active,
            weight: 0.0,
            step: 0,
            ready_since: None,
            left_at: None,
            due: SimTime::NEVER,
        }
    }

    /// Another ReplicaSet is the current one: what was waited for counts no more.
    pub const fn turn_round(&mut self) {
        self.ready_since = None;
        self.left_at = None;
    }

    /// True once so much time has passed since `then`; if not, the rest is waited for.
    fn has_passed(&mut self, then: SimTime, length: SimDuration, now: SimTime) -> bool {
        let over = then + length;
        if now < over {
            self.due = self.due.min(over);
        }
        now >= over
    }

    /// What the ReplicaSets that get no requests any more keep: all of it until the delay is over.
    fn let_go(
        &mut self,
        decision: &mut Decision,
        current: usize,
        delay: SimDuration,
        now: SimTime,
    ) {
        let left_at = *self.left_at.get_or_insert(now);
        if self.has_passed(left_at, delay, now) {
            for (at, wanted) in decision.wanted.iter_mut().enumerate() {
                if at != current {
                    *wanted = 0;
                }
            }
        }
    }
}

/// What a superseded release keeps: nothing.
fn end_others(decision: &mut Decision, kept: [usize; 2]) {
    for (at, wanted) in decision.wanted.iter_mut().enumerate() {
        if !kept.contains(&at) {
            *wanted = 0;
        }
    }
}

/// One look of a blue-green rollout: requests turn to the current ReplicaSet once all of its pods
/// have been available for `promote_after`, or at once on the way back.
#[must_use]
pub fn blue_green(
    replicas: u32,
    sets: &[ReplicaSet],
    (current, goes_back): (usize, bool),
    (promote_after, delay): (SimDuration, SimDuration),
    memory: &mut Memory,
    now: SimTime,
) -> Decision {
    let mut decision = Decision::as_it_is(sets);
    memory.due = SimTime::NEVER;
    decision.wanted[current] = replicas;
    decision.wanted[memory.active] = replicas;
    let new = sets[current];
    if memory.active != current {
        end_others(&mut decision, [memory.active, current]);
        if new.wanted == replicas && new.available >= replicas {
            let since = *memory.ready_since.get_or_insert(now);
            let pause = if goes_back {
                SimDuration::ZERO
            } else {
                promote_after
            };
            if memory.has_passed(since, pause, now) {
                memory.active = current;
            }
        } else {
            memory.ready_since = None;
        }
    }
    if memory.active == current {
        memory.let_go(&mut decision, current, delay, now);
    }
    decision.traffic = Traffic::Only(memory.active);
    decision
}

/// One look of a canary: pods for a step come first, then its share of the requests, then its
/// pause. The stable ReplicaSet keeps its size until all requests have left it, and gets all of
/// them back at once when the release is taken back.
#[must_use]
pub fn canary(
    replicas: u32,
    sets: &[ReplicaSet],
    (current, goes_back): (usize, bool),
    (steps, delay): (&[CanaryStep], SimDuration),
    memory: &mut Memory,
    now: SimTime,
) -> Decision {
    let mut decision = Decision::as_it_is(sets);
    memory.due = SimTime::NEVER;
    if goes_back {
        decision.wanted[current] = replicas;
        if sets[current].available >= replicas || memory.active == current {
            memory.active = current;
            memory.let_go(&mut decision, current, delay, now);
            decision.traffic = Traffic::Only(current);
        } else {
            decision.traffic = Traffic::Only(memory.active);
        }
        return decision;
    }
    let stable = memory.active;
    if stable != current {
        end_others(&mut decision, [stable, current]);
    }
    while memory.active != current {
        decision.wanted[stable] = replicas;
        let weight = steps.get(memory.step).map_or(1.0, |it| it.weight.value());
        let wanted = pods_for(replicas, weight);
        decision.wanted[current] = wanted;
        let new = sets[current];
        if new.wanted != wanted || new.available < wanted {
            // The requests stay where they are until the pods for more of them are there.
            memory.ready_since = None;
            break;
        }
        memory.weight = weight;
        let Some(step) = steps.get(memory.step) else {
            memory.active = current;
            break;
        };
        let since = *memory.ready_since.get_or_insert(now);
        if !memory.has_passed(since, step.pause, now) {
            break;
        }
        memory.step += 1;
        memory.ready_since = None;
    }
    if memory.active == current {
        decision.wanted[current] = replicas;
        memory.let_go(&mut decision, current, delay, now);
        decision.traffic = Traffic::Only(current);
    } else {
        decision.traffic = Traffic::Share(current, memory.weight);
    }
    decision
}

/// Pods for a share of the requests, rounded up.
fn pods_for(replicas: u32, weight: f64) -> u32 {
    // The little that is taken off keeps 10 % of 30 at 3: 0.1 x 30 is a hair above it.
    (f64::from(replicas) * weight - 1e-9).ceil().max(0.0) as u32
}

//! Horizontal Pod Autoscaler: how many replicas a workload should have.
//!
//! The real thing. Every 15 s the controller reads its metrics, turns each into a number of
//! replicas, takes the largest, holds it back by the stabilisation windows and the rate policies,
//! and bounds it by min and max. What surprises people is what it does with pods it has no metric
//! for: they are assumed busy before scaling down and idle before scaling up, and that is why an
//! HPA on CPU stays still when a zone dies.
//!
//! Rules: HPA calculator 1.33 (`replica_calculator.go`), controller 1.29 (`horizontal.go`), read
//! 2026-11-22. Defaults: sync 15 s, tolerance 10 %, scale-down window 300 s, CPU initialisation
//! 300 s, initial readiness delay 30 s.
//!
//! Assumed: the scale subresource accepts every decision at once, so [`reconcile`] stores the
//! scale event itself; quantities are whole milli-units, as in Kubernetes, and so are the
//! roundings.
//!
//! Left out: fetching metrics (the simulation says what is visible), selector and object
//! look-ups, events and status fields other than the condition.
//!
//! Held to: all cases of `tests/vectors/hpa.json` (`analysis::verify`).

mod behavior;
mod calculator;
mod pods;
mod reason;
mod standing;

pub use behavior::{
    Behavior, Direction, RateLimit, Recommendation, ScaleEvent, bound_legacy, bound_with_rates,
    legacy_scale_up_limit, rate_limit, replicas_changed, stabilize, stabilize_default,
    store_scale_event,
};
pub use calculator::{Metric, Tolerance, average, propose, shared_average, utilization, value};
pub use pods::{
    PodCohort, PodCounts, PodGroup, PodPhase, Readiness, ReadinessRules, Resource, Sample,
    count_groups, group_of,
};
pub use reason::{
    Bounded, Condition, Decision, Hold, Kept, LimitedBy, Measured, MetricError, MetricReason,
    Proposal, Reason,
};
pub use standing::Standing;

use crate::units::{SimDuration, SimTime};

/// What one autoscaler is told to do; the metrics and their targets come with [`Observed`].
#[derive(Debug, Clone, PartialEq)]
pub struct Hpa {
    /// Fewest replicas. Kubernetes' default is 1; 0 needs an object or external metric.
    pub min_replicas: u32,
    /// Most replicas.
    pub max_replicas: u32,
    /// How far the ratio of metric to target may stray before anything is done.
    pub tolerance: Tolerance,
    /// When a pod's CPU sample counts.
    pub readiness: ReadinessRules,
    /// The `behavior` block. `None` selects the older rules: a scale-down window of
    /// [`Self::down_window`] and a cap of `max(2 x current, 4)` per sync.
    pub behavior: Option<Behavior>,
    /// Scale-down stabilisation window without a `behavior` block. Default 300 s.
    pub down_window: SimDuration,
}

impl Hpa {
    /// An autoscaler with Kubernetes' defaults and no `behavior` block.
    #[must_use]
    pub fn with_bounds(min_replicas: u32, max_replicas: u32) -> Self {
        Self {
            min_replicas,
            max_replicas,
            tolerance: Tolerance::default(),
            readiness: ReadinessRules::default(),
            behavior: None,
            down_window: Behavior::default().scale_down.stabilization_window,
        }
    }
}

/// What one sync sees.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Replicas the workload asks for.
    pub spec_replicas: u32,
    /// Replicas the workload has, a rollout's surge included.
    pub status_replicas: u32,
    /// One reading per metric of the autoscaler.
    pub metrics: &'a [Metric<'a>],
}

/// What one autoscaler remembers between syncs. Lists reuse outdated slots, so they stay as
/// short as the windows are long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Replica counts recommended before stabilisation.
    pub recommendations: Vec<Recommendation>,
    /// Times the workload was scaled up.
    pub scale_ups: Vec<ScaleEvent>,
    /// Times the workload was scaled down.
    pub scale_downs: Vec<ScaleEvent>,
    /// What the last sync decided, where it stands for the next ones.
    pub standing: Option<Standing>,
}

impl Memory {
    /// Memory of an autoscaler that starts at `now` and finds `replicas`: this number is its
    /// first recommendation, so nothing is scaled down during the first window.
    #[must_use]
    pub fn started(replicas: u32, now: SimTime) -> Self {
        Self {
            recommendations: vec![Recommendation { at: now, replicas }],
            ..Self::default()
        }
    }

    /// A sync that finds the pods as the last one did, together using `used_m` milli-units of the
    /// resource in question: true when it decides the same again, namely to keep the replicas. It
    /// then counts as made.
    pub fn repeats(&mut self, used_m: u64, now: SimTime) -> bool {
        let standing = self.standing.as_mut();
        let covering = standing.filter(|it| it.covers(used_m, now));
        covering.map(|it| it.repeated_at = Some(now)).is_some()
    }

    /// Notes the syncs that only repeated the last one.
    fn catch_up(&mut self) {
        let repeated_at = self.standing.take().and_then(|it| it.repeated_at);
        let last = self.recommendations.iter_mut().max_by_key(|it| it.at);
        if let (Some(at), Some(last)) = (repeated_at, last) {
            last.at = at;
        }
    }
}

/// One whole sync: reads the metrics, decides, and remembers the recommendation and the change.
///
/// The returned number is to be applied at once. When no action is possible (autoscaler disabled,
/// no readable metric) it equals `observed.spec_replicas` and nothing is remembered.
#[must_use]
pub fn reconcile(
    hpa: &Hpa,
    observed: &Observed<'_>,
    memory: &mut Memory,
    now: SimTime,
) -> Decision {
    memory.catch_up();
    let current = observed.spec_replicas;
    let keep = |reason| Decision {
        previous: current,
        replicas: current,
        condition: Condition::DesiredWithinRange,
        reason,
    };
    let decision = if current == 0 && hpa.min_replicas != 0 {
        keep(Reason::Disabled)
    } else if current > hpa.max_replicas {
        Decision {
            replicas: hpa.max_replicas,
            condition: Condition::TooManyReplicas,
            ..keep(Reason::AboveMax)
        }
    } else if current < hpa.min_replicas {
        Decision {
            replicas: hpa.min_replicas,
            condition: Condition::TooFewReplicas,
            ..keep(Reason::BelowMin)
        }
    } else {
        match strongest_proposal(hpa, observed) {
            Reason::Metric(mut reason) => {
                let bounded = normalize(hpa, current, &mut reason, memory, now);
                Decision {
                    replicas: bounded.replicas,
                    condition: bounded.condition(),
                    ..keep(Reason::Metric(reason))
                }
            }
            reason => keep(reason),
        }
    };
    remember_change(hpa, &decision, memory, now);
    memory.standing = Standing::of(hpa, observed, &decision);
    decision
}

/// The largest proposal of all readable metrics, or why there can be none: one unreadable metric
/// forbids scaling down, because it might have asked for more.
fn strongest_proposal(hpa: &Hpa, observed: &Observed<'_>) -> Reason {
    let mut best: Option<(u32, Proposal)> = None;
    let mut n_failed = 0;
    let mut first_error = None;
    for (metric_index, metric) in (0_u32..).zip(observed.metrics) {
        match propose(metric, hpa, observed) {
            Ok(proposal) => {
                if best.is_none_or(|(_, b)| b.replicas == 0 || proposal.replicas > b.replicas) {
                    best = Some((metric_index, proposal));
                }
            }
            Err(error) => {
                n_failed += 1;
                first_error = first_error.or(Some(error));
            }
        }
    }
    match (best, first_error) {
        (Some((metric_index, proposal)), _)
            if n_failed == 0 || proposal.replicas >= observed.spec_replicas =>
        {
            Reason::Metric(MetricReason {
                metric_index,
                proposal,
                n_failed,
                hold: None,
                limit: None,
            })
        }
        (best, error) => Reason::NoDecision {
            n_failed,
            error: error.unwrap_or(MetricError::NoMetric),
            blocked: best.map(|(_, proposal)| proposal.replicas),
        },
    }
}

/// Stabilisation, rate policies, then min and max; fills in what held the proposal back.
fn normalize(
    hpa: &Hpa,
    current: u32,
    reason: &mut MetricReason,
    memory: &mut Memory,
    now: SimTime,
) -> Bounded {
    let desired = reason.proposal.replicas;
    let recommendations = &mut memory.recommendations;
    let (replicas, hold) = match &hpa.behavior {
        None => stabilize_default(hpa.down_window, desired, recommendations, now),
        Some(behavior) => stabilize(behavior, current, desired, recommendations, now),
    };
    reason.hold = hold;
    let bounds = (hpa.min_replicas, hpa.max_replicas);
    let bounded = match &hpa.behavior {
        None => bound_legacy(current, replicas, bounds),
        Some(behavior) => bound_with_rates(
            behavior,
            current,
            replicas,
            bounds,
            (&memory.scale_ups, &memory.scale_downs),
            now,
        ),
    };
    reason.limit = bounded.limit;
    bounded
}

/// Logs the change, so that rate policies can count it.
fn remember_change(hpa: &Hpa, decision: &Decision, memory: &mut Memory, now: SimTime) {
    let behavior = hpa.behavior.as_ref();
    let (from, to) = (decision.previous, decision.replicas);
    if to > from {
        let rules = behavior.map(|b| &b.scale_up);
        store_scale_event(&mut memory.scale_ups, to - from, rules, now);
    } else if to < from {
        let rules = behavior.map(|b| &b.scale_down);
        store_scale_event(&mut memory.scale_downs, from - to, rules, now);
    }
}

#[cfg(test)]
mod tests;

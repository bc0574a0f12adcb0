//! What stands between a recommendation and the workload: stabilisation windows, rate policies,
//! min and max (HPA controller 1.29).

use super::reason::{Bounded, Hold, LimitedBy};
use crate::model::HorizontalPodAutoscaler;
use crate::model::autoscaler::{ScalingPolicy, ScalingRules, ScalingUnit, SelectPolicy};
use crate::units::{SimDuration, SimTime};

/// The `behavior` block of an autoscaler.
#[derive(Debug, Clone, PartialEq)]
pub struct Behavior {
    /// Rules for adding pods.
    pub scale_up: ScalingRules,
    /// Rules for removing pods.
    pub scale_down: ScalingRules,
}

impl Default for Behavior {
    /// Up: no window, the larger of 4 pods and 100 % per 15 s. Down: 300 s, 100 % per 15 s.
    fn default() -> Self {
        let HorizontalPodAutoscaler {
            scale_up,
            scale_down,
            ..
        } = HorizontalPodAutoscaler::default();
        Self {
            scale_up,
            scale_down,
        }
    }
}

/// Adding or removing pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Adding.
    Up,
    /// Removing.
    Down,
}

/// A number of replicas recommended at some time, before stabilisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommendation {
    /// When.
    pub at: SimTime,
    /// How many.
    pub replicas: u32,
}

/// A change of the workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScaleEvent {
    /// When.
    pub at: SimTime,
    /// Pods added or removed.
    pub replica_change: u32,
}

/// How far one direction may go in this sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The limit; never on the other side of the current number.
    pub replicas: u32,
    /// The policy that decided; `None` when the direction is disabled.
    pub policy: Option<ScalingPolicy>,
    /// Replicas at the start of that policy's period.
    pub period_start_replicas: i64,
}

/// Stabilisation without a `behavior` block: the highest recommendation of the window. Remembers
/// `desired` in the place of the last outdated recommendation, if there is one.
pub fn stabilize_default(
    window: SimDuration,
    desired: u32,
    recommendations: &mut Vec<Recommendation>,
    now: SimTime,
) -> (u32, Option<Hold>) {
    let mut highest = desired;
    let mut until = now;
    let mut outdated = None;
    for (i, past) in recommendations.iter().enumerate() {
        if now.since(past.at) > window {
            outdated = Some(i);
        } else if past.replicas > highest {
            (highest, until) = (past.replicas, past.at + window);
        } else if past.replicas == highest {
            until = until.max(past.at + window);
        }
    }
    remember(recommendations, outdated, desired, now);
    let hold = (highest != desired).then_some(Hold {
        direction: Direction::Down,
        wanted: desired,
        held_at: highest,
        until,
    });
    (highest, hold)
}

/// Stabilisation with a `behavior` block: `current` moved no further than into the range from the
/// lowest recommendation of the up window to the highest of the down window.
pub fn stabilize(
    behavior: &Behavior,
    current: u32,
    desired: u32,
    recommendations: &mut Vec<Recommendation>,
    now: SimTime,
) -> (u32, Option<Hold>) {
    let up_window = behavior.scale_up.stabilization_window;
    let down_window = behavior.scale_down.stabilization_window;
    let (mut lowest, mut highest) = (desired, desired);
    let mut outdated = None;
    for (i, past) in recommendations.iter().enumerate() {
        let age = now.since(past.at);
        if age < up_window {
            lowest = lowest.min(past.replicas);
        }
        if age < down_window {
            highest = highest.max(past.replicas);
        }
        if age > up_window && age > down_window {
            outdated = Some(i);
        }
    }
    let stable = current.max(lowest).min(highest);
    let hold = (stable != desired).then(|| {
        let (direction, window) = if stable > desired {
            (Direction::Down, down_window)
        } else {
            (Direction::Up, up_window)
        };
        Hold {
            direction,
            wanted: desired,
            held_at: stable,
            until: held_until(recommendations, direction, window, stable, now),
        }
    });
    remember(recommendations, outdated, desired, now);
    (stable, hold)
}

/// When the last of the recommendations that hold a number leaves its window.
fn held_until(
    recommendations: &[Recommendation],
    direction: Direction,
    window: SimDuration,
    held_at: u32,
    now: SimTime,
) -> SimTime {
    let holds = |past: &&Recommendation| {
        now.since(past.at) < window
            && match direction {
                Direction::Up => past.replicas <= held_at,
                Direction::Down => past.replicas >= held_at,
            }
    };
    recommendations
        .iter()
        .filter(holds)
        .map(|past| past.at + window)
        .max()
        .unwrap_or(now)
}

fn remember(
    recommendations: &mut Vec<Recommendation>,
    slot: Option<usize>,
    replicas: u32,
    at: SimTime,
) {
    let recommendation = Recommendation { at, replicas };
    match slot {
        Some(i) => recommendations[i] = recommendation,
        None => recommendations.push(recommendation),
    }
}

/// Bounds without a `behavior` block: min, max (`bounds`) and the older cap of a scale-up.
#[must_use]
pub fn bound_legacy(current: u32, desired: u32, bounds: (u32, u32)) -> Bounded {
    let (min, max) = bounds;
    let cap = legacy_scale_up_limit(current);
    let (most, by) = if max > cap {
        (cap, LimitedBy::LegacyCap)
    } else {
        (max, LimitedBy::MaxReplicas)
    };
    if desired < min {
        limited(min, LimitedBy::MinReplicas)
    } else if desired > most {
        limited(most, by)
    } else {
        unlimited(desired)
    }
}

/// Most replicas after one sync without a `behavior` block: twice the current number, at least 4.
#[must_use]
pub fn legacy_scale_up_limit(current: u32) -> u32 {
    current.saturating_mul(2).max(4)
}

/// Bounds with a `behavior` block: the direction's rate policies, then min and max (`bounds`).
/// `events` are the logged scale-ups and scale-downs.
#[must_use]
pub fn bound_with_rates(
    behavior: &Behavior,
    current: u32,
    desired: u32,
    bounds: (u32, u32),
    events: (&[ScaleEvent], &[ScaleEvent]),
    now: SimTime,
) -> Bounded {
    let (min, max) = bounds;
    let limit_of = |direction, rules| rate_limit(direction, rules, current, events, now);
    let by_rate = |direction, limit: RateLimit| LimitedBy::Rate {
        direction,
        policy: limit.policy,
        period_start_replicas: limit.period_start_replicas,
    };
    if desired > current {
        let limit = limit_of(Direction::Up, &behavior.scale_up);
        if desired > max.min(limit.replicas) {
            return if max > limit.replicas {
                limited(limit.replicas, by_rate(Direction::Up, limit))
            } else {
                limited(max, LimitedBy::MaxReplicas)
            };
        }
    } else if desired < current {
        let limit = limit_of(Direction::Down, &behavior.scale_down);
        if desired < min.max(limit.replicas) {
            return if min < limit.replicas {
                limited(limit.replicas, by_rate(Direction::Down, limit))
            } else {
                limited(min, LimitedBy::MinReplicas)
            };
        }
    }
    unlimited(desired)
}

fn limited(replicas: u32, by: LimitedBy) -> Bounded {
    Bounded {
        replicas,
        limit: Some(by),
    }
}

fn unlimited(replicas: u32) -> Bounded {
    Bounded {
        replicas,
        limit: None,
    }
}

/// How far `direction` may go from `current`. `events` are the logged scale-ups and scale-downs;
/// of two policies with the same limit the first counts.
#[must_use]
pub fn rate_limit(
    direction: Direction,
    rules: &ScalingRules,
    current: u32,
    events: (&[ScaleEvent], &[ScaleEvent]),
    now: SimTime,
) -> RateLimit {
    let (ups, downs) = events;
    let mut best: Option<(i64, ScalingPolicy, i64)> = None;
    if rules.select_policy != SelectPolicy::Disabled {
        for &policy in &rules.policies {
            let start = i64::from(current) - replicas_changed(ups, policy.period, now)
                + replicas_changed(downs, policy.period, now);
            let allowed = allowed_by(policy, direction, start);
            // Going up the larger number is the larger change, going down the smaller number.
            let larger_wins =
                (rules.select_policy == SelectPolicy::Max) == (direction == Direction::Up);
            let wins = best.is_none_or(|(other, ..)| {
                if larger_wins {
                    allowed > other
                } else {
                    allowed < other
                }
            });
            if wins {
                best = Some((allowed, policy, start));
            }
        }
    }
    let Some((allowed, policy, period_start_replicas)) = best else {
        return RateLimit {
            replicas: current,
            policy: None,
            period_start_replicas: i64::from(current),
        };
    };
    let allowed = u32::try_from(allowed.max(0)).unwrap_or(u32::MAX);
    RateLimit {
        replicas: match direction {
            Direction::Up => allowed.max(current),
            Direction::Down => allowed.min(current),
        },
        policy: Some(policy),
        period_start_replicas,
    }
}

/// Kubernetes computes percents in doubles, so 100 replicas plus 10 % is 111: kept as it is.
fn allowed_by(policy: ScalingPolicy, direction: Direction, start: i64) -> i64 {
    let value = i64::from(policy.value);
    let share = f64::from(policy.value) / 100.0;
    match (policy.unit, direction) {
        (ScalingUnit::Pods, Direction::Up) => start + value,
        (ScalingUnit::Pods, Direction::Down) => start - value,
        (ScalingUnit::Percent, Direction::Up) => (start as f64 * (1.0 + share)).ceil() as i64,
        (ScalingUnit::Percent, Direction::Down) => (start as f64 * (1.0 - share)) as i64,
    }
}

/// Pods that `events` added or removed in the last `period`. An event exactly that old no longer
/// counts.
#[must_use]
pub fn replicas_changed(events: &[ScaleEvent], period: SimDuration, now: SimTime) -> i64 {
    events
        .iter()
        .filter(|event| now.since(event.at) < period)
        .map(|event| i64::from(event.replica_change))
        .sum()
}

/// Logs a change. The last event that is older than every policy's period gives up its place.
/// Without rules (no `behavior` block) nothing would read the log, and none is kept.
pub fn store_scale_event(
    events: &mut Vec<ScaleEvent>,
    replica_change: u32,
    rules: Option<&ScalingRules>,
    now: SimTime,
) {
    let Some(rules) = rules else {
        return;
    };
    let longest = rules.policies.iter().map(|p| p.period).max();
    let longest = longest.unwrap_or(SimDuration::ZERO);
    let event = ScaleEvent {
        at: now,
        replica_change,
    };
    match events.iter().rposition(|e| now.since(e.at) > longest) {
        Some(i) => events[i] = event,
        None => events.push(event),
    }
}

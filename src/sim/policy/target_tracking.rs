//! Target tracking: what ECS service auto scaling makes of a service's metrics.
//!
//! Rules as of the Application Auto Scaling and Amazon ECS guides, read 2026-11-23. A policy has
//! two CloudWatch alarms. `AlarmHigh` is in alarm while the last 3 data points all lie above the
//! target, `AlarmLow` while the last 15 all lie below 90 % of it (the alarms that AWS makes for a
//! target of 70 read 3 x 60 s above 70 and 15 x 60 s below 63). The capacity that would bring the
//! metric to its target is proportional to the metric, rounded up: adding too little or taking too
//! much away is avoided.
//!
//! - A data point that is missing makes an alarm `INSUFFICIENT_DATA`: nothing happens, and the lack
//!   of data is not read as idleness.
//! - After a scale-out the cooldown runs. What it added counts as part of the next scale-out, so
//!   only a larger one goes beyond it before the cooldown ends.
//! - After a scale-in no other follows before its cooldown ends; a scale-out is never held up by
//!   it, and ends it.
//! - While a deployment is in progress ECS does not scale in, but does scale out.
//! - A service may have a policy for each of several metrics. It scales out when any of them is
//!   ready to, and in when all of them are; of what they ask for the largest capacity is taken.
//!
//! Assumed, since AWS does not publish the arithmetic: the metric that counts is the last data
//! point, and the capacity is the desired count; cooldowns are the service's, so that a scale-out
//! by one policy counts towards that of the other. Left out: step and scheduled scaling, predictive
//! scaling.

use crate::units::{SimDuration, SimTime};

/// Data points above the target that set off a scale-out.
pub const HIGH_PERIODS: usize = 3;
/// Data points below the lower threshold that set off a scale-in.
pub const LOW_PERIODS: usize = 15;
/// The lower threshold as a share of the target.
const LOW_SHARE: f64 = 0.9;

/// What the policies of a service have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Fewest tasks.
    pub min_capacity: u32,
    /// Most tasks.
    pub max_capacity: u32,
    /// How long a scale-out counts towards the next.
    pub scale_out_cooldown: SimDuration,
    /// How long a scale-in forbids the next.
    pub scale_in_cooldown: SimDuration,
    /// They only scale out.
    pub disable_scale_in: bool,
}

/// A policy: a metric and what it should be, both in the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracked<'a> {
    /// What the metric should be; above 0.
    pub target: f64,
    /// Published data points, the newest last; none for a period without figures.
    pub points: &'a [Option<f64>],
}

/// What the policies can see.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The service's desired count.
    pub capacity: u32,
    /// The service's policies.
    pub policies: &'a [Tracked<'a>],
    /// A deployment of the service is in progress.
    pub deploying: bool,
}

/// What is remembered of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// When it was last scaled out, and from how many tasks.
    scaled_out: Option<(SimTime, u32)>,
    /// When it was last scaled in, if no scale-out came after it.
    scaled_in: Option<SimTime>,
}

/// Which alarm was in alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// Neither: the metric is near its target, or unknown.
    Neither,
    /// Above the target.
    High,
    /// Below nine tenths of it.
    Low,
}

/// What stood against the capacity that the metric asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nothing.
    None,
    /// A cooldown.
    Cooldown,
    /// The most tasks that are allowed.
    MaxCapacity,
    /// The fewest tasks that are allowed.
    MinCapacity,
    /// A deployment is in progress.
    Deployment,
    /// Scaling in is switched off.
    ScaleInDisabled,
    /// Another policy is not ready to scale in.
    OtherPolicy,
}

/// A capacity with its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The desired count from now on.
    pub capacity: u32,
    /// Position of the policy that counted.
    pub policy: usize,
    /// The alarm that led to it.
    pub alarm: Alarm,
    /// That policy's last data point; 0 without one.
    pub metric: f64,
    /// Tasks that it asks for.
    pub wanted: u32,
    /// What stood against them.
    pub limit: Limit,
}

/// What becomes of the service, given the data points that have been published.
#[must_use]
pub fn decide(
    settings: &Settings,
    observed: &Observed<'_>,
    memory: &mut Memory,
    now: SimTime,
) -> Decision {
    if let Some(out) = largest(observed, Alarm::High, base(settings, observed, memory, now)) {
        return scale_out(settings, observed.capacity, memory, now, out);
    }
    match largest(observed, Alarm::Low, observed.capacity) {
        Some(low) => scale_in(settings, observed, memory, now, low),
        None => Decision {
            capacity: observed.capacity,
            policy: 0,
            alarm: Alarm::Neither,
            metric: observed.policies.first().map_or(0.0, last_point),
            wanted: observed.capacity,
            limit: Limit::None,
        },
    }
}

/// The tasks that a scale-out is counted from: those before the last one while it cools down.
fn base(settings: &Settings, observed: &Observed<'_>, memory: &Memory, now: SimTime) -> u32 {
    let cooling = memory
        .scaled_out
        .filter(|(at, _)| *at + settings.scale_out_cooldown > now);
    cooling.map_or(observed.capacity, |(_, from)| from)
}

/// Of the policies with this alarm the one that asks for the most tasks, the first of equal ones;
/// nothing is decided yet.
fn largest(observed: &Observed<'_>, alarm: Alarm, from: u32) -> Option<Decision> {
    let asked = observed.policies.iter().enumerate();
    let asked = asked.filter(|(_, it)| alarm_of(it) == alarm);
    let asked = asked.map(|(policy, it)| Decision {
        capacity: observed.capacity,
        policy,
        alarm,
        metric: last_point(it),
        wanted: proportional(from, last_point(it) / it.target),
        limit: Limit::None,
    });
    asked.reduce(|best, it| if it.wanted > best.wanted { it } else { best })
}

fn scale_out(
    settings: &Settings,
    capacity: u32,
    memory: &mut Memory,
    now: SimTime,
    asked: Decision,
) -> Decision {
    let wanted = asked.wanted;
    let to = wanted.min(settings.max_capacity).max(capacity);
    let limit = if to > capacity || wanted == capacity {
        Limit::None
    } else if wanted > capacity {
        Limit::MaxCapacity
    } else {
        Limit::Cooldown
    };
    if to > capacity {
        memory.scaled_out = Some((now, capacity));
        memory.scaled_in = None;
    }
    Decision {
        capacity: to,
        limit,
        ..asked
    }
}

fn scale_in(
    settings: &Settings,
    observed: &Observed<'_>,
    memory: &mut Memory,
    now: SimTime,
    asked: Decision,
) -> Decision {
    let (capacity, wanted) = (observed.capacity, asked.wanted);
    let to = wanted.max(settings.min_capacity).min(capacity);
    let cooling = |at: SimTime| at + settings.scale_in_cooldown > now;
    let all_low = observed
        .policies
        .iter()
        .all(|it| alarm_of(it) == Alarm::Low);
    let limit = if wanted >= capacity {
        Limit::None
    } else if to == capacity {
        Limit::MinCapacity
    } else if settings.disable_scale_in {
        Limit::ScaleInDisabled
    } else if !all_low {
        Limit::OtherPolicy
    } else if observed.deploying {
        Limit::Deployment
    } else if memory.scaled_in.is_some_and(cooling) {
        Limit::Cooldown
    } else {
        memory.scaled_in = Some(now);
        Limit::None
    };
    Decision {
        capacity: if limit == Limit::None { to } else { capacity },
        limit,
        ..asked
    }
}

fn alarm_of(policy: &Tracked<'_>) -> Alarm {
    if all_of(policy.points, HIGH_PERIODS, |it| it > policy.target) {
        Alarm::High
    } else if all_of(policy.points, LOW_PERIODS, |it| {
        it < LOW_SHARE * policy.target
    }) {
        Alarm::Low
    } else {
        Alarm::Neither
    }
}

fn last_point(policy: &Tracked<'_>) -> f64 {
    policy.points.last().copied().flatten().unwrap_or(0.0)
}

/// True when the last so many data points are all there and all lie where the alarm looks.
fn all_of(points: &[Option<f64>], periods: usize, breaches: impl Fn(f64) -> bool) -> bool {
    let Some(first) = points.len().checked_sub(periods) else {
        return false;
    };
    points[first..].iter().all(|it| it.is_some_and(&breaches))
}

/// The tasks at which the metric would meet its target, rounded up; what rounding errors add to a
/// whole number does not count. The cast saturates.
fn proportional(tasks: u32, ratio: f64) -> u32 {
    (f64::from(tasks) * ratio - 1e-9).ceil().max(0.0) as u32
}

#[cfg(test)]
mod tests;

//! Target tracking: what ECS service auto scaling makes of a service's CPU utilization.
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
//!
//! Assumed, since AWS does not publish the arithmetic: the metric that counts is the last data
//! point, and the capacity is the desired count. Left out: several policies on one service, step
//! and scheduled scaling, predictive scaling.

use crate::units::{Ratio, SimDuration, SimTime};

/// Data points above the target that set off a scale-out.
pub const HIGH_PERIODS: usize = 3;
/// Data points below the lower threshold that set off a scale-in.
pub const LOW_PERIODS: usize = 15;
/// The lower threshold as a share of the target.
const LOW_SHARE: f64 = 0.9;

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// What the metric should be, as a share of the task size.
    pub target: Ratio,
    /// Fewest tasks.
    pub min_capacity: u32,
    /// Most tasks.
    pub max_capacity: u32,
    /// How long a scale-out counts towards the next.
    pub scale_out_cooldown: SimDuration,
    /// How long a scale-in forbids the next.
    pub scale_in_cooldown: SimDuration,
    /// It only scales out.
    pub disable_scale_in: bool,
}

/// What the policy can see.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// The service's desired count.
    pub capacity: u32,
    /// Published data points, the newest last: CPU use as a share of the task size, none for a
    /// period without figures.
    pub points: &'a [Option<f64>],
    /// A deployment of the service is in progress.
    pub deploying: bool,
}

/// What the policy remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// When it last scaled out, and from how many tasks.
    scaled_out: Option<(SimTime, u32)>,
    /// When it last scaled in, if no scale-out came after it.
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
}

/// A capacity with its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The desired count from now on.
    pub capacity: u32,
    /// The alarm that led to it.
    pub alarm: Alarm,
    /// The last data point; 0 without one.
    pub metric: f64,
    /// Tasks that the metric asks for.
    pub wanted: u32,
    /// What stood against them.
    pub limit: Limit,
}

/// What the policy does about the data points that have been published.
#[must_use]
pub fn decide(
    policy: &Policy,
    observed: &Observed<'_>,
    memory: &mut Memory,
    now: SimTime,
) -> Decision {
    let target = policy.target.value();
    let capacity = observed.capacity;
    let metric = observed.points.last().copied().flatten().unwrap_or(0.0);
    let steady = Decision {
        capacity,
        alarm: Alarm::Neither,
        metric,
        wanted: capacity,
        limit: Limit::None,
    };
    if all_of(observed.points, HIGH_PERIODS, |it| it > target) {
        let cooling = memory
            .scaled_out
            .filter(|(at, _)| *at + policy.scale_out_cooldown > now);
        let from = cooling.map_or(capacity, |(_, from)| from);
        let wanted = proportional(from, metric / target);
        let to = wanted.min(policy.max_capacity).max(capacity);
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
        return Decision {
            capacity: to,
            alarm: Alarm::High,
            wanted,
            limit,
            ..steady
        };
    }
    if !all_of(observed.points, LOW_PERIODS, |it| it < LOW_SHARE * target) {
        return steady;
    }
    let wanted = proportional(capacity, metric / target);
    let to = wanted.max(policy.min_capacity).min(capacity);
    let cooling = |at: SimTime| at + policy.scale_in_cooldown > now;
    let limit = if wanted >= capacity {
        Limit::None
    } else if to == capacity {
        Limit::MinCapacity
    } else if policy.disable_scale_in {
        Limit::ScaleInDisabled
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
        alarm: Alarm::Low,
        wanted,
        limit,
        ..steady
    }
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
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        target: Ratio::new_const(0.5),
        min_capacity: 2,
        max_capacity: 40,
        scale_out_cooldown: SimDuration::from_s(300),
        scale_in_cooldown: SimDuration::from_s(300),
        disable_scale_in: false,
    };

    /// What becomes of so many tasks at a minute of the run.
    struct Case {
        policy: Policy,
        memory: Memory,
        deploying: bool,
    }

    impl Case {
        fn new() -> Self {
            Self {
                policy: POLICY,
                memory: Memory::default(),
                deploying: false,
            }
        }

        fn at(&mut self, minute: u64, capacity: u32, points: &[Option<f64>]) -> Decision {
            let observed = Observed {
                capacity,
                points,
                deploying: self.deploying,
            };
            let now = SimTime::START + SimDuration::from_min(minute);
            decide(&self.policy, &observed, &mut self.memory, now)
        }
    }

    fn points(all: &[f64]) -> Vec<Option<f64>> {
        all.iter().copied().map(Some).collect()
    }

    #[track_caller]
    fn check(got: Decision, capacity: u32, alarm: Alarm, limit: Limit) {
        assert_eq!(
            (got.capacity, got.alarm, got.limit),
            (capacity, alarm, limit)
        );
    }

    /// "EvaluationPeriods 3" of AlarmHigh, "GreaterThanThreshold".
    #[test]
    fn three_points_above_the_target_scale_out() {
        let mut case = Case::new();
        let two = points(&[0.4, 0.9, 0.9]);
        check(case.at(1, 10, &two), 10, Alarm::Neither, Limit::None);
        let at_target = points(&[0.5, 0.5, 0.5]);
        check(case.at(1, 10, &at_target), 10, Alarm::Neither, Limit::None);
        check(
            case.at(1, 10, &points(&[0.9, 0.9])),
            10,
            Alarm::Neither,
            Limit::None,
        );
        let three = points(&[0.51, 0.7, 0.9]);
        check(case.at(1, 10, &three), 18, Alarm::High, Limit::None);
    }

    /// The last data point counts, and capacity is proportional to it, rounded up.
    #[test]
    fn capacity_is_proportional_and_rounded_up() {
        let grown = |capacity, last| {
            let three = points(&[0.6, 0.6, last]);
            Case::new().at(1, capacity, &three).capacity
        };
        assert_eq!(grown(10, 0.55), 11);
        assert_eq!(grown(10, 0.551), 12);
        assert_eq!(grown(3, 0.6), 4);
        assert_eq!(grown(10, 1.0), 20);
        assert_eq!(grown(39, 1.0), 40, "the maximum holds");
    }

    /// "EvaluationPeriods 15" of AlarmLow, its threshold nine tenths of the target.
    #[test]
    fn fifteen_points_below_nine_tenths_scale_in() {
        let mut case = Case::new();
        let fourteen = points(&[0.3; 14]);
        check(case.at(1, 10, &fourteen), 10, Alarm::Neither, Limit::None);
        let near = points(&[0.46; 15]);
        check(case.at(1, 10, &near), 10, Alarm::Neither, Limit::None);
        let low = points(&[0.31; 15]);
        check(case.at(1, 10, &low), 7, Alarm::Low, Limit::None);
        let idle = points(&[0.01; 15]);
        check(case.at(7, 10, &idle), 2, Alarm::Low, Limit::None);
        check(case.at(13, 2, &idle), 2, Alarm::Low, Limit::MinCapacity);
    }

    /// "It does not interpret insufficient data as low utilization."
    #[test]
    fn missing_points_change_nothing() {
        let mut case = Case::new();
        let mut high = points(&[0.9; 3]);
        high[1] = None;
        check(case.at(1, 10, &high), 10, Alarm::Neither, Limit::None);
        let mut low = points(&[0.1; 15]);
        low[14] = None;
        check(case.at(1, 10, &low), 10, Alarm::Neither, Limit::None);
        check(case.at(1, 10, &[]), 10, Alarm::Neither, Limit::None);
    }

    /// "Won't increase the desired capacity again unless either a larger scale out is triggered or
    /// the cooldown period ends."
    #[test]
    fn a_scale_out_counts_towards_the_next_during_its_cooldown() {
        let mut case = Case::new();
        let busy = points(&[0.75; 3]);
        check(case.at(1, 10, &busy), 15, Alarm::High, Limit::None);
        check(case.at(2, 15, &busy), 15, Alarm::High, Limit::None);
        let less = points(&[0.6; 3]);
        check(case.at(3, 15, &less), 15, Alarm::High, Limit::Cooldown);
        let more = points(&[0.9; 3]);
        check(case.at(4, 15, &more), 18, Alarm::High, Limit::None);
        // The last one began another cooldown: from 15 tasks, not from 18.
        check(case.at(8, 18, &less), 18, Alarm::High, Limit::None);
        check(case.at(9, 18, &less), 22, Alarm::High, Limit::None);
    }

    #[test]
    fn the_maximum_stops_it() {
        let busy = points(&[0.75; 3]);
        check(
            Case::new().at(1, 40, &busy),
            40,
            Alarm::High,
            Limit::MaxCapacity,
        );
    }

    /// "Scale-in activities are blocked until the cooldown period has expired"; a scale-out is not,
    /// and "the scale-in cooldown period stops".
    #[test]
    fn a_scale_in_waits_for_its_cooldown_and_a_scale_out_does_not() {
        let mut case = Case::new();
        let low = points(&[0.3; 15]);
        check(case.at(1, 20, &low), 12, Alarm::Low, Limit::None);
        check(case.at(5, 12, &low), 12, Alarm::Low, Limit::Cooldown);
        check(
            case.at(5, 12, &points(&[0.75; 3])),
            18,
            Alarm::High,
            Limit::None,
        );
        check(case.at(5, 18, &low), 11, Alarm::Low, Limit::None);
    }

    /// ECS turns scale-in off, and only that, while a deployment is in progress.
    #[test]
    fn a_deployment_and_a_switch_hold_back_scale_in_only() {
        let low = points(&[0.3; 15]);
        let busy = points(&[0.75; 3]);
        let mut case = Case {
            deploying: true,
            ..Case::new()
        };
        check(case.at(1, 20, &low), 20, Alarm::Low, Limit::Deployment);
        check(case.at(1, 20, &busy), 30, Alarm::High, Limit::None);
        let mut case = Case::new();
        case.policy.disable_scale_in = true;
        check(case.at(1, 20, &low), 20, Alarm::Low, Limit::ScaleInDisabled);
        check(case.at(1, 20, &busy), 30, Alarm::High, Limit::None);
    }
}

//! The rules of target tracking, as AWS words them.

use super::*;

const TARGET: f64 = 0.5;
const SETTINGS: Settings = Settings {
    min_capacity: 2,
    max_capacity: 40,
    scale_out_cooldown: SimDuration::from_s(300),
    scale_in_cooldown: SimDuration::from_s(300),
    disable_scale_in: false,
};

/// What becomes of so many tasks at a minute of the run.
struct Case {
    settings: Settings,
    memory: Memory,
    deploying: bool,
}

impl Case {
    fn new() -> Self {
        Self {
            settings: SETTINGS,
            memory: Memory::default(),
            deploying: false,
        }
    }

    fn at(&mut self, minute: u64, capacity: u32, points: &[Option<f64>]) -> Decision {
        let target = TARGET;
        self.with(minute, capacity, &[Tracked { target, points }])
    }

    fn with(&mut self, minute: u64, capacity: u32, policies: &[Tracked<'_>]) -> Decision {
        let observed = Observed {
            capacity,
            policies,
            deploying: self.deploying,
        };
        let now = SimTime::START + SimDuration::from_min(minute);
        decide(&self.settings, &observed, &mut self.memory, now)
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
    case.settings.disable_scale_in = true;
    check(case.at(1, 20, &low), 20, Alarm::Low, Limit::ScaleInDisabled);
    check(case.at(1, 20, &busy), 30, Alarm::High, Limit::None);
}

/// CPU on its target of a half, and requests on one of a thousand a minute.
fn both<'a>(cpu: &'a [Option<f64>], requests: &'a [Option<f64>]) -> [Tracked<'a>; 2] {
    let policy = |target, points| Tracked { target, points };
    [policy(TARGET, cpu), policy(1000.0, requests)]
}

/// "Scale out if any of the policies are ready to scale out", and "precedence to the policy
/// that provides the largest capacity".
#[test]
fn any_policy_scales_out_and_the_largest_capacity_wins() {
    let (calm, busy) = (points(&[0.5; 3]), points(&[0.75; 3]));
    let (few, many) = (points(&[1000.0; 3]), points(&[2000.0; 3]));
    let alone = Case::new().with(1, 10, &both(&calm, &many));
    check(alone, 20, Alarm::High, Limit::None);
    assert_eq!((alone.policy, alone.metric), (1, 2000.0));
    let cpu = Case::new().with(1, 10, &both(&busy, &few));
    check(cpu, 15, Alarm::High, Limit::None);
    assert_eq!((cpu.policy, cpu.metric), (0, 0.75));
    let largest = Case::new().with(1, 10, &both(&busy, &many));
    check(largest, 20, Alarm::High, Limit::None);
    assert_eq!((largest.policy, largest.wanted), (1, 20));
    // Against one that would scale in, the scale-out holds.
    let idle = points(&[0.1; 15]);
    let against = Case::new().with(1, 10, &both(&idle, &many));
    check(against, 20, Alarm::High, Limit::None);
}

/// What one policy added counts towards the other's scale-out.
#[test]
fn a_scale_out_by_one_policy_counts_for_the_other() {
    let (busy, many) = (points(&[0.75; 3]), points(&[1400.0; 3]));
    let none = points(&[]);
    let mut case = Case::new();
    check(
        case.with(1, 10, &both(&busy, &none)),
        15,
        Alarm::High,
        Limit::None,
    );
    let smaller = case.with(2, 15, &both(&none, &many));
    check(smaller, 15, Alarm::High, Limit::Cooldown);
    assert_eq!((smaller.policy, smaller.wanted), (1, 14));
}

/// "Scale in only if all of the policies are ready to scale in", to the largest capacity; one
/// without data is not ready.
#[test]
fn all_policies_must_want_to_scale_in() {
    let (idle, near) = (points(&[0.1; 15]), points(&[0.48; 15]));
    let few = points(&[600.0; 15]);
    let mut gap = few.clone();
    gap[7] = None;
    let mut case = Case::new();
    for requests in [&points(&[950.0; 15]), &gap, &points(&[600.0; 14])] {
        let kept = case.with(1, 10, &both(&idle, requests));
        check(kept, 10, Alarm::Low, Limit::OtherPolicy);
        assert_eq!((kept.policy, kept.wanted), (0, 2));
    }
    let kept = case.with(1, 10, &both(&near, &few));
    check(kept, 10, Alarm::Low, Limit::OtherPolicy);
    assert_eq!(kept.policy, 1);
    let ready = case.with(1, 10, &both(&idle, &few));
    check(ready, 6, Alarm::Low, Limit::None);
    assert_eq!((ready.policy, ready.wanted), (1, 6));
}

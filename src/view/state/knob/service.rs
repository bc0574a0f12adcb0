//! Knobs of ECS services and of Fargate.

use super::{Knob, KnobId, count, law, percent, seconds};
use crate::model::{Fargate, TargetTracking};

pub(super) fn of_target_tracking(policy: &TargetTracking) -> Vec<Knob> {
    let normal = TargetTracking::default();
    let targets = [policy.target_cpu_utilization, normal.target_cpu_utilization];
    let cooldowns = [policy.scale_out_cooldown, normal.scale_out_cooldown];
    let (min, max) = (policy.min_capacity, policy.max_capacity);
    vec![
        percent(
            KnobId::TrackingTarget,
            &["target_tracking", "target_cpu_utilization"],
            "target_tracking.target_cpu_utilization",
            targets,
            [20.0, 95.0],
        ),
        count(
            KnobId::MinCapacity,
            &["target_tracking", "min_capacity"],
            min,
            normal.min_capacity,
            1,
            60,
        ),
        count(
            KnobId::MaxCapacity,
            &["target_tracking", "max_capacity"],
            max,
            normal.max_capacity,
            1,
            200,
        ),
        seconds(
            KnobId::ScaleOutCooldown,
            &["target_tracking", "scale_out_cooldown"],
            "target_tracking.scale_out_cooldown",
            cooldowns,
            [0.0, 900.0],
        ),
    ]
}

pub(super) fn of_fargate(fargate: &Fargate) -> Vec<Knob> {
    let launch = [fargate.launch_time, Fargate::default().launch_time];
    vec![law(
        KnobId::TaskLaunchTime,
        &["launch_time"],
        "fargate.launch_time",
        launch,
        300.0,
    )]
}

//! Knobs of ECS services and of Fargate.

use super::{Knob, KnobId, count, law, percent, seconds};
use crate::model::{Fargate, TargetTracking};

pub(super) fn of_target_tracking(policy: &TargetTracking) -> Vec<Knob> {
    let normal = TargetTracking::default();
    let cooldowns = [policy.scale_out_cooldown, normal.scale_out_cooldown];
    let (min, max) = (policy.min_capacity, policy.max_capacity);
    let cpu = policy.cpu_target().zip(normal.cpu_target());
    let cpu = cpu.map(|(target, normal)| {
        percent(
            KnobId::TrackingTarget,
            &["target_tracking", "target_cpu_utilization"],
            "target_tracking.target_cpu_utilization",
            [target, normal],
            [20.0, 95.0],
        )
    });
    // A target of requests is what the file says: nothing is a default of it.
    let requests = policy.target_requests_per_target.map(|target| {
        let path = &["target_tracking", "target_requests_per_target"];
        count(KnobId::RequestTarget, path, target, target, 60, 20_000)
    });
    let bounds = [
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
    ];
    cpu.into_iter().chain(requests).chain(bounds).collect()
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

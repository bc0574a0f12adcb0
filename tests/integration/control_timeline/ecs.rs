//! An ECS service on Fargate beside the same deployment on EKS, under the same tape.
//!
//! Nine tasks of half a vCPU and 1 GiB at 60 % CPU, in three zones. The figures to meet: AWS's own
//! benchmark of service auto scaling (2026-06-18) says 363 s from a load step to the scale-out with
//! metrics of a minute and 86 s with those of 20 s, and 23 s more for the first tasks.

use tradewind::analysis::cost::{BillItem, run_bill};
use tradewind::model::{
    ById, Call, Component, Deployment, Fargate, FaultKind, MetricResolution, NodeGroup, Region,
    Tape, TargetTracking,
};
use tradewind::sim::event::{
    EventKind, ScalingHold, ServiceEvent, ServiceMetric, TaskLoss, TrackingReason,
};
use tradewind::sim::run_log::Meter;
use tradewind::sim::{self, Experiment};
use tradewind::units::{Ratio, SimDuration};

use super::fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, load, parts, plan, power_loss,
    tape, zone,
};

/// The platform without nodes: the deployment is a service.
pub fn on_fargate(change: impl Fn(&mut Deployment)) -> ById<Component> {
    let mut parts = parts();
    parts.remove("nodes");
    let fargate = Component::Fargate(Fargate::default());
    parts.insert("fargate".to_string(), fargate);
    edit(&mut parts, "api", deployment, |it| {
        it.runs_on = "fargate".into();
        it.hpa = None;
        it.topology_spread = None;
        change(it);
    });
    parts
}

/// Target tracking on 65 % CPU: 60 % is neither above it nor below nine tenths of it.
pub fn tracking(resolution: MetricResolution) -> TargetTracking {
    TargetTracking {
        min_capacity: 6,
        max_capacity: 30,
        target_cpu_utilization: Some(Ratio::new(0.65)),
        metric_resolution: resolution,
        ..TargetTracking::default()
    }
}

fn scaled_by(policy: &TargetTracking) -> ById<Component> {
    on_fargate(|it| {
        it.target_tracking = Some(policy.clone());
        // Nothing but the tasks themselves limits what is served.
        it.calls = ById::new();
    })
}

fn played(parts: ById<Component>, tape: &Tape) -> Played {
    let mut load = load(540.0);
    load.noise.cv = Ratio::ZERO;
    let design = design(&["a", "c", "d"], parts);
    Played::under(&design, &load, tape, plan().duration)
}

/// Half as many requests again, for so long.
fn step(factor: f64, lasts: SimDuration) -> Tape {
    tape(FaultKind::Surge {
        at: FAULT,
        duration: lasts,
        factor,
    })
}

pub fn services(played: &Played) -> Vec<(f64, ServiceEvent)> {
    played.pick(|event| match event.kind {
        EventKind::Service(it) => Some(it),
        _ => None,
    })
}

pub fn times(played: &Played, pick: fn(&ServiceEvent) -> bool) -> Vec<f64> {
    let found = services(played).into_iter();
    found.filter(|(_, it)| pick(it)).map(|(at, _)| at).collect()
}

/// When service auto scaling changed the desired count, from what, to what, and why.
fn scalings(played: &Played) -> Vec<(f64, u32, u32, TrackingReason)> {
    let scaled = services(played)
        .into_iter()
        .filter_map(|(at, it)| match it {
            ServiceEvent::Scaled { from, to, reason } => Some((at, from, to, reason)),
            _ => None,
        });
    scaled.collect()
}

const HALF_AN_HOUR: SimDuration = SimDuration::from_min(30);

/// A step that begins with a minute: three whole periods, and the delay until the third is looked
/// at. 180 s + 150 s with metrics of a minute, 60 s + 16 s with those of 20 s; steps that begin
/// within a period take up to one more, which makes AWS's means of 363 s and 86 s. The HPA looks
/// every 15 s at readings of the last 15 s: 10 to 45 s (see `hpa.rs` of the policies).
#[test]
fn service_auto_scaling_answers_minutes_after_the_hpa() {
    let tape = step(1.5, HALF_AN_HOUR);
    let scaled = |it: &ServiceEvent| matches!(it, ServiceEvent::Scaled { from: 9, .. });
    let first = |resolution| {
        let played = played(scaled_by(&tracking(resolution)), &tape);
        let scaled = times(&played, scaled);
        let ready = times(&played, |it| matches!(it, ServiceEvent::Ready { .. }));
        (scaled, ready[0])
    };
    let (standard, ready) = first(MetricResolution::Standard);
    check_between("scaled out by minutes", &standard, 330.0, 390.0);
    // Launch 20 to 60 s, start-up 5 to 30 s; the last of them is told of.
    check_between("new tasks", &[ready - standard[0]], 25.0, 90.0);
    let (high, ready) = first(MetricResolution::High);
    check_between("scaled out by 20 s", &high, 76.0, 96.0);
    check_between("new tasks", &[ready - high[0]], 25.0, 90.0);

    let on_eks = played(parts(), &tape);
    let hpa = on_eks.times(|it| matches!(it, EventKind::HpaScaled { .. }));
    check_between("the HPA", &hpa[..1], 10.0, 45.0);
}

/// 540 requests per second x 1.5 x 5 ms = 4.05 of 4.5 vCPU: 90 %, so 65 % asks for 9 x 0.9 / 0.65 =
/// 12.5 tasks.
#[test]
fn a_scale_out_is_proportional_and_counts_during_its_cooldown() {
    let policy = tracking(MetricResolution::Standard);
    let played = played(scaled_by(&policy), &step(1.5, HALF_AN_HOUR));
    let scaled = scalings(&played);
    let (_, from, to, reason) = scaled[0];
    assert_eq!((from, to), (9, 13));
    assert!((89..=90).contains(&reason.value), "{reason:?}");
    assert_eq!((reason.target, reason.points), (65, 3));
    // Points from before the new tasks are still to come, and ask for no more than was added.
    assert!(scaled[1].1 > scaled[1].2, "one step is enough: {scaled:?}");
    // Fifteen minutes below 58.5 % after the end, and the delay.
    let inwards = scaled.iter().find(|it| it.2 < it.1).expect("it scales in");
    check_between("scaled in", &[inwards.0 - 1800.0], 900.0 + 150.0, 1260.0);
}

/// 540 requests per second are 3,600 per minute for each of nine tasks; at two and a half times the
/// rate it is 9,000, and a target of 3,900 asks for 9 x 9,000 / 3,900 = 20.8 tasks. CPU could not
/// say so: it ends at 100 %, which makes 9 / 0.65 = 13.8. The third whole minute is over after
/// 180 s, its data point comes after 150 s more, whatever the resolution of the service's own.
#[test]
fn requests_per_target_ask_for_what_a_step_needs_at_once() {
    let played_with = |policy: &TargetTracking| played(scaled_by(policy), &step(2.5, HALF_AN_HOUR));
    let requests = TargetTracking {
        target_cpu_utilization: None,
        target_requests_per_target: Some(3900),
        ..tracking(MetricResolution::High)
    };
    let played = played_with(&requests);
    let scaled = scalings(&played);
    let (at, from, to, reason) = scaled[0];
    check_between("scaled out", &[at], 330.0, 331.0);
    assert_eq!((from, to), (9, 21));
    assert_eq!((reason.metric, reason.points), (ServiceMetric::Requests, 3));
    assert_eq!((reason.value, reason.target), (9000, 3900));
    assert!(scaled[1].1 > scaled[1].2, "one step is enough: {scaled:?}");
    // Fifteen whole minutes after the end, and the delay: 540 x 60 / 3,900 = 8.3 tasks.
    let inwards = scaled[1];
    check_between("scaled in", &[inwards.0 - 1800.0], 1050.0, 1051.0);
    assert_eq!((inwards.1, inwards.2), (21, 9));

    let by_cpu = played_with(&tracking(MetricResolution::Standard));
    assert_eq!(scalings(&by_cpu)[0].2, 14);
}

/// Half as many requests again: 12.5 tasks by CPU as above, and 9 x 5,400 / 3,650 = 13.3 by
/// requests. The larger capacity wins, and the reason names its metric.
#[test]
fn of_two_policies_the_one_that_asks_for_more_counts() {
    let both = TargetTracking {
        target_requests_per_target: Some(3650),
        ..tracking(MetricResolution::Standard)
    };
    let played = played(scaled_by(&both), &step(1.5, HALF_AN_HOUR));
    let scaled = scalings(&played);
    let (at, from, to, reason) = scaled[0];
    check_between("scaled out", &[at], 330.0, 331.0);
    assert_eq!((from, to, reason.metric), (9, 14, ServiceMetric::Requests));
    assert!(scaled[1].1 > scaled[1].2, "one step is enough: {scaled:?}");
}

#[test]
fn the_most_tasks_are_told_of_once() {
    let policy = TargetTracking {
        max_capacity: 9,
        ..tracking(MetricResolution::Standard)
    };
    let played = played(scaled_by(&policy), &step(2.0, HALF_AN_HOUR));
    let held: Vec<_> = services(&played)
        .into_iter()
        .filter_map(|(_, it)| match it {
            ServiceEvent::Held { tasks, hold, .. } => Some((tasks, hold)),
            _ => None,
        })
        .collect();
    assert_eq!(held, [(9, ScalingHold::MaxCapacity)]);
}

/// Two failed probes 15 s apart and a timeout of 5 s: 20 to 35 s, as for pods, but then ECS
/// replaces the tasks at once where Kubernetes waits for 350 s. Nothing is launched in the dark
/// zone.
#[test]
fn tasks_of_a_lost_zone_are_replaced_when_their_health_checks_fail() {
    let played = played(on_fargate(|_| {}), &power_loss("a"));
    let replaced = services(&played)
        .into_iter()
        .filter_map(|(at, it)| match it {
            ServiceEvent::Replaced { tasks, because } => Some((at, tasks, because)),
            _ => None,
        });
    let replaced: Vec<_> = replaced.collect();
    assert_eq!(replaced.len(), 1, "{replaced:?}");
    let (at, tasks, because) = replaced[0];
    assert_eq!((tasks, because), (3, TaskLoss::HealthCheck));
    check_between("replaced", &[at], 20.0, 35.0);
    let ready = times(&played, |it| {
        matches!(it, ServiceEvent::Ready { ready: 9, .. })
    });
    check_between("all nine again", &ready[..1], at + 25.0, at + 90.0);
    let of_kubernetes = played.times(|it| {
        matches!(
            it,
            EventKind::NodesNotReady { .. }
                | EventKind::PodsEvicted { .. }
                | EventKind::PodsPending { .. }
                | EventKind::NodesLaunched { .. }
        )
    });
    assert!(of_kubernetes.is_empty());
    assert!(played.success(180, 1500) > 0.999);
}

/// The service that users reach calls another.
pub fn calling_a_backend() -> ById<Component> {
    let mut parts = on_fargate(|it| {
        it.calls = [("backend".to_string(), Call::default())]
            .into_iter()
            .collect();
    });
    let backend = Deployment {
        replicas: 6,
        runs_on: "fargate".into(),
        ..Deployment::default()
    };
    parts.insert("backend".to_string(), Component::Deployment(backend));
    parts
}

/// Nobody probes the second service: ECS learns of its tasks after `task_loss_time`.
#[test]
fn tasks_behind_no_balancer_are_replaced_when_ecs_knows() {
    let played = played(calling_a_backend(), &power_loss("a"));
    let lost = played.pick(|event| match event.kind {
        EventKind::Service(ServiceEvent::Replaced {
            tasks,
            because: TaskLoss::Infrastructure,
        }) => Some((event.entity.clone(), tasks)),
        _ => None,
    });
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(lost[0].1, ("backend".to_string(), 2));
    check_between("replaced", &[lost[0].0], 60.0, 300.0);
}

/// Nodes of the same zone go silent with it and are Unknown after 50 s; ECS would give up on tasks
/// that nobody probes after a minute at the earliest. A cut that is over in between costs nothing
/// for longer: what Kubernetes does about its nodes is no business of tasks, nor does Cluster
/// Autoscaler count them when it gives nodes back.
#[test]
fn kubernetes_beside_a_service_leaves_its_tasks_alone() {
    let mut parts = calling_a_backend();
    let group = NodeGroup {
        nodes: 3,
        min_nodes: Some(1),
        max_nodes: Some(3),
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    let cut = tape(FaultKind::ZoneIsolated {
        at: FAULT,
        duration: SimDuration::from_s(55),
        zone: zone("a"),
    });
    let played = Played::new(&design(&["a"], parts), &cut);
    let unknown = played.times(|it| matches!(it, EventKind::NodesNotReady { .. }));
    check_between("nodes of the zone", &unknown, 50.0, 51.0);
    assert!(played.success(300, 1500) > 0.999);
}

#[test]
fn without_capacity_in_any_zone_tasks_wait_and_are_tried_again() {
    let mut tape = power_loss("a");
    let shortage = FaultKind::CapacityShortage {
        at: FAULT,
        duration: SimDuration::from_min(10),
        zone: None,
        instance_types: Vec::new(),
        capacity_type: None,
        share: Ratio::ONE,
    };
    tape.faults.insert("shortage".to_string(), shortage);
    let played = played(on_fargate(|_| {}), &tape);
    let refused = times(&played, |it| {
        matches!(it, ServiceEvent::NoCapacity { tasks: 3, .. })
    });
    check_between("no capacity", &refused, 20.0, 35.0);
    let ready = times(&played, |it| {
        matches!(it, ServiceEvent::Ready { ready: 9, .. })
    });
    check_between(
        "tried every minute",
        &ready[..1],
        625.0,
        600.0 + 60.0 + 90.0,
    );
}

/// 9 tasks x 0.5 vCPU x 3 h = 13.5 vCPU-hours and 9 x 1 GB x 3 h = 27 GB-hours: in Tokyo
/// 13.5 x 0.05056 + 27 x 0.00553 = 0.83187 USD. There is no Kubernetes, so no cluster is paid for.
#[test]
fn tasks_are_paid_for_by_size_and_time_and_kubernetes_is_not() {
    let played = played(on_fargate(|_| {}), &Tape::default());
    let bill = run_bill(&played.log, Region::ApNortheast1);
    let line = |item: &BillItem| {
        let found = bill.lines.iter().find(|it| it.item == *item);
        found.map(|it| (it.quantity, it.amount.dollars()))
    };
    let (vcpu_h, cpu_usd) = line(&BillItem::FargateCpu).expect("on the bill");
    let (gb_h, memory_usd) = line(&BillItem::FargateMemory).expect("on the bill");
    assert!((vcpu_h - 13.5).abs() < 1e-9, "{vcpu_h}");
    assert!((gb_h - 27.0).abs() < 1e-9, "{gb_h}");
    assert!((cpu_usd + memory_usd - 0.83187).abs() < 1e-5);
    assert_eq!(line(&BillItem::Cluster), None);
    assert_eq!(line(&BillItem::Volume), None);
}

/// A lost task is paid for until ECS stops it, its successor from its launch.
#[test]
fn a_replaced_task_is_paid_for_until_ecs_stops_it() {
    let played = played(on_fargate(|_| {}), &power_loss("a"));
    let meters = &played.log.usage.meters;
    let column = meters
        .iter()
        .position(|it| *it == Meter::FargateVcpuSeconds);
    let vcpu_s = played.log.usage.total(column.expect("metered"));
    let expected = 9.0 * 0.5 * plan().duration.as_s_f64();
    assert!(
        (vcpu_s - expected).abs() < 1e-6,
        "{vcpu_s}: replaced at once"
    );
}

#[test]
fn both_planes_serve_tasks_and_equal_designs_have_equal_runs() {
    let design = design(
        &["a", "c", "d"],
        scaled_by(&tracking(MetricResolution::High)),
    );
    let tape = power_loss("a");
    let mut plan = plan();
    plan.duration = FAULT + OUTAGE;
    let load = load(60.0);
    let experiment = Experiment::new(&design, &load, &tape, &plan, 3);
    let rates = sim::run(&experiment);
    assert_eq!(rates, sim::run(&experiment));
    let requests = sim::run_requests(&experiment);
    let share = |log: &sim::RunLog| {
        let offered: f64 = log.intervals.iter().map(|it| it.offered).sum();
        log.intervals.iter().map(|it| it.succeeded).sum::<f64>() / offered
    };
    let (fluid, single) = (share(&rates), share(&requests));
    assert!((fluid - single).abs() < 1e-3, "{fluid} and {single}");
    assert!(fluid > 0.98 && fluid < 1.0, "{fluid}");
}

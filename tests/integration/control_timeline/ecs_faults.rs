//! What faults do to services on Fargate, which know nothing of Kubernetes.

use tradewind::model::{
    ById, Call, Component, Deployment, Fargate, FaultKind, MetricResolution, NodeGroup, Resolver,
    Tape, Triangular,
};
use tradewind::sim::event::{ContactEvent, EventKind, RolloutStep, ServiceEvent, TaskLoss};
use tradewind::units::{IntOrPercent, Ratio, SimDuration};
use tradewind::view::events::{Controller, Rule, decided};

use super::ecs::{calling_a_backend, on_fargate, services, times, tracking};
use super::fixture::{
    FAULT, OUTAGE, Played, balancer, check_between, deployment, design, edit, good_release,
    good_release_of, ids, one_by_one, zone,
};

fn played(
    parts: ById<Component>,
    faults: impl IntoIterator<Item = (&'static str, FaultKind)>,
) -> Played {
    let tape = Tape {
        faults: ids(faults),
        ..Tape::default()
    };
    Played::new(&design(&["a", "c", "d"], parts), &tape)
}

fn dark(after_s: u64) -> FaultKind {
    FaultKind::ZonePowerLoss {
        at: FAULT + SimDuration::from_s(after_s),
        duration: OUTAGE,
        zone: zone("a"),
    }
}

fn api_away() -> FaultKind {
    FaultKind::ControlPlaneLoss {
        at: FAULT,
        duration: OUTAGE,
    }
}

/// The service that users reach calls pods on nodes.
fn beside_pods() -> ById<Component> {
    let mut parts = calling_a_backend();
    edit(&mut parts, "backend", deployment, |it| {
        it.runs_on = "nodes".into();
    });
    parts.insert(
        "nodes".to_string(),
        Component::NodeGroup(NodeGroup::default()),
    );
    parts
}

fn contacts(played: &Played) -> Vec<ContactEvent> {
    let told = played.pick(|event| match event.kind {
        EventKind::Contact(it) => Some(it),
        _ => None,
    });
    told.into_iter().map(|(_, it)| it).collect()
}

/// When tasks were stopped for that reason.
fn replaced(played: &Played, because: TaskLoss) -> Vec<f64> {
    let all = services(played).into_iter();
    let own = all.filter(
        |(_, it)| matches!(it, ServiceEvent::Replaced { because: it, .. } if *it == because),
    );
    own.map(|(at, _)| at).collect()
}

/// A zone is lost five minutes after the API: three of nine tasks fail their health checks 20 to
/// 35 s later, and are there again within 90 s more, while the API is away for 25 minutes to come.
#[track_caller]
fn check_replaced(played: &Played) {
    check_between(
        "stopped",
        &replaced(played, TaskLoss::HealthCheck),
        320.0,
        335.0,
    );
    let ready = times(played, |it| {
        matches!(it, ServiceEvent::Ready { ready: 9, .. })
    });
    check_between("all nine again", &ready[..1], 345.0, 425.0);
}

#[test]
fn without_nodes_there_is_no_api_to_lose() {
    let played = played(
        on_fargate(|_| {}),
        [("api", api_away()), ("zone", dark(300))],
    );
    check_replaced(&played);
    // The database moves all the same.
    let of_api =
        |it: &ContactEvent| matches!(it, ContactEvent::ApiLost | ContactEvent::ApiBack { .. });
    assert!(!contacts(&played).iter().any(of_api));
}

#[test]
fn ecs_goes_on_beside_a_cluster_whose_api_is_away() {
    let release = FaultKind::Rollout {
        at: FAULT + SimDuration::from_s(900),
        target: "api".to_string(),
        errors: Ratio::ZERO,
        slowdown: None,
        never_ready: Ratio::ZERO,
        roll_back_after: None,
    };
    let faults = [
        ("api", api_away()),
        ("release", release),
        ("zone", dark(300)),
    ];
    let played = played(beside_pods(), faults);
    check_replaced(&played);
    let told = contacts(&played);
    assert_eq!(told[0], ContactEvent::ApiLost);
    let done = played.times(|it| matches!(it, EventKind::Rollout(RolloutStep::Completed { .. })));
    check_between("the release is out", &done, 930.0, 1500.0);
    // What Kubernetes has to do about the lost zone waits for its API.
    let of_pods = played.times(|it| {
        matches!(
            it,
            EventKind::NodesNotReady { .. } | EventKind::PodsEvicted { .. }
        )
    });
    check_between("Kubernetes", &of_pods, 1800.0, 7200.0);
}

/// Calls of tasks find their way by the resolver of the VPC.
#[test]
fn tasks_do_not_ask_coredns() {
    let names = || FaultKind::DnsLoss {
        at: FAULT,
        duration: OUTAGE,
        resolver: Resolver::Cluster,
    };
    let alone = played(on_fargate(|_| {}), [("dns", names())]);
    assert!(contacts(&alone).is_empty(), "there is none");
    assert!(alone.success(0, 1800) > 0.999);
    let beside = played(beside_pods(), [("dns", names())]);
    assert_eq!(contacts(&beside).len(), 2);
    assert!(beside.success(0, 1800) > 0.999);
}

/// A task is sent SIGTERM when the balancer no longer sends to it; with a second to stop it would
/// otherwise be gone while it is still sent requests.
#[test]
fn a_rollout_of_a_service_refuses_nobody() {
    let mut parts = on_fargate(|it| {
        it.termination_grace_period = SimDuration::from_s(1);
        *it.rollout = one_by_one();
    });
    edit(&mut parts, "alb", balancer, |it| {
        it.deregistration_time = Triangular::from_s(5, 10, 15);
    });
    let played = Played::new(&design(&["a", "c", "d"], parts), &good_release());
    let done = played.times(|it| matches!(it, EventKind::Rollout(RolloutStep::Completed { .. })));
    assert_eq!(done.len(), 1);
    let early = played.times(|it| matches!(it, EventKind::TargetsStopped(_)));
    assert!(early.is_empty(), "{early:?}");
    let lost = 1.0 - played.success(0, 1800);
    assert!(lost < 1e-4, "{lost}");
}

/// ECS goes by the health of targets: nothing need be stated for old tasks to wait for new ones.
#[test]
fn a_rollout_of_a_service_waits_for_healthy_targets() {
    let parts = on_fargate(|_| ());
    let played = Played::new(&design(&["a", "c", "d"], parts), &good_release());
    let done = played.times(|it| matches!(it, EventKind::Rollout(RolloutStep::Completed { .. })));
    assert_eq!(done.len(), 1);
    let lost = 1.0 - played.success(0, 1800);
    assert!(lost < 1e-4, "{lost}");
    // It is ECS that rolls out, under its own rule.
    let mut events = played.log.events.iter();
    let step = events.find(|it| matches!(it.kind, EventKind::Rollout(_)));
    let by = step.map(|it| decided(it, &played.log));
    assert_eq!(by, Some((Controller::Ecs, Some(Rule::RollingUpdate))));
}

/// A task that nothing checks counts after 40 s. All six come at once (200 %), the last after a
/// launch of 60 s and a start of 30 s at most, and nothing is done in less than the shortest of
/// both.
#[test]
fn tasks_that_nothing_checks_count_after_forty_seconds() {
    let platform = design(&["a", "c", "d"], calling_a_backend());
    let played = Played::new(&platform, &good_release_of("backend"));
    let ready = times(&played, |it| matches!(it, ServiceEvent::Ready { .. }));
    let done = played.times(|it| matches!(it, EventKind::Rollout(RolloutStep::Completed { .. })));
    let last = ready.iter().copied().fold(0.0, f64::max);
    check_between("completed", &done, last + 39.9, last + 40.1);
    check_between("tasks are ready", &ready, 25.0, 90.0);
}

/// One task of nine ends at every start for twenty minutes; half as many requests again have four
/// more launched or so, which are sound.
#[test]
fn a_crash_loop_does_not_spread_to_tasks_that_are_added() {
    let parts = on_fargate(|it| {
        it.target_tracking = Some(tracking(MetricResolution::High));
        it.calls = ById::new();
    });
    let crash = FaultKind::PodCrash {
        at: FAULT,
        duration: SimDuration::from_min(20),
        target: "api".to_string(),
        pods: IntOrPercent::Int(1),
    };
    let surge = FaultKind::Surge {
        at: FAULT,
        duration: OUTAGE,
        factor: 1.5,
    };
    let played = played(parts, [("crash", crash), ("surge", surge)]);
    assert_eq!(replaced(&played, TaskLoss::Crash), [0.0]);
    let in_place = played.times(|it| matches!(it, EventKind::PodsCrashed { .. }));
    assert!(in_place.is_empty(), "ECS starts nothing again in place");
    let more = times(
        &played,
        |it| matches!(it, ServiceEvent::Ready { ready, .. } if *ready > 9),
    );
    check_between("more than nine", &more[..1], 90.0, 300.0);
    let most = services(&played)
        .into_iter()
        .filter_map(|(_, it)| match it {
            ServiceEvent::Scaled { to, .. } => Some(to),
            _ => None,
        });
    assert!(most.max() <= Some(18), "only what the load needs");
}

fn fargate(loss_s: u64) -> Component {
    Component::Fargate(Fargate {
        task_loss_time: Triangular::from_s(loss_s - 1, loss_s, loss_s + 1),
        ..Fargate::default()
    })
}

/// A cut of 20 s is over before ECS knows of it; of the loss a minute after its begin ECS knows
/// 90 s later, not 30.
#[test]
fn a_loss_is_known_by_its_own_time() {
    let mut parts = calling_a_backend();
    parts.insert("fargate".to_string(), fargate(90));
    let cut = FaultKind::ZoneIsolated {
        at: FAULT,
        duration: SimDuration::from_s(20),
        zone: zone("a"),
    };
    let played = played(parts, [("cut", cut), ("dark", dark(60))]);
    let known = replaced(&played, TaskLoss::Infrastructure);
    check_between("known", &known, 149.0, 151.0);
}

#[test]
fn each_pool_has_its_own_time() {
    let mut parts = calling_a_backend();
    parts.insert("fargate".to_string(), fargate(60));
    parts.insert("late".to_string(), fargate(240));
    let worker = Deployment {
        replicas: 3,
        runs_on: "late".into(),
        ..Deployment::default()
    };
    parts.insert("late-backend".to_string(), Component::Deployment(worker));
    edit(&mut parts, "api", deployment, |it| {
        it.calls = ids([
            ("backend", Call::default()),
            ("late-backend", Call::default()),
        ]);
    });
    let played = played(parts, [("dark", dark(0))]);
    let known = replaced(&played, TaskLoss::Infrastructure);
    assert_eq!(known.len(), 2, "{known:?}");
    check_between("the first pool", &known[..1], 59.0, 61.0);
    check_between("the second pool", &known[1..], 239.0, 241.0);
}

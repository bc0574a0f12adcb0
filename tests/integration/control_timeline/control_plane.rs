//! The API of the cluster is away: nothing is decided, and what runs goes on.

use tradewind::model::{ById, Call, Component, Deployment, FaultKind, Tape, Users};
use tradewind::sim::event::{ContactEvent, EventKind};
use tradewind::sim::{self, Experiment, Window};
use tradewind::units::{IntOrPercent, Ratio, SimDuration, SimTime};

use super::fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, ids, load, parts, plan,
    power_loss, zone,
};

fn away(after_s: u64, for_s: u64) -> FaultKind {
    FaultKind::ControlPlaneLoss {
        at: FAULT + SimDuration::from_s(after_s),
        duration: SimDuration::from_s(for_s),
    }
}

fn played(faults: impl IntoIterator<Item = (&'static str, FaultKind)>) -> Played {
    let tape = Tape {
        faults: ids(faults),
        ..Tape::default()
    };
    Played::new(&design(&["a", "c", "d"], parts()), &tape)
}

fn dark(after_s: u64, for_s: u64) -> FaultKind {
    FaultKind::ZonePowerLoss {
        at: FAULT + SimDuration::from_s(after_s),
        duration: SimDuration::from_s(for_s),
        zone: zone("a"),
    }
}

#[test]
fn a_platform_that_needs_no_decision_loses_nothing() {
    let played = played([("api", away(0, 1800))]);
    let told = played.pick(|event| match &event.kind {
        EventKind::FaultStarted { .. } | EventKind::FaultEnded { .. } => None,
        kind => Some(kind.clone()),
    });
    // Half an hour of heartbeats that nobody took, and nobody is evicted for it afterwards.
    let lost = |kind: &EventKind| matches!(kind, EventKind::NodesNotReady { .. });
    assert!(!told.iter().any(|(_, kind)| lost(kind)), "{told:?}");
    let meanwhile: Vec<_> = told.iter().filter(|(at, _)| *at < 1800.0).collect();
    let expected = EventKind::Contact(ContactEvent::ApiLost);
    assert_eq!(meanwhile, [&(0.0, expected)]);
    assert!(played.success(0, 3600) > 0.9999);
}

#[test]
fn a_zone_lost_meanwhile_is_replaced_only_afterwards() {
    let both = played([("api", away(0, 1800)), ("zone", dark(60, 5400))]);
    let times = |pick: fn(&EventKind) -> bool| both.times(pick);
    // The balancer asks nobody: two failed probes, then DNS, as ever.
    let unhealthy = times(|it| matches!(it, EventKind::TargetsUnhealthy { .. }));
    check_between("targets", &unhealthy[..1], 80.0, 95.0);
    let left = times(|it| matches!(it, EventKind::ZoneLeftDns { .. }));
    check_between("the address leaves DNS", &left, 120.0, 120.0);
    // The controllers that start at 1800 s count their 50 s and 300 s from there.
    let not_ready = times(|it| matches!(it, EventKind::NodesNotReady { .. }));
    check_between("nodes are Unknown", &not_ready, 1850.0, 1850.0);
    let evicted = times(|it| matches!(it, EventKind::PodsEvicted { .. }));
    check_between("first pods are replaced", &evicted[..1], 2150.0, 2150.0);
    let launched = times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    check_between("first nodes", &launched[..1], 2150.0, 2200.0);
    // Until the pods would be replaced, 350 s after the loss, the zone alone costs as much.
    let alone = played([("zone", dark(60, 5400))]);
    let differ = both.success(60, 360) - alone.success(60, 360);
    assert!(differ.abs() < 0.001, "{differ}");
    assert!(both.success(600, 1800) < alone.success(600, 1800));
}

#[test]
fn tolerations_begin_anew_when_the_controllers_do() {
    let times = |played: Played| played.times(|it| matches!(it, EventKind::PodsEvicted { .. }));
    let alone = times(Played::new(
        &design(&["a", "c", "d"], parts()),
        &power_loss("a"),
    ));
    assert!((alone[0] - 350.0).abs() < 1e-9, "{alone:?}");
    let outage_s = OUTAGE.whole_s();
    let late = times(played([
        ("zone", dark(0, outage_s)),
        ("api", away(200, 600)),
    ]));
    // Tainted at 50 s; the API is back at 800 s, and the toleration of 300 s starts there.
    assert!((late[0] - 1100.0).abs() < 1e-9, "{late:?}");
}

#[test]
fn pods_that_crash_meanwhile_are_started_by_their_kubelets() {
    let crash = FaultKind::PodCrash {
        at: FAULT + SimDuration::from_min(5),
        duration: SimDuration::ZERO,
        target: "api".to_string(),
        pods: IntOrPercent::Percent(Ratio::new(0.3)),
    };
    let both = played([("api", away(0, 1800)), ("crash", crash)]);
    let failed = 1.0 - both.success(300, 420);
    assert!(failed > 0.01, "still among the endpoints: {failed}");
    assert!(
        both.success(480, 1800) > 0.999,
        "long before the API is back"
    );
    let after = both.times(|it| matches!(it, EventKind::PodsReady { .. }));
    assert!(after.is_empty(), "nothing was to be done: {after:?}");
}

#[test]
fn a_surge_is_answered_when_the_api_is_back() {
    let surge = FaultKind::Surge {
        at: FAULT + SimDuration::from_min(5),
        duration: SimDuration::from_min(40),
        factor: 1.4,
    };
    let scaled = |faults: Vec<(&'static str, FaultKind)>| {
        played(faults).times(|it| matches!(it, EventKind::HpaScaled { .. }))
    };
    let alone = scaled(vec![("surge", surge.clone())]);
    check_between("the autoscaler acts", &alone[..1], 300.0, 345.0);
    let late = scaled(vec![("api", away(0, 1800)), ("surge", surge)]);
    check_between("at its first look after", &late[..1], 1800.0, 1815.0);
}

#[test]
fn operators_wait_as_well() {
    let release = FaultKind::Rollout {
        at: FAULT + SimDuration::from_min(5),
        target: "api".to_string(),
        errors: Ratio::ZERO,
        slowdown: None,
        never_ready: Ratio::ZERO,
        roll_back_after: None,
    };
    let both = played([("api", away(0, 1800)), ("release", release)]);
    let begun = both.times(|it| matches!(it, EventKind::Rollout(_)));
    check_between("the release comes", &begun[..1], 1800.0, 1800.0);
    assert!(both.success(0, 5400) > 0.999);
}

/// The platform without autoscaler and dependencies; its pods call another three.
fn chain() -> ById<Component> {
    let mut parts = parts();
    let again = Call {
        attempts: 3,
        ..Call::default()
    };
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.calls = ids([("auth", again.clone())]);
    });
    edit(&mut parts, "users", users, |it| {
        it.calls = ids([("alb", again.clone())]);
    });
    let auth = Deployment {
        replicas: 9,
        runs_on: "nodes".into(),
        ..Deployment::default()
    };
    parts.insert("auth".to_string(), Component::Deployment(auth));
    parts
}

fn users(part: &mut Component) -> Option<&mut Users> {
    match part {
        Component::Users(it) => Some(it),
        _ => None,
    }
}

/// The latest of the 95th percentiles of two minutes, on rates and request by request.
fn latest_p95(target: &str, crashes: bool) -> [f64; 2] {
    let design = design(&["a", "c", "d"], chain());
    let from = FAULT + SimDuration::from_s(60);
    let loss = if crashes {
        FaultKind::PodCrash {
            at: from,
            duration: SimDuration::from_min(10),
            target: target.to_string(),
            pods: IntOrPercent::Int(3),
        }
    } else {
        FaultKind::NodeLoss {
            at: from,
            pool: "nodes".to_string(),
            zone: Some(zone("a")),
            nodes: IntOrPercent::Percent(Ratio::ONE),
        }
    };
    let tape = Tape {
        faults: ids([("api", away(0, 1800)), ("loss", loss)]),
        ..Tape::default()
    };
    let (load, plan) = (load(90.0), plan());
    let window = Window {
        from: SimTime::START + from,
        to: SimTime::START + from + SimDuration::from_min(2),
    };
    let experiment = Experiment {
        window: Some(window),
        ..Experiment::new(&design, &load, &tape, &plan, 0)
    };
    [sim::run(&experiment), sim::run_requests(&experiment)].map(|log| {
        let times = log.intervals.iter().filter_map(|it| it.latency_p95_s);
        times.fold(0.0, f64::max)
    })
}

#[test]
fn a_crashed_process_refuses_at_once_and_a_lost_machine_is_waited_for() {
    for target in ["api", "auth"] {
        let refused = latest_p95(target, true);
        assert!(refused.iter().all(|it| *it < 0.5), "{target}: {refused:?}");
    }
    let silent = latest_p95("api", false);
    assert!(silent.iter().all(|it| *it > 0.9), "{silent:?}");
}

#[test]
fn a_crash_loop_goes_on_when_the_network_of_its_zone_is_back() {
    let crash = FaultKind::PodCrash {
        at: FAULT + SimDuration::from_min(5),
        duration: SimDuration::from_min(10),
        target: "api".to_string(),
        pods: IntOrPercent::Percent(Ratio::ONE),
    };
    let cut = |for_s| FaultKind::ZoneIsolated {
        at: FAULT + SimDuration::from_min(8),
        duration: SimDuration::from_s(for_s),
        zone: zone("a"),
    };
    // The network is back before the API, and after it.
    for (away_s, cut_s) in [(1800, 20), (510, 60)] {
        let both = played([
            ("api", away(0, away_s)),
            ("crash", crash.clone()),
            ("cut", cut(cut_s)),
        ]);
        let served = both.success(420, 900);
        assert!(served < 0.001, "{away_s} s, {cut_s} s: {served}");
        // The longest back-off by then is 5 min.
        let after = both.success(1320, 1800);
        assert!(after > 0.999, "{away_s} s, {cut_s} s: {after}");
    }
}

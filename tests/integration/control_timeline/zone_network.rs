//! A zone whose network is impaired or cut, while its machines run.

use tradewind::model::{
    Cache, Component, Database, FaultKind, NodePool, Tape, Triangular, ZoneIndex,
};
use tradewind::sim::event::{ContactEvent, EventKind};
use tradewind::sim::world::{PodPhase, TargetPhase};
use tradewind::sim::{Experiment, Simulation};
use tradewind::units::{Ratio, SimDuration, SimTime};

use super::fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, good_release, load, node_pool,
    on_twelve_nodes, parts, plan, power_loss, tape, zone,
};

fn degraded(at: SimDuration, added_ms: u64, lost: f64) -> FaultKind {
    FaultKind::ZoneDegraded {
        at,
        duration: OUTAGE,
        zone: zone("a"),
        added_latency: Some(SimDuration::from_ms(added_ms)),
        packet_loss: Ratio::new(lost),
    }
}

/// A third of the load that the nine pods are made for, so that no server is short of time while
/// its calls are late.
fn played(tape: &Tape) -> Played {
    let design = design(&["a", "c", "d"], parts());
    Played::under(&design, &load(180.0), tape, SimDuration::from_h(3))
}

#[test]
fn nobody_notices_a_gray_zone() {
    let calm = played(&Tape::default());
    let gray = played(&tape(degraded(FAULT, 20, 0.05)));
    // All there is to tell: the fault, and what it does to the zone.
    let told = gray.pick(|event| match event.kind {
        EventKind::Slowed {
            added_latency,
            packet_loss,
        } => Some((event.zone, added_latency.as_s_f64(), packet_loss)),
        _ => None,
    });
    let a = Some(ZoneIndex(0));
    let expected = [(0.0, (a, 0.02, 0.05)), (OUTAGE.as_s_f64(), (a, 0.0, 0.0))];
    assert_eq!(told, expected);
    let acted = |it: &EventKind| {
        matches!(
            it,
            EventKind::TargetsUnhealthy { .. }
                | EventKind::ZoneLeftDns { .. }
                | EventKind::NodesNotReady { .. }
                | EventKind::FailoverStarted { .. }
                | EventKind::Unavailable { .. }
        )
    };
    assert!(
        gray.times(acted).is_empty(),
        "nobody acts on a gray failure"
    );
    let p99_ms = |it: &Played, minutes_after: u64| {
        let since = FAULT + SimDuration::from_min(minutes_after);
        let at = since.as_ns() / it.log.header.interval.as_ns();
        let found = it.log.intervals[at as usize].latency_p99_s;
        1000.0 * found.expect("requests are answered")
    };
    // A lost message comes 200 ms late, and far more than one exchange in a hundred loses one.
    let worse = p99_ms(&gray, 10) - p99_ms(&calm, 10);
    assert!((200.0..1000.0).contains(&worse), "{worse} ms");
    let after = p99_ms(&gray, 40) / p99_ms(&calm, 40);
    assert!((after - 1.0).abs() < 0.02, "{after}");
}

#[test]
fn two_gray_failures_of_a_zone_add_up() {
    let mut tape = tape(degraded(FAULT, 20, 0.5));
    let half = SimDuration::from_ns(OUTAGE.as_ns() / 2);
    let other = degraded(FAULT + half, 10, 0.2);
    tape.faults.insert("other".to_string(), other);
    let told = played(&tape).pick(|event| match event.kind {
        EventKind::Slowed {
            added_latency,
            packet_loss,
        } => Some((added_latency.as_ns() / 1_000_000, packet_loss)),
        _ => None,
    });
    let expected = [(20, 0.5), (30, 0.6), (10, 0.2), (0, 0.0)];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((_, (ms, lost)), expected) in told.iter().zip(expected) {
        assert_eq!(*ms, expected.0);
        assert!((lost - expected.1).abs() < 1e-12, "{told:?}");
    }
}

fn cut(at: SimDuration, duration: SimDuration) -> FaultKind {
    FaultKind::ZoneIsolated {
        at,
        duration,
        zone: zone("a"),
    }
}

/// Nobody outside can tell a zone without network from one without power, so all is found out at
/// the same times; the difference is the return.
#[test]
fn a_zone_that_is_cut_off_is_missed_like_a_dark_one() {
    let platform = design(&["a", "c", "d"], parts());
    let dark = Played::new(&platform, &power_loss("a"));
    let cut_off = Played::new(&platform, &tape(cut(FAULT, OUTAGE)));
    let until_return = |it: &Played| {
        let told = it.pick(|event| match &event.kind {
            EventKind::FaultStarted { .. }
            | EventKind::ZoneLost { .. }
            | EventKind::Contact(ContactEvent::ZoneCutOff { .. }) => None,
            kind => Some(format!("{kind:?}")),
        });
        let before = |(at, _): &(f64, String)| *at < OUTAGE.as_s_f64();
        told.into_iter().filter(before).collect::<Vec<_>>()
    };
    let told = until_return(&cut_off);
    assert_eq!(told, until_return(&dark));
    let at = |name: &str| {
        let found = told.iter().filter(|(_, kind)| kind.starts_with(name));
        found.map(|(at, _)| *at).collect::<Vec<_>>()
    };
    // Two failed probes; the grace period; taints 10 s apart and their toleration of 300 s.
    check_between("targets", &at("TargetsUnhealthy"), 20.0, 35.0);
    check_between("nodes", &at("NodesNotReady"), 50.0, 50.0);
    check_between("first eviction", &at("PodsEvicted")[..1], 350.0, 350.0);
    let lost = |it: &Played| it.success(60, 1800);
    assert!((lost(&dark) - lost(&cut_off)).abs() < 1e-12);
}

#[test]
fn a_zone_is_heard_of_again_without_a_boot() {
    let platform = design(&["a", "c", "d"], parts());
    let outage_s = OUTAGE.as_s_f64();
    let cut_off = Played::new(&platform, &tape(cut(FAULT, OUTAGE)));
    let heard = |it: &EventKind| matches!(it, EventKind::Contact(ContactEvent::NodesHeard { .. }));
    let heard = cut_off.times(heard);
    // Kubelets report every 10 s, where machines without power take a minute at least to boot.
    check_between("nodes are heard", &heard, outage_s, outage_s + 10.0);
    let reboots = |it: &EventKind| matches!(it, EventKind::NodesReady { rebooted: true, .. });
    assert!(cut_off.times(reboots).is_empty());
    let dark = Played::new(&platform, &power_loss("a")).times(reboots);
    check_between("nodes boot", &dark, outage_s + 60.0, outage_s + 300.0);
}

/// The pods that were deleted meanwhile ran on, and end only now: their kubelets had not heard.
#[test]
fn deleted_pods_end_when_the_network_is_back() {
    let platform = design(&["a", "c", "d"], parts());
    let (tape, plan) = (tape(cut(FAULT, OUTAGE)), plan());
    let load = load(540.0);
    let experiment = Experiment::new(&platform, &load, &tape, &plan, 0);
    let mut simulation = Simulation::new(&experiment);
    let terminating_at = |simulation: &mut Simulation, at: SimDuration| {
        while simulation.now() < SimTime::START + at {
            simulation.step();
        }
        let pods = simulation.control().world.pods.iter();
        pods.filter(|it| it.phase == PodPhase::Terminating).count()
    };
    let second = SimDuration::from_s(1);
    let end = FAULT + OUTAGE;
    let before = terminating_at(&mut simulation, end - second);
    assert!(before > 0);
    // A report within 10 s, then their grace period of 30 s.
    let grace = SimDuration::from_s(40);
    assert_eq!(terminating_at(&mut simulation, end + second), before);
    assert_eq!(terminating_at(&mut simulation, end + grace + second), 0);
}

#[test]
fn a_short_cut_costs_health_checks_only() {
    let platform = design(&["a", "c", "d"], parts());
    let played = Played::new(&platform, &tape(cut(FAULT, SimDuration::from_s(40))));
    let times = |pick: fn(&EventKind) -> bool| played.times(pick);
    let unhealthy = times(|it| matches!(it, EventKind::TargetsUnhealthy { .. }));
    check_between("targets fail", &unhealthy, 20.0, 35.0);
    assert!(times(|it| matches!(it, EventKind::NodesNotReady { .. })).is_empty());
    assert!(times(|it| matches!(it, EventKind::PodsReady { .. })).is_empty());
    // Two probes with success, 15 s apart, the first within 15 s.
    let healthy = times(|it| matches!(it, EventKind::TargetsHealthy { .. }));
    check_between("targets are back", &healthy, 55.0, 70.0);
}

/// Pods of a new release are registered 20 s after it, and cut off before most of them are probed
/// for the first time: probes that failed meanwhile do not keep a target out for good.
#[test]
fn a_target_that_was_cut_off_before_its_first_probe_is_found() {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.startup_time = Triangular::from_s(20, 20, 20);
    });
    on_twelve_nodes(&mut parts);
    let mut tape = good_release();
    let short = cut(FAULT + SimDuration::from_s(21), SimDuration::from_s(20));
    tape.faults.insert("cut".to_string(), short);
    let (platform, plan) = (design(&["a", "c", "d"], parts), plan());
    let load = load(270.0);
    let experiment = Experiment::new(&platform, &load, &tape, &plan, 0);
    let mut simulation = Simulation::new(&experiment);
    while simulation.now() < SimTime::START + FAULT + SimDuration::from_min(5) {
        simulation.step();
    }
    let pods = simulation.control().world.pods.iter();
    let targets: Vec<_> = pods
        .filter(|it| it.phase == PodPhase::Ready)
        .map(|it| it.target)
        .collect();
    assert_eq!(targets, [TargetPhase::Healthy; 9]);
}

#[test]
fn what_stands_in_the_zone_alone_comes_back_with_all_it_had() {
    let mut parts = parts();
    let pool = |it: &mut NodePool| it.zones = Some(vec![zone("a")]);
    edit(&mut parts, "nodes", node_pool, pool);
    parts.insert("db".to_string(), Component::Database(Database::default()));
    parts.insert("cache".to_string(), Component::Cache(Cache::default()));
    let platform = design(&["a", "c"], parts);
    let played = Played::new(&platform, &tape(cut(FAULT, OUTAGE)));
    let outage_s = OUTAGE.as_s_f64();
    let back = played.times(|it| matches!(it, EventKind::Available { .. }));
    check_between("database and cache", &back, outage_s, outage_s);
    let emptied = played.times(|it| matches!(it, EventKind::CacheEmptied { .. }));
    assert!(emptied.is_empty(), "its memory was kept");
    // The autoscaler has forgotten what it recommended before, takes the first quiet reading for
    // the truth, and needs two more looks to undo it.
    let after = OUTAGE.whole_s() + 180;
    assert!(played.success(after, after + 600) > 0.999);
}

#[test]
fn power_and_network_may_go_and_come_in_any_order() {
    let platform = design(&["a", "c", "d"], parts());
    let min = SimDuration::from_min;
    let power = |at: SimDuration, duration| FaultKind::ZonePowerLoss {
        at,
        duration,
        zone: zone("a"),
    };
    for (cut_for, dark_from, dark_for) in [(20, 5, 5), (20, 5, 30), (20, 5, 15), (1, 0, 20)] {
        let mut tape = tape(cut(FAULT, min(cut_for)));
        let dark = power(FAULT + min(dark_from), min(dark_for));
        tape.faults.insert("power".to_string(), dark);
        let played = Played::new(&platform, &tape);
        let ready = played.times(|it| matches!(it, EventKind::NodesReady { rebooted: true, .. }));
        let power_back = 60.0 * (dark_from + dark_for) as f64;
        let network_back = 60.0 * cut_for as f64;
        let earliest = network_back.max(power_back + 60.0);
        let latest = network_back.max(power_back + 300.0);
        check_between("nodes boot", &ready, earliest, latest);
        assert!(played.success(5400, 7200) > 0.999);
    }
}

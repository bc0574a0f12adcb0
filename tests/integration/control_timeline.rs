//! What Kubernetes and AWS do after a fault, and when: the timelines that the engine promises.
//!
//! Small designs built in code, one fault at 10:00 of simulated time, and assertions on the events
//! with the times since the fault. The figures come from the sources named in `sim/policy`.

mod capacity;
mod cluster_autoscaler;
mod cluster_autoscaler_rules;
mod cluster_shift;
mod connections;
mod control_plane;
mod daemon_sets;
mod database;
mod deregistration;
mod detection;
mod ecs;
mod ecs_faults;
mod egress;
mod eviction;
mod failures;
mod fixture;
mod hpa_metrics;
mod karpenter;
mod names;
mod operators;
mod out_of_memory;
mod overprovisioning;
mod placement;
mod preemption;
mod queues;
mod quota;
mod region;
mod rescheduling;
mod rollouts;
mod slow_start;
mod static_stability;
mod vertical;
mod zonal_shift;
mod zone_network;

use tradewind::model::{
    Cache, Component, Database, FaultKind, NatGateway, NodeGroup, NodeInclusionPolicy, NodePool,
    TopologySpread, WhenUnsatisfiable, ZoneIndex,
};
use tradewind::sim::event::{EventKind, HpaLimit, LaunchRefusal, PendingReason};
use tradewind::units::{Ratio, SimDuration};

use fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, node_pool, parts, plan,
    power_loss, tape, zone,
};

#[test]
fn a_lost_zone_is_found_out_step_by_step() {
    let played = Played::new(&design(&["a", "c", "d"], parts()), &power_loss("a"));
    let times = |pick: fn(&EventKind) -> bool| played.times(pick);

    let unhealthy = times(|it| matches!(it, EventKind::TargetsUnhealthy { .. }));
    check_between("balancer finds dead targets", &unhealthy, 20.0, 35.0);
    let not_ready = times(|it| matches!(it, EventKind::NodesNotReady { .. }));
    check_between("nodes are Unknown", &not_ready, 50.0, 50.0);
    let left = times(|it| matches!(it, EventKind::ZoneLeftDns { .. }));
    check_between("the address leaves DNS", &left, 60.0, 60.0);
    let expired = times(|it| matches!(it, EventKind::DnsExpired));
    check_between("clients have forgotten it", &expired, 120.0, 120.0);

    let evicted = times(|it| matches!(it, EventKind::PodsEvicted { .. }));
    let expected: Vec<f64> = (0..evicted.len())
        .map(|n| 350.0 + 10.0 * n as f64)
        .collect();
    assert!(!evicted.is_empty());
    assert_eq!(evicted, expected, "one node every 10 s after 350 s");

    let failed = times(|it| matches!(it, EventKind::LaunchFailed { .. }));
    check_between("no capacity in the dark zone", &failed, 351.0, 400.0);
    let launched = times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    check_between("nodes elsewhere", &launched[..1], 351.0, 400.0);
    let back = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    check_between("capacity is back", &[back[0].0], 380.0, 510.0);
}

#[test]
fn a_multi_az_database_fails_over_and_a_cache_too() {
    let played = Played::new(&design(&["a", "c", "d"], parts()), &power_loss("a"));
    let completed = |id: &'static str| {
        let found = played.pick(|event| {
            let done = matches!(event.kind, EventKind::FailoverCompleted { .. });
            (done && event.entity == id).then_some(())
        });
        found.into_iter().map(|(at, ())| at).collect::<Vec<_>>()
    };
    check_between("database", &completed("db"), 60.0, 120.0);
    check_between("cache", &completed("cache"), 3.0, 15.0);
    let to = played.pick(|event| match event.kind {
        EventKind::FailoverStarted { to, .. } => Some(to),
        _ => None,
    });
    assert!(to.iter().all(|(_, zone)| *zone == ZoneIndex(1)), "{to:?}");
}

#[test]
fn an_autoscaler_on_cpu_stays_still_while_pods_are_missing() {
    let played = Played::new(&design(&["a", "c", "d"], parts()), &power_loss("a"));
    let held = played.pick(|event| match event.kind {
        EventKind::HpaHeld { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(held.len(), 1, "told once");
    assert!(held[0].0 <= 60.0, "{held:?}");
    assert_eq!(held[0].1.pods_missing, 3);
    assert!(
        matches!(
            held[0].1.limit,
            HpaLimit::MissingMetrics | HpaLimit::Tolerance
        ),
        "{held:?}"
    );
    let scaled = played.times(|it| matches!(it, EventKind::HpaScaled { .. }));
    let early: Vec<_> = scaled.iter().filter(|at| **at < 350.0).collect();
    assert!(early.is_empty(), "scaled after {early:?} s");
}

#[test]
fn one_zone_is_down_until_power_and_database_are_back() {
    let mut parts = parts();
    let pool = |it: &mut NodePool| it.zones = Some(vec![zone("a")]);
    edit(&mut parts, "nodes", node_pool, pool);
    parts.insert("db".to_string(), Component::Database(Database::default()));
    parts.insert("cache".to_string(), Component::Cache(Cache::default()));
    let played = Played::new(&design(&["a", "c"], parts), &power_loss("a"));
    let times = |pick: fn(&EventKind) -> bool| played.times(pick);

    check_between(
        "evictions are halted",
        &times(|it| matches!(it, EventKind::EvictionsHalted { .. })),
        50.0,
        50.0,
    );
    assert!(times(|it| matches!(it, EventKind::PodsEvicted { .. })).is_empty());
    let launched = times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    assert!(launched.iter().all(|at| *at > OUTAGE.as_s_f64()));
    assert!(played.success(60, 1800) < 1e-9, "down while power is away");

    let outage_s = OUTAGE.as_s_f64();
    let ready = times(|it| matches!(it, EventKind::NodesReady { rebooted: true, .. }));
    check_between("nodes boot", &ready, outage_s + 60.0, outage_s + 300.0);
    let db = played.pick(|event| {
        let back = matches!(event.kind, EventKind::Available { .. });
        (back && event.entity == "db").then_some(())
    });
    let recovery = outage_s + 120.0..=outage_s + 900.0;
    assert!(recovery.contains(&db[0].0), "{db:?}");
    let emptied = times(|it| matches!(it, EventKind::CacheEmptied { .. }));
    assert_eq!(
        emptied.len(),
        1,
        "a cache without replicas comes back empty"
    );
    assert!(played.success(3600, 7200) > 0.999);
}

#[test]
fn a_strict_spread_strands_replacements_until_power_returns() {
    let stranded = |spread: TopologySpread| {
        let mut parts = parts();
        edit(&mut parts, "api", deployment, |it| {
            it.topology_spread = Some(spread.into());
        });
        let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
        let reasons = played.pick(|event| match event.kind {
            EventKind::PodsPending { reason, .. } => Some(reason == PendingReason::TopologySpread),
            EventKind::LaunchRefused { reason, .. } => {
                Some(matches!(reason, LaunchRefusal::TopologySpread { .. }))
            }
            _ => None,
        });
        let full = played.pick(|event| match event.kind {
            EventKind::PodsReady { ready, desired, .. } if ready >= desired => Some(()),
            _ => None,
        });
        let spread_forbids = reasons.iter().any(|(at, forbids)| *forbids && *at < 400.0);
        (spread_forbids, full[0].0)
    };
    let strict = TopologySpread::default();
    let (forbidden, full_after) = stranded(strict);
    assert!(forbidden);
    assert!(full_after > OUTAGE.as_s_f64(), "{full_after}");
    let soft = TopologySpread {
        when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
        node_taints_policy: NodeInclusionPolicy::Ignore,
        ..strict
    };
    let (forbidden, full_after) = stranded(soft);
    assert!(!forbidden);
    assert!(full_after < 510.0, "{full_after}");
}

#[test]
fn spare_nodes_take_replacements_without_a_launch() {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, |it| {
        it.spare_nodes_per_zone = 1;
    });
    let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
    let back = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    // Evictions at 350 s and later, then only the start-up time.
    check_between("capacity is back", &[back[0].0], 355.0, 410.0);
}

#[test]
fn a_dark_zone_that_is_back_has_its_surplus_nodes_removed() {
    let played = Played::new(&design(&["a", "c", "d"], parts()), &power_loss("a"));
    let outage_s = OUTAGE.as_s_f64();
    let rebooted = played.times(|it| matches!(it, EventKind::NodesReady { rebooted: true, .. }));
    check_between("nodes boot", &rebooted, outage_s + 60.0, outage_s + 301.0);
    let removed = played.pick(|event| match event.kind {
        EventKind::NodesDisrupted { nodes, .. } => Some(nodes),
        _ => None,
    });
    assert!(!removed.is_empty(), "what is there twice goes");
    // While nodes are not ready the disruption budget is used up.
    assert!(removed[0].0 > outage_s + 60.0, "{removed:?}");
    assert!(removed.iter().all(|(_, nodes)| *nodes == 1), "{removed:?}");
}

#[test]
fn spot_nodes_leave_two_minutes_after_their_notice() {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, |it| {
        it.spot_share = Ratio::ONE;
    });
    let reclaim = FaultKind::SpotReclaim {
        at: FAULT,
        zone: Some(zone("a")),
        share: Ratio::ONE,
    };
    let played = Played::new(&design(&["a", "c", "d"], parts), &tape(reclaim));
    let notices = played.pick(|event| match event.kind {
        EventKind::SpotNotice { nodes, pods } => Some((nodes, pods)),
        _ => None,
    });
    let reclaimed = played.pick(|event| match event.kind {
        EventKind::SpotReclaimed { nodes, .. } => Some(nodes),
        _ => None,
    });
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].0.abs() < 1e-9 && notices[0].1.1 == 3,
        "{notices:?}"
    );
    assert_eq!(reclaimed, [(120.0, notices[0].1.0)]);
    let launched = played.times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    check_between("replacements at once", &launched[..1], 1.0, 15.0);
    let ready = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    check_between("capacity is back", &[ready[0].0], 36.0, 150.0);
}

#[test]
fn a_single_nat_gateway_is_everybody_s_way_out() {
    let mut parts = parts();
    let nat = NatGateway {
        zones: Some(vec![zone("a")]),
        ..NatGateway::default()
    };
    parts.insert("nat".to_string(), Component::NatGateway(nat));
    let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
    let lost = played.pick(|event| {
        matches!(event.kind, EventKind::EgressLost).then_some(event.zone.map(|it| it.0))
    });
    assert_eq!(lost, [(0.0, Some(1)), (0.0, Some(2))]);
    let back = played.times(|it| matches!(it, EventKind::EgressRestored));
    assert_eq!(back, [OUTAGE.as_s_f64(); 2]);
    assert!(
        played.success(300, 1800) < 0.01,
        "no call to payments succeeds"
    );
}

#[test]
fn a_dependency_goes_away_and_comes_back() {
    let down = FaultKind::DependencyDown {
        at: FAULT,
        duration: OUTAGE,
        target: "db".to_string(),
    };
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape(down));
    let outages = played.pick(|event| match event.kind {
        EventKind::Available { outage } => Some(outage),
        _ => None,
    });
    assert_eq!(outages, [(OUTAGE.as_s_f64(), OUTAGE)]);
    assert!(played.success(60, 1800) < 0.01);
    assert!(played.success(1860, 3600) > 0.99);

    let slow = FaultKind::DependencySlow {
        at: FAULT,
        duration: OUTAGE,
        target: "payments".to_string(),
        added_latency: Some(SimDuration::from_ms(300)),
        packet_loss: Ratio::ZERO,
    };
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape(slow));
    let expected = [
        (0.0, (SimDuration::from_ms(300), 0.0)),
        (OUTAGE.as_s_f64(), (SimDuration::ZERO, 0.0)),
    ];
    assert_eq!(slowed(&played), expected);
}

/// When a dependency was slowed down: by how much, and with what loss of packets.
fn slowed(played: &Played) -> Vec<(f64, (SimDuration, f64))> {
    played.pick(|event| match event.kind {
        EventKind::Slowed {
            added_latency,
            packet_loss,
        } => Some((added_latency, packet_loss)),
        _ => None,
    })
}

#[test]
fn packets_are_lost_by_several_faults_at_once() {
    let lossy = |at, duration, share| FaultKind::DependencySlow {
        at,
        duration,
        target: "db".to_string(),
        added_latency: None,
        packet_loss: Ratio::new(share),
    };
    let half = SimDuration::from_ns(OUTAGE.as_ns() / 2);
    let mut tape = tape(lossy(FAULT, OUTAGE, 0.5));
    let other = lossy(FAULT + half, OUTAGE, 0.2);
    tape.faults.insert("other".to_string(), other);
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape);
    let lost: Vec<f64> = slowed(&played).iter().map(|(_, it)| it.1).collect();
    // Half of the messages, then half of what the other fault lets through as well, then its own.
    let expected = [0.5, 0.6, 0.2, 0.0];
    assert_eq!(lost.len(), expected.len(), "{lost:?}");
    for (got, expected) in lost.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-12, "{lost:?}");
    }
}

#[test]
fn a_database_stands_still_and_goes_on() {
    let target = "db".to_string();
    let stalled = |at, duration| FaultKind::DependencyStalled {
        at,
        duration,
        target: target.clone(),
    };
    // Two faults that overlap are one stall.
    let half = SimDuration::from_ns(OUTAGE.as_ns() / 2);
    let mut tape = tape(stalled(FAULT, half));
    let rest = stalled(FAULT + half, half);
    tape.faults.insert("before".to_string(), rest);
    let longer = stalled(FAULT, half + SimDuration::from_s(1));
    tape.faults.insert("fault".to_string(), longer);
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape);
    let marks = played.pick(|event| match event.kind {
        EventKind::Stalled => Some(SimDuration::ZERO),
        EventKind::Resumed { stalled_for } => Some(stalled_for),
        _ => None,
    });
    let outage_s = OUTAGE.as_s_f64();
    assert_eq!(marks, [(0.0, SimDuration::ZERO), (outage_s, OUTAGE)]);
    assert!(played.success(60, 1800) < 0.01);
}

#[test]
fn operators_shed_load_for_a_while() {
    let shed = |share| FaultKind::LoadShed {
        at: FAULT,
        duration: OUTAGE,
        share: Ratio::new(share),
    };
    let mut tape = tape(shed(0.5));
    // What one of them lets through the other halves.
    tape.faults.insert("more".to_string(), shed(0.5));
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape);
    let success = played.success(60, 1800);
    assert!((success - 0.25).abs() < 0.01, "{success}");
    assert!(played.success(3660, 5400) > 0.99);
}

#[test]
fn a_fixed_group_keeps_its_nodes_and_leaves_pods_pending() {
    let mut parts = parts();
    let group = NodeGroup {
        nodes: 3,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    let played = Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"));
    let launched = played.times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    assert!(launched.is_empty());
    let pending = played.pick(|event| match event.kind {
        EventKind::PodsPending { pods, reason, .. } => Some((pods, reason)),
        _ => None,
    });
    assert_eq!(pending, [(350.0, (3, PendingReason::InsufficientCpu))]);
    let ready = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    let outage_s = OUTAGE.as_s_f64();
    check_between(
        "with the nodes",
        &[ready[0].0],
        outage_s + 60.0,
        outage_s + 400.0,
    );
    // Three nodes, paid for throughout.
    let meters = &played.log.usage.meters;
    let nodes: f64 = (0..meters.len())
        .filter(|at| format!("{:?}", meters[*at]).starts_with("InstanceSeconds"))
        .map(|at| played.log.usage.total(at))
        .sum();
    assert!(
        (nodes - 3.0 * plan().duration.as_s_f64()).abs() < 1e-6,
        "{nodes}"
    );
}

#[test]
fn every_event_names_an_earlier_cause() {
    let played = Played::new(&design(&["a", "c", "d"], parts()), &power_loss("a"));
    for (at, event) in played.log.events.iter().enumerate() {
        let earlier = event.cause.is_none_or(|cause| (cause as usize) < at);
        assert!(earlier, "{at}: {event:?}");
    }
    let effects = played.pick(|event| match event.kind {
        EventKind::FaultStarted { .. }
        | EventKind::Saturated { .. }
        | EventKind::Desaturated
        | EventKind::HpaScaled { .. }
        | EventKind::NodesDisrupted { .. }
        | EventKind::DisruptionHeld { .. }
        | EventKind::NodesRemoved { .. } => None,
        _ => Some(event.cause.is_some()),
    });
    assert!(effects.len() > 10);
    assert!(effects.iter().all(|(_, caused)| *caused), "{effects:?}");
}

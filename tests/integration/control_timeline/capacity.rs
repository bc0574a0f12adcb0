//! Capacity pools that run empty: who notices, who buys elsewhere, who waits.
//!
//! Facts: Karpenter leaves an offering out for 3 min after `InsufficientInstanceCapacity` (AWS
//! provider 1.14.1, `cache.go`), Cluster Autoscaler backs off from a group for 5 min, then 10.

use tradewind::model::{
    ById, CapacityType, Component, Design, FaultKind, NodeGroup, Tape, ZoneIndex,
};
use tradewind::sim::event::EventKind;
use tradewind::units::{IntOrPercent, Ratio, SimDuration};

use super::fixture::{
    FAULT, OUTAGE, Played, check_between, deployment, design, edit, ids, node_pool, parts,
    power_loss, zone,
};

const SHORTAGE: SimDuration = SimDuration::from_min(20);

/// The platform with nine pods that nobody scales, on nodes of some instance types.
fn steady(instance_types: &[&str], spot_share: f64) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    edit(&mut parts, "nodes", node_pool, |it| {
        it.instance_types = instance_types.iter().map(|it| (*it).to_string()).collect();
        it.spot_share = Ratio::new(spot_share);
    });
    parts
}

fn in_three_zones(parts: ById<Component>) -> Design {
    design(&["a", "c", "d"], parts)
}

/// All nodes of zone a are lost, and what may be launched instead is short.
fn loss_and_shortage(instance_types: &[&str], capacity_type: Option<CapacityType>) -> Tape {
    let loss = FaultKind::NodeLoss {
        at: FAULT,
        pool: "nodes".to_string(),
        zone: Some(zone("a")),
        nodes: IntOrPercent::Percent(Ratio::ONE),
    };
    let shortage = FaultKind::CapacityShortage {
        at: FAULT,
        duration: SHORTAGE,
        zone: None,
        instance_types: instance_types.iter().map(|it| (*it).to_string()).collect(),
        capacity_type,
        share: Ratio::ONE,
    };
    Tape {
        faults: ids([("loss", loss), ("shortage", shortage)]),
        ..Tape::default()
    }
}

/// A capacity pool: where, which type, how it is bought.
type Pool = (Option<ZoneIndex>, String, CapacityType);

/// When offers were found empty, where, and what was asked for.
fn found_empty(played: &Played) -> Vec<(f64, Pool)> {
    played.pick(|event| match &event.kind {
        EventKind::InsufficientCapacity(it) => {
            Some((event.zone, it.instance_type.clone(), it.capacity_type))
        }
        _ => None,
    })
}

fn launched(played: &Played) -> Vec<(f64, (String, CapacityType))> {
    played.pick(|event| match &event.kind {
        EventKind::NodesLaunched {
            instance_type,
            capacity_type,
            ..
        } => Some((instance_type.clone(), *capacity_type)),
        _ => None,
    })
}

#[test]
fn karpenter_tries_every_zone_once_and_then_every_three_minutes() {
    let design = in_three_zones(steady(&["m6i.large"], 0.0));
    let played = Played::new(&design, &loss_and_shortage(&[], None));
    let empty = found_empty(&played);
    let zones: Vec<_> = empty
        .iter()
        .map(|(_, (zone, ..))| zone.map(|it| it.0))
        .collect();
    assert_eq!(zones.len(), 3, "each zone is told of once: {empty:?}");
    let times: Vec<f64> = empty.iter().map(|(at, _)| *at).collect();
    check_between("one batch after the other", &times, 1.0, 5.0);
    let at: Vec<f64> = launched(&played).iter().map(|(at, _)| *at).collect();
    // Tries stand three minutes apart, and the first one after the shortage succeeds.
    check_between("a node", &at[..1], 1200.0, 1381.0);
    let since_first = (at[0] - times[0]) % 180.0;
    assert!(
        since_first <= 4.0 || since_first >= 176.0,
        "{at:?} {times:?}"
    );
}

#[test]
fn another_type_helps_within_seconds() {
    let design = in_three_zones(steady(&["m6i.large", "m5.large"], 0.0));
    let none = Played::new(
        &design,
        &Tape {
            faults: ids([(
                "loss",
                loss_and_shortage(&[], None).faults[&"loss".to_string()].clone(),
            )]),
            ..Tape::default()
        },
    );
    let wanted = launched(&none)[0].1.0.clone();
    let played = Played::new(&design, &loss_and_shortage(&[&wanted], None));
    let at_first = launched(&none)[0].0;
    let (at, (name, _)) = launched(&played)[0].clone();
    assert_ne!(name, wanted);
    assert!(
        at > at_first && at <= at_first + 5.0,
        "{at} after {at_first}"
    );
}

#[test]
fn on_demand_stands_in_for_spot() {
    let spot = Some(CapacityType::Spot);
    let played = |share: f64| {
        let design = in_three_zones(steady(&["m6i.large"], share));
        Played::new(&design, &loss_and_shortage(&[], spot))
    };
    let both = played(0.9);
    let (at, (_, bought)) = launched(&both)[0].clone();
    assert_eq!(bought, CapacityType::OnDemand);
    check_between("a node", &[at], 1.0, 6.0);
    let empty = found_empty(&both);
    assert!(
        empty
            .iter()
            .all(|(_, (.., bought))| *bought == CapacityType::Spot)
    );
    let only_spot = launched(&played(1.0));
    check_between("Spot again", &[only_spot[0].0], 1200.0, 1381.0);
}

/// Static stability: the zones that are left may have nothing to give.
#[test]
fn a_lost_zone_makes_capacity_scarce_in_the_others() {
    let design = in_three_zones(steady(&["m6i.large"], 0.0));
    let lost = |share: f64| {
        let tape = Tape {
            shortage_after_zone_loss: Ratio::new(share),
            ..power_loss("a")
        };
        Played::new(&design, &tape)
    };
    let plenty = launched(&lost(0.0));
    check_between("nodes elsewhere", &[plenty[0].0], 351.0, 400.0);
    let scarce = lost(1.0);
    assert!(!found_empty(&scarce).is_empty());
    let outage = OUTAGE.as_s_f64();
    let first = launched(&scarce).first().map(|(at, _)| *at);
    assert!(first.is_none_or(|at| at >= outage), "{first:?}");
}

/// Two designs find the same pools empty, and a larger share empties those of a smaller one too.
#[test]
fn which_pools_are_empty_is_the_tapes_affair() {
    let names = [
        "m6i.large",
        "m5.large",
        "m7g.large",
        "c6i.large",
        "r6i.large",
    ];
    let empty = |share: f64, types: &[&str]| {
        let design = in_three_zones(steady(types, 0.0));
        let mut tape = loss_and_shortage(&[], None);
        if let Some(FaultKind::CapacityShortage { share: it, .. }) = tape.faults.get_mut("shortage")
        {
            *it = Ratio::new(share);
        }
        let found = found_empty(&Played::new(&design, &tape));
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(_, (zone, name, _))| (zone, name))
            .collect();
        found.sort();
        found
    };
    let mut n_half = 0;
    for name in names {
        let (few, half, all) = (
            empty(0.1, &[name]),
            empty(0.5, &[name]),
            empty(1.0, &[name]),
        );
        assert!(few.iter().all(|it| half.contains(it)), "{few:?} {half:?}");
        assert!(half.iter().all(|it| all.contains(it)), "{half:?} {all:?}");
        assert_eq!(all.len(), 3);
        n_half += half.len();
    }
    assert!((1..15).contains(&n_half), "{n_half} of 15");
}

#[test]
fn cluster_autoscaler_backs_off_and_comes_back() {
    let mut parts = steady(&["m6i.large"], 0.0);
    let group = NodeGroup {
        nodes: 3,
        min_nodes: Some(3),
        max_nodes: Some(20),
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    edit(&mut parts, "api", deployment, |it| it.servers = 64);
    let played = Played::new(&in_three_zones(parts), &loss_and_shortage(&[], None));
    let failed = played.pick(|event| match event.kind {
        EventKind::GroupLaunchFailed { .. } => event.zone.map(|it| it.0),
        _ => None,
    });
    let mut zones: Vec<u8> = failed.iter().map(|(_, zone)| *zone).collect();
    zones.sort_unstable();
    zones.dedup();
    assert_eq!(zones, [0, 1, 2], "{failed:?}");
    let backoffs = played.pick(|event| match event.kind {
        EventKind::GroupBackedOff { backoff, .. } => Some(backoff.whole_s() / 60),
        _ => None,
    });
    let minutes: Vec<u64> = backoffs.iter().map(|(_, minutes)| *minutes).collect();
    assert_eq!(minutes[..2], [5, 10], "{backoffs:?}");
    let back = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    assert!(back.last().is_some_and(|(at, ())| *at > 1200.0), "{back:?}");
}

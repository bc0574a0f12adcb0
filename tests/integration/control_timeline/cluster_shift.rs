//! A cluster that takes part in a zonal shift: its own calls go around the zone as well.

use tradewind::model::{FaultKind, Kubernetes, Tape, ZonalShift, ZoneIndex};
use tradewind::sim::event::{EventKind, ShiftStep};
use tradewind::sim::{Experiment, Simulation};
use tradewind::units::{SimDuration, SimTime};

use super::fixture::{FAULT, Played, check_between, design_with, ids, load, plan, zone};
use super::zonal_shift::{FIVE_MINUTES, drained, failing, is, zone_blind};

const HOUR: SimDuration = SimDuration::from_h(1);

fn cluster(zonal_shift: ZonalShift) -> tradewind::model::Design {
    let kubernetes = Kubernetes {
        zonal_shift,
        ..Kubernetes::default()
    };
    design_with(&["a", "c", "d"], zone_blind(), kubernetes)
}

fn played(zonal_shift: ZonalShift, tape: &Tape) -> Played {
    Played::under(
        &cluster(zonal_shift),
        &load(180.0),
        tape,
        SimDuration::from_h(3),
    )
}

/// A shift of an hour, and ten minutes into it three times the load for half an hour.
fn shift_and_surge() -> Tape {
    let shift = FaultKind::ZonalShift {
        at: FAULT,
        duration: HOUR,
        zone: zone("a"),
    };
    let surge = FaultKind::Surge {
        at: FAULT + SimDuration::from_min(10),
        duration: SimDuration::from_min(30),
        factor: 3.0,
    };
    Tape {
        faults: ids([("shift", shift), ("surge", surge)]),
        ..Tape::default()
    }
}

/// With the balancer's shift alone a third of what services call is still in the bad zone
/// (`zonal_shift.rs`); with the cluster's nothing is.
#[test]
fn services_that_call_every_zone_are_spared_the_bad_one() {
    let alone = failing(&played(ZonalShift::Off, &drained(FIVE_MINUTES)))[20];
    let both = failing(&played(ZonalShift::On, &drained(FIVE_MINUTES)))[20];
    assert!(alone > 0.003, "{alone}");
    assert!(both < 0.0002, "{both} of {alone}");
}

/// Pods per deployment and zone that are sent requests, and nodes by zone.
fn seen(simulation: &Simulation) -> (Vec<u32>, Vec<usize>) {
    let control = simulation.control();
    let ready = control.flow.pods.iter().map(|it| it.ready).collect();
    let nodes = (0..3).map(|zone| {
        let nodes = control.world.nodes.iter();
        let here = nodes.filter(|it| it.zone == ZoneIndex(zone) && it.registered);
        here.count()
    });
    (ready, nodes.collect())
}

#[test]
fn a_zone_is_left_as_it_is_and_gets_nothing() {
    let design = cluster(ZonalShift::On);
    let (load, plan, tape) = (load(180.0), plan(), shift_and_surge());
    let mut simulation = Simulation::new(&Experiment::new(&design, &load, &tape, &plan, 0));
    let mut at = |minutes: u64| {
        let moment = SimDuration::from_s(1);
        let at = SimTime::START + (FAULT + SimDuration::from_min(minutes)).saturating_sub(moment);
        while simulation.now() < at {
            simulation.step();
        }
        seen(&simulation)
    };
    let (before, nodes_before) = at(0);
    let (during, nodes_during) = at(5);
    let (_, nodes_surged) = at(35);
    let (after, _) = at(62);
    for deployment in 0..2 {
        let of = |ready: &[u32]| ready[3 * deployment..3 * deployment + 3].to_vec();
        assert!(of(&before).iter().all(|it| *it > 0), "{before:?}");
        assert_eq!(of(&during)[0], 0, "{during:?}");
        assert_eq!(
            of(&during)[1..],
            of(&before)[1..],
            "nothing is started for it"
        );
        assert!(
            of(&after)[0] > 0,
            "traffic comes back to what stayed: {after:?}"
        );
    }
    assert_eq!(nodes_before, nodes_during, "no node is taken away");
    assert!(nodes_surged[0] <= nodes_before[0], "none is launched there");
    let elsewhere = |nodes: &[usize]| nodes[1] + nodes[2];
    assert!(
        elsewhere(&nodes_surged) > elsewhere(&nodes_before),
        "{nodes_surged:?} after {nodes_before:?}"
    );
}

#[test]
fn launches_go_to_other_zones_and_aws_shifts_both() {
    let played = played(ZonalShift::On, &shift_and_surge());
    let launched = played.pick(|event| match &event.kind {
        EventKind::NodesLaunched { .. } => event.zone,
        _ => None,
    });
    let during: Vec<_> = launched.iter().filter(|(at, _)| *at < 3600.0).collect();
    assert!(!during.is_empty(), "the surge needs nodes");
    assert!(
        during.iter().all(|(_, zone)| *zone != ZoneIndex(0)),
        "{during:?}"
    );

    let auto = self::played(ZonalShift::Autoshift, &super::power_loss("a"));
    let away =
        auto.pick(|event| is(&event.kind, ShiftStep::AwayByAws).then(|| event.entity.clone()));
    check_between("AWS shifts", &[away[0].0], 120.0, 900.0);
    // The balancer of this platform lets operators shift it, and nobody else.
    assert_eq!(away.len(), 1);
    assert_eq!(away[0].1, "", "the cluster");
}

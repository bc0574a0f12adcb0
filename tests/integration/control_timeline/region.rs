//! The whole Region is away: nothing can be saved, and what comes back when is the question.

use tradewind::model::FaultKind;
use tradewind::sim::event::{ContactEvent, EventKind};

use super::fixture::{FAULT, OUTAGE, Played, check_between, design, parts, tape};

#[test]
fn a_region_comes_back_from_below() {
    let fault = FaultKind::RegionLoss {
        at: FAULT,
        duration: OUTAGE,
    };
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape(fault));
    let times = |pick: fn(&EventKind) -> bool| played.times(pick);
    let lost = times(|it| matches!(it, EventKind::ZoneLost { .. }));
    assert_eq!(lost, [0.0; 3]);
    assert!(played.success(60, 1800) < 1e-9);
    // No controller is left to find anything out.
    let acts = |it: &EventKind| {
        matches!(
            it,
            EventKind::NodesNotReady { .. }
                | EventKind::HpaHeld { .. }
                | EventKind::PodsEvicted { .. }
                | EventKind::LaunchFailed { .. }
        )
    };
    let end_s = OUTAGE.as_s_f64();
    assert!(played.times(acts).iter().all(|at| *at >= end_s));
    let api = times(|it| matches!(it, EventKind::Contact(ContactEvent::ApiBack { .. })));
    check_between("the API", &api, end_s, end_s);
    // Machines boot in one to five minutes, and a database recovers in 2 to 15.
    let nodes = times(|it| matches!(it, EventKind::NodesReady { rebooted: true, .. }));
    check_between("nodes", &nodes, end_s + 60.0, end_s + 301.0);
    let of = |id: &'static str| {
        let back = played.pick(|event| {
            let back = matches!(event.kind, EventKind::Available { .. });
            (back && event.entity == id).then_some(())
        });
        back.into_iter().map(|(at, ())| at).collect::<Vec<_>>()
    };
    check_between("cache", &of("cache"), end_s + 60.0, end_s + 300.0);
    check_between("database", &of("db"), end_s + 120.0, end_s + 900.0);
    // A cache without its content comes back slowly; an hour is enough for everything.
    assert!(played.success(5400, 7200) > 0.999);
}

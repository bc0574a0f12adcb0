//! Traffic goes around a zone: how long users are harmed with it and without, and what it does not
//! do.
//!
//! The published results are Slack's. On 2021-06-30 the link of one zone dropped packets: users saw
//! errors for 48 minutes, about 1 % of all requests, since every service called every zone
//! (slack.engineering, "Slack's migration to a cellular architecture"; tern.sh, "Slack drain AZ").
//! After the redesign a zone is a silo and is drained in less than five minutes
//! (dev.to/techlogstack, 2026-05-17). A year at 99.99 % has a budget of 52.6 minutes.

use tradewind::model::{
    ById, Call, Component, FaultKind, LoadBalancer, Tape, Triangular, ZonalShift, ZoneIndex,
};
use tradewind::sim::event::{EventKind, ShiftStep};
use tradewind::units::{Ratio, SimDuration};

use super::fixture::{
    FAULT, Played, balancer, check_between, deployment, design, edit, ids, load, parts, power_loss,
    tape, zone,
};

/// How long Slack's link was bad.
const BAD_LINK: SimDuration = SimDuration::from_min(48);
/// Minutes of a year that may fail at 99.99 %.
const BUDGET_MIN: f64 = 365.25 * 24.0 * 60.0 * 1e-4;

/// One message in ten is lost: two losses in a row come 600 ms late, which nobody here waits for.
fn bad_link(duration: SimDuration) -> Tape {
    tape(FaultKind::ZoneDegraded {
        at: FAULT,
        duration,
        zone: zone("a"),
        added_latency: None,
        packet_loss: Ratio::new(0.1),
    })
}

/// The same, and operators shift traffic away after so many minutes until it is over.
pub(super) fn drained(after: SimDuration) -> Tape {
    let mut tape = bad_link(BAD_LINK);
    let shift = FaultKind::ZonalShift {
        at: FAULT + after,
        duration: BAD_LINK,
        zone: zone("a"),
    };
    tape.faults.insert("shift".to_string(), shift);
    tape
}

pub(super) const FIVE_MINUTES: SimDuration = SimDuration::from_min(5);

/// Who calls gives up after half a second.
fn impatient() -> Call {
    Call {
        timeout: SimDuration::from_ms(500),
        ..Call::default()
    }
}

/// The platform without calls to anything else; a balancer whose traffic can be shifted.
fn silos(cross_zone: bool, shift: ZonalShift) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "alb", balancer, |it| {
        it.cross_zone = Some(cross_zone);
        it.zonal_shift = shift;
    });
    edit(&mut parts, "api", deployment, |it| it.calls = ById::new());
    if let Some(Component::Users(users)) = parts.get_mut("users") {
        users.calls = ids([("alb", impatient())]);
    }
    parts
}

/// The same with a second service, which the first calls in whatever zone it is.
pub(super) fn zone_blind() -> ById<Component> {
    let mut parts = silos(true, ZonalShift::On);
    // Spread over the zones as the first.
    let backend = parts.get("api").cloned().expect("the first service");
    parts.insert("backend".to_string(), backend);
    edit(&mut parts, "api", deployment, |it| {
        it.calls = ids([("backend", impatient())]);
    });
    if let Some(Component::Users(users)) = parts.get_mut("users") {
        users.calls = ids([("alb", Call::default())]);
    }
    parts
}

fn played(parts: ById<Component>, tape: &Tape) -> Played {
    let design = design(&["a", "c", "d"], parts);
    Played::under(&design, &load(180.0), tape, SimDuration::from_h(3))
}

/// True of a step of a shift.
pub(super) fn is(kind: &EventKind, wanted: ShiftStep) -> bool {
    matches!(kind, EventKind::Shifted { step } if *step == wanted)
}

/// Share of requests that fail, minute by minute from the fault on.
pub(super) fn failing(played: &Played) -> Vec<f64> {
    let first = (FAULT.as_ns() / played.log.header.interval.as_ns()) as usize;
    let intervals = played.log.intervals[first..].iter();
    intervals
        .map(|it| it.failed.iter().sum::<f64>() / it.offered)
        .collect()
}

/// Minutes in which more than one request in a thousand failed.
fn harmed_min(played: &Played) -> f64 {
    let harmed = |share: &&f64| **share > 1e-3;
    failing(played).iter().filter(harmed).count() as f64
}

/// Result 1.1: nothing detects a lossy link, so errors last as long as the fault does, 48 minutes,
/// and take 91 % of a year's budget. Of the calls, 1 - (2/3)^2 = 56 % touch the bad zone at one end
/// or both, and 2 % of those lose one of their messages twice in a row: about 1 % of all fail.
#[test]
fn errors_of_a_gray_zone_last_as_long_as_the_fault() {
    let played = played(zone_blind(), &bad_link(BAD_LINK));
    let minutes = harmed_min(&played);
    assert!((47.0..=49.0).contains(&minutes), "{minutes} min");
    let share = minutes / BUDGET_MIN;
    assert!(
        (0.89..0.94).contains(&share),
        "{share} of the year's budget"
    );
    let mean = failing(&played)[5..45].iter().sum::<f64>() / 40.0;
    assert!(
        (0.008..0.016).contains(&mean),
        "{mean} of the requests fail"
    );
}

/// Result 1.2: with zones as silos, a drain after five minutes ends the harm when clients have
/// followed DNS, one TTL of 60 s later: five to six minutes, 9.5 to 11.4 % of the budget.
#[test]
fn a_drain_after_five_minutes_ends_the_harm() {
    for cross_zone in [false, true] {
        let played = played(silos(cross_zone, ZonalShift::On), &drained(FIVE_MINUTES));
        let minutes = harmed_min(&played);
        assert!(
            (5.0..=6.0).contains(&minutes),
            "{cross_zone}: {minutes} min"
        );
        let share = minutes / BUDGET_MIN;
        assert!(
            (0.09..0.12).contains(&share),
            "{share} of the year's budget"
        );
        let shifted = played.pick(|event| match event.kind {
            EventKind::Shifted { step } => Some((event.zone, step)),
            _ => None,
        });
        let (a, at) = (Some(ZoneIndex(0)), FIVE_MINUTES.as_s_f64());
        let back = at + BAD_LINK.as_s_f64();
        assert_eq!(
            shifted,
            [(at, (a, ShiftStep::Away)), (back, (a, ShiftStep::Back))]
        );
        let left = played.times(|it| matches!(it, EventKind::ZoneLeftDns { .. }));
        assert_eq!(left, [at], "the record changes at once");
    }
}

/// A balancer that does not allow shifts goes on; and where services call each other in all zones,
/// shifting what enters leaves the calls where they are, and their errors with them.
#[test]
fn a_shift_helps_only_what_it_moves() {
    let refused = played(silos(true, ZonalShift::Off), &drained(FIVE_MINUTES));
    assert!(refused.times(|it| is(it, ShiftStep::Away)).is_empty());
    assert!(harmed_min(&refused) >= 47.0);

    let calm = failing(&played(zone_blind(), &bad_link(BAD_LINK)))[20];
    let blind = failing(&played(zone_blind(), &drained(FIVE_MINUTES)))[20];
    // All callers are in good zones now, but a third of what they call is not: 1/3 instead of 5/9.
    let left = blind / calm;
    assert!((left - 0.6).abs() < 0.06, "{left} of the errors are left");
}

/// Nothing is started for what was shifted: the pods of two zones carry the load of three.
#[test]
fn what_is_left_carries_everything() {
    for cross_zone in [false, true] {
        let design = design(&["a", "c", "d"], silos(cross_zone, ZonalShift::On));
        let shift = tape(FaultKind::ZonalShift {
            at: FAULT,
            duration: SimDuration::from_h(1),
            zone: zone("a"),
        });
        let load = load(180.0);
        let played = Played::under(&design, &load, &shift, SimDuration::from_h(3));
        let calm = Played::under(&design, &load, &Tape::default(), SimDuration::from_h(3));
        let arrivals = |it: &Played, zone: usize, minute: usize| {
            let station =
                it.log.stations.iter().position(|row| {
                    row.component == "api" && row.zone.map(usize::from) == Some(zone)
                });
            it.log.samples[minute * it.log.stations.len() + station.expect("a row")].arrival_rate
        };
        for zone in 0..3 {
            let ratio = arrivals(&played, zone, 90) / arrivals(&calm, zone, 90);
            let expected = if zone == 0 { 0.0 } else { 1.5 };
            assert!((ratio - expected).abs() < 0.02, "{zone}: {ratio}");
            let after = arrivals(&played, zone, 150) / arrivals(&calm, zone, 150);
            assert!(
                (after - 1.0).abs() < 0.02,
                "{zone}: {after} when it is over"
            );
        }
        let moved = |it: &EventKind| {
            matches!(
                it,
                EventKind::PodsEvicted { .. } | EventKind::NodesLaunched { .. }
            )
        };
        assert!(played.times(moved).is_empty());
        assert!(played.success(0, 7200) > 0.9999);
    }
}

/// AWS shifts by itself where it may, two to fifteen minutes after the zone is in trouble (an
/// assumption: it publishes no figure), and back as long after its end.
#[test]
fn autoshift_follows_trouble_that_lasts() {
    let shifts = |played: &Played| {
        let away = played.times(|it| is(it, ShiftStep::AwayByAws));
        let back = played.times(|it| is(it, ShiftStep::Back));
        (away, back)
    };
    for (tape, length_s) in [(bad_link(BAD_LINK), 2880.0), (power_loss("a"), 1800.0)] {
        let (away, back) = shifts(&played(silos(true, ZonalShift::Autoshift), &tape));
        check_between("shifted away", &away, 120.0, 900.0);
        check_between("shifted back", &back, length_s + 120.0, length_s + 900.0);
        assert!((back[0] - away[0] - length_s).abs() < 1e-6);
        let (away, _) = shifts(&played(silos(true, ZonalShift::On), &tape));
        assert!(away.is_empty(), "operators have not asked for it");
    }
    let quick = |it: &mut LoadBalancer| {
        it.autoshift_delay = Triangular::from_s(300, 300, 300);
    };
    let mut parts = silos(true, ZonalShift::Autoshift);
    edit(&mut parts, "alb", balancer, quick);
    let (away, _) = shifts(&played(parts, &bad_link(FIVE_MINUTES)));
    assert!(away.is_empty(), "it is over when AWS would find it");
}

/// A balancer in one zone has nowhere to shift to.
#[test]
fn the_only_zone_is_not_shifted_away_from() {
    for cross_zone in [false, true] {
        let design = design(&["a"], silos(cross_zone, ZonalShift::On));
        let shift = tape(FaultKind::ZonalShift {
            at: FAULT,
            duration: SimDuration::from_h(1),
            zone: zone("a"),
        });
        let played = Played::under(&design, &load(180.0), &shift, SimDuration::from_h(3));
        assert!(played.success(0, 7200) > 0.9999);
        let left = played.times(|it| matches!(it, EventKind::ZoneLeftDns { .. }));
        assert!(left.is_empty(), "{left:?}");
    }
}

//! A zone whose network is impaired or cut, while its machines run.

use tradewind::model::{FaultKind, Tape, ZoneIndex};
use tradewind::sim::event::EventKind;
use tradewind::units::{Ratio, SimDuration};

use super::fixture::{FAULT, OUTAGE, Played, design, load, parts, tape, zone};

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

use super::*;
use crate::model::{Architecture, ById, Database};

fn design(zones: &[&str]) -> Design {
    let database = Component::Database(Database::default());
    let architecture = Architecture {
        zones: zones.iter().map(|z| ZoneName((*z).to_string())).collect(),
        components: ById::from_iter([("db".to_string(), database)]),
        ..Architecture::default()
    };
    Design::resolve("one", architecture).0
}

fn plan(days: u64) -> RunPlan {
    RunPlan {
        duration: SimDuration::from_h(24 * days),
        ..RunPlan::default()
    }
}

fn random_outages(per_year: f64) -> Tape {
    let outages = RandomFaultKind::ZonePowerLoss {
        rate: EventRate::per_year(per_year),
        median_duration: SimDuration::from_h(3),
        p90_duration: SimDuration::from_h(12),
    };
    Tape {
        random: ById::from_iter([("outages".to_string(), outages)]),
        ..Tape::default()
    }
}

fn in_zone(faults: &[ScheduledFault], zone: u8) -> Vec<(SimTime, SimTime)> {
    faults
        .iter()
        .filter(|f| f.effect == Effect::ZonePowerLoss(Some(ZoneIndex(zone))))
        .map(|f| (f.start, f.end))
        .collect()
}

#[test]
fn a_zone_has_the_same_outages_in_every_design() {
    let tape = random_outages(50.0);
    let three = resolve(&tape, &design(&["a", "c", "d"]), &plan(365), 3);
    let other = resolve(&tape, &design(&["c", "x"]), &plan(365), 3);
    let c = in_zone(&three, 1);
    assert!(c.len() > 20, "{}", c.len());
    assert_eq!(c, in_zone(&other, 0));
    assert_ne!(c, in_zone(&three, 0));
    let next = resolve(&tape, &design(&["a", "c", "d"]), &plan(365), 4);
    assert_ne!(c, in_zone(&next, 1), "another replication, other weather");
}

#[test]
fn outages_come_at_their_rate_and_in_order() {
    let n: usize = (0..200)
        .map(|replication| {
            let drawn = resolve(
                &random_outages(2.0),
                &design(&["a"]),
                &plan(365),
                replication,
            );
            assert!(drawn.is_sorted_by_key(|f| f.start));
            assert!(drawn.windows(2).all(|w| w[0].end <= w[1].start));
            drawn.len()
        })
        .sum();
    // 400 expected; 4 standard deviations of a Poisson count.
    assert!((320..=480).contains(&n), "{n}");
    assert!(resolve(&random_outages(0.0), &design(&["a"]), &plan(365), 0).is_empty());
}

/// The public record (AWS status texts and post-event summaries) has outages of a zone of
/// 63 min (Tokyo, 2025-04-15), 82 min (us-east-1, 2012-06-14), 188 min (Frankfurt, 2021-06-10),
/// about 6 h (Tokyo, 2019-08-23) and 20.5 h (us-east-1, 2026-05-07): hours, not minutes.
#[test]
fn lengths_are_like_those_of_the_public_record() {
    let drawn = (0..300).flat_map(|replication| {
        let tape = random_outages(12.0);
        in_zone(&resolve(&tape, &design(&["a"]), &plan(365), replication), 0)
    });
    let mut hours: Vec<f64> = drawn
        .map(|(start, end)| end.since(start).as_h_f64())
        .collect();
    hours.sort_by(f64::total_cmp);
    let quantile = |share: f64| hours[(share * hours.len() as f64) as usize];
    assert!(hours.len() > 3000, "{}", hours.len());
    assert!((quantile(0.5) / 3.0 - 1.0).abs() < 0.1, "{}", quantile(0.5));
    assert!(
        (quantile(0.9) / 12.0 - 1.0).abs() < 0.1,
        "{}",
        quantile(0.9)
    );
    assert!(quantile(0.01) > 0.1, "no blinks: {}", quantile(0.01));
    for minutes in [63.0, 82.0, 188.0, 360.0, 1230.0] {
        let within = quantile(0.05)..quantile(0.99);
        assert!(
            within.contains(&(minutes / 60.0)),
            "{minutes} min: {within:?}"
        );
    }
}

#[test]
fn a_fault_on_what_a_design_lacks_still_happens() {
    let at = SimDuration::from_h(1);
    let power = |zone: &str| FaultKind::ZonePowerLoss {
        at,
        duration: at,
        zone: ZoneName(zone.to_string()),
    };
    let down = |target: &str| FaultKind::DependencyDown {
        at: SimDuration::ZERO,
        duration: at,
        target: target.to_string(),
    };
    let faults = [
        ("here", power("a")),
        ("elsewhere", power("d")),
        ("db-down", down("db")),
        ("x-down", down("x")),
    ];
    let tape = Tape {
        faults: faults
            .map(|(id, f)| (id.to_string(), f))
            .into_iter()
            .collect(),
        ..Tape::default()
    };
    let effects: Vec<_> = resolve(&tape, &design(&["a"]), &plan(1), 0)
        .into_iter()
        .map(|f| (f.id, f.effect))
        .collect();
    let expected = [
        ("db-down", Effect::Down(Some(Dependency::Database(0)))),
        ("x-down", Effect::Down(None)),
        ("elsewhere", Effect::ZonePowerLoss(None)),
        ("here", Effect::ZonePowerLoss(Some(ZoneIndex(0)))),
    ];
    assert_eq!(effects, expected.map(|(id, e)| (id.to_string(), e)));
}

//! What a Vertical Pod Autoscaler does to nine pods that request 500m and use 300m each.
//!
//! Target: the 90th percentile of 300m with the load's wander, in a bucket of at most 5 %, and
//! 15 % more: 345m to 400m. The bounds leave 500m inside for two days at least (the upper one is
//! twice the 95th percentile after one day), so pods are touched after twelve hours and not before.

use tradewind::model::{Tape, UpdateMode, VerticalPodAutoscaler};
use tradewind::sim::event::EventKind;
use tradewind::units::SimDuration;

use crate::control_timeline::fixture::{Played, deployment, design, edit, parts};

const HALF_A_DAY_S: f64 = 12.0 * 3600.0;

/// Some days; times count from one hour after the start, as everywhere in the fixture.
fn played(mode: Option<UpdateMode>, with_hpa: bool, days: u64) -> Played {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.vpa = mode.map(|update_mode| VerticalPodAutoscaler {
            update_mode,
            ..VerticalPodAutoscaler::default()
        });
        if !with_hpa {
            it.hpa = None;
        }
    });
    let design = design(&["a", "c", "d"], parts);
    Played::lasting(&design, &Tape::default(), SimDuration::from_h(24 * days))
}

/// Pods, time since the start, CPU requests before and after, and whether in place.
fn updates(played: &Played) -> Vec<(f64, u32, u64, u64, bool)> {
    let found = played.pick(|event| match event.kind {
        EventKind::VpaUpdated {
            pods,
            in_place,
            change,
            ..
        } => Some((pods, change.cpu_from_m, change.cpu_to_m, in_place)),
        _ => None,
    });
    let of = |(at, (pods, from, to, in_place))| (at + 3600.0, pods, from, to, in_place);
    found.into_iter().map(of).collect()
}

#[test]
fn recreate_replaces_half_of_the_pods_at_a_time_after_twelve_hours() {
    let played = played(Some(UpdateMode::Recreate), false, 2);
    let updates = updates(&played);
    let (first, pods, from, to, in_place) = updates[0];
    assert!(
        (HALF_A_DAY_S..HALF_A_DAY_S + 120.0).contains(&first),
        "{first} s"
    );
    assert_eq!(
        (pods, from, in_place),
        (4, 500, false),
        "half of nine, rounded down"
    );
    assert!((345..=400).contains(&to), "{to}m");
    let soon = updates.iter().filter(|it| it.0 < HALF_A_DAY_S + 600.0);
    assert_eq!(
        soon.map(|it| it.1).sum::<u32>(),
        9,
        "all nine within ten minutes"
    );
    assert!(
        updates.iter().all(|it| it.1 <= 4),
        "never more than four at once"
    );
    let success = played.success(0, 46 * 3600);
    assert!(
        success > 0.999,
        "five of nine carry the load for a while: {success}"
    );
}

#[test]
fn in_place_resizes_without_a_new_pod() {
    let played = played(Some(UpdateMode::InPlaceOrRecreate), false, 2);
    let updates = updates(&played);
    assert!(
        updates.iter().all(|it| it.4),
        "there is room, so nothing is evicted"
    );
    let soon = updates.iter().filter(|it| it.0 < HALF_A_DAY_S + 600.0);
    assert_eq!(soon.map(|it| it.1).sum::<u32>(), 9);
    let started = played.times(|it| matches!(it, EventKind::PodsReady { .. }));
    assert!(started.is_empty(), "{started:?}");
}

#[test]
fn off_and_initial_only_say_what_they_would_do() {
    for mode in [UpdateMode::Off, UpdateMode::Initial] {
        let played = played(Some(mode), false, 2);
        assert!(updates(&played).is_empty());
        let said = |it: &EventKind| matches!(it, EventKind::VpaRecommended { .. });
        let told = played.log.events.iter().filter(|it| said(&it.kind)).count();
        assert!((1..=6).contains(&told), "{told}");
    }
}

/// A VPA and an HPA on the CPU: the VPA's requests make the use 87 % of them (1 / 1.15), the HPA
/// wants 60 %, so requests that fall bring pods, and more pods lower the use of each. A round takes
/// days, until the samples of the last one weigh less than a tenth in histograms that forget half
/// in a day; what an operator sees is a number of pods that creeps up week after week under a load
/// that stays the same.
#[test]
fn a_vpa_and_an_hpa_on_one_metric_drive_each_other() {
    let replicas = |played: &Played, day: u64| {
        let until = 24.0 * 3600.0 * day as f64 - 3600.0;
        let scaled = played.pick(|event| match event.kind {
            EventKind::HpaScaled { to, .. } => Some(to),
            _ => None,
        });
        let before = scaled.into_iter().take_while(|(at, _)| *at <= until);
        before.last().map_or(9, |(_, to)| to)
    };
    let alone = played(None, true, 14);
    let fighting = played(Some(UpdateMode::Recreate), true, 14);
    let creeps = [2, 5, 14].map(|day| replicas(&fighting, day));
    assert_eq!(
        replicas(&alone, 14),
        9,
        "without the VPA nothing is to be done"
    );
    assert!(
        creeps[0] >= 12,
        "a first round after twelve hours: {creeps:?}"
    );
    assert!(creeps[0] < creeps[1] && creeps[1] < creeps[2], "{creeps:?}");
    assert_eq!(creeps[2], 30, "the HPA's maximum");
    let last = *updates(&fighting).last().expect("the VPA acts too");
    assert!(last.3 < 150, "and requests have fallen: {last:?}");
}

//! A new release: how its pods come, what a bad one costs, and how it is taken back.

use tradewind::model::{
    ById, CanaryStep, Component, FaultKind, PodDisruptionBudget, Rollout, Tape, Triangular,
    UpdateStrategy,
};
use tradewind::sim::event::{EventKind, RollbackReason, RolloutStep};
use tradewind::sim::run_log::FailureCause;
use tradewind::units::{IntOrPercent, Ratio, SimDuration};

use super::fixture::{
    FAULT, Played, balancer, check_between, deployment, design, edit, load, on_twelve_nodes, parts,
    tape,
};

/// Nine pods that start in 20 s, on nodes with room for all of a second set.
fn under(rollout: Rollout) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.startup_time = Triangular::from_s(20, 20, 20);
        *it.rollout = rollout;
    });
    on_twelve_nodes(&mut parts);
    parts
}

fn strategy(strategy: UpdateStrategy) -> Rollout {
    Rollout {
        strategy,
        ..Rollout::default()
    }
}

fn rolling(surge: u32, unavailable: u32) -> Rollout {
    strategy(UpdateStrategy::RollingUpdate {
        max_surge: Some(IntOrPercent::Int(surge)),
        max_unavailable: Some(IntOrPercent::Int(unavailable)),
    })
}

/// A release that is as good as the one before.
const GOOD: (f64, f64, f64) = (0.0, 1.0, 0.0);

/// Errors, slowdown and the share that never becomes ready.
fn release(
    (errors, slowdown, never_ready): (f64, f64, f64),
    roll_back_after: Option<SimDuration>,
) -> Tape {
    tape(FaultKind::Rollout {
        at: FAULT,
        target: "api".to_string(),
        errors: Ratio::new(errors),
        slowdown: Some(slowdown),
        never_ready: Ratio::new(never_ready),
        roll_back_after,
    })
}

fn play(rollout: Rollout, tape: &Tape) -> Played {
    let design = design(&["a", "c", "d"], under(rollout));
    Played::under(&design, &load(270.0), tape, SimDuration::from_h(3))
}

fn steps(played: &Played) -> Vec<(f64, RolloutStep)> {
    played.pick(|event| match &event.kind {
        EventKind::Rollout(step) => Some(step.clone()),
        _ => None,
    })
}

/// Seconds until a rollout is complete, and whether it was taken back.
fn completed(played: &Played) -> Vec<(f64, bool)> {
    let steps = steps(played).into_iter();
    let done = steps.filter_map(|(at, step)| match step {
        RolloutStep::Completed { taken_back, .. } => Some((at, taken_back)),
        _ => None,
    });
    done.collect()
}

fn bad(played: &Played) -> f64 {
    let of = |it: &[f64]| it[FailureCause::ReleaseFailed.index()];
    played.log.intervals.iter().map(|it| of(&it.failed)).sum()
}

fn offered(played: &Played) -> f64 {
    played.log.intervals.iter().map(|it| it.offered).sum()
}

#[test]
fn a_rolling_update_comes_in_waves_of_its_surge() {
    // 25 % of nine: three more (rounded up), two fewer (rounded down). Five of nine come at once:
    // three beyond the nine, two in the place of those that may go. Each wave takes a start of
    // 20 s: five new pods, then the four others.
    let played = play(Rollout::default(), &release(GOOD, None));
    let done = completed(&played);
    assert_eq!(done.len(), 1);
    check_between("two waves", &[done[0].0], 40.0, 40.1);
    // A new target gets its first request after its first check, up to 15 s later, while the old
    // pods go at once: for a moment two pods have the work of nine.
    let lost = 1.0 - played.success(0, 60);
    assert!((0.002..0.2).contains(&lost), "{lost}");

    // One at a time: nine starts.
    let slow = completed(&play(rolling(1, 0), &release(GOOD, None)));
    check_between("one by one", &[slow[0].0], 180.0, 180.1);
    // All at once beside the old ones: a single start.
    let quick = completed(&play(rolling(9, 0), &release(GOOD, None)));
    check_between("all at once", &[quick[0].0], 20.0, 20.1);
}

/// Targets are healthy after their first check, up to 15 s after the containers are ready, and the
/// controller looks 15 s after it has registered them: two waves of 20 s and 15 s. Nobody notices,
/// where without gates a rollout of the same shape loses requests (the test above).
#[test]
fn behind_a_readiness_gate_old_pods_stay_until_new_targets_are_healthy() {
    let mut parts = under(Rollout::default());
    edit(&mut parts, "alb", balancer, |it| it.readiness_gate = true);
    let design = design(&["a", "c", "d"], parts);
    let length = SimDuration::from_h(3);
    let played = Played::under(&design, &load(270.0), &release(GOOD, None), length);
    check_between("two waves", &[completed(&played)[0].0], 70.0, 70.1);
    let lost = 1.0 - played.success(0, 7200);
    assert!(lost < 1e-4, "{lost}");
    // The log tells of pods that are ready when their gates open.
    let ready = played.times(|it| matches!(it, EventKind::PodsReady { .. }));
    check_between("pods are ready", &ready, 35.0, 70.1);
    assert_eq!(ready.len(), 2, "{ready:?}");
}

#[test]
fn a_pod_counts_once_it_has_been_ready_for_long_enough() {
    let rollout = Rollout {
        min_ready_time: SimDuration::from_s(60),
        ..Rollout::default()
    };
    // Two waves of a start and a minute each.
    let played = play(rollout, &release(GOOD, None));
    check_between("two waves", &[completed(&played)[0].0], 160.0, 160.1);
    // The balancer has found the new targets by then.
    assert!(played.success(0, 7200) > 0.999_9, "nobody notices");
}

#[test]
fn recreate_has_nobody_for_a_while() {
    let played = play(strategy(UpdateStrategy::Recreate), &release(GOOD, None));
    // The old ones use their 30 s of grace, then the new ones start.
    check_between("gap", &[completed(&played)[0].0], 50.0, 50.1);
    let (offered, succeeded) = played.requests(0, 60);
    let lost = 1.0 - succeeded / offered;
    assert!(
        (0.7..0.95).contains(&lost),
        "{lost}: 50 s of a minute, and probes"
    );
}

#[test]
fn pods_that_never_become_ready_stop_a_rollout() {
    let played = play(Rollout::default(), &release((0.0, 1.0, 1.0), None));
    let steps = steps(&played);
    let failed: Vec<_> = steps
        .iter()
        .filter(|(_, it)| matches!(it, RolloutStep::Failed { .. }))
        .collect();
    // The last progress is that the new pods are there, at the begin.
    assert_eq!(failed.len(), 1);
    let expected = RolloutStep::Failed {
        updated: 5,
        available: 7,
        replicas: 9,
        deadline: SimDuration::from_min(10),
    };
    assert_eq!(*failed[0], (600.0, expected));
    assert!(completed(&played).is_empty(), "Kubernetes only says so");
    assert!(played.success(0, 7200) > 0.999, "old pods stay");

    let rollout = Rollout {
        roll_back_on_deadline: true,
        ..Rollout::default()
    };
    let played = play(rollout, &release((0.0, 1.0, 1.0), None));
    let back = self::steps(&played)
        .iter()
        .filter(|(_, it)| {
            let because = RollbackReason::Deadline;
            *it == RolloutStep::TakenBack { because }
        })
        .count();
    assert_eq!(back, 1);
    // Two old pods are missing; one start makes them up.
    check_between("back", &[completed(&played)[0].0], 620.0, 620.1);
    assert!(completed(&played)[0].1);
}

#[test]
fn a_bad_release_errs_until_operators_take_it_back() {
    let ten = SimDuration::from_min(10);
    let played = play(Rollout::default(), &release((0.3, 1.0, 0.0), Some(ten)));
    let times: Vec<(f64, bool)> = completed(&played);
    assert_eq!(times.len(), 2, "forth and back: {times:?}");
    check_between("back", &[times[1].0], 640.0, 640.1);
    // 30 % of the requests of about ten minutes, out of three hours.
    let share = bad(&played) / offered(&played);
    let expected = 0.3 * 600.0 / 10_800.0;
    assert!((0.9 * expected..1.1 * expected).contains(&share), "{share}");
    let (offered, succeeded) = played.requests(120, 540);
    let lost = 1.0 - succeeded / offered;
    assert!((0.295..0.305).contains(&lost), "{lost}");
    assert!(played.success(720, 7200) > 0.999_9);
}

#[test]
fn a_slow_release_costs_capacity() {
    let slow = play(Rollout::default(), &release((0.0, 2.5, 0.0), None));
    let good = play(Rollout::default(), &release(GOOD, None));
    let p50 = |played: &Played| {
        let at = played.log.intervals.len() - 10;
        played.log.intervals[at].latency_p50_s.unwrap_or(0.0)
    };
    // 20 ms of own work become 50 ms.
    let longer = p50(&slow) - p50(&good);
    assert!((0.01..0.06).contains(&longer), "{longer}");
}

#[test]
fn a_canary_shows_a_bad_release_to_few() {
    let step = |weight: f64, minutes| CanaryStep {
        weight: Ratio::new(weight),
        pause: SimDuration::from_min(minutes),
    };
    let canary = || {
        let steps = vec![step(0.1, 10), step(0.5, 10)];
        strategy(UpdateStrategy::Canary { steps })
    };
    let good = play(canary(), &release(GOOD, None));
    let shifts: Vec<(f64, f64)> = steps(&good)
        .into_iter()
        .filter_map(|(at, step)| match step {
            RolloutStep::Shifted { share } => Some((at, share)),
            _ => None,
        })
        .collect();
    // One pod of nine carries a tenth, five carry a half, then all nine; each needs a start.
    assert_eq!(shifts, [(20.0, 0.1), (640.0, 0.5), (1260.0, 1.0)]);
    // The old ones stay for half a minute.
    check_between("done", &[completed(&good)[0].0], 1290.0, 1290.1);

    let eight = SimDuration::from_min(8);
    let rolled = play(Rollout::default(), &release((0.5, 1.0, 0.0), Some(eight)));
    let canary = play(canary(), &release((0.5, 1.0, 0.0), Some(eight)));
    let ratio = bad(&canary) / bad(&rolled);
    assert!(
        (0.08..0.12).contains(&ratio),
        "a tenth of the harm: {ratio}"
    );
    // All requests leave it at once.
    assert_eq!(steps(&canary).last().map(|(at, _)| *at), Some(510.0));
    assert!(canary.success(480, 7200) > 0.999_9);
}

#[test]
fn blue_turns_green_and_back_within_the_delay() {
    let rollout = |minutes| Rollout {
        scale_down_delay: SimDuration::from_min(minutes),
        ..strategy(UpdateStrategy::BlueGreen {
            promote_after: SimDuration::from_min(5),
        })
    };
    let shifts = |played: &Played| -> Vec<(f64, f64)> {
        let steps = steps(played).into_iter();
        let shifts = steps.filter_map(|(at, step)| match step {
            RolloutStep::Shifted { share } => Some((at, share)),
            _ => None,
        });
        shifts.collect()
    };
    let bad_release = release((0.5, 1.0, 0.0), Some(SimDuration::from_min(10)));
    // Green is ready after 20 s and gets everything five minutes later; blue is still there when
    // operators want it back.
    let quick = play(rollout(30), &bad_release);
    assert_eq!(shifts(&quick), [(320.0, 1.0), (600.0, 0.0)]);
    let (offered, succeeded) = quick.requests(360, 600);
    let lost = 1.0 - succeeded / offered;
    assert!((0.49..0.51).contains(&lost), "{lost}");
    assert!(quick.success(0, 300) > 0.999_9, "a preview hurts nobody");
    assert!(quick.success(600, 7200) > 0.999_9);
    // Blue is gone after half a minute: another set has to come up and to be promoted.
    let slow = play(
        Rollout {
            scale_down_delay: SimDuration::from_s(30),
            ..rollout(0)
        },
        &bad_release,
    );
    assert_eq!(shifts(&slow), [(320.0, 1.0), (920.0, 1.0)]);
}

#[test]
fn an_autoscaler_in_the_middle_is_shared_out_and_budgets_do_not_hold_it() {
    // A surge of load while a rollout crawls: the autoscaler adds pods to both releases.
    let mut parts = under(Rollout {
        min_ready_time: SimDuration::from_min(5),
        ..rolling(1, 0)
    });
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = parts_hpa();
        it.disruption_budget = Some(PodDisruptionBudget {
            max_unavailable: Some(IntOrPercent::Int(0)),
            ..PodDisruptionBudget::default()
        });
    });
    let surge = FaultKind::Surge {
        at: FAULT + SimDuration::from_min(12),
        duration: SimDuration::from_h(1),
        factor: 2.0,
    };
    let mut tape = release(GOOD, None);
    tape.faults.insert("surge".to_string(), surge);
    let design = design(&["a", "c", "d"], parts);
    let played = Played::under(&design, &load(540.0), &tape, SimDuration::from_h(4));
    let scaled =
        played.times(|it| matches!(it, EventKind::HpaScaled { from, to, .. } if to > from));
    check_between("the autoscaler adds pods", &scaled[..1], 720.0, 840.0);
    let done = completed(&played);
    assert_eq!(done.len(), 1, "a budget binds evictions only: {done:?}");
    // Two pods had been replaced, and most of the new ones are of the old release: many more
    // waves than nine.
    assert!(done[0].0 > 9.0 * 320.0, "{done:?}");
    assert!(played.success(1200, 7200) > 0.999);
}

fn parts_hpa() -> Option<tradewind::model::HorizontalPodAutoscaler> {
    let mut hpa = None;
    edit(&mut parts(), "api", deployment, |it| {
        hpa.clone_from(&it.hpa);
    });
    hpa
}

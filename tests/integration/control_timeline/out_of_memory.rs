//! What becomes of four pods that need more memory than their limit, with and without a VPA.
//!
//! By hand: each pod requests 256 MiB and may use twice that, but needs 1200 MiB; it would be ready
//! 20 s after its start. The run begins with the kill of all four. The kubelet starts them again at
//! once, and after 10 s, 20 s, ... (`policy/crash_loop.rs`); each start is another kill.
//!
//! The VPA looks every minute. After the first it takes each container to need 256 + 100 =
//! 356 MiB (a fifth more would be less), finds that in a bucket of its histogram, and adds 15 %.
//! Half of the four are evicted at once, and their successors get the larger request and twice that
//! as their limit; they are killed 20 s later, so that the next minute's step begins from there.
//! Their samples are more than the tenth that the 90th percentile leaves out.
//!
//! Bucket ends: 10 MB x (1.05^n - 1) / 0.05. Requests in bytes follow from them below.

use tradewind::model::{
    PodDisruptionBudget, Tape, Triangular, UnhealthyPodEvictionPolicy, UpdateMode,
    VerticalPodAutoscaler,
};
use tradewind::sim::Event;
use tradewind::sim::event::{EventKind, OomEvent};
use tradewind::units::{ByteSize, IntOrPercent, SimDuration};

use crate::control_timeline::fixture::{Played, deployment, design, edit, load, parts};

const MI: u64 = 1 << 20;
const USED: u64 = 1200 * MI;
const REQUEST: u64 = 256 * MI;

/// What happens with a VPA of this mode to pods that may use twice what they request.
fn played(mode: Option<UpdateMode>, budget: Option<PodDisruptionBudget>) -> Played {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.replicas = 4;
        it.hpa = None;
        it.memory_request = ByteSize::from_bytes(REQUEST);
        it.memory_limit = Some(ByteSize::from_bytes(2 * REQUEST));
        it.memory_usage = Some(ByteSize::from_bytes(USED));
        it.startup_time = Triangular::from_s(20, 20, 20);
        it.disruption_budget = budget;
        it.vpa = mode.map(|update_mode| VerticalPodAutoscaler {
            update_mode,
            ..VerticalPodAutoscaler::default()
        });
    });
    let design = design(&["a", "c", "d"], parts);
    let lasting = SimDuration::from_h(2);
    Played::under(&design, &load(200.0), &Tape::default(), lasting)
}

/// Seconds since the start and what was told of memory.
fn told(played: &Played) -> Vec<(f64, OomEvent)> {
    let events = played.log.events.iter();
    let of_memory = events.filter_map(|event| match event.kind {
        EventKind::OutOfMemory(it) => Some((event.at.as_s_f64(), it)),
        _ => None,
    });
    of_memory.collect()
}

/// When pods were given more: how many, from which request to which, and whether in place.
fn raised(played: &Played) -> Vec<(f64, u32, u64, u64, bool)> {
    let of = |(at, event)| match event {
        OomEvent::Raised {
            pods,
            in_place,
            change,
            ..
        } => Some((
            at,
            pods,
            change.memory_from_bytes,
            change.memory_to_bytes,
            in_place,
        )),
        OomEvent::Killed { .. } => None,
    };
    told(played).into_iter().filter_map(of).collect()
}

/// The limits at which pods were killed, and when each was told of first.
fn killed(played: &Played) -> Vec<(f64, u32, u64)> {
    let of = |(at, event)| match event {
        OomEvent::Killed {
            pods, limit_bytes, ..
        } => Some((at, pods, limit_bytes)),
        OomEvent::Raised { .. } => None,
    };
    told(played).into_iter().filter_map(of).collect()
}

/// The request that follows from a sample: the end of its bucket, and 15 %.
fn recommended(sample: u64) -> u64 {
    let (mut end, mut width) = (0.0, 1e7);
    while end <= sample as f64 {
        end += width;
        width *= 1.05;
    }
    (end * 1.15) as u64
}

/// The request after a kill at this one.
fn after_kill(request: u64) -> u64 {
    recommended((request + 100 * MI).max(request / 5 * 6))
}

#[test]
fn a_limit_that_is_too_small_is_climbed_step_by_step() {
    let played = played(Some(UpdateMode::Recreate), None);
    let first = after_kill(REQUEST);
    let second = after_kill(first);
    assert!(
        2 * first < USED && USED < 2 * second,
        "the second step fits"
    );
    let expected_kills = [(0.0, 4, 2 * REQUEST), (80.0, 2, 2 * first)];
    assert_eq!(killed(&played), expected_kills);
    let expected_steps = [
        (60.0, 2, REQUEST, first, false),
        (120.0, 2, REQUEST, second, false),
        // By now two pods have run for 40 s, and what they really use is known.
        (180.0, 2, first, recommended(USED), false),
    ];
    assert_eq!(raised(&played), expected_steps);
    // The second pair is the first that is ever ready.
    let ready = |event: &&Event| matches!(event.kind, EventKind::PodsReady { .. });
    let first_ready = played.log.events.iter().find(ready);
    assert_eq!(first_ready.map(|it| it.at.as_s_f64()), Some(140.0));
    let success = played.success(0, 3600);
    assert!(success > 0.999, "an hour later all is well: {success}");
}

#[test]
fn without_a_vpa_that_acts_the_pods_crash_for_ever() {
    for mode in [None, Some(UpdateMode::Off), Some(UpdateMode::Initial)] {
        let played = played(mode, None);
        assert_eq!(killed(&played), [(0.0, 4, 2 * REQUEST)], "{mode:?}");
        assert_eq!(raised(&played), [], "{mode:?}");
        let success = played.success(0, 3600);
        assert!(success <= 0.0, "{mode:?}: {success}");
        // The recommender says what it would take.
        let recommends = |it: &Event| match it.kind {
            EventKind::VpaRecommended { change, .. } => Some(change.memory_to_bytes),
            _ => None,
        };
        let said: Vec<u64> = played.log.events.iter().filter_map(recommends).collect();
        let expected = mode.map(|_| after_kill(REQUEST));
        assert_eq!(said, Vec::from_iter(expected), "{mode:?}");
    }
}

#[test]
fn in_place_the_same_pods_climb() {
    let played = played(Some(UpdateMode::InPlaceOrRecreate), None);
    let raised = raised(&played);
    assert!(raised.iter().all(|it| it.4), "there is room: {raised:?}");
    assert_eq!(raised[0], (60.0, 2, REQUEST, after_kill(REQUEST), true));
    let success = played.success(0, 3600);
    assert!(success > 0.999, "{success}");
}

/// A budget counts pods that are ready, and none is: the updater asks in vain, unless pods that are
/// not ready may go anyway.
#[test]
fn a_disruption_budget_may_keep_a_crash_loop_going() {
    let budget = |unhealthy_pod_eviction_policy| PodDisruptionBudget {
        min_available: Some(IntOrPercent::Int(2)),
        unhealthy_pod_eviction_policy,
        ..PodDisruptionBudget::default()
    };
    let with = |policy| played(Some(UpdateMode::Recreate), Some(budget(policy)));
    let held = with(UnhealthyPodEvictionPolicy::IfHealthyBudget);
    assert_eq!(raised(&held), []);
    assert!(held.success(0, 3600) <= 0.0);
    let freed = with(UnhealthyPodEvictionPolicy::AlwaysAllow);
    assert_eq!(raised(&freed).len(), 3);
    assert!(freed.success(0, 3600) > 0.999);
}

use super::*;
use crate::model::CanaryStep;
use crate::units::{Ratio, SimDuration, SimTime};

const fn set(wanted: u32, available: u32) -> ReplicaSet {
    ReplicaSet {
        wanted,
        available,
        present: wanted,
    }
}

const THREE_AND_TWO: Bounds = Bounds {
    surge: 3,
    unavailable: 2,
};

#[test]
fn shares_become_pods_as_kubernetes_rounds_them() {
    let of = |replicas, surge: f64, unavailable: f64| {
        let share = |it| IntOrPercent::Percent(Ratio::new(it));
        let bounds = Bounds::of(replicas, share(surge), share(unavailable));
        (bounds.surge, bounds.unavailable)
    };
    assert_eq!(of(10, 0.25, 0.25), (3, 2));
    assert_eq!(of(4, 0.25, 0.25), (1, 1));
    assert_eq!(of(3, 0.25, 0.25), (1, 0));
    assert_eq!(of(3, 0.0, 0.25), (0, 1), "one has to go first");
    assert_eq!(of(30, 0.1, 0.1), (3, 3));
    let all = Bounds::of(3, IntOrPercent::Int(0), IntOrPercent::Int(9));
    assert_eq!((all.surge, all.unavailable), (0, 3));
}

#[test]
fn shares_become_tasks_as_ecs_rounds_them() {
    let of = |tasks, surge: f64, unavailable: f64| {
        let share = |it| IntOrPercent::Percent(Ratio::new(it));
        let bounds = Bounds::of_service(tasks, share(surge), share(unavailable));
        (bounds.surge, bounds.unavailable)
    };
    assert_eq!(of(9, 1.0, 0.0), (9, 0), "200 % and 100 %");
    assert_eq!(of(9, 0.5, 0.5), (4, 4), "at most 13, at least 5");
    assert_eq!(of(4, 0.0, 0.5), (0, 2), "100 % and 50 %");
}

/// The example in the comment of `reconcileOldReplicaSets`.
#[test]
fn ten_replicas_roll_as_the_controllers_own_example_says() {
    let look = |sets: [ReplicaSet; 2], current| roll(10, THREE_AND_TWO, &sets, current).wanted;
    assert_eq!(look([set(10, 10), set(0, 0)], 1), [10, 3], "surge first");
    assert_eq!(look([set(10, 10), set(3, 0)], 1), [8, 3], "then the old");
    assert_eq!(look([set(8, 8), set(3, 0)], 1), [8, 5]);
    // Nothing of the new release ever becomes available: it stays like this.
    assert_eq!(look([set(8, 8), set(5, 0)], 1), [8, 5]);
    // An old pod is lost as well; still nothing goes.
    assert_eq!(look([set(8, 7), set(5, 0)], 1), [8, 5]);
    // Rolled back: four of the pods that crash may go, then the good ones are made up.
    assert_eq!(look([set(8, 7), set(5, 0)], 0), [8, 1]);
    assert_eq!(look([set(8, 7), set(1, 0)], 0), [10, 1]);
    assert_eq!(look([set(10, 7), set(1, 0)], 0), [10, 1]);
    assert_eq!(look([set(10, 10), set(1, 0)], 0), [10, 0]);
}

#[test]
fn a_rolling_update_never_leaves_its_bounds() {
    let mut sets = [set(10, 10), set(0, 0)];
    let mut looks = 0;
    while !is_complete(10, &sets, 1) {
        let wanted = roll(10, THREE_AND_TWO, &sets, 1).wanted;
        for (it, wanted) in sets.iter_mut().zip(&wanted) {
            it.wanted = *wanted;
            it.available = it.available.min(*wanted);
        }
        let (pods, available): (u32, u32) = sets
            .iter()
            .fold((0, 0), |(a, b), it| (a + it.wanted, b + it.available));
        assert!(pods <= 13 && available >= 8, "{sets:?}");
        // One pod of the new release becomes available at a time.
        sets[1].available = (sets[1].available + 1).min(sets[1].wanted);
        looks += 1;
        assert!(looks < 40, "{sets:?}");
    }
    assert_eq!(sets[0].wanted, 0);
}

#[test]
fn old_pods_are_gone_before_new_ones_come() {
    let look = |old: ReplicaSet, new| recreate(4, &[old, new], 1).wanted;
    assert_eq!(look(set(4, 4), set(0, 0)), [0, 0]);
    let ending = ReplicaSet {
        wanted: 0,
        available: 0,
        present: 2,
    };
    assert_eq!(look(ending, set(0, 0)), [0, 0], "two still end");
    assert_eq!(look(set(0, 0), set(0, 0)), [0, 4]);
}

#[test]
fn scaling_in_the_middle_is_shared_out_by_size() {
    // The example of the Kubernetes documentation: 10 replicas, 3 over, 8 old and 5 new; five more
    // are shared out as three and two.
    assert_eq!(scale(15, (13, 18), &[set(8, 8), set(5, 0)], 1), [11, 7]);
    assert_eq!(scale(5, (13, 7), &[set(8, 8), set(5, 5)], 1), [4, 3]);
    assert_eq!(scale(6, (5, 8), &[set(4, 4), set(0, 0)], 1), [6, 0]);
}

fn step(weight: f64, minutes: u64) -> CanaryStep {
    CanaryStep {
        weight: Ratio::new(weight),
        pause: SimDuration::from_min(minutes),
    }
}

#[test]
fn a_canary_moves_requests_when_its_pods_are_there() {
    let steps = [step(0.1, 5), step(0.5, 5)];
    let delay = SimDuration::from_s(30);
    let mut memory = Memory::of(0);
    let mut look = |new: ReplicaSet, minute| {
        let now = SimTime::START + SimDuration::from_min(minute);
        let sets = [set(10, 10), new];
        let seen = canary(10, &sets, (1, false), (&steps, delay), &mut memory, now);
        (seen.wanted, seen.traffic, memory.due)
    };
    let at = |minute| SimTime::START + SimDuration::from_min(minute);
    let share = |it| Traffic::Share(1, it);
    assert_eq!(
        look(set(0, 0), 0),
        (vec![10, 1], share(0.0), SimTime::NEVER)
    );
    assert_eq!(look(set(1, 1), 1), (vec![10, 1], share(0.1), at(6)));
    assert_eq!(
        look(set(1, 1), 6),
        (vec![10, 5], share(0.1), SimTime::NEVER)
    );
    assert_eq!(look(set(5, 5), 7), (vec![10, 5], share(0.5), at(12)));
    assert_eq!(look(set(5, 5), 12).0, [10, 10]);
    let done = look(set(10, 10), 13);
    assert_eq!((done.0, done.1), (vec![10, 10], Traffic::Only(1)));
    assert_eq!(look(set(10, 10), 14).0, [0, 10], "the delay is over");
}

#[test]
fn a_canary_that_is_taken_back_gets_nothing_at_once() {
    let steps = [step(0.2, 60)];
    let delay = SimDuration::from_s(30);
    let mut memory = Memory::of(0);
    let sets = [set(10, 10), set(2, 2)];
    let mut look = |current, back, s| {
        let now = SimTime::START + SimDuration::from_s(s);
        canary(
            10,
            &sets,
            (current, back),
            (&steps, delay),
            &mut memory,
            now,
        )
    };
    assert_eq!(look(1, false, 0).traffic, Traffic::Share(1, 0.2));
    let back = look(0, true, 10);
    assert_eq!((back.wanted, back.traffic), (vec![10, 2], Traffic::Only(0)));
    assert_eq!(look(0, true, 40).wanted, [10, 0]);
}

#[test]
fn blue_turns_green_at_once_and_back_as_quickly() {
    let times = (SimDuration::from_min(2), SimDuration::from_min(10));
    let mut memory = Memory::of(0);
    let mut look = |new: ReplicaSet, way, minute| {
        let now = SimTime::START + SimDuration::from_min(minute);
        let sets = [set(4, 4), new];
        if way == (0, true) && minute == 9 {
            memory.turn_round();
        }
        let seen = blue_green(4, &sets, way, times, &mut memory, now);
        (seen.wanted, seen.traffic)
    };
    let forward = (1, false);
    assert_eq!(look(set(0, 0), forward, 0), (vec![4, 4], Traffic::Only(0)));
    assert_eq!(look(set(4, 3), forward, 1), (vec![4, 4], Traffic::Only(0)));
    assert_eq!(
        look(set(4, 4), forward, 2).1,
        Traffic::Only(0),
        "two minutes"
    );
    assert_eq!(look(set(4, 4), forward, 4).1, Traffic::Only(1));
    // The old set is still there for ten minutes.
    assert_eq!(
        look(set(4, 4), (0, true), 9),
        (vec![4, 4], Traffic::Only(0))
    );
    assert_eq!(look(set(4, 4), (0, true), 19).0, [4, 0]);
}

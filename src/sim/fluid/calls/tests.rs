//! Calls and what guards them.

use super::*;

#[track_caller]
fn close(got: f64, expected: f64) {
    assert!(
        (got - expected).abs() < 1e-9 * expected.abs().max(1.0),
        "{got}, expected {expected}"
    );
}

fn attempt(ok: f64) -> Attempt {
    Attempt {
        ok,
        ok_time: Moments::from_cv(0.01, 1.0),
        fail_s: 2.0,
    }
}

const fn retries(attempts: u32, backoff_s: f64) -> Retries {
    Retries {
        attempts,
        backoff_s,
        budget: None,
    }
}

#[test]
fn independent_retries_multiply_attempts() {
    // Six attempts at a failure chance of 0.9: the textbook case.
    let call = Call::new(&attempt(0.1), &retries(6, 0.0));
    close(call.attempts, 4.685_59);
    close(call.ok, 0.468_559);
    close(call.fail_s, 12.0);
    // Two layers of three attempts each, all failing: nine calls at the bottom.
    let layer = Call::new(&Attempt::failing(1.0), &retries(3, 0.1));
    close(layer.attempts * layer.attempts, 9.0);
    close(layer.fail_s, 3.2);
}

#[test]
fn a_budget_bounds_retries() {
    for (attempts, failing) in [(2, 1.0), (4, 1.0), (4, 0.5), (3, 0.02)] {
        let retries = Retries {
            attempts,
            backoff_s: 0.0,
            budget: Some(0.1),
        };
        let call = Call::new(&attempt(1.0 - failing), &retries);
        let unbounded = (1..attempts).fold(0.0, |sum, _| failing * (1.0 + sum));
        close(call.attempts, 1.0 + unbounded.min(0.1));
    }
    // One in ten failures is tried again when all fail; each attempt takes 2 s to do so.
    let all_failing = Retries {
        attempts: 2,
        backoff_s: 0.5,
        budget: Some(0.1),
    };
    let call = Call::new(&attempt(0.0), &all_failing);
    close(call.fail_s, 2.0 + 0.1 * 2.5);
}

#[test]
fn a_hedge_cuts_the_tail_for_a_little_load() {
    // Exponential answers of 1 s, a second attempt after 3 s: those beyond are one in twenty.
    let slow = Attempt {
        ok: 1.0,
        ok_time: Moments::from_cv(1.0, 1.0),
        fail_s: 10.0,
    };
    let (hedged, twins) = slow.hedged(3.0);
    assert!((twins - libm::exp(-3.0)).abs() < 0.01, "{twins}");
    // Beyond 3 s two run for it: half of the rest is saved.
    let mean_s = 1.0 - 0.5 * libm::exp(-3.0);
    assert!((hedged.ok_time.mean - mean_s).abs() < 0.01, "{hedged:?}");
    // What never answers gets its second attempt, which may.
    let (hedged, twins) = attempt(0.5).hedged(1.0);
    close(hedged.ok, 0.75);
    close(twins, 0.5);
    close(hedged.fail_s, 3.0);
    assert!((hedged.ok_time.mean - (0.01 + 1.0 / 3.0)).abs() < 1e-3);
}

#[test]
fn calls_at_once_take_as_long_as_the_longest() {
    let call = Call::new(&attempt(0.99), &retries(1, 0.0));
    let group = Group::at_once(&call, 100.0, &Largest::new(100.0), 0.0, false);
    close(group.ok, libm::pow(0.99, 100.0));
    close(group.attempts, 100.0);
    assert!((0.045..0.06).contains(&group.ok_time.mean), "{group:?}");
    let optional = Group::at_once(&call, 100.0, &Largest::new(100.0), 0.5, true);
    close(optional.ok, 1.0);
}

#[test]
fn a_connection_is_waited_for() {
    let behind = attempt(1.0).behind(Moments::fixed(0.5), 0.2, 2.0);
    close(behind.ok, 0.8);
    assert!((behind.ok_time.mean - 0.51).abs() < 1e-6, "{behind:?}");
    close(behind.fail_s, 2.0);
}

#[test]
fn a_group_of_sound_calls_only_takes_time() {
    let call = Call::new(&attempt(1.0), &retries(3, 0.1));
    let group = Group::new(&call, 1.5, 0.8, false);
    close(group.ok, 1.0);
    close(group.attempts, 0.3);
    close(group.ok_time.mean, 0.003);
}

#[test]
fn the_first_failure_ends_the_request() {
    let call = Call::new(&attempt(0.5), &retries(1, 0.0));
    let group = Group::new(&call, 2.0, 0.0, false);
    close(group.ok, 0.25);
    close(group.attempts, 1.5);
    // Failures at the first call cost 2 s, at the second 2.01 s, two to one.
    close(group.fail_s, 2.0 + 0.01 / 3.0);
    let optional = Group::new(&call, 2.0, 0.0, true);
    close(optional.ok, 1.0);
    close(optional.ok_time.mean, 2.01);
    let spared = Group::new(&call, 1.0, 0.8, false);
    close(spared.ok, 0.9);
}

#[test]
fn an_attempt_is_cut_off_at_its_timeout() {
    let slow = Attempt::cut_off(Moments::from_cv(1.0, 1.0), 1.0, 0.0, 1.0, 0.0);
    close(slow.ok, 1.0 - libm::exp(-1.0));
    close(slow.fail_s, 1.0);
    assert!(slow.ok_time.mean < 0.5);
    let full = Attempt::cut_off(Moments::from_cv(0.01, 1.0), 0.4, 0.0, 1.0, 0.002);
    close(full.ok, 0.4);
    close(full.fail_s, 0.002);
}

#[test]
fn lost_messages_are_sent_again_until_the_timeout() {
    // Always 10 ms, and one message in five is lost: late by 0, 0.2, 0.4, 0.6 and 0.8 s.
    let time = Moments::fixed(0.01);
    let attempt = Attempt::over_network(0.2, time, (1.0, 0.0), 1.0, 0.0);
    let courses = [
        (0.0, 1.0),
        (0.2, 0.4),
        (0.4, 0.04),
        (0.6, 0.08),
        (0.8, 0.016),
    ];
    let ok: f64 = courses.iter().map(|(_, weight)| 0.64 * weight).sum();
    let sum: f64 = courses
        .iter()
        .map(|(late, weight)| 0.64 * weight * (0.01 + late))
        .sum();
    close(attempt.ok, ok);
    close(attempt.ok_time.mean, sum / ok);
    close(attempt.fail_s, 1.0);
    // Without loss, and without a timeout.
    let whole = Attempt::over_network(0.0, time, (1.0, 0.0), 1.0, 0.0);
    assert_eq!(whole, Attempt::cut_off(time, 1.0, 0.0, 1.0, 0.0));
    let patient = Attempt::over_network(0.05, time, (1.0, 0.0), 1e6, 0.0);
    let mean = 0.01 + 2.0 * 0.2 * 0.05 / 0.9;
    assert!((patient.ok_time.mean / mean - 1.0).abs() < 2e-3);
}

//! Endpoints that stand still: nothing is lost, and everybody loses as much time.

use tradewind::model::{ArrivalProcess, Discipline};
use tradewind::sim::flow::Target;
use tradewind::units::SimTime;

use crate::bench::{Exact, call, deployment, endpoint, graph, service, state};

/// No stall of these tests ends by itself.
const FOREVER: SimTime = SimTime::from_s(1_000_000);
/// Seconds that one query takes.
const QUERY_S: f64 = 5.0;

/// A query every ten seconds, the first at 10 s, to a database with one server.
fn slow_queries(discipline: Discipline, timeout_s: f64) -> Exact {
    let mut front = deployment("front", 1000, service(0.0, 0.0), 0);
    let mut flow = call(Target::Database(0));
    flow.timeout_s = timeout_s;
    front.calls.push(flow);
    let mut parts = graph(1, vec![front]);
    let mut database = endpoint("db", 1, service(QUERY_S, 0.0));
    database.discipline = discipline;
    parts.databases.push(database);
    let state = state(&parts, 1);
    Exact::new((parts, state), &ArrivalProcess::Deterministic, 0.1, 3)
}

fn stall(exact: &mut Exact, from_s: f64, to_s: f64) {
    exact.play(from_s - exact.now.as_s_f64());
    exact.change(|state| state.databases[0].stalled_until = Some(FOREVER));
    exact.play(to_s - from_s);
    exact.change(|state| state.databases[0].stalled_until = None);
}

/// Longest response of a run until `end_s`, in seconds.
fn longest_s(mut exact: Exact, end_s: f64) -> f64 {
    exact.play(end_s - exact.now.as_s_f64());
    let log = exact.log();
    let slowest = log.intervals.iter().filter_map(|it| it.latency_p99_s);
    slowest.fold(0.0, f64::max)
}

#[track_caller]
fn check(got_s: f64, expected_s: f64) {
    // As fine as the histogram.
    assert!(
        (got_s / expected_s - 1.0).abs() < 0.02,
        "{got_s} {expected_s}"
    );
}

#[test]
fn a_service_goes_on_where_it_stopped() {
    for discipline in [Discipline::Fifo, Discipline::ProcessorSharing] {
        check(longest_s(slow_queries(discipline, 1e6), 20.0), QUERY_S);
        // Twice inside the service of the query that comes at 10 s.
        let mut exact = slow_queries(discipline, 1e6);
        stall(&mut exact, 11.0, 12.0);
        stall(&mut exact, 13.0, 15.0);
        check(longest_s(exact, 19.0), QUERY_S + 3.0);
        // Over before anybody comes.
        let mut exact = slow_queries(discipline, 1e6);
        stall(&mut exact, 5.0, 9.0);
        check(longest_s(exact, 19.0), QUERY_S);
    }
}

#[test]
fn who_comes_meanwhile_waits() {
    for discipline in [Discipline::Fifo, Discipline::Lifo] {
        let mut exact = slow_queries(discipline, 1e6);
        // Queries come at 10 and 20 s and find an idle server that serves nobody. The first of them
        // is served first, or last.
        stall(&mut exact, 8.0, 22.0);
        let services = if discipline == Discipline::Lifo {
            2.0
        } else {
            1.0
        };
        let expected_s = 22.0 + services * QUERY_S - 10.0;
        check(longest_s(exact, 34.0), expected_s);
    }
}

#[test]
fn what_stands_still_may_die() {
    for discipline in [Discipline::Fifo, Discipline::ProcessorSharing] {
        for is_back_before_it_goes_on in [true, false] {
            let mut exact = slow_queries(discipline, 9.0);
            exact.play(12.0);
            exact.change(|state| state.databases[0].stalled_until = Some(FOREVER));
            exact.play(1.0);
            exact.change(|state| state.databases[0].up = false);
            exact.play(1.0);
            exact.change(|state| {
                let database = &mut state.databases[0];
                database.up = is_back_before_it_goes_on;
                database.stalled_until = is_back_before_it_goes_on.then_some(FOREVER);
            });
            exact.play(8.0);
            exact.change(|state| {
                state.databases[0].up = true;
                state.databases[0].stalled_until = None;
            });
            exact.play(12.0 + 10.5);
            // The query of 10 s is lost. That of 20 s waits until 22 s, or is lost as well; the
            // next are answered as ever, and the last is under way.
            assert_eq!((exact.plane.in_flight(), exact.plane.visits()), (1, 2));
            let log = exact.log();
            let failed: f64 = log.intervals.iter().map(crate::bench::failed).sum();
            let succeeded: f64 = log.intervals.iter().map(|it| it.succeeded).sum();
            let (lost, waited_s) = if is_back_before_it_goes_on {
                (1.0, 2.0)
            } else {
                (2.0, 0.0)
            };
            assert_eq!((failed, succeeded), (lost, 3.0 - lost));
            let slowest_s = log.intervals[4].latency_p99_s.expect("answers");
            check(slowest_s, QUERY_S + waited_s);
        }
    }
}

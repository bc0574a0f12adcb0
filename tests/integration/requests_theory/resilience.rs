//! Retries, budgets, breakers, hedges, pools: what they cost and what they save.

use tradewind::model::{ArrivalProcess, CircuitBreaker, ServiceLaw, ServiceTime};
use tradewind::sim::flow::{DeploymentFlow, FlowGraph, FlowState, Target};
use tradewind::sim::run_log::{FailureCause, RunLog, StationKind};

use super::{Twin, UNIT_S};
use crate::bench::{Bench, Exact, call, deployment, endpoint, failed, graph, service, state};

/// A deployment that is never short of servers.
fn roomy(id: &str, mean_s: f64) -> DeploymentFlow {
    deployment(id, 1_000_000, service(mean_s, 1.0), 0)
}

/// A front with room for everybody that makes `flow` to a database of `servers`.
fn front_and_database(flow: tradewind::sim::flow::CallFlow, servers: u32) -> FlowGraph {
    let mut front = roomy("front", 0.0);
    front.calls.push(flow);
    let mut parts = graph(1, vec![front]);
    parts
        .databases
        .push(endpoint("db", servers, service(UNIT_S, 1.0)));
    parts
}

/// Plays a minute at `rate` after one minute of warming up, and what that leaves.
fn minute(system: (FlowGraph, FlowState), rate: f64) -> RunLog {
    let mut exact = Exact::new(system, &ArrivalProcess::Poisson, rate, 7);
    exact.play(60.0);
    exact.play(60.0);
    exact.log()
}

/// Calls that reached the database, per request of the last interval.
fn load_on_database(log: &RunLog) -> f64 {
    let is_database = |it: &tradewind::sim::run_log::Station| it.kind == StationKind::Database;
    let station = log
        .stations
        .iter()
        .position(is_database)
        .expect("a database");
    let last = log.intervals.len() - 1;
    log.sample(last, station).arrival_rate * 60.0 / log.intervals[last].offered
}

#[test]
fn retries_multiply_from_layer_to_layer() {
    // Published results 4.3: three layers of four attempts send 64, of three attempts 27.
    for (attempts, expected) in [(4, 64.0), (3, 27.0)] {
        let again = |target| {
            let mut flow = call(target);
            flow.attempts = attempts;
            flow.backoff_s = 1e-3;
            flow
        };
        let mut first = roomy("first", 0.0);
        first.calls.push(again(Target::Deployment(1)));
        let mut second = roomy("second", 0.0);
        second.calls.push(again(Target::Database(0)));
        let mut parts = graph(1, vec![first, second]);
        parts.entry.call = again(Target::Deployment(0));
        // Without servers and places it refuses everybody at once.
        let mut refusing = endpoint("db", 0, service(UNIT_S, 1.0));
        refusing.queue_capacity = 0;
        parts.databases.push(refusing);
        let state = state(&parts, 1);
        let log = minute((parts, state), 50.0);
        let load = load_on_database(&log);
        assert!((load / expected - 1.0).abs() < 0.01, "{attempts}: {load}");
        let failed = log.intervals[1].failed[FailureCause::DependencyFailed.index()];
        assert!((failed / log.intervals[1].offered - 1.0).abs() < 0.01);
    }
}

#[test]
fn a_budget_bounds_the_extra_load_of_a_total_outage() {
    // Published result 4.4: a budget of 10 % leaves 1.1 times the load.
    let mut flow = call(Target::Database(0));
    flow.attempts = 4;
    flow.backoff_s = 1e-3;
    flow.retry_budget = Some(0.1);
    let mut parts = front_and_database(flow, 0);
    parts.databases[0].queue_capacity = 0;
    let state = state(&parts, 1);
    let load = load_on_database(&minute((parts, state), 100.0));
    assert!((load - 1.1).abs() < 0.002, "{load}");
}

#[test]
fn independent_attempts_succeed_as_their_chances_say() {
    // Half of the listed pods are dead: retry-b of the vectors, up to three retries.
    let mut front = roomy("front", 0.0);
    let mut flow = call(Target::Deployment(1));
    flow.attempts = 4;
    flow.timeout_s = 0.05;
    flow.backoff_s = 1e-3;
    front.calls.push(flow);
    let parts = graph(1, vec![front, roomy("back", UNIT_S)]);
    let mut state = state(&parts, 1);
    state.pods[1].dead_in_endpoints = 1;
    let twin = Twin::play_under(
        (parts, state),
        &ArrivalProcess::Poisson,
        (2000.0, 1e6),
        UNIT_S,
    );
    twin.failed.check("independent retries", 1.0 - 0.9375);
}

#[test]
fn an_open_breaker_spares_a_dead_dependency_and_its_callers() {
    let mut flow = call(Target::Database(0));
    flow.timeout_s = 2.0;
    flow.optional = true;
    let plain = front_and_database(flow.clone(), 8);
    flow.circuit_breaker = Some(CircuitBreaker::default());
    let guarded = front_and_database(flow, 8);
    let play = |parts: FlowGraph| {
        let mut state = state(&parts, 1);
        state.databases[0].up = false;
        minute((parts, state), 100.0)
    };
    let waits = |log: &RunLog| log.intervals[1].latency_p50_s.expect("successes");
    let (plain, guarded) = (play(plain), play(guarded));
    assert!((waits(&plain) - 2.0).abs() < 0.02, "{}", waits(&plain));
    assert!(waits(&guarded) < 1e-3, "{}", waits(&guarded));
}

#[test]
fn who_is_turned_away_tries_again_and_may_be_again() {
    // Of three attempts each is turned away with a chance of 60 %.
    let mut parts = graph(2, vec![roomy("front", 0.01)]);
    parts.entry.call.attempts = 3;
    parts.entry.call.backoff_s = 1e-3;
    let mut state = state(&parts, 1);
    state.shed_share = 0.6;
    let mut fluid = Bench::new(parts.clone(), state.clone());
    fluid.play(1000.0, 2);
    for log in [fluid.log(), minute((parts, state), 1000.0)] {
        let last = &log.intervals[1];
        let shed = last.failed[FailureCause::Shed.index()];
        assert!((shed / last.offered - 0.216).abs() < 0.007, "{shed}");
        assert!((failed(last) - shed).abs() < 1e-6, "for no other reason");
        let attempts = last.attempts / last.offered;
        assert!((attempts - 1.96).abs() < 0.02, "{attempts}");
    }
}

#[test]
fn hedges_cut_the_tail_for_little_load() {
    // Published result 4.5 by direction: a second attempt after the 95th percentile costs about
    // 5 % more calls and spares nearly everybody the tail.
    let play = |hedge_after_s| {
        let mut flow = call(Target::Database(0));
        flow.hedge_after_s = hedge_after_s;
        let mut parts = front_and_database(flow, 100_000);
        parts.databases[0].service_time = ServiceTime {
            law: ServiceLaw::Lognormal,
            ..service(UNIT_S, 3.0)
        };
        let state = state(&parts, 1);
        minute((parts, state), 5000.0)
    };
    let plain = play(None);
    let p95_s = plain.intervals[1].latency_p95_s.expect("successes");
    let hedged = play(Some(p95_s));
    let load = load_on_database(&hedged);
    assert!((load - 1.05).abs() < 0.005, "{load}");
    let p99 = |log: &RunLog| log.intervals[1].latency_p99_s.expect("successes");
    // A call slower than p95 meets a second one, which is slow again one time in twenty.
    assert!(
        p99(&hedged) < 0.65 * p99(&plain),
        "{} {}",
        p99(&hedged),
        p99(&plain)
    );
    assert!(p99(&hedged) > p95_s);
}

#[test]
fn a_connection_pool_is_a_queue_of_its_own() {
    // Five connections to a database that never waits: M/M/5 at 80 %, as mmc-05.
    let mut flow = call(Target::Database(0));
    flow.pool_size = Some(5);
    let parts = front_and_database(flow, 100_000);
    let twin = Twin::play(parts, &ArrivalProcess::Poisson, 4.0 / UNIT_S, 4e6, UNIT_S);
    twin.check_mean("pool of 5", 1.554_112_554_112_554_2);
}

#[test]
fn what_a_dead_pod_held_is_lost_and_nothing_else() {
    let parts = graph(1, vec![deployment("web", 4, service(0.5, 1.0), 1000)]);
    let mut parts = parts;
    parts.entry.call.timeout_s = 3.0;
    let state = state(&parts, 4);
    let mut exact = Exact::new((parts, state), &ArrivalProcess::Poisson, 16.0, 3);
    exact.play(60.0);
    let inside = exact.plane.in_flight();
    exact.change(|state| {
        state.pods[0].ready = 2;
        state.pods[0].in_balancer = 2;
        state.pods[0].dead_in_balancer = 2;
    });
    exact.play(60.0);
    exact.change(|state| state.pods[0].dead_in_balancer = 0);
    exact.play(60.0);
    let log = exact.log();
    let unreachable = |at: usize| log.intervals[at].failed[FailureCause::TargetUnreachable.index()];
    // Half of the requests meet a dead target for a minute.
    let share = unreachable(1) / log.intervals[1].offered;
    assert!((share - 0.5).abs() < 0.08, "{share}, {inside} inside");
    assert!(
        unreachable(2) <= 40.0,
        "only the last of them: {}",
        unreachable(2)
    );
}

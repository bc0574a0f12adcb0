//! The plane in motion: faults, overload, retries.

use proptest::prelude::*;

use super::{cases, close, number};
use crate::bench::{Bench, call, deployment, endpoint, failed, graph, service, state};
use tradewind::sim::flow::{FlowGraph, PodGroup, Target};
use tradewind::sim::fluid::law::Moments;
use tradewind::sim::fluid::station::variability::Arrivals;
use tradewind::sim::fluid::station::{Demand, Queue};
use tradewind::sim::recorder::conservation_error;
use tradewind::sim::run_log::FailureCause;

/// Queues of the vectors: capacity falls for a while, then the backlog is worked off.
#[test]
fn fluid_backlogs_grow_and_drain_as_theory_says() {
    for case in cases("fluid backlog") {
        let (input, expect) = (&case["input"], &case["expect"]);
        let servers = 1000;
        let demand = |capacity: f64| Demand {
            arrivals: Arrivals::Poisson,
            arrival_rate: number(input, "arrival_rate"),
            servers,
            hold: Moments::from_cv(f64::from(servers) / capacity.max(1e-3), 1.0),
            places: f64::INFINITY,
            patience_s: f64::INFINITY,
        };
        let mut queue = Queue::default();
        let mut at_s = 0.0;
        let during_s = number(input, "duration_s");
        let during = demand(number(input, "capacity_during"));
        while at_s < during_s {
            queue.length = queue.serve(&during, &during.rest(), 5.0).queue;
            at_s += 5.0;
        }
        let peak = queue.length;
        let after = demand(number(input, "capacity_after"));
        let step_s = number(expect, "drain_seconds") / 500.0;
        let mut drain_s = 0.0;
        while queue.length > after.rest().queue * 1.001 && drain_s < 1e6 {
            queue.length = queue.serve(&after, &after.rest(), step_s).queue;
            drain_s += step_s;
        }
        let id = case["id"].as_str().unwrap_or_default();
        close(id, peak, number(expect, "peak_backlog"), 0.01);
        // What waits at rest need not be worked off.
        let resting_s = after.rest().queue / (after.capacity() - number(input, "arrival_rate"));
        close(
            id,
            drain_s + resting_s,
            number(expect, "drain_seconds"),
            0.02,
        );
    }
}

fn web(pods: u32, zones: usize, servers: u32) -> Bench {
    let flow = deployment("web", servers, service(0.05, 1.0), 100_000);
    let mut graph = graph(zones, vec![flow]);
    graph.entry.call.timeout_s = 3.0;
    let state = state(&graph, pods);
    Bench::new(graph, state)
}

#[test]
fn dead_targets_fail_exactly_their_share() {
    let mut bench = web(3, 3, 8);
    bench.play(200.0, 5);
    bench.change(|state| {
        state.pods[0] = PodGroup {
            dead_in_balancer: 3,
            ..PodGroup::default()
        };
    });
    bench.play(200.0, 5);
    let log = bench.log();
    let last = log.intervals.last().expect("ten intervals");
    let dead = last.failed[FailureCause::TargetUnreachable.index()];
    close("dead share", dead / last.offered, 1.0 / 3.0, 1e-6);
    close(
        "the rest succeeds",
        last.succeeded / last.offered,
        2.0 / 3.0,
        1e-6,
    );
}

#[test]
fn clients_of_a_dead_balancer_node_fail_until_dns_forgets_it() {
    let mut bench = web(3, 3, 8);
    bench.play(200.0, 3);
    bench.change(|state| state.entry[1].alive = false);
    bench.play(200.0, 3);
    bench.change(|state| {
        for (zone, share) in [(0, 0.5), (1, 0.0), (2, 0.5)] {
            state.entry[zone].dns_share = share;
        }
    });
    bench.play(200.0, 3);
    let log = bench.log();
    let cause = FailureCause::EntryUnreachable.index();
    close(
        "a third",
        log.intervals[5].failed[cause] / log.intervals[5].offered,
        1.0 / 3.0,
        1e-6,
    );
    assert!(failed(&log.intervals[8]) < 1e-6, "{:?}", log.intervals[8]);
}

#[test]
fn nobody_there_is_no_capacity() {
    let mut bench = web(0, 1, 8);
    bench.play(50.0, 2);
    let log = bench.log();
    let last = &log.intervals[1];
    close(
        "all",
        last.failed[FailureCause::NoCapacity.index()],
        last.offered,
        1e-6,
    );
    assert_eq!(last.latency_p50_s, None);
}

fn with_database() -> FlowGraph {
    let mut flow = deployment("web", 64, service(0.02, 1.0), 1000);
    let mut to = call(Target::Database(0));
    to.timeout_s = 1.0;
    flow.calls.push(to);
    let mut graph = graph(1, vec![flow]);
    graph.entry.call.timeout_s = 3.0;
    graph
        .databases
        .push(endpoint("db", 32, service(0.004, 1.0)));
    graph
}

#[test]
fn a_dead_database_fails_every_request_and_holds_its_callers() {
    let graph = with_database();
    let state = state(&graph, 4);
    let mut bench = Bench::new(graph, state);
    bench.play(100.0, 5);
    let cores = bench.plane.network().pools[0].service.utilization;
    bench.change(|state| state.databases[0].up = false);
    bench.play(100.0, 5);
    let busy = bench.plane.network().pools[0].service.utilization;
    // 100/s hold a server for 1.02 s instead of 0.024 s.
    close("busy before", cores, 100.0 * 0.024 / 256.0, 0.05);
    close("busy while it is down", busy, 100.0 * 1.02 / 256.0, 0.02);
    bench.change(|state| state.databases[0].up = true);
    bench.play(100.0, 5);
    let log = bench.log();
    let down = &log.intervals[8];
    close(
        "all fail",
        down.failed[FailureCause::DependencyFailed.index()],
        down.offered,
        1e-6,
    );
    let after = log.intervals.last().expect("fifteen intervals");
    close("all succeed again", after.succeeded, after.offered, 1e-3);
}

#[test]
fn a_cache_that_is_down_costs_its_timeout_and_loads_the_database() {
    let mut graph = with_database();
    graph
        .caches
        .push(endpoint("redis", 16, service(0.000_5, 1.0)));
    let mut look_up = call(Target::Cache(0));
    look_up.timeout_s = 0.2;
    graph.deployments[0].calls.insert(0, look_up);
    graph.deployments[0].calls[1].unless_cached_by = Some(0);
    let mut state = state(&graph, 4);
    state.caches[0].hit_ratio = 0.8;
    let mut bench = Bench::new(graph, state);
    bench.play(100.0, 5);
    let database = |bench: &Bench| bench.plane.network().databases[0].arrival_rate;
    close("misses", database(&bench), 20.0, 1e-3);
    bench.change(|state| state.caches[0].up = false);
    bench.play(100.0, 5);
    close("all go to the database", database(&bench), 100.0, 1e-3);
    let log = bench.log();
    let (before, after) = (&log.intervals[4], &log.intervals[9]);
    close("nothing fails", after.succeeded, after.offered, 1e-3);
    let p50 = |interval: &tradewind::sim::run_log::Interval| interval.latency_p50_s.expect("some");
    assert!(
        p50(after) > p50(before) + 0.19,
        "the timeout shows in every response"
    );
}

#[test]
fn retries_multiply_attempts_at_the_users_and_at_calls() {
    let mut graph = with_database();
    graph.entry.call.attempts = 3;
    graph.entry.call.timeout_s = 30.0;
    graph.deployments[0].calls[0].attempts = 4;
    let state = state(&graph, 40);
    let mut bench = Bench::new(graph, state);
    bench.play(10.0, 5);
    bench.change(|state| state.databases[0].up = false);
    bench.play(10.0, 30);
    let network = bench.plane.network();
    let calls_per_attempt = network.calls[0].rate / network.pools[0].arrival_rate;
    let log = bench.log();
    let last = log.intervals.last().expect("intervals");
    close(
        "three attempts a request",
        last.attempts / last.offered,
        3.0,
        0.01,
    );
    close("four calls an attempt", calls_per_attempt, 4.0, 0.01);
    assert!(last.succeeded < 1e-6);
}

#[test]
fn a_spike_leaves_a_backlog_that_drains_in_time() {
    // 2 pods x 100 servers / 50 ms = 4000/s; 5 x 1000/s for 2 minutes is 1000/s too many.
    let flow = deployment("web", 100, service(0.05, 1.0), 1_000_000);
    let mut parts = graph(1, vec![flow]);
    parts.entry.call.timeout_s = 3600.0;
    let state = state(&parts, 2);
    let mut bench = Bench::new(parts, state);
    bench.play(1000.0, 5);
    bench.play(5000.0, 2);
    let backlog = bench.plane.network().pools[0].queue.length;
    close("backlog", backlog, 120_000.0, 0.02);
    bench.play(1000.0, 3);
    let log = bench.log();
    // 120000 at (4000 - 1000)/s is 40 s.
    let drained = log.intervals[7].in_flight;
    assert!(drained < 200.0, "within the first minute: {drained}");
    let all: f64 = log.intervals.iter().map(failed).sum();
    assert!(all < 1e-6, "nothing is lost: {all}");
    let kinds: Vec<_> = log.events.iter().map(|event| event.kind.clone()).collect();
    assert_eq!(kinds.len(), 2, "saturated once, and no longer: {kinds:?}");
    let wait = log.intervals[6].latency_p99_s.expect("successes");
    close("p99 of the second minute", wait, 30.0, 0.1);
}

#[test]
fn patience_turns_a_backlog_into_time_outs() {
    let flow = deployment("web", 100, service(0.05, 1.0), 1_000_000);
    let mut parts = graph(1, vec![flow]);
    parts.entry.call.timeout_s = 2.0;
    let state = state(&parts, 1);
    let mut bench = Bench::new(parts, state);
    bench.play(1000.0, 3);
    bench.play(4000.0, 5);
    bench.play(1000.0, 3);
    let log = bench.log();
    let worst = &log.intervals[7];
    let late = worst.failed[FailureCause::TimedOut.index()];
    assert!(
        late > 0.5 * worst.offered,
        "half of the work is too much: {worst:?}"
    );
    let last = log.intervals.last().expect("intervals");
    close("it recovers", last.succeeded, last.offered, 1e-3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever happens to pods, balancer nodes, databases and load: no request is made or lost.
    #[test]
    fn requests_are_conserved(
        steps in prop::collection::vec(
            (0.0..3000.0_f64, 0..6_u32, 0..4_u32, any::<bool>(), any::<bool>(), 0.0..1.0_f64),
            1..12,
        ),
        attempts in 1..5_u32,
        timeout_s in 0.05..10.0_f64,
    ) {
        let mut graph = with_database();
        graph.zone_count = 2;
        graph.entry.call.attempts = attempts;
        graph.entry.call.timeout_s = timeout_s;
        let state = state(&graph, 2);
        let mut bench = Bench::new(graph, state);
        for (rate, pods, dead, database, alive, share) in steps {
            bench.change(|state| {
                state.pods[0] = PodGroup {
                    ready: pods,
                    in_balancer: pods,
                    dead_in_balancer: dead,
                    dead_in_endpoints: dead,
                    ..PodGroup::default()
                };
                state.databases[0].up = database;
                state.entry[0].alive = alive;
                state.entry[0].dns_share = share;
                state.entry[1].dns_share = 1.0 - share;
            });
            bench.play(rate, 2);
        }
        let log = bench.log();
        let mut before = 0.0;
        for interval in &log.intervals {
            let error = conservation_error(interval, before);
            prop_assert!(error < 1e-9, "{error}: {interval:?} after {before}");
            prop_assert!(interval.succeeded >= 0.0 && interval.in_flight >= 0.0);
            prop_assert!(interval.failed.iter().all(|it| *it >= 0.0));
            prop_assert!(interval.attempts + 1e-6 >= interval.offered);
            before = interval.in_flight;
        }
    }
}

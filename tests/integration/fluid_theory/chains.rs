//! Services behind services: slow and dead dependencies, retries that feed themselves, bytes.

use super::close;
use crate::bench::{Bench, call, deployment, endpoint, failed, graph, service, state};
use tradewind::sim::flow::{FlowGraph, PodGroup, Target};
use tradewind::sim::run_log::{FailureCause, Meter, RunLog};

/// A front that calls a back once per request.
fn two_tiers(attempts: u32) -> FlowGraph {
    let mut front = deployment("front", 100, service(0.01, 1.0), 1000);
    let mut to = call(Target::Deployment(1));
    to.timeout_s = 0.5;
    to.attempts = attempts;
    to.backoff_s = 0.0;
    front.calls.push(to);
    let back = deployment("back", 20, service(0.02, 1.0), 1000);
    let mut graph = graph(2, vec![front, back]);
    graph.entry.call.timeout_s = 10.0;
    graph
}

fn kill_a_quarter_of_the_back(bench: &mut Bench) {
    bench.change(|state| {
        state.pods[2] = PodGroup {
            ready: 2,
            in_balancer: 2,
            dead_in_endpoints: 2,
            ..PodGroup::default()
        };
    });
}

#[test]
fn dead_pods_in_the_endpoints_fail_their_share_of_calls() {
    let graph = two_tiers(1);
    let state = state(&graph, 4);
    let mut bench = Bench::new(graph, state);
    bench.play(500.0, 3);
    kill_a_quarter_of_the_back(&mut bench);
    bench.play(500.0, 3);
    let log = bench.log();
    let last = &log.intervals[5];
    let cause = FailureCause::DependencyFailed.index();
    close("a quarter", last.failed[cause] / last.offered, 0.25, 1e-6);
}

#[test]
fn retries_of_calls_hide_dead_pods_at_the_price_of_time() {
    let graph = two_tiers(3);
    let state = state(&graph, 4);
    let mut bench = Bench::new(graph, state);
    bench.play(500.0, 3);
    kill_a_quarter_of_the_back(&mut bench);
    bench.play(500.0, 3);
    let held_s = bench.plane.network().pools[0].hold.mean;
    // Failed attempts before the last: 1/4 + 1/16 (+ 1/64 for those that fail for good).
    close(
        "held",
        held_s,
        0.01 + 0.02 * 63.0 / 64.0 + 0.5 * 21.0 / 64.0,
        0.02,
    );
    let log = bench.log();
    let last = &log.intervals[5];
    close(
        "one in 64 fails",
        failed(last) / last.offered,
        1.0 / 64.0,
        0.01,
    );
    let p95 = last.latency_p95_s.expect("successes");
    assert!(
        p95 > 0.5,
        "{p95}: a timeout lies within the slowest twentieth"
    );
    assert!(last.latency_p50_s.expect("successes") < 0.1);
}

#[test]
fn a_slow_dependency_fills_its_callers() {
    let mut front = deployment("web", 50, service(0.01, 1.0), 100);
    front.calls.push(call(Target::External(0)));
    let mut parts = graph(1, vec![front]);
    parts.entry.call.timeout_s = 60.0;
    parts
        .externals
        .push(endpoint("pay", u32::MAX, service(0.04, 1.0)));
    let state = state(&parts, 2);
    let mut bench = Bench::new(parts, state);
    bench.play(500.0, 3);
    bench.change(|state| state.externals[0].network.added_latency_s = 0.95);
    bench.play(500.0, 5);
    let log = bench.log();
    assert!(failed(&log.intervals[2]) < 1e-6);
    // 100 servers held for a second serve 100 of 500 requests per second.
    let last = &log.intervals[7];
    let rejected = last.failed[FailureCause::Rejected.index()];
    close("rejected", rejected / last.offered, 0.8, 0.01);
    close("served", last.succeeded / last.offered, 0.2, 0.04);
    // Those served wait behind 200 others, two seconds, and then take one.
    close("median", last.latency_p50_s.expect("successes"), 3.0, 0.05);
}

fn storm(attempts: u32) -> RunLog {
    let flow = deployment("web", 40, service(0.05, 1.0), 100_000);
    let mut parts = graph(1, vec![flow]);
    parts.entry.call.timeout_s = 0.5;
    parts.entry.call.attempts = attempts;
    let state = state(&parts, 2);
    let mut bench = Bench::new(parts, state);
    bench.play(1200.0, 3);
    bench.play(4000.0, 3);
    bench.play(1200.0, 10);
    bench.log()
}

#[test]
fn a_retry_storm_outlives_its_cause() {
    let calm = storm(1);
    let last = calm.intervals.last().expect("intervals");
    close(
        "without retries it recovers",
        last.succeeded,
        last.offered,
        1e-3,
    );
    let stormy = storm(4);
    let last = stormy.intervals.last().expect("intervals");
    assert!(
        last.succeeded < 0.5 * last.offered,
        "4 x 1200/s keep 1600/s of capacity busy with work nobody waits for: {last:?}"
    );
}

fn metered(log: &RunLog, meter: &Meter) -> f64 {
    let column = log.usage.meters.iter().position(|it| it == meter);
    column.map_or(0.0, |column| log.usage.total(column))
}

#[test]
fn bytes_are_counted_once_per_way() {
    let mut front = deployment("web", 100, service(0.01, 1.0), 1000);
    front.calls.push(call(Target::Database(0)));
    front.calls.push(call(Target::External(0)));
    let mut parts = graph(3, vec![front]);
    parts.entry.balancer_id = Some("lb".to_string());
    parts.entry.requests_per_connection = 4.0;
    parts.entry.rules = 12;
    parts
        .databases
        .push(endpoint("db", 100, service(0.001, 1.0)));
    parts
        .externals
        .push(endpoint("pay", u32::MAX, service(0.05, 1.0)));
    parts.externals[0].by_nat = true;
    parts.egress_bytes_per_request = 30.0;
    let mut state = state(&parts, 2);
    state.egress_zone = vec![0, 0, 0];
    let mut bench = Bench::new(parts, state);
    bench.play(100.0, 15);
    let log = bench.log();
    let served: f64 = log.intervals.iter().map(|it| it.succeeded).sum();
    let per_request = |meter| metered(&log, &meter) / served;
    let check = |what: &str, got: f64, expected: f64| close(what, got, expected, 2e-3);
    // A call moves 100 bytes there and 1000 back.
    check("balancer", per_request(Meter::BalancerBytes), 1100.0);
    check(
        "connections",
        per_request(Meter::BalancerNewConnections),
        0.25,
    );
    check("rules", per_request(Meter::BalancerRuleEvaluations), 2.0);
    check("nat", per_request(Meter::NatBytes), 1130.0);
    check(
        "internet",
        per_request(Meter::InternetEgressBytes),
        1000.0 + 100.0 + 30.0,
    );
    check("served", metered(&log, &Meter::RequestsServed), served);
    // Two zones in three reach database and gateway across a border; the balancer's own
    // crossings are free.
    let crossing = 2.0 / 3.0 * (1100.0 + 1130.0);
    check("cross-zone", per_request(Meter::CrossZoneBytes), crossing);
    // Open while in use (61 ms) and for the idle minute.
    let open_s = 0.25 * 60.0 + 0.061;
    check(
        "open connections",
        per_request(Meter::BalancerConnectionSeconds),
        open_s,
    );
}

#[test]
fn without_a_way_out_external_calls_time_out() {
    let mut front = deployment("web", 100, service(0.01, 1.0), 1000);
    let mut to = call(Target::External(0));
    to.timeout_s = 2.0;
    to.per_request = 0.1;
    front.calls.push(to);
    let mut parts = graph(2, vec![front]);
    parts
        .externals
        .push(endpoint("pay", u32::MAX, service(0.05, 1.0)));
    parts.externals[0].by_nat = true;
    let state = state(&parts, 4);
    let mut bench = Bench::new(parts, state);
    bench.play(100.0, 3);
    bench.change(|state| state.egress[1] = false);
    bench.play(100.0, 4);
    let log = bench.log();
    let last = &log.intervals[6];
    let cause = FailureCause::DependencyFailed.index();
    close(
        "half of a tenth",
        last.failed[cause] / last.offered,
        0.05,
        1e-3,
    );
}

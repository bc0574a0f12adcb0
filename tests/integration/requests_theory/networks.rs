//! Networks of stations: tandems, Jackson networks, the web chain of the benchmark, fan-out.

use tradewind::model::{ArrivalProcess, Concurrency};
use tradewind::sim::flow::{DeploymentFlow, FlowGraph, Target};

use super::{Twin, UNIT_S};
use crate::bench::{call, deployment, endpoint, graph, service};
use crate::fluid_theory::{cases, number};

/// A station that serves others while its requests are further on.
fn free(id: &str, servers: u32, mean_s: f64) -> DeploymentFlow {
    DeploymentFlow {
        concurrency: Concurrency::EventLoop,
        ..deployment(id, servers, service(mean_s, 1.0), u32::MAX)
    }
}

fn play(parts: FlowGraph, rate: f64, requests: f64) -> Twin {
    Twin::play(parts, &ArrivalProcess::Poisson, rate, requests, UNIT_S)
}

#[test]
fn tandems() {
    for case in cases("tandem M/M/1") {
        let (input, expect) = (&case["input"], &case["expect"]);
        let rates = input["service_rates"].as_array().expect("a list");
        let count = rates.len();
        let mut flows = Vec::new();
        for (at, rate) in rates.iter().enumerate() {
            let rate = rate.as_f64().expect("a number");
            let mut flow = free(&format!("s{at}"), 1, UNIT_S / rate);
            if at + 1 < count {
                flow.calls.push(call(Target::Deployment(at + 1)));
            }
            flows.push(flow);
        }
        let rate = number(input, "arrival_rate") / UNIT_S;
        let twin = play(graph(1, flows), rate, 4e6);
        let id = case["id"].as_str().unwrap_or_default();
        twin.check_mean(id, number(expect, "mean_response"));
        let of = |key: &str| expect[key].as_f64();
        twin.check_quantiles(id, ["response_p50", "response_p95", "response_p99"].map(of));
    }
}

#[test]
fn feed_forward_jackson_networks() {
    // jack-4: everybody goes from the first to the second, four in ten from there to the third.
    let mut first = free("first", 1, UNIT_S / 0.3);
    first.calls.push(call(Target::Deployment(1)));
    let mut second = free("second", 12, UNIT_S / 0.025);
    let mut on = call(Target::Deployment(2));
    on.per_request = 0.4;
    second.calls.push(on);
    let third = free("third", 4, UNIT_S / 0.04);
    let case = cases("Jackson network")
        .into_iter()
        .find(|case| case["id"] == "jack-4")
        .expect("the case");
    let twin = play(graph(1, vec![first, second, third]), 0.2 / UNIT_S, 4e6);
    let seconds = number(&case["expect"], "mean_response");
    twin.check_mean("jack-4", seconds * 1000.0);
}

/// The web chain of the benchmark W2, which has an exact mean as an open Jackson network.
#[test]
fn the_web_chain() {
    let ms = 1e-3;
    let mut edge = free("edge", 100_000, 2.0 * ms);
    edge.calls.push(call(Target::Deployment(1)));
    let mut balancer = free("balancer", 2, 0.5 * ms);
    balancer.calls.push(call(Target::Deployment(2)));
    let mut web = free("web", 4, 12.0 * ms);
    web.calls.push(call(Target::Cache(0)));
    let mut on_a_miss = call(Target::Database(0));
    on_a_miss.unless_cached_by = Some(0);
    web.calls.push(on_a_miss);
    let mut parts = graph(1, vec![edge, balancer, web]);
    parts.caches.push(endpoint("cache", 4, service(ms, 1.0)));
    parts
        .databases
        .push(endpoint("db", 32, service(60.0 * ms, 1.0)));
    let mut state = crate::bench::state(&parts, 1);
    state.pods[2].ready = 8;
    state.pods[2].in_balancer = 8;
    state.caches[0].hit_ratio = 0.8;
    let twin = Twin::play_under((parts, state), &ArrivalProcess::Poisson, (2000.0, 3e6), ms);
    twin.check_mean("web chain", 33.9912);
    // Percentiles convolved as if stations were independent: within 0.3 % at 10^8 requests.
    twin.check_quantiles("web chain", [Some(21.72), Some(109.0), Some(204.8)]);
}

#[test]
fn the_slowest_of_many_parallel_calls() {
    // Ten calls at once, each exponential: the mean of the largest is the tenth harmonic number.
    let mut front = free("front", 100_000, 0.0);
    let mut fan_out = call(Target::Deployment(1));
    fan_out.per_request = 10.0;
    fan_out.parallel = true;
    front.calls.push(fan_out);
    let back = free("back", 100_000, UNIT_S);
    let twin = play(graph(1, vec![front, back]), 1.0 / UNIT_S, 1e6);
    let harmonic: f64 = (1..=10).map(|n| 1.0 / f64::from(n)).sum();
    twin.check_mean("fan-out to 10", harmonic);
    // All ten are quicker than the median with a chance of one half.
    let median = -libm::log(1.0 - libm::pow(0.5, 0.1));
    twin.check_quantiles("fan-out to 10", [Some(median), None, None]);
}

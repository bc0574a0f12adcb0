//! The fluid data plane against closed forms.
//!
//! Steady states are held to the bars of the design: mean 2 %, p50 and p95 3 %, p99 5 %. The
//! vectors are closed forms evaluated elsewhere at 40 digits.

mod chains;
mod motion;
mod reference;

use crate::bench::{at_rest, call, deployment, endpoint, graph, service};
use serde_json::Value;
use tradewind::sim::LatencyHistogram;
use tradewind::sim::flow::Target;
use tradewind::sim::fluid::erlang::erlang_b_inverse;
use tradewind::sim::fluid::law::Moments;
use tradewind::sim::fluid::station::variability::Arrivals;
use tradewind::sim::fluid::station::{Demand, Queue};

const VECTORS: &str = include_str!("../vectors/queueing.json");

pub fn cases(model: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let cases = all["cases"].as_array().expect("a list of cases").clone();
    let chosen: Vec<_> = cases
        .into_iter()
        .filter(|case| case["model"] == model)
        .collect();
    assert!(!chosen.is_empty(), "no case of {model}");
    chosen
}

pub fn number(of: &Value, key: &str) -> f64 {
    of[key].as_f64().unwrap_or_else(|| panic!("{key} in {of}"))
}

#[track_caller]
fn close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{what}: {got}, expected {expected} within {tolerance}"
    );
}

/// A time unit of the vectors in seconds. At 99 % load a queue takes ten thousands of service times
/// to come to rest, so units are short.
const UNIT_S: f64 = 1e-3;

/// Mean and percentiles within the bars, where the case names them in units of `UNIT_S`.
#[track_caller]
fn check_response(case: &Value, latency: &LatencyHistogram) {
    let expect = &case["expect"];
    let id = case["id"].as_str().unwrap_or_default();
    let figures = [
        ("mean_response", latency.mean_s(), 0.02),
        ("response_p50", latency.quantile_s(0.5), 0.03),
        ("response_p95", latency.quantile_s(0.95), 0.03),
        ("response_p99", latency.quantile_s(0.99), 0.05),
    ];
    for (key, got, tolerance) in figures {
        if let Some(expected) = expect[key].as_f64() {
            let got = got.unwrap_or_else(|| panic!("{id}: nothing succeeded"));
            close(&format!("{id} {key}"), got, expected * UNIT_S, tolerance);
        }
    }
}

/// One station of `servers` in one pod, with times in units of `UNIT_S`.
fn station(servers: u32, mean: f64, cv: f64, places: u32, rate: f64) -> LatencyHistogram {
    let flow = deployment("web", servers, service(mean * UNIT_S, cv), places);
    at_rest(graph(1, vec![flow]), 1, rate / UNIT_S)
}

#[test]
fn m_m_1_and_m_m_c_response_times() {
    for model in ["M/M/1", "M/M/c"] {
        for case in cases(model) {
            let input = &case["input"];
            let servers = input["servers"].as_u64().unwrap_or(1) as u32;
            let mean_s = 1.0 / number(input, "service_rate");
            let rate = number(input, "arrival_rate");
            let latency = station(servers, mean_s, 1.0, u32::MAX, rate);
            check_response(&case, &latency);
        }
    }
}

#[test]
fn m_m_c_from_ten_to_ninety_five_percent() {
    for servers in [1_u32, 4, 16, 64, 240] {
        for percent in [10, 30, 50, 70, 80, 90, 95] {
            let rho = f64::from(percent) / 100.0;
            let c = f64::from(servers);
            let rate = rho * c / 0.02;
            let latency = station(servers, 0.02 / UNIT_S, 1.0, u32::MAX, rate * UNIT_S);
            let inverse = {
                let mut inverse = 1.0;
                for k in 1..=servers {
                    inverse = 1.0 + inverse * f64::from(k) / (rho * c);
                }
                inverse
            };
            let p_wait = 1.0 / (inverse * (1.0 - rho) + rho);
            let drain = c / 0.02 - rate;
            // P(T > t) of an exponential service after an exponential wait with chance p_wait.
            let tail = |t: f64| {
                let (mu, theta) = (50.0, drain);
                let both = if (theta - mu).abs() < 1e-9 {
                    (1.0 + mu * t) * libm::exp(-mu * t)
                } else {
                    (theta * libm::exp(-mu * t) - mu * libm::exp(-theta * t)) / (theta - mu)
                };
                (1.0 - p_wait) * libm::exp(-mu * t) + p_wait * both
            };
            let quantile = |q: f64| {
                let (mut low, mut high) = (0.0, 100.0);
                for _ in 0..80 {
                    let middle = 0.5 * (low + high);
                    if tail(middle) > 1.0 - q {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                low
            };
            let name = |what: &str| format!("{servers} servers at {percent} %: {what}");
            let mean = 0.02 + p_wait / drain;
            close(&name("mean"), latency.mean_s().expect("some"), mean, 0.02);
            for (q, bar) in [(0.5, 0.03), (0.95, 0.03), (0.99, 0.05)] {
                let got = latency.quantile_s(q).expect("some");
                close(&name(&format!("p{q}")), got, quantile(q), bar);
            }
        }
    }
}

#[test]
fn m_g_1_means_and_the_percentiles_of_constant_service() {
    for case in cases("M/G/1") {
        let law = &case["input"]["service"];
        let expect = &case["expect"];
        let mean_s = number(expect, "mean_service");
        let cv = number(expect, "scv_service").sqrt();
        let rate = number(&case["input"], "arrival_rate");
        if law["dist"] == "hyperexponential" {
            // Not a law of ours; the mean wait needs two moments only.
            let demand = Demand {
                arrivals: Arrivals::Poisson,
                arrival_rate: rate,
                servers: 1,
                hold: Moments::from_cv(mean_s, cv),
                places: f64::INFINITY,
                patience_s: f64::INFINITY,
            };
            let rest = demand.rest();
            let wait_s = rest.p_wait * rest.wait_s;
            close(
                "hyperexponential",
                wait_s,
                number(expect, "mean_wait"),
                1e-6,
            );
        } else {
            check_response(&case, &station(1, mean_s, cv, u32::MAX, rate));
        }
    }
}

#[test]
fn m_m_c_k_losses_and_response_times() {
    for case in cases("M/M/c/K") {
        let (input, expect) = (&case["input"], &case["expect"]);
        let servers = number(input, "servers") as u32;
        let mean_s = 1.0 / number(input, "service_rate");
        let places = number(input, "capacity_including_in_service") - f64::from(servers);
        let demand = Demand {
            arrivals: Arrivals::Poisson,
            arrival_rate: number(input, "arrival_rate"),
            servers,
            hold: Moments::from_cv(mean_s, 1.0),
            places,
            patience_s: f64::INFINITY,
        };
        let rest = demand.rest();
        let id = case["id"].as_str().unwrap_or_default();
        close(id, rest.lost(), number(expect, "blocking"), 2e-3);
        close(id, rest.queue, number(expect, "mean_in_queue"), 2e-3);
        close(
            id,
            rest.p_wait * rest.wait_s,
            number(expect, "mean_wait"),
            2e-3,
        );
        let rate = number(input, "arrival_rate");
        check_response(&case, &station(servers, mean_s, 1.0, places as u32, rate));
    }
}

#[test]
fn erlang_loss_and_delay() {
    for case in cases("Erlang-B (M/G/c/c)") {
        let servers = number(&case["input"], "servers") as u32;
        let blocking = 1.0 / erlang_b_inverse(servers, number(&case["input"], "offered_load"));
        let expected = number(&case["expect"], "blocking");
        // Below 1e-9 a loss is as good as none.
        assert!(
            (blocking - expected).abs() <= 1e-8 * expected + 1e-9,
            "{}: {blocking}, expected {expected}",
            case["id"]
        );
    }
    for case in cases("Erlang-C dimensioning") {
        let input = &case["input"];
        let p_wait = |servers: f64| {
            let demand = Demand {
                arrivals: Arrivals::Poisson,
                arrival_rate: number(input, "arrival_rate"),
                servers: servers as u32,
                hold: Moments::from_cv(1.0 / number(input, "service_rate"), 1.0),
                places: f64::INFINITY,
                patience_s: f64::INFINITY,
            };
            demand.rest().p_wait
        };
        let fewest = number(&case["expect"], "min_servers");
        close(
            "at",
            p_wait(fewest),
            number(&case["expect"], "p_wait_at_min"),
            1e-8,
        );
        let fewer = number(&case["expect"], "p_wait_one_fewer");
        close("fewer", p_wait(fewest - 1.0), fewer, 1e-8);
    }
}

#[test]
fn patience_loses_what_deterministic_impatience_does_in_fluid() {
    // With generous patience the share that gives up is the overload itself.
    let demand = Demand {
        arrivals: Arrivals::Poisson,
        arrival_rate: 150.0,
        servers: 100,
        hold: Moments::from_cv(1.0, 1.0),
        places: f64::INFINITY,
        patience_s: 30.0,
    };
    let mut queue = Queue::default();
    for _ in 0..300 {
        queue.length = queue.serve(&demand, &demand.rest(), 1.0).queue;
    }
    let service = queue.serve(&demand, &demand.rest(), 1.0);
    close("gave up", service.gave_up, 1.0 / 3.0, 0.01);
}

/// Stations one after the other: each is called by the one before, whose many servers wait.
#[test]
fn tandem_stations_add_their_response_times() {
    for case in cases("tandem M/M/1") {
        let rates: Vec<f64> = case["input"]["service_rates"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        let mut first = deployment("front", 10_000, service(1e-9, 0.0), u32::MAX);
        let mut parts = graph(1, Vec::new());
        for (at, rate) in rates.iter().enumerate() {
            parts
                .databases
                .push(endpoint(&format!("db{at}"), 1, service(UNIT_S / rate, 1.0)));
            first.calls.push(call(Target::Database(at)));
        }
        parts.deployments.push(first);
        let latency = at_rest(parts, 1, number(&case["input"], "arrival_rate") / UNIT_S);
        check_response(&case, &latency);
    }
}

#[test]
fn a_jackson_network_of_calls() {
    // An ingress, twelve pods of one server and a database reached by 40 % of calls.
    for case in cases("Jackson network") {
        if case["id"] != "jack-4" {
            continue;
        }
        let mut first = deployment("front", 10_000, service(1e-9, 0.0), u32::MAX);
        let mut parts = graph(1, Vec::new());
        for (at, (rate, servers)) in [(300.0, 1), (25.0, 12), (40.0, 4)].into_iter().enumerate() {
            parts.databases.push(endpoint(
                &format!("db{at}"),
                servers,
                service(UNIT_S / rate, 1.0),
            ));
            let mut to = call(Target::Database(at));
            to.per_request = if at == 2 { 0.4 } else { 1.0 };
            first.calls.push(to);
        }
        parts.deployments.push(first);
        check_response(&case, &at_rest(parts, 1, 200.0 / UNIT_S));
    }
}

/// The web chain by which simulators were compared: exact mean of the Jackson network, percentiles
/// of 10^8 requests followed one by one.
#[test]
fn a_web_chain_of_five_hops() {
    let mut front = deployment("front", 100_000, service(1e-9, 0.0), u32::MAX);
    let replicas = deployment("replicas", 4, service(0.012, 1.0), u32::MAX);
    let mut to = |target| front.calls.push(call(target));
    to(Target::External(0));
    to(Target::Database(0));
    to(Target::Deployment(1));
    to(Target::Cache(0));
    to(Target::Database(1));
    front.calls[4].unless_cached_by = Some(0);
    // Eight replicas with queues of their own stand in eight zones.
    let mut parts = graph(8, vec![front, replicas]);
    parts
        .externals
        .push(endpoint("edge", u32::MAX, service(0.002, 1.0)));
    parts
        .databases
        .push(endpoint("balancer", 2, service(0.000_5, 1.0)));
    parts.databases.push(endpoint("db", 32, service(0.06, 1.0)));
    parts.caches.push(endpoint("redis", 4, service(0.001, 1.0)));
    let mut state = crate::bench::state(&parts, 1);
    state.caches[0].hit_ratio = 0.8;
    let mut bench = crate::bench::Bench::new(parts, state);
    bench.play(2000.0, 20);
    let latency = bench.log().latency;
    close("mean", latency.mean_s().expect("some"), 0.033_991_2, 0.02);
    for (q, expected, bar) in [
        (0.5, 0.021_77, 0.03),
        (0.95, 0.109_04, 0.03),
        (0.99, 0.204_81, 0.05),
    ] {
        let got = latency.quantile_s(q).expect("some");
        close(&format!("p{q}"), got, expected, bar);
    }
}

//! The request-level data plane against closed forms: simulated twins of the vectors.
//!
//! Each system plays ten million requests (fewer where a request makes many calls). Its mean must
//! lie within 1 % of the closed form or within what chance allows, and every figure within what
//! chance allows: a family-wise 99 % interval over all figures of this file (Bonferroni), from 64
//! batches. The seeds were fixed before the first run.

mod networks;
mod priorities;
mod resilience;
mod standstill;

use tradewind::model::{ArrivalProcess, Discipline, Samples, ServiceLaw, ServiceTime};
use tradewind::sim::LatencyHistogram;
use tradewind::sim::flow::{DeploymentFlow, FlowGraph, FlowState};
use tradewind::units::SimDuration;

use crate::bench::{Exact, deployment, graph, service, state};
use crate::fluid_theory::{cases, number};

/// Requests per system.
const REQUESTS: f64 = 1e7;
/// Batches from which intervals are made.
const BATCHES: u32 = 64;
/// Student's t with 63 degrees of freedom at 1 - 0.01 / 200: a family of 100 figures.
const FAMILY_T: f64 = 4.155;
/// A time unit of the vectors, in seconds.
const UNIT_S: f64 = 1e-3;

/// A figure in each batch.
#[derive(Default)]
struct Batches {
    values: Vec<f64>,
}

impl Batches {
    /// Mean over the batches and half the width of its interval.
    fn interval(&self) -> (f64, f64) {
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        let spread: f64 = self.values.iter().map(|it| (it - mean) * (it - mean)).sum();
        (mean, FAMILY_T * (spread / (n * (n - 1.0))).sqrt())
    }

    #[track_caller]
    fn check(&self, name: &str, expected: f64) {
        let (mean, half) = self.interval();
        let off = mean - expected;
        println!(
            "{name:<28} {mean:>12.6} {expected:>12.6} {:>8.3} % +- {:.3} %",
            100.0 * off / expected,
            100.0 * half / expected
        );
        // Figures that cannot vary have no interval; rounding to nanoseconds remains.
        let rounding = 1e-4 * expected.abs();
        assert!(
            off.abs() <= half + rounding,
            "{name}: {mean} +- {half}, expected {expected}"
        );
    }
}

/// What a system did, batch by batch.
#[derive(Default)]
struct Twin {
    mean: Batches,
    p50: Batches,
    p95: Batches,
    p99: Batches,
    failed: Batches,
}

impl Twin {
    /// Plays `requests` of `parts` at `rate` per second; times come out in units of `unit_s`.
    fn play(
        parts: FlowGraph,
        process: &ArrivalProcess,
        rate: f64,
        requests: f64,
        unit_s: f64,
    ) -> Self {
        let state = state(&parts, 1);
        Self::play_under((parts, state), process, (rate, requests), unit_s)
    }

    fn play_under(
        system: (FlowGraph, FlowState),
        process: &ArrivalProcess,
        (rate, requests): (f64, f64),
        unit_s: f64,
    ) -> Self {
        let mut exact = Exact::new(system, process, rate, 20_261_122);
        let each_s = requests / rate / f64::from(BATCHES);
        exact.play(each_s);
        let mut twin = Self::default();
        for _ in 0..BATCHES {
            let latency = exact.play(each_s);
            twin.take(&latency, unit_s);
        }
        let visits = exact.plane.visits() as u64;
        assert!(visits >= exact.plane.in_flight(), "nobody is lost");
        for (number, it) in exact.log().intervals.iter().enumerate().skip(1) {
            assert!(it.offered > 0.0, "batch {number}");
            twin.failed
                .values
                .push(it.failed.iter().sum::<f64>() / it.offered);
        }
        twin
    }

    fn take(&mut self, latency: &LatencyHistogram, unit_s: f64) {
        let value = |it: Option<f64>| it.expect("successes") / unit_s;
        self.mean.values.push(value(latency.mean_s()));
        let quantiles = latency.quantiles_s([0.5, 0.95, 0.99]);
        for (batches, quantile) in [&mut self.p50, &mut self.p95, &mut self.p99]
            .into_iter()
            .zip(quantiles)
        {
            batches.values.push(value(quantile));
        }
    }

    #[track_caller]
    fn check_mean(&self, name: &str, expected: f64) {
        self.mean.check(&format!("{name} mean"), expected);
    }

    /// Percentiles carry the histogram's error of up to 0.8 % beside that of chance.
    #[track_caller]
    fn check_quantiles(&self, name: &str, expected: [Option<f64>; 3]) {
        for ((what, batches), expected) in
            [("p50", &self.p50), ("p95", &self.p95), ("p99", &self.p99)]
                .into_iter()
                .zip(expected)
        {
            let Some(expected) = expected else { continue };
            let (mean, half) = batches.interval();
            let off = (mean - expected).abs();
            assert!(
                off <= half + 0.008 * expected,
                "{name} {what}: {mean} +- {half}, expected {expected}"
            );
        }
    }
}

/// One station of one pod, with times in units of `UNIT_S`.
fn station(servers: u32, time: ServiceTime, places: u32) -> DeploymentFlow {
    deployment("web", servers, time, places)
}

fn play_station(flow: DeploymentFlow, rate: f64) -> Twin {
    let parts = graph(1, vec![flow]);
    Twin::play(parts, &ArrivalProcess::Poisson, rate, REQUESTS, UNIT_S)
}

#[test]
fn m_m_1_and_m_m_c() {
    for model in ["M/M/1", "M/M/c"] {
        for case in cases(model) {
            let (id, input) = (case["id"].as_str().unwrap_or_default(), &case["input"]);
            // The response time in units of a mean service is the same for all service rates.
            let mean = 1.0 / number(input, "service_rate");
            let servers = input["servers"].as_u64().unwrap_or(1) as u32;
            let rate = number(input, "arrival_rate") * mean / UNIT_S;
            let twin = play_station(station(servers, service(UNIT_S, 1.0), u32::MAX), rate);
            let expect = &case["expect"];
            let of = |key: &str| expect[key].as_f64().map(|it| it / mean);
            twin.check_mean(id, number(expect, "mean_response") / mean);
            let quantiles = ["response_p50", "response_p95", "response_p99"].map(of);
            twin.check_quantiles(id, quantiles);
            if input["arrival_rate"].as_f64() < Some(0.8) {
                let (got, wanted) = (
                    twin.mean.interval().0,
                    number(expect, "mean_response") / mean,
                );
                assert!((got / wanted - 1.0).abs() < 0.01, "{id}: {got}, {wanted}");
            }
        }
    }
}

#[test]
fn m_m_c_k_and_erlang_b() {
    for case in cases("M/M/c/K") {
        let (id, input) = (case["id"].as_str().unwrap_or_default(), &case["input"]);
        let servers = number(input, "servers") as u32;
        let places = number(input, "capacity_including_in_service") as u32 - servers;
        let mean = 1.0 / number(input, "service_rate");
        let rate = number(input, "arrival_rate") * mean / UNIT_S;
        let twin = play_station(station(servers, service(UNIT_S, 1.0), places), rate);
        let expect = &case["expect"];
        twin.failed
            .check(&format!("{id} blocking"), number(expect, "blocking"));
        twin.check_mean(id, number(expect, "mean_response") / mean);
    }
    for case in cases("Erlang-B (M/G/c/c)") {
        let (id, input) = (case["id"].as_str().unwrap_or_default(), &case["input"]);
        // Blocking does not depend on the law of service; a lognormal one shows it.
        let flow = station(number(input, "servers") as u32, service(UNIT_S, 1.5), 0);
        let twin = play_station(flow, number(input, "offered_load") / UNIT_S);
        twin.failed.check(
            &format!("{id} blocking"),
            number(&case["expect"], "blocking"),
        );
    }
}

#[test]
fn m_g_1() {
    for case in cases("M/G/1") {
        let (id, input, expect) = (
            case["id"].as_str().unwrap_or_default(),
            &case["input"],
            &case["expect"],
        );
        let mean = number(expect, "mean_service");
        let cv = number(expect, "scv_service").sqrt();
        let law = match input["service"]["dist"].as_str() {
            Some("lognormal") => ServiceLaw::Lognormal,
            Some("hyperexponential") => ServiceLaw::Hyperexponential,
            _ => ServiceLaw::ByVariation,
        };
        let time = ServiceTime {
            law,
            ..service(UNIT_S, cv)
        };
        let rate = number(input, "arrival_rate") * mean / UNIT_S;
        let twin = play_station(station(1, time, u32::MAX), rate);
        twin.check_mean(id, number(expect, "mean_response") / mean);
    }
}

#[test]
fn measured_times_are_a_law_of_their_own() {
    // Nine of ten requests take half as long as the mean, the tenth eleven times as long as they.
    let times = [1, 1, 1, 1, 11, 1, 1, 1, 1, 1].map(SimDuration::from_ms);
    let time = ServiceTime {
        samples: Samples::new(times.to_vec()),
        ..service(UNIT_S, 1.0)
    };
    let variation = 2.25;
    let load = 0.7;
    // Pollaczek and Khinchine.
    let wait = 0.5 * load * (1.0 + variation) / (1.0 - load);
    let twin = play_station(station(1, time, u32::MAX), load / UNIT_S);
    twin.check_mean("M/G/1 measured", 1.0 + wait);
}

#[test]
fn order_and_sharing_leave_the_means_that_theory_says() {
    // The newest first: the same mean as first come first served, whatever the order.
    let mut flow = station(1, service(UNIT_S, 1.0), u32::MAX);
    flow.discipline = Discipline::Lifo;
    play_station(flow, 0.7 / UNIT_S).check_mean("M/M/1 LIFO", 1.0 / 0.3);
    // Processor sharing: 1 / (1 - rho) services for every law of service.
    for (cv, name) in [(0.0, "M/D/1 PS"), (1.5, "M/G/1 PS"), (1.0, "M/M/1 PS")] {
        let mut flow = station(1, service(UNIT_S, cv), u32::MAX);
        flow.discipline = Discipline::ProcessorSharing;
        play_station(flow, 0.7 / UNIT_S).check_mean(name, 1.0 / 0.3);
    }
    // On several servers a shared station of exponential demands is an M/M/c queue in its means.
    let mut flow = station(5, service(UNIT_S, 1.0), u32::MAX);
    flow.discipline = Discipline::ProcessorSharing;
    play_station(flow, 4.0 / UNIT_S).check_mean("M/M/5 PS", 1.554_112_554_112_554_2);
}

#[test]
fn arrival_processes_keep_their_rate_and_shape() {
    let flow = || station(1, service(UNIT_S, 0.0), u32::MAX);
    let play = |process: &ArrivalProcess, rate: f64| {
        Twin::play(graph(1, vec![flow()]), process, rate / UNIT_S, 1e6, UNIT_S)
    };
    // Nobody waits at a D/D/1 queue.
    play(&ArrivalProcess::Deterministic, 0.95).check_mean("D/D/1", 1.0);
    // Two at once, then a gap of two: every second one waits one service.
    let gap = SimDuration::from_s;
    let pairs = ArrivalProcess::Trace {
        gaps: vec![gap(0), gap(2)],
    };
    play(&pairs, 0.9).check_mean("pairs", 1.5);
    // Bursts at 80 % of a fast server, silence in between: an M/M/1 queue seen in bursts only.
    let bursts = ArrivalProcess::Bursty {
        factor: 4.0,
        share: tradewind::units::Ratio::new(0.25),
        length: SimDuration::from_s(10),
    };
    let exponential = station(1, service(UNIT_S, 1.0), u32::MAX);
    let parts = graph(1, vec![exponential]);
    let twin = Twin::play(parts, &bursts, 0.2 / UNIT_S, 4e6, UNIT_S);
    twin.check_mean("bursts", 5.0);
}

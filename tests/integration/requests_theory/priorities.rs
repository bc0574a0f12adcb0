//! Priorities against Cobham's waits, and where order decides who waits at all.

use tradewind::analysis::theory::priority;
use tradewind::model::{ArrivalProcess, Discipline};
use tradewind::sim::flow::{FlowGraph, Target};

use super::{Batches, Twin, UNIT_S};
use crate::bench::{call, deployment, endpoint, graph, service};

/// Requests per system: each is played three times over.
const REQUESTS: f64 = 2e6;
/// Long against every wait of these tests, in units of a service.
const APART: f64 = 1000.0;

/// One class that is looked at, and how often each request calls in the other's name as well: at
/// most once where the other's calls have to be independent of each other.
struct Classes {
    watched: u8,
    other: u8,
    /// Calls of the other class per request.
    beside: f64,
}

/// Users who see what the watched class sees at one database.
///
/// The other class comes from a relay that nobody waits for. It holds each of its requests for a
/// long and exponential time, so that its calls are a Poisson stream of their own.
fn system(servers: u32, classes: &Classes) -> FlowGraph {
    let database = |priority: u8| {
        let mut flow = call(Target::Database(0));
        flow.priority = priority;
        flow
    };
    let mut relay = deployment("relay", 1_000_000, service(APART * UNIT_S, 1.0), 0);
    relay.calls.push(database(classes.other));
    let mut unwatched = call(Target::Deployment(1));
    unwatched.per_request = classes.beside;
    unwatched.timeout_s = 1e-9;
    unwatched.optional = true;
    let mut front = deployment("front", 1_000_000, service(0.0, 0.0), 0);
    front.calls = vec![unwatched, database(classes.watched)];
    let mut parts = graph(1, vec![front, relay]);
    let mut station = endpoint("db", servers, service(UNIT_S, 1.0));
    station.discipline = Discipline::Priority;
    parts.databases.push(station);
    parts
}

fn play(servers: u32, classes: &Classes, (rate, requests): (f64, f64)) -> Twin {
    let parts = system(servers, classes);
    let rate = rate / UNIT_S;
    Twin::play(parts, &ArrivalProcess::Poisson, rate, requests, UNIT_S)
}

#[test]
fn the_waits_of_each_class_are_those_of_theory() {
    for (servers, watched, other) in [(1, 0.4, 0.3), (1, 0.6, 0.25), (8, 4.0, 2.4)] {
        for is_urgent in [true, false] {
            let mut rates = [watched, other];
            if !is_urgent {
                rates.reverse();
            }
            let waits = priority::mean_waits(&rates, 1.0, servers).expect("a steady state");
            let classes = Classes {
                watched: if is_urgent { 7 } else { 2 },
                other: 3,
                beside: other / watched,
            };
            let wait = waits[usize::from(!is_urgent)];
            let name = format!(
                "M/M/{servers} {} of {other}",
                if is_urgent { "ahead" } else { "behind" }
            );
            play(servers, &classes, (watched, REQUESTS)).check_mean(&name, 1.0 + wait);
        }
    }
}

#[test]
fn within_a_priority_the_first_come_is_the_first_served() {
    let alike = Classes {
        watched: 4,
        other: 4,
        beside: 1.0,
    };
    let twin = play(1, &alike, (0.35, REQUESTS));
    // M/M/1: the time there is exponential, which no other order leaves it.
    let mean = 1.0 / 0.3;
    twin.check_mean("M/M/1 one priority", mean);
    let quantiles = [0.5_f64, 0.95, 0.99].map(|share| Some(-mean * libm::log1p(-share)));
    twin.check_quantiles("M/M/1 one priority", quantiles);
}

#[test]
fn under_overload_the_urgent_are_served_as_if_alone() {
    // The others ask for one and a half times what there is: their line grows, and no server is
    // ever idle, so that the urgent find all of them busy.
    let urgent = Classes {
        watched: 7,
        other: 0,
        beside: 3.0,
    };
    let twin = play(2, &urgent, (1.0, 4e5));
    let mean = 1.0 + 0.5 / (1.0 - 0.5);
    // The line has to form first.
    let late = Batches {
        values: twin.mean.values[8..].to_vec(),
    };
    late.check("M/M/2 overloaded urgent", mean);
}

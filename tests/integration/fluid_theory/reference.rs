//! A small event-by-event reference: one front whose servers wait for one database.
//!
//! Every request is followed exactly; only the generator is simple. It stands in where no closed
//! form exists, because a server that is held during a call breaks the product form.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::close;
use crate::bench::{at_rest, call, deployment, endpoint, graph, service};
use tradewind::sim::LatencyHistogram;
use tradewind::sim::flow::Target;

/// Weyl sequence with a mixing step: enough for a reference of a million draws.
struct Chance(u64);

impl Chance {
    fn exponential(&mut self, mean: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        -libm::log(((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64) * mean
    }
}

/// Front and database of a reference run; times in seconds.
#[derive(Clone, Copy)]
struct Pair {
    rate: f64,
    front_servers: usize,
    front_s: f64,
    database_servers: usize,
    database_s: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Arrival,
    FrontDone,
    DatabaseDone,
}

impl Pair {
    /// Response times of `requests` requests after as many as a tenth of them.
    fn simulate(&self, requests: u64) -> LatencyHistogram {
        let mut chance = Chance(20_261_122);
        let mut latency = LatencyHistogram::default();
        // Times as bits of positive floats order like the floats.
        let mut events = BinaryHeap::new();
        let push = |events: &mut BinaryHeap<_>, at: f64, step: Step, since: f64| {
            events.push(Reverse((at.to_bits(), step, since.to_bits())));
        };
        let (mut front, mut database) = (0, 0);
        let (mut front_queue, mut database_queue) = (VecDeque::new(), VecDeque::new());
        let mut done = 0;
        push(
            &mut events,
            chance.exponential(1.0 / self.rate),
            Step::Arrival,
            0.0,
        );
        while let Some(Reverse((at, step, since))) = events.pop() {
            let (now, since) = (f64::from_bits(at), f64::from_bits(since));
            match step {
                Step::Arrival => {
                    let next = now + chance.exponential(1.0 / self.rate);
                    push(&mut events, next, Step::Arrival, 0.0);
                    front_queue.push_back(now);
                }
                Step::FrontDone => database_queue.push_back(since),
                Step::DatabaseDone => {
                    (front, database) = (front - 1, database - 1);
                    done += 1;
                    if done > requests / 10 {
                        latency.record(now - since, 1.0);
                    }
                    if done >= requests {
                        return latency;
                    }
                }
            }
            while front < self.front_servers
                && let Some(since) = front_queue.pop_front()
            {
                front += 1;
                let end = now + chance.exponential(self.front_s);
                push(&mut events, end, Step::FrontDone, since);
            }
            while database < self.database_servers
                && let Some(since) = database_queue.pop_front()
            {
                database += 1;
                let end = now + chance.exponential(self.database_s);
                push(&mut events, end, Step::DatabaseDone, since);
            }
        }
        latency
    }

    fn fluid(&self) -> LatencyHistogram {
        let servers = u32::try_from(self.front_servers).expect("small");
        let mut front = deployment("web", servers, service(self.front_s, 1.0), u32::MAX);
        front.calls.push(call(Target::Database(0)));
        let mut parts = graph(1, vec![front]);
        let servers = u32::try_from(self.database_servers).expect("small");
        parts
            .databases
            .push(endpoint("db", servers, service(self.database_s, 1.0)));
        at_rest(parts, 1, self.rate)
    }
}

#[track_caller]
fn check(name: &str, pair: Pair) {
    let (fluid, exact) = (pair.fluid(), pair.simulate(400_000));
    let figures = [
        ("mean", fluid.mean_s(), exact.mean_s(), 0.02),
        ("p50", fluid.quantile_s(0.5), exact.quantile_s(0.5), 0.03),
        ("p95", fluid.quantile_s(0.95), exact.quantile_s(0.95), 0.03),
        ("p99", fluid.quantile_s(0.99), exact.quantile_s(0.99), 0.05),
    ];
    for (what, got, expected, bar) in figures {
        let (got, expected) = (got.expect("successes"), expected.expect("successes"));
        close(&format!("{name}: {what}"), got, expected, bar);
    }
}

const TYPICAL: Pair = Pair {
    rate: 1500.0,
    front_servers: 200,
    front_s: 0.04,
    database_servers: 32,
    database_s: 0.012,
};

#[test]
fn a_front_that_waits_for_its_database() {
    check("typical", TYPICAL);
    let busy_front = Pair {
        front_servers: 88,
        ..TYPICAL
    };
    check("busy front", busy_front);
    let busy_database = Pair {
        database_servers: 21,
        ..TYPICAL
    };
    check("busy database", busy_database);
}

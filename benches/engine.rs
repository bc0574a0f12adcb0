//! What the engine costs: one pair of a day, long runs, large platforms, and the event queue.
//!
//! `cargo bench` prints wall time on this machine; the bars of the project are ratios and budgets
//! that are printed, never asserted.

mod platforms;

use divan::Bencher;
use tradewind::analysis::experiment;
use tradewind::scenario::{Scenario, presets};
use tradewind::sim::{self, queue::EventQueue};
use tradewind::units::{SimDuration, SimTime};

fn main() {
    divan::main();
}

fn q1_2() -> Scenario {
    presets::find("q1-2")
        .expect("a built-in scenario")
        .scenario()
}

fn play(scenario: &Scenario, design: usize) -> f64 {
    let case = &scenario.designs[design];
    let log = sim::run(&experiment(scenario, case, 0));
    log.latency.total()
}

/// One pair of q1-2: two designs, 24 h. Budget: 40 ms.
#[divan::bench(sample_count = 20)]
fn pair_of_a_day() -> f64 {
    let scenario = q1_2();
    play(&scenario, 0) + play(&scenario, 1)
}

/// The multi-AZ design for 365 days.
#[divan::bench(sample_count = 3)]
fn year(bencher: Bencher) {
    let mut scenario = q1_2();
    scenario.plan.duration = SimDuration::from_h(365 * 24);
    scenario.plan.interval = SimDuration::from_h(1);
    bencher.bench_local(|| play(&scenario, 0));
}

/// 30 days of one autoscaled service on nodes that come and go. The bar is a simulated year per
/// second, which leaves 82 ms.
#[divan::bench(sample_count = 5)]
fn cluster_of_30_days(bencher: Bencher) {
    let cluster = platforms::cluster(30);
    bencher.bench_local(|| cluster.play());
}

/// Forty components and 200 pods in three zones for 365 days with random faults. Budget: 1 s.
#[divan::bench(sample_count = 3)]
fn estate_of_a_year(bencher: Bencher) {
    let estate = platforms::estate(365, false);
    bencher.bench_local(|| estate.play());
}

/// The same with sixteen autoscalers, for 10 days.
#[divan::bench(sample_count = 3)]
fn autoscaled_estate_of_10_days(bencher: Bencher) {
    let estate = platforms::estate(10, true);
    bencher.bench_local(|| estate.play());
}

/// A thousand pods on two hundred nodes for a day, through the loss of a zone. Budget: 1 s.
#[divan::bench(sample_count = 5)]
fn fleet_of_a_day(bencher: Bencher) {
    let fleet = platforms::fleet();
    bencher.bench_local(|| fleet.play());
}

/// A million events through a queue that holds `held` of them.
#[divan::bench(args = [16, 256, 4096], sample_count = 10)]
fn event_queue(bencher: Bencher, held: u64) {
    bencher.bench_local(|| {
        let mut queue = EventQueue::with_capacity(4096);
        for i in 0..held {
            queue.push(SimTime::from_ns(i * 7919 % held), i);
        }
        let mut sum = 0_u64;
        for _ in 0..1_000_000_u64 {
            let (at, event) = queue.pop().expect("the queue never runs dry");
            sum = sum.wrapping_add(event);
            // A multiplicative hash spreads the new times; no random generator is measured here.
            let ahead = (event.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) + 1;
            queue.push(at + SimDuration::from_ns(ahead), event.wrapping_add(held));
        }
        sum
    });
}

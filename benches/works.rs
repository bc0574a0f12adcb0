//! The runs by which speed is told, the same on the host and in a browser, and how they are timed.
//!
//! Every figure is the best of several: what a neighbour on the machine adds is no property of the
//! program.

#[path = "platforms.rs"]
mod platforms;

use tradewind::analysis::{Callers, experiment, figures};
use tradewind::scenario::{Scenario, presets};
use tradewind::sim::{self, Simulation};

/// Steps of a run between two looks at the clock, as the page's worker takes them.
const STEPS: usize = 16;

/// Measures everything with a clock in milliseconds; `tell` hears each name and its milliseconds.
pub fn measure(now_ms: &impl Fn() -> f64, tell: impl Fn(&str, f64)) {
    let q1_2 = presets::find("q1-2")
        .expect("a built-in scenario")
        .scenario();
    let pair = || {
        let designs = q1_2.designs[..2].iter();
        let answered = designs.map(|case| sim::run(&experiment(&q1_2, case, 0)).latency.total());
        answered.fold(f64::INFINITY, f64::min)
    };
    tell("pair", best_ms(20, now_ms, pair));
    let cluster = platforms::cluster(30);
    tell("cluster", best_ms(9, now_ms, || cluster.play()));
    let estate = platforms::estate(365, false);
    tell("estate", best_ms(3, now_ms, || estate.play()));
    let fleet = platforms::fleet();
    tell("fleet", best_ms(5, now_ms, || fleet.play()));
    tell("piece", longest_piece_ms(9, &q1_2, now_ms));
}

fn best_ms(n_runs: usize, now_ms: &impl Fn() -> f64, run: impl Fn() -> f64) -> f64 {
    let times_ms = (0..n_runs).map(|_| {
        let start_ms = now_ms();
        assert!(run() > 0.0, "requests are answered");
        now_ms() - start_ms
    });
    times_ms.fold(f64::INFINITY, f64::min)
}

/// The longest that a pair's work goes on without a look at the clock: how much longer than its
/// slice a call of the page's worker may last. Runs are alike, piece by piece; of each piece the
/// best time counts.
fn longest_piece_ms(n_runs: usize, scenario: &Scenario, now_ms: &impl Fn() -> f64) -> f64 {
    let mut best_ms = pieces_ms(scenario, now_ms);
    for _ in 1..n_runs {
        for (best, piece) in best_ms.iter_mut().zip(pieces_ms(scenario, now_ms)) {
            *best = best.min(piece);
        }
    }
    best_ms.into_iter().fold(0.0, f64::max)
}

fn pieces_ms(scenario: &Scenario, now_ms: &impl Fn() -> f64) -> Vec<f64> {
    let mut pieces_ms = Vec::new();
    let mut start_ms = now_ms();
    let mut look = || {
        let now_ms = now_ms();
        pieces_ms.push(now_ms - start_ms);
        start_ms = now_ms;
    };
    for case in &scenario.designs[..2] {
        let mut simulation = Simulation::new(&experiment(scenario, case, 0));
        look();
        while (0..STEPS).all(|_| simulation.step()) {
            look();
        }
        let log = simulation.finish();
        look();
        let region = case.design.architecture.region;
        let figures = figures(&log, &scenario.objectives, region);
        look();
        let message = borsh::to_vec(&(&log, &figures, &Callers::of(&log)));
        assert!(message.is_ok_and(|bytes| !bytes.is_empty()));
        look();
    }
    pieces_ms
}

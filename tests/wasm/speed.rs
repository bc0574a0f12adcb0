//! What runs cost in this browser: printed, never asserted, because machines are noisy.
//!
//! Budgets: 60 ms for a pair of q1-2 (24 h, two designs); 105 ms for 30 days of the autoscaled
//! cluster, which is a simulated year in 1.25 s; 2 s for a year of the estate. On the host,
//! `benches/engine.rs` prints the same.

#[path = "../../benches/platforms.rs"]
mod platforms;

use tradewind::analysis::experiment;
use tradewind::scenario::presets;
use tradewind::sim;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .expect("a browser has a clock")
        .now()
}

/// Prints what `n_runs` runs took; each returns how many requests were answered.
#[track_caller]
fn time(what: &str, n_runs: usize, run: impl Fn() -> f64) {
    let mut times_ms: Vec<f64> = (0..n_runs)
        .map(|_| {
            let start_ms = now_ms();
            assert!(run() > 0.0, "{what}");
            now_ms() - start_ms
        })
        .collect();
    times_ms.sort_by(f64::total_cmp);
    console_log!(
        "{what}: {:.0} ms at best, {:.0} ms in the median, of {n_runs} runs",
        times_ms[0],
        times_ms[n_runs / 2],
    );
}

#[wasm_bindgen_test]
fn a_pair_of_a_day_leaves_something_and_says_what_it_took() {
    let scenario = presets::find("q1-2")
        .expect("a built-in scenario")
        .scenario();
    time("a pair of q1-2", 12, || {
        let designs = scenario.designs[..2].iter();
        let answered =
            designs.map(|case| sim::run(&experiment(&scenario, case, 0)).latency.total());
        answered.fold(f64::INFINITY, f64::min)
    });
}

#[wasm_bindgen_test]
fn long_runs_leave_something_and_say_what_they_took() {
    let cluster = platforms::cluster(30);
    time("30 days of a cluster", 5, || cluster.play());
    let estate = platforms::estate(365, false);
    time("a year of an estate", 3, || estate.play());
}

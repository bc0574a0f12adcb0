//! What a pair costs in this browser: printed, never asserted, because machines are noisy.
//!
//! Budget: 60 ms for a pair of q1-2 (24 h, two designs). `benches/engine.rs` prints the same on the
//! host.

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

#[wasm_bindgen_test]
fn a_pair_of_a_day_leaves_something_and_says_what_it_took() {
    let scenario = presets::find("q1-2")
        .expect("a built-in scenario")
        .scenario();
    let mut times_ms: Vec<f64> = (0..12)
        .map(|_| {
            let start_ms = now_ms();
            for case in &scenario.designs[..2] {
                let log = sim::run(&experiment(&scenario, case, 0));
                assert!(log.latency.total() > 0.0, "{}", case.id);
            }
            now_ms() - start_ms
        })
        .collect();
    times_ms.sort_by(f64::total_cmp);
    console_log!(
        "a pair of q1-2: {:.0} ms at best, {:.0} ms in the median, of {} pairs",
        times_ms[0],
        times_ms[times_ms.len() / 2],
        times_ms.len()
    );
}

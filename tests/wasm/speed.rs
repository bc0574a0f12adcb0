//! What runs cost in this browser: told, never asserted, because machines are noisy.
//!
//! `cargo xtask bench --browser` puts the lines beside those of the host, with the bars.

#[path = "../../benches/works.rs"]
mod works;

use wasm_bindgen_test::{console_log, wasm_bindgen_test};

fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .expect("a browser has a clock")
        .now()
}

#[wasm_bindgen_test]
fn runs_leave_something_and_say_what_they_took() {
    works::measure(&now_ms, |name, ms| {
        assert!(ms > 0.0, "{name} takes time");
        console_log!("speed {name} {ms}");
    });
}

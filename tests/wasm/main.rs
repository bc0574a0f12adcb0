//! The engine in a browser: what the host computes, the page computes too.
//!
//! Run by `cargo xtask test --only wasm`; empty on the host.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

#[path = "../fingerprint.rs"]
mod fingerprint;
mod run_logs;
mod speed;
mod units;

//! The engine in a thread of its own: the page's own module, started a second time as a worker.
//!
//! [`host`] is the page's side, [`guest`] the worker's, [`protocol`] what they say to each other
//! and [`job`] the work itself, cut into slices so that a newer question interrupts an older one.
//! Where a browser refuses to start a worker, the page does the same job between frames. How a
//! worker is started ([`handle`]) and how messages travel ([`wire`]) serves the referee as well.

pub mod guest;
pub mod handle;
pub mod host;
pub mod job;
pub mod nudge;
pub mod protocol;
pub mod wire;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Milliseconds since the start of this thread, on a clock that never jumps back.
pub fn now_ms() -> f64 {
    now()
}

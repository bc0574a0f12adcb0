//! Tradewind plays two designs of a cloud platform against the same weather and says which one
//! wins, by how much, and how sure it is.
//!
//! A value's way through the crate is one straight line:
//!
//! ```text
//! scenario text -> Scenario (+ findings) -> Design + Tape -> Simulation -> RunLog
//!   -> figures, bill, events -> comparison -> view-model -> pixels or text
//! ```
//!
//! The modules are layers; each imports only what stands above it in this list:
//!
//! 1. [`units`]: quantities with a unit (durations, CPU, bytes, rates, ratios, money).
//! 2. [`model`]: what a design *is*, as plain data; no behaviour over time.
//! 3. [`scenario`]: text in and out: files, links, presets, findings.
//! 4. [`sim`]: behaviour over simulated time; a pure function of (design, tape, plan, seed).
//! 5. [`analysis`]: run logs to figures: availability, latency, bill, comparison, verdict.
//! 6. [`view`]: figures to sentences and view-models, in Japanese and English.
//! 7. [`plot`]: view-models to SVG and HTML strings.
//!
//! Determinism: the seed in the plan is the only source of chance, every draw comes from a named
//! stream, time is integer nanoseconds and transcendental functions come from `libm`, so equal
//! inputs give equal bytes on every host and in WebAssembly.

pub mod analysis;
pub mod model;
pub mod plot;
pub mod scenario;
pub mod sim;
pub mod units;
pub mod view;

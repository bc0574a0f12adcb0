//! The referee: a web worker that checks the engine, loaded only when somebody asks for that.
//!
//! It is a program of its own because of its weight: what it needs to run cases with known outcomes
//! and to show them would be a part of every first visit if it stood in the page's program. It uses
//! the engine's functions from the same library, so both are of one build and give the same
//! numbers. What it can be asked stands in `tradewind::view::referee`; the page's side is
//! `src/ui/referee.rs`.

#[cfg(target_arch = "wasm32")]
mod audit;
#[cfg(target_arch = "wasm32")]
mod board;
#[cfg(target_arch = "wasm32")]
mod desk;
#[cfg(target_arch = "wasm32")]
mod validation;
// How messages travel is the same for all workers, and a binary cannot import from another one.
#[cfg(target_arch = "wasm32")]
#[path = "../ui/worker/wire.rs"]
mod wire;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("referee is a part of the page: build it with `cargo xtask serve`");
    std::process::exit(2);
}

#[cfg(target_arch = "wasm32")]
fn main() {
    if let Some(wire) = wire::Wire::here() {
        desk::start(&wire);
    }
}

//! The page, which is also its own web worker. Nothing here computes a result.
//!
//! In reading order: [`app`] (what is on screen), [`store`] (state and texts), [`element`] (how it
//! is put together), [`engine`] (asks the worker and keeps answers), [`playhead`], [`boot`] (link,
//! autosave, settings), [`address`], [`storage`], [`files`], [`worker`] (the engine's thread),
//! [`referee`] (a program that is loaded on demand), and the [`component`]s.

#[cfg(target_arch = "wasm32")]
mod address;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod boot;
#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(target_arch = "wasm32")]
mod element;
#[cfg(target_arch = "wasm32")]
mod engine;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod keyboard;
#[cfg(target_arch = "wasm32")]
mod panic_page;
#[cfg(target_arch = "wasm32")]
mod playhead;
#[cfg(target_arch = "wasm32")]
mod referee;
#[cfg(target_arch = "wasm32")]
mod reveal;
#[cfg(target_arch = "wasm32")]
mod storage;
#[cfg(target_arch = "wasm32")]
mod store;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("app is the page: build it with `cargo xtask serve`");
    std::process::exit(2);
}

#[cfg(target_arch = "wasm32")]
fn main() {
    if let Some(wire) = worker::wire::Wire::here() {
        worker::guest::start(&wire);
    } else {
        panic_page::install();
        reveal::wait();
        app::start();
    }
}

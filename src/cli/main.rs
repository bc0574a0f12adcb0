//! The native command. Nothing here knows a browser.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("tradewind: no sub-command is implemented yet");
    std::process::exit(2);
}

#[cfg(target_arch = "wasm32")]
fn main() {}

//! The page, which is also its own web worker. Nothing here computes a result.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("app is the page: build it with `cargo xtask serve`");
    std::process::exit(2);
}

#[cfg(target_arch = "wasm32")]
fn main() {}

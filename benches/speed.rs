//! The host's side of `cargo xtask bench --browser`: prints a line per figure.

mod works;

use std::time::Instant;

fn main() {
    #[expect(
        clippy::disallowed_methods,
        reason = "this program is a clock beside the runs"
    )]
    let start = Instant::now();
    let now_ms = || start.elapsed().as_secs_f64() * 1e3;
    works::measure(&now_ms, |name, ms| println!("speed {name} {ms}"));
}

//! Golden files: what a test computes is compared with a file under `tests/golden`, which people
//! review like prose. `UPDATE_GOLDEN=1 cargo test` rewrites the files.

use std::path::PathBuf;

/// Compares `got` with the golden file `name`, or rewrites it when asked to.
#[track_caller]
pub fn check(name: &str, got: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "golden", name]
        .iter()
        .collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file stands in a folder"))
            .expect("the folder can be made");
        std::fs::write(&path, got).expect("the golden file can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected == got {
        return;
    }
    let line = expected
        .lines()
        .zip(got.lines())
        .take_while(|(a, b)| a == b)
        .count();
    panic!(
        "tests/golden/{name} differs from line {}\n  golden: {}\n  now:    {}\n\
         If the change is meant, run UPDATE_GOLDEN=1 cargo test --test integration and review it.",
        line + 1,
        expected.lines().nth(line).unwrap_or("(nothing)"),
        got.lines().nth(line).unwrap_or("(nothing)"),
    );
}

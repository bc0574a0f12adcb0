//! The native command, for figures that the page must show as well.

use serde_json::Value;
use xtask::project::Project;

/// Runs `tradewind` with arguments that make it print JSON.
///
/// # Panics
/// If it does not compile, fails, or prints something else.
#[must_use]
pub fn native(arguments: &[&str]) -> Value {
    let mut cargo = Project::here().command("cargo");
    cargo.args(["run", "--quiet", "--locked", "--bin", "tradewind", "--"]);
    let output = cargo.args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

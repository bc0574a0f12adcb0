//! `cargo xtask test`: every check of the project, cheapest first.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::bench;
use crate::budget;
use crate::process::{TestCount, run, run_tests};
use crate::project::Project;
use crate::setup::{self, WASM_TARGET};
use crate::site::{self, Quality};

/// One part of the test run, in the order of running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The formatter has nothing to change.
    Format,
    /// The linter has nothing to say on the host, nor has the documentation builder.
    Lint,
    /// The linter has nothing to say about the page.
    LintWasm,
    /// Unit, integration and doc tests on the host.
    Host,
    /// The engine's tests in a headless browser.
    Wasm,
    /// The site builds and keeps to its budgets.
    Site,
    /// The built site works in a headless browser.
    EndToEnd,
}

/// How a stage ended.
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

impl Stage {
    /// All stages, in the order of running.
    pub const ALL: [Self; 7] = [
        Self::Format,
        Self::Lint,
        Self::LintWasm,
        Self::Host,
        Self::Wasm,
        Self::Site,
        Self::EndToEnd,
    ];

    /// The name that `--only` takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::LintWasm => "lint-wasm",
            Self::Host => "host",
            Self::Wasm => "wasm",
            Self::Site => "site",
            Self::EndToEnd => "e2e",
        }
    }

    /// The stage with this name.
    ///
    /// # Errors
    /// If there is none; the message lists the names.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == name)
            .with_context(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("there is no stage `{name}`; the stages are {names}")
            })
    }

    fn run(self, project: &Project, count: &mut TestCount) -> Result<()> {
        match self {
            Self::Format => format(project, count),
            Self::Lint => lint(project, count),
            Self::LintWasm => lint_wasm(project, count),
            Self::Host => host_tests(project, count),
            Self::Wasm => wasm_tests(project, count),
            Self::Site => site_and_budget(project, count),
            Self::EndToEnd => end_to_end(project, count),
        }
    }
}

/// Runs all stages, or `only` one, up to the first failure, and prints a summary.
///
/// The last line is the sum of all tests and checks. Returns whether everything passed.
#[must_use]
pub fn run_all(project: &Project, only: Option<Stage>) -> bool {
    let mut count = TestCount::default();
    let mut outcomes = Vec::new();
    let mut is_good = true;
    for stage in Stage::ALL
        .into_iter()
        .filter(|stage| only.is_none_or(|only| only == *stage))
    {
        if !is_good {
            outcomes.push((stage, Outcome::NotRun));
            continue;
        }
        println!("\n== {}", stage.name());
        let start = Instant::now();
        let n_failed_before = count.n_failed;
        let result = stage.run(project, &mut count);
        let duration = start.elapsed();
        if let Err(error) = &result {
            println!("error: {error:#}");
            is_good = false;
            if count.n_failed == n_failed_before {
                count.n_failed += 1; // A failure that no test program counted.
            }
        }
        let outcome = if is_good {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        outcomes.push((stage, outcome(duration)));
    }
    println!("\n{}", summary(&outcomes));
    println!("{} passed, {} failed", count.n_passed, count.n_failed);
    is_good
}

fn summary(outcomes: &[(Stage, Outcome)]) -> String {
    let lines = outcomes.iter().map(|(stage, outcome)| {
        let (word, seconds) = match outcome {
            Outcome::Passed(duration) => ("passed", Some(duration.as_secs())),
            Outcome::Failed(duration) => ("FAILED", Some(duration.as_secs())),
            Outcome::NotRun => ("not run", None),
        };
        let seconds = seconds.map_or_else(String::new, |seconds| format!("{seconds:>5} s"));
        format!("{:<10} {word:<8}{seconds}", stage.name())
            .trim_end()
            .to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The crates beside the root package, as `--manifest-path`, with a target folder each.
///
/// The peers' own crates are a feature of the last one that stays off here: `cargo xtask bench`
/// compiles them, and what can break with the engine is checked without them.
const SIDE_CRATES: [(&str, &str); 3] = [
    ("xtask/Cargo.toml", "target/xtask"),
    ("tests/e2e/Cargo.toml", "target/e2e-build"),
    (bench::MANIFEST, bench::TARGET),
];

fn cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut command = project.command("cargo");
    command.args(arguments);
    command
}

fn side_cargo(project: &Project, verb: &str, (manifest, target): (&str, &str)) -> Command {
    cargo(
        project,
        &[
            verb,
            "--locked",
            "--manifest-path",
            manifest,
            "--target-dir",
            target,
        ],
    )
}

/// Runs a check that is not a test program and counts it as one.
fn check(command: &mut Command, count: &mut TestCount) -> Result<()> {
    run(command)?;
    count.n_passed += 1;
    Ok(())
}

fn format(project: &Project, count: &mut TestCount) -> Result<()> {
    setup::rust_parts(project)?;
    check(&mut cargo(project, &["fmt", "--check"]), count)?;
    for (manifest, _) in SIDE_CRATES {
        let arguments = ["fmt", "--check", "--manifest-path", manifest];
        check(&mut cargo(project, &arguments), count)?;
    }
    Ok(())
}

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

fn lint(project: &Project, count: &mut TestCount) -> Result<()> {
    let root = ["clippy", "--locked", "--all-targets"];
    check(cargo(project, &root).args(DENY_WARNINGS), count)?;
    for side in SIDE_CRATES {
        let mut clippy = side_cargo(project, "clippy", side);
        check(clippy.arg("--all-targets").args(DENY_WARNINGS), count)?;
    }
    let mut doc = cargo(project, &["doc", "--locked", "--no-deps", "--lib"]);
    check(doc.env("RUSTDOCFLAGS", "-D warnings"), count)
}

fn lint_wasm(project: &Project, count: &mut TestCount) -> Result<()> {
    let clippy = ["clippy", "--locked", "--target", WASM_TARGET];
    let parts = [
        "--lib", "--bin", "app", "--bin", "referee", "--test", "wasm",
    ];
    check(
        cargo(project, &clippy).args(parts).args(DENY_WARNINGS),
        count,
    )
}

fn host_tests(project: &Project, count: &mut TestCount) -> Result<()> {
    run_tests(
        &mut cargo(project, &["test", "--locked", "--no-fail-fast"]),
        count,
    )?;
    run_tests(&mut side_cargo(project, "test", SIDE_CRATES[0]), count)
}

fn wasm_tests(project: &Project, count: &mut TestCount) -> Result<()> {
    setup::everything(project)?;
    run_tests(&mut wasm_test(project), count)
}

/// The tests that run in a browser; arguments of theirs may follow.
pub(crate) fn wasm_test(project: &Project) -> Command {
    // The profile of the published page: its numbers are what users see, and the site's build that
    // comes next finds everything compiled.
    let test = [
        "test",
        "--locked",
        "--profile",
        "page",
        "--target",
        WASM_TARGET,
    ];
    let mut test = cargo(project, &test);
    test.args(["--test", "wasm", "--"]);
    test.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        "wasm-bindgen-test-runner",
    );
    // Seconds for the whole program.
    test.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    test
}

fn site_and_budget(project: &Project, count: &mut TestCount) -> Result<()> {
    site::build(project, Quality::Release)?;
    count.n_passed += 1;
    budget::check(&budget::weigh(&project.dist())?)?;
    budget::check_referee(&budget::weigh_referee(&project.dist())?)?;
    count.n_passed += 2;
    Ok(())
}

fn end_to_end(project: &Project, count: &mut TestCount) -> Result<()> {
    setup::browser(project)?;
    let mut test = side_cargo(project, "test", SIDE_CRATES[1]);
    // Two browsers at once are what two cores can drive without missing their waits.
    run_tests(
        test.args(["--no-fail-fast", "--", "--test-threads=2"]),
        count,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_found_by_its_name() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_name(stage.name()).unwrap(), stage);
        }
        let error = Stage::from_name("lunch").unwrap_err().to_string();
        assert!(
            error.contains("`lunch`") && error.contains("lint-wasm"),
            "{error}"
        );
    }

    #[test]
    fn the_summary_shows_what_was_not_run() {
        let outcomes = [
            (Stage::Format, Outcome::Passed(Duration::from_secs(2))),
            (Stage::Lint, Outcome::Failed(Duration::from_secs(61))),
            (Stage::LintWasm, Outcome::NotRun),
        ];
        let expected = "format     passed      2 s\n\
                        lint       FAILED     61 s\n\
                        lint-wasm  not run";
        assert_eq!(summary(&outcomes), expected);
    }
}

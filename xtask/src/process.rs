//! Running other programs: every call is printed, waited for, and checked.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// How many tests a program said that it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TestCount {
    /// Tests that passed.
    pub n_passed: usize,
    /// Tests that failed.
    pub n_failed: usize,
}

impl TestCount {
    /// Adds another program's count to this one.
    pub fn add(&mut self, other: Self) {
        self.n_passed += other.n_passed;
        self.n_failed += other.n_failed;
    }

    /// Reads a line such as `test result: ok. 3 passed; 0 failed; ...`.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let (_, counts) = line
            .trim_start()
            .strip_prefix("test result: ")?
            .split_once(". ")?;
        let count = |unit: &str| {
            let field = counts
                .split(';')
                .find_map(|field| field.trim().strip_suffix(unit))?;
            field.trim().parse().ok()
        };
        Some(Self {
            n_passed: count("passed")?,
            n_failed: count("failed")?,
        })
    }
}

/// Prints the command, runs it to its end and fails if it does.
///
/// # Errors
/// If the program cannot be started or ends with another status than success.
pub fn run(command: &mut Command) -> Result<()> {
    let line = announce(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs a test program, passes its output on and adds the tests in it to `count`.
///
/// # Errors
/// If the program cannot be started, its output cannot be read, a test fails, or none was run.
pub fn run_tests(command: &mut Command, count: &mut TestCount) -> Result<()> {
    let line = announce(command);
    let before = *count;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command))?;
    let output = child.stdout.take().context("a piped child has an output")?;
    for text in BufReader::new(output).split(b'\n') {
        let text = text.with_context(|| format!("cannot read the output of `{line}`"))?;
        let text = String::from_utf8_lossy(&text);
        println!("{text}");
        if let Some(more) = TestCount::from_line(&text) {
            count.add(more);
        }
    }
    let status = child
        .wait()
        .with_context(|| format!("cannot wait for `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    if *count == before {
        bail!("`{line}` ran no test");
    }
    Ok(())
}

/// Runs a short question to a program and returns what it printed, or nothing if it failed.
#[must_use]
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn announce(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    println!("$ {line}");
    line
}

fn cannot_start(command: &Command) -> String {
    format!(
        "cannot start `{}`: is it installed?",
        command.get_program().to_string_lossy()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_result_lines_only() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured";
        assert_eq!(
            TestCount::from_line(ok),
            Some(TestCount {
                n_passed: 12,
                n_failed: 0
            })
        );
        assert_eq!(
            TestCount::from_line(bad),
            Some(TestCount {
                n_passed: 3,
                n_failed: 2
            })
        );
        assert_eq!(TestCount::from_line("running 12 tests"), None);
        assert_eq!(TestCount::from_line("test a::passed ... ok"), None);
    }

    #[test]
    fn a_failing_test_program_is_counted_and_reported() {
        let script = "echo 'test result: FAILED. 1 passed; 2 failed; 0 ignored'; exit 101";
        let mut count = TestCount::default();
        let error = run_tests(Command::new("sh").args(["-c", script]), &mut count).unwrap_err();
        assert_eq!(
            count,
            TestCount {
                n_passed: 1,
                n_failed: 2
            }
        );
        assert!(error.to_string().contains("101"), "{error}");
    }

    #[test]
    fn a_test_program_without_tests_is_a_failure() {
        let script = "echo 'test result: ok. 0 passed; 0 failed; 0 ignored'";
        let mut count = TestCount::default();
        let error = run_tests(Command::new("sh").args(["-c", script]), &mut count).unwrap_err();
        assert!(error.to_string().contains("ran no test"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_with_its_name() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }
}

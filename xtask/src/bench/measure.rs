//! One run of a program: its CPU time, seen from outside, and its answer.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// What a program printed: `name=value name=value ...`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer(Vec<(String, f64)>);

impl Answer {
    fn from_line(line: &str) -> Option<Self> {
        let figures = line.split_whitespace().map(|word| {
            let (name, value) = word.split_once('=')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        figures.collect::<Option<Vec<_>>>().map(Self)
    }

    /// An answer of these figures.
    #[cfg(test)]
    pub fn of(figures: &[(&str, f64)]) -> Self {
        let owned = |(name, value): &(&str, f64)| ((*name).to_owned(), *value);
        Self(figures.iter().map(owned).collect())
    }

    /// A figure by its name.
    pub fn get(&self, name: &str) -> Option<f64> {
        let found = self.0.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| *value)
    }
}

/// A run that has ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// User and system time of the whole process, in seconds.
    pub cpu_s: f64,
    /// What it printed; empty if that was nothing.
    pub answer: Answer,
}

/// Runs a program to its end.
///
/// # Errors
/// If it cannot be started, fails, or prints something else than an answer.
pub fn play(command: &mut Command) -> Result<Run> {
    let name = command.get_program().to_string_lossy().into_owned();
    let before = children_cpu_s()?;
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    let cpu_s = children_cpu_s()? - before;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} failed: {}\n{}", output.status, words.trim());
    }
    let line = String::from_utf8_lossy(&output.stdout);
    let answer = Answer::from_line(&line)
        .with_context(|| format!("{command:?} printed no figures but `{}`", line.trim()))?;
    Ok(Run { cpu_s, answer })
}

/// CPU time of all child processes that have been waited for, in seconds. This program has one at a
/// time, so the difference of two readings is that of the child in between.
#[cfg(unix)]
fn children_cpu_s() -> Result<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot read CPU times")?;
    let total = usage.user_time() + usage.system_time();
    Ok(total.num_microseconds() as f64 * 1e-6)
}

#[cfg(not(unix))]
fn children_cpu_s() -> Result<f64> {
    bail!("CPU times of other programs are read on Unix only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_word_by_word() {
        let answer = Answer::from_line("mean_ms=33.5 p50_ms=2e1\n").unwrap();
        assert_eq!(answer.get("mean_ms"), Some(33.5));
        assert_eq!(answer.get("p50_ms"), Some(20.0));
        assert_eq!(answer.get("p95_ms"), None);
        assert_eq!(Answer::from_line(""), Some(Answer::default()));
        for line in ["33.5", "mean_ms=", "mean_ms=fast"] {
            assert_eq!(Answer::from_line(line), None, "{line}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn work_is_measured_and_a_sleep_is_not() {
        let shell = |script: &str| play(Command::new("sh").args(["-c", script])).unwrap().cpu_s;
        let work = shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
        let sleep = shell("sleep 0.3");
        // Other tests' children are in it, too: the shells of a few milliseconds.
        assert!(work > 0.04 && sleep < 0.5 * work, "{work} {sleep}");
    }

    #[test]
    fn a_failing_program_is_an_error_with_its_words() {
        let script = "echo no such thing >&2; exit 3";
        let error = play(Command::new("sh").args(["-c", script])).unwrap_err();
        assert!(error.to_string().contains("no such thing"), "{error}");
        let error = play(Command::new("echo").arg("hello")).unwrap_err();
        assert!(error.to_string().contains("`hello`"), "{error}");
    }
}

//! Where and when something was measured.

use std::fs;
use std::process::Command;

use super::Bench;
use crate::process::ask;

/// The heading of a report: machine, tools, date, as far as they can be told.
pub fn describe(bench: &Bench) -> String {
    let unknown = || "unknown".to_owned();
    let ask_for = |program: &str, words: &[&str]| {
        ask(bench.project.command(program).args(words)).unwrap_or_else(unknown)
    };
    let n_cores =
        std::thread::available_parallelism().map_or_else(|_| unknown(), |n| n.to_string());
    let python = bench
        .python
        .as_ref()
        .and_then(|it| ask(Command::new(it).arg("--version")));
    let pinned = if bench.is_pinned {
        "each run pinned to core 0"
    } else {
        "runs not pinned to a core (no taskset)"
    };
    format!(
        "Measured {} on {}, {n_cores} cores, {}; {pinned}.\n\
         {}; {}; Tradewind at {}.\n",
        ask_for("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        processor().unwrap_or_else(unknown),
        ask_for("uname", &["-sr"]),
        ask_for("rustc", &["--version"]),
        python.unwrap_or_else(|| "no Python".to_owned()),
        ask_for("git", &["describe", "--always", "--dirty"]),
    )
}

/// The processor's own name.
fn processor() -> Option<String> {
    let from_linux = || {
        let text = fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    from_linux().or_else(|| ask(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"])))
}

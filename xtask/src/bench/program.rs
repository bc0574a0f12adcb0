//! Who takes part: how each program is called, and how often and how long it runs.

use std::process::Command;

use anyhow::Result;

use super::measure::{self, Run};
use super::{Bench, Workload, python};

/// The crate of the programs.
pub const MANIFEST: &str = "benches/peers/Cargo.toml";
/// Where they are built.
pub const TARGET: &str = "target/peers";
/// Pins the versions of those in Rust.
const LOCK: &str = "benches/peers/Cargo.lock";
/// The one source of chance of all runs.
const SEED: &str = "1";

/// A program that plays workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Plain loops: the yardstick.
    Bare,
    /// Tradewind.
    Engine,
    /// simcore, the core of DSLab.
    Simcore,
    /// NeXosim.
    Nexosim,
    /// SimPy.
    Simpy,
    /// Ciw.
    Ciw,
}

/// How much a program is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Counted runs.
    pub n_runs: usize,
    /// The workload's full size is divided by this.
    pub divisor: u32,
}

/// What a program is started from.
enum Launch {
    /// An executable among the built ones.
    Binary(&'static str),
    /// A Python script.
    Script(&'static str),
}

impl Program {
    /// All of them, as tables list them.
    pub const ALL: [Self; 6] = [
        Self::Bare,
        Self::Engine,
        Self::Simcore,
        Self::Nexosim,
        Self::Simpy,
        Self::Ciw,
    ];

    /// Its name in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Bare => "bare loop",
            Self::Engine => "Tradewind",
            Self::Simcore => "simcore",
            Self::Nexosim => "NeXosim",
            Self::Simpy => "SimPy",
            Self::Ciw => "Ciw",
        }
    }

    /// Whether it can play a workload.
    pub const fn plays(self, workload: Workload) -> bool {
        match self {
            Self::Bare | Self::Simpy | Self::Engine => true,
            Self::Simcore | Self::Nexosim | Self::Ciw => !matches!(workload, Workload::W3),
        }
    }

    /// What can be asked of it without waiting for minutes: its speed does not depend on the size.
    pub const fn effort(self, is_quick: bool) -> Effort {
        let (n_runs, divisor) = match (self, is_quick) {
            (Self::Bare | Self::Engine | Self::Simcore | Self::Nexosim, false) => (9, 1),
            (Self::Bare | Self::Engine | Self::Simcore | Self::Nexosim, true) => (3, 1),
            (Self::Simpy, false) => (3, 1),
            (Self::Simpy, true) => (1, 10),
            (Self::Ciw, false) => (3, 10),
            (Self::Ciw, true) => (1, 30),
        };
        Effort { n_runs, divisor }
    }

    /// What it is started from, and the package whose version a table names.
    const fn launch(self) -> (Launch, &'static str) {
        match self {
            Self::Bare => (Launch::Binary("bare"), "peers"),
            Self::Engine => (Launch::Binary("engine"), "tradewind"),
            Self::Simcore => (Launch::Binary("simcore-peer"), "simcore"),
            Self::Nexosim => (Launch::Binary("nexosim-peer"), "nexosim"),
            Self::Simpy => (Launch::Script("simpy_peer.py"), "simpy"),
            Self::Ciw => (Launch::Script("ciw_peer.py"), "ciw"),
        }
    }

    const fn is_script(self) -> bool {
        matches!(self.launch().0, Launch::Script(_))
    }
}

impl Bench<'_> {
    /// Whether what a program needs is installed.
    pub fn can_run(&self, program: Program) -> bool {
        !program.is_script() || self.python.is_some()
    }

    /// The version of a program, from the file that pins it.
    ///
    /// # Errors
    /// If the file cannot be read, or does not name it.
    pub fn version(&self, program: Program) -> Result<String> {
        let (launch, package) = program.launch();
        match launch {
            Launch::Binary(_) => self.project.locked_version_in(LOCK, package),
            Launch::Script(_) => python::required_version(self.project, package),
        }
    }

    /// Plays one run. Of a script's CPU time, that of a start without work is taken off.
    ///
    /// # Errors
    /// If the program fails.
    pub fn play(&self, program: Program, workload: Workload, effort: Effort) -> Result<Run> {
        let size = (workload.size() / effort.divisor).to_string();
        let words = [workload.name(), &size, SEED];
        let mut run = measure::play(&mut self.command(program, &words))?;
        if program.is_script() {
            let start = measure::play(&mut self.command(program, &["start"]))?;
            run.cpu_s = (run.cpu_s - start.cpu_s).max(0.0);
        }
        Ok(run)
    }

    fn command(&self, program: Program, words: &[&str]) -> Command {
        let in_checkout = |path: String| self.project.root().join(path).display().to_string();
        let mut line: Vec<String> = Vec::new();
        if self.is_pinned {
            line.extend(["taskset", "-c", "0"].map(str::to_owned));
        }
        match program.launch().0 {
            Launch::Binary(name) => line.push(in_checkout(format!("{TARGET}/release/{name}"))),
            Launch::Script(name) => {
                line.extend(self.python.clone());
                line.push(in_checkout(format!("{}/{name}", python::SCRIPTS)));
            }
        }
        let mut command = self.project.command(&line[0]);
        command.args(&line[1..]).args(words);
        command
    }
}

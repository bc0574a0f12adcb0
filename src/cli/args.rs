//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tradewind::model::Language;
use tradewind::scenario::measured_load::Per;
use tradewind::sim::{Fidelity, Window};
use tradewind::units::{FromText as _, SimDuration, SimTime};

/// Plays designs of a cloud platform against the same weather and compares them.
#[derive(Debug, Parser)]
#[command(name = "tradewind", version, about, max_term_width = 100)]
#[command(
    after_help = "FILE is a scenario file, \"-\" for standard input, or the id of a built-in \
                        scenario such as q1-2.\nExit codes: 0 done; 1 findings of severity error, \
                        a failed objective with --check, or a failed case of verify; 2 usage or \
                        unreadable file."
)]
pub struct Cli {
    /// Language of texts.
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A language on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ja => Self::Ja,
            Lang::En => Self::En,
        }
    }
}

/// A fidelity on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FidelityArg {
    /// Rates and queueing theory: days in milliseconds.
    Fluid,
    /// Every request an event: exact.
    Requests,
}

impl From<FidelityArg> for Fidelity {
    fn from(fidelity: FidelityArg) -> Self {
        match fidelity {
            FidelityArg::Fluid => Self::Fluid,
            FidelityArg::Requests => Self::Requests,
        }
    }
}

/// What the numbers of a measured load count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PerArg {
    /// Requests per second.
    Second,
    /// Requests per minute.
    Minute,
    /// Requests from one point to the next, such as a sum per period of CloudWatch.
    Interval,
}

impl From<PerArg> for Per {
    fn from(per: PerArg) -> Self {
        match per {
            PerArg::Second => Self::Second,
            PerArg::Minute => Self::Minute,
            PerArg::Interval => Self::Interval,
        }
    }
}

/// A measured load in the place of the scenario's.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// Take the load from a table, "-" for standard input: CSV or tabs, times in the first column,
    /// requests in the last.
    #[arg(long, value_name = "TABLE")]
    pub load: Option<String>,
    /// What the numbers of the table count.
    #[arg(long, value_enum, default_value_t = PerArg::Second, requires = "load")]
    pub load_per: PerArg,
    /// Time from one point to the next in a table without times.
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = duration)]
    #[arg(requires = "load")]
    pub load_every: SimDuration,
}

/// Which entries of the decision log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EventsArg {
    /// Every decision and every effect of a fault.
    All,
    /// The steps of the story.
    Important,
}

fn duration(text: &str) -> Result<SimDuration, String> {
    SimDuration::from_text(text).map_err(|error| format!("`{text}` is not {}", error.expected))
}

/// Reads a part of a run, such as `9h58min..10h8min`.
fn window(text: &str) -> Result<Window, String> {
    let (from, to) = text
        .split_once("..")
        .ok_or("two times with .. between them, such as 9h58min..10h8min")?;
    let time = |text| duration(text).map(|it| SimTime::START + it);
    let window = Window {
        from: time(from)?,
        to: time(to)?,
    };
    if window.from < window.to {
        Ok(window)
    } else {
        Err("the end must come after the begin".to_string())
    }
}

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play each design once and print its figures
    Run(RunArgs),
    /// Play a part of a run on rates and request by request and print how far they are apart
    Audit(AuditArgs),
    /// Play two designs in paired replications and print differences with 95 % intervals
    Compare(CompareArgs),
    /// Check scenario files and print every finding with line and column
    Validate(ValidateArgs),
    /// Print the JSON Schema of scenario files
    Schema,
    /// List the built-in scenarios
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check the engine's functions against files of cases with known outcomes
    Verify(VerifyArgs),
    /// Make share links and read them
    #[command(subcommand)]
    Link(LinkCommand),
    /// Write the static first picture of the page (used by the site's build)
    #[command(hide = true)]
    FirstPicture {
        /// The scenario.
        #[arg(default_value = "q1-2")]
        file: String,
        /// Where to write; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// What `run` takes.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Scenario file, "-" or built-in id.
    pub file: String,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Only this design.
    #[arg(long)]
    pub design: Option<String>,
    /// Number of the replication, from 0.
    #[arg(long, default_value_t = 0)]
    pub replication: u32,
    /// Seed instead of the plan's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How closely requests are followed: as rates, or one by one (about a million a second).
    #[arg(long, value_enum, default_value_t = FidelityArg::Fluid)]
    pub fidelity: FidelityArg,
    /// Record and report only this part of the run, such as 9h58min..10h8min.
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    pub window: Option<Window>,
    /// Print JSON.
    #[arg(long, conflicts_with = "log")]
    pub json: bool,
    /// Also record how long calls to each component take, as their callers see them.
    #[arg(long)]
    pub callees: bool,
    /// Print the canonical run log (JSON Lines) instead of figures.
    #[arg(long)]
    pub log: bool,
    /// Print the decision log instead of figures: who decided what, from which numbers, under which
    /// rule; all of it, or only the steps of the story. With --json as data.
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, default_missing_value = "all")]
    #[arg(conflicts_with_all = ["log", "check"])]
    pub events: Option<EventsArg>,
    /// Exit with 1 when an objective is missed.
    #[arg(long)]
    pub check: bool,
}

/// What `audit` takes.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Scenario file, "-" or built-in id.
    pub file: String,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// The part of the run, such as 9h58min..10h8min.
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    pub window: Window,
    /// Only this design.
    #[arg(long)]
    pub design: Option<String>,
    /// Number of the replication, from 0.
    #[arg(long, default_value_t = 0)]
    pub replication: u32,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 when a figure is outside its bar.
    #[arg(long)]
    pub check: bool,
}

/// What `compare` takes.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Scenario file, "-" or built-in id.
    pub file: String,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// The baseline; the scenario's first design when absent.
    #[arg(long)]
    pub baseline: Option<String>,
    /// The candidate; the scenario's second design when absent.
    #[arg(long)]
    pub candidate: Option<String>,
    /// Paired replications instead of the plan's, 2 to 1000.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub replications: Option<u32>,
    /// Seed instead of the plan's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 when the candidate probably misses an objective.
    #[arg(long)]
    pub check: bool,
}

/// What `validate` takes.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Scenario files, "-" or built-in ids.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What `verify` takes.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Files of cases, as in tests/vectors, or "-".
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Print JSON with every case.
    #[arg(long)]
    pub json: bool,
}

/// The `link` sub-commands.
#[derive(Debug, Subcommand)]
pub enum LinkCommand {
    /// Print the share link of a scenario
    Encode {
        /// Scenario file, "-" or built-in id.
        file: String,
        /// Address of the page.
        #[arg(long, default_value = "http://127.0.0.1:8080/")]
        page: String,
    },
    /// Print the scenario behind a share link
    Decode {
        /// The whole link.
        url: String,
    },
}

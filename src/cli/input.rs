//! Reading scenarios, and how a command ends.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use tradewind::model::{Finding, Language, Severity};
use tradewind::scenario::SIZE_LIMIT_BYTES;
use tradewind::scenario::link::LinkError;
use tradewind::scenario::{Scenario, presets};
use tradewind::view;
use tradewind::view::load::look;

use crate::args::LoadArgs;

/// Largest file read, in bytes; one more is read to notice a larger one.
pub const LIMIT_BYTES: u64 = SIZE_LIMIT_BYTES as u64;

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Exit code 0.
    Well,
    /// Exit code 1: findings of severity error, a missed objective, or a failed case.
    Failed,
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::Well => Self::SUCCESS,
            Done::Failed => Self::from(1),
        }
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// A file or standard input cannot be read: exit code 2.
    Unreadable {
        /// What was to be read.
        name: String,
        /// The system's words.
        error: io::Error,
    },
    /// Files that are no files of cases, one defect a line: exit code 2.
    BadFiles(Vec<String>),
    /// The arguments do not fit the scenario: exit code 2.
    Usage(String),
    /// Findings of severity error; they have been printed: exit code 1.
    Findings {
        /// How many.
        errors: usize,
        /// Of what.
        name: String,
    },
    /// A share link that does not open: exit code 1.
    BadLink(LinkError),
    /// Output cannot be written: exit code 2.
    Output(io::Error),
}

impl Failure {
    /// The exit code.
    pub const fn exit(&self) -> u8 {
        match self {
            Self::Findings { .. } | Self::BadLink(_) => 1,
            Self::Unreadable { .. } | Self::BadFiles(_) | Self::Usage(_) | Self::Output(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { name, error } => write!(
                f,
                "cannot read {name}: {error}\n  FILE is a path, \"-\" for standard input, or a \
                 built-in id (`tradewind list` prints them)"
            ),
            Self::BadFiles(defects) => f.write_str(&defects.join("\ntradewind: ")),
            Self::Usage(message) => f.write_str(message),
            Self::Findings { errors: 1, name } => write!(f, "{name}: 1 error; nothing was played"),
            Self::Findings { errors, name } => {
                write!(f, "{name}: {errors} errors; nothing was played")
            }
            Self::BadLink(error) => write!(f, "the link does not open: {error}"),
            Self::Output(error) => write!(f, "cannot write output: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The bytes of a file, or of standard input for `-`, up to one more than the limit.
///
/// # Errors
/// When it cannot be read.
pub fn read_named(name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if name == "-" {
        let input = io::stdin().lock();
        input.take(LIMIT_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        let file = std::fs::File::open(name)?;
        file.take(LIMIT_BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The bytes of a file, of standard input for `-`, or of a built-in scenario. A size over the limit
/// and bytes that are not UTF-8 become findings of the reader.
///
/// # Errors
/// [`Failure::Unreadable`] when none of them can be read.
pub fn read_bytes(name: &str) -> Result<Vec<u8>, Failure> {
    read_named(name).or_else(|error| match presets::find(name) {
        Some(preset) => Ok(preset.text.as_bytes().to_vec()),
        None => Err(Failure::Unreadable {
            name: name.to_string(),
            error,
        }),
    })
}

/// Reads a scenario and prints its findings to standard error.
///
/// # Errors
/// Unreadable files, and findings of severity error: a command plays only what is whole.
pub fn read_scenario(name: &str, language: Language) -> Result<Scenario, Failure> {
    let (scenario, findings) = Scenario::parse_bytes(&read_bytes(name)?);
    print_findings(&mut io::stderr().lock(), name, &findings, language)?;
    match scenario {
        Some(scenario) if errors(&findings) == 0 => Ok(scenario),
        _ => Err(Failure::Findings {
            errors: errors(&findings),
            name: name.to_string(),
        }),
    }
}

/// Reads a scenario, and the measured load that takes the place of its own if there is one.
///
/// # Errors
/// Unreadable files, and findings of severity error in either of them.
pub fn read_loaded(name: &str, args: &LoadArgs, language: Language) -> Result<Scenario, Failure> {
    let Some(table) = &args.load else {
        return read_scenario(name, language);
    };
    if name == "-" && table == "-" {
        let told = "scenario and load cannot both come from standard input: name a file for one";
        return Err(Failure::Usage(told.to_string()));
    }
    let mut scenario = read_scenario(name, language)?;
    let bytes = read_named(table).map_err(|error| Failure::Unreadable {
        name: table.clone(),
        error,
    })?;
    // Headings in another encoding do not matter, and numbers are the same in all of them.
    let text = String::from_utf8_lossy(&bytes);
    let (per, usual, run) = (
        args.load_per.into(),
        args.load_every,
        scenario.plan.duration,
    );
    let seen = look(&text, per, usual, run, language);
    let mut told = io::stderr().lock();
    let Some(profile) = seen.profile else {
        print_findings(&mut told, table, &seen.findings, language)?;
        return Err(Failure::Findings {
            errors: seen.findings.len(),
            name: table.clone(),
        });
    };
    writeln!(told, "{table}: {}", seen.understood)?;
    scenario.load.profile = profile;
    // What the scenario says about the origin of its own load no longer holds.
    scenario.sources.remove("/load/profile");
    Ok(scenario)
}

/// Number of findings of severity error.
pub fn errors(findings: &[Finding]) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count()
}

/// Prints findings, one a line: `file:line:column: severity: sentence`.
///
/// # Errors
/// When the output cannot be written.
pub fn print_findings(
    to: &mut impl io::Write,
    name: &str,
    findings: &[Finding],
    language: Language,
) -> io::Result<()> {
    for finding in findings {
        let place = finding
            .place
            .map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
        // The place stands in front, as compilers and editors write it.
        let unplaced = Finding {
            place: None,
            ..finding.clone()
        };
        let sentence = view::findings::sentence(&unplaced, language);
        writeln!(to, "{name}{place}: {sentence}")?;
    }
    Ok(())
}

/// Prints to standard output; a closed pipe (as in `| head`) is not an error.
///
/// # Errors
/// When the output cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::Output),
    }
}

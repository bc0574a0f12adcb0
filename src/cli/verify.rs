//! `verify`: files of ground-truth cases against the engine's own functions.

use serde::Serialize;
use serde_json::{Map, Value};
use tradewind::analysis::verify::{Report, Status};
use tradewind::model::Language;
use tradewind::view;

use crate::args::VerifyArgs;
use crate::input::{Done, Failure, LIMIT_BYTES, print, read_named};
use crate::inspect::print_json;

/// Checks every case of every file and prints what came out. Files that cannot be read do not keep
/// the others from being checked.
///
/// # Errors
/// [`Failure::BadFiles`] with every defect of every file, after the other files' outcomes have been
/// printed.
pub fn verify(args: &VerifyArgs, language: Language) -> Result<Done, Failure> {
    let (mut reports, mut defects) = (Vec::new(), Vec::new());
    for file in &args.files {
        match read(file) {
            Ok(report) => reports.push((file.as_str(), report)),
            Err(found) => {
                defects.extend(found.into_iter().map(|defect| format!("{file}: {defect}")));
            }
        }
    }
    if args.json {
        print_json(&Output::of(&reports, language))?;
    } else {
        for (file, report) in &reports {
            print(&view::verify::report(file, report, language))?;
        }
    }
    if !defects.is_empty() {
        return Err(Failure::BadFiles(defects));
    }
    let failed = |(_, report): &(&str, Report)| report.count(Status::Failed) > 0;
    Ok(if reports.iter().any(failed) {
        Done::Failed
    } else {
        Done::Well
    })
}

/// A file's report, or everything that is wrong with it.
fn read(file: &str) -> Result<Report, Vec<String>> {
    let bytes = read_named(file).map_err(|error| vec![format!("cannot be read: {error}")])?;
    if bytes.len() as u64 > LIMIT_BYTES {
        return Err(vec![format!("larger than {LIMIT_BYTES} bytes")]);
    }
    let text = String::from_utf8(bytes).map_err(|error| vec![format!("not UTF-8: {error}")])?;
    let words = |defects: Vec<_>| defects.iter().map(ToString::to_string).collect();
    Report::of(&text).map_err(words)
}

/// The JSON that scripts read.
#[derive(Serialize)]
struct Output<'a> {
    files: Vec<FileOutput<'a>>,
}

#[derive(Serialize)]
struct FileOutput<'a> {
    file: &'a str,
    passed: usize,
    failed: usize,
    unsupported: usize,
    cases: Vec<CaseOutput<'a>>,
}

#[derive(Serialize)]
struct CaseOutput<'a> {
    id: &'a str,
    status: &'static str,
    expected: &'a Map<String, Value>,
    got: &'a Value,
    /// Why it is unsupported; null otherwise.
    reason: Option<String>,
}

impl<'a> Output<'a> {
    fn of(reports: &'a [(&'a str, Report)], language: Language) -> Self {
        let files = reports
            .iter()
            .map(|(file, report)| FileOutput::of(file, report, language));
        Self {
            files: files.collect(),
        }
    }
}

impl<'a> FileOutput<'a> {
    fn of(file: &'a str, report: &'a Report, language: Language) -> Self {
        let cases = report.cases.iter().map(|(case, outcome)| CaseOutput {
            id: &case.id,
            status: outcome.status.word(),
            expected: &case.expect,
            got: &outcome.got,
            reason: (outcome.gap.as_ref()).map(|gap| view::verify::reason(case, gap, language)),
        });
        Self {
            file,
            passed: report.count(Status::Passed),
            failed: report.count(Status::Failed),
            unsupported: report.count(Status::Unsupported),
            cases: cases.collect(),
        }
    }
}

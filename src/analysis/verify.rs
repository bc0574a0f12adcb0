//! Ground truth: files of cases with known outcomes, run through the engine's own functions.
//!
//! A file is `{"schema_version": 1, ..., "cases": [...]}`; `tests/vectors/README.md` describes the
//! families and their sources. Here a case is only translated: its fields become arguments of the
//! function that the engine itself uses, and the answer is held against what the case expects. No
//! rule is computed a second time. What has no function, or states an input that no function takes,
//! is *unsupported*: never passed in silence.
//!
//! Everything is pure, so that the command and the page give the same verdict on the same text.

mod availability;
mod compare;
mod cost;
mod fields;
mod figure;
mod hpa;
mod queueing;
mod scheduling;
mod slo;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use thiserror::Error;

pub use figure::{Figure, Tolerance};

use super::theory::TheoryError;
use crate::model::json::{FromJson as _, Members, Refusal};

/// The version of the format that is read.
pub const SCHEMA_VERSION: u64 = 1;

/// What a case is about. A case says so itself, so a file may hold several families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Queueing formulas: cases with a `model`.
    Queueing,
    /// Redundancy, zones and downtime: by `kind`.
    Availability,
    /// Error budgets and alerts: by `kind`.
    Slo,
    /// The Horizontal Pod Autoscaler's arithmetic: by `kind`.
    Hpa,
    /// Bills: cases with a `service`.
    Cost,
    /// Placement and node provisioning: cases with an `engine`, by `kind`.
    Scheduling,
    /// Something else.
    Unknown,
}

/// One case of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Unique in its file.
    pub id: String,
    /// Where it comes from, in the file's own words: its source, or else its formula; empty when
    /// the file does not say.
    pub source: String,
    /// What it is about.
    pub family: Family,
    /// Which function of the family: its `model`, `kind` or `service`.
    pub subject: String,
    /// What goes in.
    pub input: Map<String, Value>,
    /// What has to come out.
    pub expect: Map<String, Value>,
    /// Prices in dollars; bills only.
    pub unit_prices: Map<String, Value>,
    /// How far a total may be off, in dollars; bills only.
    pub tolerance_usd: f64,
}

/// How a case went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Every expected figure holds.
    Passed,
    /// At least one does not.
    Failed,
    /// The engine has no function for it.
    Unsupported,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Failed, Self::Unsupported];

    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What a case gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it went.
    pub status: Status,
    /// The engine's figures under the keys of the expected ones; `{"error": ...}` where it refuses
    /// the input; null when unsupported.
    pub got: Value,
    /// Keys of the expected figures that do not hold.
    pub differing: Vec<String>,
    /// The expected figures beside the engine's, part by part; none when unsupported.
    pub figures: Vec<Figure>,
    /// Why it is unsupported, if it is.
    pub gap: Option<Gap>,
}

/// Why a case is unsupported. Names are those of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// No function of the engine is about its subject.
    Subject,
    /// Inputs that no function takes.
    Inputs(Vec<String>),
    /// The value of an input that no function knows.
    Value(String),
    /// A figure that no function gives.
    Figure(String),
    /// A bill whose usage no meter can be given: the reason.
    Unbillable(String),
    /// A bill with other lines than the engine's.
    Lines,
}

/// Why a text is no file of cases. Case numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Defect {
    /// Not JSON, or cut off.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// JSON, but no file of cases.
    #[error("not a file of cases: {0}")]
    NotCases(Refusal),
    /// A version that this program does not know.
    #[error("schema_version {0} is not known; this program reads version {SCHEMA_VERSION}")]
    UnknownVersion(u64),
    /// A case that lacks a part or has a wrong one.
    #[error("case {number}: {refusal}")]
    BadCase {
        /// Which.
        number: usize,
        /// What is wrong.
        refusal: Refusal,
    },
    /// Two cases of one name.
    #[error("case {number}: the id \"{id}\" is taken by an earlier case")]
    SameId {
        /// The later one.
        number: usize,
        /// The name.
        id: String,
    },
}

/// Why a case has no figures to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Obstacle {
    /// The engine has no function for it.
    Unsupported(Gap),
    /// The input is refused, in these words.
    Refused(String),
}

impl From<Gap> for Obstacle {
    fn from(gap: Gap) -> Self {
        Self::Unsupported(gap)
    }
}

impl From<TheoryError> for Obstacle {
    fn from(error: TheoryError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// The engine's figures, as an object, or why there are none.
type Answer = Result<Value, Obstacle>;

/// Reads the cases of a file.
///
/// # Errors
/// Every [`Defect`] of the text.
pub fn read(text: &str) -> Result<Vec<Case>, Vec<Defect>> {
    let file: Value =
        serde_json::from_str(text).map_err(|error| vec![Defect::NotJson(error.to_string())])?;
    let not_cases = |refusal| vec![Defect::NotCases(refusal)];
    let members = Members::of(&file).map_err(not_cases)?;
    let version = members.required("schema_version").map_err(not_cases)?;
    if version != SCHEMA_VERSION {
        return Err(vec![Defect::UnknownVersion(version)]);
    }
    let values: Vec<Value> = members.required("cases").map_err(not_cases)?;
    let (mut cases, mut defects) = (Vec::new(), Vec::new());
    let mut ids = BTreeSet::new();
    for (value, number) in values.iter().zip(1..) {
        match Case::read(value) {
            Ok(case) if !ids.insert(case.id.clone()) => {
                let id = case.id;
                defects.push(Defect::SameId { number, id });
            }
            Ok(case) => cases.push(case),
            Err(refusal) => defects.push(Defect::BadCase { number, refusal }),
        }
    }
    if defects.is_empty() {
        Ok(cases)
    } else {
        Err(defects)
    }
}

impl Case {
    fn read(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        let (family, subject) = subject(value)?;
        let expect: Map<_, _> = members.required("expect")?;
        if expect.is_empty() {
            return Err(Refusal::Expected("a figure in `expect`"));
        }
        Ok(Self {
            id: members.required("id")?,
            source: source(value),
            family,
            subject,
            input: members.required("input")?,
            expect,
            unit_prices: members.or("unit_prices", Map::new())?,
            tolerance_usd: members.or("tolerance_usd", 0.0)?,
        })
    }
}

/// Where a case comes from. A source may be a text, or an object with the places of one.
fn source(case: &Value) -> String {
    let parts = match case.get("source").or_else(|| case.get("formula")) {
        Some(Value::Object(parts)) => parts.values().filter_map(Value::as_str).collect(),
        stated => stated
            .and_then(Value::as_str)
            .into_iter()
            .collect::<Vec<_>>(),
    };
    parts.join(", ")
}

/// The family that a case's words tell, and the word.
fn subject(case: &Value) -> Result<(Family, String), Refusal> {
    let word = |key: &str| case.get(key).map(String::from_json).transpose();
    if let Some(model) = word("model")? {
        return Ok((Family::Queueing, model));
    }
    if let Some(service) = word("service")? {
        return Ok((Family::Cost, service));
    }
    let kind = word("kind")?.ok_or(Refusal::Expected("a `model`, a `kind` or a `service`"))?;
    let family = if case.get("engine").is_some() {
        Family::Scheduling
    } else if availability::KINDS.contains(&kind.as_str()) {
        Family::Availability
    } else if slo::KINDS.contains(&kind.as_str()) {
        Family::Slo
    } else if hpa::KINDS.contains(&kind.as_str()) {
        Family::Hpa
    } else {
        Family::Unknown
    };
    Ok((family, kind))
}

/// Runs a case through the engine and compares.
#[must_use]
pub fn check(case: &Case) -> Outcome {
    let answer = match case.family {
        Family::Queueing => queueing::answer(case),
        Family::Availability => availability::answer(case),
        Family::Slo => slo::answer(case),
        Family::Hpa => hpa::answer(case),
        Family::Cost => return cost::check(case),
        Family::Scheduling => scheduling::answer(case),
        Family::Unknown => Err(Gap::Subject.into()),
    };
    match answer {
        Ok(got) => compare::outcome(&case.expect, &got),
        Err(Obstacle::Refused(error)) => compare::outcome(&case.expect, &json!({ "error": error })),
        Err(Obstacle::Unsupported(gap)) => Outcome::unsupported(gap),
    }
}

impl Outcome {
    const fn unsupported(gap: Gap) -> Self {
        Self {
            status: Status::Unsupported,
            got: Value::Null,
            differing: Vec::new(),
            figures: Vec::new(),
            gap: Some(gap),
        }
    }

    fn compared(got: Value, differing: Vec<String>, figures: Vec<Figure>) -> Self {
        let status = if differing.is_empty() {
            Status::Passed
        } else {
            Status::Failed
        };
        Self {
            status,
            got,
            differing,
            figures,
            gap: None,
        }
    }
}

/// The cases of one file with their outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// In the file's order.
    pub cases: Vec<(Case, Outcome)>,
}

impl Report {
    /// Checks every case of a text.
    ///
    /// # Errors
    /// As [`read`].
    pub fn of(text: &str) -> Result<Self, Vec<Defect>> {
        let checked = |case: Case| {
            let outcome = check(&case);
            (case, outcome)
        };
        let cases = read(text)?.into_iter().map(checked).collect();
        Ok(Self { cases })
    }

    /// How many cases went so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        let went_so = |(_, outcome): &&(Case, Outcome)| outcome.status == status;
        self.cases.iter().filter(went_so).count()
    }
}

#[cfg(test)]
mod tests;

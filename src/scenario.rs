//! Scenario files: text in, findings out.
//!
//! A scenario asks one question of two or more designs under the same load and the same tape of
//! faults. A file holds a base architecture, and each design as a JSON Merge Patch on it.
//!
//! Reading answers with everything that is wrong ([`Finding`]), and with a [`Scenario`] made of
//! what can be used: a part with an error is left out, so that its default holds; a design that
//! cannot run without such a part is left out as a whole, and without its baseline, its load or
//! its plan a scenario is not simulated at all.
//!
//! In reading order: [`mod@format`] (what a file holds), [`schema`] (the same as JSON Schema),
//! `text` (strict JSON and places), `walk` (a document along the schema), `read` (document to
//! scenario), [`merge`] (patches), [`mod@write`] (canonical text), [`presets`], [`link`] and
//! [`measured_load`].

pub mod format;
pub mod link;
pub mod measured_load;
pub mod merge;
mod pointer;
pub mod presets;
mod read;
pub mod schema;
mod text;
mod walk;
pub mod write;

use serde_json::Value;

use crate::model::{ById, Design, Finding, Load, Objectives, RunPlan, Tape, Text};
use crate::units::order;
pub use format::{DesignEntry, ScenarioDocument, Source, Step};
pub use text::SIZE_LIMIT_BYTES;

/// One design of a scenario, resolved.
#[derive(Debug, Clone)]
pub struct DesignCase {
    /// Id, such as `"multi-az"`.
    pub id: String,
    /// Short name.
    pub name: Text,
    /// What is particular about it.
    pub summary: Text,
    /// The resolved graph.
    pub design: Design,
}

/// A scenario, ready to be played.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Id, such as `"q1-2"`.
    pub id: String,
    /// Name.
    pub title: Text,
    /// The question that it answers.
    pub question: Text,
    /// The answer that it is expected to give.
    pub claim: Text,
    /// The designs in order; the first is the baseline.
    pub designs: Vec<DesignCase>,
    /// The load that all designs meet.
    pub load: Load,
    /// What happens to all designs.
    pub tape: Tape,
    /// What a design has to reach.
    pub objectives: Objectives,
    /// How long, from which seed, how often.
    pub plan: RunPlan,
    /// The story in steps.
    pub storyboard: Vec<Step>,
    /// Sources of the numbers, by JSON Pointer.
    pub sources: ById<Source>,
    /// The document as read; edits are merge patches on it.
    pub document: Value,
}

impl Scenario {
    /// Reads a file's text. The scenario is absent when nothing can be simulated.
    #[must_use]
    pub fn parse(text: &str) -> (Option<Self>, Vec<Finding>) {
        // Some editors begin a file with a byte order mark, which JSON does not know.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let reading = match text::read(text) {
            Ok(reading) => reading,
            Err(finding) => return (None, vec![finding]),
        };
        let (scenario, findings) = read::read(reading.value);
        let mut all = reading.duplicates;
        all.extend(findings);
        for finding in &mut all {
            text::put_place(text, finding);
        }
        order::sort_by(&mut all, |a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
        (scenario, all)
    }

    /// Reads a file's bytes, which should be UTF-8.
    #[must_use]
    pub fn parse_bytes(bytes: &[u8]) -> (Option<Self>, Vec<Finding>) {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text),
            Err(error) => (None, vec![text::not_utf8(bytes, error.valid_up_to())]),
        }
    }

    /// Reads a document that is already JSON; findings then have a path but no place.
    #[must_use]
    pub fn from_value(value: Value) -> (Option<Self>, Vec<Finding>) {
        read::read(value)
    }

    /// This scenario with a merge patch on its document.
    #[must_use]
    pub fn with_patch(&self, patch: &Value) -> (Option<Self>, Vec<Finding>) {
        let mut document = self.document.clone();
        merge::apply(&mut document, patch);
        Self::from_value(document)
    }

    /// The design with an id.
    #[must_use]
    pub fn design(&self, id: &str) -> Option<&DesignCase> {
        self.designs.iter().find(|case| case.id == id)
    }
}

//! Scenario files: text in, findings out.
//!
//! A scenario asks one question of two or more designs under the same load and the same tape of
//! faults. A file holds a base architecture, and each design as a JSON Merge Patch on it.
//!
//! Reading answers with everything that is wrong ([`Finding`]), and with a [`Scenario`] made of
//! what can be used: a part with an error is left out, so that its default holds.

pub mod format;
pub mod merge;
pub mod presets;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{
    Architecture, Design, Finding, FindingKind, Load, Objectives, RunPlan, Tape, Text,
};
pub use format::{DesignEntry, ScenarioDocument, Source, Step};

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
    pub sources: BTreeMap<String, Source>,
    /// The document as read; edits are merge patches on it.
    pub document: Value,
}

impl Scenario {
    /// Reads a file's text. The scenario is absent when nothing can be simulated.
    #[must_use]
    pub fn parse(text: &str) -> (Option<Self>, Vec<Finding>) {
        match serde_json::from_str(text) {
            Ok(value) => Self::from_value(value),
            Err(error) => (None, vec![syntax(&error)]),
        }
    }

    /// Reads a document that is already JSON; findings then have a path but no place.
    #[must_use]
    pub fn from_value(value: Value) -> (Option<Self>, Vec<Finding>) {
        match read(value) {
            Ok(scenario) => (Some(scenario), Vec::new()),
            Err(error) => (None, vec![syntax(&error)]),
        }
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

fn syntax(error: &serde_json::Error) -> Finding {
    let message = error.to_string();
    Finding::error("", FindingKind::Syntax { message })
}

fn read(value: Value) -> Result<Scenario, serde_json::Error> {
    let document: ScenarioDocument = serde_json::from_value(value.clone())?;
    let mut designs = Vec::new();
    for id in &document.design_order {
        let Some(entry) = document.designs.get(id) else {
            continue;
        };
        let mut merged = value.get("base").cloned().unwrap_or_default();
        merge::apply(&mut merged, &entry.patch);
        let architecture: Architecture = serde_json::from_value(merged)?;
        let (design, _) = Design::resolve(id.clone(), architecture);
        designs.push(DesignCase {
            id: id.clone(),
            name: entry.name.clone(),
            summary: entry.summary.clone(),
            design,
        });
    }
    Ok(Scenario {
        id: document.id,
        title: document.title,
        question: document.question,
        claim: document.claim,
        designs,
        load: document.load,
        tape: document.tape,
        objectives: document.objectives,
        plan: document.plan,
        storyboard: document.storyboard,
        sources: document.sources,
        document: value,
    })
}

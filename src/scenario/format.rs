//! The scenario document: what a `*.tradewind.json` file holds, as plain data.
//!
//! Everything that an edit may touch is an object keyed by id, so that a change is a small JSON
//! Merge Patch (RFC 7396): arrays stand only where order matters (zones, stages, storyboard). Keys
//! are snake_case and quantities are texts with a unit. The JSON Schema in
//! `www/schema/scenario-v1.json` is generated from these types; see [`super::schema`].

use serde::Serialize;
use serde_json::Value;

use crate::model::defaults::Grade;
use crate::model::json::{self, from_json};
use crate::model::{Architecture, ById, Load, Objectives, RunPlan, Tape, Text};
use crate::units::SimDuration;

/// Version of the format that this build writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 1;

/// One design as written: its texts and how it differs from the base architecture.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct DesignEntry {
    /// Short name, such as "Multi-AZ".
    pub name: Text,
    /// What is particular about it, in a sentence or two.
    pub summary: Text,
    /// JSON Merge Patch on the base architecture; `{}` is the base itself, `null` removes a key.
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, Value>"))]
    pub patch: Value,
}

from_json!(DesignEntry or default { name, summary, patch });

/// A step of the storyboard: where to look, when, and what to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Step {
    /// Time since the start of the run.
    pub at: SimDuration,
    /// Id of the component to look at; absent means the whole picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub focus: Option<String>,
    /// Heading.
    pub title: Text,
    /// What the audience reads.
    pub caption: Text,
    /// What only the presenter reads.
    #[cfg_attr(test, schemars(default))]
    pub notes: Text,
}

from_json!(Step { at, focus or None, title, caption, notes or Text::default() });

/// Where a number of the file comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Source {
    /// Who says so, or why it was chosen.
    pub text: Text,
    /// Address of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub url: Option<String>,
    /// Date or version of the source, such as `"2025-04-15"`.
    pub as_of: String,
    /// How well it is known.
    pub grade: Grade,
}

from_json!(Source { text, url or None, as_of, grade });

/// A whole scenario file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct ScenarioDocument {
    /// Address of the JSON Schema, for editors.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub schema: Option<String>,
    /// Version of this format: 1.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    pub schema_version: u32,
    /// Id of the scenario: 1 to 40 lower-case letters, digits and hyphens.
    #[cfg_attr(test, schemars(regex(pattern = r"^[a-z0-9-]{1,40}$")))]
    pub id: String,
    /// Name of the scenario.
    #[cfg_attr(test, schemars(default))]
    pub title: Text,
    /// The question that it answers.
    #[cfg_attr(test, schemars(default))]
    pub question: Text,
    /// The answer that it is expected to give, in words; the run proves or refutes it.
    #[cfg_attr(test, schemars(default))]
    pub claim: Text,
    /// The architecture that the designs patch.
    pub base: Architecture,
    /// The designs by id, 2 to 12.
    #[cfg_attr(test, schemars(extend("minProperties" = 2, "maxProperties" = 12)))]
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(
        test,
        schemars(with = "std::collections::BTreeMap<String, DesignEntry>")
    )]
    pub designs: ById<DesignEntry>,
    /// Ids of the designs in order of display, each once. The first is the baseline.
    #[cfg_attr(test, schemars(default))]
    #[cfg_attr(test, schemars(length(max = 12)))]
    pub design_order: Vec<String>,
    /// The load that all designs meet.
    pub load: Load,
    /// What happens to all designs.
    #[cfg_attr(test, schemars(default))]
    pub tape: Tape,
    /// What a design has to reach.
    #[cfg_attr(test, schemars(default))]
    pub objectives: Objectives,
    /// How long, from which seed, how often.
    #[cfg_attr(test, schemars(default))]
    pub plan: RunPlan,
    /// The story in steps, at most 50.
    #[cfg_attr(test, schemars(default))]
    #[cfg_attr(test, schemars(length(max = 50)))]
    pub storyboard: Vec<Step>,
    /// Sources of the numbers, by JSON Pointer of a value in this file or of a part around it.
    #[cfg_attr(test, schemars(default))]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "maxLength": 200 })))]
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Source>"))]
    pub sources: ById<Source>,
}

from_json!(ScenarioDocument {
    schema as "$schema" or None, schema_version, id, title or Text::default(),
    question or Text::default(), claim or Text::default(), base, designs,
    design_order or Vec::new(), load, tape or Tape::default(),
    objectives or Objectives::default(), plan or RunPlan::default(), storyboard or Vec::new(),
    sources or ById::new(),
});

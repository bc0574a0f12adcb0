//! Links that are reproducible experiments.
//!
//! ```text
//! ?q=<preset>[&lang=ja|en][&mode=present|embed][&step=n][&t=<seconds>][&e=1#<data>]
//! <data> = d1.<payload>.<crc32>   edits: a merge patch on the preset named by q
//!        | s1.<payload>.<crc32>   a whole scenario
//! ```
//!
//! The data stands after `#`, so that it never reaches a server; `e=1` says that it should be
//! there, because some programs cut it off. The payload is canonical JSON, deflated and written in
//! base64url. The checksum is eight hex digits of CRC-32 over codec, preset id and payload, and
//! the payload holds the preset's revision, so that damage to any of them is noticed.
//!
//! A link opens as what was sent, or it is refused with a reason: there is no partial application
//! and no falling back to a default. A codec's letter and digit are never used again for something
//! else, and a corpus in `tests/golden/links` opens for ever.

mod codec;
mod url;

use serde_json::Value;
use thiserror::Error;

use super::{Scenario, merge, presets};
use crate::model::{ById, Finding, Language, Severity};
use crate::units::SimDuration;

/// Version of the engine that this build writes into links.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// The preset that an address without `q` shows.
pub const FIRST_PRESET: &str = "q1-2";

/// The `q` of a link that belongs to no preset.
pub const BLANK_PRESET: &str = "blank";

/// Largest content of a link before compression, in bytes: 1 MiB.
pub const CONTENT_LIMIT_BYTES: u32 = 1 << 20;

/// How the page shows a link's scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// With everything around it.
    #[default]
    Full,
    /// For a projector.
    Present,
    /// Inside another page.
    Embed,
}

/// What a link says about the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// The language; absent means the reader's own.
    pub language: Option<Language>,
    /// How the page looks.
    pub mode: Mode,
    /// Step of the storyboard, from 0.
    pub step: Option<u32>,
    /// Position of the playhead, in whole seconds.
    pub at: Option<SimDuration>,
}

/// What a link carries behind `#`.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A merge patch on the preset.
    Edits {
        /// Revision of the preset that was edited.
        revision: String,
        /// The patch.
        patch: Value,
    },
    /// A whole document.
    Whole(Value),
}

/// Content of a link and who wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Version of the engine that wrote the link.
    pub engine: String,
    /// The author's results by design id: availability (0 to 1), p99 in milliseconds, list cost
    /// per month in dollars. May be empty.
    pub headline: ById<[f64; 3]>,
    /// What was sent.
    pub body: Body,
}

/// A link.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Id of the preset before `#`.
    pub preset: String,
    /// How it is shown.
    pub view: View,
    /// What is behind `#`, if anything.
    pub content: Option<Content>,
}

/// Why a link does not open. The message is in English; the page has its own words.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LinkError {
    /// The link says that edits follow, and they are not there.
    #[error("the edits are missing: some program removed what follows #")]
    EditsMissing {
        /// The preset that could be shown instead, when asked.
        preset: String,
    },
    /// Characters were changed, dropped or added.
    #[error("the link is damaged: a chat or mail program may have cut it")]
    Damaged,
    /// A kind of content that this version does not know.
    #[error("unknown kind of link \"{codec}\": a newer version may have written it")]
    UnknownCodec {
        /// Letter and digit before the first full stop.
        codec: String,
    },
    /// More content than is read.
    #[error("the content is larger than {limit_bytes} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit_bytes: u32,
    },
    /// A preset that does not exist.
    #[error("there is no scenario \"{id}\"")]
    UnknownPreset {
        /// The id in the link, shortened.
        id: String,
        /// The nearest id, if one is near.
        suggestion: Option<String>,
    },
    /// A part of the address with a value that it cannot have.
    #[error("\"{name}={value}\" is not understood")]
    Parameter {
        /// The parameter.
        name: String,
        /// Its value, shortened.
        value: String,
    },
    /// The content arrived whole, but is not a scenario without errors.
    #[error("the content has {} finding(s)", .0.len())]
    Findings(Vec<Finding>),
}

/// Something to tell the reader of a link that did open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The preset is no longer what the edits were made for.
    PresetChanged {
        /// Revision that was edited.
        written_for: String,
        /// Revision now.
        current: String,
    },
    /// Another version of the engine wrote the link; its results may differ.
    OtherEngine {
        /// Version that wrote it.
        written_by: String,
    },
}

/// An opened link.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The link.
    pub link: Link,
    /// Its scenario.
    pub scenario: Scenario,
    /// Warnings about the scenario; errors refuse a link.
    pub findings: Vec<Finding>,
    /// What else the reader should know.
    pub notices: Vec<Notice>,
}

impl Link {
    /// A link to a preset as it is.
    #[must_use]
    pub fn to_preset(id: impl Into<String>) -> Self {
        Self {
            preset: id.into(),
            view: View::default(),
            content: None,
        }
    }

    /// The shortest link to a document that was made from `preset`: to the preset itself, to edits
    /// of it, or, when no patch can express the edits or there is no such preset, to the whole.
    #[must_use]
    pub fn to_document(preset: &str, document: &Value) -> Self {
        let found = presets::find(preset).map(presets::Preset::scenario);
        let Some(original) = found else {
            return Self::with_body(BLANK_PRESET, Body::Whole(document.clone()));
        };
        match merge::diff(&original.document, document) {
            Some(patch) if patch.as_object().is_some_and(serde_json::Map::is_empty) => {
                Self::to_preset(preset)
            }
            Some(patch) => {
                let revision = presets::revision(&original.document);
                Self::with_body(preset, Body::Edits { revision, patch })
            }
            None => Self::with_body(preset, Body::Whole(document.clone())),
        }
    }

    fn with_body(preset: &str, body: Body) -> Self {
        let content = Content {
            engine: ENGINE.to_string(),
            headline: ById::new(),
            body,
        };
        Self {
            content: Some(content),
            ..Self::to_preset(preset)
        }
    }

    /// Resolves the link to a scenario.
    ///
    /// # Errors
    /// [`LinkError::UnknownPreset`] when a preset is needed and does not exist, and
    /// [`LinkError::Findings`] when the scenario has errors.
    pub fn open(self) -> Result<Opened, LinkError> {
        let mut notices = Vec::new();
        if let Some(content) = &self.content
            && content.engine != ENGINE
        {
            let written_by = content.engine.clone();
            notices.push(Notice::OtherEngine { written_by });
        }
        let (scenario, findings) = match self.content.as_ref().map(|content| &content.body) {
            Some(Body::Whole(document)) => Scenario::from_value(document.clone()),
            Some(Body::Edits { revision, patch }) => {
                let original = self.known_preset()?;
                let current = presets::revision(&original.document);
                if *revision != current {
                    let written_for = revision.clone();
                    notices.push(Notice::PresetChanged {
                        written_for,
                        current,
                    });
                }
                original.with_patch(patch)
            }
            None => (Some(self.known_preset()?), Vec::new()),
        };
        match scenario {
            Some(scenario) if findings.iter().all(|f| f.severity < Severity::Error) => Ok(Opened {
                link: self,
                scenario,
                findings,
                notices,
            }),
            _ => Err(LinkError::Findings(findings)),
        }
    }

    fn known_preset(&self) -> Result<Scenario, LinkError> {
        presets::find(&self.preset)
            .map(presets::Preset::scenario)
            .ok_or_else(|| unknown_preset(&self.preset))
    }
}

fn unknown_preset(id: &str) -> LinkError {
    let known = presets::list().iter().map(|preset| preset.id);
    LinkError::UnknownPreset {
        id: super::pointer::shorten(id),
        suggestion: crate::model::finding::nearest(&super::pointer::shorten(id), known),
    }
}

/// The two parts of a link: the query without `?` and the fragment without `#`, which is empty for
/// a link without content.
#[must_use]
pub fn encode(link: &Link) -> (String, String) {
    let mut query = url::query(link);
    let Some(content) = &link.content else {
        return (query, String::new());
    };
    query.push_str("&e=1");
    (query, codec::encode(&link.preset, content))
}

/// Reads the two parts of a link, each with or without its leading `?` or `#`.
///
/// # Errors
/// Every [`LinkError`] except those that need the scenario itself; see [`Link::open`].
pub fn decode(query: &str, fragment: &str) -> Result<Link, LinkError> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let parameters = url::parameters(query)?;
    let has_data = codec::looks_like_data(fragment);
    let mut link = Link {
        preset: parameters
            .preset
            .clone()
            .unwrap_or(FIRST_PRESET.to_string()),
        view: parameters.view,
        content: None,
    };
    match (parameters.edits_follow, parameters.preset) {
        // Other fragments are anchors of the page.
        (false, _) if !has_data => Ok(link),
        (true, Some(preset)) if fragment.is_empty() => Err(LinkError::EditsMissing { preset }),
        (true, Some(preset)) => {
            link.content = Some(codec::decode(&preset, fragment)?);
            Ok(link)
        }
        _ => Err(LinkError::Damaged),
    }
}

/// A whole address: `base` (its own query and fragment are dropped) and the link.
#[must_use]
pub fn link_url(base: &str, link: &Link) -> String {
    let base = base.split(['?', '#']).next().unwrap_or_default();
    match encode(link) {
        (query, fragment) if fragment.is_empty() => format!("{base}?{query}"),
        (query, fragment) => format!("{base}?{query}#{fragment}"),
    }
}

/// Reads a whole address.
///
/// # Errors
/// As [`decode`].
pub fn parse_url(address: &str) -> Result<Link, LinkError> {
    let (rest, fragment) = address.split_once('#').unwrap_or((address, ""));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    decode(query, fragment)
}

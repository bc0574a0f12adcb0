//! What a row of the table of defaults says.

use serde::Serialize;

use crate::model::json::from_json;

/// How well a figure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Grade {
    /// Read in the vendor's or project's own text or code.
    Verified,
    /// Read in somebody else's text, or measured by somebody else.
    Reported,
    /// Computed from verified or reported figures.
    Derived,
    /// Nobody published it; chosen here, with a range.
    Assumption,
}

from_json!(Grade:
    "verified" => Verified, "reported" => Reported, "derived" => Derived,
    "assumption" => Assumption,
);

/// Where a default comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Which default: `kind.field` or `section.field`, as files name them.
    pub key: &'static str,
    /// Who says so, or why it was chosen.
    pub source: &'static str,
    /// Date or version of the source.
    pub as_of: &'static str,
    /// How well it is known.
    pub grade: Grade,
    /// Bounds of an assumption, as files would write them.
    pub range: Option<(&'static str, &'static str)>,
}

pub(super) const fn known(
    key: &'static str,
    grade: Grade,
    source: &'static str,
    as_of: &'static str,
) -> Fact {
    Fact {
        key,
        source,
        as_of,
        grade,
        range: None,
    }
}

pub(super) const fn assumed(
    key: &'static str,
    source: &'static str,
    low: &'static str,
    high: &'static str,
) -> Fact {
    Fact {
        key,
        source,
        as_of: "2026-11-22",
        grade: Grade::Assumption,
        range: Some((low, high)),
    }
}

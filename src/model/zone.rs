//! Regions and Availability Zones.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use serde_json::Value;

use super::json::{FromJson, Refusal, from_json};

/// An AWS Region that the price book covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Region {
    /// Tokyo.
    #[default]
    #[serde(rename = "ap-northeast-1")]
    ApNortheast1,
    /// N. Virginia.
    #[serde(rename = "us-east-1")]
    UsEast1,
}

from_json!(Region: "ap-northeast-1" => ApNortheast1, "us-east-1" => UsEast1);

impl Region {
    /// The Region's code, such as `"ap-northeast-1"`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApNortheast1 => "ap-northeast-1",
            Self::UsEast1 => "us-east-1",
        }
    }
}

/// The letter or short name of an Availability Zone inside its Region, such as `"a"`:
/// 1 to 16 lower-case letters, digits or hyphens.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ZoneName(#[cfg_attr(test, schemars(regex(pattern = r"^[a-z0-9-]{1,16}$")))] pub String);

impl FromJson for ZoneName {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        String::from_json(value).map(Self)
    }
}
impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Position of a zone in its architecture's `zones` list.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(transparent)]
pub struct ZoneIndex(pub u8);

impl ZoneIndex {
    /// As an index into a slice with one entry per zone.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

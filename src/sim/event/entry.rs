//! One entry of a run's event list.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::EventKind;
use crate::model::ZoneIndex;
use crate::units::SimTime;

/// Position of an event in its run log.
pub type EventId = u32;

/// One entry of a run's event list.
#[derive(Debug, Clone, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Event {
    /// When, since the start of the run.
    pub at: SimTime,
    /// Id of the component or fault concerned; empty for a zone event.
    pub entity: String,
    /// The zone concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneIndex>,
    /// The earlier event that brought this one about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EventId>,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

//! Checks for the tests of sentences.

use super::Words;
use crate::model::{Language, ZoneIndex};
use crate::sim::event::{Event, EventKind};
use crate::units::SimTime;

/// An event of `entity` in zone `1a` is told like this, by the sentences of one kind of event.
#[track_caller]
pub(super) fn check(
    sentence: fn(&Event, Words<'_>) -> Option<String>,
    (entity, kind): (&str, EventKind),
    ja: &str,
    en: &str,
) {
    let event = Event {
        at: SimTime::START,
        entity: entity.to_string(),
        zone: Some(ZoneIndex(0)),
        cause: None,
        kind,
    };
    let zones = ["1a".to_string()];
    for (language, expected) in [(Language::Ja, ja), (Language::En, en)] {
        let words = Words {
            zones: &zones,
            faults: &[],
            language,
        };
        assert_eq!(sentence(&event, words).as_deref(), Some(expected));
    }
}

//! The scenarios that come with the program.

use serde_json::Value;

use super::{Scenario, write};

/// A scenario that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its id, as links and the command name it.
    pub id: &'static str,
    /// The file's text.
    pub text: &'static str,
}

static PRESETS: &[Preset] = &[
    Preset {
        id: "q1-1",
        text: include_str!("../../scenarios/q1-1.tradewind.json"),
    },
    Preset {
        id: "q1-2",
        text: include_str!("../../scenarios/q1-2.tradewind.json"),
    },
    Preset {
        id: "q2-1",
        text: include_str!("../../scenarios/q2-1.tradewind.json"),
    },
    Preset {
        id: "q2-1-retries",
        text: include_str!("../../scenarios/q2-1-retries.tradewind.json"),
    },
    Preset {
        id: "q2-1-spot",
        text: include_str!("../../scenarios/q2-1-spot.tradewind.json"),
    },
    Preset {
        id: "q2-2",
        text: include_str!("../../scenarios/q2-2.tradewind.json"),
    },
];

impl Preset {
    /// The parsed scenario.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        Scenario::parse(self.text)
            .0
            .expect("a test parses every preset without findings")
    }

    /// What links write down to notice later that a preset has changed since.
    #[must_use]
    pub fn revision(&self) -> String {
        revision(&self.scenario().document)
    }
}

/// A content hash of a document: FNV-1a, 64 bits, over its canonical form, as 16 hex digits. It
/// tells versions apart; it does not protect against forgery.
#[must_use]
pub fn revision(document: &Value) -> String {
    format!("{:016x}", fnv1a(write::canonical(document).as_bytes()))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}

/// All presets, in the order of the catalogue.
#[must_use]
pub fn list() -> &'static [Preset] {
    PRESETS
}

/// The preset with an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_parses_without_findings() {
        for preset in list() {
            let (scenario, findings) = Scenario::parse(preset.text);
            assert_eq!(findings, [], "{}", preset.id);
            assert_eq!(scenario.expect("readable").id, preset.id);
        }
    }

    #[test]
    fn a_revision_sees_content_and_not_spelling() {
        let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let one = revision(&value(r#"{"a":1,"b":[2]}"#));
        assert_eq!(one, revision(&value(r#"{ "b": [2], "a": 1 }"#)));
        assert_ne!(one, revision(&value(r#"{"a":1,"b":[3]}"#)));
    }

    #[test]
    fn the_hash_gives_the_values_that_its_authors_publish() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}

//! The scenarios that come with the program.

use super::Scenario;

/// A scenario that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its id, as links and the command name it.
    pub id: &'static str,
    /// The file's text.
    pub text: &'static str,
}

static PRESETS: &[Preset] = &[Preset {
    id: "q1-2",
    text: include_str!("../../scenarios/q1-2.tradewind.json"),
}];

impl Preset {
    /// The parsed scenario.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        Scenario::parse(self.text)
            .0
            .expect("a test parses every preset without findings")
    }
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
}

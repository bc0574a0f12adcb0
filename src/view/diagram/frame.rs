//! How the parts of a picture are at one moment.

use crate::model::Language;
use crate::sim::run_log::StationState;
use crate::view::text::{Key, text};

/// How a box or container is. Each has its own border pattern and glyph, so that colour is never
/// the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum BoxState {
    /// Serving; thin solid border, no glyph.
    #[default]
    Normal,
    /// Serving, nearly or fully busy; dashed amber border, ▲.
    HighLoad,
    /// Some of it serves, some does not; dashed amber border, ◐.
    Partial,
    /// Not serving though it should; thick red border, ✕.
    Down,
    /// On its way back; dotted blue border, ↻.
    Recovering,
    /// Nothing is there, as planned; dotted grey border, –.
    Absent,
}

impl BoxState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Normal,
        Self::HighLoad,
        Self::Partial,
        Self::Down,
        Self::Recovering,
        Self::Absent,
    ];

    /// The glyph; empty for normal.
    #[must_use]
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::HighLoad => "▲",
            Self::Partial => "◐",
            Self::Down => "✕",
            Self::Recovering => "↻",
            Self::Absent => "–",
        }
    }

    /// The name of its style.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::HighLoad | Self::Partial => "high-load",
            Self::Down => "down",
            Self::Recovering => "recovering",
            Self::Absent => "absent",
        }
    }

    /// The word.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        let key = match self {
            Self::Normal => Key::StateNormal,
            Self::HighLoad => Key::StateHighLoad,
            Self::Partial => Key::StatePartial,
            Self::Down => Key::StateDown,
            Self::Recovering => Key::StateRecovering,
            Self::Absent => Key::StateAbsent,
        };
        text(key, language)
    }

    /// Glyph and word: `✕ 停止`.
    #[must_use]
    pub fn label(self, language: Language) -> String {
        let word = self.word(language);
        if self.glyph().is_empty() {
            word.to_string()
        } else {
            format!("{} {word}", self.glyph())
        }
    }
}

impl From<StationState> for BoxState {
    fn from(state: StationState) -> Self {
        match state {
            StationState::Normal => Self::Normal,
            StationState::HighLoad => Self::HighLoad,
            StationState::Down => Self::Down,
            StationState::Recovering => Self::Recovering,
            StationState::Absent => Self::Absent,
        }
    }
}

/// A box at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BoxFrame {
    /// How it is.
    pub state: BoxState,
    /// Its live figure, such as `1,240 req/s` or `6/9 · 72 %`; short enough for the box.
    pub figure: String,
}

/// A line at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EdgeFrame {
    /// Width by rate: 0 is idle, 1 to 5 by share of the run's busiest moment.
    pub step: u8,
    /// False for a line that nothing may use now, such as calls to a standby.
    pub is_shown: bool,
}

/// A container at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupFrame {
    /// How it is: normal, down or recovering.
    pub state: BoxState,
    /// What is written beside its name: `✕ 停止`; empty when normal.
    pub note: String,
}

/// A picture at a moment; every list is parallel to the one of the layout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// Containers.
    pub groups: Vec<GroupFrame>,
    /// Boxes.
    pub nodes: Vec<BoxFrame>,
    /// Lines.
    pub edges: Vec<EdgeFrame>,
}

/// A row of the list with the same content as the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Index of the box in the layout; none for a row that heads a zone.
    pub node: Option<usize>,
    /// Depth in the tree: 1 for zones and what stands outside them, 2 inside a zone.
    pub level: u8,
    /// Name: a zone's, or the component's id with its part.
    pub name: String,
    /// Kind in words; empty for a zone.
    pub kind: String,
    /// How it is.
    pub state: BoxState,
    /// The state's word.
    pub word: String,
    /// Its live figure.
    pub figure: String,
}

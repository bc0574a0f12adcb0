//! What the page and its referee say to each other.
//!
//! The referee is a program of its own (`src/referee`), so that what only it needs is no part of
//! the page that every visitor downloads. It draws its screens itself, the validation page and the
//! audit's panel: it says what stands in which place, and hears which field was pressed or filled
//! in. One referee has one screen. Both ends are of one build; messages are plain data, written by
//! borsh as those of the engine's worker are.

use borsh::{BorshDeserialize, BorshSerialize};

use super::chart::Audited;
use crate::model::Language;
use crate::units::SimTime;

/// Raised with every change of the messages: a page never talks to a referee of another version.
pub const PROTOCOL: u32 = 2;

/// What an audit is about.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Situation {
    /// Its number; later ones have greater numbers.
    pub number: u32,
    /// The page's language.
    pub language: Language,
    /// The scenario with all edits, as JSON.
    pub document: String,
    /// The moment that the visitor chose last: a window that is not placed yet is placed there.
    pub moment: SimTime,
    /// The visitor chose it just now: the window moves there, and the focus goes into the panel.
    pub is_called: bool,
}

/// What the page says.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Job {
    /// Open the validation page and begin to run it.
    Open {
        /// Its language.
        language: Language,
    },
    /// Open the audit's panel, or tell the open one that something has changed.
    Audit(Situation),
    /// A field of the screen was pressed or filled in.
    Hear {
        /// Its name.
        field: String,
        /// What stands in it.
        value: String,
    },
}

/// What the referee says.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Reply {
    /// It listens. Jobs that were sent before this are lost. Stays the first in every version, so
    /// that a page can tell a referee of another one.
    Ready {
        /// Its [`PROTOCOL`].
        protocol: u32,
    },
    /// A place of the screen has this content now. The first one is the whole screen, and holds the
    /// other places.
    Show {
        /// Its name.
        place: String,
        /// Its content.
        html: String,
    },
    /// An audit's result for the charts; none takes the last one away.
    Audited {
        /// Number of the situation that it belongs to.
        number: u32,
        /// What the charts show.
        audited: Option<Box<Audited>>,
    },
    /// The referee panicked and cannot be used any more.
    Panicked {
        /// Message and place.
        report: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a page of today reads of a referee of tomorrow.
    #[test]
    fn ready_is_told_from_everything_else_in_every_version() {
        let ready = borsh::to_vec(&Reply::Ready { protocol: 7 }).expect("writes");
        assert_eq!(ready, [0, 7, 0, 0, 0]);
    }
}

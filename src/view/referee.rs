//! What the page and its referee say to each other.
//!
//! The referee is a program of its own (`src/referee`), so that what only it computes is no part of
//! the page that every visitor downloads. Both ends are of one build; messages are plain data,
//! written by borsh as those of the engine's worker are. The page asks one thing at a time, and
//! each job has one reply.

use borsh::{BorshDeserialize, BorshSerialize};

use super::validation::{Phrases, Sheet};
use crate::model::Language;

/// Raised with every change of the messages: a page never talks to a referee of another version.
pub const PROTOCOL: u32 = 1;

/// What the page asks.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Job {
    /// The words of the validation page.
    Introduce {
        /// In this language.
        language: Language,
    },
    /// To check every case of a file.
    Check {
        /// The file's text.
        text: String,
        /// Language of the sheet.
        language: Language,
    },
}

/// What the referee says.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Reply {
    /// It listens. Jobs that were sent before this are lost. Stays the first in every version, so
    /// that a page can tell a referee of another one.
    Ready {
        /// Its [`PROTOCOL`].
        protocol: u32,
    },
    /// The words of the validation page.
    Introduced(Phrases),
    /// What came out of a file's cases, or everything that is wrong with the file.
    Checked(Result<Sheet, Vec<String>>),
    /// The referee panicked and cannot be used any more.
    Panicked {
        /// Message and place.
        report: String,
    },
}

/// Does a job.
#[must_use]
pub fn answer(job: &Job) -> Reply {
    match job {
        Job::Introduce { language } => Reply::Introduced(Phrases::of(*language)),
        Job::Check { text, language } => Reply::Checked(Sheet::of(text, *language)),
    }
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

    #[test]
    fn a_broken_file_is_answered_with_its_defects() {
        let job = Job::Check {
            text: "[]".to_string(),
            language: Language::Ja,
        };
        let defect = "not a file of cases: expected an object".to_string();
        assert_eq!(answer(&job), Reply::Checked(Err(vec![defect])));
    }
}

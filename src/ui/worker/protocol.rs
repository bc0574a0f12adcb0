//! What page and worker say to each other.

use borsh::{BorshDeserialize, BorshSerialize};
use tradewind::analysis::{Callers, Delta, Figures};
use tradewind::sim::RunLog;
use tradewind::view::state::RunId;

/// Raised with every change of the messages: a page never talks to a worker of another version.
pub const PROTOCOL: u32 = 3;

/// What the page asks.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Request {
    /// Number of the question.
    pub run: RunId,
    /// The scenario with all edits, as JSON.
    pub document: String,
    /// What is to be found out.
    pub wanted: Wanted,
}

/// What the page wants to know of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Wanted {
    /// How the designs compare, from so many pairs of runs.
    Comparison {
        /// Pairs of runs.
        pairs: u32,
    },
    /// What the callers of each component meet in the first pair. To follow them costs a third of a
    /// run or more, so it is played once more, and only when somebody looks.
    Callers,
}

/// What pairs of runs say: the figures of each, and their differences.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct Comparison {
    /// Figures of A's and of B's runs, in order of replication.
    pub figures: [Vec<Figures>; 2],
    /// Differences with intervals.
    pub deltas: Vec<Delta>,
}

impl Comparison {
    /// Pairs behind it.
    pub fn pairs(&self) -> u32 {
        self.figures[0].len() as u32
    }
}

/// What the worker says.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub enum Reply {
    /// It listens. Questions that were sent before this are lost. Stays the first in every version,
    /// so that a page can tell a worker of another one.
    Ready {
        /// Its [`PROTOCOL`].
        protocol: u32,
    },
    /// The first pair of runs: everything that the page draws.
    Answer {
        /// Number of the question.
        run: RunId,
        /// The recorded runs, A and B, without their histograms.
        logs: Box<[RunLog; 2]>,
        /// Their comparison, as yet from one pair.
        comparison: Box<Comparison>,
        /// Pairs wanted.
        wanted: u32,
    },
    /// More pairs of runs: better intervals.
    Refined {
        /// Number of the question.
        run: RunId,
        /// The comparison of all pairs so far.
        comparison: Box<Comparison>,
        /// Pairs done.
        done: u32,
        /// Pairs wanted.
        wanted: u32,
    },
    /// Another pair is done, without new figures.
    Progress {
        /// Number of the question.
        run: RunId,
        /// Pairs done.
        done: u32,
        /// Pairs wanted.
        wanted: u32,
    },
    /// What the callers of each component met, in A and in B.
    Callers {
        /// Number of the question that was about the same scenario.
        run: RunId,
        /// Of the first pair.
        callers: Box<[Callers; 2]>,
    },
    /// The scenario cannot be played; the page knows the findings from its own reading.
    Refused {
        /// Number of the question.
        run: RunId,
    },
    /// The worker panicked and cannot be used any more.
    Panicked {
        /// Message and place.
        report: String,
    },
}

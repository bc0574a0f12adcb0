//! What page and worker say to each other. A message is JSON text; recorded runs travel beside it
//! as an array of numbers, which is moved and not copied.

use js_sys::{Array, Float64Array};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind::analysis::{Delta, Figures};
use tradewind::sim::RunLog;
use tradewind::view::state::RunId;
use wasm_bindgen::{JsCast, JsValue};

use super::wire::{self, Head};

/// Raised with every change of the messages: a page never talks to a worker of another version.
pub const PROTOCOL: u32 = 1;

/// What the page asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Number of the question.
    pub run: RunId,
    /// The scenario with all edits.
    pub document: Value,
    /// Pairs of runs wanted.
    pub pairs: u32,
}

/// What pairs of runs say: the figures of each, and their differences.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone)]
pub enum Reply {
    /// It listens. Questions that were sent before this are lost.
    Ready {
        /// Its [`PROTOCOL`].
        protocol: u32,
    },
    /// The first pair of runs: everything that the page draws.
    Answer {
        /// Number of the question.
        run: RunId,
        /// The recorded runs, A and B.
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

/// A [`Reply`] as it travels.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Letter {
    Ready {
        protocol: u32,
    },
    Answer {
        run: RunId,
        heads: Box<[Head; 2]>,
        comparison: Box<Comparison>,
        wanted: u32,
    },
    Refined {
        run: RunId,
        comparison: Box<Comparison>,
        done: u32,
        wanted: u32,
    },
    Progress {
        run: RunId,
        done: u32,
        wanted: u32,
    },
    Refused {
        run: RunId,
    },
    Panicked {
        report: String,
    },
}

/// Why a message cannot be understood: page and worker are of different versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbled;

impl Reply {
    /// The message, and what of it is to be moved.
    pub fn to_message(&self) -> Result<(JsValue, Array), Garbled> {
        let moved = Array::new();
        let message = Array::new();
        let mut numbers = Vec::new();
        let letter = self.to_letter(&mut numbers);
        let text = serde_json::to_string(&letter).map_err(|_| Garbled)?;
        message.push(&text.into());
        if !numbers.is_empty() {
            let numbers = Float64Array::from(numbers.as_slice());
            moved.push(&numbers.buffer());
            message.push(&numbers);
        }
        Ok((message.into(), moved))
    }

    /// Reads a message.
    pub fn from_message(message: &JsValue) -> Result<Self, Garbled> {
        let parts: &Array = message.dyn_ref().ok_or(Garbled)?;
        let text = parts.get(0).as_string().ok_or(Garbled)?;
        let numbers = match parts.get(1).dyn_into::<Float64Array>() {
            Ok(numbers) => numbers.to_vec(),
            Err(_) => Vec::new(),
        };
        let letter: Letter = serde_json::from_str(&text).map_err(|_| Garbled)?;
        Self::from_letter(letter, &numbers).ok_or(Garbled)
    }

    fn to_letter(&self, numbers: &mut Vec<f64>) -> Letter {
        match self.clone() {
            Self::Ready { protocol } => Letter::Ready { protocol },
            Self::Answer {
                run,
                logs,
                comparison,
                wanted,
            } => Letter::Answer {
                run,
                heads: Box::new(logs.map(|log| wire::pack(log, numbers))),
                comparison,
                wanted,
            },
            Self::Refined {
                run,
                comparison,
                done,
                wanted,
            } => Letter::Refined {
                run,
                comparison,
                done,
                wanted,
            },
            Self::Progress { run, done, wanted } => Letter::Progress { run, done, wanted },
            Self::Refused { run } => Letter::Refused { run },
            Self::Panicked { report } => Letter::Panicked { report },
        }
    }

    fn from_letter(letter: Letter, numbers: &[f64]) -> Option<Self> {
        Some(match letter {
            Letter::Ready { protocol } => Self::Ready { protocol },
            Letter::Answer {
                run,
                heads,
                comparison,
                wanted,
            } => {
                let [first, second] = *heads;
                let mut numbers = numbers.iter().copied();
                let first = wire::unpack(first, &mut numbers)?;
                let second = wire::unpack(second, &mut numbers)?;
                Self::Answer {
                    run,
                    logs: Box::new([first, second]),
                    comparison,
                    wanted,
                }
            }
            Letter::Refined {
                run,
                comparison,
                done,
                wanted,
            } => Self::Refined {
                run,
                comparison,
                done,
                wanted,
            },
            Letter::Progress { run, done, wanted } => Self::Progress { run, done, wanted },
            Letter::Refused { run } => Self::Refused { run },
            Letter::Panicked { report } => Self::Panicked { report },
        })
    }
}

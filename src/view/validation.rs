//! The validation page: the ground truth of `tests/vectors`, run in the visitor's own browser.
//!
//! [`Phrases`] are its words and [`Sheet`] is what came out of one file; both are made by the
//! referee (see [`super::referee`]), so that neither the texts nor the checks are part of the page
//! that every visitor downloads. [`Run`] is what the page keeps of them, and [`Filter`] chooses the
//! cases that it shows.

mod phrases;
mod run;
mod sheet;

pub use phrases::{Phrase, Phrases};
pub use run::{FILES, Filter, Part, Run, Tally};
pub use sheet::{CaseRow, FigureRow, Inputs, Sheet};

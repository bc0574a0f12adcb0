//! The validation page: the ground truth of `tests/vectors`, run in the visitor's own browser.
//!
//! It lives in the referee (see [`super::referee`]), so that none of it is part of the page that
//! every visitor downloads: [`Page`] is its state, [`Run`] what has come out of the files so far,
//! [`Sheet`] the outcomes of one file as text, [`Filter`] the choice of cases that are shown, and
//! [`Phrase`] its words. `plot::validation` writes it as HTML.

mod page;
mod phrases;
mod run;
mod sheet;

pub use page::{Field, Page};
pub use phrases::Phrase;
pub use run::{FILES, Filter, Part, Run, Tally};
pub use sheet::{CaseRow, FigureRow, Inputs, Sheet};

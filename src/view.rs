//! From figures to what people read: numbers, sentences, tables, diagrams, in Japanese and English.
//!
//! Everything here is pure and knows no screen: the page, the command and the golden files use the
//! same functions, so a number or a sentence cannot differ between them. A view-model holds texts
//! and positions ready to be shown; whoever shows it only places them.
//!
//! In reading order: [`mod@format`] (the one formatter of numbers), [`text`] (every text of the
//! interface), [`words`] (names of things), [`state`] (what the page remembers).

pub mod assumptions;
pub mod audit;
pub mod backlog;
pub mod bill;
pub mod callers;
pub mod chart;
pub mod compare;
pub mod diagram;
pub mod events;
pub mod figure;
pub mod findings;
pub mod format;
pub mod load;
pub mod referee;
pub mod report;
pub mod series;
pub mod side_by_side;
pub mod state;
pub mod text;
pub mod timeline;
pub mod validation;
pub mod verify;
pub mod words;

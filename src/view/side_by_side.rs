//! Figures of two designs beside each other, for the panel of a component: of a whole run, and of
//! the interval at the playhead.

use super::format;

/// A figure of one design.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// As it is shown.
    pub text: String,
    /// As a number, in the unit that [`Row::name`] or the text says, times in seconds; none where
    /// there is nothing to measure.
    pub value: Option<f64>,
}

impl Cell {
    /// A figure, or the sign for none.
    pub(super) fn of(value: Option<f64>, written: impl Fn(f64) -> String) -> Self {
        Self {
            text: value.map_or_else(|| format::NOTHING.to_string(), written),
            value,
        }
    }
}

/// A figure of both designs.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is.
    pub name: &'static str,
    /// A's and B's.
    pub cells: [Cell; 2],
}

/// Figures of both designs.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Heading.
    pub title: &'static str,
    /// What the figures are of.
    pub note: &'static str,
    /// Over the whole run.
    pub whole: Vec<Row>,
    /// Heading of the interval's rows.
    pub during: String,
    /// In the interval.
    pub interval: Vec<Row>,
}

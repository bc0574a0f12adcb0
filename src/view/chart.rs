//! What a chart says, before it is drawn: series, axes with written ticks, bands, objective, and
//! the same content for those who do not see it (a sentence per series, and a table).
//!
//! Axes. Availability goes from a round figure below the lowest value up to 100 % and does not
//! start at zero unless it has to; cost and response times start at zero. Time is elapsed time.

mod axis;
mod build;
mod describe;

pub use axis::{Axis, Tick};
pub use build::{ChartInput, charts};

use super::series::Sample;

/// Which of the charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChartKind {
    /// Served over valid requests.
    Availability,
    /// 99th percentile of successes.
    Latency,
    /// Dollars per hour.
    Cost,
}

impl ChartKind {
    /// Every chart, in order.
    pub const ALL: [Self; 3] = [Self::Availability, Self::Latency, Self::Cost];
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSeries {
    /// The letter on screen: `A`, `B`, `C`.
    pub letter: &'static str,
    /// The design's name.
    pub name: String,
    /// Its points, thinned; values in the axis's unit (percent, milliseconds, dollars per hour).
    pub points: Vec<Sample>,
    /// What the line shows, in a sentence.
    pub description: String,
}

/// A stretch of time in which a fault lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Begin in seconds.
    pub from_s: f64,
    /// End in seconds.
    pub to_s: f64,
    /// The fault in words.
    pub label: String,
}

/// The objective's line.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectiveLine {
    /// Value in the axis's unit.
    pub value: f64,
    /// `SLO 99.9 %`.
    pub label: String,
}

/// The same content as rows of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartTable {
    /// Headings: time, then one per series.
    pub columns: Vec<String>,
    /// One row per stretch of time: its begin, then the worst value of each series in it.
    pub rows: Vec<Vec<String>>,
}

/// A chart without its drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Which.
    pub kind: ChartKind,
    /// Heading.
    pub title: String,
    /// Unit of the vertical axis: `%`, `ms`, `$/h`; says so when the axis does not start at zero.
    pub unit: String,
    /// Name of the horizontal axis.
    pub time_label: String,
    /// One line per design.
    pub series: Vec<ChartSeries>,
    /// Elapsed time in seconds.
    pub x: Axis,
    /// Values.
    pub y: Axis,
    /// The objective, when there is one.
    pub objective: Option<ObjectiveLine>,
    /// Faults.
    pub bands: Vec<Band>,
    /// True when the vertical axis does not start at zero.
    pub is_broken: bool,
    /// The chart in words: every series, then the faults.
    pub description: String,
    /// The chart as a table.
    pub table: ChartTable,
}

//! What a chart says, before it is drawn: series, axes with written ticks, bands, objective, and
//! the same content for those who do not see it (a sentence per series, and a table).
//!
//! Axes. Availability goes from a round figure below the lowest value up to 100 % and does not
//! start at zero unless it has to; cost and response times start at zero. Time is elapsed time: the
//! whole run, or what lies around a window that was audited.

mod audited;
mod axis;
mod build;
mod describe;

pub use audited::Audited;
pub use axis::{Axis, Tick};
pub use build::{ChartInput, ChartOrder, charts};

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
    /// The position of the design: its colour.
    pub side: usize,
    /// An audit's line, request by request, beside the one on rates.
    pub is_audited: bool,
    /// What stands beside the line's sample: the letter, and what kind of line it is.
    pub label: String,
    /// The design's name.
    pub name: String,
    /// Its points, thinned; values in the axis's unit (percent, milliseconds, dollars per hour).
    pub points: Vec<Sample>,
    /// What the line shows, in a sentence.
    pub description: String,
}

impl ChartSeries {
    /// The value nearest to a time; none where there is none, or where an audit was not.
    #[must_use]
    pub fn value_at(&self, at_s: f64) -> Option<f64> {
        let points = &self.points;
        let distance = |point: &&Sample| (point.0 - at_s).abs();
        let nearest = points
            .iter()
            .min_by(|one, other| distance(one).total_cmp(&distance(other)))?;
        let interval_s = points.get(1).zip(points.first()).map(|(b, a)| b.0 - a.0);
        let is_outside = interval_s.is_some_and(|length| distance(&nearest) > length);
        nearest.1.filter(|_| !(self.is_audited && is_outside))
    }
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
    /// One line per design, then that of an audit.
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

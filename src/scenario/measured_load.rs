//! Measured load: a table from a monitoring system or a spreadsheet, as a load profile.
//!
//! The real thing. CloudWatch, Grafana and Prometheus hand out tables: a heading, one line per
//! point, a time and a number; a spreadsheet puts tabs between its cells. Some count requests per
//! second, some per minute, and CloudWatch's `RequestCount` per period: the reader of the table has
//! to say which ([`Per`]), since the numbers seldom do.
//!
//! The last column of numbers is taken, its lines are brought into the order of time, and points
//! that are missing lie on a straight line between their neighbours; how many is told. A profile
//! takes 10,000 points at least a minute apart, so finer tables are averaged. A run starts at 0 h:
//! a table of whole days begins with its first midnight, so that ten o'clock stays ten o'clock
//! (days have to repeat for that, as a profile does that begins again when it ends).
//!
//! Left out: time zones (all lines have to be of the same one), days that a clock change makes
//! longer or shorter, and several columns at once.

mod table;

use crate::model::{Finding, FindingKind, LoadProfile};
use crate::units::{RequestRate, SimDuration};
pub use table::{NUMBER, STEP, TIME, UNIT};

/// What a measured number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Per {
    /// Requests per second.
    #[default]
    Second,
    /// Requests per minute.
    Minute,
    /// Requests from one point to the next, such as a sum per period of CloudWatch.
    Interval,
}

/// Time between points of a table that has no times: 5 min, CloudWatch's basic period.
pub const USUAL_INTERVAL: SimDuration = SimDuration::from_min(5);

/// Most points of a profile.
const MOST_POINTS: usize = 10_000;
const MINUTE_S: f64 = 60.0;
const DAY_S: f64 = 86_400.0;

/// A table that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredLoad {
    /// From one point to the next; none in a table without times.
    pub interval: Option<SimDuration>,
    /// What was counted, in order of time, without gaps.
    pub counts: Vec<f64>,
    /// What the numbers count, where they have a unit such as `rpm`.
    pub per: Option<Per>,
    /// Points that were missing and lie on a straight line between their neighbours.
    pub n_filled: usize,
    /// Seconds from midnight to the first point, where the table states a time of day.
    time_of_day_s: Option<f64>,
}

/// Reads a table; blank lines, and lines before the first number, are passed over.
///
/// # Errors
/// Everything that keeps it from being a load, each with line and column: no numbers at all, cells
/// that are no numbers or times, numbers below zero, times that come twice or at odd distances.
pub fn read(text: &str) -> Result<MeasuredLoad, Vec<Finding>> {
    table::read(text)
}

impl MeasuredLoad {
    /// The load profile, if the numbers count requests `per` so and so much, where they do not say
    /// so themselves; `usual` is the time between points where the table has none.
    ///
    /// # Errors
    /// When the points are more than a day apart, too many even as averages over days, or a rate is
    /// beyond all bounds.
    pub fn profile(&self, per: Per, usual: SimDuration) -> Result<LoadProfile, Finding> {
        let interval_s = self.interval.unwrap_or(usual).as_s_f64();
        if !(1e-3..=DAY_S).contains(&interval_s) {
            let got = self.interval.unwrap_or(usual).to_string();
            let range = "1ms to 1d".to_string();
            return Err(Finding::error("", FindingKind::OutOfRange { got, range }));
        }
        let counted_s = match self.per.unwrap_or(per) {
            Per::Second => 1.0,
            Per::Minute => MINUTE_S,
            Per::Interval => interval_s,
        };
        let mut rates: Vec<f64> = self.counts.iter().map(|it| it / counted_s).collect();
        rates.rotate_left(self.until_midnight(interval_s));
        let finest = (MINUTE_S / interval_s).ceil() as usize;
        let together = finest.max(rates.len().div_ceil(MOST_POINTS));
        let together_s = interval_s * together as f64;
        if together_s > DAY_S {
            let got = rates.len().to_string();
            let range = format!("1 to {}", MOST_POINTS * (DAY_S / interval_s) as usize);
            return Err(Finding::error("", FindingKind::OutOfRange { got, range }));
        }
        let averaged = rates.chunks(together);
        let averaged = averaged.map(|it| it.iter().sum::<f64>() / it.len() as f64);
        let rates: Vec<f64> = averaged.collect();
        let highest = rates.iter().copied().fold(0.0, f64::max);
        if highest > RequestRate::HIGHEST_RPS {
            let got = RequestRate::per_second(highest).to_string();
            let range = format!("0 to {}", RequestRate::per_second(RequestRate::HIGHEST_RPS));
            return Err(Finding::error("", FindingKind::OutOfRange { got, range }));
        }
        // A thousandth of a request per second is finer than any measurement.
        let rounded = rates.iter().map(|it| (it * 1e3).round() / 1e3);
        Ok(LoadProfile::Series {
            interval: SimDuration::from_s_f64(together_s),
            rates: rounded.map(RequestRate::per_second).collect(),
        })
    }

    /// How many points lie before the first midnight of a table of whole days.
    fn until_midnight(&self, interval_s: f64) -> usize {
        let per_day = DAY_S / interval_s;
        let is_whole = |it: f64| (it - it.round()).abs() < 1e-6;
        let n_days = self.counts.len() as f64 / per_day;
        let Some(start_s) = self.time_of_day_s.filter(|it| *it > 0.0) else {
            return 0;
        };
        if !is_whole(n_days) || !is_whole(per_day) || n_days < 0.5 {
            return 0;
        }
        ((DAY_S - start_s) / interval_s).round() as usize % self.counts.len()
    }
}

#[cfg(test)]
mod tests;

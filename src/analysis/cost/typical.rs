//! Typical usage: what the run would have used without its faults.
//!
//! A day with a zone outage in it is no day to make a month from. Playing each design again without
//! faults would double the work, so typical usage is estimated from the run itself. A *fault
//! window* reaches from a fault's onset until both the fault is over and service is back, and half
//! an hour on, so that autoscalers settle. Rows of usage that touch neither a window nor the
//! warm-up are *clean*. In the others each meter is replaced by what is typical for the load that
//! arrived:
//!
//! ```text
//! rate = a + b x arrival rate,  by least squares over the clean rows,
//!                               kept between the smallest and the largest clean rate
//! ```
//!
//! A meter that only follows time (a cluster, a database) gets b = 0 and is exact; one that follows
//! load (bytes, capacity units) gets a = 0; nodes lie between. The bounds keep a surge, which is
//! itself a fault, from stretching the line. What autoscalers remember is left out: nodes kept
//! after a peak count as noise around the line.

use super::super::recovery::moment_after;
use crate::sim::run_log::Usage;
use crate::sim::{EventKind, RunLog};
use crate::units::{Ratio, SimDuration, SimTime};

/// Time after the end of a fault that still counts as its window.
pub const SETTLE: SimDuration = SimDuration::from_min(30);

/// Fewest clean rows to estimate from.
const MIN_CLEAN_ROWS: usize = 4;

/// Usage without the run's faults.
#[derive(Debug, Clone, PartialEq)]
pub struct Typical {
    /// The usage, row by row as in the run.
    pub usage: Usage,
    /// The same with what was really used in fault windows; none when there was no fault.
    pub with_faults: Option<Usage>,
    /// Length of the rows that were replaced.
    pub replaced: SimDuration,
}

/// Length of a usage row; the last one may be shorter.
pub(super) fn row_length(log: &RunLog, row: usize) -> SimDuration {
    let start = log.header.start + log.usage.row_length * row as u64;
    log.header.end().since(start).min(log.usage.row_length)
}

/// Typical usage of a run; none when fewer than four rows are clean.
#[must_use]
pub fn typical(log: &RunLog, slo: Ratio) -> Option<Typical> {
    let width = log.usage.meters.len();
    let n_rows = log.usage.row_count();
    let windows = fault_windows(log, slo);
    let warm = SimTime::START + log.header.warm_up;
    let faulty: Vec<bool> = (0..n_rows)
        .map(|row| {
            let start = log.header.start + log.usage.row_length * row as u64;
            let end = start + row_length(log, row);
            let touches = |(from, to): &(SimTime, SimTime)| start < *to && *from < end;
            windows.iter().any(touches)
        })
        .collect();
    let clean: Vec<bool> = (0..n_rows)
        .map(|row| log.header.start + log.usage.row_length * row as u64 >= warm && !faulty[row])
        .collect();
    if clean.iter().filter(|clean| **clean).count() < MIN_CLEAN_ROWS {
        return None;
    }
    let load = arrivals(log, n_rows);
    let seconds: Vec<f64> = (0..n_rows)
        .map(|row| row_length(log, row).as_s_f64())
        .collect();
    let mut usage = log.usage.clone();
    for column in 0..width {
        let rate = |row: usize| log.usage.quantities[row * width + column] / seconds[row];
        let points = (0..n_rows)
            .filter(|row| clean[*row] && seconds[*row] > 0.0)
            .map(|row| (load[row] / seconds[row], rate(row)));
        let line = Line::through(points);
        for row in (0..n_rows).filter(|row| !clean[*row] && seconds[*row] > 0.0) {
            let typical = line.at(load[row] / seconds[row]) * seconds[row];
            usage.quantities[row * width + column] = typical;
        }
    }
    let with_faults = faulty.iter().any(|faulty| *faulty).then(|| {
        let mut with_faults = usage.clone();
        for row in (0..n_rows).filter(|row| faulty[*row]) {
            let cells = row * width..(row + 1) * width;
            with_faults.quantities[cells.clone()].copy_from_slice(&log.usage.quantities[cells]);
        }
        with_faults
    });
    let replaced = (0..n_rows)
        .filter(|row| !clean[*row])
        .fold(SimDuration::ZERO, |sum, row| sum + row_length(log, row));
    Some(Typical {
        usage,
        with_faults,
        replaced,
    })
}

/// From each fault's onset until it is over, service is back, and things have settled.
fn fault_windows(log: &RunLog, slo: Ratio) -> Vec<(SimTime, SimTime)> {
    let run_end = log.header.end();
    log.events
        .iter()
        .enumerate()
        .filter_map(|(at, event)| {
            let EventKind::FaultStarted { duration, .. } = &event.kind else {
                return None;
            };
            let ended = log.events[at..].iter().find(|later| {
                later.entity == event.entity && matches!(later.kind, EventKind::FaultEnded { .. })
            });
            let over = ended.map_or(event.at + *duration, |ended| ended.at);
            let back = moment_after(log, event.at, slo).unwrap_or(run_end);
            Some((event.at, over.max(back) + SETTLE))
        })
        .collect()
}

/// Requests that arrived in each usage row.
fn arrivals(log: &RunLog, n_rows: usize) -> Vec<f64> {
    let mut rows = vec![0.0; n_rows];
    let row_ns = log.usage.row_length.as_ns().max(1);
    for (index, interval) in log.intervals.iter().enumerate() {
        let row = log.interval_start(index).as_ns() / row_ns;
        if let Some(sum) = usize::try_from(row).ok().and_then(|row| rows.get_mut(row)) {
            *sum += interval.offered;
        }
    }
    rows
}

/// A straight line and the bounds it is kept in.
struct Line {
    mean_x: f64,
    mean_y: f64,
    slope: f64,
    low: f64,
    high: f64,
}

impl Line {
    /// The line of least squares through points, level when all have the same x.
    fn through(points: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let n = points.clone().count() as f64;
        let mean_x = points.clone().map(|(x, _)| x).sum::<f64>() / n;
        let mean_y = points.clone().map(|(_, y)| y).sum::<f64>() / n;
        let xx: f64 = points
            .clone()
            .map(|(x, _)| (x - mean_x) * (x - mean_x))
            .sum();
        let xy: f64 = points
            .clone()
            .map(|(x, y)| (x - mean_x) * (y - mean_y))
            .sum();
        Self {
            mean_x,
            mean_y,
            slope: if xx > 0.0 { xy / xx } else { 0.0 },
            low: points.clone().map(|(_, y)| y).fold(f64::INFINITY, f64::min),
            high: points.map(|(_, y)| y).fold(0.0, f64::max),
        }
    }

    fn at(&self, x: f64) -> f64 {
        (self.mean_y + self.slope * (x - self.mean_x))
            .min(self.high)
            .max(self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;
    use crate::sim::run_log::Meter;

    const METERS: [Meter; 2] = [Meter::ClusterSeconds, Meter::RequestsServed];

    /// Three hours with a rising load; a fault from 1 h to 1 h 10 min loses all requests.
    fn log(with_fault: bool) -> RunLog {
        let load = |row: usize| 900.0 * (10.0 + row as f64);
        let mut log = LogBuilder::minutes(180).usage(&METERS, |row| {
            let lost = with_fault && row == 4;
            vec![900.0, if lost { 0.0 } else { 0.5 * load(row) }]
        });
        if with_fault {
            log = log.fault(3600, Some(4200));
        }
        let mut log = log.build();
        for (minute, interval) in log.intervals.iter_mut().enumerate() {
            interval.offered = load(minute / 15) / 15.0;
            let down = with_fault && (60..70).contains(&minute);
            interval.succeeded = if down { 0.0 } else { interval.offered };
            interval.failed[0] = interval.offered - interval.succeeded;
        }
        log
    }

    #[test]
    fn usage_in_fault_windows_is_replaced_by_what_the_load_suggests() {
        let slo = Ratio::new(0.999);
        let typical = typical(&log(true), slo).expect("clean rows");
        let calm = log(false);
        // Window: 1 h 0 min to 1 h 40 min touches three rows.
        assert_eq!(typical.replaced, SimDuration::from_min(45));
        for (got, expected) in typical.usage.quantities.iter().zip(&calm.usage.quantities) {
            assert!((got / expected - 1.0).abs() < 1e-9, "{got}, {expected}");
        }
        let with_faults = typical.with_faults.expect("a fault");
        assert!(with_faults.quantities[4 * 2 + 1] <= 0.0);
        assert_eq!(with_faults.quantities, log(true).usage.quantities);
    }

    #[test]
    fn a_calm_run_is_typical_as_it_is() {
        let calm = log(false);
        let typical = typical(&calm, Ratio::new(0.999)).expect("clean rows");
        assert_eq!(typical.usage, calm.usage);
        assert_eq!(typical.with_faults, None);
        assert_eq!(typical.replaced, SimDuration::ZERO);
    }

    #[test]
    fn a_run_that_is_all_fault_has_no_typical_usage() {
        let log = LogBuilder::minutes(180)
            .served(60.0, &[0.0])
            .usage(&METERS, |_| vec![900.0, 0.0])
            .fault(600, None)
            .build();
        assert_eq!(typical(&log, Ratio::new(0.999)), None);
    }
}

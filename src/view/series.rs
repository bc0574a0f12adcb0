//! Figures over time: what the charts and the timeline draw.
//!
//! A series has one point per recorded interval, at the interval's middle. Where there is nothing
//! to measure (no request, no success) it has a gap, and a gap is drawn as a gap. Thinning keeps
//! the lowest and the highest point of each stretch, so that a dip of one minute survives a picture
//! of a day; nothing is smoothed.

use crate::analysis::availability::served_ratio;
use crate::analysis::cost::cost_rates;
use crate::model::{Load, Region};
use crate::sim::RunLog;
use crate::units::SimDuration;

/// A point: seconds since the start, and the value; none where there is no value.
pub type Sample = (f64, Option<f64>);

/// Served over valid requests per interval, 0 to 1.
#[must_use]
pub fn availability(log: &RunLog) -> Vec<Sample> {
    per_interval(log, |at| served_ratio(&log.intervals[at]))
}

/// 99th percentile of successes per interval, in seconds.
#[must_use]
pub fn latency_p99(log: &RunLog) -> Vec<Sample> {
    per_interval(log, |at| log.intervals[at].latency_p99_s)
}

/// Offered requests per second per interval.
#[must_use]
pub fn offered_rate(log: &RunLog) -> Vec<Sample> {
    per_interval(log, |at| {
        let length = log.interval_length(at).as_s_f64();
        (length > 0.0).then(|| log.intervals[at].offered / length)
    })
}

/// List cost in dollars per hour. The rate of a usage row holds from its start to its end, so each
/// row gives two points.
#[must_use]
pub fn cost_per_hour(log: &RunLog, region: Region) -> Vec<Sample> {
    let end = log.header.end().as_s_f64();
    let row = log.usage.row_length.as_s_f64();
    let rates = cost_rates(log, region).into_iter();
    rates
        .flat_map(|(start, rate)| {
            let from = start.as_s_f64();
            [(from, Some(rate)), ((from + row).min(end), Some(rate))]
        })
        .collect()
}

/// The planned load in requests per second at `count` + 1 evenly spaced times.
#[must_use]
pub fn planned_load(load: &Load, duration: SimDuration, count: u32) -> Vec<(f64, f64)> {
    let count = count.max(1);
    (0..=count)
        .map(|at| {
            let s = duration.as_s_f64() * f64::from(at) / f64::from(count);
            (s, load.planned_rate(SimDuration::from_s_f64(s)).rps())
        })
        .collect()
}

/// The part of a series between two times. A line that crosses an end of it is cut there.
#[must_use]
pub fn clipped(samples: &[Sample], (from, to): (f64, f64)) -> Vec<Sample> {
    let mut kept = Vec::new();
    for (index, &(at, value)) in samples.iter().enumerate() {
        if from <= at && at <= to {
            kept.push((at, value));
        }
        let Some(&(next, next_value)) = samples.get(index + 1) else {
            break;
        };
        for end in [from, to] {
            if at < end && end < next {
                let share = (end - at) / (next - at);
                let ends = value.zip(next_value);
                kept.push((end, ends.map(|(a, b)| a + (b - a) * share)));
            }
        }
    }
    kept
}

/// At most `stretches` stretches of equal length in time, each with its lowest and highest point in
/// order of time. A stretch without any value is a gap.
#[must_use]
pub fn thinned(samples: &[Sample], stretches: usize) -> Vec<Sample> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Vec::new();
    };
    if samples.len() <= 2 * stretches.max(1) {
        return samples.to_vec();
    }
    let length = (last.0 - first.0) / stretches.max(1) as f64;
    let stretch_of = |at: f64| ((at - first.0) / length) as usize;
    let mut thin = Vec::with_capacity(2 * stretches + 2);
    let mut from = 0;
    while from < samples.len() {
        let stretch = stretch_of(samples[from].0).min(stretches - 1);
        let len = samples[from..]
            .iter()
            .take_while(|sample| stretch_of(sample.0).min(stretches - 1) == stretch)
            .count();
        extremes(&samples[from..from + len], &mut thin);
        from += len;
    }
    thin
}

/// Adds the lowest and the highest point, in order of time.
fn extremes(samples: &[Sample], into: &mut Vec<Sample>) {
    let mut low: Option<(f64, f64)> = None;
    let mut high: Option<(f64, f64)> = None;
    for (at, value) in samples {
        let Some(value) = value else { continue };
        if low.is_none_or(|(_, lowest)| *value < lowest) {
            low = Some((*at, *value));
        }
        if high.is_none_or(|(_, highest)| *value > highest) {
            high = Some((*at, *value));
        }
    }
    match (low, high) {
        (Some(low), Some(high)) if low == high => into.push((low.0, Some(low.1))),
        (Some(low), Some(high)) => {
            let pair = if low.0 <= high.0 {
                [low, high]
            } else {
                [high, low]
            };
            into.extend(pair.map(|(at, value)| (at, Some(value))));
        }
        _ => into.extend(samples.first().map(|(at, _)| (*at, None))),
    }
}

fn per_interval(log: &RunLog, value: impl Fn(usize) -> Option<f64>) -> Vec<Sample> {
    (0..log.intervals.len())
        .map(|at| {
            let half = log.interval_length(at).as_s_f64() / 2.0;
            (log.interval_start(at).as_s_f64() + half, value(at))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;

    #[test]
    fn thinning_keeps_dips_and_gaps() {
        let mut samples: Vec<Sample> = (0..1440)
            .map(|minute| (f64::from(minute) * 60.0, Some(1.0)))
            .collect();
        samples[700].1 = Some(0.2);
        for sample in &mut samples[900..1000] {
            sample.1 = None;
        }
        let thin = thinned(&samples, 144);
        assert!(thin.len() <= 288, "{}", thin.len());
        assert!(thin.contains(&(42_000.0, Some(0.2))), "the dip is kept");
        assert!(
            thin.iter().filter(|sample| sample.1.is_none()).count() >= 9,
            "the gap is kept"
        );
        assert!(
            thin.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "in order of time"
        );
        assert_eq!(thinned(&samples[..10], 144), samples[..10]);
        assert_eq!(thinned(&[], 10), []);
    }

    #[test]
    fn a_line_is_cut_where_it_leaves_the_picture() {
        let samples = [
            (0.0, Some(1.0)),
            (10.0, Some(3.0)),
            (20.0, None),
            (30.0, Some(5.0)),
        ];
        let part = |from, to| clipped(&samples, (from, to));
        assert_eq!(part(0.0, 30.0), samples, "nothing is lost");
        assert_eq!(
            part(5.0, 10.0),
            [(5.0, Some(2.0)), (10.0, Some(3.0))],
            "its value at the edge"
        );
        assert_eq!(part(2.0, 8.0), [(2.0, Some(1.4)), (8.0, Some(2.6))]);
        assert_eq!(
            part(15.0, 20.0),
            [(15.0, None), (20.0, None)],
            "a gap stays"
        );
        assert_eq!(part(40.0, 50.0), []);
    }

    #[test]
    fn the_planned_load_reaches_both_ends() {
        let load = Load::from_json(&serde_json::json!({
            "profile": {"kind": "diurnal", "low": "300rps", "high": "1500rps", "peak_at": "14h"}
        }))
        .expect("a load");
        let points = planned_load(&load, SimDuration::from_h(24), 24);
        assert_eq!((points.len(), points[24].0), (25, 86_400.0));
        assert!((points[14].1 - 1500.0).abs() < 1e-9);
    }
}

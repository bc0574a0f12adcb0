//! A run log as names and numbers: names as JSON, numbers as one flat array.
//!
//! The page draws frames, curves and events from it. The histogram of response times stays with
//! the worker: its percentiles are in the comparison.

use serde::{Deserialize, Serialize};
use tradewind::sim::event::Event;
use tradewind::sim::run_log::{
    Interval, Meter, RunHeader, RunLog, Station, StationSample, StationState, Usage,
};
use tradewind::units::SimDuration;

/// Everything of a run log that is not a long row of numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    header: RunHeader,
    stations: Vec<Station>,
    deployments: Vec<String>,
    meters: Vec<Meter>,
    row_length: SimDuration,
    events: Vec<Event>,
    interval_count: u32,
    usage_count: u32,
}

const STATES: [StationState; 5] = [
    StationState::Normal,
    StationState::HighLoad,
    StationState::Down,
    StationState::Recovering,
    StationState::Absent,
];

/// Splits a log; its numbers are appended to `numbers`.
pub fn pack(log: RunLog, numbers: &mut Vec<f64>) -> Head {
    let none = f64::NAN;
    for interval in &log.intervals {
        numbers.extend([interval.offered, interval.succeeded]);
        numbers.extend(interval.failed);
        numbers.extend([interval.attempts, interval.in_flight]);
        numbers.extend([
            interval.latency_p50_s.unwrap_or(none),
            interval.latency_p95_s.unwrap_or(none),
            interval.latency_p99_s.unwrap_or(none),
        ]);
    }
    for sample in &log.samples {
        let state = STATES.iter().position(|state| *state == sample.state);
        numbers.extend([
            state.unwrap_or_default() as f64,
            f64::from(sample.ready),
            f64::from(sample.total),
            sample.utilization,
            sample.arrival_rate,
        ]);
    }
    numbers.extend(log.replicas_desired.iter().map(|n| f64::from(*n)));
    numbers.extend(&log.usage.quantities);
    Head {
        header: log.header,
        stations: log.stations,
        deployments: log.deployments,
        meters: log.usage.meters,
        row_length: log.usage.row_length,
        events: log.events,
        interval_count: log.intervals.len() as u32,
        usage_count: log.usage.quantities.len() as u32,
    }
}

/// Puts a log together again; nothing when numbers are missing.
pub fn unpack(head: Head, numbers: &mut impl Iterator<Item = f64>) -> Option<RunLog> {
    let interval_count = head.interval_count as usize;
    let mut intervals = Vec::with_capacity(interval_count);
    for _ in 0..interval_count {
        intervals.push(interval(numbers)?);
    }
    let sample_count = interval_count * head.stations.len();
    let mut samples = Vec::with_capacity(sample_count);
    for _ in 0..sample_count {
        samples.push(sample(numbers)?);
    }
    let mut replicas_desired = Vec::with_capacity(interval_count * head.deployments.len());
    for _ in 0..interval_count * head.deployments.len() {
        replicas_desired.push(numbers.next()? as u32);
    }
    let mut quantities = Vec::with_capacity(head.usage_count as usize);
    for _ in 0..head.usage_count {
        quantities.push(numbers.next()?);
    }
    Some(RunLog {
        header: head.header,
        intervals,
        stations: head.stations,
        samples,
        replicas_desired,
        deployments: head.deployments,
        latency: tradewind::sim::LatencyHistogram::default(),
        usage: Usage {
            row_length: head.row_length,
            meters: head.meters,
            quantities,
        },
        events: head.events,
    })
}

fn interval(numbers: &mut impl Iterator<Item = f64>) -> Option<Interval> {
    let mut next = || numbers.next();
    let (offered, succeeded) = (next()?, next()?);
    let failed = [next()?, next()?, next()?, next()?, next()?, next()?];
    let (attempts, in_flight) = (next()?, next()?);
    let mut latency = || Some(Some(next()?).filter(|s| !s.is_nan()));
    Some(Interval {
        offered,
        succeeded,
        failed,
        attempts,
        in_flight,
        latency_p50_s: latency()?,
        latency_p95_s: latency()?,
        latency_p99_s: latency()?,
    })
}

fn sample(numbers: &mut impl Iterator<Item = f64>) -> Option<StationSample> {
    let mut next = || numbers.next();
    Some(StationSample {
        state: *STATES.get(next()? as usize)?,
        ready: next()? as u32,
        total: next()? as u32,
        utilization: next()?,
        arrival_rate: next()?,
    })
}

//! An audit: the same window on rates and request by request, side by side.
//!
//! The request-level plane is exact up to chance; the fluid plane is what every figure and verdict
//! rests on. An audit says how far they are apart, figure by figure, against the bars that the
//! project holds itself to. While nothing happens those are bars on response times and on the share
//! of failures; through an outage or a spike they are bars on what is lost, on when service is
//! back, and on the course of the 99th percentile. A difference that the request-level run's own
//! chance explains counts as agreement.

use serde::Serialize;

use super::availability::served_ratio;
use super::statistics::{mean, t_interval};
use crate::sim::run_log::Interval;
use crate::sim::{EventKind, RunLog};
use crate::units::{Ratio, SimTime};

/// Neighbouring intervals are taken together until so many batches are left: queues remember for a
/// while, and figures of single intervals would look more independent than they are.
const BATCHES: usize = 10;
/// Fewer batches say too little about chance.
const FEWEST_BATCHES: usize = 5;

/// A window in which more than this share of requests fails is not calm.
const CALM_BELOW: f64 = 0.005;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Mean response time in seconds.
    LatencyMean,
    /// Median response time in seconds.
    LatencyP50,
    /// 95th percentile in seconds.
    LatencyP95,
    /// 99th percentile in seconds.
    LatencyP99,
    /// Share of requests that fail.
    FailedShare,
    /// Requests that fail.
    LostRequests,
    /// Seconds from the window's begin until service is back for good.
    Recovery,
    /// The 99th percentile from interval to interval: its mean value in seconds; the difference is
    /// the mean distance of the curves.
    LatencyP99Curve,
}

/// How a difference is measured against its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// As a share of the request-level figure.
    Relative,
    /// As it is.
    Absolute,
}

impl Subject {
    /// How its difference is measured.
    #[must_use]
    pub const fn measure(self) -> Measure {
        match self {
            Self::FailedShare | Self::Recovery => Measure::Absolute,
            _ => Measure::Relative,
        }
    }
}

/// One figure in both planes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// What.
    pub subject: Subject,
    /// On rates.
    pub fluid: f64,
    /// Request by request.
    pub requests: f64,
    /// How far apart, as [`Subject::measure`] says; never negative.
    pub difference: f64,
    /// How far apart they may be.
    pub bar: f64,
    /// How far apart chance alone may bring them, since the request-level run is one of many: half
    /// a 95 % interval over batches of intervals, where there are enough.
    pub chance: Option<f64>,
}

impl Agreement {
    /// The difference is within its bar, or chance explains it.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.difference <= self.bar.max(self.chance.unwrap_or(0.0))
    }
}

/// One recorded interval in both planes, on rates first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Moment {
    /// Its begin.
    pub at: SimTime,
    /// Requests offered.
    pub offered: [f64; 2],
    /// Requests failed.
    pub failed: [f64; 2],
    /// Median response time in seconds.
    pub latency_p50_s: [Option<f64>; 2],
    /// 99th percentile in seconds.
    pub latency_p99_s: [Option<f64>; 2],
}

/// A window in both planes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Nothing happens in it.
    pub calm: bool,
    /// The figures that have a bar.
    pub agreements: Vec<Agreement>,
    /// Interval by interval.
    pub moments: Vec<Moment>,
}

impl Audit {
    /// Compares two logs of the same window: on rates, and request by request.
    #[must_use]
    pub fn new(fluid: &RunLog, requests: &RunLog, slo: Ratio) -> Self {
        let logs = [fluid, requests];
        let calm = !logs.iter().any(|log| is_eventful(log));
        let agreements = if calm {
            calm_agreements(logs)
        } else {
            eventful_agreements(logs, slo)
        };
        let moments = fluid.intervals.iter().zip(&requests.intervals).enumerate();
        Self {
            calm,
            agreements,
            moments: moments
                .map(|(at, (one, other))| Moment {
                    at: fluid.interval_start(at),
                    offered: [one.offered, other.offered],
                    failed: [failed(one), failed(other)],
                    latency_p50_s: [one.latency_p50_s, other.latency_p50_s],
                    latency_p99_s: [one.latency_p99_s, other.latency_p99_s],
                })
                .collect(),
        }
    }

    /// Every figure is within its bar.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.agreements.iter().all(Agreement::holds)
    }
}

fn failed(interval: &Interval) -> f64 {
    interval.failed.iter().sum()
}

fn lost(log: &RunLog) -> f64 {
    log.intervals.iter().map(failed).sum()
}

fn failed_share(log: &RunLog) -> f64 {
    let offered: f64 = log.intervals.iter().map(|it| it.offered).sum();
    lost(log) / offered.max(1.0)
}

fn is_eventful(log: &RunLog) -> bool {
    let inside = |at: SimTime| log.header.start <= at && at < log.header.end();
    let began = |kind: &EventKind| matches!(kind, EventKind::FaultStarted { .. });
    let events = log.events.iter();
    failed_share(log) > CALM_BELOW
        || events
            .into_iter()
            .any(|event| inside(event.at) && began(&event.kind))
}

/// Half a 95 % interval of the mean difference between the planes by batch means: at 95 % load the
/// waits of ten minutes are known to 1 or 2 % only, however many requests there were.
fn chance(logs: [&RunLog; 2], figure: impl Fn(&Interval) -> Option<f64>) -> Option<f64> {
    let [fluid, requests] = logs.map(|log| log.intervals.iter().map(&figure));
    let differences: Vec<f64> = fluid
        .zip(requests)
        .filter_map(|(one, other)| Some(one? - other?))
        .collect();
    let batches: Vec<f64> = differences
        .chunks_exact((differences.len() / BATCHES).max(1))
        .filter_map(mean)
        .collect();
    let (low, high) = t_interval(&batches)?;
    (batches.len() >= FEWEST_BATCHES).then_some(0.5 * (high - low))
}

/// Response times and failures of a window in which nothing happens.
fn calm_agreements(logs: [&RunLog; 2]) -> Vec<Agreement> {
    let mut all = Vec::new();
    let mut add = |subject, values: [Option<f64>; 2], bar, chance: Option<f64>| {
        let [Some(fluid), Some(requests)] = values else {
            return;
        };
        let scale = requests.abs().max(f64::MIN_POSITIVE);
        all.push(Agreement {
            subject,
            fluid,
            requests,
            difference: (fluid - requests).abs() / scale,
            bar,
            chance: chance.map(|it| it / scale),
        });
    };
    let mean = logs.map(|log| log.latency.mean_s());
    // The mean has no record per interval; the median's chance stands in for it.
    let of_median = chance(logs, |it| it.latency_p50_s);
    add(Subject::LatencyMean, mean, 0.02, of_median);
    type Pick = fn(&Interval) -> Option<f64>;
    let quantiles: [(Subject, f64, f64, Pick); 3] = [
        (Subject::LatencyP50, 0.5, 0.03, |it| it.latency_p50_s),
        (Subject::LatencyP95, 0.95, 0.03, |it| it.latency_p95_s),
        (Subject::LatencyP99, 0.99, 0.05, |it| it.latency_p99_s),
    ];
    for (subject, quantile, bar, pick) in quantiles {
        let values = logs.map(|log| log.latency.quantile_s(quantile));
        add(subject, values, bar, chance(logs, pick));
    }
    let shares = logs.map(failed_share);
    all.push(Agreement {
        subject: Subject::FailedShare,
        fluid: shares[0],
        requests: shares[1],
        difference: (shares[0] - shares[1]).abs(),
        bar: 0.001,
        chance: None,
    });
    all
}

/// Losses, return and tail of a window in which something happens.
fn eventful_agreements(logs: [&RunLog; 2], slo: Ratio) -> Vec<Agreement> {
    let [fluid, requests] = logs.map(lost);
    // Counts of independent losses vary by their square root; two standard deviations.
    let chance = 2.0 * requests.sqrt() / requests.max(1.0);
    let losses = Agreement {
        subject: Subject::LostRequests,
        fluid,
        requests,
        difference: (fluid - requests).abs() / requests.max(1.0),
        bar: 0.05,
        chance: Some(chance),
    };
    let back = logs.map(|log| back_after_s(log, slo));
    let interval_s = logs[0].header.interval.as_s_f64();
    let recovery = Agreement {
        subject: Subject::Recovery,
        fluid: back[0],
        requests: back[1],
        difference: (back[0] - back[1]).abs(),
        bar: interval_s,
        chance: None,
    };
    vec![losses, recovery, p99_curve(logs)]
}

/// Seconds from the window's begin to the end of its last interval below the objective.
fn back_after_s(log: &RunLog, slo: Ratio) -> f64 {
    let is_below = |it: &Interval| served_ratio(it).is_some_and(|served| served < slo.value());
    let last = log.intervals.iter().rposition(is_below);
    last.map_or(0.0, |at| {
        let end = log.interval_start(at) + log.interval_length(at);
        end.since(log.header.start).as_s_f64()
    })
}

/// The mean distance of the two p99 curves, each interval by its successes.
fn p99_curve(logs: [&RunLog; 2]) -> Agreement {
    let (mut weight, mut fluid, mut requests, mut apart) = (0.0, 0.0, 0.0, 0.0);
    for (one, other) in logs[0].intervals.iter().zip(&logs[1].intervals) {
        let (Some(one_s), Some(other_s)) = (one.latency_p99_s, other.latency_p99_s) else {
            continue;
        };
        let successes = 0.5 * (one.succeeded + other.succeeded);
        weight += successes;
        fluid += successes * one_s;
        requests += successes * other_s;
        apart += successes * (one_s - other_s).abs();
    }
    Agreement {
        subject: Subject::LatencyP99Curve,
        fluid: fluid / f64::max(weight, 1.0),
        requests: requests / f64::max(weight, 1.0),
        difference: apart / f64::max(requests, f64::MIN_POSITIVE),
        bar: 0.1,
        chance: None,
    }
}

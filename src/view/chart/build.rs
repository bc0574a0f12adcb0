//! From runs to charts.

use super::{Band, Chart, ChartKind, ChartSeries, ObjectiveLine, axis, describe};
use crate::model::{Language, Objectives, Region};
use crate::sim::RunLog;
use crate::sim::event::EventKind;
use crate::view::series::{self, Sample, thinned};
use crate::view::text::{Key, fill, text};
use crate::view::{format, words};

/// One design's run, as the charts need it.
#[derive(Debug, Clone, Copy)]
pub struct ChartInput<'a> {
    /// The letter on screen: `A`, `B`, `C`.
    pub letter: &'static str,
    /// The design's name.
    pub name: &'a str,
    /// The run that is shown.
    pub log: &'a RunLog,
}

/// The three charts of runs that share a tape, with at most `stretches` stretches per line.
#[must_use]
pub fn charts(
    runs: &[ChartInput<'_>],
    objectives: &Objectives,
    region: Region,
    stretches: usize,
    language: Language,
) -> Vec<Chart> {
    let kinds = ChartKind::ALL.into_iter();
    kinds
        .map(|kind| chart(kind, runs, objectives, region, stretches, language))
        .collect()
}

fn chart(
    kind: ChartKind,
    runs: &[ChartInput<'_>],
    objectives: &Objectives,
    region: Region,
    stretches: usize,
    language: Language,
) -> Chart {
    let all: Vec<Vec<Sample>> = runs
        .iter()
        .map(|run| values(kind, run.log, region))
        .collect();
    let objective = objective(kind, objectives, language);
    let series: Vec<ChartSeries> = runs
        .iter()
        .zip(&all)
        .map(|(run, samples)| ChartSeries {
            letter: run.letter,
            name: run.name.to_string(),
            points: thinned(samples, stretches),
            description: describe::series(kind, run, samples, objective.as_ref(), language),
        })
        .collect();
    let bands = runs
        .first()
        .map(|run| bands(run.log, language))
        .unwrap_or_default();
    let y = vertical(kind, &all, objective.as_ref());
    let duration = runs
        .first()
        .map_or(0.0, |run| run.log.header.duration.as_s_f64());
    let (title, unit) = match kind {
        ChartKind::Availability => (Key::ChartAvailability, Key::AxisPercent),
        ChartKind::Latency => (Key::ChartLatency, Key::AxisMs),
        ChartKind::Cost => (Key::ChartCost, Key::AxisDollarsPerHour),
    };
    Chart {
        kind,
        title: text(title, language).to_string(),
        unit: if y.min > 0.0 {
            format!(
                "{} · {}",
                text(unit, language),
                text(Key::ChartBroken, language)
            )
        } else {
            text(unit, language).to_string()
        },
        time_label: text(Key::AxisTime, language).to_string(),
        x: axis::time(duration, language),
        is_broken: y.min > 0.0,
        y,
        description: describe::chart(&series, &bands, language),
        table: describe::table(kind, runs, &all, duration, language),
        series,
        objective,
        bands,
    }
}

/// A run's values in the axis's unit.
fn values(kind: ChartKind, log: &RunLog, region: Region) -> Vec<Sample> {
    let (samples, factor) = match kind {
        ChartKind::Availability => (series::availability(log), 100.0),
        ChartKind::Latency => (series::latency_p99(log), 1e3),
        ChartKind::Cost => (series::cost_per_hour(log, region), 1.0),
    };
    samples
        .into_iter()
        .map(|(at, value)| (at, value.map(|value| value * factor)))
        .collect()
}

fn objective(
    kind: ChartKind,
    objectives: &Objectives,
    language: Language,
) -> Option<ObjectiveLine> {
    let line = |value: f64, label: &str| ObjectiveLine {
        value,
        label: fill(Key::SloLine, language, &[label]),
    };
    match kind {
        ChartKind::Availability => {
            let slo = objectives.availability;
            Some(line(slo.value() * 100.0, &format::target(slo)))
        }
        ChartKind::Latency => objectives
            .latency_p99
            .map(|target| line(target.as_ms_f64(), &format::milliseconds(target.as_s_f64()))),
        ChartKind::Cost => None,
    }
}

fn vertical(kind: ChartKind, all: &[Vec<Sample>], objective: Option<&ObjectiveLine>) -> axis::Axis {
    let values = all.iter().flatten().filter_map(|sample| sample.1);
    let values = values.chain(objective.map(|line| line.value));
    match kind {
        ChartKind::Availability => axis::up_to_hundred(values.fold(100.0, f64::min)),
        ChartKind::Latency => axis::from_zero(values.fold(0.0, f64::max), format::quantity),
        ChartKind::Cost => axis::from_zero(values.fold(0.0, f64::max), |value, digits| {
            // Whole dollars or whole cents.
            if digits == 0 {
                format!("${}", format::count(value))
            } else {
                format::dollars(value)
            }
        }),
    }
}

/// Stretches of time in which faults of the tape last, from the run's own events.
pub(super) fn bands(log: &RunLog, language: Language) -> Vec<Band> {
    let end = log.header.duration.as_s_f64();
    let faults = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::FaultStarted { fault, duration } => {
            let from_s = event.at.as_s_f64();
            let to_s = (from_s + duration.as_s_f64()).min(end);
            let label = words::fault_kind(fault, language).to_string();
            Some(Band {
                from_s,
                to_s,
                label,
            })
        }
        _ => None,
    });
    faults.collect()
}

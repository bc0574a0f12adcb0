//! From runs to charts.

use super::{Audited, Band, Chart, ChartKind, ChartSeries, ObjectiveLine, axis, describe};
use crate::model::{Language, Objectives, Region};
use crate::sim::RunLog;
use crate::sim::event::EventKind;
use crate::view::series::{self, Sample, clipped, thinned};
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

/// What is to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct ChartOrder<'a> {
    /// Runs that share a tape.
    pub runs: &'a [ChartInput<'a>],
    /// What the runs have to reach.
    pub objectives: &'a Objectives,
    /// Whose prices apply.
    pub region: Region,
    /// An audited window of one of the runs; the charts then show only what lies around it.
    pub audited: Option<&'a Audited>,
    /// Stretches of time per line at most.
    pub stretches: usize,
    /// Language of all texts.
    pub language: Language,
}

/// One line before it is thinned and put into words.
pub(super) struct Line<'a> {
    letter: &'static str,
    side: usize,
    is_audited: bool,
    /// What stands beside the line's sample.
    label: String,
    name: &'a str,
    /// Length of an interval in seconds.
    pub(super) interval_s: f64,
    /// Values in the axis's unit.
    pub(super) samples: Vec<Sample>,
}

impl Line<'_> {
    /// What the line is called in words.
    pub(super) fn title(&self) -> String {
        if self.is_audited {
            self.label.clone()
        } else {
            format!("{} {}", self.label, self.name)
        }
    }
}

/// The three charts.
#[must_use]
pub fn charts(order: &ChartOrder<'_>) -> Vec<Chart> {
    let kinds = ChartKind::ALL.into_iter();
    kinds.map(|kind| chart(kind, order)).collect()
}

fn chart(kind: ChartKind, order: &ChartOrder<'_>) -> Chart {
    let ChartOrder { runs, language, .. } = *order;
    let first = runs.first();
    let duration_s = first.map_or(0.0, |run| run.log.header.duration.as_s_f64());
    let whole = (0.0, duration_s);
    let span = order.audited.map_or(whole, |it| it.span(duration_s));
    let lines = lines(kind, order, span);
    let objective = objective(kind, order.objectives, language);
    let series: Vec<ChartSeries> = lines
        .iter()
        .map(|line| ChartSeries {
            letter: line.letter,
            side: line.side,
            is_audited: line.is_audited,
            label: line.label.clone(),
            name: line.name.to_string(),
            points: thinned(&line.samples, order.stretches),
            description: describe::series(kind, line, objective.as_ref(), language),
        })
        .collect();
    let bands = first.map(|run| bands(run.log, span, language));
    let bands = bands.unwrap_or_default();
    let y = vertical(kind, &lines, objective.as_ref());
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
        x: axis::time(span, language),
        is_broken: y.min > 0.0,
        y,
        description: describe::chart(&series, &bands, language),
        table: describe::table(kind, &lines, span, language),
        series,
        objective,
        bands,
    }
}

/// The lines of a chart: one for each run, and that of an audit.
fn lines<'a>(kind: ChartKind, order: &ChartOrder<'a>, span: (f64, f64)) -> Vec<Line<'a>> {
    let of = |side: usize, run: &ChartInput<'a>| Line {
        letter: run.letter,
        side,
        is_audited: false,
        label: run.letter.to_string(),
        name: run.name,
        interval_s: run.log.header.interval.as_s_f64(),
        samples: Vec::new(),
    };
    let runs = order.runs.iter().enumerate().map(|(side, run)| Line {
        samples: clipped(&values(kind, run.log, order.region), span),
        ..of(side, run)
    });
    let audited = order.audited.and_then(|audited| {
        let side = audited.side as usize;
        let run = order.runs.get(side)?;
        let samples = in_unit(kind, audited.samples(kind).to_vec());
        (!samples.is_empty()).then(|| Line {
            is_audited: true,
            label: fill(Key::AuditedLine, order.language, &[run.letter]),
            samples,
            ..of(side, run)
        })
    });
    runs.chain(audited).collect()
}

/// A run's values in the axis's unit.
fn values(kind: ChartKind, log: &RunLog, region: Region) -> Vec<Sample> {
    let samples = match kind {
        ChartKind::Availability => series::availability(log),
        ChartKind::Latency => series::latency_p99(log),
        ChartKind::Cost => series::cost_per_hour(log, region),
    };
    in_unit(kind, samples)
}

/// Percent, milliseconds, dollars per hour.
fn in_unit(kind: ChartKind, mut samples: Vec<Sample>) -> Vec<Sample> {
    let factor = match kind {
        ChartKind::Availability => 100.0,
        ChartKind::Latency => 1e3,
        ChartKind::Cost => 1.0,
    };
    for (_, value) in &mut samples {
        *value = value.map(|value| value * factor);
    }
    samples
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

fn vertical(kind: ChartKind, lines: &[Line<'_>], objective: Option<&ObjectiveLine>) -> axis::Axis {
    let samples = lines.iter().flat_map(|line| &line.samples);
    let values = samples.filter_map(|sample| sample.1);
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
fn bands(log: &RunLog, (begin, end): (f64, f64), language: Language) -> Vec<Band> {
    let faults = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::FaultStarted { fault, duration } => {
            let from_s = event.at.as_s_f64();
            let to_s = (from_s + duration.as_s_f64()).min(end);
            let label = words::fault_kind(fault, language).to_string();
            (from_s <= end && begin <= to_s).then(|| Band {
                from_s: from_s.max(begin),
                to_s,
                label,
            })
        }
        _ => None,
    });
    faults.collect()
}

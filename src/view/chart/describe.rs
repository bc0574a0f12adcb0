//! Charts for those who do not see them: sentences and tables.

use super::{Band, ChartInput, ChartKind, ChartSeries, ChartTable, ObjectiveLine};
use crate::model::Language;
use crate::view::series::Sample;
use crate::view::text::{Key, fill, text};
use crate::view::{format, words};

/// Most rows of a table.
const TABLE_ROWS: usize = 24;

/// A value of a chart with its unit.
fn written(kind: ChartKind, value: Option<f64>) -> String {
    match (kind, value) {
        (_, None) => format::NOTHING.to_string(),
        (ChartKind::Availability, Some(value)) => format::availability(value / 100.0),
        (ChartKind::Latency, Some(value)) => format::milliseconds(value / 1e3),
        (ChartKind::Cost, Some(value)) => format::dollars(value),
    }
}

/// One line in a sentence: extremes with their times, last value, time outside the objective.
pub(super) fn series(
    kind: ChartKind,
    run: &ChartInput<'_>,
    samples: &[Sample],
    objective: Option<&ObjectiveLine>,
    language: Language,
) -> String {
    let label = format!("{} {}", run.letter, run.name);
    let known = || {
        samples
            .iter()
            .filter_map(|(at, value)| value.map(|value| (*at, value)))
    };
    let lowest = known().min_by(|a, b| a.1.total_cmp(&b.1));
    // The first of equal ones, as for the lowest.
    let highest = known().reduce(|best, next| if next.1 > best.1 { next } else { best });
    let (Some(lowest), Some(highest), Some(last)) = (lowest, highest, known().next_back()) else {
        return fill(Key::AltEmpty, language, &[&label]);
    };
    let mut sentence = fill(
        Key::AltRange,
        language,
        &[
            &label,
            &written(kind, Some(lowest.1)),
            &format::elapsed_short(lowest.0),
            &written(kind, Some(highest.1)),
            &format::elapsed_short(highest.0),
            &written(kind, Some(last.1)),
        ],
    );
    if let Some(line) = objective {
        let is_outside = |value: f64| match kind {
            ChartKind::Availability => value < line.value,
            ChartKind::Latency | ChartKind::Cost => value > line.value,
        };
        let interval = run.log.header.interval.as_s_f64();
        let outside = known().filter(|(_, value)| is_outside(*value)).count() as f64 * interval;
        let (key, time) = if outside > 0.0 {
            (Key::AltBreach, format::seconds(outside, language))
        } else {
            (Key::AltNoBreach, String::new())
        };
        sentence.push_str(match language {
            Language::Ja => "。",
            Language::En => "; ",
        });
        sentence.push_str(&fill(key, language, &[&line.label, &time]));
    }
    sentence
}

/// The whole chart in words.
pub(super) fn chart(series: &[ChartSeries], bands: &[Band], language: Language) -> String {
    let faults = bands
        .iter()
        .map(|band| words::fault_times(&band.label, band.from_s, band.to_s, language));
    let sentences: Vec<String> = series
        .iter()
        .map(|line| line.description.clone())
        .chain(faults)
        .collect();
    match language {
        Language::Ja => format!("{}。", sentences.join("。")),
        Language::En => format!("{}.", sentences.join(". ")),
    }
}

/// The chart as rows: the worst value of each stretch of time.
pub(super) fn table(
    kind: ChartKind,
    runs: &[ChartInput<'_>],
    all: &[Vec<Sample>],
    duration_s: f64,
    language: Language,
) -> ChartTable {
    let mut columns = vec![text(Key::TableTime, language).to_string()];
    columns.extend(
        runs.iter()
            .map(|run| format!("{} {}", run.letter, run.name)),
    );
    let step = (duration_s / TABLE_ROWS as f64).max(1.0);
    let worst = |samples: &[Sample], from: f64| {
        let inside = samples
            .iter()
            .filter(|(at, _)| from <= *at && *at < from + step);
        let values = inside.filter_map(|sample| sample.1);
        values.reduce(|a, b| match kind {
            ChartKind::Availability => a.min(b),
            ChartKind::Latency | ChartKind::Cost => a.max(b),
        })
    };
    let rows = (0..TABLE_ROWS)
        .map(|row| row as f64 * step)
        .take_while(|from| *from < duration_s)
        .map(|from| {
            let values = all
                .iter()
                .map(|samples| written(kind, worst(samples, from)));
            std::iter::once(format::elapsed_short(from))
                .chain(values)
                .collect()
        })
        .collect();
    ChartTable { columns, rows }
}

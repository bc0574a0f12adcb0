//! Charts for those who do not see them: sentences and tables.

use super::build::Line;
use super::{Band, ChartKind, ChartSeries, ChartTable, ObjectiveLine};
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
    line: &Line<'_>,
    objective: Option<&ObjectiveLine>,
    language: Language,
) -> String {
    let label = line.title();
    let known = || {
        let samples = line.samples.iter();
        samples.filter_map(|(at, value)| value.map(|value| (*at, value)))
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
    if let Some(target) = objective {
        let is_outside = |value: f64| match kind {
            ChartKind::Availability => value < target.value,
            ChartKind::Latency | ChartKind::Cost => value > target.value,
        };
        let breaches = known().filter(|(_, value)| is_outside(*value)).count();
        let outside = breaches as f64 * line.interval_s;
        let (key, time) = if outside > 0.0 {
            (Key::AltBreach, format::seconds(outside, language))
        } else {
            (Key::AltNoBreach, String::new())
        };
        sentence.push_str(match language {
            Language::Ja => "。",
            Language::En => "; ",
        });
        sentence.push_str(&fill(key, language, &[&target.label, &time]));
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
    lines: &[Line<'_>],
    (begin, end): (f64, f64),
    language: Language,
) -> ChartTable {
    let mut columns = vec![text(Key::TableTime, language).to_string()];
    columns.extend(lines.iter().map(Line::title));
    // Less than an interval would leave rows without a value.
    let interval_s = lines.first().map_or(1.0, |line| line.interval_s);
    let step = ((end - begin) / TABLE_ROWS as f64).max(interval_s);
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
        .map(|row| begin + row as f64 * step)
        .take_while(|from| *from < end)
        .map(|from| {
            let values = lines
                .iter()
                .map(|line| written(kind, worst(&line.samples, from)));
            std::iter::once(format::elapsed_short(from))
                .chain(values)
                .collect()
        })
        .collect();
    ChartTable { columns, rows }
}

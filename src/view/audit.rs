//! An audit for people: what the two planes say of a window, figure by figure and interval by
//! interval.
//!
//! The command prints it as text. On the page it is a panel that the referee draws: [`Panel`] is
//! its state, the referee plays the request-level run, and `plot::audit` makes HTML of both.

mod panel;
mod phrases;

pub use panel::{Field, LONGEST, MOST_REQUESTS, Outcome, Panel, Stage, Task, Wish};
pub use phrases::Phrase;

use super::format;
use super::report::Table;
use crate::analysis::audit::{Agreement, Audit, Measure, Moment, Subject};
use crate::model::Language;

/// The name of a figure.
#[must_use]
pub const fn name(subject: Subject) -> Phrase {
    match subject {
        Subject::LatencyMean => Phrase::LatencyMean,
        Subject::LatencyP50 => Phrase::LatencyP50,
        Subject::LatencyP95 => Phrase::LatencyP95,
        Subject::LatencyP99 => Phrase::LatencyP99,
        Subject::FailedShare => Phrase::FailedShare,
        Subject::LostRequests => Phrase::LostRequests,
        Subject::Recovery => Phrase::Recovery,
        Subject::LatencyP99Curve => Phrase::LatencyP99Curve,
    }
}

/// Which bars an audit is held to, in a sentence.
#[must_use]
pub const fn bars(audit: &Audit) -> Phrase {
    if audit.calm {
        Phrase::Calm
    } else {
        Phrase::Eventful
    }
}

/// The figures of an audit against their bars, then the course of both planes.
#[must_use]
pub fn report(audit: &Audit, language: Language) -> String {
    let say = |phrase: Phrase| phrase.text(language).to_string();
    let mut text = format!("{}\n", say(bars(audit)));
    let mut table = Table::default();
    table.row(COLUMNS.map(say));
    for agreement in &audit.agreements {
        table.row(FigureRow::of(agreement, language).cells());
    }
    text += &table.text();
    text.push('\n');
    let mut table = Table::default();
    let requests = Phrase::Requests;
    let heads = [
        Phrase::Time,
        Phrase::OfferedFluid,
        requests,
        Phrase::FailedFluid,
        requests,
        Phrase::MedianFluid,
        requests,
        Phrase::TailFluid,
        requests,
    ];
    table.row(heads.map(say));
    for moment in &audit.moments {
        table.row(moment_row(moment));
    }
    text + &table.text()
}

/// Headings of the figures.
pub const COLUMNS: [Phrase; 7] = [
    Phrase::Figure,
    Phrase::Fluid,
    Phrase::Requests,
    Phrase::Difference,
    Phrase::Bar,
    Phrase::Chance,
    Phrase::Verdict,
];

/// A figure of an audit as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureRow {
    /// Its name.
    pub name: &'static str,
    /// Its values: as flows, request by request, how far apart, how far apart they may be, and how
    /// far apart chance alone may bring them.
    pub values: [String; 5],
    /// Whether the difference is within its bar.
    pub holds: bool,
    /// The same in words.
    pub verdict: &'static str,
}

impl FigureRow {
    /// Writes a figure.
    #[must_use]
    pub fn of(agreement: &Agreement, language: Language) -> Self {
        let value = |value: f64| match agreement.subject {
            Subject::FailedShare => format::percent(value, 3),
            Subject::LostRequests => format::count(value),
            Subject::Recovery => format::seconds(value, language),
            // A tenth more than elsewhere: differences are smaller than a millisecond.
            _ => format!("{} ms", format::quantity(value * 1e3, 1)),
        };
        let distance = |distance: f64| match (agreement.subject.measure(), agreement.subject) {
            (Measure::Relative, _) => format::percent(distance, 1),
            (Measure::Absolute, Subject::Recovery) => format::seconds(distance, language),
            // Never negative, so a sign would say nothing.
            (Measure::Absolute, _) => format::points(distance).replace('+', ""),
        };
        let holds = agreement.holds();
        let verdict = if holds {
            Phrase::Within
        } else {
            Phrase::Outside
        };
        let chance = agreement.chance.map(distance);
        Self {
            name: name(agreement.subject).text(language),
            values: [
                value(agreement.fluid),
                value(agreement.requests),
                distance(agreement.difference),
                distance(agreement.bar),
                chance.unwrap_or_else(|| format::NOTHING.to_string()),
            ],
            holds,
            verdict: verdict.text(language),
        }
    }

    /// Its cells under [`COLUMNS`].
    fn cells(self) -> [String; 7] {
        let [a, b, c, d, e] = self.values;
        [
            self.name.to_string(),
            a,
            b,
            c,
            d,
            e,
            self.verdict.to_string(),
        ]
    }
}

fn moment_row(moment: &Moment) -> [String; 9] {
    let time = |it: Option<f64>| it.map_or(format::NOTHING.to_string(), format::milliseconds);
    let [offered, failed] = [moment.offered, moment.failed].map(|pair| pair.map(format::count));
    let [median, tail] = [moment.latency_p50_s, moment.latency_p99_s].map(|pair| pair.map(time));
    let [(a, b), (c, d), (e, f), (g, h)] = [offered, failed, median, tail].map(Into::into);
    [format::elapsed(moment.at), a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_moments_in_both_languages() {
        let audit = Audit {
            calm: true,
            agreements: vec![Agreement {
                subject: Subject::LatencyP99,
                fluid: 0.102,
                requests: 0.1,
                difference: 0.02,
                bar: 0.05,
                chance: None,
            }],
            moments: vec![Moment {
                at: crate::units::SimTime::from_s(60),
                offered: [10.0, 11.0],
                failed: [0.0, 1.0],
                latency_p50_s: [Some(0.05), None],
                latency_p99_s: [Some(0.1), Some(0.2)],
            }],
        };
        let english = report(&audit, Language::En);
        assert!(english.contains("p99 latency  102 ms  100 ms"), "{english}");
        assert!(english.contains("Within"), "{english}");
        let japanese = report(&audit, Language::Ja);
        assert!(japanese.contains("範囲内"), "{japanese}");
    }
}

//! The comparison in words: key figures, the table of differences, the verdict sentence.
//!
//! Nothing here says more than the intervals allow. A difference whose interval holds zero is "not
//! shown", never "equal" (that word is kept for a difference of exactly nothing); an interval that
//! holds nothing as large as the smallest difference that is shown is "negligible"; and the
//! sentence carries "with assumptions" when numbers that nobody published went into it.

mod kpi;
mod verdict;

pub use kpi::{Kpi, KpiValue, Terms, kpis};
pub use verdict::{VerdictText, verdict_text};

use super::figure;
use super::text::{Key, fill, text};
use crate::analysis::{Delta, DeltaVerdict, Figures, Metric, Side};
use crate::model::Language;

/// A design on screen.
#[derive(Debug, Clone, Copy)]
pub struct Contender<'a> {
    /// Its letter: `A`, `B`, `C`.
    pub letter: &'static str,
    /// Its name.
    pub name: &'a str,
    /// Its runs in order of replication.
    pub runs: &'a [Figures],
}

/// An interval against zero, for a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauge {
    /// Lower end, from −1 to 1.
    pub low: f64,
    /// Upper end, from −1 to 1.
    pub high: f64,
    /// Mean, from −1 to 1.
    pub mean: f64,
}

/// A row of the table of differences.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaRow {
    /// Which figure.
    pub metric: Metric,
    /// Its name.
    pub name: &'static str,
    /// Mean of the baseline.
    pub baseline: String,
    /// Mean of the candidate.
    pub candidate: String,
    /// Candidate minus baseline.
    pub difference: String,
    /// 95 % interval of the difference.
    pub interval: String,
    /// In how many pairs the baseline was better: `27/32`.
    pub wins: String,
    /// Who is better, in words.
    pub verdict: String,
    /// Who is better; none when no difference is shown.
    pub better: Option<Side>,
    /// The interval as a bar; none for fewer than two pairs.
    pub gauge: Option<Gauge>,
}

/// The table of differences. `letters` are those of baseline and candidate.
#[must_use]
pub fn delta_rows(deltas: &[Delta], letters: [&str; 2], language: Language) -> Vec<DeltaRow> {
    deltas
        .iter()
        .map(|delta| row(delta, letters, language))
        .collect()
}

fn row(delta: &Delta, letters: [&str; 2], language: Language) -> DeltaRow {
    let metric = delta.metric;
    let interval = delta.interval.map_or_else(
        || super::format::NOTHING.to_string(),
        |interval| {
            let ends = [interval.low, interval.high]
                .map(|end| figure::difference(metric, Some(end), language));
            super::format::range(&ends[0], &ends[1], language)
        },
    );
    DeltaRow {
        metric,
        name: figure::name(metric, language),
        baseline: figure::value(metric, delta.baseline, language),
        candidate: figure::value(metric, delta.candidate, language),
        difference: figure::difference(metric, delta.difference, language),
        interval,
        wins: format!("{}/{}", delta.baseline_wins, delta.n),
        verdict: verdict_word(delta, letters, language),
        better: better(delta.verdict),
        gauge: gauge(delta),
    }
}

const fn better(verdict: DeltaVerdict) -> Option<Side> {
    match verdict {
        DeltaVerdict::BaselineBetter => Some(Side::Baseline),
        DeltaVerdict::CandidateBetter => Some(Side::Candidate),
        DeltaVerdict::NoDifference => None,
    }
}

fn verdict_word(delta: &Delta, letters: [&str; 2], language: Language) -> String {
    let letter = match better(delta.verdict) {
        Some(Side::Baseline) => letters[0],
        Some(Side::Candidate) => letters[1],
        None => {
            let is_exact = delta.n > 0 && delta.baseline_wins == 0 && delta.candidate_wins == 0;
            if is_exact && delta.difference.is_none() {
                return super::format::NOTHING.to_string();
            }
            let key = match delta.n {
                0 | 1 => Key::VerdictPending,
                _ if is_exact => Key::VerdictEqual,
                _ if is_negligible(delta) => Key::VerdictNegligible,
                _ => Key::VerdictUndecided,
            };
            return text(key, language).to_string();
        }
    };
    let key = match delta.metric {
        Metric::CostPerMonth | Metric::CostPerMillionRequests => Key::VerdictCheaper,
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 | Metric::Recovery => {
            Key::VerdictFaster
        }
        _ => Key::VerdictBetter,
    };
    fill(key, language, &[letter])
}

/// True when both ends of the interval are too small to show: the table prints the same for both,
/// and more runs would not change that. Where a side lacks figures, wins decide, not the interval.
fn is_negligible(delta: &Delta) -> bool {
    let size = delta.interval.map(|it| it.low.abs().max(it.high.abs()));
    let is_small = size.is_some_and(|size| size < delta.metric.resolution());
    delta.n_measured == delta.n && is_small
}

/// The interval in shares of its end farther from zero.
fn gauge(delta: &Delta) -> Option<Gauge> {
    let interval = delta.interval?;
    let reach = interval.low.abs().max(interval.high.abs());
    if reach > 0.0 {
        let share = |value: f64| (value / reach).clamp(-1.0, 1.0);
        Some(Gauge {
            low: share(interval.low),
            high: share(interval.high),
            mean: share(delta.difference.unwrap_or(0.0)),
        })
    } else {
        Some(Gauge {
            low: 0.0,
            high: 0.0,
            mean: 0.0,
        })
    }
}

#[cfg(test)]
mod tests;

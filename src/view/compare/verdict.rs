//! The verdict sentence, written from the table.

use crate::analysis::verdict::{Axis, Overall, Side, Verdict};
use crate::model::Language;
use crate::units::SimDuration;
use crate::view::format;
use crate::view::text::{Key, fill, text};

/// The verdict in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictText {
    /// The sentence or sentences.
    pub sentence: String,
    /// What stands behind them: `mean of 32 paired runs`, and `with assumptions` when some were
    /// used.
    pub basis: String,
    /// Who wins, or whether there is a trade-off.
    pub overall: Overall,
}

/// A difference of response times below this many seconds stays in the table: an interval may show
/// it, but nobody decides by it.
const LATENCY_WORTH_SAYING_S: f64 = 0.005;

/// Writes the verdict. `letters` are those of baseline and candidate, `counted` is the simulated
/// time behind the figures, `has_assumptions` tells that defaults went in that nobody published.
#[must_use]
pub fn verdict_text(
    verdict: &Verdict,
    letters: [&str; 2],
    counted: SimDuration,
    has_assumptions: bool,
    language: Language,
) -> VerdictText {
    let n = format::count(f64::from(verdict.n));
    let mut basis = match verdict.n {
        1 => text(Key::VerdictRun, language).to_string(),
        _ => fill(Key::VerdictRuns, language, &[&n]),
    };
    if has_assumptions {
        let tag = text(Key::WithAssumptions, language);
        basis = match language {
            Language::Ja => format!("{basis}、{tag}"),
            Language::En => format!("{basis}, {}", tag.to_ascii_lowercase()),
        };
    }
    let sentence = if verdict.n < 2 {
        text(Key::VerdictTooFew, language).to_string()
    } else {
        sentence(verdict, letters, counted, language)
    };
    VerdictText {
        sentence,
        basis,
        overall: verdict.overall,
    }
}

fn sentence(
    verdict: &Verdict,
    letters: [&str; 2],
    counted: SimDuration,
    language: Language,
) -> String {
    let cost = cost(&verdict.cost, letters[1], language);
    let service = service(verdict, counted, language);
    let latency = latency(&verdict.latency_p99, letters[1], language);
    let mut sentences = Vec::new();
    match (cost, service) {
        (Some((cost_side, cost)), Some((side, service))) => {
            let key = if cost_side == side {
                Key::VerdictAnd
            } else {
                Key::VerdictBut
            };
            sentences.push(fill(key, language, &[&cost, &service]));
        }
        (Some((side, _)), None) => {
            let key = match (side, is_small(&verdict.availability)) {
                (Side::Candidate, false) => Key::VerdictOnlyCheaper,
                (Side::Baseline, false) => Key::VerdictOnlyDearer,
                (Side::Candidate, true) => Key::VerdictCheaperSameService,
                (Side::Baseline, true) => Key::VerdictDearerSameService,
            };
            let amount = format::dollars(verdict.cost.difference.unwrap_or(0.0).abs());
            sentences.push(fill(key, language, &[letters[1], &amount]));
        }
        (None, Some((_, service))) => {
            sentences.push(fill(Key::VerdictOf, language, &[letters[1], &service]));
            let key = if is_small(&verdict.cost) {
                Key::VerdictCostNegligible
            } else {
                Key::VerdictCostSame
            };
            sentences.push(text(key, language).to_string());
        }
        (None, None) if latency.is_none() => {
            let n = format::count(f64::from(verdict.n));
            let axes = [&verdict.availability, &verdict.latency_p99, &verdict.cost];
            let is_small = axes.iter().all(|axis| axis.is_negligible());
            let key = if is_small && !axes.iter().all(|axis| axis.is_exact()) {
                Key::NegligibleDifference
            } else {
                Key::NoDifference
            };
            sentences.push(fill(key, language, &[&n]));
        }
        (None, None) => {}
    }
    sentences.extend(latency);
    match language {
        Language::Ja => sentences.concat(),
        Language::En => sentences.join(" "),
    }
}

/// A difference too small to show, but not exactly none.
fn is_small(axis: &Axis) -> bool {
    axis.is_negligible() && !axis.is_exact()
}

/// Who is cheaper, and `B costs $870 less per month`.
fn cost(axis: &Axis, letter: &str, language: Language) -> Option<(Side, String)> {
    let side = axis.better?;
    let amount = format::dollars(axis.difference?.abs());
    let key = match side {
        Side::Candidate => Key::VerdictCostLess,
        Side::Baseline => Key::VerdictCostMore,
    };
    Some((side, fill(key, language, &[letter, &amount])))
}

/// Who serves better, in minutes of breach where they differ, else in availability.
fn service(verdict: &Verdict, counted: SimDuration, language: Language) -> Option<(Side, String)> {
    let span = format::duration(counted, language);
    let breach = &verdict.slo_breach;
    if let (Some(side), Some(difference)) = (breach.better, breach.difference) {
        let key = match side {
            Side::Candidate => Key::VerdictBreachLess,
            Side::Baseline => Key::VerdictBreachMore,
        };
        let minutes = format::minutes(difference.abs(), language);
        return Some((side, fill(key, language, &[&minutes, &span])));
    }
    let availability = &verdict.availability;
    let side = availability.better?;
    let points = format::points(availability.difference?.abs());
    let key = match side {
        Side::Candidate => Key::VerdictAvailabilityHigher,
        Side::Baseline => Key::VerdictAvailabilityLower,
    };
    Some((side, fill(key, language, &[points.trim_start_matches('+')])))
}

fn latency(axis: &Axis, letter: &str, language: Language) -> Option<String> {
    let key = match axis.better? {
        Side::Candidate => Key::VerdictLatencyLess,
        Side::Baseline => Key::VerdictLatencyMore,
    };
    let size = axis.difference?.abs();
    let is_worth_saying = size >= LATENCY_WORTH_SAYING_S;
    is_worth_saying.then(|| fill(key, language, &[letter, &format::milliseconds(size)]))
}

//! The strip of five key figures.

use super::Contender;
use crate::analysis::objectives::ObjectiveKind;
use crate::analysis::{Metric, ObjectiveResult, Outcome, Recovery, assess};
use crate::model::{FaultKind, Language, Objectives, RunPlan, Tape};
use crate::view::text::{Key, fill, text};
use crate::view::{figure, format};

/// The five, in order.
const STRIP: [Metric; 5] = [
    Metric::Availability,
    Metric::LatencyP99,
    Metric::SloBreach,
    Metric::CostPerMonth,
    Metric::Recovery,
];

/// One design's value of a key figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiValue {
    /// Letter of the design.
    pub letter: &'static str,
    /// The value, or why there is none.
    pub value: String,
    /// Whether its objective is met; none without an objective or a measurement.
    pub is_met: Option<bool>,
    /// `Met` or `Missed` in words; empty without an objective.
    pub outcome: &'static str,
    /// The same with what it was judged by: one run after the other, and not their mean; empty
    /// without an objective.
    pub judged: String,
}

impl Kpi {
    /// True when words stand in the place of a number, which need more room.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.metric == Metric::Recovery && !self.values.iter().all(|it| is_number(&it.value))
    }
}

fn is_number(shown: &str) -> bool {
    shown.starts_with(|letter: char| letter.is_ascii_digit() || letter == '$')
}

/// What the key figures are held against.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The objectives.
    pub objectives: &'a Objectives,
    /// How long a run is.
    pub plan: &'a RunPlan,
    /// The faults.
    pub tape: &'a Tape,
}

/// A key figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kpi {
    /// Which.
    pub metric: Metric,
    /// Its heading.
    pub title: &'static str,
    /// One value per design.
    pub values: Vec<KpiValue>,
    /// The objective, or what the figure refers to.
    pub footnote: String,
}

/// The five key figures of the designs on screen: means over their runs.
#[must_use]
pub fn kpis(contenders: &[Contender<'_>], terms: Terms<'_>, language: Language) -> Vec<Kpi> {
    let assessed: Vec<Vec<ObjectiveResult>> = contenders
        .iter()
        .map(|one| assess(terms.objectives, one.runs))
        .collect();
    let kpi = |metric| {
        let judged: Vec<Judged> = contenders
            .iter()
            .zip(&assessed)
            .map(|(one, results)| value(metric, one, results, language))
            .collect();
        let footnote = footnote(metric, terms, language);
        let notes = judged.iter().filter_map(|one| one.note.clone());
        Kpi {
            metric,
            title: match metric {
                Metric::LatencyP99 => text(Key::KpiP99, language),
                other => figure::name(other, language),
            },
            footnote: listed(std::iter::once(footnote).chain(notes), language),
            values: judged.into_iter().map(|one| one.value).collect(),
        }
    };
    STRIP.into_iter().map(kpi).collect()
}

/// Parts of a footnote, one after the other.
fn listed(parts: impl Iterator<Item = String>, language: Language) -> String {
    let parts: Vec<_> = parts.collect();
    parts.join(match language {
        Language::Ja => "、",
        Language::En => ", ",
    })
}

/// A value, and what the footnote has to say where the mark beside it seems to contradict it.
struct Judged {
    value: KpiValue,
    note: Option<String>,
}

fn value(
    metric: Metric,
    contender: &Contender<'_>,
    results: &[ObjectiveResult],
    language: Language,
) -> Judged {
    let mean = mean(contender, metric);
    let shown = match metric {
        Metric::Recovery => recovery(contender, mean, language),
        metric => figure::value(metric, mean, language),
    };
    let objective = match metric {
        Metric::Availability => Some(ObjectiveKind::Availability),
        Metric::LatencyP99 => Some(ObjectiveKind::LatencyP99),
        Metric::CostPerMonth => Some(ObjectiveKind::CostPerMonth),
        Metric::Recovery => Some(ObjectiveKind::Rto),
        _ => None,
    };
    let result = results
        .iter()
        .find(|result| Some(result.objective) == objective);
    // Without a fault there is no recovery to judge.
    let is_calm = metric == Metric::Recovery
        && contender
            .runs
            .iter()
            .all(|run| run.recovery == Recovery::NoFault);
    let result = result.filter(|_| !is_calm);
    let is_met = result.and_then(|result| match result.outcome {
        Outcome::Passed => Some(true),
        Outcome::Failed => Some(false),
        Outcome::NotMeasured => None,
    });
    let outcome = match is_met {
        Some(true) => text(Key::KpiMet, language),
        Some(false) => text(Key::KpiMissed, language),
        None => "",
    };
    let (judged, note) = result
        .zip(is_met)
        .map(|(result, is_met)| {
            let counts = [result.n_met, result.n].map(|n| format::count(f64::from(n)));
            let key = match result.objective {
                ObjectiveKind::Availability => Key::KpiJudgedBudget,
                _ => Key::KpiJudged,
            };
            let judged = fill(key, language, &[outcome, &counts[0], &counts[1]]);
            let values = [contender.letter, &counts[0], &counts[1]];
            let note = seems_wrong(result, mean, &shown, is_met)
                .then(|| fill(Key::KpiMetIn, language, &values));
            (judged, note)
        })
        .unwrap_or_default();
    let value = KpiValue {
        letter: contender.letter,
        value: shown,
        is_met,
        outcome,
        judged,
    };
    Judged { value, note }
}

/// True when the mean beside a mark would have got the other one. The footnote of availability says
/// that its objective is one of 30 days.
fn seems_wrong(result: &ObjectiveResult, mean: Option<f64>, shown: &str, is_met: bool) -> bool {
    result.objective != ObjectiveKind::Availability
        && is_number(shown)
        && mean.is_some_and(|mean| (mean <= result.target) != is_met)
}

/// Mean over the runs that have the figure.
fn mean(contender: &Contender<'_>, metric: Metric) -> Option<f64> {
    let known: Vec<f64> = contender
        .runs
        .iter()
        .filter_map(|run| metric.of(run))
        .collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// A recovery time holds for all runs or for none: when most runs have none, the reason of the
/// first of those stands instead.
fn recovery(contender: &Contender<'_>, mean: Option<f64>, language: Language) -> String {
    let without = contender
        .runs
        .iter()
        .filter(|run| run.recovery.seconds().is_none());
    if without.clone().count() * 2 <= contender.runs.len() {
        return figure::value(Metric::Recovery, mean, language);
    }
    let reason = without
        .map(|run| run.recovery)
        .next()
        .unwrap_or(Recovery::NoFault);
    figure::no_recovery(reason, language)
        .unwrap_or(format::NOTHING)
        .to_string()
}

fn footnote(metric: Metric, terms: Terms<'_>, language: Language) -> String {
    let Terms {
        objectives,
        plan,
        tape,
    } = terms;
    let none = || text(Key::KpiNoObjective, language).to_string();
    match metric {
        Metric::Availability => {
            let target = format::target(objectives.availability);
            fill(Key::KpiSlo, language, &[&target])
        }
        Metric::LatencyP99 => objectives.latency_p99.map_or_else(none, |target| {
            fill(
                Key::SloLine,
                language,
                &[&format::milliseconds(target.as_s_f64())],
            )
        }),
        Metric::CostPerMonth => objectives.cost_per_month.map_or_else(
            || text(Key::BillGiven, language).to_string(),
            |budget| {
                fill(
                    Key::KpiBudget,
                    language,
                    &[&format::dollars(budget.dollars())],
                )
            },
        ),
        Metric::Recovery => {
            let objective = objectives.rto.map_or_else(none, |rto| {
                fill(Key::KpiRto, language, &[&format::duration(rto, language)])
            });
            let from = counted_from(tape, plan, language);
            listed(std::iter::once(objective).chain(from), language)
        }
        _ => {
            let counted = plan.duration - plan.warm_up;
            fill(
                Key::KpiWithin,
                language,
                &[&format::duration(counted, language)],
            )
        }
    }
}

/// Recovery counts from the last fault's onset, which has to be said where there are several.
fn counted_from(tape: &Tape, plan: &RunPlan, language: Language) -> Option<String> {
    let faults = tape.faults.values();
    let faults = faults.filter(|it| !FaultKind::is_remedy(it.kind()));
    let onsets = faults.map(FaultKind::at).filter(|at| *at < plan.duration);
    if !tape.random.is_empty() {
        // Chance decides which comes last, in each run anew.
        return Some(text(Key::KpiFromLast, language).to_string());
    }
    let is_several = onsets.clone().count() > 1;
    let last = onsets.max().filter(|_| is_several)?;
    let last = format::elapsed_short(last.as_s_f64());
    Some(fill(Key::KpiFrom, language, &[&last]))
}

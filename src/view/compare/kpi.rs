//! The strip of five key figures.

use super::Contender;
use crate::analysis::objectives::ObjectiveKind;
use crate::analysis::{Metric, ObjectiveResult, Outcome, Recovery, assess};
use crate::model::{Language, Objectives, RunPlan};
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
pub fn kpis(
    contenders: &[Contender<'_>],
    objectives: &Objectives,
    plan: &RunPlan,
    language: Language,
) -> Vec<Kpi> {
    let assessed: Vec<Vec<ObjectiveResult>> = contenders
        .iter()
        .map(|one| assess(objectives, one.runs))
        .collect();
    STRIP
        .into_iter()
        .map(|metric| Kpi {
            metric,
            title: match metric {
                Metric::LatencyP99 => text(Key::KpiP99, language),
                other => figure::name(other, language),
            },
            values: contenders
                .iter()
                .zip(&assessed)
                .map(|(one, results)| value(metric, one, results, language))
                .collect(),
            footnote: footnote(metric, objectives, plan, language),
        })
        .collect()
}

fn value(
    metric: Metric,
    contender: &Contender<'_>,
    results: &[ObjectiveResult],
    language: Language,
) -> KpiValue {
    let value = match (metric, mean(contender, metric)) {
        (Metric::Recovery, mean) => recovery(contender, mean, language),
        (metric, mean) => figure::value(metric, mean, language),
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
    let is_met = result
        .filter(|_| !is_calm)
        .and_then(|result| match result.outcome {
            Outcome::Passed => Some(true),
            Outcome::Failed => Some(false),
            Outcome::NotMeasured => None,
        });
    let outcome = match is_met {
        Some(true) => text(Key::KpiMet, language),
        Some(false) => text(Key::KpiMissed, language),
        None => "",
    };
    KpiValue {
        letter: contender.letter,
        value,
        is_met,
        outcome,
    }
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

fn footnote(metric: Metric, objectives: &Objectives, plan: &RunPlan, language: Language) -> String {
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
        Metric::Recovery => objectives.rto.map_or_else(none, |rto| {
            fill(Key::KpiRto, language, &[&format::duration(rto, language)])
        }),
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

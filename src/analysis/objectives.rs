//! Objectives: met or missed, and in how many of the replications.
//!
//! An objective passes when at least 95 % of the replications meet it. The availability objective
//! is a promise over 30 days: a run meets it when its failures use no more than the 30 days' error
//! budget, the rest of the month being free of failures.

use serde::Serialize;

use super::figures::Figures;
use super::recovery::Recovery;
use super::statistics::mean;
use crate::model::Objectives;

/// Share of replications that have to meet an objective.
pub const PASS_SHARE: f64 = 0.95;

/// Which objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// Served over valid requests in 30 days, as a share.
    Availability,
    /// 99th percentile of successes, in seconds.
    LatencyP99,
    /// List cost per month, in dollars.
    CostPerMonth,
    /// Recovery time, in seconds.
    Rto,
    /// Data lost, in seconds.
    Rpo,
}

/// How an objective came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Enough replications meet it.
    Passed,
    /// Too few do.
    Failed,
    /// No run measures it.
    NotMeasured,
}

/// One objective against the replications of one design.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectiveResult {
    /// Which objective.
    pub objective: ObjectiveKind,
    /// The target, in the objective's unit.
    pub target: f64,
    /// Mean over the replications that have the figure. For availability: of 30 days with the run's
    /// failures in them.
    pub value: Option<f64>,
    /// Replications that meet the target.
    pub n_met: u32,
    /// Replications in all.
    pub n: u32,
    /// What that means.
    pub outcome: Outcome,
}

impl ObjectiveResult {
    /// Share of the replications that meet the target: the chance to meet it, given the tape.
    #[must_use]
    pub fn probability(&self) -> Option<f64> {
        (self.n > 0).then(|| f64::from(self.n_met) / f64::from(self.n))
    }
}

/// Holds the replications of one design against the objectives that are set, in the order of
/// [`ObjectiveKind`].
#[must_use]
pub fn assess(objectives: &Objectives, runs: &[Figures]) -> Vec<ObjectiveResult> {
    let slo = objectives.availability.value();
    let mut results = vec![result(ObjectiveKind::Availability, slo, runs, |run| {
        let month = run.error_budget_used.map(|used| 1.0 - used * (1.0 - slo));
        let met = run
            .error_budget_used
            .map_or(run.lost_requests <= 0.0, |used| used <= 1.0);
        (month, met)
    })];
    if let Some(target) = objectives.latency_p99 {
        let target = target.as_s_f64();
        results.push(result(ObjectiveKind::LatencyP99, target, runs, |run| {
            let p99 = run.latency_p99_s;
            (p99, p99.is_some_and(|p99| p99 <= target))
        }));
    }
    if let Some(target) = objectives.cost_per_month {
        let target = target.dollars();
        results.push(result(ObjectiveKind::CostPerMonth, target, runs, |run| {
            let cost = run.cost_per_month_usd;
            (Some(cost), cost <= target)
        }));
    }
    if let Some(target) = objectives.rto {
        let target = target.as_s_f64();
        results.push(result(ObjectiveKind::Rto, target, runs, |run| {
            let met = match run.recovery {
                Recovery::Recovered { after_s } => after_s <= target,
                Recovery::NoFault => true,
                Recovery::StillBelow | Recovery::EndedTooEarly => false,
            };
            (run.recovery.seconds(), met)
        }));
    }
    if let Some(target) = objectives.rpo {
        results.push(ObjectiveResult {
            objective: ObjectiveKind::Rpo,
            target: target.as_s_f64(),
            value: None,
            n_met: 0,
            n: 0,
            outcome: Outcome::NotMeasured,
        });
    }
    results
}

fn result(
    objective: ObjectiveKind,
    target: f64,
    runs: &[Figures],
    measure: impl Fn(&Figures) -> (Option<f64>, bool),
) -> ObjectiveResult {
    let measured: Vec<_> = runs.iter().map(measure).collect();
    let values: Vec<f64> = measured.iter().filter_map(|(value, _)| *value).collect();
    let n_met = measured.iter().filter(|(_, met)| *met).count();
    let outcome = if runs.is_empty() {
        Outcome::NotMeasured
    } else if n_met as f64 >= PASS_SHARE * runs.len() as f64 {
        Outcome::Passed
    } else {
        Outcome::Failed
    };
    ObjectiveResult {
        objective,
        target,
        value: mean(&values),
        n_met: n_met as u32,
        n: runs.len() as u32,
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::tests::run;
    use crate::units::{SimDuration, UnitPrice};

    #[track_caller]
    fn check(objectives: &Objectives, runs: &[Figures], expected: &[(ObjectiveKind, Outcome)]) {
        let got: Vec<_> = assess(objectives, runs)
            .iter()
            .map(|result| (result.objective, result.outcome))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn every_objective_that_is_set_is_answered() {
        let objectives = Objectives {
            latency_p99: Some(SimDuration::from_ms(100)),
            cost_per_month: Some(UnitPrice::from_dollars(500.0)),
            rto: Some(SimDuration::from_s(60)),
            rpo: Some(SimDuration::from_s(60)),
            ..Objectives::default()
        };
        check(
            &objectives,
            &vec![run(0.999, 499.0); 4],
            &[
                (ObjectiveKind::Availability, Outcome::Passed),
                (ObjectiveKind::LatencyP99, Outcome::Failed),
                (ObjectiveKind::CostPerMonth, Outcome::Passed),
                (ObjectiveKind::Rto, Outcome::Passed),
                (ObjectiveKind::Rpo, Outcome::NotMeasured),
            ],
        );
        let none = [(ObjectiveKind::Availability, Outcome::NotMeasured)];
        check(&Objectives::default(), &[], &none);
    }

    /// A day at 97 % uses 30 / 30 days of a 99.9 % budget; at 96.9 % it uses more.
    #[test]
    fn a_bad_day_may_fit_into_the_months_budget() {
        let passed = [(ObjectiveKind::Availability, Outcome::Passed)];
        let failed = [(ObjectiveKind::Availability, Outcome::Failed)];
        check(&Objectives::default(), &vec![run(0.9701, 1.0); 20], &passed);
        check(&Objectives::default(), &vec![run(0.969, 1.0); 20], &failed);
        let mut mostly = vec![run(0.99, 1.0); 19];
        mostly.push(run(0.5, 1.0));
        check(&Objectives::default(), &mostly, &passed);
        mostly.push(run(0.5, 1.0));
        check(&Objectives::default(), &mostly, &failed);
        let result = &assess(&Objectives::default(), &mostly)[0];
        assert_eq!(result.probability(), Some(19.0 / 21.0));
    }

    #[test]
    fn no_recovery_misses_the_recovery_objective() {
        let objectives = Objectives {
            rto: Some(SimDuration::from_s(60)),
            ..Objectives::default()
        };
        for (recovery, n_met) in [
            (Recovery::Recovered { after_s: 61.0 }, 0),
            (Recovery::StillBelow, 0),
            (Recovery::EndedTooEarly, 0),
            (Recovery::NoFault, 1),
        ] {
            let run = Figures {
                recovery,
                ..run(1.0, 1.0)
            };
            assert_eq!(assess(&objectives, &[run])[1].n_met, n_met, "{recovery:?}");
        }
    }
}

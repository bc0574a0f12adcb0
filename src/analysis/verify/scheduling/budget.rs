//! Cases of kind `budget`: how many nodes Karpenter's disruption budgets leave.

use serde_json::{Map, Value, json};

use super::super::fields::Fields;
use super::super::{Answer, Case, Obstacle};
use crate::model::json::{FromJson, Refusal};
use crate::model::{DisruptionBudget, DisruptionReason};
use crate::sim::policy::karpenter::disruption::{Counts, allowance};
use crate::units::SimTime;

const REASONS: [(&str, DisruptionReason); 3] = [
    ("Empty", DisruptionReason::Empty),
    ("Drifted", DisruptionReason::Drifted),
    ("Underutilized", DisruptionReason::Underutilized),
];

pub(super) fn answer(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let n_nodes: u32 = input.take("nodes")?;
    let n_deleting: u32 = input.maybe("already_deleting")?.unwrap_or(0);
    let n_not_ready: u32 = input.maybe("not_ready")?.unwrap_or(0);
    let list = input.list("budgets")?;
    input.finish()?;
    let budgets: Vec<DisruptionBudget> = list.iter().map(budget).collect::<Result<_, _>>()?;
    let counts = Counts {
        total: n_nodes,
        disrupted: n_deleting + n_not_ready,
    };
    let allowed = |reason| allowance(&budgets, reason, counts, SimTime::START).allowed;
    let by_reason: Map<String, Value> = REASONS
        .iter()
        .map(|(word, reason)| ((*word).to_string(), json!(allowed(*reason))))
        .collect();
    Ok(json!({
        "allowed": allowed(DisruptionReason::Underutilized),
        "allowed_by_reason": by_reason,
    }))
}

/// A budget: the number by itself, or with the reasons that it is for.
fn budget(value: &Value) -> Result<DisruptionBudget, Obstacle> {
    let refused = |refusal: Refusal| Obstacle::Refused(format!("`budgets`: {refusal}"));
    if value.is_string() {
        let nodes = FromJson::from_json(value).map_err(refused)?;
        return Ok(DisruptionBudget::of(nodes));
    }
    let mut fields = Fields::of(value)?;
    let mut budget = DisruptionBudget::of(fields.take("n")?);
    let words: Option<Vec<String>> = fields.maybe("reasons")?;
    fields.finish()?;
    if let Some(words) = words {
        let mut reasons = Vec::new();
        for word in words {
            let known = REASONS.iter().find(|(it, _)| *it == word);
            let unknown = || Obstacle::Refused(format!("`reasons`: \"{word}\" is none"));
            reasons.push(known.ok_or_else(unknown)?.1);
        }
        budget.reasons = Some(reasons);
    }
    Ok(budget)
}

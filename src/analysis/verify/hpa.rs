//! Cases of the Horizontal Pod Autoscaler: `kind` names the step, and each case the upstream test
//! that its facts come from.

mod parts;

use serde_json::{Value, json};

use super::fields::Fields;
use super::{Answer, Case, Gap, Obstacle};
use crate::sim::policy::hpa::{
    Behavior, Bounded, Direction, Hpa, Measured, Memory, Metric, MetricError, Observed, PodCohort,
    PodGroup, Proposal, ReadinessRules, Resource, average, bound_legacy, bound_with_rates,
    count_groups, group_of, legacy_scale_up_limit, rate_limit, reconcile, replicas_changed,
    shared_average, stabilize, stabilize_default, store_scale_event, utilization, value,
};
use crate::units::SimDuration;

use parts::{
    NOW, above_zero, behavior, bounds, cohorts, condition, events, events_in, metric, metric_pods,
    named_pods, readiness_rules, recommendations, rules, seconds, tolerance,
};

/// The kinds of this family.
pub const KINDS: [&str; 15] = [
    "behavior_limit",
    "behavior_rate",
    "external_average",
    "external_value",
    "group_pods",
    "legacy_scale_up_limit",
    "normalize_without_behavior",
    "object_average",
    "object_value",
    "pods_average",
    "reconcile",
    "resource_utilization",
    "stabilize_behavior",
    "stabilize_default",
    "store_scale_events",
];

/// The engine's figures for a case.
pub fn answer(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let from = &mut input;
    let figures = match case.subject.as_str() {
        "behavior_limit" => limit(from),
        "behavior_rate" => rate(from),
        "external_value" | "object_value" => total_value(from),
        "external_average" | "object_average" => total_average(from),
        "group_pods" => groups(from),
        "legacy_scale_up_limit" => {
            let limit = legacy_scale_up_limit(from.take("current_replicas")?);
            Ok(json!({ "limit": limit }))
        }
        "normalize_without_behavior" => {
            let current = from.take("current_replicas")?;
            let desired = from.take("desired_replicas")?;
            Ok(bounded(bound_legacy(current, desired, bounds(from)?)))
        }
        "pods_average" => pods_average(from),
        "reconcile" => whole_step(from),
        "resource_utilization" => resource_utilization(from),
        "stabilize_behavior" => stabilized(from),
        "stabilize_default" => stabilized_by_default(from),
        "store_scale_events" => stored_events(from),
        _ => Err(Gap::Subject.into()),
    }?;
    input.finish()?;
    Ok(figures)
}

fn resource_utilization(input: &mut Fields<'_>) -> Answer {
    // Requests and usages are sums over the counted containers already.
    input.ignore("single_container");
    let unknown = input.maybe::<Vec<u64>>("metrics_for_unknown_pods_m")?;
    let n_unknown = unknown.map_or(0, |samples| samples.len());
    proposal(utilization(
        input.take("current_replicas")?,
        Resource::Cpu,
        above_zero(input, "target_utilization_pct")?,
        (&cohorts(input.list("pods")?)?, count(n_unknown)),
        readiness_rules(input)?,
        tolerance(input)?,
    ))
}

fn pods_average(input: &mut Fields<'_>) -> Answer {
    proposal(average(
        input.take("current_replicas")?,
        None,
        above_zero(input, "target_average_m")?,
        &cohorts(input.list("pods")?)?,
        ReadinessRules::default(),
        tolerance(input)?,
    ))
}

fn total_value(input: &mut Fields<'_>) -> Answer {
    proposal(value(
        input.take("current_replicas")?,
        input.take("metric_total_m")?,
        above_zero(input, "target_value_m")?,
        input.take("ready_pods")?,
        tolerance(input)?,
    ))
}

fn total_average(input: &mut Fields<'_>) -> Answer {
    proposal(shared_average(
        input.take("current_replicas")?,
        input.take("metric_total_m")?,
        above_zero(input, "target_average_m")?,
        tolerance(input)?,
    ))
}

/// A figure that this metric does not have is null.
fn proposal(made: Result<Proposal, MetricError>) -> Answer {
    let made = made.map_err(|error| Obstacle::Refused(error.to_string()))?;
    let (percent, average_m, usage_m) = match made.measured {
        Measured::Utilization {
            percent, average_m, ..
        } => (Some(percent), Some(average_m), None),
        Measured::Average { average_m, .. } => (None, None, Some(average_m)),
        Measured::Total { total_m, .. } => (None, None, Some(total_m)),
    };
    Ok(json!({
        "replicas": made.replicas,
        "utilization_pct": percent,
        "avg_usage_m": average_m,
        "usage_m": usage_m,
    }))
}

fn groups(input: &mut Fields<'_>) -> Answer {
    let resource: String = input.take("resource")?;
    if resource != "cpu" {
        return Err(Gap::Value(resource).into());
    }
    let (resource, rules) = (Some(Resource::Cpu), readiness_rules(input)?);
    let pods = named_pods(input.list("pods")?)?;
    let all: Vec<PodCohort> = pods.iter().map(|(_, cohort)| *cohort).collect();
    let names_of = |group| -> Vec<&str> {
        let in_group =
            |(_, cohort): &&(String, PodCohort)| group_of(cohort, resource, rules) == group;
        let pods = pods.iter().filter(in_group);
        pods.map(|(name, _)| name.as_str()).collect()
    };
    Ok(json!({
        "ready_count": count_groups(&all, resource, rules).n_ready,
        "unready": names_of(PodGroup::Unready),
        "missing": names_of(PodGroup::Missing),
        "ignored": names_of(PodGroup::Ignored),
    }))
}

fn rate(input: &mut Fields<'_>) -> Answer {
    let current = input.take("current_replicas")?;
    let desired = input.take("desired_replicas")?;
    Ok(bounded(bound_with_rates(
        &behavior(input, None)?,
        current,
        desired,
        bounds(input)?,
        (
            &events_in(input, "scale_up_events")?,
            &events_in(input, "scale_down_events")?,
        ),
        NOW,
    )))
}

fn bounded(result: Bounded) -> Value {
    json!({
        "replicas": result.replicas,
        "condition": condition(result.condition()),
    })
}

fn limit(input: &mut Fields<'_>) -> Answer {
    let direction = match input.take::<String>("direction")?.as_str() {
        "up" => Direction::Up,
        "down" => Direction::Down,
        other => return Err(Gap::Value(other.to_string()).into()),
    };
    let limit = rate_limit(
        direction,
        &rules(&input.take::<Value>("rules")?)?,
        input.take("current_replicas")?,
        (
            &events_in(input, "scale_up_events")?,
            &events_in(input, "scale_down_events")?,
        ),
        NOW,
    );
    Ok(json!({ "limit": limit.replicas }))
}

fn stabilized_by_default(input: &mut Fields<'_>) -> Answer {
    let mut history = recommendations(input)?;
    let window = seconds(input, "window_s")?;
    let desired = input.take("desired_replicas")?;
    let (replicas, _) = stabilize_default(window, desired, &mut history, NOW);
    Ok(json!({ "replicas": replicas, "history_len": history.len() }))
}

fn stabilized(input: &mut Fields<'_>) -> Answer {
    let mut behavior = Behavior::default();
    behavior.scale_up.stabilization_window = seconds(input, "up_window_s")?;
    behavior.scale_down.stabilization_window = seconds(input, "down_window_s")?;
    let mut history = recommendations(input)?;
    let (replicas, _) = stabilize(
        &behavior,
        input.take("current_replicas")?,
        input.take("desired_replicas")?,
        &mut history,
        NOW,
    );
    let after: Vec<u32> = history.iter().map(|past| past.replicas).collect();
    Ok(json!({ "replicas": replicas, "history_after": after }))
}

fn stored_events(input: &mut Fields<'_>) -> Answer {
    let mut log = events(input.list("history")?)?;
    let rules = input
        .maybe::<Value>("rules")?
        .as_ref()
        .map(rules)
        .transpose()?;
    let before = replicas_changed(&log, SimDuration::from_s(60), NOW);
    let change = input.take("replica_change")?;
    store_scale_event(&mut log, change, rules.as_ref(), NOW);
    // The engine drops an outdated event when it needs the place and never marks one, so what
    // remains is what upstream leaves unmarked.
    let after: Vec<Value> = log
        .iter()
        .map(|event| json!({ "replica_change": event.replica_change, "outdated": false }))
        .collect();
    Ok(json!({ "change_in_last_60s_before": before, "history_after": after }))
}

/// A case without a behaviour block has to hold with the default block, which is how the cases
/// read it, and with the older rules: where these disagree, the case is refused.
fn whole_step(input: &mut Fields<'_>) -> Answer {
    let window = seconds(input, "down_window_s")?;
    let by_default = input.value("scale_up").is_none() && input.value("scale_down").is_none();
    let mut hpa = Hpa {
        tolerance: tolerance(input)?,
        behavior: Some(behavior(input, Some(window))?),
        down_window: window,
        ..Hpa::with_bounds(input.take("min")?, input.take("max")?)
    };
    let status_replicas = input.take("status_replicas")?;
    let stated = input.list("metrics")?;
    let pods: Vec<Vec<PodCohort>> = stated.iter().map(metric_pods).collect::<Result<_, _>>()?;
    let metrics: Vec<Metric<'_>> = stated
        .iter()
        .zip(&pods)
        .map(|(case, pods)| metric(case, pods, status_replicas))
        .collect::<Result<_, _>>()?;
    let observed = Observed {
        spec_replicas: input.take("spec_replicas")?,
        status_replicas,
        metrics: &metrics,
    };
    let memory = Memory {
        recommendations: recommendations(input)?,
        ..Memory::default()
    };
    let decision = reconcile(&hpa, &observed, &mut memory.clone(), NOW);
    if by_default {
        hpa.behavior = None;
        let older = reconcile(&hpa, &observed, &mut memory.clone(), NOW).replicas;
        if older != decision.replicas {
            return Err(Obstacle::Refused(format!(
                "{} replicas with the default behavior, {older} without",
                decision.replicas
            )));
        }
    }
    Ok(json!({
        "replicas": decision.replicas,
        "scaling_limited_reason": condition(decision.condition),
    }))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

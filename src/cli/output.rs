//! Figures as JSON, with the names and units that scripts rely on.

use serde_json::{Map, Value, json, to_value};
use tradewind::analysis::{
    Answered, Callers, Delta, Figures, Metric, ObjectiveResult, QueueFigures,
};
use tradewind::model::Language;
use tradewind::scenario::DesignCase;
use tradewind::sim::RunLog;
use tradewind::sim::run_log::CalleeLatency;
use tradewind::view::events::{self, Rule, Words};

/// A figure's key and the factor from the engine's unit to the key's.
pub const fn key(metric: Metric) -> (&'static str, f64) {
    match metric {
        Metric::Availability => ("availability", 1.0),
        Metric::Downtime => ("downtime_min", 1.0),
        Metric::SloBreach => ("slo_breach_min", 1.0),
        Metric::ErrorBudgetUsed => ("error_budget_used", 1.0),
        Metric::LatencyP50 => ("latency_p50_ms", 1000.0),
        Metric::LatencyP95 => ("latency_p95_ms", 1000.0),
        Metric::LatencyP99 => ("latency_p99_ms", 1000.0),
        Metric::Recovery => ("recovery_s", 1.0),
        Metric::CostPerMonth => ("cost_per_month_usd", 1.0),
        Metric::CostPerMillionRequests => ("cost_per_million_requests_usd", 1.0),
        Metric::LostRequests => ("lost_requests", 1.0),
        Metric::PeakNodes => ("peak_nodes", 1.0),
        Metric::PodPending => ("pod_pending_min", 1.0),
    }
}

/// One design: its names, the mean of each figure over its runs, and its objectives.
pub fn design(case: &DesignCase, runs: &[Figures], objectives: &[ObjectiveResult]) -> Value {
    let mut summary = Map::new();
    for metric in Metric::ALL {
        let (name, factor) = key(metric);
        let values: Vec<f64> = runs.iter().filter_map(|one| metric.of(one)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // A figure that some runs lack (no recovery, no success) has no honest mean.
        let whole = values.len() == runs.len() && !runs.is_empty();
        summary.insert(
            name.to_string(),
            if whole {
                json!(mean * factor)
            } else {
                Value::Null
            },
        );
    }
    let recovery: Vec<_> = runs.iter().map(|one| one.recovery).collect();
    json!({
        "id": case.id,
        "name": case.id,
        "title": case.name,
        "summary": summary,
        "recovery": recovery,
        "objectives": objectives,
    })
}

/// The decision log: each event's own fields, and who decided it under which rule. No sentences.
pub fn events(log: &RunLog, with_details: bool) -> Vec<Value> {
    // Data names zones by index: no words are needed.
    let words = Words {
        zones: &[],
        faults: &[],
        language: Language::En,
    };
    let lines = events::lines(log, words);
    let told = lines.iter().zip(&log.events);
    let told = told.filter(|(line, _)| with_details || line.important);
    let told = told.map(|(line, event)| {
        let mut data = json!({
            "id": line.index,
            "important": line.important,
            "controller": line.controller.id(),
            "rule": line.rule.map(Rule::id),
            "source": line.rule.and_then(Rule::source_text),
        });
        if let (Some(data), Ok(Value::Object(own))) = (data.as_object_mut(), to_value(event)) {
            data.extend(own);
        }
        data
    });
    told.collect()
}

/// What services met of each component that they called.
pub fn callees(log: &RunLog) -> Vec<Value> {
    let callers = Callers::of(log);
    let called = callers.called(log);
    called
        .map(|(callee, met)| self::callee(callee, met))
        .collect()
}

/// What became of the messages of each queue.
pub fn queues(log: &RunLog) -> Vec<Value> {
    let queues = log.queues.iter();
    queues
        .map(|queue| {
            let mut shown = json!(QueueFigures::of(queue));
            shown["id"] = queue.id.clone().into();
            shown
        })
        .collect()
}

fn callee(callee: &CalleeLatency, met: &Answered) -> Value {
    let milliseconds = |time: Option<f64>| time.map(|seconds| seconds * 1e3);
    let [p50, p95, p99] = met.quantiles_s.map(milliseconds);
    json!({
        "id": callee.id,
        "answers": met.answers,
        "unanswered_attempts": met.unanswered,
        "latency_mean_ms": milliseconds(callee.latency.mean_s()),
        "latency_p50_ms": p50,
        "latency_p95_ms": p95,
        "latency_p99_ms": p99,
    })
}

/// One row of a comparison; differences are candidate minus baseline.
pub fn delta(delta: &Delta) -> Value {
    let (name, factor) = key(delta.metric);
    let scaled = |value: Option<f64>| value.map(|value| value * factor);
    json!({
        "metric": name,
        "baseline": scaled(delta.baseline),
        "candidate": scaled(delta.candidate),
        "difference": scaled(delta.difference),
        "ci_low": scaled(delta.interval.map(|interval| interval.low)),
        "ci_high": scaled(delta.interval.map(|interval| interval.high)),
        "baseline_wins": delta.baseline_wins,
        "candidate_wins": delta.candidate_wins,
        "n": delta.n,
        "verdict": delta.verdict,
    })
}

//! Horizontal autoscalers: bounds in order, metrics that exist, each with one target.

use super::{Check, contradiction};
use crate::model::autoscaler::ScalingRules;
use crate::model::connection::ConnectionKind;
use crate::model::{
    Component, Deployment, Design, FindingKind, HorizontalPodAutoscaler, HpaMetric,
};
use crate::units::{Ratio, SimDuration};

pub(super) fn check_hpa(
    check: &mut Check,
    design: &Design,
    at: &str,
    deployment: &Deployment,
    hpa: &HorizontalPodAutoscaler,
) {
    let replicas = deployment.replicas;
    let path = format!("{at}/hpa");
    let (min, max) = (hpa.min_replicas, hpa.max_replicas);
    if min > max {
        let this = format!("min_replicas = {min}");
        check.error(
            &path,
            contradiction(this, "<=", format!("max_replicas = {max}")),
        );
    } else if replicas < min || replicas > max {
        // Kubernetes moves such a count into the bounds at the first look.
        let this = format!("replicas = {replicas}");
        let other = format!("min_replicas to max_replicas = {min} to {max}");
        check.warning(
            format!("{at}/replicas"),
            contradiction(this, "within", other),
        );
    }
    if hpa.target_cpu_utilization == Ratio::ZERO {
        check.out_of_range(format!("{path}/target_cpu_utilization"), "0%", "1% to 100%");
    }
    if min == 0 && !hpa.metrics.iter().any(HpaMetric::is_there_without_pods) {
        // Without pods nothing would ever bring them back.
        let kind = contradiction(
            "min_replicas = 0",
            "needs",
            "a metric of kind object or external",
        );
        check.error(format!("{path}/min_replicas"), kind);
    }
    for (index, metric) in hpa.metrics.iter().enumerate() {
        check_metric(
            check,
            design,
            at,
            &format!("{path}/metrics/{index}"),
            deployment,
            metric,
        );
    }
    let (second, hour) = (SimDuration::from_s(1), SimDuration::from_h(1));
    let interval = format!("{path}/metrics_interval");
    check.between(interval, hpa.metrics_interval, second, hour);
    for (name, rules) in [("scale_up", &hpa.scale_up), ("scale_down", &hpa.scale_down)] {
        check_rules(check, &format!("{path}/{name}"), rules);
    }
    if hpa.follows_cpu() {
        check.positive(format!("{at}/cpu_per_request"), deployment.cpu_per_request);
    }
}

fn check_rules(check: &mut Check, path: &str, rules: &ScalingRules) {
    let window = format!("{path}/stabilization_window");
    let hour = SimDuration::from_h(1);
    check.between(window, rules.stabilization_window, SimDuration::ZERO, hour);
    if rules.policies.is_empty() {
        check.out_of_range(format!("{path}/policies"), "an empty list", "at least 1");
    }
    for (index, policy) in rules.policies.iter().enumerate() {
        let path = format!("{path}/policies/{index}/period");
        let (low, high) = (SimDuration::from_s(1), SimDuration::from_min(30));
        check.between(path, policy.period, low, high);
    }
}

/// What a metric measures is there, and what it aims at is one thing.
fn check_metric(
    check: &mut Check,
    design: &Design,
    at: &str,
    path: &str,
    deployment: &Deployment,
    metric: &HpaMetric,
) {
    match metric {
        HpaMetric::Cpu { .. } => {}
        HpaMetric::Memory {
            utilization,
            average_value,
        } => {
            let given = [utilization.is_some(), average_value.is_some()];
            check_one_target(check, path, ["utilization", "average_value"], given);
            if deployment.memory_usage.is_none() {
                check.error(path, contradiction("memory", "needs", "memory_usage"));
            }
        }
        HpaMetric::Pods { .. } => {
            if deployment.consumes.is_some() {
                // Messages come to whoever asks for them: no pod has requests of its own.
                check.error(path, contradiction("pods", "without", "consumes"));
            }
        }
        HpaMetric::Object {
            value,
            average_value,
        } => {
            let given = [value.is_some(), average_value.is_some()];
            check_one_target(check, path, ["value", "average_value"], given);
            if !is_entry(design, at) {
                let other = "a deployment that users reach first";
                check.error(path, contradiction("object", "needs", other));
            }
        }
        HpaMetric::External {
            queue,
            value,
            average_value,
        } => {
            let given = [value.is_some(), average_value.is_some()];
            check_one_target(check, path, ["value", "average_value"], given);
            let is_queue = |it: &Component| matches!(it, Component::Queue(_));
            let found = design.architecture.components.get(queue);
            if !found.is_some_and(is_queue) {
                let queues = design.components().map(|(_, it)| it);
                let queues = queues.filter(|it| is_queue(&it.component));
                let known = queues.map(|it| it.id.as_str());
                check.dangling(format!("{path}/queue"), queue, "queue", known);
            }
        }
    }
}

fn check_one_target(check: &mut Check, path: &str, names: [&str; 2], given: [bool; 2]) {
    match given {
        [false, false] => {
            let key = names.join(" / ");
            check.error(path, FindingKind::MissingKey { key });
        }
        [true, true] => check.error(path, contradiction(names[0], "without", names[1])),
        _ => {}
    }
}

/// True for the deployment that users reach, by a load balancer or without one.
fn is_entry(design: &Design, at: &str) -> bool {
    let id = at.rsplit('/').next().unwrap_or(at);
    let routes = |kind: ConnectionKind| kind == ConnectionKind::RoutesTo;
    design.components().any(|(from, _)| {
        let mut edges = design.outgoing(from);
        edges.any(|(to, edge)| routes(edge.kind) && design.vertex(to).id == id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, validate};
    use serde_json::{Value, json};

    /// What is found in a worker of a queue, or in the API that users reach, with an autoscaler.
    #[track_caller]
    fn check(of: &str, hpa: &Value, expected: &[&str]) {
        let mut text = json!({
            "zones": ["a"],
            "components": {
                "api": { "kind": "deployment", "runs_on": "nodes", "calls": { "jobs": {} } },
                "jobs": { "kind": "queue" },
                "nodes": { "kind": "node_group" },
                "users": { "kind": "users", "calls": { "api": {} } },
                "worker": { "kind": "deployment", "runs_on": "nodes", "consumes": "jobs" },
            },
        });
        text["components"][of]["hpa"] = hpa.clone();
        let architecture = Architecture::from_json(&text).expect("well formed");
        let (design, broken) = Design::resolve("one", architecture);
        let found = validate::design(&design, &broken);
        let paths: Vec<_> = found
            .iter()
            .map(|it| it.path.trim_start_matches("/components/"))
            .collect();
        assert_eq!(paths, expected, "{hpa}");
    }

    #[test]
    fn a_metric_is_there_and_has_one_target() {
        let with = |metric: Value| json!({ "metrics": [metric] });
        let backlog = json!({ "kind": "external", "queue": "jobs", "average_value": 5 });
        check("worker", &with(backlog.clone()), &[]);
        check("api", &with(json!({ "kind": "object", "value": 5 })), &[]);
        check("api", &with(json!({ "kind": "cpu" })), &[]);
        let rate = json!({
            "kind": "pods", "metric": "requests_per_second", "average_value": 5,
        });
        check("api", &with(rate.clone()), &[]);
        let at = |of: &str, what: &str| format!("{of}/hpa/{what}");
        let worker = at("worker", "metrics/0");
        check("worker", &with(rate), &[&worker]);
        check(
            "worker",
            &with(json!({ "kind": "object", "value": 5 })),
            &[&worker],
        );
        let lost = json!({ "kind": "external", "queue": "nodes", "value": 5 });
        check("worker", &with(lost), &[&at("worker", "metrics/0/queue")]);
        let both = json!({
            "kind": "external", "queue": "jobs", "value": 5, "average_value": 5,
        });
        check("worker", &with(both), &[&worker]);
        check(
            "worker",
            &with(json!({ "kind": "external", "queue": "jobs" })),
            &[&worker],
        );
        // No target, and no memory to measure.
        check(
            "worker",
            &with(json!({ "kind": "memory" })),
            &[&worker, &worker],
        );
    }

    #[test]
    fn only_what_exists_without_pods_may_scale_to_zero() {
        let zero = |metrics: Value| json!({ "min_replicas": 0, "metrics": metrics });
        let backlog = json!({ "kind": "external", "queue": "jobs", "average_value": 5 });
        check("worker", &zero(json!([backlog])), &[]);
        let path = "worker/hpa/min_replicas";
        check("worker", &zero(json!([])), &[path]);
        check("worker", &zero(json!([{ "kind": "cpu" }])), &[path]);
    }
}

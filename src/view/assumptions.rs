//! Which assumptions a scenario rests on: defaults that nobody published and that its file leaves
//! as they are, and numbers of the file itself that it calls assumptions.
//!
//! A verdict that rests on any says so. The list names each with its value, its reason and the
//! bounds between which it may lie, so that a reader can replace it by a measurement.

use serde_json::{Map, Value};

use super::text::reason;
use crate::model::Language;
use crate::model::defaults::{FACTS, Fact, Grade};
use crate::model::namespace;
use crate::scenario::{Scenario, merge, schema};

/// One assumption in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// Which number: `deployment.service_time`, or a JSON Pointer into the file.
    pub key: String,
    /// Its value, as files write it; empty when the file's own.
    pub value: String,
    /// Why it was chosen.
    pub reason: String,
    /// Bounds as files write them, when there are some.
    pub range: Option<(String, String)>,
}

/// The assumptions behind a scenario: defaults in the order of their table, then its own.
#[must_use]
pub fn assumptions(scenario: &Scenario, language: Language) -> Vec<Assumption> {
    let designs = designs(&scenario.document);
    let defaults = FACTS
        .iter()
        .filter(|fact| fact.grade == Grade::Assumption)
        .filter(|fact| is_used(fact, &scenario.document, &designs))
        .map(|fact| Assumption {
            key: fact.key.to_string(),
            value: default_value(fact.key),
            reason: reason(fact, language).to_string(),
            range: fact
                .range
                .map(|(low, high)| (low.to_string(), high.to_string())),
        });
    let own = scenario
        .sources
        .iter()
        .filter(|(_, source)| source.grade == Grade::Assumption);
    let own = own.map(|(pointer, source)| Assumption {
        key: pointer.clone(),
        value: scenario
            .document
            .pointer(pointer)
            .filter(|value| is_flat(value))
            .map(written)
            .unwrap_or_default(),
        reason: source.text.get(language).to_string(),
        range: None,
    });
    defaults.chain(own).collect()
}

/// The architecture of each design: the base with its patch, and what its namespaces fill in.
fn designs(document: &Value) -> Vec<Value> {
    let base = document.get("base").cloned().unwrap_or_default();
    let entries = document.get("designs").and_then(Value::as_object);
    let patched = entries.into_iter().flatten().map(|(_, entry)| {
        let mut design = base.clone();
        if let Some(patch) = entry.get("patch") {
            merge::apply(&mut design, patch);
        }
        namespace::admit(&mut design);
        design
    });
    patched.collect()
}

/// True when some design leaves the number as it is.
fn is_used(fact: &Fact, document: &Value, designs: &[Value]) -> bool {
    let (owner, path) = fact.key.split_once('.').unwrap_or((fact.key, ""));
    if owner == "load" {
        return is_missing(document.get("load"), path);
    }
    designs.iter().any(|design| match owner {
        "kubernetes" | "network" => is_missing(design.get(owner), path),
        kind => parts(design, kind)
            .into_iter()
            .any(|part| is_missing(Some(part), path) && counts(fact.key, part)),
    })
}

/// False for a number that a switch beside it leaves unread.
fn counts(key: &str, part: &Value) -> bool {
    match key {
        "load_balancer.autoshift_delay" => {
            part.get("zonal_shift").and_then(Value::as_str) == Some("autoshift")
        }
        "horizontal_pod_autoscaler.metrics_interval" => {
            let by_adapter = |kind: &str| matches!(kind, "pods" | "object" | "external");
            let metrics = part.get("metrics").and_then(Value::as_array);
            let kinds = metrics.into_iter().flatten();
            let mut kinds = kinds.filter_map(|it| it.get("kind").and_then(Value::as_str));
            kinds.any(by_adapter)
        }
        _ => true,
    }
}

/// The objects of a design that a kind of number stands in.
fn parts<'a>(design: &'a Value, kind: &str) -> Vec<&'a Value> {
    let components = design.get("components").and_then(Value::as_object);
    let components = components
        .into_iter()
        .flatten()
        .map(|(_, component)| component);
    match kind {
        "call" => components
            .filter_map(|component| component.get("calls").and_then(Value::as_object))
            .flat_map(Map::values)
            .collect(),
        "horizontal_pod_autoscaler" => components
            .filter_map(|component| component.get("hpa"))
            .filter(|hpa| hpa.is_object())
            .collect(),
        kind => components
            .filter(|component| component.get("kind").and_then(Value::as_str) == Some(kind))
            .collect(),
    }
}

fn is_missing(part: Option<&Value>, path: &str) -> bool {
    at(part, path).is_none()
}

fn at<'a>(part: Option<&'a Value>, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(part?, |part, key| part.get(key))
}

/// The value that holds, as files write it.
fn default_value(key: &str) -> String {
    let (owner, path) = key.split_once('.').unwrap_or((key, ""));
    let (member, inner) = path.split_once('.').unwrap_or((path, ""));
    let default = schema::default_of(owner, member);
    let value = if inner.is_empty() {
        default
    } else {
        at(default, inner)
    };
    value.map(written).unwrap_or_default()
}

/// True for a value that fits into a line: no objects inside.
fn is_flat(value: &Value) -> bool {
    match value {
        Value::Object(members) => !members
            .values()
            .any(|inner| inner.is_object() || inner.is_array()),
        Value::Array(items) => !items
            .iter()
            .any(|inner| inner.is_object() || inner.is_array()),
        _ => true,
    }
}

/// A value without quotes and braces: `mean 20ms, cv 1.0`. The corners of a triangular law rise,
/// and are one value where they meet.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let corner = |key| members.get(key).map(|value| (key, written(value)));
            let corners: Vec<_> = ["min", "mode", "max"]
                .into_iter()
                .filter_map(corner)
                .collect();
            let members = if corners.len() < 3 {
                let all = members.iter();
                all.map(|(key, value)| (key.as_str(), written(value)))
                    .collect()
            } else if corners.iter().all(|(_, it)| *it == corners[0].1) {
                return corners[0].1.clone();
            } else {
                corners
            };
            let members = members.iter().map(|(key, value)| format!("{key} {value}"));
            members.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumed_default_has_a_value() {
        for fact in FACTS.iter().filter(|fact| fact.grade == Grade::Assumption) {
            assert!(!default_value(fact.key).is_empty(), "{}", fact.key);
        }
        assert_eq!(
            default_value("deployment.service_time"),
            "cv 1.0, mean 20ms"
        );
        assert_eq!(default_value("load.noise.cv"), "3%");
        assert_eq!(
            default_value("kubernetes.node_reboot_time"),
            "min 1min, mode 2min, max 5min"
        );
        assert_eq!(default_value("database.reconnect_time"), "0s");
    }

    #[test]
    fn a_number_in_the_file_is_no_default() {
        let fact = |key| FACTS.iter().find(|fact| fact.key == key).expect("a row");
        let document = serde_json::json!({
            "base": {"components": {
                "api": {"kind": "deployment", "servers": 8, "calls": {"db": {"timeout": "1s"}}}
            }},
            "designs": {"a": {}, "b": {"patch": {"components": {"api": {"servers": null}}}}},
            "load": {"noise": {"cv": "1%"}},
        });
        let limited = serde_json::json!({
            "base": {
                "components": {"api": {"kind": "deployment"}},
                "kubernetes": {"namespaces": {"default": {"limit_range": {"min_cpu": "1"}}}},
            },
            "designs": {"a": {}},
        });
        let left = |key| is_used(fact(key), &limited, &designs(&limited));
        assert!(left("deployment.memory_request") && !left("deployment.cpu_request"));
        let used = |key| is_used(fact(key), &document, &designs(&document));
        assert!(used("deployment.service_time"), "neither design sets it");
        assert!(used("deployment.servers"), "design b takes it out again");
        assert!(!used("call.timeout") && used("call.backoff"));
        assert!(!used("load.noise.cv") && used("load.noise.correlation_time"));
        assert!(!used("database.service_time"), "there is no database");
    }
}

//! The JSON Schema of scenario files: the one description of the format.
//!
//! The schema (draft-07, which editors support best) is generated from the types of
//! [`super::format`] and [`crate::model`] and checked in as `www/schema/scenario-v1.json`. The
//! reader walks documents along it, so what an editor marks and what the reader finds is the same.
//! It reads them in `schema/rules.json`: the schema without what only editors show, which is two
//! thirds of it. After a change of the types, `UPDATE_SCHEMA=1 cargo test --lib schema` writes
//! both anew.

use std::sync::OnceLock;

use serde_json::Value;

/// The schema's text.
pub const TEXT: &str = include_str!("../../www/schema/scenario-v1.json");

const RULES: &str = include_str!("schema/rules.json");

/// The schema without descriptions.
pub fn root() -> &'static Value {
    static ROOT: OnceLock<Value> = OnceLock::new();
    ROOT.get_or_init(|| serde_json::from_str(RULES).expect("a test compares it with the types"))
}

/// Follows `$ref`, also when wrapped in `allOf` beside a description.
pub(super) fn resolve(mut schema: &'static Value) -> &'static Value {
    loop {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            schema = definition(reference.trim_start_matches("#/definitions/"));
        } else if let Some(inner) = schema.get("allOf").and_then(|all| all.get(0)) {
            schema = inner;
        } else {
            return schema;
        }
    }
}

/// A named part of the schema.
pub(super) fn definition(name: &str) -> &'static Value {
    root()
        .get("definitions")
        .and_then(|all| all.get(name))
        .expect("a test follows every reference of the schema")
}

/// What holds where a file leaves a member out. The owner is a kind of component, or the name of
/// another object in files or facts, such as `load` or `call`.
pub fn default_of(owner: &str, key: &str) -> Option<&'static Value> {
    let object = match owner {
        "load" => definition("Load"),
        "kubernetes" => definition("Kubernetes"),
        "network" => definition("Network"),
        "call" => definition("Call"),
        "horizontal_pod_autoscaler" => definition("HorizontalPodAutoscaler"),
        kind => {
            let mut kinds = definition("Component").get("oneOf")?.as_array()?.iter();
            kinds.find(|object| object["properties"]["kind"]["const"] == kind)?
        }
    };
    object.get("properties")?.get(key)?.get("default")
}

#[cfg(test)]
mod generate;

//! Types to schema, and the tests that keep them together.

use serde_json::{Map, Value, json};

use crate::scenario::ScenarioDocument;
use crate::units::{
    ByteSize, Cpu, CronSchedule, EventRate, FromText, IntOrPercent, Ratio, RequestRate,
    SimDuration, UnitPrice,
};

/// Keys that a file must hold although the types have a default to go on with.
const REQUIRED: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "claim",
            "design_order",
            "id",
            "objectives",
            "plan",
            "question",
            "tape",
            "title",
        ],
    ),
    ("Architecture", &["components", "region", "zones"]),
    ("DesignEntry", &["name", "patch", "summary"]),
    ("Text", &["en", "ja"]),
];

/// Keys without which the part around them is not usable, whatever default the types have.
const WITHOUT_DEFAULT: &[(&str, &[&str])] = &[("Architecture", &["components", "zones"])];

const ID_PATTERN: &str = "^[a-z0-9-]{1,40}$";
const MAP_LIMIT: u64 = 200;
const TEXT_LIMIT: u64 = 200;

/// What an editor can check of a quantity; the reader uses the unit's own parser.
fn unit_pattern(format: &str) -> Option<&'static str> {
    const TABLE: &[(&str, &str)] = &[
        (
            SimDuration::FORMAT,
            r"^ *([0-9.]+ *(d|h|min|m|s|ms|us|ns) *)+$",
        ),
        (Cpu::FORMAT, r"^ *[0-9.]+ *m? *$"),
        (ByteSize::FORMAT, r"^ *[0-9.]+ *([KMGT]i|[kKMGT])?B? *$"),
        (
            RequestRate::FORMAT,
            r"^ *[0-9.]+ *(rps|rpm|/s|/min|req/s) *$",
        ),
        (EventRate::FORMAT, r"^ *[0-9.]+ */(year|month|day|hour) *$"),
        (Ratio::FORMAT, r"^ *[0-9.]+ *%? *$"),
        (UnitPrice::FORMAT, r"^ *[0-9.]+ *USD(/.+)?$"),
        (IntOrPercent::FORMAT, r"^ *([0-9]+|[0-9.]+ *%) *$"),
        (CronSchedule::FORMAT, r"^(@[a-z]+|\S+( +\S+){4})$"),
    ];
    TABLE.iter().find(|row| row.0 == format).map(|row| row.1)
}

fn generated() -> Value {
    let generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let schema = generator.into_root_schema_for::<ScenarioDocument>();
    let mut schema = serde_json::to_value(schema).expect("a schema is JSON");
    for (name, keys) in REQUIRED {
        let part = match *name {
            "" => &mut schema,
            name => &mut schema["definitions"][name],
        };
        require(part, keys);
    }
    for (name, keys) in WITHOUT_DEFAULT {
        for key in *keys {
            let property = &mut schema["definitions"][name]["properties"][key];
            let property = property.as_object_mut().expect("a property");
            property.remove("default").expect("a default");
        }
    }
    normalise(&mut schema);
    schema["title"] = json!("Tradewind scenario, version 1");
    schema
}

fn require(schema: &mut Value, keys: &[&str]) {
    let listed = schema["required"].as_array().cloned().unwrap_or_default();
    let mut all: Vec<String> = listed
        .iter()
        .filter_map(Value::as_str)
        .chain(keys.iter().copied())
        .map(str::to_string)
        .collect();
    all.sort_unstable();
    all.dedup();
    schema["required"] = json!(all);
}

/// Simplifies what schemars writes: an absent key needs no `null`, a machine number format becomes
/// a range, every object is closed, and every map, id and text is bounded.
fn normalise(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            drop_null(members);
            bound_number(members);
            bound_text(members);
            close_object(members);
            members.values_mut().for_each(normalise);
        }
        Value::Array(items) => items.iter_mut().for_each(normalise),
        _ => {}
    }
}

fn drop_null(members: &mut Map<String, Value>) {
    if members.get("default") == Some(&Value::Null) {
        members.remove("default");
    }
    if let Some(Value::Array(kinds)) = members.get("type") {
        let kept = kinds.iter().find(|kind| **kind != "null").cloned();
        members.insert("type".into(), kept.expect("an option of something"));
    }
    if let Some(Value::Array(choices)) = members.remove("anyOf") {
        let kept: Vec<_> = choices
            .into_iter()
            .filter(|c| c["type"] != "null")
            .collect();
        assert_eq!(kept.len(), 1, "anyOf stands only for an option: {kept:?}");
        members.insert("allOf".into(), Value::Array(kept));
    }
}

fn bound_number(members: &mut Map<String, Value>) {
    let Some(format) = members
        .get("format")
        .and_then(Value::as_str)
        .map(str::to_string)
    else {
        return;
    };
    if unit_pattern(&format).is_some() {
        return;
    }
    members.remove("format");
    match format.as_str() {
        "uint32" => {
            members.entry("minimum").or_insert(json!(0));
            members.entry("maximum").or_insert(json!(u32::MAX));
        }
        "uint64" | "int32" | "double" => {
            assert!(members.contains_key("maximum"), "bounded: {members:?}");
        }
        other => panic!("a number format without a rule: {other}"),
    }
}

fn bound_text(members: &mut Map<String, Value>) {
    if members.get("type") != Some(&json!("string")) || members.contains_key("const") {
        return;
    }
    if let Some(format) = members.get("format").and_then(Value::as_str) {
        let pattern = unit_pattern(format).expect("a text format is a quantity");
        members.insert("pattern".into(), json!(pattern));
    } else if !members.contains_key("pattern") {
        members.entry("maxLength").or_insert(json!(TEXT_LIMIT));
    }
}

fn close_object(members: &mut Map<String, Value>) {
    if members.contains_key("properties") {
        members.insert("additionalProperties".into(), json!(false));
    } else if members
        .get("additionalProperties")
        .is_some_and(Value::is_object)
    {
        members
            .entry("propertyNames")
            .or_insert(json!({ "pattern": ID_PATTERN }));
        members.entry("maxProperties").or_insert(json!(MAP_LIMIT));
    }
}

/// Takes out of a schema what only an editor shows, and the patterns of quantities, which have a
/// parser.
fn without_prose(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    members.retain(|key, _| !["title", "description", "examples"].contains(&key.as_str()));
    if members.contains_key("format") {
        members.remove("pattern");
    }
    for (key, value) in members {
        match (key.as_str(), value) {
            ("properties" | "definitions", Value::Object(named)) => {
                named.values_mut().for_each(without_prose);
            }
            ("oneOf" | "allOf", Value::Array(list)) => list.iter_mut().for_each(without_prose),
            ("items" | "additionalProperties" | "propertyNames", inner) => without_prose(inner),
            _ => {}
        }
    }
}

#[track_caller]
fn check_file(path: &str, text: &str) {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, text).expect("writable");
    }
    let checked_in = std::fs::read_to_string(path).expect("readable");
    assert!(
        checked_in == text,
        "the types changed: run `UPDATE_SCHEMA=1 cargo test --lib schema`"
    );
}

#[test]
fn the_schema_in_the_repository_is_that_of_the_types() {
    let mut schema = generated();
    let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/schema/scenario-v1.json");
    check_file(path, &text);
    without_prose(&mut schema);
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/scenario/schema/rules.json"
    );
    check_file(path, &format!("{schema}\n"));
}

/// The reader enforces exactly these keywords; another one would be promised and not kept.
const KEYWORDS: &[&str] = &[
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "const",
    "default",
    "definitions",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minProperties",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "type",
];

fn each_schema(schema: &Value, visit: &mut dyn FnMut(&Map<String, Value>)) {
    let Some(members) = schema.as_object() else {
        return;
    };
    visit(members);
    for (key, value) in members {
        match (key.as_str(), value) {
            ("properties" | "definitions", Value::Object(named)) => {
                named.values().for_each(|inner| each_schema(inner, visit));
            }
            ("oneOf" | "allOf", Value::Array(list)) => {
                list.iter().for_each(|inner| each_schema(inner, visit));
            }
            ("items" | "additionalProperties" | "propertyNames", inner) => {
                each_schema(inner, visit);
            }
            _ => {}
        }
    }
}

#[test]
fn the_reader_knows_every_keyword_of_the_schema() {
    each_schema(super::root(), &mut |members| {
        for key in members.keys() {
            assert!(KEYWORDS.contains(&key.as_str()), "unknown keyword {key}");
        }
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            super::definition(reference.trim_start_matches("#/definitions/"));
            assert_eq!(members.len(), 1, "draft-07 ignores what stands beside $ref");
        }
        if let Some(all) = members.get("allOf").and_then(Value::as_array) {
            assert_eq!(all.len(), 1, "one reference");
        }
        if let Some(pattern) = members.get("pattern").and_then(Value::as_str) {
            let known = super::super::walk::name_length(pattern).is_some()
                || members.get("minLength").is_some();
            assert!(known, "the reader has no rule for {pattern}");
        }
    });
}

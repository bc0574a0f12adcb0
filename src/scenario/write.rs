//! Documents to text: a canonical form for hashes and links, and a form for people.

use crate::units::order;
use serde_json::{Map, Value};

/// Widest line of a file before a list or a small object is broken up, in characters.
const WIDTH: usize = 100;

/// Keys that stand first in an object, in this order; the rest follow in the order of their names.
const FIRST: &[&str] = &[
    "$schema",
    "schema_version",
    "id",
    "kind",
    "at",
    "duration",
    "focus",
    "title",
    "question",
    "claim",
    "name",
    "summary",
    "caption",
    "notes",
    "ja",
    "en",
    "min",
    "mode",
    "max",
    "region",
    "zones",
    "base",
    "designs",
    "design_order",
    "load",
    "tape",
    "objectives",
    "plan",
    "storyboard",
    "sources",
];

/// The canonical form: sorted keys, no white space, shortest numbers.
#[must_use]
pub fn canonical(document: &Value) -> String {
    document.to_string()
}

/// The form of a file: indented by two spaces, with keys in the order people expect.
#[must_use]
pub fn file_text(document: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, document, 0, 0);
    text.push('\n');
    text
}

/// Writes a value. `used` is how much of the line is taken already.
fn write_value(text: &mut String, value: &Value, depth: usize, used: usize) {
    if let Some(line) = one_line(value)
        && (is_empty(value) || used + line.chars().count() < WIDTH)
    {
        text.push_str(&line);
        return;
    }
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(members) => ordered(members)
            .into_iter()
            .map(|(key, value)| (format!("{}: ", quoted(key)), value))
            .collect(),
        plain => return text.push_str(&plain.to_string()),
    };
    let (open, close) = if value.is_array() {
        ('[', ']')
    } else {
        ('{', '}')
    };
    let indent = "  ".repeat(depth + 1);
    text.push(open);
    for (at, (key, part)) in parts.iter().enumerate() {
        text.push_str(if at > 0 { ",\n" } else { "\n" });
        text.push_str(&indent);
        text.push_str(key);
        let used = indent.len() + key.chars().count();
        write_value(text, part, depth + 1, used);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A list of plain values, or an object of such lists and plain values, on one line.
fn one_line(value: &Value) -> Option<String> {
    match value {
        Value::Array(items)
            if items
                .iter()
                .all(|item| !item.is_array() && !item.is_object()) =>
        {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        Value::Object(members) if members.is_empty() => Some("{}".to_string()),
        Value::Object(members) if !members.values().any(Value::is_object) => {
            let mut parts = Vec::new();
            for (key, member) in ordered(members) {
                parts.push(format!("{}: {}", quoted(key), one_line(member)?));
            }
            Some(format!("{{ {} }}", parts.join(", ")))
        }
        Value::Array(_) | Value::Object(_) => None,
        plain => Some(plain.to_string()),
    }
}

fn quoted(key: &str) -> String {
    Value::from(key).to_string()
}

fn ordered(members: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let rank = |key: &str| {
        FIRST
            .iter()
            .position(|first| *first == key)
            .unwrap_or(FIRST.len())
    };
    let mut parts: Vec<(&str, &Value)> = members
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    order::sort_by(&mut parts, |a, b| (rank(a.0), a.0).cmp(&(rank(b.0), b.0)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_canonical_form_sorts_keys_at_every_depth() {
        let value: Value =
            serde_json::from_str(r#"{ "b": {"z": 1.50, "a": [2, {"y":0,"x":0}]}, "a": "é" }"#)
                .expect("JSON");
        assert_eq!(
            canonical(&value),
            r#"{"a":"é","b":{"a":[2,{"x":0,"y":0}],"z":1.5}}"#
        );
    }

    #[test]
    fn a_file_reads_like_one_written_by_hand() {
        let value = json!({
            "zones": ["a", "c"],
            "id": "x",
            "deep": {"list": [{"kind": "k", "at": "1h"}], "none": {}},
        });
        let text = "{\n  \"id\": \"x\",\n  \"zones\": [\"a\", \"c\"],\n  \"deep\": {\n    \
                    \"list\": [\n      { \"kind\": \"k\", \"at\": \"1h\" }\n    ],\n    \
                    \"none\": {}\n  }\n}\n";
        assert_eq!(file_text(&value), text);
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), value);
    }
}

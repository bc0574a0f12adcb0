//! Expected figures against the engine's.

use serde_json::{Map, Value};

use super::{Outcome, Status};

/// How far a number may be off, as a share of the expected one.
const RELATIVE: f64 = 1e-9;
/// How far a number may be off that should be zero.
const ZERO: f64 = 1e-12;

/// The key under which a refusal of the input stands; the expected text is a phrase of it.
const ERROR: &str = "error";

/// The outcome of a case: each expected figure has to be among the engine's and equal.
pub fn outcome(expect: &Map<String, Value>, got: &Value) -> Outcome {
    let refused = got.get(ERROR).is_some_and(Value::is_string);
    let (mut shown, mut differing) = (Map::new(), Vec::new());
    for (key, expected) in expect {
        match got.get(key) {
            Some(value) => {
                if !agrees(key, expected, value) {
                    differing.push(key.clone());
                }
                shown.insert(key.clone(), value.clone());
            }
            // Nothing else is known of a case whose input is refused, or should have been.
            None if refused || key == ERROR => differing.push(key.clone()),
            None => return Outcome::unsupported(),
        }
    }
    if refused {
        shown.insert(ERROR.to_string(), got[ERROR].clone());
        if !expect.contains_key(ERROR) {
            differing.push(ERROR.to_string());
        }
    }
    let status = if differing.is_empty() {
        Status::Passed
    } else {
        Status::Failed
    };
    Outcome {
        status,
        got: Value::Object(shown),
        differing,
    }
}

fn agrees(key: &str, expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::String(phrase), Value::String(text)) if key == ERROR => text.contains(phrase),
        _ => equal(expected, got),
    }
}

/// Numbers within [`RELATIVE`], lists and objects part by part, everything else exactly.
fn equal(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Number(expected), Value::Number(got)) => match (expected.as_f64(), got.as_f64()) {
            (Some(expected), Some(got)) => close(expected, got),
            _ => false,
        },
        (Value::Array(expected), Value::Array(got)) => {
            expected.len() == got.len() && expected.iter().zip(got).all(|(e, g)| equal(e, g))
        }
        (Value::Object(expected), Value::Object(got)) => {
            let same = |(key, value): (&String, &Value)| {
                got.get(key).is_some_and(|theirs| equal(value, theirs))
            };
            expected.len() == got.len() && expected.iter().all(same)
        }
        _ => expected == got,
    }
}

fn close(expected: f64, got: f64) -> bool {
    let off = (got - expected).abs();
    off <= RELATIVE * expected.abs() || (expected.abs() <= 0.0 && off <= ZERO)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(expected: &Value, got: &Value, status: Status) {
        let Value::Object(expect) = expected else {
            panic!("an object")
        };
        assert_eq!(outcome(expect, got).status, status, "{expected} {got}");
    }

    #[test]
    fn numbers_hold_within_a_billionth() {
        check(
            &json!({ "a": 3 }),
            &json!({ "a": 3.0, "b": 1 }),
            Status::Passed,
        );
        check(
            &json!({ "a": 1e-20 }),
            &json!({ "a": 1.000_000_000_5e-20 }),
            Status::Passed,
        );
        check(
            &json!({ "a": 1e-20 }),
            &json!({ "a": 1.000_000_01e-20 }),
            Status::Failed,
        );
        check(&json!({ "a": 0.0 }), &json!({ "a": 1e-13 }), Status::Passed);
        check(&json!({ "a": 0.0 }), &json!({ "a": 1e-11 }), Status::Failed);
        check(
            &json!({ "a": [1, 2] }),
            &json!({ "a": [1, 2, 3] }),
            Status::Failed,
        );
        check(&json!({ "a": null }), &json!({ "a": 0.0 }), Status::Failed);
        check(&json!({ "a": true }), &json!({ "a": true }), Status::Passed);
        check(&json!({ "a": true }), &json!({ "a": 1 }), Status::Failed);
    }

    #[test]
    fn a_figure_that_nobody_computes_is_unsupported() {
        check(
            &json!({ "a": 1, "z": 1 }),
            &json!({ "a": 1 }),
            Status::Unsupported,
        );
    }

    #[test]
    fn refusals_carry_their_phrase() {
        let refused = json!({ "error": "the rate is -1, expected 0 or more" });
        check(&json!({ "error": "rate is -1" }), &refused, Status::Passed);
        check(&json!({ "error": "capacity" }), &refused, Status::Failed);
        check(&json!({ "a": 1 }), &refused, Status::Failed);
        check(&json!({}), &refused, Status::Failed);
        check(
            &json!({ "error": "rate" }),
            &json!({ "a": 1 }),
            Status::Failed,
        );
        check(
            &json!({ "error": "rate" }),
            &json!({ "error": null }),
            Status::Failed,
        );
    }
}

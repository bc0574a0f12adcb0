//! Expected figures against the engine's.

use serde_json::{Map, Value};

use super::{Figure, Gap, Outcome, Tolerance};

/// The key under which a refusal of the input stands; the expected text is a phrase of it.
const ERROR: &str = "error";

/// The outcome of a case: each expected figure has to be among the engine's and equal.
pub fn outcome(expect: &Map<String, Value>, got: &Value) -> Outcome {
    let refused = got.get(ERROR).is_some_and(Value::is_string);
    let (mut shown, mut differing) = (Map::new(), Vec::new());
    let mut figures = Vec::new();
    for (key, expected) in expect {
        let found = got.get(key);
        let first = figures.len();
        let name = key.clone();
        match found {
            Some(_) if key != ERROR => Figure::all(name, Some(expected), found, &mut figures),
            // Nothing else is known of a case whose input is refused, or should have been.
            _ if refused || key == ERROR => {
                figures.push(Figure::new(name, Some(expected), found, Tolerance::Phrase));
            }
            _ => return Outcome::unsupported(Gap::Figure(name)),
        }
        if let Some(value) = found {
            shown.insert(key.clone(), value.clone());
        }
        if figures[first..].iter().any(|figure| !figure.holds) {
            differing.push(key.clone());
        }
    }
    if refused {
        shown.insert(ERROR.to_string(), got[ERROR].clone());
        if !expect.contains_key(ERROR) {
            let (name, reason) = (ERROR.to_string(), got.get(ERROR));
            figures.push(Figure::new(name, None, reason, Tolerance::Phrase));
            differing.push(ERROR.to_string());
        }
    }
    Outcome::compared(Value::Object(shown), differing, figures)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Status;
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

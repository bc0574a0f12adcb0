//! JSON Merge Patch (RFC 7396): designs are patches on a base, edits are patches on a document.
//!
//! An object in a patch is merged key by key, `null` removes a key, and anything else (arrays
//! too) replaces what was there.

use serde_json::{Map, Value};

/// Applies `patch` to `target`.
pub fn apply(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (key, change) in changes {
        if change.is_null() {
            members.remove(key);
        } else {
            apply(members.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// The patch that turns `from` into `to`, or nothing when no merge patch can: a patch has no way
/// to write a `null` that was not there (a design that newly removes a part, for example).
#[must_use]
pub fn diff(from: &Value, to: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (from, to) else {
        return (!holds_null(to)).then(|| to.clone());
    };
    let mut patch = Map::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in new {
        match old.get(key) {
            Some(before) if before == value => {}
            Some(before) => {
                patch.insert(key.clone(), diff(before, value)?);
            }
            None if holds_null(value) => return None,
            None => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    Some(Value::Object(patch))
}

/// True when a patch could not write this value. A `null` inside an array survives patching.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The cases of RFC 7396, appendix A: original, patch, result.
    #[test]
    fn the_cases_of_the_standard() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ];
        for (original, patch, result) in cases {
            let mut got = original.clone();
            apply(&mut got, &patch);
            assert_eq!(got, result, "{original} with {patch}");
        }
    }

    #[test]
    fn a_difference_leads_from_one_to_the_other() {
        let from = json!({"a":{"b":1,"c":[1,2]},"d":null,"e":2});
        let to = json!({"a":{"b":3,"c":[null]},"d":null,"f":{"g":{}}});
        let patch = diff(&from, &to).expect("expressible");
        assert_eq!(patch, json!({"a":{"b":3,"c":[null]},"e":null,"f":{"g":{}}}));
        let mut got = from.clone();
        apply(&mut got, &patch);
        assert_eq!(got, to);
        assert_eq!(diff(&to, &to), Some(json!({})));
    }

    #[test]
    fn a_new_null_cannot_be_written_by_a_patch() {
        assert_eq!(diff(&json!({}), &json!({"a":null})), None);
        assert_eq!(diff(&json!({"a":1}), &json!({"a":{"b":null}})), None);
    }
}

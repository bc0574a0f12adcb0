//! Edits of a scenario document: setting one value for both designs or for one of them.
//!
//! A design is a merge patch on the base. A value for *both* is written to the base, and to the
//! patches of the two designs where they override it, else the edit would not show. A value for
//! *one* is written to that design's patch only.

use serde_json::{Map, Value};

/// Whom an edit concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Both designs on screen.
    #[default]
    Both,
    /// The first one, A.
    Baseline,
    /// The second one, B.
    Candidate,
}

/// The value at a path of keys.
#[must_use]
pub fn get<'a>(document: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(document, |at, key| at.get(key))
}

/// Sets the value at a path of keys; objects on the way are made where they are missing.
pub fn set(document: &mut Value, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *document = value;
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(members) = document {
        set(
            members.entry((*key).to_string()).or_insert(Value::Null),
            rest,
            value,
        );
    }
}

/// Removes the member at a path of keys, if it is there.
pub fn remove(document: &mut Value, path: &[&str]) {
    let Some((key, parents)) = path.split_last() else {
        return;
    };
    let parent = parents.iter().try_fold(document, |at, key| at.get_mut(key));
    if let Some(Value::Object(members)) = parent {
        members.remove(*key);
    }
}

/// Sets the planned load. What was said about the origin of the other one goes with it.
pub fn set_load(document: &mut Value, profile: Value) {
    set(document, &["load", "profile"], profile);
    remove(document, &["sources", "/load/profile"]);
}

/// The ids of the two designs on screen: the first two of `design_order`.
#[must_use]
pub fn pair(document: &Value) -> [Option<&str>; 2] {
    let order = document.get("design_order").and_then(Value::as_array);
    let id = |at: usize| order.and_then(|order| order.get(at)?.as_str());
    [id(0), id(1)]
}

/// Puts design `id` on side `side` (0 is A, 1 is B); the one that was there changes places with it.
pub fn choose(document: &mut Value, side: usize, id: &str) {
    let Some(Value::Array(order)) = document.get_mut("design_order") else {
        return;
    };
    let from = order.iter().position(|entry| entry.as_str() == Some(id));
    if let Some(from) = from.filter(|_| side < order.len()) {
        order.swap(side, from);
    }
}

/// Writes `value` at `path` below a component, for the designs that `scope` names.
pub fn set_parameter(
    document: &mut Value,
    scope: Scope,
    component: &str,
    path: &[&str],
    value: &Value,
) {
    let designs: Vec<String> = pair(document)
        .into_iter()
        .enumerate()
        .filter(|(side, _)| match scope {
            Scope::Both => true,
            Scope::Baseline => *side == 0,
            Scope::Candidate => *side == 1,
        })
        .filter_map(|(_, id)| id.map(str::to_string))
        .collect();
    let in_base = [&["base", "components", component], path].concat();
    let is_in_base = get(document, &in_base[..3]).is_some();
    if scope == Scope::Both && is_in_base {
        set(document, &in_base, value.clone());
    }
    for id in &designs {
        let own = [&["designs", id, "patch", "components", component], path].concat();
        let overrides = get(document, &own).is_some();
        let has_component = get(document, &own[..5]).is_some();
        let wanted = match scope {
            Scope::Both => overrides || (has_component && !is_in_base),
            Scope::Baseline | Scope::Candidate => true,
        };
        if wanted {
            set(document, &own, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "base": { "components": { "api": { "replicas": 9 } } },
            "designs": {
                "many": { "patch": {} },
                "one": { "patch": { "components": { "api": { "replicas": 3 }, "own": {} } } },
                "third": { "patch": {} }
            },
            "design_order": ["many", "one", "third"]
        })
    }

    #[track_caller]
    fn check(scope: Scope, component: &str, base: &Value, many: &Value, one: &Value) {
        let mut document = document();
        set_parameter(&mut document, scope, component, &["replicas"], &json!(5));
        let at = |path: &[&str]| get(&document, path).cloned().unwrap_or(Value::Null);
        assert_eq!(&at(&["base", "components", component, "replicas"]), base);
        let of = |id| at(&["designs", id, "patch", "components", component, "replicas"]);
        assert_eq!((&of("many"), &of("one")), (many, one));
        assert_eq!(of("third"), Value::Null);
    }

    #[test]
    fn an_edit_reaches_the_designs_it_is_meant_for() {
        let null = &Value::Null;
        let (three, five, nine) = (&json!(3), &json!(5), &json!(9));
        check(Scope::Both, "api", five, null, five);
        check(Scope::Baseline, "api", nine, five, three);
        check(Scope::Candidate, "api", nine, null, five);
        check(Scope::Both, "own", null, null, five);
    }

    #[test]
    fn a_side_is_chosen_by_trading_places() {
        let mut document = document();
        choose(&mut document, 1, "third");
        assert_eq!(pair(&document), [Some("many"), Some("third")]);
        choose(&mut document, 0, "third");
        assert_eq!(pair(&document), [Some("third"), Some("many")]);
        choose(&mut document, 0, "unknown");
        assert_eq!(pair(&document), [Some("third"), Some("many")]);
    }

    #[test]
    fn removing_what_is_not_there_changes_nothing() {
        let mut changed = document();
        remove(&mut changed, &["tape", "faults", "x"]);
        assert_eq!(changed, document());
        remove(&mut changed, &["base", "components", "api"]);
        assert_eq!(get(&changed, &["base", "components", "api"]), None);
    }
}

//! A walk of a document along the schema: every slip becomes a finding, and what cannot be used
//! is taken out.
//!
//! After the walk the types read what is left without meeting an error. A part that is taken out
//! falls back to its default; when it has none, the part around it goes too, up to a component, a
//! fault or the whole document.

use serde_json::{Map, Value};

use super::pointer::{self, shorten};
use super::schema;
use crate::model::finding::nearest;
use crate::model::{ById, Finding, FindingKind};
use crate::units::{
    ByteSize, Cpu, CronSchedule, EventRate, FromText, IntOrPercent, Ratio, RequestRate,
    SimDuration, UnitError, UnitPrice,
};

/// Most findings that one walk reports; a file with more is read again after the first are mended.
const FINDINGS_LIMIT: usize = 100;

/// Pointers of parts that are taken out.
pub type Excluded = ById<()>;

/// Reads a value along a schema. Returns the findings, and whether the value is usable at all.
///
/// `excluded` holds pointers of parts that other checks found unusable; they are taken out without
/// another finding.
pub fn clean(
    value: &mut Value,
    schema: &'static Value,
    excluded: &Excluded,
) -> (Vec<Finding>, bool) {
    let mut walk = Walk {
        excluded,
        path: String::new(),
        findings: Vec::new(),
    };
    let usable = walk.check(value, schema);
    (walk.findings, usable)
}

struct Walk<'a> {
    excluded: &'a Excluded,
    path: String,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    /// Reports at the current path; always false, so that a check can end with it.
    fn report(&mut self, kind: FindingKind) -> bool {
        if self.findings.len() < FINDINGS_LIMIT {
            self.findings.push(Finding::error(self.path.clone(), kind));
        }
        false
    }

    /// Checks the part under a key of the current one.
    fn below<T>(&mut self, key: &str, check: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        pointer::push(&mut self.path, key);
        let result = check(self);
        self.path.truncate(length);
        result
    }

    fn check(&mut self, value: &mut Value, schema: &'static Value) -> bool {
        if self.excluded.contains_key(&self.path) {
            return false;
        }
        let schema = schema::resolve(schema);
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            if let [one, list] = choices.as_slice()
                && list["type"] == "array"
            {
                return self.check(value, if value.is_array() { list } else { one });
            }
            return if choices.iter().all(|choice| choice.get("const").is_some()) {
                self.check_word(value, choices)
            } else {
                self.check_choice(value, choices)
            };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.check_object(value, schema),
            Some("array") => self.check_array(value, schema),
            Some("string") => self.check_text(value, schema),
            Some("integer") => self.check_number(value, schema, "a whole number"),
            Some("number") => self.check_number(value, schema, "a number"),
            Some("boolean") if !value.is_boolean() => self.wrong_type("true or false", value),
            _ => true,
        }
    }

    fn wrong_type(&mut self, expected: &str, got: &Value) -> bool {
        let expected = expected.to_string();
        let got = describe(got);
        self.report(FindingKind::WrongType { expected, got })
    }

    fn out_of_range(&mut self, got: String, range: String) -> bool {
        self.report(FindingKind::OutOfRange { got, range })
    }

    /// One of several words.
    fn check_word(&mut self, value: &Value, choices: &[Value]) -> bool {
        let words: Vec<&str> = choices.iter().filter_map(|c| c["const"].as_str()).collect();
        match value.as_str() {
            Some(word) if words.contains(&word) => true,
            Some(word) => self.unknown_word(word, &words),
            None => self.wrong_type(&format!("one of {}", words.join(", ")), value),
        }
    }

    fn unknown_word(&mut self, word: &str, words: &[&str]) -> bool {
        self.report(FindingKind::UnknownWord {
            got: shorten(word),
            allowed: words.iter().map(ToString::to_string).collect(),
            suggestion: nearest(&shorten(word), words.iter().copied()),
        })
    }

    /// One of several objects, told apart by `kind`.
    fn check_choice(&mut self, value: &mut Value, choices: &'static [Value]) -> bool {
        let Some(members) = value.as_object() else {
            return self.wrong_type("an object with \"kind\"", value);
        };
        let kind_of = |choice: &'static Value| choice["properties"]["kind"]["const"].as_str();
        let kinds: Vec<&str> = choices.iter().filter_map(kind_of).collect();
        match members.get("kind") {
            None => {
                let key = "kind".to_string();
                self.report(FindingKind::MissingKey { key })
            }
            Some(Value::String(kind)) => {
                match choices.iter().find(|c| kind_of(c) == Some(kind.as_str())) {
                    Some(choice) => self.check_object(value, choice),
                    None => self.below("kind", |walk| walk.unknown_word(kind, &kinds)),
                }
            }
            Some(other) => {
                let expected = format!("one of {}", kinds.join(", "));
                self.below("kind", |walk| walk.wrong_type(&expected, other))
            }
        }
    }

    fn check_object(&mut self, value: &mut Value, schema: &'static Value) -> bool {
        let Some(members) = value.as_object_mut() else {
            return self.wrong_type("an object", value);
        };
        if !self.check_count(members.len(), schema, "Properties") {
            return false;
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut usable = true;
        for key in required(schema).filter(|key| !members.contains_key(*key)) {
            let key_text = key.to_string();
            self.report(FindingKind::MissingKey { key: key_text });
            usable &= properties.is_some_and(|all| has_default(all, key));
        }
        let keys: Vec<String> = members.keys().cloned().collect();
        for key in keys {
            let Some(member) = members.get_mut(&key) else {
                continue;
            };
            let part = properties.and_then(|all| all.get(&key));
            let kept = self.below(&key, |walk| match part {
                Some(part) => walk.check(member, part),
                None => walk.check_other(&key, member, schema, properties),
            });
            if !kept {
                members.remove(&key);
                let needed = required(schema).any(|name| name == key);
                usable &= !needed || properties.is_some_and(|all| has_default(all, &key));
            }
        }
        usable
    }

    /// A member that the schema does not name: an entry of a map, or a slip.
    fn check_other(
        &mut self,
        key: &str,
        member: &mut Value,
        schema: &'static Value,
        properties: Option<&'static Map<String, Value>>,
    ) -> bool {
        match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => true,
            Some(entry @ Value::Object(_)) => {
                self.check_name(key, &schema["propertyNames"]) && self.check(member, entry)
            }
            // Looking for the nearest name takes time that a hostile file could multiply.
            _ if self.findings.len() >= FINDINGS_LIMIT => false,
            _ => {
                let known = properties.into_iter().flat_map(Map::keys);
                let suggestion = nearest(&shorten(key), known.map(String::as_str));
                let key = shorten(key);
                self.report(FindingKind::UnknownKey { key, suggestion })
            }
        }
    }

    /// The name of an entry, such as a component's id.
    fn check_name(&mut self, name: &str, rule: &'static Value) -> bool {
        match rule.get("pattern").and_then(Value::as_str) {
            Some(pattern) => self.check_pattern(name, pattern),
            None => self.check_count(name.chars().count(), rule, "Length"),
        }
    }

    fn check_pattern(&mut self, name: &str, pattern: &str) -> bool {
        let longest = name_length(pattern).unwrap_or(usize::MAX);
        let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=longest).contains(&name.len()) && name.bytes().all(fits) {
            return true;
        }
        let expected = format!("1 to {longest} lower-case letters, digits or hyphens");
        let got = format!("\"{}\"", shorten(name));
        self.report(FindingKind::WrongType { expected, got })
    }

    fn check_array(&mut self, value: &mut Value, schema: &'static Value) -> bool {
        let Some(items) = value.as_array_mut() else {
            return self.wrong_type("a list", value);
        };
        if !self.check_count(items.len(), schema, "Items") {
            return false;
        }
        let mut index = 0_usize;
        items.retain_mut(|item| {
            let key = index.to_string();
            index += 1;
            self.below(&key, |walk| walk.check(item, &schema["items"]))
        });
        // A list that was long enough and lost an item may be too short now.
        count(schema, "minItems").is_none_or(|least| items.len() >= least)
    }

    fn check_text(&mut self, value: &Value, schema: &'static Value) -> bool {
        let format = schema.get("format").and_then(Value::as_str);
        let Some(text) = value.as_str() else {
            let expected = format
                .and_then(quantity)
                .map_or("a text", |unit| unit.expected);
            return self.wrong_type(expected, value);
        };
        if let Some(unit) = format.and_then(quantity) {
            return match (unit.read)(text) {
                Ok(()) => true,
                Err(error) => self.report(FindingKind::WrongType {
                    expected: error.expected.to_string(),
                    got: format!("\"{}\"", error.got),
                }),
            };
        }
        match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) => self.check_pattern(text, pattern),
            None => self.check_count(text.chars().count(), schema, "Length"),
        }
    }

    fn check_number(&mut self, value: &Value, schema: &'static Value, expected: &str) -> bool {
        let whole = expected != "a number";
        let Some(number) = value.as_f64().filter(|_| !whole || !value.is_f64()) else {
            return self.wrong_type(expected, value);
        };
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        if low.is_some_and(|low| number < low) || high.is_some_and(|high| number > high) {
            let range = range_text(low, high);
            return self.out_of_range(value.to_string(), range);
        }
        true
    }

    /// A number of members, items or characters against `min…` and `max…`.
    fn check_count(&mut self, got: usize, schema: &Value, of: &str) -> bool {
        let low = count(schema, &format!("min{of}"));
        let high = count(schema, &format!("max{of}"));
        if low.is_some_and(|low| got < low) || high.is_some_and(|high| got > high) {
            let unit = match of {
                "Properties" => "entries",
                "Items" => "items",
                _ => "characters",
            };
            let as_number = |n: usize| n as f64;
            let range = range_text(low.map(as_number), high.map(as_number));
            return self.out_of_range(format!("{got} {unit}"), range);
        }
        true
    }
}

fn required(schema: &'static Value) -> impl Iterator<Item = &'static str> {
    let listed = schema.get("required").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str)
}

fn has_default(properties: &Map<String, Value>, key: &str) -> bool {
    properties
        .get(key)
        .is_some_and(|part| part.get("default").is_some())
}

fn count(schema: &Value, keyword: &str) -> Option<usize> {
    let bound = schema.get(keyword)?.as_u64()?;
    usize::try_from(bound).ok()
}

fn range_text(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, high) => format!("at most {}", high.unwrap_or_default()),
    }
}

/// What is there, for a message: `a list`, or the value itself, shortened.
fn describe(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_string(),
        Value::Object(_) => "an object".to_string(),
        Value::String(text) => format!("\"{}\"", shorten(text)),
        other => other.to_string(),
    }
}

/// The longest name that a pattern of the schema allows; all patterns have the same letters.
pub(super) fn name_length(pattern: &str) -> Option<usize> {
    let length = pattern.strip_prefix("^[a-z0-9-]{1,")?;
    length.strip_suffix("}$")?.parse().ok()
}

/// How to read one kind of quantity.
struct Quantity {
    format: &'static str,
    expected: &'static str,
    read: fn(&str) -> Result<(), UnitError>,
}

const fn quantity_of<T: FromText>() -> Quantity {
    Quantity {
        format: T::FORMAT,
        expected: T::EXPECTED,
        read: |text| T::from_text(text).map(drop),
    }
}

static QUANTITIES: [Quantity; 9] = [
    quantity_of::<SimDuration>(),
    quantity_of::<Cpu>(),
    quantity_of::<ByteSize>(),
    quantity_of::<RequestRate>(),
    quantity_of::<EventRate>(),
    quantity_of::<Ratio>(),
    quantity_of::<UnitPrice>(),
    quantity_of::<IntOrPercent>(),
    quantity_of::<CronSchedule>(),
];

fn quantity(format: &str) -> Option<&'static Quantity> {
    QUANTITIES.iter().find(|unit| unit.format == format)
}

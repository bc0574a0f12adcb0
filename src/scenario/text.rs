//! The text of a file: strict JSON, its duplicate keys, and the place of any value in it.
//!
//! serde_json decides what JSON is: no comments, no trailing commas, no lone control characters.
//! Two things it does not tell are added here: keys that appear twice in one object, and where in
//! the text a JSON Pointer leads ([`place_of`]; a walk over text that is already known to be JSON,
//! so it needs no errors of its own). Size and depth are bounded before anything recurses.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::pointer;
use crate::model::{Finding, FindingKind, Place};

/// Largest text that is read, in bytes: 1 MiB.
pub const SIZE_LIMIT_BYTES: u32 = 1 << 20;

/// Deepest nesting of objects and arrays that is read.
const DEPTH_LIMIT: usize = 64;

/// Most duplicate keys that are reported.
const DUPLICATES_LIMIT: usize = 20;

/// A text as JSON. When a key appears twice, the last one counts.
#[derive(Debug)]
pub struct Reading {
    /// The document.
    pub value: Value,
    /// One finding for each key that appears twice, without a place.
    pub duplicates: Vec<Finding>,
}

/// Reads a text.
///
/// # Errors
/// The finding that stops everything: too large, nested too deep, or not JSON.
pub fn read(text: &str) -> Result<Reading, Finding> {
    let limit_bytes = SIZE_LIMIT_BYTES;
    if text.len() > limit_bytes as usize {
        return Err(Finding::error("", FindingKind::TooLarge { limit_bytes }));
    }
    if let Some(at) = too_deep_at(text) {
        let message = format!("nested deeper than {DEPTH_LIMIT} levels");
        return Err(syntax(message, place_at(text, at)));
    }
    let collector = Collector::default();
    let mut from = serde_json::Deserializer::from_str(text);
    let read = Seed(&collector).deserialize(&mut from);
    match read.and_then(|value| from.end().map(|()| value)) {
        Ok(value) => Ok(Reading {
            value,
            duplicates: collector.0.into_inner().duplicates,
        }),
        Err(error) => Err(refusal(text, &error)),
    }
}

fn syntax(message: String, place: Place) -> Finding {
    let mut finding = Finding::error("", FindingKind::Syntax { message });
    finding.place = Some(place);
    finding
}

/// The finding for bytes that are not UTF-8 from `valid_up_to` on.
#[must_use]
pub fn not_utf8(bytes: &[u8], valid_up_to: usize) -> Finding {
    let valid = std::str::from_utf8(&bytes[..valid_up_to]).unwrap_or_default();
    syntax("not UTF-8".to_string(), place_at(valid, valid_up_to))
}

/// Adds to a finding where in the text its path leads, and keeps the path short enough to show.
pub fn put_place(text: &str, finding: &mut Finding) {
    const PATH_LIMIT: usize = 300;
    let to_key = matches!(
        finding.kind,
        FindingKind::UnknownKey { .. } | FindingKind::DuplicateKey { .. }
    );
    finding.place = Some(place_of(text, &finding.path, to_key));
    if let Some((end, _)) = finding.path.char_indices().nth(PATH_LIMIT) {
        finding.path.truncate(end);
        finding.path.push('…');
    }
}

/// serde_json counts columns in bytes and repeats the place in its words; both are put right.
fn refusal(text: &str, error: &serde_json::Error) -> Finding {
    let words = error.to_string();
    let message = words.split(" at line ").next().unwrap_or("not JSON");
    let start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (start + error.column().saturating_sub(1)).min(text.len());
    syntax(message.to_string(), place_at(text, offset))
}

/// Byte offset of the first bracket beyond the depth limit.
fn too_deep_at(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            return Some(at);
        }
    }
    None
}

#[derive(Default)]
struct Collector(RefCell<Duplicates>);

#[derive(Default)]
struct Duplicates {
    path: Vec<String>,
    duplicates: Vec<Finding>,
}

impl Collector {
    fn enter(&self, key: String) {
        self.0.borrow_mut().path.push(key);
    }

    fn leave(&self) {
        self.0.borrow_mut().path.pop();
    }

    /// Notes that the key just entered was there before.
    fn twice(&self) {
        let mut inner = self.0.borrow_mut();
        if inner.duplicates.len() < DUPLICATES_LIMIT {
            let mut path = String::new();
            for key in &inner.path {
                pointer::push(&mut path, key);
            }
            let key = inner.path.last().map(|key| pointer::shorten(key));
            let key = key.unwrap_or_default();
            let finding = Finding::error(path, FindingKind::DuplicateKey { key });
            inner.duplicates.push(finding);
        }
    }
}

struct Seed<'a>(&'a Collector);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        self.0.enter("0".to_string());
        while let Some(value) = items.next_element_seed(Seed(self.0))? {
            values.push(value);
            self.0.leave();
            self.0.enter(values.len().to_string());
        }
        self.0.leave();
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.enter(key.clone());
            if members.contains_key(&key) {
                self.0.twice();
            }
            members.insert(key, entries.next_value_seed(Seed(self.0))?);
            self.0.leave();
        }
        Ok(Value::Object(members))
    }
}

/// Line and column of a byte offset.
fn place_at(text: &str, offset: usize) -> Place {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n');
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    // Every byte that does not continue a character starts one.
    let column = before[line_start.map_or(0, |at| at + 1)..]
        .iter()
        .filter(|byte| (**byte & 0xC0) != 0x80)
        .count();
    let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    Place {
        line: count(line),
        column: count(column),
    }
}

/// Where a pointer leads in a text that [`read`] accepted: to the key when `to_key` is set, else
/// to the value. When there is nothing at the pointer, the nearest part around it counts.
#[must_use]
pub fn place_of(text: &str, pointer: &str, to_key: bool) -> Place {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_space();
    let mut at = cursor.at;
    let mut keys = pointer::keys(pointer).peekable();
    while let Some(key) = keys.next() {
        cursor.at = at;
        let Some((key_at, value_at)) = cursor.member(&key) else {
            break;
        };
        at = if to_key && keys.peek().is_none() {
            key_at
        } else {
            value_at
        };
    }
    place_at(text, at)
}

/// A position in text that is known to be JSON.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(b'}')
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\r' | b'\n' | b',' | b':') {
            self.at += 1;
        }
    }

    /// Moves past a string and returns it with its quotes.
    fn string(&mut self) -> &'a str {
        let start = self.at;
        self.at += 1;
        while self.at < self.text.len() && self.byte() != b'"' {
            self.at += if self.byte() == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.text.len());
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Moves past a value of any kind.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            match self.byte() {
                b'"' => {
                    self.string();
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => self.at += 1,
                _ => self.skip_word(),
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Moves past a number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        let ends = |c: char| matches!(c, ',' | '}' | ']' | ':' | '"') || c.is_ascii_whitespace();
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.find(ends).unwrap_or(rest.len()).max(1);
    }

    /// Offsets of key and value of the member that counts (the last of that name) in the object
    /// or array at the cursor.
    fn member(&mut self, key: &str) -> Option<(usize, usize)> {
        let is_object = match self.byte() {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        let mut found = None;
        let mut index = 0_usize;
        loop {
            self.skip_space();
            if self.at >= self.text.len() || matches!(self.byte(), b'}' | b']') {
                return found;
            }
            let key_at = self.at;
            let matches = if is_object {
                same_text(self.string(), key)
            } else {
                key.parse() == Ok(index)
            };
            self.skip_space();
            if matches {
                found = Some((key_at, self.at));
            }
            self.skip_value();
            index += 1;
        }
    }
}

/// Whether a string as written, with quotes and escapes, says `wanted`.
fn same_text(written: &str, wanted: &str) -> bool {
    if written.contains('\\') {
        return serde_json::from_str::<String>(written).is_ok_and(|text| text == wanted);
    }
    written.len() == wanted.len() + 2 && written[1..].starts_with(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_place(text: &str, pointer: &str, to_key: bool, line: u32, column: u32) {
        read(text).expect("JSON");
        assert_eq!(place_of(text, pointer, to_key), Place { line, column });
    }

    #[test]
    fn pointers_lead_to_places() {
        let text = "{\n  \"あ\": [1, {\"b\\u0063\": \"}\"}, true],\n  \"d\": {\"e\": null}\n}";
        check_place(text, "", false, 1, 1);
        check_place(text, "/あ", true, 2, 3);
        check_place(text, "/あ", false, 2, 8);
        check_place(text, "/あ/1", false, 2, 12);
        check_place(text, "/あ/1/bc", false, 2, 24);
        check_place(text, "/あ/2", false, 2, 30);
        check_place(text, "/d/e", true, 3, 9);
        check_place(text, "/d/missing/deeper", true, 3, 8);
        check_place("{\"a\":1,\"a\":2}", "/a", true, 1, 8);
    }

    #[test]
    fn duplicate_keys_are_named_and_the_last_one_counts() {
        let reading = read(r#"{"a":{"b":1,"b":[{"c":1,"c":2}]},"b":3}"#).expect("JSON");
        assert_eq!(
            reading.value,
            serde_json::json!({"a":{"b":[{"c":2}]},"b":3})
        );
        let paths: Vec<_> = reading.duplicates.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["/a/b", "/a/b/0/c"]);
    }

    #[track_caller]
    fn check_refused(text: &str, message: &str, line: u32, column: u32) {
        let finding = read(text).expect_err("refused");
        assert_eq!(finding.place, Some(Place { line, column }), "{finding:?}");
        let FindingKind::Syntax { message: got } = finding.kind else {
            panic!("{finding:?}");
        };
        assert!(got.contains(message), "{got}");
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        check_refused("", "EOF", 1, 1);
        check_refused("{\"a\": 1,\n \"あ\": }", "expected value", 2, 7);
        check_refused("{} // no comments", "trailing characters", 1, 4);
        check_refused("[1,]", "trailing comma", 1, 4);
        check_refused("[\"a\nb\"]", "control character", 2, 1);
        check_refused(&"[".repeat(65), "nested deeper", 1, 65);
        check_refused("1e999", "out of range", 1, 5);
    }

    #[test]
    fn large_texts_are_refused_before_they_are_read() {
        let text = format!("\"{}\"", " ".repeat(2 << 20));
        let finding = read(&text).expect_err("refused");
        assert_eq!(
            finding.kind,
            FindingKind::TooLarge {
                limit_bytes: 1 << 20
            }
        );
    }
}

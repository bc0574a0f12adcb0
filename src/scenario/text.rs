//! The text of a file: strict JSON, its duplicate keys, and the place of any value in it.
//!
//! serde_json decides what JSON is: no comments, no trailing commas, no lone control characters.
//! Two things it does not tell are added here: keys that appear twice in one object, and where in
//! the text a JSON Pointer leads ([`place_of`]). Both are walks over text that is already known to
//! be JSON, so they need no errors of their own. Size and depth are bounded before anything
//! recurses.

use serde_json::{Map, Value};

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
    match serde_json::from_str(text) {
        Ok(value) => Ok(Reading {
            value,
            duplicates: duplicates(text),
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

/// A walk over text that is known to be JSON, which finds keys that stand twice in one object.
struct Duplicates<'a> {
    cursor: Cursor<'a>,
    path: String,
    findings: Vec<Finding>,
}

impl Duplicates<'_> {
    fn pass_value(&mut self) {
        match self.cursor.byte() {
            b'{' => self.pass_parts(true),
            b'[' => self.pass_parts(false),
            _ => self.cursor.skip_value(),
        }
    }

    fn pass_parts(&mut self, are_members: bool) {
        // A set, of a type that the program has anyway.
        let mut keys = Map::new();
        let mut index = 0_usize;
        self.cursor.at += 1;
        while self.cursor.finds_part() {
            let key = if are_members {
                unquoted(self.cursor.string())
            } else {
                index.to_string()
            };
            index += 1;
            let length = self.path.len();
            pointer::push(&mut self.path, &key);
            if are_members && keys.contains_key(&key) {
                self.report(&key);
            }
            keys.insert(key, Value::Null);
            self.cursor.skip_space();
            self.pass_value();
            self.path.truncate(length);
        }
        self.cursor.at += 1;
    }

    fn report(&mut self, key: &str) {
        if self.findings.len() < DUPLICATES_LIMIT {
            let key = pointer::shorten(key);
            let kind = FindingKind::DuplicateKey { key };
            self.findings.push(Finding::error(&self.path, kind));
        }
    }
}

fn duplicates(text: &str) -> Vec<Finding> {
    let mut walk = Duplicates {
        cursor: Cursor { text, at: 0 },
        path: String::new(),
        findings: Vec::new(),
    };
    walk.cursor.skip_space();
    walk.pass_value();
    walk.findings
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

    /// Moves to the next part of the object or array that the cursor is in, if there is one.
    fn finds_part(&mut self) -> bool {
        self.skip_space();
        self.at < self.text.len() && !matches!(self.byte(), b'}' | b']')
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
        while self.finds_part() {
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
        found
    }
}

/// Whether a string as written, with quotes and escapes, says `wanted`.
fn same_text(written: &str, wanted: &str) -> bool {
    if written.contains('\\') {
        return unquoted(written) == wanted;
    }
    written.len() == wanted.len() + 2 && written[1..].starts_with(wanted)
}

/// What a string as written, with quotes and escapes, says.
fn unquoted(written: &str) -> String {
    if written.contains('\\') {
        let read = serde_json::from_str::<Value>(written).unwrap_or_default();
        return read.as_str().unwrap_or_default().to_string();
    }
    written.trim_matches('"').to_string()
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

//! Reading the project's own source: the part of a parser that the layering and tidy rules need.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file of the project.
pub struct Source {
    /// Path from the top of the checkout, with forward slashes.
    pub path: String,
    /// The text as it stands in the file.
    pub text: String,
    /// The text with comments and the insides of literals blanked out; lines and columns stay.
    pub code: String,
}

impl Source {
    /// A file that is not on disk, for the rules' own tests.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: blank_non_code(text),
        }
    }
}

/// The top of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below the named folders, in the order of their paths.
pub fn read_all(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut paths);
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let inside = path.strip_prefix(root()).expect("a file of the checkout");
        let name = inside.to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(path).expect("source is UTF-8");
        Source::new(&name, &text)
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return; // A folder that does not exist yet has no files.
    };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            paths.push(path);
        }
    }
}

/// Replaces comments and the insides of string and character literals by blanks.
fn blank_non_code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at_word = code.chars().next_back().is_some_and(is_word);
        let (length, is_code) = match literal_or_comment(rest, at_word) {
            Some(length) => (length, false),
            None => (first.len_utf8(), true),
        };
        let (part, after) = rest.split_at(length);
        if is_code {
            code.push_str(part);
        } else {
            code.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// The length in bytes of the literal or comment that `text` starts with, if it does.
fn literal_or_comment(text: &str, at_word: bool) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    let unprefixed = text
        .strip_prefix(['b', 'c'])
        .filter(|_| !at_word)
        .unwrap_or(text);
    let prefix = text.len() - unprefixed.len();
    if !at_word && let Some(after_r) = unprefixed.strip_prefix('r') {
        let n_hashes = after_r.len() - after_r.trim_start_matches('#').len();
        if let Some(body) = after_r[n_hashes..].strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(n_hashes));
            let length = body.find(&end).map_or(body.len(), |at| at + end.len());
            return Some(prefix + 1 + n_hashes + 1 + length);
        }
    }
    if let Some(body) = unprefixed.strip_prefix('"') {
        return Some(prefix + 1 + until_quote(body, '"'));
    }
    let body = unprefixed.strip_prefix('\'')?;
    let is_character = body.starts_with('\\') || body.chars().nth(1) == Some('\'');
    is_character.then(|| prefix + 1 + until_quote(body, '\''))
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length up to and with the closing quote.
fn until_quote(body: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in body.char_indices() {
        if c == quote && !is_escaped {
            return at + quote.len_utf8();
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    body.len()
}

/// Whether a character can be part of a name.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` stands as a whole word in `code`.
pub fn find_words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let is_start = !code[..at].chars().next_back().is_some_and(is_word);
            let is_end = !code[at + word.len()..].chars().next().is_some_and(is_word);
            is_start && is_end
        })
}

/// The number of the line that a position is on, from 1.
pub fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The position of the bracket that closes the one at `open`.
pub fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.checked_sub(1)?,
            _ => continue,
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}

mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(blank_non_code(text), expected);
    }

    #[test]
    fn comments_and_literals_are_blanked_and_code_stays() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check(
            "f(\"crate::sim\", 'x', b\"y\")",
            "f(            ,    ,     )",
        );
        check(
            "r#\"a \" b\"# + \"\\\" {\" + '\\''",
            "           +        +     ",
        );
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("bar\"s\"", "bar   ");
        check("\"日本\\n\" x", "       x");
    }

    #[test]
    fn words_are_found_whole_and_brackets_in_pairs() {
        assert_eq!(
            find_words("fn fnord xfn fn", "fn").collect::<Vec<_>>(),
            [0, 13]
        );
        assert_eq!(closing("a { b ( c ) } d", 2), Some(12));
        assert_eq!(closing("a { b", 2), None);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }
}

//! What only developers and tools read is left out of the published site: comments, spaces, and the
//! hashes in the names that a script and its wasm share.
//!
//! Trunk could do the first two, but its minifier gives up on the scripts that wasm-bindgen writes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

/// Shrinks the scripts of the site with their wasm, and in its pages styles, scripts and comments.
///
/// # Errors
/// If a file cannot be read, understood or written.
pub fn site(dist: &Path) -> Result<()> {
    let entries = fs::read_dir(dist).with_context(|| format!("cannot list {}", dist.display()))?;
    let files = entries.map(|entry| Ok(entry?.path()));
    let files: Result<Vec<PathBuf>> = files.collect();
    for file in files.context("cannot list the site")? {
        let shrink = match file.extension().and_then(|ending| ending.to_str()) {
            Some("js") => program,
            Some("html") => page_file,
            _ => continue,
        };
        shrink(&file).with_context(|| format!("cannot shrink {}", file.display()))?;
    }
    Ok(())
}

/// A script, and its wasm beside it.
fn program(file: &Path) -> Result<()> {
    let text = fs::read_to_string(file)?;
    let hashes = hashes(&text);
    let wasm = file.with_extension("").display().to_string() + "_bg.wasm";
    fs::write(&wasm, numbered(&fs::read(&wasm)?, &hashes))?;
    let text = String::from_utf8(numbered(text.as_bytes(), &hashes))?;
    Ok(fs::write(file, script(&text)?)?)
}

fn page_file(file: &Path) -> Result<()> {
    Ok(fs::write(file, page(&fs::read_to_string(file)?)?)?)
}

/// Length of the hash at the end of a name that a script and its wasm share.
const HASH: usize = 16;

/// The hashes at the ends of a script's names, each once.
fn hashes(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for name in script.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        let Some((_, end)) = name.rsplit_once('_') else {
            continue;
        };
        let is_hash = end.len() == HASH && end.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash && !found.contains(&end) {
            found.push(end);
        }
    }
    found
}

/// Puts a number of the same length in the place of each hash. Hashes tell names of several
/// versions of a library apart and cannot be compressed; numbers do the one and can the other.
fn numbered(bytes: &[u8], hashes: &[&str]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(HASH) {
        let Some(hash) = bytes[at..]
            .strip_prefix(b"_")
            .map(|rest| &rest[..HASH.min(rest.len())])
        else {
            continue;
        };
        if let Some(number) = hashes.iter().position(|known| known.as_bytes() == hash) {
            out[at + 1..=at + HASH].copy_from_slice(format!("{number:0HASH$}").as_bytes());
        }
    }
    out
}

fn script(text: &str) -> Result<String> {
    let shrunk = minifier::js::minify(text).map_err(|error| anyhow!("{error}"))?;
    Ok(shrunk.to_string())
}

fn page(text: &str) -> Result<String> {
    let style = |text: &str| -> Result<String> {
        let shrunk = minifier::css::minify(text).map_err(|error| anyhow!("{error}"))?;
        Ok(format!("<style>{}</style>", shrunk.to_string().trim()))
    };
    let code = |text: &str| Ok(format!("<script>{}</script>", script(text)?));
    let text = between(text, "<!--", "-->", |_| Ok(String::new()))?;
    let text = between(&text, "<style>", "</style>", style)?;
    between(&text, "<script>", "</script>", code)
}

/// Replaces each part of a text that stands between two marks, and the marks with it.
fn between(
    text: &str,
    start: &str,
    end: &str,
    instead: impl Fn(&str) -> Result<String>,
) -> Result<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(start) {
        let (part, after) = after
            .split_once(end)
            .with_context(|| format!("{start} has no {end}"))?;
        out.push_str(before);
        out.push_str(&instead(part)?);
        rest = after;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_developers_read_is_left_out() {
        let text = "<!-- a --><style>/* b */\n.c > .d { top: calc(100% + 4px); }\n</style>\
            <p> e </p><script>\n// f\nlet g = 1;\n</script>";
        let expected = "<style>.c>.d{top:calc(100% + 4px);}</style>\
            <p> e </p><script>let g=1;</script>";
        assert_eq!(page(text).unwrap(), expected);
        assert!(page("<style>").is_err());
    }

    #[test]
    fn a_script_keeps_its_texts_and_patterns() {
        let kept = ["`${b}  //d`", "'/* e */'", r"/\[a ([^\]]+)\]/"];
        let [text, other, pattern] = kept;
        let body = format!("return {text} + {other} + {pattern}.exec(b);");
        let shrunk = script(&format!(
            "/** a */\nfunction f(b) {{\n    // c\n    {body}\n}}"
        ));
        let shrunk = shrunk.unwrap();
        for kept in kept {
            assert!(shrunk.contains(kept), "{shrunk}");
        }
        assert!(
            !shrunk.contains("// c") && !shrunk.contains("/** a"),
            "{shrunk}"
        );
    }

    #[test]
    fn names_keep_what_tells_them_apart() {
        let script = "a_0123456789abcdef(b_fedcba9876543210, a_0123456789abcdef, \
            c_0123456789abcde, 0123456789abcdff)";
        let hashes = hashes(script);
        assert_eq!(hashes, ["0123456789abcdef", "fedcba9876543210"]);
        let expected = "a_0000000000000000(b_0000000000000001, a_0000000000000000, \
            c_0123456789abcde, 0123456789abcdff)";
        assert_eq!(numbered(script.as_bytes(), &hashes), expected.as_bytes());
        let wasm = b"\0\x12b_fedcba9876543210\0a_0123456789abcdef";
        let expected = b"\0\x12b_0000000000000001\0a_0000000000000000";
        assert_eq!(numbered(wasm, &hashes), expected);
        assert_eq!(numbered(b"_", &hashes), b"_");
    }
}

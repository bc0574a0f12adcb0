//! Every text of the interface, in Japanese and English.
//!
//! One enum of keys and two tables. A missing text does not compile, because each table is one
//! `match`; tests refuse empty texts, placeholders (`{0}`, `{1}`) that differ between the
//! languages, and keys that nothing uses. There is no translation library: the two tables are some
//! ten kilobytes, and the few English plurals are written where they occur. The page downloads both
//! tables, so what only the command or the referee says stands in tables of its own, see `apart`.
//!
//! Tone. Japanese: です・ます in descriptions, nouns on buttons and headings. English: sentence case,
//! verbs first, no exclamation marks. Results are computed, never promised.

pub(super) mod apart;
mod en;
mod ja;
mod keys;
mod reasons;

pub use keys::Key;
pub use reasons::reason;

use crate::model::Language;

/// The text of a key.
#[must_use]
pub fn text(key: Key, language: Language) -> &'static str {
    match language {
        Language::Ja => ja::text(key),
        Language::En => en::text(key),
    }
}

/// The text of a key with its placeholders replaced: `{0}` by the first of `values`, and so on.
#[must_use]
pub fn fill(key: Key, language: Language, values: &[&str]) -> String {
    fill_template(text(key, language), values)
}

/// The name of a language in itself, for the switch.
#[must_use]
pub const fn own_name(language: Language) -> &'static str {
    match language {
        Language::Ja => "日本語",
        Language::En => "English",
    }
}

/// The code that HTML's `lang` attribute takes.
#[must_use]
pub const fn code(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

/// Replaces `{0}`, `{1}`, … in one pass, so that a value holding braces is not looked at again.
/// A placeholder without a value stays visible.
pub(super) fn fill_template(template: &str, values: &[&str]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').map(|end| at + end);
        let value = end.and_then(|end| {
            let index: usize = rest[at + 1..end].parse().ok()?;
            values.get(index)
        });
        match (value, end) {
            (Some(value), Some(end)) => {
                out.push_str(value);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('{');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use tests::check_text;

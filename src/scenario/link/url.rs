//! The query of a link: short, readable parameters.
//!
//! Names that are not ours are left alone, since mail programs and campaigns add their own. Our
//! names with a value that they cannot have, or twice, are refused.

use super::{Link, LinkError, Mode, View};
use crate::model::Language;
use crate::scenario::pointer::shorten;
use crate::units::SimDuration;

/// The parameters of a query.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub preset: Option<String>,
    pub view: View,
    pub edits_follow: bool,
}

/// Longest step and time, in digits.
const DIGITS_LIMIT: usize = 9;

pub(super) fn query(link: &Link) -> String {
    let mut query = format!("q={}", link.preset);
    let view = &link.view;
    match view.language {
        Some(Language::Ja) => query.push_str("&lang=ja"),
        Some(Language::En) => query.push_str("&lang=en"),
        None => {}
    }
    match view.mode {
        Mode::Full => {}
        Mode::Present => query.push_str("&mode=present"),
        Mode::Embed => query.push_str("&mode=embed"),
    }
    if let Some(step) = view.step {
        query.push_str(&format!("&step={step}"));
    }
    if let Some(at) = view.at {
        query.push_str(&format!("&t={}", at.whole_s()));
    }
    query
}

pub(super) fn parameters(query: &str) -> Result<Parameters, LinkError> {
    let mut found = Parameters::default();
    let mut seen = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let wrong = || LinkError::Parameter {
            name: name.to_string(),
            value: shorten(value),
        };
        match name {
            "q" => found.preset = Some(preset(value)?),
            "lang" => found.view.language = Some(language(value).ok_or_else(wrong)?),
            "mode" => found.view.mode = mode(value).ok_or_else(wrong)?,
            "step" => {
                let step = number(value).and_then(|step| u32::try_from(step).ok());
                found.view.step = Some(step.ok_or_else(wrong)?);
            }
            "t" => {
                let at = number(value).map(SimDuration::from_s);
                found.view.at = Some(at.ok_or_else(wrong)?);
            }
            "e" if value == "1" => found.edits_follow = true,
            "e" => return Err(wrong()),
            _ => continue,
        }
        if seen.contains(&name) {
            return Err(wrong());
        }
        seen.push(name);
    }
    Ok(found)
}

fn preset(value: &str) -> Result<String, LinkError> {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if (1..=40).contains(&value.len()) && value.bytes().all(fits) {
        Ok(value.to_string())
    } else {
        Err(super::unknown_preset(value))
    }
}

fn language(value: &str) -> Option<Language> {
    match value {
        "ja" => Some(Language::Ja),
        "en" => Some(Language::En),
        _ => None,
    }
}

fn mode(value: &str) -> Option<Mode> {
    match value {
        "present" => Some(Mode::Present),
        "embed" => Some(Mode::Embed),
        _ => None,
    }
}

fn number(value: &str) -> Option<u64> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && value.len() <= DIGITS_LIMIT)
        .then(|| value.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_written_and_read() {
        let link = Link {
            view: View {
                language: Some(Language::En),
                mode: Mode::Present,
                step: Some(2),
                at: Some(SimDuration::from_s(36_120)),
            },
            ..Link::to_preset("q1-2")
        };
        let text = query(&link);
        assert_eq!(text, "q=q1-2&lang=en&mode=present&step=2&t=36120");
        let read = parameters(&text).expect("valid");
        assert_eq!(
            (read.preset.as_deref(), read.view),
            (Some("q1-2"), link.view)
        );
        assert!(!read.edits_follow);
    }

    #[test]
    fn foreign_names_are_left_alone_and_wrong_values_are_refused() {
        assert!(parameters("utm_source=x&q=q1-2&fbclid").is_ok());
        let wrong = [
            "lang=fr",
            "lang=",
            "mode=full",
            "step=-1",
            "step=",
            "t=1.5",
            "e=2",
            "e",
            "q=A",
            "q=",
            "q=a&q=b",
            "t=99999999999",
            "step=9999999999",
        ];
        for query in wrong {
            assert!(parameters(query).is_err(), "{query}");
        }
    }
}

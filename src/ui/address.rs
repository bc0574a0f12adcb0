//! The address bar: reads the link that the page was opened with, and keeps it up to date.

use gloo::timers::callback::Timeout;
use tradewind::model::Language;
use tradewind::scenario::link::{self, Link, LinkError, Opened};
use tradewind::scenario::presets;
use tradewind::view::state::Work;
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// Longest address that is kept up to date as the visitor edits.
pub const MAX_LIVE_CHARACTERS: usize = 2_000;
/// The address follows after this long without another edit.
const FOLLOW_MS: u32 = 500;

/// The fragment that opens the validation page.
const VALIDATION: &str = "#validation";

/// What the address says.
pub enum Arrival {
    /// Nothing: the page itself was opened.
    Plain,
    /// The validation page over the visitor's own work.
    Validation,
    /// A link that opens.
    Opened(Box<Opened>),
    /// A link that does not.
    Broken(LinkError),
}

/// Reads the address.
pub fn arrival() -> Arrival {
    let Some((query, fragment)) = parts() else {
        return Arrival::Plain;
    };
    if fragment == VALIDATION {
        return Arrival::Validation;
    }
    if question().is_none() && fragment.is_empty() {
        return Arrival::Plain;
    }
    match link::decode(&query, &fragment).and_then(Link::open) {
        Ok(opened) => Arrival::Opened(Box::new(opened)),
        Err(error) => Arrival::Broken(error),
    }
}

/// The language that the address asks for.
pub fn language() -> Option<Language> {
    match parameter("lang")?.as_str() {
        "ja" => Some(Language::Ja),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// The id of the question that the address names.
pub fn question() -> Option<String> {
    parameter("q")
}

/// A parameter of the query, found even where the rest of the link is damaged.
fn parameter(name: &str) -> Option<String> {
    let (query, _) = parts()?;
    let mut pairs = query.strip_prefix('?').unwrap_or(&query).split('&');
    pairs.find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_string()))
}

fn parts() -> Option<(String, String)> {
    let location = web_sys::window()?.location();
    Some((location.search().ok()?, location.hash().ok()?))
}

/// The scenario that a link brought.
pub fn work_of(opened: &Opened) -> Work {
    let document = opened.scenario.document.clone();
    match presets::find(&opened.link.preset) {
        Some(preset) => {
            let base = preset.scenario().document;
            Work::new(Some(preset.id.to_string()), base).with_document(document)
        }
        None => Work::new(None, document),
    }
}

/// The link to a scenario.
pub fn link_to(work: &Work, language: Language) -> String {
    let preset = work.preset.as_deref().unwrap_or(link::BLANK_PRESET);
    let mut link = Link::to_document(preset, &work.document);
    link.view.language = Some(language);
    link::link_url(&here(), &link)
}

/// The address of the page, without query and fragment.
fn here() -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok());
    let href = href.unwrap_or_default();
    let end = href.find(['?', '#']).unwrap_or(href.len());
    href[..end].to_string()
}

/// Keeps the address up to date, so that copying it is enough. A scenario that does not fit keeps
/// only its question there.
#[hook]
pub fn use_live_address(work: Work, language: Language, is_quiet: bool) {
    use_effect_with((work, language, is_quiet), |(work, language, is_quiet)| {
        let (work, language) = (work.clone(), *language);
        let timer = (!is_quiet).then(|| {
            Timeout::new(FOLLOW_MS, move || {
                let full = link_to(&work, language);
                let url = if full.chars().count() <= MAX_LIVE_CHARACTERS {
                    full
                } else {
                    let id = work.preset.as_deref().unwrap_or(link::BLANK_PRESET);
                    link::link_url(&here(), &Link::to_preset(id))
                };
                let history = web_sys::window().and_then(|window| window.history().ok());
                if let Some(history) = history {
                    // Browsers refuse some hundred changes a minute; the next one will do.
                    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
                }
            })
        });
        move || drop(timer)
    });
}

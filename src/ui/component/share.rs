//! The share window: a link that is the whole experiment.

use serde_json::Value;
use tradewind::scenario::merge;
use tradewind::view::format;
use tradewind::view::state::{Action, Work};
use tradewind::view::text::Key;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::icon::{Icon, icon_button};
use super::memory::{Memory, remembering};
use super::window::window;
use crate::element::{El, Handler, el, handler, list};
use crate::store::Ui;
use crate::{address, files};

/// Where a link has to fit: what it is called and how many characters.
const PLACES: [(Key, usize); 2] = [(Key::ShareSlack, 4_000), (Key::ShareBrowsers, 8_000)];
/// What became of copying, by what the window remembers.
const SAID: [Option<Key>; 3] = [None, Some(Key::ShareCopied), Some(Key::ShareCopyFailed)];

/// The share window.
pub fn share(ui: &Ui, work: &Work, title: &str, on_save: Handler) -> Html {
    let (ui, title) = (ui.clone(), title.to_string());
    let link = address::link_to(work, ui.language());
    let n_changes = changes(work);
    remembering("share", move |memory| {
        let content = [
            el("p").text(&includes(&ui, n_changes)),
            el("textarea")
                .class("link-field")
                .flag("readonly", true)
                .testid("share-link")
                .label(ui.get(Key::ShareLinkLabel))
                .value(&link),
            ticks(&ui, &link),
            buttons(&ui, &link, &title, on_save.clone(), memory),
            el("p").class("muted small").text(ui.get(Key::SharePrivacy)),
        ];
        let on_close = ui.does(Action::SetDialog(None));
        let heading = ui.get(Key::ShareTitle);
        window(&ui, heading, "share-window", on_close, list(content), None)
    })
}

fn includes(ui: &Ui, n_changes: usize) -> String {
    match n_changes {
        0 => ui.get(Key::ShareIncludesNone).to_string(),
        n => ui.fill(Key::ShareIncludes, &[&n.to_string()]),
    }
}

/// How long the link is, and where it fits.
fn ticks(ui: &Ui, link: &str) -> El {
    let length = link.chars().count();
    let counted = ui.fill(Key::ShareLength, &[&format::count(length as f64)]);
    let marks = PLACES.map(|(place, most)| {
        let (class, glyph, key) = if length <= most {
            ("yes", "✓ ", Key::ShareFits)
        } else {
            ("no", "▲ ", Key::ShareTooLong)
        };
        let text = ui.fill(key, &[ui.get(place)]);
        el("span").class(class).text(glyph).text(&text)
    });
    let ticks = el("div").class("ticks");
    ticks
        .add(el("span").class("num").text(&counted))
        .each(marks)
}

fn buttons(ui: &Ui, link: &str, title: &str, on_save: Handler, memory: &Memory) -> El {
    let copy = |text: String| {
        let memory = memory.clone();
        handler(move |_| {
            let (memory, text) = (memory.clone(), text.clone());
            spawn_local(async move {
                let done = files::copy(&text).await;
                memory.set(if done.is_ok() { 1 } else { 2 });
            });
        })
    };
    let said = SAID.get(memory.value).copied().flatten();
    let said = said.map_or("", |key| ui.get(key));
    let plain = el("button").class("button primary").testid("share-copy");
    let markdown = el("button").class("button");
    let save = icon_button("button", Icon::File, on_save);
    el("div")
        .class("row")
        .add(
            plain
                .on_click(copy(link.to_string()))
                .text(ui.get(Key::ShareCopy)),
        )
        .add(
            markdown
                .on_click(copy(format!("[{title}]({link})")))
                .text(ui.get(Key::ShareCopyMarkdown)),
        )
        .add(save.text(ui.get(Key::SaveFile)))
        .add(el("span").set("role", "status").text(said))
}

/// Number of values that differ from the scenario as it was opened.
fn changes(work: &Work) -> usize {
    merge::diff(&work.base, &work.document).map_or(1, |patch| leaves(&patch))
}

fn leaves(patch: &Value) -> usize {
    match patch {
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

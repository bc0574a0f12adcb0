//! The share window: a link that is the whole experiment.

use serde_json::Value;
use tradewind::scenario::merge;
use tradewind::view::format;
use tradewind::view::state::{Action, Work};
use tradewind::view::text::Key;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::window::Window;
use crate::store::{use_dispatch, use_texts};
use crate::{address, files};

/// Where a link has to fit: what it is called and how many characters.
const PLACES: [(Key, usize); 2] = [(Key::ShareSlack, 4_000), (Key::ShareBrowsers, 8_000)];

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario on screen.
    pub work: Work,
    /// Its title.
    pub title: AttrValue,
    /// Saves it to a file.
    pub on_save: Callback<()>,
}

/// The share window.
#[component]
pub fn Share(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let said = use_state(|| None::<Key>);
    let link = use_memo((props.work.clone(), texts), |(work, texts)| {
        address::link_to(work, texts.0)
    });
    let copy = |text: String| {
        let said = said.setter();
        Callback::from(move |_: MouseEvent| {
            let (said, text) = (said.clone(), text.clone());
            spawn_local(async move {
                let done = files::copy(&text).await;
                said.set(Some(if done.is_ok() {
                    Key::ShareCopied
                } else {
                    Key::ShareCopyFailed
                }));
            });
        })
    };
    let n_changes = changes(&props.work);
    let includes = match n_changes {
        0 => texts.get(Key::ShareIncludesNone).to_string(),
        n => texts.fill(Key::ShareIncludes, &[&n.to_string()]),
    };
    let length = link.chars().count();
    let counted = format::count(length as f64);
    let marks = PLACES.map(|(place, most)| {
        let (class, glyph, key) = if length <= most {
            ("yes", "✓ ", Key::ShareFits)
        } else {
            ("no", "▲ ", Key::ShareTooLong)
        };
        html! { <span {class}>{ glyph }{ texts.fill(key, &[texts.get(place)]) }</span> }
    });
    let markdown = format!("[{}]({})", props.title, *link);
    html! {
        <Window title={texts.get(Key::ShareTitle)} testid="share-window"
            on_close={dispatch.always(Action::SetDialog(None))}>
            <p>{ includes }</p>
            <textarea class="link-field" readonly=true data-testid="share-link"
                aria-label={texts.get(Key::ShareLinkLabel)} value={(*link).clone()} />
            <div class="ticks">
                <span class="num">{ texts.fill(Key::ShareLength, &[&counted]) }</span>
                { for marks }
            </div>
            <div class="row">
                <button class="button primary" data-testid="share-copy"
                    onclick={copy((*link).clone())}>
                    { texts.get(Key::ShareCopy) }
                </button>
                <button class="button" onclick={copy(markdown)}>
                    { texts.get(Key::ShareCopyMarkdown) }
                </button>
                <button class="button" onclick={props.on_save.reform(|_| ())}>
                    <Glyph icon={Icon::File} />{ texts.get(Key::SaveFile) }
                </button>
                <span role="status">{ said.map(|key| texts.get(key)) }</span>
            </div>
            <p class="muted small">{ texts.get(Key::SharePrivacy) }</p>
        </Window>
    }
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

//! The page for a link that does not open: why, and two ways on. It never shows another scenario
//! as if it were the one that was meant.

use tradewind::scenario::link::LinkError;
use tradewind::view::text::Key;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::store::use_texts;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Why.
    pub error: LinkError,
    /// Opens the question that the link names, or the first one.
    pub on_question: Callback<()>,
}

/// The page for a link that does not open.
#[component]
pub fn BrokenLink(props: &Props) -> Html {
    let texts = use_texts();
    let pasting = use_state(|| false);
    let causes: &[Key] = match &props.error {
        LinkError::UnknownCodec { .. } => &[Key::BrokenLinkNewer],
        LinkError::UnknownPreset { .. } => &[Key::BrokenLinkUnknown],
        LinkError::Findings(_) | LinkError::Parameter { .. } => &[Key::BrokenLinkContent],
        _ => &[
            Key::BrokenLinkCut,
            Key::BrokenLinkEdited,
            Key::BrokenLinkNewer,
        ],
    };
    let on_paste = {
        let pasting = pasting.setter();
        Callback::from(move |_: MouseEvent| pasting.set(true))
    };
    let oninput = Callback::from(|event: InputEvent| {
        let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
        go_to(text.trim());
    });
    html! {
        <main class="page-message" data-testid="broken-link">
            <h1>{ texts.get(Key::BrokenLinkTitle) }</h1>
            <ul>{ for causes.iter().map(|cause| html! { <li>{ texts.get(*cause) }</li> }) }</ul>
            <p class="muted small">
                { texts.fill(Key::BrokenLinkDetail, &[&props.error.to_string()]) }
            </p>
            <div class="row">
                <button class="button primary" data-testid="open-question"
                    onclick={props.on_question.reform(|_| ())}>
                    { texts.get(Key::OpenQuestion) }
                </button>
                { " " }
                <button class="button" data-testid="paste-again" onclick={on_paste}>
                    { texts.get(Key::PasteAgain) }
                </button>
            </div>
            if *pasting {
                <textarea class="link-field" aria-label={texts.get(Key::PasteLabel)}
                    placeholder={texts.get(Key::PasteLabel)} {oninput} />
            }
        </main>
    }
}

/// Opens the query and the fragment of a pasted link on this page.
fn go_to(text: &str) {
    let Some(start) = text.find(['?', '#']) else {
        return;
    };
    let location = web_sys::window().map(|window| window.location());
    if let Some(location) = location {
        let path = location.pathname().unwrap_or_default();
        // The same document with another fragment is not loaded again by itself.
        let _ = location.set_href(&format!("{path}{}", &text[start..]));
        let _ = location.reload();
    }
}

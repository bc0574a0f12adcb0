//! The page for a link that does not open: why, and two ways on. It never shows another scenario
//! as if it were the one that was meant.

use tradewind::model::Language;
use tradewind::scenario::link::LinkError;
use tradewind::view::findings;
use tradewind::view::text::Key;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::memory::{Memory, remembering};
use crate::element::{Handler, On, el, handler};
use crate::store::{Texts, Ui};

/// The page for a link that does not open. `on_question` opens the question that the link names, or
/// the first one when `is_known` says that there is no such question.
pub fn broken_link(
    ui: &Ui,
    error: &LinkError,
    is_known: bool,
    on_question: impl Fn(Event) + 'static,
) -> Html {
    let causes: &'static [Key] = match error {
        LinkError::UnknownCodec { .. } => &[Key::BrokenLinkNewer],
        LinkError::UnknownPreset { .. } => &[Key::BrokenLinkUnknown],
        LinkError::Findings(_) | LinkError::Parameter { .. } => &[Key::BrokenLinkContent],
        _ => &[
            Key::BrokenLinkCut,
            Key::BrokenLinkEdited,
            Key::BrokenLinkNewer,
        ],
    };
    let message = Message {
        texts: ui.texts,
        causes,
        detail: detail(error, ui.language()),
        question: if is_known {
            Key::OpenQuestion
        } else {
            Key::OpenFirstQuestion
        },
        on_question: handler(on_question),
    };
    remembering("broken-link", move |memory| draw(&message, memory))
}

/// What in the link is not understood, where it can be named; it needs no translation.
fn detail(error: &LinkError, language: Language) -> Option<String> {
    match error {
        LinkError::UnknownCodec { codec } => Some(codec.clone()),
        LinkError::UnknownPreset { id, .. } => Some(id.clone()),
        LinkError::Parameter { name, value } => Some(format!("{name}={value}")),
        LinkError::Findings(found) => found.first().map(|one| {
            let line = findings::line(one, language);
            format!("{} {}", line.path, line.problem)
        }),
        _ => None,
    }
}

/// What the page says.
struct Message {
    texts: Texts,
    causes: &'static [Key],
    detail: Option<String>,
    question: Key,
    on_question: Handler,
}

fn draw(message: &Message, memory: &Memory) -> Html {
    let (texts, causes) = (message.texts, message.causes);
    // A damaged link does not say what happened to it.
    let is_guess = causes.len() > 1;
    let detail = message.detail.as_ref().map(|detail| {
        let detail = texts.fill(Key::BrokenLinkDetail, &[detail]);
        el("p").class("muted small").text(&detail)
    });
    let is_pasting = memory.value == 1;
    let on_paste = {
        let memory = memory.clone();
        handler(move |_| memory.set(1))
    };
    let causes = causes.iter().map(|cause| el("li").text(texts.get(*cause)));
    let question = el("button")
        .class("button primary")
        .testid("open-question")
        .on_click(message.on_question.clone())
        .text(texts.get(message.question));
    let paste = el("button")
        .class("button")
        .testid("paste-again")
        .on_click(on_paste)
        .text(texts.get(Key::PasteAgain));
    let field = el("textarea")
        .class("link-field")
        .label(texts.get(Key::PasteLabel))
        .set("placeholder", texts.get(Key::PasteLabel))
        .on(
            On::Input,
            handler(|event| {
                let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
                go_to(text.trim());
            }),
        );
    el("main")
        .class("page-message")
        .testid("broken-link")
        .add(el("h1").text(texts.get(Key::BrokenLinkTitle)))
        .maybe(is_guess.then(|| el("p").text(texts.get(Key::BrokenLinkCauses))))
        .add(el("ul").each(causes))
        .maybe(detail)
        .add(el("div").class("row").add(question).text(" ").add(paste))
        .maybe(is_pasting.then_some(field))
        .into()
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

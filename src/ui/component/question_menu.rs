//! The list of questions that come with the program.

use std::rc::Rc;

use tradewind::scenario::{Scenario, presets};
use tradewind::view::state::{Action, Work};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::icon::{Icon, glyph};
use super::menu::menu;
use crate::element::{Handler, el, handler, list};
use crate::store::Ui;

/// A question: its id and its scenario.
pub type Question = (&'static str, Rc<Scenario>);

/// The questions, parsed once: the list is part of the program.
#[hook]
pub fn use_questions() -> Rc<Vec<Question>> {
    use_memo((), |()| {
        let parsed = presets::list().iter();
        parsed
            .map(|preset| (preset.id, Rc::new(preset.scenario())))
            .collect()
    })
}

/// The list of questions; `current` is the one that is open, if one is.
pub fn question_menu(
    ui: &Ui,
    questions: &[Question],
    current: Option<&str>,
    on_open: Handler,
) -> Html {
    let items = questions.iter().map(|(id, scenario)| {
        let (store, id, chosen) = (ui.store.clone(), *id, Rc::clone(scenario));
        let on_click = handler(move |_| {
            let work = Work::new(Some(id.to_string()), chosen.document.clone());
            store.send(Action::Open(work, None));
        });
        let title = scenario.title.get(ui.language());
        let question = scenario.question.get(ui.language());
        el("button")
            .on_click(on_click)
            .truth("aria-current", current == Some(id))
            .testid(&format!("question-{id}"))
            .add(el("b").text(&format!("{} {title}", id.to_ascii_uppercase())))
            .add(el("span").class("muted").text(question))
    });
    let open = el("button").on_click(on_open).add(glyph(Icon::Open));
    let open = open.text(" ").text(ui.get(Key::OpenFile));
    let buttons = list(items.chain([open]));
    menu(ui.get(Key::Questions), "questions", buttons)
}

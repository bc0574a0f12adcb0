//! The list of questions that come with the program.

use std::rc::Rc;

use tradewind::scenario::presets;
use tradewind::view::state::{Action, Work};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::menu::Menu;
use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Id of the preset that is open, if one is.
    pub current: Option<AttrValue>,
    /// Opens a file.
    pub on_open: Callback<()>,
}

/// The list of questions.
#[component]
pub fn QuestionMenu(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    // Parsed once: the list is part of the program.
    let questions = use_memo((), |()| {
        let parsed = presets::list().iter();
        parsed
            .map(|preset| (preset.id, Rc::new(preset.scenario())))
            .collect::<Vec<_>>()
    });
    let items = questions.iter().map(|(id, scenario)| {
        let is_current = props.current.as_deref() == Some(id);
        let chosen = Rc::clone(scenario);
        let id = *id;
        let onclick = dispatch.callback(move |_| {
            let work = Work::new(Some(id.to_string()), chosen.document.clone());
            Action::Open(work, None)
        });
        html! {
            <button {onclick} aria-current={is_current.to_string()}
                data-testid={format!("question-{id}")}>
                <b>{ format!("{} {}", id.to_ascii_uppercase(), scenario.title.get(texts.0)) }</b>
                <span class="muted">{ scenario.question.get(texts.0) }</span>
            </button>
        }
    });
    html! {
        <Menu label={texts.get(Key::Questions)} testid="questions">
            { for items }
            <button onclick={props.on_open.reform(|_| ())}>
                <Glyph icon={Icon::Open} />{ " " }{ texts.get(Key::OpenFile) }
            </button>
        </Menu>
    }
}

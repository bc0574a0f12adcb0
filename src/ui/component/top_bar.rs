//! The bar at the top: what is open, and what can be done with it as a whole.

use tradewind::view::state::{Action, Dialog, Panel};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::question_menu::QuestionMenu;
use super::settings::{LanguageChoice, ThemeChoice};
use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Title of the scenario.
    pub title: AttrValue,
    /// Id of the preset that is open, if one is.
    pub preset: Option<AttrValue>,
    /// Whether a step can be undone.
    pub can_undo: bool,
    /// Whether a step can be done again.
    pub can_redo: bool,
    /// Opens a file.
    pub on_open: Callback<()>,
    /// Saves to a file.
    pub on_save: Callback<()>,
}

/// The bar at the top.
#[component]
pub fn TopBar(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let button = |icon, key, class: &'static str, enabled: bool, on: Callback<MouseEvent>| {
        let name = texts.get(key);
        html! {
            <button class={classes!("button", "icon", class)} title={name} aria-label={name}
                disabled={!enabled} onclick={on}>
                <Glyph {icon} />
            </button>
        }
    };
    let undo = dispatch.always(Action::Undo);
    let redo = dispatch.always(Action::Redo);
    html! {
        <header class="top">
            <span class="brand"><Glyph icon={Icon::Wind} /><span>{ "Tradewind" }</span></span>
            <h1 id="title">{ &props.title }</h1>
            <QuestionMenu current={props.preset.clone()} on_open={props.on_open.clone()} />
            <span class="grow desk" />
            { button(Icon::Undo, Key::Undo, "", props.can_undo, undo) }
            { button(Icon::Redo, Key::Redo, "desk", props.can_redo, redo) }
            { button(Icon::Open, Key::OpenFile, "desk", true, props.on_open.reform(|_| ())) }
            { button(Icon::File, Key::SaveFile, "desk", true, props.on_save.reform(|_| ())) }
            <button class="button icon open-side desk" data-testid="open-side"
                title={texts.get(Key::PanelInspector)} aria-label={texts.get(Key::RegionPanel)}
                onclick={dispatch.always(Action::SetPanel(Panel::Inspector))}>
                <Glyph icon={Icon::Panel} />
            </button>
            <button class="button primary" data-testid="share"
                onclick={dispatch.always(Action::SetDialog(Some(Dialog::Share)))}>
                <Glyph icon={Icon::Share} />{ texts.get(Key::Share) }
            </button>
            <span class="desk"><LanguageChoice /></span>
            <span class="desk"><ThemeChoice /></span>
            <button class="button icon" data-testid="help" aria-label={texts.get(Key::Help)}
                title={texts.get(Key::Help)}
                onclick={dispatch.always(Action::SetDialog(Some(Dialog::Help)))}>
                { "?" }
            </button>
        </header>
    }
}

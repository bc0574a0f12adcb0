//! Language and colours.

use tradewind::model::Language;
use tradewind::view::state::{Action, Theme};
use tradewind::view::text::{self, Key};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::store::{use_dispatch, use_texts};

/// Chooses the language.
#[component]
pub fn LanguageChoice() -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let onchange = dispatch.callback(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        Action::SetLanguage(match chosen.as_str() {
            "en" => Language::En,
            _ => Language::Ja,
        })
    });
    html! {
        <select class="field" data-testid="language" aria-label={texts.get(Key::Language)}
            {onchange}>
            { for [Language::Ja, Language::En].map(|language| html! {
                <option value={text::code(language)} selected={language == texts.0}
                    lang={text::code(language)}>
                    { text::own_name(language) }
                </option>
            }) }
        </select>
    }
}

/// Chooses the colours.
#[component]
pub fn ThemeChoice() -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let theme: Theme = use_context().unwrap_or_default();
    let onchange = dispatch.callback(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        Action::SetTheme(match chosen.as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        })
    });
    let themes = [
        (Theme::System, "system", Key::ThemeSystem),
        (Theme::Light, "light", Key::ThemeLight),
        (Theme::Dark, "dark", Key::ThemeDark),
    ];
    html! {
        <select class="field" data-testid="theme" aria-label={texts.get(Key::Theme)} {onchange}>
            { for themes.map(|(choice, value, key)| html! {
                <option {value} selected={choice == theme}>{ texts.get(key) }</option>
            }) }
        </select>
    }
}

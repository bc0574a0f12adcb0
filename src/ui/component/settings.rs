//! Language and colours.

use tradewind::model::Language;
use tradewind::view::state::{Action, Theme};
use tradewind::view::text::{self, Key};

use crate::element::{El, chosen, el, handler, option};
use crate::store::Ui;

/// Chooses the language.
pub fn language_choice(ui: &Ui) -> El {
    let store = ui.store.clone();
    let on_change = handler(move |event| {
        store.send(Action::SetLanguage(match chosen(&event).as_str() {
            "en" => Language::En,
            _ => Language::Ja,
        }));
    });
    let items = [Language::Ja, Language::En].map(|language| {
        let code = text::code(language);
        let name = text::own_name(language);
        option(code, name, language == ui.language()).set("lang", code)
    });
    el("select")
        .class("field")
        .testid("language")
        .label(ui.get(Key::Language))
        .on_change(on_change)
        .each(items)
}

/// Chooses the colours.
pub fn theme_choice(ui: &Ui) -> El {
    let store = ui.store.clone();
    let on_change = handler(move |event| {
        store.send(Action::SetTheme(match chosen(&event).as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }));
    });
    let now = ui.store.state().theme;
    let themes = [
        (Theme::System, "system", Key::ThemeSystem),
        (Theme::Light, "light", Key::ThemeLight),
        (Theme::Dark, "dark", Key::ThemeDark),
    ];
    let items = themes.map(|(theme, value, key)| option(value, ui.get(key), theme == now));
    el("select")
        .class("field")
        .testid("theme")
        .label(ui.get(Key::Theme))
        .on_change(on_change)
        .each(items)
}

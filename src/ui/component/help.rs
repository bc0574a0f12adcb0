//! How to use the page, its keys, its limits, and the settings.

use tradewind::view::state::{Action, Dialog};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::settings::{language_choice, theme_choice};
use super::window::window;
use crate::element::{El, el, list};
use crate::store::Ui;

const KEYS: [(&[&str], Key); 6] = [
    (&["Ctrl+Z", "Ctrl+Y"], Key::HelpKeyUndo),
    (&["Ctrl+S", "Ctrl+O"], Key::HelpKeyFile),
    (&["Space"], Key::HelpKeyPlay),
    (&["←", "→", "Shift", "Alt"], Key::HelpKeySeek),
    (&["Home", "End"], Key::HelpKeyEnds),
    (&["Tab", "←↑→↓", "Enter"], Key::HelpKeySelect),
];

/// The help window.
pub fn help(ui: &Ui) -> Html {
    let line = |keys: &[Key]| {
        let texts: Vec<_> = keys.iter().map(|key| ui.get(*key)).collect();
        el("p").text(&ui.texts.sentences(&texts))
    };
    let heading = |key| el("h3").text(ui.get(key));
    let keys = KEYS.into_iter().flat_map(|(names, key)| {
        let names = names.iter().fold(el("span"), |names, name| {
            names.add(el("kbd").text(name)).text(" ")
        });
        [names, el("span").text(ui.get(key))]
    });
    let settings = el("div").class("row");
    let validation = el("button")
        .class("button")
        .testid("open-validation")
        .on_click(ui.does(Action::SetDialog(Some(Dialog::Validation))))
        .text(ui.get(Key::Validation));
    let content: [El; 10] = [
        line(&[Key::ProductSentence]),
        line(&[Key::HelpCompare]),
        line(&[Key::HelpEdit, Key::HelpFault]),
        settings.add(language_choice(ui)).add(theme_choice(ui)),
        heading(Key::HelpKeys),
        el("div").class("keys").each(keys),
        heading(Key::HelpLimits),
        line(&[Key::HelpGiven, Key::LimitsLine]),
        el("div").class("row").add(validation),
        line(&[Key::NotAffiliated]).class("muted small"),
    ];
    let on_close = ui.does(Action::SetDialog(None));
    window(
        ui,
        ui.get(Key::HelpTitle),
        "help-window",
        on_close,
        list(content),
        None,
    )
}

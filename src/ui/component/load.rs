//! The window for a table of measured load: paste it, see what is understood, take it.

use tradewind::model::Finding;
use tradewind::units::SimDuration;
use tradewind::view::load::{COUNTED, Look, MINUTES, look};
use tradewind::view::state::{Action, Dialog};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::files::finding_items;
use super::window::window;
use crate::element::{El, Handler, On, chosen, el, handler, list, option};
use crate::store::Ui;

/// The button that opens the window.
pub fn load_button(ui: &Ui) -> El {
    el("button")
        .class("button")
        .testid("open-load")
        .on_click(ui.does(Action::SetDialog(Some(Dialog::Load(String::new())))))
        .text(ui.get(Key::LoadButton))
}

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What all parts share.
    pub ui: Ui,
    /// The text that the window begins with.
    pub text: String,
    /// How long the run is.
    pub run: SimDuration,
}

/// What was typed and chosen.
#[derive(Clone, PartialEq)]
struct Typed {
    table: String,
    counted: usize,
    minutes: u64,
}

/// The window.
#[component]
pub fn LoadWindow(props: &Props) -> Html {
    let ui = &props.ui;
    let typed = use_state(|| Typed {
        table: props.text.clone(),
        counted: 0,
        minutes: MINUTES[1],
    });
    let change = |apply: fn(&mut Typed, String)| -> Handler {
        let typed = typed.clone();
        handler(move |event| {
            let mut next = (*typed).clone();
            apply(&mut next, chosen(&event));
            typed.set(next);
        })
    };
    let usual = SimDuration::from_min(typed.minutes);
    let (per, _) = COUNTED[typed.counted];
    let seen = look(&typed.table, per, usual, props.run, ui.language());
    let table = el("textarea")
        .class("link-field table-field")
        .set("spellcheck", "false")
        .set("placeholder", "2026-11-22 10:00, 1250")
        .testid("load-table")
        .label(ui.get(Key::LoadTable))
        .value(&typed.table)
        .on(On::Input, change(|typed, it| typed.table = it));
    let counted = COUNTED
        .iter()
        .enumerate()
        .map(|(at, (_, key))| option(&at.to_string(), ui.get(*key), at == typed.counted));
    let counted = el("select")
        .class("field")
        .flag("disabled", seen.is_counted)
        .testid("load-per")
        .on_change(change(|typed, it| {
            typed.counted = it.parse().unwrap_or(typed.counted).min(COUNTED.len() - 1);
        }))
        .each(counted);
    let minutes = MINUTES.map(|it| option(&it.to_string(), &it.to_string(), it == typed.minutes));
    let minutes = el("select")
        .class("field")
        .flag("disabled", seen.is_timed)
        .testid("load-every")
        .on_change(change(|typed, it| {
            typed.minutes = it.parse().unwrap_or(typed.minutes);
        }))
        .each(minutes);
    let named = |key, field: El| el("label").text(ui.get(key)).text(" ").add(field);
    let choices = el("div")
        .class("row")
        .add(named(Key::LoadCounts, counted))
        .add(named(Key::LoadEvery, minutes));
    let content = [
        el("p").text(ui.get(Key::LoadHelp)),
        table,
        choices,
        answer(ui, &seen, typed.table.trim().is_empty()),
        take(ui, seen),
    ];
    let on_close = ui.does(Action::SetDialog(None));
    let title = ui.get(Key::LoadTitle);
    window(ui, title, "load-window", on_close, list(content), None)
}

/// What is understood, or what is wrong; nothing before there is a table.
fn answer(ui: &Ui, seen: &Look, is_empty: bool) -> El {
    let findings: &[Finding] = if is_empty { &[] } else { &seen.findings };
    el("div")
        .set("role", "status")
        .testid("load-answer")
        .add(el("p").text(&seen.understood))
        .add(el("ul").class("findings").each(finding_items(ui, findings)))
}

fn take(ui: &Ui, seen: Look) -> El {
    let button = el("button")
        .class("button primary")
        .testid("load-take")
        .text(ui.get(Key::LoadTake));
    let row = el("div").class("row");
    match seen.profile {
        Some(profile) => row.add(button.on_click(ui.does(Action::SetLoad(profile)))),
        None => row.add(button.flag("disabled", true)),
    }
}

//! The bar at the top: what is open, and what can be done with it as a whole.

use tradewind::view::state::{Action, Dialog, Panel, State};
use tradewind::view::text::Key;

use super::files::Files;
use super::icon::{Icon, glyph, icon_button};
use super::question_menu::{Question, question_menu};
use super::settings::{language_choice, theme_choice};
use crate::element::{El, el, on_any};
use crate::store::Ui;

/// The bar at the top.
pub fn top_bar(ui: &Ui, title: &str, state: &State, questions: &[Question], files: &Files) -> El {
    let (open, save) = (on_any(&files.open), on_any(&files.save));
    let brand = el("span").class("brand").add(glyph(Icon::Wind));
    let panel = ui.does(Action::SetPanel(Panel::Inspector));
    let share = ui.does(Action::SetDialog(Some(Dialog::Share)));
    let help = ui.does(Action::SetDialog(Some(Dialog::Help)));
    let current = state.work().preset.as_deref();
    let history = state.history();
    let undo = icon_button("button icon", Icon::Undo, ui.does(Action::Undo));
    let redo = icon_button("button icon desk", Icon::Redo, ui.does(Action::Redo));
    let open_file = icon_button("button icon desk", Icon::Open, open.clone());
    let save_file = icon_button("button icon desk", Icon::File, save);
    let open_side = icon_button("button icon open-side desk", Icon::Panel, panel);
    el("header")
        .class("top")
        .add(brand.add(el("span").text("Tradewind")))
        .add(el("h1").set("id", "title").text(title))
        .add(question_menu(ui, questions, current, open))
        .add(el("span").class("grow desk"))
        .add(
            undo.name(ui.get(Key::Undo))
                .flag("disabled", !history.can_undo()),
        )
        .add(
            redo.name(ui.get(Key::Redo))
                .flag("disabled", !history.can_redo()),
        )
        .add(open_file.name(ui.get(Key::OpenFile)))
        .add(save_file.name(ui.get(Key::SaveFile)))
        .add(
            open_side
                .testid("open-side")
                .set("title", ui.get(Key::PanelInspector))
                .label(ui.get(Key::RegionPanel)),
        )
        .add(
            icon_button("button primary", Icon::Share, share)
                .testid("share")
                .text(ui.get(Key::Share)),
        )
        .add(el("span").class("desk").add(language_choice(ui)))
        .add(el("span").class("desk").add(theme_choice(ui)))
        .add(
            el("button")
                .class("button icon")
                .testid("help")
                .name(ui.get(Key::Help))
                .on_click(help)
                .text("?"),
        )
}

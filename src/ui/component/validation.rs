//! The validation window: what the engine's own functions give for cases with known outcomes, run
//! in this browser.
//!
//! It is a screen of the referee, which ends with the window.

use std::rc::Rc;

use tradewind::view::referee::Job;
use tradewind::view::state::Action;
use tradewind::view::text::Key;
use web_sys::Element;
use yew::prelude::*;

use super::window::window;
use crate::element::{el, list};
use crate::referee::screen::Screen;
use crate::store::Ui;

/// The validation window.
pub fn validation(ui: &Ui) -> Html {
    let language = ui.language();
    let guest = Callback::from(move |root: Element| -> Rc<dyn std::any::Any> {
        let job = Job::Open { language };
        Rc::new(Screen::open(root, language, job, Callback::noop()))
    });
    let on_close = ui.does(Action::SetDialog(None));
    let title = ui.get(Key::Validation);
    let content = list([el("div").class("screen").set("data-place", "page")]);
    window(
        ui,
        title,
        "validation-window",
        on_close,
        content,
        Some(guest),
    )
}

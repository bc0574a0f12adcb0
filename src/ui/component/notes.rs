//! Lines below the top bar and the toast: what the page has to say besides results.

use std::cell::Cell;

use gloo::timers::callback::Interval;
use tradewind::model::Region;
use tradewind::view::state::{Action, Notice, Slot, State};
use tradewind::view::text::Key;
use tradewind::view::words;
use web_sys::Element;
use yew::prelude::*;

use super::icon::{Icon, icon_button};
use crate::boot;
use crate::element::{El, Handler, el, handler};
use crate::files;
use crate::store::Ui;

/// Lines below the top bar: why the engine failed, whose work is shown, the last notice, and
/// whether the browser stores the work.
pub fn notes(ui: &Ui, state: &State, failure: Option<&str>, is_stored: bool) -> El {
    let shared = (state.slot() == Slot::Shared).then(|| {
        note(ui, "note", Key::SharedSlot)
            .testid("shared-note")
            .add(button(ui, Key::KeepCopy, ui.does(Action::KeepCopy)).testid("keep-copy"))
            .add(button(ui, Key::BackToOwn, ui.does(Action::LeaveShared)).testid("back-to-own"))
    });
    let storage = (!is_stored).then(|| {
        let note = el("div").class("note warn").set("role", "status");
        note.testid("storage-blocked")
            .text(ui.get(Key::StorageBlocked))
    });
    el("div")
        .class("notes")
        .maybe(failure.map(|report| failed(ui, report)))
        .maybe(shared)
        .maybe(noticed(ui, state.notice.as_ref()))
        .maybe(storage)
}

fn note(ui: &Ui, class: &str, key: Key) -> El {
    let note = el("div").class(class);
    note.add(el("span").class("grow").text(ui.get(key)))
}

fn button(ui: &Ui, key: Key, on_click: Handler) -> El {
    let button = el("button").class("button");
    button.on_click(on_click).text(ui.get(key))
}

fn failed(ui: &Ui, report: &str) -> El {
    let report = report.to_string();
    let copy = handler(move |_| {
        let report = report.clone();
        wasm_bindgen_futures::spawn_local(async move {
            // Refused copying leaves the report where it is.
            let _ = files::copy(&report).await;
        });
    });
    note(ui, "note crit", Key::WorkerFailed)
        .set("role", "alert")
        .testid("engine-failure")
        .add(button(ui, Key::CopyReport, copy))
}

fn noticed(ui: &Ui, notice: Option<&Notice>) -> Option<El> {
    let close = || {
        let dismiss = ui.does(Action::Dismiss);
        icon_button("button icon quiet", Icon::Close, dismiss).label(ui.get(Key::Dismiss))
    };
    let note = match notice? {
        Notice::EditsLost => note(ui, "note warn", Key::EditsLost).testid("edits-lost"),
        Notice::Resumed => {
            let store = ui.store.clone();
            let example = handler(move |_| {
                let first = boot::question(tradewind::scenario::link::FIRST_PRESET);
                store.send(Action::Open(first, None));
            });
            note(ui, "note", Key::Resumed).testid("resumed").add(button(
                ui,
                Key::BackToExample,
                example,
            ))
        }
        _ => return None,
    };
    Some(note.set("role", "status").add(close()))
}

/// How long the toast stays, in steps of [`STEP_MS`].
const STEPS: u32 = 20;
/// How often it is looked at whether somebody is at the toast, in milliseconds.
const STEP_MS: u32 = 500;

#[derive(Properties, PartialEq)]
pub struct ToastProps {
    /// Texts, and the way to undo.
    pub ui: Ui,
    /// The last change.
    pub notice: Notice,
    /// Where zones have their names from.
    pub region: Region,
    /// The title of the scenario.
    pub title: String,
}

/// The last change, with a way back. It goes after ten seconds in which nobody points at it or has
/// the focus in it.
#[component]
pub fn Toast(props: &ToastProps) -> Html {
    let ToastProps {
        ui,
        notice,
        region,
        title,
    } = props;
    let node = use_node_ref();
    {
        let (node, store) = (node.clone(), ui.store.clone());
        use_effect_with(notice.clone(), move |_| {
            let left = Cell::new(STEPS);
            let timer = Interval::new(STEP_MS, move || {
                let toast = node.cast::<Element>();
                let is_held = toast.and_then(|it| it.matches(":hover, :focus-within").ok());
                if is_held != Some(true) {
                    left.set(left.get().saturating_sub(1));
                }
                if left.get() == 0 {
                    store.send(Action::Dismiss);
                }
            });
            move || drop(timer)
        });
    }
    let fault = |key, fault| ui.fill(key, &[&words::fault(fault, *region, ui.language())]);
    let text = match notice {
        Notice::FaultAdded(added) => fault(Key::FaultToast, added),
        Notice::FaultRemoved(removed) => fault(Key::FaultRemovedToast, removed),
        _ => ui.fill(Key::Opened, &[title]),
    };
    let close = icon_button("button icon", Icon::Close, ui.does(Action::Dismiss));
    el("div")
        .class("toast")
        .node(&node)
        .set("role", "status")
        .testid("toast")
        .add(el("span").text(&text))
        .add(button(ui, Key::Undo, ui.does(Action::Undo)).testid("toast-undo"))
        .add(close.label(ui.get(Key::Dismiss)))
        .into()
}

//! Lines below the top bar and the toast: what the page has to say besides results.

use tradewind::model::Region;
use tradewind::view::state::{Action, Notice, Slot, State};
use tradewind::view::text::Key;
use tradewind::view::words;

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

/// The last change, with a way back.
pub fn toast(ui: &Ui, notice: Option<&Notice>, region: Region, title: &str) -> Option<El> {
    let fault = |key, fault| ui.fill(key, &[&words::fault(fault, region, ui.language())]);
    let text = match notice? {
        Notice::FaultAdded(added) => fault(Key::FaultToast, added),
        Notice::FaultRemoved(removed) => fault(Key::FaultRemovedToast, removed),
        Notice::Opened => ui.fill(Key::Opened, &[title]),
        _ => return None,
    };
    let close = icon_button("button icon", Icon::Close, ui.does(Action::Dismiss));
    let toast = el("div")
        .class("toast")
        .set("role", "status")
        .testid("toast")
        .add(el("span").text(&text))
        .add(button(ui, Key::Undo, ui.does(Action::Undo)).testid("toast-undo"))
        .add(close.label(ui.get(Key::Dismiss)));
    Some(toast)
}

//! Lines below the top bar and the toast: what the page has to say besides results.

use tradewind::model::Region;
use tradewind::view::state::{Action, Notice, Slot};
use tradewind::view::text::Key;
use tradewind::view::words;
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use crate::boot;
use crate::files;
use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct NotesProps {
    /// The slot on screen.
    pub slot: Slot,
    /// The last notice.
    pub notice: Option<Notice>,
    /// Why the engine failed, if it did.
    pub failure: Option<AttrValue>,
    /// False when the browser refuses to store.
    pub is_stored: bool,
}

/// Lines below the top bar.
#[component]
pub fn Notes(props: &NotesProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let close = || {
        html! {
            <button class="button icon quiet" aria-label={texts.get(Key::Dismiss)}
                onclick={dispatch.always(Action::Dismiss)}>
                <Glyph icon={Icon::Close} />
            </button>
        }
    };
    let failure = props.failure.as_ref().map(|report| {
        let report = report.to_string();
        let copy = Callback::from(move |_: MouseEvent| {
            let report = report.clone();
            wasm_bindgen_futures::spawn_local(async move {
                // Refused copying leaves the report where it is.
                let _ = files::copy(&report).await;
            });
        });
        html! {
            <div class="note crit" role="alert" data-testid="engine-failure">
                <span class="grow">{ texts.get(Key::WorkerFailed) }</span>
                <button class="button" onclick={copy}>{ texts.get(Key::CopyReport) }</button>
            </div>
        }
    });
    let shared = (props.slot == Slot::Shared).then(|| {
        html! {
            <div class="note" data-testid="shared-note">
                <span class="grow">{ texts.get(Key::SharedSlot) }</span>
                <button class="button" data-testid="keep-copy"
                    onclick={dispatch.always(Action::KeepCopy)}>
                    { texts.get(Key::KeepCopy) }
                </button>
                <button class="button" data-testid="back-to-own"
                    onclick={dispatch.always(Action::LeaveShared)}>
                    { texts.get(Key::BackToOwn) }
                </button>
            </div>
        }
    });
    let notice = match &props.notice {
        Some(Notice::EditsLost) => html! {
            <div class="note warn" role="status" data-testid="edits-lost">
                <span class="grow">{ texts.get(Key::EditsLost) }</span>{ close() }
            </div>
        },
        Some(Notice::Resumed) => {
            let first = tradewind::scenario::link::FIRST_PRESET;
            let example =
                dispatch.callback(|_: MouseEvent| Action::Open(boot::question(first), None));
            html! {
                <div class="note" role="status" data-testid="resumed">
                    <span class="grow">{ texts.get(Key::Resumed) }</span>
                    <button class="button" onclick={example}>
                        { texts.get(Key::BackToExample) }
                    </button>
                    { close() }
                </div>
            }
        }
        _ => html! {},
    };
    let storage = (!props.is_stored).then(|| {
        html! { <div class="note warn" role="status">{ texts.get(Key::StorageBlocked) }</div> }
    });
    html! { <div class="notes">{ failure }{ shared }{ notice }{ storage }</div> }
}

#[derive(Properties, PartialEq)]
pub struct ToastProps {
    /// The last notice.
    pub notice: Option<Notice>,
    /// The Region whose zones are named.
    pub region: Region,
    /// Title of the scenario.
    pub title: AttrValue,
}

/// The last change, with a way back.
#[component]
pub fn Toast(props: &ToastProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let text = match &props.notice {
        Some(Notice::FaultAdded(fault)) => texts.fill(
            Key::FaultToast,
            &[&words::fault(fault, props.region, texts.0)],
        ),
        Some(Notice::FaultRemoved(fault)) => texts.fill(
            Key::FaultRemovedToast,
            &[&words::fault(fault, props.region, texts.0)],
        ),
        Some(Notice::Opened) => texts.fill(Key::Opened, &[&props.title]),
        _ => return html! {},
    };
    html! {
        <div class="toast" role="status" data-testid="toast">
            <span>{ text }</span>
            <button class="button" data-testid="toast-undo" onclick={dispatch.always(Action::Undo)}>
                { texts.get(Key::Undo) }
            </button>
            <button class="button icon" aria-label={texts.get(Key::Dismiss)}
                onclick={dispatch.always(Action::Dismiss)}>
                <Glyph icon={Icon::Close} />
            </button>
        </div>
    }
}

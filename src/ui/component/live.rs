//! What a screen reader says by itself: the verdict, once it stands.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::element::{El, el};

/// A message follows another after this long at the earliest.
const QUIET_MS: u32 = 2_000;

/// The page's one polite live region. Gets what is to be said; nothing while it may still change.
#[hook]
pub fn use_live(message: Option<AttrValue>) -> El {
    let said = use_state_eq(AttrValue::default);
    {
        let said = said.setter();
        use_effect_with(message, move |message| {
            let timer = message.clone().map(|message| {
                // Another change within the time drops this timer: messages do not queue up.
                Timeout::new(QUIET_MS, move || said.set(message))
            });
            move || drop(timer)
        });
    }
    el("div")
        .class("unseen")
        .set("role", "status")
        .set("aria-live", "polite")
        .testid("live")
        .text(&said)
}

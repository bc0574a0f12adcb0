//! What a screen reader says by itself: the verdict, once it stands.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// A message follows another after this long at the earliest.
const QUIET_MS: u32 = 2_000;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is to be said; nothing while it may still change.
    pub message: Option<AttrValue>,
}

/// The page's one polite live region.
#[component]
pub fn Live(props: &Props) -> Html {
    let said = use_state_eq(|| AttrValue::from(""));
    {
        let said = said.setter();
        use_effect_with(props.message.clone(), move |message| {
            let timer = message.clone().map(|message| {
                // Another change within the time drops this timer: messages do not queue up.
                Timeout::new(QUIET_MS, move || said.set(message))
            });
            move || drop(timer)
        });
    }
    html! {
        <div class="unseen" role="status" aria-live="polite" data-testid="live">{ &*said }</div>
    }
}

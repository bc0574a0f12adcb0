//! How to use the page, its keys, its limits, and the settings.

use tradewind::view::state::Action;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::settings::{LanguageChoice, ThemeChoice};
use super::window::Window;
use crate::store::{use_dispatch, use_texts};

const KEYS: [(&[&str], Key); 6] = [
    (&["Ctrl+Z", "Ctrl+Y"], Key::HelpKeyUndo),
    (&["Ctrl+S", "Ctrl+O"], Key::HelpKeyFile),
    (&["Space"], Key::HelpKeyPlay),
    (&["←", "→", "Shift", "Alt"], Key::HelpKeySeek),
    (&["Home", "End"], Key::HelpKeyEnds),
    (&["Tab", "←↑→↓", "Enter"], Key::HelpKeySelect),
];

/// The help window.
#[component]
pub fn Help() -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let keys = KEYS.map(|(keys, key)| {
        html! {
            <>
                <span>
                    { for keys.iter().map(|name| html! { <><kbd>{ *name }</kbd>{ " " }</> }) }
                </span>
                <span>{ texts.get(key) }</span>
            </>
        }
    });
    html! {
        <Window title={texts.get(Key::HelpTitle)} testid="help-window"
            on_close={dispatch.always(Action::SetDialog(None))}>
            <p>{ texts.get(Key::ProductSentence) }</p>
            <p>{ texts.get(Key::HelpCompare) }</p>
            <p>{ texts.get(Key::HelpEdit) }{ " " }{ texts.get(Key::HelpFault) }</p>
            <div class="row"><LanguageChoice /><ThemeChoice /></div>
            <h3>{ texts.get(Key::HelpKeys) }</h3>
            <div class="keys">{ for keys }</div>
            <h3>{ texts.get(Key::HelpLimits) }</h3>
            <p>{ texts.get(Key::HelpGiven) }{ " " }{ texts.get(Key::LimitsLine) }</p>
            <p class="muted small">{ texts.get(Key::NotAffiliated) }</p>
        </Window>
    }
}

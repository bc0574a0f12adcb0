//! Buttons of the playhead, its clock and its speed.

use tradewind::units::SimTime;
use tradewind::view::format;
use tradewind::view::state::{SPEEDS, Transport};
use tradewind::view::text::Key;
use web_sys::{HtmlElement, HtmlSelectElement};
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use crate::playhead::{use_motion, use_playhead};
use crate::store::use_texts;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Times of the important events, sorted.
    pub stops: Vec<SimTime>,
}

/// Buttons of the playhead.
#[component]
pub fn Controls(props: &Props) -> Html {
    let texts = use_texts();
    let playhead = use_playhead();
    let (is_playing, speed) = use_motion();
    let change = |change: fn(&mut Transport)| {
        let playhead = playhead.clone();
        Callback::from(move |_: MouseEvent| playhead.change(change))
    };
    let jump = |to: fn(&mut Transport, &[SimTime]) -> bool| {
        let (playhead, stops) = (playhead.clone(), props.stops.clone());
        Callback::from(move |_: MouseEvent| playhead.change(|at| _ = to(at, &stops)))
    };
    let onchange = {
        let playhead = playhead.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            if let Ok(speed) = chosen.parse() {
                playhead.change(|transport| transport.speed = speed);
            }
        })
    };
    let button = |icon, key, class: &'static str, testid: &'static str, onclick| {
        let name = texts.get(key);
        html! {
            <button class={classes!("button", "icon", class)} title={name} aria-label={name}
                data-testid={testid} {onclick}>
                <Glyph {icon} />
            </button>
        }
    };
    let (icon, key) = if is_playing {
        (Icon::Pause, Key::Pause)
    } else {
        (Icon::Play, Key::Play)
    };
    let to_start = change(|transport| transport.seek(SimTime::START));
    html! {
        <div class="controls">
            { button(Icon::Start, Key::ToStart, "desk", "to-start", to_start) }
            { button(Icon::Previous, Key::PreviousEvent, "", "previous-event",
                jump(Transport::previous_of)) }
            { button(icon, key, "primary", "play", change(Transport::toggle)) }
            { button(Icon::Next, Key::NextEvent, "", "next-event", jump(Transport::next_of)) }
            <select class="field speed" aria-label={texts.get(Key::Speed)} {onchange}>
                { for SPEEDS.map(|choice| html! {
                    <option value={choice.to_string()} selected={choice == speed}>
                        { texts.fill(Key::SpeedTimes, &[&choice.to_string()]) }
                    </option>
                }) }
            </select>
            <Clock />
        </div>
    }
}

/// The time at the playhead.
#[component]
fn Clock() -> Html {
    let playhead = use_playhead();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(playhead, move |playhead| {
            let shown = std::cell::RefCell::new(String::new());
            let subscription = playhead.listen(move |transport| {
                let text = format::elapsed(transport.position);
                if let Some(element) = node.cast::<HtmlElement>()
                    && *shown.borrow() != text
                {
                    element.set_text_content(Some(&text));
                    *shown.borrow_mut() = text;
                }
            });
            move || drop(subscription)
        });
    }
    html! { <span class="clock num" ref={node} data-testid="clock" /> }
}

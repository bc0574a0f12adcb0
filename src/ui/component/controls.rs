//! Buttons of the playhead, its clock and its speed.

use std::rc::Rc;

use tradewind::units::SimTime;
use tradewind::view::state::{SPEEDS, Transport};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::icon::{Icon, icon_button};
use crate::element::{El, Handler, chosen, el, handler, option};
use crate::store::Ui;

/// Buttons of the playhead: `motion` is whether it plays and how fast, `clock` shows its time, and
/// `stops` are the times of the important events, sorted.
pub fn controls(ui: &Ui, motion: (bool, u32), clock: &NodeRef, stops: &Rc<[SimTime]>) -> El {
    let (is_playing, speed) = motion;
    let (icon, key) = if is_playing {
        (Icon::Pause, Key::Pause)
    } else {
        (Icon::Play, Key::Play)
    };
    let on_speed = {
        let playhead = ui.playhead.clone();
        handler(move |event| {
            if let Ok(speed) = chosen(&event).parse() {
                playhead.change(|transport| transport.speed = speed);
            }
        })
    };
    let speeds = SPEEDS.map(|choice| {
        let value = choice.to_string();
        option(
            &value,
            &ui.fill(Key::SpeedTimes, &[&value]),
            choice == speed,
        )
    });
    let button = |class: &str, icon, key, testid, change: Change| {
        let button = icon_button(class, icon, changes(ui, stops, change));
        button.name(ui.get(key)).testid(testid)
    };
    let to_start: Change = |at, _| at.seek(SimTime::START);
    let back: Change = |at, stops| _ = at.previous_of(stops);
    let on: Change = |at, stops| _ = at.next_of(stops);
    let play: Change = |at, _| at.toggle();
    let speed = el("select")
        .class("field speed")
        .label(ui.get(Key::Speed))
        .on_change(on_speed)
        .each(speeds);
    let clock = el("span").class("clock num").node(clock).testid("clock");
    el("div")
        .class("controls")
        .add(button(
            "button icon desk",
            Icon::Start,
            Key::ToStart,
            "to-start",
            to_start,
        ))
        .add(button(
            "button icon",
            Icon::Previous,
            Key::PreviousEvent,
            "previous-event",
            back,
        ))
        .add(button("button icon primary", icon, key, "play", play))
        .add(button(
            "button icon",
            Icon::Next,
            Key::NextEvent,
            "next-event",
            on,
        ))
        .add(speed)
        .add(clock)
}

/// What a button does to the playhead, given the stops.
type Change = fn(&mut Transport, &[SimTime]);

fn changes(ui: &Ui, stops: &Rc<[SimTime]>, change: Change) -> Handler {
    let (playhead, stops) = (ui.playhead.clone(), Rc::clone(stops));
    handler(move |_| playhead.change(|transport| change(transport, &stops)))
}

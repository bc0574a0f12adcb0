//! A list that keeps the entry at the playhead marked, and in view while nobody scrolls.

use std::cell::Cell;
use std::rc::Rc;

use tradewind::view::state::Transport;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::element::{El, On, handler};
use crate::playhead::Playhead;
use crate::worker::now_ms;

/// After a visitor's own scrolling the list stays where it is for this long, in milliseconds.
const HANDS_OFF_MS: f64 = 5_000.0;

/// The attribute of a list's node that says when a visitor last scrolled it.
const SCROLLED_AT: &str = "data-scrolled";

/// Marks the last child of a list whose time, in seconds, has come. Returns the list's node.
#[hook]
pub fn use_follow(playhead: &Playhead, times_s: Rc<[f64]>) -> NodeRef {
    let node = use_node_ref();
    let list = node.clone();
    // Other entries have other times: a listener that knew the old ones would mark a wrong entry.
    use_effect_with((playhead.clone(), times_s), move |(playhead, times_s)| {
        let times_s = Rc::clone(times_s);
        let shown = Cell::new(None);
        let tell = move |transport: &Transport| {
            let now_s = transport.position.as_s_f64();
            let passed = times_s.partition_point(|at_s| *at_s <= now_s);
            if shown.get() == Some(passed) {
                return;
            }
            if let Some(list) = list.cast::<Element>() {
                mark(&list, passed);
                shown.set(Some(passed));
            }
        };
        let subscription = playhead.listen(Rc::new(tell));
        move || drop(subscription)
    });
    node
}

/// Marks the entry before `passed`, and brings it into view.
fn mark(list: &Element, passed: usize) {
    let entries = list.children();
    let at = passed.checked_sub(1).and_then(|at| u32::try_from(at).ok());
    let Some(entry) = at.and_then(|at| entries.item(at)) else {
        unmark(list);
        return;
    };
    mark_entry(list, &entry);
    let scrolled_ms = list.get_attribute(SCROLLED_AT);
    let scrolled_ms = scrolled_ms.and_then(|it| it.parse::<f64>().ok());
    let is_left_alone = scrolled_ms.is_none_or(|it| now_ms() - it > HANDS_OFF_MS);
    if is_left_alone {
        bring_into_view(list, &entry);
    }
}

/// Marks one entry of a list, and no other.
pub fn mark_entry(list: &Element, entry: &Element) {
    unmark(list);
    let _ = entry.set_attribute("aria-current", "time");
}

fn unmark(list: &Element) {
    if let Ok(Some(old)) = list.query_selector("[aria-current]") {
        let _ = old.remove_attribute("aria-current");
    }
}

/// Scrolls the panel around a list, and never the page.
fn bring_into_view(list: &Element, entry: &Element) {
    let Ok(Some(panel)) = list.closest(".content") else {
        return;
    };
    let (frame, bounds) = (
        panel.get_bounding_client_rect(),
        entry.get_bounding_client_rect(),
    );
    // What stays at the top of the panel hides what scrolls below it.
    let fixed = panel.query_selector(".filters").ok().flatten();
    let top = fixed.map_or(frame.top(), |it| it.get_bounding_client_rect().bottom());
    let top = top.max(frame.top());
    let above = top - bounds.top();
    let below = bounds.bottom() - frame.bottom();
    if above > 0.0 || below > 0.0 {
        let middle = (bounds.top() + bounds.bottom() - top - frame.bottom()) / 2.0;
        panel.set_scroll_top(panel.scroll_top() + middle as i32);
    }
}

/// Lets a list remember that a visitor scrolls it, or walks through it by keys.
pub fn scrolls(list: El, node: &NodeRef) -> El {
    let node = node.clone();
    let on_move = handler(move |_| {
        if let Some(list) = node.get().and_then(|it| it.dyn_into::<Element>().ok()) {
            let _ = list.set_attribute(SCROLLED_AT, &now_ms().to_string());
        }
    });
    list.on(On::Wheel, on_move.clone())
        .on(On::TouchMove, on_move.clone())
        .on(On::PointerDown, on_move.clone())
        .on(On::KeyDown, on_move)
}

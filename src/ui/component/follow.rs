//! A list that keeps the entry at the playhead marked, and in view while nobody scrolls.

use std::rc::Rc;

use tradewind::view::state::Transport;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::element::{El, On, handler};
use crate::playhead::{Playhead, use_told};
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
    let shown = use_mut_ref(|| None::<(Rc<[f64]>, usize)>);
    let tell = move |transport: &Transport| {
        let now_s = transport.position.as_s_f64();
        let passed = times_s.partition_point(|at_s| *at_s <= now_s);
        let is_same =
            |(times, at): &(Rc<[f64]>, usize)| Rc::ptr_eq(times, &times_s) && *at == passed;
        if shown.borrow().as_ref().is_some_and(is_same) {
            return;
        }
        if let Some(list) = list.cast::<Element>() {
            mark(&list, passed);
            *shown.borrow_mut() = Some((Rc::clone(&times_s), passed));
        }
    };
    use_told(playhead, Rc::new(tell));
    node
}

/// Marks the entry before `passed`, and brings it into view.
fn mark(list: &Element, passed: usize) {
    let entries = list.children();
    if let Ok(Some(old)) = list.query_selector("[aria-current]") {
        let _ = old.remove_attribute("aria-current");
    }
    let at = passed.checked_sub(1).and_then(|at| u32::try_from(at).ok());
    let Some(entry) = at.and_then(|at| entries.item(at)) else {
        return;
    };
    let _ = entry.set_attribute("aria-current", "time");
    let scrolled_ms = list.get_attribute(SCROLLED_AT);
    let scrolled_ms = scrolled_ms.and_then(|it| it.parse::<f64>().ok());
    let is_left_alone = scrolled_ms.is_none_or(|it| now_ms() - it > HANDS_OFF_MS);
    if is_left_alone {
        bring_into_view(list, &entry);
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
    let above = frame.top() - bounds.top();
    let below = bounds.bottom() - frame.bottom();
    if above > 0.0 || below > 0.0 {
        let middle = (bounds.top() + bounds.bottom() - frame.top() - frame.bottom()) / 2.0;
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

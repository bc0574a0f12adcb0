//! The run along time: load, faults, events, and the playhead.

use std::cell::RefCell;
use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::units::{SimDuration, SimTime};
use tradewind::view::chart::Band;
use tradewind::view::events::{self, EventFilter, EventLine, Lane};
use tradewind::view::format;
use tradewind::view::state::Transport;
use tradewind::view::text::Key;
use tradewind::view::timeline::{self, Marker};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::audit::{Auditor, audit_button};
use super::controls::controls;
use super::designs::LETTERS;
use super::events::{Lines, instant, mark_class};
use crate::element::{El, Handler, On, el, handler, list};
use crate::playhead::{Playhead, following, shifted, use_clock, use_motion};
use crate::store::Ui;

/// Markers nearer to each other than this share of the run are gathered.
const GAP_SHARE: f64 = 0.012;

#[derive(Clone, Properties)]
pub struct Props {
    /// Texts, and the playhead.
    pub ui: Ui,
    /// The scenario as edited.
    pub scenario: Rc<Scenario>,
    /// The events of A and B.
    pub lines: Lines,
    /// The audit's panel.
    pub auditor: Option<Auditor>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.lines == other.lines
            && self.auditor == other.auditor
            && self.ui == other.ui
    }
}

/// The run along time. A component because of its markers: they are gathered again only when the
/// events change.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let Props {
        ui,
        scenario,
        lines,
        auditor,
    } = props;
    let motion = use_motion(&ui.playhead);
    let clock = use_clock(&ui.playhead);
    let handle = Handle {
        track: use_node_ref(),
        pressed: use_mut_ref(|| false),
    };
    let duration_s = scenario.plan.duration.as_s_f64();
    let region = scenario.designs.first();
    let region = region.map(|case| case.design.architecture.region);
    let model = timeline::timeline(
        &scenario.load,
        &scenario.tape,
        &scenario.plan,
        region.unwrap_or_default(),
        &both(lines),
        duration_s * GAP_SHARE,
        ui.language(),
    );
    let stops: Rc<[SimTime]> = lines.stops().into();
    let on_key = {
        let (playhead, stops) = (ui.playhead.clone(), Rc::clone(&stops));
        handler(move |event| {
            let event: &KeyboardEvent = event.unchecked_ref();
            if key(&playhead, &stops, event) {
                event.prevent_default();
            }
        })
    };
    let curve = curve(ui, &model);
    let bands = model.bands.iter().map(|band| span(band, duration_s));
    let content: Html = list([curve].into_iter().chain(bands));
    let track = {
        let label = ui.get(Key::Playhead);
        let playhead = ui.playhead.clone();
        following(&ui.playhead, scenario.plan.interval, move |now| {
            track(&playhead, label, now, &handle, content.clone()).into()
        })
    };
    let marks = model
        .markers
        .iter()
        .map(|marker| mark(ui, marker, duration_s));
    let audit = audit_button(ui, scenario, auditor);
    let track = el("div").class("track-box").add(track).each(marks);
    el("section")
        .class("time")
        .label(ui.get(Key::RegionTimeline))
        .on_key(on_key)
        .add(controls(ui, motion, &clock, &stops).add(audit))
        .add(track)
        .into()
}

fn curve(ui: &Ui, model: &timeline::Timeline) -> El {
    let share = |at_s: f64| at_s / model.duration_s.max(1.0);
    let points = model.load.iter();
    let points = points
        .map(|(at, height)| format!("L{:.1} {:.1}", share(*at) * 1000.0, 100.0 - height * 92.0));
    let path = el("path")
        .class("load")
        .set(
            "d",
            &format!("M0 100{}L1000 100Z", points.collect::<String>()),
        )
        .set("vector-effect", "non-scaling-stroke");
    el("svg")
        .set("viewBox", "0 0 1000 100")
        .set("preserveAspectRatio", "none")
        .set("role", "img")
        .label(&format!("{}: {}", ui.get(Key::LoadCurve), model.load_label))
        .add(path)
}

/// The important events of both designs in order of time, each with its letter.
fn both(lines: &Lines) -> Vec<EventLine> {
    let merged = events::merged(&lines.0, EventFilter::default()).into_iter();
    let lettered = merged.map(|(side, line)| EventLine {
        text: format!("{}: {}", LETTERS[side], line.text),
        ..line.clone()
    });
    lettered.collect()
}

fn span(band: &Band, duration_s: f64) -> El {
    let left = band.from_s / duration_s * 100.0;
    let width = (band.to_s - band.from_s) / duration_s * 100.0;
    el("div")
        .class("span")
        .set("title", &band.label)
        .set("style", &format!("left:{left:.3}%;width:{width:.3}%"))
        .testid("fault-band")
}

/// An event, or several close together; a click moves the playhead there.
fn mark(ui: &Ui, marker: &Marker, duration_s: f64) -> El {
    let lane = match marker.lane {
        Lane::Faults => "lane-faults",
        Lane::Alerts => "lane-alerts",
        Lane::Scaling => "lane-scaling",
    };
    let left = marker.at_s / duration_s * 100.0;
    el("button")
        .key(&format!("{:?}{}", marker.lane, marker.at_s))
        .class(&format!("mark {lane} {}", mark_class(marker.shape)))
        .set("tabindex", "-1")
        .name(&marker.label)
        .set("style", &format!("left:{left:.3}%"))
        .on_click(ui.seeks(instant(marker.at_s)))
        .text(marker.shape.glyph())
}

/// What a drag of the playhead needs.
struct Handle {
    track: NodeRef,
    pressed: Rc<RefCell<bool>>,
}

/// Where the playhead is dragged.
fn track(playhead: &Playhead, label: &str, now: Transport, handle: &Handle, content: Html) -> El {
    el("div")
        .class("track")
        .node(&handle.track)
        .set("role", "slider")
        .set("tabindex", "0")
        .testid("track")
        .label(label)
        .set("aria-valuemin", "0")
        .set("aria-valuemax", &now.duration.whole_s().to_string())
        .set("aria-valuenow", &format!("{:.0}", now.position.as_s_f64()))
        .set("aria-valuetext", &format::elapsed(now.position))
        .on(On::PointerDown, grip(playhead, handle, true))
        .on(On::PointerMove, grip(playhead, handle, false))
        .on(On::PointerUp, release(handle))
        .on(On::PointerCancel, release(handle))
        .add(content)
        .add(shifted(playhead, None, "playhead"))
}

/// Moves the playhead to the pointer: when it is pressed, and as long as it stays so.
fn grip(playhead: &Playhead, handle: &Handle, is_press: bool) -> Handler {
    let (playhead, track) = (playhead.clone(), handle.track.clone());
    let pressed = Rc::clone(&handle.pressed);
    handler(move |event| {
        let event: &PointerEvent = event.unchecked_ref();
        let Some(element) = track.cast::<HtmlElement>() else {
            return;
        };
        if is_press {
            *pressed.borrow_mut() = true;
            // Without capture the drag ends at the edge, which is bearable.
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        if *pressed.borrow() {
            let share = share_of(&element, event);
            playhead.change(|transport| {
                transport.playing = false;
                let at_s = transport.duration.as_s_f64() * share;
                transport.seek(instant(at_s));
            });
        }
    })
}

fn release(handle: &Handle) -> Handler {
    let pressed = Rc::clone(&handle.pressed);
    handler(move |_| *pressed.borrow_mut() = false)
}

/// Where in an element a pointer is: 0 at its left edge, 1 at its right one.
pub fn share_of(element: &HtmlElement, event: &PointerEvent) -> f64 {
    let bounds = element.get_bounding_client_rect();
    let width = bounds.width().max(1.0);
    ((f64::from(event.client_x()) - bounds.left()) / width).clamp(0.0, 1.0)
}

/// Keys of the timeline. True when the key was one of them.
fn key(playhead: &Playhead, stops: &[SimTime], event: &KeyboardEvent) -> bool {
    let step = if event.shift_key() {
        SimDuration::from_min(1)
    } else {
        SimDuration::from_s(1)
    };
    let leap = SimDuration::from_min(10);
    let is_button = event
        .target_dyn_into::<web_sys::HtmlButtonElement>()
        .is_some();
    let is_choice = event
        .target_dyn_into::<web_sys::HtmlSelectElement>()
        .is_some();
    if is_choice || event.ctrl_key() || event.meta_key() {
        return false;
    }
    playhead_key(playhead, stops, event, step, leap, is_button)
}

fn playhead_key(
    playhead: &Playhead,
    stops: &[SimTime],
    event: &KeyboardEvent,
    step: SimDuration,
    leap: SimDuration,
    is_button: bool,
) -> bool {
    let is_alt = event.alt_key();
    match event.key().as_str() {
        "ArrowRight" if is_alt => playhead.change(|at| _ = at.next_of(stops)),
        "ArrowLeft" if is_alt => playhead.change(|at| _ = at.previous_of(stops)),
        "ArrowRight" => playhead.change(|at| at.forward(step)),
        "ArrowLeft" => playhead.change(|at| at.back(step)),
        "PageUp" => playhead.change(|at| at.forward(leap)),
        "PageDown" => playhead.change(|at| at.back(leap)),
        "Home" => playhead.seek(SimTime::START),
        "End" => playhead.change(|at| at.seek(at.end())),
        " " if !is_button => playhead.change(Transport::toggle),
        _ => return false,
    }
    true
}

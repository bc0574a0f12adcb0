//! The run along time: load, faults, events, and the playhead.

use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::units::{SimDuration, SimTime};
use tradewind::view::chart::Band;
use tradewind::view::events::{EventLine, Lane};
use tradewind::view::format;
use tradewind::view::text::Key;
use tradewind::view::timeline::{self, Marker};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::controls::Controls;
use super::designs::LETTERS;
use super::events::{Lines, instant, mark_class};
use crate::playhead::{Playhead, use_interval, use_playhead, use_shifted};
use crate::store::use_texts;

/// Markers nearer to each other than this share of the run are gathered.
const GAP_SHARE: f64 = 0.012;

#[derive(Clone, Properties)]
pub struct Props {
    /// The scenario as edited.
    pub scenario: Rc<Scenario>,
    /// The events of A and B.
    pub lines: Lines,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario) && self.lines == other.lines
    }
}

/// The run along time.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let texts = use_texts();
    let playhead = use_playhead();
    let stops = use_memo(props.lines.clone(), Lines::stops);
    let duration_s = props.scenario.plan.duration.as_s_f64();
    let region = props
        .scenario
        .designs
        .first()
        .map(|case| case.design.architecture.region);
    let model = {
        let scenario = &props.scenario;
        timeline::timeline(
            &scenario.load,
            &scenario.tape,
            &scenario.plan,
            region.unwrap_or_default(),
            &both(&props.lines),
            duration_s * GAP_SHARE,
            texts.0,
        )
    };
    let onkeydown = {
        let (playhead, stops) = (playhead, Rc::clone(&stops));
        Callback::from(move |event: KeyboardEvent| {
            if key(&playhead, &stops, &event) {
                event.prevent_default();
            }
        })
    };
    let share = |at_s: f64| at_s / duration_s.max(1.0);
    let curve = model
        .load
        .iter()
        .map(|(at, height)| format!("L{:.1} {:.1}", share(*at) * 1000.0, 100.0 - height * 92.0));
    let curve = format!("M0 100{}L1000 100Z", curve.collect::<String>());
    let label = format!("{}: {}", texts.get(Key::LoadCurve), model.load_label);
    html! {
        <section class="time" aria-label={texts.get(Key::RegionTimeline)} {onkeydown}>
            <Controls stops={(*stops).clone()} />
            <div class="track-box">
                <Track interval={props.scenario.plan.interval}>
                    <svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img"
                        aria-label={label}>
                        <path class="load" d={curve} vector-effect="non-scaling-stroke" />
                    </svg>
                    { for model.bands.iter().map(|band| span(band, duration_s)) }
                </Track>
                { for model.markers.iter().map(|marker| html! {
                    <Mark key={format!("{:?}{}", marker.lane, marker.at_s)} marker={marker.clone()}
                        {duration_s} />
                }) }
            </div>
        </section>
    }
}

/// The events of both designs in order of time, each with its letter.
fn both(lines: &Lines) -> Vec<EventLine> {
    let lettered = lines.0.iter().zip(LETTERS).flat_map(|(lines, letter)| {
        lines
            .iter()
            .filter(|line| line.important)
            .map(move |line| EventLine {
                text: format!("{letter}: {}", line.text),
                ..line.clone()
            })
    });
    let mut merged: Vec<_> = lettered.collect();
    merged.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    merged
}

fn span(band: &Band, duration_s: f64) -> Html {
    let left = band.from_s / duration_s * 100.0;
    let width = (band.to_s - band.from_s) / duration_s * 100.0;
    html! {
        <div class="span" title={band.label.clone()}
            style={format!("left:{left:.3}%;width:{width:.3}%")}
            data-testid="fault-band" />
    }
}

#[derive(Properties, PartialEq)]
struct MarkProps {
    marker: Marker,
    duration_s: f64,
}

/// An event, or several close together; a click moves the playhead there.
#[component]
fn Mark(props: &MarkProps) -> Html {
    let playhead = use_playhead();
    let Marker {
        at_s,
        lane,
        shape,
        label,
        ..
    } = &props.marker;
    let at = instant(*at_s);
    let lane = match lane {
        Lane::Faults => "lane-faults",
        Lane::Alerts => "lane-alerts",
        Lane::Scaling => "lane-scaling",
    };
    html! {
        <button class={classes!("mark", lane, mark_class(*shape))} tabindex="-1"
            title={label.clone()} aria-label={label.clone()}
            style={format!("left:{:.3}%", at_s / props.duration_s * 100.0)}
            onclick={Callback::from(move |_: MouseEvent| playhead.seek(at))}>
            { shape.glyph() }
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct TrackProps {
    interval: SimDuration,
    children: Html,
}

/// Where the playhead is dragged.
#[component]
fn Track(props: &TrackProps) -> Html {
    let texts = use_texts();
    let playhead = use_playhead();
    use_interval(props.interval);
    let line = use_shifted();
    let track = use_node_ref();
    let pressed = use_mut_ref(|| false);
    let seek = {
        let (playhead, track) = (playhead.clone(), track.clone());
        move |event: &PointerEvent| {
            let Some(element) = track.cast::<HtmlElement>() else {
                return;
            };
            let share = share_of(&element, event);
            playhead.change(|transport| {
                transport.playing = false;
                let at_s = transport.duration.as_s_f64() * share;
                transport.seek(instant(at_s));
            });
        }
    };
    let onpointerdown = {
        let (seek, pressed, track) = (seek.clone(), pressed.clone(), track.clone());
        Callback::from(move |event: PointerEvent| {
            *pressed.borrow_mut() = true;
            if let Some(element) = track.cast::<HtmlElement>() {
                // Without capture the drag ends at the edge, which is bearable.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            seek(&event);
        })
    };
    let onpointermove = {
        let pressed = pressed.clone();
        Callback::from(move |event: PointerEvent| {
            if *pressed.borrow() {
                seek(&event);
            }
        })
    };
    let release = Callback::from(move |_: PointerEvent| *pressed.borrow_mut() = false);
    let now = playhead.get();
    html! {
        <div class="track" ref={track} role="slider" tabindex="0" data-testid="track"
            aria-label={texts.get(Key::Playhead)} aria-valuemin="0"
            aria-valuemax={now.duration.whole_s().to_string()}
            aria-valuenow={format!("{:.0}", now.position.as_s_f64())}
            aria-valuetext={format::elapsed(now.position)}
            {onpointerdown} {onpointermove} onpointerup={release.clone()} onpointercancel={release}>
            { props.children.clone() }
            <div class="shifted" ref={line}><div class="playhead" /></div>
        </div>
    }
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
        " " if !is_button => playhead.change(tradewind::view::state::Transport::toggle),
        _ => return false,
    }
    true
}

//! What happened in both designs, with reasons, in order of time.

use std::rc::Rc;

use tradewind::units::{SimDuration, SimTime};
use tradewind::view::events::{EventLine, Shape};
use tradewind::view::state::{Action, EventFilter};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::designs::LETTERS;
use super::tabs::{Choice, Segments};
use crate::playhead::use_playhead;
use crate::store::{use_dispatch, use_texts};

/// Most events listed at once: more would be slow to draw and nobody reads them.
const MOST: usize = 400;

/// The events of A and of B.
#[derive(Clone, Default)]
pub struct Lines(pub Rc<[Vec<EventLine>; 2]>);

impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Lines {
    /// Times of the important events of both designs, sorted, without repetition.
    pub fn stops(&self) -> Vec<SimTime> {
        let important = self.0.iter().flatten().filter(|line| line.important);
        let mut times: Vec<_> = important.map(|line| instant(line.at_s)).collect();
        times.sort_unstable();
        times.dedup();
        times
    }
}

/// An instant from seconds.
pub fn instant(at_s: f64) -> SimTime {
    SimTime::START + SimDuration::from_s_f64(at_s)
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The events.
    pub lines: Lines,
    /// Which of them.
    pub filter: EventFilter,
}

/// What happened in both designs.
#[component]
pub fn EventList(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let playhead = use_playhead();
    let choices = [
        (
            EventFilter::Important,
            Key::EventsImportant,
            "events-important",
        ),
        (EventFilter::All, Key::EventsAll, "events-all"),
    ];
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, key, testid)| Choice {
            value,
            text: texts.get(key).into(),
            testid,
        })
        .collect();
    let mut merged: Vec<(usize, &EventLine)> = props
        .lines
        .0
        .iter()
        .enumerate()
        .flat_map(|(side, lines)| lines.iter().map(move |line| (side, line)))
        .filter(|(_, line)| props.filter == EventFilter::All || line.important)
        .collect();
    merged.sort_by(|(a, one), (b, other)| one.at_s.total_cmp(&other.at_s).then(a.cmp(b)));
    let count = merged.len();
    let items = merged.into_iter().take(MOST).map(|(side, line)| {
        let (playhead, at) = (playhead.clone(), instant(line.at_s));
        let onclick = Callback::from(move |_: MouseEvent| playhead.seek(at));
        let class = if side == 0 { "is-a" } else { "is-b" };
        html! {
            <li key={format!("{side}-{}", line.index)}>
                <button class="event" {onclick}>
                    <time>{ &line.time }</time>
                    <span class={classes!("badge", class)}>{ LETTERS[side] }</span>
                    <span>
                        <span class={mark_class(line.shape)} aria-hidden="true">
                            { line.shape.glyph() }{ " " }
                        </span>
                        { &line.text }
                    </span>
                </button>
            </li>
        }
    });
    html! {
        <>
            <Segments<EventFilter> label={texts.get(Key::PanelEvents)} {choices}
                chosen={props.filter} on_choose={dispatch.callback(Action::SetEvents)} />
            if count == 0 {
                <p class="muted">{ texts.get(Key::EventsNone) }</p>
            }
            <ul class="events" data-testid="events">{ for items }</ul>
            if count > MOST {
                <p class="muted small">
                    { texts.fill(Key::ReportMoreEvents, &[&(count - MOST).to_string()]) }
                </p>
            }
        </>
    }
}

/// The style of a marker.
pub const fn mark_class(shape: Shape) -> &'static str {
    match shape {
        Shape::Cross => "shape fault",
        Shape::Bang => "shape alert",
        Shape::Up | Shape::Down => "shape scale",
        Shape::Ring | Shape::Diamond => "shape",
    }
}

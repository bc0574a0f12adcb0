//! What happened in both designs, with reasons, in order of time.

use std::rc::Rc;

use tradewind::units::{SimDuration, SimTime};
use tradewind::view::events::{EventLine, Shape};
use tradewind::view::state::{Action, EventFilter};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::designs::{LETTERS, TEXT_CLASSES};
use super::tabs::{Choice, segments};
use crate::element::{El, el, list};
use crate::store::Ui;
use tradewind::units::order;

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
        order::sort(&mut times);
        times.dedup();
        times
    }

    /// The events of both designs in order of time, each with its side.
    pub fn merged(&self, filter: EventFilter) -> Vec<(usize, &EventLine)> {
        let sides = self.0.iter().enumerate();
        let lines = sides.flat_map(|(side, lines)| lines.iter().map(move |line| (side, line)));
        let mut merged: Vec<_> = lines
            .filter(|(_, line)| filter == EventFilter::All || line.important)
            .collect();
        order::sort_by(&mut merged, |(a, one), (b, other)| {
            one.at_s.total_cmp(&other.at_s).then(a.cmp(b))
        });
        merged
    }
}

/// An instant from seconds.
pub fn instant(at_s: f64) -> SimTime {
    SimTime::START + SimDuration::from_s_f64(at_s)
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Texts, and the way to change the filter.
    pub ui: Ui,
    /// The events.
    pub lines: Lines,
    /// Which of them.
    pub filter: EventFilter,
}

/// What happened in both designs. A component because of its length: it is drawn again only when
/// the events change.
#[component]
pub fn EventList(props: &Props) -> Html {
    let Props { ui, lines, filter } = props;
    let filters = [
        (
            EventFilter::Important,
            Key::EventsImportant,
            "events-important",
        ),
        (EventFilter::All, Key::EventsAll, "events-all"),
    ];
    let choices = filters.map(|(filter, key, testid)| Choice {
        text: ui.get(key),
        testid,
        is_chosen: filter == props.filter,
        on_choose: ui.does(Action::SetEvents(filter)),
    });
    let merged = lines.merged(*filter);
    let count = merged.len();
    let items = merged.into_iter().take(MOST);
    let items = items.map(|(side, line)| item(ui, side, line));
    let nothing = el("p").class("muted").text(ui.get(Key::EventsNone));
    let rest = (count > MOST).then(|| {
        let text = ui.fill(Key::ReportMoreEvents, &[&(count - MOST).to_string()]);
        el("p").class("muted small").text(&text)
    });
    let choice = segments(ui.get(Key::PanelEvents), &choices);
    let events = el("ul").class("events").testid("events").each(items);
    let nothing = (count == 0).then_some(nothing);
    list(
        [choice]
            .into_iter()
            .chain(nothing)
            .chain([events])
            .chain(rest),
    )
}

fn item(ui: &Ui, side: usize, line: &EventLine) -> El {
    let mark = el("span")
        .class(mark_class(line.shape))
        .set("aria-hidden", "true")
        .text(line.shape.glyph())
        .text(" ");
    let class = format!("badge {}", TEXT_CLASSES[side]);
    let button = el("button")
        .class("event")
        .on_click(ui.seeks(instant(line.at_s)))
        .add(el("time").text(&line.time))
        .add(el("span").class(&class).text(LETTERS[side]))
        .add(el("span").add(mark).text(&line.text));
    el("li").key(&format!("{side}-{}", line.index)).add(button)
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

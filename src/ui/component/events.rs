//! The decision log: what happened in both designs, who decided it, under which rule, and why.
//!
//! The entries stand still while the playhead moves: which of them is at the playhead is marked by
//! an attribute, outside of Yew, as the playhead's lines are.

use std::rc::Rc;

use tradewind::units::{SimDuration, SimTime, order};
use tradewind::view::events::{self, Controller, EventFilter, EventLine, Shape};
use tradewind::view::state::Action;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::designs::{LETTERS, TEXT_CLASSES};
use super::follow::{scrolls, use_follow};
use super::tabs::{choices, segments};
use crate::element::{El, Handler, chosen, el, focus, handler, option};
use crate::store::Ui;

/// Most entries listed at once: more would be slow to draw and nobody reads them.
const MOST: usize = 300;

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

/// The decision log. A component because of its length: it is drawn again only when the events or
/// the filter change.
#[component]
pub fn EventList(props: &Props) -> Html {
    let Props { ui, lines, filter } = props;
    let entries = events::merged(&lines.0, *filter);
    let count = entries.len();
    let times: Rc<[f64]> = entries.iter().take(MOST).map(|(_, it)| it.at_s).collect();
    let root = use_follow(&ui.playhead, times);
    // Told by a screen reader when the filter changes, and not when a result does.
    let counted = use_memo(*filter, |_| {
        ui.fill(Key::EventsCount, &[&count.to_string()])
    });
    let items = entries.iter().take(MOST);
    let items = items.map(|(side, line)| item(ui, &root, lines, *side, line));
    let nothing = (count == 0).then(|| el("p").class("muted").text(ui.get(Key::EventsNone)));
    let rest = (count > MOST).then(|| {
        let text = ui.fill(Key::ReportMoreEvents, &[&(count - MOST).to_string()]);
        el("p").class("muted small").text(&text)
    });
    let told = el("p").class("unseen").set("role", "status").text(&counted);
    let entries = el("ol")
        .class("events")
        .set("role", "list")
        .label(ui.get(Key::PanelEvents))
        .testid("events")
        .node(&root)
        .each(items);
    let entries = scrolls(entries, &root);
    let log = el("div").class("log").add(filters(ui, lines, *filter));
    log.add(told).maybe(nothing).add(entries).maybe(rest).into()
}

/// Weight, design and controller: what of the log is shown.
fn filters(ui: &Ui, lines: &Lines, filter: EventFilter) -> El {
    let does = |filter| ui.does(Action::SetEvents(filter));
    let weights = [
        (false, Key::EventsImportant, "events-important"),
        (true, Key::EventsAll, "events-all"),
    ];
    let weights = choices(ui, weights, filter.with_details, |with_details| {
        does(EventFilter {
            with_details,
            ..filter
        })
    });
    let sides = [
        (None, Key::EventsBoth, "events-both"),
        (Some(0), Key::EventsOfA, "events-a"),
        (Some(1), Key::EventsOfB, "events-b"),
    ];
    let sides = choices(ui, sides, filter.side, |side| {
        does(EventFilter { side, ..filter })
    });
    el("div")
        .class("filters")
        .add(segments(ui.get(Key::EventsWeight), &weights))
        .add(segments(ui.get(Key::EventsDesign), &sides))
        .add(who(ui, lines, filter))
}

/// The choice of one controller among those that did something.
fn who(ui: &Ui, lines: &Lines, filter: EventFilter) -> El {
    let everyone = option("", ui.get(Key::EventsEveryone), filter.controller.is_none());
    let each = events::controllers(&lines.0).into_iter().map(|one| {
        let is_chosen = filter.controller == Some(one);
        option(one.id(), one.text(ui.language()), is_chosen)
    });
    let store = ui.store.clone();
    let on_change = handler(move |event| {
        let id = chosen(&event);
        let mut all = Controller::ALL.iter().copied();
        let controller = all.find(|it| it.id() == id);
        store.send(Action::SetEvents(EventFilter {
            controller,
            ..filter
        }));
    });
    el("select")
        .class("field")
        .testid("events-controller")
        .label(ui.get(Key::EventsController))
        .on_change(on_change)
        .add(everyone)
        .each(each)
}

/// An entry: when, in which design, who, what; then the rule and the cause.
fn item(ui: &Ui, root: &NodeRef, lines: &Lines, side: usize, line: &EventLine) -> El {
    let mark = el("span")
        .class(mark_class(line.shape))
        .set("aria-hidden", "true")
        .text(line.shape.glyph())
        .text(" ");
    let badge = format!("badge {}", TEXT_CLASSES[side]);
    let who = el("span")
        .class("who")
        .text(line.controller.text(ui.language()));
    let button = el("button")
        .class("event")
        .on_click(ui.seeks(instant(line.at_s)))
        .add(el("time").text(&line.time))
        .add(el("span").class(&badge).text(LETTERS[side]))
        .add(who)
        .add(el("span").class("what").add(mark).text(&line.text));
    let cause = line.cause.and_then(|at| lines.0[side].get(at));
    let cause = cause.map(|cause| because(ui, root, side, cause));
    let rule = line.rule.map(|rule| {
        let source = rule.source_text().unwrap_or_default();
        el("details")
            .class("rule")
            .add(el("summary").text(ui.get(Key::EventsRule)))
            .add(el("p").text(rule.text(ui.language())))
            .add(el("p").text(&source))
    });
    el("li")
        .key(&format!("{side}-{}", line.index))
        .set("id", &entry_id(side, line.index))
        .add(button)
        .add(el("div").class("why").maybe(rule).maybe(cause))
}

/// The way to the entry that brought this one about: the playhead goes there, and the focus too if
/// the entry is listed.
fn because(ui: &Ui, root: &NodeRef, side: usize, cause: &EventLine) -> El {
    let text = ui.fill(Key::EventsCause, &[&cause.time]);
    el("button")
        .class("cause")
        .set("title", &cause.text)
        .label(&format!("{text} {}", cause.text))
        .on_click(jump(ui, root, side, cause))
        .text(&text)
}

fn jump(ui: &Ui, root: &NodeRef, side: usize, to: &EventLine) -> Handler {
    let (playhead, root) = (ui.playhead.clone(), root.clone());
    let (at, entry) = (
        instant(to.at_s),
        format!("#{} .event", entry_id(side, to.index)),
    );
    handler(move |_| {
        playhead.seek(at);
        focus(&root, &entry);
    })
}

fn entry_id(side: usize, index: usize) -> String {
    format!("event-{side}-{index}")
}

/// The style of a marker.
pub const fn mark_class(shape: Shape) -> &'static str {
    match shape {
        Shape::Cross => "shape crit",
        Shape::Bang => "shape alert",
        Shape::Up | Shape::Down => "shape scale",
        Shape::Ring | Shape::Diamond => "shape",
    }
}

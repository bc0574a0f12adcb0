//! The decision log: what happened in both designs, who decided it, under which rule, and why.
//!
//! The entries stand still while the playhead moves: which of them is at the playhead is marked by
//! an attribute, outside of Yew, as the playhead's lines are.

use std::cell::Cell;
use std::rc::Rc;

use tradewind::units::{SimDuration, SimTime, order};
use tradewind::view::events::{self, Controller, EventFilter, EventLine, Shape};
use tradewind::view::state::Action;
use tradewind::view::text::Key;
use web_sys::Element;
use yew::prelude::*;

use super::designs::{LETTERS, TEXT_CLASSES};
use super::follow::{mark_entry, scrolls, use_follow};
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
    let wanted = use_state(|| None::<Wanted>);
    let is_wanted = |side, line: &EventLine| {
        let wanted = wanted.as_ref();
        wanted.is_some_and(|it| it.id == (side, line.index))
    };
    let place = entries
        .iter()
        .position(|(side, line)| is_wanted(*side, line));
    // A cause far down the list is listed all the same.
    let most = MOST.max(place.map_or(0, |at| at + MOST / 2));
    let times: Rc<[f64]> = entries.iter().take(most).map(|(_, it)| it.at_s).collect();
    let root = use_follow(&ui.playhead, times);
    use_arrival(&root, &wanted);
    let jump = Jump {
        ui,
        filter: *filter,
        wanted: &wanted,
    };
    // Told by a screen reader when the filter changes, and not when a result does.
    let counted = use_memo(*filter, |_| {
        ui.fill(Key::EventsCount, &[&count.to_string()])
    });
    let items = entries.iter().take(most);
    let items = items.map(|(side, line)| item(&jump, lines, *side, line));
    let nothing = (count == 0).then(|| el("p").class("muted").text(ui.get(Key::EventsNone)));
    let rest = (count > most).then(|| {
        let text = ui.fill(Key::ReportMoreEvents, &[&(count - most).to_string()]);
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
fn item(jump: &Jump<'_>, lines: &Lines, side: usize, line: &EventLine) -> El {
    let ui = jump.ui;
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
    let cause = cause.map(|cause| jump.because(side, cause));
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

/// An entry: its side, and its number among the events of the run.
type EntryId = (usize, usize);

/// The way from an entry to the one that brought it about.
struct Jump<'a> {
    ui: &'a Ui,
    filter: EventFilter,
    wanted: &'a UseStateHandle<Option<Wanted>>,
}

/// The entry that somebody jumped to last, and whether the focus is there already.
#[derive(Clone)]
struct Wanted {
    id: EntryId,
    is_reached: Rc<Cell<bool>>,
}

impl Jump<'_> {
    /// The button: the playhead goes to the cause, and the focus too.
    fn because(&self, side: usize, cause: &EventLine) -> El {
        let text = self.ui.fill(Key::EventsCause, &[&cause.time]);
        el("button")
            .class("cause")
            .set("title", &cause.text)
            .label(&format!("{text} {}", cause.text))
            .on_click(self.to(side, cause))
            .text(&text)
    }

    /// A cause that the filter leaves out takes the filter away: the entry beside its place would
    /// be another one.
    fn to(&self, side: usize, cause: &EventLine) -> Handler {
        let (store, playhead) = (self.ui.store.clone(), self.ui.playhead.clone());
        let (at, id) = (instant(cause.at_s), (side, cause.index));
        let is_listed = self.filter.shows(side, cause);
        let wanted = self.wanted.setter();
        handler(move |_| {
            if !is_listed {
                store.send(Action::SetEvents(EventFilter {
                    with_details: true,
                    ..EventFilter::default()
                }));
            }
            playhead.seek(at);
            wanted.set(Some(Wanted {
                id,
                is_reached: Rc::default(),
            }));
        })
    }
}

/// Marks the wanted entry and gives it the focus, as soon as it is listed. Several entries may be
/// of one instant, so that its time alone would not tell which.
#[hook]
fn use_arrival(root: &NodeRef, wanted: &UseStateHandle<Option<Wanted>>) {
    let (root, wanted) = (root.clone(), wanted.clone());
    use_effect(move || {
        let wanted = wanted.as_ref().filter(|it| !it.is_reached.get());
        let (Some(wanted), Some(list)) = (wanted, root.cast::<Element>()) else {
            return;
        };
        let id = entry_id(wanted.id.0, wanted.id.1);
        if let Ok(Some(entry)) = list.query_selector(&format!("#{id}")) {
            mark_entry(&list, &entry);
            focus(&root, &format!("#{id} .event"));
            wanted.is_reached.set(true);
        }
    });
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

//! The playhead of the page: moves with the display's frames and tells those who listen.
//!
//! It stands outside Yew's state on purpose: lines move sixty times a second by an attribute,
//! while components are told only when the recorded interval changes, ten times a second at most.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::render::{AnimationFrame, request_animation_frame};
use tradewind::units::{SimDuration, SimTime};
use tradewind::view::format;
use tradewind::view::state::Transport;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::element::el;

/// Most often that components follow, in milliseconds.
const FOLLOW_MS: f64 = 100.0;
/// A longer frame than this was a pause of the browser, not of the run.
const MAX_FRAME_MS: f64 = 250.0;

type Listener = Rc<dyn Fn(&Transport)>;

/// The playhead. Clones are the same playhead.
#[derive(Clone)]
pub struct Playhead {
    inner: Rc<Inner>,
}

struct Inner {
    transport: Cell<Transport>,
    listeners: RefCell<Vec<(u32, Listener)>>,
    next_id: Cell<u32>,
    frame: RefCell<Option<AnimationFrame>>,
    last_frame_ms: Cell<Option<f64>>,
}

impl PartialEq for Playhead {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

/// Listens until dropped.
pub struct Subscription {
    inner: Weak<Inner>,
    id: u32,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            inner
                .listeners
                .borrow_mut()
                .retain(|(id, _)| *id != self.id);
        }
    }
}

impl Playhead {
    /// Stands at the start of a run.
    pub fn new(duration: SimDuration) -> Self {
        Self {
            inner: Rc::new(Inner {
                transport: Cell::new(Transport::new(duration)),
                listeners: RefCell::default(),
                next_id: Cell::new(0),
                frame: RefCell::default(),
                last_frame_ms: Cell::new(None),
            }),
        }
    }

    /// Where it is and how it moves.
    pub fn get(&self) -> Transport {
        self.inner.transport.get()
    }

    /// Changes it and tells everybody.
    pub fn change(&self, change: impl FnOnce(&mut Transport)) {
        let mut transport = self.get();
        change(&mut transport);
        self.put(transport);
    }

    fn put(&self, transport: Transport) {
        self.inner.transport.set(transport);
        self.tell();
        if transport.playing {
            self.roll();
        } else {
            *self.inner.frame.borrow_mut() = None;
            self.inner.last_frame_ms.set(None);
        }
    }

    /// Moves it to a time.
    pub fn seek(&self, to: SimTime) {
        self.change(|transport| transport.seek(to));
    }

    /// Calls `listener` at once and after every change, until the subscription is dropped.
    pub fn listen(&self, listener: Listener) -> Subscription {
        let id = self.inner.next_id.get();
        self.inner.next_id.set(id + 1);
        listener(&self.get());
        self.inner.listeners.borrow_mut().push((id, listener));
        Subscription {
            inner: Rc::downgrade(&self.inner),
            id,
        }
    }

    fn tell(&self) {
        // A listener may subscribe or leave while it is told.
        let listeners: Vec<Listener> = self
            .inner
            .listeners
            .borrow()
            .iter()
            .map(|(_, listener)| Rc::clone(listener))
            .collect();
        let transport = self.get();
        for listener in listeners {
            listener(&transport);
        }
    }

    fn roll(&self) {
        let playhead = self.clone();
        let frame = request_animation_frame(move |now_ms| {
            let last_ms = playhead.inner.last_frame_ms.replace(Some(now_ms));
            let passed_ms = last_ms.map_or(0.0, |last_ms| (now_ms - last_ms).min(MAX_FRAME_MS));
            let passed = SimDuration::from_s_f64(passed_ms / 1000.0);
            playhead.change(|transport| transport.watch(passed));
        });
        *self.inner.frame.borrow_mut() = Some(frame);
    }
}

/// The recorded interval under the playhead, for runs whose intervals have this length.
#[hook]
pub fn use_interval(playhead: &Playhead, length: SimDuration) -> usize {
    let shown = use_state_eq(|| interval_at(&playhead.get(), length));
    let last_ms = use_mut_ref(|| 0.0_f64);
    {
        let (playhead, shown) = (playhead.clone(), shown.setter());
        use_effect_with((playhead, length), move |(playhead, length)| {
            let length = *length;
            let tell = move |transport: &Transport| {
                let now_ms = crate::worker::now_ms();
                let waited = now_ms - *last_ms.borrow() >= FOLLOW_MS;
                if waited || !transport.playing {
                    *last_ms.borrow_mut() = now_ms;
                    shown.set(interval_at(transport, length));
                }
            };
            let subscription = playhead.listen(Rc::new(tell));
            move || drop(subscription)
        });
    }
    *shown
}

/// Whether it plays, and how fast.
#[hook]
pub fn use_motion(playhead: &Playhead) -> (bool, u32) {
    let shown = use_state_eq(|| (false, playhead.get().speed));
    let setter = shown.setter();
    let tell = move |transport: &Transport| {
        setter.set((transport.playing, transport.speed));
    };
    use_told(playhead, Rc::new(tell));
    *shown
}

/// Calls `listener` at once and after every change, as long as the component is there.
#[hook]
pub fn use_told(playhead: &Playhead, listener: Listener) {
    use_effect_with(playhead.clone(), move |playhead| {
        let subscription = playhead.listen(listener);
        move || drop(subscription)
    });
}

/// An element that shows the time at the playhead.
#[hook]
pub fn use_clock(playhead: &Playhead) -> NodeRef {
    let node = use_node_ref();
    let clock = node.clone();
    let shown = RefCell::new(String::new());
    let tell = move |transport: &Transport| {
        let text = format::elapsed(transport.position);
        if let Some(element) = clock.cast::<HtmlElement>()
            && *shown.borrow() != text
        {
            element.set_text_content(Some(&text));
            *shown.borrow_mut() = text;
        }
    };
    use_told(playhead, Rc::new(tell));
    node
}

#[derive(Properties, PartialEq)]
struct ShiftedProps {
    playhead: Playhead,
    span: Option<(f64, f64)>,
    line: &'static str,
}

/// An element that the playhead moves: it is as wide as the run, or as a part of it, and shifted by
/// a share of its own width. At its left edge stands the line.
#[component]
fn Shifted(props: &ShiftedProps) -> Html {
    let node = use_node_ref();
    let (shifted, span) = (node.clone(), props.span);
    let tell = move |transport: &Transport| {
        if let Some(element) = shifted.cast::<HtmlElement>() {
            let share = span.map_or_else(|| transport.progress(), |span| transport.share_of(span));
            let shift = format!("translateX({:.3}%)", share * 100.0);
            let _ = element.style().set_property("transform", &shift);
        }
    };
    use_told(&props.playhead, Rc::new(tell));
    let line = el("div").class(props.line);
    el("div").class("shifted").node(&node).add(line).into()
}

/// A line of a class that stands at the playhead, over the whole run or over a part of it, from and
/// to in seconds.
pub fn shifted(playhead: &Playhead, span: Option<(f64, f64)>, line: &'static str) -> Html {
    // Another part is another line, which listens anew.
    let key = format!("{span:?}");
    html! { <Shifted {key} playhead={playhead.clone()} {span} {line} /> }
}

#[derive(Properties, PartialEq)]
struct FollowingProps {
    playhead: Playhead,
    interval: SimDuration,
    draw: Callback<Transport, Html>,
}

/// Draws again when the playhead reaches another interval.
#[component]
fn Following(props: &FollowingProps) -> Html {
    use_interval(&props.playhead, props.interval);
    props.draw.emit(props.playhead.get())
}

/// A piece of the page that follows the playhead by itself, for runs whose intervals have this
/// length.
pub fn following(
    playhead: &Playhead,
    interval: SimDuration,
    draw: impl Fn(Transport) -> Html + 'static,
) -> Html {
    html! { <Following playhead={playhead.clone()} {interval} draw={Callback::from(draw)} /> }
}

/// The recorded interval under a playhead, for runs whose intervals have this length.
pub fn interval_at(transport: &Transport, length: SimDuration) -> usize {
    let length = length.as_ns().max(1);
    // The end of the run belongs to its last interval.
    let at = transport
        .position
        .as_ns()
        .min(transport.duration.as_ns().saturating_sub(1));
    (at / length) as usize
}

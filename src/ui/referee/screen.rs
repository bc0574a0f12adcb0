//! A screen that the referee draws: it writes what stands in it and hears what is done with its
//! fields. A Yew component with hooks of its own would weigh more than all of this, on every visit.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use tradewind::model::Language;
use tradewind::view::referee::{Job, Reply};
use tradewind::view::text::{Key, fill, text};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};
use yew::Callback;

use super::{Heard, Referee};
use crate::element::chosen;

/// The field that a screen has of its own: another try when the referee could not be had.
const RETRY: &str = "retry";

/// An open screen; its referee ends with it.
pub struct Screen {
    inner: Rc<Inner>,
    _ears: [EventListener; 2],
}

struct Inner {
    root: Element,
    language: Cell<Language>,
    // What a referee is told first, once it listens.
    opening: RefCell<Job>,
    on_reply: Callback<Reply>,
    referee: RefCell<Option<Referee>>,
    // A referee that panics says so, and then fails as a worker too: its own words stay.
    is_broken: Cell<bool>,
}

impl Screen {
    /// Starts a referee that draws inside `root`, which has a place called `page`, and opens what
    /// `opening` names. `on_reply` hears what is not to be drawn.
    pub fn open(
        root: Element,
        language: Language,
        opening: Job,
        on_reply: Callback<Reply>,
    ) -> Self {
        let inner = Rc::new(Inner {
            root,
            language: Cell::new(language),
            opening: RefCell::new(opening),
            on_reply,
            referee: RefCell::default(),
            is_broken: Cell::new(false),
        });
        inner.start();
        let ears = ["click", "input"].map(|name| {
            let heard = Rc::clone(&inner);
            EventListener::new(&inner.root, name, move |event| heard.tell(event))
        });
        Self { inner, _ears: ears }
    }

    /// Tells it what it shows from now on; a referee that starts anew is told the same.
    pub fn turn(&self, language: Language, job: Job) {
        self.inner.language.set(language);
        self.inner.ask(&job);
        *self.inner.opening.borrow_mut() = job;
    }
}

impl Inner {
    fn start(self: &Rc<Self>) {
        self.say(text(Key::VerdictPending, self.language.get()), "");
        self.is_broken.set(false);
        let weak = Rc::downgrade(self);
        let started = Referee::start(Callback::from(move |heard| {
            if let Some(screen) = weak.upgrade() {
                screen.hear(heard);
            }
        }));
        match started {
            Ok(referee) => *self.referee.borrow_mut() = Some(referee),
            Err(trouble) => self.hear(Err(trouble)),
        }
    }

    fn hear(&self, heard: Heard) {
        match heard {
            Ok(Reply::Show { place, html }) => self.write(&place, &html),
            Ok(Reply::Ready { .. }) => self.ask(&self.opening.borrow()),
            Ok(reply) => self.on_reply.emit(reply),
            Err(_) if self.is_broken.replace(true) => {}
            Err(trouble) => {
                let language = self.language.get();
                let trouble = fill(Key::RefereeFailed, language, &[&trouble]);
                self.say(&trouble, text(Key::Retry, language));
            }
        }
    }

    fn ask(&self, job: &Job) {
        if let Some(referee) = &*self.referee.borrow() {
            referee.ask(job);
        }
    }

    /// Tells the referee what was pressed or filled in: a button hears clicks, a field its input.
    fn tell(self: &Rc<Self>, event: &Event) {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let Some(target) = target else {
            return;
        };
        let is_button = target.tag_name() == "BUTTON";
        let Some(field) = target.get_attribute("data-field") else {
            return;
        };
        if is_button == (event.type_() == "click") {
            if field == RETRY {
                self.start();
            } else {
                self.ask(&Job::Hear {
                    field,
                    value: chosen(event),
                });
            }
        }
    }

    /// Writes HTML into a place. The referee escapes every text that is not its own. A place that
    /// asks for the focus gets it once, which browsers do only while a page loads.
    fn write(&self, place: &str, html: &str) {
        let place = format!("[data-place={place}]");
        if let Ok(Some(place)) = self.root.query_selector(&place) {
            place.set_inner_html(html);
            // A slider's number says nothing to a screen reader: it hears what stands beside it.
            if let Some(field) = place.get_attribute("data-of") {
                let slider = self.root.query_selector(&format!("[data-field={field}]"));
                if let Ok(Some(slider)) = slider {
                    let _ = slider.set_attribute("aria-valuetext", html);
                }
            }
            if place.has_attribute("autofocus") {
                let _ = place.remove_attribute("autofocus");
                let _ = place.unchecked_into::<HtmlElement>().focus();
            }
        }
    }

    /// Says a sentence of the screen's own, with a button for another try if it has a name.
    fn say(&self, sentence: &str, again: &str) {
        let mut html = "<p role=status data-place=sentence></p>".to_string();
        if !again.is_empty() {
            html += &format!("<button class=button data-field={RETRY}>{again}</button>");
        }
        self.write("page", &html);
        let place = self.root.query_selector("[data-place=sentence]");
        if let Ok(Some(place)) = place {
            // A browser's words are no HTML.
            place.set_text_content(Some(sentence));
        }
    }
}

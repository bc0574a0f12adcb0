//! The validation window: what the engine's own functions give for cases with known outcomes, run
//! in this browser.
//!
//! It is a screen of the referee, which writes what stands in it and hears what is done with its
//! fields. A Yew component with hooks of its own would weigh more than all of this, on every visit.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use tradewind::model::Language;
use tradewind::view::referee::{Job, Reply};
use tradewind::view::state::Action;
use tradewind::view::text::{Key, fill, text};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::window::window;
use crate::element::{chosen, el, list};
use crate::referee::{Heard, Referee};
use crate::store::Ui;

/// The field that the window has of its own: another try when the referee could not be had.
const RETRY: &str = "retry";

/// The validation window.
pub fn validation(ui: &Ui) -> Html {
    let language = ui.language();
    let guest = Callback::from(move |root: Element| -> Rc<dyn std::any::Any> {
        Screen::open(root, language)
    });
    let on_close = ui.does(Action::SetDialog(None));
    let title = ui.get(Key::Validation);
    let content = list([el("div").class("screen").set("data-place", "page")]);
    window(
        ui,
        title,
        "validation-window",
        on_close,
        content,
        Some(guest),
    )
}

/// What the window shows; the referee ends with it.
struct Screen {
    window: Element,
    language: Language,
    referee: RefCell<Option<Referee>>,
    // A referee that panics says so, and then fails as a worker too: its own words stay.
    is_broken: Cell<bool>,
}

impl Screen {
    /// Opens the screen; it lives as long as the listeners to its fields.
    fn open(window: Element, language: Language) -> Rc<[EventListener; 2]> {
        let screen = Rc::new(Self {
            window,
            language,
            referee: RefCell::default(),
            is_broken: Cell::new(false),
        });
        screen.start();
        Rc::new(["click", "input"].map(|name| {
            let heard = Rc::clone(&screen);
            EventListener::new(&screen.window, name, move |event| heard.tell(event))
        }))
    }

    fn start(self: &Rc<Self>) {
        self.say(text(Key::VerdictPending, self.language), "");
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
            Ok(Reply::Ready { .. }) => self.ask(&Job::Open {
                language: self.language,
            }),
            // A panic is heard as trouble.
            Ok(Reply::Panicked { .. }) => {}
            Err(_) if self.is_broken.replace(true) => {}
            Err(trouble) => {
                let trouble = fill(Key::ValidationFailed, self.language, &[&trouble]);
                self.say(&trouble, text(Key::Retry, self.language));
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

    /// Writes HTML into a place. The referee escapes every text of the files.
    fn write(&self, place: &str, html: &str) {
        let place = format!("[data-place={place}]");
        if let Ok(Some(place)) = self.window.query_selector(&place) {
            place.set_inner_html(html);
        }
    }

    /// Says a sentence of the window's own, with a button for another try if it has a name.
    fn say(&self, sentence: &str, again: &str) {
        let mut html = "<p role=status data-place=sentence></p>".to_string();
        if !again.is_empty() {
            html += &format!("<button class=button data-field={RETRY}>{again}</button>");
        }
        self.write("page", &html);
        let place = self.window.query_selector("[data-place=sentence]");
        if let Ok(Some(place)) = place {
            // A browser's words are no HTML.
            place.set_text_content(Some(sentence));
        }
    }
}

//! What all parts of the page share: its state, its texts, its playhead. What each action does
//! stands in `view::state`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tradewind::model::Language;
use tradewind::scenario::link::LinkError;
use tradewind::units::SimTime;
use tradewind::view::state::{Action, Gesture, State};
use tradewind::view::text::{self, Key};
use yew::functional::UseForceUpdateHandle;

use crate::boot::Start;
use crate::element::{Handler, handler};
use crate::playhead::Playhead;

/// The state of the page. Clones are the same state.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

struct Inner {
    state: RefCell<Rc<State>>,
    broken: RefCell<Option<LinkError>>,
    gesture: Cell<u32>,
    page: RefCell<Option<UseForceUpdateHandle>>,
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Store {
    /// Holds what the page opens with.
    pub fn new(start: Start) -> Self {
        Self(Rc::new(Inner {
            state: RefCell::new(Rc::new(start.state)),
            broken: RefCell::new(start.broken),
            gesture: Cell::new(0),
            page: RefCell::default(),
        }))
    }

    /// The page that is drawn again after every change.
    pub fn draw_on(&self, page: UseForceUpdateHandle) {
        *self.0.page.borrow_mut() = Some(page);
    }

    /// The state as it is now.
    pub fn state(&self) -> Rc<State> {
        Rc::clone(&self.0.state.borrow())
    }

    /// Why the link of the address does not open, if it does not.
    pub fn broken(&self) -> Option<LinkError> {
        self.0.broken.borrow().clone()
    }

    /// Remembers whether the link of the address opens.
    pub fn set_broken(&self, broken: Option<LinkError>) {
        *self.0.broken.borrow_mut() = broken;
        self.draw();
    }

    /// Does an action.
    pub fn send(&self, action: Action) {
        let next = self.state().after(action);
        *self.0.state.borrow_mut() = Rc::new(next);
        self.draw();
    }

    fn draw(&self) {
        if let Some(page) = &*self.0.page.borrow() {
            page.force_update();
        }
    }
}

/// What a part of the page is given: the store, the playhead, and texts in its language.
#[derive(Clone, PartialEq)]
pub struct Ui {
    /// The state and the way to change it.
    pub store: Store,
    /// The playhead.
    pub playhead: Playhead,
    /// The texts.
    pub texts: Texts,
}

impl Ui {
    /// The text of a key.
    pub fn get(&self, key: Key) -> &'static str {
        self.texts.get(key)
    }

    /// The text of a key with its placeholders filled.
    pub fn fill(&self, key: Key, values: &[&str]) -> String {
        self.texts.fill(key, values)
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.texts.0
    }

    /// A handler that does an action.
    pub fn does(&self, action: Action) -> Handler {
        let store = self.store.clone();
        handler(move |_| store.send(action.clone()))
    }

    /// A handler that does two actions.
    pub fn does_both(&self, first: Action, second: Action) -> Handler {
        let store = self.store.clone();
        handler(move |_| {
            store.send(first.clone());
            store.send(second.clone());
        })
    }

    /// A handler that moves the playhead.
    pub fn seeks(&self, to: SimTime) -> Handler {
        let playhead = self.playhead.clone();
        handler(move |_| playhead.seek(to))
    }

    /// The drag at hand. Moves by keys are drags as well: they end with the key.
    pub fn gesture(&self) -> Gesture {
        Gesture(self.store.0.gesture.get())
    }

    /// A handler that ends the drag at hand.
    pub fn ends_gesture(&self) -> Handler {
        let store = self.store.clone();
        handler(move |_| {
            let gesture = &store.0.gesture;
            gesture.set(gesture.get().wrapping_add(1));
            store.send(Action::CloseGesture);
        })
    }
}

/// Texts in the language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

impl Texts {
    /// The text of a key.
    pub fn get(self, key: Key) -> &'static str {
        text::text(key, self.0)
    }

    /// Sentences one after the other; Japanese puts nothing between them.
    pub fn sentences(self, all: &[&str]) -> String {
        let all: Vec<_> = all.iter().filter(|it| !it.is_empty()).copied().collect();
        all.join(match self.0 {
            Language::Ja => "",
            Language::En => " ",
        })
    }

    /// The text of a key with its placeholders filled.
    pub fn fill(self, key: Key, values: &[&str]) -> String {
        text::fill(key, self.0, values)
    }
}

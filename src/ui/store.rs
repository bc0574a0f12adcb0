//! The state of the page as Yew holds it. What each action does stands in `view::state`.

use std::rc::Rc;

use tradewind::model::Language;
use tradewind::view::state::{Action, State};
use tradewind::view::text::{self, Key};
use yew::prelude::*;

/// The state, in a form that Yew can reduce.
#[derive(Debug, Clone, PartialEq)]
pub struct Store(pub State);

impl Reducible for Store {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(Self(self.0.after(action)))
    }
}

/// Sends actions; the same for the whole life of the page.
#[derive(Clone, PartialEq)]
pub struct Dispatch(pub UseReducerDispatcher<Store>);

impl Dispatch {
    /// Sends an action.
    pub fn send(&self, action: Action) {
        self.0.dispatch(action);
    }

    /// A callback that makes an action from its argument and sends it.
    pub fn callback<I: 'static>(&self, action: impl Fn(I) -> Action + 'static) -> Callback<I> {
        let dispatch = self.clone();
        Callback::from(move |input| dispatch.send(action(input)))
    }

    /// A callback that always sends the same action.
    pub fn always<I: 'static>(&self, action: Action) -> Callback<I> {
        self.callback(move |_| action.clone())
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

    /// The text of a key with its placeholders filled.
    pub fn fill(self, key: Key, values: &[&str]) -> String {
        text::fill(key, self.0, values)
    }
}

/// The way to send actions.
#[hook]
pub fn use_dispatch() -> Dispatch {
    use_context().expect("every component stands inside the page")
}

/// The texts in the page's language.
#[hook]
pub fn use_texts() -> Texts {
    use_context().expect("every component stands inside the page")
}

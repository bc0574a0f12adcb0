//! The first moments: what the page opens with.
//!
//! A link opens beside the visitor's own work, never over it. It takes the place of the own work
//! only when there is none yet (nothing edited), or when it is the same scenario: the page's own
//! address after a reload.

use tradewind::model::Language;
use tradewind::scenario::link::{FIRST_PRESET, LinkError};
use tradewind::scenario::presets;
use tradewind::view::state::{Action, Dialog, Notice, PaneLook, State, Work};

use crate::address::{self, Arrival};
use crate::storage;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The state.
    pub state: State,
    /// Why the link of the address does not open, if it does not.
    pub broken: Option<LinkError>,
}

/// Finds out what to open.
pub async fn start() -> Start {
    let settings = storage::settings();
    let language = address::language()
        .or(settings.language)
        .unwrap_or_else(of_browser);
    let saved = storage::load().await;
    let is_resumed = saved.as_ref().is_some_and(Work::is_edited);
    let own = saved.unwrap_or_else(|| question(FIRST_PRESET));
    let mut state = State::new(own, language, settings.theme);
    if is_narrow() {
        state.look = PaneLook::List;
    }
    let arrival = address::arrival();
    let (actions, broken) = answer_to(arrival, &state);
    if actions.is_empty() && broken.is_none() && is_resumed {
        state.notice = Some(Notice::Resumed);
    }
    let state = actions
        .into_iter()
        .fold(state, |state, action| match action {
            Action::Open(work, notice) => opened_with(&state, work, notice),
            other => state.after(other),
        });
    Start { state, broken }
}

/// The state of a page that begins with a question. Nothing was done yet that could be undone.
fn opened_with(state: &State, work: Work, notice: Option<Notice>) -> State {
    let mut first = State::new(work, state.language, state.theme);
    first.look = state.look;
    first.notice = notice;
    first
}

/// True on a phone, where a list can be read and a picture cannot.
pub fn is_narrow() -> bool {
    const NARROW: &str = "(max-width: 700px)";
    let query = web_sys::window().and_then(|window| window.match_media(NARROW).ok().flatten());
    query.is_some_and(|query| query.matches())
}

/// What an address asks for, given what is there.
pub fn answer_to(arrival: Arrival, state: &State) -> (Vec<Action>, Option<LinkError>) {
    let place = |work: Work, notice: Option<Notice>| {
        if work == *state.work() {
            return Vec::new();
        }
        let own = state.own_work();
        if work.document == own.document && work.preset == own.preset {
            return vec![Action::LeaveShared];
        }
        if own.is_edited() || work.is_edited() || work.preset.is_none() {
            return vec![Action::OpenShared(work, notice)];
        }
        vec![Action::Open(work, notice)]
    };
    match arrival {
        Arrival::Plain => (Vec::new(), None),
        Arrival::Validation => (vec![Action::SetDialog(Some(Dialog::Validation))], None),
        Arrival::Opened(opened) => (place(address::work_of(&opened), None), None),
        Arrival::Broken(LinkError::EditsMissing { preset }) if presets::find(&preset).is_some() => {
            let work = question(&preset);
            let mut actions = place(work, Some(Notice::EditsLost));
            if actions.is_empty() {
                actions.push(Action::Open(question(&preset), Some(Notice::EditsLost)));
            }
            (actions, None)
        }
        Arrival::Broken(error) => (Vec::new(), Some(error)),
    }
}

/// A preset without edits; the first one for an id that does not exist.
pub fn question(id: &str) -> Work {
    let preset = presets::find(id).or_else(|| presets::find(FIRST_PRESET));
    let preset = preset.expect("some scenarios come with the program");
    Work::new(Some(preset.id.to_string()), preset.scenario().document)
}

/// The browser's language: Japanese, or English for everybody else.
fn of_browser() -> Language {
    let language = web_sys::window().and_then(|window| window.navigator().language());
    match language {
        Some(language) if !language.starts_with("ja") => Language::En,
        _ => Language::Ja,
    }
}

//! The page: boot, state, and what is around the screen.

use gloo::events::EventListener;
use tradewind::scenario::link::FIRST_PRESET;
use tradewind::scenario::presets;
use tradewind::units::SimDuration;
use tradewind::view::state::{Action, Dialog, Slot, Theme};
use tradewind::view::text::{self, Key};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::boot;
use crate::component::broken_link::broken_link;
use crate::component::screen::Screen;
use crate::playhead::Playhead;
use crate::storage::{self, Settings};
use crate::store::{Store, Texts, Ui};
use crate::{address, reveal};

/// Starts the page, once it is known what it opens with.
pub fn start() {
    spawn_local(async {
        let store = Store::new(boot::start().await);
        // Behind the picture a window cannot be seen, nor take the focus.
        if store.state().dialog.is_some() {
            reveal::now();
        }
        follow_links(&store);
        // The run's length is known when its scenario is read.
        let playhead = Playhead::new(SimDuration::ZERO);
        let props = PageProps { store, playhead };
        let document = web_sys::window().and_then(|window| window.document());
        let root = document.and_then(|document| document.get_element_by_id("app"));
        match root {
            Some(root) => yew::Renderer::<Page>::with_root_and_props(root, props).render(),
            None => yew::Renderer::<Page>::with_props(props).render(),
        };
    });
}

/// Follows links that are pasted into the address bar of the open page.
fn follow_links(store: &Store) {
    let store = store.clone();
    let follow = move |_: &Event| {
        let (actions, error) = boot::answer_to(address::arrival(), &store.state());
        store.set_broken(error);
        for action in actions {
            store.send(action);
        }
    };
    if let Some(window) = web_sys::window() {
        EventListener::new(&window, "hashchange", follow).forget();
    }
}

#[derive(Properties, PartialEq)]
struct PageProps {
    store: Store,
    playhead: Playhead,
}

/// Shows the screen, or says why a link does not open.
#[component]
fn Page(props: &PageProps) -> Html {
    let store = &props.store;
    store.draw_on(use_force_update());
    let (state, broken) = (store.state(), store.broken());
    use_look(state.language, state.theme);
    let is_stored = use_autosave(store);
    // The validation page has an address of its own.
    let is_quiet = broken.is_some() || state.dialog == Some(Dialog::Validation);
    address::use_live_address(state.work().clone(), state.language, is_quiet);
    // The picture that came with the page shows the first question as it is, and nothing else.
    let is_other = broken.is_some() || *state.work() != boot::question(FIRST_PRESET);
    use_effect_with(is_other, |is_other| {
        if *is_other {
            reveal::now();
        }
    });
    let ui = Ui {
        store: store.clone(),
        playhead: props.playhead.clone(),
        texts: Texts(state.language),
    };
    let Some(error) = broken else {
        return html! { <Screen {ui} {state} {is_stored} /> };
    };
    let store = store.clone();
    let on_question = move |_| {
        let id = address::question().unwrap_or_default();
        store.send(Action::OpenShared(boot::question(&id), None));
        store.set_broken(None);
    };
    let named = address::question();
    let is_known = named.is_some_and(|id| presets::find(&id).is_some());
    broken_link(&ui, &error, is_known, on_question)
}

/// Language and colours of the document, kept for the next visit.
#[hook]
fn use_look(language: tradewind::model::Language, theme: Theme) {
    use_effect_with((language, theme), |(language, theme)| {
        let document = web_sys::window().and_then(|window| window.document());
        if let Some(document) = &document {
            document.set_title(text::text(Key::PageTitle, *language));
        }
        if let Some(root) = document.and_then(|document| document.document_element()) {
            // Setting an attribute of a fixed name does not fail.
            let _ = root.set_attribute("lang", text::code(*language));
            let _ = match theme {
                Theme::System => root.remove_attribute("data-theme"),
                Theme::Light => root.set_attribute("data-theme", "light"),
                Theme::Dark => root.set_attribute("data-theme", "dark"),
            };
        }
        storage::keep_settings(Settings {
            language: Some(*language),
            theme: *theme,
        });
    });
}

/// Saves the own work a little after each change. False when the browser refuses.
#[hook]
fn use_autosave(store: &Store) -> bool {
    const DELAY_MS: u32 = 300;
    let is_stored = use_state_eq(|| true);
    let state = store.state();
    let own = state.own_work().clone();
    let is_own = state.slot() == Slot::Own;
    let saved = use_mut_ref(|| own.clone());
    {
        let is_stored = is_stored.setter();
        use_effect_with((own, is_own), move |(own, is_own)| {
            let is_new = *is_own && *saved.borrow() != *own;
            let own = own.clone();
            let timer = is_new.then(|| {
                gloo::timers::callback::Timeout::new(DELAY_MS, move || {
                    spawn_local(async move {
                        let outcome = storage::save(&own).await;
                        is_stored.set(outcome.is_ok());
                        *saved.borrow_mut() = own;
                    });
                })
            });
            move || drop(timer)
        });
    }
    *is_stored
}

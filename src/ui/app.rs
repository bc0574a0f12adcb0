//! The page: boot, state, and what is around the screen.

use gloo::events::EventListener;
use tradewind::scenario::link::{FIRST_PRESET, LinkError};
use tradewind::view::state::{Slot, Theme};
use tradewind::view::text;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::boot::{self, Start};
use crate::component::broken_link::BrokenLink;
use crate::component::screen::Screen;
use crate::storage::{self, Settings};
use crate::store::{Dispatch, Store, Texts};
use crate::{address, reveal};

/// Starts the page.
pub fn start() {
    let document = web_sys::window().and_then(|window| window.document());
    let root = document.and_then(|document| document.get_element_by_id("app"));
    match root {
        Some(root) => yew::Renderer::<App>::with_root(root).render(),
        None => yew::Renderer::<App>::new().render(),
    };
}

/// Waits for what the page opens with.
#[component]
fn App() -> Html {
    let start = use_state(|| None::<Start>);
    {
        let start = start.setter();
        use_effect_with((), move |()| {
            spawn_local(async move { start.set(Some(boot::start().await)) });
        });
    }
    match &*start {
        Some(start) => html! { <Page start={start.clone()} /> },
        None => html! {},
    }
}

#[derive(Properties, PartialEq)]
struct PageProps {
    start: Start,
}

/// Holds the state; shows the screen, or says why a link does not open.
#[component]
fn Page(props: &PageProps) -> Html {
    let store = use_reducer(|| Store(props.start.state.clone()));
    let broken = use_state(|| props.start.broken.clone());
    let dispatch = Dispatch(store.dispatcher());
    let state = &store.0;
    use_links(&store, &broken);
    use_look(state.language, state.theme);
    let is_stored = use_autosave(&store);
    address::use_live_address(state.work().clone(), state.language, broken.is_some());
    let on_question = {
        let (broken, dispatch) = (broken.clone(), dispatch.clone());
        Callback::from(move |()| {
            let id = address::question().unwrap_or_default();
            dispatch.send(tradewind::view::state::Action::OpenShared(
                boot::question(&id),
                None,
            ));
            broken.set(None);
        })
    };
    // The picture that came with the page shows the first question as it is, and nothing else.
    let is_other = broken.is_some() || *state.work() != boot::question(FIRST_PRESET);
    use_effect_with(is_other, |is_other| {
        if *is_other {
            reveal::now();
        }
    });
    let content = match &*broken {
        Some(error) => html! { <BrokenLink error={error.clone()} {on_question} /> },
        None => html! { <Screen state={state.clone()} {is_stored} /> },
    };
    html! {
        <ContextProvider<Dispatch> context={dispatch}>
            <ContextProvider<Texts> context={Texts(state.language)}>
                <ContextProvider<Theme> context={state.theme}>{ content }</ContextProvider<Theme>>
            </ContextProvider<Texts>>
        </ContextProvider<Dispatch>>
    }
}

/// Follows links that are pasted into the address bar of the open page.
#[hook]
fn use_links(store: &UseReducerHandle<Store>, broken: &UseStateHandle<Option<LinkError>>) {
    // The listener is made once; it looks at the state through this.
    let latest = use_mut_ref(|| store.0.clone());
    *latest.borrow_mut() = store.0.clone();
    let (dispatcher, broken) = (store.dispatcher(), broken.setter());
    use_effect_with((), move |()| {
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "hashchange", move |_| {
                let (actions, error) = boot::answer_to(address::arrival(), &latest.borrow());
                broken.set(error);
                for action in actions {
                    dispatcher.dispatch(action);
                }
            })
        });
        move || drop(listener)
    });
}

/// Language and colours of the document, kept for the next visit.
#[hook]
fn use_look(language: tradewind::model::Language, theme: Theme) {
    use_effect_with((language, theme), |(language, theme)| {
        let document = web_sys::window().and_then(|window| window.document());
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
fn use_autosave(store: &UseReducerHandle<Store>) -> bool {
    const DELAY_MS: u32 = 300;
    let is_stored = use_state_eq(|| true);
    let own = store.0.own_work().clone();
    let is_own = store.0.slot() == Slot::Own;
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

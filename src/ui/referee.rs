//! The page's side of the referee (`src/referee`), which is fetched when somebody asks for it.

pub mod screen;

use tradewind::view::referee::{Job, PROTOCOL, Reply};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, HtmlLinkElement, MessageEvent};
use yew::Callback;

use crate::worker::handle::Handle;
use crate::worker::wire;

/// What the page hears: a reply, or why there will be none any more.
pub type Heard = Result<Reply, String>;

/// A running referee; ends when dropped.
pub struct Referee(Handle);

impl Referee {
    /// Starts it. `on_reply` hears [`Reply::Ready`] first, and jobs sent before that are lost.
    ///
    /// # Errors
    /// When the browser refuses workers, or the page was built without a referee.
    pub fn start(on_reply: Callback<Heard>) -> Result<Self, String> {
        let script = script().ok_or("no referee")?;
        let for_errors = on_reply.clone();
        let on_message = move |event: MessageEvent| {
            on_reply.emit(understood(wire::read(&event.data())));
        };
        let on_error = move |event: ErrorEvent| {
            event.prevent_default();
            for_errors.emit(Err(event.message()));
        };
        let handle = Handle::start(
            &script,
            // The script knows the name of its wasm.
            &JsValue::UNDEFINED,
            Closure::new(on_message),
            Closure::new(on_error),
        );
        handle.map(Self).map_err(|_| "no Web Worker".to_string())
    }

    /// Gives it a job.
    pub fn ask(&self, job: &Job) {
        self.0.say(job);
    }
}

fn understood(message: Result<Reply, wire::Garbled>) -> Heard {
    match message {
        Ok(Reply::Panicked { report }) => Err(report),
        Ok(reply @ Reply::Ready { protocol: PROTOCOL }) => Ok(reply),
        // Another version of the program: it can only come from a broken cache.
        Ok(Reply::Ready { .. }) | Err(wire::Garbled) => Err("another version".to_string()),
        Ok(reply) => Ok(reply),
    }
}

/// The address of its script, which the build has written into the page.
fn script() -> Option<String> {
    let document = web_sys::window()?.document()?;
    let link = document.query_selector("link[rel=referee]").ok()??;
    Some(link.unchecked_into::<HtmlLinkElement>().href())
}

//! A wake-up call to oneself: comes as soon as the messages that wait already have been heard.
//!
//! A timer would do, but browsers let timers that set each other wait for 4 ms, which is as long as
//! a slice of work.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessageChannel;

/// A line to oneself.
pub struct Nudge {
    line: MessageChannel,
    _on_nudge: Closure<dyn Fn()>,
}

impl Nudge {
    /// Opens the line; each nudge is answered by one call.
    ///
    /// # Errors
    /// When the browser has no message channels.
    pub fn new(on_nudge: impl Fn() + 'static) -> Result<Self, JsValue> {
        let line = MessageChannel::new()?;
        let on_nudge = Closure::<dyn Fn()>::new(on_nudge);
        let handler = on_nudge.as_ref().unchecked_ref();
        line.port1().set_onmessage(Some(handler));
        Ok(Self {
            line,
            _on_nudge: on_nudge,
        })
    }

    /// Asks for a call.
    pub fn nudge(&self) {
        // Nothing is sent that could not be.
        let _ = self.line.port2().post_message(&JsValue::NULL);
    }
}

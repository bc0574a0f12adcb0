//! How messages are written, and a worker's end of the wire: one array of bytes a message, moved
//! and not copied.
//!
//! The bytes are borsh's, which writes the fields one after the other without names: recorded runs
//! of a day are read in about a millisecond, and the code that reads them is small. Both ends are
//! of one build, so nothing older or newer ever has to be understood.
//!
//! The engine's worker is the page's own program and the referee's is another one; both contain
//! this file.

use borsh::{BorshDeserialize, BorshSerialize};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Why a message cannot be written or understood: it holds a number that is none, or the two ends
/// are of different versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbled;

/// Writes a message.
///
/// # Errors
/// If it holds a number that is none; no run log and no figure does.
pub fn write<M: BorshSerialize>(message: &M) -> Result<Uint8Array, Garbled> {
    let bytes = borsh::to_vec(message).map_err(|_| Garbled)?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// Reads a message.
///
/// # Errors
/// If it is not one of this version.
pub fn read<M: BorshDeserialize>(message: &JsValue) -> Result<M, Garbled> {
    let bytes: &Uint8Array = message.dyn_ref().ok_or(Garbled)?;
    borsh::from_slice(&bytes.to_vec()).map_err(|_| Garbled)
}

/// A worker's end.
#[derive(Clone)]
pub struct Wire(DedicatedWorkerGlobalScope);

impl Wire {
    /// The end of the worker that this runs in; none on the page.
    pub fn here() -> Option<Self> {
        js_sys::global().dyn_into().ok().map(Self)
    }

    /// Says something.
    ///
    /// # Errors
    /// As [`write`].
    pub fn say<M: BorshSerialize>(&self, message: &M) -> Result<(), Garbled> {
        let message = write(message)?;
        let moved = Array::of1(&message.buffer());
        let sent = self.0.post_message_with_transfer(&message, &moved);
        sent.map_err(|_| Garbled)
    }

    /// Hears everything that is said, as long as the worker lives. What cannot be understood is
    /// passed over: the other end was told the version first.
    pub fn hear<M: BorshDeserialize + 'static>(&self, on_message: impl Fn(M) + 'static) {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(message) = read(&event.data()) {
                on_message(message);
            }
        });
        self.0
            .set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
    }

    /// Says what a panic was about before it ends the worker.
    pub fn say_panics<M: BorshSerialize + 'static>(&self, reply: fn(String) -> M) {
        let wire = self.clone();
        std::panic::set_hook(Box::new(move |info| {
            // There is nobody left to tell about a second failure.
            let _ = wire.say(&reply(info.to_string()));
        }));
    }
}

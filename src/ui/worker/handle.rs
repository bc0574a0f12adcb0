//! A running worker, as the page holds it.

use borsh::BorshSerialize;
use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url, Worker, WorkerOptions, WorkerType,
};

use super::wire;

/// What a worker starts with: it waits for the address of its script and for its module.
const LOADER: &str = "self.onmessage = async ({ data: [script, module_or_path] }) => { \
    self.onmessage = null; \
    try { await (await import(script)).default({ module_or_path }); } \
    catch (error) { reportError(error); } };";

/// A running worker; ends when dropped.
pub struct Handle {
    worker: Worker,
    url: String,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

impl Handle {
    /// Starts a worker from a few lines of script: they load `script`, which wasm-bindgen made, and
    /// start it on `module`, its compiled wasm; without one the script fetches it itself. What does
    /// not load is an error of the worker.
    ///
    /// # Errors
    /// When the browser refuses workers.
    pub fn start(
        script: &str,
        module: &JsValue,
        on_message: Closure<dyn Fn(MessageEvent)>,
        on_error: Closure<dyn Fn(ErrorEvent)>,
    ) -> Result<Self, JsValue> {
        let kind = BlobPropertyBag::new();
        kind.set_type("application/javascript");
        let parts = Array::of1(&LOADER.into());
        let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&url, &options)?;
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&Array::of2(&script.into(), module))?;
        Ok(Self {
            worker,
            url,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Says something to the worker. A message that cannot be written, or a worker that is gone,
    /// has no answer.
    pub fn say<M: BorshSerialize>(&self, message: &M) {
        if let Ok(message) = wire::write(message) {
            let _ = self.worker.post_message(&message);
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        let _ = Url::revoke_object_url(&self.url);
    }
}

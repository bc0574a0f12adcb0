//! What the browser keeps: the visitor's own work in IndexedDB, settings in local storage.
//!
//! All pages of a GitHub account share one origin, so every name carries the program's name and
//! the path of the page. A browser that refuses to store is no error: the page works on in memory
//! and says so.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::storage::{LocalStorage, Storage};
use js_sys::Promise;
use serde_json::{Map, Value, json};
use tradewind::model::Language;
use tradewind::model::json::FromJson;
use tradewind::view::state::{Theme, Work};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbOpenDbRequest, IdbRequest, IdbTransactionMode};

/// The object store that holds scenarios.
const STORE: &str = "work";
/// The one slot of the autosave.
const SLOT: &str = "own";

/// Settings of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// Language; the browser's when absent.
    pub language: Option<Language>,
    /// Colours.
    pub theme: Theme,
}

/// Reads the settings; the defaults when there are none or they cannot be read.
pub fn settings() -> Settings {
    let text = shelf().and_then(|shelf| shelf.get_item(&name("settings")).ok().flatten());
    let text = text.unwrap_or_default();
    let kept: Value = serde_json::from_str(&text).unwrap_or_default();
    Settings {
        language: Language::from_json(&kept["language"]).ok(),
        theme: Theme::from_json(&kept["theme"]).unwrap_or_default(),
    }
}

/// Keeps the settings. A refusal is not worth a message.
pub fn keep_settings(settings: Settings) {
    let kept = json!({ "language": settings.language, "theme": settings.theme });
    if let Some(shelf) = shelf() {
        let _ = shelf.set_item(&name("settings"), &kept.to_string());
    }
}

/// The browser's local storage; none where it is blocked, which gloo takes for a program's fault.
fn shelf() -> Option<web_sys::Storage> {
    let is_open = web_sys::window()?
        .local_storage()
        .is_ok_and(|it| it.is_some());
    is_open.then(LocalStorage::raw)
}

/// Reads the own work of an earlier visit.
pub async fn load() -> Option<Work> {
    let database = open().await.ok()?;
    let transaction = database.transaction_with_str(STORE).ok()?;
    let request = transaction
        .object_store(STORE)
        .ok()?
        .get(&SLOT.into())
        .ok()?;
    let text = answer(&request).await.ok()?.as_string()?;
    let mut saved: Value = serde_json::from_str(&text).ok()?;
    let preset = saved["preset"].as_str().map(str::to_string);
    let work = Work::new(preset, saved.get_mut("base")?.take());
    Some(work.with_document(saved.get_mut("document")?.take()))
}

/// Keeps the own work.
///
/// # Errors
/// When the browser refuses or has no room.
pub async fn save(work: &Work) -> Result<(), JsValue> {
    let mut saved = Map::new();
    saved.insert("preset".to_string(), work.preset.clone().into());
    saved.insert("base".to_string(), Value::clone(&work.base));
    saved.insert("document".to_string(), Value::clone(&work.document));
    let text = Value::from(saved).to_string();
    let database = open().await?;
    let mode = IdbTransactionMode::Readwrite;
    let transaction = database.transaction_with_str_and_mode(STORE, mode)?;
    let store = transaction.object_store(STORE)?;
    let request = store.put_with_key(&text.into(), &SLOT.into())?;
    answer(&request).await.map(|_| ())
}

/// A name that no other page of this origin uses.
fn name(what: &str) -> String {
    let location = web_sys::window().map(|window| window.location());
    let path = location.and_then(|location| location.pathname().ok());
    let folder = path.as_deref().and_then(|path| path.rsplit_once('/'));
    format!(
        "tradewind:{}/:{what}",
        folder.map_or("", |(folder, _)| folder)
    )
}

async fn open() -> Result<IdbDatabase, JsValue> {
    let window = web_sys::window().ok_or("no window")?;
    let factory = window.indexed_db()?.ok_or("no storage")?;
    let request: IdbOpenDbRequest = factory.open_with_u32(&name("store"), 1)?;
    let for_upgrade = request.clone();
    let on_upgrade = Closure::once(move || {
        if let Ok(database) = for_upgrade.result() {
            // It fails only when the store is already there.
            let _ = database
                .unchecked_into::<IdbDatabase>()
                .create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    answer(&request).await?.dyn_into()
}

/// Waits for the answer of a request.
async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let kept = Rc::new(RefCell::new(None));
    let promise = Promise::new(&mut |resolve, reject| {
        let on_success = Closure::once(move || resolve.call0(&JsValue::NULL));
        let on_error = Closure::once(move || reject.call0(&JsValue::NULL));
        request.set_onsuccess(Some(on_success.as_ref().unchecked_ref()));
        request.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        *kept.borrow_mut() = Some((on_success, on_error));
    });
    let outcome = JsFuture::from(promise).await;
    request.set_onsuccess(None);
    request.set_onerror(None);
    match outcome {
        Ok(_) => request.result(),
        Err(_) => Err("the browser refuses to store".into()),
    }
}

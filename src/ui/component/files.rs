//! Opening and saving scenario files: by button, by key, and by dropping a file on the page.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::file::callbacks::FileReader;
use tradewind::model::{Finding, Severity};
use tradewind::scenario::{Scenario, write};
use tradewind::view::findings;
use tradewind::view::load::is_table;
use tradewind::view::state::{Action, Dialog, Notice, State, Work};
use tradewind::view::text::Key;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent, File, HtmlInputElement};
use yew::prelude::*;

use super::window::window;
use crate::element::{El, Handler, el, handler, list};
use crate::files::{self, MAX_FILE_BYTES};
use crate::keyboard::is_typing;
use crate::store::{Store, Ui};

/// How names of files end that hold a table of measured load instead of a scenario.
const TABLES: [&str; 2] = [".csv", ".tsv"];

/// What is saved, and as what.
#[derive(Clone, PartialEq)]
pub struct Saving {
    work: Work,
    id: String,
}

impl Saving {
    /// The scenario on screen.
    pub fn new(state: &State, scenario: &Scenario) -> Self {
        Self {
            work: state.work().clone(),
            id: scenario.id.clone(),
        }
    }
}

/// What the page needs for files.
pub struct Files {
    /// Asks for a file.
    pub open: Callback<()>,
    /// Saves the scenario.
    pub save: Callback<()>,
    /// The hidden field that asks.
    pub picker: Html,
    /// The window with findings, when there are some.
    pub findings: Html,
}

/// Opening and saving scenario files.
#[hook]
pub fn use_files(ui: &Ui, saving: Saving) -> Files {
    let found = use_state(Vec::<Finding>::new);
    let field = use_node_ref();
    // The file being read; a newer one takes its place.
    let reading = use_mut_ref(|| None::<FileReader>);
    let read = {
        let (store, found) = (ui.store.clone(), found.setter());
        Callback::from(move |file: File| {
            if file.size() > MAX_FILE_BYTES {
                return found.set(Scenario::parse_bytes(&vec![b' '; 2 << 20]).1);
            }
            let (store, found) = (store.clone(), found.clone());
            let name = file.name().to_ascii_lowercase();
            let is_table = TABLES.iter().any(|end| name.ends_with(end));
            let reader = gloo::file::callbacks::read_as_bytes(&file.into(), move |bytes| {
                let bytes = bytes.unwrap_or_default();
                if is_table {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    store.send(Action::SetDialog(Some(Dialog::Load(text))));
                } else {
                    found.set(opened(&bytes, &store));
                }
            });
            *reading.borrow_mut() = Some(reader);
        })
    };
    use_drop(read.clone());
    use_paste(&ui.store);
    let open = {
        let field = field.clone();
        Callback::from(move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.click();
            }
        })
    };
    let save = Callback::from(move |()| {
        let name = format!("{}.tradewind.json", saving.id);
        // A refused download is shown by the browser itself.
        let _ = files::offer(&name, &write::file_text(&saving.work.document));
    });
    let on_change = handler(move |event| {
        let field = event.target_unchecked_into::<HtmlInputElement>();
        if let Some(file) = field.files().and_then(|files| files.get(0)) {
            read.emit(file);
        }
        // Choosing the same file again is another change.
        field.set_value("");
    });
    let picker = el("input")
        .set("type", "file")
        .node(&field)
        .flag("hidden", true)
        .set("accept", ".json,application/json,.csv,.tsv")
        .testid("file")
        .on_change(on_change);
    let findings = if found.is_empty() {
        Html::default()
    } else {
        let setter = found.setter();
        findings_window(ui, &found, handler(move |_| setter.set(Vec::new())))
    };
    Files {
        open,
        save,
        picker: picker.into(),
        findings,
    }
}

/// Opens a file's bytes when they can be played; returns what is wrong with them either way.
fn opened(bytes: &[u8], store: &Store) -> Vec<Finding> {
    let (scenario, findings) = Scenario::parse_bytes(bytes);
    let has_errors = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if let Some(scenario) = scenario.filter(|_| !has_errors) {
        let work = Work::new(None, scenario.document);
        store.send(Action::Open(work, Some(Notice::Opened)));
    }
    findings
}

/// Reads a file that is dropped anywhere on the page.
#[hook]
fn use_drop(read: Callback<File>) {
    use_effect_with(read, |read| {
        let read = read.clone();
        let listeners = web_sys::window().map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            let over = EventListener::new_with_options(&window, "dragover", options, |event| {
                event.prevent_default();
            });
            let drop = EventListener::new_with_options(&window, "drop", options, move |event| {
                event.prevent_default();
                let data = event
                    .dyn_ref::<DragEvent>()
                    .and_then(DragEvent::data_transfer);
                if let Some(file) = data
                    .and_then(|data| data.files())
                    .and_then(|all| all.get(0))
                {
                    read.emit(file);
                }
            });
            (over, drop)
        });
        move || drop(listeners)
    });
}

/// Shows a table that is pasted anywhere on the page but into a field.
#[hook]
fn use_paste(store: &Store) {
    use_effect_with(store.clone(), |store| {
        let store = store.clone();
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "paste", move |event| {
                let Some(event) = event.dyn_ref::<ClipboardEvent>() else {
                    return;
                };
                let data = event.clipboard_data().filter(|_| !is_typing(event));
                let text = data.and_then(|data| data.get_data("text").ok());
                // What is open keeps what was typed into it.
                let is_free = store.state().dialog.is_none();
                if let Some(table) = text.filter(|text| is_free && is_table(text)) {
                    store.send(Action::SetDialog(Some(Dialog::Load(table))));
                }
            })
        });
        move || drop(listener)
    });
}

/// Findings, one a line.
pub fn finding_items(ui: &Ui, found: &[Finding]) -> impl Iterator<Item = El> {
    found.iter().map(|finding| {
        let line = findings::line(finding, ui.language());
        let place = finding.place.map(|at| {
            let at = [at.line, at.column].map(|it| it.to_string());
            ui.fill(Key::FindingPlace, &[&at[0], &at[1]])
        });
        let path = (!line.path.is_empty()).then(|| line.path.clone());
        let place: Vec<_> = place.into_iter().chain(path).collect();
        let place = place.join(" ");
        let place = el("div").add(el("code").text(&place));
        el("li")
            .class_if("finding", finding.severity == Severity::Error, "error")
            .add(el("b").text(line.severity))
            .text(" ")
            .text(&ui.texts.sentences(&[&line.problem, &line.remedy]))
            .add(place)
    })
}

/// Everything that is wrong with a file.
fn findings_window(ui: &Ui, found: &[Finding], on_close: Handler) -> Html {
    let counted = |severity, key| {
        let found = found.iter().filter(|one| one.severity == severity);
        match found.count() {
            0 => String::new(),
            count => ui.fill(key, &[&count.to_string()]),
        }
    };
    let (errors, warnings) = (
        counted(Severity::Error, Key::FindingsErrors),
        counted(Severity::Warning, Key::FindingsWarnings),
    );
    let summary = ui.texts.sentences(&[&errors, &warnings]);
    let content = list([
        el("p").text(&summary),
        el("ul").class("findings").each(finding_items(ui, found)),
    ]);
    window(
        ui,
        ui.get(Key::FindingsTitle),
        "findings",
        on_close,
        content,
        None,
    )
}

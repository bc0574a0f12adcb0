//! Opening and saving scenario files: by button, by key, and by dropping a file on the page.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::file::callbacks::FileReader;
use tradewind::model::{Finding, Severity};
use tradewind::scenario::{Scenario, write};
use tradewind::view::findings;
use tradewind::view::state::{Action, Notice, State, Work};
use tradewind::view::text::Key;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, HtmlInputElement};
use yew::prelude::*;

use super::window::Window;
use crate::files::{self, MAX_FILE_BYTES};
use crate::store::{Dispatch, use_dispatch, use_texts};

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
pub fn use_files(saving: Saving) -> Files {
    let dispatch = use_dispatch();
    let found = use_state(Vec::<Finding>::new);
    let field = use_node_ref();
    // The file being read; a newer one takes its place.
    let reading = use_mut_ref(|| None::<FileReader>);
    let read = {
        let (dispatch, found) = (dispatch, found.setter());
        Callback::from(move |file: File| {
            if file.size() > MAX_FILE_BYTES {
                return found.set(Scenario::parse_bytes(&vec![b' '; 2 << 20]).1);
            }
            let (dispatch, found) = (dispatch.clone(), found.clone());
            let reader = gloo::file::callbacks::read_as_bytes(&file.into(), move |bytes| {
                found.set(opened(&bytes.unwrap_or_default(), &dispatch));
            });
            *reading.borrow_mut() = Some(reader);
        })
    };
    use_drop(read.clone());
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
    let onchange = Callback::from(move |event: Event| {
        let field = event.target_unchecked_into::<HtmlInputElement>();
        if let Some(file) = field.files().and_then(|files| files.get(0)) {
            read.emit(file);
        }
        // Choosing the same file again is another change.
        field.set_value("");
    });
    let picker = html! {
        <input type="file" ref={field} hidden=true accept=".json,application/json"
            data-testid="file" {onchange} />
    };
    let on_close = {
        let found = found.setter();
        Callback::from(move |()| found.set(Vec::new()))
    };
    let findings = if found.is_empty() {
        html! {}
    } else {
        html! { <Findings found={(*found).clone()} {on_close} /> }
    };
    Files {
        open,
        save,
        picker,
        findings,
    }
}

/// Opens a file's bytes when they can be played; returns what is wrong with them either way.
fn opened(bytes: &[u8], dispatch: &Dispatch) -> Vec<Finding> {
    let (scenario, findings) = Scenario::parse_bytes(bytes);
    let has_errors = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if let Some(scenario) = scenario.filter(|_| !has_errors) {
        let work = Work::new(None, scenario.document);
        dispatch.send(Action::Open(work, Some(Notice::Opened)));
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

#[derive(Properties, PartialEq)]
struct FindingsProps {
    found: Vec<Finding>,
    on_close: Callback<()>,
}

/// Everything that is wrong with a file.
#[component]
fn Findings(props: &FindingsProps) -> Html {
    let texts = use_texts();
    let count = |severity| {
        props
            .found
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    };
    let (n_errors, n_warnings) = (count(Severity::Error), count(Severity::Warning));
    let items = props.found.iter().map(|finding| {
        let class = (finding.severity == Severity::Error).then_some("error");
        let line = findings::line(finding, texts.0);
        html! {
            <li class={classes!("finding", class)}>
                <b>{ line.severity }</b>{ " " }{ line.problem }{ " " }{ line.remedy }
                <div><code>{ line.place }{ " " }{ line.path }</code></div>
            </li>
        }
    });
    html! {
        <Window title={texts.get(Key::FindingsTitle)} testid="findings"
            on_close={props.on_close.clone()}>
            <p>
                if n_errors > 0 {
                    { texts.fill(Key::FindingsErrors, &[&n_errors.to_string()]) }{ " " }
                }
                if n_warnings > 0 {
                    { texts.fill(Key::FindingsWarnings, &[&n_warnings.to_string()]) }
                }
            </p>
            <ul class="findings">{ for items }</ul>
        </Window>
    }
}

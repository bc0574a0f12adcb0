//! What the page remembers, and how each action changes it: plain data and one pure function.
//!
//! The page keeps two *slots*: the visitor's own work, and what a shared link brought. A link never
//! touches the own work; "keep a copy" is the only way from one slot to the other. Within a slot
//! every change of the scenario is a step that can be undone; where the playhead stands, what is
//! selected and how the page looks are not.
//!
//! The document is the truth: a scenario is parsed from it, its edits are the merge patch from the
//! document that it was opened as. Answers of the engine are kept beside this state by the page,
//! see [`results`]; the playhead moves by itself, see [`transport`].

pub mod document;
pub mod fault;
pub mod history;
pub mod knob;
pub mod results;
pub mod transport;

use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use super::events::EventFilter;
use crate::model::json::{FromJson, from_json};
use crate::model::{FaultKind, Language, LoadProfile};
pub use document::Scope;
pub use fault::{FaultGroup, FaultVerb};
pub use history::{Gesture, History};
pub use knob::{Knob, KnobId, Quantity};
pub use results::{Progress, Results, RunId};
pub use transport::{SPEEDS, Transport};

/// A scenario as it was opened and as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// The preset that it was opened as, if it was one.
    pub preset: Option<String>,
    /// The document as it was opened.
    pub base: Rc<Value>,
    /// The document with all edits.
    pub document: Rc<Value>,
}

impl Work {
    /// A scenario without edits.
    #[must_use]
    pub fn new(preset: Option<String>, base: Value) -> Self {
        let base = Rc::new(base);
        Self {
            preset,
            document: Rc::clone(&base),
            base,
        }
    }

    /// The same scenario with another document.
    #[must_use]
    pub fn with_document(&self, document: Value) -> Self {
        Self {
            document: Rc::new(document),
            ..self.clone()
        }
    }

    /// True when something was changed since it was opened.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.base != self.document
    }
}

/// Which of the two scenarios is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Slot {
    /// The visitor's own.
    #[default]
    Own,
    /// The one from a link.
    Shared,
}

/// Colours of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system prefers.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

from_json!(Theme: "system" => System, "light" => Light, "dark" => Dark);

/// How the designs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaneLook {
    /// As a picture.
    #[default]
    Diagram,
    /// As a list with the same content.
    List,
}

/// The part of the page that a small screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Verdict and charts.
    #[default]
    Results,
    /// The designs and the selected part's numbers.
    Design,
    /// The table of differences.
    Compare,
    /// Faults and events.
    Faults,
}

impl Tab {
    /// Name for the style sheet.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Design => "design",
            Self::Compare => "compare",
            Self::Faults => "faults",
        }
    }
}

/// What the side panel of a large screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    /// Numbers of the selected part.
    Inspector,
    /// Faults: the first thing to try.
    #[default]
    Faults,
    /// What happened.
    Events,
    /// A window request by request.
    Audit,
}

/// A window over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Share link.
    Share,
    /// Keys and limits.
    Help,
    /// Cases with known outcomes, run through the engine.
    Validation,
    /// A table of measured load; the text that it begins with.
    Load(String),
}

/// The last change, offered to be undone.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A fault was put in.
    FaultAdded(FaultKind),
    /// A fault was taken out.
    FaultRemoved(FaultKind),
    /// A file was opened.
    Opened,
    /// The own work of an earlier visit was opened.
    Resumed,
    /// The link said that edits follow, but something removed them.
    EditsLost,
}

impl Notice {
    /// True for one that tells of a change and goes by itself; the others stay until they are put
    /// away.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::FaultAdded(_) | Self::FaultRemoved(_) | Self::Opened
        )
    }
}

/// Everything that the page remembers, except answers of the engine and the playhead.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    own: History<Work>,
    shared: Option<History<Work>>,
    /// Id of the selected component, if one is.
    pub selected: Option<String>,
    /// Whom edits concern.
    pub scope: Scope,
    /// Language of the page.
    pub language: Language,
    /// Colours.
    pub theme: Theme,
    /// How designs are drawn.
    pub look: PaneLook,
    /// Part shown on a small screen.
    pub tab: Tab,
    /// Content of the side panel.
    pub panel: Panel,
    /// Whether the side panel is open where it covers the page.
    pub panel_open: bool,
    /// Which events are listed.
    pub events: EventFilter,
    /// The open window.
    pub dialog: Option<Dialog>,
    /// The last notice.
    pub notice: Option<Notice>,
}

/// What can happen to the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Opens a scenario as the next step of the visitor's own work.
    Open(Work, Option<Notice>),
    /// Opens what a link brought, beside the own work.
    OpenShared(Work, Option<Notice>),
    /// Takes the shared scenario over as the next step of the own work.
    KeepCopy,
    /// Leaves the shared scenario.
    LeaveShared,
    /// Sets a parameter of a component, at keys below it.
    SetParameter {
        /// Component.
        component: String,
        /// Keys below the component.
        path: &'static [&'static str],
        /// The document's value.
        value: Value,
        /// Whom it concerns.
        scope: Scope,
        /// The drag that this belongs to.
        gesture: Option<Gesture>,
    },
    /// Puts a design on side 0 (A) or 1 (B).
    ChooseDesign(usize, String),
    /// Adds a fault under an id, or replaces the one there.
    SetFault(String, FaultKind, Option<Gesture>),
    /// Removes a fault.
    RemoveFault(String),
    /// Puts another load in the place of the planned one.
    SetLoad(LoadProfile),
    /// Ends a drag.
    CloseGesture,
    /// One step back.
    Undo,
    /// One step forward again.
    Redo,
    /// Selects a component, or nothing.
    Select(Option<String>),
    /// Chooses whom edits concern.
    SetScope(Scope),
    /// Changes the language.
    SetLanguage(Language),
    /// Changes the colours.
    SetTheme(Theme),
    /// Changes how designs are drawn.
    SetLook(PaneLook),
    /// Shows another part of the page on a small screen.
    SetTab(Tab),
    /// Shows something else in the side panel, and opens it.
    SetPanel(Panel),
    /// Closes the side panel where it covers the page.
    ClosePanel,
    /// Filters the events.
    SetEvents(EventFilter),
    /// Opens or closes a window.
    SetDialog(Option<Dialog>),
    /// Puts the notice away.
    Dismiss,
}

impl State {
    /// Starts with the visitor's own work.
    #[must_use]
    pub fn new(own: Work, language: Language, theme: Theme) -> Self {
        Self {
            own: History::new(own),
            shared: None,
            selected: None,
            scope: Scope::Both,
            language,
            theme,
            look: PaneLook::Diagram,
            tab: Tab::Results,
            panel: Panel::Faults,
            panel_open: false,
            events: EventFilter::default(),
            dialog: None,
            notice: None,
        }
    }

    /// The scenario on screen.
    #[must_use]
    pub fn work(&self) -> &Work {
        self.history().present()
    }

    /// The visitor's own work, whatever is on screen.
    #[must_use]
    pub const fn own_work(&self) -> &Work {
        self.own.present()
    }

    /// The slot on screen.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        if self.shared.is_some() {
            Slot::Shared
        } else {
            Slot::Own
        }
    }

    /// The steps of the slot on screen.
    #[must_use]
    pub fn history(&self) -> &History<Work> {
        self.shared.as_ref().unwrap_or(&self.own)
    }

    /// The faults planned in the document, by id. What cannot be read is left out.
    #[must_use]
    pub fn faults(&self) -> Vec<(String, FaultKind)> {
        let faults = document::get(&self.work().document, &["tape", "faults"]);
        let members = faults.and_then(Value::as_object).into_iter().flatten();
        members
            .filter_map(|(id, fault)| Some((id.clone(), FaultKind::from_json(fault).ok()?)))
            .collect()
    }

    /// The state after an action.
    #[must_use]
    pub fn after(&self, action: Action) -> Self {
        let mut next = self.clone();
        next.apply(action);
        next
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Open(work, notice) => {
                self.shared = None;
                self.own.change(work, None);
                self.opened(notice);
            }
            Action::OpenShared(work, notice) => {
                self.shared = Some(History::new(work));
                self.opened(notice);
            }
            Action::KeepCopy => {
                if let Some(shared) = self.shared.take() {
                    self.own.change(shared.present().clone(), None);
                }
            }
            Action::LeaveShared => {
                self.shared = None;
                self.opened(None);
            }
            Action::SetParameter {
                component,
                path,
                value,
                scope,
                gesture,
            } => {
                self.edit(gesture, |document| {
                    document::set_parameter(document, scope, &component, path, &value);
                });
            }
            Action::ChooseDesign(side, id) => {
                self.edit(None, |document| document::choose(document, side, &id));
            }
            Action::SetLoad(profile) => {
                let Ok(value) = serde_json::to_value(&profile) else {
                    return;
                };
                self.edit(None, |document| document::set_load(document, value));
                self.dialog = None;
            }
            Action::SetFault(..) | Action::RemoveFault(_) => self.apply_to_tape(action),
            Action::CloseGesture => self.history_mut().close_gesture(),
            Action::Undo => {
                self.history_mut().undo();
                self.notice = None;
            }
            Action::Redo => {
                self.history_mut().redo();
                self.notice = None;
            }
            other => self.apply_to_page(other),
        }
    }

    fn apply_to_tape(&mut self, action: Action) {
        match action {
            Action::SetFault(id, fault, gesture) => {
                // Plain data of strings and numbers: it can always be written.
                let Ok(value) = serde_json::to_value(&fault) else {
                    return;
                };
                let path = ["tape", "faults", id.as_str()];
                let is_new = document::get(&self.work().document, &path).is_none();
                self.edit(gesture, |document| document::set(document, &path, value));
                if is_new {
                    self.notice = Some(Notice::FaultAdded(fault));
                }
            }
            Action::RemoveFault(id) => {
                let fault = self.faults().into_iter().find(|(other, _)| *other == id);
                self.edit(None, |document| {
                    document::remove(document, &["tape", "faults", &id]);
                });
                self.notice = fault.map(|(_, fault)| Notice::FaultRemoved(fault));
            }
            _ => {}
        }
    }

    fn apply_to_page(&mut self, action: Action) {
        match action {
            Action::Select(component) => self.selected = component,
            Action::SetScope(scope) => self.scope = scope,
            Action::SetLanguage(language) => self.language = language,
            Action::SetTheme(theme) => self.theme = theme,
            Action::SetLook(look) => self.look = look,
            Action::SetTab(tab) => {
                self.tab = tab;
                self.notice.take_if(|notice| notice.is_passing());
            }
            Action::SetPanel(panel) => {
                self.panel = panel;
                self.panel_open = true;
            }
            Action::ClosePanel => self.panel_open = false,
            Action::SetEvents(filter) => self.events = filter,
            Action::SetDialog(dialog) => self.dialog = dialog,
            Action::Dismiss => self.notice = None,
            _ => {}
        }
    }

    /// After another scenario is on screen: nothing of the old one stays.
    fn opened(&mut self, notice: Option<Notice>) {
        self.selected = None;
        self.scope = Scope::Both;
        self.dialog = None;
        self.notice = notice;
    }

    fn history_mut(&mut self) -> &mut History<Work> {
        self.shared.as_mut().unwrap_or(&mut self.own)
    }

    /// Changes the document; no step when that changes nothing.
    fn edit(&mut self, gesture: Option<Gesture>, change: impl FnOnce(&mut Value)) {
        let work = self.work();
        let mut document = (*work.document).clone();
        change(&mut document);
        if document == *work.document {
            return;
        }
        let next = work.with_document(document);
        self.history_mut().change(next, gesture);
        self.notice = None;
    }
}

#[cfg(test)]
mod tests;

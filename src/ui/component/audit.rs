//! The audit of a window: the referee's panel, and what the charts show of its result.
//!
//! The panel is an element of its own that moves into the side panel and out of it, so that what
//! was chosen and found stays while the visitor looks at something else. A result belongs to the
//! scenario that it was played from: the charts stop showing it as soon as anything is changed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::units::SimTime;
use tradewind::view::chart::Audited;
use tradewind::view::referee::{Job, Reply, Situation};
use tradewind::view::state::{Action, Panel, Tab};
use tradewind::view::text::Key;
use web_sys::Element;
use yew::prelude::*;

use super::icon::{Icon, icon_button};
use crate::element::{El, Handler, el, handler};
use crate::referee::screen::Screen;
use crate::store::Ui;

/// A scenario that is the same only as itself.
#[derive(Clone)]
struct Played(Rc<Scenario>);

impl PartialEq for Played {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A result, and what it was played from.
type Found = Option<(Rc<Audited>, Played)>;

/// The audit's panel. Clones are the same panel.
#[derive(Clone)]
pub struct Auditor(Rc<Inner>);

struct Inner {
    root: Element,
    screen: RefCell<Option<Screen>>,
    // What the last situation was about, and its number.
    about: RefCell<Option<Played>>,
    number: Cell<u32>,
    // Where the playhead was when the panel was last asked for.
    moment: Cell<SimTime>,
    found: UseStateSetter<Found>,
}

impl PartialEq for Auditor {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The audit of the page, and what the charts show of it.
#[hook]
pub fn use_auditor(ui: &Ui, scenario: &Rc<Scenario>) -> (Option<Auditor>, Option<Rc<Audited>>) {
    let found = use_state(|| Found::None);
    let setter = found.setter();
    let auditor = use_memo((), move |()| Auditor::new(setter));
    let situation = ((*auditor).clone(), Played(Rc::clone(scenario)), ui.clone());
    use_effect_with(situation, |(auditor, Played(scenario), ui)| {
        if let Some(auditor) = auditor
            && auditor.0.screen.borrow().is_some()
        {
            auditor.tell(ui, scenario, false);
        }
    });
    let shown = found
        .as_ref()
        .filter(|found| Rc::ptr_eq(&found.1.0, scenario));
    let shown = shown.map(|found| Rc::clone(&found.0));
    ((*auditor).clone(), shown)
}

impl Auditor {
    fn new(found: UseStateSetter<Found>) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let root = document.create_element("div").ok()?;
        root.set_inner_html("<div class=audit-panel data-place=page></div>");
        Some(Self(Rc::new(Inner {
            root,
            screen: RefCell::default(),
            about: RefCell::default(),
            number: Cell::new(0),
            moment: Cell::new(SimTime::START),
            found,
        })))
    }

    /// Says what is to be audited, and opens the panel if it was not open yet.
    fn tell(&self, ui: &Ui, scenario: &Rc<Scenario>, is_called: bool) {
        let inner = &self.0;
        if is_called || inner.screen.borrow().is_none() {
            inner.moment.set(ui.playhead.get().position);
        }
        let number = inner.number.get() + 1;
        inner.number.set(number);
        *inner.about.borrow_mut() = Some(Played(Rc::clone(scenario)));
        let language = ui.language();
        let job = Job::Audit(Situation {
            number,
            language,
            document: scenario.document.to_string(),
            moment: inner.moment.get(),
            is_called,
        });
        let mut screen = inner.screen.borrow_mut();
        if let Some(screen) = &*screen {
            screen.turn(language, job);
            return;
        }
        let weak = Rc::downgrade(inner);
        let on_reply = Callback::from(move |reply| {
            if let Some(inner) = weak.upgrade() {
                inner.hear(reply);
            }
        });
        *screen = Some(Screen::open(inner.root.clone(), language, job, on_reply));
    }
}

impl Inner {
    fn hear(&self, reply: Reply) {
        let Reply::Audited { number, audited } = reply else {
            return;
        };
        // A result of an earlier situation was overtaken by a change.
        if number == self.number.get() {
            let about = self.about.borrow().clone();
            let audited = audited.map(Rc::from);
            self.found.set(audited.zip(about));
        }
    }
}

/// A handler that shows the panel. If it is not open yet, or is called, its window is placed at the
/// playhead.
pub fn shows_audit(
    ui: &Ui,
    scenario: &Rc<Scenario>,
    auditor: &Option<Auditor>,
    is_called: bool,
) -> Handler {
    let (ui, scenario, auditor) = (ui.clone(), Rc::clone(scenario), auditor.clone());
    handler(move |_| {
        ui.store.send(Action::SetPanel(Panel::Audit));
        if let Some(auditor) = &auditor
            && (is_called || auditor.0.screen.borrow().is_none())
        {
            auditor.tell(&ui, &scenario, is_called);
        }
    })
}

/// The button that audits around the playhead.
pub fn audit_button(ui: &Ui, scenario: &Rc<Scenario>, auditor: &Option<Auditor>) -> El {
    let shows = shows_audit(ui, scenario, auditor, true);
    let store = ui.store.clone();
    let on_click = handler(move |event| {
        // On a phone the panel stands under the charts.
        store.send(Action::SetTab(Tab::Results));
        shows.emit(event);
    });
    let name = ui.get(Key::AuditWindow);
    let button = icon_button("button audit-open", Icon::Audit, on_click);
    let text = el("span").class("desk").text(name);
    button.name(name).testid("audit-window").add(text)
}

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The panel.
    pub auditor: Auditor,
}

/// The place of the panel. A component because an element moves in and out of it.
#[component]
pub fn AuditPanel(props: &Props) -> Html {
    let node = use_node_ref();
    let place = node.clone();
    let root = props.auditor.0.root.clone();
    use_effect_with((), move |()| {
        if let Some(place) = place.cast::<web_sys::Node>() {
            let _ = place.append_child(&root);
        }
        move || root.remove()
    });
    el("div").node(&node).into()
}

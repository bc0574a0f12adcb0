//! The side panel: numbers of the selected part, faults, or events.

use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::view::state::{Action, Panel, State};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::audit::{AuditPanel, Auditor, shows_audit};
use super::backlog::backlog;
use super::callers::callers;
use super::events::{EventList, Lines};
use super::faults::faults;
use super::icon::{Icon, icon_button};
use super::inspector::inspector;
use super::tabs::{choices, segments};
use crate::element::{El, el};
use crate::engine::Answers;
use crate::store::Ui;

/// The side panel.
pub fn side(
    ui: &Ui,
    scenario: &Rc<Scenario>,
    state: &State,
    answers: &Answers,
    lines: &Lines,
    auditor: &Option<Auditor>,
) -> El {
    let panels = [
        (Panel::Inspector, Key::PanelInspector, "panel-inspector"),
        (Panel::Faults, Key::PanelFaults, "panel-faults"),
        (Panel::Events, Key::PanelEvents, "panel-events"),
        (Panel::Audit, Key::PanelAudit, "panel-audit"),
    ];
    let choices = choices(ui, panels, state.panel, |panel| match panel {
        Panel::Audit => shows_audit(ui, scenario, auditor, false),
        _ => ui.does(Action::SetPanel(panel)),
    });
    let content = match state.panel {
        Panel::Inspector => {
            let selected = state.selected.as_deref();
            let settings = inspector(ui, scenario, selected, state.scope);
            let waiting = selected.map(|id| backlog(ui, answers, id));
            let met = selected.map(|id| callers(ui, answers, id));
            [settings].into_iter().chain(waiting).chain(met).collect()
        }
        Panel::Faults => faults(ui, scenario),
        Panel::Events => html! {
            <EventList ui={ui.clone()} lines={lines.clone()} filter={state.events} />
        },
        Panel::Audit => auditor.clone().map_or_else(Html::default, |auditor| {
            html! { <AuditPanel {auditor} /> }
        }),
    };
    let class = match state.panel {
        Panel::Audit => "side audits",
        Panel::Events => "side decisions",
        _ => "side",
    };
    let close = icon_button(
        "button icon quiet close",
        Icon::Close,
        ui.does(Action::ClosePanel),
    );
    let choice = segments(ui.get(Key::RegionPanel), &choices);
    // Other content is another element, which begins at its top.
    let selected = state.selected.as_deref().unwrap_or_default();
    let shown = match state.panel {
        Panel::Inspector => format!("settings-{selected}"),
        other => format!("{other:?}"),
    };
    let header = el("header")
        .add(el("div").class("tab-row").add(choice))
        .add(close.name(ui.get(Key::Close)));
    el("aside")
        .class_if(class, state.panel_open, "open")
        .label(ui.get(Key::RegionPanel))
        .add(header)
        .add(el("div").class("content").key(&shown).add(content))
}

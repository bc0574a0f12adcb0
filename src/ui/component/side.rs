//! The side panel: numbers of the selected part, faults, or events.

use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::view::state::{Action, EventFilter, Panel, Scope};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::events::{EventList, Lines};
use super::faults::Faults;
use super::icon::{Glyph, Icon};
use super::inspector::Inspector;
use super::tabs::{Choice, Segments};
use crate::store::{use_dispatch, use_texts};

#[derive(Clone, Properties)]
pub struct Props {
    /// The scenario as edited.
    pub scenario: Rc<Scenario>,
    /// Id of the selected component.
    pub selected: Option<AttrValue>,
    /// Whom edits concern.
    pub scope: Scope,
    /// What is shown.
    pub panel: Panel,
    /// Whether it is open where it covers the page.
    pub is_open: bool,
    /// Which events are listed.
    pub filter: EventFilter,
    /// The events of A and B.
    pub lines: Lines,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.selected == other.selected
            && self.scope == other.scope
            && self.panel == other.panel
            && self.is_open == other.is_open
            && self.filter == other.filter
            && self.lines == other.lines
    }
}

/// The side panel.
#[component]
pub fn Side(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let choices = [
        (Panel::Inspector, Key::PanelInspector, "panel-inspector"),
        (Panel::Faults, Key::PanelFaults, "panel-faults"),
        (Panel::Events, Key::PanelEvents, "panel-events"),
    ];
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, key, testid)| Choice {
            value,
            text: texts.get(key).into(),
            testid,
        })
        .collect();
    let close = texts.get(Key::Close);
    let content = match props.panel {
        Panel::Inspector => html! {
            <Inspector scenario={&props.scenario} selected={props.selected.clone()}
                scope={props.scope} />
        },
        Panel::Faults => html! { <Faults scenario={&props.scenario} /> },
        Panel::Events => html! {
            <EventList lines={props.lines.clone()} filter={props.filter} />
        },
    };
    html! {
        <aside class={classes!("side", props.is_open.then_some("open"))}
            aria-label={texts.get(Key::RegionPanel)}>
            <header>
                <div class="tab-row">
                    <Segments<Panel> label={texts.get(Key::RegionPanel)} {choices}
                        chosen={props.panel} on_choose={dispatch.callback(Action::SetPanel)} />
                </div>
                <button class="button icon quiet close" title={close} aria-label={close}
                    onclick={dispatch.always(Action::ClosePanel)}>
                    <Glyph icon={Icon::Close} />
                </button>
            </header>
            <div class="content">{ content }</div>
        </aside>
    }
}

//! The two designs side by side, as they are at the playhead.

use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::view::diagram::{self, Frame, Layout, ListRow, Scene};
use tradewind::view::format;
use tradewind::view::state::{Action, PaneLook};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::diagram::Diagram;
use super::size::use_size;
use super::tabs::{Choice, segments};
use super::twin::Twin;
use crate::element::{El, chosen, el, handler, list, option};
use crate::engine::Outcome;
use crate::playhead::use_interval;
use crate::store::{Texts, Ui};

/// Letters of the two sides.
pub const LETTERS: [&str; 2] = ["A", "B"];
/// Classes of the two sides.
const CLASSES: [&str; 2] = ["side-a", "side-b"];
/// Classes of what belongs to a side.
pub const TEXT_CLASSES: [&str; 2] = ["is-a", "is-b"];
/// Size of a pane before it is measured.
const FIRST_PANE: (f64, f64) = (520.0, 320.0);

#[derive(Clone, Properties)]
pub struct Props {
    /// Texts, the playhead, and the way to choose.
    pub ui: Ui,
    /// The scenario as edited, for names and choices.
    pub scenario: Rc<Scenario>,
    /// The runs shown.
    pub outcome: Option<Outcome>,
    /// Id of the selected component.
    pub selected: Option<String>,
    /// As pictures or as lists.
    pub look: PaneLook,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.ui == other.ui
            && self.outcome == other.outcome
            && self.selected == other.selected
            && self.look == other.look
    }
}

/// The two designs side by side. A component because it follows the playhead.
#[component]
pub fn Designs(props: &Props) -> Html {
    let Props { ui, scenario, .. } = props;
    let interval = use_interval(&ui.playhead, scenario.plan.interval);
    let (node, size) = use_size(FIRST_PANE);
    let layouts = use_memo((props.outcome.clone(), size), |(outcome, size)| {
        let pair = outcome
            .iter()
            .flat_map(|outcome| outcome.scenario.designs.iter().take(2));
        let designs: Vec<_> = pair.map(|case| &case.design).collect();
        let pane = diagram::Pane {
            width: size.0,
            height: size.1,
        };
        diagram::layouts(&designs, pane)
            .into_iter()
            .map(Rc::new)
            .collect::<Vec<_>>()
    });
    let panes = [0, 1].map(|side| {
        let moment = moment(
            props.outcome.as_ref(),
            layouts.get(side),
            side,
            interval,
            ui.texts,
        );
        let letter = el("h2").class(TEXT_CLASSES[side]).text(LETTERS[side]);
        let look = (side == 1).then(|| look_choice(ui, props.look));
        let header = el("header")
            .add(letter)
            .maybe(name(ui, scenario, side))
            .add(el("span").class("grow"))
            .maybe(look);
        // Both panes are of one size: the first is measured.
        let body = el("div").class("body").add(drawing(props, moment));
        let body = if side == 0 { body.node(&node) } else { body };
        el("section")
            .class(&format!("pane {}", CLASSES[side]))
            .testid(&format!("pane-{side}"))
            .add(header)
            .add(body)
    });
    el("main")
        .class("designs")
        .set("id", "designs")
        .label(ui.get(Key::RegionDiagrams))
        .each(panes)
        .into()
}

/// A side at an interval: layout, frame, rows and description.
type Moment = (Rc<Layout>, Frame, Vec<ListRow>, String);

fn drawing(props: &Props, moment: Option<Moment>) -> Html {
    let (ui, selected) = (props.ui.clone(), props.selected.clone());
    match (moment, props.look) {
        (None, _) => {
            let text = ui.get(Key::Computing);
            el("p").class("muted").text(text).into()
        }
        (Some((layout, frame, _, label)), PaneLook::Diagram) => Diagram {
            ui,
            layout,
            frame,
            label,
            selected,
        }
        .draw(),
        (Some((layout, _, rows, label)), PaneLook::List) => Twin {
            ui,
            layout,
            rows,
            label,
            selected,
        }
        .draw(),
    }
}

/// Layout, frame, rows and description of one side at an interval.
fn moment(
    outcome: Option<&Outcome>,
    layout: Option<&Rc<Layout>>,
    side: usize,
    interval: usize,
    texts: Texts,
) -> Option<Moment> {
    let (outcome, layout) = (outcome?, layout?);
    let case = outcome.scenario.designs.get(side)?;
    let log = outcome.logs.get(side)?;
    let interval = interval.min(log.intervals.len().saturating_sub(1));
    let scene = Scene::new(&case.design, layout, log);
    let frame = scene.frame(interval, texts.0);
    let rows = scene.rows(&frame, texts.0);
    let time = format::elapsed(log.interval_start(interval));
    let label = texts.fill(
        Key::DiagramLabel,
        &[LETTERS[side], case.name.get(texts.0), &time],
    );
    Some((Rc::clone(layout), frame, rows, label))
}

/// The name of a side's design; a choice where there are more than two designs.
fn name(ui: &Ui, scenario: &Scenario, side: usize) -> Option<El> {
    let case = scenario.designs.get(side)?;
    if scenario.designs.len() == 2 {
        let name = el("h2").class(TEXT_CLASSES[side]);
        return Some(name.text(case.name.get(ui.language())));
    }
    let store = ui.store.clone();
    let on_change = handler(move |event| store.send(Action::ChooseDesign(side, chosen(&event))));
    let designs = scenario.designs.iter().enumerate();
    let items = designs.map(|(at, case)| {
        let name = case.name.get(ui.language());
        option(&case.id, name, at == side).key(&case.id)
    });
    let choice = el("select")
        .class(TEXT_CLASSES[side])
        .on_change(on_change)
        .testid(&format!("design-{side}"))
        .label(&format!("{}: {}", LETTERS[side], ui.get(Key::ChooseDesign)));
    Some(choice.add(list(items)))
}

/// Pictures or lists.
fn look_choice(ui: &Ui, chosen: PaneLook) -> El {
    let looks = [
        (PaneLook::Diagram, Key::ShowDiagram, "look-diagram"),
        (PaneLook::List, Key::ShowList, "look-list"),
    ];
    let choices = looks.map(|(look, key, testid)| Choice {
        text: ui.get(key),
        testid,
        is_chosen: look == chosen,
        on_choose: ui.does(Action::SetLook(look)),
    });
    segments(ui.get(Key::RegionDiagrams), &choices)
}

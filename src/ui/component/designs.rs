//! The two designs side by side, as they are at the playhead.

use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::view::diagram::{self, Frame, Layout, ListRow, Scene};
use tradewind::view::format;
use tradewind::view::state::{Action, PaneLook};
use tradewind::view::text::Key;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::diagram::Diagram;
use super::size::use_size;
use super::tabs::{Choice, Segments};
use super::twin::Twin;
use crate::engine::Outcome;
use crate::playhead::use_interval;
use crate::store::{Texts, use_dispatch, use_texts};

/// Letters of the two sides.
pub const LETTERS: [&str; 2] = ["A", "B"];
/// Classes of the two sides.
const CLASSES: [&str; 2] = ["side-a", "side-b"];
const TEXT_CLASSES: [&str; 2] = ["is-a", "is-b"];
/// Size of a pane before it is measured.
const FIRST_PANE: (f64, f64) = (520.0, 320.0);

#[derive(Clone, Properties)]
pub struct Props {
    /// The scenario as edited, for names and choices.
    pub scenario: Rc<Scenario>,
    /// The runs shown.
    pub outcome: Option<Outcome>,
    /// Id of the selected component.
    pub selected: Option<AttrValue>,
    /// As pictures or as lists.
    pub look: PaneLook,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.outcome == other.outcome
            && self.selected == other.selected
            && self.look == other.look
    }
}

/// The two designs side by side.
#[component]
pub fn Designs(props: &Props) -> Html {
    let texts = use_texts();
    let interval = use_interval(props.scenario.plan.interval);
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
            texts,
        );
        let body = match (moment, props.look) {
            (None, _) => html! { <p class="muted">{ texts.get(Key::Computing) }</p> },
            (Some((layout, frame, _, label)), PaneLook::Diagram) => html! {
                <Diagram {layout} {frame} {label} selected={props.selected.clone()} />
            },
            (Some((layout, _, rows, label)), PaneLook::List) => html! {
                <Twin {layout} {rows} {label} selected={props.selected.clone()} />
            },
        };
        html! {
            <section class={classes!("pane", CLASSES[side])} data-testid={format!("pane-{side}")}>
                <header>
                    <h2 class={TEXT_CLASSES[side]}>{ LETTERS[side] }</h2>
                    { name(&props.scenario, side, texts) }
                    <span class="grow" />
                    if side == 1 { <LookChoice look={props.look} /> }
                </header>
                <div class="body" ref={if side == 0 { node.clone() } else { NodeRef::default() }}>
                    { body }
                </div>
            </section>
        }
    });
    html! {
        <main class="designs" id="designs" aria-label={texts.get(Key::RegionDiagrams)}>
            { for panes }
        </main>
    }
}

/// Layout, frame, rows and description of one side at an interval.
fn moment(
    outcome: Option<&Outcome>,
    layout: Option<&Rc<Layout>>,
    side: usize,
    interval: usize,
    texts: Texts,
) -> Option<(Rc<Layout>, Frame, Vec<ListRow>, String)> {
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
fn name(scenario: &Rc<Scenario>, side: usize, texts: Texts) -> Html {
    let Some(case) = scenario.designs.get(side) else {
        return html! {};
    };
    if scenario.designs.len() == 2 {
        return html! { <h2 class={TEXT_CLASSES[side]}>{ case.name.get(texts.0) }</h2> };
    }
    html! { <DesignChoice scenario={ByAddress(Rc::clone(scenario))} {side} /> }
}

/// Compares scenarios by where they are.
#[derive(Clone)]
struct ByAddress(Rc<Scenario>);

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Properties, PartialEq)]
struct ChoiceProps {
    scenario: ByAddress,
    side: usize,
}

/// Chooses the design of a side.
#[component]
fn DesignChoice(props: &ChoiceProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let side = props.side;
    let onchange = dispatch.callback(move |event: Event| {
        let id = event.target_unchecked_into::<HtmlSelectElement>().value();
        Action::ChooseDesign(side, id)
    });
    let designs = &props.scenario.0.designs;
    html! {
        <select class={TEXT_CLASSES[side]} {onchange} data-testid={format!("design-{side}")}
            aria-label={format!("{}: {}", LETTERS[side], texts.get(Key::ChooseDesign))}>
            { for designs.iter().enumerate().map(|(at, case)| html! {
                <option key={case.id.clone()} value={case.id.clone()} selected={at == side}>
                    { case.name.get(texts.0) }
                </option>
            }) }
        </select>
    }
}

#[derive(Properties, PartialEq)]
struct LookProps {
    look: PaneLook,
}

/// Pictures or lists.
#[component]
fn LookChoice(props: &LookProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let choices = [
        (PaneLook::Diagram, Key::ShowDiagram, "look-diagram"),
        (PaneLook::List, Key::ShowList, "look-list"),
    ];
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, key, testid)| Choice {
            value,
            text: texts.get(key).into(),
            testid,
        })
        .collect();
    html! {
        <Segments<PaneLook> label={texts.get(Key::RegionDiagrams)} {choices} chosen={props.look}
            on_choose={dispatch.callback(Action::SetLook)} />
    }
}

//! Faults: buttons that put one in at the playhead, and the list of those that are planned.

use std::mem::discriminant;
use std::rc::Rc;

use serde_json::Value;
use tradewind::model::{FaultKind, Region};
use tradewind::scenario::Scenario;
use tradewind::units::{SimDuration, SimTime};
use tradewind::view::state::{Action, FaultVerb};
use tradewind::view::text::Key;
use tradewind::view::{format, words};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use crate::playhead::{use_interval, use_playhead};
use crate::store::{use_dispatch, use_texts};

#[derive(Clone, Properties)]
pub struct Props {
    /// The scenario as edited.
    pub scenario: Rc<Scenario>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
    }
}

/// Faults: what can be put in, and what is planned.
#[component]
pub fn Faults(props: &Props) -> Html {
    let texts = use_texts();
    let playhead = use_playhead();
    // Drawn again when the playhead reaches another interval, to name its time.
    use_interval(props.scenario.plan.interval);
    let region = region(&props.scenario);
    let designs = props.scenario.designs.iter().take(2);
    let verbs = FaultVerb::for_designs(designs.map(|case| &case.design));
    let cards = verbs.chunk_by(|one, next| discriminant(one) == discriminant(next));
    let cards = cards.filter_map(|verbs| {
        let first = verbs.first()?;
        let fault = first.fault(SimTime::START);
        let fis = fault.fis_action();
        Some(html! {
            <section class="verb">
                <h3>
                    <Glyph icon={picture(first)} />
                    { words::fault_kind(fault.kind(), texts.0) }
                </h3>
                <p>{ words::about_fault(first, texts.0) }</p>
                if let Some(action) = fis {
                    <p>{ texts.fill(Key::FaultFis, &[action]) }</p>
                }
                <div class="row">
                    { for verbs.iter().map(|verb| html! {
                        <VerbButton verb={verb.clone()} {region}
                            document={ByAddress(Rc::clone(&props.scenario))} />
                    }) }
                </div>
            </section>
        })
    });
    let at = format::elapsed(playhead.get().position);
    let planned = &props.scenario.tape.faults;
    html! {
        <>
            <p class="muted small">{ texts.fill(Key::FaultNow, &[&at]) }</p>
            { for cards }
            <h3>{ texts.get(Key::FaultScheduled) }</h3>
            if planned.is_empty() {
                <p class="muted">{ texts.get(Key::FaultNone) }</p>
            }
            { for planned.iter().map(|(id, fault)| html! {
                <PlannedFault key={id.clone()} id={id.clone()} fault={fault.clone()} {region}
                    run={props.scenario.plan.duration} />
            }) }
        </>
    }
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
struct VerbProps {
    verb: FaultVerb,
    region: Region,
    document: ByAddress,
}

/// Puts one fault in at the playhead.
#[component]
fn VerbButton(props: &VerbProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let playhead = use_playhead();
    let testid = format!("inject-{}", props.verb.free_id(&Value::Null));
    let name = words::fault_button(&props.verb, props.region, texts.0);
    let (verb, scenario) = (props.verb.clone(), Rc::clone(&props.document.0));
    let onclick = dispatch.callback(move |_: MouseEvent| {
        let id = verb.free_id(&scenario.document);
        Action::SetFault(id, verb.fault(playhead.get().position), None)
    });
    html! { <button class="button" data-testid={testid} {onclick}>{ name }</button> }
}

#[derive(Properties, PartialEq)]
struct PlannedProps {
    id: AttrValue,
    fault: FaultKind,
    region: Region,
    run: SimDuration,
}

/// A planned fault: when, how long, and away with it.
#[component]
fn PlannedFault(props: &PlannedProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let playhead = use_playhead();
    let name = words::fault(&props.fault, props.region, texts.0);
    let at = SimTime::START + props.fault.at();
    let length = props.fault.duration();
    let remove = format!("{}: {name}", texts.get(Key::FaultRemove));
    let slider = (!length.is_zero()).then(|| {
        let (id, fault) = (props.id.to_string(), props.fault.clone());
        let oninput = dispatch.callback(move |event: InputEvent| {
            let minutes = event
                .target_unchecked_into::<HtmlInputElement>()
                .value_as_number();
            let length = SimDuration::from_min(minutes.max(1.0) as u64);
            let gesture = tradewind::view::state::Gesture(u32::MAX);
            Action::SetFault(id.clone(), fault.clone().lasting(length), Some(gesture))
        });
        let minutes = length.whole_s() / 60;
        let most = (props.run.whole_s() / 60).min(180).max(minutes);
        let label = format!("{name}: {}", texts.get(Key::FaultLength));
        html! {
            <div class="knob">
                <span class="label">
                    { texts.get(Key::FaultLength) }
                    <output>{ format::duration(length, texts.0) }</output>
                </span>
                <input type="range" min="1" max={most.to_string()} value={minutes.to_string()}
                    aria-label={label} {oninput} onchange={dispatch.always(Action::CloseGesture)} />
            </div>
        }
    });
    html! {
        <div class="fault" data-testid={format!("fault-{}", props.id)}>
            <header>
                <button class="button quiet" title={texts.get(Key::FaultStart)}
                    onclick={Callback::from(move |_: MouseEvent| playhead.seek(at))}>
                    <time>{ format::elapsed(at) }</time>
                </button>
                <b class="grow">{ name }</b>
                <button class="button icon" title={texts.get(Key::FaultRemove)} aria-label={remove}
                    data-testid={format!("remove-{}", props.id)}
                    onclick={dispatch.always(Action::RemoveFault(props.id.to_string()))}>
                    <Glyph icon={Icon::Close} />
                </button>
            </header>
            { slider }
        </div>
    }
}

/// The Region whose zones are named: that of the first design.
fn region(scenario: &Scenario) -> Region {
    let first = scenario.designs.first();
    first
        .map(|case| case.design.architecture.region)
        .unwrap_or_default()
}

const fn picture(verb: &FaultVerb) -> Icon {
    match verb {
        FaultVerb::ZonePowerLoss(_) => Icon::Lightning,
        FaultVerb::SpotReclaim => Icon::Spot,
        FaultVerb::DependencyDown(_) => Icon::Cut,
        FaultVerb::DependencySlow(_) => Icon::Slow,
        FaultVerb::Surge => Icon::Surge,
    }
}

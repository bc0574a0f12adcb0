//! Faults: buttons that put one in at the playhead, and the list of those that are planned.

use std::mem::discriminant;
use std::rc::Rc;

use serde_json::Value;
use tradewind::model::{FaultKind, Region};
use tradewind::scenario::Scenario;
use tradewind::units::{SimDuration, SimTime};
use tradewind::view::state::{Action, FaultGroup, FaultVerb, Gesture};
use tradewind::view::text::Key;
use tradewind::view::{format, words};
use yew::prelude::*;

use super::icon::{Icon, glyph, icon_button};
use crate::element::{El, On, el, handler, list, number};
use crate::playhead::following;
use crate::store::Ui;

/// Faults: what can be put in, and what is planned. Drawn again when the playhead reaches another
/// interval, to name its time.
pub fn faults(ui: &Ui, scenario: &Rc<Scenario>) -> Html {
    let (ui, scenario) = (ui.clone(), Rc::clone(scenario));
    following(&ui.playhead.clone(), scenario.plan.interval, move |now| {
        let designs = scenario.designs.iter().take(2);
        let verbs = FaultVerb::for_designs(designs.map(|case| &case.design));
        let planned = &scenario.tape.faults;
        let none = el("p").class("muted").text(ui.get(Key::FaultNone));
        let time = ui.fill(Key::FaultNow, &[&format::elapsed(now.position)]);
        let top = el("p").class("muted small").text(&time);
        let groups = FaultGroup::ALL.map(|it| group(&ui, &scenario, it, &verbs));
        let heading = el("h3").text(ui.get(Key::FaultScheduled));
        let faults = planned.iter();
        let faults = faults.map(|(id, fault)| planned_fault(&ui, &scenario, id, fault).key(id));
        let none = planned.is_empty().then_some(none);
        [
            list([top]),
            list(groups.into_iter().flatten()),
            list([heading].into_iter().chain(none)),
            list(faults),
        ]
        .into_iter()
        .collect()
    })
}

/// The faults of one group, behind a line that names their kinds. The first group is open.
fn group(ui: &Ui, scenario: &Rc<Scenario>, group: FaultGroup, verbs: &[FaultVerb]) -> Option<El> {
    let verbs: Vec<_> = verbs.iter().filter(|it| it.group() == group).collect();
    let kinds = || verbs.chunk_by(|one, next| discriminant(*one) == discriminant(*next));
    let names: Vec<_> = kinds().map(|verbs| kind_name(ui, verbs[0])).collect();
    let summary = el("summary")
        .add(el("b").text(words::fault_group(group, ui.language())))
        .add(el("small").class("muted").text(&names.join(" · ")));
    let details = el("details")
        .class("verbs")
        .flag("open", group == FaultGroup::Places)
        .add(summary)
        .each(kinds().map(|verbs| card(ui, scenario, verbs)));
    (!verbs.is_empty()).then_some(details)
}

fn kind_name(ui: &Ui, verb: &FaultVerb) -> String {
    let fault = verb.fault(SimTime::START);
    words::fault_kind(fault.kind(), ui.language()).to_string()
}

/// The faults of one kind, of which there is one at least.
fn card(ui: &Ui, scenario: &Rc<Scenario>, verbs: &[&FaultVerb]) -> El {
    let first = verbs[0];
    let action = first.fault(SimTime::START).fis_action();
    let action = action.map(|action| el("p").text(&ui.fill(Key::FaultFis, &[action])));
    let buttons = verbs.iter().map(|verb| verb_button(ui, scenario, verb));
    let heading = el("h3").add(glyph(picture(first)));
    el("section")
        .class("verb")
        .add(heading.text(&kind_name(ui, first)))
        .add(el("p").text(words::about_fault(first, ui.language())))
        .maybe(action)
        .add(el("div").class("row").each(buttons))
}

/// Puts one fault in at the playhead.
fn verb_button(ui: &Ui, scenario: &Rc<Scenario>, verb: &FaultVerb) -> El {
    let testid = format!("inject-{}", verb.free_id(&Value::Null));
    let name = words::fault_button(verb, region(scenario), ui.language());
    let (ui, verb, scenario) = (ui.clone(), verb.clone(), Rc::clone(scenario));
    let on_click = handler(move |_| {
        let id = verb.free_id(&scenario.document);
        let fault = verb.fault(ui.playhead.get().position);
        ui.store.send(Action::SetFault(id, fault, None));
    });
    let button = el("button").class("button").testid(&testid);
    button.on_click(on_click).text(&name)
}

/// A planned fault: when, how long, and away with it.
fn planned_fault(ui: &Ui, scenario: &Scenario, id: &str, fault: &FaultKind) -> El {
    let name = words::fault(fault, region(scenario), ui.language());
    let at = SimTime::START + fault.at();
    let length = fault.duration();
    let start = el("button")
        .class("button quiet")
        .set("title", ui.get(Key::FaultStart))
        .on_click(ui.seeks(at))
        .add(el("time").text(&format::elapsed(at)));
    let remove = ui.does(Action::RemoveFault(id.to_string()));
    let remove = icon_button("button icon", Icon::Close, remove)
        .set("title", ui.get(Key::FaultRemove))
        .label(&format!("{}: {name}", ui.get(Key::FaultRemove)))
        .testid(&format!("remove-{id}"));
    let header = el("header")
        .add(start)
        .add(el("b").class("grow").text(&name))
        .add(remove);
    let slider =
        (!length.is_zero()).then(|| length_slider(ui, scenario.plan.duration, id, fault, &name));
    el("div")
        .class("fault")
        .testid(&format!("fault-{id}"))
        .add(header)
        .maybe(slider)
}

/// How long a planned fault lasts: in minutes, a stall in seconds.
fn length_slider(ui: &Ui, run: SimDuration, id: &str, fault: &FaultKind, name: &str) -> El {
    let length = fault.duration();
    let unit_s = match fault {
        FaultKind::DependencyStalled { .. } => 1,
        _ => 60,
    };
    let on_input = {
        let (store, id, fault) = (ui.store.clone(), id.to_string(), fault.clone());
        handler(move |event| {
            let length = SimDuration::from_s(number(&event).max(1.0) as u64 * unit_s);
            let fault = fault.clone().lasting(length);
            store.send(Action::SetFault(id.clone(), fault, Some(Gesture(u32::MAX))));
        })
    };
    let units = length.whole_s() / unit_s;
    let most = (run.whole_s() / unit_s).min(180).max(units);
    let shown = el("output").text(&format::duration(length, ui.language()));
    let label = el("span").class("label").text(ui.get(Key::FaultLength));
    let slider = el("input")
        .set("type", "range")
        .set("min", "1")
        .set("max", &most.to_string())
        .value(&units.to_string())
        .label(&format!("{name}: {}", ui.get(Key::FaultLength)))
        .on(On::Input, on_input)
        .on_change(ui.does(Action::CloseGesture));
    el("div").class("knob").add(label.add(shown)).add(slider)
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
        FaultVerb::ZoneIsolated(_) => Icon::Cut,
        FaultVerb::RegionLoss => Icon::Lightning,
        FaultVerb::ControlPlaneLoss => Icon::Empty,
        FaultVerb::DnsLoss(_) => Icon::Cut,
        FaultVerb::ZoneDegraded(_) => Icon::Slow,
        FaultVerb::SpotReclaim => Icon::Spot,
        FaultVerb::CapacityShortage => Icon::Empty,
        FaultVerb::NodeDrain(_) => Icon::Down,
        FaultVerb::NodeLoss(_) => Icon::Close,
        FaultVerb::PodCrash(_) => Icon::Redo,
        FaultVerb::BadRelease(_) => Icon::Next,
        FaultVerb::DependencyDown(_) => Icon::Cut,
        FaultVerb::DependencySlow(_) => Icon::Slow,
        FaultVerb::DependencyStalled(_) => Icon::Pause,
        FaultVerb::Surge => Icon::Surge,
        FaultVerb::ZonalShift(_) => Icon::Cut,
        FaultVerb::LoadShed => Icon::Shed,
    }
}

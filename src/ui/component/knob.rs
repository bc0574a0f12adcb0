//! One number of a component as a slider, with where it comes from.

use tradewind::model::defaults::Grade;
use tradewind::view::state::{Action, Gesture, Knob, Scope};
use tradewind::view::text::{Key, reason};
use tradewind::view::words;
use yew::prelude::*;

use crate::element::{El, Handler, On, el, handler, number};
use crate::store::Ui;

/// A number of a component, and what is known of it.
pub struct Setting<'a> {
    /// Id of the component.
    pub component: &'a str,
    /// The number.
    pub knob: &'a Knob,
    /// Whom a change concerns: never a design that lacks the number.
    pub scope: Scope,
    /// The only design that has it, where the other lacks it.
    pub only_in: Option<&'a str>,
    /// Its value in the other design, when that differs: name of the design and text.
    pub other: Option<(&'a str, String)>,
    /// Where the scenario has it from, when it says so: how well it is known, and the source.
    pub source: Option<(Grade, String)>,
}

/// A slider. A drag is one step to undo; double-click and the small button bring the default back.
pub fn knob_slider(ui: &Ui, setting: &Setting) -> El {
    let knob = setting.knob;
    let set = setter(ui, setting);
    let on_input = {
        let (ui, set) = (ui.clone(), set.clone());
        handler(move |event| {
            let value = number(&event);
            if value.is_finite() {
                set.emit((value, Some(ui.gesture())));
            }
        })
    };
    let reset = becomes(&set, knob.default);
    let name = words::knob(knob.id, ui.language());
    let shown = knob.text(knob.value, ui.language());
    let id = format!("knob-{:?}", knob.id);
    let step = |key: Key, by: f64, sign: &str| {
        let button = el("button").class("button icon").text(sign);
        button
            .label(&format!("{name}: {}", ui.get(key)))
            .on_click(becomes(&set, knob.value + by))
    };
    let slider = el("input")
        .set("type", "range")
        .set("id", &id)
        .testid(&id)
        .set("min", &knob.min.to_string())
        .set("max", &knob.max.to_string())
        .set("step", &knob.step.to_string())
        .value(&knob.value.to_string())
        .set("aria-valuetext", &shown)
        .on(On::Input, on_input)
        .on_change(ui.ends_gesture())
        .on(On::DoubleClick, reset.clone());
    let label = el("label").set("for", &id).text(name);
    let slide = el("div")
        .class("slide")
        .add(step(Key::Decrease, -knob.step, "−"))
        .add(slider)
        .add(step(Key::Increase, knob.step, "+"));
    let knob = el("div")
        .class("knob")
        .add(label.add(el("output").text(&shown)));
    knob.add(slide).add(origin(ui, setting, reset))
}

type Setter = Callback<(f64, Option<Gesture>)>;

/// Sets the number.
fn setter(ui: &Ui, setting: &Setting) -> Setter {
    let (store, knob) = (ui.store.clone(), setting.knob.clone());
    let (component, scope) = (setting.component.to_string(), setting.scope);
    Callback::from(move |(value, gesture): (f64, Option<Gesture>)| {
        let value = value.clamp(knob.min, knob.max);
        store.send(Action::SetParameter {
            component: component.clone(),
            path: knob.path,
            value: knob.written(value),
            scope,
            gesture,
        });
    })
}

/// Sets the number to a fixed value.
fn becomes(set: &Setter, value: f64) -> Handler {
    let set = set.clone();
    handler(move |_| set.emit((value, None)))
}

fn origin(ui: &Ui, setting: &Setting, reset: Handler) -> El {
    let knob = setting.knob;
    let is_default = (knob.value - knob.default).abs() < f64::EPSILON;
    let mut origin = el("div").class("source");
    if let Some((design, value)) = &setting.other {
        let text = ui.fill(Key::ValueInOther, &[design, value]);
        origin = origin.add(el("div").text(&text));
    }
    if let Some(design) = setting.only_in {
        let text = ui.fill(Key::ScopeExistsOnly, &[design]);
        origin = origin.add(el("div").text(&text));
    }
    match (&setting.source, knob.fact) {
        (Some((grade, source)), _) => graded(ui, origin, *grade, source),
        (None, Some(fact)) if is_default => {
            let key = origin_key(fact.grade);
            let source = ui.fill(key, &[reason(fact, ui.language()), fact.as_of]);
            graded(ui, origin, fact.grade, &source)
        }
        (None, Some(_)) => {
            let default = knob.text(knob.default, ui.language());
            let button = el("button").class("button quiet small").on_click(reset);
            origin.add(button.text(&ui.fill(Key::ResetDefault, &[&default])))
        }
        (None, None) => origin,
    }
}

/// What stands before the origin of a number: an assumption has a reason and no source.
pub const fn origin_key(grade: Grade) -> Key {
    match grade {
        Grade::Assumption => Key::ReasonLine,
        _ => Key::SourceLine,
    }
}

fn graded(ui: &Ui, origin: El, grade: Grade, source: &str) -> El {
    let badge = el("span").class_if("grade", grade == Grade::Assumption, "assumption");
    let badge = badge.text(words::grade(grade, ui.language()));
    origin.add(badge).text(source)
}

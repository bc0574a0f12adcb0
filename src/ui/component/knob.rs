//! One number of a component as a slider, with where it comes from.

use tradewind::model::defaults::Grade;
use tradewind::view::state::{Action, Gesture, Knob};
use tradewind::view::text::Key;
use tradewind::view::words;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Id of the component.
    pub component: AttrValue,
    /// The number.
    pub knob: Knob,
    /// Its value in the other design, when that differs: name of the design and text.
    pub other: Option<(AttrValue, AttrValue)>,
    /// Where the scenario has it from, when it says so: how well it is known, and the source.
    pub source: Option<(Grade, AttrValue)>,
}

/// A slider. A drag is one step to undo; double-click and the small button bring the default back.
#[component]
pub fn KnobSlider(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    // Number of the drag at hand. Moves by keys are drags as well: they end with the key.
    let drag = use_mut_ref(|| 0_u32);
    let knob = props.knob.clone();
    let set = {
        let (dispatch, knob) = (dispatch.clone(), knob.clone());
        let component = props.component.to_string();
        move |value: f64, gesture: Option<Gesture>| {
            let value = value.clamp(knob.min, knob.max);
            dispatch.send(Action::SetParameter {
                component: component.clone(),
                path: knob.path,
                value: knob.written(value),
                gesture,
            });
        }
    };
    let oninput = {
        let (set, drag) = (set.clone(), drag.clone());
        Callback::from(move |event: InputEvent| {
            let value = event
                .target_unchecked_into::<HtmlInputElement>()
                .value_as_number();
            if value.is_finite() {
                set(value, Some(Gesture(*drag.borrow())));
            }
        })
    };
    let end = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: Event| {
            *drag.borrow_mut() += 1;
            dispatch.send(Action::CloseGesture);
        })
    };
    let step = |by: f64| {
        let (set, value) = (set.clone(), knob.value + by);
        Callback::from(move |_: MouseEvent| set(value, None))
    };
    let reset = {
        let (set, default) = (set.clone(), knob.default);
        Callback::from(move |_: MouseEvent| set(default, None))
    };
    let name = words::knob(knob.id, texts.0);
    let shown = knob.text(knob.value, texts.0);
    let id = format!("knob-{:?}", knob.id);
    let (less, more) = (texts.get(Key::Decrease), texts.get(Key::Increase));
    html! {
        <div class="knob">
            <label for={id.clone()}>{ name }<output>{ &shown }</output></label>
            <div class="slide">
                <button class="button icon" aria-label={format!("{name}: {less}")}
                    onclick={step(-knob.step)}>{ "−" }</button>
                <input type="range" {id} data-testid={format!("knob-{:?}", knob.id)}
                    min={knob.min.to_string()} max={knob.max.to_string()}
                    step={knob.step.to_string()} value={knob.value.to_string()}
                    aria-valuetext={shown} {oninput} onchange={end} ondblclick={reset.clone()} />
                <button class="button icon" aria-label={format!("{name}: {more}")}
                    onclick={step(knob.step)}>{ "+" }</button>
            </div>
            { source(props, texts, reset) }
        </div>
    }
}

fn source(props: &Props, texts: crate::store::Texts, reset: Callback<MouseEvent>) -> Html {
    let knob = &props.knob;
    let is_default = (knob.value - knob.default).abs() < f64::EPSILON;
    let from = match (&props.source, knob.fact) {
        (Some((grade, source)), _) => graded(*grade, source, texts),
        (None, Some(fact)) if is_default => {
            let source = texts.fill(Key::SourceLine, &[fact.source, fact.as_of]);
            graded(fact.grade, &source, texts)
        }
        (None, Some(_)) => {
            let default = knob.text(knob.default, texts.0);
            html! {
                <button class="button quiet small" onclick={reset}>
                    { texts.fill(Key::ResetDefault, &[&default]) }
                </button>
            }
        }
        (None, None) => html! {},
    };
    let other = props.other.as_ref().map(|(design, value)| {
        html! { <div>{ texts.fill(Key::ValueInOther, &[design, value]) }</div> }
    });
    html! { <div class="source">{ other }{ from }</div> }
}

fn graded(grade: Grade, source: &str, texts: crate::store::Texts) -> Html {
    let class = (grade == Grade::Assumption).then_some("assumption");
    html! {
        <>
            <span class={classes!("grade", class)}>{ words::grade(grade, texts.0) }</span>
            { source }
        </>
    }
}

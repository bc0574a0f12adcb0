//! The numbers of the selected component.

use std::rc::Rc;

use tradewind::model::defaults::Grade;
use tradewind::model::{Component, Language};
use tradewind::scenario::{DesignCase, Scenario, Source};
use tradewind::view::state::knob::knobs;
use tradewind::view::state::{Action, Knob, Scope};
use tradewind::view::text::Key;
use tradewind::view::words;
use yew::prelude::*;

use super::knob::KnobSlider;
use super::tabs::{Choice, Segments};
use crate::store::{Texts, use_dispatch, use_texts};

#[derive(Clone, Properties)]
pub struct Props {
    /// The scenario as edited.
    pub scenario: Rc<Scenario>,
    /// Id of the selected component.
    pub selected: Option<AttrValue>,
    /// Whom edits concern.
    pub scope: Scope,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.selected == other.selected
            && self.scope == other.scope
    }
}

/// The numbers of the selected component.
#[component]
pub fn Inspector(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let parts = props
        .selected
        .as_ref()
        .map(|id| (id, sides(&props.scenario, id)));
    let Some((id, [a, b])) = parts else {
        return html! { <p class="muted">{ texts.get(Key::InspectorEmpty) }</p> };
    };
    let Some(part) = a.or(b) else {
        return html! { <p class="muted">{ texts.get(Key::InspectorEmpty) }</p> };
    };
    let choices = [
        (
            Scope::Both,
            texts.get(Key::ScopeBoth).to_string(),
            "scope-both",
        ),
        (
            Scope::Baseline,
            texts.fill(Key::ScopeOnly, &["A"]),
            "scope-a",
        ),
        (
            Scope::Candidate,
            texts.fill(Key::ScopeOnly, &["B"]),
            "scope-b",
        ),
    ];
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, text, testid)| Choice {
            value,
            text: text.into(),
            testid,
        })
        .collect();
    let note = match props.scope {
        Scope::Both => texts.fill(Key::ScopeBothNote, &["A", "B"]),
        Scope::Baseline => texts.fill(Key::ScopeOnlyNote, &["A"]),
        Scope::Candidate => texts.fill(Key::ScopeOnlyNote, &["B"]),
    };
    // The slider shows the design that it edits; the other one is named beside it.
    let (shown, other, name) = match props.scope {
        Scope::Candidate => (b, a, "A"),
        Scope::Both | Scope::Baseline => (a, b, "B"),
    };
    let (shown, other) = if shown.is_some() {
        (shown, other)
    } else {
        (other, None)
    };
    let others = other.map(knobs).unwrap_or_default();
    let sliders = shown.map(knobs).unwrap_or_default();
    let kind = words::kind(part, texts.0);
    let mut named: Option<&Source> = None;
    html! {
        <>
            <h2>{ texts.fill(Key::InspectorTitle, &[id, kind]) }</h2>
            if sliders.is_empty() {
                <p class="muted">{ texts.get(Key::InspectorNoKnobs) }</p>
            } else {
                <Segments<Scope> label={texts.get(Key::ScopeLabel)} {choices} chosen={props.scope}
                    on_choose={dispatch.callback(Action::SetScope)} />
                <p class="muted small">{ note }</p>
            }
            { for sliders.into_iter().map(|knob| {
                let differs = differing(&others, &knob, texts.0);
                // Several numbers of one part share a source: it is named once.
                let stated = stated(&props.scenario, id, &knob, texts.0);
                let is_new = stated.as_ref().is_some_and(|(source, _)| Some(*source) != named);
                named = stated.as_ref().map(|(source, _)| *source).or(named);
                let source = stated.filter(|_| is_new).map(|(_, source)| source);
                let key = format!("{:?}", knob.id);
                html! {
                    <KnobSlider {key} component={id.clone()} {source}
                        other={differs.map(|value| (AttrValue::from(name), value))} {knob} />
                }
            }) }
        </>
    }
}

/// The component in A and in B.
fn sides<'a>(scenario: &'a Scenario, id: &str) -> [Option<&'a Component>; 2] {
    let of = |case: Option<&'a DesignCase>| {
        let design = &case?.design;
        Some(&design.vertex(design.find(id)?).component)
    };
    [of(scenario.designs.first()), of(scenario.designs.get(1))]
}

fn differing(others: &[Knob], knob: &Knob, language: Language) -> Option<AttrValue> {
    let other = others.iter().find(|other| other.id == knob.id)?;
    let (mine, theirs) = (
        knob.text(knob.value, language),
        other.text(other.value, language),
    );
    (mine != theirs).then(|| theirs.into())
}

/// What the scenario says about the origin of a number: at its place in the document, or for the
/// whole part that it belongs to.
fn stated<'a>(
    scenario: &'a Scenario,
    id: &str,
    knob: &Knob,
    language: Language,
) -> Option<(&'a Source, (Grade, AttrValue))> {
    let keys = (1..=knob.path.len())
        .rev()
        .map(|length| knob.path[..length].join("/"));
    let mut pointers = keys.map(|keys| format!("/base/components/{id}/{keys}"));
    let source = pointers.find_map(|pointer| scenario.sources.get(&pointer))?;
    let line = Texts(language).fill(Key::SourceLine, &[source.text.get(language), &source.as_of]);
    Some((source, (source.grade, line.into())))
}

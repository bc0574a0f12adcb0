//! The numbers of the selected component.

use tradewind::model::defaults::Grade;
use tradewind::model::{Component, Language};
use tradewind::scenario::{DesignCase, Scenario, Source};
use tradewind::view::state::knob::knobs;
use tradewind::view::state::{Action, Knob, Scope};
use tradewind::view::text::Key;
use tradewind::view::words;
use yew::prelude::*;

use super::knob::{Setting, knob_slider};
use super::load::load_button;
use super::tabs::{Choice, segments};
use crate::element::{El, el, list};
use crate::store::{Texts, Ui};

/// The numbers of the selected component; `scope` says whom edits concern.
pub fn inspector(ui: &Ui, scenario: &Scenario, selected: Option<&str>, scope: Scope) -> Html {
    let parts = selected.map(|id| (id, sides(scenario, id)));
    let Some((id, [a, b])) = parts else {
        return muted(ui, Key::InspectorEmpty).into();
    };
    let Some(part) = a.or(b) else {
        return muted(ui, Key::InspectorEmpty).into();
    };
    // The slider shows the design that it edits; the other one is named beside it.
    let (shown, other, name) = match scope {
        Scope::Candidate => (b, a, "A"),
        Scope::Both | Scope::Baseline => (a, b, "B"),
    };
    let (shown, other) = if shown.is_some() {
        (shown, other)
    } else {
        (other, None)
    };
    let others = other.map(knobs).unwrap_or_default();
    let knobs = shown.map(knobs).unwrap_or_default();
    let kind = words::kind(part, ui.language());
    let mut named: Option<&Source> = None;
    let sliders = knobs.iter().map(|knob| {
        // Several numbers of one part share a source: it is named once.
        let stated = stated(scenario, id, knob, ui.language());
        let is_new = stated
            .as_ref()
            .is_some_and(|(source, _)| Some(*source) != named);
        named = stated.as_ref().map(|(source, _)| *source).or(named);
        let setting = Setting {
            component: id,
            knob,
            other: differing(&others, knob, ui.language()).map(|value| (name, value)),
            source: stated.filter(|_| is_new).map(|(_, source)| source),
        };
        knob_slider(ui, &setting).key(&format!("{:?}", knob.id))
    });
    let sliders = list(sliders);
    let mut head = vec![el("h2").text(&ui.fill(Key::InspectorTitle, &[id, kind]))];
    if matches!(part, Component::Users(_)) {
        head.push(load_button(ui));
    }
    if knobs.is_empty() {
        head.push(muted(ui, Key::InspectorNoKnobs));
    } else {
        head.extend(scopes(ui, scope));
    }
    [list(head), sliders].into_iter().collect()
}

fn muted(ui: &Ui, key: Key) -> El {
    el("p").class("muted").text(ui.get(key))
}

/// The choice of whom edits concern, and what it means.
fn scopes(ui: &Ui, chosen: Scope) -> [El; 2] {
    let (only_a, only_b) = (
        ui.fill(Key::ScopeOnly, &["A"]),
        ui.fill(Key::ScopeOnly, &["B"]),
    );
    let choices = [
        (Scope::Both, ui.get(Key::ScopeBoth), "scope-both"),
        (Scope::Baseline, &only_a, "scope-a"),
        (Scope::Candidate, &only_b, "scope-b"),
    ];
    let choices = choices.map(|(scope, text, testid)| Choice {
        text,
        testid,
        is_chosen: scope == chosen,
        on_choose: ui.does(Action::SetScope(scope)),
    });
    let note = match chosen {
        Scope::Both => ui.fill(Key::ScopeBothNote, &["A", "B"]),
        Scope::Baseline => ui.fill(Key::ScopeOnlyNote, &["A"]),
        Scope::Candidate => ui.fill(Key::ScopeOnlyNote, &["B"]),
    };
    [
        segments(ui.get(Key::ScopeLabel), &choices),
        el("p").class("muted small").text(&note),
    ]
}

/// The component in A and in B.
fn sides<'a>(scenario: &'a Scenario, id: &str) -> [Option<&'a Component>; 2] {
    let of = |case: Option<&'a DesignCase>| {
        let design = &case?.design;
        Some(&design.vertex(design.find(id)?).component)
    };
    [of(scenario.designs.first()), of(scenario.designs.get(1))]
}

fn differing(others: &[Knob], knob: &Knob, language: Language) -> Option<String> {
    let other = others.iter().find(|other| other.id == knob.id)?;
    let (mine, theirs) = (
        knob.text(knob.value, language),
        other.text(other.value, language),
    );
    (mine != theirs).then_some(theirs)
}

/// What the scenario says about the origin of a number: at its place in the document, or for the
/// whole part that it belongs to.
fn stated<'a>(
    scenario: &'a Scenario,
    id: &str,
    knob: &Knob,
    language: Language,
) -> Option<(&'a Source, (Grade, String))> {
    let keys = (1..=knob.path.len())
        .rev()
        .map(|length| knob.path[..length].join("/"));
    let mut pointers = keys.map(|keys| format!("/base/components/{id}/{keys}"));
    let source = pointers.find_map(|pointer| scenario.sources.get(&pointer))?;
    let line = Texts(language).fill(Key::SourceLine, &[source.text.get(language), &source.as_of]);
    Some((source, (source.grade, line)))
}

//! The numbers of the selected component.

use tradewind::model::defaults::Grade;
use tradewind::model::{Component, Language};
use tradewind::scenario::{DesignCase, Scenario, Source};
use tradewind::view::state::knob::knobs;
use tradewind::view::state::{Action, Knob, Scope};
use tradewind::view::text::Key;
use tradewind::view::words;
use yew::prelude::*;

use super::designs::LETTERS;
use super::knob::{Setting, knob_slider, origin_key};
use super::load::load_button;
use super::tabs::{Choice, segments};
use crate::element::{El, el, list};
use crate::store::{Texts, Ui};

/// The numbers of the selected component; `scope` says whom edits concern, where both designs have
/// numbers to edit.
pub fn inspector(ui: &Ui, scenario: &Scenario, selected: Option<&str>, scope: Scope) -> Html {
    let parts = selected.map(|id| (id, sides(scenario, id)));
    let Some((id, parts)) = parts else {
        return muted(ui, Key::InspectorEmpty).into();
    };
    let [a, b] = parts;
    let Some(part) = a.or(b) else {
        return muted(ui, Key::InspectorEmpty).into();
    };
    let knobs = parts.map(|part| part.map(knobs).unwrap_or_default());
    let scope = offered(&knobs).unwrap_or(scope);
    let kind = words::kind(part, ui.language());
    let mut named: Option<&Source> = None;
    let rows = rows(&knobs, scope);
    let sliders = rows.iter().map(|row| {
        // Several numbers of one part share a source: it is named once.
        let stated = stated(scenario, id, row.knob, ui.language());
        let is_new = stated
            .as_ref()
            .is_some_and(|(source, _)| Some(*source) != named);
        named = stated.as_ref().map(|(source, _)| *source).or(named);
        let other = &knobs[1 - row.side];
        let has_other = other.iter().any(|it| it.id == row.knob.id);
        let is_alone = !has_other && parts[1 - row.side].is_some();
        let setting = Setting {
            component: id,
            knob: row.knob,
            scope: row.scope,
            only_in: is_alone.then_some(LETTERS[row.side]),
            other: differing(other, row.knob, ui.language())
                .map(|value| (LETTERS[1 - row.side], value)),
            source: stated.filter(|_| is_new).map(|(_, source)| source),
        };
        knob_slider(ui, &setting).key(&format!("{:?}", row.knob.id))
    });
    let sliders = list(sliders);
    let mut head = vec![el("h2").text(&ui.fill(Key::InspectorTitle, &[id, kind]))];
    if let (None, Some(_)) | (Some(_), None) = (a, b) {
        let letter = LETTERS[usize::from(a.is_none())];
        let only = ui.fill(Key::ScopeExistsOnly, &[letter]);
        head.push(el("p").class("muted small").testid("only-in").text(&only));
    }
    if matches!(part, Component::Users(_)) {
        head.push(load_button(ui));
    } else if rows.is_empty() {
        head.push(muted(ui, Key::InspectorNoKnobs));
    } else if offered(&knobs).is_none() {
        head.extend(scopes(ui, scope));
    }
    [list(head), sliders].into_iter().collect()
}

/// The only scope there is when one of the designs has no numbers of this part; none when there is
/// a choice.
fn offered(knobs: &[Vec<Knob>; 2]) -> Option<Scope> {
    match knobs.each_ref().map(Vec::is_empty) {
        [false, true] => Some(Scope::Baseline),
        [true, false] => Some(Scope::Candidate),
        _ => None,
    }
}

/// A number, the side whose value the slider shows, and whom it edits.
struct Row<'a> {
    knob: &'a Knob,
    side: usize,
    scope: Scope,
}

/// The numbers that a scope edits. For both designs these are the numbers of A, and those that only
/// B has: a number that a design lacks is not written to it.
fn rows(knobs: &[Vec<Knob>; 2], scope: Scope) -> Vec<Row<'_>> {
    let has = |side: usize, knob: &Knob| knobs[side].iter().any(|it| it.id == knob.id);
    let of = |side: usize| {
        let alone = [Scope::Baseline, Scope::Candidate][side];
        knobs[side].iter().map(move |knob| Row {
            knob,
            side,
            scope: match scope {
                Scope::Both if has(1 - side, knob) => Scope::Both,
                _ => alone,
            },
        })
    };
    match scope {
        Scope::Baseline => of(0).collect(),
        Scope::Candidate => of(1).collect(),
        Scope::Both => {
            let only_b = of(1).filter(|row| !has(0, row.knob));
            of(0).chain(only_b).collect()
        }
    }
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
    let key = origin_key(source.grade);
    let line = Texts(language).fill(key, &[source.text.get(language), &source.as_of]);
    Some((source, (source.grade, line)))
}

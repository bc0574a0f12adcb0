//! What the callers of the selected component met, in A and B.

use std::rc::Rc;

use tradewind::analysis::Callers;
use tradewind::model::Design;
use tradewind::view::callers::{Caller, Order, callers_of, nobody, tables};
use tradewind::view::format;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::side_by_side::drawn;
use crate::element::{el, list};
use crate::engine::{Answers, Outcome};
use crate::playhead::{following, interval_at};
use crate::store::Ui;

/// Tables that follow the playhead; nothing for what cannot be called.
pub fn callers(ui: &Ui, answers: &Answers, id: &str) -> Html {
    let Some(outcome) = &answers.outcome else {
        return Html::default();
    };
    let designs = designs(outcome);
    let sentence = |text: &str| el("p").class("muted callers").text(text).into();
    if let Some(text) = nobody(designs, id, ui.language()) {
        return sentence(text);
    }
    if designs.iter().all(|one| callers_of(one, id).is_empty()) {
        return Html::default();
    }
    let Some(met) = &answers.met else {
        return sentence(ui.get(Key::Computing));
    };
    let (ui, outcome, id) = (ui.clone(), outcome.clone(), id.to_string());
    let (callers, playhead) = (Rc::clone(&met.callers), ui.playhead.clone());
    let interval = outcome.scenario.plan.interval;
    let draw = move |now| at_interval(&ui, &outcome, &callers, &id, interval_at(&now, interval));
    el("section")
        .class_if("side-by-side callers", met.is_stale, "stale")
        .testid("callers")
        .truth("data-stale", met.is_stale)
        .add(following(&playhead, interval, draw))
        .into()
}

/// A and B; an outcome is of two designs at least.
fn designs(outcome: &Outcome) -> [&Design; 2] {
    [0, 1].map(|side| &outcome.scenario.designs[side].design)
}

fn at_interval(ui: &Ui, outcome: &Outcome, callers: &[Callers; 2], id: &str, at: usize) -> Html {
    let begin = format::elapsed(outcome.logs[0].interval_start(at));
    let tables = tables(&Order {
        designs: designs(outcome),
        callers,
        component: id,
        interval: (at, &begin),
        language: ui.language(),
    });
    list(tables.iter().flat_map(|met| {
        let caller = match met.caller {
            Caller::Users => "users",
            Caller::Services => "services",
        };
        drawn(&met.table, ("callers", caller))
    }))
}

//! What the callers of the selected component met, in A and B.

use std::rc::Rc;

use tradewind::analysis::Callers;
use tradewind::model::Design;
use tradewind::view::callers::{Caller, Order, Row, Table, callers_of, nobody, tables};
use tradewind::view::format;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::designs::{LETTERS, TEXT_CLASSES};
use super::summary::column;
use crate::element::{El, el, list};
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
        .class_if("callers", met.is_stale, "stale")
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
    list(tables.iter().flat_map(drawn))
}

/// Heading, explanation, and the table.
fn drawn(told: &Table) -> [El; 3] {
    let caller = match told.caller {
        Caller::Users => "users",
        Caller::Services => "services",
    };
    let sides = [0, 1].map(|side| column(LETTERS[side]).class(TEXT_CLASSES[side]));
    let head = el("tr").add(el("td")).each(sides);
    let during = el("th").set("scope", "rowgroup").set("colspan", "3");
    let interval = el("tbody")
        .testid("callers-interval")
        .add(el("tr").add(during.text(&told.during)))
        .each(told.interval.iter().map(row));
    let whole = el("tbody").testid("callers-whole");
    let table = el("table")
        .label(told.title)
        .set("data-caller", caller)
        .add(el("thead").add(head))
        .add(whole.each(told.whole.iter().map(row)))
        .add(interval);
    let note = el("p").class("muted small").text(told.note);
    [el("h3").text(told.title), note, table]
}

fn row(row: &Row) -> El {
    let cells = row.cells.iter().zip(TEXT_CLASSES).map(|(cell, class)| {
        // The value itself is for whoever copies or checks it.
        let value = cell.value.map(|value| value.to_string());
        let data = el("data").set("value", &value.unwrap_or_default());
        el("td").class(class).add(data.text(&cell.text))
    });
    let name = el("th").set("scope", "row").text(row.name);
    el("tr").add(name).each(cells)
}

//! Figures of A and B beside each other.

use tradewind::view::side_by_side::{Row, Table};

use super::designs::{LETTERS, TEXT_CLASSES};
use super::summary::column;
use crate::element::{El, el};

/// Heading, explanation, and the table. `name` is for tests: what it is of, and of which kind.
pub fn drawn(told: &Table, (name, kind): (&str, &str)) -> [El; 3] {
    let sides = [0, 1].map(|side| column(LETTERS[side]).class(TEXT_CLASSES[side]));
    let head = el("tr").add(el("td")).each(sides);
    let during = el("th").set("scope", "rowgroup").set("colspan", "3");
    let interval = el("tbody")
        .testid(&format!("{name}-interval"))
        .add(el("tr").add(during.text(&told.during)))
        .each(told.interval.iter().map(row));
    let whole = el("tbody").testid(&format!("{name}-whole"));
    let table = el("table")
        .label(told.title)
        .set("data-kind", kind)
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

//! A design as a list: the same content as the picture, for screen readers, keys and phones.

use std::rc::Rc;

use tradewind::view::diagram::{Layout, ListRow};
use tradewind::view::state::{Action, Panel};
use tradewind::view::text::Key;
use yew::prelude::*;

use super::memory::{Memory, remembering};
use crate::element::{El, Handler, el, focus, list, on_keys};
use crate::store::Ui;

/// A design as a list.
pub struct Twin {
    /// Texts, and the way to select.
    pub ui: Ui,
    /// Which box is which component.
    pub layout: Rc<Layout>,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// What the list shows, in words.
    pub label: String,
    /// Id of the selected component.
    pub selected: Option<String>,
}

impl Twin {
    /// Draws it.
    pub fn draw(self) -> Html {
        remembering("twin", move |memory| self.table(memory))
    }

    fn table(&self, memory: &Memory) -> Html {
        let stop_at = memory.value.min(self.rows.len().saturating_sub(1));
        let rows = self.rows.iter().enumerate();
        let rows = rows.map(|(at, row)| self.row(at, row, at == stop_at));
        let columns = [Key::ColumnPart, Key::ColumnFigure, Key::ColumnState];
        let columns = columns.map(|key| el("th").set("scope", "col").text(self.ui.get(key)));
        let body = el("tbody").node(&memory.root);
        let body = body.on_key(self.moves(stop_at, memory)).add(list(rows));
        el("table")
            .class("twin")
            .set("role", "treegrid")
            .label(&self.label)
            .add(el("thead").class("unseen").add(el("tr").each(columns)))
            .add(body)
            .into()
    }

    /// Arrows move from row to row.
    fn moves(&self, stop_at: usize, memory: &Memory) -> Handler {
        let (memory, last) = (memory.clone(), self.rows.len().saturating_sub(1));
        on_keys(move |key, event| {
            let to = match key {
                "ArrowUp" => stop_at.saturating_sub(1),
                "ArrowDown" => (stop_at + 1).min(last),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            memory.set(to);
            focus(&memory.root, &format!("[data-row=\"{to}\"]"));
        })
    }

    fn row(&self, at: usize, row: &ListRow, is_stop: bool) -> El {
        let node = row.node.and_then(|node| self.layout.nodes.get(node));
        let component = node.map(|node| node.component.clone());
        let is_selected = component.is_some() && component == self.selected;
        let class = match (is_selected, row.node.is_none()) {
            (true, _) => "selected",
            (false, true) => "place",
            (false, false) => "",
        };
        let state = row.state.label(self.ui.language());
        let chip = el("span").class(&format!("chip {}", row.state.class()));
        let name = el("th").set("scope", "row").set("role", "rowheader");
        let cell = || el("td").set("role", "gridcell");
        let line = el("tr")
            .key(&at.to_string())
            .set("role", "row")
            .set("aria-level", &row.level.to_string())
            .set("data-row", &at.to_string())
            .set("tabindex", if is_stop { "0" } else { "-1" })
            .truth("aria-selected", is_selected)
            .class(class)
            .add(name.set("title", &row.kind).text(&row.name))
            .add(cell().text(&row.figure))
            .add(cell().add(chip.text(&state)));
        let Some(component) = component else {
            return line;
        };
        let line = line.set("data-component", &component);
        let choose = selects(&self.ui, component);
        let on_key = {
            let choose = choose.clone();
            on_keys(move |key, event| {
                if matches!(key, "Enter" | " ") {
                    event.prevent_default();
                    choose.emit(event.clone().into());
                }
            })
        };
        line.on_click(choose).on_key(on_key)
    }
}

/// Selects a component and shows its numbers.
pub fn selects(ui: &Ui, component: String) -> Handler {
    ui.does_both(
        Action::Select(Some(component)),
        Action::SetPanel(Panel::Inspector),
    )
}

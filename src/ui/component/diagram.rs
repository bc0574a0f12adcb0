//! A design as a picture. One stop of the Tab key; arrows move from part to part.

use std::rc::Rc;

use tradewind::view::diagram::{
    BASELINES, EdgeKind, Frame, GROUP_INSET, GroupKind, Layout, Rect, TEXT_INSET, TEXT_SIZE,
    fitted_note, squeezed,
};
use tradewind::view::state::Action;
use yew::prelude::*;

use super::memory::{Memory, remembering};
use super::twin::selects;
use crate::element::{El, Handler, el, focus, on_keys};
use crate::store::Ui;

/// A design as a picture.
pub struct Diagram {
    /// Texts, and the way to select.
    pub ui: Ui,
    /// Where everything is.
    pub layout: Rc<Layout>,
    /// How everything is.
    pub frame: Frame,
    /// What the picture shows, in words.
    pub label: String,
    /// Id of the selected component.
    pub selected: Option<String>,
}

impl Diagram {
    /// Draws it.
    pub fn draw(self) -> Html {
        // The memory is the part that the Tab key reaches.
        remembering("diagram", move |memory| self.picture(memory))
    }

    fn picture(&self, memory: &Memory) -> Html {
        let layout = &self.layout;
        let stop_at = memory.value.min(layout.nodes.len().saturating_sub(1));
        let parts = (0..layout.nodes.len().min(self.frame.nodes.len()))
            .map(|at| self.part(at, at == stop_at));
        el("svg")
            .class("diagram")
            .node(&memory.root)
            .set(
                "viewBox",
                &format!("0 0 {} {}", layout.width, layout.height),
            )
            .set("preserveAspectRatio", "xMidYMid meet")
            .set("role", "group")
            .label(&self.label)
            .on_key(self.moves(stop_at, memory))
            .each(self.groups())
            .each(self.edges())
            .each(self.labels())
            .each(parts)
            .into()
    }

    /// Arrows move from part to part, Enter selects one, Escape none.
    fn moves(&self, stop_at: usize, memory: &Memory) -> Handler {
        let (ui, layout, memory) = (self.ui.clone(), Rc::clone(&self.layout), memory.clone());
        on_keys(move |key, event| {
            let direction = match key {
                "ArrowLeft" => (-1, 0),
                "ArrowRight" => (1, 0),
                "ArrowUp" => (0, -1),
                "ArrowDown" => (0, 1),
                "Enter" | " " => {
                    event.prevent_default();
                    let component = layout.nodes[stop_at].component.clone();
                    return selects(&ui, component).emit(event.clone().into());
                }
                "Escape" => return ui.store.send(Action::Select(None)),
                _ => return,
            };
            event.prevent_default();
            if let Some(next) = neighbour(&layout, stop_at, direction) {
                memory.set(next);
                focus(&memory.root, &format!("[data-at=\"{next}\"]"));
            }
        })
    }

    fn groups(&self) -> impl Iterator<Item = El> {
        let groups = self.layout.groups.iter().zip(&self.frame.groups);
        groups.map(|(group, now)| {
            let kind = match group.kind {
                GroupKind::Region => "region",
                GroupKind::Vpc => "vpc",
                GroupKind::Zone => "zone",
            };
            let (rect, state) = (group.rect, now.state.class());
            let area = el("rect")
                .class(&format!("box {kind} {state}"))
                .set("x", &rect.x.to_string())
                .set("y", &rect.y.to_string());
            sized(area, rect).set("rx", "8")
        })
    }

    /// Names and notes of the groups: over the edges, which may cross them.
    fn labels(&self) -> impl Iterator<Item = El> {
        let groups = self.layout.groups.iter().zip(&self.frame.groups);
        groups.flat_map(|(group, now)| {
            let (rect, state) = (group.rect, now.state.class());
            let text = |class: &str, x: i32, text: &str| {
                el("text")
                    .class(&format!("{class} {state}"))
                    .set("x", &x.to_string())
                    .set("y", &(rect.y + 16).to_string())
                    .text(text)
            };
            let (note, width) = fitted_note(group, &now.note);
            [
                text("box-label", rect.x + GROUP_INSET, &group.label),
                fitting(
                    text("box-label note", rect.right() - GROUP_INSET, note),
                    width,
                ),
            ]
        })
    }

    fn edges(&self) -> impl Iterator<Item = El> {
        let edges = self.layout.edges.iter().zip(&self.frame.edges);
        edges.filter(|(_, now)| now.is_shown).map(|(edge, now)| {
            let points = edge.points.iter();
            let points = points.map(|point| format!("{},{}", point.x, point.y));
            let points = points.collect::<Vec<_>>().join(" ");
            let kind = match edge.kind {
                EdgeKind::Replicates => "replicates",
                EdgeKind::Calls | EdgeKind::Egress => "calls",
            };
            let line = el("polyline").class(&format!("edge {kind} rate-{}", now.step));
            line.set("points", &points)
        })
    }

    /// One box.
    fn part(&self, at: usize, is_stop: bool) -> El {
        let (node, now) = (&self.layout.nodes[at], &self.frame.nodes[at]);
        let state = now.state.word(self.ui.language());
        let is_selected = self.selected.as_deref() == Some(node.component.as_str());
        let class = format!("node {}", now.state.class());
        let text = |class: &str, x: i32, line: usize, text: &str| {
            let element = el("text").class(class).set("x", &x.to_string());
            element.set("y", &BASELINES[line].to_string()).text(text)
        };
        let glyph = now.state.glyph();
        let name = text("name", TEXT_INSET, 0, &node.name);
        let figure = text("sub", TEXT_INSET, 1, &now.figure);
        let beside = if glyph.is_empty() { 0 } else { TEXT_SIZE };
        let area = sized(el("rect"), node.rect).set("rx", "6");
        let place = format!("translate({} {})", node.rect.x, node.rect.y);
        el("g")
            .key(&at.to_string())
            .class_if(&class, is_selected, "selected")
            .set("transform", &place)
            .set("role", "button")
            .set("tabindex", if is_stop { "0" } else { "-1" })
            .label(&format!("{}, {state}, {}", node.name, now.figure))
            .truth("aria-pressed", is_selected)
            .set("data-at", &at.to_string())
            .set("data-component", &node.component)
            .on_click(selects(&self.ui, node.component.clone()))
            .add(area)
            .add(fitting(name, squeezed(&node.name, beside)))
            .add(fitting(figure, squeezed(&now.figure, 0)))
            .add(text("glyph", node.rect.width - TEXT_INSET, 0, glyph))
    }
}

/// Squeezes a text to a width.
fn fitting(element: El, width: Option<i32>) -> El {
    match width {
        Some(width) => element
            .set("textLength", &width.to_string())
            .set("lengthAdjust", "spacingAndGlyphs"),
        None => element,
    }
}

fn sized(element: El, rect: Rect) -> El {
    let element = element.set("width", &rect.width.to_string());
    element.set("height", &rect.height.to_string())
}

/// The nearest part in a direction: near along it counts once, aside from it three times.
fn neighbour(layout: &Layout, from: usize, (right, down): (i32, i32)) -> Option<usize> {
    let centre = |at: usize| {
        let rect = layout.nodes[at].rect;
        (rect.x + rect.width / 2, rect.y + rect.height / 2)
    };
    let (x, y) = centre(from);
    let candidates = (0..layout.nodes.len()).filter_map(|at| {
        let (to_x, to_y) = centre(at);
        let (along, aside) = if right == 0 {
            ((to_y - y) * down, (to_x - x).abs())
        } else {
            ((to_x - x) * right, (to_y - y).abs())
        };
        (along > 0).then_some((along + 3 * aside, at))
    });
    candidates.min().map(|(_, at)| at)
}

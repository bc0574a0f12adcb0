//! A design as a picture. One stop of the Tab key; arrows move from part to part.

use std::rc::Rc;

use tradewind::view::diagram::{EdgeKind, Frame, GroupKind, Layout, Rect};
use tradewind::view::state::{Action, Panel};
use wasm_bindgen::JsCast;
use web_sys::SvgElement;
use yew::prelude::*;

use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Where everything is.
    pub layout: Rc<Layout>,
    /// How everything is.
    pub frame: Frame,
    /// What the picture shows, in words.
    pub label: AttrValue,
    /// Id of the selected component.
    pub selected: Option<AttrValue>,
}

/// A design as a picture.
#[component]
pub fn Diagram(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let root = use_node_ref();
    // The part that the Tab key reaches.
    let stop = use_state_eq(|| 0_usize);
    let layout = &props.layout;
    let stop_at = (*stop).min(layout.nodes.len().saturating_sub(1));
    let onkeydown = {
        let (layout, root, stop) = (Rc::clone(layout), root.clone(), stop.setter());
        Callback::from(move |event: KeyboardEvent| {
            let direction = match event.key().as_str() {
                "ArrowLeft" => (-1, 0),
                "ArrowRight" => (1, 0),
                "ArrowUp" => (0, -1),
                "ArrowDown" => (0, 1),
                "Enter" | " " => {
                    event.prevent_default();
                    dispatch.send(Action::Select(Some(
                        layout.nodes[stop_at].component.clone(),
                    )));
                    dispatch.send(Action::SetPanel(Panel::Inspector));
                    return;
                }
                "Escape" => return dispatch.send(Action::Select(None)),
                _ => return,
            };
            event.prevent_default();
            if let Some(next) = neighbour(&layout, stop_at, direction) {
                stop.set(next);
                focus(&root, next);
            }
        })
    };
    let view_box = format!("0 0 {} {}", layout.width, layout.height);
    html! {
        <svg class="diagram" ref={root} viewBox={view_box} preserveAspectRatio="xMidYMid meet"
            role="group" aria-label={&props.label} {onkeydown}>
            { groups(props) }
            { edges(props) }
            { for layout.nodes.iter().zip(&props.frame.nodes).enumerate().map(|(at, (node, now))| {
                let state = now.state.word(texts.0);
                let label = format!("{}, {state}, {}", node.name, now.figure);
                let is_selected = props.selected.as_deref() == Some(node.component.as_str());
                let component = node.component.clone();
                html! {
                    <Part key={at} {at} rect={ByValue(node.rect)} name={node.name.clone()} {label}
                        {component} figure={now.figure.clone()} class={now.state.class()}
                        glyph={now.state.glyph()} is_stop={at == stop_at} {is_selected} />
                }
            }) }
        </svg>
    }
}

fn groups(props: &Props) -> Html {
    let groups = props.layout.groups.iter().zip(&props.frame.groups);
    groups
        .map(|(group, now)| {
            let kind = match group.kind {
                GroupKind::Region => "region",
                GroupKind::Vpc => "vpc",
                GroupKind::Zone => "zone",
            };
            let Rect {
                x,
                y,
                width,
                height,
            } = group.rect;
            let [x, y, width, height] = [x, y, width, height].map(|n| n.to_string());
            let state = now.state.class();
            let baseline = (group.rect.y + 14).to_string();
            let end = (group.rect.right() - 8).to_string();
            html! {
                <>
                    <rect class={classes!("box", kind, state)} {x} {y} {width} {height} rx="8" />
                    <text class={classes!("box-label", state)} y={baseline.clone()}
                        x={(group.rect.x + 8).to_string()}>
                        { &group.label }
                    </text>
                    <text class={classes!("box-label", "note", state)} x={end} y={baseline}>
                        { &now.note }
                    </text>
                </>
            }
        })
        .collect()
}

fn edges(props: &Props) -> Html {
    let edges = props.layout.edges.iter().zip(&props.frame.edges);
    edges
        .filter(|(_, now)| now.is_shown)
        .map(|(edge, now)| {
            let points = edge
                .points
                .iter()
                .map(|point| format!("{},{}", point.x, point.y));
            let points = points.collect::<Vec<_>>().join(" ");
            let kind = match edge.kind {
                EdgeKind::Replicates => "replicates",
                EdgeKind::Calls | EdgeKind::Egress => "calls",
            };
            let rate = format!("rate-{}", now.step);
            html! { <polyline class={classes!("edge", kind, rate)} {points} /> }
        })
        .collect()
}

/// A rectangle as a property.
#[derive(Clone, Copy, PartialEq)]
struct ByValue(Rect);

#[derive(Properties, PartialEq)]
struct PartProps {
    at: usize,
    rect: ByValue,
    component: AttrValue,
    name: AttrValue,
    figure: AttrValue,
    label: AttrValue,
    class: AttrValue,
    glyph: AttrValue,
    is_stop: bool,
    is_selected: bool,
}

/// One box.
#[component]
fn Part(props: &PartProps) -> Html {
    let dispatch = use_dispatch();
    let component = props.component.to_string();
    let onclick = Callback::from(move |_: MouseEvent| {
        dispatch.send(Action::Select(Some(component.clone())));
        dispatch.send(Action::SetPanel(Panel::Inspector));
    });
    let Rect { width, height, .. } = props.rect.0;
    let place = format!("translate({} {})", props.rect.0.x, props.rect.0.y);
    let selected = props.is_selected.then_some("selected");
    html! {
        <g class={classes!("node", props.class.to_string(), selected)} transform={place}
            role="button" tabindex={if props.is_stop { "0" } else { "-1" }}
            aria-label={&props.label} aria-pressed={props.is_selected.to_string()}
            data-at={props.at.to_string()} data-component={&props.component} {onclick}>
            <rect width={width.to_string()} height={height.to_string()} rx="6" />
            <text class="name" x="8" y="16">{ &props.name }</text>
            <text class="sub" x="8" y="32">{ &props.figure }</text>
            <text class="glyph" x={(width - 7).to_string()} y="16">{ &props.glyph }</text>
        </g>
    }
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

fn focus(root: &NodeRef, at: usize) {
    let element = root.cast::<SvgElement>();
    let selector = format!("[data-at=\"{at}\"]");
    let found = element.and_then(|element| element.query_selector(&selector).ok().flatten());
    if let Some(part) = found.and_then(|found| found.dyn_into::<SvgElement>().ok()) {
        // A part that is gone keeps the focus where it is.
        let _ = part.focus();
    }
}

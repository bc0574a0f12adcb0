//! A design as a list: the same content as the picture, for screen readers, keys and phones.

use std::rc::Rc;

use tradewind::view::diagram::{Layout, ListRow};
use tradewind::view::state::{Action, Panel};
use tradewind::view::text::Key;
use yew::prelude::*;

use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Which box is which component.
    pub layout: Rc<Layout>,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// What the list shows, in words.
    pub label: AttrValue,
    /// Id of the selected component.
    pub selected: Option<AttrValue>,
}

/// A design as a list.
#[component]
pub fn Twin(props: &Props) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let body = use_node_ref();
    let stop = use_state_eq(|| 0_usize);
    let count = props.rows.len();
    let stop_at = (*stop).min(count.saturating_sub(1));
    let go = {
        let (body, stop) = (body.clone(), stop.setter());
        Callback::from(move |to: usize| {
            stop.set(to);
            super::menu::focus(&body, &format!("[data-row=\"{to}\"]"));
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowUp" => stop_at.saturating_sub(1),
            "ArrowDown" => (stop_at + 1).min(count.saturating_sub(1)),
            "Home" => 0,
            "End" => count.saturating_sub(1),
            _ => return,
        };
        event.prevent_default();
        go.emit(to);
    });
    let rows = props.rows.iter().enumerate().map(|(at, row)| {
        let component = row.node.and_then(|node| props.layout.nodes.get(node));
        let component = component.map(|node| node.component.clone());
        let is_selected = component.is_some() && component.as_deref() == props.selected.as_deref();
        let choose = {
            let (dispatch, component) = (dispatch.clone(), component.clone());
            move || {
                if component.is_some() {
                    dispatch.send(Action::Select(component.clone()));
                    dispatch.send(Action::SetPanel(Panel::Inspector));
                }
            }
        };
        let on_key = {
            let choose = choose.clone();
            Callback::from(move |event: KeyboardEvent| {
                if matches!(event.key().as_str(), "Enter" | " ") {
                    event.prevent_default();
                    choose();
                }
            })
        };
        let class = classes!("chip", row.state.class());
        let place = row.node.is_none().then_some("place");
        let row_class = classes!(is_selected.then_some("selected"), place);
        html! {
            <tr key={at} role="row" aria-level={row.level.to_string()} data-row={at.to_string()}
                tabindex={if at == stop_at { "0" } else { "-1" }}
                aria-selected={is_selected.to_string()}
                class={row_class}
                onclick={Callback::from(move |_: MouseEvent| choose())} onkeydown={on_key}>
                <th scope="row" role="rowheader" title={row.kind.clone()}>{ &row.name }</th>
                <td role="gridcell">{ &row.figure }</td>
                <td role="gridcell"><span {class}>{ row.state.label(texts.0) }</span></td>
            </tr>
        }
    });
    let columns = [Key::ColumnPart, Key::ColumnFigure, Key::ColumnState];
    let columns = columns.map(|key| html! { <th scope="col">{ texts.get(key) }</th> });
    html! {
        <table class="twin" role="treegrid" aria-label={&props.label}>
            <thead class="unseen">
                <tr>{ for columns }</tr>
            </thead>
            <tbody ref={body} {onkeydown}>{ for rows }</tbody>
        </table>
    }
}

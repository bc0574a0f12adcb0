//! The bar at the bottom of a small screen, and other choices of one among a few.

use tradewind::view::state::{Action, Panel, Tab};
use tradewind::view::text::Key;
use yew::prelude::*;

use crate::store::{use_dispatch, use_texts};

#[derive(Properties, PartialEq)]
pub struct TabsProps {
    /// The tab shown.
    pub tab: Tab,
}

/// The bar at the bottom of a small screen.
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let texts = use_texts();
    let dispatch = use_dispatch();
    let tabs = [
        (Tab::Results, Key::TabResults, "tab-results"),
        (Tab::Design, Key::TabDesign, "tab-design"),
        (Tab::Compare, Key::TabCompare, "tab-compare"),
        (Tab::Faults, Key::TabFaults, "tab-faults"),
    ];
    let items = tabs.map(|(tab, key, testid)| {
        let dispatch = dispatch.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatch.send(Action::SetTab(tab));
            match tab {
                Tab::Faults => dispatch.send(Action::SetPanel(Panel::Faults)),
                _ => dispatch.send(Action::ClosePanel),
            }
        });
        html! {
            <button role="tab" aria-selected={(tab == props.tab).to_string()} data-testid={testid}
                {onclick}>
                { texts.get(key) }
            </button>
        }
    });
    html! { <nav class="tabs" role="tablist">{ for items }</nav> }
}

/// One choice.
#[derive(Clone, PartialEq)]
pub struct Choice<T> {
    /// What is chosen.
    pub value: T,
    /// Its text.
    pub text: AttrValue,
    /// For tests.
    pub testid: &'static str,
}

#[derive(Properties, PartialEq)]
pub struct SegmentsProps<T: PartialEq + Clone + 'static> {
    /// Name of the choice.
    pub label: AttrValue,
    /// What can be chosen.
    pub choices: Vec<Choice<T>>,
    /// What is chosen.
    pub chosen: T,
    /// Hears the choice.
    pub on_choose: Callback<T>,
}

/// A choice of one among a few, as buttons side by side.
#[component]
pub fn Segments<T: PartialEq + Clone + 'static>(props: &SegmentsProps<T>) -> Html {
    let items = props.choices.iter().map(|choice| {
        let value = choice.value.clone();
        html! {
            <button aria-pressed={(choice.value == props.chosen).to_string()}
                data-testid={choice.testid}
                onclick={props.on_choose.reform(move |_| value.clone())}>
                { &choice.text }
            </button>
        }
    });
    html! {
        <div class="segments" role="group" aria-label={&props.label}>{ for items }</div>
    }
}

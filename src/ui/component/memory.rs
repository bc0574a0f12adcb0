//! Pieces of the page with a small memory of their own.

use yew::prelude::*;

/// One number that only one piece of the page needs: whether it is open, or which of its parts the
/// Tab key reaches.
#[derive(Clone)]
pub struct Memory {
    /// The number; 0 at first.
    pub value: usize,
    /// The element at the top of the piece.
    pub root: NodeRef,
    setter: UseStateSetter<usize>,
}

impl Memory {
    /// Changes the number and draws the piece again.
    pub fn set(&self, value: usize) {
        self.setter.set(value);
    }
}

#[derive(Properties, PartialEq)]
struct Props {
    draw: Callback<Memory, Html>,
}

/// Draws again when its number changes.
#[component]
fn Remembering(props: &Props) -> Html {
    let value = use_state_eq(|| 0_usize);
    props.draw.emit(Memory {
        value: *value,
        root: use_node_ref(),
        setter: value.setter(),
    })
}

/// A piece of the page with a number of its own. It is forgotten when another key takes its place.
pub fn remembering(key: &'static str, draw: impl Fn(&Memory) -> Html + 'static) -> Html {
    let draw = Callback::from(move |memory| draw(&memory));
    html! { <Remembering {key} {draw} /> }
}

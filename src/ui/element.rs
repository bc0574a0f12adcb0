//! Elements of the page, put together by plain calls.
//!
//! Yew's `html!` writes the making of every attribute and child out at its place, some 400 bytes
//! of code per element. A call of these functions takes some 25 bytes per attribute or child, and
//! is ordinary Rust. What needs hooks is still a component.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;
use yew::virtual_dom::{Listener, ListenerKind, VList, VTag, VText};

/// What happens on an event.
pub type Handler = Callback<Event>;

/// An element that is being put together.
pub struct El(Box<VTag>);

/// Starts an element.
pub fn el(tag: &'static str) -> El {
    El(Box::new(VTag::new(tag)))
}

impl El {
    /// Sets an attribute.
    #[inline(never)]
    pub fn set(mut self, name: &'static str, value: &str) -> Self {
        self.0.add_attribute(name, text_of(value));
        self
    }

    /// Sets an attribute without a value, or not.
    pub fn flag(self, name: &'static str, is_set: bool) -> Self {
        if is_set { self.set(name, name) } else { self }
    }

    /// Sets an attribute to `true` or `false`, as those of ARIA are.
    pub fn truth(self, name: &'static str, value: bool) -> Self {
        self.set(name, if value { "true" } else { "false" })
    }

    /// Sets the classes, if there are some.
    pub fn class(self, names: &str) -> Self {
        if names.is_empty() {
            self
        } else {
            self.set("class", names)
        }
    }

    /// Sets the classes, with another one behind them when something holds.
    pub fn class_if(self, names: &str, holds: bool, other: &str) -> Self {
        if holds {
            self.class(&format!("{names} {other}"))
        } else {
            self.class(names)
        }
    }

    /// Sets the name by which tests find it.
    pub fn testid(self, id: &str) -> Self {
        self.set("data-testid", id)
    }

    /// Names it for screen readers.
    pub fn label(self, label: &str) -> Self {
        self.set("aria-label", label)
    }

    /// Names it for screen readers and for the mouse.
    pub fn name(self, name: &str) -> Self {
        self.set("title", name).label(name)
    }

    /// Sets the value of a field.
    pub fn value(mut self, value: &str) -> Self {
        self.0.set_value(Some(text_of(value)));
        self
    }

    /// Tells it from its siblings when they move.
    pub fn key(mut self, key: &str) -> Self {
        self.0.key = Some(key.into());
        self
    }

    /// Lets a handle find it.
    pub fn node(mut self, node: &NodeRef) -> Self {
        self.0.node_ref = node.clone();
        self
    }

    /// Hears an event.
    #[inline(never)]
    pub fn on(mut self, event: On, handler: Handler) -> Self {
        self.0.add_listener(Rc::new(Ear { event, handler }));
        self
    }

    /// Hears clicks.
    pub fn on_click(self, handler: Handler) -> Self {
        self.on(On::Click, handler)
    }

    /// Hears the end of a change.
    pub fn on_change(self, handler: Handler) -> Self {
        self.on(On::Change, handler)
    }

    /// Hears keys.
    pub fn on_key(self, handler: Handler) -> Self {
        self.on(On::KeyDown, handler)
    }

    /// Adds a text.
    #[inline(never)]
    pub fn text(mut self, text: &str) -> Self {
        self.0.add_child(VText::new(text_of(text)).into());
        self
    }

    /// Adds a child.
    pub fn add(self, child: impl Into<Html>) -> Self {
        self.push(child.into())
    }

    /// Adds a child if there is one. Its place stays taken, so that its siblings keep theirs.
    pub fn maybe(self, child: Option<El>) -> Self {
        self.push(child.map(Html::from).unwrap_or_default())
    }

    /// Adds as many children as there are, as a list of their own.
    pub fn each(self, children: impl IntoIterator<Item = El>) -> Self {
        self.push(list(children))
    }

    #[inline(never)]
    fn push(mut self, child: Html) -> Self {
        self.0.add_child(child);
        self
    }
}

impl From<El> for Html {
    #[inline(never)]
    fn from(element: El) -> Self {
        (*element.0).into()
    }
}

/// One choice of a list that opens.
pub fn option(value: &str, text: &str, is_chosen: bool) -> El {
    let option = el("option").set("value", value);
    option.flag("selected", is_chosen).text(text)
}

/// Elements without one around them.
pub fn list(elements: impl IntoIterator<Item = El>) -> Html {
    let mut list = VList::new();
    for element in elements {
        list.add_child(element.into());
    }
    list.into()
}

fn text_of(text: &str) -> AttrValue {
    AttrValue::from(Rc::<str>::from(text))
}

/// The events that the page hears.
#[derive(Clone, Copy)]
pub enum On {
    Change,
    Click,
    DoubleClick,
    FocusOut,
    Input,
    KeyDown,
    PointerCancel,
    PointerDown,
    PointerLeave,
    PointerMove,
    PointerUp,
    TouchMove,
    Wheel,
}

/// Yew's listeners know their event by type, this one by value: one type serves all events.
struct Ear {
    event: On,
    handler: Handler,
}

impl Listener for Ear {
    fn kind(&self) -> ListenerKind {
        match self.event {
            On::Change => ListenerKind::onchange,
            On::Click => ListenerKind::onclick,
            On::DoubleClick => ListenerKind::ondblclick,
            On::FocusOut => ListenerKind::onfocusout,
            On::Input => ListenerKind::oninput,
            On::KeyDown => ListenerKind::onkeydown,
            On::PointerCancel => ListenerKind::onpointercancel,
            On::PointerDown => ListenerKind::onpointerdown,
            On::PointerLeave => ListenerKind::onpointerleave,
            On::PointerMove => ListenerKind::onpointermove,
            On::PointerUp => ListenerKind::onpointerup,
            On::TouchMove => ListenerKind::ontouchmove,
            On::Wheel => ListenerKind::onwheel,
        }
    }

    fn handle(&self, event: web_sys::Event) {
        self.handler.emit(event);
    }

    fn passive(&self) -> bool {
        // Scrolling must not wait for those who only look on.
        matches!(self.event, On::TouchMove | On::Wheel)
    }
}

/// A handler of events.
pub fn handler(handle: impl Fn(Event) + 'static) -> Handler {
    Callback::from(handle)
}

/// A handler that needs to know nothing about its event.
pub fn on_any(callback: &Callback<()>) -> Handler {
    let callback = callback.clone();
    handler(move |_| callback.emit(()))
}

/// A handler of keys: hears the name of the key.
pub fn on_keys(handle: impl Fn(&str, &KeyboardEvent) + 'static) -> Handler {
    handler(move |event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        handle(&event.key(), event);
    })
}

/// The value of the field that an event comes from.
pub fn chosen(event: &Event) -> String {
    event.target_unchecked_into::<HtmlSelectElement>().value()
}

/// The number of the slider that an event comes from.
pub fn number(event: &Event) -> f64 {
    let slider = event.target_unchecked_into::<HtmlInputElement>();
    slider.value_as_number()
}

/// Focuses the first element inside a node that matches. One that cannot be focused stays as it is.
pub fn focus(root: &NodeRef, selector: &str) {
    let element = root.cast::<web_sys::Element>();
    let found = element.and_then(|element| element.query_selector(selector).ok().flatten());
    if let Some(found) = found {
        // Elements of SVG have the same method under the same name.
        let _ = found.unchecked_into::<HtmlElement>().focus();
    }
}

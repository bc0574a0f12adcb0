//! The bar at the bottom of a small screen, and other choices of one among a few.

use tradewind::view::state::{Action, Panel, Tab};
use tradewind::view::text::Key;

use crate::element::{El, Handler, el};
use crate::store::Ui;

/// The bar at the bottom of a small screen.
pub fn tabs(ui: &Ui, shown: Tab) -> El {
    let tabs = [
        (Tab::Results, Key::TabResults, "tab-results"),
        (Tab::Design, Key::TabDesign, "tab-design"),
        (Tab::Compare, Key::TabCompare, "tab-compare"),
        (Tab::Faults, Key::TabFaults, "tab-faults"),
    ];
    let items = tabs.map(|(tab, key, testid)| {
        let panel = match tab {
            Tab::Faults => Action::SetPanel(Panel::Faults),
            _ => Action::ClosePanel,
        };
        el("button")
            .set("role", "tab")
            .truth("aria-selected", tab == shown)
            .testid(testid)
            .on_click(ui.does_both(Action::SetTab(tab), panel))
            .text(ui.get(key))
    });
    el("nav").class("tabs").set("role", "tablist").each(items)
}

/// One choice.
pub struct Choice<'a> {
    /// Its text.
    pub text: &'a str,
    /// For tests.
    pub testid: &'static str,
    /// Whether it is chosen.
    pub is_chosen: bool,
    /// Chooses it.
    pub on_choose: Handler,
}

/// The choices of a setting: its values with their texts and names for tests, the present value,
/// and what choosing another does.
pub fn choices<T: Copy + PartialEq, const N: usize>(
    ui: &Ui,
    values: [(T, Key, &'static str); N],
    present: T,
    on_choose: impl Fn(T) -> Handler,
) -> [Choice<'static>; N] {
    values.map(|(value, key, testid)| Choice {
        text: ui.get(key),
        testid,
        is_chosen: value == present,
        on_choose: on_choose(value),
    })
}

/// A choice of one among a few, as buttons side by side.
pub fn segments(label: &str, choices: &[Choice]) -> El {
    let items = choices.iter().map(|choice| {
        el("button")
            .truth("aria-pressed", choice.is_chosen)
            .testid(choice.testid)
            .on_click(choice.on_choose.clone())
            .text(choice.text)
    });
    let group = el("div").class("segments").set("role", "group");
    group.label(label).each(items)
}

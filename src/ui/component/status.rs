//! The line at the bottom.

use tradewind::scenario::Scenario;
use tradewind::view::state::Slot;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::events::Lines;
use crate::element::el;
use crate::playhead::following;
use crate::store::Ui;

/// The line at the bottom.
pub fn status(ui: &Ui, scenario: &Scenario, lines: &Lines, slot: Slot, is_stored: bool) -> Html {
    let (texts, lines) = (ui.texts, lines.clone());
    let seed = texts.fill(Key::Seed, &[&scenario.plan.seed.to_string()]);
    let saved = match (slot, is_stored) {
        (Slot::Shared, _) => Key::ViewingShared,
        (Slot::Own, true) => Key::Autosaved,
        (Slot::Own, false) => Key::StorageBlocked,
    };
    following(&ui.playhead, scenario.plan.interval, move |now| {
        let now_s = now.position.as_s_f64();
        let past = lines.0.iter().flatten();
        let past = past.filter(|line| line.important && line.at_s <= now_s);
        let latest = past.max_by(|one, other| one.at_s.total_cmp(&other.at_s));
        let latest = latest.map(|line| {
            let text = texts.fill(Key::LatestEvent, &[&line.time, &line.text]);
            el("span").text(&text)
        });
        let limits = el("span").class("limits").text(texts.get(Key::LimitsLine));
        el("footer")
            .class("status")
            .label(texts.get(Key::RegionStatus))
            .add(el("span").text(&seed))
            .add(el("span").text(texts.get(saved)))
            .maybe(latest)
            .add(limits)
            .into()
    })
}

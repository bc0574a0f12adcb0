//! The line at the bottom.

use std::rc::Rc;

use tradewind::scenario::Scenario;
use tradewind::view::state::Slot;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::events::Lines;
use crate::playhead::{use_interval, use_playhead};
use crate::store::use_texts;

#[derive(Clone, Properties)]
pub struct Props {
    /// The scenario as edited.
    pub scenario: Rc<Scenario>,
    /// The events of A and B.
    pub lines: Lines,
    /// The slot on screen.
    pub slot: Slot,
    /// False when the browser refuses to store.
    pub is_stored: bool,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.lines == other.lines
            && self.slot == other.slot
            && self.is_stored == other.is_stored
    }
}

/// The line at the bottom.
#[component]
pub fn Status(props: &Props) -> Html {
    let texts = use_texts();
    let playhead = use_playhead();
    use_interval(props.scenario.plan.interval);
    let now_s = playhead.get().position.as_s_f64();
    let past = props.lines.0.iter().flatten();
    let past = past.filter(|line| line.important && line.at_s <= now_s);
    let latest = past.max_by(|one, other| one.at_s.total_cmp(&other.at_s));
    let saved = match (props.slot, props.is_stored) {
        (Slot::Shared, _) => Key::ViewingShared,
        (Slot::Own, true) => Key::Autosaved,
        (Slot::Own, false) => Key::StorageBlocked,
    };
    html! {
        <footer class="status" aria-label={texts.get(Key::RegionStatus)}>
            <span>{ texts.fill(Key::Seed, &[&props.scenario.plan.seed.to_string()]) }</span>
            <span>{ texts.get(saved) }</span>
            if let Some(line) = latest {
                <span>{ texts.fill(Key::LatestEvent, &[&line.time, &line.text]) }</span>
            }
            <span class="limits">{ texts.get(Key::LimitsLine) }</span>
        </footer>
    }
}

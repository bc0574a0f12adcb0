//! What stood in the selected queue, in A and B.

use tradewind::view::backlog::backlog as told;
use yew::prelude::*;

use super::side_by_side::drawn;
use crate::element::{el, list};
use crate::engine::Answers;
use crate::playhead::{following, interval_at};
use crate::store::Ui;

/// A table that follows the playhead; nothing of what is no queue.
pub fn backlog(ui: &Ui, answers: &Answers, id: &str) -> Html {
    let Some(outcome) = &answers.outcome else {
        return Html::default();
    };
    let mut queues = outcome.logs.iter().flat_map(|log| &log.queues);
    if !queues.any(|it| it.id == id) {
        return Html::default();
    }
    let (ui, outcome, id) = (ui.clone(), outcome.clone(), id.to_string());
    let (playhead, interval) = (ui.playhead.clone(), outcome.scenario.plan.interval);
    let draw = move |now| {
        let logs = [0, 1].map(|side| &outcome.logs[side]);
        let table = told(logs, &id, interval_at(&now, interval), ui.language());
        list(table.iter().flat_map(|it| drawn(it, ("backlog", "queue"))))
    };
    el("section")
        .class("side-by-side")
        .testid("backlog")
        .add(following(&playhead, interval, draw))
        .into()
}

//! What stood in a message queue and what became of it, for the panel beside it, in two designs
//! side by side.

use crate::analysis::QueueFigures;
use crate::model::Language;
use crate::sim::run_log::{QueueSample, RunLog};
use crate::view::format;
use crate::view::side_by_side::{Cell, Row, Table};
use crate::view::text::apart::phrases;

phrases! {
    Title => "キューの滞留", "Backlog of the queue";
    Note => "1 回目の試行、最初から最後まで。可視性タイムアウトで隠れているメッセージも滞留に数えます。",
        "First run, from beginning to end. Messages hidden by the visibility timeout count as \
         waiting.";
    Waiting => "滞留（件）", "Messages waiting";
    Oldest => "最も古いメッセージ", "Oldest message";
    Stored => "到着（毎秒、件）", "Arriving per second";
    Handled => "処理済み（毎秒、件）", "Handled per second";
    Largest => "滞留の最大（件）", "Most waiting";
    OldestEver => "最も長く待った時間", "Longest wait";
    Returned => "処理できず戻った受信（件）", "Receives without success";
    DeadLettered => "デッドレターキューへ（件）", "To the dead-letter queue";
    During => "{0} からの区間", "Interval from {0}";
}

/// The table of a queue; none where neither run has one of that id. `interval` is a recorded one.
#[must_use]
pub fn backlog(
    logs: [&RunLog; 2],
    queue: &str,
    interval: usize,
    language: Language,
) -> Option<Table> {
    let tracks = logs.map(|log| log.queues.iter().find(|it| it.id == queue));
    tracks.iter().flatten().next()?;
    let age = |seconds| format::seconds(seconds, language);
    let all = tracks.map(|it| it.map(QueueFigures::of));
    let over = |name: Phrase, of: fn(&QueueFigures) -> f64, written: &dyn Fn(f64) -> String| Row {
        name: name.text(language),
        cells: all.map(|it| Cell::of(it.as_ref().map(of), written)),
    };
    let length_s = logs[0].interval_length(interval).as_s_f64().max(1e-9);
    let per_second = |messages: f64| format::quantity(messages / length_s, 1);
    let now = tracks.map(|it| it.and_then(|it| it.samples.get(interval)));
    let at = |name: Phrase, of: fn(&QueueSample) -> f64, written: &dyn Fn(f64) -> String| Row {
        name: name.text(language),
        cells: now.map(|it| Cell::of(it.map(of), written)),
    };
    let begin = format::elapsed(logs[0].interval_start(interval));
    Some(Table {
        title: Phrase::Title.text(language),
        note: Phrase::Note.text(language),
        whole: vec![
            over(Phrase::Largest, |it| it.largest_backlog, &format::count),
            over(Phrase::OldestEver, |it| it.oldest_age_s, &age),
            over(Phrase::Returned, |it| it.returned, &format::count),
            over(Phrase::DeadLettered, |it| it.dead_lettered, &format::count),
        ],
        during: Phrase::During.fill(language, &[&begin]),
        interval: vec![
            at(Phrase::Waiting, |it| it.backlog, &format::count),
            at(Phrase::Oldest, |it| it.oldest_age_s, &age),
            at(Phrase::Stored, |it| it.stored, &per_second),
            at(Phrase::Handled, |it| it.handled, &per_second),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, Design, Load, RunPlan, Tape};
    use crate::sim::{self, Experiment};
    use crate::units::SimDuration;
    use crate::view::diagram::{BoxState, Pane, Scene, layout};
    use serde_json::json;

    /// Ten messages a second, and a worker that needs 100 ms for each with so many servers.
    fn design(servers: u32) -> Design {
        let architecture = Architecture::from_json(&json!({
            "zones": ["a"],
            "components": {
                "users": { "kind": "users", "calls": { "api": {} } },
                "api": { "kind": "deployment", "runs_on": "nodes", "calls": { "orders": {} } },
                "orders": { "kind": "queue" },
                "worker": {
                    "kind": "deployment", "runs_on": "nodes", "consumes": "orders", "replicas": 1,
                    "servers": servers, "service_time": { "mean": "100ms" }
                },
                "nodes": { "kind": "node_group" }
            }
        }));
        let (design, broken) = Design::resolve("one", architecture.expect("well formed"));
        assert!(broken.is_empty(), "{broken:?}");
        design
    }

    fn run(design: &Design) -> RunLog {
        let load = Load::from_json(&json!({
            "profile": { "kind": "constant", "rate": "20rps" },
            "noise": { "cv": "0%" }
        }));
        let load = load.expect("well formed");
        let plan = RunPlan {
            duration: SimDuration::from_min(10),
            ..RunPlan::default()
        };
        sim::run(&Experiment::new(design, &load, &Tape::default(), &plan, 0))
    }

    fn numbers(rows: &[Row]) -> Vec<[Option<f64>; 2]> {
        let rows = rows.iter();
        rows.map(|it| it.cells.each_ref().map(|it| it.value))
            .collect()
    }

    /// One server works off ten a second, so that half of twenty wait, a second's worth more each
    /// second; four servers keep up.
    #[test]
    fn a_backlog_is_told_in_the_panel_and_in_the_picture() {
        let designs = [1, 4].map(design);
        let logs = designs.each_ref().map(run);
        let told = |queue| backlog(logs.each_ref(), queue, 9, Language::En);
        let table = told("orders").expect("both have it");
        let [waiting, oldest, stored, handled] = numbers(&table.interval)[..] else {
            panic!("four rows: {table:?}");
        };
        let is_near = |value: Option<f64>, expected: f64| {
            let value = value.expect("measured");
            assert!((value / expected - 1.0).abs() < 0.02, "{value}, {expected}");
        };
        is_near(waiting[0], 6_000.0);
        is_near(oldest[0], 300.0);
        is_near(stored[0], 1_200.0);
        is_near(handled[0], 600.0);
        is_near(handled[1], 1_200.0);
        assert!(waiting[1] < Some(1.0), "{waiting:?}");
        let row = &table.interval[2].cells[0];
        assert!(row.text.starts_with("20"), "per second: {row:?}");
        assert_eq!(numbers(&table.whole)[0][0], waiting[0], "it only grows");
        assert_eq!(told("api"), None);
        // The picture says the same of each.
        let pane = Pane {
            width: 600.0,
            height: 400.0,
        };
        for (side, (state, figure)) in [
            (BoxState::HighLoad, table.interval[0].cells[0].text.clone()),
            (BoxState::Normal, "0".to_string()),
        ]
        .into_iter()
        .enumerate()
        {
            let picture = layout(&designs[side], pane);
            let frame = Scene::new(&designs[side], &picture, &logs[side]).frame(9, Language::En);
            let mut boxes = picture.nodes.iter().zip(&frame.nodes);
            let (_, queue) = boxes.find(|(node, _)| node.kind == "queue").expect("drawn");
            assert_eq!(queue.state, state);
            assert_eq!(queue.figure, format!("{figure} waiting"));
        }
    }
}

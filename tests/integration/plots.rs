//! Pictures of real runs: the page's first picture is complete, well-formed and small.

use tradewind::analysis::experiment;
use tradewind::model::Language;
use tradewind::plot::first_picture;
use tradewind::scenario::presets;
use tradewind::sim::{self, Experiment, Window};
use tradewind::units::SimTime;
use tradewind::view::chart::{Audited, ChartInput, ChartKind, ChartOrder, charts};
use tradewind::view::diagram::{BoxState, Pane, Scene, layouts};

use crate::texts::play;

/// Most bytes that the first picture may add to the page, compressed.
const MOST_BYTES: usize = 30_000;

/// Every tag is closed in order.
#[track_caller]
fn check_tags(markup: &str) {
    let mut open = Vec::new();
    for tag in markup
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
    {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "tags close in order"),
            None if tag.ends_with('/') => {}
            None => open.extend(tag.split_whitespace().next()),
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
}

#[test]
fn the_first_picture_is_complete_and_small() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        let mut played = play(&scenario, 2);
        played.truncate(2);
        let [a, b] = <[_; 2]>::try_from(played).ok().expect("two designs");
        let logs = [a.log, b.log];
        let html = first_picture::html(&scenario, [a.case, b.case], &logs, [&a.runs, &b.runs]);
        check_tags(&html);
        assert!(
            !html.contains("<script") && !html.contains("NaN"),
            "{}",
            preset.id
        );
        for metric in [
            "availability",
            "latency_p99",
            "slo_breach",
            "cost_per_month",
            "recovery",
        ] {
            for side in ["a", "b"] {
                let name = format!("data-testid=\"kpi-{metric}-{side}\"");
                assert_eq!(html.matches(&name).count(), 1, "{}: {name}", preset.id);
            }
        }
        // Two diagrams and three charts in two languages each, and the load curve.
        assert_eq!(html.matches("<svg").count(), 11, "{}", preset.id);
        let packed = miniz_oxide::deflate::compress_to_vec(html.as_bytes(), 9).len();
        assert!(packed <= MOST_BYTES, "{}: {packed} bytes", preset.id);
    }
}

/// Five minutes into the outage of zone a: its boxes are down, the writer has moved, and no line
/// leads to what is gone.
#[test]
fn the_diagram_shows_the_outage_and_the_failover() {
    let scenario = presets::find("q1-2").expect("built in").scenario();
    let played = play(&scenario, 1);
    let design = &played[0].case.design;
    let picture = &layouts(
        &[design],
        Pane {
            width: 520.0,
            height: 340.0,
        },
    )[0];
    let scene = Scene::new(design, picture, &played[0].log);
    let at = |minute: f64| scene.frame(scene.interval_at(minute * 60.0), Language::En);
    let node = |component: &str, zone: Option<usize>| {
        let mut nodes = picture.nodes.iter();
        let found = nodes.position(|node| node.component == component && node.zone == zone);
        found.unwrap_or_else(|| panic!("{component} in {zone:?}"))
    };
    let (before, during, after) = (at(599.0), at(605.0), at(800.0));
    let calm = before.nodes.iter().all(|now| now.state == BoxState::Normal);
    assert!(calm, "{:?}", before.nodes);
    for (component, zone) in [
        ("api", 0),
        ("nodes", 0),
        ("nat", 0),
        ("db", 0),
        ("cache", 0),
    ] {
        let now = &during.nodes[node(component, Some(zone))];
        assert_eq!(now.state, BoxState::Down, "{component}: {now:?}");
    }
    assert_eq!(during.nodes[node("alb", None)].state, BoxState::Partial);
    let role = |now: &str| now.split(' ').next().map(str::to_string);
    let writer = |zone| role(&during.nodes[node("db", Some(zone))].figure);
    assert_eq!(
        [writer(0), writer(1)],
        ["standby", "writer"].map(|role| Some(role.to_string()))
    );
    let zones: Vec<_> = during
        .groups
        .iter()
        .map(|group| group.note.as_str())
        .collect();
    assert_eq!(zones, ["", "", "✕ down", "", ""]);
    for (edge, now) in picture.edges.iter().zip(&during.edges) {
        let into_dead = edge.to == node("api", Some(0));
        assert!(!(into_dead && now.step > 0), "requests flow to a dead zone");
    }
    let back = after.nodes[node("api", Some(0))].state;
    assert_ne!(back, BoxState::Down, "power has been back for two hours");
    let rows = scene.rows(&during, Language::En);
    assert_eq!(
        rows.iter().filter(|row| row.node.is_some()).count(),
        picture.nodes.len()
    );
    assert_eq!(
        rows.iter().filter(|row| row.node.is_none()).count(),
        3,
        "one head per zone"
    );
}

#[test]
fn charts_say_in_words_and_rows_what_they_draw() {
    let scenario = presets::find("q1-2").expect("built in").scenario();
    let played = play(&scenario, 1);
    let inputs: Vec<_> = played
        .iter()
        .zip(["A", "B", "C"])
        .map(|(one, letter)| ChartInput {
            letter,
            name: one.case.name.get(Language::En),
            log: &one.log,
        })
        .collect();
    let drawn = charts(&ChartOrder {
        runs: &inputs,
        objectives: &scenario.objectives,
        region: played[0].case.design.architecture.region,
        audited: None,
        stretches: 150,
        language: Language::En,
    });
    assert_eq!(
        drawn.iter().map(|chart| chart.kind).collect::<Vec<_>>(),
        ChartKind::ALL
    );
    for chart in &drawn {
        assert_eq!(chart.series.len(), 3);
        assert_eq!(chart.table.rows.len(), 24);
        assert!(chart.table.rows.iter().all(|row| row.len() == 4));
        assert!(
            chart
                .description
                .contains("Fault: Zone outage, from 10:00 to 11:03")
        );
        let lowest = chart.y.ticks.first().map(|tick| tick.value);
        assert_eq!(lowest, Some(chart.y.min), "{:?}", chart.kind);
    }
    let single = &drawn[0].series[1].description;
    assert!(
        single.starts_with("B Single-AZ: lowest 0 % (at 10:0"),
        "{single}"
    );
    assert!(single.contains("outside SLO 99.9 % for 1 h 1"), "{single}");
    // While nothing succeeds there is no response time to draw.
    assert!(
        drawn[1].series[1]
            .points
            .iter()
            .any(|sample| sample.1.is_none()),
        "a gap"
    );
}

/// The charts of an audited window show what lies around it, with one more line where there are
/// values, in picture, words and rows.
#[test]
fn charts_of_an_audit_show_its_window() {
    let scenario = presets::find("q1-2").expect("built in").scenario();
    let played = play(&scenario, 1);
    let inputs = [ChartInput {
        letter: "A",
        name: "three zones",
        log: &played[0].log,
    }];
    let window = Window {
        from: SimTime::from_s(35_880),
        to: SimTime::from_s(36_480),
    };
    let part = sim::run(&Experiment {
        window: Some(window),
        ..experiment(&scenario, played[0].case, 0)
    });
    let audited = Audited::of(0, &part);
    let drawn = charts(&ChartOrder {
        runs: &inputs,
        objectives: &scenario.objectives,
        region: played[0].case.design.architecture.region,
        audited: Some(&audited),
        stretches: 150,
        language: Language::En,
    });
    for (chart, lines) in drawn.iter().zip([2, 2, 1]) {
        assert_eq!((chart.x.min, chart.x.max), (35_580.0, 36_780.0));
        assert_eq!(chart.series.len(), lines, "{:?}", chart.kind);
        assert_eq!(chart.table.columns.len(), 1 + lines);
        let times = chart.series.iter().flat_map(|line| &line.points);
        for (at, _) in times {
            assert!((35_580.0..=36_780.0).contains(at), "{at}");
        }
        assert!(chart.description.contains("from 10:00 to 10:13"));
    }
    // The same plane twice: inside the window both lines are the same.
    let [run, again] = &drawn[0].series[..] else {
        panic!("two lines");
    };
    assert!(again.is_audited && again.description.starts_with("A by request: "));
    assert_eq!(again.points.len(), 10);
    assert!(again.points.iter().all(|point| run.points.contains(point)));
    assert_eq!(again.value_at(36_000.0), run.value_at(36_000.0));
    assert_eq!(
        (again.value_at(36_700.0), run.value_at(36_700.0).is_some()),
        (None, true)
    );
}

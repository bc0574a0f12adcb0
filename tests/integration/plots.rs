//! Pictures of real runs: the page's first picture is complete, well-formed and small.

use tradewind::plot::first_picture;
use tradewind::scenario::presets;

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

//! Names that the price book does not list, from scenario text to finding.

use tradewind::model::{FindingKind, Place};
use tradewind::scenario::{Scenario, presets};

#[track_caller]
fn check(written: &str, instead: &str, path: &str, name: &str, suggestion: Option<&str>) {
    let text = presets::find("q1-2").expect("built in").text;
    assert!(text.contains(written), "the preset says {written}");
    let text = text.replace(written, instead);
    let (scenario, findings) = Scenario::parse(&text);
    let expected = FindingKind::NoPrice {
        name: name.to_string(),
        suggestion: suggestion.map(str::to_string),
    };
    let [finding] = findings.as_slice() else {
        panic!("one slip, one finding: {findings:?}");
    };
    assert_eq!((finding.path.as_str(), &finding.kind), (path, &expected));
    let line = text.lines().position(|line| line.contains(instead));
    let Some(Place { line: found, .. }) = finding.place else {
        panic!("the finding has a place");
    };
    assert_eq!(Some(found as usize), line.map(|at| at + 1));
    assert!(scenario.is_some(), "the rest can still be simulated");
}

#[test]
fn unknown_sizes_are_found_in_the_text() {
    check(
        r#""instance_types": ["m6i.large"]"#,
        r#""instance_types": ["m6i.lrage", "m6i.large"]"#,
        "/base/components/nodes/instance_types/0",
        "m6i.lrage",
        Some("m6i.large"),
    );
    check(
        r#""instance_class": "db.m6g.large""#,
        r#""instance_class": "db.x9.huge""#,
        "/base/components/db/instance_class",
        "db.x9.huge",
        None,
    );
    check(
        r#""node_type": "cache.m6g.large""#,
        r#""node_type": "cache.m6g.larg""#,
        "/base/components/cache/node_type",
        "cache.m6g.larg",
        Some("cache.m6g.large"),
    );
}

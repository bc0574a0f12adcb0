use crate::model::json::FromJson as _;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::Architecture;

const PANE: Pane = Pane {
    width: 520.0,
    height: 390.0,
};

fn design(value: &serde_json::Value) -> Design {
    let architecture = Architecture::from_json(value).expect("an architecture");
    Design::resolve("d", architecture).0
}

/// A platform with `zones` zones and `tiers` workloads that call each other in a row.
fn platform(zones: usize, tiers: usize, multi: bool, externals: usize) -> Design {
    let mut components = serde_json::Map::new();
    let names = ["a", "b", "c", "d", "e", "f"];
    components.insert(
        "users".into(),
        json!({"kind": "users", "calls": {"alb": {}}}),
    );
    components.insert(
        "alb".into(),
        json!({"kind": "load_balancer", "routes_to": "tier-0"}),
    );
    for tier in 0..tiers {
        let mut calls = serde_json::Map::new();
        if tier + 1 < tiers {
            calls.insert(format!("tier-{}", tier + 1), json!({}));
        }
        calls.insert("db".into(), json!({}));
        calls.insert("cache".into(), json!({}));
        for external in 0..externals {
            calls.insert(format!("external-service-{external}"), json!({}));
        }
        let body = json!({"kind": "deployment", "runs_on": "nodes", "calls": calls});
        components.insert(format!("tier-{tier}"), body);
    }
    let deployment = if multi { "multi_az" } else { "single_az" };
    components.insert(
        "db".into(),
        json!({"kind": "database", "deployment": deployment}),
    );
    components.insert(
        "cache".into(),
        json!({"kind": "cache", "replicas": usize::from(multi)}),
    );
    components.insert("nodes".into(), json!({"kind": "node_pool"}));
    components.insert("nat".into(), json!({"kind": "nat_gateway", "zones": ["a"]}));
    for external in 0..externals {
        let mut body = json!({"kind": "external_service"});
        if external % 2 == 0 {
            body["egress_by"] = json!("nat");
        }
        components.insert(format!("external-service-{external}"), body);
    }
    design(&json!({"zones": names[..zones], "components": components}))
}

fn segments(edge: &Edge) -> impl Iterator<Item = (Point, Point)> + '_ {
    edge.points.windows(2).map(|pair| (pair[0], pair[1]))
}

/// The length of a piece inside a box, edges not counted.
fn crosses((a, b): (Point, Point), rect: Rect) -> bool {
    a.x.max(b.x) > rect.x
        && a.x.min(b.x) < rect.right()
        && a.y.max(b.y) > rect.y
        && a.y.min(b.y) < rect.bottom()
}

#[track_caller]
fn check(picture: &Layout) {
    check_boxes(picture);
    for pair in picture.groups.windows(2) {
        if pair[0].kind == pair[1].kind {
            assert!(!pair[0].rect.overlaps(pair[1].rect), "zones overlap");
        } else {
            assert!(
                pair[0].rect.contains(pair[1].rect),
                "{:?} in {:?}",
                pair[1],
                pair[0]
            );
        }
    }
    check_lines(picture);
}

#[track_caller]
fn check_boxes(picture: &Layout) {
    let whole = Rect {
        x: 0,
        y: 0,
        width: picture.width,
        height: picture.height,
    };
    for (at, node) in picture.nodes.iter().enumerate() {
        assert!(
            whole.contains(node.rect),
            "{} leaves the picture",
            node.component
        );
        for other in &picture.nodes[at + 1..] {
            let names = (&node.component, node.zone, &other.component, other.zone);
            assert!(!node.rect.overlaps(other.rect), "{names:?} overlap");
        }
        for group in picture
            .groups
            .iter()
            .filter(|group| group.kind == GroupKind::Zone)
        {
            if group.zone == node.zone {
                assert!(
                    group.rect.contains(node.rect),
                    "{} leaves its zone",
                    node.component
                );
            } else {
                assert!(
                    !group.rect.overlaps(node.rect),
                    "{} in a strange zone",
                    node.component
                );
            }
        }
    }
}

#[track_caller]
fn check_lines(picture: &Layout) {
    for edge in &picture.edges {
        let ends = [&picture.nodes[edge.from], &picture.nodes[edge.to]];
        for piece in segments(edge) {
            assert!(
                piece.0.x == piece.1.x || piece.0.y == piece.1.y,
                "{edge:?} is slanted"
            );
            for node in &picture.nodes {
                let names = (
                    ends.map(|end| (&end.component, end.zone)),
                    &node.component,
                    node.zone,
                );
                assert!(
                    !crosses(piece, node.rect),
                    "{names:?}: a line crosses a box"
                );
            }
            let inside = [piece.0, piece.1].iter().all(|point| {
                (0..=picture.width).contains(&point.x) && (0..=picture.height).contains(&point.y)
            });
            assert!(inside, "{edge:?} leaves the picture");
        }
    }
}

#[test]
fn every_style_keeps_boxes_apart() {
    for zones in 1..=4 {
        let content = content::of(&platform(zones, 3, true, 2));
        for style in STYLES {
            check(&place::draw(&content, style));
        }
    }
}

#[test]
fn the_presets_have_clean_pictures_in_every_pane() {
    let panes = [(520.0, 340.0), (1_200.0, 500.0), (360.0, 560.0)];
    for preset in crate::scenario::presets::list() {
        let scenario = preset.scenario();
        let designs: Vec<&Design> = scenario.designs.iter().map(|case| &case.design).collect();
        for (width, height) in panes {
            for picture in layouts(&designs, Pane { width, height }) {
                check(&picture);
            }
        }
    }
}

#[test]
fn the_pane_decides_the_direction() {
    let design = platform(3, 2, true, 1);
    let tall = layout(
        &design,
        Pane {
            width: 400.0,
            height: 800.0,
        },
    );
    let wide = layout(
        &design,
        Pane {
            width: 1600.0,
            height: 400.0,
        },
    );
    assert!(tall.height > tall.width);
    assert!(wide.width > wide.height);
}

#[test]
fn designs_beside_each_other_grow_the_same_way() {
    let (one, three) = (platform(1, 2, false, 1), platform(3, 2, true, 1));
    let pictures = layouts(&[&three, &one], PANE);
    let zone_widths = |at: usize| {
        let zones = pictures[at]
            .groups
            .iter()
            .filter(|group| group.kind == GroupKind::Zone);
        zones.map(|group| group.rect.width).collect::<Vec<_>>()
    };
    assert_eq!(zone_widths(0)[0], zone_widths(1)[0]);
}

#[test]
fn calls_to_the_outside_leave_by_the_gateway_of_their_zone() {
    let picture = layout(&platform(2, 1, false, 2), PANE);
    let name = |at: usize| {
        let node = &picture.nodes[at];
        (node.component.as_str(), node.zone)
    };
    let links: Vec<_> = picture
        .edges
        .iter()
        .map(|edge| (name(edge.from), name(edge.to)))
        .collect();
    // Zone c has no gateway: its calls go by the one in zone a. The second service needs none.
    assert!(
        links.contains(&(("tier-0", Some(1)), ("nat", Some(0)))),
        "{links:?}"
    );
    assert!(
        links.contains(&(("nat", Some(0)), ("external-service-0", None))),
        "{links:?}"
    );
    assert!(
        links.contains(&(("tier-0", Some(1)), ("external-service-1", None))),
        "{links:?}"
    );
    assert!(
        !links.contains(&(("tier-0", Some(1)), ("external-service-0", None))),
        "{links:?}"
    );
}

#[test]
fn long_names_are_cut() {
    let picture = layout(&platform(1, 1, false, 1), PANE);
    let node = picture
        .nodes
        .iter()
        .find(|node| node.kind == "external_service");
    assert_eq!(node.expect("drawn").name, "external-s…");
}

#[test]
fn notes_leave_the_label_its_room() {
    let group = |width| Group {
        kind: GroupKind::Zone,
        rect: Rect {
            x: 0,
            y: 0,
            width,
            height: 90,
        },
        label: "AZ 1a".to_string(),
        zone: Some(0),
    };
    assert_eq!(fitted_note(&group(200), "✕ down"), ("✕ down", None));
    let (note, width) = fitted_note(&group(120), "✕ down");
    assert_eq!(note, "✕ down");
    assert!(width.is_some_and(|width| width < 60), "{width:?}");
    assert_eq!(fitted_note(&group(120), "↻ recovering"), ("↻", None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn generated_designs_have_clean_pictures(
        zones in 1..=6_usize,
        tiers in 1..=7_usize,
        multi in any::<bool>(),
        externals in 0..=4_usize,
        width in 200.0..2000.0_f64,
        height in 200.0..2000.0_f64,
    ) {
        let design = platform(zones, tiers, multi, externals);
        let picture = layout(&design, Pane { width, height });
        check(&picture);
        prop_assert_eq!(picture, layout(&design, Pane { width, height }));
    }
}

//! Links: what was sent arrives, damage is noticed, and old links open for ever.

use serde_json::{Value, json};
use tradewind::model::{ById, Language};
use tradewind::scenario::link::{
    Body, Content, Link, LinkError, Mode, Notice, View, decode, encode, link_url, parse_url,
};
use tradewind::scenario::{presets, write};
use tradewind::units::SimDuration;

const PAGE: &str = "https://example.org/tradewind/";

fn edits() -> Value {
    json!({ "base": { "components": { "api": { "hpa": { "target_cpu_utilization": "70%" } } } } })
}

fn edited(preset: &str) -> Link {
    let original = presets::find(preset).expect("built in").scenario();
    let (scenario, findings) = original.with_patch(&edits());
    assert_eq!(findings, []);
    let document = scenario.expect("readable").document;
    let mut link = Link::to_document(preset, &document);
    let content = link.content.as_mut().expect("edits");
    content.headline = ById::from_iter([("multi-az".to_string(), [0.9991, 212.5, 1234.0])]);
    link.view = View {
        language: Some(Language::En),
        mode: Mode::Present,
        step: Some(3),
        at: Some(SimDuration::from_s(36_120)),
    };
    link
}

/// A whole scenario: an edit that no merge patch can express, as it newly removes a part.
fn whole() -> Link {
    let mut document = presets::find("q1-2").expect("built in").scenario().document;
    document["designs"]["two-az"]["patch"]["components"]["api"]["hpa"] = Value::Null;
    Link::to_document("q1-2", &document)
}

#[test]
fn a_link_opens_as_what_was_sent() {
    let link = edited("q1-2");
    let url = link_url(&format!("{PAGE}?old=1#old"), &link);
    assert!(url.starts_with(
        "https://example.org/tradewind/?q=q1-2&lang=en&mode=present&step=3&t=36120&e=1#d1."
    ));
    assert!(url.len() < 300, "short enough for a QR code: {}", url.len());
    assert_eq!(parse_url(&url), Ok(link.clone()));
    let opened = link.open().expect("opens");
    assert_eq!(opened.notices, []);
    let target = "/base/components/api/hpa/target_cpu_utilization";
    let got = opened.scenario.document.pointer(target);
    assert_eq!(got, Some(&json!("70%")));
}

#[test]
fn what_no_patch_can_say_is_sent_whole() {
    let link = whole();
    let content = link.content.as_ref().expect("content");
    assert!(matches!(content.body, Body::Whole(_)));
    let url = link_url(PAGE, &link);
    assert!(url.len() < 8000, "{}", url.len());
    let opened = parse_url(&url).expect("whole").open().expect("opens");
    let design = &opened.scenario.design("two-az").expect("there").design;
    let value = serde_json::to_value(&design.architecture).expect("JSON");
    assert_eq!(value["components"]["api"].get("hpa"), None);
}

#[test]
fn a_preset_needs_no_data() {
    let original = presets::find("q2-1").expect("built in").scenario();
    let link = Link::to_document("q2-1", &original.document);
    assert_eq!(link_url(PAGE, &link), format!("{PAGE}?q=q2-1"));
    assert_eq!(decode("?q=q2-1&utm_source=mail", "#inspector"), Ok(link));
    assert_eq!(decode("", ""), Ok(Link::to_preset("q1-2")));
    let blank = Link::to_document("my-own", &original.document);
    assert_eq!(blank.preset, "blank");
    assert!(blank.open().is_ok());
}

/// Every address that differs from a good one in one place of the data or its marker.
fn damaged(url: &str) -> Vec<String> {
    let query = url.find('?').expect("a query") + 1;
    let chars: Vec<char> = url.chars().collect();
    let text = |chars: &[char]| chars.iter().collect::<String>();
    let mut all = Vec::new();
    for at in query..chars.len() {
        for other in ['A', 'z', '0', '-', '_', '.', '#', '&', '=', '%', 'é'] {
            let mut flipped = chars.clone();
            if flipped[at] != other {
                flipped[at] = other;
                all.push(text(&flipped));
            }
            let mut longer = chars.clone();
            longer.insert(at, other);
            all.push(text(&longer));
        }
        let mut swapped = chars.clone();
        if at + 1 < chars.len() && chars[at] != chars[at + 1] {
            swapped.swap(at, at + 1);
            all.push(text(&swapped));
        }
        let mut dropped = chars.clone();
        dropped.remove(at);
        all.push(text(&dropped));
        all.push(text(&chars[..at]));
    }
    all.extend(['A', '0', '.', ')', ' '].map(|more| format!("{url}{more}")));
    all
}

#[test]
fn every_damage_to_a_link_is_noticed() {
    let mut link = edited("q1-2");
    link.view = View::default();
    let url = link_url(PAGE, &link);
    let mut refused = 0;
    for address in damaged(&url) {
        match parse_url(&address) {
            Err(_) => refused += 1,
            // Cut before `e=1`, an address is a plain one; a foreign parameter changes nothing.
            Ok(other) => assert!(
                other.content.is_none() && !address.contains("d1.") || other == link,
                "{address}"
            ),
        }
    }
    assert!(refused > 3000, "{refused}");
}

#[test]
fn what_is_missing_or_unknown_is_said() {
    let (query, data) = encode(&edited("q1-2"));
    let preset = "q1-2".to_string();
    assert_eq!(decode(&query, ""), Err(LinkError::EditsMissing { preset }));
    let plain = query.replace("&e=1", "");
    assert_eq!(decode(&plain, &data), Err(LinkError::Damaged));
    assert_eq!(decode("e=1", &data), Err(LinkError::Damaged));
    let other = query.replace("q1-2", "q2-1");
    assert_eq!(decode(&other, &data), Err(LinkError::Damaged));
    let codec = "u1".to_string();
    let unknown = decode(&query, "u1.https%3A%2F%2Fexample.org");
    assert_eq!(unknown, Err(LinkError::UnknownCodec { codec }));
    let opened = Link::to_preset("q1-22").open().expect_err("unknown");
    assert_eq!(
        opened,
        LinkError::UnknownPreset {
            id: "q1-22".to_string(),
            suggestion: Some("q1-2".to_string()),
        }
    );
    let huge = format!("d1.{}.00000000", "A".repeat(4 << 20));
    let too_large = Err(LinkError::TooLarge {
        limit_bytes: 1 << 20,
    });
    assert_eq!(decode(&query, &huge), too_large);
}

fn link_with(body: Body) -> Link {
    let content = Content {
        engine: "0.0.9".to_string(),
        headline: ById::new(),
        body,
    };
    Link {
        content: Some(content),
        ..Link::to_preset("q1-2")
    }
}

#[test]
fn a_bomb_is_not_inflated() {
    let body = Body::Whole(json!({ "title": " ".repeat(64 << 20) }));
    let (query, data) = encode(&link_with(body));
    assert!(data.len() < 100_000, "it is small: {}", data.len());
    let too_large = Err(LinkError::TooLarge {
        limit_bytes: 1 << 20,
    });
    assert_eq!(decode(&query, &data), too_large);
}

#[test]
fn content_with_errors_is_refused_with_its_findings() {
    let patch = json!({ "base": { "components": { "api": { "replica": 3 } } } });
    let revision = presets::find("q1-2").expect("built in").revision();
    let link = link_with(Body::Edits { revision, patch });
    let (query, data) = encode(&link);
    let read = decode(&query, &data).expect("arrives whole");
    let Err(LinkError::Findings(findings)) = read.open() else {
        panic!("refused");
    };
    assert_eq!(findings[0].path, "/base/components/api/replica");
    let empty = link_with(Body::Whole(json!({})));
    assert!(matches!(empty.open(), Err(LinkError::Findings(_))));
}

#[test]
fn other_versions_are_told() {
    let revision = "0000000000000000".to_string();
    let patch = edits();
    let link = link_with(Body::Edits { revision, patch });
    let notices = link.open().expect("still applies").notices;
    assert!(matches!(notices[0], Notice::OtherEngine { .. }));
    assert!(matches!(notices[1], Notice::PresetChanged { .. }));
}

/// The corpus: every line is an address and what it says, in canonical JSON, separated by a tab.
/// Lines are added and never changed; `PRINT_LINKS=1` and `--nocapture` show new ones.
#[test]
fn the_corpus_of_links_opens_for_ever() {
    if std::env::var_os("PRINT_LINKS").is_some() {
        let mut plain = Link::to_preset("q2-1-spot");
        plain.view.mode = Mode::Embed;
        for link in [plain, edited("q1-2"), whole()] {
            println!(
                "{}\t{}",
                link_url(PAGE, &link),
                write::canonical(&said(&link))
            );
        }
    }
    let corpus = include_str!("../golden/links/corpus.tsv");
    let mut seen = 0;
    for line in corpus.lines().filter(|line| !line.starts_with("# ")) {
        let (url, expected) = line.split_once('\t').expect("two columns");
        let link = parse_url(url).expect(url);
        assert_eq!(write::canonical(&said(&link)), expected, "{url}");
        seen += 1;
    }
    assert!(seen >= 4);
}

fn said(link: &Link) -> Value {
    let view = &link.view;
    let mut said = json!({
        "preset": link.preset,
        "language": view.language,
        "mode": format!("{:?}", view.mode).to_lowercase(),
        "step": view.step,
        "at": view.at.map(|at| at.to_string()),
    });
    if let Some(content) = &link.content {
        said["engine"] = json!(content.engine);
        let headline = content.headline.iter();
        said["headline"] = headline
            .map(|(id, figures)| (id.as_str(), json!(figures)))
            .collect();
        match &content.body {
            Body::Edits { revision, patch } => {
                said["revision"] = json!(revision);
                said["edits"] = patch.clone();
            }
            Body::Whole(document) => said["revision_of_whole"] = json!(presets::revision(document)),
        }
    }
    said
}

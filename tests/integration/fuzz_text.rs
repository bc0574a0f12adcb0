//! Random and damaged input: the answer is findings or a scenario that reads again, never a panic
//! and never a hang.
//!
//! Each test runs twice: from a fixed seed, so that a failure today is one tomorrow, and from a
//! fresh one, which is printed. `FUZZ_SEED=<16 hex digits>` repeats a printed one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use tradewind::model::{ById, Severity};
use tradewind::scenario::{Scenario, link, presets, write};

const FIXED_SEED: u64 = 0x7261_6465_7769_6e64;
const CASES: u32 = 400;

/// Runs a property from the fixed and from a fresh seed.
fn fuzz<S: Strategy>(name: &str, strategy: &S, check: impl Fn(S::Value)) {
    // The hasher's keys are the one source of randomness that std offers.
    let fresh = std::env::var("FUZZ_SEED")
        .ok()
        .and_then(|text| u64::from_str_radix(&text, 16).ok())
        .unwrap_or_else(|| RandomState::new().hash_one(name));
    println!("{name}: FUZZ_SEED={fresh:016x}");
    for seed in [FIXED_SEED, fresh] {
        let bytes: Vec<u8> = (0..4_u64)
            .flat_map(|part| (seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_le_bytes())
            .collect();
        let config = Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let result = runner.run(strategy, |input| {
            check(input);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{name}, seed {seed:016x}: {error}");
        }
    }
}

/// Reads bytes and checks that the answer is one of the two allowed.
#[track_caller]
fn check_bytes(bytes: &[u8]) {
    let (scenario, findings) = Scenario::parse_bytes(bytes);
    let has_error = findings.iter().any(|f| f.severity == Severity::Error);
    for finding in &findings {
        assert!(
            finding.place.is_some() || bytes.len() > 1 << 20,
            "{finding:?}"
        );
    }
    let Some(scenario) = scenario else {
        assert!(has_error, "refused without a reason");
        return;
    };
    assert!(!scenario.designs.is_empty());
    let (again, findings_again) = Scenario::parse(&write::file_text(&scenario.document));
    let again = again.expect("reads again");
    assert_eq!(again.document, scenario.document);
    assert_eq!(again.designs.len(), scenario.designs.len());
    let errors = |all: &[tradewind::model::Finding]| {
        all.iter().filter(|f| f.severity == Severity::Error).count()
    };
    // A key that stood there twice stands there once when it is written again.
    assert!(errors(&findings_again) <= errors(&findings));
}

fn preset_text() -> impl Strategy<Value = &'static str> {
    (0..presets::list().len()).prop_map(|at| presets::list()[at].text)
}

/// One change of a text, at a position given as a share of its length.
#[derive(Debug, Clone)]
enum Change {
    Flip(u8),
    Drop(usize),
    Insert(Vec<u8>),
    Repeat(usize),
    Cut,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => any::<u8>().prop_map(Change::Flip),
        2 => (1..40_usize).prop_map(Change::Drop),
        2 => token().prop_map(|text| Change::Insert(text.into_bytes())),
        1 => (1..200_usize).prop_map(Change::Repeat),
        1 => Just(Change::Cut),
    ]
}

/// Texts that mean something in a scenario.
fn token() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "-1",
        "0",
        "1e308",
        "1e999",
        "true",
        "\\u0000",
        "\"0s\"",
        "\"10y\"",
        "\"200%\"",
        "\"kind\":\"cache\",",
        "\"zones\":[],",
        "9999999999999",
        "\"users\"",
        "\"min\":\"9s\",",
        "\u{feff}",
        "あ",
    ])
    .prop_map(str::to_string)
}

fn apply(text: &[u8], changes: &[(f64, Change)]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for (share, change) in changes {
        let at = ((bytes.len() as f64) * share) as usize;
        let end = |length: usize| (at + length).min(bytes.len());
        match change {
            Change::Flip(mask) => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            Change::Drop(length) => {
                let end = end(*length);
                bytes.drain(at..end);
            }
            Change::Insert(text) => {
                bytes.splice(at..at, text.iter().copied());
            }
            Change::Repeat(length) => {
                let part = bytes[at..end(*length)].to_vec();
                bytes.splice(at..at, part);
            }
            Change::Cut => bytes.truncate(at),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(f64, Change)>> {
    prop::collection::vec((0.0..1.0, change()), 1..4)
}

#[test]
fn damaged_files_are_answered() {
    fuzz(
        "damaged files",
        &(preset_text(), changes()),
        |(text, changes)| {
            check_bytes(&apply(text.as_bytes(), &changes));
        },
    );
}

#[test]
fn any_bytes_are_answered() {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    fuzz("any bytes", &bytes, |bytes| check_bytes(&bytes));
    let tokens = prop::collection::vec(token(), 0..60).prop_map(|all| all.concat());
    fuzz("tokens", &tokens, |text| check_bytes(text.as_bytes()));
}

/// Any JSON value, small.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        prop::sample::select(vec!["", "a", "0s", "5min", "70%", "300rps", "cache", "あ"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let key = prop::sample::select(vec!["a", "kind", "zone", "calls", "zones", "min", "at"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(key, value)| (key.to_string(), value))
                    .collect()
            }),
        ]
    })
}

/// Pointers of all parts of a value.
fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_string());
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pointers(item, &format!("{path}/{at}"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn documents_with_any_value_anywhere_are_answered() {
    let input = (
        preset_text(),
        prop::collection::vec((0.0..1.0, json_value()), 1..4),
    );
    fuzz("any value anywhere", &input, |(text, replaced)| {
        let mut document: Value = serde_json::from_str(text).expect("JSON");
        for (share, value) in replaced {
            let mut all = Vec::new();
            pointers(&document, "", &mut all);
            let at = &all[((all.len() as f64) * share) as usize];
            if let Some(part) = document.pointer_mut(at) {
                *part = value;
            }
        }
        check_bytes(document.to_string().as_bytes());
    });
}

#[test]
fn damaged_links_are_refused_or_say_the_same() {
    let edits = serde_json::json!({ "plan": { "seed": 7 } });
    let original = presets::find("q1-2").expect("built in").scenario();
    let document = original.with_patch(&edits).0.expect("readable").document;
    let sent = link::Link::to_document("q1-2", &document);
    let url = link::link_url("https://example.org/", &sent);
    let hash = url.find('#').expect("data");
    fuzz("damaged links", &changes(), |changes| {
        let data = apply(&url.as_bytes()[hash..], &changes);
        let address = format!("{}{}", &url[..hash], String::from_utf8_lossy(&data));
        if let Ok(read) = link::parse_url(&address) {
            assert_eq!(read, sent, "{address}");
        }
    });
}

#[test]
fn any_content_of_a_link_is_answered() {
    fuzz(
        "any content",
        &(json_value(), any::<bool>()),
        |(value, is_whole)| {
            let body = if is_whole {
                link::Body::Whole(value)
            } else {
                link::Body::Edits {
                    revision: "x".to_string(),
                    patch: value,
                }
            };
            let content = link::Content {
                engine: "9.9.9".to_string(),
                headline: ById::new(),
                body,
            };
            let sent = link::Link {
                content: Some(content),
                ..link::Link::to_preset("q1-2")
            };
            let (query, data) = link::encode(&sent);
            if let Ok(read) = link::decode(&query, &data) {
                assert_eq!(read, sent);
                if let Ok(opened) = read.open() {
                    check_bytes(opened.scenario.document.to_string().as_bytes());
                }
            }
        },
    );
    let text = proptest::string::string_regex("[a-z0-9?&=#.%_-]{0,80}").expect("a pattern");
    fuzz("any address", &text, |text| {
        let _ = link::parse_url(&text);
        let _ = link::decode(&text, &text);
    });
}

//! Broken files: every slip is found, with its place, and the rest is read.

use serde_json::{Value, json};
use tradewind::model::{Finding, FindingKind, Severity};
use tradewind::scenario::{Scenario, merge};

use super::built_in;

/// A small scenario without findings; tests break it.
pub(super) fn small() -> String {
    r#"{
  "schema_version": 1,
  "id": "small",
  "title": { "ja": "小", "en": "Small" },
  "question": { "ja": "?", "en": "?" },
  "claim": { "ja": "!", "en": "!" },
  "base": {
    "region": "ap-northeast-1",
    "zones": ["a", "c"],
    "components": {
      "users": { "kind": "users", "calls": { "api": {} } },
      "api": {
        "kind": "deployment",
        "replicas": 2,
        "runs_on": "nodes",
        "calls": { "db": { "timeout": "1s" } }
      },
      "nodes": { "kind": "node_group", "nodes": 2 },
      "db": { "kind": "database" }
    }
  },
  "designs": {
    "one": { "name": { "ja": "1", "en": "1" }, "summary": { "ja": "", "en": "" }, "patch": {} },
    "two": {
      "name": { "ja": "2", "en": "2" },
      "summary": { "ja": "", "en": "" },
      "patch": { "components": { "db": { "deployment": "multi_az" } } }
    }
  },
  "design_order": ["one", "two"],
  "load": { "profile": { "kind": "constant", "rate": "100rps" } },
  "tape": {},
  "objectives": {},
  "plan": {}
}
"#
    .to_string()
}

/// One line per finding: severity, place, path and what, as a reader of the command sees it.
pub(super) fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(line).collect()
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = finding.place.map_or_else(
        || "-".to_string(),
        |place| format!("{}:{}", place.line, place.column),
    );
    format!(
        "{severity} {place} {} {}",
        finding.path,
        kind(&finding.kind)
    )
}

fn kind(kind: &FindingKind) -> String {
    let near = |suggestion: &Option<String>| {
        suggestion
            .as_ref()
            .map_or(String::new(), |word| format!(" near={word}"))
    };
    match kind {
        FindingKind::TooLarge { limit_bytes } => format!("too large: {limit_bytes}"),
        FindingKind::Syntax { message } => format!("syntax: {message}"),
        FindingKind::DuplicateKey { key } => format!("twice: {key}"),
        FindingKind::UnknownKey { key, suggestion } => {
            format!("unknown key: {key}{}", near(suggestion))
        }
        FindingKind::MissingKey { key } => format!("missing: {key}"),
        FindingKind::TwoNodeAutoscalers { pool, group } => format!("{pool} beside {group}"),
        FindingKind::AutoscalersFight => "two autoscalers on one metric".to_string(),
        FindingKind::LimitBelowRequest { limit, .. } => format!("limit {limit} below the request"),
        FindingKind::OutOfMemory { usage, .. } => format!("{usage} runs out of memory"),
        FindingKind::RequestsOnly => "requests only".to_string(),
        FindingKind::RequestsNotCounted => "no balancer that counts".to_string(),
        FindingKind::WrongType { expected, got } => format!("{got} is not {expected}"),
        FindingKind::UnknownWord {
            got, suggestion, ..
        } => {
            format!("unknown word: {got}{}", near(suggestion))
        }
        FindingKind::OutOfRange { got, range } => format!("{got} outside {range}"),
        FindingKind::DanglingReference {
            id,
            expected,
            suggestion,
        } => {
            format!("no {id}, expected {expected}{}", near(suggestion))
        }
        FindingKind::Cycle { ids } => format!("circle: {}", ids.join(" ")),
        FindingKind::Contradiction {
            this,
            relation,
            other,
        } => {
            format!("not: {this} {relation} {other}")
        }
        FindingKind::Absent { what } => format!("absent: {what}"),
        FindingKind::Version { got, supported } => format!("version {got}, reads {supported}"),
        FindingKind::NoPrice { name, .. } => format!("no price: {name}"),
    }
}

/// Replaces one text of the small scenario and checks every finding, and whether what is left can
/// be simulated.
#[track_caller]
fn check_broken(from: &str, to: &str, expected: &[&str], simulated: bool) {
    let text = small();
    assert_eq!(text.matches(from).count(), 1, "{from} is unique");
    let (scenario, findings) = Scenario::parse(&text.replace(from, to));
    assert_eq!(lines(&findings), expected);
    assert_eq!(scenario.is_some(), simulated);
}

#[test]
fn the_small_scenario_has_no_finding() {
    let (scenario, findings) = Scenario::parse(&small());
    assert_eq!(lines(&findings), [""; 0]);
    assert_eq!(scenario.expect("readable").designs.len(), 2);
}

#[test]
fn slips_in_keys_and_words() {
    let unknown = "error 14:9 /base/components/api/replica unknown key: replica near=replicas";
    check_broken("\"replicas\": 2", "\"replica\": 2", &[unknown], true);
    check_broken(
        "\"plan\": {}",
        "\"plan\": {},\n  \"colour\": 1",
        &["error 35:3 /colour unknown key: colour"],
        true,
    );
    check_broken(
        "\"db\": { \"kind\": \"database\" }",
        "\"db\": { \"kind\": \"databse\" }",
        &["error 19:23 /base/components/db/kind unknown word: databse near=database"],
        true,
    );
    check_broken(
        "\"multi_az\"",
        "\"multi-az\"",
        &[
            "error 27:56 /designs/two/patch/components/db/deployment unknown word: multi-az \
           near=multi_az",
        ],
        true,
    );
    check_broken(
        "\"ap-northeast-1\"",
        "\"ap-northeast-9\"",
        &["error 8:15 /base/region unknown word: ap-northeast-9 near=ap-northeast-1"],
        true,
    );
}

#[test]
fn wrong_units_types_and_ranges() {
    check_broken(
        "\"timeout\": \"1s\"",
        "\"timeout\": \"1 parsec\"",
        &[
            "error 16:39 /base/components/api/calls/db/timeout \"1 parsec\" is not a duration of \
             at most ten years, such as \"90s\", \"1h30min\" or \"250ms\"",
        ],
        true,
    );
    check_broken(
        "\"100rps\"",
        "100",
        &[
            "error 31:54 /load/profile/rate 100 is not a request rate up to 10000000 per second, \
           such as \"1200rps\" or \"90rpm\"",
        ],
        false,
    );
    check_broken(
        "\"replicas\": 2",
        "\"replicas\": 0",
        &["error 14:21 /base/components/api/replicas 0 outside 1 to 2000"],
        true,
    );
    check_broken(
        "\"replicas\": 2",
        "\"replicas\": 2.5",
        &["error 14:21 /base/components/api/replicas 2.5 is not a whole number"],
        true,
    );
    check_broken(
        "[\"a\", \"c\"]",
        "[]",
        &["error 9:14 /base/zones 0 items outside 1 to 6"],
        false,
    );
    check_broken(
        "\"zones\": [\"a\", \"c\"]",
        "\"zones\": \"a\"",
        &["error 9:14 /base/zones \"a\" is not a list"],
        false,
    );
    check_broken(
        "\"plan\": {}",
        "\"plan\": { \"duration\": \"10s\" }",
        &[
            "error 34:11 /plan/warm_up not: warm_up = 10min < duration = 10s",
            "error 34:25 /plan/duration 10s outside 1min to 400d",
        ],
        true,
    );
}

#[test]
fn missing_keys_and_versions() {
    check_broken(
        "  \"id\": \"small\",\n",
        "",
        &["error 1:1  missing: id"],
        false,
    );
    check_broken(
        "\"en\": \"Small\"",
        "\"nl\": \"Klein\"",
        &[
            "error 4:12 /title missing: en",
            "error 4:25 /title/nl unknown key: nl",
        ],
        true,
    );
    check_broken(
        "\"schema_version\": 1",
        "\"schema_version\": 2",
        &["error 2:21 /schema_version version 2, reads 1"],
        true,
    );
    check_broken(
        "\"schema_version\": 1",
        "\"schema_version\": 0",
        &["error 2:21 /schema_version 0 outside 1 to 1"],
        false,
    );
}

#[test]
fn references_that_lead_nowhere() {
    check_broken(
        "\"calls\": { \"db\"",
        "\"calls\": { \"dbb\"",
        &[
            "error 16:27 /base/components/api/calls/dbb no dbb, expected deployment or database or \
           cache or external_service or queue near=db",
        ],
        true,
    );
    // Without nodes nothing runs, so that no design is left.
    check_broken(
        "\"runs_on\": \"nodes\"",
        "\"runs_on\": \"node\"",
        &[
            "error 15:20 /base/components/api/runs_on no node, expected node_pool or node_group or \
             fargate near=nodes",
        ],
        false,
    );
    check_broken(
        "[\"one\", \"two\"]",
        "[\"one\", \"tow\"]",
        &[
            "error 30:19 /design_order missing: two",
            "error 30:27 /design_order/1 no tow, expected a design near=two",
        ],
        true,
    );
    check_broken(
        "\"tape\": {}",
        "\"tape\": { \"faults\": { \"z\": { \"kind\": \"zone_power_loss\", \"zone\": \"d\", \
         \"at\": \"1h\", \"duration\": \"1h\" }, \"y\": { \"kind\": \"dependency_down\", \
         \"target\": \"dbb\", \"at\": \"1h\", \"duration\": \"0s\" }, \
         \"x\": { \"kind\": \"dependency_stalled\", \"target\": \"web\", \"at\": \"1h\", \
         \"duration\": \"1s\" }, \"w\": { \"kind\": \"load_shed\", \"at\": \"1h\", \
         \"duration\": \"1s\", \"share\": \"0%\" }, \"v\": { \"kind\": \"capacity_shortage\", \
         \"at\": \"1h\", \"duration\": \"1s\", \"instance_types\": [\"m6i.lage\"] } } }",
        &[
            "error 32:67 /tape/faults/z/zone no d, expected a zone of a design near=a",
            "error 32:148 /tape/faults/y/target no dbb, expected a database, cache, \
             external_service or queue near=db",
            "error 32:179 /tape/faults/y/duration 0s outside more than 0s",
            "error 32:234 /tape/faults/x/target no web, expected a database or cache",
            "error 32:340 /tape/faults/w/share 0% outside more than 0%",
            "error 32:433 /tape/faults/v/instance_types/0 no m6i.lage, expected an instance type \
             of a design near=m6i.large",
        ],
        true,
    );
}

#[test]
fn a_slow_dependency_says_how() {
    let slow = |more: &str| {
        format!(
            "\"tape\": {{ \"faults\": {{ \"x\": {{ \"kind\": \"dependency_slow\", \
             \"target\": \"db\", \"at\": \"1h\", \"duration\": \"1min\"{more} }} }} }}"
        )
    };
    let nothing = "error 32:30 /tape/faults/x missing: added_latency / packet_loss";
    for (more, expected) in [
        ("", Some(nothing)),
        (", \"packet_loss\": \"0%\"", Some(nothing)),
        (", \"packet_loss\": \"2%\"", None),
        (
            ", \"packet_loss\": \"50%\", \"added_latency\": \"1ms\"",
            None,
        ),
        (
            ", \"packet_loss\": \"51%\"",
            Some("error 32:122 /tape/faults/x/packet_loss 51% outside 0% to 50%"),
        ),
        (
            ", \"packet_loss\": 2",
            Some(
                "error 32:122 /tape/faults/x/packet_loss 2 is not a share from 0 to 1, such as \
                 \"99.9%\" or \"0.999\"",
            ),
        ),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        check_broken("\"tape\": {}", &slow(more), &expected, true);
    }
}

#[test]
fn a_degraded_zone_says_how() {
    let degraded = |zone: &str, more: &str| {
        format!(
            "\"tape\": {{ \"faults\": {{ \"x\": {{ \"kind\": \"zone_degraded\", \
             \"zone\": \"{zone}\", \"at\": \"1h\", \"duration\": \"1min\"{more} }} }} }}"
        )
    };
    let check = |zone: &str, more: &str, expected: &[&str]| {
        check_broken("\"tape\": {}", &degraded(zone, more), expected, true);
    };
    check("a", ", \"added_latency\": \"20ms\"", &[]);
    let nothing = "error 32:30 /tape/faults/x missing: added_latency / packet_loss";
    check("a", "", &[nothing]);
    let no_zone = "error 32:65 /tape/faults/x/zone no d, expected a zone of a design near=a";
    check("d", ", \"packet_loss\": \"1%\"", &[no_zone]);
}

#[test]
fn a_design_is_checked_where_it_was_written() {
    check_broken(
        "{ \"deployment\": \"multi_az\" }",
        "{ \"deployment\": \"multi_az\", \"standby_zone\": \"a\", \"zne\": null }",
        &[
            "error 27:84 /designs/two/patch/components/db/standby_zone not: standby_zone = a \
             differs from the writer's zone",
            "warning 27:89 /designs/two/patch/components/db/zne unknown key: zne",
        ],
        true,
    );
}

#[test]
fn circles_and_contradictions() {
    check_broken(
        "\"db\": { \"timeout\": \"1s\" }",
        "\"api\": {}",
        &["error 10:19 /base/components circle: api"],
        false,
    );
    check_broken(
        "\"replicas\": 2",
        "\"replicas\": 2, \"hpa\": { \"min_replicas\": 9, \"max_replicas\": 3 }, \
         \"startup_time\": { \"min\": \"9s\", \"mode\": \"5s\", \"max\": \"7s\" }",
        &[
            "error 14:31 /base/components/api/hpa not: min_replicas = 9 <= max_replicas = 3",
            "error 14:89 /base/components/api/startup_time not: min = 9s, mode = 5s, max = 7s is \
             ordered as min <= mode <= max",
        ],
        true,
    );
    check_broken(
        "\"replicas\": 2",
        "\"replicas\": 2, \"hpa\": { \"min_replicas\": 3 }",
        &[
            "warning 14:21 /base/components/api/replicas not: replicas = 2 within min_replicas to \
           max_replicas = 3 to 100",
        ],
        true,
    );
}

#[test]
fn what_is_broken_is_left_out_and_the_rest_is_read() {
    let text = small()
        .replace("\"replicas\": 2", "\"replicas\": \"two\", \"servers\": 4")
        .replace("\"timeout\": \"1s\"", "\"timeout\": \"soon\"");
    let (scenario, findings) = Scenario::parse(&text);
    assert_eq!(findings.len(), 2, "{:?}", lines(&findings));
    let scenario = scenario.expect("can be simulated");
    let components = &scenario.designs[0].design.architecture.components;
    let tradewind::model::Component::Deployment(api) = &components[&"api".to_string()] else {
        panic!("a deployment");
    };
    let default = tradewind::model::Deployment::default();
    assert_eq!((api.replicas, api.servers), (default.replicas, 4));
    assert_eq!(
        api.calls[&"db".to_string()].timeout,
        tradewind::model::Call::default().timeout
    );
}

#[test]
fn text_that_is_no_scenario() {
    let refused = |text: &str| {
        let (scenario, findings) = Scenario::parse(text);
        assert!(scenario.is_none());
        lines(&findings)
    };
    assert_eq!(
        refused(""),
        ["error 1:1  syntax: EOF while parsing a value"]
    );
    assert_eq!(refused("[]"), ["error 1:1  a list is not an object"]);
    let whole = built_in("q1-2");
    let cut = &whole[..whole.char_indices().nth(1000).expect("long").0];
    let truncated = refused(cut);
    assert_eq!(truncated.len(), 1);
    assert!(truncated[0].contains("syntax: EOF"), "{truncated:?}");
    let deep = "[".repeat(100_000);
    assert_eq!(
        refused(&deep),
        ["error 1:65  syntax: nested deeper than 64 levels"]
    );
    let large = " ".repeat(2 << 20);
    assert_eq!(refused(&large), ["error -  too large: 1048576"]);
    let twice = small().replacen("\"id\": \"small\"", "\"id\": \"x\", \"id\": \"small\"", 1);
    let (scenario, findings) = Scenario::parse(&twice);
    assert_eq!(lines(&findings), ["error 3:14 /id twice: id"]);
    assert_eq!(scenario.expect("the last one counts").id, "small");
    let (none, findings) = Scenario::parse_bytes(b"{\n \"id\": \"\xff\"}");
    assert!(none.is_none());
    assert_eq!(lines(&findings), ["error 2:9  syntax: not UTF-8"]);
}

#[test]
fn ids_and_counts_are_bounded() {
    check_broken(
        "\"nodes\": {",
        "\"Nodes!\": { \"kind\": \"node_group\" }, \"nodes\": {",
        &[
            "error 18:17 /base/components/Nodes! \"Nodes!\" is not 1 to 40 lower-case letters, \
           digits or hyphens",
        ],
        true,
    );
    let mut document: Value = serde_json::from_str(&small()).expect("JSON");
    for at in 0..250 {
        document["base"]["components"][format!("n{at}")] = json!({ "kind": "nat_gateway" });
    }
    let (scenario, findings) = Scenario::from_value(document);
    assert!(scenario.is_none());
    assert!(
        lines(&findings)
            .contains(&"error - /base/components 254 entries outside at most 200".into()),
        "{:?}",
        lines(&findings)
    );
}

#[test]
fn edits_are_patches_on_the_document() {
    let scenario = Scenario::parse(&small()).0.expect("readable");
    let patch = json!({ "designs": { "two": { "patch": { "components": { "api": {
        "replicas": 7 } } } } } });
    let (edited, findings) = scenario.with_patch(&patch);
    assert_eq!(lines(&findings), [""; 0]);
    let edited = edited.expect("readable");
    let replicas = |scenario: &Scenario, design: &str| {
        let design = &scenario.design(design).expect("there").design;
        let value = serde_json::to_value(&design.architecture).expect("JSON");
        value["components"]["api"]["replicas"].clone()
    };
    assert_eq!(replicas(&edited, "one"), 2);
    assert_eq!(replicas(&edited, "two"), 7);
    let back = merge::diff(&scenario.document, &edited.document).expect("expressible");
    assert_eq!(back, patch);
}

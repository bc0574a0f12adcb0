use super::*;

const ONE: &str = r#"{ "id": "a", "model": "M/M/1",
    "input": { "arrival_rate": 1, "service_rate": 2 }, "expect": { "mean_wait": 0.5 } }"#;

fn file(cases: &[&str]) -> String {
    format!(
        r#"{{ "schema_version": 1, "note": "any", "cases": [{}] }}"#,
        cases.join(",")
    )
}

#[track_caller]
fn outcome(case: &str) -> Outcome {
    let cases = read(&file(&[case])).expect("a file of cases");
    check(&cases[0])
}

#[track_caller]
fn defects(text: &str, expected: &[&str]) {
    let found = read(text).expect_err("defects");
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}, expected {expected}");
    }
}

#[test]
fn a_case_passes_fails_or_is_refused_with_a_reason() {
    assert_eq!(outcome(ONE).status, Status::Passed);
    let wrong = outcome(&ONE.replace("0.5", "0.6"));
    assert_eq!(wrong.status, Status::Failed);
    assert_eq!(wrong.got, json!({ "mean_wait": 0.5 }));
    assert_eq!(wrong.differing, ["mean_wait"]);
    let overloaded = outcome(&ONE.replace(": 1,", ": 3,"));
    assert_eq!(overloaded.status, Status::Failed);
    let reason = overloaded.got["error"].as_str().expect("a reason");
    assert!(reason.contains("no steady state"), "{reason}");
    let incomplete = outcome(&ONE.replace("service_rate", "service_speed"));
    assert_eq!(incomplete.got["error"], "missing field `service_rate`");
}

#[test]
fn what_the_engine_does_not_know_is_unsupported() {
    for (from, to) in [
        ("M/M/1", "G/G/1"),
        ("mean_wait", "mean_mood"),
        (r#""arrival_rate""#, r#""colour": 1, "arrival_rate""#),
        ("\"model\"", "\"kind\""),
        ("\"model\"", "\"service\""),
    ] {
        let changed = ONE.replace(from, to);
        assert_ne!(changed, ONE);
        assert_eq!(outcome(&changed), Outcome::unsupported(), "{changed}");
    }
    let placement = ONE.replace("\"model\"", r#""engine": "karpenter", "kind""#);
    let cases = read(&file(&[&placement])).expect("a file of cases");
    assert_eq!(cases[0].family, Family::Scheduling);
    assert_eq!(check(&cases[0]), Outcome::unsupported());
}

#[test]
fn percentiles_are_read_from_their_keys() {
    let median = ONE.replace("mean_wait\": 0.5", "response_p50\": 0.6931471805599453");
    assert_eq!(outcome(&median).status, Status::Passed);
    let rare = ONE.replace("mean_wait\": 0.5", "response_p999\": 6.907755278982137");
    assert_eq!(outcome(&rare).status, Status::Passed);
    let nothing = ONE.replace("mean_wait\": 0.5", "response_p\": 1");
    assert_eq!(outcome(&nothing).status, Status::Unsupported);
}

#[test]
fn every_defect_of_a_file_is_told() {
    let whole = file(&[ONE]);
    defects(&whole[..whole.len() - 20], &["not JSON: EOF"]);
    defects("[]", &["expected an object"]);
    defects("{}", &["missing field `schema_version`"]);
    defects(r#"{ "schema_version": 1 }"#, &["missing field `cases`"]);
    defects(
        r#"{ "schema_version": 2, "cases": [] }"#,
        &["schema_version 2"],
    );
    let no_expectation = ONE.replace("expect", "hope");
    let no_subject = ONE.replace("\"model\"", "\"mood\"");
    defects(
        &file(&[ONE, &no_expectation, ONE, "7", &no_subject]),
        &[
            "case 2: missing field `expect`",
            "case 3: the id \"a\" is taken",
            "case 4: expected an object",
            "case 5: expected a `model`",
        ],
    );
}

/// Inputs that mean nothing must be answered, not cause a panic.
#[test]
fn wild_numbers_are_answered() {
    let numbers = [
        "0",
        "-1",
        "1e308",
        "1e-320",
        "4294967295",
        "0.5",
        "null",
        "\"x\"",
        "[]",
    ];
    let bodies = [
        r##""model": "M/M/c", "input": { "arrival_rate": #, "service_rate": 1, "servers": 3 }"##,
        r##""model": "M/M/1", "input": { "arrival_rate": 1, "service_rate": # }"##,
        r##""kind": "two_state_markov", "input": { "mean_up": #, "mean_down": 1, "horizon": # }"##,
        r##""kind": "k_of_n", "input": { "n": 3, "k": #, "component_availability": # }"##,
        r##""kind": "shuffle_sharding", "input": { "workers": 9, "shard_size": # }"##,
        r##""kind": "quorum_probability", "input": { "zones": #, "copies": #,
            "zone_unavailability": #, "node_unavailability": 0, "write_quorum": 1 }"##,
        r##""kind": "low_traffic", "input": { "slo": #, "period_days": #,
            "requests_per_hour": #, "failed_requests": # }"##,
        r##""kind": "pods_average", "input": { "current_replicas": #, "target_average_m": #,
            "tolerance_up": #, "tolerance_down": #, "pods": [{ "name": "a", "phase": "Running",
            "value_m": #, "start_age_s": # }] }"##,
        r##""kind": "stabilize_default", "input": { "history": [{ "age_s": #, "replicas": 1 }],
            "window_s": #, "desired_replicas": # }"##,
        r##""kind": "legacy_scale_up_limit", "input": { "current_replicas": # }"##,
        r##""service": "NAT gateway", "input": { "hours_per_month": #, "gateways": #,
            "processed_gb": # }, "unit_prices": { "hour": #, "gb": # }"##,
    ];
    for body in bodies {
        for number in numbers {
            let case = format!(
                r##"{{ "id": "a", {}, "expect": {{ "x": 1 }} }}"##,
                body.replace('#', number)
            );
            outcome(&case);
        }
    }
}

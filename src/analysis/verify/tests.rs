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
    let name = |name: &str| name.to_string();
    for (from, to, gap) in [
        ("M/M/1", "G/G/1", Gap::Subject),
        ("mean_wait", "mean_mood", Gap::Figure(name("mean_mood"))),
        (
            r#""arrival_rate""#,
            r#""colour": 1, "arrival_rate""#,
            Gap::Inputs(vec![name("colour")]),
        ),
        ("\"model\"", "\"kind\"", Gap::Subject),
        ("\"model\"", "\"service\"", Gap::Subject),
    ] {
        let changed = ONE.replace(from, to);
        assert_ne!(changed, ONE);
        assert_eq!(outcome(&changed), Outcome::unsupported(gap), "{changed}");
    }
    let placement = ONE.replace("\"model\"", r#""engine": "karpenter", "kind""#);
    let cases = read(&file(&[&placement])).expect("a file of cases");
    assert_eq!(cases[0].family, Family::Scheduling);
    assert_eq!(check(&cases[0]), Outcome::unsupported(Gap::Subject));
}

#[test]
fn a_bill_that_no_meter_can_be_given_says_what_is_missing() {
    let bill = r#"{ "id": "a", "service": "NAT gateway", "unit_prices": { "hour": 1, "gb": 1 },
        "input": { "hours_per_month": 1, "gateways": 1 }, "expect": { "total": 1 } }"#;
    let gap = Gap::Unbillable("missing field `processed_gb`".to_string());
    assert_eq!(outcome(bill), Outcome::unsupported(gap));
}

#[test]
fn figures_stand_beside_the_expected_ones() {
    let bill = r#"{ "id": "a", "service": "NAT gateway", "unit_prices": { "hour": 1, "gb": 2 },
        "input": { "hours_per_month": 3, "gateways": 1, "processed_gb": 5 }, "tolerance_usd": 0.01,
        "expect": { "total": 13.02, "lines": [
            { "item": "hours", "quantity": 3, "monthly": 3 },
            { "item": "data", "quantity": 5, "monthly": 11 } ] } }"#;
    let outcome = outcome(bill);
    let told: Vec<(&str, bool, Tolerance)> = outcome
        .figures
        .iter()
        .map(|figure| (figure.name.as_str(), figure.holds, figure.tolerance))
        .collect();
    let expected = [
        ("lines[0].quantity (hours)", true, Tolerance::Relative(1e-4)),
        ("lines[0].monthly (hours)", true, Tolerance::Absolute(0.006)),
        ("lines[1].quantity (data)", false, Tolerance::Relative(1e-4)),
        ("lines[1].monthly (data)", false, Tolerance::Absolute(0.006)),
        ("lines[2]", false, Tolerance::Exact),
        ("total", false, Tolerance::Absolute(0.01)),
    ];
    assert_eq!(told, expected);
    assert_eq!(outcome.differing, ["lines", "total"]);
    assert_eq!(outcome.figures[5].got, Some(json!(13.0)));
}

#[test]
fn a_source_is_a_text_or_an_object_of_texts() {
    let with = |source: &str| {
        let case = ONE.replace("\"model\"", &format!("{source} \"model\""));
        read(&file(&[&case])).expect("a file of cases")[0]
            .source
            .clone()
    };
    assert_eq!(with(""), "");
    assert_eq!(with(r#""formula": "a = b","#), "a = b");
    assert_eq!(with(r#""source": "a page", "formula": "a","#), "a page");
    assert_eq!(
        with(r#""source": { "file": "f", "line": 3, "test": "t" },"#),
        "f, t"
    );
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

//! Every case of `tests/vectors` through the library's `verify`, which is what `tradewind verify`
//! and the page run. A lost case is a failure too, so the counts are held by subject.

use std::collections::BTreeMap;

use tradewind::analysis::verify::{Report, Status};

/// Counts of cases: passed, failed, unsupported.
type Tally = (usize, usize, usize);

#[track_caller]
fn report(text: &str) -> Report {
    Report::of(text).unwrap_or_else(|defects| panic!("{defects:?}"))
}

/// Holds a file's counts and tells every case that failed.
#[track_caller]
fn check(text: &str, expected: Tally) -> Report {
    let report = report(text);
    let failures: Vec<String> = report
        .cases
        .iter()
        .filter(|(_, outcome)| outcome.status == Status::Failed)
        .map(|(case, outcome)| {
            let (id, got) = (&case.id, &outcome.got);
            format!("{id} {:?}: {got}", outcome.differing)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let count = |status| report.count(status);
    let counts = (
        count(Status::Passed),
        count(Status::Failed),
        count(Status::Unsupported),
    );
    assert_eq!(counts, expected, "passed, failed, unsupported");
    report
}

/// The subjects of the cases that went so, with their numbers.
fn subjects(report: &Report, status: Status) -> Vec<(&str, u32)> {
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    for (case, outcome) in &report.cases {
        if outcome.status == status {
            *tally.entry(&case.subject).or_default() += 1;
        }
    }
    tally.into_iter().collect()
}

#[test]
fn queueing() {
    check(include_str!("../vectors/queueing.json"), (67, 0, 0));
}

#[test]
fn availability() {
    check(include_str!("../vectors/availability.json"), (50, 0, 0));
}

#[test]
fn slo() {
    check(include_str!("../vectors/slo.json"), (33, 0, 0));
}

#[test]
fn hpa() {
    let report = check(include_str!("../vectors/hpa.json"), (105, 0, 0));
    let expected = [
        ("behavior_limit", 6),
        ("behavior_rate", 19),
        ("external_average", 2),
        ("external_value", 2),
        ("group_pods", 7),
        ("legacy_scale_up_limit", 2),
        ("normalize_without_behavior", 4),
        ("object_average", 2),
        ("object_value", 3),
        ("pods_average", 4),
        ("reconcile", 21),
        ("resource_utilization", 21),
        ("stabilize_behavior", 5),
        ("stabilize_default", 3),
        ("store_scale_events", 4),
    ];
    assert_eq!(subjects(&report, Status::Passed), expected);
}

#[test]
fn cost() {
    let report = check(include_str!("../vectors/cost.json"), (14, 0, 29));
    // What no meter of a run counts yet.
    let expected = [
        ("AWS Backup", 1),
        ("Aurora", 2),
        ("CloudWatch Logs", 1),
        ("EBS", 1),              // provisioned IOPS and throughput
        ("EC2 Auto Scaling", 1), // surplus CPU credits
        ("ECR", 1),
        ("EFS", 1),
        ("EKS Fargate", 1),
        ("Global Accelerator", 1),
        ("Glue", 1),
        ("Interface endpoint", 2),
        ("Kinesis", 1),
        ("Lambda", 3),
        ("MSK", 1),
        ("MWAA", 2),
        ("RDS", 3), // extra backups and provisioned IOPS
        ("Route 53", 1),
        ("SQS", 1),
        ("Step Functions Express", 2),
        ("Step Functions Standard", 1),
        ("Transit gateway", 1),
    ];
    assert_eq!(subjects(&report, Status::Unsupported), expected);
}

#[test]
fn scheduling() {
    let report = check(include_str!("../vectors/scheduling.json"), (46, 0, 0));
    let expected = [
        ("affinity", 4),
        ("budget", 4),
        ("consolidate", 3),
        ("estimate", 3),
        ("feasible_nodes", 6),
        ("node_count", 1),
        ("pack", 7),
        ("pack_property", 1),
        ("scale_down_eligible", 2),
        ("scale_down_sequence", 1),
        ("spread", 12),
        ("spread_two_keys", 2),
    ];
    assert_eq!(subjects(&report, Status::Passed), expected);
}

/// Each expected number matters: moved by a millionth, its case fails.
#[test]
fn every_expected_number_is_held() {
    for text in [
        include_str!("../vectors/queueing.json"),
        include_str!("../vectors/availability.json"),
        include_str!("../vectors/slo.json"),
    ] {
        for (case, _) in report(text).cases {
            for (key, value) in &case.expect {
                let Some(number) = value.as_f64().filter(|number| number.abs() > 0.0) else {
                    continue;
                };
                let mut wrong = case.clone();
                let moved = serde_json::json!(number * (1.0 + 1e-6));
                wrong.expect.insert(key.clone(), moved);
                let outcome = tradewind::analysis::verify::check(&wrong);
                assert_eq!(outcome.differing, [key.as_str()], "{}", case.id);
            }
        }
    }
}

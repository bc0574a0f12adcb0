//! The HPA's decision functions against `tests/vectors/hpa.json`: inputs and outcomes that
//! Kubernetes' own tests state (each case names its test).
//!
//! This file only translates: a case's fields become the engine's arguments, and the engine's
//! answer is compared with what the case expects. No rule is computed here. A field the
//! translation does not know is an error, so that no case loses an input silently.

mod case;

use std::collections::BTreeMap;

use case::{
    After, Case, Expect, File, History, Input, NOW, Pod, behavior, bounds, cohort, cohorts, events,
    given, metric, name_of, pods_of_metric, readiness_rules, recommendations, rules, tolerance,
};
use tradewind::sim::policy::hpa::{
    Behavior, Bounded, Decision, Direction, Hpa, Measured, Memory, Metric, MetricError, Observed,
    PodCohort, PodGroup, Proposal, ReadinessRules, Recommendation, Resource, ScaleEvent, average,
    bound_legacy, bound_with_rates, count_groups, group_of, legacy_scale_up_limit, rate_limit,
    reconcile, replicas_changed, shared_average, stabilize, stabilize_default, store_scale_event,
    utilization, value,
};
use tradewind::units::SimDuration;

const FILE: &str = include_str!("../vectors/hpa.json");

/// Kinds and their number of cases: a lost case is a failure too.
const KINDS: [(&str, u32); 15] = [
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

/// What a case gives: nothing when it holds, else what differs.
type Outcome = Result<(), String>;

#[test]
fn every_upstream_case_holds() {
    let file: File = serde_json::from_str(FILE).expect("the vectors follow their schema");
    let mut tally: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &file.cases {
        let outcome = check(case);
        let (n_passed, n_failed) = tally.entry(&case.kind).or_default();
        match outcome {
            Ok(()) => *n_passed += 1,
            Err(difference) => {
                *n_failed += 1;
                failures.push(format!("{} ({}): {difference}", case.id, case.kind));
            }
        }
    }
    for (kind, (n_passed, n_failed)) in &tally {
        println!("{kind:28} passed {n_passed:3}  failed {n_failed:3}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let seen: Vec<(&str, u32)> = tally.iter().map(|(k, (n, _))| (*k, *n)).collect();
    assert_eq!(seen, KINDS, "kinds and numbers of cases that passed");
}

fn check(case: &Case) -> Outcome {
    let (input, expect) = (&case.input, &case.expect);
    match case.kind.as_str() {
        "resource_utilization" => check_utilization(input, expect),
        "pods_average" => check_proposal(pods_average(input), expect),
        "object_value" | "external_value" => check_proposal(total_value(input), expect),
        "object_average" | "external_average" => check_proposal(total_average(input), expect),
        "group_pods" => check_groups(input, expect),
        "legacy_scale_up_limit" => same(
            "limit",
            Some(legacy_scale_up_limit(given(input.current_replicas))),
            expect.limit,
        ),
        "normalize_without_behavior" => check_bounded(
            bound_legacy(
                given(input.current_replicas),
                given(input.desired_replicas),
                bounds(input),
            ),
            expect,
        ),
        "behavior_rate" => check_rate(input, expect),
        "behavior_limit" => check_limit(input, expect),
        "stabilize_default" => check_stabilize_default(input, expect),
        "stabilize_behavior" => check_stabilize(input, expect),
        "store_scale_events" => check_events(input, expect),
        "reconcile" => check_reconcile(input, expect),
        other => Err(format!("no translation for kind {other}")),
    }
}

fn check_utilization(input: &Input, expect: &Expect) -> Outcome {
    let pods = cohorts(input.pods.as_deref());
    let unknown = input.metrics_for_unknown_pods_m.as_deref();
    let result = utilization(
        given(input.current_replicas),
        Resource::Cpu,
        given(input.target_utilization_pct),
        (&pods, count(unknown.unwrap_or_default().len())),
        readiness_rules(input),
        tolerance(input),
    );
    check_proposal(result, expect)
}

fn pods_average(input: &Input) -> Result<Proposal, MetricError> {
    average(
        given(input.current_replicas),
        None,
        given(input.target_average_m),
        &cohorts(input.pods.as_deref()),
        ReadinessRules::default(),
        tolerance(input),
    )
}

fn total_value(input: &Input) -> Result<Proposal, MetricError> {
    value(
        given(input.current_replicas),
        given(input.metric_total_m),
        given(input.target_value_m),
        given(input.ready_pods),
        tolerance(input),
    )
}

fn total_average(input: &Input) -> Result<Proposal, MetricError> {
    shared_average(
        given(input.current_replicas),
        given(input.metric_total_m),
        given(input.target_average_m),
        tolerance(input),
    )
}

fn check_proposal(result: Result<Proposal, MetricError>, expect: &Expect) -> Outcome {
    match (result, &expect.error) {
        (Err(error), Some(phrase)) => {
            let text = error.to_string();
            let carries = text.contains(phrase.as_str());
            carries.then_some(()).ok_or(format!("error {text:?}"))
        }
        (Err(error), None) => Err(format!("unexpected error: {error}")),
        (Ok(proposal), Some(phrase)) => Err(format!("expected {phrase:?}, got {proposal:?}")),
        (Ok(proposal), None) => {
            same("replicas", Some(proposal.replicas), expect.replicas)?;
            let (percent, average_m, usage_m) = match proposal.measured {
                Measured::Utilization {
                    percent, average_m, ..
                } => (Some(percent), Some(average_m), None),
                Measured::Average { average_m, .. } => (None, None, Some(average_m)),
                Measured::Total { total_m, .. } => (None, None, Some(total_m)),
            };
            same("utilization_pct", percent, expect.utilization_pct)?;
            same("avg_usage_m", average_m, expect.avg_usage_m)?;
            same("usage_m", usage_m, expect.usage_m)
        }
    }
}

fn check_groups(input: &Input, expect: &Expect) -> Outcome {
    let resource = match input.resource.as_deref() {
        Some("cpu") => Some(Resource::Cpu),
        other => return Err(format!("no translation for resource {other:?}")),
    };
    let pods = input.pods.as_deref().unwrap_or_default();
    let rules = readiness_rules(input);
    let names_of = |group| {
        let in_group = |pod: &&Pod| group_of(&cohort(pod), resource, rules) == group;
        Some(
            pods.iter()
                .filter(in_group)
                .map(|p| p.name.clone())
                .collect(),
        )
    };
    let counts = count_groups(&cohorts(input.pods.as_deref()), resource, rules);
    same("ready_count", Some(counts.n_ready), expect.ready_count)?;
    same(
        "unready",
        names_of(PodGroup::Unready),
        expect.unready.clone(),
    )?;
    same(
        "missing",
        names_of(PodGroup::Missing),
        expect.missing.clone(),
    )?;
    same(
        "ignored",
        names_of(PodGroup::Ignored),
        expect.ignored.clone(),
    )
}

fn check_rate(input: &Input, expect: &Expect) -> Outcome {
    let bounded = bound_with_rates(
        &behavior(input, None),
        given(input.current_replicas),
        given(input.desired_replicas),
        bounds(input),
        (
            &events(input.scale_up_events.as_deref()),
            &events(input.scale_down_events.as_deref()),
        ),
        NOW,
    );
    check_bounded(bounded, expect)
}

fn check_bounded(bounded: Bounded, expect: &Expect) -> Outcome {
    same("replicas", Some(bounded.replicas), expect.replicas)?;
    let condition = Some(name_of(bounded.condition()).to_owned());
    same("condition", condition, expect.condition.clone())
}

fn check_limit(input: &Input, expect: &Expect) -> Outcome {
    let direction = match input.direction.as_deref() {
        Some("up") => Direction::Up,
        Some("down") => Direction::Down,
        other => return Err(format!("no translation for direction {other:?}")),
    };
    let limit = rate_limit(
        direction,
        &rules(input.rules.as_ref().expect("the case states rules")),
        given(input.current_replicas),
        (
            &events(input.scale_up_events.as_deref()),
            &events(input.scale_down_events.as_deref()),
        ),
        NOW,
    );
    same("limit", Some(limit.replicas), expect.limit)
}

fn check_stabilize_default(input: &Input, expect: &Expect) -> Outcome {
    let mut history = recommendations(input);
    let window = SimDuration::from_s(given(input.window_s));
    let desired = given(input.desired_replicas);
    let (replicas, _) = stabilize_default(window, desired, &mut history, NOW);
    same("replicas", Some(replicas), expect.replicas)?;
    same("history_len", Some(history.len()), expect.history_len)
}

fn check_stabilize(input: &Input, expect: &Expect) -> Outcome {
    let mut behavior = Behavior::default();
    behavior.scale_up.stabilization_window = SimDuration::from_s(given(input.up_window_s));
    behavior.scale_down.stabilization_window = SimDuration::from_s(given(input.down_window_s));
    let mut history = recommendations(input);
    let (replicas, _) = stabilize(
        &behavior,
        given(input.current_replicas),
        given(input.desired_replicas),
        &mut history,
        NOW,
    );
    same("replicas", Some(replicas), expect.replicas)?;
    let after = |r: &Recommendation| After::Recommendation(r.replicas);
    let after: Vec<After> = history.iter().map(after).collect();
    same("history_after", Some(&after), expect.history_after.as_ref())
}

fn check_events(input: &Input, expect: &Expect) -> Outcome {
    let mut log: Vec<ScaleEvent> = match &input.history {
        Some(History::Past(past)) => events(Some(past)),
        _ => return Err("the case states no history".to_owned()),
    };
    let rules = input.rules.as_ref().map(rules);
    let before = replicas_changed(&log, SimDuration::from_s(60), NOW);
    same(
        "change before",
        Some(before),
        expect.change_in_last_60s_before,
    )?;
    store_scale_event(&mut log, given(input.replica_change), rules.as_ref(), NOW);
    // The engine drops an outdated event when it needs the place and never marks one, so what
    // remains is what upstream leaves unmarked.
    let after = |e: &ScaleEvent| After::Event {
        replica_change: e.replica_change,
        outdated: false,
    };
    let after: Vec<After> = log.iter().map(after).collect();
    same("history_after", Some(&after), expect.history_after.as_ref())
}

/// A case without a behaviour block must hold with the default block, which is how the vectors
/// read it, and with the older rules.
fn check_reconcile(input: &Input, expect: &Expect) -> Outcome {
    let window = SimDuration::from_s(given(input.down_window_s));
    let mut hpa = Hpa {
        tolerance: tolerance(input),
        behavior: Some(behavior(input, Some(window))),
        down_window: window,
        ..Hpa::with_bounds(given(input.min), given(input.max))
    };
    let decision = sync(&hpa, input);
    same("replicas", Some(decision.replicas), expect.replicas)?;
    let condition = name_of(decision.condition);
    if let Some(expected) = &expect.scaling_limited_reason {
        same("condition", Some(condition), Some(expected.as_str()))?;
    }
    if input.scale_up.is_none() && input.scale_down.is_none() {
        hpa.behavior = None;
        let decision = sync(&hpa, input);
        let replicas = Some(decision.replicas);
        same("replicas without behavior", replicas, expect.replicas)?;
    }
    Ok(())
}

fn sync(hpa: &Hpa, input: &Input) -> Decision {
    let cases = input.metrics.as_deref().expect("the case states metrics");
    let pods: Vec<Vec<PodCohort>> = cases.iter().map(pods_of_metric).collect();
    let n_ready = given(input.status_replicas);
    let to_metric = |(case, pods)| metric(case, pods, n_ready);
    let metrics: Vec<Metric<'_>> = cases
        .iter()
        .zip(pods.iter().map(Vec::as_slice))
        .map(to_metric)
        .collect();
    let observed = Observed {
        spec_replicas: given(input.spec_replicas),
        status_replicas: given(input.status_replicas),
        metrics: &metrics,
    };
    let mut memory = Memory {
        recommendations: recommendations(input),
        ..Memory::default()
    };
    reconcile(hpa, &observed, &mut memory, NOW)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).expect("cases are small")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build what they compare"
)]
fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    got: Option<T>,
    expected: Option<T>,
) -> Outcome {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected:?}, got {got:?}"))
    }
}

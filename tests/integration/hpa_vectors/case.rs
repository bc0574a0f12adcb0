//! The cases as they are written, and their parts as the engine's types.

use serde::Deserialize;
use tradewind::model::autoscaler::{ScalingPolicy, ScalingRules, ScalingUnit, SelectPolicy};
use tradewind::sim::policy::hpa::{
    Behavior, Condition, Metric, PodCohort, PodPhase, Readiness, ReadinessRules, Recommendation,
    Resource, Sample, ScaleEvent, Tolerance,
};
use tradewind::units::{SimDuration, SimTime};

/// The instant the cases' ages count back from.
pub const NOW: SimTime = SimTime::from_s(100_000);

#[derive(Deserialize)]
pub struct File {
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub id: String,
    pub kind: String,
    pub input: Input,
    pub expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub current_replicas: Option<u32>,
    pub desired_replicas: Option<u32>,
    pub spec_replicas: Option<u32>,
    pub status_replicas: Option<u32>,
    pub min: Option<u32>,
    pub max: Option<u32>,
    pub tolerance_up: Option<f64>,
    pub tolerance_down: Option<f64>,
    pub cpu_initialization_period_s: Option<u64>,
    pub initial_readiness_delay_s: Option<u64>,
    /// Requests and usages are sums over the counted containers already.
    #[serde(rename = "single_container")]
    _single_container: Option<bool>,
    pub resource: Option<String>,
    pub pods: Option<Vec<Pod>>,
    pub metrics_for_unknown_pods_m: Option<Vec<u64>>,
    pub target_utilization_pct: Option<u32>,
    pub target_average_m: Option<u64>,
    pub target_value_m: Option<u64>,
    pub metric_total_m: Option<u64>,
    pub ready_pods: Option<u32>,
    pub window_s: Option<u64>,
    pub up_window_s: Option<u64>,
    pub down_window_s: Option<u64>,
    pub history: Option<History>,
    pub direction: Option<String>,
    pub rules: Option<Rules>,
    pub replica_change: Option<u32>,
    pub scale_up: Option<Rules>,
    pub scale_down: Option<Rules>,
    pub scale_up_events: Option<Vec<Past>>,
    pub scale_down_events: Option<Vec<Past>>,
    pub metrics: Option<Vec<MetricCase>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub replicas: Option<u32>,
    pub utilization_pct: Option<u32>,
    pub avg_usage_m: Option<u64>,
    pub usage_m: Option<u64>,
    pub error: Option<String>,
    pub condition: Option<String>,
    pub scaling_limited_reason: Option<String>,
    pub limit: Option<u32>,
    pub ready_count: Option<u32>,
    pub unready: Option<Vec<String>>,
    pub missing: Option<Vec<String>>,
    pub ignored: Option<Vec<String>>,
    pub history_len: Option<usize>,
    pub history_after: Option<Vec<After>>,
    pub change_in_last_60s_before: Option<i64>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(untagged)]
pub enum After {
    Recommendation(u32),
    Event { replica_change: u32, outdated: bool },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pod {
    pub name: String,
    pub phase: String,
    pub ready: Option<bool>,
    pub deleting: Option<bool>,
    pub request_m: Option<u64>,
    pub usage_m: Option<u64>,
    pub value_m: Option<u64>,
    pub metric: Option<MetricAge>,
    pub metric_age_s: Option<u64>,
    pub metric_window_s: Option<u64>,
    pub start_age_s: Option<u64>,
    pub ready_transition_age_s: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricAge {
    pub age_s: u64,
    pub window_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub select_policy: String,
    pub stabilization_window_s: u64,
    pub policies: Vec<PolicyCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyCase {
    pub r#type: String,
    pub value: u32,
    pub period_s: u64,
}

/// A past recommendation or scale event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    pub age_s: u64,
    pub replicas: Option<u32>,
    pub replica_change: Option<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum History {
    /// The word "empty".
    Word(String),
    Past(Vec<Past>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricCase {
    pub r#type: String,
    pub target_utilization_pct: Option<u32>,
    pub target_average_m: Option<u64>,
    pub target_value_m: Option<u64>,
    pub metric_total_m: Option<u64>,
    pub pods: Option<Vec<Pod>>,
    pub values_m: Option<Vec<u64>>,
}

/// The pods a metric is read from: listed ones, or a ready pod for each value.
pub fn pods_of_metric(case: &MetricCase) -> Vec<PodCohort> {
    let values = case.values_m.as_deref().unwrap_or_default();
    let old = SimDuration::from_h(1);
    let ready_pod = |&value_m: &u64| PodCohort {
        count: 1,
        phase: PodPhase::Running,
        deleting: false,
        start_age: Some(old),
        readiness: Some(Readiness {
            ready: true,
            age: old,
        }),
        request_m: None,
        sample: Some(sample(value_m, 0, 60)),
    };
    let mut pods = cohorts(case.pods.as_deref());
    pods.extend(values.iter().map(ready_pod));
    pods
}

/// A metric of the engine; the cases' workloads have only ready pods.
pub fn metric<'a>(case: &MetricCase, pods: &'a [PodCohort], n_ready: u32) -> Metric<'a> {
    match case.r#type.as_str() {
        "invalid" => Metric::Unreadable,
        "resource_utilization" => Metric::Utilization {
            resource: Resource::Cpu,
            target_percent: given(case.target_utilization_pct),
            pods,
            n_unmatched_samples: 0,
        },
        "pods_average" => Metric::Average {
            resource: None,
            target_m: given(case.target_average_m),
            pods,
        },
        "object_value" | "external_value" => Metric::Value {
            total_m: given(case.metric_total_m),
            target_m: given(case.target_value_m),
            n_ready,
        },
        "object_average" | "external_average" => Metric::SharedAverage {
            total_m: given(case.metric_total_m),
            target_m: given(case.target_average_m),
        },
        other => panic!("no translation for metric type {other}"),
    }
}

pub fn cohorts(pods: Option<&[Pod]>) -> Vec<PodCohort> {
    pods.unwrap_or_default().iter().map(cohort).collect()
}

pub fn cohort(pod: &Pod) -> PodCohort {
    let age = |s: Option<u64>| s.map(SimDuration::from_s);
    let sampled = pod.usage_m.or(pod.value_m).map(|value_m| {
        let window_s = pod.metric_window_s.unwrap_or(60);
        sample(value_m, pod.metric_age_s.unwrap_or(0), window_s)
    });
    let only_aged = pod.metric.as_ref().map(|m| sample(0, m.age_s, m.window_s));
    PodCohort {
        count: 1,
        phase: match pod.phase.as_str() {
            "Running" => PodPhase::Running,
            "Pending" => PodPhase::Pending,
            "Failed" => PodPhase::Failed,
            other => panic!("no translation for phase {other}"),
        },
        deleting: pod.deleting.unwrap_or(false),
        start_age: age(pod.start_age_s),
        readiness: pod.ready.map(|ready| Readiness {
            ready,
            age: SimDuration::from_s(given(pod.ready_transition_age_s)),
        }),
        request_m: pod.request_m,
        sample: sampled.or(only_aged),
    }
}

pub fn sample(value_m: u64, age_s: u64, window_s: u64) -> Sample {
    Sample {
        value_m,
        age: SimDuration::from_s(age_s),
        window: SimDuration::from_s(window_s),
    }
}

pub fn behavior(input: &Input, down_window: Option<SimDuration>) -> Behavior {
    let mut behavior = Behavior::default();
    if let Some(window) = down_window {
        behavior.scale_down.stabilization_window = window;
    }
    if let Some(stated) = &input.scale_up {
        behavior.scale_up = rules(stated);
    }
    if let Some(stated) = &input.scale_down {
        behavior.scale_down = rules(stated);
    }
    behavior
}

pub fn rules(stated: &Rules) -> ScalingRules {
    let policy = |p: &PolicyCase| ScalingPolicy {
        unit: match p.r#type.as_str() {
            "Pods" => ScalingUnit::Pods,
            "Percent" => ScalingUnit::Percent,
            other => panic!("no translation for policy type {other}"),
        },
        value: p.value,
        period: SimDuration::from_s(p.period_s),
    };
    ScalingRules {
        select_policy: match stated.select_policy.as_str() {
            "Max" => SelectPolicy::Max,
            "Min" => SelectPolicy::Min,
            "Disabled" => SelectPolicy::Disabled,
            other => panic!("no translation for select policy {other}"),
        },
        stabilization_window: SimDuration::from_s(stated.stabilization_window_s),
        policies: stated.policies.iter().map(policy).collect(),
    }
}

pub fn recommendations(input: &Input) -> Vec<Recommendation> {
    match input.history.as_ref().expect("the case states a history") {
        History::Word(word) => {
            assert_eq!(word, "empty");
            Vec::new()
        }
        History::Past(past) => past
            .iter()
            .map(|p| Recommendation {
                at: ago(p.age_s),
                replicas: given(p.replicas),
            })
            .collect(),
    }
}

pub fn events(past: Option<&[Past]>) -> Vec<ScaleEvent> {
    let event = |p: &Past| ScaleEvent {
        at: ago(p.age_s),
        replica_change: given(p.replica_change),
    };
    past.unwrap_or_default().iter().map(event).collect()
}

pub fn ago(age_s: u64) -> SimTime {
    let now_s = NOW.since(SimTime::START).whole_s();
    SimTime::from_s(now_s - age_s)
}

pub fn bounds(input: &Input) -> (u32, u32) {
    (given(input.min), given(input.max))
}

pub fn tolerance(input: &Input) -> Tolerance {
    Tolerance {
        up_ratio: given(input.tolerance_up),
        down_ratio: given(input.tolerance_down),
    }
}

pub fn readiness_rules(input: &Input) -> ReadinessRules {
    ReadinessRules {
        cpu_initialization_period: SimDuration::from_s(given(input.cpu_initialization_period_s)),
        initial_readiness_delay: SimDuration::from_s(given(input.initial_readiness_delay_s)),
    }
}

pub fn name_of(condition: Condition) -> &'static str {
    match condition {
        Condition::DesiredWithinRange => "DesiredWithinRange",
        Condition::ScaleUpLimit => "ScaleUpLimit",
        Condition::ScaleDownLimit => "ScaleDownLimit",
        Condition::TooFewReplicas => "TooFewReplicas",
        Condition::TooManyReplicas => "TooManyReplicas",
    }
}

/// A field the kind of case must have.
#[track_caller]
pub fn given<T: Copy>(field: Option<T>) -> T {
    field.expect("the case states this field")
}

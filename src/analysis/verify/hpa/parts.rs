//! The parts of a case as the engine's types: pods, metrics, behaviour, history.

use serde_json::Value;

use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Gap, Obstacle};
use crate::model::autoscaler::{ScalingPolicy, ScalingRules, ScalingUnit, SelectPolicy};
use crate::model::json::FromJson;
use crate::sim::policy::hpa::{
    Behavior, Condition, Metric, PodCohort, PodPhase, Readiness, ReadinessRules, Recommendation,
    Resource, Sample, ScaleEvent, Tolerance,
};
use crate::units::{SimDuration, SimTime};

const NOW_S: u64 = 1_000_000_000;
/// The instant that ages count back from: late enough for any of them.
pub const NOW: SimTime = SimTime::from_s(NOW_S);

/// A target; the arithmetic divides by it.
pub fn above_zero<T: FromJson + PartialEq + Default>(
    input: &mut Fields<'_>,
    key: &str,
) -> Result<T, Obstacle> {
    let value: T = input.take(key)?;
    if value == T::default() {
        return Err(Obstacle::Refused(format!("`{key}`: expected more than 0")));
    }
    Ok(value)
}

/// A length of time in whole seconds.
pub fn seconds(input: &mut Fields<'_>, key: &str) -> Result<SimDuration, Obstacle> {
    span(key, input.take(key)?)
}

fn maybe_seconds(input: &mut Fields<'_>, key: &str) -> Result<Option<SimDuration>, Obstacle> {
    input.maybe(key)?.map(|s| span(key, s)).transpose()
}

fn span(key: &str, s: u64) -> Result<SimDuration, Obstacle> {
    let too_long = || Obstacle::Refused(format!("`{key}`: expected at most {NOW_S} s"));
    (s <= NOW_S)
        .then(|| SimDuration::from_s(s))
        .ok_or_else(too_long)
}

fn ago(past: &mut Fields<'_>) -> Result<SimTime, Obstacle> {
    let age = seconds(past, "age_s")?;
    Ok(SimTime::from_s(NOW_S - age.whole_s()))
}

/// `min` and `max`.
pub fn bounds(input: &mut Fields<'_>) -> Result<(u32, u32), Obstacle> {
    Ok((input.take("min")?, input.take("max")?))
}

/// How far a ratio may stray.
pub fn tolerance(input: &mut Fields<'_>) -> Result<Tolerance, Obstacle> {
    Ok(Tolerance {
        up_ratio: input.take("tolerance_up")?,
        down_ratio: input.take("tolerance_down")?,
    })
}

/// When a CPU sample counts.
pub fn readiness_rules(input: &mut Fields<'_>) -> Result<ReadinessRules, Obstacle> {
    Ok(ReadinessRules {
        cpu_initialization_period: seconds(input, "cpu_initialization_period_s")?,
        initial_readiness_delay: seconds(input, "initial_readiness_delay_s")?,
    })
}

/// The behaviour block: each direction as stated, or Kubernetes' default.
pub fn behavior(
    input: &mut Fields<'_>,
    down_window: Option<SimDuration>,
) -> Result<Behavior, Obstacle> {
    let mut behavior = Behavior::default();
    if let Some(window) = down_window {
        behavior.scale_down.stabilization_window = window;
    }
    if let Some(stated) = input.value("scale_up") {
        behavior.scale_up = rules(stated)?;
    }
    if let Some(stated) = input.value("scale_down") {
        behavior.scale_down = rules(stated)?;
    }
    Ok(behavior)
}

/// One direction of a behaviour block.
pub fn rules(stated: &Value) -> Result<ScalingRules, Obstacle> {
    let mut stated = Fields::of(stated)?;
    let mut policies = Vec::new();
    for policy in stated.list("policies")? {
        let mut policy = Fields::of(policy)?;
        policies.push(ScalingPolicy {
            unit: match policy.take::<String>("type")?.as_str() {
                "Pods" => ScalingUnit::Pods,
                "Percent" => ScalingUnit::Percent,
                other => return Err(Gap::Value(other.to_string()).into()),
            },
            value: policy.take("value")?,
            period: seconds(&mut policy, "period_s")?,
        });
        policy.finish()?;
    }
    let rules = ScalingRules {
        select_policy: match stated.take::<String>("select_policy")?.as_str() {
            "Max" => SelectPolicy::Max,
            "Min" => SelectPolicy::Min,
            "Disabled" => SelectPolicy::Disabled,
            other => return Err(Gap::Value(other.to_string()).into()),
        },
        stabilization_window: seconds(&mut stated, "stabilization_window_s")?,
        policies,
        // Cases state tolerances beside the behaviour.
        tolerance: None,
    };
    stated.finish()?;
    Ok(rules)
}

/// Earlier recommendations; the word "empty" stands for none.
pub fn recommendations(input: &mut Fields<'_>) -> Result<Vec<Recommendation>, Obstacle> {
    if input.value("history").and_then(Value::as_str) == Some("empty") {
        return Ok(Vec::new());
    }
    let mut past = Vec::new();
    for one in input.list("history")? {
        let mut one = Fields::of(one)?;
        past.push(Recommendation {
            at: ago(&mut one)?,
            replicas: one.take("replicas")?,
        });
        one.finish()?;
    }
    Ok(past)
}

/// Earlier changes of the number of replicas.
pub fn events(list: &[Value]) -> Result<Vec<ScaleEvent>, Obstacle> {
    let mut past = Vec::new();
    for one in list {
        let mut one = Fields::of(one)?;
        past.push(ScaleEvent {
            at: ago(&mut one)?,
            replica_change: one.take("replica_change")?,
        });
        one.finish()?;
    }
    Ok(past)
}

/// The same, of a field that may be absent.
pub fn events_in(input: &mut Fields<'_>, key: &str) -> Result<Vec<ScaleEvent>, Obstacle> {
    match input.value(key) {
        Some(_) => events(input.list(key)?),
        None => Ok(Vec::new()),
    }
}

/// Pods, each a cohort of one.
pub fn cohorts(list: &[Value]) -> Result<Vec<PodCohort>, Obstacle> {
    let pods = named_pods(list)?.into_iter();
    Ok(pods.map(|(_, cohort)| cohort).collect())
}

/// Pods with their names.
pub fn named_pods(list: &[Value]) -> Result<Vec<(String, PodCohort)>, Obstacle> {
    list.iter().map(pod).collect()
}

fn pod(stated: &Value) -> Result<(String, PodCohort), Obstacle> {
    let mut pod = Fields::of(stated)?;
    let name = pod.take("name")?;
    let phase = match pod.take::<String>("phase")?.as_str() {
        "Running" => PodPhase::Running,
        "Pending" => PodPhase::Pending,
        "Failed" => PodPhase::Failed,
        other => return Err(Gap::Value(other.to_string()).into()),
    };
    let age = maybe_seconds(&mut pod, "ready_transition_age_s")?;
    let readiness = match pod.maybe("ready")? {
        Some(ready) => Some(Readiness {
            ready,
            age: age.ok_or_else(|| {
                Obstacle::Refused("missing field `ready_transition_age_s`".to_string())
            })?,
        }),
        None => None,
    };
    let cohort = PodCohort {
        count: 1,
        phase,
        deleting: pod.maybe("deleting")?.unwrap_or(false),
        start_age: maybe_seconds(&mut pod, "start_age_s")?,
        readiness,
        request_m: pod.maybe("request_m")?,
        sample: pod_sample(&mut pod)?,
    };
    pod.finish()?;
    Ok((name, cohort))
}

/// A pod's sample: a usage or a value with its age, or an age alone where the value is no matter.
fn pod_sample(pod: &mut Fields<'_>) -> Result<Option<Sample>, Obstacle> {
    let usage_m: Option<u64> = pod.maybe("usage_m")?;
    let value_m = pod.maybe("value_m")?;
    let age = maybe_seconds(pod, "metric_age_s")?.unwrap_or(SimDuration::ZERO);
    let window = maybe_seconds(pod, "metric_window_s")?.unwrap_or(SimDuration::from_min(1));
    let aged = match pod.value("metric") {
        Some(metric) => {
            let mut metric = Fields::of(metric)?;
            let sample = Sample {
                value_m: 0,
                age: seconds(&mut metric, "age_s")?,
                window: seconds(&mut metric, "window_s")?,
            };
            metric.finish()?;
            Some(sample)
        }
        None => None,
    };
    let sampled = usage_m.or(value_m).map(|value_m| Sample {
        value_m,
        age,
        window,
    });
    Ok(sampled.or(aged))
}

/// The pods that a metric is read from: listed ones, and a ready pod for each bare value.
pub fn metric_pods(case: &Value) -> Result<Vec<PodCohort>, Obstacle> {
    let mut case = Fields::of(case)?;
    let mut pods = match case.value("pods") {
        Some(_) => cohorts(case.list("pods")?)?,
        None => Vec::new(),
    };
    let old = SimDuration::from_h(1);
    let values: Vec<u64> = case.maybe("values_m")?.unwrap_or_default();
    pods.extend(values.into_iter().map(|value_m| PodCohort {
        count: 1,
        phase: PodPhase::Running,
        deleting: false,
        start_age: Some(old),
        readiness: Some(Readiness {
            ready: true,
            age: old,
        }),
        request_m: None,
        sample: Some(Sample {
            value_m,
            age: SimDuration::ZERO,
            window: SimDuration::from_min(1),
        }),
    }));
    Ok(pods)
}

/// A metric over the pods that [`metric_pods`] gives; the cases' workloads have `n_ready` pods, all
/// of them ready.
pub fn metric<'a>(
    case: &Value,
    pods: &'a [PodCohort],
    n_ready: u32,
) -> Result<Metric<'a>, Obstacle> {
    let mut case = Fields::of(case)?;
    case.ignore("pods");
    case.ignore("values_m");
    let metric = match case.take::<String>("type")?.as_str() {
        "invalid" => Metric::Unreadable,
        "resource_utilization" => Metric::Utilization {
            resource: Resource::Cpu,
            target_percent: above_zero(&mut case, "target_utilization_pct")?,
            pods,
            n_unmatched_samples: 0,
        },
        "pods_average" => Metric::Average {
            resource: None,
            target_m: above_zero(&mut case, "target_average_m")?,
            pods,
        },
        "object_value" | "external_value" => Metric::Value {
            total_m: case.take("metric_total_m")?,
            target_m: above_zero(&mut case, "target_value_m")?,
            n_ready,
        },
        "object_average" | "external_average" => Metric::SharedAverage {
            total_m: case.take("metric_total_m")?,
            target_m: above_zero(&mut case, "target_average_m")?,
        },
        other => return Err(Gap::Value(other.to_string()).into()),
    };
    case.finish()?;
    Ok(metric)
}

/// Kubernetes' word for a condition.
pub const fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::DesiredWithinRange => "DesiredWithinRange",
        Condition::ScaleUpLimit => "ScaleUpLimit",
        Condition::ScaleDownLimit => "ScaleDownLimit",
        Condition::TooFewReplicas => "TooFewReplicas",
        Condition::TooManyReplicas => "TooManyReplicas",
    }
}

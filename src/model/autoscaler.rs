//! Parameters of the autoscalers; their behaviour lives in the simulation.

use serde::Serialize;

use super::defaults;
use super::hpa_metric::HpaMetric;
use super::json::from_json;
use crate::units::{ByteSize, Cpu, Ratio, SimDuration};

/// Which of several rate policies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum SelectPolicy {
    /// The most permissive.
    #[default]
    Max,
    /// The least permissive.
    Min,
    /// No scaling in this direction.
    Disabled,
}

from_json!(SelectPolicy: "max" => Max, "min" => Min, "disabled" => Disabled);

/// What a rate policy's value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ScalingUnit {
    /// Pods.
    Pods,
    /// Percent of the current replicas.
    Percent,
}

from_json!(ScalingUnit: "pods" => Pods, "percent" => Percent);

/// A limit on how fast replicas may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct ScalingPolicy {
    /// Pods or percent.
    pub unit: ScalingUnit,
    /// The change allowed within `period`, 1 to 10000.
    #[cfg_attr(test, schemars(range(min = 1, max = 10_000)))]
    pub value: u32,
    /// Length of the sliding period, 1 s to 30 min.
    pub period: SimDuration,
}

from_json!(ScalingPolicy {
    unit,
    value,
    period
});

/// Scaling behaviour in one direction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct ScalingRules {
    /// Which policy counts when there are several.
    #[cfg_attr(test, schemars(default))]
    pub select_policy: SelectPolicy,
    /// Recommendations of this window are looked back at, 0 s to 1 h.
    pub stabilization_window: SimDuration,
    /// Rate limits.
    pub policies: Vec<ScalingPolicy>,
    /// No change in this direction while the use is this close to the target; absent means the
    /// autoscaler's `tolerance` (`behavior.scaleUp.tolerance`, Kubernetes API 1.37).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Ratio>,
}

from_json!(ScalingRules {
    select_policy or SelectPolicy::default(), stabilization_window, policies, tolerance or None,
});

/// Horizontal Pod Autoscaler: pods follow CPU utilization, or the metrics that are listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct HorizontalPodAutoscaler {
    /// Fewest replicas, 0 to 2000; 0 needs an object or external metric.
    #[cfg_attr(test, schemars(range(min = 0, max = 2000)))]
    pub min_replicas: u32,
    /// Most replicas, 1 to 2000.
    #[cfg_attr(test, schemars(range(min = 1, max = 2000)))]
    pub max_replicas: u32,
    /// Target CPU use as a share of the pods' CPU requests.
    pub target_cpu_utilization: Ratio,
    /// What it follows, at most 10 metrics: the one that asks for the most replicas counts. Without
    /// any it follows CPU utilization.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub metrics: Vec<HpaMetric>,
    /// Time between two readings of custom and external metrics by their adapter, 1 s to 1 h.
    pub metrics_interval: SimDuration,
    /// No change while the use is this close to the target, where a direction states none.
    pub tolerance: Ratio,
    /// Upward behaviour.
    pub scale_up: ScalingRules,
    /// Downward behaviour.
    pub scale_down: ScalingRules,
}

impl Default for HorizontalPodAutoscaler {
    fn default() -> Self {
        Self {
            min_replicas: 1,
            max_replicas: 100,
            target_cpu_utilization: defaults::HPA_TARGET,
            metrics: Vec::new(),
            metrics_interval: defaults::HPA_METRICS_INTERVAL,
            tolerance: defaults::HPA_TOLERANCE,
            scale_up: ScalingRules {
                select_policy: SelectPolicy::Max,
                stabilization_window: SimDuration::ZERO,
                policies: vec![
                    ScalingPolicy {
                        unit: ScalingUnit::Pods,
                        value: 4,
                        period: defaults::HPA_POLICY_PERIOD,
                    },
                    ScalingPolicy {
                        unit: ScalingUnit::Percent,
                        value: 100,
                        period: defaults::HPA_POLICY_PERIOD,
                    },
                ],
                tolerance: None,
            },
            scale_down: ScalingRules {
                select_policy: SelectPolicy::Max,
                stabilization_window: defaults::HPA_SCALE_DOWN_WINDOW,
                policies: vec![ScalingPolicy {
                    unit: ScalingUnit::Percent,
                    value: 100,
                    period: defaults::HPA_POLICY_PERIOD,
                }],
                tolerance: None,
            },
        }
    }
}

from_json!(HorizontalPodAutoscaler or default {
    min_replicas, max_replicas, target_cpu_utilization, metrics, metrics_interval, tolerance,
    scale_up, scale_down,
});

impl HorizontalPodAutoscaler {
    /// True when it follows what pods use of their CPU or memory requests, as a share of these.
    #[must_use]
    pub fn follows_utilization(&self) -> bool {
        let is_share = |it: &HpaMetric| match it {
            HpaMetric::Cpu { average_value } => average_value.is_none(),
            HpaMetric::Memory { utilization, .. } => utilization.is_some(),
            _ => false,
        };
        self.metrics.is_empty() || self.metrics.iter().any(is_share)
    }

    /// True when it follows CPU.
    #[must_use]
    pub fn follows_cpu(&self) -> bool {
        let is_cpu = |it: &HpaMetric| matches!(it, HpaMetric::Cpu { .. });
        self.metrics.is_empty() || self.metrics.iter().any(is_cpu)
    }
}

/// What a vertical autoscaler does about its recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum UpdateMode {
    /// Nothing: it only recommends.
    Off,
    /// New pods get it; others stay as they are.
    Initial,
    /// Pods that are off are evicted, and their successors get it.
    #[default]
    Recreate,
    /// Pods that are off are resized where they are, or evicted when their node has no room.
    InPlaceOrRecreate,
    /// Pods that are off are resized where they are, and never evicted (alpha in 1.7).
    InPlace,
}

from_json!(UpdateMode:
    "off" => Off, "initial" => Initial, "recreate" => Recreate,
    "in_place_or_recreate" => InPlaceOrRecreate, "in_place" => InPlace,
);

/// Vertical Pod Autoscaler: requests follow use.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct VerticalPodAutoscaler {
    /// What it does about its recommendation.
    pub update_mode: UpdateMode,
    /// Least CPU it recommends; absent means VPA's own 25m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_allowed_cpu: Option<Cpu>,
    /// Most CPU it recommends; absent means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_cpu: Option<Cpu>,
    /// Least memory it recommends; absent means VPA's own 250Mi.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_allowed_memory: Option<ByteSize>,
    /// Most memory it recommends; absent means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_memory: Option<ByteSize>,
}

from_json!(VerticalPodAutoscaler or default {
    update_mode, min_allowed_cpu, max_allowed_cpu, min_allowed_memory, max_allowed_memory,
});

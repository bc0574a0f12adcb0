//! Parameters of ECS service auto scaling: a target tracking policy of Application Auto Scaling.

use serde::Serialize;

use super::defaults;
use super::json::{self, from_json};
use crate::units::{Ratio, SimDuration};

/// How often ECS publishes a service's metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum MetricResolution {
    /// Every minute: `ECSServiceAverageCPUUtilization`.
    #[default]
    Standard,
    /// Every 20 s, at a charge: `ECSServiceAverageCPUUtilizationHighResolution` (since 2026-06).
    High,
}

from_json!(MetricResolution: "standard" => Standard, "high" => High);

impl MetricResolution {
    /// Length of the span that one data point stands for.
    #[must_use]
    pub const fn period(self) -> SimDuration {
        match self {
            Self::Standard => SimDuration::from_s(60),
            Self::High => SimDuration::from_s(20),
        }
    }
}

/// A target tracking policy on the average CPU utilization of an ECS service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct TargetTracking {
    /// Fewest tasks, 1 to 2000.
    #[cfg_attr(test, schemars(range(min = 1, max = 2000)))]
    pub min_capacity: u32,
    /// Most tasks, 1 to 2000.
    #[cfg_attr(test, schemars(range(min = 1, max = 2000)))]
    pub max_capacity: u32,
    /// Target CPU use as a share of the task size.
    pub target_cpu_utilization: Ratio,
    /// After scaling out, what it added counts towards the next scaling out for this time.
    pub scale_out_cooldown: SimDuration,
    /// After scaling in, no further scaling in for this time.
    pub scale_in_cooldown: SimDuration,
    /// The policy only scales out.
    #[serde(skip_serializing_if = "json::is_default")]
    pub disable_scale_in: bool,
    /// How often the service's metrics are published.
    #[serde(skip_serializing_if = "json::is_default")]
    pub metric_resolution: MetricResolution,
    /// From the end of a period until its data point has been published and the alarms have looked
    /// at it; absent means what AWS's own benchmark leads to, 150 s for metrics of a minute and
    /// 16 s for those of 20 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_delay: Option<SimDuration>,
}

impl TargetTracking {
    /// The delay that holds.
    #[must_use]
    pub fn metric_delay(&self) -> SimDuration {
        self.metric_delay.unwrap_or(match self.metric_resolution {
            MetricResolution::Standard => defaults::STANDARD_METRIC_DELAY,
            MetricResolution::High => defaults::HIGH_RESOLUTION_METRIC_DELAY,
        })
    }
}

impl Default for TargetTracking {
    fn default() -> Self {
        Self {
            min_capacity: 1,
            max_capacity: 100,
            target_cpu_utilization: defaults::TARGET_TRACKING_TARGET,
            scale_out_cooldown: defaults::SCALING_COOLDOWN,
            scale_in_cooldown: defaults::SCALING_COOLDOWN,
            disable_scale_in: false,
            metric_resolution: MetricResolution::default(),
            metric_delay: None,
        }
    }
}

from_json!(TargetTracking or default {
    min_capacity, max_capacity, target_cpu_utilization, scale_out_cooldown, scale_in_cooldown,
    disable_scale_in, metric_resolution, metric_delay,
});

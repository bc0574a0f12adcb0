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

/// Target tracking of an ECS service: a policy for each metric that has a target.
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
    /// Target CPU use as a share of the task size; absent means 75 % unless there is another
    /// target, and then no policy on CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_cpu_utilization: Option<Ratio>,
    /// Target requests per minute of each task, as the Application Load Balancer counts them
    /// (`ALBRequestCountPerTarget`), 1 to 1000000; absent means no policy on requests. Beside a CPU
    /// target there are two policies: either scales out, both must agree to scale in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 1_000_000)))]
    pub target_requests_per_target: Option<u32>,
    /// After scaling out, what it added counts towards the next scaling out for this time.
    pub scale_out_cooldown: SimDuration,
    /// After scaling in, no further scaling in for this time.
    pub scale_in_cooldown: SimDuration,
    /// The policies only scale out.
    #[serde(skip_serializing_if = "json::is_default")]
    pub disable_scale_in: bool,
    /// How often the service's metrics are published; those of a load balancer come every minute
    /// whatever this says.
    #[serde(skip_serializing_if = "json::is_default")]
    pub metric_resolution: MetricResolution,
    /// From the end of a period until its data point has been published and the alarms have looked
    /// at it; absent means what AWS's own benchmark leads to, 150 s for metrics of a minute and
    /// 16 s for those of 20 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_delay: Option<SimDuration>,
}

impl TargetTracking {
    /// The CPU target that holds; none without a policy on CPU.
    #[must_use]
    pub fn cpu_target(&self) -> Option<Ratio> {
        let alone = self.target_requests_per_target.is_none();
        let default = alone.then_some(defaults::TARGET_TRACKING_TARGET);
        self.target_cpu_utilization.or(default)
    }

    /// The delay that holds for metrics of a resolution.
    #[must_use]
    pub fn metric_delay(&self, resolution: MetricResolution) -> SimDuration {
        self.metric_delay.unwrap_or(match resolution {
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
            target_cpu_utilization: None,
            target_requests_per_target: None,
            scale_out_cooldown: defaults::SCALING_COOLDOWN,
            scale_in_cooldown: defaults::SCALING_COOLDOWN,
            disable_scale_in: false,
            metric_resolution: MetricResolution::default(),
            metric_delay: None,
        }
    }
}

from_json!(TargetTracking or default {
    min_capacity, max_capacity, target_cpu_utilization, target_requests_per_target,
    scale_out_cooldown, scale_in_cooldown, disable_scale_in, metric_resolution, metric_delay,
});

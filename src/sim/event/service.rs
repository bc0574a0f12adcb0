//! What ECS and its service auto scaling do about a service.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::units::SimDuration;

/// What service auto scaling follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceMetric {
    /// Average CPU use of its tasks, in percent of the task size.
    Cpu,
    /// Requests of each target of the load balancer, per minute.
    Requests,
}

/// Why service auto scaling chose a desired count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct TrackingReason {
    /// The metric that counted.
    pub metric: ServiceMetric,
    /// Its last data point, in the metric's unit.
    pub value: u32,
    /// Its target, in the same unit.
    pub target: u32,
    /// Data points that all lay above the target, or below nine tenths of it.
    pub points: u32,
    /// They lay above it.
    pub is_above: bool,
    /// What each of them stands for.
    pub period: SimDuration,
    /// Tasks that the metric asks for.
    pub wanted: u32,
}

/// What holds service auto scaling back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScalingHold {
    /// A cooldown after the last scaling.
    Cooldown,
    /// The most tasks that are allowed.
    MaxCapacity,
    /// A deployment is in progress.
    Deployment,
    /// Another policy of the service is not ready to scale in.
    OtherPolicy,
}

/// How ECS learns that tasks are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskLoss {
    /// The load balancer's health checks failed.
    HealthCheck,
    /// Nothing was heard of them.
    Infrastructure,
    /// Their essential container ended.
    Crash,
}

/// Something about an ECS service. `entity` is the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "service", rename_all = "snake_case")]
pub enum ServiceEvent {
    /// Service auto scaling sets another desired count.
    Scaled {
        /// Before.
        from: u32,
        /// After.
        to: u32,
        /// Why.
        reason: TrackingReason,
    },
    /// Service auto scaling would set another desired count: noted once until the alarm is over.
    Held {
        /// Tasks kept.
        tasks: u32,
        /// Why it would.
        reason: TrackingReason,
        /// What is against it.
        hold: ScalingHold,
    },
    /// ECS stops tasks that are gone and launches others in their place.
    Replaced {
        /// Tasks replaced.
        tasks: u32,
        /// How it knows.
        because: TaskLoss,
    },
    /// Fargate has no capacity in any zone of the service.
    NoCapacity {
        /// Tasks that wait.
        tasks: u32,
        /// When they are tried again.
        retry: SimDuration,
    },
    /// Tasks are ready.
    Ready {
        /// Tasks concerned.
        tasks: u32,
        /// Tasks of the service now ready.
        ready: u32,
        /// The desired count.
        desired: u32,
    },
}

//! Why an autoscaler chose a number of replicas, and what becomes of pods' requests.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// Why an autoscaler chose a number of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct HpaReason {
    /// The metric that asked for the most replicas, or the first where none could be read.
    #[serde(skip_serializing_if = "ScalingMetric::is_cpu")]
    pub metric: ScalingMetric,
    /// Its value and target; none when these are percentages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<ScalingQuantity>,
    /// How many metrics the autoscaler follows.
    #[serde(skip_serializing_if = "is_one")]
    pub n_metrics: u32,
    /// Use as a share of requests over the counted pods, in percent; 0 with a `quantity`.
    pub utilization_percent: u32,
    /// Target in percent; 0 with a `quantity`.
    pub target_percent: u32,
    /// Pods whose metrics were counted.
    pub pods_counted: u32,
    /// Pods without metrics.
    pub pods_missing: u32,
    /// Pods not ready yet.
    pub pods_unready: u32,
    /// CPU use in percent once pods without metrics and unready pods are assumed; none when the
    /// formula had no need of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_percent: Option<u32>,
    /// Replicas that the formula alone would want.
    pub replicas_raw: u32,
    /// What bounded the result.
    pub limit: HpaLimit,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_one(n: &u32) -> bool {
    *n == 1
}

/// What an autoscaler follows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ScalingMetric {
    /// CPU in use.
    #[default]
    Cpu,
    /// Memory in use.
    Memory,
    /// Requests per second that reach a pod.
    Requests,
    /// Requests that a pod works on or has waiting.
    InFlight,
    /// Users' attempts per second.
    Entry,
    /// Messages in a queue.
    Backlog,
}

impl ScalingMetric {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    const fn is_cpu(&self) -> bool {
        matches!(self, Self::Cpu)
    }
}

/// A measured value and what it should be, in thousandths of its unit: cores, bytes, requests,
/// requests per second, messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct ScalingQuantity {
    /// What was measured.
    pub value_m: u64,
    /// What it should be.
    pub target_m: u64,
    /// Both are means over pods, not sums.
    pub per_pod: bool,
}

/// What bounded an autoscaler's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum HpaLimit {
    /// Nothing.
    None,
    /// The use is within tolerance of the target.
    Tolerance,
    /// An earlier recommendation within the stabilization window.
    Stabilization,
    /// A rate policy.
    RatePolicy,
    /// The minimum of replicas.
    MinReplicas,
    /// The maximum of replicas.
    MaxReplicas,
    /// Assuming values for the pods without metrics turns the direction round.
    MissingMetrics,
    /// No pod has metrics: there is nothing to decide from.
    NoMetrics,
}

/// Requests of pods before and after a vertical autoscaler's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct RequestsChange {
    /// CPU before, in milli-cores.
    pub cpu_from_m: u64,
    /// CPU after, in milli-cores.
    pub cpu_to_m: u64,
    /// Memory before, in bytes.
    pub memory_from_bytes: u64,
    /// Memory after, in bytes.
    pub memory_to_bytes: u64,
}

/// Memory that runs out. Sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "memory", rename_all = "snake_case")]
pub enum OomEvent {
    /// Containers are killed at a limit (`OOMKilled`): told once for each limit of a workload.
    Killed {
        /// Live pods with that limit.
        pods: u32,
        /// The limit.
        limit_bytes: u64,
        /// What a pod uses, or would.
        used_bytes: u64,
    },
    /// A VPA's updater gives pods more that were killed soon after their start.
    Raised {
        /// Pods concerned.
        pods: u32,
        /// True when they are resized where they are, false when they are evicted and created anew.
        in_place: bool,
        /// Requests of the first of them before, and of all of them after.
        #[serde(flatten)]
        change: RequestsChange,
        /// The sample that the kill made: the request before with the bump.
        bumped_bytes: u64,
        /// Limit of the first of them before.
        limit_from_bytes: u64,
        /// Limit of all of them after.
        limit_to_bytes: u64,
    },
}

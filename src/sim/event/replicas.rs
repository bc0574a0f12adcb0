//! Why an autoscaler chose a number of replicas.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// Why an autoscaler chose a number of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct HpaReason {
    /// CPU use as a share of requests over the counted pods, in percent.
    pub utilization_percent: u32,
    /// Target in percent.
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

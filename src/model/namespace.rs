//! Namespaces: what the pods of some deployments may ask for together, and each of them.

use serde::Serialize;

use super::json::{self, from_json};
use crate::units::{ByteSize, Cpu};

/// The namespace of a deployment that names none; it needs no entry, and has limits only with one.
pub const DEFAULT_NAMESPACE: &str = "default";

/// A namespace of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Namespace {
    /// What all of its pods may request together.
    #[serde(skip_serializing_if = "json::is_default")]
    pub resource_quota: ResourceQuota,
    /// What one pod may request.
    #[serde(skip_serializing_if = "json::is_default")]
    pub limit_range: LimitRange,
}

from_json!(Namespace or default { resource_quota, limit_range });

/// A `ResourceQuota`: a pod beyond it is refused when it is created. What is absent is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct ResourceQuota {
    /// CPU that all pods may request (`requests.cpu`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_requests: Option<Cpu>,
    /// Memory that all pods may request (`requests.memory`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_requests: Option<ByteSize>,
    /// Pods, 0 to 100000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 100_000)))]
    pub pods: Option<u32>,
}

from_json!(ResourceQuota or default { cpu_requests, memory_requests, pods });

/// A `LimitRange` for pods. What is absent is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct LimitRange {
    /// Most CPU that one pod may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cpu: Option<Cpu>,
    /// Most memory that one pod may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory: Option<ByteSize>,
}

from_json!(LimitRange or default { max_cpu, max_memory });

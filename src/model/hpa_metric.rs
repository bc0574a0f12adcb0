//! What a Horizontal Pod Autoscaler follows besides CPU utilization.
//!
//! The kinds of `autoscaling/v2` under their own names. `ContainerResource` is not among them: a
//! pod has one container here, so that it would say the same as `Resource`.

use serde::Serialize;
use serde_json::Value;

use super::json::{FromJson, Members, Refusal, fields, from_json};
use crate::units::{ByteSize, Cpu, Ratio};

/// A metric that exists for each pod and comes by the custom metrics API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum PodMetric {
    /// Requests per second that reach the pod.
    RequestsPerSecond,
    /// Requests that the pod works on or has waiting.
    RequestsInFlight,
}

from_json!(PodMetric:
    "requests_per_second" => RequestsPerSecond, "requests_in_flight" => RequestsInFlight,
);

/// One metric with its target. Of `value` and `average_value`, or `utilization` and
/// `average_value`, exactly one is given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub enum HpaMetric {
    /// CPU (`Resource`); without `average_value` as a share of the requests, towards the
    /// autoscaler's `target_cpu_utilization`.
    Cpu {
        /// Target of the mean use of a pod.
        #[serde(skip_serializing_if = "Option::is_none")]
        average_value: Option<Cpu>,
    },
    /// Memory (`Resource`), as the deployment's `memory_usage` says.
    Memory {
        /// Target as a share of the memory request.
        #[serde(skip_serializing_if = "Option::is_none")]
        utilization: Option<Ratio>,
        /// Target of the mean use of a pod.
        #[serde(skip_serializing_if = "Option::is_none")]
        average_value: Option<ByteSize>,
    },
    /// A figure of each pod (`Pods`).
    Pods {
        /// Which figure.
        metric: PodMetric,
        /// Target of its mean over the pods, 0.001 to 1000000.
        #[cfg_attr(test, schemars(range(min = 0.001, max = 1_000_000.0)))]
        average_value: f64,
    },
    /// Requests per second at the way in (`Object`), attempts that fail included.
    Object {
        /// Target of all of them together, 0.001 to 1000000000.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(range(min = 0.001, max = 1e9)))]
        value: Option<f64>,
        /// Target per pod, 0.001 to 1000000.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(range(min = 0.001, max = 1_000_000.0)))]
        average_value: Option<f64>,
    },
    /// Messages in a queue, waiting or in the hands of consumers (`External`).
    External {
        /// Id of the queue.
        queue: String,
        /// Target of all of them together, 0.001 to 1000000000.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(range(min = 0.001, max = 1e9)))]
        value: Option<f64>,
        /// Target per pod, 0.001 to 1000000.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(range(min = 0.001, max = 1_000_000.0)))]
        average_value: Option<f64>,
    },
}

impl FromJson for HpaMetric {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        Ok(match members.kind()? {
            "cpu" => fields!(members => Self::Cpu { average_value or None }),
            "memory" => fields!(members => Self::Memory {
                utilization or None, average_value or None,
            }),
            "pods" => fields!(members => Self::Pods { metric, average_value }),
            "object" => fields!(members => Self::Object { value or None, average_value or None }),
            "external" => fields!(members => Self::External {
                queue, value or None, average_value or None,
            }),
            _ => return Err(Refusal::Expected("a kind of metric")),
        })
    }
}

impl HpaMetric {
    /// True for metrics of the resource metrics API, which metrics-server serves; others come by
    /// an adapter.
    #[must_use]
    pub const fn is_resource(&self) -> bool {
        matches!(self, Self::Cpu { .. } | Self::Memory { .. })
    }

    /// True for metrics that exist without any pod, so that they can bring replicas back from zero.
    #[must_use]
    pub const fn is_there_without_pods(&self) -> bool {
        matches!(self, Self::Object { .. } | Self::External { .. })
    }
}

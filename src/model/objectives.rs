//! Objectives: what a design has to reach.

use serde::Serialize;

use super::defaults;
use super::json::from_json;
use crate::units::{Ratio, SimDuration, UnitPrice};

/// Targets of a scenario. Only the availability target is always there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Objectives {
    /// Service level objective: served over valid requests, over the objective's window of 30 days.
    pub availability: Ratio,
    /// The 99th percentile of successful requests stays at or below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_p99: Option<SimDuration>,
    /// The month's list cost stays at or below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_month: Option<UnitPrice>,
    /// Recovery time objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rto: Option<SimDuration>,
    /// Recovery point objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpo: Option<SimDuration>,
    /// What a minute of lost service costs the business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_per_minute: Option<UnitPrice>,
}

impl Default for Objectives {
    fn default() -> Self {
        Self {
            availability: defaults::SLO_AVAILABILITY,
            latency_p99: None,
            cost_per_month: None,
            rto: None,
            rpo: None,
            loss_per_minute: None,
        }
    }
}

from_json!(Objectives or default {
    availability, latency_p99, cost_per_month, rto, rpo, loss_per_minute,
});

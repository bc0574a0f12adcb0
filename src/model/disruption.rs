//! What Karpenter may do to nodes that exist: parameters of a pool and of the controller.

use serde::Serialize;

use super::defaults;
use super::json::{self, from_json};
use crate::units::{CronSchedule, IntOrPercent, SimDuration};

/// Which nodes consolidation looks at: Karpenter's `consolidationPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ConsolidationPolicy {
    /// None: Karpenter's `consolidateAfter: Never`.
    Never,
    /// Nodes without pods.
    WhenEmpty,
    /// Also nodes whose pods fit elsewhere, or on a cheaper node.
    #[default]
    WhenEmptyOrUnderutilized,
    /// The same, where the share of the pool's cost that is saved is at least half of the share of
    /// its pods that have to move.
    Balanced,
}

from_json!(ConsolidationPolicy:
    "never" => Never, "when_empty" => WhenEmpty,
    "when_empty_or_underutilized" => WhenEmptyOrUnderutilized, "balanced" => Balanced,
);

/// Why Karpenter disrupts a node of its own accord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum DisruptionReason {
    /// It has no pods.
    Empty,
    /// It is not what its pool would launch today.
    Drifted,
    /// Its pods fit elsewhere, or on a cheaper node.
    Underutilized,
}

from_json!(DisruptionReason:
    "empty" => Empty, "drifted" => Drifted, "underutilized" => Underutilized,
);

/// How many nodes of a pool may be disrupted at once. Of several budgets the strictest counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct DisruptionBudget {
    /// Nodes, or a percentage of the pool's nodes, rounded up.
    pub nodes: IntOrPercent,
    /// What it limits; absent means every reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default, length(min = 1, max = 3)))]
    pub reasons: Option<Vec<DisruptionReason>>,
    /// When it begins to hold, on the run's clock (the first day is a Monday); absent means always.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub schedule: Option<CronSchedule>,
    /// How long it holds each time; goes with `schedule`, 1 min to 1 year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub duration: Option<SimDuration>,
}

from_json!(DisruptionBudget { nodes, reasons or None, schedule or None, duration or None });

impl DisruptionBudget {
    /// A budget that always holds, for every reason.
    #[must_use]
    pub const fn of(nodes: IntOrPercent) -> Self {
        Self {
            nodes,
            reasons: None,
            schedule: None,
            duration: None,
        }
    }

    /// Karpenter's default: one tenth of the pool.
    #[must_use]
    pub fn default_list() -> Vec<Self> {
        vec![Self::of(defaults::DISRUPTION_BUDGET)]
    }
}

/// Settings of the Karpenter controller, for all its pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Karpenter {
    /// Feature gate: a Spot node may be replaced by a cheaper Spot node.
    #[serde(skip_serializing_if = "json::is_default")]
    pub spot_to_spot_consolidation: bool,
    /// Feature gate: nodes that are not Ready for 30 min are replaced, unless more than a fifth of
    /// their pool is.
    #[serde(skip_serializing_if = "json::is_default")]
    pub node_repair: bool,
    /// EC2 reports machines without power as impaired, and Karpenter may ask it: it then replaces
    /// them within minutes. Whether EC2 does so during an outage nobody promises.
    #[serde(skip_serializing_if = "json::is_default")]
    pub ec2_status_checks: bool,
}

from_json!(Karpenter or default {
    spot_to_spot_consolidation, node_repair, ec2_status_checks,
});

//! Faults at random times.

use serde::Serialize;
use serde_json::Value;

use crate::model::json::{FromJson, Members, Refusal, fields};
use crate::units::{EventRate, Ratio, SimDuration};

/// What a random fault does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum RandomFaultKind {
    /// Each zone loses power at this rate, for a lognormal time.
    ZonePowerLoss {
        /// Events per zone.
        rate: EventRate,
        /// Median length.
        median_duration: SimDuration,
        /// 90th percentile of the length; at least the median.
        p90_duration: SimDuration,
    },
    /// Each node fails at this rate, and its instance is gone for good.
    NodeLoss {
        /// Events per node, at most 100 a year.
        rate: EventRate,
    },
    /// Spot nodes are reclaimed pool by pool: each pool (instance type and zone) has reclaim
    /// events, and each event takes a share of its nodes, so that losses come together.
    SpotReclaims {
        /// Share of a pool's nodes that one event takes.
        share: Ratio,
    },
}

impl FromJson for RandomFaultKind {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        Ok(match members.kind()? {
            "zone_power_loss" => {
                fields!(members => Self::ZonePowerLoss { rate, median_duration, p90_duration })
            }
            "node_loss" => fields!(members => Self::NodeLoss { rate }),
            "spot_reclaims" => fields!(members => Self::SpotReclaims { share }),
            _ => return Err(Refusal::Expected("a kind of random fault")),
        })
    }
}

//! The run plan: how long, from which seed, how often.

use serde::Serialize;

use super::defaults;
use super::json::from_json;
use crate::units::SimDuration;

/// How a scenario is played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct RunPlan {
    /// Simulated time, 1 minute to 400 days.
    pub duration: SimDuration,
    /// Left out of figures at the start; shorter than `duration`.
    pub warm_up: SimDuration,
    /// The one source of chance.
    #[cfg_attr(test, schemars(range(min = 0, max = 9_007_199_254_740_991_u64)))]
    pub seed: u64,
    /// Paired runs behind an interval, 2 to 1000.
    #[cfg_attr(test, schemars(range(min = 2, max = 1000)))]
    pub replications: u32,
    /// Length of a recorded interval, 1 s to 1 h.
    pub interval: SimDuration,
}

impl Default for RunPlan {
    fn default() -> Self {
        Self {
            duration: SimDuration::from_h(24),
            warm_up: SimDuration::from_min(10),
            seed: 20_261_122,
            replications: defaults::REPLICATIONS,
            interval: defaults::RECORDING_INTERVAL,
        }
    }
}

from_json!(RunPlan or default { duration, warm_up, seed, replications, interval });

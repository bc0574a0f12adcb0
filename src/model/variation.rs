//! Laws of chance that parameters follow.

use serde::Serialize;

use super::defaults;
use super::json::{self, from_json};
use crate::units::SimDuration;

/// A duration that lies between `min` and `max` and is most often near `mode`: the triangular law,
/// used where measured reports give a low, a typical and a high figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Triangular {
    /// Shortest.
    pub min: SimDuration,
    /// Most frequent.
    pub mode: SimDuration,
    /// Longest.
    pub max: SimDuration,
}

from_json!(Triangular { min, mode, max });

impl Triangular {
    /// From seconds; `min <= mode <= max` is the caller's duty.
    #[must_use]
    pub const fn from_s(min: u64, mode: u64, max: u64) -> Self {
        Self {
            min: SimDuration::from_s(min),
            mode: SimDuration::from_s(mode),
            max: SimDuration::from_s(max),
        }
    }

    /// True when `min <= mode <= max`.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        self.min <= self.mode && self.mode <= self.max
    }
}

/// The law of a service time, given its mean and variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ServiceLaw {
    /// Constant at a variation of 0, gamma-distributed below 1, exponential at 1, lognormal above.
    #[default]
    ByVariation,
    /// Lognormal: most are near the median, a few take very long.
    Lognormal,
    /// A mixture of a quick and a slow exponential law; needs a variation above 1.
    Hyperexponential,
}

from_json!(ServiceLaw:
    "by_variation" => ByVariation, "lognormal" => Lognormal,
    "hyperexponential" => Hyperexponential,
);

/// How long a server works on one request, without waiting and without downstream calls.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct ServiceTime {
    /// Mean.
    pub mean: SimDuration,
    /// Coefficient of variation (standard deviation over mean), 0 to 10. 0 is constant,
    /// 1 has the spread of an exponential law.
    #[cfg_attr(test, schemars(default = "super::defaults::service_time_cv"))]
    #[cfg_attr(test, schemars(range(min = 0.0, max = 10.0)))]
    pub cv: f64,
    /// The law behind mean and variation.
    #[serde(skip_serializing_if = "json::is_default")]
    #[cfg_attr(test, schemars(default))]
    pub law: ServiceLaw,
}

from_json!(ServiceTime {
    mean, cv or defaults::service_time_cv(), law or ServiceLaw::default(),
});

impl ServiceTime {
    /// From a mean in milliseconds and a coefficient of variation.
    #[must_use]
    pub const fn from_ms(mean_ms: u64, cv: f64) -> Self {
        Self {
            mean: SimDuration::from_ms(mean_ms),
            cv,
            law: ServiceLaw::ByVariation,
        }
    }
}

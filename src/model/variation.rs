//! Laws of chance that parameters follow.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::defaults;
use super::json::{self, FromJson, Members, Refusal, from_json};
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

/// Measured times as the shape of a law: each as likely as the others.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent))]
pub struct Samples(
    #[cfg_attr(test, schemars(with = "Vec<SimDuration>", length(min = 1, max = 1000)))]
    Arc<Measured>,
);

/// The times, the shortest first, and what is asked of them again and again.
#[derive(Debug, PartialEq)]
struct Measured {
    times: Vec<SimDuration>,
    mean_ns: f64,
    variation: f64,
}

impl Samples {
    /// Of times in any order; none of no times.
    #[must_use]
    pub fn new(mut times: Vec<SimDuration>) -> Option<Self> {
        if times.is_empty() {
            return None;
        }
        times.sort_unstable();
        let mean = |of: &dyn Fn(f64) -> f64| {
            let sum: f64 = times.iter().map(|it| of(it.as_ns() as f64)).sum();
            sum / times.len() as f64
        };
        let mean_ns = mean(&|ns| ns);
        let variance = mean(&|ns| (ns - mean_ns) * (ns - mean_ns));
        let variation = if mean_ns > 0.0 {
            variance.sqrt() / mean_ns
        } else {
            0.0
        };
        Some(Self(Arc::new(Measured {
            times,
            mean_ns,
            variation,
        })))
    }

    /// The times, the shortest first; at least one.
    #[must_use]
    #[inline]
    pub fn times(&self) -> &[SimDuration] {
        &self.0.times
    }

    /// Mean, in nanoseconds.
    #[must_use]
    #[inline]
    pub fn mean_ns(&self) -> f64 {
        self.0.mean_ns
    }

    /// Coefficient of variation; 0 where no time is above zero.
    #[must_use]
    pub fn variation(&self) -> f64 {
        self.0.variation
    }
}

impl FromJson for Samples {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Self::new(Vec::from_json(value)?).ok_or(Refusal::Expected("at least one time"))
    }
}

impl Serialize for Samples {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.times())
    }
}

/// How long a server works on one request, without waiting and without downstream calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct ServiceTime {
    /// Mean.
    pub mean: SimDuration,
    /// Coefficient of variation (standard deviation over mean), 0 to 10. 0 is constant,
    /// 1 has the spread of an exponential law. Beside samples it is theirs, whatever stands here.
    #[cfg_attr(test, schemars(default = "super::defaults::service_time_cv"))]
    #[cfg_attr(test, schemars(range(min = 0.0, max = 10.0)))]
    pub cv: f64,
    /// The law behind mean and variation.
    #[serde(skip_serializing_if = "json::is_default")]
    #[cfg_attr(test, schemars(default))]
    pub law: ServiceLaw,
    /// Measured times in any order, 1 to 1000, in place of a law: each is as likely as the others.
    /// Only their proportions count, for they are stretched to the mean. Percentiles at equal
    /// distances do as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub samples: Option<Samples>,
}

impl FromJson for ServiceTime {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        let samples: Option<Samples> = members.or("samples", None)?;
        let cv = match &samples {
            Some(samples) => samples.variation(),
            None => defaults::service_time_cv(),
        };
        Ok(Self {
            mean: members.required("mean")?,
            cv: members.or("cv", cv)?,
            law: members.or("law", ServiceLaw::default())?,
            samples,
        })
    }
}

impl ServiceTime {
    /// From a mean in milliseconds and a coefficient of variation.
    #[must_use]
    pub const fn from_ms(mean_ms: u64, cv: f64) -> Self {
        Self {
            mean: SimDuration::from_ms(mean_ms),
            cv,
            law: ServiceLaw::ByVariation,
            samples: None,
        }
    }

    /// Coefficient of variation of the law: that of the samples where there are some.
    #[must_use]
    pub fn variation(&self) -> f64 {
        self.samples.as_ref().map_or(self.cv, Samples::variation)
    }
}

//! Load: how many requests arrive when.

use serde::Serialize;
use serde_json::Value;

use super::ById;
use super::defaults;
use super::json::{self, FromJson, Members, Refusal, fields, from_json};
use crate::units::{Ratio, RequestRate, SimDuration};

/// One step of a staged profile: the rate moves in a straight line to `target`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Stage {
    /// Length of the step.
    pub duration: SimDuration,
    /// Rate at its end.
    pub target: RequestRate,
}

from_json!(Stage { duration, target });

/// The planned arrival rate over the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum LoadProfile {
    /// The same rate throughout.
    Constant {
        /// The rate.
        rate: RequestRate,
    },
    /// Straight lines between points, as k6's `ramping-arrival-rate`; the last rate stays.
    Stages {
        /// Rate at the start.
        start: RequestRate,
        /// The steps, 1 to 200.
        #[cfg_attr(test, schemars(length(min = 1, max = 200)))]
        stages: Vec<Stage>,
    },
    /// A raised cosine over 24 h: lowest twelve hours away from `peak_at`.
    Diurnal {
        /// Rate at the quietest time.
        low: RequestRate,
        /// Rate at the busiest time.
        high: RequestRate,
        /// Time of day of the busiest moment; the run starts at 0 h.
        peak_at: SimDuration,
    },
    /// As measured, for example pasted from a monitoring system: straight lines between points a
    /// fixed time apart, and from the last back to the first, where the series begins again.
    Series {
        /// Time from one point to the next, 1 min to 24 h.
        interval: SimDuration,
        /// The points, 1 to 10000.
        #[cfg_attr(test, schemars(length(min = 1, max = 10_000)))]
        rates: Vec<RequestRate>,
    },
}

impl FromJson for LoadProfile {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        Ok(match members.kind()? {
            "constant" => fields!(members => Self::Constant { rate }),
            "stages" => fields!(members => Self::Stages { start, stages }),
            "diurnal" => fields!(members => Self::Diurnal { low, high, peak_at }),
            "series" => fields!(members => Self::Series { interval, rates }),
            _ => return Err(Refusal::Expected("a kind of load")),
        })
    }
}
/// A temporary multiplication of the rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Spike {
    /// When the rise begins.
    pub at: SimDuration,
    /// The planned rate is multiplied by this at the top, 0 to 100.
    #[cfg_attr(test, schemars(range(min = 0.0, max = 100.0)))]
    pub factor: f64,
    /// Length of the rise; 0 is a step.
    #[cfg_attr(test, schemars(default))]
    pub ramp_up: SimDuration,
    /// Length of the top.
    pub hold: SimDuration,
    /// Length of the fall.
    #[cfg_attr(test, schemars(default))]
    pub ramp_down: SimDuration,
}

from_json!(Spike {
    at, factor, ramp_up or SimDuration::ZERO, hold, ramp_down or SimDuration::ZERO,
});

/// Slow random wandering of the rate around its plan, drawn anew in each replication.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct LoadNoise {
    /// Standard deviation as a share of the plan.
    pub cv: Ratio,
    /// Time after which the wandering has mostly forgotten itself.
    pub correlation_time: SimDuration,
}

impl Default for LoadNoise {
    fn default() -> Self {
        Self {
            cv: defaults::LOAD_NOISE_CV,
            correlation_time: defaults::LOAD_NOISE_CORRELATION_TIME,
        }
    }
}

from_json!(LoadNoise or default { cv, correlation_time });

/// How single requests arrive around the rate. The request-level plane plays it; the fluid plane
/// takes every stream as Poisson.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ArrivalProcess {
    /// Independently of each other: many users.
    #[default]
    Poisson,
    /// Evenly: one every so often, as a load test with constant arrival rate sends them.
    Deterministic,
    /// In bursts: a Poisson stream whose rate jumps up and down at random (a two-state
    /// Markov-modulated Poisson process) around the planned rate, which is its mean.
    Bursty {
        /// Rate in a burst as a multiple of the planned rate, 1 to 1000; times `share` at most 1.
        #[cfg_attr(test, schemars(range(min = 1.0, max = 1000.0)))]
        factor: f64,
        /// Share of time in bursts.
        share: Ratio,
        /// Mean length of a burst.
        length: SimDuration,
    },
    /// As measured: the pattern of these gaps between requests, stretched to the planned rate and
    /// repeated. 1 to 10000 gaps.
    Trace {
        /// Gaps between one request and the next.
        #[cfg_attr(test, schemars(length(min = 1, max = 10_000)))]
        gaps: Vec<SimDuration>,
    },
}

impl FromJson for ArrivalProcess {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        Ok(match members.kind()? {
            "poisson" => Self::Poisson,
            "deterministic" => Self::Deterministic,
            "bursty" => fields!(members => Self::Bursty { factor, share, length }),
            "trace" => fields!(members => Self::Trace { gaps }),
            _ => return Err(Refusal::Expected("a kind of arrivals")),
        })
    }
}

/// The load that both designs meet.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Load {
    /// The plan.
    pub profile: LoadProfile,
    /// Multiplications by id.
    #[cfg_attr(test, schemars(default))]
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Spike>"))]
    pub spikes: ById<Spike>,
    /// Random wandering.
    #[cfg_attr(test, schemars(default))]
    pub noise: LoadNoise,
    /// How requests arrive around that rate.
    #[cfg_attr(test, schemars(default))]
    #[serde(skip_serializing_if = "json::is_default")]
    pub arrivals: ArrivalProcess,
}

from_json!(Load {
    profile, spikes or ById::new(), noise or LoadNoise::default(),
    arrivals or ArrivalProcess::default(),
});

impl Load {
    /// The planned rate at a time since the start, without noise, with spikes.
    #[must_use]
    pub fn planned_rate(&self, at: SimDuration) -> RequestRate {
        let base = self.profile.rate(at);
        let factor: f64 = self
            .spikes
            .values()
            .map(|spike| spike.factor_at(at))
            .product();
        RequestRate::per_second(base * factor)
    }
}

impl LoadProfile {
    fn rate(&self, at: SimDuration) -> f64 {
        match self {
            Self::Constant { rate } => rate.rps(),
            Self::Stages { start, stages } => staged(start.rps(), stages, at),
            Self::Diurnal { low, high, peak_at } => {
                let phase = (at.as_h_f64() - peak_at.as_h_f64()) / 24.0 * std::f64::consts::TAU;
                low.rps() + (high.rps() - low.rps()) * 0.5 * (1.0 + libm::cos(phase))
            }
            Self::Series { interval, rates } => along(rates, *interval, at),
        }
    }
}

fn staged(start: f64, stages: &[Stage], at: SimDuration) -> f64 {
    let mut from = start;
    let mut left = at;
    for stage in stages {
        let to = stage.target.rps();
        if left < stage.duration {
            return from + (to - from) * left.as_s_f64() / stage.duration.as_s_f64();
        }
        left = left - stage.duration;
        from = to;
    }
    from
}

/// A series of points that begins again after its last one.
fn along(points: &[RequestRate], interval: SimDuration, at: SimDuration) -> f64 {
    let (step_ns, n_points) = (interval.as_ns().max(1), points.len() as u64);
    let steps = at.as_ns() / step_ns;
    let point = |n: u64| points[(n % n_points) as usize].rps();
    let passed = (at.as_ns() % step_ns) as f64 / step_ns as f64;
    point(steps) + (point(steps + 1) - point(steps)) * passed
}

impl Spike {
    fn factor_at(&self, at: SimDuration) -> f64 {
        if at < self.at {
            return 1.0;
        }
        let since = at - self.at;
        let rise = self.factor - 1.0;
        if since < self.ramp_up {
            return 1.0 + rise * since.as_s_f64() / self.ramp_up.as_s_f64();
        }
        let since = since - self.ramp_up;
        if since < self.hold {
            return self.factor;
        }
        let since = since - self.hold;
        if since < self.ramp_down {
            return self.factor - rise * since.as_s_f64() / self.ramp_down.as_s_f64();
        }
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rps(value: f64) -> RequestRate {
        RequestRate::per_second(value)
    }

    fn load(profile: LoadProfile) -> Load {
        Load {
            arrivals: ArrivalProcess::Poisson,
            profile,
            spikes: ById::new(),
            noise: LoadNoise::default(),
        }
    }

    #[track_caller]
    fn check(load: &Load, at: SimDuration, expected: f64) {
        let got = load.planned_rate(at).rps();
        assert!(
            (got - expected).abs() < 1e-9,
            "at {at}: {got}, expected {expected}"
        );
    }

    #[test]
    fn stages_are_straight_lines_and_the_last_rate_stays() {
        let stage = |s, target| Stage {
            duration: SimDuration::from_s(s),
            target: rps(target),
        };
        let load = load(LoadProfile::Stages {
            start: rps(0.0),
            stages: vec![stage(10, 100.0), stage(0, 50.0), stage(10, 150.0)],
        });
        check(&load, SimDuration::from_s(5), 50.0);
        check(&load, SimDuration::from_s(10), 50.0);
        check(&load, SimDuration::from_s(15), 100.0);
        check(&load, SimDuration::from_h(5), 150.0);
    }

    #[test]
    fn a_series_runs_through_its_points_and_begins_again() {
        let load = load(LoadProfile::Series {
            interval: SimDuration::from_min(10),
            rates: [100.0, 200.0, 60.0].map(rps).to_vec(),
        });
        for (minute, expected) in [(0, 100.0), (5, 150.0), (10, 200.0), (25, 80.0), (35, 150.0)] {
            check(&load, SimDuration::from_min(minute), expected);
        }
    }

    #[test]
    fn a_day_peaks_once_and_a_spike_multiplies() {
        let mut load = load(LoadProfile::Diurnal {
            low: rps(300.0),
            high: rps(1500.0),
            peak_at: SimDuration::from_h(14),
        });
        check(&load, SimDuration::from_h(14), 1500.0);
        check(&load, SimDuration::from_h(2), 300.0);
        check(&load, SimDuration::from_h(8), 900.0);
        let spike = Spike {
            at: SimDuration::from_h(14),
            factor: 5.0,
            ramp_up: SimDuration::ZERO,
            hold: SimDuration::from_s(1),
            ramp_down: SimDuration::ZERO,
        };
        load.spikes.insert("sale".to_string(), spike);
        check(&load, SimDuration::from_h(14), 7500.0);
    }
}

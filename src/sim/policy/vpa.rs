//! Vertical Pod Autoscaler: what a pod should request, and which pods are replaced to get it.
//!
//! The real thing is three programs. The *recommender* looks at every container once a minute and
//! keeps a histogram of its CPU use, and one of its daily memory peaks, that forgets half in a day.
//! It recommends the 90th percentile and 15 % more, with a lower and an upper bound (50th and 95th)
//! that lie far apart while the history is short. The *updater*, also once a minute, picks pods
//! whose requests are outside of the bounds, or off by a tenth after twelve hours, and evicts them,
//! or resizes them in place. The *admission controller* gives every new pod the recommendation.
//!
//! What surprises people: a VPA and an HPA on the same metric chase each other. The HPA compares
//! use with requests; the VPA sets requests to the use. More pods mean less use each, so the
//! requests fall, so the use is again a larger share of them, so the HPA adds pods.
//!
//! Rules: Vertical Pod Autoscaler 1.7.1 (recommender, updater), read 2026-11-23.
//!
//! Memory that runs out makes a sample of its own, and its pod due at once: `vpa/memory.rs`.
//!
//! Assumed: one container a pod; pods of a workload use alike; samples weigh the same whatever the
//! request (so since 1.5; older versions weighed them by it); a resource without samples keeps its
//! request, where the real recommender would want its minimum of a CPU nobody has measured yet.
//!
//! Left out: startup boost; history from Prometheus or checkpoints of earlier runs; limits of CPU,
//! which are not modelled; recommendations cut to a namespace's `LimitRange`; the rate limiter,
//! which is off by default.

mod histogram;
mod memory;
mod updater;

pub use histogram::DecayingHistogram;
pub use memory::{OomPeak, is_quick_oom, oom_bump, scaled_limit};
pub use updater::{Group, Live, Update, UpdateReason, updates};

use super::resources::Resources;
use crate::units::{SimDuration, SimTime};

/// Recommender and updater look this often (1.7.1).
pub const LOOP_PERIOD: SimDuration = SimDuration::from_s(60);
/// A memory peak counts once in this time (1.7.1).
pub const MEMORY_INTERVAL: SimDuration = SimDuration::from_h(24);
/// Weight of a CPU sample (1.7.1).
const CPU_SAMPLE_WEIGHT: f64 = 0.1;
/// Percentiles of the lower bound, the target and the upper bound (1.7.1).
const PERCENTILES: [f64; 3] = [0.5, 0.9, 0.95];
/// Added to every percentile (1.7.1).
const SAFETY_MARGIN: f64 = 0.15;
/// What a pod is recommended at least (1.7.1).
const LEAST: Resources = Resources {
    cpu_m: 25,
    memory_bytes: 250 << 20,
};

/// What the recommender knows of a workload's pods.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    cpu: DecayingHistogram,
    memory: DecayingHistogram,
    first_at: Option<SimTime>,
    last_at: SimTime,
    n_samples: u64,
    /// The peak of the present interval: pods that had it, bytes, and the interval's end.
    peak: Option<(u32, f64, SimTime)>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            cpu: DecayingHistogram::of_cpu(),
            memory: DecayingHistogram::of_memory(),
            first_at: None,
            last_at: SimTime::START,
            n_samples: 0,
            peak: None,
        }
    }
}

impl History {
    /// Takes in the CPU use of `pods` pods, `used_m` milli-cores each.
    pub fn add_cpu(&mut self, pods: u32, used_m: u64, at: SimTime) {
        let cores = used_m as f64 / 1000.0;
        self.cpu.add(cores, CPU_SAMPLE_WEIGHT * f64::from(pods), at);
        self.first_at.get_or_insert(at);
        self.last_at = at;
        self.n_samples += u64::from(pods);
    }

    /// Takes in the memory of `pods` pods, `used` bytes each. Of each interval only the peak
    /// counts, as if it had been taken at the interval's end; pods that reach it later count too.
    pub fn add_memory(&mut self, pods: u32, used: u64, at: SimTime) {
        let used = used as f64;
        match self.peak {
            Some((n, peak, end)) if at < end && used <= peak => {
                if used >= peak && pods > n {
                    self.memory.add(peak, f64::from(pods - n), end);
                    self.peak = Some((pods, peak, end));
                }
                return;
            }
            Some((n, peak, end)) if at < end => self.memory.remove(peak, f64::from(n), end),
            _ => {}
        }
        let end = match self.peak {
            Some((.., end)) if at < end => end,
            _ => at + MEMORY_INTERVAL,
        };
        self.memory.add(used, f64::from(pods), end);
        self.peak = Some((pods, used, end));
    }

    /// How far the history can be trusted, in days: its length, or the days that its samples
    /// would fill at one a minute, whichever is less.
    #[must_use]
    pub fn confidence_days(&self) -> f64 {
        let Some(first) = self.first_at else {
            return 0.0;
        };
        let day = SimDuration::from_h(24);
        let lifespan = self.last_at.since(first).as_s_f64() / day.as_s_f64();
        let samples = self.n_samples as f64 / (day.as_s_f64() / LOOP_PERIOD.as_s_f64());
        lifespan.min(samples)
    }
}

/// Which requests a pod may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// At least.
    pub min: Resources,
    /// At most.
    pub max: Resources,
}

/// What a pod should request, and between which bounds it may stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommendation {
    /// Below this a pod is replaced.
    pub lower: Resources,
    /// What a new pod gets.
    pub target: Resources,
    /// Above this a pod is replaced.
    pub upper: Resources,
}

/// The recommendation from a history; `None` before the first sample. A resource without samples
/// keeps what `present` requests, inside any bounds.
#[must_use]
pub fn recommend(
    history: &History,
    allowed: Allowed,
    present: Resources,
) -> Option<Recommendation> {
    if history.first_at.is_none() && history.memory.is_empty() {
        return None;
    }
    let days = history.confidence_days();
    // A short history widens the bounds: without one, nobody is evicted for them.
    let confidence = [libm::pow(1.0 + 0.001 / days, -2.0), 1.0, 1.0 + 1.0 / days];
    let estimate = |histogram: &DecayingHistogram, scale: f64| {
        let at = |i: usize| {
            let value = histogram.percentile(PERCENTILES[i]) * (1.0 + SAFETY_MARGIN);
            // The cast cuts off, as VPA's amounts do, and saturates.
            (value * confidence[i] * scale) as u64
        };
        [at(0), at(1), at(2)]
    };
    let cpu_m = history
        .first_at
        .map(|_| estimate(&history.cpu, 1000.0).map(|it| it.max(LEAST.cpu_m)));
    let memory = (!history.memory.is_empty())
        .then(|| estimate(&history.memory, 1.0).map(|it| it.max(LEAST.memory_bytes)));
    let resources = |i: usize| Resources {
        cpu_m: cpu_m.map_or(present.cpu_m, |it| {
            it[i].clamp(allowed.min.cpu_m, allowed.max.cpu_m)
        }),
        memory_bytes: memory.map_or(present.memory_bytes, |it| {
            it[i].clamp(allowed.min.memory_bytes, allowed.max.memory_bytes)
        }),
    };
    Some(Recommendation {
        lower: resources(0),
        target: resources(1),
        upper: resources(2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESENT: Resources = Resources {
        cpu_m: 500,
        memory_bytes: 512 << 20,
    };
    const ANY: Allowed = Allowed {
        min: Resources {
            cpu_m: 0,
            memory_bytes: 0,
        },
        max: Resources {
            cpu_m: u64::MAX,
            memory_bytes: u64::MAX,
        },
    };

    fn minutes(n: u64) -> SimTime {
        SimTime::from_s(60 * n)
    }

    /// A pod that uses 200 m for `minutes`, one sample a minute.
    fn steady(n_minutes: u64) -> History {
        let mut history = History::default();
        for minute in 0..=n_minutes {
            history.add_cpu(1, 200, minutes(minute));
        }
        history
    }

    #[test]
    fn a_steady_use_is_recommended_with_its_margin() {
        let got = recommend(&steady(24 * 60), ANY, PRESENT).expect("there are samples");
        // The bucket of 0.2 cores is 0.02 wide and ends at 0.2 to 0.22; 15 % more makes the target.
        assert!((230..=253).contains(&got.target.cpu_m), "{got:?}");
        assert_eq!(
            got.upper.cpu_m / 2,
            got.target.cpu_m,
            "a day doubles the upper bound"
        );
        assert!(got.lower.cpu_m.abs_diff(got.target.cpu_m) <= 1, "{got:?}");
        assert_eq!(got.target.memory_bytes, PRESENT.memory_bytes);
    }

    #[test]
    fn bounds_close_in_as_the_history_grows() {
        // The factors are those that the recommender's own comments give.
        #[track_caller]
        fn check(n_minutes: u64, lower: f64, upper: f64) {
            let got = recommend(&steady(n_minutes), ANY, PRESENT).expect("there are samples");
            let target = got.target.cpu_m as f64;
            let (low, high) = (got.lower.cpu_m as f64, got.upper.cpu_m as f64);
            assert!((low / target - lower).abs() < 0.02, "{low} of {target}");
            assert!(
                (high / target / upper - 1.0).abs() < 0.02,
                "{high} of {target}"
            );
        }
        check(5, 0.6, 289.0);
        check(30, 0.91, 49.0);
        check(60, 0.95, 25.0);
        check(12 * 60, 1.0, 3.0);
        check(7 * 24 * 60, 1.0, 1.143);
    }

    #[test]
    fn few_samples_in_a_long_time_are_not_trusted() {
        let mut history = History::default();
        history.add_cpu(1, 200, minutes(0));
        history.add_cpu(1, 200, minutes(7 * 24 * 60));
        assert!((history.confidence_days() - 2.0 / 1440.0).abs() < 1e-12);
        assert_eq!(recommend(&History::default(), ANY, PRESENT), None);
    }

    #[test]
    fn an_idle_pod_gets_the_minimum_and_policy_has_the_last_word() {
        let mut history = History::default();
        for minute in 0..60 {
            history.add_cpu(3, 0, minutes(minute));
            history.add_memory(3, 1 << 20, minutes(minute));
        }
        let got = recommend(&history, ANY, PRESENT).expect("there are samples");
        assert_eq!(got.target, LEAST);
        let allowed = Allowed {
            min: Resources {
                cpu_m: 100,
                memory_bytes: 1 << 30,
            },
            max: Resources {
                cpu_m: 200,
                memory_bytes: 2 << 30,
            },
        };
        let got = recommend(&history, allowed, PRESENT).expect("there are samples");
        assert_eq!(got.target, allowed.min);
        assert_eq!(got.upper.cpu_m, 200);
    }

    #[test]
    fn memory_follows_the_daily_peak() {
        let mut history = steady(60);
        for (minute, mb) in [(0, 400), (10, 700), (20, 500)] {
            history.add_memory(1, mb << 20, minutes(minute));
        }
        let got = recommend(&history, ANY, PRESENT).expect("there are samples");
        let peak = (700_u64 << 20) as f64 * 1.15;
        let got = got.target.memory_bytes as f64;
        assert!(
            (peak..peak * 1.06).contains(&got),
            "{got} for a peak of {peak}"
        );
    }
}

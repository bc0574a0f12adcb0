//! From one metric to a number of replicas (HPA calculator 1.33).

use super::pods::{PodCohort, PodCounts, PodGroup, ReadinessRules, Resource, group_of};
use super::reason::{Kept, Measured, MetricError, Proposal};
use super::{Hpa, Observed};
use crate::model::HorizontalPodAutoscaler;

/// How far metric over target may stray from 1 before anything is done, per direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Above 1. Default 0.1 (10 %).
    pub up_ratio: f64,
    /// Below 1. Default 0.1 (10 %).
    pub down_ratio: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        let tolerance_ratio = HorizontalPodAutoscaler::default().tolerance.value();
        Self {
            up_ratio: tolerance_ratio,
            down_ratio: tolerance_ratio,
        }
    }
}

impl Tolerance {
    fn holds(self, ratio: f64) -> bool {
        1.0 - self.down_ratio <= ratio && ratio <= 1.0 + self.up_ratio
    }
}

/// One metric as a sync reads it. Object and external metrics follow the same arithmetic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric<'a> {
    /// A resource, or one container's, as a share of the request.
    Utilization {
        /// The resource.
        resource: Resource,
        /// Target in percent of the request; above 0.
        target_percent: u32,
        /// The workload's pods.
        pods: &'a [PodCohort],
        /// Samples of pods that the selector no longer finds. They count as pods where
        /// missing pods are filled in; in a steady workload there are none.
        n_unmatched_samples: u32,
    },
    /// A mean over pods, of a resource or a custom metric.
    Average {
        /// The resource; `None` for a custom metric, for which readiness does not matter.
        resource: Option<Resource>,
        /// Target mean in milli-units; above 0.
        target_m: u64,
        /// The workload's pods.
        pods: &'a [PodCohort],
    },
    /// One number for the workload, with a target for this number.
    Value {
        /// The number in milli-units; several series of an external metric are summed.
        total_m: u64,
        /// Target in milli-units; above 0.
        target_m: u64,
        /// Pods that are running and ready now.
        n_ready: u32,
    },
    /// One number for the workload, shared by its pods.
    SharedAverage {
        /// The number in milli-units.
        total_m: u64,
        /// Target per pod in milli-units; above 0.
        target_m: u64,
    },
    /// The metrics API gives an error.
    Unreadable,
}

/// The number of replicas a metric asks for.
///
/// # Errors
/// When the metric cannot be read or says nothing about the pods that count.
pub fn propose(
    metric: &Metric<'_>,
    hpa: &Hpa,
    observed: &Observed<'_>,
) -> Result<Proposal, MetricError> {
    let current = observed.spec_replicas;
    let (tolerance, rules) = (hpa.tolerance, hpa.readiness);
    match *metric {
        Metric::Utilization {
            resource,
            target_percent,
            pods,
            n_unmatched_samples,
        } => {
            let samples = (pods, n_unmatched_samples);
            utilization(current, resource, target_percent, samples, rules, tolerance)
        }
        Metric::Average {
            resource,
            target_m,
            pods,
        } => average(current, resource, target_m, pods, rules, tolerance),
        Metric::Value {
            total_m,
            target_m,
            n_ready,
        } => value(current, total_m, target_m, n_ready, tolerance),
        Metric::SharedAverage { total_m, target_m } => {
            shared_average(observed.status_replicas, total_m, target_m, tolerance)
        }
        Metric::Unreadable => Err(MetricError::Unreadable),
    }
}

/// Replicas from the use of a resource as a share of its request. `samples` are the pods and the
/// number of samples of unknown pods.
///
/// # Errors
/// Without pods, without a sample of a pod that counts, or when a pod states no request.
pub fn utilization(
    current: u32,
    resource: Resource,
    target_percent: u32,
    samples: (&[PodCohort], u32),
    rules: ReadinessRules,
    tolerance: Tolerance,
) -> Result<Proposal, MetricError> {
    let (pods, n_unmatched) = samples;
    let sums = UtilizationSums::over(pods, resource, target_percent, rules)?;
    if sums.counts.n_ready == 0 && n_unmatched == 0 {
        return Err(MetricError::NoSamples);
    }
    if sums.ready.requested_m == 0 {
        return Err(MetricError::NoMatchingPods);
    }
    let percent = sums.ready.percent();
    let ratio_of = |percent: u64| percent_ratio(percent, target_percent);
    let ratio = ratio_of(percent);
    let reading = Reading {
        measured: Measured::Utilization {
            percent: u32::try_from(percent).unwrap_or(u32::MAX),
            target_percent,
            average_m: sums.ready.used_m / u64::from(sums.counts.n_ready),
        },
        ratio,
        counts: sums.counts,
    };
    let corrected = |scale_up_with_unready: bool| {
        let mut all = sums.ready;
        let mut n_counted = sums.counts.n_ready.saturating_add(n_unmatched);
        if ratio < 1.0 {
            all.add(sums.missing.used_m, sums.missing.requested_m);
            n_counted = n_counted.saturating_add(sums.counts.n_missing);
        } else if ratio > 1.0 {
            all.add(0, sums.missing.requested_m);
            n_counted = n_counted.saturating_add(sums.counts.n_missing);
        }
        if scale_up_with_unready {
            all.add(0, sums.unready.requested_m);
            n_counted = n_counted.saturating_add(sums.counts.n_unready);
        }
        (ratio_of(all.percent()), n_counted)
    };
    Ok(reading.propose(current, tolerance, corrected))
}

/// Replicas from a mean over pods.
///
/// # Errors
/// Without pods or without a sample of a pod that counts.
pub fn average(
    current: u32,
    resource: Option<Resource>,
    target_m: u64,
    pods: &[PodCohort],
    rules: ReadinessRules,
    tolerance: Tolerance,
) -> Result<Proposal, MetricError> {
    if target_m == 0 {
        return Err(MetricError::ZeroTarget);
    }
    let mut counts = PodCounts::default();
    let mut sum_m = 0_u64;
    for cohort in pods {
        let group = group_of(cohort, resource, rules);
        counts.add(group, cohort.count);
        if let (PodGroup::Ready, Some(sample)) = (group, cohort.sample) {
            sum_m = sum_m.saturating_add(total(cohort, sample.value_m));
        }
    }
    if counts == PodCounts::default() {
        return Err(MetricError::NoPods);
    }
    if counts.n_ready == 0 {
        return Err(MetricError::NoSamples);
    }
    let ratio_of = |average_m: u64| average_m as f64 / target_m as f64;
    let average_m = sum_m / u64::from(counts.n_ready);
    let ratio = ratio_of(average_m);
    let reading = Reading {
        measured: Measured::Average {
            average_m,
            target_m,
        },
        ratio,
        counts,
    };
    let corrected = |scale_up_with_unready: bool| {
        let mut all_m = sum_m;
        let mut n_counted = counts.n_ready;
        if ratio < 1.0 {
            let assumed_m = u64::from(counts.n_missing).saturating_mul(target_m);
            all_m = all_m.saturating_add(assumed_m);
            n_counted = n_counted.saturating_add(counts.n_missing);
        } else if ratio > 1.0 {
            n_counted = n_counted.saturating_add(counts.n_missing);
        }
        if scale_up_with_unready {
            n_counted = n_counted.saturating_add(counts.n_unready);
        }
        (ratio_of(all_m / u64::from(n_counted)), n_counted)
    };
    Ok(reading.propose(current, tolerance, corrected))
}

/// Replicas from one number against a target for that number. From zero replicas there is no
/// tolerance and no pod to multiply by.
///
/// # Errors
/// When the target is zero.
pub fn value(
    current: u32,
    total_m: u64,
    target_m: u64,
    n_ready: u32,
    tolerance: Tolerance,
) -> Result<Proposal, MetricError> {
    if target_m == 0 {
        return Err(MetricError::ZeroTarget);
    }
    let ratio = total_m as f64 / target_m as f64;
    let within = current != 0 && tolerance.holds(ratio);
    let factor = if current == 0 {
        1.0
    } else {
        f64::from(n_ready)
    };
    Ok(Proposal {
        replicas: if within {
            current
        } else {
            to_replicas(ratio * factor)
        },
        measured: Measured::Total { total_m, target_m },
        ratio,
        corrected_ratio: None,
        pods: PodCounts::default(),
        kept: within.then_some(Kept::WithinTolerance),
    })
}

/// Replicas from one number that the pods share. The tolerance looks at the replicas that exist,
/// a rollout's surge included.
///
/// # Errors
/// When the target is zero.
pub fn shared_average(
    status_replicas: u32,
    total_m: u64,
    target_m: u64,
    tolerance: Tolerance,
) -> Result<Proposal, MetricError> {
    if target_m == 0 {
        return Err(MetricError::ZeroTarget);
    }
    let per_target = total_m as f64 / target_m as f64;
    // Without replicas there is nothing to keep, so the ratio is taken as for one.
    let n_sharing = status_replicas.max(1);
    let ratio = total_m as f64 / (target_m as f64 * f64::from(n_sharing));
    let within = status_replicas != 0 && tolerance.holds(ratio);
    Ok(Proposal {
        replicas: if within {
            status_replicas
        } else {
            to_replicas(per_target)
        },
        measured: Measured::Average {
            average_m: total_m.div_ceil(u64::from(n_sharing)),
            target_m,
        },
        ratio,
        corrected_ratio: None,
        pods: PodCounts::default(),
        kept: within.then_some(Kept::WithinTolerance),
    })
}

/// A per-pod metric before the decision.
struct Reading {
    measured: Measured,
    ratio: f64,
    counts: PodCounts,
}

impl Reading {
    /// The decision common to all per-pod metrics. `corrected` gives the ratio and the number of
    /// pods with missing pods (and, if told so, unready ones) filled in.
    fn propose(
        self,
        current: u32,
        tolerance: Tolerance,
        corrected: impl FnOnce(bool) -> (f64, u32),
    ) -> Proposal {
        let ratio = self.ratio;
        let scale_up_with_unready = self.counts.n_unready > 0 && ratio > 1.0;
        if !scale_up_with_unready && self.counts.n_missing == 0 {
            let (replicas, kept) = plain_replicas(ratio, current, self.counts.n_ready, tolerance);
            return self.ask(replicas, None, kept);
        }
        let (new_ratio, n_counted) = corrected(scale_up_with_unready);
        if tolerance.holds(new_ratio) {
            return self.keep(current, Some(new_ratio), Kept::WithinToleranceCorrected);
        }
        if (ratio < 1.0 && new_ratio > 1.0) || (ratio > 1.0 && new_ratio < 1.0) {
            return self.keep(current, Some(new_ratio), Kept::DirectionFlipped);
        }
        let replicas = to_replicas(new_ratio * f64::from(n_counted));
        if (new_ratio < 1.0 && replicas > current) || (new_ratio > 1.0 && replicas < current) {
            return self.keep(current, Some(new_ratio), Kept::WouldReverse);
        }
        self.ask(replicas, Some(new_ratio), None)
    }

    fn keep(self, current: u32, corrected_ratio: Option<f64>, kept: Kept) -> Proposal {
        self.ask(current, corrected_ratio, Some(kept))
    }

    fn ask(self, replicas: u32, corrected_ratio: Option<f64>, kept: Option<Kept>) -> Proposal {
        Proposal {
            replicas,
            measured: self.measured,
            ratio: self.ratio,
            corrected_ratio,
            pods: self.counts,
            kept,
        }
    }
}

/// Replicas to bring the ratio of metric to target back to 1, when every pod's metric counts.
pub(super) fn plain_replicas(
    ratio: f64,
    current: u32,
    n_ready: u32,
    tolerance: Tolerance,
) -> (u32, Option<Kept>) {
    if tolerance.holds(ratio) {
        (current, Some(Kept::WithinTolerance))
    } else {
        (to_replicas(ratio * f64::from(n_ready)), None)
    }
}

/// A utilization over its target.
pub(super) fn percent_ratio(percent: u64, target_percent: u32) -> f64 {
    percent as f64 / f64::from(target_percent)
}

/// Used and requested milli-units of some pods.
#[derive(Clone, Copy, Default)]
struct Use {
    used_m: u64,
    requested_m: u64,
}

impl Use {
    fn add(&mut self, used_m: u64, requested_m: u64) {
        self.used_m = self.used_m.saturating_add(used_m);
        self.requested_m = self.requested_m.saturating_add(requested_m);
    }

    /// Whole percent, rounded down as Kubernetes does; only called when something is requested.
    fn percent(self) -> u64 {
        self.used_m.saturating_mul(100) / self.requested_m.max(1)
    }
}

/// One pass over the pods gives all that a utilization needs.
struct UtilizationSums {
    counts: PodCounts,
    ready: Use,
    /// What missing pods requested, and the use assumed for them before a scale-down.
    missing: Use,
    /// What unready pods requested; their use is assumed to be none.
    unready: Use,
}

impl UtilizationSums {
    fn over(
        pods: &[PodCohort],
        resource: Resource,
        target_percent: u32,
        rules: ReadinessRules,
    ) -> Result<Self, MetricError> {
        if target_percent == 0 {
            return Err(MetricError::ZeroTarget);
        }
        let mut sums = Self {
            counts: PodCounts::default(),
            ready: Use::default(),
            missing: Use::default(),
            unready: Use::default(),
        };
        // A missing pod is assumed to use all it requested, or the target where that is higher.
        let fallback_percent = u64::from(target_percent.max(100));
        for cohort in pods.iter().filter(|cohort| cohort.count > 0) {
            let request_m = cohort.request_m.ok_or(MetricError::MissingRequest)?;
            let requested_m = total(cohort, request_m);
            let group = group_of(cohort, Some(resource), rules);
            sums.counts.add(group, cohort.count);
            match (group, cohort.sample) {
                (PodGroup::Ready, Some(sample)) => {
                    sums.ready.add(total(cohort, sample.value_m), requested_m);
                }
                (PodGroup::Ready | PodGroup::Missing, _) => {
                    let assumed_m = request_m.saturating_mul(fallback_percent) / 100;
                    sums.missing.add(total(cohort, assumed_m), requested_m);
                }
                (PodGroup::Unready, _) => sums.unready.add(0, requested_m),
                (PodGroup::Ignored, _) => {}
            }
        }
        if sums.counts == PodCounts::default() {
            return Err(MetricError::NoPods);
        }
        Ok(sums)
    }
}

/// A value of each pod, over the whole cohort.
fn total(cohort: &PodCohort, each_m: u64) -> u64 {
    u64::from(cohort.count).saturating_mul(each_m)
}

/// Rounds up; NaN becomes zero and the cast saturates.
fn to_replicas(replicas: f64) -> u32 {
    replicas.ceil() as u32
}

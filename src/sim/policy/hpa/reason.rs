//! Why an autoscaler decided as it did: the numbers, for a reader to put into words.

use super::behavior::Direction;
use super::pods::PodCounts;
use crate::model::ScalingPolicy;
use crate::units::SimTime;

/// Outcome of one sync.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Replicas the workload asked for before.
    pub previous: u32,
    /// Replicas it should ask for now.
    pub replicas: u32,
    /// The `ScalingLimited` reason that Kubernetes would report.
    pub condition: Condition,
    /// How the number came about.
    pub reason: Reason,
}

/// Kubernetes' reasons of the `ScalingLimited` condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Nothing limited the number.
    DesiredWithinRange,
    /// A rate policy, or the older cap, limited a scale-up.
    ScaleUpLimit,
    /// A rate policy limited a scale-down.
    ScaleDownLimit,
    /// The number was raised to min.
    TooFewReplicas,
    /// The number was lowered to max.
    TooManyReplicas,
}

/// How a decision came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// The workload is at zero and min is not: somebody switched the autoscaler off.
    Disabled,
    /// The workload asked for more than max; corrected before any metric was read.
    AboveMax,
    /// The workload asked for less than min; corrected before any metric was read.
    BelowMin,
    /// No metric could be read, or one could not and the others would scale down.
    NoDecision {
        /// Metrics that could not be read.
        n_failed: u32,
        /// Why the first of them could not.
        error: MetricError,
        /// What the readable metrics proposed, if there were any.
        blocked: Option<u32>,
    },
    /// A metric decided.
    Metric(MetricReason),
}

/// A decision made by a metric, and what became of it on the way to the workload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricReason {
    /// Position of the metric with the largest proposal among the autoscaler's metrics.
    pub metric_index: u32,
    /// Its proposal.
    pub proposal: Proposal,
    /// Other metrics that could not be read (they may not scale down, this one did not).
    pub n_failed: u32,
    /// Stabilisation, when it changed the number.
    pub hold: Option<Hold>,
    /// The bound that changed the number, if one did.
    pub limit: Option<LimitedBy>,
}

/// What one metric asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// Replicas asked for.
    pub replicas: u32,
    /// What was measured, before any assumption about pods without a sample.
    pub measured: Measured,
    /// Measured value over target; 1 is on target.
    pub ratio: f64,
    /// The ratio after assuming values for missing and unready pods, when that was needed.
    pub corrected_ratio: Option<f64>,
    /// Pods by group; zero for metrics that are not read per pod.
    pub pods: PodCounts,
    /// Why the number of replicas is kept although the metric is off target, or on it.
    pub kept: Option<Kept>,
}

/// A measured value with its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// Share of the request in use.
    Utilization {
        /// `floor(100 x used / requested)` over the pods that count.
        percent: u32,
        /// Target, in percent.
        target_percent: u32,
        /// Mean use of a pod, in milli-units, rounded down.
        average_m: u64,
    },
    /// Mean over pods.
    Average {
        /// Mean in milli-units, rounded down (rounded up for a total shared by pods).
        average_m: u64,
        /// Target in milli-units.
        target_m: u64,
    },
    /// One number for the whole workload.
    Total {
        /// Value in milli-units.
        total_m: u64,
        /// Target in milli-units.
        target_m: u64,
    },
}

/// Why a metric's proposal equals the present number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The ratio is inside the tolerance.
    WithinTolerance,
    /// It is inside the tolerance once missing and unready pods are assumed.
    WithinToleranceCorrected,
    /// Assuming missing and unready pods turns a scale-up into a scale-down or the reverse.
    DirectionFlipped,
    /// The corrected number of replicas would move against the metric.
    WouldReverse,
}

/// Why a metric gives no proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// The autoscaler has no metric.
    #[error("no metric is set")]
    NoMetric,
    /// The metrics API gives nothing.
    #[error("the metric cannot be read")]
    Unreadable,
    /// The selector finds no pod.
    #[error("no pods returned by selector")]
    NoPods,
    /// No pod that counts has a sample.
    #[error("no metrics received for pods that are ready")]
    NoSamples,
    /// Samples exist, but only for pods that are gone.
    #[error("no metrics returned matched known pods")]
    NoMatchingPods,
    /// A pod states no request, so its utilization is undefined.
    #[error("missing request")]
    MissingRequest,
    /// The target is zero.
    #[error("the target is zero")]
    ZeroTarget,
}

/// A number that stabilisation held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The direction that is held back.
    pub direction: Direction,
    /// What the metrics asked for.
    pub wanted: u32,
    /// What is asked for instead.
    pub held_at: u32,
    /// When the last recommendation that holds it leaves its window.
    pub until: SimTime,
}

/// What bounded a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedBy {
    /// The autoscaler's min.
    MinReplicas,
    /// The autoscaler's max.
    MaxReplicas,
    /// The cap of `max(2 x current, 4)` that holds without a `behavior` block.
    LegacyCap,
    /// A rate policy.
    Rate {
        /// Direction it limits.
        direction: Direction,
        /// The policy that decided; `None` when the direction is disabled.
        policy: Option<ScalingPolicy>,
        /// Replicas at the start of the policy's period.
        period_start_replicas: i64,
    },
}

/// A number after bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounded {
    /// The number.
    pub replicas: u32,
    /// What changed it, if anything did.
    pub limit: Option<LimitedBy>,
}

impl Bounded {
    /// The condition Kubernetes reports for it.
    #[must_use]
    pub fn condition(&self) -> Condition {
        match self.limit {
            None => Condition::DesiredWithinRange,
            Some(LimitedBy::MinReplicas) => Condition::TooFewReplicas,
            Some(LimitedBy::MaxReplicas) => Condition::TooManyReplicas,
            Some(
                LimitedBy::LegacyCap
                | LimitedBy::Rate {
                    direction: Direction::Up,
                    ..
                },
            ) => Condition::ScaleUpLimit,
            Some(LimitedBy::Rate { .. }) => Condition::ScaleDownLimit,
        }
    }
}

//! Which pods an autoscaler counts: ready, unready, missing or ignored.

use crate::units::SimDuration;

/// Pods that are alike in everything an autoscaler looks at. A single pod is a cohort of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodCohort {
    /// How many pods.
    pub count: u32,
    /// Where the pods are in their life.
    pub phase: PodPhase,
    /// The pods have been told to end.
    pub deleting: bool,
    /// Time since the kubelet accepted the pods; `None` before that.
    pub start_age: Option<SimDuration>,
    /// The Ready condition; `None` while it has never been set.
    pub readiness: Option<Readiness>,
    /// Request of each pod for the resource in question, in milli-units; `None` when a container
    /// states none, which makes a utilization impossible.
    pub request_m: Option<u64>,
    /// What the metrics API returns for each of these pods; `None` when it returns nothing.
    pub sample: Option<Sample>,
}

/// Where a pod is in its life. Succeeded pods are not listed by a workload's selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodPhase {
    /// Accepted, but a container is not started: no node, or image still pulled.
    Pending,
    /// On a node and started. A pod on an unreachable node stays Running.
    Running,
    /// Ended in failure; it will not come back.
    Failed,
}

/// A pod's Ready condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether the pod is ready.
    pub ready: bool,
    /// Time since that last changed.
    pub age: SimDuration,
}

/// A metric of one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The value in milli-units (milli-cores for CPU).
    pub value_m: u64,
    /// Time since the sample was taken.
    pub age: SimDuration,
    /// Span the value was averaged over, ending when the sample was taken.
    pub window: SimDuration,
}

/// Resource behind a metric. Readiness matters for CPU only, since a starting pod burns CPU that
/// says nothing about its load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// CPU time.
    Cpu,
    /// Memory.
    Memory,
}

/// When a young pod's CPU sample counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadinessRules {
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`, default 300 s.
    pub cpu_initialization_period: SimDuration,
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`, default 30 s.
    pub initial_readiness_delay: SimDuration,
}

impl Default for ReadinessRules {
    fn default() -> Self {
        Self {
            cpu_initialization_period: SimDuration::from_s(300),
            initial_readiness_delay: SimDuration::from_s(30),
        }
    }
}

/// How an autoscaler sees a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodGroup {
    /// Its sample counts.
    Ready,
    /// It starts or has never been ready; assumed idle before a scale-up, else left out.
    Unready,
    /// It has no sample; assumed busy before a scale-down and idle before a scale-up.
    Missing,
    /// It is ending or failed; not counted at all.
    Ignored,
}

/// Number of pods in each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodCounts {
    /// Pods whose sample counts.
    pub n_ready: u32,
    /// Pods that start or have never been ready.
    pub n_unready: u32,
    /// Pods without a sample.
    pub n_missing: u32,
    /// Pods that are ending or failed.
    pub n_ignored: u32,
}

/// The group of every pod of a cohort. `resource` is `None` for a custom metric.
#[must_use]
pub fn group_of(cohort: &PodCohort, resource: Option<Resource>, rules: ReadinessRules) -> PodGroup {
    if cohort.deleting || cohort.phase == PodPhase::Failed {
        return PodGroup::Ignored;
    }
    if cohort.phase == PodPhase::Pending {
        return PodGroup::Unready;
    }
    let Some(sample) = cohort.sample else {
        return PodGroup::Missing;
    };
    if resource == Some(Resource::Cpu) && !cpu_sample_counts(cohort, sample, rules) {
        return PodGroup::Unready;
    }
    PodGroup::Ready
}

/// Number of pods of each group.
#[must_use]
pub fn count_groups(
    pods: &[PodCohort],
    resource: Option<Resource>,
    rules: ReadinessRules,
) -> PodCounts {
    let mut counts = PodCounts::default();
    for cohort in pods {
        counts.add(group_of(cohort, resource, rules), cohort.count);
    }
    counts
}

impl PodCounts {
    /// Adds `count` pods to a group.
    pub(super) fn add(&mut self, group: PodGroup, count: u32) {
        let n = match group {
            PodGroup::Ready => &mut self.n_ready,
            PodGroup::Unready => &mut self.n_unready,
            PodGroup::Missing => &mut self.n_missing,
            PodGroup::Ignored => &mut self.n_ignored,
        };
        *n = n.saturating_add(count);
    }
}

fn cpu_sample_counts(cohort: &PodCohort, sample: Sample, rules: ReadinessRules) -> bool {
    let (Some(start_age), Some(readiness)) = (cohort.start_age, cohort.readiness) else {
        return false;
    };
    if start_age < rules.cpu_initialization_period {
        // The sample's window must not reach back past the last readiness change.
        readiness.ready && sample.age + sample.window <= readiness.age
    } else {
        let never_ready = readiness.age + rules.initial_readiness_delay > start_age;
        readiness.ready || !never_ready
    }
}

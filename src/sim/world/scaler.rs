//! Horizontal autoscalers: what they follow, what they were last told of it, what they remember.

use crate::model::{Deployment, HorizontalPodAutoscaler, HpaMetric, PodMetric, ScalingRules};
use crate::sim::flow::FlowGraph;
use crate::sim::policy::hpa;
use crate::units::{ByteSize, Ratio, SimDuration, SimTime};

/// Where a metric comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// CPU in use, by metrics-server.
    Cpu,
    /// Memory in use, by metrics-server: so many milli-bytes in each pod.
    Memory(u64),
    /// Requests per second that reach a pod.
    Requests,
    /// Requests that a pod works on or has waiting.
    InFlight,
    /// Users' attempts per second.
    Entry,
    /// Messages in the queue that is an external service of this index.
    Backlog(usize),
}

impl Source {
    /// True for figures that each pod has by itself.
    #[must_use]
    pub const fn is_per_pod(self) -> bool {
        !matches!(self, Self::Entry | Self::Backlog(_))
    }

    /// True for what an adapter reads, not metrics-server.
    #[must_use]
    pub const fn is_custom(self) -> bool {
        !matches!(self, Self::Cpu | Self::Memory(_))
    }
}

/// What a metric should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A share of the requests, in percent.
    Percent(u32),
    /// Per pod, in milli-units.
    PerPod(u64),
    /// In all, in milli-units.
    Total(u64),
}

/// What an adapter read last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Milli-units: of a pod by zone, or one figure for all; none before the first reading and
    /// where there was no pod.
    pub value_m: Vec<Option<u64>>,
    /// When; none before the first.
    pub taken_at: Option<SimTime>,
    /// Span it was averaged over.
    pub span: SimDuration,
}

/// A metric that an autoscaler follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Where it comes from.
    pub source: Source,
    /// What it should be.
    pub target: Target,
    /// What is known of it, unless metrics-server knows.
    pub reading: Reading,
}

impl Followed {
    /// A metric of a deployment; none when it lacks something that a finding names.
    fn of(
        metric: &HpaMetric,
        model: &HorizontalPodAutoscaler,
        deployment: &Deployment,
        graph: &FlowGraph,
    ) -> Option<Self> {
        let shared = |total: Option<f64>, each: Option<f64>| {
            let each = each.map(|it| Target::PerPod(milli(it)));
            each.or(total.map(|it| Target::Total(milli(it))))
        };
        let memory_m = |size: ByteSize| size.bytes().saturating_mul(1000).max(1);
        let (source, target) = match metric {
            HpaMetric::Cpu {
                average_value: Some(cpu),
            } => {
                let target_m = u64::from(cpu.millis()).max(1);
                (Source::Cpu, Target::PerPod(target_m))
            }
            HpaMetric::Cpu { .. } => (Source::Cpu, percent(model.target_cpu_utilization)),
            HpaMetric::Memory {
                utilization,
                average_value,
            } => {
                let used_m = deployment.memory_usage.map(memory_m)?;
                let each = average_value.map(|it| Target::PerPod(memory_m(it)));
                let target = each.or(utilization.map(percent))?;
                (Source::Memory(used_m), target)
            }
            HpaMetric::Pods {
                metric,
                average_value,
            } => {
                let source = match metric {
                    PodMetric::RequestsPerSecond => Source::Requests,
                    PodMetric::RequestsInFlight => Source::InFlight,
                };
                (source, Target::PerPod(milli(*average_value)))
            }
            HpaMetric::Object {
                value,
                average_value,
            } => (Source::Entry, shared(*value, *average_value)?),
            HpaMetric::External {
                queue,
                value,
                average_value,
            } => {
                let external = graph.externals.iter().position(|it| it.id == *queue)?;
                (Source::Backlog(external), shared(*value, *average_value)?)
            }
        };
        Some(Self {
            source,
            target,
            reading: Reading::default(),
        })
    }
}

/// A target of 0 would make the metric unreadable; the casts saturate.
fn percent(share: Ratio) -> Target {
    let percent = (share.value() * 100.0).round();
    Target::Percent((percent as u32).max(1))
}

fn milli(value: f64) -> u64 {
    ((value * 1000.0).round() as u64).max(1)
}

/// An autoscaler and what it remembers.
#[derive(Debug, Clone)]
pub struct Scaler {
    /// Settings.
    pub hpa: hpa::Hpa,
    /// What it follows.
    pub metrics: Vec<Followed>,
    /// Time between two readings of an adapter.
    pub metrics_interval: SimDuration,
    /// Memory.
    pub memory: hpa::Memory,
    /// True while it is known to hold back for want of metrics.
    pub holding: bool,
    /// When it last looked at its pods and found all of them alive; the start when some were dead.
    pub looked_at: SimTime,
}

impl Scaler {
    /// An autoscaler at the start of a run.
    #[must_use]
    pub fn new(model: &HorizontalPodAutoscaler, of: &Deployment, graph: &FlowGraph) -> Self {
        let tolerance_ratio = |rules: &ScalingRules| {
            let stated = rules.tolerance.unwrap_or(model.tolerance);
            stated.value()
        };
        let listed = model.metrics.iter();
        let mut metrics: Vec<Followed> = listed
            .filter_map(|metric| Followed::of(metric, model, of, graph))
            .collect();
        if model.metrics.is_empty() {
            metrics.push(Followed {
                source: Source::Cpu,
                target: percent(model.target_cpu_utilization),
                reading: Reading::default(),
            });
        }
        Self {
            hpa: hpa::Hpa {
                tolerance: hpa::Tolerance {
                    up_ratio: tolerance_ratio(&model.scale_up),
                    down_ratio: tolerance_ratio(&model.scale_down),
                },
                behavior: Some(hpa::Behavior {
                    scale_up: model.scale_up.clone(),
                    scale_down: model.scale_down.clone(),
                }),
                ..hpa::Hpa::with_bounds(model.min_replicas, model.max_replicas)
            },
            metrics,
            metrics_interval: model.metrics_interval,
            memory: hpa::Memory::started(of.replicas, SimTime::START),
            holding: false,
            looked_at: SimTime::START,
        }
    }

    /// True when it follows CPU utilization alone, whose answers stand for a while.
    #[must_use]
    pub fn follows_only_cpu(&self) -> bool {
        let [only] = self.metrics.as_slice() else {
            return false;
        };
        only.source == Source::Cpu && matches!(only.target, Target::Percent(_))
    }
}

//! Deployments and their autoscalers, with what these remember.

use super::RolloutState;
use crate::model::{HorizontalPodAutoscaler, PodDisruptionBudget, Rollout, Triangular, UpdateMode};
use crate::sim::policy::hpa;
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::resources::Resources;
use crate::sim::policy::vpa;
use crate::units::{ByteSize, SimTime};

/// A deployment.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Id in the design.
    pub id: String,
    /// Pools whose nodes may carry it, in the order in which Karpenter asks them; empty when its
    /// references lead nowhere.
    pub pools: Vec<usize>,
    /// What each new pod requests.
    pub requests: Resources,
    /// What its pods ask of nodes, and of each other.
    pub rules: PodRules,
    /// Its namespace among those with a quota; none without one.
    pub namespace: Option<usize>,
    /// Pods whose creation its namespace's quota refused at the last try.
    pub n_refused: u32,
    /// Since when pods are refused.
    pub refused_at: Option<SimTime>,
    /// When one of its pods was last gone for good.
    pub pod_gone_at: SimTime,
    /// When their creation is tried again; [`SimTime::NEVER`] while that would be in vain.
    pub retry_at: SimTime,
    /// Value of its PriorityClass.
    pub priority: i32,
    /// Its pods may take the place of others of lower priority.
    pub preempts: bool,
    /// How many of its pods a drain may take; none for all of them.
    pub disruption_budget: Option<PodDisruptionBudget>,
    /// From placement until ready.
    pub startup_time: Triangular,
    /// Replicas wanted.
    pub desired: u32,
    /// What it does about a new release.
    pub rollout_rules: Box<Rollout>,
    /// The release of its pods, outside of a rollout; see [`super::Pod::release`].
    pub release: u32,
    /// The release before, which a rollback returns to.
    pub previous_release: u32,
    /// The rollout under way.
    pub rollout: Option<Box<RolloutState>>,
    /// The autoscaler.
    pub scaler: Option<Scaler>,
    /// The vertical autoscaler.
    pub vertical: Option<Vertical>,
    /// Placed pods by zone, terminating ones left out.
    pub pods_per_zone: Vec<u32>,
    /// Slots of its pods, terminating ones included, in no order.
    pub pods: Vec<usize>,
    /// Pods that count as replicas: all but terminating ones.
    pub n_replicas: u32,
    /// Pods without a node.
    pub n_pending: u32,
    /// Pods started so far; numbers the start-up draws.
    pub n_starts: u64,
    /// Pods created so far; numbers the probe phases.
    pub n_created: u64,
    /// When one of its pods last came, went, or changed in what an autoscaler sees of it.
    pub changed_at: SimTime,
}

/// An autoscaler and what it remembers.
#[derive(Debug, Clone)]
pub struct Scaler {
    /// Settings.
    pub hpa: hpa::Hpa,
    /// Target in percent of the CPU request.
    pub target_percent: u32,
    /// Memory.
    pub memory: hpa::Memory,
    /// True while it is known to hold back for want of metrics.
    pub holding: bool,
    /// When it last looked at its pods and found all of them alive; the start when some were dead.
    pub looked_at: SimTime,
}

impl Scaler {
    /// An autoscaler that starts with a number of replicas.
    #[must_use]
    pub fn new(model: &HorizontalPodAutoscaler, replicas: u32) -> Self {
        let tolerance_ratio = model.tolerance.value();
        let percent = (model.target_cpu_utilization.value() * 100.0).round();
        Self {
            hpa: hpa::Hpa {
                tolerance: hpa::Tolerance {
                    up_ratio: tolerance_ratio,
                    down_ratio: tolerance_ratio,
                },
                behavior: Some(hpa::Behavior {
                    scale_up: model.scale_up.clone(),
                    scale_down: model.scale_down.clone(),
                }),
                ..hpa::Hpa::with_bounds(model.min_replicas, model.max_replicas)
            },
            // The cast saturates; a target of 0 would make the metric unreadable.
            target_percent: (percent as u32).max(1),
            memory: hpa::Memory::started(replicas, SimTime::START),
            holding: false,
            looked_at: SimTime::START,
        }
    }
}

/// A vertical autoscaler and what it remembers.
#[derive(Debug, Clone)]
pub struct Vertical {
    /// What it does about its recommendation.
    pub mode: UpdateMode,
    /// What it may recommend.
    pub allowed: vpa::Allowed,
    /// Memory that each pod uses, where the design says.
    pub memory_usage: Option<ByteSize>,
    /// What its recommender has seen.
    pub history: vpa::History,
    /// The target that was told of last.
    pub told: Option<Resources>,
}

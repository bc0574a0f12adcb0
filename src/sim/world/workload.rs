//! Deployments and their autoscalers, with what these remember.

use super::{Cause, RolloutState, Scaler, World};
use crate::model::{
    MetricResolution, PodDisruptionBudget, Rollout, TargetTracking, Triangular, UpdateMode,
};
use crate::sim::event::{ScalingHold, ServiceMetric};
use crate::sim::flow::Target;
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::resources::Resources;
use crate::sim::policy::target_tracking;
use crate::sim::policy::vpa;
use crate::units::{ByteSize, SimDuration, SimTime};

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
    /// How long its processes use an address before they ask for it again.
    pub dns_cache_ttl: SimDuration,
    /// The calls without whose answer its requests fail.
    pub needs: Vec<Need>,
    /// From being told to end until SIGTERM.
    pub pre_stop: SimDuration,
    /// From being told to end until a pod is gone.
    pub termination_grace: SimDuration,
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
    /// Service auto scaling.
    pub tracker: Option<Tracker>,
    /// The task that is about to replace a crashed one ends again at every start before this time.
    pub crashes_until: SimTime,
    /// The vertical autoscaler.
    pub vertical: Option<Vertical>,
    /// Where its pods' memory ends; none without a limit or a stated use.
    pub memory: Option<MemoryBounds>,
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

/// What pods use of their memory, and what they may. Bytes.
#[derive(Debug, Clone)]
pub struct MemoryBounds {
    /// What each pod uses, or would.
    pub used: u64,
    /// The request that the design states.
    pub request: u64,
    /// The limit beside it.
    pub limit: u64,
    /// Limits at which pods were killed, and the events that told of it.
    pub told: Vec<(u64, Cause)>,
}

impl MemoryBounds {
    /// The limit of a pod that requests so many bytes.
    #[must_use]
    pub fn limit_at(&self, request: u64) -> u64 {
        vpa::scaled_limit(self.limit, self.request, request)
    }

    /// True for a pod that requests so little that its limit ends it.
    #[must_use]
    pub fn ends(&self, request: u64) -> bool {
        self.used > self.limit_at(request)
    }
}

/// What requests of a deployment cannot do without.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// Whom they call.
    pub target: Target,
    /// Share of them that do, 0 to 1, where no cache spares it them.
    pub share: f64,
    /// The cache whose hits spare it them, and the share of them that ask it first.
    pub spared_by: Option<(usize, f64)>,
}

impl Workload {
    /// Share of its requests that need any name at all.
    pub fn names_needed(&self) -> f64 {
        self.needs.iter().map(|it| it.share).sum::<f64>().min(1.0)
    }
}

impl World {
    /// Share of a workload's requests that cannot do without a database at `now`; none when it
    /// never calls it.
    pub fn share_in_need(&self, owner: &Workload, database: usize, now: SimTime) -> Option<f64> {
        let target = Target::Database(database);
        let need = owner.needs.iter().find(|it| it.target == target)?;
        let spared = need.spared_by.map_or(0.0, |(cache, asks)| {
            let cache = &self.caches[cache];
            let answers = f64::from(u8::from(cache.answers()));
            asks * answers * cache.hit_ratio(now)
        });
        Some(need.share * (1.0 - spared))
    }

    /// Share of a workload's serving pods whose process began before `then`.
    pub fn share_begun_before(&self, owner: &Workload, then: SimTime) -> f64 {
        let (mut n_serving, mut n_old) = (0_u32, 0_u32);
        for at in &owner.pods {
            let pod = &self.pods[*at];
            n_serving += u32::from(pod.serves());
            n_old += u32::from(pod.serves() && pod.started_at.max(pod.restart_at) < then);
        }
        f64::from(n_old) / f64::from(n_serving.max(1))
    }
}

/// A target tracking policy of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServicePolicy {
    /// What it follows.
    pub metric: ServiceMetric,
    /// What that should be: a share of the task size, or requests per minute and task.
    pub target: f64,
    /// What a data point stands for.
    pub period: SimDuration,
    /// Until a data point is looked at.
    pub delay: SimDuration,
}

/// Service auto scaling and what it remembers.
#[derive(Debug, Clone)]
pub struct Tracker {
    /// What the policies have in common.
    pub settings: target_tracking::Settings,
    /// At least one.
    pub policies: Vec<ServicePolicy>,
    /// Memory.
    pub memory: target_tracking::Memory,
    /// What is known to hold it back since the alarm began.
    pub told: Option<ScalingHold>,
}

impl Tracker {
    /// Service auto scaling that has not done anything yet.
    #[must_use]
    pub fn new(model: &TargetTracking) -> Self {
        let policy = |metric, target, resolution: MetricResolution| ServicePolicy {
            metric,
            target,
            period: resolution.period(),
            delay: model.metric_delay(resolution),
        };
        let cpu = model
            .cpu_target()
            .map(|it| policy(ServiceMetric::Cpu, it.value(), model.metric_resolution));
        let requests = model.target_requests_per_target.map(|it| {
            let target = f64::from(it);
            policy(ServiceMetric::Requests, target, MetricResolution::Standard)
        });
        Self {
            settings: target_tracking::Settings {
                min_capacity: model.min_capacity,
                max_capacity: model.max_capacity,
                scale_out_cooldown: model.scale_out_cooldown,
                scale_in_cooldown: model.scale_in_cooldown,
                disable_scale_in: model.disable_scale_in,
            },
            policies: cpu.into_iter().chain(requests).collect(),
            memory: target_tracking::Memory::default(),
            told: None,
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

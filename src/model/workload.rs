//! Deployments: replicated workloads on Kubernetes.

use serde::Serialize;

use super::ById;
use super::autoscaler::{HorizontalPodAutoscaler, VerticalPodAutoscaler};
use super::connection::Call;
use super::defaults;
use super::json::{self, from_json};
use super::one_or_list::OneOrList;
use super::queueing::{AbandonedWork, Concurrency, Discipline};
use super::rollout::Rollout;
use super::scheduling::{NodeAffinity, PodAffinity, Toleration, TopologySpread};
use super::target_tracking::TargetTracking;
use super::variation::{ServiceTime, Triangular};
use crate::units::{ByteSize, Cpu, IntOrPercent, SimDuration};

/// Whether pods that find no room may take that of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum PreemptionPolicy {
    /// Pods of lower priority are ended for them.
    #[default]
    PreemptLowerPriority,
    /// They go to the front of the queue, and wait.
    Never,
}

from_json!(PreemptionPolicy:
    "preempt_lower_priority" => PreemptLowerPriority, "never" => Never,
);

/// Whether pods that are not ready may be evicted although the budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum UnhealthyPodEvictionPolicy {
    /// Only while as many pods are ready as the budget asks for.
    #[default]
    IfHealthyBudget,
    /// At any time: a drain is not held up by pods that never become ready.
    AlwaysAllow,
}

from_json!(UnhealthyPodEvictionPolicy:
    "if_healthy_budget" => IfHealthyBudget, "always_allow" => AlwaysAllow,
);

/// A `PodDisruptionBudget`: how many pods may be out of service *voluntarily*. It binds whoever
/// evicts pods (drains), and nothing else: no loss of a node, no taint, no scaling down. Exactly
/// one of the two bounds is given.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct PodDisruptionBudget {
    /// Pods that have to be ready after an eviction: a number or a share of the replicas wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_available: Option<IntOrPercent>,
    /// Pods that may be missing after an eviction: a number or a share of the replicas wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<IntOrPercent>,
    /// Whether pods that are not ready may go although the budget is used up.
    #[serde(skip_serializing_if = "json::is_default")]
    pub unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicy,
}

from_json!(PodDisruptionBudget or default {
    min_available, max_unavailable, unhealthy_pod_eviction_policy,
});

/// A replicated workload. Each pod is a station of `servers` parallel servers with a shared queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Deployment {
    /// Pods at the start, and for ever without an autoscaler; 1 to 2000.
    #[cfg_attr(test, schemars(range(min = 1, max = 2000)))]
    pub replicas: u32,
    /// Id of the node pool or node group that carries the pods, or a list of 1 to 10 such ids: a
    /// node selector that all of them satisfy. Karpenter asks pools by their weight. With the id of
    /// a `fargate` component the deployment is an ECS service, and its pods are tasks.
    pub runs_on: OneOrList<String>,
    /// CPU reserved per pod; of a task, rounded up to the next size.
    pub cpu_request: Cpu,
    /// Memory reserved per pod; of a task, rounded up to the next size.
    pub memory_request: ByteSize,
    /// Most memory that a pod may use; one that needs more is killed (OOMKilled) and started again.
    /// At least `memory_request`. Absent means what the namespace's limit range gives, or no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<ByteSize>,
    /// Requests one pod works on at the same time (threads or workers), 1 to 10000.
    #[cfg_attr(test, schemars(range(min = 1, max = 10_000)))]
    pub servers: u32,
    /// A server's own time per request, without downstream calls.
    pub service_time: ServiceTime,
    /// CPU time one request uses; what an autoscaler on CPU sees.
    pub cpu_per_request: SimDuration,
    /// Requests that may wait per pod; more are rejected. 0 to 100000.
    #[cfg_attr(test, schemars(range(min = 0, max = 100_000)))]
    pub queue_capacity: u32,
    /// What a server does while its request waits for calls.
    #[serde(skip_serializing_if = "json::is_default")]
    pub concurrency: Concurrency,
    /// The order in which waiting requests are served.
    #[serde(skip_serializing_if = "json::is_default")]
    pub discipline: Discipline,
    /// What becomes of waiting requests whose callers have given up.
    #[serde(skip_serializing_if = "json::is_default")]
    pub abandoned_work: AbandonedWork,
    /// How long a pod's process uses an address before it asks DNS again. It counts when names are
    /// not resolved, and when a database's name comes to stand for another instance.
    pub dns_cache_ttl: SimDuration,
    /// From placement on a node until the pod is ready.
    pub startup_time: Triangular,
    /// Sleep of the `preStop` hook: a pod that is told to end goes on as before for so long, then
    /// gets SIGTERM and takes nothing new. Shorter than `termination_grace_period`.
    #[serde(skip_serializing_if = "json::is_default")]
    pub pre_stop: SimDuration,
    /// From being told to end until what is left is killed, `pre_stop` included; 1s to 2h.
    pub termination_grace_period: SimDuration,
    /// Spread over zones, nodes or capacity types: a constraint or a list of them, all of which
    /// hold. Absent means that the scheduler only ranks nodes and zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topology_spread: Option<OneOrList<TopologySpread>>,
    /// Id of the namespace; absent means `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Value of the pods' PriorityClass, -1000000000 to 1000000000: pods of higher priority are
    /// placed first, and may take the room of others.
    #[serde(skip_serializing_if = "json::is_default")]
    #[cfg_attr(test, schemars(range(min = -1_000_000_000, max = 1_000_000_000)))]
    pub priority: i32,
    /// Whether its pods may take the room of others of lower priority.
    #[serde(skip_serializing_if = "json::is_default")]
    pub preemption_policy: PreemptionPolicy,
    /// Taints that the pods tolerate; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub tolerations: Vec<Toleration>,
    /// Wishes about nodes; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub node_affinity: Vec<NodeAffinity>,
    /// Deployments whose pods should be in the same place; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub pod_affinity: Vec<PodAffinity>,
    /// Deployments whose pods should not be in the same place; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub pod_anti_affinity: Vec<PodAffinity>,
    /// Port of the node that each pod takes, 1 to 65535; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 65_535)))]
    pub host_port: Option<u32>,
    /// How many pods a drain may take at a time; absent means all of them at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disruption_budget: Option<PodDisruptionBudget>,
    /// How a new release takes the place of the one before.
    #[serde(skip_serializing_if = "json::is_default")]
    pub rollout: Box<Rollout>,
    /// Horizontal Pod Autoscaler; absent means a fixed number of replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hpa: Option<HorizontalPodAutoscaler>,
    /// Service auto scaling, for an ECS service in the place of the HPA; absent means a fixed
    /// number of tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_tracking: Option<TargetTracking>,
    /// Vertical Pod Autoscaler; absent means that requests stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpa: Option<VerticalPodAutoscaler>,
    /// Memory that each pod really uses; autoscalers look at it, and `memory_limit` ends what goes
    /// beyond. Absent means that a vertical one leaves the memory request alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_usage: Option<ByteSize>,
    /// Id of the queue whose messages the pods work off instead of serving requests: as many at a
    /// time as they have servers, each taking `service_time` and the calls that follow. Absent
    /// means that they serve requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumes: Option<String>,
    /// Downstream calls made while serving, in order of id.
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Call>"))]
    pub calls: ById<Call>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            replicas: 2,
            runs_on: OneOrList::from(""),
            cpu_request: defaults::POD_CPU_REQUEST,
            memory_request: defaults::POD_MEMORY_REQUEST,
            memory_limit: None,
            servers: defaults::POD_SERVERS,
            service_time: defaults::POD_SERVICE_TIME,
            cpu_per_request: defaults::POD_CPU_PER_REQUEST,
            queue_capacity: defaults::POD_QUEUE_CAPACITY,
            concurrency: Concurrency::default(),
            discipline: Discipline::default(),
            abandoned_work: AbandonedWork::default(),
            dns_cache_ttl: defaults::POD_DNS_CACHE_TTL,
            startup_time: defaults::POD_STARTUP_TIME,
            pre_stop: SimDuration::ZERO,
            termination_grace_period: defaults::TERMINATION_GRACE_PERIOD,
            topology_spread: None,
            namespace: None,
            priority: 0,
            preemption_policy: PreemptionPolicy::default(),
            disruption_budget: None,
            tolerations: Vec::new(),
            node_affinity: Vec::new(),
            pod_affinity: Vec::new(),
            pod_anti_affinity: Vec::new(),
            host_port: None,
            rollout: Box::default(),
            hpa: None,
            target_tracking: None,
            vpa: None,
            memory_usage: None,
            consumes: None,
            calls: ById::new(),
        }
    }
}

from_json!(Deployment or default {
    replicas, runs_on, cpu_request, memory_request, memory_limit, servers, service_time,
    cpu_per_request, queue_capacity, concurrency, discipline, abandoned_work, dns_cache_ttl,
    startup_time, pre_stop, termination_grace_period, topology_spread, namespace, priority,
    preemption_policy, tolerations, node_affinity, pod_affinity, pod_anti_affinity, host_port,
    disruption_budget, rollout, hpa, target_tracking, vpa, memory_usage, consumes, calls,
});

//! The world at the start of a run: everything but nodes and pods, which the controllers place.

mod data;

use super::rules::Rules;
use super::{
    Disruption, Growth, MemoryBounds, Need, Pods, Pool, Provisioner, Replacement, Scaler,
    ScalingGroup, Shifts, Tracker, Vertical, Workload, World, Zone,
};
use crate::model::catalog;
use crate::model::fargate::task_size;
use crate::model::{
    CapacityType, Component, ComponentIndex, ConnectionKind, DEFAULT_NAMESPACE, DaemonOverhead,
    Deployment, Design, Fargate, NodeGroup, NodePool, PreemptionPolicy, Region,
    VerticalPodAutoscaler, ZoneIndex, ZoneName,
};
use crate::sim::flow::{DeploymentFlow, FlowGraph, Target};
use crate::sim::policy::karpenter;
use crate::sim::policy::quota::Quota;
use crate::sim::policy::resources::{PodRequests, Resources};
use crate::sim::policy::vpa;
use crate::units::{ByteSize, Cpu, Ratio, SimTime, order};

impl World {
    /// The parts of a design, still without nodes and pods; all zones have power, and databases,
    /// caches and gateways are up. Deployments, databases, caches and external services have the
    /// indexes of `graph`.
    #[must_use]
    pub fn new(design: &Design, graph: &FlowGraph) -> Self {
        let zones: Vec<Zone> = design.architecture.zones.iter().map(zone).collect();
        let region = design.architecture.region;
        let mut pools = Vec::new();
        let mut pool_of: Vec<(ComponentIndex, usize)> = Vec::new();
        for (at, vertex) in design.components() {
            let spans = |listed: Option<&[ZoneName]>| design.zones_or_all(listed);
            let pool = match &vertex.component {
                Component::NodePool(it) => {
                    node_pool(&vertex.id, it, region, spans(it.zones.as_deref()))
                }
                Component::NodeGroup(it) => {
                    node_group(&vertex.id, it, region, spans(it.zones.as_deref()))
                }
                Component::Fargate(it) => fargate(&vertex.id, it, spans(it.zones.as_deref())),
                _ => continue,
            };
            pool_of.push((at, pools.len()));
            pools.push(pool);
        }
        for pool in &mut pools {
            pool.karpenter.nodes_per_zone = vec![0; zones.len()];
            set_aside(pool, &design.architecture.daemons_on(&pool.id));
        }
        let pool_index = |at| {
            pool_of
                .iter()
                .find(|(it, _)| *it == at)
                .map(|(_, pool)| *pool)
        };
        let rules = Rules::new(design, graph);
        for (at, pool) in &pool_of {
            let pool = &mut pools[*pool].karpenter;
            let component = &design.vertex(*at).component;
            (pool.taints, pool.soft_taints) = rules.taints_of(component);
        }
        let weights: Vec<u32> = pools.iter().map(|pool| pool.weight).collect();
        let carriers = |at| {
            let targets = design.targets(at, ConnectionKind::RunsOn);
            asking_order(targets.filter_map(pool_index).collect(), &weights)
        };
        let workloads: Vec<Workload> = graph
            .deployments
            .iter()
            .filter_map(|flow| workload(design, graph, flow, carriers, &rules))
            .collect();
        Self {
            balancer: data::balancer(design, graph),
            databases: data::databases(design),
            caches: data::caches(design),
            externals: data::externals(design),
            nat: data::nat(design),
            quotas: quotas(design),
            zones,
            pools,
            pods: Pods::new(workloads.len()),
            workloads,
            provisioner: Provisioner {
                batch_since: None,
                number: 1,
                due: SimTime::NEVER,
            },
            nodes: Vec::new(),
            pending: Vec::new(),
            free_nodes: Vec::new(),
            free_pods: Vec::new(),
            n_pods_created: 0,
            n_changes: 0,
        }
    }
}

fn zone(name: &ZoneName) -> Zone {
    Zone {
        name: name.to_string(),
        n_power_faults: 0,
        n_network_faults: 0,
        shifts: Shifts::default(),
        lost_at: SimTime::START,
        n_losses: 0,
        was_dark: false,
        n_heard: 0,
        n_renewals: 0,
        cause: None,
        n_launches: 0,
        n_task_launches: 0,
        n_deregistered: 0,
        n_reboots: 0,
        n_replacements: 0,
        tainted_at: None,
        taint_due: SimTime::NEVER,
        launch_failure_told: SimTime::NEVER,
    }
}

fn node_pool(id: &str, model: &NodePool, region: Region, zones: Vec<ZoneIndex>) -> Pool {
    let share = model.spot_share.value();
    let capacity = if share <= 0.0 {
        karpenter::CapacityChoice::OnDemand
    } else if share >= 1.0 {
        karpenter::CapacityChoice::Spot
    } else {
        karpenter::CapacityChoice::SpotShare(model.spot_share)
    };
    let mut pool = empty_pool(id, zones, capacity);
    pool.karpenter.cpu_limit_m = model.cpu_limit.map(|cpu| u64::from(cpu.millis()));
    pool.weight = model.weight;
    pool.growth = Some(Growth {
        launch_time: model.launch_time,
        spare_per_zone: model.spare_nodes_per_zone,
    });
    pool.disruption = Some(Disruption {
        policy: model.consolidation_policy,
        consolidate_after: model.consolidate_after,
        budgets: model.budgets.clone(),
        expire_after: model.expire_after,
        termination_grace_period: model.termination_grace_period,
    });
    for name in &model.instance_types {
        add_type(&mut pool, region, name, model.spot_interruption_per_month);
    }
    pool
}

fn node_group(id: &str, model: &NodeGroup, region: Region, zones: Vec<ZoneIndex>) -> Pool {
    let mut pool = empty_pool(id, zones, karpenter::CapacityChoice::OnDemand);
    pool.replacement = Some(Replacement {
        notice_time: model.replacement_time,
        launch_time: model.launch_time,
    });
    pool.n_initial_nodes = model.nodes;
    add_type(&mut pool, region, &model.instance_type, None);
    let found = catalog::instance(region, &model.instance_type);
    pool.group = found.and_then(|it| {
        let machine = Resources::new(Cpu::from_millis(it.vcpu * 1000), it.memory);
        ScalingGroup::of(model, machine)
    });
    if let Some(group) = &pool.group {
        pool.n_initial_nodes = group.target;
    }
    pool
}

/// Fargate has room for everything, in one kind of place without a price of its own.
fn fargate(id: &str, model: &Fargate, zones: Vec<ZoneIndex>) -> Pool {
    let mut pool = empty_pool(id, zones, karpenter::CapacityChoice::OnDemand);
    pool.fargate = Some(model.clone());
    pool.type_names.push("fargate".to_string());
    pool.karpenter.instance_types.push(karpenter::InstanceType {
        cpu_m: 0,
        allocatable: Resources {
            cpu_m: u64::MAX,
            memory_bytes: u64::MAX,
        },
        pod_slots: u32::MAX,
        offerings: Vec::new(),
    });
    pool
}

fn empty_pool(id: &str, zones: Vec<ZoneIndex>, capacity: karpenter::CapacityChoice) -> Pool {
    Pool {
        id: id.to_string(),
        zones,
        type_names: Vec::new(),
        daemons: Resources::default(),
        karpenter: karpenter::Pool::new(Vec::new(), capacity),
        unavailable_until: Vec::new(),
        growth: None,
        weight: 0,
        replacement: None,
        group: None,
        n_initial_nodes: 0,
        disruption: None,
        fargate: None,
        reclaim_per_month: Vec::new(),
    }
}

/// Adds an instance type with an offering per zone and way to buy it. A type that the price book
/// does not list is left out: it is an error finding elsewhere.
fn add_type(pool: &mut Pool, region: Region, name: &str, reclaim_per_month: Option<Ratio>) {
    let Some(found) = catalog::instance(region, name) else {
        return;
    };
    let mut offerings = Vec::new();
    for zone in &pool.zones {
        for capacity_type in [CapacityType::OnDemand, CapacityType::Spot] {
            let hourly = found.quote(capacity_type).unit_price.dollars();
            offerings.push(karpenter::Offering {
                zone: *zone,
                capacity_type,
                price_micro_usd: (hourly * 1e6).round() as u64,
                available: true,
            });
            pool.unavailable_until.push(SimTime::START);
        }
    }
    pool.type_names.push(name.to_string());
    pool.reclaim_per_month
        .push(reclaim_per_month.unwrap_or(found.spot_interruption_per_month));
    pool.karpenter.instance_types.push(karpenter::InstanceType {
        cpu_m: u64::from(found.vcpu) * 1000,
        allocatable: Resources::new(found.allocatable_cpu, found.allocatable_memory),
        pod_slots: found.max_pods,
        offerings,
    });
}

/// Leaves room for daemon pods on every node of a pool. A type that has too little offers nothing.
fn set_aside(pool: &mut Pool, overhead: &DaemonOverhead) {
    if pool.fargate.is_some() {
        return;
    }
    pool.daemons = Resources::new(overhead.cpu, overhead.memory);
    for kind in &mut pool.karpenter.instance_types {
        let fits = pool.daemons.fit_in(kind.allocatable);
        kind.allocatable = kind.allocatable.minus(pool.daemons);
        kind.pod_slots = match kind.pod_slots.checked_sub(overhead.pods) {
            Some(left) if fits => left,
            _ => 0,
        };
    }
}

/// Pools in the order in which Karpenter asks them: the heaviest first, of equal ones the last by
/// name (Karpenter core 1.14.1, `OrderByWeight`).
fn asking_order(mut pools: Vec<usize>, weights: &[u32]) -> Vec<usize> {
    order::sort_by(&mut pools, |a, b| (weights[*b], b).cmp(&(weights[*a], a)));
    pools.dedup();
    pools
}

fn workload(
    design: &Design,
    graph: &FlowGraph,
    flow: &DeploymentFlow,
    carriers: impl Fn(ComponentIndex) -> Vec<usize>,
    rules: &Rules<'_>,
) -> Option<Workload> {
    let id = flow.id.as_str();
    let at = design.find(id)?;
    let Component::Deployment(model) = &design.vertex(at).component else {
        return None;
    };
    let Deployment {
        replicas,
        startup_time,
        pre_stop,
        termination_grace_period,
        disruption_budget,
        rollout,
        hpa,
        target_tracking,
        vpa,
        memory_usage,
        ..
    } = model;
    let on_fargate = design.architecture.is_service(model);
    Some(Workload {
        id: id.to_string(),
        pools: carriers(at),
        requests: requests(model, on_fargate),
        rules: rules.of(design, id, model),
        // ECS knows no namespaces.
        namespace: namespace_of(design, model).filter(|_| !on_fargate),
        n_refused: 0,
        refused_at: None,
        pod_gone_at: SimTime::START,
        retry_at: SimTime::NEVER,
        priority: model.priority,
        preempts: model.preemption_policy == PreemptionPolicy::PreemptLowerPriority,
        disruption_budget: *disruption_budget,
        startup_time: *startup_time,
        dns_cache_ttl: model.dns_cache_ttl,
        needs: needs(flow),
        pre_stop: *pre_stop,
        termination_grace: *termination_grace_period,
        desired: *replicas,
        rollout_rules: rollout.clone(),
        release: 0,
        previous_release: 0,
        rollout: None,
        scaler: hpa.as_ref().map(|hpa| Scaler::new(hpa, model, graph)),
        tracker: target_tracking.as_ref().map(Tracker::new),
        crashes_until: SimTime::START,
        vertical: vpa.as_ref().map(|model| vertical(model, *memory_usage)),
        // A task's size is its limit, and not looked at here.
        memory: memory_bounds(model).filter(|_| !on_fargate),
        pods_per_zone: vec![0; design.zone_count()],
        pods: Vec::new(),
        n_replicas: 0,
        n_pending: 0,
        n_starts: 0,
        n_created: 0,
        changed_at: SimTime::START,
    })
}

/// The calls without whose answer a deployment's requests fail.
fn needs(flow: &DeploymentFlow) -> Vec<Need> {
    let asks = |cache| {
        let mut calls = flow.calls.iter();
        calls.find(|it| it.target == Target::Cache(cache))
    };
    let needed = flow.calls.iter().filter(|it| !it.optional);
    let needs = needed.map(|it| Need {
        target: it.target,
        share: it.per_request.min(1.0),
        spared_by: it.unless_cached_by.map(|cache| {
            // Who does not call the cache is taken to know what it holds.
            let asked = asks(cache).map_or(1.0, |it| it.per_request.min(1.0));
            (cache, asked)
        }),
    });
    needs.collect()
}

/// What a pod requests; of a task, its size.
fn requests(model: &Deployment, on_fargate: bool) -> Resources {
    let asked = (model.cpu_request, model.memory_request);
    let size = task_size(asked.0, asked.1).filter(|_| on_fargate);
    let (cpu, memory) = size.unwrap_or(asked);
    PodRequests {
        containers: Resources::new(cpu, memory),
        ..PodRequests::default()
    }
    .effective()
}

/// Where pods' memory ends; none where no limit or no use is stated.
fn memory_bounds(model: &Deployment) -> Option<MemoryBounds> {
    let (used, limit) = model.memory_usage.zip(model.memory_limit)?;
    Some(MemoryBounds {
        used: used.bytes(),
        request: model.memory_request.bytes(),
        limit: limit.bytes(),
        told: Vec::new(),
    })
}

fn vertical(model: &VerticalPodAutoscaler, memory_usage: Option<ByteSize>) -> Vertical {
    Vertical {
        mode: model.update_mode,
        allowed: vpa::Allowed {
            min: Resources::new(
                model.min_allowed_cpu.unwrap_or_default(),
                model.min_allowed_memory.unwrap_or_default(),
            ),
            max: Resources {
                cpu_m: model
                    .max_allowed_cpu
                    .map_or(u64::MAX, |it| u64::from(it.millis())),
                memory_bytes: model.max_allowed_memory.map_or(u64::MAX, ByteSize::bytes),
            },
        },
        memory_usage,
        history: vpa::History::default(),
        told: None,
    }
}

/// Index of a deployment's namespace among those that the design lists.
fn namespace_of(design: &Design, model: &Deployment) -> Option<usize> {
    let id = model.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    let namespaces = &design.architecture.kubernetes.namespaces;
    namespaces.keys().position(|it| it == id)
}

fn quotas(design: &Design) -> Vec<Quota> {
    let namespaces = design.architecture.kubernetes.namespaces.values();
    let quota = |it: &crate::model::Namespace| Quota {
        cpu_m: it
            .resource_quota
            .cpu_requests
            .map(|it| u64::from(it.millis())),
        memory_bytes: it.resource_quota.memory_requests.map(ByteSize::bytes),
        pods: it.resource_quota.pods,
    };
    namespaces.map(quota).collect()
}

//! From a design to what requests see of it: the flow graph, and the rows of the state tracks.
//!
//! Deployments come in call order, those that users reach first, because a data plane works
//! forwards through arrival rates and backwards through response times and must meet each
//! deployment once. A circle of calls is an error finding elsewhere; here the call that closes the
//! circle is left out, so that the rest can still be simulated.

use super::{
    CallFlow, DeploymentFlow, EndpointFlow, EntryFlow, FlowGraph, PRIORITIES, RoundTrips, Target,
};
use crate::model::{
    AbandonedWork, BalancingAlgorithm, Call, Component, ComponentIndex, ConnectionKind, Deployment,
    Design, Discipline, LoadBalancer, LoadBalancerProduct, ServiceAccess, ServiceTime, TargetType,
    Users, ZoneIndex, ZoneName,
};
use crate::sim::run_log::{Station, StationKind};
use crate::units::{Ratio, SimDuration, order};

/// Where each station stands in the list that [`stations`] makes; `usize::MAX` for a part that has
/// no row there, which happens only to graphs made by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StationIndex {
    /// The balancer's node, per zone; none where the balancer has no node.
    pub balancer_nodes: Vec<Option<usize>>,
    /// Pods, at `deployment * zone_count + zone`.
    pub pods: Vec<usize>,
    /// Databases.
    pub databases: Vec<usize>,
    /// Caches.
    pub caches: Vec<usize>,
    /// External services.
    pub externals: Vec<usize>,
    /// The NAT gateway, per zone; none where there is none.
    pub nat_gateways: Vec<Option<usize>>,
}

impl FlowGraph {
    /// The design as requests see it. The first users component (by id) is the entry; a design
    /// without users or without a deployment behind them gives a graph that fails every request.
    #[must_use]
    pub fn from_design(design: &Design) -> Self {
        let order = deployment_order(design);
        let places = Places::new(design, &order);
        let deployments = order
            .iter()
            .enumerate()
            .filter_map(|(rank, at)| deployment_flow(design, &places, rank, *at))
            .collect();
        Self {
            zone_count: design.zone_count(),
            entry: entry_flow(design, &places),
            deployments,
            databases: endpoints(design, |part| match part {
                Component::Database(it) => Some(EndpointFlow {
                    discipline: it.discipline,
                    abandoned_work: it.abandoned_work,
                    ..station(it.servers, &it.service_time, it.queue_capacity)
                }),
                _ => None,
            }),
            caches: endpoints(design, |part| match part {
                Component::Cache(it) => Some(station(it.servers, &it.service_time, u32::MAX)),
                _ => None,
            }),
            externals: endpoints(design, |part| match part {
                Component::ExternalService(it) => Some(EndpointFlow {
                    outside: it.access == ServiceAccess::Internet,
                    by_endpoint: it.access == ServiceAccess::InterfaceEndpoint,
                    ..station(u32::MAX, &it.service_time, u32::MAX)
                }),
                Component::Queue(it) => Some(station(u32::MAX, &it.service_time, u32::MAX)),
                _ => None,
            }),
            egress_bytes_per_request: egress_bytes(design),
            round_trips: RoundTrips {
                user_s: design.architecture.network.user_rtt.as_s_f64(),
                same_zone_s: design.architecture.network.same_zone_rtt.as_s_f64(),
                cross_zone_s: design.architecture.network.cross_zone_rtt.as_s_f64(),
            },
        }
    }

    /// Index of a deployment.
    #[must_use]
    pub fn deployment(&self, id: &str) -> Option<usize> {
        self.deployments.iter().position(|it| it.id == id)
    }
}

/// The rows of the state tracks, sorted by kind, component and zone. Databases and caches stand in
/// the zone in which their primary starts.
#[must_use]
pub fn stations(design: &Design, graph: &FlowGraph) -> Vec<Station> {
    let mut all = Vec::new();
    for (_, vertex) in design.components() {
        let in_each = |listed: Option<&[ZoneName]>| {
            let zones = design.zones_or_all(listed).into_iter();
            zones.map(Some).collect()
        };
        let (kind, zones): (_, Vec<Option<ZoneIndex>>) = match &vertex.component {
            Component::LoadBalancer(it) => {
                (StationKind::BalancerNode, in_each(it.zones.as_deref()))
            }
            Component::Deployment(it) if design.architecture.is_service(it) => {
                (StationKind::Tasks, in_each(None))
            }
            Component::Deployment(_) => (StationKind::Pods, in_each(None)),
            Component::NodePool(it) => (StationKind::Nodes, in_each(it.zones.as_deref())),
            Component::NodeGroup(it) => (StationKind::Nodes, in_each(it.zones.as_deref())),
            Component::Fargate(it) => (StationKind::Fargate, in_each(it.zones.as_deref())),
            Component::NatGateway(it) => (StationKind::NatGateway, in_each(it.zones.as_deref())),
            Component::Database(it) => {
                (StationKind::Database, vec![home(design, it.zone.as_ref())])
            }
            Component::Cache(it) => (StationKind::Cache, vec![home(design, it.zone.as_ref())]),
            Component::ExternalService(_) | Component::Queue(_) => {
                (StationKind::External, vec![None])
            }
            Component::Users(_) => continue,
        };
        for zone in zones {
            all.push(Station {
                component: vertex.id.clone(),
                kind,
                zone: zone.map(|z| z.0),
            });
        }
    }
    all.retain(|it| !it.kind.is_of_deployment() || graph.deployment(&it.component).is_some());
    order::sort_by(&mut all, |a, b| {
        (a.kind, &a.component, a.zone).cmp(&(b.kind, &b.component, b.zone))
    });
    all.dedup();
    all
}

impl StationIndex {
    /// Looks every part of `graph` up in `stations`.
    #[must_use]
    pub fn new(stations: &[Station], graph: &FlowGraph) -> Self {
        let find = |kind, component: Option<&str>, zone: Option<usize>| {
            stations.iter().position(|it| {
                it.kind == kind
                    && component.is_none_or(|id| it.component == id)
                    && zone.is_none_or(|z| it.zone.map(usize::from) == Some(z))
            })
        };
        let zones = 0..graph.zone_count;
        let each = |kind, parts: &[EndpointFlow]| -> Vec<usize> {
            parts
                .iter()
                .map(|part| find(kind, Some(&part.id), None).unwrap_or(usize::MAX))
                .collect()
        };
        Self {
            balancer_nodes: zones
                .clone()
                .map(|z| {
                    let id = graph.entry.balancer_id.as_deref()?;
                    find(StationKind::BalancerNode, Some(id), Some(z))
                })
                .collect(),
            pods: graph
                .deployments
                .iter()
                .flat_map(|it| zones.clone().map(move |z| (it.id.as_str(), z)))
                .map(|(id, z)| {
                    let found = find(StationKind::Pods, Some(id), Some(z));
                    let found = found.or_else(|| find(StationKind::Tasks, Some(id), Some(z)));
                    found.unwrap_or(usize::MAX)
                })
                .collect(),
            databases: each(StationKind::Database, &graph.databases),
            caches: each(StationKind::Cache, &graph.caches),
            externals: each(StationKind::External, &graph.externals),
            nat_gateways: zones
                .map(|z| find(StationKind::NatGateway, None, Some(z)))
                .collect(),
        }
    }
}

fn home(design: &Design, named: Option<&ZoneName>) -> Option<ZoneIndex> {
    named
        .and_then(|zone| design.zone(zone))
        .or((design.zone_count() > 0).then_some(ZoneIndex(0)))
}

/// Index of each callable component among its own kind.
struct Places(Vec<(ComponentIndex, Target)>);

impl Places {
    fn new(design: &Design, order: &[ComponentIndex]) -> Self {
        let mut places: Vec<_> = order
            .iter()
            .enumerate()
            .map(|(rank, at)| (*at, Target::Deployment(rank)))
            .collect();
        let (mut databases, mut caches, mut externals) = (0, 0, 0);
        let next = |count: &mut usize| {
            *count += 1;
            *count - 1
        };
        for (at, vertex) in design.components() {
            let target = match vertex.component {
                Component::Database(_) => Target::Database(next(&mut databases)),
                Component::Cache(_) => Target::Cache(next(&mut caches)),
                Component::ExternalService(_) | Component::Queue(_) => {
                    Target::External(next(&mut externals))
                }
                _ => continue,
            };
            places.push((at, target));
        }
        Self(places)
    }

    fn get(&self, wanted: ComponentIndex) -> Option<&Target> {
        let known = self.0.iter().find(|(at, _)| *at == wanted);
        known.map(|(_, target)| target)
    }

    fn cache(&self, design: &Design, id: &str) -> Option<usize> {
        match self.get(design.find(id)?) {
            Some(Target::Cache(at)) => Some(*at),
            _ => None,
        }
    }
}

/// The first users component, by id.
fn users(design: &Design) -> Option<(ComponentIndex, &str, &Users)> {
    design
        .components()
        .find_map(|(at, vertex)| match &vertex.component {
            Component::Users(users) => Some((at, vertex.id.as_str(), users)),
            _ => None,
        })
}

/// What users call: a balancer with the deployment behind it, or a deployment.
fn way_in(design: &Design) -> (Option<(&str, &LoadBalancer)>, Option<ComponentIndex>) {
    let Some(first) =
        users(design).and_then(|(at, ..)| design.target(at, ConnectionKind::RoutesTo))
    else {
        return (None, None);
    };
    let vertex = design.vertex(first);
    match &vertex.component {
        Component::LoadBalancer(balancer) => (
            Some((vertex.id.as_str(), balancer)),
            design.target(first, ConnectionKind::RoutesTo),
        ),
        _ => (None, Some(first)),
    }
}

/// Deployments in call order, those that users reach first.
fn deployment_order(design: &Design) -> Vec<ComponentIndex> {
    let is_deployment =
        |at: &ComponentIndex| matches!(design.vertex(*at).component, Component::Deployment(_));
    let all: Vec<_> = design
        .call_order()
        .unwrap_or_else(|_| design.components().map(|(at, _)| at).collect())
        .into_iter()
        .filter(is_deployment)
        .collect();
    let mut reached = vec![];
    let mut next: Vec<_> = way_in(design).1.into_iter().collect();
    while let Some(at) = next.pop() {
        if reached.contains(&at) {
            continue;
        }
        reached.push(at);
        let calls = design
            .outgoing(at)
            .filter(|(_, edge)| edge.kind == ConnectionKind::Calls);
        next.extend(calls.map(|(to, _)| to));
    }
    // In a circle there is no call order; the order of discovery at least begins at the entry.
    if design.call_order().is_err() {
        let rest: Vec<_> = all
            .iter()
            .filter(|at| !reached.contains(at))
            .copied()
            .collect();
        reached.retain(is_deployment);
        reached.extend(rest);
        return reached;
    }
    let (mut first, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|at| reached.contains(at));
    first.extend(rest);
    first
}

fn deployment_flow(
    design: &Design,
    places: &Places,
    rank: usize,
    at: ComponentIndex,
) -> Option<DeploymentFlow> {
    let vertex = design.vertex(at);
    let Component::Deployment(deployment) = &vertex.component else {
        return None;
    };
    Some(DeploymentFlow {
        id: vertex.id.clone(),
        servers: deployment.servers.max(1),
        service_time: deployment.service_time.clone(),
        cpu_s_per_request: deployment.cpu_per_request.as_s_f64(),
        queue_capacity: deployment.queue_capacity,
        concurrency: deployment.concurrency,
        discipline: deployment.discipline,
        abandoned_work: deployment.abandoned_work,
        drain_s: drain(design, at, deployment).as_s_f64(),
        calls: call_flows(design, places, rank, deployment),
        consumes: design
            .target(at, ConnectionKind::Consumes)
            .and_then(|queue| match places.get(queue) {
                Some(Target::External(at)) => Some(*at),
                _ => None,
            }),
    })
}

/// How long a pod may go on with what it has: until SIGKILL, and behind a balancer no longer than
/// that lets it.
fn drain(design: &Design, at: ComponentIndex, deployment: &Deployment) -> SimDuration {
    let own = deployment.termination_grace_period;
    let own = own.saturating_sub(deployment.pre_stop);
    match way_in(design) {
        (Some((_, balancer)), Some(behind)) if behind == at => {
            own.min(balancer.deregistration_delay)
        }
        _ => own,
    }
}

/// The calls of a deployment in order of id, except that a call which a cache may spare comes
/// after the call to that cache.
fn call_flows(
    design: &Design,
    places: &Places,
    rank: usize,
    deployment: &Deployment,
) -> Vec<CallFlow> {
    let (mut first, mut spared) = (Vec::new(), Vec::new());
    for (id, call) in &deployment.calls {
        let Some(target) = design.find(id).and_then(|to| places.get(to)) else {
            continue;
        };
        // A call back to a caller would close a circle.
        if matches!(target, Target::Deployment(to) if *to <= rank) {
            continue;
        }
        let guard = call.unless_cached_by.as_deref();
        let flow = call_flow(call, *target, guard.and_then(|id| places.cache(design, id)));
        if flow.unless_cached_by.is_some() {
            spared.push(flow);
        } else {
            first.push(flow);
        }
    }
    first.extend(spared);
    first
}

fn call_flow(call: &Call, target: Target, unless_cached_by: Option<usize>) -> CallFlow {
    CallFlow {
        target,
        per_request: call.per_request,
        timeout_s: call.timeout.as_s_f64(),
        attempts: call.attempts.max(1),
        backoff_s: call.backoff.as_s_f64(),
        parallel: call.parallel,
        retry_budget: call.retry_budget.map(Ratio::value),
        circuit_breaker: call.circuit_breaker,
        hedge_after_s: call.hedge_after.map(SimDuration::as_s_f64),
        pool_size: call.pool_size,
        priority: call.priority.min(PRIORITIES as u32 - 1) as u8,
        request_bytes: call.request_size.bytes() as f64,
        response_bytes: call.response_size.bytes() as f64,
        optional: call.optional,
        unless_cached_by,
    }
}

fn entry_flow(design: &Design, places: &Places) -> EntryFlow {
    let (balancer, first) = way_in(design);
    let users = users(design);
    let call = users
        .and_then(|(_, _, users)| users.calls.values().next().cloned())
        .unwrap_or_default();
    let target = match first.and_then(|at| places.get(at)) {
        Some(target) => *target,
        // Out of range on purpose: nobody is behind, so that every request fails.
        None => Target::Deployment(usize::MAX),
    };
    let plain = LoadBalancer::default();
    let setting = balancer.map_or(&plain, |(_, it)| it);
    let requests_per_connection =
        users.map_or(1.0, |(_, _, it)| it.requests_per_connection.max(1.0));
    let connection_lifetime = match (balancer, users) {
        (Some((_, balancer)), Some((_, _, users)))
            if balancer.product == LoadBalancerProduct::Nlb =>
        {
            users.connection_lifetime
        }
        _ => SimDuration::ZERO,
    };
    EntryFlow {
        users_id: users.map_or_else(String::new, |(_, id, _)| id.to_string()),
        balancer_id: balancer.map(|(id, _)| id.to_string()),
        call: call_flow(&call, target, None),
        requests_per_connection,
        miss_part: if connection_lifetime.is_zero() {
            1.0
        } else {
            1.0 / requests_per_connection
        },
        connect_timeout_s: setting.connect_timeout.as_s_f64(),
        added_latency_s: balancer.map_or(0.0, |(_, it)| it.added_latency.as_s_f64()),
        cross_zone: setting.crosses_zones(),
        algorithm: if balancer.is_some() && connection_lifetime.is_zero() {
            setting.algorithm
        } else {
            BalancingAlgorithm::Random
        },
        connection_lifetime,
        via_nodes: balancer.is_some_and(|(_, it)| it.target_type == TargetType::Instance),
        cross_zone_charged: balancer.is_some_and(|(_, it)| it.product == LoadBalancerProduct::Nlb),
        rules: balancer.map_or(0, |(_, it)| it.rules),
    }
}

/// An endpoint without a name.
fn station(servers: u32, service_time: &ServiceTime, queue_capacity: u32) -> EndpointFlow {
    EndpointFlow {
        id: String::new(),
        servers,
        service_time: service_time.clone(),
        queue_capacity,
        discipline: Discipline::default(),
        abandoned_work: AbandonedWork::default(),
        by_nat: false,
        outside: false,
        by_endpoint: false,
    }
}

fn endpoints(design: &Design, pick: fn(&Component) -> Option<EndpointFlow>) -> Vec<EndpointFlow> {
    design
        .components()
        .filter_map(|(at, vertex)| {
            Some(EndpointFlow {
                id: vertex.id.clone(),
                by_nat: design.target(at, ConnectionKind::EgressBy).is_some(),
                ..pick(&vertex.component)?
            })
        })
        .collect()
}

/// Bytes out per served request, as the first NAT gateway states them.
fn egress_bytes(design: &Design) -> f64 {
    design
        .components()
        .find_map(|(_, vertex)| match &vertex.component {
            Component::NatGateway(it) => Some(it.egress_per_request.bytes() as f64),
            _ => None,
        })
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests;

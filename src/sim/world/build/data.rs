//! The ways in and out and the data at the start of a run: balancer, databases, caches, external
//! services and NAT gateways, all of them up.

use super::super::{
    Balancer, BalancerZone, Cache, CachePhase, Database, DatabaseInstance, DatabasePhase, External,
    Nat, Shifts, Stall,
};
use crate::model::{
    BalancingAlgorithm, Component, ConnectionKind, Design, ServiceAccess, TargetType, ZoneIndex,
    ZoneName,
};
use crate::sim::flow::{FlowGraph, Impairment};
use crate::units::{SimDuration, SimTime};

pub(super) fn balancer(design: &Design, graph: &FlowGraph) -> Option<Balancer> {
    let id = graph.entry.balancer_id.as_deref()?;
    let at = design.find(id)?;
    let Component::LoadBalancer(model) = &design.vertex(at).component else {
        return None;
    };
    let mut zones = vec![None; design.zone_count()];
    for zone in design.zones_or_all(model.zones.as_deref()) {
        zones[zone.index()] = Some(BalancerZone {
            healthy: true,
            n_changes: 0,
            in_dns: true,
            cause: None,
        });
    }
    let n_nodes = zones.iter().flatten().count().max(1) as f64;
    let shares: Vec<f64> = zones
        .iter()
        .map(|zone| if zone.is_some() { 1.0 / n_nodes } else { 0.0 })
        .collect();
    Some(Balancer {
        id: id.to_string(),
        product: model.product,
        workload: design
            .target(at, ConnectionKind::RoutesTo)
            .and_then(|to| graph.deployment(&design.vertex(to).id)),
        check: model.health_check,
        cross_zone: model.crosses_zones(),
        zonal_shift: model.zonal_shift,
        autoshift_delay: model.autoshift_delay,
        via_nodes: model.target_type == TargetType::Instance,
        readiness_gate: model.readiness_gate,
        slow_start: if model.algorithm == BalancingAlgorithm::RoundRobin {
            model.slow_start
        } else {
            SimDuration::ZERO
        },
        slow: Vec::new(),
        connection_lifetime: graph.entry.connection_lifetime,
        connections: Vec::new(),
        moved_at: SimTime::START,
        next_look: SimTime::START,
        deregistration_time: model.deregistration_time,
        leaving: Vec::new(),
        has_stopped: false,
        shifts: vec![Shifts::default(); zones.len()],
        ttl: model.dns_ttl,
        removal_delay: model.dns_removal_delay,
        zones,
        shares_from: shares.clone(),
        shares_to: shares,
        changed_at: SimTime::START,
        fail_open: false,
        n_regained: None,
    })
}

pub(super) fn databases(design: &Design) -> Vec<Database> {
    let one = |id: &str, model: &crate::model::Database| {
        let zones = (0..).zip(model.instance_zones(design));
        let instances = zones.map(|(address, zone)| DatabaseInstance {
            zone,
            address,
            in_step: true,
            epoch: 0,
        });
        let instances: Vec<DatabaseInstance> = instances.collect();
        Database {
            id: id.to_string(),
            instance_class: model.instance_class.clone(),
            deployment: model.deployment,
            storage_gb: model.storage.gigabytes(),
            address: 0,
            n_addresses: instances.len() as u32,
            moved_at: None,
            n_moves: 0,
            instances,
            failover_time: model.failover_time(),
            reconnect_time: model.reconnect_time,
            proxy: model.proxy,
            recovery_time: model.recovery_time,
            replacement_time: model.replacement_time,
            phase: DatabasePhase::Up,
            down_since: SimTime::START,
            n_down_faults: 0,
            stall: Stall::default(),
            network: Impairment::default(),
            n_failovers: 0,
            n_recoveries: 0,
            epoch: 0,
            cause: None,
        }
    };
    let parts = design
        .components()
        .filter_map(|(_, vertex)| match &vertex.component {
            Component::Database(model) => Some(one(&vertex.id, model)),
            _ => None,
        });
    parts.collect()
}

pub(super) fn caches(design: &Design) -> Vec<Cache> {
    let one = |id: &str, model: &crate::model::Cache| {
        let zone = home(design, model.zone.as_ref());
        Cache {
            id: id.to_string(),
            node_type: model.node_type.clone(),
            zone,
            replica_zones: others(design, zone)
                .collect::<Vec<_>>()
                .into_iter()
                .cycle()
                .take(model.replicas as usize)
                .collect(),
            n_replicas: model.replicas,
            failover_time: model.failover_time,
            warm_up: model.warm_up_time,
            warm_hit_ratio: model.hit_ratio.value(),
            emptied_at: None,
            phase: CachePhase::Up,
            down_since: SimTime::START,
            n_down_faults: 0,
            stall: Stall::default(),
            network: Impairment::default(),
            n_failovers: 0,
            n_boots: 0,
            epoch: 0,
            cause: None,
        }
    };
    let parts = design
        .components()
        .filter_map(|(_, vertex)| match &vertex.component {
            Component::Cache(model) => Some(one(&vertex.id, model)),
            _ => None,
        });
    parts.collect()
}

/// An interface endpoint stands in every zone.
fn n_endpoints(design: &Design, component: &Component) -> u32 {
    let by_interface = matches!(component, Component::ExternalService(it)
        if it.access == ServiceAccess::InterfaceEndpoint);
    u32::from(by_interface) * design.zone_count() as u32
}

pub(super) fn externals(design: &Design) -> Vec<External> {
    let parts = design
        .components()
        .filter_map(|(_, vertex)| match &vertex.component {
            Component::ExternalService(_) | Component::Queue(_) => Some(External {
                id: vertex.id.clone(),
                n_endpoints: n_endpoints(design, &vertex.component),
                n_down_faults: 0,
                network: Impairment::default(),
                down_since: SimTime::START,
                cause: None,
            }),
            _ => None,
        });
    parts.collect()
}

/// The first NAT gateway component, by id. A zone without a gateway uses the first listed.
pub(super) fn nat(design: &Design) -> Nat {
    let all = || design.zones_or_all(None);
    let found = design
        .components()
        .find_map(|(_, vertex)| match &vertex.component {
            Component::NatGateway(model) => Some((&vertex.id, model)),
            _ => None,
        });
    let zones = found.map_or_else(all, |(_, model)| {
        design.zones_or_all(model.zones.as_deref())
    });
    let gateway_of = |zone: ZoneIndex| {
        let own = zones.contains(&zone).then_some(zone);
        own.or(zones.first().copied()).unwrap_or(zone)
    };
    Nat {
        id: found.map(|(id, _)| id.clone()),
        n_gateways: found.map_or(0, |_| u32::try_from(zones.len()).unwrap_or(u32::MAX)),
        gateway_zone: all().into_iter().map(gateway_of).collect(),
        open: vec![true; design.zone_count()],
    }
}

/// The zone named, or the first.
fn home(design: &Design, named: Option<&ZoneName>) -> ZoneIndex {
    named
        .and_then(|name| design.zone(name))
        .unwrap_or(ZoneIndex(0))
}

/// The other zones, beginning with the next.
fn others(design: &Design, zone: ZoneIndex) -> impl Iterator<Item = ZoneIndex> {
    let all = design.zones_or_all(None);
    let n_zones = all.len();
    (1..n_zones.max(1)).map(move |step| all[(zone.index() + step) % n_zones])
}

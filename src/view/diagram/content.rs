//! What a picture shows: boxes by zone and row, and which of them are connected.

use super::{EdgeKind, Role};
use crate::model::{
    Cache, Component, ComponentIndex, ConnectionKind, Database, Design, ZoneIndex, ZoneName,
};
use crate::units::order;
use crate::view::words;

/// Where a box stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// Outside, before everything else.
    Users,
    /// In the VPC, before the zones.
    Gate,
    /// In a zone, at a position in the order of rows.
    Zone {
        /// Index of the zone.
        zone: usize,
        /// Position in the order of rows.
        rank: usize,
    },
    /// Outside, after everything else.
    Outside,
}

/// A box without a place.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub component: String,
    pub kind: &'static str,
    pub role: Role,
    pub spot: Spot,
}

impl Item {
    pub(super) const fn zone(&self) -> Option<usize> {
        match self.spot {
            Spot::Zone { zone, .. } => Some(zone),
            _ => None,
        }
    }
}

/// Everything a picture shows.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub region: String,
    pub zones: Vec<String>,
    /// Number of rows that any zone needs.
    pub ranks: usize,
    pub items: Vec<Item>,
    /// From, to, meaning; by index into `items`.
    pub links: Vec<(usize, usize, EdgeKind)>,
}

/// Collects what the picture of a design shows.
pub(super) fn of(design: &Design) -> Content {
    let mut ranked: Vec<ComponentIndex> = zonal_order(design);
    ranked.retain(|index| !zones_of(design, *index).is_empty());
    let mut items = Vec::new();
    for (index, vertex) in design.components() {
        let kind = vertex.component.kind();
        let item = |role, spot| Item {
            component: vertex.id.clone(),
            kind,
            role,
            spot,
        };
        match &vertex.component {
            Component::Users(_) => items.push(item(Role::Single, Spot::Users)),
            Component::LoadBalancer(_) => items.push(item(Role::Single, Spot::Gate)),
            Component::ExternalService(_) | Component::Queue(_) => {
                items.push(item(Role::Single, Spot::Outside));
            }
            _ => {
                let Some(rank) = ranked.iter().position(|one| *one == index) else {
                    continue;
                };
                for (zone, role) in zones_of(design, index) {
                    items.push(item(role, Spot::Zone { zone, rank }));
                }
            }
        }
    }
    let links = links(design, &items);
    Content {
        region: design.architecture.region.code().to_string(),
        zones: words::zones(design),
        ranks: ranked.len(),
        items,
        links,
    }
}

/// Components that stand in zones, in the order of rows: workloads as they call each other, what
/// they call, the nodes they run on, and the way out nearest to the outside.
fn zonal_order(design: &Design) -> Vec<ComponentIndex> {
    let in_call_order = design
        .call_order()
        .unwrap_or_else(|_| design.components().map(|(at, _)| at).collect());
    let group = |component: &Component| match component {
        Component::Deployment(_) => Some(0),
        Component::Cache(_) => Some(1),
        Component::Database(_) => Some(2),
        Component::NodePool(_) | Component::NodeGroup(_) | Component::Fargate(_) => Some(3),
        Component::NatGateway(_) => Some(4),
        Component::Users(_)
        | Component::LoadBalancer(_)
        | Component::ExternalService(_)
        | Component::Queue(_) => None,
    };
    let mut ranked: Vec<(i32, ComponentIndex)> = in_call_order
        .into_iter()
        .filter_map(|at| group(&design.vertex(at).component).map(|group| (group, at)))
        .collect();
    order::sort_by(&mut ranked, |a, b| a.0.cmp(&b.0));
    ranked.into_iter().map(|(_, at)| at).collect()
}

/// The zones that a component has a box in, and its role there.
fn zones_of(design: &Design, index: ComponentIndex) -> Vec<(usize, Role)> {
    let all = |listed: Option<&[ZoneName]>| -> Vec<(usize, Role)> {
        let zones = design.zones_or_all(listed);
        zones
            .into_iter()
            .map(|zone| (zone.index(), Role::Single))
            .collect()
    };
    match &design.vertex(index).component {
        Component::Deployment(_) => {
            let mut zones = Vec::new();
            for pool in design.targets(index, ConnectionKind::RunsOn) {
                for zone in zones_of(design, pool) {
                    if !zones.contains(&zone) {
                        zones.push(zone);
                    }
                }
            }
            order::sort_by(&mut zones, |a, b| a.0.cmp(&b.0));
            zones
        }
        Component::NodePool(pool) => all(pool.zones.as_deref()),
        Component::NodeGroup(group) => all(group.zones.as_deref()),
        Component::Fargate(it) => all(it.zones.as_deref()),
        Component::NatGateway(nat) => all(nat.zones.as_deref()),
        Component::Database(database) => of_database(design, database),
        Component::Cache(cache) => of_cache(design, cache),
        Component::Users(_)
        | Component::LoadBalancer(_)
        | Component::ExternalService(_)
        | Component::Queue(_) => Vec::new(),
    }
}

fn home(design: &Design, zone: Option<&ZoneName>) -> usize {
    zone.and_then(|name| design.zone(name))
        .unwrap_or(ZoneIndex(0))
        .index()
}

fn of_database(design: &Design, database: &Database) -> Vec<(usize, Role)> {
    if design.zone_count() == 0 {
        return Vec::new();
    }
    // Readers that share a zone are one place in the picture.
    let mut places: Vec<(usize, Role)> = Vec::new();
    for zone in database.instance_zones(design) {
        let role = if places.is_empty() {
            Role::Primary
        } else {
            Role::Standby
        };
        if places.iter().all(|(place, _)| *place != zone.index()) {
            places.push((zone.index(), role));
        }
    }
    if places.len() == 1 {
        places[0].1 = Role::Single;
    }
    places
}

fn of_cache(design: &Design, cache: &Cache) -> Vec<(usize, Role)> {
    let count = design.zone_count();
    if count == 0 {
        return Vec::new();
    }
    let primary = home(design, cache.zone.as_ref());
    let replicas = (cache.replicas as usize).min(count - 1);
    if replicas == 0 {
        return vec![(primary, Role::Single)];
    }
    let mut zones = vec![(primary, Role::Primary)];
    zones.extend((1..=replicas).map(|next| ((primary + next) % count, Role::Standby)));
    zones
}

/// The lines: calls of workloads stay in their zone where they can; calls to the outside go by the
/// NAT gateway that carries them.
fn links(design: &Design, items: &[Item]) -> Vec<(usize, usize, EdgeKind)> {
    let mut links = Vec::new();
    for (from, item) in items.iter().enumerate() {
        let Some(index) = design.find(&item.component) else {
            continue;
        };
        if item.role == Role::Primary {
            let copies = items.iter().enumerate().filter(|(_, other)| {
                other.component == item.component && other.role == Role::Standby
            });
            links.extend(copies.map(|(to, _)| (from, to, EdgeKind::Replicates)));
        }
        for (target, edge) in design.outgoing(index) {
            match edge.kind {
                ConnectionKind::RoutesTo => calls(items, design, from, target, &mut links),
                ConnectionKind::Calls | ConnectionKind::Consumes => {
                    calls(items, design, from, target, &mut links);
                }
                ConnectionKind::EgressBy => {
                    let gateways = boxes(items, &design.vertex(target).id);
                    links.extend(gateways.map(|nat| (nat, from, EdgeKind::Egress)));
                }
                ConnectionKind::RunsOn => {}
            }
        }
    }
    links
}

fn boxes<'a>(items: &'a [Item], id: &'a str) -> impl Iterator<Item = usize> + 'a {
    items
        .iter()
        .enumerate()
        .filter(move |(_, item)| item.component == id)
        .map(|(at, _)| at)
}

fn calls(
    items: &[Item],
    design: &Design,
    from: usize,
    target: ComponentIndex,
    links: &mut Vec<(usize, usize, EdgeKind)>,
) {
    let vertex = design.vertex(target);
    let zone = items[from].zone();
    let gateway = design.target(target, ConnectionKind::EgressBy);
    if let (Component::ExternalService(_), Some(gateway)) = (&vertex.component, gateway) {
        // A zone without a gateway of its own sends its traffic to the first one listed.
        let gateways: Vec<usize> = boxes(items, &design.vertex(gateway).id).collect();
        let own = gateways.iter().find(|nat| items[**nat].zone() == zone);
        let carrier = own.or(gateways.first()).copied();
        links.extend(
            carrier
                .filter(|nat| !links.contains(&(from, *nat, EdgeKind::Egress)))
                .map(|nat| (from, nat, EdgeKind::Egress))
                .into_iter()
                .collect::<Vec<_>>(),
        );
        return;
    }
    let all: Vec<usize> = boxes(items, &vertex.id).collect();
    let is_workload = matches!(vertex.component, Component::Deployment(_));
    let own: Vec<usize> = all
        .iter()
        .copied()
        .filter(|to| zone.is_some() && items[*to].zone() == zone)
        .collect();
    let chosen = if is_workload && !own.is_empty() {
        own
    } else {
        all
    };
    links.extend(chosen.into_iter().map(|to| (from, to, EdgeKind::Calls)));
}

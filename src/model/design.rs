//! The resolved design: a typed graph over petgraph, with every reference looked up.
//!
//! An [`Architecture`] names other components by id; a [`Design`] has checked those names and
//! turned them into edges, so that the simulation walks a graph and never meets a missing part.

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{EdgeRef, IntoNodeReferences};

use super::ById;
use super::architecture::Architecture;
use super::component::Component;
use super::connection::{Call, Connection, ConnectionKind};
use super::zone::{ZoneIndex, ZoneName};

/// Position of a component in a design's graph.
pub type ComponentIndex = NodeIndex<u32>;

/// A vertex: a component and its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Vertex {
    /// The id that files and people use.
    pub id: String,
    /// The component.
    pub component: Component,
}

/// One design: a graph of components, resolved against its zones.
#[derive(Debug, Clone)]
pub struct Design {
    /// Id of the design, such as `"multi-az"`.
    pub id: String,
    /// Region, zones and cluster settings; its components are the graph's vertices.
    pub architecture: Architecture,
    graph: DiGraph<Vertex, Connection>,
}

/// A reference that leads nowhere or to the wrong kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenReference {
    /// JSON Pointer below the architecture, such as `/components/api/runs_on`.
    pub path: String,
    /// The id referred to.
    pub id: String,
    /// Kinds that would be right.
    pub expected: &'static [&'static str],
}

/// One reference as a component states it.
struct Reference<'a> {
    path: String,
    id: &'a str,
    kind: ConnectionKind,
    call: Option<&'a Call>,
    expected: &'static [&'static str],
}

const CALLABLE: &[&str] = &[
    "deployment",
    "database",
    "cache",
    "external_service",
    "queue",
];
const ENTRY: &[&str] = &["load_balancer", "deployment"];

impl Design {
    /// Resolves every reference. A broken one is left out of the graph and returned.
    #[must_use]
    pub fn resolve(
        id: impl Into<String>,
        architecture: Architecture,
    ) -> (Self, Vec<BrokenReference>) {
        let mut graph = DiGraph::new();
        let mut broken = Vec::new();
        for (id, component) in &architecture.components {
            graph.add_node(Vertex {
                id: id.clone(),
                component: component.clone(),
            });
        }
        // Ids are sorted in the map, so a vertex's index is its rank.
        let ids: Vec<&String> = architecture.components.keys().collect();
        for (rank, (from_id, component)) in architecture.components.iter().enumerate() {
            for reference in references(from_id, component) {
                let target = ids
                    .binary_search_by(|id| id.as_str().cmp(reference.id))
                    .ok();
                let fits = |to: &usize| {
                    reference
                        .expected
                        .contains(&architecture.components[ids[*to]].kind())
                };
                let Some(to) = target.filter(fits) else {
                    broken.push(BrokenReference {
                        path: reference.path,
                        id: reference.id.to_string(),
                        expected: reference.expected,
                    });
                    continue;
                };
                let connection = Connection {
                    kind: reference.kind,
                    call: reference.call.cloned(),
                };
                graph.add_edge(index(rank), index(to), connection);
            }
        }
        (
            Self {
                id: id.into(),
                architecture,
                graph,
            },
            broken,
        )
    }

    /// The components in order of id.
    pub fn components(&self) -> impl Iterator<Item = (ComponentIndex, &Vertex)> {
        self.graph.node_references()
    }

    /// The component at an index.
    #[must_use]
    pub fn vertex(&self, index: ComponentIndex) -> &Vertex {
        &self.graph[index]
    }

    /// The component with an id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ComponentIndex> {
        let found = self.components().find(|(_, vertex)| vertex.id == id);
        found.map(|(index, _)| index)
    }

    /// The edges that leave a component, in the order in which its file states them (by id).
    pub fn outgoing(
        &self,
        from: ComponentIndex,
    ) -> impl Iterator<Item = (ComponentIndex, &Connection)> {
        // petgraph walks the newest edge first; collecting and reversing restores the order.
        let mut edges: Vec<_> = self
            .graph
            .edges_directed(from, Direction::Outgoing)
            .map(|edge| (edge.target(), edge.weight()))
            .collect();
        edges.reverse();
        edges.into_iter()
    }

    /// The first target of an edge of `kind` from a component.
    #[must_use]
    pub fn target(&self, from: ComponentIndex, kind: ConnectionKind) -> Option<ComponentIndex> {
        self.outgoing(from)
            .find(|(_, edge)| edge.kind == kind)
            .map(|(to, _)| to)
    }

    /// All targets of edges of `kind` from a component, in the order in which its file states them.
    pub fn targets(
        &self,
        from: ComponentIndex,
        kind: ConnectionKind,
    ) -> impl Iterator<Item = ComponentIndex> {
        let edges = self.outgoing(from);
        edges.filter_map(move |(to, edge)| (edge.kind == kind).then_some(to))
    }

    /// The graph, for algorithms of petgraph.
    #[must_use]
    pub const fn graph(&self) -> &DiGraph<Vertex, Connection> {
        &self.graph
    }

    /// Components in an order in which callers come before the called, following
    /// [`ConnectionKind::RoutesTo`] and [`ConnectionKind::Calls`] only.
    ///
    /// # Errors
    /// The ids on one circle when components call each other in a circle.
    pub fn call_order(&self) -> Result<Vec<ComponentIndex>, Vec<String>> {
        let calls = self.graph.filter_map(
            |_, _| Some(()),
            |_, edge| {
                matches!(edge.kind, ConnectionKind::RoutesTo | ConnectionKind::Calls).then_some(())
            },
        );
        petgraph::algo::toposort(&calls, None).map_err(|_| {
            petgraph::algo::tarjan_scc(&calls)
                .into_iter()
                .find(|group| {
                    group.len() > 1 || group.iter().any(|one| calls.contains_edge(*one, *one))
                })
                .unwrap_or_default()
                .into_iter()
                .map(|index| self.graph[index].id.clone())
                .collect()
        })
    }

    /// Position of a zone.
    #[must_use]
    pub fn zone(&self, name: &ZoneName) -> Option<ZoneIndex> {
        let at = self
            .architecture
            .zones
            .iter()
            .position(|zone| zone == name)?;
        u8::try_from(at).ok().map(ZoneIndex)
    }

    /// Number of zones.
    #[must_use]
    pub fn zone_count(&self) -> usize {
        self.architecture.zones.len()
    }

    /// The zones of a component that lists some: those that exist here, or all when absent.
    #[must_use]
    pub fn zones_or_all(&self, listed: Option<&[ZoneName]>) -> Vec<ZoneIndex> {
        match listed {
            Some(names) => names.iter().filter_map(|name| self.zone(name)).collect(),
            None => (0..self.zone_count())
                .filter_map(|at| u8::try_from(at).ok().map(ZoneIndex))
                .collect(),
        }
    }
}

fn index(rank: usize) -> ComponentIndex {
    ComponentIndex::new(rank)
}

fn references<'a>(id: &str, component: &'a Component) -> Vec<Reference<'a>> {
    let calls = |calls: &'a ById<Call>, kind, expected| {
        calls.iter().map(move |(to, call)| Reference {
            path: format!("/components/{id}/calls/{to}"),
            id: to,
            kind,
            call: Some(call),
            expected,
        })
    };
    let single = |field: &str, to: &'a str, kind, expected| Reference {
        path: format!("/components/{id}/{field}"),
        id: to,
        kind,
        call: None,
        expected,
    };
    match component {
        Component::Users(users) => calls(&users.calls, ConnectionKind::RoutesTo, ENTRY).collect(),
        Component::LoadBalancer(balancer) => {
            vec![single(
                "routes_to",
                &balancer.routes_to,
                ConnectionKind::RoutesTo,
                &["deployment"],
            )]
        }
        Component::Deployment(deployment) => {
            let pools: &[&str] = &["node_pool", "node_group", "fargate"];
            let path = format!("/components/{id}/runs_on");
            let carriers = deployment.runs_on.placed(&path).into_iter();
            let mut all: Vec<_> = carriers
                .map(|(path, to)| Reference {
                    path,
                    id: to,
                    kind: ConnectionKind::RunsOn,
                    call: None,
                    expected: pools,
                })
                .collect();
            all.extend(calls(&deployment.calls, ConnectionKind::Calls, CALLABLE));
            let consumed = deployment.consumes.iter();
            all.extend(
                consumed.map(|to| single("consumes", to, ConnectionKind::Consumes, &["queue"])),
            );
            all
        }
        Component::ExternalService(service) => service
            .egress_by
            .iter()
            .map(|to| single("egress_by", to, ConnectionKind::EgressBy, &["nat_gateway"]))
            .collect(),
        Component::NodePool(_)
        | Component::NodeGroup(_)
        | Component::Fargate(_)
        | Component::Database(_)
        | Component::Cache(_)
        | Component::NatGateway(_)
        | Component::Queue(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Deployment, NodeGroup};

    fn deployment(runs_on: &str, calls: &[&str]) -> Component {
        Component::Deployment(Deployment {
            runs_on: runs_on.into(),
            calls: calls
                .iter()
                .map(|id| ((*id).to_string(), Call::default()))
                .collect(),
            ..Deployment::default()
        })
    }

    fn architecture(components: Vec<(&str, Component)>) -> Architecture {
        Architecture {
            zones: vec![ZoneName("a".to_string())],
            components: components
                .into_iter()
                .map(|(id, c)| (id.to_string(), c))
                .collect(),
            ..Architecture::default()
        }
    }

    #[test]
    fn references_become_edges_and_broken_ones_are_returned() {
        let nodes = Component::NodeGroup(NodeGroup::default());
        let parts = vec![
            ("api", deployment("nodes", &["auth", "nodes", "lost"])),
            ("auth", deployment("nodes", &[])),
            ("nodes", nodes),
        ];
        let (design, broken) = Design::resolve("one", architecture(parts));
        let paths: Vec<_> = broken.iter().map(|b| b.path.as_str()).collect();
        assert_eq!(
            paths,
            ["/components/api/calls/lost", "/components/api/calls/nodes"]
        );
        let api = design.find("api").expect("there");
        let reached: Vec<_> = design
            .outgoing(api)
            .map(|(to, _)| design.vertex(to).id.as_str())
            .collect();
        assert_eq!(reached, ["nodes", "auth"]);
    }

    #[test]
    fn a_circle_of_calls_is_named() {
        let nodes = Component::NodeGroup(NodeGroup::default());
        let parts = vec![
            ("api", deployment("nodes", &["auth"])),
            ("auth", deployment("nodes", &["api"])),
            ("nodes", nodes),
        ];
        let (design, _) = Design::resolve("one", architecture(parts));
        let mut circle = design.call_order().expect_err("a circle");
        circle.sort();
        assert_eq!(circle, ["api", "auth"]);
    }
}

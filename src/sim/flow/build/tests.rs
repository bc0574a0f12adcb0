use super::*;
use crate::model::{Architecture, ById, Cache, Database, ExternalService, NatGateway, NodeGroup};
use crate::units::ByteSize;

fn calls(to: &[(&str, Option<&str>)]) -> ById<Call> {
    to.iter()
        .map(|(id, guard)| {
            let call = Call {
                unless_cached_by: guard.map(str::to_string),
                ..Call::default()
            };
            ((*id).to_string(), call)
        })
        .collect()
}

fn deployment(to: &[(&str, Option<&str>)]) -> Component {
    Component::Deployment(Deployment {
        runs_on: "nodes".into(),
        calls: calls(to),
        ..Deployment::default()
    })
}

fn design(parts: Vec<(&str, Component)>) -> Design {
    let architecture = Architecture {
        zones: ["a", "c", "d"].map(|z| ZoneName(z.to_string())).to_vec(),
        components: parts
            .into_iter()
            .map(|(id, c)| (id.to_string(), c))
            .collect(),
        ..Architecture::default()
    };
    Design::resolve("one", architecture).0
}

fn shop() -> Design {
    let users = Users {
        calls: calls(&[("lb", None)]),
        ..Users::default()
    };
    let balancer = LoadBalancer {
        routes_to: "web".to_string(),
        zones: Some(vec![ZoneName("c".to_string()), ZoneName("a".to_string())]),
        ..LoadBalancer::default()
    };
    design(vec![
        ("aside", deployment(&[("web", None)])),
        ("auth", deployment(&[])),
        ("db", Component::Database(Database::default())),
        ("lb", Component::LoadBalancer(balancer)),
        (
            "nat",
            Component::NatGateway(NatGateway {
                zones: Some(vec![ZoneName("a".to_string())]),
                egress_per_request: ByteSize::from_bytes(500),
            }),
        ),
        ("nodes", Component::NodeGroup(NodeGroup::default())),
        (
            "pay",
            Component::ExternalService(ExternalService {
                egress_by: Some("nat".to_string()),
                ..ExternalService::default()
            }),
        ),
        ("redis", Component::Cache(Cache::default())),
        ("users", Component::Users(users)),
        (
            "web",
            deployment(&[
                ("auth", None),
                ("db", Some("redis")),
                ("pay", None),
                ("redis", None),
            ]),
        ),
    ])
}

#[test]
fn deployments_come_in_call_order_and_a_spared_call_after_its_cache() {
    let graph = FlowGraph::from_design(&shop());
    let ids: Vec<_> = graph.deployments.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["web", "auth", "aside"], "reached by users first");
    let targets: Vec<_> = graph.deployments[0]
        .calls
        .iter()
        .map(|it| it.target)
        .collect();
    assert_eq!(
        targets,
        [
            Target::Deployment(1),
            Target::External(0),
            Target::Cache(0),
            Target::Database(0)
        ]
    );
    assert_eq!(graph.deployments[0].calls[3].unless_cached_by, Some(0));
    assert_eq!(graph.entry.call.target, Target::Deployment(0));
    assert_eq!(graph.entry.balancer_id.as_deref(), Some("lb"));
    assert!(graph.externals[0].by_nat);
    assert!((graph.egress_bytes_per_request - 500.0).abs() < 1e-12);
}

#[test]
fn a_circle_loses_the_call_that_closes_it() {
    let users = Users {
        calls: calls(&[("web", None)]),
        ..Users::default()
    };
    let graph = FlowGraph::from_design(&design(vec![
        ("auth", deployment(&[("web", None)])),
        ("nodes", Component::NodeGroup(NodeGroup::default())),
        ("users", Component::Users(users)),
        ("web", deployment(&[("auth", None)])),
    ]));
    assert_eq!(graph.deployments[0].id, "web");
    assert_eq!(graph.deployments[0].calls.len(), 1);
    assert!(graph.deployments[1].calls.is_empty());
    assert_eq!(graph.entry.balancer_id, None);
}

#[test]
fn an_empty_design_has_a_graph_that_leads_nowhere() {
    let graph = FlowGraph::from_design(&design(vec![]));
    assert_eq!(graph.entry.call.target, Target::Deployment(usize::MAX));
    assert!(graph.deployments.is_empty());
}

#[test]
fn every_part_has_its_station() {
    let design = shop();
    let graph = FlowGraph::from_design(&design);
    let all = stations(&design, &graph);
    let index = StationIndex::new(&all, &graph);
    let name = |at: usize| format!("{} {:?}", all[at].component, all[at].zone);
    assert_eq!(index.pods.len(), 9);
    assert_eq!(name(index.pods[0]), "web Some(0)");
    assert_eq!(name(index.pods[5]), "auth Some(2)");
    assert_eq!(name(index.databases[0]), "db Some(0)");
    assert_eq!(name(index.externals[0]), "pay None");
    assert_eq!(index.balancer_nodes[2], None);
    assert_eq!(
        name(index.balancer_nodes[1].expect("in zone c")),
        "lb Some(1)"
    );
    assert_eq!(
        index.nat_gateways[0].map(name).as_deref(),
        Some("nat Some(0)")
    );
    assert_eq!(index.nat_gateways[1], None);
    assert!(all.is_sorted_by_key(|it| (it.kind, it.component.clone(), it.zone)));
}

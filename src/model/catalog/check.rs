//! What the price book has to say about a design: unknown names, and pods too large for any node.

use super::{InstanceType, cache_node, cache_node_types, database, database_classes, instance};
use crate::model::component::Component;
use crate::model::connection::ConnectionKind;
use crate::model::design::Design;
use crate::model::finding::{Finding, FindingKind, nearest};
use crate::model::workload::Deployment;

/// Findings of the price book about a design, in order of component id. Paths are JSON Pointers
/// below the architecture, such as `/components/nodes/instance_types/0`.
///
/// An instance type that is not listed is an error, because its size is unknown and no node of it
/// can be simulated. A database or cache without a price is simulated and missing from the bill,
/// so it is a warning, and so is a pod that fits on none of its pool's instance types: it will
/// stay pending.
#[must_use]
pub fn check(design: &Design) -> Vec<Finding> {
    let region = design.architecture.region;
    let mut findings = Vec::new();
    let unknown_instance = |path: String, name: &str| {
        let known = super::instances(region).map(|known| known.name);
        instance(region, name)
            .is_none()
            .then(|| Finding::error(path, no_price(name, known)))
    };
    for (index, vertex) in design.components() {
        let path = format!("/components/{}", vertex.id);
        match &vertex.component {
            Component::NodePool(pool) => {
                findings.extend(
                    pool.instance_types
                        .iter()
                        .enumerate()
                        .filter_map(|(at, name)| {
                            unknown_instance(format!("{path}/instance_types/{at}"), name)
                        }),
                );
            }
            Component::NodeGroup(group) => findings.extend(unknown_instance(
                format!("{path}/instance_type"),
                &group.instance_type,
            )),
            Component::Database(one) => {
                let name = one.instance_class.as_str();
                if database(region, name, one.deployment).is_none() {
                    let kind = no_price(name, database_classes(region));
                    findings.push(Finding::warning(format!("{path}/instance_class"), kind));
                }
            }
            Component::Cache(cache) => {
                let name = cache.node_type.as_str();
                if cache_node(region, name).is_none() {
                    let kind = no_price(name, cache_node_types(region));
                    findings.push(Finding::warning(format!("{path}/node_type"), kind));
                }
            }
            Component::Deployment(deployment) => {
                let nodes = design.targets(index, ConnectionKind::RunsOn);
                let types: Vec<_> = nodes
                    .flat_map(|nodes| listed_types(design, &design.vertex(nodes).component))
                    .collect();
                findings.extend(too_large(&path, deployment, &types));
            }
            _ => {}
        }
    }
    findings
}

fn no_price<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> FindingKind {
    FindingKind::NoPrice {
        name: name.chars().take(80).collect(),
        suggestion: nearest(name, known),
    }
}

/// The instance types of a pool or group that the book lists.
fn listed_types(design: &Design, nodes: &Component) -> Vec<&'static InstanceType> {
    let names: &[String] = match nodes {
        Component::NodePool(pool) => &pool.instance_types,
        Component::NodeGroup(group) => std::slice::from_ref(&group.instance_type),
        _ => &[],
    };
    let region = design.architecture.region;
    names
        .iter()
        .filter_map(|name| instance(region, name))
        .collect()
}

/// A finding when a pod fits on none of the types; it names the request that comes nearest.
fn too_large(path: &str, pod: &Deployment, types: &[&'static InstanceType]) -> Option<Finding> {
    let fits = |node: &InstanceType| {
        pod.cpu_request <= node.allocatable_cpu && pod.memory_request <= node.allocatable_memory
    };
    if types.iter().any(|node| fits(node)) {
        return None;
    }
    let most_cpu = types.iter().max_by_key(|node| node.allocatable_cpu)?;
    let most_memory = types.iter().max_by_key(|node| node.allocatable_memory)?;
    let (field, asked, given, node) = if pod.cpu_request > most_cpu.allocatable_cpu {
        (
            "cpu_request",
            pod.cpu_request.to_string(),
            most_cpu.allocatable_cpu.to_string(),
            most_cpu.name,
        )
    } else {
        (
            "memory_request",
            pod.memory_request.to_string(),
            most_memory.allocatable_memory.to_string(),
            most_memory.name,
        )
    };
    Some(Finding::warning(
        format!("{path}/{field}"),
        FindingKind::Contradiction {
            this: format!("{path}/{field} = {asked}"),
            relation: "<=".to_string(),
            other: format!("allocatable on {node} = {given}"),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, Cache, Database, NodeGroup, NodePool, Severity};
    use crate::units::{ByteSize, Cpu};

    #[track_caller]
    fn check_design(parts: Vec<(&str, Component)>, expected: &[(Severity, &str)]) -> Vec<Finding> {
        let architecture = Architecture {
            components: parts
                .into_iter()
                .map(|(id, part)| (id.to_string(), part))
                .collect(),
            ..Architecture::default()
        };
        let (design, _) = Design::resolve("one", architecture);
        let findings = check(&design);
        let got: Vec<_> = findings
            .iter()
            .map(|finding| (finding.severity, finding.path.as_str()))
            .collect();
        assert_eq!(got, expected);
        findings
    }

    fn pool(types: &[&str]) -> Component {
        Component::NodePool(NodePool {
            instance_types: types.iter().map(|name| (*name).to_string()).collect(),
            ..NodePool::default()
        })
    }

    fn pods(cpu_millis: u32, memory_gib: u64) -> Component {
        Component::Deployment(Deployment {
            runs_on: "nodes".into(),
            cpu_request: Cpu::from_millis(cpu_millis),
            memory_request: ByteSize::from_bytes(memory_gib << 30),
            ..Deployment::default()
        })
    }

    #[test]
    fn unknown_names_are_found_with_the_nearest_known_one() {
        let findings = check_design(
            vec![
                (
                    "cache",
                    Component::Cache(Cache {
                        node_type: "cache.m6g.lage".to_string(),
                        ..Cache::default()
                    }),
                ),
                (
                    "db",
                    Component::Database(Database {
                        instance_class: "db.z9.large".to_string(),
                        ..Database::default()
                    }),
                ),
                (
                    "group",
                    Component::NodeGroup(NodeGroup {
                        instance_type: "m6i.larg".to_string(),
                        ..NodeGroup::default()
                    }),
                ),
                ("pool", pool(&["m6i.large", "x"])),
            ],
            &[
                (Severity::Warning, "/components/cache/node_type"),
                (Severity::Warning, "/components/db/instance_class"),
                (Severity::Error, "/components/group/instance_type"),
                (Severity::Error, "/components/pool/instance_types/1"),
            ],
        );
        let expected = FindingKind::NoPrice {
            name: "m6i.larg".to_string(),
            suggestion: Some("m6i.large".to_string()),
        };
        assert_eq!(findings[2].kind, expected);
    }

    #[test]
    fn a_pod_must_fit_on_one_of_the_types() {
        check_design(
            vec![("api", pods(1930, 6)), ("nodes", pool(&["m6i.large"]))],
            &[],
        );
        check_design(
            vec![
                ("api", pods(2000, 6)),
                ("nodes", pool(&["m6i.large", "m6i.xlarge"])),
            ],
            &[],
        );
        let one = check_design(
            vec![("api", pods(2000, 6)), ("nodes", pool(&["m6i.large"]))],
            &[(Severity::Warning, "/components/api/cpu_request")],
        );
        let FindingKind::Contradiction { other, .. } = &one[0].kind else {
            panic!("{one:?}");
        };
        assert_eq!(other, "allocatable on m6i.large = 1930m");
        check_design(
            vec![("api", pods(100, 7)), ("nodes", pool(&["m6i.large"]))],
            &[(Severity::Warning, "/components/api/memory_request")],
        );
    }
}

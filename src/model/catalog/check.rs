//! What the price book has to say about a design: unknown names, and pods too large for any node.

use super::{InstanceType, cache_node, cache_node_types, database, database_classes, instance};
use crate::model::component::Component;
use crate::model::connection::ConnectionKind;
use crate::model::design::{ComponentIndex, Design};
use crate::model::finding::{Finding, FindingKind, nearest};
use crate::model::workload::Deployment;
use crate::units::{ByteSize, Cpu};

/// Findings of the price book about a design, in order of component id. Paths are JSON Pointers
/// below the architecture, such as `/components/nodes/instance_types/0`.
///
/// An instance type that is not listed is an error, because its size is unknown and no node of it
/// can be simulated. A database or cache without a price is simulated and missing from the bill,
/// so it is a warning, and so is a pod that fits on none of its pool's instance types beside the
/// daemon pods: it will stay pending.
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
                let rooms: Vec<_> = nodes.flat_map(|it| rooms_on(design, it)).collect();
                findings.extend(too_large(&path, deployment, &rooms));
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

/// What an instance type has for pods that are not a DaemonSet's.
struct Room {
    name: &'static str,
    cpu: Cpu,
    memory: ByteSize,
    daemons: bool,
}

/// The rooms of a pool's or group's instance types.
fn rooms_on(design: &Design, nodes: ComponentIndex) -> Vec<Room> {
    let vertex = design.vertex(nodes);
    let taken = design.architecture.daemons_on(&vertex.id);
    let types = listed_types(design, &vertex.component).into_iter();
    let room = |it: &'static InstanceType| {
        let millis = it.allocatable_cpu.millis();
        let bytes = it.allocatable_memory.bytes();
        Room {
            name: it.name,
            cpu: Cpu::from_millis(millis.saturating_sub(taken.cpu.millis())),
            memory: ByteSize::from_bytes(bytes.saturating_sub(taken.memory.bytes())),
            daemons: taken.pods > 0,
        }
    };
    types.map(room).collect()
}

/// A finding when a pod fits on none of the types; it names the request that comes nearest.
fn too_large(path: &str, pod: &Deployment, rooms: &[Room]) -> Option<Finding> {
    let fits = |room: &Room| pod.cpu_request <= room.cpu && pod.memory_request <= room.memory;
    if rooms.iter().any(fits) {
        return None;
    }
    let most_cpu = rooms.iter().max_by_key(|room| room.cpu)?;
    let most_memory = rooms.iter().max_by_key(|room| room.memory)?;
    let (field, asked, given, room) = if pod.cpu_request > most_cpu.cpu {
        (
            "cpu_request",
            pod.cpu_request.to_string(),
            most_cpu.cpu.to_string(),
            most_cpu,
        )
    } else {
        (
            "memory_request",
            pod.memory_request.to_string(),
            most_memory.memory.to_string(),
            most_memory,
        )
    };
    let beside = if room.daemons {
        " beside daemon_sets"
    } else {
        ""
    };
    Some(Finding::warning(
        format!("{path}/{field}"),
        FindingKind::Contradiction {
            this: format!("{path}/{field} = {asked}"),
            relation: "<=".to_string(),
            other: format!("allocatable on {}{beside} = {given}", room.name),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, Cache, DaemonSet, Database, NodeGroup, NodePool, Severity};

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

    #[test]
    fn a_pod_must_fit_beside_the_daemons() {
        let found = |daemon_m| {
            let mut architecture = Architecture::default();
            let parts = [("api", pods(1800, 6)), ("nodes", pool(&["m6i.large"]))];
            for (id, part) in parts {
                architecture.components.insert(id.to_string(), part);
            }
            let daemon = DaemonSet {
                cpu_request: Cpu::from_millis(daemon_m),
                ..DaemonSet::default()
            };
            let all = &mut architecture.kubernetes.daemon_sets;
            all.insert("cni".to_string(), daemon);
            check(&Design::resolve("one", architecture).0)
        };
        assert!(found(130).is_empty());
        let one = found(131);
        assert_eq!(one.len(), 1);
        let FindingKind::Contradiction { other, .. } = &one[0].kind else {
            panic!("{one:?}");
        };
        assert_eq!(other, "allocatable on m6i.large beside daemon_sets = 1799m");
    }
}

//! The nodes that kube-scheduler leaves for a pod: kind `feasible_nodes`.

use serde_json::{Value, json};

use super::spreads;
use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Answer, Case};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::policy::pod_rules::{NodeTerm, PodRules};
use crate::sim::policy::resources::{Resources, SmallSet, ZoneSet};
use crate::sim::policy::scheduler::{self, Cluster, Node, Pod};
use crate::sim::policy::topology::Place;

pub(super) fn answer(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    let mut zones: Vec<String> = Vec::new();
    let (mut names, mut nodes, mut pods_on) = (Vec::new(), Vec::new(), Vec::new());
    for value in fields.list("nodes")? {
        let mut node = Fields::of(value)?;
        let zone = number_of(node.take("zone")?, &mut zones);
        names.push(node.take::<String>("name")?);
        pods_on.push(node.take::<u32>("matching_pods")?);
        nodes.push(empty_node(nodes.len(), zone));
        node.finish()?;
    }
    let mut rules = PodRules::default();
    for value in fields.list("constraints")? {
        let mut constraint = Fields::of(value)?;
        if let Some(excluded) = constraint.maybe::<Vec<String>>("exclude_zones_by_node_affinity")? {
            rules.node_affinity.push(other_zones(&zones, &excluded));
        }
        rules.spreads.push(spreads::read(&mut constraint)?);
        constraint.finish()?;
    }
    fields.finish()?;
    let pod = Pod {
        workload: 0,
        pools: &[0],
        requests: Resources::default(),
    };
    let cluster = Cluster {
        nodes: &nodes,
        rules: &[&rules],
        pods_on: &[pods_on],
        ending_on: &[],
    };
    let (feasible, _) = scheduler::feasible(&pod, &cluster);
    let feasible: Vec<Value> = feasible.into_iter().map(|at| json!(names[at])).collect();
    Ok(json!({ "feasible": feasible }))
}

/// The number of a zone by its name.
fn number_of(name: String, zones: &mut Vec<String>) -> ZoneIndex {
    let at = zones.iter().position(|zone| *zone == name);
    let at = at.unwrap_or_else(|| {
        zones.push(name);
        zones.len() - 1
    });
    ZoneIndex(u8::try_from(at).unwrap_or(u8::MAX))
}

fn other_zones(zones: &[String], excluded: &[String]) -> NodeTerm {
    let kept = (0_u8..)
        .zip(zones)
        .filter(|(_, zone)| !excluded.contains(zone));
    let kept: ZoneSet = kept.map(|(at, _)| ZoneIndex(at)).collect();
    NodeTerm {
        zones: Some(kept),
        ..NodeTerm::default()
    }
}

/// A ready node with room for anything.
fn empty_node(host: usize, zone: ZoneIndex) -> Node {
    Node {
        pool: 0,
        place: Place {
            host,
            zone,
            capacity_type: CapacityType::OnDemand,
        },
        allocatable: Resources::default(),
        requested: Resources::default(),
        pod_slots: u32::MAX,
        n_pods: 0,
        ready: true,
        schedulable: true,
        taints: SmallSet::default(),
        soft_taints: SmallSet::default(),
        host_ports: SmallSet::default(),
    }
}

//! Pods that seek or avoid each other: kinds `affinity` and `node_count`.

use serde_json::json;

use super::bed::{self, Bed};
use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Answer, Case, Gap};
use crate::model::TopologyKey;
use crate::sim::policy::resources::Resources;
use crate::sim::policy::topology::Term;

const POD: Resources = Resources {
    cpu_m: 100,
    memory_bytes: 1 << 20,
};

const fn required(workload: usize, key: TopologyKey) -> Term {
    Term {
        workload,
        key,
        weight: None,
    }
}

/// A bed of one roomy pool in some zones, with a workload and one that has no pods.
fn bed(n_zones: u8, pod_slots: Option<u32>) -> Bed {
    let zones: Vec<u8> = (0..n_zones).collect();
    let mut kind = bed::roomy(&zones);
    kind.pod_slots = pod_slots.unwrap_or(kind.pod_slots);
    Bed {
        pools: vec![bed::pool(vec![kind])],
        workloads: vec![bed::workload(&[0]), bed::workload(&[0])],
        nodes: Vec::new(),
    }
}

pub(super) fn answer(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    if let Some(batches) = fields.maybe::<u32>("batches_of_3_self_avoiding_pods")? {
        let n_zones: u32 = fields.take("zones")?;
        fields.finish()?;
        let mut bed = bed(u8::try_from(n_zones).unwrap_or(u8::MAX), None);
        bed.workloads[0].rules.anti_affinity = vec![required(0, TopologyKey::Zone)];
        let mut totals = Vec::new();
        for _ in 0..batches {
            bed.round(&[bed::pods(0, 3, POD)]);
            totals.push(bed.nodes.iter().map(|it| it.pods[0]).sum::<u32>());
        }
        return Ok(json!({ "scheduled_total_after_each_batch": totals }));
    }
    let pods = fields.take("pods")?;
    let mut bed = bed(3, fields.maybe("max_pods_per_node")?);
    let term = match fields.maybe::<String>("affinity")?.as_deref() {
        Some("self/hostname") => required(0, TopologyKey::Hostname),
        None if fields.maybe::<bool>("affinity_target_exists")? == Some(false) => {
            required(1, TopologyKey::Hostname)
        }
        other => return Err(Gap::Value(other.unwrap_or("affinity").to_string()).into()),
    };
    fields.finish()?;
    bed.workloads[0].rules.affinity = vec![term];
    let pending = bed.round(&[bed::pods(0, pods, POD)]);
    Ok(json!({
        "nodes": bed.nodes.len(),
        "pending": pending,
        "scheduled": pods - pending,
    }))
}

/// Nodes for pods that all want one port of their node.
pub(super) fn node_count(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    let pods = fields.take("pods")?;
    let mut bed = bed(3, None);
    if fields.maybe::<u32>("host_port")?.is_some() {
        bed.workloads[0].rules.host_ports.insert(0);
    }
    fields.finish()?;
    bed.round(&[bed::pods(0, pods, POD)]);
    Ok(json!({ "nodes": bed.nodes.len() }))
}

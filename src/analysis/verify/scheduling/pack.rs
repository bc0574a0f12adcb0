//! Which nodes Karpenter buys for pods: kinds `pack` and `pack_property`.

use serde_json::{Value, json};

use super::bed::{self, Bed};
use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Answer, Case, Obstacle};
use crate::sim::policy::karpenter::{InstanceType, PendingPods, Workload};
use crate::sim::policy::resources::{PodRequests, Resources};

/// A type of a case.
struct Kind {
    name: String,
    arch: Option<String>,
    instance_type: InstanceType,
}

fn amounts(cores: f64, bytes: f64) -> Resources {
    Resources {
        cpu_m: (cores * 1000.0).round() as u64,
        memory_bytes: bytes.round() as u64,
    }
}

/// Amounts under two keys; what is absent is nothing.
fn read(fields: &mut Fields<'_>, cpu: &str, memory: &str) -> Result<Resources, Obstacle> {
    let cores = fields.maybe(cpu)?.unwrap_or(0.0);
    Ok(amounts(cores, fields.maybe(memory)?.unwrap_or(0.0)))
}

fn kinds(fields: &mut Fields<'_>) -> Result<Vec<Kind>, Obstacle> {
    let overhead = match fields.value("overhead_per_node") {
        Some(value) => {
            let mut overhead = Fields::of(value)?;
            let read = read(&mut overhead, "cpu", "memory_bytes")?;
            overhead.finish()?;
            read
        }
        None => Resources::default(),
    };
    let mut kinds = Vec::new();
    for value in fields.list("instance_types")? {
        let mut it = Fields::of(value)?;
        let bytes: Option<f64> = it.maybe("memory_bytes")?;
        let machine = amounts(it.take("cpu")?, bytes.unwrap_or(1e12));
        let price: Option<f64> = it.maybe("price")?;
        let price = (price.unwrap_or(1.0) * 1e6).round() as u64;
        let room = machine.minus(overhead);
        kinds.push(Kind {
            name: it.take("name")?,
            arch: it.maybe("arch")?,
            instance_type: InstanceType {
                cpu_m: machine.cpu_m,
                ..bed::instance_type(room, it.take("max_pods")?, &[0, 1, 2], price)
            },
        });
        it.finish()?;
    }
    Ok(kinds)
}

pub(super) fn answer(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    let kinds = kinds(&mut fields)?;
    // Each type in a pool of its own would buy the first that fits; one pool for each
    // architecture, as people set them up, leaves the choice by price to Karpenter.
    let mut archs: Vec<Option<String>> = Vec::new();
    for kind in &kinds {
        if !archs.contains(&kind.arch) {
            archs.push(kind.arch.clone());
        }
    }
    let of_arch = |arch: &Option<String>| -> Vec<&Kind> {
        kinds.iter().filter(|it| it.arch == *arch).collect()
    };
    let pool = |arch: &Option<String>| {
        let own = of_arch(arch).into_iter();
        bed::pool(own.map(|it| it.instance_type.clone()).collect())
    };
    let mut workloads: Vec<Workload> = Vec::new();
    let mut pending: Vec<PendingPods> = Vec::new();
    for value in fields.list("pods")? {
        let mut pods = Fields::of(value)?;
        let arch: Option<String> = pods.maybe("arch")?;
        let fits = |at: &usize| arch.is_none() || archs[*at] == arch;
        let pools: Vec<usize> = (0..archs.len()).filter(fits).collect();
        let requests = PodRequests {
            containers: read(&mut pods, "cpu", "memory_bytes")?,
            init: read(&mut pods, "init_cpu", "init_memory_bytes")?,
            overhead: read(&mut pods, "pod_overhead_cpu", "pod_overhead_memory_bytes")?,
        };
        let count = pods.take("count")?;
        pending.push(bed::pods(workloads.len(), count, requests.effective()));
        workloads.push(bed::workload(&pools));
        pods.finish()?;
    }
    fields.finish()?;
    let mut bed = Bed {
        pools: archs.iter().map(pool).collect(),
        workloads,
        nodes: Vec::new(),
    };
    let left = bed.round(&pending);
    let name = |node: &bed::Node| -> &str {
        let kind = of_arch(&archs[node.pool])[node.instance_type];
        &kind.name
    };
    let bought: Vec<&str> = bed.nodes.iter().map(name).collect();
    let count = |kind: &Kind| bought.iter().filter(|it| **it == kind.name).count();
    let nodes: Vec<Value> = kinds
        .iter()
        .filter(|kind| count(kind) > 0)
        .map(|kind| json!({ "type": kind.name, "count": count(kind) }))
        .collect();
    let differ = kinds.iter().all(|kind| count(kind) <= 1);
    Ok(json!({
        "nodes": nodes,
        "total_nodes": bought.len(),
        "types_differ": differ,
        "pending": left,
    }))
}

/// Batch after batch of pods on nodes that are on their way: how many nodes keep a core free.
pub(super) fn property(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    let kinds = kinds(&mut fields)?;
    let pod = amounts(fields.take("pod_cpu")?, 0.0);
    let batches: u32 = fields.take("batches")?;
    // Sizes of 0 to 9 in nine different orders stand for the source's random ones.
    fields.ignore("batch_size");
    fields.finish()?;
    let types: Vec<InstanceType> = kinds.into_iter().map(|it| it.instance_type).collect();
    let mut most = 0;
    for step in 1..10 {
        let mut bed = Bed {
            pools: vec![bed::pool(types.clone())],
            workloads: vec![bed::workload(&[0])],
            nodes: Vec::new(),
        };
        for batch in 0..batches {
            bed.round(&[bed::pods(0, (batch * step + 3) % 10, pod)]);
        }
        let has_room = |it: &&bed::Node| {
            let kind = &types[it.instance_type];
            pod.fit_in(kind.allocatable.minus(it.requested)) && it.pods[0] < kind.pod_slots
        };
        most = most.max(bed.nodes.iter().filter(has_room).count());
    }
    Ok(json!({ "max_nodes_with_one_cpu_free": most }))
}

//! Cases of Cluster Autoscaler: how many nodes pods need, which node may go, who may follow.

use serde_json::{Value, json};

use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Answer, Case, Obstacle};
use crate::model::ClusterAutoscaler;
use crate::sim::policy::cluster_autoscaler::estimate::{PodGroup, Template};
use crate::sim::policy::cluster_autoscaler::{estimate, scale_down, sequence};
use crate::sim::policy::resources::Resources;
use crate::units::{Ratio, SimDuration};

const MIB: u64 = 1 << 20;

/// New nodes of a template for groups of pods.
pub(super) fn new_nodes(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let node = input.value("template_node").unwrap_or(&Value::Null);
    let mut node = Fields::of(node)?;
    let template = Template {
        free: Resources {
            cpu_m: node.take("cpu_m")?,
            memory_bytes: node.take::<u64>("memory_mi")? * MIB,
        },
        free_slots: node.take("max_pods")?,
    };
    // No pod of a case is spread over zones, so neither the template's zone nor a node that is
    // there already matters: an estimate packs new nodes only.
    node.ignore("zone");
    node.finish()?;
    input.ignore("existing");
    let max_nodes: Option<u32> = input.maybe("max_nodes")?;
    let mut groups = Vec::new();
    for group in input.list("pod_groups")? {
        groups.push(pod_group(group)?);
    }
    input.finish()?;
    let found = estimate::estimate(&groups, &template, max_nodes.unwrap_or(u32::MAX));
    Ok(json!({
        "new_nodes": found.nodes,
        "pods_scheduled": found.pods.iter().sum::<u32>(),
    }))
}

fn pod_group(value: &Value) -> Result<PodGroup, Obstacle> {
    let mut fields = Fields::of(value)?;
    let group = PodGroup {
        count: fields.take("count")?,
        requests: Resources {
            cpu_m: fields.take("cpu_m")?,
            memory_bytes: fields.take("memory_bytes")?,
        },
        host_port: fields.maybe::<u32>("host_port")?.map(|port| port as u16),
        max_per_node: u32::MAX,
    };
    fields.finish()?;
    Ok(group)
}

/// Whether a node may go now.
pub(super) fn may_go(case: &Case) -> Answer {
    /// Fractions as amounts of a node that has this much of everything.
    const WHOLE: f64 = 1e9;
    let mut input = Fields::new(&case.input);
    let mut amount = |key| Ok::<_, Obstacle>((input.take::<f64>(key)? * WHOLE).round() as u64);
    let requested = Resources {
        cpu_m: amount("cpu_request_fraction")?,
        memory_bytes: amount("memory_request_fraction")?,
    };
    let allocatable = Resources {
        cpu_m: WHOLE as u64,
        memory_bytes: WHOLE as u64,
    };
    let minutes = |input: &mut Fields<'_>, key| {
        Ok::<_, Obstacle>(SimDuration::from_s_f64(input.take::<f64>(key)? * 60.0))
    };
    let flags = ClusterAutoscaler {
        scale_down_utilization_threshold: Ratio::new(input.take("threshold")?),
        scale_down_unneeded_time: minutes(&mut input, "unneeded_time_minutes")?,
        ..ClusterAutoscaler::default()
    };
    let can_move = input.take("all_pods_movable")?;
    let unneeded_for = minutes(&mut input, "unneeded_minutes")?;
    input.finish()?;
    let used = scale_down::utilization(requested, allocatable);
    let verdict = scale_down::may_go(used, can_move, unneeded_for, true, &flags);
    Ok(json!({ "remove": verdict.is_ok() }))
}

/// Who may follow the first of several unneeded nodes.
pub(super) fn followers(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let names: Vec<String> = input.take("below_threshold")?;
    let simulated: Value = input.take("simulated_targets")?;
    input.finish()?;
    let mut known: Vec<&str> = Vec::new();
    let mut targets = Vec::new();
    for name in &names {
        let target = simulated
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default();
        let at = known
            .iter()
            .position(|it| *it == target)
            .unwrap_or_else(|| {
                known.push(target);
                known.len() - 1
            });
        targets.push(vec![at]);
    }
    let (follow, recheck) = sequence::after_removal(&targets, 0);
    let named = |all: Vec<usize>| {
        all.into_iter()
            .map(|at| names[at].as_str())
            .collect::<Vec<_>>()
    };
    Ok(json!({
        "first": names.first(),
        "may_follow_immediately": named(follow),
        "must_be_rechecked": named(recheck),
    }))
}

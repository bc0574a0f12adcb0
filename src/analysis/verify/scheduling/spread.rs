//! Karpenter's spreads: kinds `spread` and `spread_two_keys`.

use serde_json::{Map, Value, json};

use super::bed::{self, Bed};
use super::spreads;
use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Answer, Case, Gap, Obstacle};
use crate::model::{CapacityType, TopologyKey, TopologySpread, WhenUnsatisfiable, ZoneIndex};
use crate::sim::policy::karpenter::{InstanceType, Pool};
use crate::sim::policy::pod_rules::NodeTerm;
use crate::sim::policy::resources::Resources;
use crate::units::order;

const POD: Resources = Resources {
    cpu_m: 100,
    memory_bytes: 1 << 20,
};
/// The workload whose pods are spread; another keeps a pool over all domains known to Karpenter.
const OWN: usize = 0;

/// Rounds or groups of pods over one key.
pub(super) fn one_key(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    let key = spreads::key(&fields.take::<String>("topology_key")?)?;
    let domains: Vec<String> = fields.take("domains")?;
    let mut bed = bed_over(&domains);
    if let Some(initial) = fields.maybe::<Map<String, Value>>("initial_pods_per_domain")? {
        for (domain, pods) in &initial {
            let zone = zone_of(domain, &domains)?;
            let count = pods.as_u64().unwrap_or(0) as u32;
            let at = bed.add_node(1, ZoneIndex(zone), CapacityType::OnDemand);
            bed.put(at, &bed::pods(OWN, 0, POD), count);
        }
    }
    let mut pending = 0;
    let mut after_each_group = Vec::new();
    if let Some(rounds) = fields.value("rounds").and_then(Value::as_array) {
        for round in rounds {
            let mut round = Fields::of(round)?;
            let allowed: Option<Vec<String>> = round.maybe("domains_allowed")?;
            let zones = zones_of(&allowed.unwrap_or_else(|| domains.clone()), &domains)?;
            let count = round.take("pods")?;
            let rule = TopologySpread {
                topology_key: key,
                ..spreads::rule(&mut round)?
            };
            round.finish()?;
            bed.pools[0] = bed::pool(vec![for_one_pod(&zones)]);
            bed.workloads[OWN].rules.spreads = vec![rule];
            pending += bed.round(&[bed::pods(OWN, count, POD)]);
        }
    } else {
        let max_skew = fields.take("max_skew")?;
        bed.workloads[OWN].rules.spreads = vec![TopologySpread {
            topology_key: key,
            max_skew,
            ..TopologySpread::default()
        }];
        for group in fields.list("groups")? {
            let mut group = Fields::of(group)?;
            let count = group.take("pods")?;
            let mut terms = Vec::new();
            for (field, weight) in [("preferred_zones", Some(1)), ("required_zones", None)] {
                if let Some(zones) = group.maybe::<Vec<String>>(field)? {
                    let zones = zones_of(&zones, &domains)?;
                    terms.push(NodeTerm {
                        zones: Some(zones.into_iter().map(ZoneIndex).collect()),
                        capacity_type: None,
                        weight,
                    });
                }
            }
            group.finish()?;
            bed.workloads[OWN].rules.node_affinity = terms;
            pending += bed.round(&[bed::pods(OWN, count, POD)]);
            after_each_group.push(counts(&bed, key));
        }
    }
    fields.finish()?;
    Ok(json!({
        "pods_per_domain_sorted": counts(&bed, key),
        "pending": pending,
        "after_each_group": after_each_group,
    }))
}

/// Pods that keep two rules at once.
pub(super) fn two_keys(case: &Case) -> Answer {
    let mut fields = Fields::new(&case.input);
    let by_zone: Option<u32> = fields.maybe("zone_max_skew")?;
    let by_capacity: Option<u32> = fields.maybe("capacity_type_max_skew")?;
    let (key, max_skew) = match (by_zone, by_capacity) {
        (Some(skew), None) => (TopologyKey::Zone, skew),
        (None, Some(skew)) => (TopologyKey::CapacityType, skew),
        _ => return Err(Gap::Value("two keys besides hostname".to_string()).into()),
    };
    let n_with_capacity: u8 = narrow(fields.maybe("zones_with_capacity")?.unwrap_or(1));
    let n_known: u8 = narrow(fields.maybe("zones_known")?.unwrap_or(1));
    if fields
        .maybe::<u32>("capacity_types")?
        .is_some_and(|it| it != 2)
    {
        return Err(Gap::Value("capacity_types".to_string()).into());
    }
    let on_hosts = TopologySpread {
        topology_key: TopologyKey::Hostname,
        max_skew: fields.maybe("hostname_max_skew")?.unwrap_or(1),
        when_unsatisfiable: match fields
            .maybe::<String>("hostname_when_unsatisfiable")?
            .as_deref()
        {
            Some("ScheduleAnyway") => WhenUnsatisfiable::ScheduleAnyway,
            _ => WhenUnsatisfiable::DoNotSchedule,
        },
        ..TopologySpread::default()
    };
    let batches: Vec<u32> = fields.take("batches")?;
    fields.finish()?;

    let some: Vec<u8> = (0..n_with_capacity).collect();
    let others: Vec<u8> = (n_with_capacity..n_known).collect();
    let closed = Pool {
        cpu_limit_m: Some(0),
        ..bed::pool(vec![bed::roomy(&others)])
    };
    let mut own = bed::workload(&[0, 1]);
    own.rules.spreads = vec![
        TopologySpread {
            topology_key: key,
            max_skew,
            ..TopologySpread::default()
        },
        on_hosts,
    ];
    let mut bed = Bed {
        pools: vec![bed::pool(vec![bed::roomy(&some)]), closed],
        workloads: vec![own],
        nodes: Vec::new(),
    };
    let mut pending = 0;
    let mut after = Vec::new();
    for batch in batches {
        pending += bed.round(&[bed::pods(OWN, batch, POD)]);
        after.push(counts(&bed, key));
    }
    let fullest = bed.nodes.iter().map(|it| it.pods[OWN]).max();
    let word = match key {
        TopologyKey::Zone => "zone_counts_sorted_after_each_batch",
        _ => "capacity_type_counts_sorted_after_each_batch",
    };
    Ok(json!({ word: after, "pending": pending, "max_pods_per_node": fullest }))
}

/// A type that holds one pod, so that earlier nodes have no room where a round may not launch.
fn for_one_pod(zones: &[u8]) -> InstanceType {
    InstanceType {
        pod_slots: 1,
        ..bed::roomy(zones)
    }
}

/// A pool for the pods, and another that keeps every domain known.
fn bed_over(domains: &[String]) -> Bed {
    let zones: Vec<u8> = (0_u8..).take(domains.len()).collect();
    let all = bed::pool(vec![for_one_pod(&zones)]);
    Bed {
        pools: vec![all.clone(), all],
        workloads: vec![bed::workload(&[0]), bed::workload(&[1])],
        nodes: Vec::new(),
    }
}

/// Pods of the domains that have some, most first.
fn counts(bed: &Bed, key: TopologyKey) -> Vec<u32> {
    let mut counts: Vec<u32> = match key {
        TopologyKey::Hostname => bed.nodes.iter().map(|it| it.pods[OWN]).collect(),
        _ => {
            let mut counts = vec![0; 8];
            for node in &bed.nodes {
                let domain = match key {
                    TopologyKey::Zone => node.zone.index(),
                    _ => node.capacity_type as usize,
                };
                counts[domain] += node.pods[OWN];
            }
            counts
        }
    };
    counts.retain(|count| *count > 0);
    order::sort_by(&mut counts, |a, b| b.cmp(a));
    counts
}

fn zones_of(names: &[String], domains: &[String]) -> Result<Vec<u8>, Obstacle> {
    names.iter().map(|name| zone_of(name, domains)).collect()
}

fn zone_of(name: &str, domains: &[String]) -> Result<u8, Obstacle> {
    let at = domains.iter().position(|it| it == name);
    at.map(|at| narrow(at as u32))
        .ok_or_else(|| Gap::Value(name.to_string()).into())
}

fn narrow(n: u32) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

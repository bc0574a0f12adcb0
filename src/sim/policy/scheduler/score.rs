//! Scores: which of the nodes that remain is best.
//!
//! Each plugin gives a node points that are brought to 0 to 100 over all feasible nodes; their sum,
//! weighted, decides. Weights of the default plugins: taints 3, node affinity, spread and pod
//! affinity 2, free room and balance 1.

use super::{Cluster, Counted, Node, Pod, count_spread, count_term};
use crate::model::{TopologyKey, TopologySpread, WhenUnsatisfiable};
use crate::sim::policy::resources::Resources;
use crate::sim::policy::topology::{self, Place, Tally};

const MOST: i64 = 100;
const TAINT_WEIGHT: i64 = 3;
const NODE_AFFINITY_WEIGHT: i64 = 2;
const SPREAD_WEIGHT: i64 = 2;
const POD_AFFINITY_WEIGHT: i64 = 2;
/// Points for standing beside pods that require this pod's kind (`hardPodAffinityWeight`).
const HARD_POD_AFFINITY: i64 = 1;
/// A container without a request counts as this much where free room is scored
/// (`DefaultMilliCPURequest`, `DefaultMemoryRequest`); a small request counts as it is.
const WITHOUT_REQUEST: Resources = Resources {
    cpu_m: 100,
    memory_bytes: 200 * 1024 * 1024,
};

/// What spreads a workload that states no constraint of its own (`systemDefaultConstraints`).
const DEFAULT_SPREADS: [(TopologyKey, u32); 2] =
    [(TopologyKey::Hostname, 3), (TopologyKey::Zone, 5)];

/// The best of several nodes, the first of equals.
pub(super) fn best(pod: &Pod<'_>, cluster: &Cluster<'_>, feasible: &[usize]) -> usize {
    let mut total: Vec<i64> = feasible
        .iter()
        .map(|at| room(pod, &cluster.nodes[*at]))
        .collect();
    let mut add = |points: Option<Vec<i64>>, weight: i64| {
        for (sum, points) in total.iter_mut().zip(points.unwrap_or_default()) {
            *sum += weight * points;
        }
    };
    add(taints(pod, cluster, feasible), TAINT_WEIGHT);
    add(node_affinity(pod, cluster, feasible), NODE_AFFINITY_WEIGHT);
    add(spread(pod, cluster, feasible), SPREAD_WEIGHT);
    add(pod_affinity(pod, cluster, feasible), POD_AFFINITY_WEIGHT);
    let mut best = 0;
    for (at, points) in total.iter().enumerate() {
        if *points > total[best] {
            best = at;
        }
    }
    feasible[best]
}

/// Least allocated plus balanced: the mean free share of CPU and memory after placing, and how
/// near the two used shares are to each other.
fn room(pod: &Pod<'_>, node: &Node) -> i64 {
    let or = |asked: u64, default: u64| if asked == 0 { default } else { asked };
    let asks = Resources {
        cpu_m: or(pod.requests.cpu_m, WITHOUT_REQUEST.cpu_m),
        memory_bytes: or(pod.requests.memory_bytes, WITHOUT_REQUEST.memory_bytes),
    };
    let free = node.allocatable.minus(node.requested.plus(asks));
    let used = node.requested.plus(pod.requests);
    let share = |part: u64, of: u64| (part.saturating_mul(100) / of.max(1)) as i64;
    let all = node.allocatable;
    let least = (share(free.cpu_m, all.cpu_m) + share(free.memory_bytes, all.memory_bytes)) / 2;
    let fraction = |part: u64, of: u64| (part as f64 / of.max(1) as f64).min(1.0);
    let apart = fraction(used.cpu_m, all.cpu_m) - fraction(used.memory_bytes, all.memory_bytes);
    // The standard deviation of two shares is half their difference.
    let balance = ((1.0 - apart.abs() / 2.0) * MOST as f64) as i64;
    least + balance
}

/// Fewer untolerated soft taints are better; none when no node has any.
fn taints(pod: &Pod<'_>, cluster: &Cluster<'_>, feasible: &[usize]) -> Option<Vec<i64>> {
    let tolerates = cluster.rules[pod.workload].tolerates;
    let bad = |at: &usize| i64::from(cluster.nodes[*at].soft_taints.without(tolerates).len());
    let counts: Vec<i64> = feasible.iter().map(bad).collect();
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    Some(counts.iter().map(|it| MOST - it * MOST / most).collect())
}

/// Weights of the preferred node terms that fit.
fn node_affinity(pod: &Pod<'_>, cluster: &Cluster<'_>, feasible: &[usize]) -> Option<Vec<i64>> {
    let wishes = &cluster.rules[pod.workload].node_affinity;
    let fits = |place: &Place| -> i64 {
        let fitting = wishes
            .iter()
            .filter(|it| it.fits(place.zone, place.capacity_type));
        fitting.filter_map(|it| it.weight).map(i64::from).sum()
    };
    let sums: Vec<i64> = feasible
        .iter()
        .map(|at| fits(&cluster.nodes[*at].place))
        .collect();
    let most = sums.iter().copied().max().filter(|most| *most > 0)?;
    Some(sums.iter().map(|it| it * MOST / most).collect())
}

/// Soft spreads: fewer pods in the domain are better, the more so the more domains there are.
fn spread(pod: &Pod<'_>, cluster: &Cluster<'_>, feasible: &[usize]) -> Option<Vec<i64>> {
    let stated = &cluster.rules[pod.workload].spreads;
    let soft: Vec<TopologySpread> = if stated.is_empty() {
        let default = |(topology_key, max_skew)| TopologySpread {
            topology_key,
            max_skew,
            when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
            ..TopologySpread::default()
        };
        DEFAULT_SPREADS.map(default).to_vec()
    } else {
        let soft = stated.iter().filter(|it| !topology::is_strict(it));
        soft.copied().collect()
    };
    if soft.is_empty() {
        return None;
    }
    let mut sums = vec![0.0; feasible.len()];
    for rule in &soft {
        let tally = count_spread(pod, rule, cluster);
        let weight = libm::log(domains_of(rule.topology_key, cluster, feasible) as f64 + 2.0);
        for (sum, at) in sums.iter_mut().zip(feasible) {
            let count = tally.count(cluster.nodes[*at].place.domain(rule.topology_key));
            *sum += f64::from(count) * weight + f64::from(rule.max_skew - 1);
        }
    }
    let sums: Vec<i64> = sums.iter().map(|it| it.round() as i64).collect();
    let (least, most) = (*sums.iter().min()?, *sums.iter().max()?);
    let points = |sum: &i64| match most {
        0 => MOST,
        _ => MOST * (most + least - sum) / most,
    };
    Some(sums.iter().map(points).collect())
}

/// Different domains among the feasible nodes.
fn domains_of(key: TopologyKey, cluster: &Cluster<'_>, feasible: &[usize]) -> usize {
    let mut seen = Tally::default();
    for at in feasible {
        seen.register(cluster.nodes[*at].place.domain(key));
    }
    seen.domains().count()
}

/// Preferred affinity in both directions, and standing beside pods that require this kind.
fn pod_affinity(pod: &Pod<'_>, cluster: &Cluster<'_>, feasible: &[usize]) -> Option<Vec<i64>> {
    let mut wishes: Vec<(Counted, i64)> = Vec::new();
    let own = cluster.rules[pod.workload];
    for (terms, sign) in [(&own.affinity, 1), (&own.anti_affinity, -1)] {
        for term in terms {
            if let Some(weight) = term.weight {
                let counted = count_term(term.workload, term.key, cluster);
                wishes.push((counted, sign * i64::from(weight)));
            }
        }
    }
    for (other, rules) in cluster.rules.iter().enumerate() {
        for (terms, sign, hard) in [
            (&rules.affinity, 1, HARD_POD_AFFINITY),
            (&rules.anti_affinity, -1, 0),
        ] {
            for term in terms.iter().filter(|it| it.workload == pod.workload) {
                let weight = term.weight.map_or(hard, i64::from);
                wishes.push((count_term(other, term.key, cluster), sign * weight));
            }
        }
    }
    let sum = |at: &usize| -> i64 {
        let place = &cluster.nodes[*at].place;
        let points = |(counted, weight): &(Counted, i64)| {
            weight * i64::from(counted.tally.count(place.domain(counted.key)))
        };
        wishes.iter().map(points).sum()
    };
    let sums: Vec<i64> = feasible.iter().map(sum).collect();
    let (least, most) = (*sums.iter().min()?, *sums.iter().max()?);
    (most > least).then(|| {
        let points = |it: &i64| MOST * (it - least) / (most - least);
        sums.iter().map(points).collect()
    })
}

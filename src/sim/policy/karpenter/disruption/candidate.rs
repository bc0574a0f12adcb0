//! Candidates: which nodes a method may take, what that would cost their pods, and in what order.
//!
//! The real thing. A node is a candidate when it has joined, nobody removes it yet, no pod is
//! nominated to it, no disruption budget holds one of its pods, and, for consolidation, no pod has
//! come or gone for `consolidateAfter`. Drift asks for no such budget where the pool has a
//! `terminationGracePeriod`, since that ends the drain (the "eventual" class). Disrupting it costs
//! 1 and the cost of each pod that has to move: 1, a little more or less by its priority.
//! Consolidation goes by the price that a candidate frees per cost, the most worthwhile first. (Up
//! to 1.13 it went by cost alone, scaled by what was left of the node's lifetime; 1.14.1 still
//! computes that figure and orders nothing by it.)

use super::{Node, Observed};
use crate::model::ConsolidationPolicy;
use crate::units::order::sort_by;

/// What disrupting any node costs, before its pods.
const NODE_COST: f64 = 1.0;

/// What evicting a pod of a priority costs: 1 without one, from -10 to 10.
#[must_use]
pub fn eviction_cost(priority: i32) -> f64 {
    (1.0 + f64::from(priority) / f64::from(1 << 25)).clamp(-10.0, 10.0)
}

/// What disrupting a node costs: 1 and what its pods cost, those with a negative cost left out.
#[must_use]
pub fn disruption_cost(observed: &Observed<'_>, node: &Node<'_>) -> f64 {
    let costs = node.pods.iter().map(|(workload, count)| {
        f64::from(*count) * observed.workloads[*workload].eviction_cost.max(0.0)
    });
    NODE_COST + costs.sum::<f64>()
}

/// Price that is freed per unit of disruption.
fn worth(observed: &Observed<'_>, node: &Node<'_>) -> f64 {
    node.price_micro_usd as f64 / disruption_cost(observed, node)
}

/// True for a node that Karpenter may choose of its own accord, as far as its pods may go.
fn is_disruptable(observed: &Observed<'_>, node: &Node<'_>) -> bool {
    node.registered
        && !node.deleting
        && node.nominated_until <= observed.now
        && !node.shifted
        && observed.pools[node.pool].settings.is_some()
}

/// True for a drifted node that may be replaced.
fn may_be_replaced(observed: &Observed<'_>, node: &Node<'_>) -> bool {
    let settings = observed.pools[node.pool].settings;
    let ends_in_time = settings.is_some_and(|it| it.termination_grace_period.is_some());
    node.drifted_since.is_some()
        && (!node.blocked || ends_in_time)
        && is_disruptable(observed, node)
}

/// True for a node that consolidation may take: its pods have been still for long enough.
fn is_consolidatable(observed: &Observed<'_>, node: &Node<'_>) -> bool {
    let Some(settings) = observed.pools[node.pool].settings else {
        return false;
    };
    settings.policy != ConsolidationPolicy::Never
        && !node.blocked
        && node.pods_changed_at + settings.consolidate_after <= observed.now
        && is_disruptable(observed, node)
}

/// Nodes without pods, the dearest first. Spare nodes are empty on purpose.
pub(super) fn empty(observed: &Observed<'_>) -> Vec<usize> {
    let found = matching(observed, |node| {
        node.pods.is_empty() && !node.spare && is_consolidatable(observed, node)
    });
    by_worth(observed, found)
}

/// Nodes with pods of pools that consolidate those, the most worthwhile first.
pub(super) fn underutilized(observed: &Observed<'_>) -> Vec<usize> {
    let found = matching(observed, |node| {
        let settings = observed.pools[node.pool].settings;
        !node.pods.is_empty()
            && settings.is_some_and(|it| it.policy != ConsolidationPolicy::WhenEmpty)
            && is_consolidatable(observed, node)
    });
    by_worth(observed, found)
}

/// Drifted nodes: those without pods first, then those that drifted first.
pub(super) fn drifted(observed: &Observed<'_>) -> Vec<usize> {
    let mut found = matching(observed, |node| may_be_replaced(observed, node));
    let rank = |at: usize| {
        let node = &observed.nodes[at];
        (!node.pods.is_empty(), node.drifted_since)
    };
    sort_by(&mut found, |a, b| rank(*a).cmp(&rank(*b)));
    found
}

fn matching(observed: &Observed<'_>, wanted: impl Fn(&Node<'_>) -> bool) -> Vec<usize> {
    let nodes = observed.nodes.iter().enumerate();
    nodes
        .filter(|(_, it)| wanted(it))
        .map(|(at, _)| at)
        .collect()
}

fn by_worth(observed: &Observed<'_>, found: Vec<usize>) -> Vec<usize> {
    let worth = |at: usize| (worth(observed, &observed.nodes[at]), at);
    let mut ranked: Vec<(f64, usize)> = found.into_iter().map(worth).collect();
    sort_by(&mut ranked, |a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().map(|(_, at)| at).collect()
}

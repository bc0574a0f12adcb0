//! The policy `Balanced`: is a move worth what it costs the pods?
//!
//! The real thing (new in 1.14). A move saves a share of what its pool costs and disrupts a share
//! of what could be disrupted in it; it is made when the first is at least half of the second.
//! Moves that take nodes of several such pools must be worth it in each, where the savings are
//! divided by what the nodes of each cost.

use super::candidate::disruption_cost;
use super::{Command, Observed};
use crate::model::ConsolidationPolicy;

/// A move must score this much: savings share over disruption share.
const THRESHOLD: f64 = 0.5;

/// True when every pool of the policy that a command touches finds it worth it.
pub(super) fn approves(observed: &Observed<'_>, command: &Command) -> bool {
    let saved = command.price_before as f64 - command.price_after as f64;
    (0..observed.pools.len()).all(|pool| {
        let taken: Vec<usize> = of_pool(observed, &command.nodes, pool);
        let share = price(observed, &taken) / command.price_before.max(1) as f64;
        taken.is_empty() || score(observed, pool, &taken, saved * share) >= THRESHOLD
    })
}

/// True when removing a node without a replacement, the best that can be done with it, would be
/// worth it.
pub(super) fn can_pass(observed: &Observed<'_>, at: usize) -> bool {
    let node = &observed.nodes[at];
    score(observed, node.pool, &[at], node.price_micro_usd as f64) >= THRESHOLD
}

/// Savings share over disruption share; infinite for pools of another policy.
fn score(observed: &Observed<'_>, pool: usize, taken: &[usize], saved: f64) -> f64 {
    let settings = observed.pools[pool].settings;
    if settings.is_none_or(|it| it.policy != ConsolidationPolicy::Balanced) {
        return f64::INFINITY;
    }
    let all: Vec<usize> = (0..observed.nodes.len()).collect();
    let all = of_pool(observed, &all, pool);
    let cost = |of: &[usize]| {
        let costs = of
            .iter()
            .map(|at| disruption_cost(observed, &observed.nodes[*at]));
        costs.sum::<f64>()
    };
    // Both totals are above zero: each node has a price and costs at least 1.
    let saved_share = saved / price(observed, &all).max(1.0);
    let disrupted_share = cost(taken) / cost(&all);
    saved_share / disrupted_share
}

fn of_pool(observed: &Observed<'_>, nodes: &[usize], pool: usize) -> Vec<usize> {
    let of_it = |at: &usize| observed.nodes[*at].pool == pool;
    nodes.iter().copied().filter(of_it).collect()
}

fn price(observed: &Observed<'_>, nodes: &[usize]) -> f64 {
    let prices = nodes.iter().map(|at| observed.nodes[*at].price_micro_usd);
    prices.sum::<u64>() as f64
}

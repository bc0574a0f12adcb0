//! Consolidation: the pods of one or more nodes go elsewhere, or to one cheaper node.
//!
//! The real thing. Candidates may go when all their pods fit on what is there; or, with one new
//! node, when that is cheaper at worst than the candidates together. A replacement for on-demand
//! nodes that may be Spot is bought as Spot or not at all, since it was judged by that price. Spot
//! nodes are replaced by Spot only with the feature gate `SpotToSpotConsolidation`, and a single
//! one only when at least 15 types are cheaper, of which the cheapest 15 are asked for: with fewer
//! it would move on and on towards the cheapest, and most often reclaimed, type. Several nodes are
//! not replaced by one of their own types, unless by a cheaper one than any of them: keeping that
//! one and removing the others would do.
//!
//! Several nodes at once are found by halving: the first N candidates, at most 100, where N grows
//! while they can go together and shrinks while they cannot. Then nodes are tried one by one.

use super::placement::{self, Moves, Planned};
use super::price::Claim;
use super::room::Room;
use super::{Command, Method, Node, Observed, Replacement, balanced};
use crate::model::CapacityType;

/// Fewest cheaper types for a single Spot node to be replaced by Spot, and most that are asked for.
pub const SPOT_TO_SPOT_TYPES: usize = 15;
/// Most nodes that go at once.
pub const MOST_AT_ONCE: usize = 100;

/// The largest number of the first candidates that can go together, at least two.
pub(super) fn multi_node(observed: &Observed<'_>, candidates: &[usize]) -> Option<Command> {
    let room = Room::new(observed);
    let (mut low, mut high) = (2, candidates.len().min(MOST_AT_ONCE + 1));
    let mut found = None;
    while low <= high {
        let n = usize::midpoint(low, high);
        let command = consolidate(observed, &room, Method::MultiNode, &candidates[..n]);
        let worth_it = command.filter(|it| balanced::approves(observed, it));
        if worth_it.is_some() {
            found = worth_it;
            low = n + 1;
        } else {
            high = n - 1;
        }
    }
    found
}

/// The first candidate that can go by itself. A fleet has many nodes that are alike, and what was
/// refused to one of them is refused to all.
pub(super) fn single_node(observed: &Observed<'_>, candidates: &[usize]) -> Option<Command> {
    let room = Room::new(observed);
    let mut refused: Vec<&Node<'_>> = Vec::new();
    for at in candidates {
        let node = &observed.nodes[*at];
        if refused.iter().any(|it| it.is_like(node)) || !balanced::can_pass(observed, *at) {
            continue;
        }
        let command = consolidate(observed, &room, Method::SingleNode, &[*at]);
        let worth_it = command.filter(|it| balanced::approves(observed, it));
        if worth_it.is_some() {
            return worth_it;
        }
        refused.push(node);
    }
    None
}

/// How these candidates can go together, if they can.
pub(super) fn consolidate(
    observed: &Observed<'_>,
    room: &Room,
    method: Method,
    candidates: &[usize],
) -> Option<Command> {
    if room.is_hopeless(observed, candidates) {
        return None;
    }
    without_room(observed, method, candidates)
}

/// The same, without the quick no.
pub(super) fn without_room(
    observed: &Observed<'_>,
    method: Method,
    candidates: &[usize],
) -> Option<Command> {
    let mut moves = placement::without(observed, candidates)?;
    let prices = candidates
        .iter()
        .map(|at| observed.nodes[*at].price_micro_usd);
    let price = prices.sum();
    let mut replacements = Vec::new();
    match moves.launches.pop() {
        None => {}
        Some(planned) if moves.launches.is_empty() => {
            replacements.push(cheaper(observed, candidates, &planned, price)?);
        }
        Some(_) => return None,
    }
    Some(command(method, candidates, price, replacements, moves))
}

pub(super) fn command(
    method: Method,
    nodes: &[usize],
    price_before: u64,
    replacements: Vec<Replacement>,
    moves: Moves,
) -> Command {
    Command {
        method,
        nodes: nodes.to_vec(),
        n_pods: moves.n_pods,
        price_before,
        price_after: replacements.iter().map(|it| it.price_micro_usd).sum(),
        replacements,
        hosts: moves.hosts,
    }
}

/// The cheaper node that a planned launch may be, if there is one.
fn cheaper(
    observed: &Observed<'_>,
    candidates: &[usize],
    planned: &Planned,
    price: u64,
) -> Option<Replacement> {
    let pool = &observed.pools[planned.launch.pool].karpenter;
    let mut claim = Claim::of(&planned.launch, pool, planned.is_placed);
    let is_spot = |at: &usize| observed.nodes[*at].capacity_type == CapacityType::Spot;
    let from_spot = candidates.iter().all(is_spot) && claim.spot;
    if from_spot && !observed.spot_to_spot {
        return None;
    }
    if from_spot {
        claim.on_demand = false;
    }
    let mut types = claim.cheaper_types(&planned.launch, pool, price);
    if from_spot && candidates.len() == 1 {
        if types.len() < SPOT_TO_SPOT_TYPES {
            return None;
        }
        types.truncate(SPOT_TO_SPOT_TYPES);
    }
    if claim.spot {
        claim.on_demand = false;
    }
    if candidates.len() > 1 {
        drop_own_types(
            observed,
            candidates,
            planned.launch.pool,
            &claim,
            &mut types,
        );
    }
    let mut launchable = types.iter().filter_map(|kind| {
        let offering = claim.cheapest(&pool.instance_types[*kind])?;
        Some(Replacement {
            pool: planned.launch.pool,
            instance_type: *kind,
            zone: offering.zone,
            capacity_type: offering.capacity_type,
            price_micro_usd: offering.price_micro_usd,
        })
    });
    launchable.next()
}

/// Keeps the types that are cheaper than the cheapest candidate of a type that is among them.
fn drop_own_types(
    observed: &Observed<'_>,
    candidates: &[usize],
    pool: usize,
    claim: &Claim,
    types: &mut Vec<usize>,
) {
    let nodes = candidates.iter().map(|at| &observed.nodes[*at]);
    let own = nodes.filter(|node| node.pool == pool && types.contains(&node.instance_type));
    let Some(limit) = own.map(|node| node.price_micro_usd).min() else {
        return;
    };
    let kinds = &observed.pools[pool].karpenter.instance_types;
    types.retain(|kind| claim.worst(&kinds[*kind]).is_some_and(|it| it < limit));
}

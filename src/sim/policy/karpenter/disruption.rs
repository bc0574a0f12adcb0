//! Disruption: what Karpenter does, of its own accord, to nodes that exist.
//!
//! The real thing. One loop looks every 10 s and tries its methods in order: empty nodes, drifted
//! nodes, several underused nodes at once, one underused node. The first that finds something makes
//! a command, and no other runs in that pass. A consolidation is looked at again 15 s later and
//! dropped when it no longer holds; drift is acted upon at once. Then the nodes are closed, a
//! replacement is launched if there is to be one, and only when that has joined are the old nodes
//! drained. A command whose replacement does not come is given up, and its nodes are opened again.
//! Every method keeps to the budgets of the pools (`budget`). A method that found nothing, not
//! for want of budget, rests until the cluster changes.
//!
//! Rules: Karpenter core 1.14.1, `pkg/controllers/disruption`, read 2026-11-23. Expiry, node repair
//! and impaired instances know no budget and wait for no replacement; they are in `forceful`.
//!
//! Assumed: looking takes no time, so that the limits of 1 and 3 min on it never bind.
//!
//! Left out: static node pools and their drift, `do-not-disrupt`, minValues, capacity
//! reservations, the cost of a pod by its deletion-cost annotation.

mod balanced;
mod budget;
mod candidate;
mod consolidation;
mod drift;
mod forceful;
mod placement;
mod price;
mod room;

#[cfg(test)]
mod tests;

pub use budget::{Allowance, Counts, allowance, next_change};
pub use candidate::{disruption_cost, eviction_cost};
pub use consolidation::SPOT_TO_SPOT_TYPES;
pub use forceful::{REPAIR_RETRY, expires_at, impaired_ends_at, may_repair, repair_due};

use super::Pool;
use crate::model::{
    CapacityType, ConsolidationPolicy, DisruptionBudget, DisruptionReason, ZoneIndex,
};
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::resources::{Resources, SmallSet};
use crate::units::{SimDuration, SimTime};

/// The disruption controller looks this often (Karpenter 1.14.1).
pub const DISRUPTION_POLL: SimDuration = SimDuration::from_s(10);
/// Time between deciding and doing; what changes in between cancels (Karpenter 1.14.1).
pub const VALIDATION_DELAY: SimDuration = SimDuration::from_s(15);
/// Even when nothing seems to have changed, consolidation looks again after this time: what can be
/// had may have (Karpenter 1.14.1).
pub const LOOK_AGAIN: SimDuration = SimDuration::from_s(300);
/// A pod that comes or goes restarts `consolidateAfter` at most this often (Karpenter 1.14.1).
pub const POD_EVENT_DEDUPE: SimDuration = SimDuration::from_s(10);
/// A command is given up after 80 ms for each node under way, but not before this time.
const SHORTEST_PATIENCE: SimDuration = SimDuration::from_s(10 * 60);
/// And at the latest after this.
const LONGEST_PATIENCE: SimDuration = SimDuration::from_s(3600);

/// How long a command may wait for its replacement while `n_nodes` are under way.
#[must_use]
pub fn patience(n_nodes: usize) -> SimDuration {
    SimDuration::from_ms(80 * n_nodes as u64).clamp(SHORTEST_PATIENCE, LONGEST_PATIENCE)
}

/// A node as the disruption controller sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node<'a> {
    /// Its pool.
    pub pool: usize,
    /// Index into the pool's instance types.
    pub instance_type: usize,
    /// Where it is.
    pub zone: ZoneIndex,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// What it costs, in micro-dollars an hour.
    pub price_micro_usd: u64,
    /// It has joined the cluster.
    pub registered: bool,
    /// Its Ready condition is true.
    pub ready: bool,
    /// It is being removed already.
    pub deleting: bool,
    /// Kept without pods on purpose.
    pub spare: bool,
    /// A disruption budget lets one of its pods not go now.
    pub blocked: bool,
    /// Its zone is shifted away from: it is left alone.
    pub shifted: bool,
    /// Pods are nominated to it until then; [`SimTime::START`] when none are.
    pub nominated_until: SimTime,
    /// When a pod last came or went; when it joined, if none did.
    pub pods_changed_at: SimTime,
    /// Since when it is not what its pool would launch; none while it is.
    pub drifted_since: Option<SimTime>,
    /// Host ports that its pods take.
    pub host_ports: SmallSet,
    /// What is left on it for pods.
    pub free: Resources,
    /// Pods it can still take.
    pub free_slots: u32,
    /// Its pods that would have to move: workload and how many.
    pub pods: &'a [(usize, u32)],
}

impl Node<'_> {
    /// True for a node that pods can go to, now or when it has joined. A node that is kept spare is
    /// as good as full: its placeholder pods are pods to Karpenter, and would want a new node.
    fn takes_pods(&self) -> bool {
        !self.deleting && !self.spare && (self.ready || !self.registered)
    }

    /// True for two machines of one kind and place with the same pods, which could be exchanged.
    fn is_like(&self, other: &Self) -> bool {
        let machine = |it: &Self| (it.pool, it.instance_type, it.zone, it.capacity_type);
        let state = |it: &Self| (it.registered, it.ready, it.deleting, it.spare);
        let room = |it: &Self| (it.free, it.free_slots, it.host_ports);
        machine(self) == machine(other)
            && state(self) == state(other)
            && room(self) == room(other)
            && self.pods == other.pods
    }
}

/// Pods that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload<'a> {
    /// Pools whose nodes may carry it, in the order in which Karpenter asks them.
    pub pools: &'a [usize],
    /// What each pod requests.
    pub requests: Resources,
    /// What evicting one costs, see [`eviction_cost`].
    pub eviction_cost: f64,
    /// What its pods ask of nodes and of each other.
    pub rules: &'a PodRules,
    /// Its placed pods by zone index.
    pub pods_per_zone: &'a [u32],
    /// The same by capacity type: on-demand, Spot.
    pub pods_per_capacity_type: [u32; 2],
    /// Its pods without a node.
    pub n_pending: u32,
}

/// How a pool may be disrupted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings<'a> {
    /// Which nodes are consolidated.
    pub policy: ConsolidationPolicy,
    /// For how long no pod must have come or gone.
    pub consolidate_after: SimDuration,
    /// Its budgets.
    pub budgets: &'a [DisruptionBudget],
    /// Longest drain of a node; none waits as long as it takes.
    pub termination_grace_period: Option<SimDuration>,
}

/// A pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DisruptablePool<'a> {
    /// What it may launch and holds.
    pub karpenter: &'a Pool,
    /// How it may be disrupted; none for nodes that are not Karpenter's.
    pub settings: Option<Settings<'a>>,
}

/// What the controller sees.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// All nodes.
    pub nodes: &'a [Node<'a>],
    /// All pools.
    pub pools: &'a [DisruptablePool<'a>],
    /// All workloads.
    pub workloads: &'a [Workload<'a>],
    /// The feature gate of that name is on.
    pub spot_to_spot: bool,
    /// When it looks.
    pub now: SimTime,
}

impl Observed<'_> {
    /// A pool's nodes as its budgets count them.
    #[must_use]
    pub fn counts(&self, pool: usize) -> Counts {
        let mut counts = Counts::default();
        for node in self.nodes {
            if node.pool == pool && node.registered {
                counts.total += 1;
                counts.disrupted += u32::from(node.deleting || !node.ready);
            }
        }
        counts
    }

    /// What a pool's budgets leave for a method.
    #[must_use]
    pub fn allowance(&self, pool: usize, method: Method) -> Allowance {
        let budgets = self.pools[pool].settings.map_or(&[][..], |it| it.budgets);
        allowance(budgets, method.reason(), self.counts(pool), self.now)
    }
}

/// The methods, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nodes without pods are removed.
    Emptiness,
    /// A node that is not what its pool would launch is replaced.
    Drift,
    /// Several nodes go at once, for at most one new one.
    MultiNode,
    /// One node goes, for at most one new one.
    SingleNode,
}

impl Method {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [
        Self::Emptiness,
        Self::Drift,
        Self::MultiNode,
        Self::SingleNode,
    ];

    /// Which budgets it keeps to.
    #[must_use]
    pub const fn reason(self) -> DisruptionReason {
        match self {
            Self::Emptiness => DisruptionReason::Empty,
            Self::Drift => DisruptionReason::Drifted,
            Self::MultiNode | Self::SingleNode => DisruptionReason::Underutilized,
        }
    }

    /// True for a method whose command is looked at again before it is carried out.
    #[must_use]
    pub const fn is_validated(self) -> bool {
        !matches!(self, Self::Drift)
    }
}

/// A node to be launched in place of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement {
    /// Its pool.
    pub pool: usize,
    /// Index into the pool's instance types.
    pub instance_type: usize,
    /// Where.
    pub zone: ZoneIndex,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// What it costs, in micro-dollars an hour.
    pub price_micro_usd: u64,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// By which method.
    pub method: Method,
    /// Nodes that go, as indices.
    pub nodes: Vec<usize>,
    /// Nodes that come first.
    pub replacements: Vec<Replacement>,
    /// Nodes that take pods, as indices.
    pub hosts: Vec<usize>,
    /// Pods that have to move.
    pub n_pods: u32,
    /// What the nodes that go cost together, in micro-dollars an hour.
    pub price_before: u64,
    /// What the nodes that come cost together.
    pub price_after: u64,
}

/// A pool that has candidates and no budget for all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// Which.
    pub pool: usize,
    /// Its candidates.
    pub nodes: u32,
    /// What its budgets leave.
    pub allowance: Allowance,
}

/// What a method found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// What it would do.
    pub command: Option<Command>,
    /// Pools whose budgets hold it back.
    pub held: Vec<Held>,
}

/// What the methods find, one after the other, up to the first that would do something.
#[must_use]
pub fn pass(observed: &Observed<'_>, methods: &[Method]) -> Vec<Found> {
    let mut all = Vec::new();
    for method in methods {
        let found = look(observed, *method);
        let is_last = found.command.is_some();
        all.push(found);
        if is_last {
            break;
        }
    }
    all
}

/// What one method would do now.
#[must_use]
pub fn look(observed: &Observed<'_>, method: Method) -> Found {
    let candidates = match method {
        Method::Emptiness => candidate::empty(observed),
        Method::Drift => candidate::drifted(observed),
        Method::MultiNode => candidate::underutilized(observed),
        Method::SingleNode => interweave(observed, candidate::underutilized(observed)),
    };
    let mut found = Found::default();
    if candidates.is_empty() {
        return found;
    }
    // A command of one node leaves the others' budget as it is.
    let takes_many = matches!(method, Method::Emptiness | Method::MultiNode);
    let allowed = within_budgets(observed, method, &candidates, takes_many, &mut found.held);
    found.command = match method {
        Method::Emptiness => empty_command(observed, &allowed),
        Method::Drift => drift::first(observed, &allowed),
        Method::MultiNode => consolidation::multi_node(observed, &allowed),
        Method::SingleNode => consolidation::single_node(observed, &allowed),
    };
    found
}

/// What is left of a command when it is looked at again; none when it is dropped. Of empty nodes
/// those stay that still are; a consolidation must come out as before.
#[must_use]
pub fn validate(observed: &Observed<'_>, command: &Command) -> Option<Command> {
    let method = command.method;
    let eligible = match method {
        Method::Emptiness => candidate::empty(observed),
        _ => candidate::underutilized(observed),
    };
    let mut still = command.nodes.clone();
    still.retain(|at| eligible.contains(at));
    let valid = within_budgets(observed, method, &still, true, &mut Vec::new());
    if method == Method::Emptiness {
        return empty_command(observed, &valid);
    }
    if valid.len() < command.nodes.len() {
        return None;
    }
    let again = consolidation::consolidate(observed, &room::Room::new(observed), method, &valid)?;
    let is_alike = again.replacements.len() == command.replacements.len();
    is_alike.then_some(again)
}

/// The candidates that the budgets leave room for, in order. Pools that some are left out of are
/// noted with the number of all their candidates.
fn within_budgets(
    observed: &Observed<'_>,
    method: Method,
    candidates: &[usize],
    takes_many: bool,
    held: &mut Vec<Held>,
) -> Vec<usize> {
    let pools = 0..observed.pools.len();
    let mut left: Vec<u32> = pools
        .map(|pool| observed.allowance(pool, method).allowed)
        .collect();
    let mut allowed = Vec::new();
    for at in candidates {
        let pool = observed.nodes[*at].pool;
        if left[pool] > 0 {
            left[pool] -= u32::from(takes_many);
            allowed.push(*at);
        } else if held.iter().all(|it| it.pool != pool) {
            let of_pool = |at: &&usize| observed.nodes[**at].pool == pool;
            held.push(Held {
                pool,
                nodes: candidates.iter().filter(of_pool).count() as u32,
                allowance: observed.allowance(pool, method),
            });
        }
    }
    allowed
}

fn empty_command(observed: &Observed<'_>, nodes: &[usize]) -> Option<Command> {
    let prices = nodes.iter().map(|at| observed.nodes[*at].price_micro_usd);
    let command = Command {
        method: Method::Emptiness,
        nodes: nodes.to_vec(),
        replacements: Vec::new(),
        hosts: Vec::new(),
        n_pods: 0,
        price_before: prices.sum(),
        price_after: 0,
    };
    (!nodes.is_empty()).then_some(command)
}

/// The pools in turn, so that none is always looked at last.
fn interweave(observed: &Observed<'_>, candidates: Vec<usize>) -> Vec<usize> {
    let mut taken = vec![0_usize; observed.pools.len()];
    let mut turns: Vec<(usize, usize)> = Vec::new();
    for at in candidates {
        let pool = observed.nodes[at].pool;
        turns.push((taken[pool], at));
        taken[pool] += 1;
    }
    crate::units::order::sort_by(&mut turns, |a, b| a.0.cmp(&b.0));
    turns.into_iter().map(|(_, at)| at).collect()
}

//! Packing a batch of pending pods: first-fit-decreasing into claims, then the cheapest offering.
//!
//! The real thing (`scheduling/scheduler.go`, Karpenter core 1.14.1). Pods go by CPU, then memory,
//! largest first. Each is tried on the nodes that are there, then on the claims of this round with
//! fewest pods, then on a new claim of the first pool, by weight, that can hold it. A claim keeps
//! every zone and capacity type open that its pods leave open; a spread settles it on the emptiest
//! domain, whether that has capacity or not. A pod that fits nowhere gives up one preference after
//! the other; pods that still fail are tried again as long as others find a place, since those may
//! be the ones they wait for.

mod buy;
mod rules;
mod site;

use super::{
    InFlight, Launch, Nomination, Observed, PendingPods, Plan, Pool, Unplaced, UnplacedReason,
};
use crate::model::TopologyKey;
use crate::sim::policy::resources::{Resources, SmallSet, ZoneSet};
use crate::units::order::sort_by;

use buy::{Bought, Need, nodes_in};
use rules::Rule;
use site::{PodDomains, Site};

/// One round: nodes on their way are filled first, then new ones are planned.
#[must_use]
pub fn plan(observed: &Observed<'_>) -> Plan {
    let mut order: Vec<usize> = (0..observed.pending.len()).collect();
    let size = |i: usize| {
        let requests = observed.pending[i].requests;
        (requests.cpu_m, requests.memory_bytes)
    };
    sort_by(&mut order, |a, b| size(*b).cmp(&size(*a)));
    let mut packing = Packing::new(observed);
    let mut left: Vec<u32> = observed.pending.iter().map(|it| it.count).collect();
    loop {
        let mut progress = false;
        let mut refused = Vec::new();
        for cohort in &order {
            while left[*cohort] > 0 {
                match packing.place(*cohort) {
                    Ok(()) => {
                        left[*cohort] -= 1;
                        progress = true;
                    }
                    // A refusal changes nothing, so the rest of the cohort would be refused too.
                    Err(because) => {
                        refused.push(Unplaced {
                            cohort: *cohort,
                            count: left[*cohort],
                            because,
                        });
                        break;
                    }
                }
            }
        }
        if !progress || refused.is_empty() {
            return packing.finish(refused);
        }
    }
}

/// A node that the batch fills: on its way, or to be launched.
struct Claim {
    pool: usize,
    /// Where it may still come to stand.
    site: Site,
    /// Index among the nodes on their way; `None` for a new one.
    in_flight: Option<usize>,
    /// What is left of a node on its way.
    free: Resources,
    free_slots: u32,
    /// Pods nominated earlier.
    n_earlier: u32,
    /// What the batch's pods request together.
    requests: Resources,
    n_pods: u32,
    host_ports: SmallSet,
    /// Most CPU the pool's limit leaves to this node.
    cpu_room_m: u64,
    /// A pod that it had no room for; as it only fills up, it has none for a larger one later.
    too_large: Option<Resources>,
    pods: Vec<(usize, u32)>,
}

impl Claim {
    /// A node to be launched, still without pods.
    fn fresh(pool: usize, site: Site, cpu_room_m: u64) -> Self {
        Self {
            pool,
            site,
            in_flight: None,
            free: Resources::default(),
            free_slots: 0,
            n_earlier: 0,
            requests: Resources::default(),
            n_pods: 0,
            host_ports: SmallSet::default(),
            cpu_room_m,
            too_large: None,
            pods: Vec::new(),
        }
    }

    fn of_node(at: usize, node: &InFlight) -> Self {
        Self {
            in_flight: Some(at),
            free: node.free,
            free_slots: node.free_slots,
            n_earlier: node.n_pods,
            host_ports: node.host_ports,
            ..Self::fresh(
                node.pool,
                Site::settled(node.zone, node.capacity_type, at),
                0,
            )
        }
    }

    /// What the node must hold.
    const fn need(&self) -> Need {
        Need {
            requests: self.requests,
            n_pods: self.n_pods,
            site: self.site,
            cpu_room_m: self.cpu_room_m,
        }
    }

    /// What the node must hold with one more pod.
    fn need_with(&self, one_more: Resources, site: Site) -> Need {
        Need {
            requests: self.requests.plus(one_more),
            n_pods: self.n_pods + 1,
            site,
            cpu_room_m: self.cpu_room_m,
        }
    }

    /// Nodes that are there come first in their order, then claims with fewest pods.
    const fn rank(&self) -> (bool, u32) {
        match self.in_flight {
            Some(_) => (false, self.n_earlier),
            None => (true, self.n_pods),
        }
    }
}

/// Something that a pod gives up when it fits nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Preference {
    /// A soft rule, by its number.
    Rule(usize),
    /// A preferred node term, by its number.
    Node(usize),
    /// Staying away from soft taints.
    SoftTaints,
}

struct Packing<'a> {
    observed: &'a Observed<'a>,
    rules: Vec<Rule>,
    /// By workload: what its pods give up, first to last.
    preferences: Vec<Vec<Preference>>,
    /// By pool: zones that it knows, whether they have capacity now or not.
    zones: Vec<ZoneSet>,
    claims: Vec<Claim>,
    /// By pool.
    cpu_left_m: Vec<u64>,
}

impl<'a> Packing<'a> {
    fn new(observed: &'a Observed<'a>) -> Self {
        let rules = rules::all(observed);
        let some_soft = observed.pools.iter().any(|it| !it.soft_taints.is_empty());
        let workloads = 0..observed.workloads.len();
        let zones_of = |pool: &&Pool| {
            let offerings = pool.instance_types.iter().flat_map(|it| &it.offerings);
            offerings.map(|it| it.zone).collect()
        };
        let cpu_left_m = |pool: &&Pool| match pool.cpu_limit_m {
            Some(limit) => limit.saturating_sub(pool.cpu_used_m),
            None => u64::MAX,
        };
        let in_flight = observed.in_flight.iter().enumerate();
        Self {
            preferences: workloads
                .map(|at| preferences(observed, &rules, at, some_soft))
                .collect(),
            rules,
            zones: observed.pools.iter().map(zones_of).collect(),
            claims: in_flight
                .map(|(at, node)| Claim::of_node(at, node))
                .collect(),
            cpu_left_m: observed.pools.iter().map(cpu_left_m).collect(),
            observed,
        }
    }

    /// Finds a node for one pod of a cohort, giving up one preference after the other.
    fn place(&mut self, cohort: usize) -> Result<(), UnplacedReason> {
        let pods = self.observed.pending[cohort];
        let n_preferences = self.preferences[pods.workload].len();
        let mut refused = UnplacedReason::TooLarge;
        for n_given_up in 0..=n_preferences {
            match self.find(&pods, n_given_up) {
                Ok((claim, site)) => {
                    self.put(cohort, claim, site);
                    return Ok(());
                }
                Err(because) => refused = because,
            }
        }
        Err(refused)
    }

    /// A claim for one more pod and what is left of its site then: one that is open, or a new one.
    fn find(
        &mut self,
        pods: &PendingPods,
        n_given_up: usize,
    ) -> Result<(usize, Site), UnplacedReason> {
        let mut best: Option<(usize, Site)> = None;
        for at in 0..self.claims.len() {
            let claim = &self.claims[at];
            let beaten = best.is_some_and(|(other, _)| self.claims[other].rank() <= claim.rank());
            if beaten || claim.too_large.is_some_and(|it| it.fit_in(pods.requests)) {
                continue;
            }
            match self.narrowed(claim, pods, n_given_up) {
                Ok(site) => best = Some((at, site)),
                Err(UnplacedReason::TooLarge) => self.claims[at].too_large = Some(pods.requests),
                Err(_) => {}
            }
        }
        if let Some(found) = best {
            return Ok(found);
        }
        let host = self.claims.len();
        let mut refused = None;
        for pool in &self.observed.workloads[pods.workload].pools {
            let site = Site::anywhere(self.zones[*pool], host);
            let claim = Claim::fresh(*pool, site, self.cpu_left_m[*pool]);
            match self.narrowed(&claim, pods, n_given_up) {
                Ok(site) => {
                    self.reserve(*pool, &claim.need_with(pods.requests, site));
                    self.claims.push(claim);
                    return Ok((host, site));
                }
                Err(because) => refused = refused.max(Some(because)),
            }
        }
        Err(refused.unwrap_or(UnplacedReason::TooLarge))
    }

    /// Takes a new claim's CPU from the pool's limit: that of the largest type it may become,
    /// which errs on the safe side as Karpenter does.
    fn reserve(&mut self, pool: usize, need: &Need) {
        let of = self.observed.pools[pool];
        let candidates = of.instance_types.iter().filter(|it| need.met_by(it, of));
        let largest = candidates.map(|it| it.cpu_m).max().unwrap_or(0);
        self.cpu_left_m[pool] = self.cpu_left_m[pool].saturating_sub(largest);
    }

    /// What is left of a claim's site once it takes one more pod.
    fn narrowed(
        &self,
        claim: &Claim,
        pods: &PendingPods,
        n_given_up: usize,
    ) -> Result<Site, UnplacedReason> {
        let workload = &self.observed.workloads[pods.workload];
        let asks = &workload.rules;
        let given_up = &self.preferences[pods.workload][..n_given_up];
        let pool = self.observed.pools[claim.pool];
        let mut taints = pool.taints;
        if !given_up.contains(&Preference::SoftTaints) {
            taints = taints.with(pool.soft_taints);
        }
        let may = workload.pools.contains(&claim.pool);
        if !may || !taints.is_within(asks.tolerates) || asks.host_ports.meets(claim.host_ports) {
            return Err(UnplacedReason::Taints);
        }
        let mut site = claim.site;
        let mut heaviest = None;
        for (at, term) in asks.node_affinity.iter().enumerate() {
            if term.weight.is_none() {
                if !site.keep_term(term) {
                    return Err(UnplacedReason::NodeAffinity);
                }
            } else if !given_up.contains(&Preference::Node(at))
                && heaviest.is_none_or(|(weight, _)| weight < term.weight)
            {
                heaviest = Some((term.weight, term));
            }
        }
        if heaviest.is_some_and(|(_, term)| !site.keep_term(term)) {
            return Err(UnplacedReason::NodeAffinity);
        }
        self.fits(claim, pods, site)?;
        let left = self.keep_rules(claim, pods, given_up, site)?;
        match self.fits(claim, pods, left) {
            // There is capacity, but not where the rules want the pod.
            Err(because) => Err(self.blamed(pods, given_up).unwrap_or(because)),
            Ok(()) => Ok(left),
        }
    }

    /// The first rule that a pod has not given up, as what stands in its way.
    fn blamed(&self, pods: &PendingPods, given_up: &[Preference]) -> Option<UnplacedReason> {
        let domains = PodDomains(&self.observed.workloads[pods.workload].rules.node_affinity);
        let rules = self.rules.iter().enumerate();
        let mut own = rules.filter(|(at, rule)| {
            rule.owner == pods.workload && !given_up.contains(&Preference::Rule(*at))
        });
        own.next().map(|(_, rule)| rule.hurdle(&domains))
    }

    /// Keeps the domains that every rule of the pod chooses, each for itself.
    fn keep_rules(
        &self,
        claim: &Claim,
        pods: &PendingPods,
        given_up: &[Preference],
        site: Site,
    ) -> Result<Site, UnplacedReason> {
        let domains = PodDomains(&self.observed.workloads[pods.workload].rules.node_affinity);
        let pool = self.observed.pools[claim.pool];
        let mut left = site;
        for (at, rule) in self.rules.iter().enumerate() {
            if rule.owner != pods.workload || given_up.contains(&Preference::Rule(at)) {
                continue;
            }
            let rank = |domain: usize| {
                let mut there = site;
                there.keep(rule.key, |it| it == domain);
                let n_nodes = match rule.key {
                    TopologyKey::Zone => nodes_in(pool, domain),
                    _ => 0,
                };
                (self.fits(claim, pods, there).is_err(), n_nodes)
            };
            let chosen = rule.choose(&site, &domains, rank);
            if !left.keep(rule.key, |it| chosen.contains(&it)) {
                return Err(rule.hurdle(&domains));
            }
        }
        Ok(left)
    }

    /// Whether a claim with one more pod is a node that can be had.
    fn fits(&self, claim: &Claim, pods: &PendingPods, site: Site) -> Result<(), UnplacedReason> {
        if claim.in_flight.is_some() {
            let requests = claim.requests.plus(pods.requests);
            let fits = requests.fit_in(claim.free) && claim.n_pods < claim.free_slots;
            return fits.then_some(()).ok_or(UnplacedReason::TooLarge);
        }
        let need = claim.need_with(pods.requests, site);
        let pool = self.observed.pools[claim.pool];
        let mut refused = UnplacedReason::TooLarge;
        for kind in pool.instance_types.iter().filter(|it| need.held_by(it)) {
            if need.met_by(kind, pool) {
                return Ok(());
            }
            refused = refused.max(if kind.cpu_m > need.cpu_room_m {
                UnplacedReason::LimitReached
            } else {
                UnplacedReason::NoCapacity
            });
        }
        Err(refused)
    }

    fn put(&mut self, cohort: usize, at: usize, site: Site) {
        let pods = self.observed.pending[cohort];
        let claim = &mut self.claims[at];
        claim.site = site;
        claim.requests = claim.requests.plus(pods.requests);
        claim.n_pods += 1;
        let ports = self.observed.workloads[pods.workload].rules.host_ports;
        claim.host_ports = claim.host_ports.with(ports);
        match claim.pods.last_mut() {
            Some((last, count)) if *last == cohort => *count += 1,
            _ => claim.pods.push((cohort, 1)),
        }
        for rule in &mut self.rules {
            if rule.counted == pods.workload {
                rule.record(&site);
            }
        }
    }

    fn finish(self, unplaced: Vec<Unplaced>) -> Plan {
        let pools = self.observed.pools;
        let mut plan = Plan {
            unplaced,
            ..Plan::default()
        };
        let mut bought: Vec<Bought> = pools.iter().map(|pool| Bought::by(pool)).collect();
        for claim in self.claims {
            if let Some(in_flight) = claim.in_flight {
                let nominations = claim.pods.iter().map(|&(cohort, count)| Nomination {
                    in_flight,
                    cohort,
                    count,
                });
                plan.nominations.extend(nominations);
            } else {
                let pool = claim.pool;
                let launch: Launch = bought[pool].buy(claim, pools[pool]);
                plan.launches.push(launch);
            }
        }
        plan
    }
}

/// What pods of a workload give up, in Karpenter's order: affinity, anti-affinity and node
/// preferences, the heaviest first, then soft spreads, then keeping away from soft taints.
fn preferences(
    observed: &Observed<'_>,
    rules: &[Rule],
    workload: usize,
    some_soft: bool,
) -> Vec<Preference> {
    let mut all = Vec::new();
    let weighed = |wanted: fn(&rules::Kind) -> bool| {
        let own = rules.iter().enumerate();
        let meant = own.filter(|(_, it)| it.owner == workload && wanted(&it.kind));
        let mut soft: Vec<(u32, Preference)> = meant
            .filter_map(|(at, it)| Some((it.weight?, Preference::Rule(at))))
            .collect();
        sort_by(&mut soft, |a, b| b.0.cmp(&a.0));
        soft
    };
    all.extend(weighed(|it| *it == rules::Kind::Affinity));
    all.extend(weighed(|it| *it == rules::Kind::AntiAffinity));
    let terms = observed.workloads[workload].rules.node_affinity.iter();
    let mut nodes: Vec<(u32, Preference)> = terms
        .enumerate()
        .filter_map(|(at, term)| Some((term.weight?, Preference::Node(at))))
        .collect();
    sort_by(&mut nodes, |a, b| b.0.cmp(&a.0));
    all.extend(nodes);
    all.extend(weighed(|it| matches!(it, rules::Kind::Spread(_))));
    let mut given_up: Vec<Preference> = all.into_iter().map(|it| it.1).collect();
    if some_soft {
        given_up.push(Preference::SoftTaints);
    }
    given_up
}

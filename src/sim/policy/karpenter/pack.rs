//! Packing a batch of pending pods: first-fit-decreasing into claims, then the cheapest offering.

use super::{
    CapacityChoice, CapacityReason, InstanceType, Launch, Nomination, Observed, Offering,
    PendingPods, Plan, Pool, Unplaced, UnplacedReason, Workload,
};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::policy::resources::{Resources, SpreadDomains, ZoneSet, enforced_skew};
use crate::units::order::sort_by;

/// One round: nodes on their way are filled first, then new ones are planned.
///
/// Pods go by CPU, then memory, largest first, then in the order of the batch. A spread that says
/// `ScheduleAnyway` is kept where it can be and dropped where it cannot.
#[must_use]
pub fn plan(observed: &Observed<'_>) -> Plan {
    let mut order: Vec<usize> = (0..observed.pending.len()).collect();
    let size = |i: usize| {
        let requests = observed.pending[i].requests;
        (requests.cpu_m, requests.memory_bytes)
    };
    sort_by(&mut order, |a, b| size(*b).cmp(&size(*a)));
    let mut packing = Packing::new(observed);
    for cohort in order {
        let count = observed.pending[cohort].count;
        for n_placed in 0..count {
            if let Err(because) = packing.place(cohort) {
                // A refusal changes nothing, so the rest of the cohort would be refused too.
                packing.unplaced.push(Unplaced {
                    cohort,
                    count: count - n_placed,
                    because,
                });
                break;
            }
        }
    }
    packing.finish()
}

/// A node that the batch fills: on its way, or to be launched.
struct Claim {
    pool: usize,
    /// `None` while any zone of the pool will do.
    zone: Option<ZoneIndex>,
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
    /// Most CPU the pool's limit leaves to this node.
    cpu_room_m: u64,
    pods: Vec<(usize, u32)>,
}

impl Claim {
    /// A node to be launched, still without pods.
    fn fresh(pool: usize, cpu_room_m: u64) -> Self {
        Self {
            pool,
            zone: None,
            in_flight: None,
            free: Resources::default(),
            free_slots: 0,
            n_earlier: 0,
            requests: Resources::default(),
            n_pods: 0,
            cpu_room_m,
            pods: Vec::new(),
        }
    }

    /// What the node must hold with one more pod of `one_more`.
    fn need(&self, one_more: Resources, zone: Option<ZoneIndex>) -> Need {
        Need {
            requests: self.requests.plus(one_more),
            n_pods: self.n_pods + 1,
            zone,
            cpu_room_m: self.cpu_room_m,
        }
    }
}

struct Packing<'a> {
    observed: &'a Observed<'a>,
    /// By workload: zones that its pools know, whether they have capacity now or not.
    domains: Vec<ZoneSet>,
    /// By workload, with this batch's pods.
    pods_per_zone: Vec<Vec<u32>>,
    claims: Vec<Claim>,
    /// By pool.
    cpu_left_m: Vec<u64>,
    unplaced: Vec<Unplaced>,
}

impl<'a> Packing<'a> {
    fn new(observed: &'a Observed<'a>) -> Self {
        let domains_of = |w: &Workload| {
            let pools = w.pools.iter().map(|pool| observed.pools[*pool]);
            let types = pools.flat_map(|pool| &pool.instance_types);
            let offerings = types.flat_map(|t| &t.offerings);
            offerings.map(|o| o.zone).collect()
        };
        let domains: Vec<ZoneSet> = observed.workloads.iter().map(domains_of).collect();
        let zones = domains.iter().filter_map(|it| it.iter().last());
        let n_zones = zones.max().map_or(0, |zone| zone.index() + 1);
        let counts_of = |w: &Workload| {
            let mut counts = w.pods_per_zone.clone();
            counts.resize(n_zones.max(counts.len()), 0);
            counts
        };
        let cpu_left_m = |pool: &&Pool| match pool.cpu_limit_m {
            Some(limit) => limit.saturating_sub(pool.cpu_used_m),
            None => u64::MAX,
        };
        let in_flight = observed.in_flight.iter().enumerate();
        Self {
            observed,
            domains,
            pods_per_zone: observed.workloads.iter().map(counts_of).collect(),
            claims: in_flight
                .map(|(i, node)| Claim {
                    zone: Some(node.zone),
                    in_flight: Some(i),
                    free: node.free,
                    free_slots: node.free_slots,
                    n_earlier: node.n_pods,
                    ..Claim::fresh(node.pool, 0)
                })
                .collect(),
            cpu_left_m: observed.pools.iter().map(cpu_left_m).collect(),
            unplaced: Vec::new(),
        }
    }

    /// Finds a node for one pod of a cohort.
    fn place(&mut self, cohort: usize) -> Result<(), UnplacedReason> {
        let spread = self.workload(cohort).spread;
        match (self.try_place(cohort, spread.map(|s| s.max_skew)), spread) {
            // Karpenter treats a preference as a rule first and relaxes it when that fails.
            (Err(_), Some(_)) if enforced_skew(spread.as_ref()).is_none() => {
                self.try_place(cohort, None)
            }
            (result, _) => result,
        }
    }

    fn try_place(&mut self, cohort: usize, skew: Option<u32>) -> Result<(), UnplacedReason> {
        let pods = self.observed.pending[cohort];
        let of = pods.workload;
        let domains = SpreadDomains::new(&self.pods_per_zone[of], self.domains[of]);
        let (claim, zone) = match self.choose_claim(&pods, &domains, skew) {
            Some(found) => found,
            None => {
                let (claim, zone) = self
                    .open_claim(&pods, &domains, skew)
                    .ok_or_else(|| self.why_none(&pods, &domains))?;
                let cpu_m = self.largest_cpu_m(claim.pool, &claim.need(pods.requests, zone));
                let left_m = &mut self.cpu_left_m[claim.pool];
                *left_m = left_m.saturating_sub(cpu_m);
                self.claims.push(claim);
                (self.claims.len() - 1, zone)
            }
        };
        let claim = &mut self.claims[claim];
        claim.zone = zone;
        claim.requests = claim.requests.plus(pods.requests);
        claim.n_pods += 1;
        match claim.pods.last_mut() {
            Some((last, count)) if *last == cohort => *count += 1,
            _ => claim.pods.push((cohort, 1)),
        }
        if let Some(zone) = zone {
            self.pods_per_zone[pods.workload][zone.index()] += 1;
        }
        Ok(())
    }

    /// The claim that takes the pod, and the zone it then has: nodes on their way first, each
    /// kind with fewest pods first, then in order.
    fn choose_claim(
        &self,
        pods: &PendingPods,
        domains: &SpreadDomains<'_>,
        skew: Option<u32>,
    ) -> Option<(usize, Option<ZoneIndex>)> {
        let rank = |claim: &Claim| (claim.in_flight.is_none(), claim.n_earlier + claim.n_pods);
        let claims = self.claims.iter().enumerate();
        claims
            .filter_map(|(i, claim)| Some((i, self.zone_in(claim, pods, domains, skew)?)))
            .min_by_key(|(i, _)| rank(&self.claims[*i]))
    }

    /// A new claim for the pod: of the first of its pools that can hold it.
    fn open_claim(
        &self,
        pods: &PendingPods,
        domains: &SpreadDomains<'_>,
        skew: Option<u32>,
    ) -> Option<(Claim, Option<ZoneIndex>)> {
        let pools = &self.observed.workloads[pods.workload].pools;
        pools.iter().find_map(|pool| {
            let claim = Claim::fresh(*pool, self.cpu_left_m[*pool]);
            let zone = self.zone_in(&claim, pods, domains, skew)?;
            Some((claim, zone))
        })
    }

    /// The zone a claim has once it takes one more pod: `Some(None)` is any zone, `None` means it
    /// cannot take it. A spread fixes the zone of a claim that has none yet.
    fn zone_in(
        &self,
        claim: &Claim,
        pods: &PendingPods,
        domains: &SpreadDomains<'_>,
        skew: Option<u32>,
    ) -> Option<Option<ZoneIndex>> {
        let pool = self.observed.pools[claim.pool];
        let workload = &self.observed.workloads[pods.workload];
        if !workload.pools.contains(&claim.pool) {
            return None;
        }
        let takes = |zone| self.takes(claim, pods.requests, zone);
        let allows = |zone| skew.is_none_or(|skew| domains.allows(zone, skew));
        match claim.zone {
            Some(zone) => (allows(zone) && takes(claim.zone)).then_some(claim.zone),
            None if skew.is_none() => takes(None).then_some(None),
            None => self.domains[pods.workload]
                .iter()
                .filter(|zone| allows(*zone) && takes(Some(*zone)))
                .min_by_key(|zone| (domains.count(*zone), nodes_in(pool, *zone)))
                .map(Some),
        }
    }

    fn takes(&self, claim: &Claim, one_more: Resources, zone: Option<ZoneIndex>) -> bool {
        if claim.in_flight.is_some() {
            let requests = claim.requests.plus(one_more);
            return requests.fit_in(claim.free) && claim.n_pods < claim.free_slots;
        }
        let need = claim.need(one_more, zone);
        let pool = self.observed.pools[claim.pool];
        pool.instance_types.iter().any(|t| need.met_by(t, pool))
    }

    /// CPU that a new claim takes from the pool's limit: that of the largest type it may become,
    /// which errs on the safe side as Karpenter does.
    fn largest_cpu_m(&self, pool: usize, need: &Need) -> u64 {
        let pool = self.observed.pools[pool];
        let types = pool.instance_types.iter();
        let candidates = types.filter(|t| need.met_by(t, pool));
        candidates.map(|t| t.cpu_m).max().unwrap_or(0)
    }

    /// Why no pool has a node for the pod: what the pool lacks that came nearest to having one.
    fn why_none(&self, pods: &PendingPods, domains: &SpreadDomains<'_>) -> UnplacedReason {
        let (mut holds, mut within_limit) = (false, false);
        for at in &self.observed.workloads[pods.workload].pools {
            let pool = self.observed.pools[*at];
            let need = Claim::fresh(*at, self.cpu_left_m[*at]).need(pods.requests, None);
            for kind in pool.instance_types.iter().filter(|t| need.held_by(t)) {
                holds = true;
                within_limit |= kind.cpu_m <= need.cpu_room_m;
                if need.met_by(kind, pool) {
                    let emptiest_zone = domains.lowest().map_or(ZoneIndex(0), |(zone, _)| zone);
                    return UnplacedReason::Spread { emptiest_zone };
                }
            }
        }
        match (holds, within_limit) {
            (false, _) => UnplacedReason::TooLarge,
            (true, false) => UnplacedReason::LimitReached,
            (true, true) => UnplacedReason::NoCapacity,
        }
    }

    fn finish(self) -> Plan {
        let pools = self.observed.pools;
        let mut plan = Plan {
            unplaced: self.unplaced,
            ..Plan::default()
        };
        let bought_by = |pool: &&Pool| Bought {
            per_zone: pool.nodes_per_zone.clone(),
            n_nodes: pool.nodes_per_zone.iter().sum(),
            n_spot: pool.n_spot_nodes,
        };
        let mut bought: Vec<Bought> = pools.iter().map(bought_by).collect();
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
                plan.launches.push(bought[pool].buy(claim, pools[pool]));
            }
        }
        plan
    }

    fn workload(&self, cohort: usize) -> &'a Workload {
        &self.observed.workloads[self.observed.pending[cohort].workload]
    }
}

/// What a new node has to hold, and where.
#[derive(Clone, Copy)]
struct Need {
    requests: Resources,
    n_pods: u32,
    zone: Option<ZoneIndex>,
    cpu_room_m: u64,
}

impl Need {
    /// True when the type is large enough.
    fn held_by(&self, t: &InstanceType) -> bool {
        self.requests.fit_in(t.allocatable) && self.n_pods <= t.pod_slots
    }

    /// True when the type is large enough, within the limit, and to be had.
    fn met_by(&self, t: &InstanceType, pool: &Pool) -> bool {
        self.held_by(t)
            && t.cpu_m <= self.cpu_room_m
            && t.offerings.iter().any(|o| self.buyable(o, pool))
    }

    fn buyable(&self, offering: &Offering, pool: &Pool) -> bool {
        offering.available
            && self.zone.is_none_or(|zone| zone == offering.zone)
            && match pool.capacity {
                CapacityChoice::OnDemand => offering.capacity_type == CapacityType::OnDemand,
                CapacityChoice::Spot => offering.capacity_type == CapacityType::Spot,
                CapacityChoice::SpotFirst | CapacityChoice::SpotShare(_) => true,
            }
    }
}

/// The pool's nodes, with those this round has bought.
struct Bought {
    per_zone: Vec<u32>,
    n_nodes: u32,
    n_spot: u32,
}

impl Bought {
    /// Buys the cheapest offering that holds a claim's pods.
    fn buy(&mut self, claim: Claim, pool: &Pool) -> Launch {
        let need = Need {
            requests: claim.requests,
            n_pods: claim.n_pods,
            zone: claim.zone,
            cpu_room_m: claim.cpu_room_m,
        };
        let spot = self.cheapest(&need, pool, CapacityType::Spot);
        let on_demand = self.cheapest(&need, pool, CapacityType::OnDemand);
        let (pick, because) = self.choose(pool.capacity, spot, on_demand);
        let (instance_type, offering) =
            pick.expect("a claim only takes pods that some offering holds");
        let zone = offering.zone.index();
        if self.per_zone.len() <= zone {
            self.per_zone.resize(zone + 1, 0);
        }
        self.per_zone[zone] += 1;
        self.n_nodes += 1;
        self.n_spot += u32::from(offering.capacity_type == CapacityType::Spot);
        Launch {
            pool: claim.pool,
            instance_type,
            zone: offering.zone,
            capacity_type: offering.capacity_type,
            because,
            price_micro_usd: offering.price_micro_usd,
            requests: claim.requests,
            pods: claim.pods,
        }
    }

    fn cheapest(&self, need: &Need, pool: &Pool, kind: CapacityType) -> Option<Pick> {
        let types = pool.instance_types.iter().enumerate();
        types
            .filter(|(_, t)| need.met_by(t, pool))
            .flat_map(|(i, t)| t.offerings.iter().map(move |o| (i, *o)))
            .filter(|(_, o)| o.capacity_type == kind && need.buyable(o, pool))
            .min_by_key(|(_, o)| {
                let n_nodes = self.per_zone.get(o.zone.index()).copied().unwrap_or(0);
                (o.price_micro_usd, n_nodes)
            })
    }

    fn choose(
        &self,
        choice: CapacityChoice,
        spot: Option<Pick>,
        on_demand: Option<Pick>,
    ) -> (Option<Pick>, CapacityReason) {
        let dearer = match (spot, on_demand) {
            (Some((_, s)), Some((_, o))) => s.price_micro_usd >= o.price_micro_usd,
            _ => false,
        };
        let (want_spot, because) = match choice {
            CapacityChoice::OnDemand => return (on_demand, CapacityReason::OnlyChoice),
            CapacityChoice::Spot => return (spot, CapacityReason::OnlyChoice),
            CapacityChoice::SpotFirst => (true, CapacityReason::SpotFirst),
            CapacityChoice::SpotShare(share) => {
                // Rounding to the nearest whole number of Spot nodes keeps the share at all sizes.
                let wanted = share.value() * f64::from(self.n_nodes + 1);
                let want_spot = wanted - f64::from(self.n_spot) >= 0.5;
                (want_spot, CapacityReason::Share)
            }
        };
        if want_spot && dearer {
            return (on_demand, CapacityReason::SpotDearer);
        }
        let (wanted, other) = if want_spot {
            (spot, on_demand)
        } else {
            (on_demand, spot)
        };
        match wanted {
            Some(pick) => (Some(pick), because),
            None => (other, CapacityReason::OtherUnavailable),
        }
    }
}

/// Index of an instance type, and one of its offerings.
type Pick = (usize, Offering);

fn nodes_in(pool: &Pool, zone: ZoneIndex) -> u32 {
    pool.nodes_per_zone.get(zone.index()).copied().unwrap_or(0)
}

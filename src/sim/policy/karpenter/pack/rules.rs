//! Topology groups: who counts whose pods, in which domains, and which domain is next.

use super::site::{PodDomains, Site};
use super::{Observed, UnplacedReason};
use crate::model::{NodeInclusionPolicy, TopologyKey, TopologySpread, ZoneIndex};
use crate::sim::policy::topology::{self, Tally};

/// What a rule asks of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Spread(TopologySpread),
    Affinity,
    AntiAffinity,
}

/// A rule that the pods of one workload keep by counting those of another.
pub(super) struct Rule {
    pub(super) owner: usize,
    pub(super) counted: usize,
    pub(super) key: TopologyKey,
    pub(super) kind: Kind,
    /// Weight of a preference; none for what is required. A soft spread weighs nothing.
    pub(super) weight: Option<u32>,
    pub(super) tally: Tally,
}

/// All rules of the workloads that a round sees. An anti-affinity binds both sides: those that
/// avoid, and those that are avoided.
pub(super) fn all(observed: &Observed<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (at, workload) in observed.workloads.iter().enumerate() {
        let mut add = |owner, counted, key, kind, weight| {
            let tally = tally(observed, owner, counted, key, kind);
            rules.push(Rule {
                owner,
                counted,
                key,
                kind,
                weight,
                tally,
            });
        };
        for spread in &workload.rules.spreads {
            let weight = (!topology::is_strict(spread)).then_some(0);
            add(at, at, spread.topology_key, Kind::Spread(*spread), weight);
        }
        for term in &workload.rules.affinity {
            add(at, term.workload, term.key, Kind::Affinity, term.weight);
        }
        for term in &workload.rules.anti_affinity {
            let kind = Kind::AntiAffinity;
            add(at, term.workload, term.key, kind, term.weight);
            if term.workload != at && term.weight.is_none() {
                add(term.workload, at, term.key, kind, None);
            }
        }
    }
    rules
}

/// Pods by domain at the start of a round. Domains are all that the node pools could launch, and
/// those where the counted pods are.
fn tally(
    observed: &Observed<'_>,
    owner: usize,
    counted: usize,
    key: TopologyKey,
    kind: Kind,
) -> Tally {
    let mut tally = Tally::default();
    let honors_taints = matches!(kind, Kind::Spread(it)
        if it.node_taints_policy == NodeInclusionPolicy::Honor);
    let tolerates = observed.workloads[owner].rules.tolerates;
    for workload in observed.workloads {
        for pool in workload.pools.iter().map(|pool| observed.pools[*pool]) {
            if honors_taints && !pool.taints.is_within(tolerates) {
                continue;
            }
            for offering in pool.instance_types.iter().flat_map(|it| &it.offerings) {
                match key {
                    TopologyKey::Zone => tally.register(offering.zone.index()),
                    TopologyKey::CapacityType if pool.capacity.allows(offering.capacity_type) => {
                        tally.register(offering.capacity_type as usize);
                    }
                    TopologyKey::CapacityType | TopologyKey::Hostname => {}
                }
            }
        }
    }
    let counts = &observed.workloads[counted];
    let counts: &[u32] = match key {
        TopologyKey::Zone => &counts.pods_per_zone,
        TopologyKey::Hostname => &counts.pods_on,
        TopologyKey::CapacityType => &counts.pods_per_capacity_type,
    };
    for (domain, count) in counts.iter().enumerate().filter(|it| *it.1 > 0) {
        tally.add(domain, *count);
    }
    tally
}

impl Rule {
    /// The domains that one more pod may go to of those that a site leaves open; empty when there
    /// is none. `rank` orders equals: the lowest is taken.
    pub(super) fn choose(
        &self,
        site: &Site,
        pod: &PodDomains<'_>,
        rank: impl Fn(usize) -> (bool, u32),
    ) -> Vec<usize> {
        let open = site.domains(self.key);
        match self.kind {
            Kind::Spread(spread) => self.choose_spread(&spread, open, pod, rank),
            Kind::Affinity => self.choose_affinity(open, pod, rank),
            Kind::AntiAffinity => {
                let is_empty = |it: &usize| self.tally.count(*it) == 0;
                open.into_iter().filter(is_empty).collect()
            }
        }
    }

    /// The emptiest open domain within the skew. A new hostname is always to be had, so that the
    /// emptiest host counts as empty.
    fn choose_spread(
        &self,
        spread: &TopologySpread,
        open: Vec<usize>,
        pod: &PodDomains<'_>,
        rank: impl Fn(usize) -> (bool, u32),
    ) -> Vec<usize> {
        let floor = match self.key {
            TopologyKey::Hostname => 0,
            key => pod.of(key, &self.tally).floor(spread.min_domains),
        };
        let known = |it: &usize| self.key == TopologyKey::Hostname || self.tally.knows(*it);
        let fits =
            |it: &usize| topology::within_skew(self.tally.count(*it), floor, spread.max_skew);
        let best = open
            .into_iter()
            .filter(|it| known(it) && fits(it))
            .min_by_key(|it| (self.tally.count(*it), rank(*it)));
        best.into_iter().collect()
    }

    /// Where the pods are; anywhere for the first of its own kind.
    fn choose_affinity(
        &self,
        open: Vec<usize>,
        pod: &PodDomains<'_>,
        rank: impl Fn(usize) -> (bool, u32),
    ) -> Vec<usize> {
        let usable = |it: &usize| pod.has(self.key, *it);
        let inhabited = |it: &usize| usable(it) && self.tally.count(*it) > 0;
        let found: Vec<usize> = open.iter().copied().filter(inhabited).collect();
        if !found.is_empty() {
            return found;
        }
        let nobody = pod.of(self.key, &self.tally).is_empty();
        if self.counted != self.owner || !nobody {
            return Vec::new();
        }
        let first = open.into_iter().filter(usable).min_by_key(|it| rank(*it));
        first.into_iter().collect()
    }

    /// Counts a pod that was placed where only `site` is left. Whom others avoid is counted
    /// wherever it may come to stand; else only a settled domain counts.
    pub(super) fn record(&mut self, site: &Site) {
        let domains = site.domains(self.key);
        if self.kind == Kind::AntiAffinity || domains.len() == 1 {
            for domain in domains {
                self.tally.add(domain, 1);
            }
        }
    }

    /// What to say when no domain is left.
    pub(super) fn hurdle(&self, pod: &PodDomains<'_>) -> UnplacedReason {
        match self.kind {
            Kind::Spread(_) => {
                let own = pod.of(self.key, &self.tally).emptiest();
                let zone = own.filter(|_| self.key == TopologyKey::Zone);
                let zone = zone.and_then(|(domain, _)| u8::try_from(domain).ok());
                UnplacedReason::Spread {
                    emptiest_zone: zone.map(ZoneIndex),
                }
            }
            Kind::Affinity => UnplacedReason::Affinity,
            Kind::AntiAffinity => UnplacedReason::AntiAffinity,
        }
    }
}

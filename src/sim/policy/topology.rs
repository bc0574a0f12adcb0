//! Topology: the domains that nodes stand in, and what a spread or an affinity says about them.
//!
//! The real thing. A *topology key* is a node label; nodes with the same value are one *domain*: a
//! zone, a capacity type, or, by hostname, each node for itself. A spread constraint bounds how
//! far a domain's pods may lie above those of the emptiest domain; affinity wants pods where
//! certain others are, anti-affinity where they are not. kube-scheduler and Karpenter keep the
//! same rules and differ in what they count as a domain: the one knows only the nodes that exist,
//! the other all that its pools could launch, and for it a new hostname is always to be had.
//!
//! Rules: Kubernetes API 1.37 texts, `topology-spread-constraints.md`, and Karpenter core 1.14.1
//! (`scheduling/topologygroup.go`), read 2026-11-23.
//!
//! Assumed: a label selector selects all pods of one deployment, and every pod selects its own
//! deployment's pods.
//!
//! Left out: `matchLabelKeys`, namespaces of affinity terms.

use crate::model::{CapacityType, TopologyKey, TopologySpread, WhenUnsatisfiable, ZoneIndex};

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its hostname, as a number.
    pub host: usize,
    /// Its zone.
    pub zone: ZoneIndex,
    /// How it is bought.
    pub capacity_type: CapacityType,
}

impl Place {
    /// The domain that it belongs to, numbered within the key.
    #[must_use]
    pub const fn domain(&self, key: TopologyKey) -> usize {
        match key {
            TopologyKey::Zone => self.zone.index(),
            TopologyKey::Hostname => self.host,
            TopologyKey::CapacityType => self.capacity_type as usize,
        }
    }
}

/// An affinity or anti-affinity to the pods of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Whose pods it is about.
    pub workload: usize,
    /// What counts as the same place.
    pub key: TopologyKey,
    /// 1 to 100 for a preference; none for what is required.
    pub weight: Option<u32>,
}

/// Pods by domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Pods in each domain by its number; none where there is no such domain.
    counts: Vec<Option<u32>>,
}

impl Tally {
    /// Makes something a domain, though it may have no pods.
    pub fn register(&mut self, domain: usize) {
        if self.counts.len() <= domain {
            self.counts.resize(domain + 1, None);
        }
        self.counts[domain].get_or_insert(0);
    }

    /// Counts pods in a domain.
    pub fn add(&mut self, domain: usize, pods: u32) {
        self.register(domain);
        self.counts[domain] = self.counts[domain].map(|count| count + pods);
    }

    /// Pods in a domain; 0 where there is none.
    #[must_use]
    pub fn count(&self, domain: usize) -> u32 {
        self.counts.get(domain).copied().flatten().unwrap_or(0)
    }

    /// True for a domain.
    #[must_use]
    pub fn knows(&self, domain: usize) -> bool {
        self.counts.get(domain).is_some_and(Option::is_some)
    }

    /// The domains with their pods, in order of their numbers.
    pub fn domains(&self) -> impl Iterator<Item = (usize, u32)> {
        let all = self.counts.iter().enumerate();
        all.filter_map(|(domain, count)| Some((domain, (*count)?)))
    }

    /// True when no domain has a pod.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.domains().all(|(_, count)| count == 0)
    }

    /// The emptiest domain with its pods, the first of equals; none without domains.
    #[must_use]
    pub fn emptiest(&self) -> Option<(usize, u32)> {
        self.domains().min_by_key(|(_, count)| *count)
    }

    /// What counts are measured against: the pods of the emptiest domain, or 0 while there are
    /// fewer domains than `min_domains`.
    #[must_use]
    pub fn floor(&self, min_domains: Option<u32>) -> u32 {
        let n_domains = self.domains().count();
        match (self.emptiest(), min_domains) {
            (Some(_), Some(least)) if n_domains < least as usize => 0,
            (Some((_, count)), _) => count,
            (None, _) => 0,
        }
    }
}

/// True when one more pod in a domain that has `count` stays within the skew above `floor`.
#[must_use]
pub const fn within_skew(count: u32, floor: u32, max_skew: u32) -> bool {
    count < floor.saturating_add(max_skew)
}

/// True for a constraint that pods must keep; others only rank nodes.
#[must_use]
pub fn is_strict(spread: &TopologySpread) -> bool {
    spread.when_unsatisfiable == WhenUnsatisfiable::DoNotSchedule
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(counts: &[Option<u32>]) -> Tally {
        Tally {
            counts: counts.to_vec(),
        }
    }

    #[track_caller]
    fn check(counts: &[u32], max_skew: u32, min_domains: Option<u32>, allowed: &[usize]) {
        let counts: Vec<_> = counts.iter().copied().map(Some).collect();
        let tally = tally(&counts);
        let floor = tally.floor(min_domains);
        let fits =
            |(domain, count): (usize, u32)| within_skew(count, floor, max_skew).then_some(domain);
        let got: Vec<usize> = tally.domains().filter_map(fits).collect();
        assert_eq!(got, allowed, "{counts:?} with a skew of {max_skew}");
    }

    #[test]
    fn a_spread_allows_what_kubernetes_allows() {
        check(&[2, 2, 1], 1, None, &[2]);
        check(&[2, 2, 1], 2, None, &[0, 1, 2]);
        check(&[2, 2, 2], 1, None, &[0, 1, 2]);
        check(&[3, 0, 0], 1, None, &[1, 2]);
        check(&[1, 1, 6], 5, None, &[0, 1]);
        check(&[1, 1, 5], 5, None, &[0, 1, 2]);
        check(&[7], 1, None, &[0]);
        // Fewer domains than wanted: the emptiest counts as empty, so that a new one is awaited.
        check(&[1, 1], 1, Some(3), &[]);
        check(&[1, 1], 2, Some(3), &[0, 1]);
        check(&[1, 1, 1], 1, Some(3), &[0, 1, 2]);
        check(&[1, 1, 1], 1, Some(2), &[0, 1, 2]);
    }

    #[test]
    fn what_is_no_domain_is_not_the_emptiest() {
        let mut it = tally(&[Some(2), None, Some(1)]);
        assert_eq!(it.emptiest(), Some((2, 1)));
        assert_eq!((it.count(1), it.knows(1), it.knows(9)), (0, false, false));
        it.register(4);
        it.add(1, 3);
        let all: Vec<_> = it.domains().collect();
        assert_eq!(all, [(0, 2), (1, 3), (2, 1), (4, 0)]);
        assert!(!it.is_empty() && tally(&[Some(0), None]).is_empty());
    }

    #[test]
    fn a_place_has_a_domain_for_each_key() {
        let place = Place {
            host: 7,
            zone: ZoneIndex(2),
            capacity_type: CapacityType::Spot,
        };
        assert_eq!(place.domain(TopologyKey::Zone), 2);
        assert_eq!(place.domain(TopologyKey::Hostname), 7);
        assert_eq!(place.domain(TopologyKey::CapacityType), 1);
    }
}

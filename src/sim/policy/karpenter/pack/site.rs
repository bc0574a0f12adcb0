//! Where a node may still come to stand: the requirements of a node claim on its topology.

use crate::model::{CapacityType, TopologyKey, ZoneIndex};
use crate::sim::policy::pod_rules::NodeTerm;
use crate::sim::policy::resources::ZoneSet;
use crate::sim::policy::topology::Tally;

/// Both capacity types, in the order of their domains.
const CAPACITY_TYPES: [CapacityType; 2] = [CapacityType::OnDemand, CapacityType::Spot];

/// What a node may still be. A hostname is always settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) zones: ZoneSet,
    /// By domain of the capacity type.
    capacity_types: [bool; 2],
    pub(super) host: usize,
}

impl Site {
    pub(super) const fn anywhere(zones: ZoneSet, host: usize) -> Self {
        Self {
            zones,
            capacity_types: [true; 2],
            host,
        }
    }

    pub(super) fn settled(zone: ZoneIndex, capacity_type: CapacityType, host: usize) -> Self {
        let mut site = Self::anywhere([zone].into_iter().collect(), host);
        site.keep(TopologyKey::CapacityType, |it| it == capacity_type as usize);
        site
    }

    /// Domains of a key that are still open.
    pub(super) fn domains(&self, key: TopologyKey) -> Vec<usize> {
        match key {
            TopologyKey::Zone => self.zones.iter().map(ZoneIndex::index).collect(),
            TopologyKey::Hostname => vec![self.host],
            TopologyKey::CapacityType => (0..2).filter(|it| self.capacity_types[*it]).collect(),
        }
    }

    /// Keeps only some domains of a key; false when none is left.
    pub(super) fn keep(&mut self, key: TopologyKey, keeps: impl Fn(usize) -> bool) -> bool {
        match key {
            TopologyKey::Zone => {
                self.zones = self.zones.iter().filter(|it| keeps(it.index())).collect();
                self.zones.iter().next().is_some()
            }
            TopologyKey::Hostname => keeps(self.host),
            TopologyKey::CapacityType => {
                for (domain, open) in self.capacity_types.iter_mut().enumerate() {
                    *open &= keeps(domain);
                }
                self.capacity_types.contains(&true)
            }
        }
    }

    /// Keeps what a wish about the node allows; false when nothing is left.
    pub(super) fn keep_term(&mut self, term: &NodeTerm) -> bool {
        let zone = |it: usize| {
            term.zones
                .is_none_or(|zones| u8::try_from(it).is_ok_and(|it| zones.contains(ZoneIndex(it))))
        };
        let kind = |it: usize| term.capacity_type.is_none_or(|kind| kind as usize == it);
        self.keep(TopologyKey::Zone, zone) & self.keep(TopologyKey::CapacityType, kind)
    }

    pub(super) const fn allows(&self, capacity_type: CapacityType) -> bool {
        self.capacity_types[capacity_type as usize]
    }
}

/// What a pod's required wishes leave open, of all there is.
pub(super) struct PodDomains<'a>(pub(super) &'a [NodeTerm]);

impl PodDomains<'_> {
    /// True for a domain that the pod itself does not rule out.
    pub(super) fn has(&self, key: TopologyKey, domain: usize) -> bool {
        let required = self.0.iter().filter(|it| it.weight.is_none());
        let fits = |term: &NodeTerm| match key {
            TopologyKey::Zone => term.zones.is_none_or(|zones| {
                u8::try_from(domain).is_ok_and(|it| zones.contains(ZoneIndex(it)))
            }),
            TopologyKey::Hostname => true,
            TopologyKey::CapacityType => term
                .capacity_type
                .is_none_or(|it| it == CAPACITY_TYPES[domain.min(1)]),
        };
        required.into_iter().all(fits)
    }

    /// The part of a tally that the pod could use.
    pub(super) fn of(&self, key: TopologyKey, tally: &Tally) -> Tally {
        let mut own = Tally::default();
        for (domain, count) in tally.domains() {
            if self.has(key, domain) {
                own.add(domain, count);
            }
        }
        own
    }
}

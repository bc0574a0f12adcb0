//! What pods of a workload ask of nodes, and of each other.

use super::resources::{SmallSet, ZoneSet};
use super::topology::Term;
use crate::model::{CapacityType, TopologyKey, TopologySpread, ZoneIndex};

/// A wish about the node itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NodeTerm {
    /// Zones that will do; none means all.
    pub zones: Option<ZoneSet>,
    /// The capacity type that will do; none means both.
    pub capacity_type: Option<CapacityType>,
    /// 1 to 100 for a preference; none for what is required.
    pub weight: Option<u32>,
}

impl NodeTerm {
    /// True for a node there, bought so.
    #[must_use]
    pub fn fits(&self, zone: ZoneIndex, capacity_type: CapacityType) -> bool {
        self.zones.is_none_or(|zones| zones.contains(zone))
            && self.capacity_type.is_none_or(|it| it == capacity_type)
    }
}

/// The rules of a workload's pods, all of which a node has to keep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodRules {
    /// Taints that its pods tolerate, as numbers of the design.
    pub tolerates: SmallSet,
    /// Host ports that each pod takes, as numbers of the design.
    pub host_ports: SmallSet,
    /// Wishes about the node; all required ones have to hold.
    pub node_affinity: Vec<NodeTerm>,
    /// Spread constraints, all of which have to hold.
    pub spreads: Vec<TopologySpread>,
    /// Workloads whose pods should be in the same place.
    pub affinity: Vec<Term>,
    /// Workloads whose pods should not.
    pub anti_affinity: Vec<Term>,
}

impl PodRules {
    /// True when a node there, bought so, fits every required wish.
    #[must_use]
    pub fn node_fits(&self, zone: ZoneIndex, capacity_type: CapacityType) -> bool {
        let required = self.node_affinity.iter().filter(|it| it.weight.is_none());
        required.into_iter().all(|it| it.fits(zone, capacity_type))
    }

    /// True when pods of the same workload must not be in one domain of a kind.
    #[must_use]
    pub fn avoids_itself(&self, own: usize, key: TopologyKey) -> bool {
        let mut required = self.anti_affinity.iter().filter(|it| it.weight.is_none());
        required.any(|it| it.workload == own && it.key == key)
    }

    /// The first spread over zones, which is all that Cluster Autoscaler's estimates look at here.
    #[must_use]
    pub fn zone_spread(&self) -> Option<&TopologySpread> {
        let mut spreads = self.spreads.iter();
        spreads.find(|it| it.topology_key == TopologyKey::Zone)
    }

    /// Workloads whose pods the rules count; its own for a spread.
    pub fn counted(&self, own: usize) -> impl Iterator<Item = usize> {
        let terms = self.affinity.iter().chain(&self.anti_affinity);
        let spread = (!self.spreads.is_empty()).then_some(own);
        terms.map(|term| term.workload).chain(spread)
    }
}

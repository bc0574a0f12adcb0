//! Buying: the cheapest offering that holds a claim's pods.

use super::Claim;
use super::site::Site;
use crate::model::CapacityType;
use crate::sim::policy::karpenter::{
    CapacityChoice, CapacityReason, InstanceType, Launch, Offering, Pool,
};
use crate::sim::policy::resources::Resources;

/// What a new node has to hold, and where.
#[derive(Clone, Copy)]
pub(super) struct Need {
    pub(super) requests: Resources,
    pub(super) n_pods: u32,
    pub(super) site: Site,
    /// Most CPU that the pool's limit leaves to it.
    pub(super) cpu_room_m: u64,
}

impl Need {
    /// True when the type is large enough.
    pub(super) fn held_by(&self, t: &InstanceType) -> bool {
        self.requests.fit_in(t.allocatable) && self.n_pods <= t.pod_slots
    }

    /// True when the type is large enough, within the limit, and to be had.
    pub(super) fn met_by(&self, t: &InstanceType, pool: &Pool) -> bool {
        self.held_by(t)
            && t.cpu_m <= self.cpu_room_m
            && t.offerings.iter().any(|o| self.buyable(o, pool))
    }

    fn buyable(&self, offering: &Offering, pool: &Pool) -> bool {
        offering.available
            && self.site.zones.contains(offering.zone)
            && self.site.allows(offering.capacity_type)
            && pool.capacity.allows(offering.capacity_type)
    }
}

/// The pool's nodes, with those this round has bought.
pub(super) struct Bought {
    per_zone: Vec<u32>,
    n_nodes: u32,
    n_spot: u32,
}

impl Bought {
    /// What a pool has before the round.
    pub(super) fn by(pool: &Pool) -> Self {
        Self {
            per_zone: pool.nodes_per_zone.clone(),
            n_nodes: pool.nodes_per_zone.iter().sum(),
            n_spot: pool.n_spot_nodes,
        }
    }

    /// Buys the cheapest offering that holds a claim's pods.
    pub(super) fn buy(&mut self, claim: Claim, pool: &Pool) -> Launch {
        let need = claim.need();
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

pub(super) fn nodes_in(pool: &Pool, zone: usize) -> u32 {
    pool.nodes_per_zone.get(zone).copied().unwrap_or(0)
}

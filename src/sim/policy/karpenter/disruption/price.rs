//! What a replacement may be, by price.
//!
//! The real thing. A node claim names every instance type that holds its pods; which of them comes,
//! and in which zone, EC2 decides. So each type is judged by its dearest offering that the claim
//! allows, Spot where Spot is allowed and to be had, and stays only when even that is cheaper than
//! what it replaces.

use super::super::{CapacityChoice, InstanceType, Launch, Offering, Pool};
use crate::model::{CapacityType, ZoneIndex};
use crate::units::order::sort_by;

/// What a claim allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// The only zone; none when any will do.
    pub zone: Option<ZoneIndex>,
    /// Spot is allowed.
    pub spot: bool,
    /// On-demand is allowed.
    pub on_demand: bool,
}

impl Claim {
    /// Of a planned launch. A share of Spot stands for pools of which the plan has chosen one;
    /// rules about places have settled where and how the node is bought.
    pub(super) fn of(launch: &Launch, pool: &Pool, is_placed: bool) -> Self {
        let is_spot = launch.capacity_type == CapacityType::Spot;
        let (spot, on_demand) = match pool.capacity {
            CapacityChoice::OnDemand => (false, true),
            CapacityChoice::Spot => (true, false),
            CapacityChoice::SpotFirst if !is_placed => (true, true),
            CapacityChoice::SpotFirst | CapacityChoice::SpotShare(_) => (is_spot, !is_spot),
        };
        Self {
            zone: is_placed.then_some(launch.zone),
            spot,
            on_demand,
        }
    }

    fn allows(&self, offering: &Offering) -> bool {
        let by_type = match offering.capacity_type {
            CapacityType::Spot => self.spot,
            CapacityType::OnDemand => self.on_demand,
        };
        offering.available && by_type && self.zone.is_none_or(|zone| zone == offering.zone)
    }

    fn allowed<'a>(&'a self, kind: &'a InstanceType) -> impl Iterator<Item = &'a Offering> {
        kind.offerings.iter().filter(|it| self.allows(it))
    }

    /// The most that a launch of a type may cost; none when it is not to be had.
    pub(super) fn worst(&self, kind: &InstanceType) -> Option<u64> {
        let dearest = |of: CapacityType| {
            let offerings = self.allowed(kind).filter(|it| it.capacity_type == of);
            offerings.map(|it| it.price_micro_usd).max()
        };
        dearest(CapacityType::Spot).or_else(|| dearest(CapacityType::OnDemand))
    }

    /// The cheapest offering of a type that may be launched.
    pub(super) fn cheapest<'a>(&'a self, kind: &'a InstanceType) -> Option<&'a Offering> {
        self.allowed(kind).min_by_key(|it| it.price_micro_usd)
    }

    /// Types that hold a launch's pods and cost less than `price` at worst, as indices, the
    /// cheapest first.
    pub(super) fn cheaper_types(&self, launch: &Launch, pool: &Pool, price: u64) -> Vec<usize> {
        let n_pods: u32 = launch.pods.iter().map(|(_, count)| count).sum();
        let fits = |kind: &InstanceType| {
            launch.requests.fit_in(kind.allocatable)
                && n_pods <= kind.pod_slots
                && self.worst(kind).is_some_and(|worst| worst < price)
        };
        let types = pool.instance_types.iter().enumerate();
        let mut found: Vec<usize> = types.filter(|(_, it)| fits(it)).map(|(at, _)| at).collect();
        let lowest = |at: usize| {
            let offering = self.cheapest(&pool.instance_types[at]);
            offering.map_or(u64::MAX, |it| it.price_micro_usd)
        };
        sort_by(&mut found, |a, b| lowest(*a).cmp(&lowest(*b)));
        found
    }
}

//! EC2's capacity pools: whether a launch finds an instance, and what Karpenter learns if not.
//!
//! The real thing. EC2 sells from pools: one instance type in one zone, on-demand or Spot. A pool
//! may be empty while its neighbours are full, and a launch there fails with
//! `InsufficientInstanceCapacity`. It is then that many ask at once that pools run empty, so a lost
//! zone makes instances scarce in those that are left. Karpenter remembers an empty pool for three
//! minutes and buys elsewhere; an Auto Scaling group turns to its other zones, and Cluster
//! Autoscaler backs off from a group that found nothing (`scaling_group.rs`).
//!
//! Assumed: a pool is empty or it is not, for as long as the shortage lasts, and which pools are
//! empty is drawn from the fault, the type, the zone and the way of buying, so that two designs
//! meet the same ones. A request for a fleet fails as a whole and tells of every empty pool that it
//! named in that zone; in truth the fleet takes another type in the same request, a second sooner.
//!
//! Left out: pools with a few instances left, capacity reservations, Spot instances that are
//! reclaimed because their pool runs empty (a fault of its own), and requests of one design that
//! empty a pool.

use super::nodes::Order;
use super::notes::Entity;
use super::{Cause, Control};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::event::{EmptyPools, EventKind};
use crate::sim::faults::{Effect, ScheduledFault};
use crate::sim::policy::karpenter;
use crate::sim::rng::Uniforms as _;
use crate::units::Ratio;

impl Control {
    /// True when a launch would find an instance now.
    pub(super) fn has_capacity(&self, order: Order) -> bool {
        self.world.zones[order.zone.index()].is_reachable() && self.shortage(order).is_none()
    }

    /// The fault that has emptied the pool that an order is for, if one has.
    fn shortage(&self, order: Order) -> Option<usize> {
        let name = &self.world.pools[order.pool].type_names[order.instance_type];
        self.shortage_of(name, order.zone, order.capacity_type)
    }

    fn shortage_of(&self, name: &str, zone: ZoneIndex, bought: CapacityType) -> Option<usize> {
        (0..self.faults.len()).find(|at| {
            let fault = &self.faults[*at];
            let lasts = fault.start <= self.now && self.now < fault.end;
            lasts && self.is_emptied(fault, name, zone, bought)
        })
    }

    /// True of a pool that a fault leaves empty.
    fn is_emptied(
        &self,
        fault: &ScheduledFault,
        name: &str,
        zone: ZoneIndex,
        bought: CapacityType,
    ) -> bool {
        let (is_meant, share) = match fault.effect {
            Effect::CapacityShortage {
                zones,
                capacity_type,
                share,
            } => {
                let types = &fault.instance_types;
                let is_type = types.is_empty() || types.iter().any(|it| it == name);
                let is_bought = capacity_type.is_none_or(|it| it == bought);
                (is_type && is_bought && zones.hold(zone), share)
            }
            Effect::ZonePowerLoss(lost) | Effect::ZoneIsolated(lost) => {
                (lost != Some(zone), self.shortage_after_zone_loss)
            }
            _ => return false,
        };
        if !is_meant || share == Ratio::ZERO {
            return false;
        }
        let entity = format!("{}/{name}/{}/{bought:?}", fault.id, self.zone_name(zone));
        // Random outages share an id; their begins tell them apart.
        let mut stream = self
            .chance
            .stream("capacity_shortage", &entity, fault.start.as_ns());
        stream.uniform() < share.value()
    }

    /// Remembers that a capacity pool is empty. Karpenter keeps one memory for the whole cluster,
    /// by type, zone and way of buying, whatever node pool it learned it for.
    pub(super) fn mark_type_unavailable(
        &mut self,
        name: &str,
        zone: ZoneIndex,
        bought: CapacityType,
    ) {
        for pool in 0..self.world.pools.len() {
            let mut names = self.world.pools[pool].type_names.iter();
            let at = names.position(|it| it == name);
            if at.is_some() {
                self.mark_unavailable(pool, zone, bought, at);
            }
        }
    }

    /// Karpenter asked for instances and got none: it leaves the empty pools out for a while.
    pub(super) fn remember_shortage(&mut self, order: Order, cause: Cause) {
        let Some(fault) = self.shortage(order) else {
            return;
        };
        let (zone, bought) = (order.zone, order.capacity_type);
        let asked_for = self.world.pools[order.pool].type_names.clone();
        let since = self.faults[fault].start + karpenter::UNAVAILABLE_FOR;
        let is_news = self.remembered_until(order) < since;
        let mut n_empty = 0;
        for name in &asked_for {
            if self.shortage_of(name, zone, bought).is_none() {
                continue;
            }
            n_empty += 1;
            self.mark_type_unavailable(name, zone, bought);
        }
        if is_news {
            let kind = EventKind::InsufficientCapacity(EmptyPools {
                instance_type: asked_for[order.instance_type].clone(),
                others: n_empty - 1,
                capacity_type: bought,
                retry: karpenter::UNAVAILABLE_FOR,
            });
            let cause = cause.max(self.fault_causes[fault]);
            self.tell(Entity::Pool(order.pool), Some(zone), cause, kind);
        }
    }
}

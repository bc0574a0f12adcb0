//! Karpenter at work: batches, launches, failed launches, spare nodes.
//!
//! The decisions are [`karpenter::plan`]; here batches are opened and closed, launches are tried,
//! and what failed is remembered. Whom a batch is for is in `rescheduling.rs`. A batch grows with
//! pods and nodes that are not in it; one that is, and asks again, does not keep it open
//! (`batcher.go`, Karpenter core 1.14.1).
//!
//! Assumed: a launch in a zone without power fails at once for want of capacity, for every type
//! asked for; spare nodes are what Karpenter would
//! launch for placeholder pods, and are kept only in zones that have power. Karpenter looks again
//! every 10 s at pods it could not help; since its answer depends on nothing else, it is asked
//! again here when pods, nodes or remembered failures change.

use std::borrow::Cow;

use super::nodes::Order;
use super::notes::Entity;
use super::placement::order_of;
use super::rescheduling::Batch;
use super::{Cause, Control, ControlEvent};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::event::EventKind;
use crate::sim::policy::karpenter::{self, Unplaced};
use crate::sim::policy::resources::{Resources, SmallSet};
use crate::sim::world::{Machine, Node, PodPhase, Pool};
use crate::units::SimTime;

impl Control {
    /// Opens the batch of pods that want nodes, or extends it when there are new ones.
    pub(super) fn batch_pending(&mut self) {
        let is_news = self.join_batch();
        let it = &mut self.world.provisioner;
        if it.batch_since.is_some() && !is_news {
            return;
        }
        let first = *it.batch_since.get_or_insert(self.now);
        let closes_at = karpenter::batch_closes_at(first, self.now);
        if it.due != closes_at {
            it.due = closes_at;
            self.queue.push(closes_at, ControlEvent::Provision);
        }
    }

    /// The batch closes, or a remembered failure is forgotten.
    pub(in crate::sim) fn provision(&mut self) {
        let it = &mut self.world.provisioner;
        if it.due != self.now {
            return;
        }
        it.due = SimTime::NEVER;
        it.batch_since = None;
        it.number += 1;
        let batch = self.batch();
        if batch.n_pending == 0 {
            // It may have been for a spare node that could not be had before.
            for pool in 0..self.world.pools.len() {
                self.keep_spares(pool);
            }
        }
        if batch.is_empty() {
            return;
        }
        let waiting = batch.pods[..batch.n_pending].iter();
        let pending = waiting.map(|it| self.newest_pending_cause(it.workload));
        let leaving = batch.leaving.iter().map(|at| self.world.nodes[*at].cause);
        let cause = pending.chain(leaving).max().flatten();
        let (plan, hosts) = self.plan_batch(&batch);
        let failed = self.try_launches(&plan.launches, cause);
        let nominations = plan.nominations.iter();
        let taking: Vec<usize> = nominations.map(|it| hosts[it.in_flight]).collect();
        self.nominate(&taking);
        if failed {
            self.batch_pending();
        } else if !plan.unplaced.is_empty() {
            self.retry_later();
        }
        for unplaced in &plan.unplaced {
            // Those that are still on a node are not told of: they may yet stay.
            if unplaced.cohort < batch.n_pending {
                self.tell_refusal(batch.pods[unplaced.cohort].workload, unplaced);
            }
        }
    }

    /// Tells of pods that no launch would help: when the reason is new or their number has grown.
    fn tell_refusal(&mut self, workload: usize, unplaced: &Unplaced) {
        let (pods, reason) = (unplaced.count, unplaced.because.as_told());
        let told = &mut self.scratch.told_unhelped[workload];
        if told.is_none_or(|(old, count)| old != reason || count < pods) {
            *told = Some((reason, pods));
            let cause = self.newest_pending_cause(workload);
            let kind = EventKind::LaunchRefused { pods, reason };
            self.tell(Entity::Workload(workload), None, cause, kind);
        }
    }

    /// Workloads with pods that Karpenter may launch nodes for, in the order of its batch.
    pub(super) fn waiting_workloads(&self) -> Vec<usize> {
        let batch = self.batch();
        batch.pods.iter().map(|it| it.workload).collect()
    }

    /// What Karpenter would do now for the pods that want nodes.
    pub(super) fn plan_round(&mut self) -> karpenter::Plan {
        let batch = self.batch();
        self.plan_batch(&batch).0
    }

    /// What Karpenter would do for a batch, and the slots of the nodes with room.
    fn plan_batch(&mut self, batch: &Batch) -> (karpenter::Plan, Vec<usize>) {
        self.forget_failures();
        let hosts = self.hosts(batch);
        let asks_groups = !batch.leaving.is_empty();
        let workloads = 0..self.world.workloads.len();
        let workloads = workloads.map(|at| self.karpenter_sees(at, asks_groups));
        let mut workloads: Vec<_> = workloads.collect();
        self.leave_out_moving(batch, &mut workloads);
        let seen = hosts.iter().map(|at| self.see_host(*at, &mut workloads));
        let in_flight: Vec<_> = seen.collect();
        let pools: Vec<_> = self.world.pools.iter().map(launchable).collect();
        let pools: Vec<_> = pools.iter().map(AsRef::as_ref).collect();
        let plan = karpenter::plan(&karpenter::Observed {
            pending: &batch.pods,
            workloads: &workloads,
            in_flight: &in_flight,
            pools: &pools,
        });
        (plan, hosts)
    }

    /// A workload with the pools that Karpenter may launch for it, or that have nodes with room.
    fn karpenter_sees(&self, workload: usize, asks_groups: bool) -> karpenter::Workload {
        let owner = &self.world.workloads[workload];
        let asked = |pool: &usize| asks_groups || self.world.pools[*pool].growth.is_some();
        let mut pods_per_capacity_type = [0; 2];
        for pod in owner.pods.iter().map(|at| &self.world.pods[*at]) {
            if pod.is_placed() && pod.phase != PodPhase::Terminating {
                let kind = self.world.nodes[pod.node].capacity_type;
                pods_per_capacity_type[kind as usize] += 1;
            }
        }
        karpenter::Workload {
            pools: owner.pools.iter().copied().filter(asked).collect(),
            rules: owner.rules.clone(),
            pods_per_zone: owner.pods_per_zone.clone(),
            pods_per_capacity_type,
            pods_on: Vec::new(),
        }
    }

    /// Offerings whose failure is long enough ago are available again, but for those in a zone that
    /// the cluster is shifted away from.
    pub(super) fn forget_failures(&mut self) {
        let zones = &self.world.zones;
        for pool in &mut self.world.pools {
            let mut until = pool.unavailable_until.iter();
            for kind in &mut pool.karpenter.instance_types {
                for (offering, until) in kind.offerings.iter_mut().zip(&mut until) {
                    let shifted = zones[offering.zone.index()].is_shifted();
                    offering.available = *until <= self.now && !shifted;
                }
            }
        }
    }

    /// Launches what was planned, one event per kind of node and zone. True when a launch failed.
    fn try_launches(&mut self, launches: &[karpenter::Launch], cause: Cause) -> bool {
        let mut failed = false;
        let mut done = vec![false; launches.len()];
        for first in 0..launches.len() {
            if done[first] {
                continue;
            }
            let model = &launches[first];
            let alike = |it: &karpenter::Launch| {
                it.pool == model.pool
                    && it.zone == model.zone
                    && it.instance_type == model.instance_type
                    && it.capacity_type == model.capacity_type
            };
            let (mut nodes, mut pods) = (0, 0);
            for (launch, done) in launches.iter().zip(&mut done) {
                if !*done && alike(launch) {
                    *done = true;
                    nodes += 1;
                    pods += launch.pods.iter().map(|(_, count)| count).sum::<u32>();
                }
            }
            let order = order_of(model);
            if !self.has_capacity(order) {
                self.launch_failed(order, cause);
                failed = true;
                continue;
            }
            let cause = self.tell_launch(order, (nodes, pods), cause);
            for _ in 0..nodes {
                self.launch(order, cause);
            }
        }
        failed
    }

    pub(super) fn tell_launch(
        &mut self,
        order: Order,
        (nodes, pods): (u32, u32),
        cause: Cause,
    ) -> Cause {
        let pool = &self.world.pools[order.pool];
        let kind = EventKind::NodesLaunched {
            nodes,
            instance_type: pool.type_names[order.instance_type].clone(),
            capacity_type: order.capacity_type,
            pods,
        };
        self.tell(Entity::Pool(order.pool), Some(order.zone), cause, kind)
    }

    /// A launch found no capacity: its offerings count as unavailable for a while.
    pub(super) fn launch_failed(&mut self, order: Order, cause: Cause) {
        if self.world.zones[order.zone.index()].is_reachable() {
            self.remember_shortage(order, cause);
            return;
        }
        self.mark_unavailable(order.pool, order.zone, order.capacity_type, None);
        let zone = &mut self.world.zones[order.zone.index()];
        if zone.launch_failure_told == zone.lost_at {
            return;
        }
        zone.launch_failure_told = zone.lost_at;
        let pool = &self.world.pools[order.pool];
        let kind = EventKind::LaunchFailed {
            instance_type: pool.type_names[order.instance_type].clone(),
            retry: karpenter::UNAVAILABLE_FOR,
        };
        self.tell(Entity::Pool(order.pool), Some(order.zone), cause, kind);
    }

    /// Until when the offering of an order is left out.
    pub(super) fn remembered_until(&self, order: Order) -> SimTime {
        let pool = &self.world.pools[order.pool];
        let kinds = pool.karpenter.instance_types.iter().enumerate();
        let offerings = kinds.flat_map(|(at, kind)| kind.offerings.iter().map(move |it| (at, it)));
        let mut listed = offerings.zip(&pool.unavailable_until);
        let found = listed.find(|((at, it), _)| {
            let is_here = it.zone == order.zone && it.capacity_type == order.capacity_type;
            *at == order.instance_type && is_here
        });
        found.map_or(SimTime::START, |(_, until)| *until)
    }

    /// Remembers that a zone has no capacity of a kind: of one type or, without it, of all.
    pub(super) fn mark_unavailable(
        &mut self,
        pool: usize,
        zone: ZoneIndex,
        capacity_type: CapacityType,
        instance_type: Option<usize>,
    ) {
        let until = self.now + karpenter::UNAVAILABLE_FOR;
        let it = &mut self.world.pools[pool];
        let mut remembered = it.unavailable_until.iter_mut();
        for (at, kind) in it.karpenter.instance_types.iter().enumerate() {
            for (offering, remembered) in kind.offerings.iter().zip(&mut remembered) {
                let meant = instance_type.is_none_or(|meant| meant == at);
                if meant && offering.zone == zone && offering.capacity_type == capacity_type {
                    *remembered = until;
                }
            }
        }
    }

    /// Asks again when the first remembered failure is forgotten.
    fn retry_later(&mut self) {
        let now = self.now;
        let remembered = self.world.pools.iter().flat_map(|it| &it.unavailable_until);
        let until = remembered.filter(|until| **until > now).min().copied();
        let it = &mut self.world.provisioner;
        // A batch that closes before that looks again by itself.
        if let Some(next) = until.filter(|next| *next < it.due) {
            it.due = next;
            self.queue.push(next, ControlEvent::Provision);
        }
    }

    /// Launches the spare nodes that a pool lacks.
    pub(super) fn keep_spares(&mut self, pool: usize) {
        while let Some(order) = self.missing_spare(pool) {
            let cause = self.world.zones[order.zone.index()].cause;
            if !self.has_capacity(order) {
                self.launch_failed(order, cause);
                continue;
            }
            let cause = self.tell_launch(order, (1, 0), cause);
            self.launch(order, cause);
        }
    }

    /// A spare node that a pool lacks and that can be had. One that cannot is tried again when a
    /// failure is forgotten.
    pub(super) fn missing_spare(&mut self, pool: usize) -> Option<Order> {
        let zones = self.zones_short_of_spares(pool);
        if zones.is_empty() {
            return None;
        }
        self.forget_failures();
        let order = zones.iter().find_map(|zone| self.spare_order(pool, *zone));
        if order.is_none() {
            self.retry_later();
        }
        order
    }

    /// Zones within reach where a pool lacks spare nodes; empty nodes become spare ones first.
    fn zones_short_of_spares(&mut self, pool: usize) -> Vec<ZoneIndex> {
        let growth = self.world.pools[pool].growth;
        let wanted = growth.map_or(0, |it| it.spare_per_zone);
        let mut short = Vec::new();
        if wanted == 0 {
            return short;
        }
        let now = self.now;
        for i in 0..self.world.pools[pool].zones.len() {
            let zone = self.world.pools[pool].zones[i];
            if !self.world.zones[zone.index()].is_reachable() {
                continue;
            }
            let mut have = 0;
            let here = |it: &&mut Node| {
                it.pool == pool && it.zone == zone && it.machine != Machine::Gone && !it.deleting
            };
            for node in self.world.nodes.iter_mut().filter(here) {
                let idle = node.ready && node.n_pods == 0 && node.nominated_until <= now;
                node.spare |= idle && !node.cordoned && have < wanted;
                have += u32::from(node.spare);
            }
            if have < wanted {
                short.push(zone);
            }
        }
        short
    }

    /// The node that Karpenter would launch for a placeholder pod in a zone.
    fn spare_order(&self, pool: usize, zone: ZoneIndex) -> Option<Order> {
        let mut here = self.world.pools[pool].karpenter.clone();
        // Placeholders tolerate everything.
        (here.taints, here.soft_taints) = (SmallSet::default(), SmallSet::default());
        for kind in &mut here.instance_types {
            kind.offerings.retain(|it| it.zone == zone);
        }
        let placeholder = karpenter::PendingPods {
            count: 1,
            requests: Resources::default(),
            workload: 0,
        };
        let anywhere = karpenter::Workload {
            pools: vec![0],
            ..karpenter::Workload::default()
        };
        let plan = karpenter::plan(&karpenter::Observed {
            pending: &[placeholder],
            workloads: &[anywhere],
            in_flight: &[],
            pools: &[&here],
        });
        let launch = plan.launches.first()?;
        Some(Order {
            pool,
            spare: true,
            ..order_of(launch)
        })
    }
}

/// A pool with what Karpenter launches there: nothing where the pool is not its own.
fn launchable(pool: &Pool) -> Cow<'_, karpenter::Pool> {
    if pool.growth.is_some() {
        return Cow::Borrowed(&pool.karpenter);
    }
    Cow::Owned(karpenter::Pool {
        instance_types: Vec::new(),
        ..pool.karpenter.clone()
    })
}

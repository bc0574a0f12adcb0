//! Caches, services outside, and the way out, and what faults do to any dependency.
//!
//! The real thing. A cache with replicas in other zones fails over within seconds; without, it
//! comes back empty and the database feels every look-up until it is warm again. A NAT gateway
//! lives in one zone, and so does the way out of every zone that uses it. And a server may stand
//! still without being gone: the I/O of its volume is paused, or a lock holds everybody up.
//! Connections stay open, work piles up, and when it goes on it works the pile off. Databases are
//! in `database.rs`.
//!
//! Assumed: a cache's replicas are in step at once when their power returns; a cache node boots
//! like any machine (`node_reboot_time`); NAT gateways serve as soon as they have power.
//!
//! Left out: replication lag, reads from replicas, clients that remember the address of a cache's
//! old primary (a look-up there is a miss, of some clients and not of others).

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::dist;
use crate::sim::event::{EventKind, OutageCause};
use crate::sim::faults::Dependency;
use crate::sim::world::{CachePhase, Stall};
use crate::units::{SimDuration, SimTime};

/// Shortest step in which a cache that warms up is renewed.
const WARM_UP_STEP: SimDuration = SimDuration::from_s(10);
/// Time constants after which a cache counts as warm: 99.5 %.
const WARM_AFTER: u64 = 53;

impl Control {
    /// True for a zone with power and network.
    pub(super) fn reaches(&self, zone: ZoneIndex) -> bool {
        self.world.zones[zone.index()].is_reachable()
    }

    /// Caches follow the loss or return of a zone.
    pub(super) fn caches_follow(&mut self, zone: ZoneIndex, cause: Cause) {
        for at in 0..self.world.caches.len() {
            let it = &self.world.caches[at];
            let phase = it.phase;
            let replica = it.replica_zones.contains(&zone);
            if self.reaches(zone) {
                if phase == CachePhase::Down && (it.zone == zone || replica) {
                    self.cache_returns(at, zone, cause);
                }
            } else if it.zone == zone && phase != CachePhase::FailingOver {
                self.cache_lost(at, cause);
            }
        }
    }

    /// The first replica that can be reached.
    fn next_primary(&self, at: usize) -> Option<ZoneIndex> {
        let zones = &self.world.caches[at].replica_zones;
        zones.iter().copied().find(|zone| self.reaches(*zone))
    }

    fn cache_lost(&mut self, at: usize, cause: Cause) {
        let to = self.next_primary(at);
        let it = &mut self.world.caches[at];
        it.epoch += 1;
        let zone = it.zone;
        let was_up = it.phase == CachePhase::Up;
        it.phase = CachePhase::Down;
        if was_up {
            if it.n_down_faults == 0 {
                it.down_since = self.now;
            }
            let because = OutageCause::ZoneDown;
            let kind = EventKind::Unavailable { because };
            let event = self.tell(Entity::Cache(at), Some(zone), cause, kind);
            self.world.caches[at].cause = event;
        }
        let Some(to) = to else { return };
        let it = &mut self.world.caches[at];
        it.phase = CachePhase::FailingOver;
        let ordinal = it.n_failovers;
        it.n_failovers += 1;
        let mut stream = self.chance.stream("cache_failover", &it.id, ordinal);
        let duration = dist::triangular(&mut stream, it.failover_time);
        let (epoch, cause) = (it.epoch, it.cause);
        let event = ControlEvent::CacheReady(at as u32, epoch);
        self.queue.push(self.now + duration, event);
        let kind = EventKind::FailoverStarted { to, duration };
        let event = self.tell(Entity::Cache(at), Some(to), cause, kind);
        self.world.caches[at].cause = event;
    }

    /// A cache whose zone is back: after a cut it has all it had, otherwise it boots, empty.
    fn cache_returns(&mut self, at: usize, zone: ZoneIndex, cause: Cause) {
        let it = &mut self.world.caches[at];
        it.make_primary(zone);
        it.epoch += 1;
        it.cause = it.cause.max(cause);
        if !self.world.zones[zone.index()].was_dark {
            it.phase = CachePhase::Up;
            let (cause, outage) = (it.cause, self.now.since(it.down_since));
            let kind = EventKind::Available { outage };
            self.tell(Entity::Cache(at), Some(zone), cause, kind);
            return;
        }
        it.phase = CachePhase::Recovering;
        let ordinal = it.n_boots;
        it.n_boots += 1;
        let mut stream = self.chance.stream("cache_boot", &it.id, ordinal);
        let duration = dist::triangular(&mut stream, self.kubernetes.node_reboot_time);
        let event = ControlEvent::CacheReady(at as u32, it.epoch);
        self.queue.push(self.now + duration, event);
    }

    /// A cache's failover or boot is complete.
    pub(in crate::sim) fn cache_ready(&mut self, at: usize, epoch: u32) {
        if self.world.caches[at].epoch != epoch {
            return;
        }
        let failed_over = self.world.caches[at].phase == CachePhase::FailingOver;
        let to = self.next_primary(at);
        let it = &mut self.world.caches[at];
        if failed_over {
            let Some(to) = to else {
                // The replica was lost meanwhile.
                it.phase = CachePhase::Down;
                return;
            };
            it.make_primary(to);
        }
        it.phase = CachePhase::Up;
        let (zone, cause, outage) = (it.zone, it.cause, self.now.since(it.down_since));
        if failed_over {
            let kind = EventKind::FailoverCompleted { outage };
            self.tell(Entity::Cache(at), Some(zone), cause, kind);
        } else {
            let kind = EventKind::Available { outage };
            let cause = self.tell(Entity::Cache(at), Some(zone), cause, kind);
            self.empty_cache(at, cause);
        }
        self.wants_publish = true;
    }

    /// A cache has lost its content.
    fn empty_cache(&mut self, at: usize, cause: Cause) {
        let it = &mut self.world.caches[at];
        it.emptied_at = Some(self.now);
        let (zone, warm_up, epoch) = (it.zone, it.warm_up, it.epoch);
        let kind = EventKind::CacheEmptied { warm_up };
        self.tell(Entity::Cache(at), Some(zone), cause, kind);
        self.cache_warmer(at, epoch);
    }

    /// A cache has become a little warmer.
    pub(in crate::sim) fn cache_warmer(&mut self, at: usize, epoch: u32) {
        let it = &mut self.world.caches[at];
        let Some(emptied_at) = it.emptied_at.filter(|_| it.epoch == epoch) else {
            return;
        };
        self.wants_publish = true;
        let age = self.now.since(emptied_at);
        if age * 10 >= it.warm_up * WARM_AFTER {
            it.emptied_at = None;
            return;
        }
        let step = SimDuration::from_ns(it.warm_up.as_ns() / 20).max(WARM_UP_STEP);
        let event = ControlEvent::CacheWarmer(at as u32, epoch);
        self.queue.push(self.now + step, event);
    }

    /// The way out of the zones that use a zone's NAT gateway follows it.
    pub(super) fn egress_follows(&mut self, zone: ZoneIndex, cause: Cause) {
        if self.world.nat.id.is_none() {
            return;
        }
        let open = self.reaches(zone);
        for at in 0..self.world.zones.len() {
            let nat = &mut self.world.nat;
            if nat.gateway_zone[at] != zone || nat.open[at] == open {
                continue;
            }
            nat.open[at] = open;
            let user = ZoneIndex(at as u8);
            let in_use =
                |node: &crate::sim::world::Node| node.zone == user && self.world.runs(node);
            // That a dead zone has no way out goes without saying.
            if user != zone && self.reaches(user) && self.world.nodes.iter().any(in_use) {
                let kind = if open {
                    EventKind::EgressRestored
                } else {
                    EventKind::EgressLost
                };
                self.tell(Entity::Nat, Some(user), cause, kind);
            }
        }
    }

    /// A fault makes a dependency answer later, or (negative) takes that back; and what share of
    /// its packets is lost is asked anew.
    pub(super) fn dependency_slowed(&mut self, target: Dependency, added_s: f64, cause: Cause) {
        let packet_loss = self.packet_loss(target);
        let (entity, network) = match target {
            Dependency::Database(at) => {
                let it = &mut self.world.databases[at];
                (Entity::Database(at), &mut it.network)
            }
            Dependency::Cache(at) => {
                let it = &mut self.world.caches[at];
                (Entity::Cache(at), &mut it.network)
            }
            Dependency::External(at) => {
                let it = &mut self.world.externals[at];
                (Entity::External(at), &mut it.network)
            }
        };
        let total_s = network.added_latency_s + added_s;
        // Sums of floats may leave a hair where nothing is left.
        network.added_latency_s = if total_s < 1e-9 { 0.0 } else { total_s };
        network.packet_loss = packet_loss;
        let slowed = EventKind::Slowed {
            added_latency: SimDuration::from_s_f64(network.added_latency_s),
            packet_loss,
        };
        self.tell(entity, None, cause, slowed);
        self.wants_publish = true;
    }

    /// A fault keeps a dependency from answering.
    pub(super) fn dependency_down(&mut self, target: Dependency, cause: Cause) {
        let answered = self.answers(target);
        let now = self.now;
        let (entity, n_faults, down_since) = self.outage_of(target);
        *n_faults += 1;
        if answered {
            *down_since = now;
            let because = OutageCause::Fault;
            self.tell(entity, None, cause, EventKind::Unavailable { because });
        }
        self.wants_publish = true;
    }

    /// A fault no longer keeps a dependency from answering.
    pub(super) fn dependency_back(&mut self, target: Dependency, cause: Cause) {
        let now = self.now;
        let (entity, n_faults, down_since) = self.outage_of(target);
        *n_faults -= 1;
        let outage = now.since(*down_since);
        if self.answers(target) {
            self.tell(entity, None, cause, EventKind::Available { outage });
        }
        self.wants_publish = true;
    }

    /// A fault makes a database or cache stand still until `end`.
    pub(super) fn dependency_stalled(&mut self, target: Dependency, end: SimTime, cause: Cause) {
        let now = self.now;
        let Some((entity, stall)) = self.stall_of(target) else {
            return;
        };
        stall.n_faults += 1;
        stall.end = stall.end.max(end);
        if stall.n_faults == 1 {
            stall.since = now;
            self.tell(entity, None, cause, EventKind::Stalled);
        }
        self.wants_publish = true;
    }

    /// A fault no longer makes a database or cache stand still.
    pub(super) fn dependency_resumes(&mut self, target: Dependency, cause: Cause) {
        let now = self.now;
        let Some((entity, stall)) = self.stall_of(target) else {
            return;
        };
        stall.n_faults -= 1;
        if !stall.is_on() {
            let stalled_for = now.since(stall.since);
            self.tell(entity, None, cause, EventKind::Resumed { stalled_for });
        }
        self.wants_publish = true;
    }

    /// Whom a stall concerns; none when it is somebody else's business how it serves.
    fn stall_of(&mut self, target: Dependency) -> Option<(Entity, &mut Stall)> {
        match target {
            Dependency::Database(at) => {
                Some((Entity::Database(at), &mut self.world.databases[at].stall))
            }
            Dependency::Cache(at) => Some((Entity::Cache(at), &mut self.world.caches[at].stall)),
            Dependency::External(_) => None,
        }
    }

    fn answers(&self, target: Dependency) -> bool {
        match target {
            Dependency::Database(at) => self.world.databases[at].answers(),
            Dependency::Cache(at) => self.world.caches[at].answers(),
            Dependency::External(at) => self.world.externals[at].n_down_faults == 0,
        }
    }

    /// Whom an outage concerns, the faults behind it, and since when it lasts.
    fn outage_of(&mut self, target: Dependency) -> (Entity, &mut u32, &mut SimTime) {
        match target {
            Dependency::Database(at) => {
                let it = &mut self.world.databases[at];
                (
                    Entity::Database(at),
                    &mut it.n_down_faults,
                    &mut it.down_since,
                )
            }
            Dependency::Cache(at) => {
                let it = &mut self.world.caches[at];
                (Entity::Cache(at), &mut it.n_down_faults, &mut it.down_since)
            }
            Dependency::External(at) => {
                let it = &mut self.world.externals[at];
                (
                    Entity::External(at),
                    &mut it.n_down_faults,
                    &mut it.down_since,
                )
            }
        }
    }
}

//! Databases: instances in several zones, of which one writes.
//!
//! The real thing. A Multi-AZ RDS instance keeps a synchronous standby in another zone that takes
//! over within 60 to 120 s; a Multi-AZ DB cluster has two in two zones and takes less than 35 s;
//! Aurora's storage survives the loss of a zone by itself, one of its readers is promoted in less
//! than a minute, and without a reader a new instance is created in another zone within ten
//! minutes. A Single-AZ instance waits for power and then recovers. When the new writer is there
//! the clients still have to find it: they hold the old one's address in DNS caches and dead
//! connections in pools, which may take longer than the failover. An RDS Proxy keeps the clients'
//! connections and looks for the new writer itself, so that they lose nothing beyond the failover.
//!
//! Assumed: standbys and readers are in step until they are lost, and again one recovery time after
//! their power returns; the first in the list that is in step is promoted (Aurora: failover tiers
//! in this order); the name stands for the new writer from the moment of its promotion, and clients
//! follow along their DNS caches (`names.rs`); dead connections end for all clients at the same
//! moment, the end of `reconnect_time`. Both pass at the same time, so that a client is back when
//! the later of them is over. An instance that comes back itself has kept its address.
//!
//! Left out: replication lag, reads from readers (every query goes to the writer), point-in-time
//! restore, what a proxy adds to each query and its pinned connections, the higher commit latency
//! of synchronous standbys.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{DatabaseDeployment, Triangular, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{EventKind, OutageCause};
use crate::sim::world::DatabasePhase;
use crate::units::SimDuration;

/// The writer's place among a database's instances.
const WRITER: usize = 0;

impl Control {
    /// Databases follow the loss or return of a zone.
    pub(super) fn databases_follow(&mut self, zone: ZoneIndex, cause: Cause) {
        for at in 0..self.world.databases.len() {
            if self.reaches(zone) {
                self.database_regains(at, zone, cause);
            } else {
                self.database_loses(at, zone, cause);
            }
        }
    }

    /// The standbys of a zone first, so that none of them is promoted.
    fn database_loses(&mut self, at: usize, zone: ZoneIndex, cause: Cause) {
        for instance in (0..self.world.databases[at].instances.len()).rev() {
            if self.world.databases[at].instances[instance].zone != zone {
                continue;
            }
            if instance == WRITER {
                self.writer_lost(at, cause);
            } else {
                self.standby_lost(at, instance);
            }
        }
    }

    fn database_regains(&mut self, at: usize, zone: ZoneIndex, cause: Cause) {
        let it = &mut self.world.databases[at];
        let mut here = it.instances.iter().map(|it| it.zone == zone);
        if it.phase != DatabasePhase::Down {
            for (instance, _) in here
                .enumerate()
                .skip(1)
                .filter(|(_, here)| *here)
                .collect::<Vec<_>>()
            {
                self.rebuild_standby(at, instance);
            }
        } else if let Some(instance) = here.position(|here| here) {
            it.promote(instance);
            self.recover(at, cause);
        } else if it.deployment == DatabaseDeployment::Aurora {
            self.replace_writer(at);
        }
    }

    fn writer_lost(&mut self, at: usize, cause: Cause) {
        let it = &mut self.world.databases[at];
        it.epoch += 1;
        if it.phase == DatabasePhase::Up {
            let because = OutageCause::ZoneDown;
            let kind = EventKind::Unavailable { because };
            if it.n_down_faults == 0 {
                it.down_since = self.now;
            }
            let zone = it.zone();
            let event = self.tell(Entity::Database(at), Some(zone), cause, kind);
            self.world.databases[at].cause = event;
        }
        self.replace_writer(at);
    }

    /// A database without writer: a standby takes over, Aurora creates a new instance elsewhere,
    /// everything else waits.
    fn replace_writer(&mut self, at: usize) {
        let it = &mut self.world.databases[at];
        it.phase = DatabasePhase::Down;
        if let Some(standby) = it.next_writer() {
            it.phase = DatabasePhase::FailingOver;
            let (to, law) = (it.instances[standby].zone, it.failover_time);
            let ordinal = it.n_failovers;
            it.n_failovers += 1;
            let duration = self.draw(at, "database_failover", ordinal, law);
            self.fail_over(at, to, duration);
        } else if it.deployment == DatabaseDeployment::Aurora {
            let within_reach = |zone: &ZoneIndex| self.reaches(*zone);
            let zones = (0..self.world.zones.len() as u8).map(ZoneIndex);
            let Some(to) = zones.into_iter().find(within_reach) else {
                return;
            };
            let it = &mut self.world.databases[at];
            it.phase = DatabasePhase::Recovering;
            it.instances[WRITER].zone = to;
            it.instances[WRITER].address = it.n_addresses;
            it.n_addresses += 1;
            let (ordinal, law) = (it.n_failovers, it.replacement_time);
            it.n_failovers += 1;
            let duration = self.draw(at, "database_replacement", ordinal, law);
            self.fail_over(at, to, duration);
        }
    }

    /// A new writer is on its way.
    fn fail_over(&mut self, at: usize, to: ZoneIndex, duration: SimDuration) {
        let it = &self.world.databases[at];
        let event = ControlEvent::DatabaseReady(at as u32, it.epoch);
        let cause = it.cause;
        self.queue.push(self.now + duration, event);
        let kind = EventKind::FailoverStarted { to, duration };
        let event = self.tell(Entity::Database(at), Some(to), cause, kind);
        self.world.databases[at].cause = event;
    }

    fn standby_lost(&mut self, at: usize, instance: usize) {
        let it = &mut self.world.databases[at];
        let was_next = it.next_writer() == Some(instance);
        it.instances[instance].in_step = false;
        it.instances[instance].epoch += 1;
        if it.phase == DatabasePhase::FailingOver && was_next {
            it.epoch += 1;
            self.replace_writer(at);
        }
    }

    /// A database whose zone is back recovers; it need not if nothing but the network was away.
    fn recover(&mut self, at: usize, cause: Cause) {
        let zone = self.world.databases[at].zone();
        let duration = if self.world.zones[zone.index()].was_dark {
            self.draw_recovery(at)
        } else {
            SimDuration::ZERO
        };
        let it = &mut self.world.databases[at];
        it.phase = DatabasePhase::Recovering;
        it.epoch += 1;
        it.cause = it.cause.max(cause);
        let event = ControlEvent::DatabaseReady(at as u32, it.epoch);
        self.queue.push(self.now + duration, event);
    }

    /// A standby that is back gets in step again.
    fn rebuild_standby(&mut self, at: usize, instance: usize) {
        let duration = self.draw_recovery(at);
        let it = &self.world.databases[at].instances[instance];
        let event = ControlEvent::StandbyReady {
            database: at as u32,
            zone: it.zone,
            epoch: it.epoch,
        };
        self.queue.push(self.now + duration, event);
    }

    fn draw_recovery(&mut self, at: usize) -> SimDuration {
        let it = &mut self.world.databases[at];
        let (ordinal, law) = (it.n_recoveries, it.recovery_time);
        it.n_recoveries += 1;
        self.draw(at, "database_recovery", ordinal, law)
    }

    fn draw(&self, at: usize, purpose: &str, ordinal: u64, law: Triangular) -> SimDuration {
        let id = &self.world.databases[at].id;
        let mut stream = self.chance.stream(purpose, id, ordinal);
        dist::triangular(&mut stream, law)
    }

    /// A database's failover or recovery is complete, or its clients have found the new writer.
    pub(in crate::sim) fn database_ready(&mut self, at: usize, epoch: u32) {
        let it = &self.world.databases[at];
        if it.epoch != epoch {
            return;
        }
        let (phase, outage) = (it.phase, self.now.since(it.down_since));
        let (ordinal, law) = (it.n_failovers, it.reconnect_time);
        let failed_over = phase == DatabasePhase::FailingOver;
        if failed_over {
            let it = &mut self.world.databases[at];
            if let Some(standby) = it.next_writer() {
                it.promote(standby);
            }
            let (zone, cause) = (it.zone(), it.cause);
            let kind = EventKind::FailoverCompleted { outage };
            let event = self.tell(Entity::Database(at), Some(zone), cause, kind);
            self.world.databases[at].cause = event;
        }
        let is_found = self.world.databases[at].proxy || law.max.is_zero();
        if failed_over && !is_found {
            let duration = self.draw(at, "database_reconnect", ordinal, law);
            self.world.databases[at].phase = DatabasePhase::Reconnecting;
            let event = ControlEvent::DatabaseReady(at as u32, epoch);
            self.queue.push(self.now + duration, event);
        } else {
            self.database_up(at, failed_over, outage);
        }
        self.name_follows_writer(at);
    }

    /// A database answers again; what it lost of its standbys is rebuilt.
    fn database_up(&mut self, at: usize, told: bool, outage: SimDuration) {
        let it = &mut self.world.databases[at];
        it.phase = DatabasePhase::Up;
        let (zone, cause) = (it.zone(), it.cause);
        if !told {
            let kind = EventKind::Available { outage };
            self.tell(Entity::Database(at), Some(zone), cause, kind);
        }
        for instance in WRITER + 1..self.world.databases[at].instances.len() {
            let standby = self.world.databases[at].instances[instance];
            if !standby.in_step && self.reaches(standby.zone) {
                self.rebuild_standby(at, instance);
            }
        }
        self.wants_publish = true;
    }

    /// An instance of a database is in step again.
    pub(in crate::sim) fn standby_in_step(&mut self, at: usize, zone: ZoneIndex, epoch: u32) {
        let instances = &mut self.world.databases[at].instances;
        let meant = instances
            .iter_mut()
            .skip(1)
            .find(|it| it.zone == zone && it.epoch == epoch);
        if let Some(standby) = meant {
            standby.in_step = true;
        }
    }
}

//! A visit's journey, event by event.
//!
//! sent -> (a connection) -> on its way -> waiting -> served -> calling -> answered. Each arrow is
//! one short function: until it sets out in [`super::sending`], at its station here. A visit ends
//! in one of three ways, which [`super::ending`] holds: it is *settled* (answered or failed, and
//! its caller learns of it), its caller's patience *expires* before (then it goes on for nobody, or
//! is dropped), or its station *dies* with it.

use crate::model::{AbandonedWork, Concurrency, Discipline};
use crate::sim::rng::{KeyedDraws, Uniforms as _, derive_key};
use crate::sim::run_log::FailureCause;

use super::station::{Life, StationId};
use super::visit::{Call, Stage, Visit, VisitId};
use super::{Happening, RequestsPlane, salt};

impl RequestsPlane {
    pub(super) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Send(id) => self.send(id),
            Happening::Arrive(id) => self.arrive(id),
            Happening::Serve(id) => self.served(id),
            Happening::Share(station) => self.share_ends(station),
            Happening::Answer(id) => self.settle(id, Ok(())),
            Happening::Fail(id, cause) => self.settle(id, Err(cause)),
            Happening::Expire(kind) => self.expire_due(kind),
            Happening::Hedge(kind) => self.hedge_due(kind),
            Happening::Cut(station) => self.cut(station),
        }
    }

    /// A visit reaches its station.
    pub(super) fn arrive(&mut self, id: VisitId) {
        let visit = &mut self.visits[id];
        let at = visit.station;
        let station = &mut self.layout.stations[at as usize];
        if station.life == Life::Dead {
            self.lose(id);
            return;
        }
        let row = &mut self.layout.rows[station.row as usize];
        row.tally.arrived += 1;
        if visit.abandoned && row.abandoned_work == AbandonedWork::Dropped {
            self.visits.remove(id);
        } else if row.discipline == Discipline::ProcessorSharing {
            self.share_begins(id, at);
        } else if station.busy < row.servers && !station.stalled {
            let time = row.take_on(station, visit, self.now);
            self.queue.push(self.now + time, Happening::Serve(id));
        } else if station.waiting < row.places {
            visit.stage = Stage::Waiting;
            let priority = self.kinds.get(visit.call.kind).priority;
            station.enqueue(&mut self.visits, id, (row.discipline, priority));
        } else {
            self.settle(id, Err(FailureCause::Rejected));
        }
    }

    /// A visit joins those that share a station's servers.
    fn share_begins(&mut self, id: VisitId, at: StationId) {
        let station = &mut self.layout.stations[at as usize];
        let row = &mut self.layout.rows[station.row as usize];
        if station.sharing.len() as u64 >= u64::from(row.servers) + u64::from(row.places) {
            self.settle(id, Err(FailureCause::Rejected));
            return;
        }
        row.tally.count(self.now);
        row.tally.begun += 1;
        let visit = &mut self.visits[id];
        visit.stage = Stage::Served;
        let time = row.draw_work(visit);
        station.sharing.join(self.now, row.servers, id, time);
        self.share_changes(at);
    }

    /// The earliest of those that share a station may leave now.
    fn share_ends(&mut self, at: StationId) {
        let station = &mut self.layout.stations[at as usize];
        let servers = self.layout.rows[station.row as usize].servers;
        let Some(id) = station.sharing.leave(self.now, servers) else {
            return;
        };
        self.layout.rows[station.row as usize].tally.count(self.now);
        self.share_changes(at);
        self.served(id);
    }

    /// Counts the busy servers of a shared station anew and plans its next leave.
    pub(super) fn share_changes(&mut self, at: StationId) {
        let station = &mut self.layout.stations[at as usize];
        let row = &mut self.layout.rows[station.row as usize];
        let busy = (station.sharing.len() as u32).min(row.servers);
        row.tally.busy = row.tally.busy + busy - station.busy;
        station.busy = busy;
        if let Some(next) = station.sharing.next {
            self.queue.push(next, Happening::Share(at));
        }
    }

    /// A server's own work on a visit is done.
    #[inline]
    fn served(&mut self, id: VisitId) {
        let visit = &self.visits[id];
        if visit.stage == Stage::Dead {
            self.lose(id);
            return;
        }
        let at_row = self.layout.stations[visit.station as usize].row;
        if let Some(cause) = self.layout.rows[at_row as usize].error(visit) {
            self.leave(id, Err(cause));
            return;
        }
        let (_, kinds) = self.kinds.get(visit.call.kind).makes;
        if kinds == 0 {
            self.leave(id, Ok(()));
            return;
        }
        let station = &self.layout.stations[visit.station as usize];
        let row = &self.layout.rows[station.row as usize];
        if row.concurrency == Concurrency::EventLoop {
            self.release(id);
        }
        self.proceed(id);
    }

    /// A visit makes its next calls, or is done.
    pub(super) fn proceed(&mut self, id: VisitId) {
        let (first, count) = self.kinds.get(self.visits[id].call.kind).makes;
        loop {
            let visit = &self.visits[id];
            if visit.failed {
                self.leave(id, Err(FailureCause::DependencyFailed));
                return;
            }
            if visit.left == 0 {
                if visit.step == count {
                    self.leave(id, Ok(()));
                    return;
                }
                let number = self.number_of_calls(visit, first + visit.step);
                let visit = &mut self.visits[id];
                visit.left = number;
                visit.step += 1;
                continue;
            }
            let kind = first + visit.step - 1;
            let left = visit.left;
            let together = if self.kinds.get(kind).parallel {
                left
            } else {
                1
            };
            let visit = &mut self.visits[id];
            visit.stage = Stage::Calling;
            visit.left = left - together;
            // One more than the calls made, so that none of them ends the loop by being decided
            // at once.
            visit.pending = together + 1;
            for number in (left - together + 1..=left).rev() {
                self.call(id, kind, number);
            }
            let visit = &mut self.visits[id];
            visit.pending -= 1;
            if visit.pending > 0 {
                return;
            }
        }
    }

    /// How many calls of a kind a visit makes.
    fn number_of_calls(&self, visit: &Visit, kind: u16) -> u32 {
        let fixed = self.kinds.get(kind);
        let key = visit.call.key;
        if let Some(spare) = fixed.spared_by {
            let cache = &self.layout.caches[spare.cache];
            let spared = if spare.looked_up {
                visit.hits >> spare.cache & 1 == 1
            } else {
                let mut draws = KeyedDraws::new(key, salt::HIT + spare.cache as u64);
                cache.up && draws.uniform() < cache.hit_ratio
            };
            if spared {
                return 0;
            }
        }
        let one_more = fixed.part > 0.0
            && KeyedDraws::new(key, salt::NUMBER + u64::from(kind)).uniform() < fixed.part;
        fixed.whole + u32::from(one_more)
    }

    /// A visit makes one call, which has the number `number` among those of its kind.
    fn call(&mut self, id: VisitId, kind: u16, number: u32) {
        let caller = &self.visits[id];
        let key = derive_key(caller.call.key, u64::from(kind) << 32 | u64::from(number));
        let zone = self.layout.stations[caller.station as usize].zone;
        self.make(Call {
            key,
            made_at: self.now,
            caller: id,
            kind,
            zone,
        });
    }

    /// A visit leaves its station.
    fn leave(&mut self, id: VisitId, outcome: Result<(), FailureCause>) {
        self.release(id);
        self.settle(id, outcome);
    }

    /// The server that a visit holds, if it does, is free, and takes the next visit on.
    #[inline]
    fn release(&mut self, id: VisitId) {
        let visit = &mut self.visits[id];
        if std::mem::take(&mut visit.holds_server) {
            let station = &mut self.layout.stations[visit.station as usize];
            let row = &mut self.layout.rows[station.row as usize];
            row.let_go(station, self.now);
            if let Some((next, time)) = row.take_next(station, &mut self.visits, self.now) {
                self.queue.push(self.now + time, Happening::Serve(next));
            }
        }
    }
}

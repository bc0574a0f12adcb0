//! How attempts end, and what their callers do then.

use crate::model::{AbandonedWork, Discipline};
use crate::sim::dist;
use crate::sim::flow::Target;
use crate::sim::rng::{KeyedDraws, Uniforms as _, derive_key};
use crate::sim::run_log::FailureCause;
use crate::units::SimDuration;

use super::guard::RetryBudget;
use super::kind::Timer;
use super::station::{Life, StationId};
use super::visit::{Call, NOBODY, Stage, Visit, VisitId, Visits};
use super::{Happening, RequestsPlane, salt};

impl RequestsPlane {
    /// The end of an attempt: the caller learns of it, unless it has given up.
    pub(super) fn settle(&mut self, id: VisitId, outcome: Result<(), FailureCause>) {
        if self.visits[id].abandoned {
            self.visits.remove(id);
            return;
        }
        self.disconnect(id);
        let Visit {
            call,
            attempt,
            twin,
            ..
        } = self.visits[id];
        self.visits.remove(id);
        let caller = self.kinds.caller(call.kind, call.zone);
        if let Some(breaker) = &mut caller.breaker {
            breaker.outcome(self.now, outcome.is_ok());
        }
        match outcome {
            Ok(()) => {
                caller.answered += 1;
                if twin != NOBODY {
                    self.abandon(twin);
                }
                self.answered(&call);
            }
            Err(cause) => self.fail(call, attempt, twin, cause),
        }
    }

    /// A call has its answer.
    fn answered(&mut self, call: &Call) {
        if call.caller == NOBODY {
            self.books.succeed(self.now.since(call.made_at));
            return;
        }
        let kind = self.kinds.get(call.kind);
        if let Some(calls) = &mut self.books.calls_ns {
            calls.push((kind.callee, self.now.since(call.made_at).as_ns()));
        }
        if let Target::Cache(cache) = kind.target {
            let caller = &mut self.visits[call.caller];
            let mut draws = KeyedDraws::new(caller.call.key, salt::HIT + cache as u64);
            let hit = draws.uniform() < self.layout.caches[cache].hit_ratio;
            caller.hits |= u64::from(hit) << cache;
        }
        self.decided(call.caller, true);
    }

    /// An attempt has failed: its twin goes on, or the call is tried again or given up.
    fn fail(&mut self, call: Call, attempts_before: u8, twin: VisitId, cause: FailureCause) {
        if twin != NOBODY {
            self.visits[twin].twin = NOBODY;
            return;
        }
        let attempt = attempts_before + 1;
        let fixed = self.kinds.get(call.kind);
        let (may, backoff_ns) = (attempt < fixed.attempts, fixed.backoff_ns);
        let caller = self.kinds.caller(call.kind, call.zone);
        if !may || !caller.budget.as_mut().is_none_or(RetryBudget::spend) {
            self.give_up(&call, cause);
            return;
        }
        let mut draws = KeyedDraws::new(call.key, salt::BACKOFF + u64::from(attempt));
        let backoff = dist::exponential(&mut draws, backoff_ns);
        let id = self.visits.insert(call, attempt);
        let at = self.now + SimDuration::from_ns(backoff as u64);
        self.queue.push(at, Happening::Send(id));
    }

    /// A call has failed for good.
    pub(super) fn give_up(&mut self, call: &Call, cause: FailureCause) {
        if call.caller == NOBODY {
            self.books.fail(cause);
            return;
        }
        let ok = self.kinds.get(call.kind).optional;
        self.decided(call.caller, ok);
    }

    /// One of the calls that a visit waits for is decided.
    fn decided(&mut self, id: VisitId, ok: bool) {
        let visit = &mut self.visits[id];
        visit.failed |= !ok;
        visit.pending -= 1;
        if visit.pending > 0 {
            return;
        }
        if visit.stage == Stage::Dead {
            self.lose(id);
        } else {
            self.proceed(id);
        }
    }

    /// Handles the callers of a kind whose patience is over.
    pub(super) fn expire_due(&mut self, kind: u16) {
        let at = usize::from(kind);
        loop {
            let visits = &self.visits;
            let Some(timer) = self.patience[at].take(self.now, |it| is_stale(visits, it)) else {
                break;
            };
            if !is_stale(&self.visits, &timer) {
                self.expire(timer.visit);
            }
        }
        if let Some(next) = self.patience[at].watch() {
            self.queue.push(next, Happening::Expire(kind));
        }
    }

    /// A caller gives up on an attempt.
    fn expire(&mut self, id: VisitId) {
        let Visit {
            call,
            attempt,
            stage,
            ..
        } = self.visits[id];
        let twin = self.abandon(id);
        if let Some(breaker) = &mut self.kinds.caller(call.kind, call.zone).breaker {
            breaker.outcome(self.now, false);
        }
        let cause = if stage == Stage::Lost {
            FailureCause::TargetUnreachable
        } else {
            FailureCause::TimedOut
        };
        self.fail(call, attempt, twin, cause);
    }

    /// An attempt goes on for nobody, or ends. Returns its twin, if it has one: the connection that
    /// it gives back may have been the twin's last chance.
    fn abandon(&mut self, id: VisitId) -> VisitId {
        let visit = &mut self.visits[id];
        visit.abandoned = true;
        let stage = visit.stage;
        if stage == Stage::Waiting {
            let station = &mut self.layout.stations[visit.station as usize];
            let row = &self.layout.rows[station.row as usize];
            if row.abandoned_work == AbandonedWork::Dropped {
                station.waiting -= 1;
            }
        }
        self.disconnect(id);
        let twin = self.visits[id].twin;
        if stage == Stage::Lost {
            self.visits.remove(id);
        }
        twin
    }

    /// Sends second attempts beside those that take long.
    pub(super) fn hedge_due(&mut self, kind: u16) {
        let at = usize::from(kind);
        loop {
            let visits = &self.visits;
            let Some(timer) = self.hedges[at].take(self.now, |it| is_stale(visits, it)) else {
                break;
            };
            let first = timer.visit;
            let Visit {
                call,
                attempt,
                twin,
                ..
            } = self.visits[first];
            if is_stale(&self.visits, &timer) || twin != NOBODY {
                continue;
            }
            // Its own draws: another server is not slow for the same reason.
            let key = derive_key(call.key, salt::HEDGE);
            let second = self.visits.insert(Call { key, ..call }, attempt);
            self.visits[second].twin = first;
            self.visits[first].twin = second;
            self.send(second);
        }
        if let Some(next) = self.hedges[at].watch() {
            self.queue.push(next, Happening::Hedge(kind));
        }
    }

    /// Stations that get nothing new may go on with what they have until their drain is over.
    pub(super) fn limit_drains(&mut self) {
        for station in std::mem::take(&mut self.layout.draining) {
            let row = self.layout.stations[station as usize].row;
            let drain = self.layout.rows[row as usize].drain;
            self.queue.push(self.now + drain, Happening::Cut(station));
        }
    }

    /// The drain of a station is over.
    pub(super) fn cut(&mut self, at: StationId) {
        self.layout.stations[at as usize].life = Life::Dead;
        self.bury(at);
    }

    /// A station dies with everything that it has taken in.
    pub(super) fn bury(&mut self, at: StationId) {
        let station = &mut self.layout.stations[at as usize];
        let row = &mut self.layout.rows[station.row as usize];
        // Where servers are shared or stand still, no event of its own will find a visit.
        let is_silent = row.discipline == Discipline::ProcessorSharing || station.stalled;
        row.tally.count(self.now);
        row.tally.busy -= station.busy;
        while let Some(id) = station.dequeue(&self.visits) {
            let visit = &mut self.visits[id];
            if visit.abandoned {
                self.visits.remove(id);
            } else {
                visit.stage = Stage::Lost;
            }
        }
        station.clear();
        self.suspended.retain(|it| it.station != at);
        for id in self.visits.ids() {
            let visit = &mut self.visits[id];
            if visit.station != at || !matches!(visit.stage, Stage::Served | Stage::Calling) {
                continue;
            }
            let was_served = visit.stage == Stage::Served;
            visit.stage = Stage::Dead;
            visit.holds_server = false;
            if is_silent && was_served {
                self.lose(id);
            }
        }
    }
}

/// The caller of a timer's visit has its answer or has given up; or the place has been used again.
pub(super) fn is_stale(visits: &Visits, timer: &Timer) -> bool {
    let visit = &visits[timer.visit];
    visit.generation != timer.generation || visit.abandoned
}

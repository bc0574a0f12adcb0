//! How attempts end, and what their callers do then.

use crate::model::{AbandonedWork, Discipline};
use crate::sim::dist;
use crate::sim::flow::Target;
use crate::sim::rng::{KeyedDraws, Uniforms as _, derive_key};
use crate::sim::run_log::FailureCause;
use crate::units::SimDuration;

use super::guard::RetryBudget;
use super::kind::Timer;
use super::station::StationId;
use super::visit::{NOBODY, Stage, Visit, VisitId, Visits};
use super::{Happening, RequestsPlane, salt};

impl RequestsPlane {
    /// The end of an attempt: the caller learns of it, unless it has given up.
    pub(super) fn settle(&mut self, id: VisitId, outcome: Result<(), FailureCause>) {
        let visit = self.visits[id];
        self.visits.remove(id);
        if visit.abandoned {
            return;
        }
        self.disconnect(&visit);
        let zone = self.caller_zone(visit.caller);
        let caller = self.kinds.caller(visit.kind, zone);
        if let Some(breaker) = &mut caller.breaker {
            breaker.outcome(self.now, outcome.is_ok());
        }
        match outcome {
            Ok(()) => {
                caller.answered += 1;
                if visit.twin != NOBODY {
                    self.abandon(visit.twin);
                }
                self.answered(&visit);
            }
            Err(cause) => self.fail(&visit, cause),
        }
    }

    /// A call has its answer.
    fn answered(&mut self, visit: &Visit) {
        if visit.caller == NOBODY {
            self.books.succeed(self.now.since(visit.called_at));
            return;
        }
        if let Some(calls) = &mut self.books.calls_ns {
            let after = self.now.since(visit.called_at);
            calls.push((self.kinds.get(visit.kind).callee, after.as_ns()));
        }
        if let Target::Cache(cache) = self.kinds.get(visit.kind).target {
            let caller = &mut self.visits[visit.caller];
            let mut draws = KeyedDraws::new(caller.key, salt::HIT + cache as u64);
            let hit = draws.uniform() < self.layout.caches[cache].hit_ratio;
            caller.hits |= u64::from(hit) << cache;
        }
        self.decided(visit.caller, true);
    }

    /// An attempt has failed: its twin goes on, or the call is tried again or given up.
    fn fail(&mut self, visit: &Visit, cause: FailureCause) {
        if visit.twin != NOBODY {
            self.visits[visit.twin].twin = NOBODY;
            return;
        }
        let zone = self.caller_zone(visit.caller);
        let attempt = visit.attempt + 1;
        let fixed = self.kinds.get(visit.kind);
        let (may, backoff_ns) = (attempt < fixed.attempts, fixed.backoff_ns);
        let caller = self.kinds.caller(visit.kind, zone);
        if !may || !caller.budget.as_mut().is_none_or(RetryBudget::spend) {
            self.give_up(visit, cause);
            return;
        }
        let mut draws = KeyedDraws::new(visit.key, salt::BACKOFF + u64::from(attempt));
        let backoff = dist::exponential(&mut draws, backoff_ns);
        let again = Visit::new(
            visit.key,
            visit.called_at,
            visit.caller,
            visit.kind,
            attempt,
        );
        let id = self.visits.insert(again);
        let at = self.now + SimDuration::from_ns(backoff as u64);
        self.queue.push(at, Happening::Send(id));
    }

    /// A call has failed for good.
    pub(super) fn give_up(&mut self, visit: &Visit, cause: FailureCause) {
        if visit.caller == NOBODY {
            self.books.fail(cause);
            return;
        }
        let ok = self.kinds.get(visit.kind).optional;
        self.decided(visit.caller, ok);
    }

    /// One of the calls that a visit waits for is decided.
    fn decided(&mut self, id: VisitId, ok: bool) {
        let visit = &mut self.visits[id];
        visit.failed |= !ok;
        visit.pending -= 1;
        if visit.pending > 0 {
            return;
        }
        if visit.dead {
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
        let visit = self.visits[id];
        let cause = if visit.stage == Stage::Lost {
            FailureCause::TargetUnreachable
        } else {
            FailureCause::TimedOut
        };
        self.abandon(id);
        let zone = self.caller_zone(visit.caller);
        if let Some(breaker) = &mut self.kinds.caller(visit.kind, zone).breaker {
            breaker.outcome(self.now, false);
        }
        self.fail(&visit, cause);
    }

    /// An attempt goes on for nobody, or ends.
    pub(super) fn abandon(&mut self, id: VisitId) {
        let visit = &mut self.visits[id];
        visit.abandoned = true;
        let visit = *visit;
        match visit.stage {
            Stage::Lost => self.visits.remove(id),
            Stage::Waiting => {
                let station = &mut self.layout.stations[visit.station as usize];
                let row = &self.layout.rows[station.row as usize];
                if row.abandoned_work == AbandonedWork::Dropped {
                    station.waiting -= 1;
                }
            }
            _ => {}
        }
        self.disconnect(&visit);
    }

    /// Sends second attempts beside those that take long.
    pub(super) fn hedge_due(&mut self, kind: u16) {
        let at = usize::from(kind);
        loop {
            let visits = &self.visits;
            let Some(timer) = self.hedges[at].take(self.now, |it| is_stale(visits, it)) else {
                break;
            };
            let first = self.visits[timer.visit];
            if is_stale(&self.visits, &timer) || first.twin != NOBODY {
                continue;
            }
            // Its own draws: another server is not slow for the same reason.
            let key = derive_key(first.key, salt::HEDGE);
            let second = Visit {
                twin: timer.visit,
                ..Visit::new(key, first.called_at, first.caller, kind, first.attempt)
            };
            let id = self.visits.insert(second);
            self.visits[timer.visit].twin = id;
            self.send(id);
        }
        if let Some(next) = self.hedges[at].watch() {
            self.queue.push(next, Happening::Hedge(kind));
        }
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
            if visit.station != at || visit.dead {
                continue;
            }
            match visit.stage {
                Stage::Served | Stage::Calling => {
                    visit.dead = true;
                    visit.holds_server = false;
                }
                _ => continue,
            }
            if is_silent && self.visits[id].stage == Stage::Served {
                self.lose(id);
            }
        }
    }
}

/// The caller of a timer's visit has its answer or has given up; or the place has been used again.
fn is_stale(visits: &Visits, timer: &Timer) -> bool {
    let visit = &visits[timer.visit];
    visit.generation != timer.generation || visit.abandoned
}

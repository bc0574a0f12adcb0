//! Stations: single pods and endpoints, each with its servers and its queue.
//!
//! A *row* is what stations of one deployment in one zone have in common, and what is reported of
//! them together: the same rows as in the fluid plane. Endpoints (databases, caches) are rows with
//! one station.

use crate::model::{AbandonedWork, Concurrency, Discipline};
use crate::sim::flow::{Conduct, DeploymentFlow, EndpointFlow, PRIORITIES};
use crate::sim::run_log::FailureCause;
use crate::sim::service_law::ServiceSampler;
use crate::units::{SimDuration, SimTime};

use super::sharing::Sharing;
use super::visit::{NOBODY, Stage, Visit, VisitId, Visits};

/// Number of a station.
pub type StationId = u32;

/// Whether a station takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It does.
    Up,
    /// It finishes what it has, and gets no more.
    Draining,
    /// Nobody answers there.
    Dead,
}

/// The last of each priority in a queue that is sorted by it; [`NOBODY`] where none waits.
#[derive(Debug, Clone)]
struct Lanes([VisitId; PRIORITIES]);

impl Default for Lanes {
    fn default() -> Self {
        Self([NOBODY; PRIORITIES])
    }
}

impl Lanes {
    /// Somebody comes; returns who will be right ahead: the last of those who are at least as
    /// urgent.
    fn join(&mut self, id: VisitId, priority: u8) -> VisitId {
        let lanes = &mut self.0[usize::from(priority)..];
        let ahead = lanes.iter().copied().find(|it| *it != NOBODY);
        lanes[0] = id;
        ahead.unwrap_or(NOBODY)
    }

    /// Somebody leaves the front of the queue.
    fn leave(&mut self, id: VisitId) {
        // The front has the highest priority of all, and may be the last that has it.
        if let Some(last) = self.0.iter_mut().rfind(|it| **it != NOBODY)
            && *last == id
        {
            *last = NOBODY;
        }
    }
}

/// One pod, database or cache.
#[derive(Debug, Clone)]
pub struct Station {
    /// Its row.
    pub row: u32,
    /// Its zone.
    pub zone: u8,
    /// Servers at work or held.
    pub busy: u32,
    /// Requests that wait and whose callers still care, or that will be served anyway.
    pub waiting: u32,
    /// Users' attempts that the balancer has sent here and that have not ended.
    pub outstanding: u32,
    /// Whether it takes requests.
    pub life: Life,
    /// It stands still: it takes requests and serves none.
    pub stalled: bool,
    head: VisitId,
    tail: VisitId,
    /// Where each priority ends in the queue; none before anybody has waited by priority.
    lanes: Option<Box<Lanes>>,
    /// The requests that share its servers, under processor sharing.
    pub sharing: Sharing,
}

impl Station {
    /// An idle station.
    #[must_use]
    pub fn new(row: usize, zone: usize) -> Self {
        Self {
            row: row as u32,
            zone: zone as u8,
            busy: 0,
            waiting: 0,
            outstanding: 0,
            life: Life::Up,
            stalled: false,
            head: NOBODY,
            tail: NOBODY,
            lanes: None,
            sharing: Sharing::default(),
        }
    }

    /// Puts a visit in the queue: at its end, at its front when the newest is served first, or
    /// behind those that are at least as urgent.
    #[inline]
    pub fn enqueue(
        &mut self,
        visits: &mut Visits,
        id: VisitId,
        (discipline, priority): (Discipline, u8),
    ) {
        self.waiting += 1;
        if discipline == Discipline::Priority {
            self.line_up(visits, id, priority);
        } else if self.head == NOBODY {
            visits[id].next = NOBODY;
            (self.head, self.tail) = (id, id);
        } else if discipline == Discipline::Lifo {
            visits[id].next = self.head;
            self.head = id;
        } else {
            visits[id].next = NOBODY;
            visits[self.tail].next = id;
            self.tail = id;
        }
    }

    #[inline(never)]
    fn line_up(&mut self, visits: &mut Visits, id: VisitId, priority: u8) {
        let ahead = self.lanes.get_or_insert_default().join(id, priority);
        let link = if ahead == NOBODY {
            &mut self.head
        } else {
            &mut visits[ahead].next
        };
        let behind = std::mem::replace(link, id);
        visits[id].next = behind;
    }

    /// Takes the next visit out of the queue. Whether it still counts as waiting is the caller's
    /// business.
    #[inline]
    pub fn dequeue(&mut self, visits: &Visits) -> Option<VisitId> {
        if self.head == NOBODY {
            return None;
        }
        let id = self.head;
        self.head = visits[id].next;
        if let Some(lanes) = &mut self.lanes {
            lanes.leave(id);
        }
        Some(id)
    }

    /// Empties the station: nobody waits, no server is at work.
    pub fn clear(&mut self) {
        self.busy = 0;
        self.waiting = 0;
        self.head = NOBODY;
        self.tail = NOBODY;
        self.lanes = None;
        self.sharing.clear();
    }
}

/// What the stations of a deployment in a zone have in common.
#[derive(Debug, Clone)]
pub struct Row {
    /// Own time per request.
    pub service: ServiceSampler,
    /// Servers per station.
    pub servers: u32,
    /// Waiting places per station.
    pub places: u32,
    /// The order of service.
    pub discipline: Discipline,
    /// Whether work that nobody waits for is dropped.
    pub abandoned_work: AbandonedWork,
    /// What a pod has when it gets nothing new may go on for so long.
    pub drain: SimDuration,
    /// What its pods are like.
    pub conduct: Conduct,
    /// Whether a server is free again while its request waits for calls.
    pub concurrency: Concurrency,
    /// The live stations.
    pub stations: Vec<StationId>,
    /// What they have done in this step.
    pub tally: Tally,
}

/// What the stations of a row do, added up over a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Servers at work now.
    pub busy: u32,
    /// Up to when their time is counted.
    counted: SimTime,
    /// Nanoseconds of servers at work.
    pub busy_ns: u64,
    /// Requests that came.
    pub arrived: u64,
    /// Services begun.
    pub begun: u64,
}

impl Tally {
    /// Counts the time of busy servers up to `now`.
    #[inline]
    pub const fn count(&mut self, now: SimTime) {
        let passed = now.as_ns() - self.counted.as_ns();
        self.busy_ns += passed * self.busy as u64;
        self.counted = now;
    }

    /// Begins to count anew.
    pub const fn clear(&mut self) {
        self.busy_ns = 0;
        self.arrived = 0;
        self.begun = 0;
    }
}

impl Row {
    /// The pods of a deployment in one zone, none yet.
    #[must_use]
    pub fn of_deployment(flow: &DeploymentFlow) -> Self {
        Self {
            service: ServiceSampler::new(&flow.service_time),
            servers: flow.servers,
            places: flow.queue_capacity,
            discipline: flow.discipline,
            abandoned_work: flow.abandoned_work,
            drain: SimDuration::from_s_f64(flow.drain_s),
            conduct: Conduct::default(),
            concurrency: flow.concurrency,
            stations: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// An endpoint with its one station.
    #[must_use]
    pub fn of_endpoint(flow: &EndpointFlow, station: StationId) -> Self {
        Self {
            service: ServiceSampler::new(&flow.service_time),
            servers: flow.servers,
            places: flow.queue_capacity,
            discipline: flow.discipline,
            abandoned_work: flow.abandoned_work,
            drain: SimDuration::ZERO,
            conduct: Conduct::default(),
            concurrency: Concurrency::default(),
            stations: vec![station],
            tally: Tally::default(),
        }
    }

    /// A server of `station` takes a visit on; returns how long its own work will take.
    #[inline]
    pub fn take_on(
        &mut self,
        station: &mut Station,
        visit: &mut Visit,
        now: SimTime,
    ) -> SimDuration {
        station.busy += 1;
        self.tally.count(now);
        self.tally.busy += 1;
        self.tally.begun += 1;
        visit.stage = Stage::Served;
        visit.holds_server = true;
        self.draw_work(visit)
    }

    /// How long a server's own work on a visit takes.
    #[inline]
    pub fn draw_work(&self, visit: &Visit) -> SimDuration {
        let time = self.service.draw(&mut visit.service_draws());
        if self.conduct.slow_share > 0.0 {
            self.slowed(time, visit)
        } else {
            time
        }
    }

    /// The same at pods of which some are slow. Not where it is called: that is the hot path.
    #[inline(never)]
    fn slowed(&self, time: SimDuration, visit: &Visit) -> SimDuration {
        if visit.release_draw(false) < self.conduct.slow_share {
            SimDuration::from_s_f64(time.as_s_f64() * self.conduct.slow_factor)
        } else {
            time
        }
    }

    /// Why a visit fails once the pod has done its own work: it meets an error of a bad release, or
    /// what it needs is not where the pod asks.
    #[inline]
    pub fn error(&self, visit: &Visit) -> Option<FailureCause> {
        let Conduct {
            error_share,
            lost_share,
            ..
        } = self.conduct;
        if error_share <= 0.0 {
            return None;
        }
        let draw = visit.release_draw(true);
        if draw < error_share - lost_share {
            Some(FailureCause::ReleaseFailed)
        } else {
            (draw < error_share).then_some(FailureCause::DependencyFailed)
        }
    }

    /// A free server of `station` takes on who waits next: who that is, and how long the server's
    /// own work will take.
    #[inline]
    pub fn take_next(
        &mut self,
        station: &mut Station,
        visits: &mut Visits,
        now: SimTime,
    ) -> Option<(VisitId, SimDuration)> {
        while let Some(next) = station.dequeue(visits) {
            let visit = &mut visits[next];
            if visit.abandoned && self.abandoned_work == AbandonedWork::Dropped {
                visits.remove(next);
                continue;
            }
            station.waiting -= 1;
            return Some((next, self.take_on(station, visit, now)));
        }
        None
    }

    /// A server of `station` is free again.
    #[inline]
    pub const fn let_go(&mut self, station: &mut Station, now: SimTime) {
        station.busy -= 1;
        self.tally.count(now);
        self.tally.busy -= 1;
    }
}

//! How an attempt is sent: whom it meets, and how long it takes to get there.

use std::collections::VecDeque;

use crate::model::BalancingAlgorithm;
use crate::sim::flow::{EndpointState, FlowGraph, Impairment, RoundTrips, Target};
use crate::sim::packet_loss;
use crate::sim::rng::{KeyedDraws, Uniforms as _, derive_key};
use crate::sim::run_log::FailureCause;
use crate::sim::service_law::ServiceSampler;
use crate::units::SimDuration;

use super::ending::is_stale;
use super::kind::{Timer, USERS};
use super::layout::Listed;
use super::station::StationId;
use super::visit::{Call, NOBODY, Stage, Visit, VisitId};
use super::{Happening, RequestsPlane, salt};

/// Where an attempt goes, and how long that takes.
type Way = (StationId, SimDuration);

/// How users come in.
#[derive(Debug, Clone)]
pub(super) struct Entrance {
    algorithm: BalancingAlgorithm,
    connect: SimDuration,
    /// Users to the balancer and through it.
    trip: SimDuration,
}

impl Entrance {
    pub(super) fn new(graph: &FlowGraph) -> Self {
        let flow = &graph.entry;
        Self {
            algorithm: flow.algorithm,
            connect: SimDuration::from_s_f64(flow.connect_timeout_s),
            trip: SimDuration::from_s_f64(graph.round_trips.user_s + flow.added_latency_s),
        }
    }
}

/// Round trips between pods.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trips {
    same_zone: SimDuration,
    cross_zone: SimDuration,
}

impl Trips {
    pub(super) fn new(trips: &RoundTrips) -> Self {
        Self {
            same_zone: SimDuration::from_s_f64(trips.same_zone_s),
            cross_zone: SimDuration::from_s_f64(trips.cross_zone_s),
        }
    }

    const fn between(&self, crosses: bool) -> SimDuration {
        if crosses {
            self.cross_zone
        } else {
            self.same_zone
        }
    }
}

/// An external service.
#[derive(Debug, Clone)]
pub(super) struct External {
    service: ServiceSampler,
    by_nat: bool,
    /// Calls that reached it since it was last asked.
    n_calls: u64,
}

impl External {
    pub(super) fn all(graph: &FlowGraph) -> Vec<Self> {
        let all = graph.externals.iter();
        all.map(|it| Self {
            service: ServiceSampler::new(&it.service_time),
            by_nat: it.by_nat,
            n_calls: 0,
        })
        .collect()
    }

    /// Calls that reached it since the last question.
    pub(super) const fn take_calls(&mut self) -> u64 {
        std::mem::replace(&mut self.n_calls, 0)
    }
}

/// Connection pools: one per station and kind of call that has one.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    kinds: u32,
    /// At `station * kinds + kind`; grows with the stations.
    pools: Vec<Pool>,
}

#[derive(Debug, Clone, Default)]
struct Pool {
    in_use: u32,
    waiting: VecDeque<VisitId>,
}

impl Connections {
    pub(super) const fn new(kinds: u32) -> Self {
        Self {
            kinds,
            pools: Vec::new(),
        }
    }

    fn pool(&mut self, station: StationId, kind: u32) -> &mut Pool {
        let at = (station * self.kinds + kind) as usize;
        if at >= self.pools.len() {
            self.pools.resize_with(at + 1, Pool::default);
        }
        &mut self.pools[at]
    }
}

/// What faults add to the way of an attempt to its station and back: nothing is drawn unless
/// packets get lost.
#[inline]
fn added_latency(visit: &Visit, network: Impairment) -> SimDuration {
    if network.is_none() {
        return SimDuration::ZERO;
    }
    let mut added_s = network.added_latency_s;
    if network.packet_loss > 0.0 {
        let salt = salt::LOSS + u64::from(visit.attempt);
        let mut draws = KeyedDraws::new(visit.call.key, salt);
        added_s += packet_loss::draw_s(&mut draws, network.packet_loss);
    }
    SimDuration::from_s_f64(added_s)
}

impl RequestsPlane {
    /// A new request of the users.
    pub(super) fn request_arrives(&mut self) {
        self.number += 1;
        self.books.offered += 1;
        self.books.in_flight += 1;
        self.make(Call {
            key: derive_key(self.key, self.number),
            made_at: self.now,
            caller: NOBODY,
            kind: USERS,
            zone: 0,
        });
    }

    /// A call is made: its first attempt begins.
    pub(super) fn make(&mut self, call: Call) {
        if let Some(budget) = &mut self.kinds.caller(call.kind, call.zone).budget {
            budget.earn();
        }
        let id = self.visits.insert(call, 0);
        self.send(id);
    }

    /// An attempt begins: its timers run from now on.
    pub(super) fn send(&mut self, id: VisitId) {
        let Call { kind, zone, .. } = self.visits[id].call;
        let caller = self.kinds.caller(kind, zone);
        if let Some(breaker) = &mut caller.breaker
            && !breaker.allows(self.now)
        {
            self.refuse(id);
            return;
        }
        caller.attempts += 1;
        self.set_timers(id);
        if self.connect(id) {
            self.set_out(id);
        }
    }

    /// A breaker lets an attempt not pass.
    fn refuse(&mut self, id: VisitId) {
        let Visit { call, twin, .. } = self.visits[id];
        self.visits.remove(id);
        if twin == NOBODY {
            self.give_up(&call, FailureCause::DependencyFailed);
        } else {
            self.visits[twin].twin = NOBODY;
        }
    }

    /// Sets the timers of an attempt that is sent now.
    #[inline]
    fn set_timers(&mut self, id: VisitId) {
        let visits = &self.visits;
        let visit = &visits[id];
        let timer = |after| Timer {
            at: self.now + after,
            visit: id,
            generation: visit.generation,
        };
        let is_stale = |timer: &Timer| is_stale(visits, timer);
        let kind = visit.call.kind;
        let fixed = self.kinds.get(kind);
        if let Some(timeout) = fixed.timeout
            && self.patience[usize::from(kind)].set(timer(timeout), is_stale)
        {
            self.queue.push(self.now + timeout, Happening::Expire(kind));
        }
        if let Some(after) = fixed.hedge_after
            && visit.twin == NOBODY
            && self.hedges[usize::from(kind)].set(timer(after), is_stale)
        {
            self.queue.push(self.now + after, Happening::Hedge(kind));
        }
    }

    /// Takes a connection for an attempt, if its kind needs one; false when it has to wait.
    #[inline]
    fn connect(&mut self, id: VisitId) -> bool {
        let call = &self.visits[id].call;
        let Some((slot, size)) = self.kinds.get(call.kind).pool else {
            return true;
        };
        if call.caller == NOBODY {
            return true;
        }
        let station = self.visits[call.caller].station;
        let pool = self.connections.pool(station, slot);
        let visit = &mut self.visits[id];
        if pool.in_use >= size {
            visit.stage = Stage::Unconnected;
            pool.waiting.push_back(id);
            return false;
        }
        pool.in_use += 1;
        visit.holds_connection = true;
        true
    }

    /// An attempt is over for its caller: the balancer counts it no more, and its connection goes
    /// to the next that waits for one.
    #[inline]
    pub(super) fn disconnect(&mut self, id: VisitId) {
        let visit = &mut self.visits[id];
        if visit.call.caller == NOBODY {
            if let Some(station) = self.layout.stations.get_mut(visit.station as usize) {
                station.outstanding -= 1;
            }
        } else if std::mem::take(&mut visit.holds_connection) {
            self.pass_connection_on(id);
        }
    }

    #[inline(never)]
    fn pass_connection_on(&mut self, id: VisitId) {
        let Call { caller, kind, .. } = self.visits[id].call;
        let Some((slot, _)) = self.kinds.get(kind).pool else {
            return;
        };
        let station = self.visits[caller].station;
        let pool = self.connections.pool(station, slot);
        pool.in_use -= 1;
        while let Some(next) = pool.waiting.pop_front() {
            let visit = &mut self.visits[next];
            if visit.abandoned {
                self.visits.remove(next);
                continue;
            }
            pool.in_use += 1;
            visit.holds_connection = true;
            self.set_out(next);
            return;
        }
    }

    /// A visit goes to whom it calls.
    fn set_out(&mut self, id: VisitId) {
        let Call { caller, kind, .. } = self.visits[id].call;
        let way = match self.kinds.get(kind).target {
            _ if caller == NOBODY => self.way_in(id),
            Target::Deployment(d) => self.way_to_pod(id, d),
            Target::Database(at) => {
                let station = self.layout.database(at);
                self.way_to_endpoint(id, station, self.layout.databases[at])
            }
            Target::Cache(at) => {
                let station = self.layout.cache(at);
                self.way_to_endpoint(id, station, self.layout.caches[at])
            }
            Target::External(at) => {
                self.call_outside(id, at);
                None
            }
        };
        if let Some(way) = way {
            self.travel(id, way);
        }
    }

    /// A user's attempt finds its way in: an address, a balancer node, a target. None: it has met
    /// nobody, and its end is planned.
    fn way_in(&mut self, id: VisitId) -> Option<Way> {
        let Visit { call, attempt, .. } = self.visits[id];
        let draws = |salt| KeyedDraws::new(call.key, salt + u64::from(attempt));
        let Some(zone) = self.layout.node(|| draws(salt::NODE).uniform()) else {
            self.doom(id, SimDuration::ZERO, FailureCause::EntryUnreachable);
            return None;
        };
        if !self.layout.nodes[zone].1 {
            self.doom(id, self.entrance.connect, FailureCause::EntryUnreachable);
            return None;
        }
        let trip = self.entrance.trip;
        let shed_share = self.layout.entry.shed_share;
        if shed_share > 0.0 && draws(salt::SHED).uniform() < shed_share {
            self.doom(id, trip, FailureCause::Shed);
            return None;
        }
        let random = |count| draws(salt::TARGET).below(count as u64) as usize;
        let (algorithm, stations) = (self.entrance.algorithm, &self.layout.stations);
        match self.layout.balanced[zone].choose(algorithm, stations, random) {
            None => {
                self.doom(id, trip, FailureCause::NoCapacity);
                None
            }
            Some(Listed::Stopped) => {
                self.doom(id, trip, FailureCause::TargetUnreachable);
                None
            }
            Some(Listed::Dead) => {
                let after = trip + self.entrance.connect;
                self.doom(id, after, FailureCause::TargetUnreachable);
                None
            }
            Some(Listed::Up(at)) => {
                let station = &mut self.layout.stations[at as usize];
                station.outstanding += 1;
                let to = usize::from(station.zone);
                let forwarded = self.layout.entry.forwarded[to];
                let crosses =
                    to != zone || (forwarded > 0.0 && draws(salt::FORWARDED).uniform() < forwarded);
                let added = added_latency(&self.visits[id], self.layout.way(zone, to));
                Some((at, trip + self.trips.between(crosses) + added))
            }
        }
    }

    /// The way to another deployment: any listed pod, as kube-proxy chooses.
    fn way_to_pod(&mut self, id: VisitId, deployment: usize) -> Option<Way> {
        let Visit { call, attempt, .. } = self.visits[id];
        let mut draws = KeyedDraws::new(call.key, salt::TARGET + u64::from(attempt));
        let random = |count| draws.below(count as u64) as usize;
        let stations = &self.layout.stations;
        let targets = &mut self.layout.inside[deployment];
        match targets.choose(BalancingAlgorithm::Random, stations, random) {
            None => {
                self.doom(id, self.trips.same_zone, FailureCause::NoCapacity);
                None
            }
            Some(Listed::Stopped) => {
                self.doom(id, self.trips.same_zone, FailureCause::TargetUnreachable);
                None
            }
            Some(Listed::Dead) => {
                self.lose(id);
                None
            }
            Some(Listed::Up(station)) => {
                let crosses = self.note_crossing(&call, station);
                let there = self.layout.stations[station as usize].zone;
                let way = self.layout.way(call.zone.into(), there.into());
                let added = added_latency(&self.visits[id], way);
                Some((station, self.trips.between(crosses) + added))
            }
        }
    }

    /// The way to a database or cache.
    fn way_to_endpoint(
        &mut self,
        id: VisitId,
        station: StationId,
        state: EndpointState,
    ) -> Option<Way> {
        if !state.up {
            self.lose(id);
            return None;
        }
        let visit = &self.visits[id];
        let call = visit.call;
        let way = self.layout.way(call.zone.into(), state.zone);
        let added = added_latency(visit, state.network.and(way));
        let crosses = self.note_crossing(&call, station);
        Some((station, self.trips.between(crosses) + added))
    }

    #[inline]
    fn note_crossing(&mut self, call: &Call, station: StationId) -> bool {
        let crosses = self.layout.stations[station as usize].zone != call.zone;
        self.kinds.caller(call.kind, call.zone).crossed += u64::from(crosses);
        crosses
    }

    /// A call to a service outside, which has no queue.
    fn call_outside(&mut self, id: VisitId, at: usize) {
        let visit = &mut self.visits[id];
        let Call { kind, zone, .. } = visit.call;
        let state = self.layout.externals[at];
        let external = &mut self.externals[at];
        let gateway = self.layout.egress[usize::from(zone)];
        if !state.up || (external.by_nat && gateway.is_none()) {
            self.lose(id);
            return;
        }
        external.n_calls += 1;
        let crosses = external.by_nat && gateway.is_some_and(|it| it != usize::from(zone));
        let mut time = external.service.draw(&mut visit.service_draws());
        let here = usize::from(zone);
        let by = gateway.filter(|_| external.by_nat).unwrap_or(here);
        let way = self.layout.way(here, by);
        time += added_latency(visit, state.network.and(way));
        if crosses {
            time += self.trips.cross_zone;
            self.kinds.caller(kind, zone).crossed += 1;
        }
        visit.stage = Stage::Served;
        self.queue.push(self.now + time, Happening::Answer(id));
    }

    /// A visit is on its way to a station.
    fn travel(&mut self, id: VisitId, (station, trip): Way) {
        let visit = &mut self.visits[id];
        visit.station = station;
        if trip.is_zero() {
            self.arrive(id);
        } else {
            visit.stage = Stage::Travelling;
            self.queue.push(self.now + trip, Happening::Arrive(id));
        }
    }

    /// A visit will fail after a while: a moment before its caller's patience ends at the latest,
    /// which would hide the cause.
    fn doom(&mut self, id: VisitId, after: SimDuration, cause: FailureCause) {
        let visit = &mut self.visits[id];
        visit.stage = Stage::Doomed;
        let moment = SimDuration::from_ns(1);
        let timeout = self.kinds.get(visit.call.kind).timeout;
        let after = timeout.map_or(after, |it| after.min(it.saturating_sub(moment)));
        self.queue
            .push(self.now + after, Happening::Fail(id, cause));
    }

    /// Nobody will answer a visit.
    pub(super) fn lose(&mut self, id: VisitId) {
        let visit = &mut self.visits[id];
        if visit.abandoned {
            self.visits.remove(id);
        } else {
            visit.stage = Stage::Lost;
        }
    }
}

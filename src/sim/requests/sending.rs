//! How an attempt is sent: whom it meets, and how long it takes to get there.

use std::collections::VecDeque;

use crate::model::BalancingAlgorithm;
use crate::sim::flow::{EndpointState, FlowGraph, RoundTrips, Target};
use crate::sim::rng::{KeyedDraws, Uniforms as _, derive_key};
use crate::sim::run_log::FailureCause;
use crate::sim::service_law::ServiceSampler;
use crate::units::SimDuration;

use super::kind::{Timer, USERS};
use super::station::StationId;
use super::visit::{NOBODY, Stage, Visit, VisitId};
use super::{Happening, RequestsPlane, salt};

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
}

impl External {
    pub(super) fn all(graph: &FlowGraph) -> Vec<Self> {
        let all = graph.externals.iter();
        all.map(|it| Self {
            service: ServiceSampler::new(&it.service_time),
            by_nat: it.by_nat,
        })
        .collect()
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

impl RequestsPlane {
    /// A new request of the users.
    pub(super) fn request_arrives(&mut self) {
        self.number += 1;
        let key = derive_key(self.key, self.number);
        self.books.offered += 1;
        self.books.in_flight += 1;
        if let Some(budget) = &mut self.kinds.caller(USERS, 0).budget {
            budget.earn();
        }
        let visit = Visit::new(key, self.now, NOBODY, USERS, 0);
        let id = self.visits.insert(visit);
        self.send(id);
    }

    /// The zone of whoever makes a visit; 0 for users.
    pub(super) fn caller_zone(&self, caller: VisitId) -> usize {
        if caller == NOBODY {
            return 0;
        }
        self.layout.stations[self.visits[caller].station as usize].zone as usize
    }

    /// An attempt begins: its timers run from now on.
    pub(super) fn send(&mut self, id: VisitId) {
        let visit = self.visits[id];
        let kind = visit.kind;
        let zone = self.caller_zone(visit.caller);
        let caller = self.kinds.caller(kind, zone);
        if let Some(breaker) = &mut caller.breaker
            && !breaker.allows(self.now)
        {
            self.visits.remove(id);
            if visit.twin == NOBODY {
                self.give_up(&visit, FailureCause::DependencyFailed);
            } else {
                self.visits[visit.twin].twin = NOBODY;
            }
            return;
        }
        caller.attempts += 1;
        let timer = |after| Timer {
            at: self.now + after,
            visit: id,
            generation: visit.generation,
        };
        let fixed = self.kinds.get(kind);
        if let Some(timeout) = fixed.timeout
            && self.patience[usize::from(kind)].set(timer(timeout))
        {
            self.queue.push(self.now + timeout, Happening::Expire(kind));
        }
        if let Some(after) = fixed.hedge_after
            && visit.twin == NOBODY
            && self.hedges[usize::from(kind)].set(timer(after))
        {
            self.queue.push(self.now + after, Happening::Hedge(kind));
        }
        if let Some((slot, size)) = fixed.pool
            && visit.caller != NOBODY
        {
            let station = self.visits[visit.caller].station;
            let pool = self.connections.pool(station, slot);
            if pool.in_use >= size {
                self.visits[id].stage = Stage::Unconnected;
                pool.waiting.push_back(id);
                return;
            }
            pool.in_use += 1;
            self.visits[id].holds_connection = true;
        }
        self.set_out(id);
    }

    /// An attempt is over for its caller: the balancer counts it no more, and its connection goes
    /// to the next that waits for one.
    pub(super) fn disconnect(&mut self, visit: &Visit) {
        if visit.caller == NOBODY {
            if let Some(station) = self.layout.stations.get_mut(visit.station as usize) {
                station.outstanding -= 1;
            }
            return;
        }
        if !visit.holds_connection {
            return;
        }
        let Some((slot, _)) = self.kinds.get(visit.kind).pool else {
            return;
        };
        let station = self.visits[visit.caller].station;
        let pool = self.connections.pool(station, slot);
        pool.in_use -= 1;
        while let Some(next) = self.connections.pool(station, slot).waiting.pop_front() {
            if self.visits[next].abandoned {
                self.visits.remove(next);
                continue;
            }
            self.connections.pool(station, slot).in_use += 1;
            self.visits[next].holds_connection = true;
            self.set_out(next);
            return;
        }
    }

    /// A visit goes to whom it calls.
    fn set_out(&mut self, id: VisitId) {
        let visit = self.visits[id];
        match self.kinds.get(visit.kind).target {
            _ if visit.caller == NOBODY => self.enter(id, &visit),
            Target::Deployment(d) => self.call_inside(id, &visit, d),
            Target::Database(at) => {
                let station = self.layout.database(at);
                self.call_endpoint(id, &visit, station, self.layout.databases[at]);
            }
            Target::Cache(at) => {
                let station = self.layout.cache(at);
                self.call_endpoint(id, &visit, station, self.layout.caches[at]);
            }
            Target::External(at) => self.call_outside(id, &visit, at),
        }
    }

    /// A user's attempt finds its way in: an address, a balancer node, a target.
    fn enter(&mut self, id: VisitId, visit: &Visit) {
        let draws = |salt| KeyedDraws::new(visit.key, salt + u64::from(visit.attempt));
        let Some(zone) = self.layout.node(|| draws(salt::NODE).uniform()) else {
            self.doom(id, SimDuration::ZERO, FailureCause::EntryUnreachable);
            return;
        };
        if !self.layout.nodes[zone].1 {
            self.doom(id, self.entrance.connect, FailureCause::EntryUnreachable);
            return;
        }
        let trip = self.entrance.trip;
        let shed_share = self.layout.entry.shed_share;
        if shed_share > 0.0 && draws(salt::SHED).uniform() < shed_share {
            self.doom(id, trip, FailureCause::Shed);
            return;
        }
        let random = |count| draws(salt::TARGET).below(count as u64) as usize;
        let (algorithm, stations) = (self.entrance.algorithm, &self.layout.stations);
        match self.layout.balanced[zone].choose(algorithm, stations, random) {
            None => self.doom(id, trip, FailureCause::NoCapacity),
            Some(None) => {
                let after = trip + self.entrance.connect;
                self.doom(id, after, FailureCause::TargetUnreachable);
            }
            Some(Some(station)) => {
                let to = self.layout.stations[station as usize].zone as usize;
                let forwarded = self.layout.entry.forwarded[to];
                let crosses =
                    to != zone || (forwarded > 0.0 && draws(salt::FORWARDED).uniform() < forwarded);
                self.layout.stations[station as usize].outstanding += 1;
                self.travel(id, station, trip + self.trips.between(crosses));
            }
        }
    }

    /// A call to another deployment: any listed pod, as kube-proxy chooses.
    fn call_inside(&mut self, id: VisitId, visit: &Visit, deployment: usize) {
        let mut draws = KeyedDraws::new(visit.key, salt::TARGET + u64::from(visit.attempt));
        let random = |count| draws.below(count as u64) as usize;
        let stations = &self.layout.stations;
        let targets = &mut self.layout.inside[deployment];
        match targets.choose(BalancingAlgorithm::Random, stations, random) {
            None => self.doom(id, self.trips.same_zone, FailureCause::NoCapacity),
            Some(None) => self.lose(id),
            Some(Some(station)) => {
                let from = self.caller_zone(visit.caller);
                let crosses = self.note_crossing(visit, from, station);
                self.travel(id, station, self.trips.between(crosses));
            }
        }
    }

    /// A call to a database or cache.
    fn call_endpoint(
        &mut self,
        id: VisitId,
        visit: &Visit,
        station: StationId,
        state: EndpointState,
    ) {
        if !state.up {
            self.lose(id);
            return;
        }
        let from = self.caller_zone(visit.caller);
        let crosses = self.note_crossing(visit, from, station);
        let added = SimDuration::from_s_f64(state.added_latency_s);
        self.travel(id, station, self.trips.between(crosses) + added);
    }

    fn note_crossing(&mut self, visit: &Visit, from: usize, station: StationId) -> bool {
        let crosses = self.layout.stations[station as usize].zone as usize != from;
        self.kinds.caller(visit.kind, from).crossed += u64::from(crosses);
        crosses
    }

    /// A call to a service outside, which has no queue.
    fn call_outside(&mut self, id: VisitId, visit: &Visit, at: usize) {
        let zone = self.caller_zone(visit.caller);
        let state = self.layout.externals[at];
        let external = &self.externals[at];
        let gateway = self.layout.egress[zone];
        if !state.up || (external.by_nat && gateway.is_none()) {
            self.lose(id);
            return;
        }
        let crosses = external.by_nat && gateway.is_some_and(|it| it != zone);
        let mut draws = KeyedDraws::new(visit.key, salt::SERVICE + u64::from(visit.attempt));
        let mut time = external.service.draw(&mut draws);
        time += SimDuration::from_s_f64(state.added_latency_s);
        if crosses {
            time += self.trips.cross_zone;
            self.kinds.caller(visit.kind, zone).crossed += 1;
        }
        self.visits[id].stage = Stage::Served;
        self.queue.push(self.now + time, Happening::Answer(id));
    }

    /// A visit is on its way to a station.
    fn travel(&mut self, id: VisitId, station: StationId, trip: SimDuration) {
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
        let timeout = self.kinds.get(visit.kind).timeout;
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

//! All stations together: arrival rates forwards, response times backwards.
//!
//! A caller's server is held while it waits for what it calls, so the hold time of a station
//! depends on the stations behind it, and their load on how much it lets through. One *pass* works
//! backwards through response times and forwards through rates; a step repeats passes until both
//! agree. The queues of the step's start and what was learnt in the last step make the first guess,
//! so that a quiet step needs one pass, and only forwards where nobody waits.

use crate::model::ServiceTime;
use crate::sim::flow::{CallFlow, EndpointFlow, EndpointState, FlowGraph, FlowState, Target};

use super::balancing::Balancing;
use super::calls::{Attempt, Call, Group};
use super::law::Moments;
use super::pool::Pool;
use super::station::Service;
use crate::sim::entry::{Entry, live_targets};

/// Passes per step at most; beyond a third they are damped.
const PASSES: usize = 10;
/// A pass that changes waits by less than this share of the time at a station is the last.
const AGREEMENT: f64 = 0.004;
/// Response times need not be worked out anew for waits that have changed by less than this share.
const NEGLIGIBLE: f64 = 0.0001;

/// A change of the mean wait by this share of the time at a station is not worth a new solution.
const INDIFFERENT: f64 = 0.003;
/// Nor, where nobody waits, is a change of the load by this share.
const MOST_INDIFFERENT: f64 = 0.05;

/// A call of a deployment from one zone.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallState {
    /// One attempt.
    pub attempt: Attempt,
    /// With retries.
    pub call: Call,
    /// All calls of this kind of a request.
    pub group: Group,
    /// Share of requests that come to this call.
    pub reach: f64,
    /// Attempts per second.
    pub rate: f64,
    /// Chance that the cache spares the call.
    pub spared: f64,
    /// Share of attempts that leave the zone.
    pub crossing: f64,
}

/// Every station and call of a design.
#[derive(Debug, Clone)]
pub struct Network {
    zones: usize,
    /// At `deployment * zones + zone`.
    pub pools: Vec<Pool>,
    /// Databases.
    pub databases: Vec<Pool>,
    /// Caches.
    pub caches: Vec<Pool>,
    /// External services.
    pub externals: Vec<Pool>,
    /// At `(first_call[deployment] + call) * zones + zone`.
    pub calls: Vec<CallState>,
    first_call: Vec<usize>,
    /// Where calls between deployments go: share of each zone's live pods, at
    /// `deployment * zones + zone`.
    pub inside: Vec<f64>,
    /// Share of those calls that meet a dead pod, per deployment; 1 when nobody is there.
    inside_dead: Vec<f64>,
    /// Nobody is listed for calls from inside, per deployment.
    inside_empty: Vec<bool>,
    /// How much waits have changed since response times were worked out, as a share of the time at
    /// a station; infinite once the platform has changed.
    lag: f64,
}

fn law(time: ServiceTime) -> Moments {
    Moments::from_cv(time.mean.as_s_f64(), time.cv)
}

impl Network {
    /// Idle stations.
    #[must_use]
    pub fn new(graph: &FlowGraph) -> Self {
        let zones = graph.zone_count;
        let endpoint = |flow: &EndpointFlow| Pool {
            queues: 1,
            servers: flow.servers,
            places: if flow.queue_capacity == u32::MAX {
                f64::INFINITY
            } else {
                f64::from(flow.queue_capacity)
            },
            hold: law(flow.service_time),
            ok: 1.0,
            ..Pool::default()
        };
        let mut first_call = Vec::new();
        let mut calls = 0;
        for deployment in &graph.deployments {
            first_call.push(calls);
            calls += deployment.calls.len();
        }
        let pools = graph.deployments.iter().flat_map(|it| {
            let pool = Pool {
                hold: law(it.service_time),
                ok: 1.0,
                ..Pool::default()
            };
            std::iter::repeat_n(pool, zones)
        });
        Self {
            zones,
            pools: pools.collect(),
            databases: graph.databases.iter().map(endpoint).collect(),
            caches: graph.caches.iter().map(endpoint).collect(),
            externals: graph.externals.iter().map(endpoint).collect(),
            calls: vec![CallState::default(); calls * zones],
            first_call,
            inside: vec![0.0; graph.deployments.len() * zones],
            inside_dead: vec![0.0; graph.deployments.len()],
            inside_empty: vec![false; graph.deployments.len()],
            lag: f64::INFINITY,
        }
    }

    /// Position of a call in [`Self::calls`].
    #[must_use]
    pub fn call_at(&self, deployment: usize, call: usize, zone: usize) -> usize {
        (self.first_call[deployment] + call) * self.zones + zone
    }

    /// Takes over what the control plane says. Queues of pods that are gone go with them.
    pub fn set_state(&mut self, graph: &FlowGraph, state: &FlowState, entry: &Entry) {
        self.lag = f64::INFINITY;
        for (d, flow) in graph.deployments.iter().enumerate() {
            let called = graph.deployments.iter().any(|it| {
                it.calls
                    .iter()
                    .any(|call| call.target == Target::Deployment(d))
            });
            let (mut live, mut dead) = (0.0, 0.0);
            let balancing = Balancing::new(graph, state, entry, d);
            for z in 0..self.zones {
                let at = d * self.zones + z;
                let group = &state.pods[at];
                let mut pods = if called { group.ready } else { 0 };
                if entry.deployment == Some(d) {
                    pods = pods.max(live_targets(group, state.fail_open));
                }
                let pool = &mut self.pools[at];
                pool.shrink(pods);
                pool.pods = pods;
                pool.share_out(pods, flow, &balancing.of_zone(pods));
                live += f64::from(group.ready);
                dead += f64::from(group.dead_in_endpoints);
                self.inside[at] = f64::from(group.ready);
            }
            for share in &mut self.inside[d * self.zones..(d + 1) * self.zones] {
                *share = if live > 0.0 { *share / live } else { 0.0 };
            }
            self.inside_empty[d] = live + dead <= 0.0;
            self.inside_dead[d] = if live + dead > 0.0 {
                dead / (live + dead)
            } else {
                1.0
            };
        }
        for (pools, states) in [
            (&mut self.databases, &state.databases),
            (&mut self.caches, &state.caches),
        ] {
            for (pool, now) in pools.iter_mut().zip(states) {
                pool.pods = u32::from(now.up);
                if !now.up {
                    pool.vanish();
                }
            }
        }
    }

    /// Repeats passes until rates and response times agree.
    pub fn solve(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        entry: &Entry,
        attempt_rate: f64,
        seconds: f64,
    ) {
        for pass in 0..PASSES {
            if self.lag > NEGLIGIBLE {
                let damping = if pass < 3 { 1.0 } else { 0.5 };
                self.backwards(graph, state, damping);
                self.lag = 0.0;
            }
            let change = self.forwards(graph, entry, attempt_rate, seconds);
            self.lag += change;
            if change < AGREEMENT {
                break;
            }
        }
    }

    /// The stations where requests may wait.
    pub fn queues(&self) -> impl Iterator<Item = &Pool> {
        self.pools.iter().chain(&self.databases).chain(&self.caches)
    }

    /// All stations, those of others included.
    fn stations_mut(&mut self) -> impl Iterator<Item = &mut Pool> {
        self.pools
            .iter_mut()
            .chain(&mut self.databases)
            .chain(&mut self.caches)
            .chain(&mut self.externals)
    }

    /// The largest change of the load, as a share, that leaves every wait unchanged to within 0.3 %
    /// of the time at its station; none while a queue is not at rest.
    #[must_use]
    pub fn indifference(&self) -> Option<f64> {
        self.queues()
            .filter(|pool| pool.pods > 0)
            .try_fold(MOST_INDIFFERENT, |most, pool| {
                pool.indifference(most, INDIFFERENT)
            })
    }

    /// A step of so many seconds is over: queues take their new lengths.
    pub fn commit(&mut self, seconds: f64) {
        for pool in self
            .pools
            .iter_mut()
            .chain(&mut self.databases)
            .chain(&mut self.caches)
        {
            pool.commit(seconds);
        }
    }

    /// Response times, from the last called to the first caller.
    fn backwards(&mut self, graph: &FlowGraph, state: &FlowState, damping: f64) {
        for d in (0..graph.deployments.len()).rev() {
            for z in 0..self.zones {
                if self.pools[d * self.zones + z].pods > 0 {
                    self.respond(graph, state, d, z, damping);
                }
            }
        }
    }

    /// Hold time and success of a deployment's requests in a zone, call by call.
    fn respond(&mut self, graph: &FlowGraph, state: &FlowState, d: usize, z: usize, damping: f64) {
        let flow = &graph.deployments[d];
        let mut so_far = law(flow.service_time);
        let mut alive = 1.0;
        let mut failed = Moments::default();
        for (k, call) in flow.calls.iter().enumerate() {
            let at = self.call_at(d, k, z);
            let spared = self.spared(graph, state, d, z, call);
            let (attempt, crossing) = self.attempt(graph, state, call, z);
            let made = Call::new(&attempt, call.attempts, call.backoff_s);
            // A look-up that fails is a miss when somebody else can answer instead.
            let look_up = matches!(call.target, Target::Cache(cache)
                if flow.calls.iter().any(|it| it.unless_cached_by == Some(cache)));
            let group = Group::new(&made, call.per_request, spared, call.optional || look_up);
            if group.ok < 1.0 {
                let ends = so_far.plus(Moments::fixed(group.fail_s));
                failed = failed.mixed(ends, alive * (1.0 - group.ok));
            }
            self.calls[at] = CallState {
                attempt,
                call: made,
                group,
                reach: alive,
                rate: self.calls[at].rate,
                spared,
                crossing,
            };
            so_far = so_far.plus(group.ok_time);
            alive *= group.ok;
        }
        let hold = failed.mixed(so_far, alive);
        let pool = &mut self.pools[d * self.zones + z];
        let old = pool.hold.scaled(1.0 - damping);
        pool.hold = old.mixed(hold, damping);
        pool.ok = alive;
        pool.ok_hold = so_far;
        pool.fail_s = if alive < 1.0 {
            failed.mean / (1.0 - alive)
        } else {
            0.0
        };
    }

    /// Chance that a cache answers before a call is made.
    fn spared(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        d: usize,
        z: usize,
        call: &CallFlow,
    ) -> f64 {
        let Some(cache) = call.unless_cached_by else {
            return 0.0;
        };
        let now = &state.caches[cache];
        let looked_up = graph.deployments[d]
            .calls
            .iter()
            .position(|it| it.target == Target::Cache(cache));
        match looked_up {
            Some(k) => {
                let made = graph.deployments[d].calls[k].per_request.min(1.0);
                made * self.calls[self.call_at(d, k, z)].call.ok * now.hit_ratio
            }
            None if now.up => now.hit_ratio,
            None => 0.0,
        }
    }

    /// One attempt of a call from a zone, and the share of such attempts that leaves the zone.
    fn attempt(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        call: &CallFlow,
        z: usize,
    ) -> (Attempt, f64) {
        let trips = &graph.round_trips;
        let trip = |other: bool| {
            if other {
                trips.cross_zone_s
            } else {
                trips.same_zone_s
            }
        };
        let away = Attempt::failing(call.timeout_s);
        let endpoint = |pool: &Pool, now: &EndpointState| {
            if !now.up {
                return (away, 0.0);
            }
            let other = now.zone != z;
            let added = Moments::fixed(trip(other) + now.added_latency_s);
            let time = pool.service.wait().plus(pool.hold).plus(added);
            let served = pool.service.served();
            let gave_up = pool.service.gave_up;
            let attempt = Attempt::cut_off(time, served, gave_up, call.timeout_s, trip(other));
            (attempt, f64::from(u8::from(other)))
        };
        match call.target {
            Target::Database(at) => endpoint(&self.databases[at], &state.databases[at]),
            Target::Cache(at) => endpoint(&self.caches[at], &state.caches[at]),
            Target::External(at) => {
                let (flow, now) = (&graph.externals[at], &state.externals[at]);
                if !now.up || (flow.by_nat && !state.egress[z]) {
                    return (away, 0.0);
                }
                let other = flow.by_nat && state.egress_zone[z] != z;
                let extra = if other { trips.cross_zone_s } else { 0.0 };
                let time = self.externals[at]
                    .hold
                    .plus(Moments::fixed(extra + now.added_latency_s));
                let attempt = Attempt::cut_off(time, 1.0, 0.0, call.timeout_s, 0.0);
                (attempt, f64::from(u8::from(other)))
            }
            Target::Deployment(at) => self.attempt_inside(graph, call, at, z),
        }
    }

    /// An attempt at another deployment: its ready pods of all zones evenly, dead ones among them.
    fn attempt_inside(
        &self,
        graph: &FlowGraph,
        call: &CallFlow,
        d: usize,
        z: usize,
    ) -> (Attempt, f64) {
        let trips = &graph.round_trips;
        if self.inside_empty[d] {
            return (Attempt::failing(trips.same_zone_s.min(call.timeout_s)), 0.0);
        }
        let mut mix = Attempt::mix();
        let live = 1.0 - self.inside_dead[d];
        mix.add(&Attempt::failing(call.timeout_s), self.inside_dead[d]);
        let mut crossing = 0.0;
        for other in 0..self.zones {
            let share = self.inside[d * self.zones + other] * live;
            if share <= 0.0 {
                continue;
            }
            let trip_s = if other == z {
                trips.same_zone_s
            } else {
                trips.cross_zone_s
            };
            let pool = &self.pools[d * self.zones + other];
            let before = pool.service.wait().plus(Moments::fixed(trip_s));
            let (served, gave_up) = (pool.service.served(), pool.service.gave_up);
            let answered = Attempt::cut_off(
                before.plus(pool.ok_hold),
                served,
                gave_up,
                call.timeout_s,
                trip_s,
            );
            let error = Attempt::failing((before.mean + pool.fail_s).min(call.timeout_s));
            mix.add(&answered, share * pool.ok);
            mix.add(&error, share * (1.0 - pool.ok));
            if other != z {
                crossing += share;
            }
        }
        (mix.finish(), crossing)
    }

    /// Arrival rates, from the users to the last called. Returns the largest change of a wait as a
    /// share of the time at its station.
    fn forwards(
        &mut self,
        graph: &FlowGraph,
        entry: &Entry,
        attempt_rate: f64,
        seconds: f64,
    ) -> f64 {
        for pool in self.stations_mut() {
            pool.arrival_rate = 0.0;
            pool.patience_sum = 0.0;
        }
        if let Some(d) = entry.deployment {
            for z in 0..self.zones {
                let rate = attempt_rate * entry.reach[z];
                self.pools[d * self.zones + z].arrive(rate, graph.entry.call.timeout_s);
            }
        }
        let mut change = 0.0_f64;
        for (d, flow) in graph.deployments.iter().enumerate() {
            for z in 0..self.zones {
                let at = d * self.zones + z;
                change = change.max(self.pools[at].serve(seconds));
                let begun = self.pools[at].service.throughput;
                for (k, call) in flow.calls.iter().enumerate() {
                    let call_at = self.call_at(d, k, z);
                    let now = &mut self.calls[call_at];
                    now.rate = begun * now.reach * now.group.attempts;
                    let rate = now.rate;
                    self.arrive(call, rate);
                }
            }
        }
        for pool in self.databases.iter_mut().chain(&mut self.caches) {
            if pool.pods > 0 {
                change = change.max(pool.serve(seconds));
            } else {
                pool.service = Service::default();
            }
        }
        change
    }

    fn arrive(&mut self, call: &CallFlow, rate: f64) {
        match call.target {
            Target::Database(at) => self.databases[at].arrive(rate, call.timeout_s),
            Target::Cache(at) => self.caches[at].arrive(rate, call.timeout_s),
            Target::External(at) => self.externals[at].arrive(rate, call.timeout_s),
            Target::Deployment(d) => {
                let live = 1.0 - self.inside_dead[d];
                for z in 0..self.zones {
                    let at = d * self.zones + z;
                    let share = self.inside[at] * live;
                    self.pools[at].arrive(rate * share, call.timeout_s);
                }
            }
        }
    }
}

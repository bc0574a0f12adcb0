//! All stations together: arrival rates forwards, response times backwards.
//!
//! A caller's server is held while it waits for what it calls, unless it runs an event loop or
//! shares its servers, so the hold time of a station depends on the stations behind it, and their
//! load on how much it lets through. One *pass* works backwards through response times and forwards
//! through rates; a step repeats passes until both agree. The queues of the step's start and what
//! was learnt in the last step make the first guess, so that a quiet step needs one pass, and only
//! forwards where nobody waits.

mod response;

use crate::model::{AbandonedWork, Discipline, ServiceTime};
use crate::sim::entry::{Entry, live_targets};
use crate::sim::flow::{CallFlow, EndpointFlow, FlowGraph, FlowState, Target};
use crate::units::SimTime;

use super::balancing::Balancing;
use super::calls::{Attempt, Call, Group};
use super::guard::Guard;
use super::law::Moments;
use super::pool::Pool;
use super::station::Service;
use super::station::known::Known;

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
    /// One attempt; while a breaker is open, what one would meet.
    pub attempt: Attempt,
    /// The same with a second one beside it, where callers hedge.
    pub answer: Attempt,
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
    /// At the same places.
    pub guards: Vec<Guard>,
    first_call: Vec<usize>,
    /// Where calls between deployments go: share of each zone's live pods, at
    /// `deployment * zones + zone`.
    pub inside: Vec<f64>,
    /// Share of those calls that meet a dead pod, per deployment; 1 when nobody is there.
    inside_dead: Vec<f64>,
    /// Share of those calls that a crashed pod's machine refuses, per deployment.
    inside_refused: Vec<f64>,
    /// Nobody is listed for calls from inside, per deployment.
    inside_empty: Vec<bool>,
    /// How much waits have changed since response times were worked out, as a share of the time at
    /// a station; infinite once the platform has changed.
    lag: f64,
}

fn law(time: &ServiceTime) -> Moments {
    Moments::from_cv(time.mean.as_s_f64(), time.variation())
}

/// Targets of a zone as if all were as busy as the busiest: queues are those of pods alike.
fn busiest(state: &FlowState, zone: usize, live: u32) -> f64 {
    let Some(parts) = state.parts.get(zone) else {
        return f64::from(live);
    };
    let most = parts.iter().fold(0.0, |most: f64, it| most.max(*it));
    if most <= 0.0 {
        return f64::from(live);
    }
    parts.iter().sum::<f64>() / most
}

/// Whether servers go on with what nobody waits for: also where everybody is in service at once,
/// since work that has begun is never dropped.
fn serves_abandoned(discipline: Discipline, abandoned_work: AbandonedWork) -> bool {
    abandoned_work == AbandonedWork::Served || discipline == Discipline::ProcessorSharing
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
            hold: law(&flow.service_time),
            ok: 1.0,
            discipline: flow.discipline,
            serves_abandoned: serves_abandoned(flow.discipline, flow.abandoned_work),
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
                hold: law(&it.service_time),
                stay: law(&it.service_time),
                ok: 1.0,
                discipline: it.discipline,
                serves_abandoned: serves_abandoned(it.discipline, it.abandoned_work),
                ..Pool::default()
            };
            std::iter::repeat_n(pool, zones)
        });
        let guards = graph.deployments.iter().flat_map(|caller| {
            let of_call = |call| std::iter::repeat_n(Guard::new(call, caller), zones);
            caller.calls.iter().flat_map(of_call)
        });
        Self {
            zones,
            guards: guards.collect(),
            pools: pools.collect(),
            databases: graph.databases.iter().map(endpoint).collect(),
            caches: graph.caches.iter().map(endpoint).collect(),
            externals: graph.externals.iter().map(endpoint).collect(),
            calls: vec![CallState::default(); calls * zones],
            first_call,
            inside: vec![0.0; graph.deployments.len() * zones],
            inside_dead: vec![0.0; graph.deployments.len()],
            inside_refused: vec![0.0; graph.deployments.len()],
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
            let (mut live, mut dead, mut crashed) = (0.0, 0.0, 0.0);
            let balancing = Balancing::new(graph, state, entry, d);
            for z in 0..self.zones {
                let at = d * self.zones + z;
                let group = &state.pods[at];
                let mut pods = if called { group.ready } else { 0 };
                let mut alike = 0.0;
                if entry.deployment == Some(d) {
                    let live = live_targets(group, state.fail_open);
                    alike = busiest(state, z, live);
                    pods = pods.max((alike.round() as u32).min(live));
                }
                self.pools[at].resize(pods);
                self.connect(d, flow.calls.len(), z, pods);
                let pool = &mut self.pools[at];
                pool.share_out(pods, flow, &balancing.of_zone(pods));
                if !called && !state.parts.is_empty() {
                    pool.stretch_servers(alike / f64::from(pods.max(1)));
                }
                live += f64::from(group.ready);
                dead += f64::from(group.dead_in_endpoints);
                crashed += f64::from(group.crashed_in_endpoints);
                self.inside[at] = f64::from(group.ready);
            }
            for share in &mut self.inside[d * self.zones..(d + 1) * self.zones] {
                *share = if live > 0.0 { *share / live } else { 0.0 };
            }
            let listed = live + dead + crashed;
            self.inside_empty[d] = listed <= 0.0;
            (self.inside_dead[d], self.inside_refused[d]) = if listed > 0.0 {
                (dead / listed, crashed / listed)
            } else {
                (1.0, 0.0)
            };
        }
        for (pools, states) in [
            (&mut self.databases, &state.databases),
            (&mut self.caches, &state.caches),
        ] {
            for (pool, now) in pools.iter_mut().zip(states) {
                pool.pods = u32::from(now.up);
                pool.stalled_until = now.stalled_until;
                if !now.up {
                    pool.vanish();
                }
            }
        }
    }

    /// Each calling pod of a zone has connections of its own.
    fn connect(&mut self, d: usize, calls: usize, z: usize, pods: u32) {
        for k in 0..calls {
            let at = self.call_at(d, k, z);
            self.guards[at].is_used = pods > 0;
            if let Some(pool) = &mut self.guards[at].connections {
                pool.resize(pods);
                pool.queues = pods;
            }
        }
    }

    /// Repeats passes until rates and response times agree, for a step of so many seconds up to its
    /// end.
    pub fn solve(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        entry: &Entry,
        attempt_rate: f64,
        (end, seconds): (SimTime, f64),
    ) {
        for pass in 0..PASSES {
            if self.lag > NEGLIGIBLE {
                let damping = if pass < 3 { 1.0 } else { 0.5 };
                self.backwards(graph, state, damping);
                self.lag = 0.0;
            }
            let change = self.forwards(graph, entry, attempt_rate, (end, seconds));
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
        let connections = self
            .guards
            .iter()
            .filter_map(|it| it.connections.as_deref());
        let mut known = Known::default();
        self.queues()
            .chain(connections)
            .filter(|pool| pool.pods > 0)
            .try_fold(MOST_INDIFFERENT, |most, pool| {
                pool.indifference(most, INDIFFERENT, &mut known)
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
        let pools = self
            .guards
            .iter_mut()
            .filter_map(|it| it.connections.as_mut());
        for pool in pools {
            pool.commit(seconds);
        }
    }

    /// A step up to `now` is over: breakers count what calls met. True when one has opened or
    /// closed.
    pub fn watch(&mut self, now: SimTime, seconds: f64) -> bool {
        let mut changed = false;
        for (guard, call) in self.guards.iter_mut().zip(&self.calls) {
            if let Some(breaker) = guard.breaker.as_mut().filter(|_| guard.is_used) {
                changed |= breaker.observe(now, seconds, call.rate, &call.attempt);
            }
        }
        if changed {
            self.lag = f64::INFINITY;
        }
        changed
    }

    /// When some breaker wants to be looked at again.
    #[must_use]
    pub fn looks_again(&self, now: SimTime) -> Option<SimTime> {
        let used = self.guards.iter().filter(|it| it.is_used);
        let breakers = used.filter_map(|it| it.breaker);
        breakers.filter_map(|it| it.looks_again(now)).min()
    }

    /// Arrival rates, from the users to the last called. Returns the largest change of a wait as a
    /// share of the time at its station.
    fn forwards(
        &mut self,
        graph: &FlowGraph,
        entry: &Entry,
        attempt_rate: f64,
        (end, seconds): (SimTime, f64),
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
        let (mut change, mut known) = (0.0_f64, Known::default());
        for (d, flow) in graph.deployments.iter().enumerate() {
            for z in 0..self.zones {
                let at = d * self.zones + z;
                change = change.max(self.pools[at].serve(end, seconds, &mut known));
                let begun = self.pools[at].service.throughput;
                for (k, call) in flow.calls.iter().enumerate() {
                    let call_at = self.call_at(d, k, z);
                    let now = &mut self.calls[call_at];
                    now.rate = begun * now.reach * now.group.attempts;
                    let mut rate = now.rate;
                    if let Some(pool) = &mut self.guards[call_at].connections {
                        pool.arrival_rate = 0.0;
                        pool.patience_sum = 0.0;
                        pool.arrive(rate, call.timeout_s);
                        change = change.max(pool.serve(end, seconds, &mut known));
                        // Who gives up before having a connection never reaches the callee.
                        rate = rate.min(pool.service.throughput);
                    }
                    self.arrive(call, rate);
                }
            }
        }
        for pool in self.databases.iter_mut().chain(&mut self.caches) {
            if pool.pods > 0 {
                change = change.max(pool.serve(end, seconds, &mut known));
            } else {
                pool.service = Service::default();
            }
        }
        change
    }

    /// Share of the calls to a deployment that meet a pod which serves.
    fn inside_live(&self, d: usize) -> f64 {
        1.0 - self.inside_dead[d] - self.inside_refused[d]
    }

    fn arrive(&mut self, call: &CallFlow, rate: f64) {
        match call.target {
            Target::Database(at) => self.databases[at].arrive(rate, call.timeout_s),
            Target::Cache(at) => self.caches[at].arrive(rate, call.timeout_s),
            Target::External(at) => self.externals[at].arrive(rate, call.timeout_s),
            Target::Deployment(d) => {
                let live = self.inside_live(d);
                for z in 0..self.zones {
                    let at = d * self.zones + z;
                    let share = self.inside[at] * live;
                    self.pools[at].arrive(rate * share, call.timeout_s);
                }
            }
        }
    }
}

//! The fluid data plane: requests as rates, days in milliseconds.
//!
//! The real thing is a crowd of requests that queue, call each other, time out and try again. Here
//! the crowd is a set of flows. A step of up to a minute does four things:
//!
//! 1. [`network`]: arrival rates forwards from the users, response times backwards from the last
//!    called, until both agree. Each pool of pods in a zone, each database and cache is a
//!    [`station`] with a queue that outlives the step; a server is held while it waits for its
//!    calls, so a slow or dead dependency fills its callers.
//! 2. [`panel`]: the law of end-to-end response times, by following a fixed set of virtual requests
//!    through the stations' laws of the moment.
//! 3. [`ledger`]: the users' requests are booked: answered, failed (by cause), between attempts, or
//!    inside. Nothing is made or lost; retries feed back into the next step's arrivals.
//! 4. CPU, utilization, bytes and connections are handed to the recorder and the control plane.
//!
//! Assumed: arrivals are Poisson at every station; pods of a zone share one queue, as under a
//! balancer that knows the least loaded one; calls of a request fail independently; a fault's
//! effect on waits is seen within a step. Left out: connection pools, TCP, connections kept alive
//! to dead pods. Checked against closed forms by `tests/integration/fluid_theory.rs`.

pub mod calls;
pub mod erlang;
pub mod law;
pub mod ledger;
pub mod network;
pub mod panel;
pub mod patience;
pub mod pool;
pub mod station;

use crate::model::ZoneIndex;
use crate::units::{SimDuration, SimTime};

use super::entry::{Entry, live_targets};
use super::event::{Event, EventKind};
use super::flow::{FlowGraph, FlowState, Observation, Target};
use super::meter::{CallTraffic, EntryTraffic, Meters};
use super::recorder::{Recorder, RequestCounts};
use super::run_log::FailureCause;

use ledger::{Flows, Ledger, Outcome};
use network::Network;
use panel::Panel;
use pool::Pool;

/// Longest step when nothing moves.
const QUIET_STEP: SimDuration = SimDuration::from_s(60);
/// Longest step while a queue builds up or is worked off.
const BUSY_STEP: SimDuration = SimDuration::from_s(5);
/// Step right after a change of state.
const FIRST_STEP: SimDuration = SimDuration::from_s(1);
/// Steps of that length after a change, unless everything rests again before.
const FIRST_STEPS: u32 = 10;
/// A station is saturated above this traffic intensity with a queue, and no longer so below the
/// other.
const SATURATED: f64 = 1.0;
const DESATURATED: f64 = 0.95;

/// The fluid data plane of one run.
#[derive(Debug, Clone)]
pub struct FluidPlane {
    entry: Entry,
    network: Network,
    panel: Panel,
    ledger: Ledger,
    flows: Flows,
    meters: Option<Meters>,
    observation: Observation,
    /// What was seen of the pods behind the entry: live and dead targets per zone.
    targets: Vec<(u32, u32)>,
    version: Option<u64>,
    outcome: Outcome,
    /// Mean time of a failed attempt, in seconds.
    fail_s: f64,
    steps_since_change: u32,
    at_rest: bool,
    saturated: Vec<bool>,
    /// The recorder's numbers of pools, databases and caches, in one row.
    numbers: Vec<usize>,
    steady: Option<Steady>,
}

/// A solution that holds for a while: rates may follow the load in proportion.
#[derive(Debug, Clone, Copy)]
struct Steady {
    /// Attempts per second of the solution.
    attempt_rate: f64,
    /// Attempts in progress under it.
    staying: f64,
    /// The largest change of the load, as a share, that leaves waits as good as unchanged.
    allowed: f64,
    /// Load to which the network's rates are scaled, as a multiple of the solution's.
    scale: f64,
}

impl FluidPlane {
    /// An empty system.
    #[must_use]
    pub fn new(graph: &FlowGraph) -> Self {
        let network = Network::new(graph);
        let stations = network.pools.len() + network.databases.len() + network.caches.len();
        Self {
            entry: Entry::default(),
            panel: Panel::new(graph),
            ledger: Ledger::new(graph.entry.call.attempts, graph.entry.call.backoff_s),
            flows: Flows::default(),
            meters: None,
            observation: Observation {
                cpu_cores: vec![0.0; network.pools.len()],
            },
            targets: vec![(0, 0); graph.zone_count],
            version: None,
            outcome: Outcome {
                ok: 1.0,
                failed: [0.0; 6],
            },
            fail_s: 0.0,
            steps_since_change: 0,
            at_rest: false,
            saturated: vec![false; stations],
            numbers: Vec::new(),
            steady: None,
            network,
        }
    }

    /// Requests inside the system.
    #[must_use]
    pub fn in_flight(&self) -> f64 {
        self.ledger.in_flight()
    }

    /// True when no queue is building up or being worked off and no change of state is fresh.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        self.at_rest
    }

    /// How long the next step may be.
    #[must_use]
    pub const fn step_hint(&self) -> SimDuration {
        if self.at_rest {
            QUIET_STEP
        } else if self.steps_since_change < FIRST_STEPS {
            FIRST_STEP
        } else {
            BUSY_STEP
        }
    }

    /// The stations, for tests and inspection.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Moves requests from `from` to `to` under `state`, `offered_rps` new ones per second.
    pub fn advance(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        offered_rps: f64,
        from: SimTime,
        to: SimTime,
        recorder: &mut Recorder,
    ) -> &Observation {
        let seconds = to.since(from).as_s_f64();
        if seconds <= 0.0 {
            return &self.observation;
        }
        self.flows.attempts = 0.0;
        self.flows.succeeded.fill(0.0);
        self.flows.failed = [0.0; 6];
        let inside_before = self.ledger.in_progress();
        self.take_state(graph, state);
        let offered = offered_rps.max(0.0) * seconds;
        let attempts = self.ledger.attempts(offered, seconds, &self.outcome);
        let rate = attempts / seconds;
        let followed = self.follow_load(rate);
        let staying = followed.unwrap_or_else(|| {
            self.network.solve(graph, state, &self.entry, rate, seconds);
            self.panel
                .look(graph, state, &self.entry, &self.network, self.at_rest);
            self.judge(graph, rate)
        });
        self.ledger
            .play(offered, seconds, staying, &self.outcome, &mut self.flows);
        if followed.is_none() {
            self.network.commit();
            self.steps_since_change = self.steps_since_change.saturating_add(1);
            let rested = self.at_rest;
            self.at_rest = self.rests(staying);
            let allowed = (rested && self.at_rest).then(|| self.network.indifference());
            self.steady = allowed.flatten().map(|allowed| Steady {
                attempt_rate: rate,
                staying,
                allowed,
                scale: 1.0,
            });
        }
        let traffic = EntryTraffic {
            attempts: self.flows.attempts,
            succeeded: self.flows.succeeded.iter().sum(),
            in_progress_s: 0.5 * (inside_before + self.ledger.in_progress()) * seconds,
            seconds,
        };
        self.report(graph, state, &traffic, offered, recorder);
        self.note_saturation(to, recorder);
        &self.observation
    }

    /// Takes a new state over; requests on pods that died are lost.
    fn take_state(&mut self, graph: &FlowGraph, state: &FlowState) {
        if self.version == Some(state.version) {
            return;
        }
        self.version = Some(state.version);
        self.entry = Entry::new(graph, state);
        if let Some(d) = self.entry.deployment {
            let pods = &state.pods[d * graph.zone_count..(d + 1) * graph.zone_count];
            let (mut inside, mut lost) = (0.0, 0.0);
            for (z, group) in pods.iter().enumerate() {
                let now = (live_targets(group, state.fail_open), group.dead_in_balancer);
                let before = std::mem::replace(&mut self.targets[z], now);
                let died = before
                    .0
                    .saturating_sub(now.0)
                    .min(now.1.saturating_sub(before.1));
                let pool = &self.network.pools[d * graph.zone_count + z];
                let here = pool.queue.length + pool.service.throughput * pool.hold.mean;
                inside += here;
                if before.0 > 0 {
                    lost += here * f64::from(died) / f64::from(before.0);
                }
            }
            if lost > 0.0 && inside > 0.0 {
                self.ledger.lose((lost / inside).min(1.0), &mut self.flows);
            }
        }
        self.network.set_state(graph, state, &self.entry);
        self.steady = None;
        self.steps_since_change = 0;
        self.at_rest = false;
    }

    /// Scales the last solution to a load that differs little from its own; none when a new one is
    /// due. Returns how many attempts would be in progress.
    fn follow_load(&mut self, attempt_rate: f64) -> Option<f64> {
        let steady = self.steady.as_mut()?;
        let scale = attempt_rate / steady.attempt_rate;
        // Written so that a rate of zero over zero does not pass.
        if (scale - 1.0).abs() <= steady.allowed {
            self.network.scale(scale / steady.scale);
            steady.scale = scale;
            return Some(steady.staying * scale);
        }
        None
    }

    /// What becomes of attempts at this moment. Returns how many would be in progress.
    fn judge(&mut self, graph: &FlowGraph, attempt_rate: f64) -> f64 {
        let flow = &graph.entry;
        let timeout_s = flow.call.timeout_s;
        let trip_s =
            graph.round_trips.user_s + flow.added_latency_s + graph.round_trips.same_zone_s;
        let entry = &self.entry;
        let mut failed = entry.failed;
        let mut fail_sum = 0.0;
        let mut staying = 0.0;
        for cause in FailureCause::ALL {
            let spent = failed[cause.index()] * entry.fail_s[cause.index()];
            fail_sum += spent;
            staying += attempt_rate * spent;
        }
        let mut ok = 0.0;
        if let Some(d) = entry.deployment {
            for z in 0..graph.zone_count {
                let pool = &self.network.pools[d * graph.zone_count + z];
                let reach = entry.reach[z];
                let service = &pool.service;
                let mut add = |cause: FailureCause, share: f64, after_s: f64| {
                    failed[cause.index()] += share;
                    fail_sum += share * after_s;
                };
                add(
                    FailureCause::Rejected,
                    reach * service.refused,
                    trip_s.min(timeout_s),
                );
                add(FailureCause::TimedOut, reach * service.gave_up, timeout_s);
                let served = reach * service.served();
                let late = served * pool.ok * self.panel.late();
                add(FailureCause::TimedOut, late, timeout_s);
                ok += served * pool.ok - late;
                let error_s = trip_s + service.wait().mean + pool.fail_s;
                let error = served * (1.0 - pool.ok);
                if error_s >= timeout_s {
                    add(FailureCause::TimedOut, error, timeout_s);
                } else {
                    add(FailureCause::DependencyFailed, error, error_s);
                }
                let held_s = pool.hold.mean.min(timeout_s);
                staying += service.queue + service.throughput * held_s;
                staying += attempt_rate * reach * trip_s.min(timeout_s);
            }
        }
        let bad: f64 = failed.iter().sum();
        self.fail_s = if bad > 0.0 { fail_sum / bad } else { 0.0 };
        // Shares are of all attempts; rounding must not leave a rest.
        let total = (ok + bad).max(1e-300);
        self.outcome.ok = (ok / total).clamp(0.0, 1.0);
        for (share, failed) in self.outcome.failed.iter_mut().zip(failed) {
            *share = failed / total;
        }
        staying
    }

    /// True when queues, books and rates have found their place.
    fn rests(&self, staying: f64) -> bool {
        let settled = self.network.queues().all(|pool| pool.service.is_at_rest());
        let booked = (self.ledger.in_progress() - staying).abs() <= 0.02 * staying + 0.5;
        settled && booked && self.steps_since_change >= 2
    }

    /// Hands the step to the recorder and the control plane.
    fn report(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        traffic: &EntryTraffic,
        offered: f64,
        recorder: &mut Recorder,
    ) {
        recorder.requests(&RequestCounts {
            offered,
            succeeded: traffic.succeeded,
            failed: self.flows.failed,
            attempts: traffic.attempts,
            in_flight: self.ledger.in_flight(),
        });
        let timeout_s = graph.entry.call.timeout_s;
        let each_s = self.fail_s + graph.entry.call.backoff_s;
        for (number, requests) in self.flows.succeeded.iter().enumerate() {
            let before_s = number as f64 * each_s;
            self.panel.record(recorder, *requests, before_s, timeout_s);
        }
        if self.numbers.is_empty() {
            let index = recorder.index();
            let rows = index.pods.iter().chain(&index.databases);
            self.numbers = rows.chain(&index.caches).copied().collect();
        }
        let meters = *self.meters.get_or_insert_with(|| Meters::new(recorder));
        let network = &self.network;
        let calls = |d, k, z| {
            let call = &network.calls[network.call_at(d, k, z)];
            CallTraffic {
                attempts: call.rate * traffic.seconds,
                ok: call.attempt.ok,
                crossing: call.crossing,
            }
        };
        meters.record(graph, state, &self.entry, traffic, calls, recorder);
        for (at, pool) in self.network.pools.iter().enumerate() {
            let flow = &graph.deployments[at / graph.zone_count];
            self.observation.cpu_cores[at] = pool.service.throughput * flow.cpu_s_per_request;
        }
        self.report_stations(graph, state, traffic, recorder);
    }

    fn report_stations(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        traffic: &EntryTraffic,
        recorder: &mut Recorder,
    ) {
        let seconds = traffic.seconds;
        for (number, station) in self.numbers.iter().copied().enumerate() {
            let pool = self.station(number);
            let (busy, rate) = (pool.service.utilization, pool.arrival_rate);
            recorder.load(station, seconds, busy, rate, self.saturated[number]);
        }
        let attempt_rate = traffic.attempts / seconds;
        for z in 0..graph.zone_count {
            if let Some(station) = recorder.index().balancer_nodes[z] {
                let rate = attempt_rate * state.entry[z].dns_share;
                recorder.load(station, seconds, 0.0, rate, false);
            }
        }
        for (at, pool) in self.network.externals.iter().enumerate() {
            let station = recorder.index().externals[at];
            recorder.load(station, seconds, 0.0, pool.arrival_rate, false);
        }
        self.report_gateways(graph, state, seconds, recorder);
    }

    /// Calls per second through each NAT gateway.
    fn report_gateways(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        seconds: f64,
        recorder: &mut Recorder,
    ) {
        for (d, deployment) in graph.deployments.iter().enumerate() {
            for (k, call) in deployment.calls.iter().enumerate() {
                let Target::External(at) = call.target else {
                    continue;
                };
                for z in 0..graph.zone_count {
                    if !graph.externals[at].by_nat || !state.egress[z] {
                        continue;
                    }
                    let rate = self.network.calls[self.network.call_at(d, k, z)].rate;
                    let gateway = recorder.index().nat_gateways[state.egress_zone[z]];
                    if let Some(station) = gateway {
                        recorder.load(station, seconds, 0.0, rate, false);
                    }
                }
            }
        }
    }

    /// Pools, databases and caches in one row.
    fn station(&self, number: usize) -> &Pool {
        let network = &self.network;
        let beyond_pools = number.wrapping_sub(network.pools.len());
        let beyond_databases = beyond_pools.wrapping_sub(network.databases.len());
        network
            .pools
            .get(number)
            .or_else(|| network.databases.get(beyond_pools))
            .unwrap_or_else(|| &network.caches[beyond_databases])
    }

    /// Notes stations whose queue begins to grow without bound, or is worked off.
    fn note_saturation(&mut self, at: SimTime, recorder: &mut Recorder) {
        for number in 0..self.numbers.len() {
            let station = self.numbers[number];
            let service = self.station(number).service;
            let busy = service.traffic_intensity;
            let now = if self.saturated[number] {
                busy > DESATURATED || !service.is_at_rest()
            } else {
                busy > SATURATED && service.throughput > 0.0 && service.wait_s > 0.0
            };
            if now == self.saturated[number] {
                continue;
            }
            self.saturated[number] = now;
            let Some(row) = recorder.stations().get(station) else {
                continue;
            };
            let event = Event {
                at,
                entity: row.component.clone(),
                zone: row.zone.map(ZoneIndex),
                cause: None,
                kind: if now {
                    EventKind::Saturated {
                        traffic_intensity: busy,
                    }
                } else {
                    EventKind::Desaturated
                },
            };
            recorder.event(event);
        }
    }
}

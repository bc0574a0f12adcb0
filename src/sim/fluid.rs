//! The fluid data plane: requests as rates, days in milliseconds.
//!
//! The real thing is a crowd of requests that queue, call each other, time out and try again. Here
//! the crowd is a set of flows. A step of up to a minute does four things:
//!
//! 1. [`network`]: arrival rates forwards from the users, response times backwards from the last
//!    called, until both agree. The pods of a zone, each database and each cache are a [`station`]
//!    with queues that outlive the step; unless they run an event loop, servers are held while they
//!    wait for their calls, so a slow or dead dependency fills its callers.
//! 2. [`panel`]: the law of end-to-end response times, by following a fixed set of virtual requests
//!    through the stations' laws of the moment.
//! 3. [`ledger`]: the users' requests are booked: answered, failed (by cause), between attempts, or
//!    inside. Nothing is made or lost; retries feed back into the next step's arrivals.
//! 4. CPU goes to the control plane; requests, utilization, bytes and connections add up until they
//!    are written down (`report.rs`).
//!
//! A step whose load differs little from that of the last solution follows it: rates move in
//! proportion, waits and chances stay, and only the books are kept.
//!
//! Assumed: arrivals are Poisson but where a balancer hands them out (`balancing.rs`); calls of a
//! request fail independently. Left out: TCP, connections kept alive to dead pods, calls at the
//! same time as batches, and what users themselves do beside trying again (a budget, a breaker, a
//! hedge). Checked against closed forms by `tests/integration/fluid_theory.rs`, and against the
//! request-level plane by `tests/integration/agreement.rs`.

mod balancing;
pub mod calls;
mod discipline;
pub mod erlang;
pub mod guard;
mod largest;
pub mod law;
pub mod ledger;
mod lengths;
pub mod network;
pub mod panel;
pub mod patience;
pub mod pool;
mod report;
mod standstill;
pub mod station;

use crate::model::ZoneIndex;
use crate::units::{SimDuration, SimTime};

use super::entry::{Entry, live_targets};
use super::event::{Event, EventKind};
use super::flow::{FlowGraph, FlowState, Observation};
use super::recorder::Recorder;
use super::run_log::{ByCause, FailureCause};

use law::Moments;
use ledger::{Ledger, Outcome};
use network::Network;
use panel::Panel;
use pool::Pool;
use report::{Failing, Relieved, Reporter, Solution, Stretch};

/// Longest step when nothing moves.
const QUIET_STEP: SimDuration = SimDuration::from_s(60);
/// Longest step while a queue builds up or is worked off.
const BUSY_STEP: SimDuration = SimDuration::from_s(5);
/// Steps right after a change of state, unless everything rests again before: how many, and how
/// long each.
const FIRST_STEPS: (u32, SimDuration) = (4, SimDuration::from_ms(250));
/// Steps after those, likewise.
const NEXT_STEPS: (u32, SimDuration) = (10, SimDuration::from_s(1));
/// Shares of attempts that move by less than this share are settled.
const SETTLED: f64 = 0.01;
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
    stretch: Stretch,
    reporter: Reporter,
    /// CPU cores in use under the solution, at `deployment * zones + zone`.
    cores: Vec<f64>,
    observation: Observation,
    /// What was seen of the pods behind the entry: live and dead targets per zone.
    targets: Vec<(u32, u32)>,
    /// The platform as it was last shown; none before the first step.
    state: Option<FlowState>,
    outcome: Outcome,
    /// By which share the successes among attempts moved with the last step.
    moved: f64,
    failing: Failing,
    steps_since_change: u32,
    at_rest: bool,
    /// How soon after the last solution a breaker wants to be looked at.
    looks_again: Option<SimDuration>,
    /// Of each station with a queue: it grows without bound, or is worked off after that.
    saturated: Vec<bool>,
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
}

impl Steady {
    /// Attempts in progress under another load, and that load as a multiple of the solution's; none
    /// when it differs too much.
    fn follow(&self, attempt_rate: f64) -> Option<(f64, f64)> {
        let scale = attempt_rate / self.attempt_rate;
        // Written so that a rate of zero over zero does not pass.
        ((scale - 1.0).abs() <= self.allowed).then_some((self.staying * scale, scale))
    }
}

impl FluidPlane {
    /// An empty system.
    #[must_use]
    pub fn new(graph: &FlowGraph) -> Self {
        let network = Network::new(graph);
        let stations = network.queues().count();
        Self {
            entry: Entry::default(),
            panel: Panel::new(graph),
            ledger: Ledger::new(graph.entry.call.attempts, graph.entry.call.backoff_s),
            stretch: Stretch::default(),
            reporter: Reporter::default(),
            cores: vec![0.0; network.pools.len()],
            observation: Observation {
                cpu_cores: vec![0.0; network.pools.len()],
                requests: vec![0.0; network.pools.len()],
                in_flight: vec![0.0; network.pools.len()],
                entry_rate: 0.0,
                external_calls: vec![0.0; network.externals.len()],
            },
            targets: vec![(0, 0); graph.zone_count],
            state: None,
            outcome: Outcome {
                ok: 1.0,
                failed: ByCause::default(),
            },
            moved: 0.0,
            failing: Failing::default(),
            steps_since_change: 0,
            at_rest: false,
            looks_again: None,
            saturated: vec![false; stations],
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

    /// How long the next step may be, which will be under `state`.
    #[must_use]
    pub fn step_hint(&self, state: &FlowState) -> SimDuration {
        if !self.knows(state) {
            return FIRST_STEPS.1;
        }
        let hint = if self.at_rest {
            QUIET_STEP
        } else if self.steps_since_change < FIRST_STEPS.0 {
            FIRST_STEPS.1
        } else if self.steps_since_change < FIRST_STEPS.0 + NEXT_STEPS.0 {
            NEXT_STEPS.1
        } else {
            BUSY_STEP
        };
        // No step is of no length at all.
        let moment = SimDuration::from_ms(1);
        self.looks_again
            .map_or(hint, |soon| hint.min(soon.max(moment)))
    }

    /// True when the last step was under this state.
    fn knows(&self, state: &FlowState) -> bool {
        self.state.as_ref().map(|it| it.version) == Some(state.version)
    }

    /// The stations as last solved, for tests and inspection. The load may have moved since by as
    /// little as leaves waits as they are.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Moves requests from `from` to `to` under `state`, `offered_rps` new ones per second. What is
    /// seen of them reaches the recorder with [`Self::report`].
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
        let inside_before = self.ledger.in_progress();
        self.panel.follow_callees(graph, recorder.follows_callees());
        if !self.knows(state) {
            self.report(graph, recorder);
            self.take_state(graph, state);
        }
        let offered = offered_rps.max(0.0) * seconds;
        let attempts = self.ledger.attempts(offered, seconds, &self.outcome);
        let rate = attempts / seconds;
        let followed = self.steady.and_then(|it| it.follow(rate));
        let (staying, scale) = followed.unwrap_or_else(|| {
            self.report(graph, recorder);
            (self.solve(graph, state, rate, (to, seconds)), 1.0)
        });
        let stretch = &mut self.stretch;
        self.ledger
            .play(offered, seconds, staying, &self.outcome, &mut stretch.flows);
        stretch.offered += offered;
        stretch.in_progress_s += 0.5 * (inside_before + self.ledger.in_progress()) * seconds;
        stretch.seconds += scale * seconds;
        if followed.is_none() {
            self.settle(rate, staying, to, seconds);
            self.report(graph, recorder);
            self.note_saturation(to, recorder);
        }
        for (seen, cores) in self.observation.cpu_cores.iter_mut().zip(&self.cores) {
            *seen = cores * scale;
        }
        for (at, pool) in self.network.pools.iter().enumerate() {
            self.observation.requests[at] = pool.arrival_rate * scale;
            self.observation.in_flight[at] = pool.in_flight() * scale;
        }
        self.observation.entry_rate = rate;
        let seen = self.observation.external_calls.iter_mut();
        for (seen, pool) in seen.zip(&self.network.externals) {
            *seen = pool.arrival_rate * scale;
        }
        &self.observation
    }

    /// Writes down what the steps since the last report add up to. To be called before an interval
    /// of the recorder closes.
    pub fn report(&mut self, graph: &FlowGraph, recorder: &mut Recorder) {
        let Some(state) = self.state.as_ref().filter(|_| self.stretch.seconds > 0.0) else {
            return;
        };
        let solution = Solution {
            graph,
            state,
            entry: &self.entry,
            network: &self.network,
            panel: &self.panel,
            failing: self.failing,
        };
        let in_flight = self.ledger.in_flight();
        let stretch = &mut self.stretch;
        self.reporter
            .write(&solution, stretch, &self.saturated, in_flight, recorder);
    }

    /// Finds rates, waits and response times for a step. Returns how many attempts would be in
    /// progress.
    fn solve(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        attempt_rate: f64,
        step: (SimTime, f64),
    ) -> f64 {
        self.network
            .solve(graph, state, &self.entry, attempt_rate, step);
        self.panel
            .look(graph, state, &self.entry, &self.network, self.at_rest);
        if self.panel.fell() && self.stretch.relieved.is_over() {
            self.panel.remember_before();
            self.stretch.relieved = Relieved::new(self.at_pods());
        }
        let flows = graph.deployments.iter();
        let cpu_s =
            flows.flat_map(|it| std::iter::repeat_n(it.cpu_s_per_request, graph.zone_count));
        let pools = self.cores.iter_mut().zip(&self.network.pools);
        for (at, ((cores, pool), cpu_s)) in pools.zip(cpu_s).enumerate() {
            let conduct = &state.conduct[at / graph.zone_count];
            *cores = pool.service.throughput * cpu_s * conduct.mean_factor();
        }
        self.judge(graph, state, attempt_rate)
    }

    /// Requests at the pods that users reach, when the step began.
    fn at_pods(&self) -> f64 {
        let zones = self.entry.reach.len();
        let Some(d) = self.entry.deployment else {
            return 0.0;
        };
        let pools = &self.network.pools[d * zones..(d + 1) * zones];
        pools.iter().map(Pool::present).sum()
    }

    /// The step under a new solution is over: queues take their new lengths, and when everything
    /// rests the next steps may follow the load.
    fn settle(&mut self, attempt_rate: f64, staying: f64, now: SimTime, seconds: f64) {
        self.network.commit(seconds);
        self.steps_since_change = self.steps_since_change.saturating_add(1);
        if self.network.watch(now, seconds) {
            self.steps_since_change = 0;
        }
        self.looks_again = self.network.looks_again(now).map(|at| at.since(now));
        self.at_rest = self.rests(staying);
        // While a station is saturated, each step is solved, so that the end of that is seen.
        let calm = self.panel.is_fine()
            && self.at_rest
            && self.looks_again.is_none()
            && !self.saturated.contains(&true);
        let allowed = calm.then(|| self.network.indifference());
        self.steady = allowed.flatten().map(|allowed| Steady {
            attempt_rate,
            staying,
            allowed,
        });
    }

    /// Takes a new state over; requests on pods that died are lost.
    fn take_state(&mut self, graph: &FlowGraph, state: &FlowState) {
        self.entry = Entry::new(graph, state);
        if let Some(d) = self.entry.deployment {
            let pods = &state.pods[d * graph.zone_count..(d + 1) * graph.zone_count];
            let (mut inside, mut lost) = (0.0, 0.0);
            let drain_s = graph.deployments[d].drain_s;
            for (z, group) in pods.iter().enumerate() {
                let now = (
                    live_targets(group, state.fail_open),
                    group.lost_in_balancer(),
                );
                let before = std::mem::replace(&mut self.targets[z], now);
                let died = before
                    .0
                    .saturating_sub(now.0)
                    .min(now.1.saturating_sub(before.1));
                let pool = &self.network.pools[d * graph.zone_count + z];
                let here = pool.queue.length + pool.service.throughput * pool.stay.mean;
                inside += here;
                if before.0 > 0 {
                    let leaving = before.0.saturating_sub(now.0) - died;
                    let gone = f64::from(died) + f64::from(leaving) * pool.cut_off(drain_s);
                    lost += here * gone / f64::from(before.0);
                }
            }
            if lost > 0.0 && inside > 0.0 {
                let flows = &mut self.stretch.flows;
                self.ledger.lose((lost / inside).min(1.0), flows);
            }
        }
        self.network.set_state(graph, state, &self.entry);
        self.state = Some(state.clone());
        self.steady = None;
        self.steps_since_change = 0;
        self.at_rest = false;
    }

    /// What becomes of attempts at this moment. Returns how many would be in progress.
    fn judge(&mut self, graph: &FlowGraph, state: &FlowState, attempt_rate: f64) -> f64 {
        let flow = &graph.entry;
        let timeout_s = flow.call.timeout_s;
        let trip_s =
            graph.round_trips.user_s + flow.added_latency_s + graph.round_trips.same_zone_s;
        let entry = &self.entry;
        let mut failing = Failing::default();
        let mut staying = 0.0;
        for (share, after_s) in entry.failures() {
            failing.add(share, after_s, timeout_s);
            staying += attempt_rate * (share * after_s);
        }
        let mut failed = entry.failed;
        failed[FailureCause::TargetUnreachable.index()] += entry.refused;
        let mut ok = 0.0;
        if let Some(d) = entry.deployment {
            for z in 0..graph.zone_count {
                let pool = &self.network.pools[d * graph.zone_count + z];
                let trip_s = trip_s + Moments::of(entry.delays_to(z)).mean;
                let reach = entry.reach[z];
                let service = &pool.service;
                let mut add = |cause: FailureCause, share: f64, after_s: f64| {
                    failed[cause.index()] += share;
                    failing.add(share, after_s, timeout_s);
                };
                let refused = reach * service.refused;
                add(FailureCause::Rejected, refused, trip_s.min(timeout_s));
                add(FailureCause::TimedOut, reach * service.gave_up, timeout_s);
                let served = reach * service.served();
                let late = served * pool.ok * self.panel.late();
                add(FailureCause::TimedOut, late, timeout_s);
                ok += served * pool.ok - late;
                let error_s = trip_s + service.wait().mean + pool.fail_s;
                // What a bad release answers fails before any call is made.
                let conduct = &state.conduct[d];
                let bad = served * (conduct.error_share - conduct.lost_share);
                let error = (served * (1.0 - pool.ok) - bad).max(0.0);
                if error_s >= timeout_s {
                    add(FailureCause::TimedOut, error + bad, timeout_s);
                } else {
                    add(FailureCause::DependencyFailed, error, error_s);
                    add(FailureCause::ReleaseFailed, bad, error_s);
                }
                staying += if pool.serves_abandoned {
                    // The station goes on with what its callers have left.
                    let time = service.wait().plus(pool.stay);
                    let late = time.tail(timeout_s);
                    let within_s = time.mean_within(timeout_s, late);
                    let mean_s = (1.0 - late) * within_s + late * timeout_s;
                    attempt_rate * served * mean_s
                } else {
                    service.queue + service.throughput * pool.stay.mean.min(timeout_s)
                };
                staying += attempt_rate * reach * trip_s.min(timeout_s);
            }
        }
        let bad: f64 = failed.iter().sum();
        self.failing = failing;
        // Shares are of all attempts; rounding must not leave a rest.
        let total = (ok + bad).max(1e-300);
        let before = std::mem::replace(&mut self.outcome.ok, (ok / total).clamp(0.0, 1.0));
        self.moved = (self.outcome.ok - before).abs() / before.max(f64::MIN_POSITIVE);
        for (share, failed) in self.outcome.failed.iter_mut().zip(failed) {
            *share = failed / total;
        }
        staying
    }

    /// True when queues, books and rates have found their place.
    fn rests(&self, staying: f64) -> bool {
        let settled = self.network.queues().all(|pool| pool.service.is_at_rest());
        let booked = (self.ledger.in_progress() - staying).abs() <= 0.02 * staying + 0.5;
        // Retries answer to what became of the attempts before them.
        let answered = !self.ledger.has_retries() || self.moved <= SETTLED;
        settled && booked && answered && self.steps_since_change >= 2
    }

    /// Notes stations whose queue begins to grow without bound, or is worked off.
    fn note_saturation(&mut self, at: SimTime, recorder: &mut Recorder) {
        let stations = self.reporter.stations.iter().zip(&mut self.saturated);
        for (pool, (station, saturated)) in self.network.queues().zip(stations) {
            let service = pool.service;
            let busy = service.traffic_intensity;
            let now = if *saturated {
                busy > DESATURATED || !service.is_at_rest()
            } else {
                busy > SATURATED && service.throughput > 0.0 && service.wait_s > 0.0
            };
            if now == *saturated {
                continue;
            }
            *saturated = now;
            let Some(row) = recorder.stations().get(*station) else {
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

//! The request-level data plane: every request an event, exact, for minutes to hours.
//!
//! Under the same control plane and graph as the fluid plane, single requests arrive, queue, hold
//! servers, call each other, time out and try again. Nothing is averaged and nothing is assumed to
//! be independent, so this plane is the referee of the fluid one.
//!
//! * [`source`]: when requests arrive.
//! * `visit`: one attempt of a call; `station`: one pod or endpoint, with `sharing` for
//!   processor sharing; `layout`: who is there and who finds whom.
//! * `kind`: what is fixed about each kind of call, and its timers; [`guard`]: retry budgets and
//!   circuit breakers.
//! * `sending`, `journey`, `ending`: what happens to a visit, event by event; `stall`: endpoints
//!   that stand still; `report`: what is told of it all.
//!
//! A call waits for its answer as its caller does: a pod's server is held meanwhile, unless the
//! deployment runs an event loop. A caller that gives up tells nobody; what the server does then is
//! the station's `abandoned_work`. A request's demands (service times, hits, numbers of calls) are
//! drawn by its number and place, so both designs of a pair serve the same requests.
//!
//! The event list stays small: one arrival, one event per busy server or travelling visit, one per
//! list of timers. No step allocates once the crowd has reached its largest size.
//!
//! Assumed: a round trip is spent on the way there; an attempt at a machine without power ends by
//! its caller's timeout; requests of a pod that dies are lost. Left out: TCP but for what lost
//! messages cost ([`super::packet_loss`]), connections kept alive to dead pods.

mod ending;
pub mod guard;
mod journey;
mod kind;
mod layout;
mod report;
mod sending;
mod sharing;
pub mod source;
mod stall;
mod station;
mod visit;

use crate::units::{SimDuration, SimTime};

use super::flow::{FlowGraph, FlowState, Observation};
use super::plane::DataPlane;
use super::queue::EventQueue;
use super::recorder::Recorder;
use super::rng::{RngStream, Uniforms as _};
use super::run_log::FailureCause;

use kind::{Kinds, Timers};
use layout::Layout;
use source::Source;
use visit::{VisitId, Visits};

/// A step plays about so many requests: between two steps a run can be watched and stopped.
const REQUESTS_PER_STEP: u64 = 2000;
/// The shortest step, if nothing is due before.
const SHORTEST_STEP: SimDuration = SimDuration::from_ms(10);
/// The longest step.
const LONGEST_STEP: SimDuration = SimDuration::from_s(15);

/// Twice or half as long as the last step, so that it brings about as many requests as wanted.
fn next_step(last: SimDuration, requests: u64) -> SimDuration {
    let next = if requests > REQUESTS_PER_STEP {
        SimDuration::from_ns(last.as_ns() / 2)
    } else {
        last * 2
    };
    next.max(SHORTEST_STEP).min(LONGEST_STEP)
}

/// Salts of a request's draws. Kinds of calls and caches count on from `NUMBER` and `HIT`.
mod salt {
    pub const NODE: u64 = 1 << 32;
    pub const TARGET: u64 = 2 << 32;
    pub const FORWARDED: u64 = 3 << 32;
    pub const BACKOFF: u64 = 4 << 32;
    pub const SERVICE: u64 = 5 << 32;
    pub const NUMBER: u64 = 6 << 32;
    pub const HIT: u64 = 7 << 32;
    pub const HEDGE: u64 = 8 << 32;
    pub const SHED: u64 = 9 << 32;
    pub const LOSS: u64 = 10 << 32;
    pub const RELEASE: u64 = 11 << 32;
}

/// What is due.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// A visit is sent.
    Send(VisitId),
    /// A visit reaches its station.
    Arrive(VisitId),
    /// A server has done its own work on a visit.
    Serve(VisitId),
    /// One of those that share a station leaves.
    Share(station::StationId),
    /// An external service answers.
    Answer(VisitId),
    /// A failure becomes known.
    Fail(VisitId, FailureCause),
    /// A caller's patience with a visit may be over.
    Expire(u16),
    /// A second attempt beside a visit may be due.
    Hedge(u16),
    /// What a station has that gets nothing new is cut off.
    Cut(station::StationId),
}

/// The request-level data plane of one run.
#[derive(Debug, Clone)]
pub struct RequestsPlane {
    now: SimTime,
    source: Source,
    /// Names the draws of every request.
    key: u64,
    /// Requests so far.
    number: u64,
    queue: EventQueue<Happening>,
    visits: Visits,
    kinds: Kinds,
    patience: Vec<Timers>,
    hedges: Vec<Timers>,
    connections: sending::Connections,
    layout: Layout,
    entrance: sending::Entrance,
    trips: sending::Trips,
    externals: Vec<sending::External>,
    suspended: Vec<stall::Suspended>,
    books: report::Books,
    meters: Option<super::meter::Meters>,
    /// Saturated stations, by row.
    saturated: Vec<bool>,
    observation: Observation,
    version: Option<u64>,
    hint: SimDuration,
}

impl RequestsPlane {
    /// An empty system. `source` makes requests arrive; `stream` names their draws.
    #[must_use]
    pub fn new(graph: &FlowGraph, source: Source, stream: &mut RngStream) -> Self {
        let kinds = Kinds::new(graph);
        let layout = Layout::new(graph);
        Self {
            now: SimTime::START,
            source,
            key: stream.next_u64(),
            number: 0,
            queue: EventQueue::with_capacity(1024),
            visits: Visits::default(),
            patience: vec![Timers::default(); kinds.len()],
            hedges: vec![Timers::default(); kinds.len()],
            connections: sending::Connections::new(kinds.pools),
            entrance: sending::Entrance::new(graph),
            trips: sending::Trips::new(&graph.round_trips),
            externals: sending::External::all(graph),
            suspended: Vec::new(),
            books: report::Books::default(),
            meters: None,
            saturated: vec![false; layout.rows.len()],
            observation: Observation {
                cpu_cores: vec![0.0; graph.deployments.len() * graph.zone_count],
                requests: vec![0.0; graph.deployments.len() * graph.zone_count],
                in_flight: vec![0.0; graph.deployments.len() * graph.zone_count],
                entry_rate: 0.0,
                external_calls: vec![0.0; graph.externals.len()],
            },
            version: None,
            hint: SHORTEST_STEP,
            layout,
            kinds,
        }
    }

    /// Requests inside the system.
    #[must_use]
    pub const fn in_flight(&self) -> u64 {
        self.books.in_flight
    }

    /// Attempts that something still holds, answered or not, for tests.
    #[must_use]
    pub fn visits(&self) -> usize {
        self.visits.count()
    }
}

impl DataPlane for RequestsPlane {
    /// Judged by how many requests the last step brought.
    fn step_end(&mut self, _state: &FlowState, now: SimTime) -> SimTime {
        now + self.hint
    }

    fn advance(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        from: SimTime,
        to: SimTime,
        recorder: &mut Recorder,
    ) -> &Observation {
        if to <= from {
            return &self.observation;
        }
        self.now = from;
        self.books.follow_calls(recorder.follows_callees());
        if self.version != Some(state.version) {
            self.version = Some(state.version);
            for station in self.layout.take_state(graph, state) {
                self.bury(station);
            }
            self.limit_drains();
            self.stop_and_go(state);
        }
        loop {
            let next_event = self.queue.next_time();
            if self.source.next <= next_event {
                if self.source.next >= to {
                    break;
                }
                self.now = self.source.next;
                self.source.advance();
                self.request_arrives();
            } else {
                let Some((at, happening)) = self.queue.pop_due(SimTime::from_ns(to.as_ns() - 1))
                else {
                    break;
                };
                self.now = at;
                self.happen(happening);
            }
        }
        self.now = to;
        self.hint = next_step(to.since(from), self.books.offered);
        self.report(graph, state, (from, to), recorder);
        let seconds = to.since(from).as_s_f64();
        let seen = self.observation.external_calls.iter_mut();
        for (seen, it) in seen.zip(&mut self.externals) {
            *seen = it.take_calls() as f64 / seconds;
        }
        &self.observation
    }
}

//! What is told of a step: to the recorder, and to the autoscalers.

use crate::model::ZoneIndex;
use crate::sim::event::{Event, EventKind};
use crate::sim::flow::{FlowGraph, FlowState, Target};
use crate::sim::meter::{CallTraffic, EntryTraffic, Meters};
use crate::sim::recorder::{Recorder, RequestCounts};
use crate::sim::run_log::{ByCause, FailureCause};
use crate::units::{SimDuration, SimTime};

use super::RequestsPlane;
use super::kind::USERS;
use super::station::Row;

/// What became of the users' requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    /// Requests inside.
    pub in_flight: u64,
    /// Requests that came in this step.
    pub offered: u64,
    /// Requests that failed in this step, by cause.
    failed: ByCause<u64>,
    /// Response times of this step's successes, in nanoseconds.
    response_ns: Vec<u64>,
    /// Callees and response times of this step's answered calls, if they are followed.
    pub calls_ns: Option<Vec<(u32, u64)>>,
}

impl Books {
    /// A request has its answer.
    #[inline]
    pub fn succeed(&mut self, after: SimDuration) {
        self.in_flight -= 1;
        self.response_ns.push(after.as_ns());
    }

    /// A request has failed for good.
    pub const fn fail(&mut self, cause: FailureCause) {
        self.in_flight -= 1;
        self.failed[cause.index()] += 1;
    }

    /// Notes what each answered call takes, or does not.
    pub fn follow_calls(&mut self, wanted: bool) {
        if wanted != self.calls_ns.is_some() {
            self.calls_ns = wanted.then(Vec::new);
        }
    }

    fn clear(&mut self) {
        self.offered = 0;
        self.failed = ByCause::default();
        self.response_ns.clear();
        if let Some(calls) = &mut self.calls_ns {
            calls.clear();
        }
    }
}

impl RequestsPlane {
    /// Hands the step over and begins to count anew.
    pub(super) fn report(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        (from, to): (SimTime, SimTime),
        recorder: &mut Recorder,
    ) {
        let seconds = to.since(from).as_s_f64();
        for row in &mut self.layout.rows {
            row.tally.count(to);
        }
        let attempts = self.kinds.caller(USERS, 0).attempts as f64;
        let succeeded = self.books.response_ns.len() as f64;
        recorder.requests(&RequestCounts {
            offered: self.books.offered as f64,
            succeeded,
            failed: self.books.failed.map(|count| count as f64),
            attempts,
            in_flight: self.books.in_flight as f64,
        });
        let latency = recorder.latency();
        for ns in &self.books.response_ns {
            latency.record(*ns as f64 * 1e-9, 1.0);
        }
        self.report_callees(graph, recorder);
        let traffic = EntryTraffic {
            attempts,
            succeeded,
            in_progress_s: self.books.in_flight as f64 * seconds,
        };
        self.report_bytes(graph, state, &traffic, recorder);
        self.report_loads(graph, state, attempts / seconds, seconds, recorder);
        self.report_gateways(graph, seconds, recorder);
        for (at, cores) in self.observation.cpu_cores.iter_mut().enumerate() {
            let each_s = graph.deployments[at / graph.zone_count].cpu_s_per_request;
            let row = &self.layout.rows[at];
            let work = row.tally.begun as f64 * row.conduct.mean_factor();
            *cores = work * each_s / seconds;
            self.observation.requests[at] = row.tally.arrived as f64 / seconds;
            let stations = row.stations.iter();
            let waiting: u32 = stations
                .map(|it| self.layout.stations[*it as usize].waiting)
                .sum();
            let at_work = row.tally.busy_ns as f64 * 1e-9 / seconds;
            self.observation.in_flight[at] = at_work + f64::from(waiting);
        }
        self.observation.entry_rate = attempts / seconds;
        self.note_saturation(to, recorder);
        self.books.clear();
        self.kinds.clear_tallies();
        for row in &mut self.layout.rows {
            row.tally.clear();
        }
    }

    /// Response times and attempts of each callee, if they are followed.
    fn report_callees(&self, graph: &FlowGraph, recorder: &mut Recorder) {
        let Some(calls) = &self.books.calls_ns else {
            return;
        };
        for (number, ns) in calls {
            if let Some(latency) = recorder.callee(*number as usize) {
                latency.record(*ns as f64 * 1e-9, 1.0);
            }
        }
        for (d, deployment) in graph.deployments.iter().enumerate() {
            for (k, call) in deployment.calls.iter().enumerate() {
                let tallies = (0..graph.zone_count).map(|z| self.kinds.tally(d, k, z));
                let attempts: u64 = tallies.map(|it| it.attempts).sum();
                recorder.callee_attempts(graph.callee(call.target), attempts as f64);
            }
        }
    }

    fn report_bytes(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        traffic: &EntryTraffic,
        recorder: &mut Recorder,
    ) {
        let meters = *self
            .meters
            .get_or_insert_with(|| Meters::new(graph, recorder));
        let kinds = &self.kinds;
        let calls = |d, k, z| {
            let caller = kinds.tally(d, k, z);
            let attempts = caller.attempts as f64;
            CallTraffic {
                attempts,
                // An answer may belong to an attempt of the step before.
                ok: caller.answered as f64 / attempts.max(1.0),
                crossing: caller.crossed as f64 / attempts.max(1.0),
            }
        };
        meters.record(graph, state, &self.layout.entry, traffic, calls, recorder);
    }

    /// Loads of pods, databases and caches, balancer nodes and external services.
    fn report_loads(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        attempt_rate: f64,
        seconds: f64,
        recorder: &mut Recorder,
    ) {
        for (number, row) in self.layout.rows.iter().enumerate() {
            let station = self.number(number, recorder);
            let servers = self.servers(row);
            let busy = row.tally.busy_ns as f64 * 1e-9 / (seconds * f64::from(servers.max(1)));
            let rate = row.tally.arrived as f64 / seconds;
            recorder.load(
                station,
                seconds,
                busy.min(1.0),
                rate,
                self.saturated[number],
            );
        }
        for z in 0..graph.zone_count {
            if let Some(station) = recorder.index().balancer_nodes[z] {
                let rate = attempt_rate * state.entry[z].dns_share;
                recorder.load(station, seconds, 0.0, rate, false);
            }
        }
    }

    /// Calls per second to external services, and through each NAT gateway.
    fn report_gateways(&self, graph: &FlowGraph, seconds: f64, recorder: &mut Recorder) {
        for (d, deployment) in graph.deployments.iter().enumerate() {
            for (k, call) in deployment.calls.iter().enumerate() {
                let Target::External(at) = call.target else {
                    continue;
                };
                for z in 0..graph.zone_count {
                    let rate = self.kinds.tally(d, k, z).attempts as f64 / seconds;
                    let service = recorder.index().externals[at];
                    recorder.load(service, seconds, 0.0, rate, false);
                    let way = self.layout.egress[z].filter(|_| graph.externals[at].by_nat);
                    let gateway = way.and_then(|zone| recorder.index().nat_gateways[zone]);
                    if let Some(station) = gateway {
                        recorder.load(station, seconds, 0.0, rate, false);
                    }
                }
            }
        }
    }

    /// The recorder's number of a row.
    fn number(&self, row: usize, recorder: &Recorder) -> usize {
        let index = recorder.index();
        let parts = index.pods.iter().chain(&index.databases);
        let mut all = parts.chain(&index.caches);
        all.nth(row).copied().unwrap_or(usize::MAX)
    }

    fn servers(&self, row: &Row) -> u32 {
        row.servers * row.stations.len() as u32
    }

    /// Notes rows where more wait than are served, or no longer.
    fn note_saturation(&mut self, at: SimTime, recorder: &mut Recorder) {
        for number in 0..self.layout.rows.len() {
            let row = &self.layout.rows[number];
            let stations = row
                .stations
                .iter()
                .map(|it| &self.layout.stations[*it as usize]);
            let waiting: u32 = stations.map(|it| it.waiting).sum();
            let servers = self.servers(row);
            // As many waiting as served is a wait of one more service: capacity is exceeded, not
            // just met by chance. Half as many is the way back.
            let now = if self.saturated[number] {
                waiting > servers / 2
            } else {
                waiting > servers && servers > 0
            };
            if now == self.saturated[number] {
                continue;
            }
            self.saturated[number] = now;
            let station = self.number(number, recorder);
            let Some(listed) = recorder.stations().get(station) else {
                continue;
            };
            let held = f64::from(row.tally.busy + waiting);
            let event = Event {
                at,
                entity: listed.component.clone(),
                zone: listed.zone.map(ZoneIndex),
                cause: None,
                kind: if now {
                    EventKind::Saturated {
                        traffic_intensity: held / f64::from(servers),
                    }
                } else {
                    EventKind::Desaturated
                },
            };
            recorder.event(event);
        }
    }
}

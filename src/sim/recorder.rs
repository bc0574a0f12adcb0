//! The recorder: turns what both planes report into a run log.
//!
//! Counters add up within an interval and start anew; gauges hold until they are changed. The
//! simulation closes each interval exactly at its boundary, and usage rows with it. Nothing is
//! averaged away: response times go into one histogram per interval, percentiles of the interval
//! are read from it, and the whole is merged into the run's histogram after the warm-up.

use crate::model::Design;
use crate::units::order::sort_by;
use crate::units::{SimDuration, SimTime};

use super::event::{Event, EventId};
use super::flow::{FlowGraph, StationIndex, stations};
use super::histogram::LatencyHistogram;
use super::response_times::{QUANTILES, ResponseTimes};
use super::run_log::{
    ByCause, CalleeLatency, Interval, Meter, QueueSample, QueueTrack, RunHeader, RunLog, Station,
    StationKind, StationSample, StationState, Usage,
};

/// Length of a usage row when intervals are shorter.
const USAGE_ROW: SimDuration = SimDuration::from_min(15);
/// A serving station that is busier than this share counts as highly loaded.
const HIGH_LOAD: f64 = 0.85;

/// What requests did during a step, in requests.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RequestCounts {
    /// Requests that arrived.
    pub offered: f64,
    /// Requests answered in time.
    pub succeeded: f64,
    /// Requests that failed, by [`super::run_log::FailureCause`].
    pub failed: ByCause<f64>,
    /// Attempts made by users, retries included.
    pub attempts: f64,
    /// Requests inside the system at the end of the step.
    pub in_flight: f64,
}

/// Load of a station, added up over an interval.
#[derive(Debug, Clone, Copy, Default)]
struct StationLoad {
    busy_s: f64,
    arrivals: f64,
    backlog: bool,
}

/// Writes a run log while a simulation runs.
#[derive(Debug, Clone)]
pub struct Recorder {
    log: RunLog,
    index: StationIndex,
    interval_from: SimTime,
    now: Interval,
    /// In flight at the end of the last interval.
    in_flight_before: f64,
    response_times: ResponseTimes,
    /// Response times of the current interval per callee; empty unless they are followed.
    callees: Vec<LatencyHistogram>,
    /// Attempts of the current interval per callee.
    callee_attempts: Vec<f64>,
    gauges: Vec<StationSample>,
    loads: Vec<StationLoad>,
    replicas_desired: Vec<u32>,
    meters: Vec<Meter>,
    usage_from: SimTime,
    usage_now: Vec<f64>,
    usage_rows: Vec<Vec<f64>>,
}

impl Recorder {
    /// Starts a run log. All gauges begin at zero pods or nodes and state normal.
    #[must_use]
    pub fn new(header: RunHeader, design: &Design, graph: &FlowGraph) -> Self {
        let rows = stations(design, graph);
        let row_length = usage_row_length(header.interval);
        Self {
            index: StationIndex::new(&rows, graph),
            interval_from: header.start,
            now: Interval::default(),
            in_flight_before: 0.0,
            response_times: ResponseTimes::default(),
            callees: Vec::new(),
            callee_attempts: Vec::new(),
            gauges: vec![StationSample::default(); rows.len()],
            loads: vec![StationLoad::default(); rows.len()],
            replicas_desired: vec![0; graph.deployments.len()],
            meters: Vec::new(),
            usage_from: header.start,
            usage_now: Vec::new(),
            usage_rows: Vec::new(),
            log: RunLog {
                header,
                intervals: Vec::new(),
                stations: rows,
                samples: Vec::new(),
                replicas_desired: Vec::new(),
                deployments: graph.deployments.iter().map(|it| it.id.clone()).collect(),
                latency: LatencyHistogram::default(),
                callees: Vec::new(),
                queues: Vec::new(),
                usage: Usage {
                    row_length,
                    ..Usage::default()
                },
                events: Vec::new(),
            },
        }
    }

    /// Records what stands in a queue; queues are numbered in the order of these calls.
    pub fn follow_queue(&mut self, track: QueueTrack) {
        self.log.queues.push(track);
    }

    /// Notes a queue at the end of an interval that is recorded.
    pub fn queue_sample(&mut self, number: usize, at: SimTime, sample: QueueSample) {
        let recorded = at > self.log.header.start;
        if let Some(queue) = self.log.queues.get_mut(number).filter(|_| recorded) {
            queue.samples.push(sample);
        }
    }

    /// Records response times per callee as well.
    pub fn follow_callees(&mut self, graph: &FlowGraph) {
        self.log.callees = graph
            .callees()
            .map(|id| CalleeLatency {
                id: id.to_string(),
                ..CalleeLatency::default()
            })
            .collect();
        self.callees = vec![LatencyHistogram::default(); self.log.callees.len()];
        self.callee_attempts = vec![0.0; self.log.callees.len()];
    }

    /// True when response times are to be recorded per callee.
    #[must_use]
    pub const fn follows_callees(&self) -> bool {
        !self.callees.is_empty()
    }

    /// The response times of a callee in the current interval, for the data plane to add to; none
    /// unless callees are followed.
    pub fn callee(&mut self, number: usize) -> Option<&mut LatencyHistogram> {
        self.callees.get_mut(number)
    }

    /// Counts attempts at a callee, retries included; nothing unless callees are followed.
    pub fn callee_attempts(&mut self, number: usize, attempts: f64) {
        if let Some(sum) = self.callee_attempts.get_mut(number) {
            *sum += attempts;
        }
    }

    /// Where each part stands in the list of stations.
    #[must_use]
    pub const fn index(&self) -> &StationIndex {
        &self.index
    }

    /// The stations in the order in which gauges are numbered.
    #[must_use]
    pub fn stations(&self) -> &[Station] {
        &self.log.stations
    }

    /// What happened so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.log.events
    }

    /// Notes an event and returns its number, by which later events can name it as their cause.
    pub fn event(&mut self, event: Event) -> EventId {
        let id = EventId::try_from(self.log.events.len()).unwrap_or(EventId::MAX);
        self.log.events.push(event);
        id
    }

    /// The number of a meter, which is opened at its first use.
    pub fn meter_index(&mut self, meter: &Meter) -> usize {
        self.meters
            .iter()
            .position(|it| it == meter)
            .unwrap_or_else(|| {
                self.meters.push(meter.clone());
                self.usage_now.push(0.0);
                self.meters.len() - 1
            })
    }

    /// Adds a quantity to a meter in the current usage row. A number that was never given out is
    /// ignored.
    pub fn meter(&mut self, index: usize, quantity: f64) {
        debug_assert!(quantity.is_finite() && quantity >= 0.0, "{quantity}");
        if let Some(total) = self.usage_now.get_mut(index) {
            *total += quantity;
        }
    }

    /// Sets a station's state and how many of its pods or nodes are ready and exist; kept until
    /// set again.
    pub fn gauge(&mut self, station: usize, state: StationState, ready: u32, total: u32) {
        if let Some(gauge) = self.gauges.get_mut(station) {
            gauge.state = state;
            gauge.ready = ready;
            gauge.total = total;
        }
    }

    /// Sets how many replicas of a deployment are wanted; kept until set again.
    pub fn replicas_desired(&mut self, deployment: usize, replicas: u32) {
        if let Some(wanted) = self.replicas_desired.get_mut(deployment) {
            *wanted = replicas;
        }
    }

    /// Adds what requests did during a step.
    pub fn requests(&mut self, step: &RequestCounts) {
        let now = &mut self.now;
        now.offered += step.offered;
        now.succeeded += step.succeeded;
        now.attempts += step.attempts;
        now.in_flight = step.in_flight;
        for (total, failed) in now.failed.iter_mut().zip(step.failed) {
            *total += failed;
        }
    }

    /// The response times of successes in the current interval, for the data plane to add to.
    pub const fn latency(&mut self) -> &mut LatencyHistogram {
        self.response_times.interval()
    }

    /// Adds the response times of `requests` successes that follow a law. Steps that share a law
    /// give the same `number`.
    pub fn latency_law(&mut self, number: u64, law: &LatencyHistogram, requests: f64) {
        self.response_times.add(number, law, requests);
    }

    /// Adds the load of a station over `seconds`: share of its servers busy, arrivals per second,
    /// and whether a queue was left over that capacity could not work off.
    pub fn load(
        &mut self,
        station: usize,
        seconds: f64,
        busy: f64,
        arrival_rate: f64,
        backlog: bool,
    ) {
        if let Some(load) = self.loads.get_mut(station) {
            load.busy_s += busy * seconds;
            load.arrivals += arrival_rate * seconds;
            load.backlog |= backlog;
        }
    }

    /// Closes the interval that ends now, and the usage row when it is full. An interval of no
    /// length is not recorded, and none that ends before recording begins.
    pub fn close_interval(&mut self, at: SimTime) {
        if at <= self.log.header.start {
            self.forget();
            return;
        }
        let length_s = at.since(self.interval_from).as_s_f64();
        if length_s <= 0.0 {
            return;
        }
        let mut interval = std::mem::take(&mut self.now);
        debug_assert!(
            conservation_error(&interval, self.in_flight_before) < 1e-9,
            "requests are conserved: {interval:?} after {} in flight",
            self.in_flight_before
        );
        let counts = self.interval_from.since(SimTime::START) >= self.log.header.warm_up;
        [
            interval.latency_p50_s,
            interval.latency_p95_s,
            interval.latency_p99_s,
        ] = self.response_times.close_interval(counts);
        let now = self.callees.iter_mut().zip(&mut self.callee_attempts);
        for ((times, attempts), callee) in now.zip(&mut self.log.callees) {
            callee.intervals.push(times.quantiles_s(QUANTILES));
            if counts {
                callee.latency.merge(times);
                callee.attempts += *attempts;
            }
            times.clear();
            *attempts = 0.0;
        }
        self.in_flight_before = interval.in_flight;
        self.now.in_flight = interval.in_flight;
        self.log.intervals.push(interval);
        self.sample_stations(length_s);
        self.log
            .replicas_desired
            .extend_from_slice(&self.replicas_desired);
        self.interval_from = at;
        if at.since(self.usage_from) >= self.log.usage.row_length {
            self.close_usage_row(at);
        }
    }

    /// Forgets what requests have done so far; gauges and events stay.
    fn forget(&mut self) {
        self.in_flight_before = self.now.in_flight;
        self.now = Interval {
            in_flight: self.now.in_flight,
            ..Interval::default()
        };
        self.response_times.forget_interval();
        self.callees.iter_mut().for_each(LatencyHistogram::clear);
        self.callee_attempts.fill(0.0);
        self.loads.fill(StationLoad::default());
        self.usage_now.fill(0.0);
    }

    /// Closes the last usage row and hands the log over. An interval still open is dropped.
    #[must_use]
    pub fn finish(mut self) -> RunLog {
        let at = self.interval_from;
        if at > self.usage_from {
            self.close_usage_row(at);
        }
        // Meters were opened in order of first use; the log lists them sorted.
        let mut order: Vec<usize> = (0..self.meters.len()).collect();
        sort_by(&mut order, |a, b| self.meters[*a].cmp(&self.meters[*b]));
        self.log.usage.quantities = self
            .usage_rows
            .iter()
            .flat_map(|row| order.iter().map(|at| row.get(*at).copied().unwrap_or(0.0)))
            .collect();
        self.log.latency = self.response_times.finish();
        self.log.usage.meters = order
            .into_iter()
            .map(|at| self.meters[at].clone())
            .collect();
        self.log
    }

    fn sample_stations(&mut self, length_s: f64) {
        for ((gauge, load), station) in self
            .gauges
            .iter()
            .zip(&mut self.loads)
            .zip(&self.log.stations)
        {
            let utilization = (load.busy_s / length_s).min(1.0);
            let serves_requests = station.kind.is_of_deployment()
                || matches!(station.kind, StationKind::Database | StationKind::Cache);
            let high = serves_requests && (utilization > HIGH_LOAD || load.backlog);
            let state = match gauge.state {
                StationState::Normal if high => StationState::HighLoad,
                state => state,
            };
            self.log.samples.push(StationSample {
                state,
                utilization,
                arrival_rate: load.arrivals / length_s,
                ..*gauge
            });
            *load = StationLoad::default();
        }
    }

    fn close_usage_row(&mut self, at: SimTime) {
        self.usage_rows.push(self.usage_now.clone());
        self.usage_now.fill(0.0);
        self.usage_from = at;
    }
}

/// How far an interval is from conserving requests, as a share of what it handled: offered =
/// succeeded + failed + change of in-flight.
#[must_use]
pub fn conservation_error(interval: &Interval, in_flight_before: f64) -> f64 {
    let out = interval.succeeded + interval.failed.iter().sum::<f64>();
    let change = interval.in_flight - in_flight_before;
    let scale = interval.offered.max(in_flight_before).max(1.0);
    (interval.offered - out - change).abs() / scale
}

/// The shortest whole number of intervals that is not shorter than a usage row.
fn usage_row_length(interval: SimDuration) -> SimDuration {
    if interval.is_zero() {
        return USAGE_ROW;
    }
    interval * USAGE_ROW.as_ns().div_ceil(interval.as_ns())
}

#[cfg(test)]
mod tests;

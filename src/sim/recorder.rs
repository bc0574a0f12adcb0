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
use super::run_log::{
    Interval, Meter, RunHeader, RunLog, Station, StationKind, StationSample, StationState, Usage,
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
    pub failed: [f64; 6],
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
    latency: LatencyHistogram,
    /// A law that many steps share, its number, and the requests that followed it so far.
    law: LatencyHistogram,
    law_number: u64,
    law_requests: f64,
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
            interval_from: SimTime::START,
            now: Interval::default(),
            in_flight_before: 0.0,
            latency: LatencyHistogram::default(),
            law: LatencyHistogram::default(),
            law_number: 0,
            law_requests: 0.0,
            gauges: vec![StationSample::default(); rows.len()],
            loads: vec![StationLoad::default(); rows.len()],
            replicas_desired: vec![0; graph.deployments.len()],
            meters: Vec::new(),
            usage_from: SimTime::START,
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
                usage: Usage {
                    row_length,
                    ..Usage::default()
                },
                events: Vec::new(),
            },
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
        &mut self.latency
    }

    /// Adds the response times of `requests` successes that follow a law. Steps that share a law
    /// give the same `number`, and are added up before they are spread over the histogram.
    pub fn latency_law(&mut self, number: u64, law: &LatencyHistogram, requests: f64) {
        if self.law_number != number || self.law.total() <= 0.0 {
            self.spread_law();
            self.law.clone_from(law);
            self.law_number = number;
        }
        self.law_requests += requests;
    }

    fn spread_law(&mut self) {
        if self.law_requests > 0.0 && self.law.total() > 0.0 {
            let factor = self.law_requests / self.law.total();
            self.latency.merge_scaled(&self.law, factor);
        }
        self.law_requests = 0.0;
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
    /// length is not recorded.
    pub fn close_interval(&mut self, at: SimTime) {
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
        self.spread_law();
        let quantiles = self.latency.quantiles_s([0.5, 0.95, 0.99]);
        [
            interval.latency_p50_s,
            interval.latency_p95_s,
            interval.latency_p99_s,
        ] = quantiles;
        if self.interval_from.since(SimTime::START) >= self.log.header.warm_up {
            self.log.latency.merge(&self.latency);
        }
        self.latency.clear();
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
            let serves_requests = matches!(
                station.kind,
                StationKind::Pods | StationKind::Database | StationKind::Cache
            );
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
mod tests {
    use super::*;
    use crate::model::{
        Architecture, CapacityType, Component, Database, Deployment, NodeGroup, ZoneIndex, ZoneName,
    };
    use crate::sim::event::EventKind;

    fn recorder(interval_s: u64) -> Recorder {
        let deployment = Deployment {
            runs_on: "nodes".to_string(),
            ..Deployment::default()
        };
        let parts = [
            ("db", Component::Database(Database::default())),
            ("nodes", Component::NodeGroup(NodeGroup::default())),
            ("web", Component::Deployment(deployment)),
        ];
        let architecture = Architecture {
            zones: vec![ZoneName("a".to_string())],
            components: parts
                .map(|(id, it)| (id.to_string(), it))
                .into_iter()
                .collect(),
            ..Architecture::default()
        };
        let header = RunHeader {
            design: "one".to_string(),
            seed: 1,
            replication: 0,
            duration: SimDuration::from_h(1),
            warm_up: SimDuration::from_s(interval_s),
            interval: SimDuration::from_s(interval_s),
            zones: architecture.zones.clone(),
        };
        let (design, _) = Design::resolve("one", architecture);
        Recorder::new(header, &design, &FlowGraph::from_design(&design))
    }

    #[test]
    fn counters_start_anew_and_gauges_stay() {
        let mut recorder = recorder(60);
        let web = recorder.index().pods[0];
        recorder.gauge(web, StationState::Normal, 2, 3);
        recorder.replicas_desired(0, 3);
        let step = RequestCounts {
            offered: 10.0,
            succeeded: 8.0,
            in_flight: 2.0,
            attempts: 11.0,
            ..RequestCounts::default()
        };
        recorder.requests(&step);
        recorder.load(web, 30.0, 0.5, 4.0, false);
        recorder.close_interval(SimTime::from_s(60));
        recorder.latency().record(0.1, 2.0);
        recorder.requests(&RequestCounts {
            succeeded: 2.0,
            ..RequestCounts::default()
        });
        recorder.load(web, 60.0, 0.9, 4.0, false);
        recorder.close_interval(SimTime::from_s(120));
        recorder.close_interval(SimTime::from_s(120));
        let log = recorder.finish();
        assert_eq!(log.intervals.len(), 2);
        let first = log.sample(0, web);
        assert!((first.utilization - 0.25).abs() < 1e-12);
        assert!((first.arrival_rate - 2.0).abs() < 1e-12);
        assert_eq!((first.state, first.ready), (StationState::Normal, 2));
        assert_eq!(log.sample(1, web).state, StationState::HighLoad);
        assert_eq!(log.intervals[0].latency_p50_s, None);
        assert!(log.intervals[1].latency_p50_s.is_some());
        assert_eq!(log.replicas_desired, [3, 3]);
        assert!((log.latency.total() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn steps_that_share_a_law_are_added_up() {
        let mut law = LatencyHistogram::default();
        law.record(0.1, 0.5);
        law.record(0.3, 0.5);
        let mut other = LatencyHistogram::default();
        other.record(2.0, 1.0);
        let mut recorder = recorder(60);
        recorder.close_interval(SimTime::from_s(60));
        recorder.latency_law(1, &law, 10.0);
        recorder.latency_law(1, &law, 20.0);
        recorder.latency_law(2, &other, 5.0);
        recorder.latency().record(4.0, 1.0);
        recorder.close_interval(SimTime::from_s(120));
        let latency = recorder.finish().latency;
        assert!((latency.total() - 36.0).abs() < 1e-9);
        let mean = latency.mean_s().expect("filled");
        assert!(
            (mean - (30.0 * 0.2 + 10.0 + 4.0) / 36.0).abs() < 1e-9,
            "{mean}"
        );
    }

    #[test]
    fn the_warm_up_is_left_out_of_the_run_s_response_times() {
        let mut recorder = recorder(60);
        recorder.latency().record(9.0, 1.0);
        recorder.close_interval(SimTime::from_s(60));
        recorder.latency().record(0.1, 1.0);
        recorder.close_interval(SimTime::from_s(120));
        let p99 = recorder
            .finish()
            .latency
            .quantile_s(0.99)
            .expect("one success");
        assert!(p99 < 0.2, "{p99}");
    }

    #[test]
    fn usage_rows_hold_whole_intervals_and_sorted_meters() {
        assert_eq!(
            usage_row_length(SimDuration::from_s(60)),
            SimDuration::from_min(15)
        );
        assert_eq!(
            usage_row_length(SimDuration::from_min(7)),
            SimDuration::from_min(21)
        );
        assert_eq!(
            usage_row_length(SimDuration::from_h(1)),
            SimDuration::from_h(1)
        );
        let mut recorder = recorder(600);
        let nat = recorder.meter_index(&Meter::NatBytes);
        recorder.meter(nat, 5.0);
        recorder.close_interval(SimTime::from_s(600));
        recorder.close_interval(SimTime::from_s(1200));
        let spot = recorder.meter_index(&Meter::InstanceSeconds {
            instance_type: "m6i.large".to_string(),
            capacity_type: CapacityType::Spot,
        });
        assert_eq!(recorder.meter_index(&Meter::NatBytes), nat);
        recorder.meter(spot, 7.0);
        recorder.close_interval(SimTime::from_s(1800));
        let usage = recorder.finish().usage;
        assert_eq!(usage.row_count(), 2);
        assert!(usage.meters.is_sorted());
        assert_eq!(usage.quantities, [0.0, 5.0, 7.0, 0.0]);
    }

    #[test]
    fn events_are_numbered_in_order() {
        let mut recorder = recorder(60);
        let event = |cause| Event {
            at: SimTime::START,
            entity: String::new(),
            zone: Some(ZoneIndex(0)),
            cause,
            kind: EventKind::FailOpen,
        };
        let first = recorder.event(event(None));
        let second = recorder.event(event(Some(first)));
        assert_eq!((first, second), (0, 1));
        assert_eq!(recorder.events()[1].cause, Some(0));
    }
}

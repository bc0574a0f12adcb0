//! The law of end-to-end response times, by a fixed panel of virtual requests.
//!
//! Percentiles of hops cannot be added, so whole requests are followed: each point of the panel is
//! one request that succeeds, with its own place in every law on its way (zone, waits, service
//! times, cache hit or miss, number of calls, retries). Waits follow the stations' laws of the
//! moment; an M/M/c response time is met exactly but for the fineness of the panel. A step costs
//! multiplications and look-ups only.
//!
//! While nothing that shapes the law has changed noticeably, the last result is used again.

mod points;
mod walk;

use crate::model::ServiceTime;
use crate::sim::flow::{FlowGraph, FlowState};
use crate::sim::histogram::LatencyHistogram;
use crate::sim::recorder::Recorder;
use crate::sim::service_law::UnitLaw;

use super::network::Network;
use crate::sim::entry::Entry;
use points::{POINTS, Quantiles};
use walk::Walk;

/// Every so many points make a coarse panel.
const COARSE: usize = 4;

/// Tables of quantiles that all points share.
#[derive(Debug, Clone)]
struct Tables {
    exponential: Quantiles,
    normal: Quantiles,
    /// Service laws with mean 1.
    services: Vec<(UnitLaw, Quantiles)>,
}

impl Tables {
    fn new(graph: &FlowGraph) -> Self {
        let endpoints = graph.databases.iter().chain(&graph.caches);
        let times = endpoints
            .chain(&graph.externals)
            .map(|it| it.service_time)
            .chain(graph.deployments.iter().map(|it| it.service_time));
        let mut services: Vec<(UnitLaw, Quantiles)> = Vec::new();
        for law in times.map(UnitLaw::of) {
            if !services.iter().any(|(known, _)| *known == law) {
                services.push((law, points::service(law)));
            }
        }
        Self {
            exponential: points::exponential(),
            normal: points::normal(),
            services,
        }
    }

    fn service(&self, time: ServiceTime) -> &Quantiles {
        let law = UnitLaw::of(time);
        self.services
            .iter()
            .find(|(known, _)| *known == law)
            .map_or(&self.exponential, |(_, table)| table)
    }
}

/// The panel and what it found last.
#[derive(Debug, Clone)]
pub struct Panel {
    tables: Tables,
    walk: Walk,
    /// What shaped the last result.
    shape: Shape,
    /// Response times of the attempts that succeed, one request in all; empty before the first
    /// step.
    law: LatencyHistogram,
    /// Response times of the points, late ones included.
    times: Vec<f64>,
    late: f64,
    fine: bool,
    turn: usize,
    /// Number of looks so far: tells one law from another.
    looks: u64,
}

impl Panel {
    /// A panel for the paths of a design.
    #[must_use]
    pub fn new(graph: &FlowGraph) -> Self {
        Self {
            tables: Tables::new(graph),
            walk: Walk::default(),
            shape: Shape::default(),
            law: LatencyHistogram::default(),
            times: Vec::new(),
            late: 0.0,
            fine: false,
            turn: 0,
            looks: 0,
        }
    }

    /// Share of otherwise successful attempts that come after the client's timeout.
    #[must_use]
    pub const fn late(&self) -> f64 {
        self.late
    }

    /// Looks at the moment; `fine` asks for all points.
    pub fn look(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        entry: &Entry,
        network: &Network,
        fine: bool,
    ) {
        let shape = Shape::new(graph, state, entry, network);
        let mean_s = self.law.mean_s().unwrap_or(0.0);
        if (self.fine || !fine) && self.shape.is_close_to(&shape, mean_s) {
            return;
        }
        self.shape = shape;
        self.fine = fine;
        self.looks += 1;
        let (first, stride) = if fine {
            (0, 1)
        } else {
            self.turn = (self.turn + 1) % COARSE;
            (self.turn, COARSE)
        };
        let moment = walk::Moment {
            graph,
            state,
            entry,
            network,
            tables: &self.tables,
        };
        self.walk.follow(&moment, first, stride, &mut self.times);
        let limit = graph.entry.call.timeout_s;
        let in_time = self.times.iter().filter(|time| **time <= limit).count();
        self.late = 1.0 - in_time as f64 / self.times.len() as f64;
        self.law.clear();
        for time in self.times.iter().filter(|time| **time <= limit) {
            self.law.record(*time, 1.0 / in_time as f64);
        }
    }

    /// Records the response times of `requests` successes that needed `before_s` seconds for
    /// earlier attempts; `limit_s` is the client's timeout.
    pub fn record(&self, recorder: &mut Recorder, requests: f64, before_s: f64, limit_s: f64) {
        if requests <= 0.0 {
            return;
        }
        if self.law.total() <= 0.0 {
            // Everything is late now; what still succeeds began before, and was just in time.
            recorder.latency().record(before_s + limit_s, requests);
        } else if before_s <= 0.0 {
            recorder.latency_law(self.looks, &self.law, requests);
        } else {
            let in_time = self.times.iter().filter(|time| **time <= limit_s);
            let each = requests / in_time.clone().count() as f64;
            in_time.for_each(|time| recorder.latency().record(time + before_s, each));
        }
    }
}

/// What shapes the law: waits, ways and chances. Two moments of similar shape have the same law
/// for practical purposes.
#[derive(Debug, Clone, PartialEq, Default)]
struct Shape {
    /// Mean wait of all arrivals in seconds, and of those that wait, per station.
    waits: Vec<(f64, f64)>,
    /// Added times in seconds.
    times: Vec<f64>,
    /// Shares and chances.
    shares: Vec<f64>,
}

/// A change of the mean by this share of it is not noticed.
const SAME_MEAN: f64 = 0.003;
/// Nor is a change of the tail's scale by this share.
const SAME_SCALE: f64 = 0.02;
/// Nor a change of a share by this much.
const SAME_SHARE: f64 = 0.004;

impl Shape {
    fn new(graph: &FlowGraph, state: &FlowState, entry: &Entry, network: &Network) -> Self {
        let pools = network
            .pools
            .iter()
            .chain(&network.databases)
            .chain(&network.caches)
            .filter(|it| it.pods > 0);
        let waits = pools.map(|it| {
            let seen = if it.service.p_wait > 0.001 {
                it.service.wait_s
            } else {
                0.0
            };
            (it.service.p_wait * it.service.wait_s, seen)
        });
        let states = state
            .databases
            .iter()
            .chain(&state.caches)
            .chain(&state.externals);
        let calls = network
            .calls
            .iter()
            .flat_map(|it| [it.attempt.ok, it.spared, it.crossing]);
        let entry_share = (0..graph.zone_count).flat_map(|z| {
            let served = entry.deployment.map_or(0.0, |d| {
                let pool = &network.pools[d * graph.zone_count + z];
                pool.service.served() * pool.ok
            });
            [entry.reach[z] * served, entry.crossed[z]]
        });
        Self {
            waits: waits.collect(),
            times: states.map(|it| it.added_latency_s).collect(),
            shares: calls.chain(entry_share).collect(),
        }
    }

    fn is_close_to(&self, other: &Self, mean_s: f64) -> bool {
        let small = SAME_MEAN * mean_s;
        mean_s > 0.0
            && self.waits.len() == other.waits.len()
            && self.shares.len() == other.shares.len()
            && self.waits.iter().zip(&other.waits).all(|(a, b)| {
                (a.0 - b.0).abs() <= small && (a.1 - b.1).abs() <= SAME_SCALE * a.1.max(b.1)
            })
            && self
                .times
                .iter()
                .zip(&other.times)
                .all(|(a, b)| (a - b).abs() <= small)
            && self
                .shares
                .iter()
                .zip(&other.shares)
                .all(|(a, b)| (a - b).abs() <= SAME_SHARE)
    }
}

/// Number of points of a look.
const fn point_count(stride: usize) -> usize {
    POINTS / stride
}

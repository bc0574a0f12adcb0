//! The law of end-to-end response times, by a fixed panel of virtual requests.
//!
//! Percentiles of hops cannot be added, so whole requests are followed: each point of the panel is
//! one request that succeeds, with its own place in every law on its way (zone, waits, service
//! times, cache hit or miss, number of calls, retries). Waits follow the stations' laws of the
//! moment; an M/M/c response time is met exactly but for the fineness of the panel. A step costs
//! multiplications and look-ups only.
//!
//! While nothing that shapes the law has changed noticeably (`shape.rs`), the last result is used
//! again.

mod answer;
mod points;
mod shape;
mod wait;
mod walk;

use crate::model::ServiceTime;
use crate::sim::flow::{FlowGraph, FlowState};
use crate::sim::histogram::LatencyHistogram;
use crate::sim::recorder::Recorder;
use crate::sim::service_law::UnitLaw;

use super::law::{GammaForm, Moments};
use super::network::Network;
use crate::sim::entry::Entry;
pub use points::normal_quantile;
use points::{POINTS, Quantiles};
use shape::Shape;
use walk::Walk;

/// A mean response time below this multiple of the last one is a sudden relief.
const QUICKER: f64 = 0.8;
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
            .map(|it| &it.service_time)
            .chain(graph.deployments.iter().map(|it| &it.service_time));
        let mut services: Vec<(UnitLaw, Quantiles)> = Vec::new();
        for law in times.map(UnitLaw::of) {
            if !services.iter().any(|(known, _)| *known == law) {
                let quantiles = points::service(&law);
                services.push((law, quantiles));
            }
        }
        Self {
            exponential: points::exponential(),
            normal: points::normal(),
            services,
        }
    }

    fn service(&self, time: &ServiceTime) -> &Quantiles {
        let law = UnitLaw::of(time);
        self.services
            .iter()
            .find(|(known, _)| *known == law)
            .map_or(&self.exponential, |(_, table)| table)
    }
}

/// Relieved requests that leave during a step.
#[derive(Debug, Clone, Copy)]
pub struct Leaving {
    /// Which part of their way they had behind them when they were relieved: from, to.
    pub done: (f64, f64),
    /// Time since then, in seconds.
    pub elapsed_s: f64,
}

/// What successes spent on attempts before.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Earlier {
    /// Until those attempts had failed, in seconds.
    pub failed_s: f64,
    /// Between attempts: a sum of exponential backoffs.
    pub backoffs: GammaForm,
}

/// The panel and what it found last.
#[derive(Debug, Clone)]
pub struct Panel {
    tables: Tables,
    walk: Walk,
    /// What shaped the last result, and what would shape the next.
    shape: Shape,
    now: Shape,
    /// Moments of the last result.
    moments: Moments,
    /// Response times of the attempts that succeed, one request in all; empty before the first
    /// step.
    law: LatencyHistogram,
    /// Response times of the points, late ones included.
    times: Vec<f64>,
    /// The same at the look before.
    times_before: Vec<f64>,
    /// The same when requests last became much quicker, just before that.
    times_relieved: Vec<f64>,
    fell: bool,
    /// Mean response time of the last look, in seconds; the client's timeout where all were late.
    pace_s: f64,
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
            now: Shape::default(),
            moments: Moments::default(),
            law: LatencyHistogram::default(),
            times: Vec::new(),
            times_before: Vec::new(),
            times_relieved: Vec::new(),
            fell: false,
            pace_s: 0.0,
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
        self.now.note(graph, entry, network);
        let (mean_s, variance) = (self.moments.mean, self.moments.variance());
        self.fell = false;
        if (self.fine || !fine) && self.shape.is_close_to(&self.now, mean_s, variance) {
            return;
        }
        std::mem::swap(&mut self.times, &mut self.times_before);
        std::mem::swap(&mut self.shape, &mut self.now);
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
        self.moments = Moments::default();
        let each = 1.0 / in_time as f64;
        for time in self.times.iter().filter(|time| **time <= limit) {
            self.law.record(*time, each);
            self.moments = self.moments.mixed(Moments::fixed(*time), each);
        }
        // Where everybody is late nobody has become quicker; who is answered again after that has.
        let now_s = if in_time > 0 {
            self.moments.mean
        } else {
            limit
        };
        self.fell = now_s < QUICKER * self.pace_s;
        self.pace_s = now_s;
    }

    /// Notes response times per callee as well, or does not.
    pub fn follow_callees(&mut self, graph: &FlowGraph, wanted: bool) {
        if wanted != self.walk.follows_callees() {
            let count = if wanted { graph.callees().count() } else { 0 };
            self.walk.follow_callees(count);
            self.shape = Shape::default();
        }
    }

    /// Records `calls` answered calls to a callee, by its number.
    pub fn record_callee(&self, recorder: &mut Recorder, callee: usize, calls: f64) {
        let law = &self.walk.callees()[callee];
        if let Some(latency) = recorder.callee(callee)
            && law.total() > 0.0
            && calls > 0.0
        {
            latency.merge_scaled(law, calls / law.total());
        }
    }

    /// True when the law is that of all points.
    #[must_use]
    pub const fn is_fine(&self) -> bool {
        self.fine
    }

    /// True when requests have become much quicker with the last look: then those in progress have
    /// taken longer already than the law of now says.
    #[must_use]
    pub const fn fell(&self) -> bool {
        self.fell
    }

    /// Keeps the response times of the look before as those of requests that are relieved now.
    pub fn remember_before(&mut self) {
        self.times_relieved.clone_from(&self.times_before);
    }

    /// Records the response times of `requests` relieved successes: a part of their way was done
    /// then, and what is left goes at the pace of now.
    pub fn record_relieved(
        &self,
        recorder: &mut Recorder,
        requests: f64,
        leaving: &Leaving,
        earlier: &Earlier,
        limit_s: f64,
    ) {
        if requests <= 0.0 || self.times.is_empty() || self.times_relieved.is_empty() {
            self.record(recorder, requests, earlier, limit_s);
            return;
        }
        let each = requests / self.times_relieved.len() as f64;
        let (low, high) = leaving.done;
        for (at, would_have_s) in self.times_relieved.iter().enumerate() {
            // A golden-section sequence spreads the parts evenly over points of any order.
            let part = low + (high - low) * (at as f64 * 0.618_033_988_749_895).fract();
            let now_s = self.times[at % self.times.len()];
            let rest_s = leaving.elapsed_s.max((1.0 - part) * now_s);
            let would_have_s = would_have_s.min(limit_s);
            // Nobody takes longer for the relief.
            let longest_s = would_have_s.max(now_s.min(limit_s));
            let seconds = (part * would_have_s + rest_s).min(longest_s);
            let before_s = self.before_s(earlier, at);
            recorder.latency().record(before_s + seconds, each);
        }
    }

    /// Records the response times of `requests` successes after `earlier` attempts; `limit_s` is
    /// the client's timeout.
    pub fn record(&self, recorder: &mut Recorder, requests: f64, earlier: &Earlier, limit_s: f64) {
        if requests <= 0.0 {
            return;
        }
        if self.law.total() <= 0.0 {
            // Everything is late now; what still succeeds began before, and was just in time.
            let before_s = earlier.failed_s + earlier.backoffs.mean;
            recorder.latency().record(before_s + limit_s, requests);
        } else if *earlier == Earlier::default() {
            recorder.latency_law(self.looks, &self.law, requests);
        } else {
            let in_time = self.times.iter().filter(|time| **time <= limit_s);
            let each = requests / in_time.clone().count() as f64;
            for (at, time) in in_time.enumerate() {
                let before_s = self.before_s(earlier, at);
                recorder.latency().record(time + before_s, each);
            }
        }
    }

    /// What a point spent on its earlier attempts, in seconds.
    fn before_s(&self, earlier: &Earlier, at: usize) -> f64 {
        let stratum = at.wrapping_mul(389) % POINTS;
        earlier.failed_s + earlier.backoffs.at(self.tables.normal[stratum])
    }
}

/// Number of points of a look.
const fn point_count(stride: usize) -> usize {
    POINTS / stride
}

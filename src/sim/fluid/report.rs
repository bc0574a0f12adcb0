//! What the plane writes down: requests, response times, load of stations, meters.
//!
//! While the load is followed, each rate is that of the last solution times one factor, and chances
//! and times stay. So the steps of such a stretch need not be written down one by one: what passed
//! the way in adds up, and with it the time, each second weighted by the factor. At the end of the
//! stretch this is reported as one long step under the solution.

use crate::sim::entry::Entry;
use crate::sim::flow::{FlowGraph, FlowState, Target};
use crate::sim::meter::{CallTraffic, EntryTraffic, Meters};
use crate::sim::recorder::{Recorder, RequestCounts};

use super::law::GammaForm;
use super::ledger::Flows;
use super::network::Network;
use super::panel::{Earlier, Leaving, Panel};

/// Steps under one solution that are not written down yet.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// Requests that arrived.
    pub offered: f64,
    /// What became of requests.
    pub flows: Flows,
    /// Attempts in progress, times seconds.
    pub in_progress_s: f64,
    /// Who has been under way since before requests became much quicker.
    pub relieved: Relieved,
    /// Length in seconds at the rates of the solution: a second at twice the load counts double.
    pub seconds: f64,
}

/// Attempts that were in progress when requests became much quicker. They leave before others, and
/// in their order: the first had nearly all of their way behind them, the last had just come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Relieved {
    all: f64,
    left: f64,
    /// Time since then, in seconds.
    elapsed_s: f64,
}

impl Relieved {
    /// So many attempts are relieved now.
    #[must_use]
    pub const fn new(attempts: f64) -> Self {
        Self {
            all: attempts,
            left: attempts,
            elapsed_s: 0.0,
        }
    }

    /// True when all of them have left.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.left <= 0.0
    }

    /// Of `answered` requests during the next `seconds`, how many are among them, and which.
    fn leave(&mut self, answered: f64, seconds: f64) -> (f64, Leaving) {
        let number = answered.min(self.left);
        // They are the first to leave, at the pace of all.
        let lasts_s = seconds * number / answered.max(f64::MIN_POSITIVE);
        let before = self.left;
        self.left -= number;
        let all = self.all.max(f64::MIN_POSITIVE);
        let leaving = Leaving {
            done: (self.left / all, before / all),
            elapsed_s: self.elapsed_s + 0.5 * lasts_s,
        };
        self.elapsed_s += seconds;
        (number, leaving)
    }
}

impl Stretch {
    /// Requests answered.
    #[must_use]
    pub fn succeeded(&self) -> f64 {
        self.flows.succeeded.iter().sum()
    }

    fn clear(&mut self) {
        self.offered = 0.0;
        self.flows.attempts = 0.0;
        self.flows.succeeded.fill(0.0);
        self.flows.failed = Default::default();
        self.in_progress_s = 0.0;
        self.seconds = 0.0;
    }
}

/// The solution that a stretch is under.
#[derive(Clone, Copy)]
pub struct Solution<'a> {
    pub graph: &'a FlowGraph,
    pub state: &'a FlowState,
    pub entry: &'a Entry,
    pub network: &'a Network,
    pub panel: &'a Panel,
    /// How long attempts take to fail.
    pub failing: Failing,
}

/// How long attempts take to fail: some at once (refused, no target), some only when patience ends.
/// A mean over both would say that nobody waits long.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Failing {
    /// Shares of all attempts that fail quickly and slowly.
    shares: [f64; 2],
    /// Time until they have failed, times their shares, in seconds.
    times_s: [f64; 2],
}

impl Failing {
    /// Adds a share of the attempts that fails after some seconds; above half the timeout is slow.
    pub fn add(&mut self, share: f64, after_s: f64, timeout_s: f64) {
        let kind = usize::from(after_s > 0.5 * timeout_s);
        self.shares[kind] += share;
        self.times_s[kind] += share * after_s;
    }

    /// The times that `number` failed attempts may have taken, each with its chance.
    fn earlier_attempts(self, number: u32) -> impl Iterator<Item = (f64, f64)> {
        let mean_s =
            move |kind: usize| self.times_s[kind] / self.shares[kind].max(f64::MIN_POSITIVE);
        let slow = self.shares[1] / (self.shares[0] + self.shares[1]).max(f64::MIN_POSITIVE);
        (0..=number).filter_map(move |n_slow| {
            let n_quick = number - n_slow;
            let ways = (1..=n_slow).fold(1.0, |ways, at| {
                ways * f64::from(n_quick + at) / f64::from(at)
            });
            let chance = ways
                * libm::pow(slow, f64::from(n_slow))
                * libm::pow(1.0 - slow, f64::from(n_quick));
            let seconds = f64::from(n_slow) * mean_s(1) + f64::from(n_quick) * mean_s(0);
            (chance > 1e-6).then_some((seconds, chance))
        })
    }
}

/// The sum of so many exponential backoffs.
fn backoffs(number: u32, mean_s: f64) -> GammaForm {
    if number == 0 {
        return GammaForm::default();
    }
    let number = f64::from(number);
    GammaForm::new(number * mean_s, number)
}

/// Writes stretches into a recorder.
#[derive(Debug, Clone, Default)]
pub struct Reporter {
    meters: Option<Meters>,
    /// The recorder's numbers of the stations with a queue, in one row.
    pub stations: Vec<usize>,
}

impl Reporter {
    /// Writes a stretch down and begins the next. `saturated` says of each station with a queue
    /// whether it grows without bound; `in_flight` is the number of requests inside at the end.
    pub fn write(
        &mut self,
        solution: &Solution<'_>,
        stretch: &mut Stretch,
        saturated: &[bool],
        in_flight: f64,
        recorder: &mut Recorder,
    ) {
        let flows = &stretch.flows;
        recorder.requests(&RequestCounts {
            offered: stretch.offered,
            succeeded: stretch.succeeded(),
            failed: flows.failed,
            attempts: flows.attempts,
            in_flight,
        });
        let call = &solution.graph.entry.call;
        let panel = solution.panel;
        let answered = stretch.succeeded();
        let (number, leaving) = stretch.relieved.leave(answered, stretch.seconds);
        let relieved = number / answered.max(f64::MIN_POSITIVE);
        for (number, requests) in (0..).zip(&stretch.flows.succeeded) {
            let backoffs = backoffs(number, call.backoff_s);
            for (failed_s, chance) in solution.failing.earlier_attempts(number) {
                let earlier = Earlier { failed_s, backoffs };
                let requests = requests * chance;
                let theirs = requests * relieved;
                panel.record_relieved(recorder, theirs, &leaving, &earlier, call.timeout_s);
                let others = requests * (1.0 - relieved);
                panel.record(recorder, others, &earlier, call.timeout_s);
            }
        }
        let meters = *self
            .meters
            .get_or_insert_with(|| Meters::new(solution.graph, recorder));
        let network = solution.network;
        let calls = |d, k, z| {
            let call = &network.calls[network.call_at(d, k, z)];
            CallTraffic {
                attempts: call.rate * stretch.seconds,
                ok: call.attempt.ok,
                crossing: call.crossing,
            }
        };
        let traffic = EntryTraffic {
            attempts: flows.attempts,
            succeeded: stretch.succeeded(),
            in_progress_s: stretch.in_progress_s,
        };
        let (graph, state) = (solution.graph, solution.state);
        meters.record(graph, state, solution.entry, &traffic, calls, recorder);
        self.report_stations(solution, stretch, saturated, recorder);
        if recorder.follows_callees() {
            report_callees(solution, stretch.seconds, recorder);
        }
        stretch.clear();
    }

    fn report_stations(
        &mut self,
        solution: &Solution<'_>,
        stretch: &Stretch,
        saturated: &[bool],
        recorder: &mut Recorder,
    ) {
        if self.stations.is_empty() {
            let index = recorder.index();
            let rows = index.pods.iter().chain(&index.databases);
            self.stations = rows.chain(&index.caches).copied().collect();
        }
        let (network, seconds) = (solution.network, stretch.seconds);
        let rows = self.stations.iter().zip(network.queues()).zip(saturated);
        for ((station, pool), saturated) in rows {
            let (busy, rate) = (pool.service.utilization, pool.arrival_rate);
            recorder.load(*station, seconds, busy, rate, *saturated);
        }
        let attempt_rate = stretch.flows.attempts / seconds;
        for (z, way) in solution.state.entry.iter().enumerate() {
            if let Some(station) = recorder.index().balancer_nodes[z] {
                let rate = attempt_rate * way.dns_share;
                recorder.load(station, seconds, 0.0, rate, false);
            }
        }
        for (at, pool) in network.externals.iter().enumerate() {
            let station = recorder.index().externals[at];
            recorder.load(station, seconds, 0.0, pool.arrival_rate, false);
        }
        report_gateways(solution, seconds, recorder);
    }
}

/// Response times of each callee.
fn report_callees(solution: &Solution<'_>, seconds: f64, recorder: &mut Recorder) {
    let (graph, network) = (solution.graph, solution.network);
    for (d, deployment) in graph.deployments.iter().enumerate() {
        for (k, call) in deployment.calls.iter().enumerate() {
            let states = (0..graph.zone_count).map(|z| &network.calls[network.call_at(d, k, z)]);
            let (attempts, answered) = states.fold((0.0, 0.0), |(attempts, answered), it| {
                (attempts + it.rate, answered + it.rate * it.attempt.ok)
            });
            let callee = graph.callee(call.target);
            recorder.callee_attempts(callee, attempts * seconds);
            solution
                .panel
                .record_callee(recorder, callee, answered * seconds);
        }
    }
}

/// Calls per second through each NAT gateway.
fn report_gateways(solution: &Solution<'_>, seconds: f64, recorder: &mut Recorder) {
    let (graph, state, network) = (solution.graph, solution.state, solution.network);
    for (d, deployment) in graph.deployments.iter().enumerate() {
        for (k, call) in deployment.calls.iter().enumerate() {
            let Target::External(at) = call.target else {
                continue;
            };
            for z in 0..graph.zone_count {
                if !graph.externals[at].by_nat || !state.egress[z] {
                    continue;
                }
                let rate = network.calls[network.call_at(d, k, z)].rate;
                let gateway = recorder.index().nat_gateways[state.egress_zone[z]];
                if let Some(station) = gateway {
                    recorder.load(station, seconds, 0.0, rate, false);
                }
            }
        }
    }
}

//! A run: control plane and data plane in turn, up to the end of the plan.
//!
//! Time moves in steps. A step ends where something is due: an event of the control plane, the end
//! of a recorded interval, a bend of the load, or when the data plane wants to look again. At the
//! end of a step first the data plane has moved, then a full interval is recorded, then what is due
//! happens, and last pods are placed and the new state is shown to requests. So a step never
//! straddles an interval or a change of state, and equal inputs give equal run logs.

use super::arrivals::{Arrivals, Surge};
use super::control::{Control, ControlEvent};
use super::faults::{self, Effect};
use super::flow::FlowGraph;
use super::fluid::FluidPlane;
use super::recorder::Recorder;
use super::rng::RngStream;
use super::run_log::{RunHeader, RunLog};
use crate::model::{Design, Load, RunPlan, Tape};
use crate::units::{SimDuration, SimTime};

/// One run under way.
#[derive(Debug)]
pub struct Simulation {
    graph: FlowGraph,
    control: Control,
    plane: FluidPlane,
    arrivals: Arrivals,
    now: SimTime,
    end: SimTime,
    interval: SimDuration,
    /// End of the interval being recorded.
    boundary: SimTime,
}

impl Simulation {
    /// A run that is about to begin: pods placed, everything up.
    #[must_use]
    pub fn new(
        design: &Design,
        load: &Load,
        tape: &Tape,
        plan: &RunPlan,
        replication: u32,
    ) -> Self {
        let graph = FlowGraph::from_design(design);
        let header = RunHeader {
            design: design.id.clone(),
            seed: plan.seed,
            replication,
            duration: plan.duration,
            warm_up: plan.warm_up,
            interval: plan.interval,
            zones: design.architecture.zones.clone(),
        };
        let recorder = Recorder::new(header, design, &graph);
        let faults = faults::resolve(tape, design, plan, replication);
        let surges = faults.iter().filter_map(|fault| match fault.effect {
            Effect::Surge(factor) => Some(Surge {
                start: fault.start,
                end: fault.end,
                factor,
            }),
            _ => None,
        });
        let users = &graph.entry.users_id;
        let stream = RngStream::new(plan.seed, replication, "load_noise", users, 0);
        let arrivals = Arrivals::new(load, surges.collect(), stream);
        let chance = (plan.seed, replication);
        let interval = plan.interval.max(SimDuration::from_ns(1));
        Self {
            control: Control::new(design, &graph, tape, faults, chance, recorder),
            plane: FluidPlane::new(&graph),
            graph,
            arrivals,
            now: SimTime::START,
            end: SimTime::START + plan.duration,
            interval,
            boundary: SimTime::START + interval,
        }
    }

    /// Makes one step; false when the run is over.
    pub fn step(&mut self) -> bool {
        if self.now >= self.end {
            return false;
        }
        self.handle_due();
        let to = self.step_end();
        let rate = self.arrivals.rate(self.now, to);
        let control = &mut self.control;
        let seen = self.plane.advance(
            &self.graph,
            &control.flow,
            rate,
            self.now,
            to,
            &mut control.recorder,
        );
        control.observe(seen, self.now, to);
        self.now = to;
        if to == self.boundary || to == self.end {
            self.plane.report(&self.graph, &mut control.recorder);
            control.read_meters(to);
            control.recorder.close_interval(to);
            self.boundary = to + self.interval;
        }
        self.now < self.end
    }

    /// Share of simulated time done, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        let total = self.end.since(SimTime::START).as_s_f64();
        if total > 0.0 {
            self.now.as_s_f64() / total
        } else {
            1.0
        }
    }

    /// Where simulated time stands.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// The control plane, for tests and inspection.
    #[must_use]
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Plays what is left and hands the run log over.
    #[must_use]
    pub fn finish(mut self) -> RunLog {
        while self.step() {}
        self.control.recorder.finish()
    }

    /// The next instant at which something is due or wants to be looked at.
    fn step_end(&mut self) -> SimTime {
        let next_event = self.control.queue.next_time();
        let wanted = self.now + self.plane.step_hint();
        wanted
            .min(next_event)
            .min(self.boundary)
            .min(self.end)
            .min(self.arrivals.next_break(self.now))
    }

    /// Handles everything due now, what it brings about now, and shows the result.
    fn handle_due(&mut self) {
        self.control.set_now(self.now);
        loop {
            while let Some((_, event)) = self.control.queue.pop_due(self.now) {
                self.handle(event);
            }
            self.control.settle();
            if self.control.queue.next_time() > self.now {
                break;
            }
        }
    }

    fn handle(&mut self, event: ControlEvent) {
        use ControlEvent as E;
        let control = &mut self.control;
        match event {
            E::FaultBegins(fault) => control.fault_begins(fault as usize),
            E::FaultEnds(fault) => control.fault_ends(fault as usize),
            E::HpaSync => control.hpa_sync(),
            E::MetricsScrape => control.scrape_metrics(),
            E::NodeRegistered(node) => control.node_registered(node),
            E::LaunchTimeout(node) => control.launch_timeout(node),
            E::NodeBooted(node) => control.node_booted(node),
            E::GraceOver(zone) => control.grace_over(zone),
            E::TaintNext(zone) => control.taint_next(zone),
            E::EvictPods(node) => control.evict_pods(node),
            E::PodStarted(pod) => control.pod_started(pod),
            E::PodGone(pod) => control.pod_gone(pod),
            E::TargetProbed(pod) => control.target_probed(pod),
            E::TargetFailed(pod) => control.target_failed(pod),
            E::Provision(pool) => control.provision(pool as usize),
            E::Disrupt(pool) => control.disrupt(pool as usize),
            E::RemoveEmpty(pool) => control.remove_empty(pool as usize),
            E::Reclaim(zone) => control.reclaim(zone),
            E::SpotMarket(market) => control.market_takes(market as usize),
            E::DnsChange(zone, n_changes) => control.dns_changes(zone, n_changes),
            E::DnsStep => control.dns_step(),
            E::DatabaseReady(at, epoch) => control.database_ready(at as usize, epoch),
            E::StandbyReady(at, epoch) => control.standby_in_step(at as usize, epoch),
            E::CacheReady(at, epoch) => control.cache_ready(at as usize, epoch),
            E::CacheWarmer(at, epoch) => control.cache_warmer(at as usize, epoch),
            E::TellPodsReady(workload) => control.tell_pods_ready(workload as usize),
            E::TellNodesReady(slot) => control.tell_nodes_ready(slot as usize),
        }
    }
}

/// Plays one run from start to end.
#[must_use]
pub fn run(design: &Design, load: &Load, tape: &Tape, plan: &RunPlan, replication: u32) -> RunLog {
    Simulation::new(design, load, tape, plan, replication).finish()
}

//! A run: control plane and data plane in turn, up to the end of the plan.
//!
//! Time moves in steps. A step ends where something is due: an event of the control plane, the end
//! of a recorded interval, a bend of the load, or when the data plane wants to look again. At the
//! end of a step first the data plane has moved, then a full interval is recorded, then what is due
//! happens, and last pods are placed and the new state is shown to requests. So a step never
//! straddles an interval or a change of state, and equal inputs give equal run logs.
//!
//! A run may be recorded in a *window* only. Up to the window the control plane lives as always, on
//! rates; a little before it the request-level plane takes over if the run is one of requests,
//! empty, and has found its crowd when recording begins.
//!
//! Who plays only rates calls [`run`] or [`Simulation::new`] and links nothing of the request-level
//! plane; see [`super::plane`].

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::arrivals::{Arrivals, Surge};
use super::control::{Control, ControlEvent};
use super::faults::{self, Effect};
use super::flow::FlowGraph;
use super::plane::{DataPlane, Rates};
use super::recorder::Recorder;
use super::requests::RequestsPlane;
use super::requests::source::Source;
use super::rng::RngStream;
use super::run_log::{RunHeader, RunLog};
use crate::model::{Design, Load, RunPlan, Tape};
use crate::units::{SimDuration, SimTime};

/// The request-level plane takes over so long before its window: far longer than requests stay.
const LEAD_IN: SimDuration = SimDuration::from_s(60);

/// How closely requests are followed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// As rates: days in milliseconds.
    #[default]
    Fluid,
    /// One by one: exact, for minutes to hours.
    Requests,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its begin.
    pub from: SimTime,
    /// Its end.
    pub to: SimTime,
}

/// What is played: a design under a weather, once.
#[derive(Debug, Clone, Copy)]
pub struct Experiment<'a> {
    /// The design.
    pub design: &'a Design,
    /// The load that it meets.
    pub load: &'a Load,
    /// What else happens to it.
    pub tape: &'a Tape,
    /// How long, and from which seed.
    pub plan: &'a RunPlan,
    /// Which of the plan's replications, from 0.
    pub replication: u32,
    /// The part that is recorded, rounded outwards to whole intervals; none: all of it.
    pub window: Option<Window>,
    /// Response times are recorded per callee as well.
    pub by_callee: bool,
}

impl<'a> Experiment<'a> {
    /// A whole run.
    #[must_use]
    pub const fn new(
        design: &'a Design,
        load: &'a Load,
        tape: &'a Tape,
        plan: &'a RunPlan,
        replication: u32,
    ) -> Self {
        Self {
            design,
            load,
            tape,
            plan,
            replication,
            window: None,
            by_callee: false,
        }
    }

    /// The recorded part.
    fn recorded(&self) -> Window {
        let end = SimTime::START + self.plan.duration;
        let all = Window {
            from: SimTime::START,
            to: end,
        };
        let Some(window) = self.window else {
            return all;
        };
        let interval = self.plan.interval.as_ns().max(1);
        let from = SimTime::from_ns(window.from.min(end).as_ns() / interval * interval);
        let to = SimTime::from_ns(
            window
                .to
                .as_ns()
                .div_ceil(interval)
                .saturating_mul(interval),
        );
        Window {
            from,
            to: to.min(end).max(from),
        }
    }

    fn stream(&self, purpose: &str, entity: &str) -> RngStream {
        RngStream::new(self.plan.seed, self.replication, purpose, entity, 0)
    }
}

/// A data plane that takes over from the one at work, and when.
type Successor = (SimTime, Box<dyn DataPlane>);

/// One run under way.
pub struct Simulation {
    graph: FlowGraph,
    control: Control,
    plane: Box<dyn DataPlane>,
    successor: Option<Successor>,
    now: SimTime,
    end: SimTime,
    interval: SimDuration,
    /// End of the interval being recorded.
    boundary: SimTime,
}

impl Simulation {
    /// A run on rates that is about to begin: pods placed, everything up.
    #[must_use]
    pub fn new(experiment: &Experiment<'_>) -> Self {
        Self::begin(experiment, Fidelity::Fluid, |_, _| None)
    }

    /// The same, but in its recorded part requests are played one by one.
    #[must_use]
    pub fn of_requests(experiment: &Experiment<'_>) -> Self {
        Self::begin(experiment, Fidelity::Requests, |graph, arrivals| {
            let Window { from, to } = experiment.recorded();
            let start = SimTime::START + from.since(SimTime::START + LEAD_IN);
            let users = &graph.entry.users_id;
            let own = experiment.stream("arrivals", users);
            let law = &experiment.load.arrivals;
            let source = Source::new(law, arrivals.clone(), own, start, to);
            let mut names = experiment.stream("requests", users);
            let plane = RequestsPlane::new(graph, source, &mut names);
            Some((start, Box::new(plane)))
        })
    }

    fn begin(
        experiment: &Experiment<'_>,
        fidelity: Fidelity,
        successor: impl FnOnce(&FlowGraph, &Arrivals) -> Option<Successor>,
    ) -> Self {
        let Experiment {
            design,
            load,
            tape,
            plan,
            replication,
            ..
        } = *experiment;
        let graph = FlowGraph::from_design(design);
        let recorded = experiment.recorded();
        let header = RunHeader {
            design: design.id.clone(),
            seed: plan.seed,
            replication,
            fidelity,
            start: recorded.from,
            duration: recorded.to.since(recorded.from),
            warm_up: plan.warm_up,
            interval: plan.interval,
            zones: design.architecture.zones.clone(),
        };
        let mut recorder = Recorder::new(header, design, &graph);
        if experiment.by_callee {
            recorder.follow_callees(&graph);
        }
        let faults = faults::resolve(tape, design, plan, replication);
        let surges = faults.iter().filter_map(|fault| match fault.effect {
            Effect::Surge(factor) => Some(Surge {
                start: fault.start,
                end: fault.end,
                factor,
            }),
            _ => None,
        });
        let noise = experiment.stream("load_noise", &graph.entry.users_id);
        let arrivals = Arrivals::new(load, surges.collect(), noise);
        let chance = (plan.seed, replication);
        let interval = plan.interval.max(SimDuration::from_ns(1));
        Self {
            control: Control::new(design, &graph, tape, faults, chance, recorder),
            successor: successor(&graph, &arrivals),
            plane: Box::new(Rates::new(&graph, arrivals)),
            graph,
            now: SimTime::START,
            end: recorded.to,
            interval,
            boundary: SimTime::START + interval,
        }
    }

    /// Makes one step; false when the run is over.
    pub fn step(&mut self) -> bool {
        self.decide();
        self.advance()
    }

    /// The first half of a step: the control plane handles what is due now. Nothing is due a second
    /// time.
    pub fn decide(&mut self) {
        if self.now < self.end {
            self.handle_due();
        }
    }

    /// The second half: the data plane moves to the next instant at which something is due. False
    /// when the run is over.
    pub fn advance(&mut self) -> bool {
        if self.now >= self.end {
            return false;
        }
        if let Some((_, plane)) = self.successor.take_if(|(from, _)| *from <= self.now) {
            self.plane = plane;
        }
        let to = self.step_end();
        let Control { flow, recorder, .. } = &mut self.control;
        let seen = self
            .plane
            .advance(&self.graph, flow, self.now, to, recorder);
        self.control.observe(seen, self.now, to);
        self.control.move_messages(seen, self.now, to);
        self.now = to;
        if to == self.boundary || to == self.end {
            self.plane.report(&self.graph, &mut self.control.recorder);
            self.control.read_meters(to);
            self.control.note_backlogs(to);
            self.control.recorder.close_interval(to);
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
        let takeover = self.successor.as_ref().map_or(self.end, |(from, _)| *from);
        self.plane
            .step_end(&self.control.flow, self.now)
            .min(next_event)
            .min(self.control.messages_change(self.now))
            .min(takeover)
            .min(self.boundary)
            .min(self.end)
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
        if control.must_wait(event) {
            return;
        }
        match event {
            E::FaultBegins(fault) => control.fault_begins(fault as usize),
            E::FaultEnds(fault) => control.fault_ends(fault as usize),
            E::HpaSync => control.hpa_sync(),
            E::MetricsScrape => control.scrape_metrics(),
            E::AdapterReads(adapter) => control.adapter_reads(adapter as usize),
            E::VpaLoop => control.vpa_loop(),
            E::NodeRegistered(node) => control.node_registered(node),
            E::LaunchTimeout(node) => control.launch_timeout(node),
            E::NodeBooted(node) => control.node_booted(node),
            E::GraceOver(zone) => control.grace_over(zone),
            E::TaintNext(zone) => control.taint_next(zone),
            E::EvictPods(node) => control.evict_pods(node),
            E::NodeForgotten(node) => control.node_forgotten(node),
            E::ReplaceInstance(pool) => control.replace_instance(pool as usize),
            E::PodRestarts(pod) => control.pod_restarts(pod),
            E::RolloutDue(workload) => control.look_at_rollout(workload as usize),
            E::RollBack(fault) => control.roll_back(fault as usize),
            E::MetricPeriodEnds(at) => control.metric_period_ends(at as usize),
            E::ServiceScales(at) => control.service_scales(at as usize),
            E::PlaceTasks => control.look_for_places(),
            E::TasksLost(zone, pool, loss) => control.tasks_lost(zone, pool as usize, loss),
            E::PodStarted(pod) => control.pod_started(pod),
            E::PodGone(pod) => control.pod_gone(pod),
            E::TargetProbed(pod) => control.target_probed(pod),
            E::GateOpens(pod) => control.gate_opens(pod),
            E::TargetFailed(pod) => control.target_failed(pod),
            E::Provision => control.provision(),
            E::CreateAgain(workload) => control.create_again(workload as usize),
            E::DrainNext(drain) => control.drain_next(drain),
            E::DrainLate(drain) => control.drain_late(drain),
            E::AutoscalerLook => control.autoscaler_look(),
            E::DrainUnneeded(node) => control.drain_unneeded(node),
            E::GroupActs(pool, cause) => control.group_acts(pool as usize, cause),
            E::GroupUnfilled(pool, cause) => control.group_unfilled(pool as usize, cause),
            E::Disruption(event) => control.disruption_due(event),
            E::Reclaim(zone) => control.reclaim(zone),
            E::NodeFails(zone) => control.node_fails(zone as usize),
            E::SpotMarket(market) => control.market_takes(market as usize),
            E::TargetsLeave => control.targets_leave(),
            E::PartsMove => control.parts_move(),
            E::DnsChange(zone, n_changes) => control.dns_changes(zone, n_changes),
            E::DnsStep => control.dns_step(),
            E::NamesFade(resolver, n_losses) => control.names_fade(resolver, n_losses),
            E::AddressFades(at, n_moves) => control.address_fades(at as usize, n_moves),
            E::AutoshiftBegins(fault) => control.autoshift_begins(fault as usize),
            E::AutoshiftEnds(fault) => control.autoshift_ends(fault as usize),
            E::DatabaseReady(at, epoch) => control.database_ready(at as usize, epoch),
            E::StandbyReady {
                database,
                zone,
                epoch,
            } => control.standby_in_step(database as usize, zone, epoch),
            E::CacheReady(at, epoch) => control.cache_ready(at as usize, epoch),
            E::CacheWarmer(at, epoch) => control.cache_warmer(at as usize, epoch),
            E::TellPodsReady(workload) => control.tell_pods_ready(workload as usize),
            E::TellNodesReady(slot) => control.tell_nodes_ready(slot as usize),
        }
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("now", &self.now)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Plays one run from start to end, on rates.
#[must_use]
pub fn run(experiment: &Experiment<'_>) -> RunLog {
    Simulation::new(experiment).finish()
}

/// Plays one run from start to end, its recorded part request by request.
#[must_use]
pub fn run_requests(experiment: &Experiment<'_>) -> RunLog {
    Simulation::of_requests(experiment).finish()
}

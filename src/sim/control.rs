//! The control plane: what Kubernetes and AWS do about the world, event by event.
//!
//! Each file here is one controller or one part of the platform. A handler is called when its
//! [`ControlEvent`] is due, asks the pure functions of [`super::policy`] what to do, changes the
//! [`World`], and notes what it did with the event that caused it. After the events of an instant
//! the pending pods are scheduled and what requests can see is published as a [`FlowState`].
//!
//! Assumed throughout: the API server and the controllers answer at once, unless a period, a batch
//! window or a rate limit is stated; nothing reads the state of two instants.

mod admission;
mod autoscaling;
mod balancer;
mod capacity;
mod cluster_autoscaler;
mod control_plane;
mod crashes;
mod data;
mod database;
mod deregistration;
mod disruption;
mod drain;
mod ecs;
mod failures;
mod isolation;
mod losses;
mod maintenance;
mod memory;
mod messages;
mod meters;
mod metrics_adapter;
mod names;
mod nodes;
mod notes;
mod placement;
mod power;
mod preemption;
mod provisioning;
mod publish;
mod releases;
mod replicas;
mod rescheduling;
mod rollouts;
mod scaling_group;
mod service_scaling;
mod spot;
mod target_parts;
mod vertical;
mod zonal_shift;
mod zone_network;

#[cfg(test)]
mod tests;

use super::event::{Event, EventKind};
use super::faults::ScheduledFault;
use super::flow::{FlowGraph, FlowState};
use super::policy::node_lifecycle::LifecycleRules;
use super::policy::vpa;
use super::queue::EventQueue;
use super::recorder::Recorder;
use super::rng::RngStream;
use super::world::{Cause, NodeRef, PodRef, World};
use crate::model::{Design, Kubernetes, RandomFault, Resolver, Tape, ZoneIndex};
use crate::units::{Ratio, SimTime};

pub use disruption::DisruptionEvent;

use autoscaling::MetricsWindow;
use cluster_autoscaler::Autoscaler;
use control_plane::Api;
use disruption::DisruptionLoop;
use drain::Drain;
use failures::Failures;
use messages::Channel;
use meters::Meters;
use metrics_adapter::Adapter;
use names::NameService;
use notes::{Entity, ReadyNotes};
use placement::Scratch;
use publish::Gauges;
use service_scaling::CloudWatch;
use spot::Market;

/// Everything that can be due. Small and plain, so that the queue never allocates per event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlEvent {
    /// A fault of the tape begins.
    FaultBegins(u32),
    /// A fault of the tape ends.
    FaultEnds(u32),
    /// The HPA controller looks at every autoscaler.
    HpaSync,
    /// metrics-server reads the kubelets.
    MetricsScrape,
    /// An adapter of custom or external metrics reads.
    AdapterReads(u32),
    /// Every vertical autoscaler looks.
    VpaLoop,
    /// A launched machine joins the cluster.
    NodeRegistered(NodeRef),
    /// A launched machine has not joined in time.
    LaunchTimeout(NodeRef),
    /// A machine has booted after power returned, or reports after the network has.
    NodeBooted(NodeRef),
    /// The grace period of a zone's silent nodes is over.
    GraceOver(ZoneIndex),
    /// The next silent node of a zone is tainted.
    TaintNext(ZoneIndex),
    /// The toleration of a tainted node's pods is over.
    EvictPods(NodeRef),
    /// The Node object and the pods of a terminated instance are deleted.
    NodeForgotten(NodeRef),
    /// An Auto Scaling group launches an instance in the place of one that is gone.
    ReplaceInstance(u32),
    /// A crashed pod's back-off is over.
    PodRestarts(PodRef),
    /// A rollout wants to be looked at: of this deployment.
    RolloutDue(u32),
    /// Operators take a release of the tape back.
    RollBack(u32),
    /// A period of CloudWatch metrics of a service ends.
    MetricPeriodEnds(u32),
    /// Data points of a service are published, and its alarms are looked at.
    ServiceScales(u32),
    /// Tasks that found no capacity are tried again.
    PlaceTasks,
    /// ECS knows of the tasks of a pool that were lost with a zone, at that loss of it.
    TasksLost(ZoneIndex, u32, u32),
    /// A pod is ready.
    PodStarted(PodRef),
    /// A terminating pod's grace period is over.
    PodGone(PodRef),
    /// A new target is probed.
    TargetProbed(PodRef),
    /// The load balancer's controller sees that a new target is healthy.
    GateOpens(PodRef),
    /// A dead target has failed its last probe.
    TargetFailed(PodRef),
    /// Karpenter's batch of pending pods closes, or an offering may be tried again.
    Provision,
    /// A deployment whose pods were refused tries to create them again.
    CreateAgain(u32),
    /// A drain's refused evictions are tried again, or its pods are stuck.
    DrainNext(u32),
    /// A drain has taken as long as it may.
    DrainLate(u32),
    /// Cluster Autoscaler looks at pods and nodes.
    AutoscalerLook,
    /// A node that Cluster Autoscaler has closed is drained.
    DrainUnneeded(NodeRef),
    /// An Auto Scaling group launches what it lacks; with the order that caused it.
    GroupActs(u32, Cause),
    /// Cluster Autoscaler reads that a group has no capacity in any zone.
    GroupUnfilled(u32, Cause),
    /// Karpenter attends to nodes that exist.
    Disruption(DisruptionEvent),
    /// Spot instances of a zone are reclaimed.
    Reclaim(ZoneIndex),
    /// A place of a zone fails, and the node that has it.
    NodeFails(u32),
    /// The Spot market takes instances of a pool.
    SpotMarket(u32),
    /// A leaving target stops, or the balancer has stopped sending to it.
    TargetsLeave,
    /// What part of the requests each target of the balancer gets has changed.
    PartsMove,
    /// The balancer's address in a zone leaves or joins DNS, if its node has not changed since.
    DnsChange(ZoneIndex, u32),
    /// Clients have forgotten a little more of an old record.
    DnsStep,
    /// Clients of a resolver have forgotten a little more, if it was not lost again meanwhile.
    NamesFade(Resolver, u32),
    /// A few more clients have forgotten the old address of a database, if it has not moved again.
    AddressFades(u32, u32),
    /// AWS shifts traffic away from the zone of a fault.
    AutoshiftBegins(u32),
    /// AWS takes such a shift back.
    AutoshiftEnds(u32),
    /// A database's failover or recovery is complete, if nothing came in between.
    DatabaseReady(u32, u32),
    /// An instance of a database is in step again, if it was not lost meanwhile.
    StandbyReady {
        /// The database.
        database: u32,
        /// The instance's zone.
        zone: ZoneIndex,
        /// The instance's epoch when it was asked for.
        epoch: u32,
    },
    /// A cache's failover or boot is complete, if nothing came in between.
    CacheReady(u32, u32),
    /// A cache has become a little warmer, if it was not emptied since.
    CacheWarmer(u32, u32),
    /// Pods of a workload that became ready are told of together.
    TellPodsReady(u32),
    /// Nodes of a pool that became ready are told of together.
    TellNodesReady(u32),
}

/// The source of the control plane's chance.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Chance {
    seed: u64,
    replication: u32,
}

impl Chance {
    fn stream(self, purpose: &str, entity: &str, ordinal: u64) -> RngStream {
        RngStream::new(self.seed, self.replication, purpose, entity, ordinal)
    }
}

/// The control plane of one run.
#[derive(Debug)]
pub struct Control {
    /// What exists.
    pub world: World,
    /// What is due.
    pub queue: EventQueue<ControlEvent>,
    /// The run log in the making.
    pub recorder: Recorder,
    /// What requests can see.
    pub flow: FlowState,
    /// The next flow state in the making; kept for its memory.
    draft: FlowState,
    now: SimTime,
    chance: Chance,
    kubernetes: Kubernetes,
    lifecycle: LifecycleRules,
    evictions_halted: bool,
    api: Api,
    /// Whether names are resolved, by resolver.
    names: [NameService; 2],
    /// Share of the capacity pools of other zones that a lost zone leaves empty.
    shortage_after_zone_loss: Ratio,
    faults: Vec<ScheduledFault>,
    fault_causes: Vec<Cause>,
    failures: Vec<Failures>,
    markets: Vec<Market>,
    drains: Vec<Drain>,
    n_drains: u32,
    /// Nodes that operators closed for a fault.
    maintained: Vec<(usize, Vec<NodeRef>)>,
    /// Workloads between two releases.
    rolling: Vec<usize>,
    /// Pods created of each release, at the release.
    n_of_release: Vec<u64>,
    autoscaler: Autoscaler,
    disruption: DisruptionLoop,
    /// Nodes that wait for pods of others that go.
    awaiting: Vec<NodeRef>,
    window: MetricsWindow,
    cloudwatch: CloudWatch,
    adapters: Vec<Adapter>,
    meters: Meters,
    /// Queues with their consumers.
    channels: Vec<Channel>,
    gauges: Gauges,
    ready_notes: ReadyNotes,
    scratch: Scratch,
    /// Pending pods are to be placed once the events of this instant are done.
    wants_placement: bool,
    /// Something that requests can see may have changed.
    wants_publish: bool,
}

impl Control {
    /// The control plane at the start: pods placed and ready, controllers about to begin.
    #[must_use]
    pub fn new(
        design: &Design,
        graph: &FlowGraph,
        tape: &Tape,
        faults: Vec<ScheduledFault>,
        (seed, replication): (u64, u32),
        recorder: Recorder,
    ) -> Self {
        let world = World::new(design, graph);
        let mut control = Self {
            queue: EventQueue::with_capacity(256),
            flow: publish::empty_state(&world),
            draft: publish::empty_state(&world),
            now: SimTime::START,
            chance: Chance { seed, replication },
            kubernetes: design.architecture.kubernetes.clone(),
            lifecycle: LifecycleRules::of(&design.architecture.kubernetes),
            evictions_halted: false,
            api: Api::default(),
            names: Default::default(),
            shortage_after_zone_loss: tape.shortage_after_zone_loss,
            fault_causes: vec![None; faults.len()],
            rolling: Vec::new(),
            n_of_release: vec![0; faults.len() + 1],
            faults,
            failures: Vec::new(),
            markets: Vec::new(),
            drains: Vec::new(),
            n_drains: 0,
            maintained: Vec::new(),
            autoscaler: Autoscaler::default(),
            disruption: DisruptionLoop::new(&world),
            awaiting: Vec::new(),
            window: MetricsWindow::new(&world),
            cloudwatch: CloudWatch::new(&world),
            adapters: Vec::new(),
            meters: Meters::default(),
            channels: Vec::new(),
            gauges: Gauges::new(&world, &recorder),
            ready_notes: ReadyNotes::new(&world),
            scratch: Scratch::default(),
            wants_placement: false,
            wants_publish: true,
            recorder,
            world,
        };
        control.open_meters();
        control.open_channels(design, graph);
        control.place_at_start();
        control.begin(tape);
        control
    }

    /// Puts the first of every recurring event in the queue.
    fn begin(&mut self, tape: &Tape) {
        for (index, fault) in (0..).zip(&self.faults) {
            self.queue
                .push(fault.start, ControlEvent::FaultBegins(index));
        }
        if self.world.autoscales() {
            // At equal times the autoscaler looks first: it sees the figures of the last reading,
            // which stands for the time samples need from the kubelet to the metrics API.
            let sync = SimTime::START + self.kubernetes.hpa_sync_period;
            let scrape = SimTime::START + self.kubernetes.metrics_resolution;
            self.queue.push(sync, ControlEvent::HpaSync);
            self.queue.push(scrape, ControlEvent::MetricsScrape);
            self.open_adapters();
        }
        if self.world.workloads.iter().any(|it| it.vertical.is_some()) {
            let first = SimTime::START + vpa::LOOP_PERIOD;
            self.queue.push(first, ControlEvent::VpaLoop);
        }
        self.begin_autoscaler();
        self.begin_service_scaling();
        for (id, fault) in &tape.random {
            match fault {
                RandomFault::SpotReclaims { share } => self.open_markets(id, *share),
                RandomFault::NodeLoss { rate } => self.open_failures(id, *rate),
                // Drawn before the run begins.
                RandomFault::ZonePowerLoss { .. } => {}
            }
        }
    }

    /// The time of the events being handled.
    pub(in crate::sim) const fn set_now(&mut self, now: SimTime) {
        self.now = now;
    }

    /// Does what is left to do once the events of an instant are handled.
    pub(in crate::sim) fn settle(&mut self) {
        if self.api.is_away() {
            // ECS goes on; the rest is done when the API is back.
            self.watch_rollouts();
            if std::mem::take(&mut self.wants_placement) {
                self.place_tasks();
            }
            self.show_changes();
            return;
        }
        self.follow_changes();
        self.watch_drains();
        self.watch_rollouts();
        if !self.world.quotas.is_empty() {
            self.watch_quotas();
        }
        // A pod that preempts others leaves new ones to be placed.
        while self.wants_placement {
            self.wants_placement = false;
            self.place_pending();
        }
        self.watch_hosts();
        self.follow_changes();
        if self.wants_publish {
            // What requests can see changes whenever pods or nodes do.
            self.wake_autoscaler(self.now);
        }
        self.show_changes();
    }

    /// Shows requests and recorder what may have changed.
    fn show_changes(&mut self) {
        if std::mem::take(&mut self.wants_publish) {
            self.publish();
        }
    }

    /// A zone's name with its letter only, which names streams.
    fn zone_name(&self, zone: ZoneIndex) -> &str {
        &self.world.zones[zone.index()].name
    }

    /// Notes an event.
    fn tell(
        &mut self,
        entity: Entity,
        zone: Option<ZoneIndex>,
        cause: Cause,
        kind: EventKind,
    ) -> Cause {
        let entity = entity.id(&self.world, &self.faults);
        Some(self.recorder.event(Event {
            at: self.now,
            entity,
            zone,
            cause,
            kind,
        }))
    }
}

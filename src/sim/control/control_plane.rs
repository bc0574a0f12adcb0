//! The control plane of the cluster itself: what happens while its API cannot be reached.
//!
//! The real thing, and why *static stability* is a virtue. Controllers decide by reading and
//! writing the API. Without it nothing is decided: no autoscaler scales, no pod is placed, no node
//! joins, nobody is called Unknown or evicted, endpoints stay as they were. What runs goes on: pods
//! serve, the load balancer probes its targets by itself, kubelets start crashed containers again,
//! EC2 and databases know nothing of Kubernetes. So a platform that needs no decision loses no
//! request, and one that loses a zone meanwhile goes without replacements until the API is back.
//!
//! When it is back the controllers begin afresh, since each of them gave up its lease and was
//! started again: the node controller counts its grace period from what it sees now, so that nobody
//! is evicted for heartbeats that could not be delivered, and tolerations of nodes that were
//! tainted before begin anew (`pkg/controller/nodelifecycle`: both are kept in memory only).
//!
//! ECS is another service of AWS and knows nothing of this API: tasks are placed, replaced and
//! rolled out meanwhile, and where there are no nodes there is no such API to lose.
//!
//! Assumed: all that waited is done at the moment of the return, in its old order; a Karpenter or
//! Cluster Autoscaler that was cut off does nothing either; a pod that crashes unseen stays in the
//! endpoints, and its machine refuses what comes (502 behind a load balancer, whose probes are
//! refused as well) until its kubelet has started it again.
//!
//! Left out: autoscalers that forget what they recommended before, a thundering herd at the return,
//! webhooks, and an API that is slow or fails now and then.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent, DisruptionEvent};
use crate::model::{HealthCheck, ZoneIndex};
use crate::sim::event::{ContactEvent, EventKind};
use crate::sim::faults::Effect;
use crate::sim::policy::health_check::{self, FailureMode};
use crate::sim::policy::node_lifecycle;
use crate::sim::world::{Machine, PodPhase, TargetPhase};
use crate::units::SimTime;

/// Whether the cluster's API can be reached, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Api {
    /// Faults that keep it away.
    n_faults: u32,
    /// When the first of them began.
    lost_at: SimTime,
    /// When it last came back: nobody's heartbeats count from before.
    back_at: SimTime,
    /// What could not be done, in order.
    waiting: Vec<ControlEvent>,
}

impl Api {
    /// True while nothing can be decided.
    pub(super) const fn is_away(&self) -> bool {
        self.n_faults > 0
    }

    /// When a node that was last heard of at `silent_since` was last heard of by the controller
    /// that runs now.
    pub(super) fn heard_at(&self, silent_since: SimTime) -> SimTime {
        silent_since.max(self.back_at)
    }
}

impl Control {
    /// True of an event that is not handled now, because it needs an API that is away.
    pub(in crate::sim) fn must_wait(&mut self, event: ControlEvent) -> bool {
        if !self.api.is_away() {
            return false;
        }
        match self.need_of(event) {
            Need::Nothing => return false,
            Need::Api => self.api.waiting.push(event),
            Need::FreshStart => {}
        }
        true
    }

    /// What an event needs of the API.
    fn need_of(&self, event: ControlEvent) -> Need {
        use ControlEvent as E;
        if self.is_of_ecs(event) {
            return Need::Nothing;
        }
        match event {
            // Recomputed from what the node controller sees when it starts again.
            E::GraceOver(_) | E::TaintNext(_) | E::EvictPods(_) => Need::FreshStart,
            E::LaunchTimeout(_)
            | E::NodeForgotten(_)
            | E::RolloutDue(_)
            | E::RollBack(_)
            | E::PodGone(_)
            | E::GateOpens(_)
            | E::Provision
            | E::CreateAgain(_)
            | E::DrainNext(_)
            | E::DrainLate(_)
            | E::AutoscalerLook
            | E::DrainUnneeded(_)
            | E::GroupUnfilled(..)
            | E::Disruption(_) => Need::Api,
            // A start that the API knows of is told of; one that it has missed needs it not.
            E::PodStarted(pod) if self.world.pods[pod.at()].phase == PodPhase::Starting => {
                Need::Api
            }
            // What operators do, they do by the API, and try until they can.
            E::FaultBegins(fault) | E::FaultEnds(fault)
                if matches!(
                    self.faults[fault as usize].effect,
                    Effect::Rollout(_) | Effect::NodeDrain(_) | Effect::NodeDrift
                ) =>
            {
                Need::Api
            }
            _ => Need::Nothing,
        }
    }

    /// True of what happens to tasks and services of ECS.
    fn is_of_ecs(&self, event: ControlEvent) -> bool {
        use ControlEvent as E;
        let is_service = |at: usize| self.world.fargate_of(at).is_some();
        match event {
            E::PodStarted(pod) | E::PodGone(pod) => self.is_task(pod.at()),
            E::RolloutDue(workload) => is_service(workload as usize),
            E::RollBack(fault) | E::FaultBegins(fault) | E::FaultEnds(fault) => {
                let workload = self.workload_of(fault as usize);
                workload.is_some_and(is_service)
            }
            _ => false,
        }
    }

    /// True where something runs on Kubernetes.
    pub(super) fn has_cluster(&self) -> bool {
        self.world.pools.iter().any(|it| it.fargate.is_none())
    }

    /// True of a workload that nobody attends to now, since its controllers need an API that is
    /// away.
    pub(super) fn is_left_alone(&self, workload: usize) -> bool {
        self.api.is_away() && self.world.fargate_of(workload).is_none()
    }

    /// A fault keeps the API away.
    pub(super) fn api_lost(&mut self, cause: Cause) {
        if !self.has_cluster() {
            return;
        }
        self.api.n_faults += 1;
        if self.api.n_faults == 1 {
            self.api.lost_at = self.now;
            let kind = EventKind::Contact(ContactEvent::ApiLost);
            self.tell(Entity::Zone, None, cause, kind);
        }
    }

    /// A fault no longer keeps the API away: controllers start again and do what waited.
    pub(super) fn api_returns(&mut self, cause: Cause) {
        if !self.has_cluster() {
            return;
        }
        self.api.n_faults -= 1;
        if self.api.is_away() {
            return;
        }
        self.api.back_at = self.now;
        let away = self.now.since(self.api.lost_at);
        let kind = EventKind::Contact(ContactEvent::ApiBack { away });
        self.tell(Entity::Zone, None, cause, kind);
        self.see_crashes();
        self.join_late();
        for event in std::mem::take(&mut self.api.waiting) {
            self.do_late(event);
        }
        self.reconcile_replicas(cause);
        self.watch_nodes_afresh();
        for drain in 0..self.drains.len() {
            self.try_evictions(drain);
        }
        self.wants_placement = true;
        self.wants_publish = true;
    }

    /// What has waited is due now.
    fn do_late(&mut self, event: ControlEvent) {
        use ControlEvent as E;
        match event {
            E::Provision => self.world.provisioner.due = self.now,
            E::AutoscalerLook => self.look_now(),
            E::Disruption(DisruptionEvent::Look) => self.look_at_disruption_now(),
            // All drains try again.
            E::DrainNext(_) => return,
            // A maintenance that was to be over by now does not begin.
            E::FaultBegins(fault) => {
                let fault = &self.faults[fault as usize];
                if fault.end > fault.start && fault.end <= self.now {
                    return;
                }
            }
            E::FaultEnds(fault) if self.fault_causes[fault as usize].is_none() => return,
            _ => {}
        }
        self.queue.push(self.now, event);
    }

    /// Machines that came up meanwhile, and those that could not report, are heard of.
    fn join_late(&mut self) {
        for at in 0..self.world.nodes.len() {
            let node = &self.world.nodes[at];
            let is_up = match node.machine {
                Machine::Launching | Machine::Booting => true,
                Machine::Running => node.registered && !node.ready,
                _ => false,
            };
            if is_up && node.due == SimTime::NEVER {
                self.expect_node(at, self.now);
            }
        }
    }

    /// Pods that crashed unseen are not ready, and those among them that run again are starting.
    fn see_crashes(&mut self) {
        for at in 0..self.world.pods.len() {
            let pod = &self.world.pods[at];
            if pod.phase == PodPhase::Ready && !pod.alive && self.has_running_machine(at) {
                self.see_crash(at);
            }
        }
    }

    /// A pod that crashed unseen is not ready, and starting if its process runs again.
    fn see_crash(&mut self, at: usize) {
        self.deregister_crashed(at);
        let now = self.now;
        let pod = &mut self.world.pods[at];
        pod.phase = PodPhase::Starting;
        pod.alive = pod.restart_at <= now;
        pod.listed = false;
        pod.target = TargetPhase::None;
        pod.ready_changed_at = now;
        self.world.workloads[pod.workload].changed_at = now;
    }

    /// A ready pod can be reached again: it answers, unless its process crashed unseen and is not
    /// to run yet.
    pub(super) fn reach_ready_pod(&mut self, at: usize) {
        let pod = &self.world.pods[at];
        let waits = pod.restart_at > self.now;
        if !waits && pod.crashes_until <= self.now {
            self.answers_again(at);
            return;
        }
        if !self.api.is_away() {
            self.see_crash(at);
        }
        // Its start is planned, or came to nothing while nobody could be told.
        if !waits {
            self.start_pod(at);
        }
        self.wants_publish = true;
    }

    /// The node controller has started: grace periods and tolerations begin now.
    fn watch_nodes_afresh(&mut self) {
        let unknown_at = node_lifecycle::unknown_at(self.now, &self.lifecycle);
        for zone in 0..self.world.zones.len() {
            let index = ZoneIndex(zone as u8);
            self.world.zones[zone].taint_due = SimTime::NEVER;
            let mut nodes = self.world.nodes.iter();
            if nodes.any(|it| it.zone == index && it.ready && it.machine.is_silent()) {
                self.queue.push(unknown_at, ControlEvent::GraceOver(index));
            }
        }
        let due = node_lifecycle::pods_deleted_at(self.now, &self.lifecycle);
        for at in 0..self.world.nodes.len() {
            if self.world.nodes[at].machine != Machine::Gone
                && self.world.nodes[at].tainted_at.is_some()
            {
                self.world.nodes[at].tainted_at = Some(self.now);
                let node = self.world.node_ref(at);
                self.queue.push(due, ControlEvent::EvictPods(node));
            }
        }
        self.update_taints();
    }

    /// The process of a pod ends while nobody can be told: to everybody else it is as it was.
    pub(super) fn crash_unseen(&mut self, at: usize) {
        self.stop_pod(at, FailureMode::Refusing);
        let due = self.world.pods[at].restart_at;
        let pod = self.world.pod_ref(at);
        self.queue.push(due, ControlEvent::PodRestarts(pod));
        self.wants_publish = true;
    }

    /// A ready pod that had stopped answering answers again; probes find out.
    pub(super) fn answers_again(&mut self, at: usize) {
        // Failures that probes have counted so far no longer matter.
        let pod = self.world.renew_pod(at);
        let it = &mut self.world.pods[at];
        it.alive = true;
        let (workload, phase) = (it.workload, it.probe_phase);
        let healthy_at = match it.target {
            TargetPhase::Unhealthy => Some(health_check::healthy_at as HealthyAt),
            // It had not been probed with success yet, and needs one success still.
            TargetPhase::Initial => Some(health_check::registered_healthy_at as HealthyAt),
            TargetPhase::Healthy | TargetPhase::None => None,
        };
        self.world.workloads[workload].changed_at = self.now;
        if let (Some(healthy_at), Some(balancer)) = (healthy_at, self.balancer_of(workload)) {
            let healthy = healthy_at(self.now, phase, &balancer.check);
            self.queue.push(healthy, ControlEvent::TargetProbed(pod));
        }
        self.wants_publish = true;
    }
}

/// When a target that answers from a time on is healthy, by the phase of its probes.
type HealthyAt = fn(SimTime, SimTime, &HealthCheck) -> SimTime;

/// What an event needs of the API.
enum Need {
    /// It happens anyway.
    Nothing,
    /// It waits.
    Api,
    /// It is forgotten, and planned again when controllers start.
    FreshStart,
}

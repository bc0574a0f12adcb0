//! Replicas: pods are created, become ready, are told to end, and start again.
//!
//! The real thing. The ReplicaSet controller keeps as many pods as are wanted; terminating ones do
//! not count, so a replacement is created at once. When there are too many it ends, in this
//! order: pods without a node, pods that are not ready, pods on nodes with more of their kind, pods
//! that became ready last (`pkg/controller/controller_utils.go`). A pod that ends leaves the
//! endpoints at once and uses its grace period to finish what it has; what the load balancer still
//! sends it is the business of `deregistration.rs`.
//!
//! Assumed: of two ready pods the younger ends first, where the controller compares ages by their
//! logarithm and draws lots among near ones; a pod uses its whole grace period; readiness follows
//! one start-up time without failed probes; a new target's phase of probes is drawn with the pod.
//!
//! During a rollout every release has a ReplicaSet of its own (`rollouts.rs`).

use super::{Cause, Control, ControlEvent};
use crate::sim::dist;
use crate::sim::policy::health_check;
use crate::sim::rng::Uniforms as _;
use crate::sim::world::{PodPhase, PodRef, TargetPhase};
use crate::units::SimTime;

impl Control {
    /// Creates and ends pods until every workload has the replicas it wants.
    pub(super) fn reconcile_replicas(&mut self, cause: Cause) {
        for workload in 0..self.world.workloads.len() {
            if self.is_left_alone(workload) {
                continue;
            }
            let owner = &self.world.workloads[workload];
            let Some(rollout) = &owner.rollout else {
                let (release, want) = (owner.release, owner.desired);
                self.reconcile_set(workload, release, (owner.n_replicas, want), cause);
                continue;
            };
            for set in rollout.sets.clone() {
                let owner = &self.world.workloads[workload];
                let counts = |at: &&usize| {
                    let pod = &self.world.pods[**at];
                    pod.release == set.release && pod.phase != PodPhase::Terminating
                };
                let have = owner.pods.iter().filter(counts).count() as u32;
                self.reconcile_set(workload, set.release, (have, set.wanted), cause);
            }
        }
    }

    /// Creates and ends pods until a ReplicaSet has as many as it wants.
    fn reconcile_set(
        &mut self,
        workload: usize,
        release: u32,
        (have, want): (u32, u32),
        cause: Cause,
    ) {
        for n in have..want {
            if !self.admits(workload) {
                self.creation_refused(workload, want - n, cause);
                break;
            }
            let at = self.create_pod(workload, cause);
            self.mark_release(at, release);
        }
        let it = &mut self.world.workloads[workload];
        if it.n_replicas >= it.desired {
            (it.n_refused, it.refused_at) = (0, None);
        }
        for _ in want..have {
            if let Some(pod) = self.victim(workload, release) {
                self.terminate_pod(pod);
            }
        }
    }

    /// Gives a new pod its release, and what comes with it.
    fn mark_release(&mut self, at: usize, release: u32) {
        let n_before = &mut self.n_of_release[release as usize];
        let ordinal = *n_before;
        *n_before += 1;
        let never_ready = self.draw_never_ready(release, ordinal);
        let pod = &mut self.world.pods[at];
        pod.release = release;
        pod.never_ready = never_ready;
    }

    /// Creates a pending pod.
    pub(super) fn create_pod(&mut self, workload: usize, cause: Cause) -> usize {
        let it = &mut self.world.workloads[workload];
        it.changed_at = self.now;
        let ordinal = it.n_created;
        let probe_phase = self.draw_probe_phase(workload, ordinal);
        self.wants_placement = true;
        self.wants_publish = true;
        let at = self.world.add_pod(workload, probe_phase, cause).at();
        let crashes_until = self.heir_of_crashes(workload);
        let pod = &mut self.world.pods[at];
        pod.created_at = self.now;
        pod.crashes_until = crashes_until;
        at
    }

    /// Phase of the balancer's probes of the n-th pod, in whole seconds, so that few pods make
    /// few different instants.
    fn draw_probe_phase(&self, workload: usize, ordinal: u64) -> SimTime {
        let interval = match &self.world.balancer {
            Some(balancer) if balancer.workload == Some(workload) => balancer.check.interval,
            _ => return SimTime::START,
        };
        let id = &self.world.workloads[workload].id;
        let mut stream = self.chance.stream("probe_phase", id, ordinal);
        SimTime::from_s(stream.below(interval.whole_s().max(1)))
    }

    /// The pod that a ReplicaSet with too many ends first.
    fn victim(&self, workload: usize, release: u32) -> Option<usize> {
        let pods = &self.world.pods;
        let own = &self.world.workloads[workload].pods;
        let replicas = || {
            let counts = |at: &usize| pods[*at].phase != PodPhase::Terminating;
            own.iter().copied().filter(counts)
        };
        let mut n_on_node = vec![0_u32; self.world.nodes.len()];
        for at in replicas().filter(|at| pods[*at].is_placed()) {
            n_on_node[pods[at].node] += 1;
        }
        let of_release = |at: &usize| pods[*at].release == release;
        replicas().filter(of_release).min_by_key(|at| {
            let pod = &pods[*at];
            let ready = pod.is_ready();
            let n_beside = if pod.is_placed() {
                n_on_node[pod.node]
            } else {
                0
            };
            (
                pod.is_placed(),
                ready,
                std::cmp::Reverse(n_beside),
                std::cmp::Reverse(pod.ready_changed_at),
                std::cmp::Reverse(pod.number),
            )
        })
    }

    /// Tells a pod to end. On a dead machine it stays terminating until the machine is back.
    pub(super) fn terminate_pod(&mut self, at: usize) {
        let placed = self.world.pods[at].is_placed();
        let ends = placed && self.has_running_machine(at);
        let is_lost_task = placed && !ends && self.is_task(at);
        self.begin_deregistration(at);
        let told_at = self.told_to_end_at(at);
        self.world.terminate(at, self.now);
        if is_lost_task {
            // There is no kubelet to come back that would end it.
            self.release_pod(at);
        }
        if ends {
            self.end_pod(at, told_at);
        }
        self.check_balancer_zones();
        self.wants_publish = true;
    }

    /// The kubelet of a terminating pod hears of it at `heard`.
    pub(super) fn end_pod(&mut self, at: usize, heard: SimTime) {
        let pod = self.world.pod_ref(at);
        let grace = self.world.workloads[self.world.pods[at].workload].termination_grace;
        let gone = heard + grace;
        self.queue.push(gone, ControlEvent::PodGone(pod));
    }

    /// True for a placed pod whose kubelet runs, and sees to its end.
    pub(super) fn has_running_machine(&self, at: usize) -> bool {
        self.world.runs(&self.world.nodes[self.world.pods[at].node])
    }

    /// A terminating pod's grace period is over.
    pub(in crate::sim) fn pod_gone(&mut self, pod: PodRef) {
        let ending = self.world.pods[pod.at()].phase == PodPhase::Terminating;
        if self.world.holds_pod(pod) && ending && self.has_running_machine(pod.at()) {
            self.release_pod(pod.at());
        }
    }

    /// Ends whatever is on a node that is gone, without grace. Returns how many pods had not been
    /// told to end before; their replacements are up to the caller.
    pub(super) fn lose_pods(&mut self, node: usize) -> u32 {
        let mut n_lost = 0;
        for at in 0..self.world.pods.len() {
            let pod = &self.world.pods[at];
            if !pod.is_placed() || pod.node != node {
                continue;
            }
            if pod.phase != PodPhase::Terminating {
                self.world.terminate(at, self.now);
                n_lost += 1;
            }
            self.world.release(at, self.now);
        }
        if n_lost > 0 {
            self.check_balancer_zones();
            self.wants_publish = true;
        }
        n_lost
    }

    /// Frees the room of a pod that has ended.
    pub(super) fn release_pod(&mut self, at: usize) {
        if self.is_task(at) {
            self.meter_task(at, -1.0);
        }
        self.world.release(at, self.now);
        self.wants_placement = true;
        self.wants_publish = true;
    }

    /// Starts a pod that was placed on a node: it will be ready after its start-up time.
    pub(super) fn start_pod(&mut self, at: usize) {
        let launched_at = self.now + self.task_launch_time(at);
        let owner = &mut self.world.workloads[self.world.pods[at].workload];
        let ordinal = owner.n_starts;
        owner.n_starts += 1;
        let mut stream = self.chance.stream("pod_startup", &owner.id, ordinal);
        let ready_at = launched_at + dist::triangular(&mut stream, owner.startup_time);
        let pod = self.world.pod_ref(at);
        self.queue.push(ready_at, ControlEvent::PodStarted(pod));
    }

    /// Starts a pod again in place, on a machine that has booted.
    pub(super) fn restart_pod(&mut self, at: usize) {
        self.world.renew_pod(at);
        let node_cause = self.world.nodes[self.world.pods[at].node].cause;
        let pod = &mut self.world.pods[at];
        pod.alive = true;
        pod.phase = PodPhase::Starting;
        pod.target = TargetPhase::None;
        pod.cause = pod.cause.max(node_cause);
        if pod.listed {
            pod.listed = false;
            pod.ready_changed_at = self.now;
        }
        self.world.workloads[pod.workload].changed_at = self.now;
        self.start_pod(at);
        self.wants_publish = true;
    }

    /// A pod is ready: it joins the endpoints, and the target group as a new target.
    pub(in crate::sim) fn pod_started(&mut self, pod: PodRef) {
        let at = pod.at();
        let it = &self.world.pods[at];
        // It crashed and started again while the API was away.
        let unseen = it.phase == PodPhase::Ready && !it.alive && self.has_running_machine(at);
        let starts = it.phase == PodPhase::Starting && it.alive;
        if !self.world.holds_pod(pod) || !(starts || unseen) {
            return;
        }
        let (workload, cause) = (it.workload, it.cause);
        if it.never_ready {
            return;
        }
        if it.crashes_until > self.now {
            self.crash_pod(at);
            return;
        }
        if self.is_out_of_memory(at) {
            self.kill_for_memory(at);
            return;
        }
        if unseen {
            self.answers_again(at);
            return;
        }
        self.make_ready(at);
        self.register_target(at);
        if !self.world.pods[at].is_gated() {
            self.note_pod_ready(workload, cause);
        }
        self.wants_publish = true;
    }

    /// A ready pod joins the target group, if there is one, and waits for its first probe.
    pub(super) fn register_target(&mut self, at: usize) {
        let workload = self.world.pods[at].workload;
        if let Some(balancer) = self.balancer_of(workload) {
            let phase = self.world.pods[at].probe_phase;
            let probed = health_check::registered_healthy_at(self.now, phase, &balancer.check);
            let is_gated = balancer.readiness_gate && !self.is_task(at);
            self.world.pods[at].target = TargetPhase::Initial;
            self.world.pods[at].listed &= !is_gated;
            let pod = self.world.pod_ref(at);
            self.queue.push(probed, ControlEvent::TargetProbed(pod));
            let number = self.world.pods[at].number;
            self.forget_crashed(|it| it.number == number);
        }
    }

    /// Sets a pod's Ready condition.
    pub(super) fn make_ready(&mut self, at: usize) {
        let pod = &mut self.world.pods[at];
        pod.phase = PodPhase::Ready;
        pod.alive = true;
        pod.listed = true;
        pod.ready_changed_at = self.now;
        self.world.workloads[pod.workload].changed_at = self.now;
    }
}

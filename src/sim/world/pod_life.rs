//! What happens to pods: they are created, bound to a node, told to end, and gone.

use super::{Cause, Pod, PodPhase, PodRef, TargetPhase, World, slot};
use crate::sim::policy::vpa::OomPeak;
use crate::units::SimTime;

impl World {
    /// Adds a pending pod and counts it in its workload.
    pub fn add_pod(&mut self, workload: usize, probe_phase: SimTime, cause: Cause) -> PodRef {
        let owner = &mut self.workloads[workload];
        owner.n_replicas += 1;
        owner.n_pending += 1;
        owner.n_created += 1;
        self.n_pods_created += 1;
        let epoch = self
            .free_pods
            .last()
            .map_or(0, |at| self.pods[*at as usize].epoch + 1);
        let pod = Pod {
            workload,
            requests: owner.requests,
            resize_since: None,
            node: 0,
            phase: PodPhase::Pending,
            alive: false,
            listed: false,
            target: TargetPhase::None,
            probe_phase,
            created_at: SimTime::START,
            started_at: SimTime::START,
            ready_changed_at: SimTime::START,
            ends_by: SimTime::NEVER,
            nominated: None,
            batch: 0,
            release: owner.release,
            never_ready: false,
            n_crashes: 0,
            crashes_until: SimTime::START,
            restart_at: SimTime::START,
            oom: None,
            oom_peak: OomPeak::default(),
            number: self.n_pods_created,
            cause,
            epoch,
        };
        let at = match self.free_pods.pop() {
            Some(at) => {
                self.pods.refill(at as usize, pod);
                at as usize
            }
            None => {
                self.pods.push(pod);
                self.pods.len() - 1
            }
        };
        self.workloads[workload].pods.push(at);
        self.pending.push(at);
        self.pod_ref(at)
    }

    /// Slots of the pods behind the load balancer, terminating ones included, in no order.
    #[must_use]
    pub fn behind_balancer(&self) -> &[usize] {
        let workload = self.balancer.as_ref().and_then(|it| it.workload);
        workload.map_or(&[], |at| &self.workloads[at].pods)
    }

    /// Puts a pending pod on a node.
    pub fn bind(&mut self, at: usize, node: usize, now: SimTime) {
        let runs = self.runs(&self.nodes[node]);
        let pod = &mut self.pods[at];
        let owner = &mut self.workloads[pod.workload];
        let host = &mut self.nodes[node];
        owner.n_pending -= 1;
        self.pending.retain(|it| *it != at);
        owner.pods_per_zone[host.zone.index()] += 1;
        host.requested = host.requested.plus(pod.requests);
        host.n_pods += 1;
        host.spare = false;
        pod.node = node;
        pod.nominated = None;
        pod.phase = PodPhase::Starting;
        pod.alive = runs;
        pod.started_at = now;
        pod.ready_changed_at = now;
        owner.changed_at = now;
        pod.cause = pod.cause.max(host.cause);
        self.pods.join_node(at, node);
        self.note_pod_event(node, now);
    }

    /// A pod came to a node or left it.
    fn note_pod_event(&mut self, node: usize, now: SimTime) {
        self.n_changes += 1;
        self.nodes[node].note_pod_event(now);
    }

    /// Begins the end of a pod: it no longer counts as a replica. A pending pod is gone at once.
    pub fn terminate(&mut self, at: usize, now: SimTime) {
        let pod = &mut self.pods[at];
        let owner = &mut self.workloads[pod.workload];
        owner.n_replicas -= 1;
        owner.changed_at = now;
        pod.listed = false;
        pod.target = TargetPhase::None;
        if pod.phase == PodPhase::Pending {
            owner.n_pending -= 1;
            self.pending.retain(|it| *it != at);
            self.n_changes += 1;
            self.empty_slot(at);
        } else {
            let node = pod.node;
            owner.pods_per_zone[self.nodes[node].zone.index()] -= 1;
            pod.phase = PodPhase::Terminating;
            pod.ends_by = now + owner.termination_grace;
            self.note_pod_event(node, now);
        }
    }

    /// Ends a terminating pod: its room is free and its slot empty.
    pub fn release(&mut self, at: usize, now: SimTime) {
        let pod = self.pods[at];
        let node = &mut self.nodes[pod.node];
        node.requested = node.requested.minus(pod.requests);
        node.n_pods -= 1;
        self.workloads[pod.workload].pod_gone_at = now;
        self.note_pod_event(pod.node, now);
        self.empty_slot(at);
    }

    fn empty_slot(&mut self, at: usize) {
        if self.pods[at].is_placed() {
            self.pods.leave_node(at);
        }
        let pod = &mut self.pods[at];
        pod.phase = PodPhase::Gone;
        self.workloads[pod.workload].pods.retain(|it| *it != at);
        self.free_pods.push(slot(at));
    }

    /// Starts a new life in the same slot, so that events of the old one no longer apply.
    pub fn renew_pod(&mut self, at: usize) -> PodRef {
        self.pods[at].epoch += 1;
        self.pod_ref(at)
    }

    /// The name of a pod over time.
    #[must_use]
    pub fn pod_ref(&self, at: usize) -> PodRef {
        PodRef {
            index: slot(at),
            epoch: self.pods[at].epoch,
        }
    }

    /// True while the slot still holds the pod that was meant.
    #[must_use]
    pub fn holds_pod(&self, pod: PodRef) -> bool {
        let found = &self.pods[pod.at()];
        found.epoch == pod.epoch && found.phase != PodPhase::Gone
    }
}

//! What ends a drain, and the pods in it, before their own time. The rules are in
//! `policy/drain.rs`.
//!
//! Assumed: a pod whose grace period is cut finishes what it has as if it were not.

use super::{Control, ControlEvent};
use crate::sim::event::DrainOutcome;
use crate::sim::policy::drain::Limit;
use crate::sim::world::PodPhase;
use crate::units::{SimDuration, SimTime};

impl Control {
    /// Sees to it that a drain that has just begun ends in its time.
    pub(super) fn watch_limit(&mut self, at: usize) {
        let drain = &self.drains[at];
        let (rules, began_at) = (drain.rules, drain.began_at);
        let mut due = Vec::new();
        match rules.limit {
            Some(Limit::GiveUp { refused, .. }) => due.push(began_at + refused),
            Some(Limit::DeletePods(after)) => {
                due.push(began_at + after);
                for pod in self.pods_to_evict(at) {
                    let deleted_at = rules.deleted_at(began_at, self.own_grace(pod));
                    if deleted_at > self.now && !due.contains(&deleted_at) {
                        due.push(deleted_at);
                    }
                }
                self.delete_late(at);
            }
            None => {}
        }
        for time in due {
            let event = ControlEvent::DrainLate(self.drains[at].id);
            self.queue.push(time, event);
        }
    }

    /// A drain, or one of its pods, has taken as long as it may.
    pub(in crate::sim) fn drain_late(&mut self, id: u32) {
        let Some(at) = self.drains.iter().position(|it| it.id == id) else {
            return;
        };
        match self.drains[at].rules.limit {
            Some(Limit::DeletePods(_)) => self.delete_late(at),
            Some(Limit::GiveUp { ending, .. }) => {
                let until = self.drains[at].evicted_at + ending;
                if until > self.now && self.pods_to_evict(at).is_empty() {
                    self.queue.push(until, ControlEvent::DrainLate(id));
                } else {
                    self.give_up_drain(at);
                }
            }
            None => {}
        }
    }

    /// Tells pods to end that have no more time than their grace period, and cuts that of pods that
    /// would take longer.
    fn delete_late(&mut self, at: usize) {
        let drain = &self.drains[at];
        let (rules, began_at, cause) = (drain.rules, drain.began_at, drain.cause);
        let mut deleted = false;
        for pod in self.pods_to_evict(at) {
            if rules.deleted_at(began_at, self.own_grace(pod)) > self.now {
                continue;
            }
            if !self.eviction_of(pod).allows() {
                self.drains[at].outcome = DrainOutcome::PodsDeleted;
            }
            self.end_within(at, pod);
            deleted = true;
        }
        for pod in self.pods_in_work(at) {
            let it = &self.world.pods[pod];
            if it.phase == PodPhase::Terminating {
                let ends_by = rules.ends_by(began_at, it.ends_by.since(self.now), self.now);
                self.cut_grace(pod, ends_by);
            }
        }
        if deleted {
            self.reconcile_replicas(cause);
        }
    }

    /// Tells a pod to end within the grace period that a drain gives it.
    pub(super) fn end_within(&mut self, at: usize, pod: usize) {
        let drain = &self.drains[at];
        let own_grace = self.own_grace(pod);
        let ends_by = drain.rules.ends_by(drain.began_at, own_grace, self.now);
        self.terminate_pod(pod);
        self.cut_grace(pod, ends_by);
    }

    /// Grace period of a pod, from its spec.
    fn own_grace(&self, pod: usize) -> SimDuration {
        self.world.workloads[self.world.pods[pod].workload].termination_grace
    }

    /// Ends a terminating pod earlier.
    fn cut_grace(&mut self, at: usize, ends_by: SimTime) {
        let pod = &self.world.pods[at];
        if pod.phase != PodPhase::Terminating || ends_by >= pod.ends_by {
            return;
        }
        self.world.pods[at].ends_by = ends_by;
        if self.has_running_machine(at) {
            let pod = self.world.pod_ref(at);
            self.queue.push(ends_by, ControlEvent::PodGone(pod));
        }
    }

    /// True while a drain waits for pods of a node, and not only for such as never report their
    /// end.
    pub(super) fn waits_for_pods(&mut self, drain: usize, node: usize) -> bool {
        let host = &self.world.nodes[node];
        let Some(stuck_after) = self.drains[drain].rules.stuck_after else {
            return host.n_pods > 0;
        };
        if host.n_pods == 0 || self.world.runs(host) || self.api.is_away() {
            return host.n_pods > 0;
        }
        let pods = self.world.pods.on_node(node);
        let pods = pods.iter().map(|at| &self.world.pods[*at]);
        if pods.clone().any(|it| it.phase != PodPhase::Terminating) {
            return true;
        }
        let last = pods.map(|it| it.ends_by).max();
        let stuck_at = last.map_or(self.now, |last| last + stuck_after);
        if stuck_at <= self.now {
            return false;
        }
        let drain = &mut self.drains[drain];
        if drain.stuck_at <= self.now || stuck_at < drain.stuck_at {
            drain.stuck_at = stuck_at;
            let event = ControlEvent::DrainNext(drain.id);
            self.queue.push(stuck_at, event);
        }
        true
    }
}

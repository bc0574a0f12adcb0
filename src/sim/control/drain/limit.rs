//! What ends a drain, and the pods in it, before their own time. The rules are in
//! `policy/drain.rs`.
//!
//! Assumed: a pod whose grace period is cut finishes what it has as if it were not.

use super::{Control, ControlEvent};
use crate::sim::event::DrainOutcome;
use crate::sim::policy::drain::{DrainRules, Limit};
use crate::sim::world::PodPhase;

impl Control {
    /// A drain has taken as long as it may.
    pub(in crate::sim) fn drain_late(&mut self, id: u32) {
        let Some(at) = self.drains.iter().position(|it| it.id == id) else {
            return;
        };
        match self.drains[at].rules.limit {
            Some(Limit::DeletePods(_)) => {
                let cause = self.drains[at].cause;
                for pod in self.pods_to_evict(at) {
                    self.terminate_pod(pod);
                }
                self.drains[at].refused.clear();
                self.drains[at].outcome = DrainOutcome::PodsDeleted;
                self.reconcile_replicas(cause);
            }
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

    /// Tells a pod to end within the grace period that a drain gives it.
    pub(super) fn end_within(&mut self, rules: &DrainRules, at: usize) {
        let own_grace = self.world.workloads[self.world.pods[at].workload].termination_grace;
        let ends_by = rules.ends_by(own_grace, self.now);
        self.terminate_pod(at);
        let pod = &mut self.world.pods[at];
        if pod.phase == PodPhase::Terminating && ends_by < pod.ends_by {
            pod.ends_by = ends_by;
            if self.has_running_machine(at) {
                let pod = self.world.pod_ref(at);
                self.queue.push(ends_by, ControlEvent::PodGone(pod));
            }
        }
    }
}

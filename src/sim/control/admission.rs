//! Admission: whether a ReplicaSet may create a pod, and when it tries again.
//!
//! The decision is [`quota::admits`]. A deployment that was refused looks again when one of its own
//! pods has come or gone, and at the times of its back-off as soon as its namespace has room.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::sim::event::EventKind;
use crate::sim::policy::drain;
use crate::sim::policy::quota::{self, Usage};
use crate::sim::world::{Pod, PodPhase};
use crate::units::SimTime;

impl Control {
    /// True when the namespace of a deployment has room for one more of its pods.
    pub(super) fn admits(&self, workload: usize) -> bool {
        let owner = &self.world.workloads[workload];
        let Some(namespace) = owner.namespace else {
            return true;
        };
        let quota = &self.world.quotas[namespace];
        let mut used = Usage::default();
        let counts = |it: &&Pod| {
            let own = self.world.workloads[it.workload].namespace == Some(namespace);
            own && it.phase != PodPhase::Gone
        };
        for pod in self.world.pods.iter().filter(counts) {
            used.requests = used.requests.plus(pod.requests);
            used.pods += 1;
        }
        quota::admits(quota, &used, owner.requests)
    }

    /// Notes that pods of a deployment could not be created. Told of when their number grows.
    pub(super) fn creation_refused(&mut self, workload: usize, missing: u32, cause: Cause) {
        let owner = &mut self.world.workloads[workload];
        let told = owner.n_refused;
        owner.n_refused = missing;
        owner.refused_at.get_or_insert(self.now);
        if missing > told {
            let kind = EventKind::CreationRefused { pods: missing };
            self.tell(Entity::Workload(workload), None, cause, kind);
        }
    }

    /// At the end of an instant: deployments that were refused and have room now try again.
    pub(super) fn watch_quotas(&mut self) {
        for workload in 0..self.world.workloads.len() {
            let owner = &self.world.workloads[workload];
            let Some(since) = owner
                .refused_at
                .filter(|_| owner.retry_at == SimTime::NEVER)
            else {
                continue;
            };
            if !self.admits(workload) {
                continue;
            }
            let owner = &self.world.workloads[workload];
            let at_once = owner.changed_at.max(owner.pod_gone_at) == self.now;
            let due = if at_once {
                self.now
            } else {
                drain::next_attempt(quota::RETRY, since, self.now)
            };
            self.world.workloads[workload].retry_at = due;
            let event = ControlEvent::CreateAgain(workload as u32);
            self.queue.push(due, event);
        }
    }

    /// A deployment whose pods were refused tries again.
    pub(in crate::sim) fn create_again(&mut self, workload: usize) {
        let owner = &mut self.world.workloads[workload];
        if owner.retry_at == self.now {
            owner.retry_at = SimTime::NEVER;
            self.reconcile_replicas(None);
        }
    }
}

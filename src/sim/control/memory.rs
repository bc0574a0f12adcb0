//! Containers that need more memory than their limit: killed, and started again in place.
//!
//! The real thing. A limit is the `memory.max` of the container's cgroup. A process that asks for
//! more is killed by the kernel (`OOMKilled`, exit code 137); the kubelet starts its container
//! again after the back-off of `policy/crash_loop.rs`, with the same limit. Whatever makes it need
//! so much is still there, so it loops until somebody gives it more: a VPA, or the next release. A
//! limit is no request: the node may be empty, and the container is killed nevertheless.
//!
//! Assumed: pods use a constant amount (`memory_usage`), which is reached at the instant when they
//! would be ready, so that a pod whose limit is too small never serves; a run begins with the first
//! kill of such pods.
//!
//! Left out: nodes that run out of memory (no limit, or limits beyond what the node has), with the
//! kubelet's evictions; caches that shrink under pressure; memory that leaks.

use super::notes::Entity;
use super::{Cause, Control};
use crate::sim::event::{EventKind, OomEvent};
use crate::sim::policy::vpa;
use crate::sim::world::{Oom, PodPhase};

impl Control {
    /// True for a pod that uses more memory than it may.
    pub(super) fn is_out_of_memory(&self, at: usize) -> bool {
        let pod = &self.world.pods[at];
        let bounds = self.world.workloads[pod.workload].memory.as_ref();
        bounds.is_some_and(|it| it.ends(pod.requests.memory_bytes))
    }

    /// The kernel kills the container of a pod that has come as far as readiness.
    pub(super) fn kill_for_memory(&mut self, at: usize) {
        let pod = &self.world.pods[at];
        let request = pod.requests.memory_bytes;
        let ran = self.now.since(pod.started_at.max(pod.restart_at));
        let cause = self.tell_of_kill(pod.workload, request);
        self.crash_pod(at);
        let pod = &mut self.world.pods[at];
        pod.cause = pod.cause.max(cause);
        pod.oom = Some(Oom {
            at: self.now,
            request,
            quick: vpa::is_quick_oom(ran),
            seen: false,
        });
    }

    /// Tells of the first pod of a workload that a limit ends; returns the event of that.
    fn tell_of_kill(&mut self, workload: usize, request: u64) -> Cause {
        let owner = &self.world.workloads[workload];
        let bounds = owner.memory.as_ref()?;
        let (limit_bytes, used_bytes) = (bounds.limit_at(request), bounds.used);
        if let Some((_, cause)) = bounds.told.iter().find(|it| it.0 == limit_bytes) {
            return *cause;
        }
        let same = |at: &&usize| {
            let pod = &self.world.pods[**at];
            pod.phase != PodPhase::Terminating && pod.requests.memory_bytes == request
        };
        let kind = EventKind::OutOfMemory(OomEvent::Killed {
            pods: owner.pods.iter().filter(same).count() as u32,
            limit_bytes,
            used_bytes,
        });
        let cause = self.tell(Entity::Workload(workload), None, None, kind);
        if let Some(bounds) = &mut self.world.workloads[workload].memory {
            bounds.told.push((limit_bytes, cause));
        }
        cause
    }

    /// The recommender of a workload's VPA takes in the kills that it has not seen yet.
    pub(super) fn take_in_kills(&mut self, workload: usize) {
        let owner = &mut self.world.workloads[workload];
        let Some(vertical) = &mut owner.vertical else {
            return;
        };
        for at in &owner.pods {
            let pod = &mut self.world.pods[*at];
            let Some(oom) = pod.oom.as_mut().filter(|it| !it.seen) else {
                continue;
            };
            oom.seen = true;
            let needed = vpa::oom_bump(oom.request);
            pod.oom_peak = vertical.history.add_oom(pod.oom_peak, needed, oom.at);
        }
    }
}

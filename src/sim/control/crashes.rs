//! Pods whose process ends: started again in place, ever later.
//!
//! The real thing. The kubelet sees the end of a container at once: the pod is not ready any more
//! and leaves the endpoints, and its container is started again after the back-off of
//! `policy/crash_loop.rs`. The load balancer hears of it as late as of a pod that is told to end
//! (`deregistration.rs`) unless its own probes are faster, and nothing listens at the pod's address
//! meanwhile: 502. Nobody creates a new pod for it, and it keeps its node and its requests.
//!
//! A fault of some length makes a crash loop: its pods start, come as far as readiness, and crash
//! again, until it is over; what back-off they have by then they still wait for.
//!
//! Assumed: which pods crash is a matter of chance, and pods that replace them in the meantime are
//! sound; a start takes as long as the first one; what a pod was working on is finished.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent, losses};
use crate::sim::event::{EventKind, ServiceEvent, TaskLoss};
use crate::sim::policy::crash_loop;
use crate::sim::policy::health_check::FailureMode;
use crate::sim::world::{Machine, PodPhase, PodRef, TargetPhase};
use crate::units::{IntOrPercent, SimDuration, order};

impl Control {
    /// The deployment that a fault names; none in a design without it.
    pub(super) fn workload_of(&self, fault: usize) -> Option<usize> {
        let target = self.faults[fault].target.as_ref();
        let mut workloads = self.world.workloads.iter();
        workloads.position(|it| Some(&it.id) == target)
    }

    /// A number or share of a deployment's ready pods crashes.
    pub(super) fn pods_crash(&mut self, fault: usize, wanted: IntOrPercent, cause: Cause) {
        let Some(workload) = self.workload_of(fault) else {
            return;
        };
        let mut serving: Vec<usize> = self.world.workloads[workload].pods.clone();
        serving.retain(|at| self.world.pods[*at].serves());
        // The order of the slots says nothing; that of creation is the same in every history.
        let number = |at: &usize| self.world.pods[*at].number;
        order::sort_by(&mut serving, |a, b| number(a).cmp(&number(b)));
        let id = &self.faults[fault].id;
        let mut stream = self.chance.stream("pod_crash", id, 0);
        let chosen = losses::choose(&mut stream, serving, wanted);
        if chosen.is_empty() {
            return;
        }
        let n = chosen.len() as u32;
        let kind = match self.world.fargate_of(workload) {
            Some(_) => EventKind::Service(ServiceEvent::Replaced {
                tasks: n,
                because: TaskLoss::Crash,
            }),
            None => EventKind::PodsCrashed { pods: n },
        };
        let cause = self.tell(Entity::Workload(workload), None, cause, kind);
        for at in chosen {
            let pod = &mut self.world.pods[at];
            pod.crashes_until = self.faults[fault].end;
            pod.cause = pod.cause.max(cause);
            self.crash_pod(at);
        }
    }

    /// Tells how long the pods of a crash loop still wait when its cause is gone.
    pub(super) fn crash_loop_ends(&mut self, fault: usize, cause: Cause) {
        let end = self.faults[fault].end;
        for workload in 0..self.world.workloads.len() {
            let pods = self.world.workloads[workload].pods.iter();
            let pods = pods.map(|at| &self.world.pods[*at]);
            let waiting = pods.filter(|pod| {
                let loops = pod.crashes_until == end && pod.phase == PodPhase::Starting;
                loops && pod.restart_at > self.now
            });
            let (mut n_waiting, mut longest) = (0, SimDuration::ZERO);
            for pod in waiting {
                n_waiting += 1;
                longest = longest.max(pod.restart_at.since(self.now));
            }
            if n_waiting > 0 {
                let kind = EventKind::CrashLoopBackOff {
                    pods: n_waiting,
                    longest,
                };
                self.tell(Entity::Workload(workload), None, cause, kind);
            }
        }
    }

    /// The process of a pod on a running machine ends.
    pub(super) fn crash_pod(&mut self, at: usize) {
        if self.is_task(at) {
            self.task_crashed(at);
            return;
        }
        self.world.renew_pod(at);
        let pod = &mut self.world.pods[at];
        pod.oom = None;
        let ran = match pod.phase {
            PodPhase::Ready if pod.alive => self.now.since(pod.ready_changed_at),
            _ => SimDuration::ZERO,
        };
        let n_before = crash_loop::remembered(pod.n_crashes, ran);
        pod.n_crashes = n_before.saturating_add(1);
        pod.restart_at = self.now + crash_loop::back_off(n_before);
        if self.api.is_away() && pod.phase == PodPhase::Ready {
            self.crash_unseen(at);
            return;
        }
        let due = pod.restart_at;
        if self.deregister_crashed(at) {
            self.expect_failed_probes(at, FailureMode::Refusing);
        }
        let pod = &mut self.world.pods[at];
        pod.alive = false;
        pod.phase = PodPhase::Starting;
        pod.target = TargetPhase::None;
        if pod.listed {
            pod.listed = false;
            pod.ready_changed_at = self.now;
        }
        self.world.workloads[pod.workload].changed_at = self.now;
        let pod = self.world.pod_ref(at);
        self.queue.push(due, ControlEvent::PodRestarts(pod));
        self.check_balancer_zones();
        self.wants_publish = true;
    }

    /// A crashed pod's back-off is over.
    pub(in crate::sim) fn pod_restarts(&mut self, pod: PodRef) {
        let at = pod.at();
        let it = &self.world.pods[at];
        let waits = matches!(it.phase, PodPhase::Starting | PodPhase::Ready) && !it.alive;
        if !self.world.holds_pod(pod) || !waits {
            return;
        }
        // On a machine without power it waits for the boot, which starts all of its pods.
        if self.world.nodes[it.node].machine != Machine::Running {
            return;
        }
        if it.phase == PodPhase::Ready {
            self.start_pod(at);
        } else {
            self.restart_pod(at);
        }
    }
}

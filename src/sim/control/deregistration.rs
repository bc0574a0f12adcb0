//! Targets that leave, on purpose or because their process has ended: the balancer goes on sending
//! to them for a while, whether they still take requests or not. The rules are in
//! `policy/deregistration.rs`.

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::sim::dist;
use crate::sim::event::{EventKind, TargetsStopped};
use crate::sim::flow::PodGroup;
use crate::sim::policy::deregistration::{Answer, Leaving};
use crate::sim::world::{LeavingTarget, Pod, TargetPhase};
use crate::units::SimTime;

impl Control {
    /// A pod is about to be told to end: if requests are sent to it, that goes on for a while.
    pub(super) fn begin_deregistration(&mut self, at: usize) {
        let pod = &self.world.pods[at];
        if pod.serves() && self.is_sent_to(pod) {
            let stops_at = self.now + self.world.workloads[pod.workload].pre_stop;
            self.leave_balancer(at, stops_at, false);
        }
    }

    /// It is known that a pod's process has ended, and not yet to the balancer: what that sends is
    /// refused until it has heard, or its probes have failed, whichever is first.
    /// Returns whether there is such a time at all.
    pub(super) fn deregister_crashed(&mut self, at: usize) -> bool {
        self.is_sent_to(&self.world.pods[at]) && self.leave_balancer(at, self.now, true)
    }

    /// True of a pod to which the balancer sends requests, whether it takes them or not.
    fn is_sent_to(&self, pod: &Pod) -> bool {
        let sent_to = match self.balancer_of(pod.workload) {
            Some(it) if it.via_nodes => false,
            Some(it) => match pod.target {
                TargetPhase::None => false,
                TargetPhase::Healthy => true,
                TargetPhase::Initial | TargetPhase::Unhealthy => it.fail_open,
            },
            None => false,
        };
        sent_to && self.world.receives(pod)
    }

    /// A target that stops at `stops_at` is to be sent requests until the balancer has heard of it;
    /// false where that takes no time.
    fn leave_balancer(&mut self, at: usize, stops_at: SimTime, has_crashed: bool) -> bool {
        let pod = self.world.pods[at];
        let (target, is_task) = (self.world.pod_ref(at), self.is_task(at));
        let zone = self.world.nodes[pod.node].zone;
        let Some(balancer) = &mut self.world.balancer else {
            return false;
        };
        let place = &mut self.world.zones[zone.index()];
        let ordinal = place.n_deregistered;
        place.n_deregistered += 1;
        let mut stream = self.chance.stream("deregistration", &place.name, ordinal);
        let needs = dist::triangular(&mut stream, balancer.deregistration_time);
        if needs.is_zero() {
            return false;
        }
        let forgotten_at = self.now + needs;
        let times = Leaving {
            // ECS sends SIGTERM when the target is deregistered, and knows no hooks.
            stops_at: if is_task && !has_crashed {
                forgotten_at
            } else {
                stops_at
            },
            forgotten_at,
        };
        balancer.leaving.push(LeavingTarget {
            times,
            pod: target,
            number: pod.number,
            has_crashed,
            zone,
            cause: pod.cause,
        });
        if times.is_too_early() {
            self.queue.push(stops_at, ControlEvent::TargetsLeave);
        }
        self.queue
            .push(times.forgotten_at, ControlEvent::TargetsLeave);
        true
    }

    /// A leaving target stops, or the balancer has stopped sending to it.
    pub(in crate::sim) fn targets_leave(&mut self) {
        let now = self.now;
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        balancer.leaving.retain(|it| now < it.times.forgotten_at);
        // Of those that have crashed it was told when they did.
        let stopped = balancer.leaving.iter().filter(|it| !it.has_crashed);
        let stopped = stopped.filter(|it| it.times.stops_at <= now);
        let (mut targets, mut until, mut cause) = (0, now, None);
        for it in stopped {
            targets += 1;
            until = until.max(it.times.forgotten_at);
            cause = cause.max(it.cause);
        }
        // Told once until none is left: a rollout ends one pod after the other.
        let begins = targets > 0 && !balancer.has_stopped;
        balancer.has_stopped = targets > 0;
        if let Some(workload) = balancer.workload {
            self.world.pods.touch(workload);
        }
        if begins {
            let kind = EventKind::TargetsStopped(TargetsStopped {
                targets,
                early: until.since(now),
            });
            self.tell(Entity::Balancer, None, cause, kind);
        }
        self.wants_publish = true;
    }

    /// A crashed target needs no deregistration any more: probes have failed, or it is a new one.
    pub(super) fn forget_crashed(&mut self, is_meant: impl Fn(&LeavingTarget) -> bool) {
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let before = balancer.leaving.len();
        balancer
            .leaving
            .retain(|it| !(it.has_crashed && is_meant(it)));
        if balancer.leaving.len() == before {
            return;
        }
        if let Some(workload) = balancer.workload {
            self.world.pods.touch(workload);
        }
        self.wants_publish = true;
    }

    /// True while a target that leaves has an address that answers: it is the pod's, and outlives
    /// the process that crashed.
    fn is_there(&self, it: &LeavingTarget) -> bool {
        let pod = &self.world.pods[it.pod.at()];
        if it.has_crashed {
            let is_same = pod.number == it.number && pod.is_placed();
            is_same && self.world.runs(&self.world.nodes[pod.node])
        } else {
            self.world.holds_pod(it.pod) && pod.alive
        }
    }

    /// Adds targets that leave to what the balancer sends to, by zone.
    pub(super) fn count_leaving(&self, groups: &mut [PodGroup]) {
        let Some(balancer) = &self.world.balancer else {
            return;
        };
        for it in &balancer.leaving {
            if balancer.spares(it.zone) {
                continue;
            }
            let group = &mut groups[it.zone.index()];
            match it.times.answer(self.now, self.is_there(it)) {
                Answer::Served => group.in_balancer += 1,
                Answer::Refused => group.stopped_in_balancer += 1,
                Answer::Silence => group.dead_in_balancer += 1,
                Answer::Forgotten => {}
            }
        }
    }
}

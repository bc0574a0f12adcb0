//! Targets that leave on purpose: the balancer goes on sending to them for a while, whether they
//! still take requests or not. The rules are in `policy/deregistration.rs`.

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::sim::dist;
use crate::sim::event::{EventKind, TargetsStopped};
use crate::sim::flow::PodGroup;
use crate::sim::policy::deregistration::{Answer, Leaving};
use crate::sim::world::{LeavingTarget, TargetPhase};

impl Control {
    /// A pod is about to be told to end: if requests are sent to it, that goes on for a while.
    pub(super) fn begin_deregistration(&mut self, at: usize) {
        let pod = self.world.pods[at];
        let receives = pod.serves() && self.world.receives(&pod);
        let sent_to = match self.balancer_of(pod.workload) {
            Some(it) if it.via_nodes => false,
            Some(it) => it.fail_open || pod.target == TargetPhase::Healthy,
            None => false,
        };
        if !receives || !sent_to {
            return;
        }
        let stops_at = self.now + self.world.workloads[pod.workload].pre_stop;
        let target = self.world.pod_ref(at);
        let zone = self.world.nodes[pod.node].zone;
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let ordinal = balancer.n_left;
        balancer.n_left += 1;
        let mut stream = self.chance.stream("deregistration", &balancer.id, ordinal);
        let needs = dist::triangular(&mut stream, balancer.deregistration_time);
        if needs.is_zero() {
            return;
        }
        let times = Leaving {
            stops_at,
            forgotten_at: self.now + needs,
        };
        balancer.leaving.push(LeavingTarget {
            times,
            pod: target,
            zone,
            cause: pod.cause,
        });
        if times.is_too_early() {
            self.queue.push(stops_at, ControlEvent::TargetsLeave);
        }
        self.queue
            .push(times.forgotten_at, ControlEvent::TargetsLeave);
    }

    /// A leaving target stops, or the balancer has stopped sending to it.
    pub(in crate::sim) fn targets_leave(&mut self) {
        let now = self.now;
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        balancer.leaving.retain(|it| now < it.times.forgotten_at);
        let stopped = balancer.leaving.iter();
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

    /// Adds targets that leave to what the balancer sends to, by zone.
    pub(super) fn count_leaving(&self, groups: &mut [PodGroup]) {
        let Some(balancer) = &self.world.balancer else {
            return;
        };
        for it in &balancer.leaving {
            if balancer.spares(it.zone) {
                continue;
            }
            let is_there = self.world.holds_pod(it.pod) && self.world.pods[it.pod.at()].alive;
            let group = &mut groups[it.zone.index()];
            match it.times.answer(self.now, is_there) {
                Answer::Served => group.in_balancer += 1,
                Answer::Refused => group.stopped_in_balancer += 1,
                Answer::Silence => group.dead_in_balancer += 1,
                Answer::Forgotten => {}
            }
        }
    }
}

//! ECS service auto scaling: CloudWatch's figures of a service, and what target tracking makes of
//! them.
//!
//! The real thing. ECS publishes the average CPU utilization of a service's running tasks once a
//! minute (every 20 s at high resolution). CloudWatch evaluates the two alarms of the policy, and
//! an alarm in alarm has Application Auto Scaling set the desired count. AWS measured 363 s from a
//! load step to the scale-out with figures of a minute, 86 s with figures of 20 s: three periods,
//! and the delay of what is published.
//!
//! Assumed: every data point comes that delay after the end of its period and is looked at then;
//! the average is over the tasks that serve, so that one that still starts does not dilute it. A
//! task's size is a limit, so no data point says more than 100 %, and one scale-out adds no more
//! than that leads to; that the limit slows requests down is left out, here as for pods. The rules
//! are in `policy/target_tracking.rs`.

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::sim::event::{EventKind, ScalingHold, ServiceEvent, TrackingReason};
use crate::sim::flow::{Observation, PodGroup};
use crate::sim::policy::target_tracking::{
    self, Alarm, Decision, HIGH_PERIODS, LOW_PERIODS, Limit, Observed,
};
use crate::sim::world::World;
use crate::units::SimTime;

/// CloudWatch's figures of the services that scale.
#[derive(Debug)]
pub(super) struct CloudWatch {
    services: Vec<Service>,
    n_zones: usize,
}

/// The figures of one service.
#[derive(Debug)]
struct Service {
    workload: usize,
    /// CPU seconds used in the open period.
    cpu_s: f64,
    /// Task seconds that used them.
    task_s: f64,
    /// Shares of the task size, the newest last; those at the end are not published yet.
    points: Vec<Option<f64>>,
    n_unpublished: usize,
}

impl CloudWatch {
    pub(super) fn new(world: &World) -> Self {
        let scaled = world.workloads.iter().enumerate();
        let services = scaled
            .filter(|(_, it)| it.tracker.is_some())
            .map(|(workload, _)| Service {
                workload,
                cpu_s: 0.0,
                task_s: 0.0,
                points: Vec::new(),
                n_unpublished: 0,
            });
        Self {
            services: services.collect(),
            n_zones: world.zones.len(),
        }
    }

    /// Takes in what the data plane saw during a step.
    pub(super) fn observe(&mut self, seen: &Observation, pods: &[PodGroup], seconds: f64) {
        for service in &mut self.services {
            let from = service.workload * self.n_zones;
            let slots = from..from + self.n_zones;
            for (cores, pods) in seen.cpu_cores[slots.clone()].iter().zip(&pods[slots]) {
                service.cpu_s += cores * seconds;
                service.task_s += f64::from(pods.ready) * seconds;
            }
        }
    }

    /// CPU seconds that a workload's consumers of a queue used in a step.
    pub(super) fn use_cpu(&mut self, workload: usize, cpu_s: f64) {
        for service in &mut self.services {
            if service.workload == workload {
                service.cpu_s += cpu_s;
            }
        }
    }
}

impl Control {
    /// Puts the end of every service's first period in the queue.
    pub(super) fn begin_service_scaling(&mut self) {
        for at in 0..self.cloudwatch.services.len() {
            self.next_period(at);
        }
    }

    fn next_period(&mut self, at: usize) {
        let workload = self.cloudwatch.services[at].workload;
        if let Some(tracker) = &self.world.workloads[workload].tracker {
            let end = self.now + tracker.period;
            self.queue
                .push(end, ControlEvent::MetricPeriodEnds(at as u32));
        }
    }

    /// A period of a service's metrics is over.
    pub(in crate::sim) fn metric_period_ends(&mut self, at: usize) {
        self.next_period(at);
        let service = &mut self.cloudwatch.services[at];
        let owner = &self.world.workloads[service.workload];
        let Some(tracker) = &owner.tracker else {
            return;
        };
        let cores = owner.requests.cpu_m as f64 / 1000.0;
        let cpu_s = std::mem::take(&mut service.cpu_s);
        let task_s = std::mem::take(&mut service.task_s);
        // A task cannot use more than its size, whatever its requests would take.
        let used = (task_s > 0.0).then(|| (cpu_s / (task_s * cores)).min(1.0));
        service.points.push(used);
        service.n_unpublished += 1;
        let published = self.now + tracker.delay;
        let event = ControlEvent::ServiceScales(at as u32);
        self.queue.push(published, event);
    }

    /// A data point of a service has been published: the alarms are looked at.
    pub(in crate::sim) fn service_scales(&mut self, at: usize) {
        let service = &mut self.cloudwatch.services[at];
        let workload = service.workload;
        service.n_unpublished -= 1;
        let mut n_published = service.points.len() - service.n_unpublished;
        if n_published > LOW_PERIODS {
            service.points.remove(0);
            n_published -= 1;
        }
        let owner = &mut self.world.workloads[workload];
        let Some(tracker) = &mut owner.tracker else {
            return;
        };
        let observed = Observed {
            capacity: owner.desired,
            points: &service.points[..n_published],
            deploying: owner.rollout.is_some(),
        };
        let now: SimTime = self.now;
        let decision =
            target_tracking::decide(&tracker.policy, &observed, &mut tracker.memory, now);
        let hold = hold_of(&decision);
        let news = hold.is_some() && hold != tracker.told;
        tracker.told = hold;
        let (from, reason) = (observed.capacity, self.tracking_reason(workload, &decision));
        let to = decision.capacity;
        if to != from {
            let kind = EventKind::Service(ServiceEvent::Scaled { from, to, reason });
            let cause = self.tell(Entity::Workload(workload), None, None, kind);
            self.world.workloads[workload].desired = to;
            self.recorder.replicas_desired(workload, to);
            self.reconcile_replicas(cause);
        } else if let Some(hold) = hold.filter(|_| news) {
            let tasks = from;
            let kind = EventKind::Service(ServiceEvent::Held {
                tasks,
                reason,
                hold,
            });
            self.tell(Entity::Workload(workload), None, None, kind);
        }
    }

    /// The numbers behind a decision, as events state them.
    fn tracking_reason(&self, workload: usize, decision: &Decision) -> TrackingReason {
        let tracker = self.world.workloads[workload].tracker.as_ref();
        let tracker = tracker.expect("only services that scale decide");
        // The casts saturate.
        let percent = |share: f64| (share * 100.0).round() as u32;
        let points = match decision.alarm {
            Alarm::Low => LOW_PERIODS,
            Alarm::High | Alarm::Neither => HIGH_PERIODS,
        };
        TrackingReason {
            utilization_percent: percent(decision.metric),
            target_percent: percent(tracker.policy.target.value()),
            points: points as u32,
            period: tracker.period,
            wanted: decision.wanted,
        }
    }
}

/// What is worth telling of what holds a decision back.
const fn hold_of(decision: &Decision) -> Option<ScalingHold> {
    match decision.limit {
        Limit::Cooldown => Some(ScalingHold::Cooldown),
        Limit::MaxCapacity => Some(ScalingHold::MaxCapacity),
        Limit::Deployment => Some(ScalingHold::Deployment),
        Limit::None | Limit::MinCapacity | Limit::ScaleInDisabled => None,
    }
}

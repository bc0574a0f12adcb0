//! ECS service auto scaling: CloudWatch's figures of a service, and what target tracking makes of
//! them.
//!
//! The real thing. ECS publishes the average CPU utilization of a service's running tasks once a
//! minute (every 20 s at high resolution), and an Application Load Balancer once a minute how many
//! requests each of its targets had. CloudWatch evaluates the two alarms of each policy, and an
//! alarm in alarm has Application Auto Scaling set the desired count. AWS measured 363 s from a
//! load step to the scale-out with figures of a minute, 86 s with figures of 20 s: three periods,
//! and the delay of what is published.
//!
//! Assumed: every data point comes that delay after the end of its period and is looked at then,
//! together with the last of the other policy; the average is over the tasks that serve, so that
//! one that still starts does not dilute it. A task's size is a limit, so no data point says more
//! than 100 % of CPU, and one scale-out adds no more than that leads to; that the limit slows
//! requests down is left out, here as for pods. Requests have no such limit. They are counted as
//! users' attempts that reach a node of the balancer, retries included, over the targets that it
//! sends to; a minute without either has no data point, as the balancer reports nothing while no
//! requests flow. The rules are in `policy/target_tracking.rs`.

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::sim::event::{EventKind, ScalingHold, ServiceEvent, ServiceMetric, TrackingReason};
use crate::sim::flow::{FlowState, Observation};
use crate::sim::policy::target_tracking::{
    self, Alarm, Decision, HIGH_PERIODS, LOW_PERIODS, Limit, Observed, Tracked,
};
use crate::sim::world::{ServicePolicy, World};
use crate::units::{SimDuration, SimTime};

/// CloudWatch's figures of the services that scale.
#[derive(Debug)]
pub(super) struct CloudWatch {
    /// Those of a service stand together, in the order of its policies.
    series: Vec<Series>,
    feeds: Vec<Feed>,
    n_zones: usize,
}

/// Metrics of a service that are published together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Feed {
    workload: usize,
    period: SimDuration,
    delay: SimDuration,
}

/// The figures of one policy.
#[derive(Debug)]
struct Series {
    feed: Feed,
    policy: ServicePolicy,
    /// CPU seconds used in the open period, or requests.
    sum: f64,
    /// Task seconds that used or got them.
    task_s: f64,
    /// In the unit of the target, the newest last; those at the end are not published yet.
    points: Vec<Option<f64>>,
    n_unpublished: usize,
}

impl CloudWatch {
    pub(super) fn new(world: &World) -> Self {
        let mut series = Vec::new();
        let mut feeds = Vec::new();
        for (workload, owner) in world.workloads.iter().enumerate() {
            for policy in owner.tracker.iter().flat_map(|it| &it.policies) {
                let feed = Feed {
                    workload,
                    period: policy.period,
                    delay: policy.delay,
                };
                if !feeds.contains(&feed) {
                    feeds.push(feed);
                }
                series.push(Series {
                    feed,
                    policy: *policy,
                    sum: 0.0,
                    task_s: 0.0,
                    points: Vec::new(),
                    n_unpublished: 0,
                });
            }
        }
        Self {
            series,
            feeds,
            n_zones: world.zones.len(),
        }
    }

    /// Takes in what the data plane saw during a step.
    pub(super) fn observe(&mut self, seen: &Observation, flow: &FlowState, seconds: f64) {
        for series in &mut self.series {
            let from = series.feed.workload * self.n_zones;
            let slots = from..from + self.n_zones;
            let pods = &flow.pods[slots.clone()];
            match series.policy.metric {
                ServiceMetric::Cpu => {
                    for (cores, pods) in seen.cpu_cores[slots].iter().zip(pods) {
                        series.sum += cores * seconds;
                        series.task_s += f64::from(pods.ready) * seconds;
                    }
                }
                ServiceMetric::Requests => {
                    let reached = flow.entry.iter().filter(|it| it.alive);
                    let reached: f64 = reached.map(|it| it.dns_share).sum();
                    let rate = seen.entry_rate * (1.0 - flow.shed_share) * reached;
                    series.sum += rate * seconds;
                    for it in pods {
                        let left = it.dead_in_balancer + it.stopped_in_balancer;
                        series.task_s += f64::from(it.in_balancer + left) * seconds;
                    }
                }
            }
        }
    }

    /// CPU seconds that a workload's consumers of a queue used in a step.
    pub(super) fn use_cpu(&mut self, workload: usize, cpu_s: f64) {
        for series in &mut self.series {
            if series.feed.workload == workload && series.policy.metric == ServiceMetric::Cpu {
                series.sum += cpu_s;
            }
        }
    }
}

impl Series {
    /// Closes a period of tasks that have so many cores each.
    fn close(&mut self, cores: f64) {
        let sum = std::mem::take(&mut self.sum);
        let task_s = std::mem::take(&mut self.task_s);
        let point = match self.policy.metric {
            // A task cannot use more than its size, whatever its requests would take.
            ServiceMetric::Cpu => (task_s > 0.0).then(|| (sum / (task_s * cores)).min(1.0)),
            ServiceMetric::Requests => {
                let counted = task_s > 0.0 && sum > 0.0;
                counted.then(|| sum / task_s * 60.0)
            }
        };
        self.points.push(point);
        self.n_unpublished += 1;
    }

    /// The oldest data point that is not published yet is.
    fn publish(&mut self) {
        self.n_unpublished -= 1;
        if self.points.len() - self.n_unpublished > LOW_PERIODS {
            self.points.remove(0);
        }
    }

    fn published(&self) -> Tracked<'_> {
        Tracked {
            target: self.policy.target,
            points: &self.points[..self.points.len() - self.n_unpublished],
        }
    }
}

impl Control {
    /// Puts the end of every feed's first period in the queue.
    pub(super) fn begin_service_scaling(&mut self) {
        for at in 0..self.cloudwatch.feeds.len() {
            self.next_period(at);
        }
    }

    fn next_period(&mut self, at: usize) {
        let end = self.now + self.cloudwatch.feeds[at].period;
        self.queue
            .push(end, ControlEvent::MetricPeriodEnds(at as u32));
    }

    /// A period of a feed is over.
    pub(in crate::sim) fn metric_period_ends(&mut self, at: usize) {
        self.next_period(at);
        let feed = self.cloudwatch.feeds[at];
        let cores = self.world.workloads[feed.workload].requests.cpu_m as f64 / 1000.0;
        for series in &mut self.cloudwatch.series {
            if series.feed == feed {
                series.close(cores);
            }
        }
        let event = ControlEvent::ServiceScales(at as u32);
        self.queue.push(self.now + feed.delay, event);
    }

    /// Data points of a service have been published: the alarms are looked at.
    pub(in crate::sim) fn service_scales(&mut self, at: usize) {
        let feed = self.cloudwatch.feeds[at];
        let workload = feed.workload;
        for series in &mut self.cloudwatch.series {
            if series.feed == feed {
                series.publish();
            }
        }
        let own = self.cloudwatch.series.iter();
        let own = own.filter(|it| it.feed.workload == workload);
        let policies: Vec<_> = own.map(Series::published).collect();
        let owner = &mut self.world.workloads[workload];
        let Some(tracker) = &mut owner.tracker else {
            return;
        };
        let observed = Observed {
            capacity: owner.desired,
            policies: &policies,
            deploying: owner.rollout.is_some(),
        };
        let now: SimTime = self.now;
        let decision =
            target_tracking::decide(&tracker.settings, &observed, &mut tracker.memory, now);
        let hold = hold_of(&decision);
        let news = hold.is_some() && hold != tracker.told;
        tracker.told = hold;
        let reason = reason_of(&decision, &tracker.policies[decision.policy]);
        let (from, to) = (observed.capacity, decision.capacity);
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
}

/// The numbers behind a decision, as events state them.
fn reason_of(decision: &Decision, policy: &ServicePolicy) -> TrackingReason {
    let scale = match policy.metric {
        ServiceMetric::Cpu => 100.0,
        ServiceMetric::Requests => 1.0,
    };
    // The cast saturates.
    let told = |value: f64| (value * scale).round() as u32;
    let points = match decision.alarm {
        Alarm::Low => LOW_PERIODS,
        Alarm::High | Alarm::Neither => HIGH_PERIODS,
    };
    TrackingReason {
        metric: policy.metric,
        value: told(decision.metric),
        target: told(policy.target),
        points: points as u32,
        is_above: decision.alarm != Alarm::Low,
        period: policy.period,
        wanted: decision.wanted,
    }
}

/// What is worth telling of what holds a decision back.
const fn hold_of(decision: &Decision) -> Option<ScalingHold> {
    match decision.limit {
        Limit::Cooldown => Some(ScalingHold::Cooldown),
        Limit::MaxCapacity => Some(ScalingHold::MaxCapacity),
        Limit::Deployment => Some(ScalingHold::Deployment),
        Limit::OtherPolicy => Some(ScalingHold::OtherPolicy),
        Limit::None | Limit::MinCapacity | Limit::ScaleInDisabled => None,
    }
}

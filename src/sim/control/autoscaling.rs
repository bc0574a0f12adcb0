//! Autoscaling: what metrics-server knows, and what the HPA makes of it.
//!
//! The real thing. metrics-server reads every kubelet at its resolution and keeps the pods of the
//! last reading only; pods of a dead node are gone from it at the next one. The HPA controller asks
//! every 15 s and sees figures that are a reading old. A pod without figures is *missing*; missing
//! pods are assumed busy before scaling down and idle before scaling up, so the loss of a third of
//! the pods, each survivor now half again as busy, looks like nothing to do.
//!
//! Assumed: a pod's figure is the mean CPU use of its workload's serving pods in its zone between
//! two readings; a pod counts as `Pending` until it is ready for the first time (images are pulled
//! until then), and one whose container has crashed or starts again has no figures, which makes it
//! *missing*; memory is what the design says that a pod uses. Other metrics come by adapters
//! (`metrics_adapter.rs`). The rules are in `policy/hpa.rs`; a sync that can only repeat the last
//! answer is spared (`policy/hpa/standing.rs`).

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::sim::event::{EventKind, HpaLimit, HpaReason, ScalingMetric, ScalingQuantity};
use crate::sim::flow::Observation;
use crate::sim::policy::hpa::{
    self, Decision, Kept, LimitedBy, Measured, Metric, MetricReason, PodCohort, Readiness, Reason,
    Resource, Sample,
};
use crate::sim::policy::resources::Resources;
use crate::sim::world::{Followed, Pod, PodPhase, Scaler, Source, Target, World};
use crate::units::{SimDuration, SimTime};

/// What is measured between two readings, and the last reading.
#[derive(Debug)]
pub(super) struct MetricsWindow {
    /// CPU seconds used since the last reading, at `workload * zones + zone`.
    cpu_s: Vec<f64>,
    /// Pod seconds that used them.
    pod_s: Vec<f64>,
    from: SimTime,
    /// Milli-cores per pod in the last reading.
    reading_m: Vec<Option<u64>>,
    /// When it was taken; none before the first.
    taken_at: Option<SimTime>,
    /// Span it was averaged over.
    span: SimDuration,
    /// Pods as each metric of the autoscaler at work sees them; kept for their memory.
    cohorts: Vec<Vec<PodCohort>>,
}

impl MetricsWindow {
    /// Nothing measured yet; without an autoscaler nothing ever is, since nobody asks.
    pub(super) fn new(world: &World) -> Self {
        let slots = if world.autoscales() {
            world.workloads.len() * world.zones.len()
        } else {
            0
        };
        Self {
            cpu_s: vec![0.0; slots],
            pod_s: vec![0.0; slots],
            from: SimTime::START,
            reading_m: vec![None; slots],
            taken_at: None,
            span: SimDuration::ZERO,
            cohorts: Vec::new(),
        }
    }
}

impl MetricsWindow {
    /// Milli-cores per pod in the last reading of a workload in a zone, at
    /// `workload * zones + zone`.
    pub(super) fn reading(&self, slot: usize) -> Option<u64> {
        self.reading_m[slot]
    }
}

impl Control {
    /// Takes in what the data plane saw during a step.
    pub(in crate::sim) fn observe(&mut self, seen: &Observation, from: SimTime, to: SimTime) {
        let seconds = to.since(from).as_s_f64();
        self.cloudwatch.observe(seen, &self.flow, seconds);
        self.feed_adapters(seen, seconds);
        let window = &mut self.window;
        let slots = window.cpu_s.iter_mut().zip(&mut window.pod_s);
        let measured = seen.cpu_cores.iter().zip(&self.flow.pods);
        for ((cpu_s, pod_s), (cores, pods)) in slots.zip(measured) {
            *cpu_s += cores * seconds;
            *pod_s += f64::from(pods.ready) * seconds;
        }
    }

    /// CPU seconds that consumers of a queue used in a step, at `workload * zones + zone`.
    pub(super) fn use_cpu(&mut self, slot: usize, cpu_s: f64) {
        self.cloudwatch
            .use_cpu(slot / self.world.zones.len(), cpu_s);
        if let Some(sum) = self.window.cpu_s.get_mut(slot) {
            *sum += cpu_s;
        }
    }

    /// metrics-server reads the kubelets.
    pub(in crate::sim) fn scrape_metrics(&mut self) {
        let next = self.now + self.kubernetes.metrics_resolution;
        self.queue.push(next, ControlEvent::MetricsScrape);
        let window = &mut self.window;
        let slots = window.cpu_s.iter_mut().zip(&mut window.pod_s);
        for (reading, (cpu_s, pod_s)) in window.reading_m.iter_mut().zip(slots) {
            let cores = std::mem::take(cpu_s);
            let pods = std::mem::take(pod_s);
            // Half a milli-core rounds up; the cast cuts off, and saturates.
            *reading = (pods > 0.0).then(|| (1000.0 * cores / pods + 0.5) as u64);
        }
        window.span = self.now.since(window.from);
        window.from = self.now;
        window.taken_at = Some(self.now);
    }

    /// The HPA controller looks at every autoscaler.
    pub(in crate::sim) fn hpa_sync(&mut self) {
        let next = self.now + self.kubernetes.hpa_sync_period;
        self.queue.push(next, ControlEvent::HpaSync);
        if self.api.is_away() {
            return;
        }
        for workload in 0..self.world.workloads.len() {
            if !self.finds_nothing_new(workload) {
                self.scale(workload);
            }
        }
    }

    /// True without an autoscaler, and when it would only say again what it said last.
    fn finds_nothing_new(&mut self, workload: usize) -> bool {
        let owner = &mut self.world.workloads[workload];
        let Some(scaler) = &mut owner.scaler else {
            return true;
        };
        if owner.changed_at >= scaler.looked_at || !scaler.follows_only_cpu() {
            return false;
        }
        let n_zones = self.world.zones.len();
        let slots = workload * n_zones..(workload + 1) * n_zones;
        let pods = &self.flow.pods[slots.clone()];
        let used_m = pods
            .iter()
            .zip(&self.window.reading_m[slots])
            .map(|(pods, reading_m)| u64::from(pods.ready) * reading_m.unwrap_or(0))
            .sum();
        scaler.memory.repeats(used_m, self.now)
    }

    fn scale(&mut self, workload: usize) {
        let mut cohorts = std::mem::take(&mut self.window.cohorts);
        let n_lost = self.list_cohorts(workload, &mut cohorts);
        let owner = &mut self.world.workloads[workload];
        let Some(scaler) = &mut owner.scaler else {
            return;
        };
        let followed = scaler.metrics.iter().zip(&cohorts);
        let metrics: Vec<Metric<'_>> = followed.map(|(it, pods)| metric_of(it, pods)).collect();
        let pods = cohorts.first().map_or(&[][..], Vec::as_slice);
        let observed = hpa::Observed {
            spec_replicas: owner.desired,
            status_replicas: pods.iter().map(|it| it.count).sum(),
            metrics: &metrics,
        };
        let decision = hpa::reconcile(&scaler.hpa, &observed, &mut scaler.memory, self.now);
        let reason = reason_of(&decision, scaler, n_lost);
        // The figures of a dead pod go with the next reading: what holds now need not hold then.
        scaler.looked_at = if n_lost == 0 {
            self.now
        } else {
            SimTime::START
        };
        // Dead pods still have figures in a reading from before their death.
        let held = n_lost > 0 && is_blind(&decision) && decision.replicas == decision.previous;
        let tell_held = held && !scaler.holding;
        scaler.holding = held;
        self.window.cohorts = cohorts;
        if tell_held {
            let kind = EventKind::HpaHeld {
                replicas: decision.replicas,
                reason,
            };
            let cause = self.world.zones.iter().map(|zone| zone.cause).max();
            self.tell(Entity::Workload(workload), None, cause.flatten(), kind);
        }
        if decision.replicas != decision.previous {
            let kind = EventKind::HpaScaled {
                from: decision.previous,
                to: decision.replicas,
                reason,
            };
            let cause = self.tell(Entity::Workload(workload), None, None, kind);
            self.world.workloads[workload].desired = decision.replicas;
            self.recorder.replicas_desired(workload, decision.replicas);
            self.reconcile_replicas(cause);
        }
    }

    /// Lists a workload's pods as the metrics API and the API server show them, for each metric of
    /// its autoscaler. Returns how many of them are dead.
    fn list_cohorts(&self, workload: usize, lists: &mut Vec<Vec<PodCohort>>) -> u32 {
        let owner = &self.world.workloads[workload];
        let metrics = owner.scaler.iter().flat_map(|it| &it.metrics);
        let mut n_lost = 0;
        let mut n_listed = 0;
        for (at, metric) in metrics.enumerate() {
            if lists.len() <= at {
                lists.push(Vec::new());
            }
            n_lost = self.list_for(workload, metric, &mut lists[at]);
            n_listed = at + 1;
        }
        lists.truncate(n_listed);
        n_lost
    }

    /// The same for one metric.
    fn list_for(&self, workload: usize, metric: &Followed, cohorts: &mut Vec<PodCohort>) -> u32 {
        let owner = &self.world.workloads[workload];
        // Beyond the initialisation period ages no longer matter: sound pods of a zone with today's
        // requests are alike, and are counted in the first cohorts, one for each zone.
        let limit = hpa::ReadinessRules::default().cpu_initialization_period;
        let n_zones = self.world.zones.len();
        cohorts.clear();
        cohorts.extend((0..n_zones).map(|zone| PodCohort {
            count: 0,
            phase: hpa::PodPhase::Running,
            start_age: Some(limit),
            readiness: Some(Readiness {
                ready: true,
                age: SimDuration::ZERO,
            }),
            sample: self.sample(workload, metric, zone),
            ..pending(metric.source, owner.requests)
        }));
        let mut n_lost = 0;
        for at in &owner.pods {
            let pod = &self.world.pods[*at];
            // A second set that gets no requests is no business of the autoscaler's.
            if pod.phase == PodPhase::Terminating || !self.world.receives(pod) {
                continue;
            }
            n_lost += u32::from(pod.is_placed() && !pod.alive);
            let old = self.now.since(pod.started_at) >= limit;
            if old && pod.serves() && pod.listed && pod.requests == owner.requests {
                cohorts[self.world.nodes[pod.node].zone.index()].count += 1;
            } else {
                cohorts.push(self.cohort_of(pod, metric));
            }
        }
        n_lost
    }

    /// What the last reading says of the pods of a workload in a zone.
    fn sample(&self, workload: usize, metric: &Followed, zone: usize) -> Option<Sample> {
        let window = &self.window;
        let reading = &metric.reading;
        let slot = workload * self.world.zones.len() + zone;
        let (value_m, taken_at, span) = match metric.source {
            Source::Cpu => (window.reading_m[slot]?, window.taken_at?, window.span),
            // metrics-server reads both at once: who has no figure of CPU has none of memory.
            Source::Memory(each_m) => {
                window.reading_m[slot]?;
                (each_m, window.taken_at?, window.span)
            }
            Source::Requests | Source::InFlight => {
                let value_m = reading.value_m.get(zone).copied().flatten()?;
                (value_m, reading.taken_at?, reading.span)
            }
            Source::Entry | Source::Backlog(_) => return None,
        };
        Some(Sample {
            value_m,
            age: self.now.since(taken_at),
            window: span,
        })
    }

    /// A pod by itself.
    fn cohort_of(&self, pod: &Pod, metric: &Followed) -> PodCohort {
        let is_ready = pod.phase == PodPhase::Ready;
        if !is_ready && !pod.has_run() {
            // A pod that was starting when its machine died is pending for ever.
            return pending(metric.source, pod.requests);
        }
        let zone = self.world.nodes[pod.node].zone.index();
        let taken_at = if metric.source.is_custom() {
            metric.reading.taken_at
        } else {
            self.window.taken_at
        };
        // A dead pod is in the last reading only if it died after it.
        let read = pod.alive || Some(self.world.zones[zone].lost_at) > taken_at;
        PodCohort {
            phase: hpa::PodPhase::Running,
            start_age: Some(self.now.since(pod.started_at)),
            readiness: Some(Readiness {
                ready: pod.listed,
                age: self.now.since(pod.ready_changed_at),
            }),
            sample: self
                .sample(pod.workload, metric, zone)
                .filter(|_| is_ready && read),
            ..pending(metric.source, pod.requests)
        }
    }
}

/// A metric as a sync reads it.
fn metric_of<'a>(followed: &Followed, pods: &'a [PodCohort]) -> Metric<'a> {
    let resource = match followed.source {
        Source::Cpu => Some(Resource::Cpu),
        Source::Memory(_) => Some(Resource::Memory),
        _ => None,
    };
    if followed.source.is_per_pod() {
        return match (resource, followed.target) {
            (Some(resource), Target::Percent(target_percent)) => Metric::Utilization {
                resource,
                target_percent,
                pods,
                n_unmatched_samples: 0,
            },
            (resource, Target::PerPod(target_m)) => Metric::Average {
                resource,
                target_m,
                pods,
            },
            _ => Metric::Unreadable,
        };
    }
    let Some(total_m) = followed.reading.value_m.first().copied().flatten() else {
        return Metric::Unreadable;
    };
    let is_ready = |it: &&PodCohort| {
        it.phase == hpa::PodPhase::Running && it.readiness.is_some_and(|it| it.ready)
    };
    match followed.target {
        Target::Total(target_m) => Metric::Value {
            total_m,
            target_m,
            n_ready: pods.iter().filter(is_ready).map(|it| it.count).sum(),
        },
        Target::PerPod(target_m) => Metric::SharedAverage { total_m, target_m },
        Target::Percent(_) => Metric::Unreadable,
    }
}

/// A pod before it has started.
fn pending(source: Source, requests: Resources) -> PodCohort {
    let request_m = match source {
        Source::Memory(_) => requests.memory_bytes.saturating_mul(1000),
        _ => requests.cpu_m,
    };
    PodCohort {
        count: 1,
        phase: hpa::PodPhase::Pending,
        deleting: false,
        start_age: None,
        readiness: None,
        request_m: Some(request_m),
        sample: None,
    }
}

/// True when a decision was made without the figures of some pods.
const fn is_blind(decision: &Decision) -> bool {
    match &decision.reason {
        Reason::Metric(metric) => metric.proposal.pods.n_missing > 0,
        Reason::NoDecision { .. } => true,
        Reason::Disabled | Reason::AboveMax | Reason::BelowMin => false,
    }
}

/// The numbers behind a decision, as events state them.
fn reason_of(decision: &Decision, scaler: &Scaler, n_lost: u32) -> HpaReason {
    let mut reason = HpaReason {
        metric: ScalingMetric::Cpu,
        quantity: None,
        n_metrics: scaler.metrics.len() as u32,
        utilization_percent: 0,
        target_percent: 0,
        pods_counted: 0,
        pods_missing: n_lost,
        pods_unready: 0,
        corrected_percent: None,
        replicas_raw: decision.replicas,
        limit: HpaLimit::None,
    };
    if let Some(first) = scaler.metrics.first() {
        name_metric(&mut reason, first);
    }
    let metric = match &decision.reason {
        Reason::Metric(metric) => metric,
        Reason::AboveMax => {
            reason.limit = HpaLimit::MaxReplicas;
            return reason;
        }
        Reason::BelowMin => {
            reason.limit = HpaLimit::MinReplicas;
            return reason;
        }
        Reason::NoDecision { .. } | Reason::Disabled => {
            reason.limit = HpaLimit::NoMetrics;
            return reason;
        }
    };
    let proposal = &metric.proposal;
    if let Some(won) = scaler.metrics.get(metric.metric_index as usize) {
        name_metric(&mut reason, won);
    }
    reason.quantity = match proposal.measured {
        Measured::Utilization { percent, .. } => {
            reason.utilization_percent = percent;
            None
        }
        Measured::Average {
            average_m,
            target_m,
        } => Some(ScalingQuantity {
            value_m: average_m,
            target_m,
            per_pod: true,
        }),
        Measured::Total { total_m, target_m } => Some(ScalingQuantity {
            value_m: total_m,
            target_m,
            per_pod: false,
        }),
    };
    reason.pods_counted = proposal.pods.n_ready;
    reason.pods_missing = proposal.pods.n_missing;
    reason.pods_unready = proposal.pods.n_unready;
    let target_percent = reason.target_percent;
    // The cast saturates.
    let percent = |ratio: f64| (ratio * f64::from(target_percent)).round() as u32;
    if reason.quantity.is_none() {
        reason.corrected_percent = proposal.corrected_ratio.map(percent);
    }
    reason.replicas_raw = proposal.replicas;
    reason.limit = limit_of(metric);
    reason
}

/// What bounded the number that a metric asked for.
const fn limit_of(metric: &MetricReason) -> HpaLimit {
    match (metric.limit, metric.hold, metric.proposal.kept) {
        (Some(LimitedBy::MinReplicas), ..) => HpaLimit::MinReplicas,
        (Some(LimitedBy::MaxReplicas), ..) => HpaLimit::MaxReplicas,
        (Some(LimitedBy::LegacyCap | LimitedBy::Rate { .. }), ..) => HpaLimit::RatePolicy,
        (None, Some(_), _) => HpaLimit::Stabilization,
        (None, None, Some(Kept::WithinTolerance | Kept::WithinToleranceCorrected)) => {
            HpaLimit::Tolerance
        }
        (None, None, Some(_)) => HpaLimit::MissingMetrics,
        (None, None, None) => HpaLimit::None,
    }
}

/// Says which metric a reason is about.
const fn name_metric(reason: &mut HpaReason, followed: &Followed) {
    reason.metric = match followed.source {
        Source::Cpu => ScalingMetric::Cpu,
        Source::Memory(_) => ScalingMetric::Memory,
        Source::Requests => ScalingMetric::Requests,
        Source::InFlight => ScalingMetric::InFlight,
        Source::Entry => ScalingMetric::Entry,
        Source::Backlog(_) => ScalingMetric::Backlog,
    };
    reason.target_percent = match followed.target {
        Target::Percent(percent) => percent,
        Target::PerPod(_) | Target::Total(_) => 0,
    };
}

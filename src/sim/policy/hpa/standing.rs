//! How long an answer stands: most syncs find nothing new and need not be made.
//!
//! The real controller decides afresh every 15 s. A decision depends on which pods there are, on
//! what they use, on earlier recommendations, and on the clock. While the same pods stay ready and
//! none is so young that its age matters, what they use counts in whole percent of what they
//! request, and each number of replicas stands for a range of percents. The clock matters only to
//! a number that a stabilisation window holds back, and only when the window ends. So a decision
//! to keep the replicas also says under which use, and until when, the next ones will be the same.
//!
//! Of a recommendation made again and again only the last time is kept: of equal numbers the
//! youngest outlasts the others in every window.

use std::ops::Range;

use super::calculator::{percent_ratio, plain_replicas};
use super::{
    Decision, Hpa, Measured, Metric, MetricReason, Observed, PodCohort, PodCounts, Reason,
};
use crate::units::SimTime;

/// A decision to keep the replicas as they are, and what it takes to come to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Use of all pods together, in milli-units, under which it stands.
    used_m: Range<u64>,
    /// When it has to be thought over; [`SimTime::NEVER`] when time alone changes nothing.
    until: SimTime,
    /// When it was last made again; none while it was made only once.
    pub(super) repeated_at: Option<SimTime>,
}

impl Standing {
    /// How long a decision stands while the pods stay as they were observed. None when it changes
    /// the replicas, when a pod is young or its metric says nothing, when there are several metrics
    /// or another than a utilization, and when a rate policy holds the number back, since that is
    /// about to pass.
    #[must_use]
    pub fn of(hpa: &Hpa, observed: &Observed<'_>, decision: &Decision) -> Option<Self> {
        let &[
            Metric::Utilization {
                target_percent,
                pods,
                n_unmatched_samples: 0,
                ..
            },
        ] = observed.metrics
        else {
            return None;
        };
        let Reason::Metric(reason) = &decision.reason else {
            return None;
        };
        let Measured::Utilization { percent, .. } = reason.proposal.measured else {
            return None;
        };
        let current = decision.previous;
        let all_ready = PodCounts {
            n_ready: current,
            ..PodCounts::default()
        };
        let is_old = |it: &PodCohort| it.start_age >= Some(hpa.readiness.cpu_initialization_period);
        let plain = reason.proposal.pods == all_ready && pods.iter().all(is_old);
        if !plain || decision.replicas != current {
            return None;
        }
        let requests = pods
            .iter()
            .map(|it| Some(u64::from(it.count) * it.request_m?));
        let requested_m = requests.sum::<Option<u64>>()?;
        let percents = percents_alike(hpa, current, target_percent, percent);
        // Percents are rounded down, so each begins with the first use that reaches it.
        let reached_m = |percent: u64| percent.saturating_mul(requested_m).div_ceil(100);
        Some(Self {
            used_m: reached_m(percents.start)..reached_m(percents.end),
            until: stands_until(hpa, current, reason)?,
            repeated_at: None,
        })
    }

    /// True when a sync at `now`, with that use of all pods together, decides the same.
    #[must_use]
    pub fn covers(&self, used_m: u64, now: SimTime) -> bool {
        now < self.until && self.used_m.contains(&used_m)
    }
}

/// Until when time changes nothing about a decision that keeps the replicas.
fn stands_until(hpa: &Hpa, current: u32, reason: &MetricReason) -> Option<SimTime> {
    let wanted = reason.proposal.replicas;
    let at_bound = (wanted <= current && current == hpa.min_replicas)
        || (wanted >= current && current == hpa.max_replicas);
    if wanted == current || at_bound {
        return Some(SimTime::NEVER);
    }
    let hold = reason.hold.filter(|hold| hold.held_at == current);
    hold.map(|hold| hold.until)
}

/// The percents that ask for as many replicas as `percent` does. Numbers beyond a bound count as
/// the bound: no later decision can tell them apart.
fn percents_alike(hpa: &Hpa, current: u32, target_percent: u32, percent: u32) -> Range<u64> {
    let asked = |percent: u64| {
        let ratio = percent_ratio(percent, target_percent);
        let (replicas, _) = plain_replicas(ratio, current, current, hpa.tolerance);
        replicas.clamp(hpa.min_replicas, hpa.max_replicas)
    };
    let percent = u64::from(percent);
    let here = asked(percent);
    let below = (0..percent).rev().take_while(|it| asked(*it) == here);
    let start = below.last().unwrap_or(percent);
    let end = if here == hpa.max_replicas {
        u64::MAX
    } else {
        // More use asks for more replicas in the end, up to max.
        (percent..)
            .find(|it| asked(*it) != here)
            .unwrap_or(u64::MAX)
    };
    start..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{
        Behavior, Memory, PodPhase, Readiness, Resource, Sample, Tolerance, reconcile,
    };
    use super::*;
    use crate::units::SimDuration;

    const SYNC: SimDuration = SimDuration::from_s(15);

    /// Old, ready pods with a request of 500 milli-cores.
    fn running(count: u32, value_m: u64) -> PodCohort {
        let age = SimDuration::from_h(1);
        PodCohort {
            count,
            phase: PodPhase::Running,
            deleting: false,
            start_age: Some(age),
            readiness: Some(Readiness { ready: true, age }),
            request_m: Some(500),
            sample: Some(Sample {
                value_m,
                age: SYNC,
                window: SYNC,
            }),
        }
    }

    fn sync(hpa: &Hpa, replicas: u32, pods: &[PodCohort], memory: &mut Memory, at: SimTime) -> u32 {
        let metric = Metric::Utilization {
            resource: Resource::Cpu,
            target_percent: 60,
            pods,
            n_unmatched_samples: 0,
        };
        let observed = Observed {
            spec_replicas: replicas,
            status_replicas: replicas,
            metrics: &[metric],
        };
        reconcile(hpa, &observed, memory, at).replicas
    }

    proptest! {
        /// Along any course of the load, an autoscaler that spares the syncs that its last answer
        /// covers takes every decision that one takes which makes them all.
        #[test]
        fn a_spared_sync_is_never_missed(
            steps in prop::collection::vec(-6.0..6.0_f64, 400),
            min in 1_u32..12,
            span in 0_u32..40,
            tolerance in 0.0..0.2_f64,
            windows in (0_u64..20, 0_u64..40),
        ) {
            let mut behavior = Behavior::default();
            behavior.scale_up.stabilization_window = SYNC * windows.0;
            behavior.scale_down.stabilization_window = SYNC * windows.1;
            let hpa = Hpa {
                behavior: Some(behavior),
                tolerance: Tolerance { up_ratio: tolerance, down_ratio: tolerance },
                ..Hpa::with_bounds(min, min + span)
            };
            let (mut all, mut some) = (Memory::default(), Memory::default());
            let (mut replicas, mut spared) = (min, 0);
            let mut load_m = 300.0 * f64::from(min);
            for (n, step) in (1..).zip(steps) {
                load_m = (load_m * (1.0 + 0.01 * step)).clamp(1.0, 20_000.0);
                let at = SimTime::START + SYNC * n;
                let each_m = (load_m / f64::from(replicas)).round() as u64;
                // Two zones, as the simulation would list them.
                let (here, there) = (replicas / 2, replicas - replicas / 2);
                let pods = [running(here, each_m), running(there, each_m)];
                let expected = sync(&hpa, replicas, &pods, &mut all, at);
                let got = if some.repeats(u64::from(replicas) * each_m, at) {
                    spared += 1;
                    replicas
                } else {
                    sync(&hpa, replicas, &pods, &mut some, at)
                };
                prop_assert_eq!(got, expected, "at {:?} from {}", at, replicas);
                replicas = expected;
            }
            prop_assert!(spared > 50, "{} spared", spared);
        }
    }

    #[test]
    fn a_young_pod_lets_no_answer_stand() {
        let hpa = Hpa::with_bounds(2, 10);
        let young = PodCohort {
            start_age: Some(SimDuration::from_s(299)),
            ..running(1, 300)
        };
        for (pod, stands) in [(running(1, 300), true), (young, false)] {
            let mut memory = Memory::default();
            let now = SimTime::from_s(1000);
            let replicas = sync(&hpa, 4, &[running(3, 300), pod], &mut memory, now);
            assert_eq!((replicas, memory.standing.is_some()), (4, stands));
            assert_eq!(memory.repeats(1200, now + SYNC), stands);
        }
    }
}

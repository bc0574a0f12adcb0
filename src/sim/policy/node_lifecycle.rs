//! Node lifecycle: when a silent node counts as gone, and when its pods are replaced.
//!
//! The real thing. The kubelet renews a Lease every 10 s. The controller looks every 5 s; a node
//! whose Lease was not seen to change for the grace period becomes `Ready=Unknown`, its pods leave
//! the endpoints, and it is queued for the `unreachable` taint. Each zone has its own queue, worked
//! off at a rate that depends on how much of the zone is gone; when every zone is gone the
//! controller suspects itself and evicts nothing. Tainted pods are deleted after their
//! toleration, 300 s unless the pod says otherwise, and only then are replacements created. So
//! a lost zone is missing capacity for about 50 + 300 s + 10 s per node before it.
//!
//! Rules: node lifecycle controller ~1.26 and the flags of kube-controller-manager 1.32 (grace
//! period 50 s, 40 s before), read 2026-11-22; the monitor period of 5 s and the bucket size of 1
//! are second-hand.
//!
//! Assumed: a controller tick that falls on the last instant of the grace period ends it, so
//! that a node silent from 0 s is Unknown at 50 s; in a real cluster the two never coincide.
//!
//! Left out: taints for conditions other than Ready, tolerations per pod inside one workload,
//! repair of nodes by the provider (see Karpenter's instance status).

use crate::model::Kubernetes;
use crate::units::{SimDuration, SimTime};

/// How often a kubelet renews its Lease and looks at its node's status
/// (`nodeStatusUpdateFrequency`), so that a node whose API server is back within reach is Ready
/// again within this time.
pub const REPORT_PERIOD: SimDuration = SimDuration::from_s(10);

/// How the controller watches nodes and empties them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifecycleRules {
    /// `--node-monitor-period`, default 5 s.
    pub monitor_period: SimDuration,
    /// `--node-monitor-grace-period`, default 50 s since 1.32.
    pub grace_period: SimDuration,
    /// Time between two nodes of one zone being tainted: the inverse of `--node-eviction-rate`,
    /// default 10 s (0.1 a second).
    pub eviction_interval: SimDuration,
    /// The same in a partly disrupted zone of a large cluster: the inverse of
    /// `--secondary-node-eviction-rate`, default 100 s (0.01 a second).
    pub secondary_eviction_interval: SimDuration,
    /// A zone with more nodes than this is large: `--large-cluster-size-threshold`, default 50.
    pub large_zone_nodes: u32,
    /// Share of unready nodes that makes a zone partly disrupted:
    /// `--unhealthy-zone-threshold`, default 0.55.
    pub unhealthy_zone_ratio: f64,
    /// How long pods tolerate the taint, default 300 s (added by admission).
    pub toleration: SimDuration,
}

impl Default for LifecycleRules {
    fn default() -> Self {
        Self::of(&Kubernetes::default())
    }
}

impl LifecycleRules {
    /// The rules of a cluster; what the model does not state keeps Kubernetes' default.
    #[must_use]
    pub fn of(kubernetes: &Kubernetes) -> Self {
        Self {
            monitor_period: SimDuration::from_s(5),
            grace_period: kubernetes.node_monitor_grace_period,
            eviction_interval: kubernetes.eviction_interval,
            secondary_eviction_interval: SimDuration::from_s(100),
            large_zone_nodes: 50,
            unhealthy_zone_ratio: 0.55,
            toleration: kubernetes.unreachable_toleration,
        }
    }
}

/// When a node whose last Lease renewal was at `last_heartbeat` becomes `Ready=Unknown`, if
/// it stays silent. The controller ticks at multiples of its period, starts counting when it
/// sees the renewal and ends at a tick.
#[must_use]
pub fn unknown_at(last_heartbeat: SimTime, rules: &LifecycleRules) -> SimTime {
    let seen = next_tick(last_heartbeat, rules.monitor_period);
    next_tick(seen + rules.grace_period, rules.monitor_period)
}

/// The first multiple of `period` at or after `at`.
fn next_tick(at: SimTime, period: SimDuration) -> SimTime {
    let period_ns = period.as_ns().max(1);
    SimTime::from_ns(at.as_ns().div_ceil(period_ns).saturating_mul(period_ns))
}

/// Nodes of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ZoneNodes {
    /// Nodes that are ready.
    pub n_ready: u32,
    /// Nodes that are not ready or unknown.
    pub n_not_ready: u32,
}

/// How much of a zone is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneState {
    /// Most of it is there.
    Normal,
    /// More than two nodes, and at least 55 %, are gone.
    PartialDisruption,
    /// No node is ready.
    FullDisruption,
}

impl ZoneNodes {
    /// How much of the zone is gone. A zone without nodes is normal.
    #[must_use]
    pub fn state(self, rules: &LifecycleRules) -> ZoneState {
        let n_nodes = f64::from(self.n_ready) + f64::from(self.n_not_ready);
        if self.n_ready == 0 && self.n_not_ready > 0 {
            ZoneState::FullDisruption
        } else if self.n_not_ready > 2
            // A quotient, as in Kubernetes: 55 of 100 is then exactly the threshold.
            && f64::from(self.n_not_ready) / n_nodes >= rules.unhealthy_zone_ratio
        {
            ZoneState::PartialDisruption
        } else {
            ZoneState::Normal
        }
    }
}

/// How fast one zone's nodes are emptied, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvictionPace {
    /// Time between two nodes; `None` means that no node is tainted.
    pub interval: Option<SimDuration>,
    /// Why.
    pub because: PaceReason,
}

/// Why a zone's nodes are emptied at their pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceReason {
    /// The zone is normal, or gone while others are not: the full rate.
    Normal,
    /// A large zone is partly gone: the secondary rate.
    PartialLarge,
    /// A small zone is partly gone: the rest could not take the pods.
    PartialSmall,
    /// Every zone is gone: the controller suspects its own network. Taints are taken back.
    AllZonesGone,
}

/// The pace of every zone, in the order given. The caller starts all timers anew when
/// [`PaceReason::AllZonesGone`] ends.
pub fn paces<'a>(
    zones: &'a [ZoneNodes],
    rules: &'a LifecycleRules,
) -> impl Iterator<Item = EvictionPace> + 'a {
    let all_gone = all_zones_gone(zones, rules);
    zones.iter().map(move |zone| {
        let n_nodes = zone.n_ready.saturating_add(zone.n_not_ready);
        let (interval, because) = if all_gone {
            (None, PaceReason::AllZonesGone)
        } else if zone.state(rules) != ZoneState::PartialDisruption {
            (Some(rules.eviction_interval), PaceReason::Normal)
        } else if n_nodes > rules.large_zone_nodes {
            let interval = rules.secondary_eviction_interval;
            (Some(interval), PaceReason::PartialLarge)
        } else {
            (None, PaceReason::PartialSmall)
        };
        EvictionPace { interval, because }
    })
}

/// True when every zone that has nodes is fully disrupted.
#[must_use]
pub fn all_zones_gone(zones: &[ZoneNodes], rules: &LifecycleRules) -> bool {
    let mut with_nodes = zones
        .iter()
        .filter(|zone| zone.n_ready > 0 || zone.n_not_ready > 0)
        .peekable();
    with_nodes.peek().is_some()
        && with_nodes.all(|zone| zone.state(rules) == ZoneState::FullDisruption)
}

/// When a node queued at `queued_at` is tainted, if its zone keeps its pace; `previous` is when the
/// last node of the zone was.
#[must_use]
pub fn tainted_at(
    queued_at: SimTime,
    previous: Option<SimTime>,
    pace: EvictionPace,
) -> Option<SimTime> {
    let interval = pace.interval?;
    let earliest = previous.map_or(SimTime::START, |at| at + interval);
    Some(queued_at.max(earliest))
}

/// When the pods of a node are deleted and their replacements created, if the node stays away.
/// A node that comes back before loses its taint and keeps its pods.
#[must_use]
pub fn pods_deleted_at(tainted_at: SimTime, rules: &LifecycleRules) -> SimTime {
    tainted_at + rules.toleration
}

/// When the pods of each of `n_nodes` nodes of one zone are deleted, if all became unknown at
/// `unknown_at` and the zone keeps its pace; nothing when it evicts none.
pub fn deletions(
    n_nodes: u32,
    unknown_at: SimTime,
    pace: EvictionPace,
    rules: &LifecycleRules,
) -> impl Iterator<Item = SimTime> {
    let first = pods_deleted_at(unknown_at, rules);
    let interval = pace.interval.unwrap_or(SimDuration::ZERO);
    let n_evicted = pace.interval.map_or(0, |_| u64::from(n_nodes));
    (0..n_evicted).map(move |i| first + interval * i)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(n_ready: u32, n_not_ready: u32) -> ZoneNodes {
        ZoneNodes {
            n_ready,
            n_not_ready,
        }
    }

    fn s(seconds: u64) -> SimTime {
        SimTime::from_s(seconds)
    }

    #[test]
    fn a_silent_node_is_unknown_after_the_grace_period() {
        #[track_caller]
        fn check(last_heartbeat_ms: u64, expected_s: u64) {
            let last = SimTime::from_ns(last_heartbeat_ms * 1_000_000);
            assert_eq!(unknown_at(last, &LifecycleRules::default()), s(expected_s));
        }
        check(0, 50);
        check(1, 55);
        check(5000, 55);
        check(9_999, 60);
        check(36_000_000, 36_050);
    }

    #[test]
    fn grace_periods_between_ticks_end_at_the_next() {
        let rules = LifecycleRules {
            grace_period: SimDuration::from_s(42),
            ..LifecycleRules::default()
        };
        assert_eq!(unknown_at(s(3), &rules), s(50));
    }

    #[test]
    fn zone_states_follow_the_thresholds() {
        #[track_caller]
        fn check(n_ready: u32, n_not_ready: u32, expected: ZoneState) {
            let state = zone(n_ready, n_not_ready).state(&LifecycleRules::default());
            assert_eq!(state, expected, "{n_ready} ready, {n_not_ready} not");
        }
        check(0, 0, ZoneState::Normal);
        check(0, 1, ZoneState::FullDisruption);
        check(1, 2, ZoneState::Normal);
        check(2, 3, ZoneState::PartialDisruption);
        check(3, 3, ZoneState::Normal);
        check(9, 11, ZoneState::PartialDisruption);
        check(10, 11, ZoneState::Normal);
        check(45, 55, ZoneState::PartialDisruption);
    }

    #[test]
    fn paces_follow_the_zone_and_the_cluster() {
        #[track_caller]
        fn check(zones: &[ZoneNodes], expected: &[(Option<u64>, PaceReason)]) {
            let rules = LifecycleRules::default();
            let got: Vec<_> = paces(zones, &rules)
                .map(|pace| (pace.interval.map(SimDuration::whole_s), pace.because))
                .collect();
            assert_eq!(got, expected);
        }
        const NORMAL: (Option<u64>, PaceReason) = (Some(10), PaceReason::Normal);
        const ALL_GONE: (Option<u64>, PaceReason) = (None, PaceReason::AllZonesGone);
        check(&[zone(5, 0), zone(0, 5)], &[NORMAL, NORMAL]);
        check(&[zone(0, 5), zone(0, 5)], &[ALL_GONE, ALL_GONE]);
        check(&[zone(0, 5)], &[ALL_GONE]);
        check(&[zone(0, 5), zone(0, 0)], &[ALL_GONE, ALL_GONE]);
        check(&[zone(0, 0), zone(0, 0)], &[NORMAL, NORMAL]);
        check(
            &[zone(9, 0), zone(2, 8), zone(10, 41)],
            &[
                NORMAL,
                (None, PaceReason::PartialSmall),
                (Some(100), PaceReason::PartialLarge),
            ],
        );
    }

    #[test]
    fn a_lost_zone_is_replaced_after_350_seconds_and_ten_more_for_each_node() {
        let rules = LifecycleRules::default();
        let zones = [zone(4, 0), zone(4, 0), zone(0, 4)];
        let pace = paces(&zones, &rules).last().expect("there are three zones");
        let unknown = unknown_at(SimTime::START, &rules);
        let all: Vec<SimTime> = deletions(4, unknown, pace, &rules).collect();
        assert_eq!(all, [s(350), s(360), s(370), s(380)]);
        // The step form gives the same, node by node.
        let mut previous = None;
        for expected in all {
            previous = tainted_at(unknown, previous, pace);
            let tainted = previous.expect("a zone that is gone among others is emptied");
            assert_eq!(pods_deleted_at(tainted, &rules), expected);
        }
    }

    #[test]
    fn nothing_is_evicted_when_everything_is_gone() {
        let rules = LifecycleRules::default();
        let pace = paces(&[zone(0, 4)], &rules).last().expect("one zone");
        assert_eq!(deletions(4, s(50), pace, &rules).count(), 0);
        assert_eq!(tainted_at(s(50), None, pace), None);
    }
}

//! Terminated instances: when Kubernetes forgets a node whose machine is gone for good.
//!
//! The real thing. EC2 says "terminated", but the cluster learns it by steps. The node's heartbeats
//! end; after the grace period it is Unknown (`policy/node_lifecycle.rs`). Only then does the cloud
//! node controller ask EC2 about it, once every 5 s, hears that there is no such instance, and
//! deletes the Node object. Its pods are orphans now: the pod garbage collector, which looks every
//! 20 s, finds them, lets 40 s pass in case the node comes back, and deletes them at its next look.
//! Only then does a ReplicaSet replace them: nearly two minutes after the machine went, where a
//! node in a dark zone takes six, since EC2 goes on calling that one "running".
//!
//! Karpenter with its interruption queue hears of the state change within seconds and drains the
//! node, so that replacements come at once (`control/losses.rs`).
//!
//! Rules: kubernetes `cloud-provider/controllers/nodelifecycle/node_lifecycle_controller.go`
//! (`MonitorNodes`, period 5 s) and `pkg/controller/podgc/gc_controller.go` (`gcCheckPeriod` 20 s,
//! `quarantineTime` 40 s), read 2026-11-23.
//!
//! Assumed: the looks of both controllers are counted from the start of the run; the quarantine
//! ends just after a look, so that the next one acts.

use super::node_lifecycle::{self, LifecycleRules};
use crate::units::{SimDuration, SimTime};

/// The cloud node controller looks this often.
const NODE_MONITOR_PERIOD: SimDuration = SimDuration::from_s(5);
/// The pod garbage collector looks this often.
const COLLECTOR_PERIOD: SimDuration = SimDuration::from_s(20);
/// Orphaned pods are left alone for so long.
const QUARANTINE: SimDuration = SimDuration::from_s(40);

/// When the Node object of an instance that ended at `terminated_at` is deleted.
#[must_use]
pub fn node_deleted_at(terminated_at: SimTime, rules: &LifecycleRules) -> SimTime {
    let unknown_at = node_lifecycle::unknown_at(terminated_at, rules);
    next_look(unknown_at, NODE_MONITOR_PERIOD)
}

/// When the pods of a Node object that was deleted at `deleted_at` are deleted as orphans.
#[must_use]
pub fn pods_collected_at(deleted_at: SimTime) -> SimTime {
    let found_at = next_look(deleted_at, COLLECTOR_PERIOD);
    next_look(found_at + QUARANTINE, COLLECTOR_PERIOD)
}

/// The first look strictly after an instant.
fn next_look(after: SimTime, period: SimDuration) -> SimTime {
    let n_looks = after.as_ns() / period.as_ns() + 1;
    SimTime::from_ns(n_looks * period.as_ns())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kubernetes;

    #[test]
    fn orphans_go_nearly_two_minutes_after_their_machine() {
        let rules = LifecycleRules::of(&Kubernetes::default());
        for second in 0..100 {
            let terminated_at = SimTime::from_s(1000 + second);
            let deleted_at = node_deleted_at(terminated_at, &rules);
            let unknown_for = deleted_at.since(terminated_at).whole_s();
            assert!((51..=60).contains(&unknown_for), "{unknown_for}");
            let collected_at = pods_collected_at(deleted_at);
            let orphaned_for = collected_at.since(deleted_at).whole_s();
            assert!((61..=80).contains(&orphaned_for), "{orphaned_for}");
        }
    }
}

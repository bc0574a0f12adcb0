//! Cluster Autoscaler at work: when it looks, and what it does about what it sees.
//!
//! The decisions are [`policy::cluster_autoscaler`](crate::sim::policy::cluster_autoscaler); here
//! the world is listed for them (`grow`, `shrink`, `snapshot`), sizes of groups are raised
//! (`control/scaling_group.rs` is AWS's part), nodes are emptied and given back.
//!
//! The real loop runs every 10 s for ever. Since its answer depends on pods, nodes and a few clocks
//! only, a look is due here when one of these has changed, at the instant at which the loop would
//! have come round: whatever can change what requests see wakes it, and every look says which of
//! its clocks (a node's time, a cool-down, a back-off) runs out first.
//!
//! Assumed: one autoscaler for all groups with bounds; pods are those of deployments, none of which
//! a rule keeps where they are (local storage, no owner, `safe-to-evict: false`).

mod grow;
mod shrink;
mod snapshot;

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::sim::event::{EventKind, Refusal};
use crate::sim::policy::cluster_autoscaler::health::{self, Census, NodeState};
use crate::sim::policy::cluster_autoscaler::look;
use crate::sim::world::{Machine, Node, Workload};
use crate::units::SimTime;

/// What the autoscaler remembers besides what stands with groups and nodes.
#[derive(Debug, Default)]
pub(super) struct Autoscaler {
    /// Groups with bounds; without any there is no autoscaler.
    groups: Vec<usize>,
    /// When it looked last.
    looked_at: SimTime,
    /// When it looks next.
    due: SimTime,
    /// True while too many nodes are unready.
    is_halted: bool,
    /// When it last raised a size.
    added_at: Option<SimTime>,
    /// When it last began to remove nodes.
    deleted_at: Option<SimTime>,
    /// When a drain was last given up.
    failed_at: Option<SimTime>,
    /// Lots drawn for its expanders so far.
    n_lots: u64,
    /// The last refusal that was told.
    refused: Option<(u32, Refusal)>,
}

impl Control {
    /// Starts the autoscaler, if there is a group for it.
    pub(super) fn begin_autoscaler(&mut self) {
        let pools = self.world.pools.iter().enumerate();
        let groups = pools.filter(|(_, pool)| pool.group.is_some());
        self.autoscaler = Autoscaler {
            groups: groups.map(|(at, _)| at).collect(),
            due: SimTime::NEVER,
            ..Autoscaler::default()
        };
        self.wake_autoscaler(self.now);
    }

    /// Sees to it that a regular look comes at a time or soon after it.
    pub(super) fn wake_autoscaler(&mut self, wanted: SimTime) {
        if self.autoscaler.groups.is_empty() || wanted == SimTime::NEVER {
            return;
        }
        let scan_interval = self.kubernetes.cluster_autoscaler.scan_interval;
        let at = look::regular(self.autoscaler.looked_at, wanted, scan_interval);
        self.look_then(at);
    }

    /// New pods that cannot be placed bring the next look forward.
    pub(super) fn wake_autoscaler_for_pods(&mut self) {
        let now = self.now;
        let frequent = self.kubernetes.cluster_autoscaler.frequent_loops_enabled;
        let is_new = |at: &usize| {
            let pod = &self.world.pods[*at];
            pod.created_at == now && self.is_served(&self.world.workloads[pod.workload])
        };
        let looked_just_now = self.autoscaler.looked_at == now;
        if frequent && !looked_just_now && self.world.pending.iter().any(is_new) {
            self.look_then(now);
        }
    }

    /// True when a group with bounds may carry a workload.
    fn is_served(&self, workload: &Workload) -> bool {
        let mut groups = self.autoscaler.groups.iter();
        groups.any(|group| workload.pools.contains(group))
    }

    /// A look that could not be had is due now.
    pub(super) fn look_now(&mut self) {
        self.autoscaler.due = self.now;
    }

    fn look_then(&mut self, at: SimTime) {
        if at < self.autoscaler.due {
            self.autoscaler.due = at;
            self.queue.push(at, ControlEvent::AutoscalerLook);
        }
    }

    /// One turn of the loop.
    pub(in crate::sim) fn autoscaler_look(&mut self) {
        if self.autoscaler.due != self.now {
            return;
        }
        self.autoscaler.due = SimTime::NEVER;
        self.autoscaler.looked_at = self.now;
        if self.is_autoscaler_halted() {
            return;
        }
        self.close_requests();
        let has_grown = self.grow();
        let has_shrunk = self.shrink();
        if !(has_grown || has_shrunk) {
            return;
        }
        if self.kubernetes.cluster_autoscaler.frequent_loops_enabled {
            self.look_then(self.now);
        } else {
            self.wake_autoscaler(self.now);
        }
    }

    /// True while too many nodes are unready; what was unneeded is then forgotten.
    fn is_autoscaler_halted(&mut self) -> bool {
        let flags = &self.kubernetes.cluster_autoscaler;
        let mut all = Census::default();
        for node in &self.world.nodes {
            if node.machine != Machine::Gone && node.registered {
                all.add(self.node_state(node));
            }
        }
        let halted = health::is_halted(&all, flags);
        let (ok_unready, max) = (
            flags.ok_total_unready_count,
            flags.max_total_unready_percentage,
        );
        if halted {
            for node in &mut self.world.nodes {
                node.unneeded_since = None;
            }
        }
        if halted != self.autoscaler.is_halted {
            self.autoscaler.is_halted = halted;
            let (unready, registered) = (all.unready, all.registered());
            let kind = if halted {
                EventKind::AutoscalerHalted {
                    unready,
                    registered,
                    ok_unready,
                    max_percent: percent(max.value()),
                }
            } else {
                EventKind::AutoscalerResumed {
                    unready,
                    registered,
                }
            };
            let cause = self.world.nodes.iter().filter(|it| !it.ready);
            let cause = cause.map(|it| it.cause).max().flatten();
            self.tell(Entity::Autoscaler, None, cause, kind);
        }
        halted
    }

    fn node_state(&self, node: &Node) -> NodeState {
        let max_startup = self.kubernetes.cluster_autoscaler.max_node_startup_time;
        health::node_state(node.ready, node.joined_at, self.now, max_startup)
    }

    /// Nodes of a group that have joined.
    fn census_of(&self, pool: usize) -> Census {
        let mut census = Census::default();
        for node in &self.world.nodes {
            if node.pool == pool && node.machine != Machine::Gone && node.registered {
                census.add(self.node_state(node));
            }
        }
        census
    }

    /// An order is closed when nothing of its group is on its way any more.
    fn close_requests(&mut self) {
        for at in 0..self.autoscaler.groups.len() {
            let pool = self.autoscaler.groups[at];
            let nodes = self.census_of(pool);
            let group = self.group(pool);
            let there = nodes.ready + nodes.unready;
            group.requested = group.requested.min(group.target.saturating_sub(there));
        }
    }
}

/// A share in whole percent.
fn percent(share: f64) -> u32 {
    // The cast saturates.
    (share * 100.0 + 0.5) as u32
}

//! The guards: when the autoscaler keeps its hands off the cluster, or off one group.

use crate::model::ClusterAutoscaler;
use crate::units::{SimDuration, SimTime};

/// What a node counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// Ready.
    Ready,
    /// Not ready, and young enough to be on its way still.
    NotStarted,
    /// Not ready any more.
    Unready,
}

/// What a node counts as that joined at `joined_at`, none when long before.
#[must_use]
pub fn node_state(
    ready: bool,
    joined_at: Option<SimTime>,
    now: SimTime,
    max_startup: SimDuration,
) -> NodeState {
    let young = joined_at.is_some_and(|joined| joined + max_startup > now);
    match (ready, young) {
        (true, _) => NodeState::Ready,
        (false, true) => NodeState::NotStarted,
        (false, false) => NodeState::Unready,
    }
}

/// Nodes of a group or of the cluster by what they count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Ready ones.
    pub ready: u32,
    /// Those that have joined and may still become ready.
    pub not_started: u32,
    /// Those that were ready once.
    pub unready: u32,
}

impl Census {
    /// Counts a node.
    pub const fn add(&mut self, state: NodeState) {
        match state {
            NodeState::Ready => self.ready += 1,
            NodeState::NotStarted => self.not_started += 1,
            NodeState::Unready => self.unready += 1,
        }
    }

    /// All that have joined.
    #[must_use]
    pub const fn registered(&self) -> u32 {
        self.ready + self.not_started + self.unready
    }
}

/// True when so much of the cluster is unready that nothing may be scaled, up or down: more nodes
/// than `ok_total_unready_count` and more than `max_total_unready_percentage` of all.
#[must_use]
pub fn is_halted(cluster: &Census, flags: &ClusterAutoscaler) -> bool {
    exceeds(cluster.unready, cluster.registered(), flags)
}

fn exceeds(missing: u32, of: u32, flags: &ClusterAutoscaler) -> bool {
    let share = flags.max_total_unready_percentage.value();
    missing > flags.ok_total_unready_count && f64::from(missing) > share * f64::from(of)
}

/// A group's size as wanted and as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupHealth {
    /// Desired size.
    pub target: u32,
    /// How much of it was asked for lately and may still come.
    pub requested: u32,
    /// Its nodes.
    pub nodes: Census,
}

impl GroupHealth {
    /// Nodes on their way: wanted, and neither there nor broken.
    #[must_use]
    pub const fn upcoming(&self) -> u32 {
        let there = self.nodes.ready + self.nodes.unready;
        self.target.saturating_sub(there)
    }

    /// True unless so many of its nodes are missing that growing it would not help, by the same
    /// two limits as for the cluster.
    #[must_use]
    pub fn is_healthy(&self, flags: &ClusterAutoscaler) -> bool {
        let expected = self.target.saturating_sub(self.requested);
        let missing = expected.saturating_sub(self.nodes.ready);
        !exceeds(missing, self.nodes.registered(), flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn census(ready: u32, unready: u32) -> Census {
        Census {
            ready,
            not_started: 0,
            unready,
        }
    }

    #[test]
    fn half_of_the_nodes_stop_it_and_a_third_does_not() {
        #[track_caller]
        fn check(ready: u32, unready: u32, halted: bool) {
            let flags = ClusterAutoscaler::default();
            assert_eq!(is_halted(&census(ready, unready), &flags), halted);
        }
        check(4, 4, true);
        check(8, 4, false);
        check(3, 3, false);
        check(0, 3, false);
        check(0, 4, true);
        check(11, 9, false);
        check(10, 9, true);
    }

    #[test]
    fn a_young_node_is_not_unready_yet() {
        let startup = SimDuration::from_min(15);
        let state = |ready, joined, now| {
            let joined = SimTime::from_s(joined);
            node_state(ready, Some(joined), SimTime::from_s(now), startup)
        };
        assert_eq!(state(false, 0, 899), NodeState::NotStarted);
        assert_eq!(state(false, 0, 900), NodeState::Unready);
        assert_eq!(state(true, 0, 900), NodeState::Ready);
        let old = node_state(false, None, SimTime::START, startup);
        assert_eq!(old, NodeState::Unready);
    }

    #[test]
    fn a_group_may_lack_what_was_just_asked_for() {
        let flags = ClusterAutoscaler::default();
        let group = |target, requested, ready, unready| GroupHealth {
            target,
            requested,
            nodes: census(ready, unready),
        };
        assert!(group(9, 6, 3, 0).is_healthy(&flags));
        assert_eq!(group(9, 6, 3, 0).upcoming(), 6);
        assert!(!group(9, 0, 3, 6).is_healthy(&flags));
        assert_eq!(group(9, 0, 3, 6).upcoming(), 0);
        assert!(group(9, 0, 6, 3).is_healthy(&flags));
    }
}

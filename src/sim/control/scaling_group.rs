//! EC2 Auto Scaling groups: instances follow a desired size, spread over zones.
//!
//! The real thing. Cluster Autoscaler only moves a number. The group launches what is missing in
//! the zones where it has fewest instances; a launch that fails for want of capacity is tried again
//! in its other zones. Cluster Autoscaler reads the groups once a minute: launches that failed
//! everywhere are given up, and the group is left alone for a while. So is a group whose instances
//! did not join the cluster in time.
//!
//! Assumed: the group needs `asg_time` for each order and for each turn to other zones; a zone
//! without power has no capacity, and others may lack it (`capacity.rs`); EC2 calls the instances
//! of a dark zone running, so the group counts them and does not replace them.
//!
//! Instances that end are replaced (`control/losses.rs`).
//!
//! Left out: rebalancing between zones (`AZRebalance`), warm pools, mixed instances.

use super::nodes::Order;
use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{EventKind, GroupFailure};
use crate::sim::policy::cluster_autoscaler::backoff::Backoff;
use crate::sim::policy::cluster_autoscaler::look;
use crate::sim::policy::resources::ZoneSet;
use crate::sim::world::{Machine, Node, ScalingGroup};
use crate::units::{SimDuration, SimTime};

/// The autoscaler reads the groups of an account this often (AWS provider, 1.36.1).
const GROUPS_READ_EVERY: SimDuration = SimDuration::from_min(1);

impl Control {
    /// A group with bounds.
    pub(super) fn group(&mut self, pool: usize) -> &mut ScalingGroup {
        let group = self.world.pools[pool].group.as_mut();
        group.expect("only groups with bounds are resized")
    }

    /// Instances of a pool, on their way in or out included.
    pub(super) fn n_nodes(&self, pool: usize) -> u32 {
        let exists = |machine| !matches!(machine, Machine::Gone | Machine::Terminated);
        let nodes = self.world.nodes.iter();
        let own = nodes.filter(|it| it.pool == pool && exists(it.machine));
        own.count() as u32
    }

    /// A group's desired size was raised: it acts after its own time.
    pub(super) fn order_nodes(&mut self, pool: usize, cause: Cause) {
        self.group(pool).refused = ZoneSet::default();
        self.act_later(pool, cause);
    }

    fn act_later(&mut self, pool: usize, cause: Cause) {
        let group = self.group(pool);
        let ordinal = group.n_orders;
        group.n_orders += 1;
        let asg_time = group.asg_time;
        let id = &self.world.pools[pool].id;
        let mut stream = self.chance.stream("asg_activity", id, ordinal);
        let due = self.now + dist::triangular(&mut stream, asg_time);
        let event = ControlEvent::GroupActs(pool as u32, cause);
        self.queue.push(due, event);
    }

    /// A group launches what it lacks.
    pub(in crate::sim) fn group_acts(&mut self, pool: usize, cause: Cause) {
        let n_nodes = self.n_nodes(pool);
        let group = self.group(pool);
        let missing = group.target.saturating_sub(n_nodes);
        let mut refused = group.refused;
        let shares = self.shares_of_zones(pool, missing, refused);
        let mut n_failed = 0;
        let mut n_launched = 0;
        for (zone, nodes) in shares {
            let instance_type = self.world.pools[pool].type_names[0].clone();
            n_launched += nodes;
            let order = Order {
                pool,
                zone,
                instance_type: 0,
                capacity_type: CapacityType::OnDemand,
                spare: false,
            };
            let kind = if self.has_capacity(order) {
                EventKind::GroupLaunches {
                    nodes,
                    instance_type,
                }
            } else {
                n_failed += nodes;
                refused.insert(zone);
                EventKind::GroupLaunchFailed {
                    nodes,
                    instance_type,
                }
            };
            let succeeds = !refused.contains(zone);
            let cause = self.tell(Entity::Pool(pool), Some(zone), cause, kind);
            for _ in 0..if succeeds { nodes } else { 0 } {
                self.launch(order, cause);
            }
        }
        self.group(pool).refused = refused;
        if n_failed > 0 {
            self.act_later(pool, cause);
        } else if n_launched < missing {
            // No zone is left to try: the autoscaler finds out when it reads the groups.
            let read_at = look::regular(SimTime::START, self.now, GROUPS_READ_EVERY);
            self.queue
                .push(read_at, ControlEvent::GroupUnfilled(pool as u32, cause));
        }
    }

    /// New nodes by zone: each where the group then has fewest, the first of equals, leaving out
    /// zones that were found without capacity or are shifted away from.
    fn shares_of_zones(
        &self,
        pool: usize,
        missing: u32,
        refused: ZoneSet,
    ) -> Vec<(ZoneIndex, u32)> {
        let pool = &self.world.pools[pool];
        let mut counts = pool.karpenter.nodes_per_zone.clone();
        let open = pool
            .zones
            .iter()
            .copied()
            .filter(|zone| !refused.contains(*zone))
            .filter(|zone| !self.world.zones[zone.index()].is_shifted());
        let mut shares: Vec<(ZoneIndex, u32)> = open.map(|zone| (zone, 0)).collect();
        for _ in 0..missing {
            let fewest = shares
                .iter_mut()
                .min_by_key(|(zone, _)| counts[zone.index()]);
            let Some((zone, share)) = fewest else {
                break;
            };
            counts[zone.index()] += 1;
            *share += 1;
        }
        shares.retain(|(_, share)| *share > 0);
        shares
    }

    /// The autoscaler reads that a group could not launch what was asked of it.
    pub(in crate::sim) fn group_unfilled(&mut self, pool: usize, cause: Cause) {
        let n_nodes = self.n_nodes(pool);
        let missing = self.group(pool).target.saturating_sub(n_nodes);
        if missing > 0 {
            self.give_up(pool, (missing, missing), GroupFailure::NoCapacity, cause);
        }
    }

    /// A node of a group has not joined in time and was terminated. Others of the same order are
    /// told of with the first.
    pub(super) fn node_never_joined(&mut self, pool: usize, cause: Cause) {
        let is_missing =
            |node: &&Node| node.pool == pool && node.machine != Machine::Gone && !node.registered;
        let others = self.world.nodes.iter().filter(is_missing).count() as u32;
        let told = 1 + others;
        self.give_up(pool, (1, told), GroupFailure::NotJoined, cause);
    }

    /// Nodes of a group are no longer waited for, and it is left alone for a while: so many, and
    /// so many to tell of.
    fn give_up(
        &mut self,
        pool: usize,
        (nodes, told): (u32, u32),
        because: GroupFailure,
        cause: Cause,
    ) {
        let now = self.now;
        let flags = &self.kubernetes.cluster_autoscaler;
        let before = self.world.pools[pool]
            .group
            .as_ref()
            .and_then(|it| it.backoff);
        let backoff = Backoff::after_failure(before, now, flags);
        let group = self.group(pool);
        let smaller = nodes.min(group.target.saturating_sub(group.min_nodes));
        group.target -= smaller;
        group.requested = group.requested.saturating_sub(nodes);
        group.backoff = Some(backoff);
        // The autoscaler takes no group below its minimum; Auto Scaling tries on by itself.
        for _ in smaller..nodes {
            self.replace_later(pool);
        }
        if before.is_none_or(|it| it.failed_at != now) {
            let kind = EventKind::GroupBackedOff {
                nodes: told,
                because,
                backoff: backoff.duration,
            };
            self.tell(Entity::Pool(pool), None, cause, kind);
        }
        self.wake_autoscaler(now);
    }
}

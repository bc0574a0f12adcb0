//! What no budget holds back, at work: old, impaired and broken nodes.
//!
//! The decisions are the times and shares of [`disruption::impaired_ends_at`] and its neighbours;
//! each is asked for once, when the machine starts, stops or falls silent, instead of every minute.
//!
//! Assumed: the nodes of a run's start were launched at its start.

use super::DisruptionEvent;
use crate::model::ZoneIndex;
use crate::sim::control::notes::Entity;
use crate::sim::control::{Cause, Control, ControlEvent};
use crate::sim::event::{EventKind, ForcefulReason};
use crate::sim::policy::karpenter::disruption;
use crate::sim::policy::node_lifecycle;
use crate::sim::world::{Machine, Node, NodeRef};
use crate::units::{SimDuration, SimTime};

impl Control {
    /// Sees to it that a node of Karpenter's goes when it has reached its age.
    pub(in crate::sim::control) fn watch_age(&mut self, node: NodeRef) {
        let pool = self.world.nodes[node.at()].pool;
        if let Some(rules) = &self.world.pools[pool].disruption {
            let at = disruption::expires_at(self.now, rules.expire_after);
            let event = ControlEvent::Disruption(DisruptionEvent::Expire(node));
            self.queue.push(at, event);
        }
    }

    /// A node has reached its age: it is drained, whatever the budgets say. Nodes of one age and
    /// pool that go in the same instant are told of together.
    pub(super) fn expire(&mut self, node: NodeRef) {
        if !self.world.holds_node(node) || self.world.nodes[node.at()].terminating {
            return;
        }
        let (pool, created_at) = {
            let node = &self.world.nodes[node.at()];
            (node.pool, node.created_at)
        };
        let alike = |it: &Node| {
            it.machine != Machine::Gone
                && it.pool == pool
                && it.created_at == created_at
                && !it.terminating
        };
        let nodes = self.world.nodes.iter().enumerate();
        let old: Vec<usize> = nodes
            .filter(|(_, it)| alike(it))
            .map(|(at, _)| at)
            .collect();
        let after = self.now.since(created_at);
        let cause = self.tell_terminated(&old, ForcefulReason::Expired, after);
        for at in &old {
            let node = &mut self.world.nodes[*at];
            node.terminating = true;
            node.cause = node.cause.max(cause);
        }
        self.drain_for_karpenter(&old, cause);
        self.wants_placement = true;
    }

    /// Sees to it that Karpenter reads the status checks of a zone that lost its power.
    pub(in crate::sim::control) fn watch_status(&mut self, zone: ZoneIndex) {
        if self.kubernetes.karpenter.ec2_status_checks {
            let at = disruption::impaired_ends_at(self.now);
            let event = ControlEvent::Disruption(DisruptionEvent::ReadStatus(zone));
            self.queue.push(at, event);
        }
    }

    /// Instances of a zone that have been impaired for long enough are terminated.
    pub(super) fn read_status(&mut self, zone: ZoneIndex) {
        let now = self.now;
        let due = |it: &Node| {
            let is_lost = matches!(it.machine, Machine::Dead | Machine::CutOff);
            is_lost && disruption::impaired_ends_at(it.silent_since) <= now
        };
        for pool in 0..self.world.pools.len() {
            let found = self.find_nodes(zone, pool, due);
            self.terminate_nodes(&found, ForcefulReason::Impaired);
        }
    }

    /// Sees to it that Karpenter looks at a zone's nodes that are not Ready, if it repairs any.
    pub(in crate::sim::control) fn watch_repair(&mut self, zone: ZoneIndex) {
        if self.kubernetes.karpenter.node_repair {
            self.repair_at(zone, disruption::repair_due(self.now));
        }
    }

    fn repair_at(&mut self, zone: ZoneIndex, at: SimTime) {
        let event = ControlEvent::Disruption(DisruptionEvent::Repair(zone));
        self.queue.push(at, event);
    }

    /// Nodes of a zone that have not been Ready for long enough are terminated, one by one while
    /// few enough of their pool are not.
    pub(super) fn repair(&mut self, zone: ZoneIndex) {
        let (rules, now) = (self.lifecycle, self.now);
        let due = |it: &Node| {
            let since = node_lifecycle::unknown_at(it.silent_since, &rules);
            it.registered && !it.ready && disruption::repair_due(since) <= now
        };
        for pool in 0..self.world.pools.len() {
            let mut found = self.find_nodes(zone, pool, due);
            let (mut nodes, mut total) = (0, 0);
            for node in &self.world.nodes {
                if node.pool == pool && node.machine != Machine::Gone && node.registered {
                    total += 1;
                    nodes += u32::from(!node.ready);
                }
            }
            // Each that goes leaves a smaller pool with one fewer unhealthy.
            let may_go = (0..found.len() as u32)
                .take_while(|n| disruption::may_repair(nodes - n, total - n))
                .count();
            if may_go < found.len() {
                let kind = EventKind::RepairBlocked { nodes, total };
                self.tell(Entity::Pool(pool), Some(zone), None, kind);
                self.repair_at(zone, self.now + disruption::REPAIR_RETRY);
            }
            found.truncate(may_go);
            self.terminate_nodes(&found, ForcefulReason::Unhealthy);
        }
    }

    /// Slots of Karpenter's nodes of a pool in a zone that are meant.
    fn find_nodes(
        &self,
        zone: ZoneIndex,
        pool: usize,
        meant: impl Fn(&Node) -> bool,
    ) -> Vec<usize> {
        if self.world.pools[pool].disruption.is_none() {
            return Vec::new();
        }
        let here = |it: &Node| {
            it.machine != Machine::Gone && it.pool == pool && it.zone == zone && meant(it)
        };
        let nodes = self.world.nodes.iter().enumerate();
        nodes.filter(|(_, it)| here(it)).map(|(at, _)| at).collect()
    }

    /// Nodes go at once, with their pods.
    fn terminate_nodes(&mut self, nodes: &[usize], reason: ForcefulReason) {
        let Some(first) = nodes.first() else {
            return;
        };
        let after = self.now.since(self.world.nodes[*first].silent_since);
        let cause = self.tell_terminated(nodes, reason, after);
        for at in nodes {
            self.lose_pods(*at);
            self.remove_node(*at);
        }
        self.reconcile_replicas(cause);
    }

    fn tell_terminated(
        &mut self,
        nodes: &[usize],
        reason: ForcefulReason,
        after: SimDuration,
    ) -> Cause {
        let first = self.world.nodes[nodes[0]];
        let same_zone = |at: &usize| self.world.nodes[*at].zone == first.zone;
        let zone = nodes.iter().all(same_zone).then_some(first.zone);
        let pods = self.world.pods.on_nodes(nodes);
        let placed = pods.iter().filter(|at| self.world.pods[**at].is_placed());
        let kind = EventKind::NodesTerminated {
            nodes: nodes.len() as u32,
            pods: placed.count() as u32,
            reason,
            after,
        };
        let cause = nodes
            .iter()
            .map(|at| self.world.nodes[*at].cause)
            .max()
            .flatten();
        self.tell(Entity::Pool(first.pool), zone, cause, kind)
    }
}

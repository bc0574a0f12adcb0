//! Draining at work: nodes are closed, and their pods asked to go within their budgets.
//!
//! One drain serves all who empty nodes: operators, the Spot market's notices, Karpenter, Cluster
//! Autoscaler. What they may do is [`disruption_budget::evict`], how they go about it
//! [`DrainRules`]; here nodes are cordoned, evictions are tried, and what was refused is tried
//! again.
//!
//! The real clients ask every few seconds; since the answer depends on the deployment's pods alone,
//! a drain sleeps here until one of those changes so that a pod may go, and then wakes at the next
//! of its own times. A drain that a budget blocks for a week costs nothing.
//!
//! Assumed: evictions and the start of a pod's end take no time. A pod on a machine that died stays
//! terminating and keeps the drain waiting, as it does in truth: Karpenter's for a minute beyond
//! its grace period, then the instance goes with it, and others' until the machine is back or gone.

mod limit;

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::event::{DrainOutcome, DrainReason, EventKind};
use crate::sim::policy::disruption_budget::{self, BudgetStatus, Observed, Verdict};
use crate::sim::policy::drain::{self, DrainRules, WhenEmpty};
use crate::sim::world::{Node, NodeRef};
use crate::units::SimTime;

/// Nodes that are being emptied together.
#[derive(Debug, Clone)]
pub(super) struct Drain {
    /// Names it over time.
    id: u32,
    reason: DrainReason,
    rules: DrainRules,
    /// Nodes that still have pods, in the order in which they are drained.
    nodes: Vec<NodeRef>,
    /// Nodes that it began with.
    n_nodes: u32,
    began_at: SimTime,
    /// When the nodes in work were first asked for their pods.
    asked_at: SimTime,
    /// When a pod was last let go.
    evicted_at: SimTime,
    /// When evictions are tried next; [`SimTime::NEVER`] while that would be in vain.
    next_at: SimTime,
    /// When it is next looked at whether pods are stuck; [`SimTime::START`] when it never was.
    stuck_at: SimTime,
    /// When it was last looked at whether a refused pod may go.
    looked_at: SimTime,
    /// Deployments whose pods were refused at the last try.
    refused: Vec<usize>,
    /// Deployments whose refusal was told of.
    told: Vec<usize>,
    /// How it ends, as far as is known.
    outcome: DrainOutcome,
    /// Whom its end concerns.
    about: (Entity, Option<ZoneIndex>),
    /// The event that tells of its beginning.
    cause: Cause,
}

impl Drain {
    /// Nodes that are asked for their pods now.
    fn in_work(&self) -> &[NodeRef] {
        let n = if self.rules.one_by_one {
            1
        } else {
            self.nodes.len()
        };
        &self.nodes[..n.min(self.nodes.len())]
    }
}

impl Control {
    /// Closes nodes and begins to empty them. Tells of it, except where the loss of
    /// the machine was told of.
    pub(super) fn drain(
        &mut self,
        nodes: &[usize],
        reason: DrainReason,
        rules: DrainRules,
        cause: Cause,
    ) {
        let about = self.about_nodes(nodes);
        let cause = match reason {
            DrainReason::SpotInterruption | DrainReason::InstanceTerminated => cause,
            _ => self.tell_drain(nodes, reason, about, cause),
        };
        for at in nodes {
            let node = &mut self.world.nodes[*at];
            node.cordoned = true;
            node.spare = false;
            node.deleting |= rules.when_empty == WhenEmpty::Remove;
            node.cause = node.cause.max(cause);
        }
        let id = self.n_drains;
        self.n_drains += 1;
        self.drains.push(Drain {
            id,
            reason,
            rules,
            nodes: nodes.iter().map(|at| self.world.node_ref(*at)).collect(),
            n_nodes: nodes.len() as u32,
            began_at: self.now,
            asked_at: self.now,
            evicted_at: self.now,
            next_at: SimTime::NEVER,
            stuck_at: SimTime::START,
            looked_at: self.now,
            refused: Vec::new(),
            told: Vec::new(),
            outcome: DrainOutcome::Emptied,
            about,
            cause,
        });
        let at = self.drains.len() - 1;
        self.watch_limit(at);
        // Karpenter looks for room for the pods of nodes that go.
        self.wants_placement = true;
        self.try_evictions(at);
    }

    /// Tells that nodes are to be drained, and how many pods are on them.
    fn tell_drain(
        &mut self,
        nodes: &[usize],
        reason: DrainReason,
        (entity, zone): (Entity, Option<ZoneIndex>),
        cause: Cause,
    ) -> Cause {
        let pods = self.world.pods.on_nodes(nodes);
        let pods = pods.iter().filter(|at| self.world.pods[**at].is_active());
        let kind = EventKind::DrainStarted {
            nodes: nodes.len() as u32,
            pods: pods.count() as u32,
            reason,
        };
        self.tell(entity, zone, cause, kind)
    }

    /// The pool and the zone of nodes, where all of them have the same.
    fn about_nodes(&self, nodes: &[usize]) -> (Entity, Option<ZoneIndex>) {
        let all = |same: &dyn Fn(&Node, &Node) -> bool| {
            let mut them = nodes.iter().map(|at| &self.world.nodes[*at]);
            let first = them.next()?;
            them.all(|it| same(first, it)).then_some(first)
        };
        let pool = all(&|one, other| one.pool == other.pool).map(|it| it.pool);
        let zone = all(&|one, other| one.zone == other.zone).map(|it| it.zone);
        (pool.map_or(Entity::Zone, Entity::Pool), zone)
    }

    /// A drain's refused evictions are tried again. Where only stuck pods were waited for, the end
    /// of the instant sees to them.
    pub(in crate::sim) fn drain_next(&mut self, id: u32) {
        let found = self.drains.iter().position(|it| it.id == id);
        if let Some(at) = found.filter(|at| self.drains[*at].next_at == self.now) {
            self.try_evictions(at);
        }
    }

    /// Ends the drains of some nodes as far as they are not done. Opening the nodes is up to the
    /// caller.
    pub(super) fn break_off_drains(&mut self, nodes: &[NodeRef]) {
        let meant = |drain: &Drain| drain.nodes.iter().any(|it| nodes.contains(it));
        while let Some(at) = self.drains.iter().position(meant) {
            let mut drain = self.drains.remove(at);
            drain.outcome = DrainOutcome::GivenUp;
            self.tell_drain_ended(&drain);
        }
    }

    /// Ends a drain and opens its nodes again.
    pub(super) fn give_up_drain(&mut self, at: usize) {
        let mut drain = self.drains.remove(at);
        drain.outcome = DrainOutcome::GivenUp;
        self.tell_drain_ended(&drain);
        if drain.reason == DrainReason::ClusterAutoscaler {
            self.removal_failed();
        }
        for node in drain.nodes {
            if self.world.holds_node(node) {
                self.open_node(node.at());
            }
        }
    }

    /// Lets a cordoned node take pods again.
    pub(super) fn open_node(&mut self, at: usize) {
        let node = &mut self.world.nodes[at];
        if node.reclaim_at == SimTime::NEVER {
            node.cordoned = false;
            node.deleting = false;
            self.world.n_changes += 1;
            self.wants_placement = true;
        }
    }

    /// Asks the eviction API for every pod of the nodes in work, if it can be reached.
    pub(super) fn try_evictions(&mut self, at: usize) {
        if self.api.is_away() {
            return;
        }
        let mut refused: Vec<(usize, u32)> = Vec::new();
        let mut evicted = false;
        for pod in self.pods_to_evict(at) {
            let workload = self.world.pods[pod].workload;
            if self.eviction_of(pod).allows() {
                self.end_within(at, pod);
                evicted = true;
                continue;
            }
            match refused.iter_mut().find(|(it, _)| *it == workload) {
                Some((_, pods)) => *pods += 1,
                None => refused.push((workload, 1)),
            }
        }
        let now = self.now;
        let drain = &mut self.drains[at];
        drain.next_at = SimTime::NEVER;
        drain.looked_at = now;
        if evicted {
            drain.evicted_at = now;
        }
        drain.refused = refused.iter().map(|(workload, _)| *workload).collect();
        let (reason, cause) = (drain.reason, drain.cause);
        for (workload, pods) in refused {
            if self.drains[at].told.contains(&workload) {
                continue;
            }
            self.drains[at].told.push(workload);
            let Some(status) = self.budget_status(workload) else {
                continue;
            };
            let kind = EventKind::EvictionsRefused {
                pods,
                healthy: status.current_healthy,
                desired_healthy: status.desired_healthy,
                reason,
            };
            self.tell(Entity::Workload(workload), None, cause, kind);
        }
        if evicted {
            self.reconcile_replicas(cause);
        }
    }

    /// Pods of the nodes in work that have not been told to end.
    fn pods_to_evict(&self, at: usize) -> Vec<usize> {
        let mut pods = self.pods_in_work(at);
        pods.retain(|at| self.world.pods[*at].is_active());
        pods
    }

    /// Pods of the nodes in work.
    fn pods_in_work(&self, at: usize) -> Vec<usize> {
        let nodes = self.drains[at].in_work().iter();
        let nodes = nodes.filter(|it| self.world.holds_node(**it));
        let nodes: Vec<usize> = nodes.map(|it| it.at()).collect();
        self.world.pods.on_nodes(&nodes)
    }

    /// What the eviction API says of a pod.
    pub(super) fn eviction_of(&self, at: usize) -> Verdict {
        let pod = &self.world.pods[at];
        if !pod.is_placed() {
            return Verdict::Unprotected;
        }
        let budget = self.world.workloads[pod.workload].disruption_budget;
        match (budget, self.budget_status(pod.workload)) {
            (Some(budget), Some(status)) => {
                disruption_budget::evict(pod.is_ready(), &budget, &status)
            }
            _ => Verdict::Unprotected,
        }
    }

    /// The status of a deployment's disruption budget; none without one.
    pub(in crate::sim) fn budget_status(&self, workload: usize) -> Option<BudgetStatus> {
        let owner = &self.world.workloads[workload];
        let budget = owner.disruption_budget?;
        let healthy = |at: &&usize| self.world.pods[**at].is_ready();
        let seen = Observed {
            replicas: owner.desired,
            pods: owner.pods.len() as u32,
            healthy: owner.pods.iter().filter(healthy).count() as u32,
        };
        Some(disruption_budget::status(&budget, seen))
    }

    /// Looks after drains at the end of an instant: empty nodes leave them, the next node is begun,
    /// and a drain that waits wakes when a refused pod may go.
    pub(super) fn watch_drains(&mut self) {
        let mut at = 0;
        while at < self.drains.len() {
            let in_turn = self.drains[at].nodes.first().copied();
            self.settle_nodes(at);
            let drain = &self.drains[at];
            if drain.nodes.is_empty() {
                let drain = self.drains.remove(at);
                self.tell_drain_ended(&drain);
                continue;
            }
            if drain.rules.one_by_one && drain.nodes.first().copied() != in_turn {
                self.drains[at].asked_at = self.now;
                self.try_evictions(at);
            } else {
                self.wake_drain(at);
            }
            at += 1;
        }
    }

    /// Takes nodes that are gone, empty or left with stuck pods out of a drain, and removes them if
    /// that is meant.
    fn settle_nodes(&mut self, at: usize) {
        let mut left = std::mem::take(&mut self.drains[at].nodes);
        let removes = self.drains[at].rules.when_empty == WhenEmpty::Remove;
        left.retain(|node| {
            let is_here = self.world.holds_node(*node);
            if is_here && self.waits_for_pods(at, node.at()) {
                return true;
            }
            if is_here && removes {
                if self.world.nodes[node.at()].n_pods > 0 {
                    self.lose_pods(node.at());
                }
                self.remove_node(node.at());
            }
            false
        });
        self.drains[at].nodes = left;
    }

    /// Sets the next try when a deployment has changed so that a refused pod may go.
    fn wake_drain(&mut self, at: usize) {
        let drain = &self.drains[at];
        if drain.next_at != SimTime::NEVER || drain.refused.is_empty() {
            return;
        }
        let (looked_at, now) = (drain.looked_at, self.now);
        let changed = |workload: &&usize| {
            let at = self.world.workloads[**workload].changed_at;
            at > looked_at || at == now
        };
        if !drain.refused.iter().any(|it| changed(&it)) {
            return;
        }
        let pods = self.pods_to_evict(at);
        let may_go = pods.into_iter().any(|pod| self.eviction_of(pod).allows());
        let drain = &mut self.drains[at];
        drain.looked_at = now;
        if may_go {
            drain.next_at = drain::next_attempt(drain.rules.pace, drain.asked_at, now);
            let event = ControlEvent::DrainNext(drain.id);
            self.queue.push(drain.next_at, event);
        }
    }

    /// Tells how a drain ended, except where the end of the machine is told of.
    fn tell_drain_ended(&mut self, drain: &Drain) {
        let told = [
            DrainReason::SpotInterruption,
            DrainReason::InstanceTerminated,
        ];
        if told.contains(&drain.reason) {
            return;
        }
        let kind = EventKind::DrainEnded {
            nodes: drain.n_nodes,
            reason: drain.reason,
            outcome: drain.outcome,
            lasted: self.now.since(drain.began_at),
        };
        let (entity, zone) = drain.about;
        self.tell(entity, zone, drain.cause, kind);
    }
}

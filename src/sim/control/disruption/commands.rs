//! Carrying out what was decided: closing, replacing, draining, or giving up.
//!
//! The real thing. The nodes of a command are closed to new pods and count as deleting from its
//! start. A replacement is launched at once; only when it has joined are the old nodes drained, and
//! a drained node is terminated. When the replacement cannot be had or does not come in time, the
//! command is given up and its nodes are opened again.

use super::DisruptionEvent;
use crate::model::ZoneIndex;
use crate::sim::control::nodes::Order;
use crate::sim::control::notes::Entity;
use crate::sim::control::{Cause, Control, ControlEvent};
use crate::sim::event::{DrainReason, EventKind, NodeRemoval};
use crate::sim::policy::drain::{DrainRules, Limit};
use crate::sim::policy::karpenter::NOMINATION_WINDOW;
use crate::sim::policy::karpenter::disruption::{Allowance, Command, Method, patience};
use crate::sim::world::NodeRef;
use crate::units::SimTime;

/// A command whose replacements are on their way.
#[derive(Debug)]
pub(super) struct Running {
    number: u32,
    nodes: Vec<NodeRef>,
    replacements: Vec<NodeRef>,
    since: SimTime,
    cause: Cause,
}

impl Control {
    /// Starts a command: its nodes are closed and its replacements launched.
    pub(super) fn start(&mut self, command: &Command, allowance: &Allowance) {
        let cause = self.tell_command(command, allowance);
        self.world.n_changes += 1;
        for at in &command.nodes {
            let node = &mut self.world.nodes[*at];
            node.cordoned = true;
            node.deleting = true;
        }
        for at in &command.hosts {
            let host = &mut self.world.nodes[*at];
            host.nominated_until = host.nominated_until.max(self.now + NOMINATION_WINDOW);
        }
        if command.method == Method::Emptiness {
            self.remove_empty(&command.nodes, cause);
            return;
        }
        let names = command.nodes.iter().map(|at| self.world.node_ref(*at));
        let mut running = Running {
            number: self.disruption.n_commands,
            nodes: names.collect(),
            replacements: Vec::new(),
            since: self.now,
            cause,
        };
        self.disruption.n_commands += 1;
        if !self.launch_replacements(command, &mut running) {
            self.call_off(&running);
            return;
        }
        let event = DisruptionEvent::GiveUp(running.number);
        self.disruption.running.push(running);
        let under_way = self.disruption.running.iter().map(|it| it.nodes.len());
        let late = self.now + patience(under_way.sum());
        self.queue.push(late, ControlEvent::Disruption(event));
    }

    /// Launches a command's replacements; false when one cannot be had.
    fn launch_replacements(&mut self, command: &Command, running: &mut Running) -> bool {
        for it in &command.replacements {
            let order = Order {
                pool: it.pool,
                zone: it.zone,
                instance_type: it.instance_type,
                capacity_type: it.capacity_type,
                spare: false,
            };
            if !self.has_capacity(order) {
                self.launch_failed(order, running.cause);
                return false;
            }
            let cause = self.tell_launch(order, (1, command.n_pods), running.cause);
            running.replacements.push(self.launch(order, cause));
        }
        true
    }

    /// Removes empty nodes; one on which a pod still ends goes when that has ended.
    fn remove_empty(&mut self, nodes: &[usize], cause: Cause) {
        let mut n_removed = vec![0; self.world.zones.len() * self.world.pools.len()];
        let mut ending = Vec::new();
        for at in nodes {
            let node = self.world.nodes[*at];
            if node.n_pods > 0 {
                ending.push(*at);
                continue;
            }
            n_removed[node.pool * self.world.zones.len() + node.zone.index()] += 1;
            self.remove_node(*at);
        }
        for (at, nodes) in n_removed.into_iter().enumerate() {
            if nodes > 0 {
                let kind = EventKind::NodesRemoved {
                    nodes,
                    reason: NodeRemoval::Empty,
                };
                let n_zones = self.world.zones.len();
                let zone = ZoneIndex((at % n_zones) as u8);
                self.tell(Entity::Pool(at / n_zones), Some(zone), cause, kind);
            }
        }
        if !ending.is_empty() {
            self.drain_for_karpenter(&ending, cause);
        }
    }

    /// Drains nodes by Karpenter's rules, pool by pool: each may have its own longest drain.
    pub(super) fn drain_for_karpenter(&mut self, nodes: &[usize], cause: Cause) {
        for pool in 0..self.world.pools.len() {
            let of_pool = |at: &usize| self.world.nodes[*at].pool == pool;
            let here: Vec<usize> = nodes.iter().copied().filter(of_pool).collect();
            let Some(rules) = self.world.pools[pool].disruption.as_ref() else {
                continue;
            };
            let limit = rules.termination_grace_period;
            let rules = DrainRules {
                limit: limit.map(Limit::DeletePods),
                ..DrainRules::of(DrainReason::Karpenter)
            };
            if !here.is_empty() {
                self.drain(&here, DrainReason::Karpenter, rules, cause);
            }
        }
    }

    /// Commands go on: those whose replacements have all joined drain their nodes, those that have
    /// lost one are given up.
    pub(super) fn follow_commands(&mut self) {
        let mut at = 0;
        while at < self.disruption.running.len() {
            let running = &self.disruption.running[at];
            let mut replacements = running.replacements.iter();
            let is_lost = replacements.any(|it| !self.world.holds_node(*it));
            let mut replacements = running.replacements.iter();
            let is_ready = replacements.all(|it| self.world.nodes[it.at()].ready);
            if !is_lost && !is_ready {
                at += 1;
                continue;
            }
            let running = self.disruption.running.remove(at);
            if is_lost {
                self.call_off(&running);
                continue;
            }
            // A node that the Spot market wants back is being drained already.
            let nodes = self.own_nodes(&running);
            self.drain_for_karpenter(&nodes, running.cause);
        }
    }

    /// A command has waited long enough for its replacement.
    pub(super) fn give_up_late(&mut self, number: u32) {
        let mut running = self.disruption.running.iter();
        if let Some(at) = running.position(|it| it.number == number) {
            let running = self.disruption.running.remove(at);
            self.call_off(&running);
        }
    }

    /// The nodes of a command stay after all.
    fn call_off(&mut self, running: &Running) {
        let nodes = self.own_nodes(running);
        for at in &nodes {
            self.open_node(*at);
        }
        let Some(first) = nodes.first() else {
            return;
        };
        let kind = EventKind::DisruptionGivenUp {
            nodes: nodes.len() as u32,
            waited: self.now.since(running.since),
        };
        let pool = self.world.nodes[*first].pool;
        self.tell(Entity::Pool(pool), None, running.cause, kind);
    }

    /// Slots of the nodes of a command that are still there, unless they go for another reason.
    fn own_nodes(&self, running: &Running) -> Vec<usize> {
        let own = |it: &&NodeRef| {
            let node = &self.world.nodes[it.at()];
            self.world.holds_node(**it) && node.reclaim_at == SimTime::NEVER && !node.terminating
        };
        running.nodes.iter().filter(own).map(|it| it.at()).collect()
    }
}

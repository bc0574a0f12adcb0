//! Planned maintenance: operators close and empty nodes, and open them again when they are done.
//!
//! The real thing. `kubectl drain -l topology.kubernetes.io/zone=...` closes all of the nodes first
//! and then empties one after the other within the pods' disruption budgets (`drain.rs`). Where a
//! budget does not allow it, the command waits, as the operator does. When the work is done
//! `kubectl uncordon` opens what is left. Karpenter sees closed nodes without pods as it sees any
//! empty node, and removes them when their time has come; new ones are launched for the pods.
//!
//! Assumed: who maintains a zone begins with the nodes that joined first and does not add nodes
//! beforehand; a drain that is not done when the time is over is broken off.

use super::{Cause, Control};
use crate::sim::event::DrainReason;
use crate::sim::faults::{FaultZones, ScheduledFault};
use crate::sim::policy::drain::DrainRules;
use crate::sim::world::{Machine, Node};

impl Control {
    /// Operators begin to drain the nodes that a fault names.
    pub(super) fn maintenance_begins(&mut self, fault: usize, zones: FaultZones, cause: Cause) {
        let meant = self.nodes_of(fault, zones);
        let nodes: Vec<usize> = meant
            .into_iter()
            .filter(|at| !self.world.nodes[*at].cordoned)
            .collect();
        if nodes.is_empty() {
            return;
        }
        let refs = nodes.iter().map(|at| self.world.node_ref(*at)).collect();
        self.maintained.push((fault, refs));
        let reason = DrainReason::Maintenance;
        self.drain(&nodes, reason, DrainRules::of(reason), cause);
    }

    /// Operators open the nodes that they closed for a fault.
    pub(super) fn maintenance_ends(&mut self, fault: usize) {
        let Some(at) = self.maintained.iter().position(|(it, _)| *it == fault) else {
            return;
        };
        let (_, nodes) = self.maintained.remove(at);
        self.break_off_drains(&nodes);
        for node in nodes {
            if self.world.holds_node(node) {
                self.open_node(node.at());
            }
        }
    }

    /// The running nodes that a fault names by zone and pool, in order of their slots.
    pub(super) fn nodes_of(&self, fault: usize, zones: FaultZones) -> Vec<usize> {
        let ScheduledFault { target, .. } = &self.faults[fault];
        let meant = |node: &Node| {
            let here = zones.hold(node.zone);
            let of_pool = target
                .as_ref()
                .is_none_or(|id| self.world.pools[node.pool].id == *id);
            node.machine == Machine::Running && here && of_pool
        };
        let nodes = self.world.nodes.iter().enumerate();
        nodes
            .filter(|(_, it)| meant(it))
            .map(|(at, _)| at)
            .collect()
    }
}

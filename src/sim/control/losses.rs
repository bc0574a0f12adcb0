//! Machines that stop for good, and who replaces them.
//!
//! The real thing. A terminated instance is gone at once, and everybody finds out by himself: the
//! balancer by its probes, Kubernetes by missing heartbeats and then EC2's answer
//! (`policy/instance_loss.rs`), Karpenter within seconds by its interruption queue, whereupon it
//! drains the node as after a Spot notice and launches for the pods that wait. A node group's Auto
//! Scaling group sees that an instance is not running any more and launches another in its place.
//!
//! Assumed: Karpenter's queue is set up and takes no time; an Auto Scaling group notices after
//! `replacement_time` and launches in the zone of the pool with capacity that has the fewest nodes;
//! the Node object stays a spread domain until its pods are collected, a minute longer than in
//! truth.

use super::nodes::Order;
use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{DrainReason, EventKind, NodeRemoval};
use crate::sim::faults::FaultZones;
use crate::sim::policy::drain::DrainRules;
use crate::sim::policy::health_check::FailureMode;
use crate::sim::policy::{instance_loss, node_lifecycle};
use crate::sim::rng::{RngStream, Uniforms as _};
use crate::sim::world::{Machine, NodeRef};
use crate::units::{IntOrPercent, SimDuration, SimTime, order};

/// An Auto Scaling group that cannot launch anywhere tries again after this time (an assumption:
/// the service publishes no figure).
const LOOK_AGAIN: SimDuration = SimDuration::from_min(1);

impl Control {
    /// A number or share of the nodes that a fault names is terminated.
    pub(super) fn nodes_lost(
        &mut self,
        fault: usize,
        zones: FaultZones,
        wanted: IntOrPercent,
        cause: Cause,
    ) {
        let meant = self.nodes_of(fault, zones);
        let id = &self.faults[fault].id;
        let mut stream = self.chance.stream("node_loss", id, 0);
        let lost = choose(&mut stream, meant, wanted);
        for pool in 0..self.world.pools.len() {
            for zone in 0..self.world.zones.len() {
                let zone = ZoneIndex(zone as u8);
                let is_here = |at: &usize| {
                    let node = &self.world.nodes[*at];
                    node.pool == pool && node.zone == zone
                };
                let here: Vec<usize> = lost.iter().copied().filter(is_here).collect();
                if !here.is_empty() {
                    self.terminate_instances(pool, zone, &here, cause);
                }
            }
        }
    }

    /// Instances of a pool in a zone are gone.
    pub(super) fn terminate_instances(
        &mut self,
        pool: usize,
        zone: ZoneIndex,
        nodes: &[usize],
        cause: Cause,
    ) {
        let pods = self.world.pods.on_nodes(nodes);
        let serving = pods.iter().filter(|at| self.world.pods[**at].serves());
        let kind = EventKind::NodesLost {
            nodes: nodes.len() as u32,
            pods: serving.count() as u32,
        };
        let cause = self.tell(Entity::Pool(pool), Some(zone), cause, kind);
        let deleted_at = instance_loss::node_deleted_at(self.now, &self.lifecycle);
        let collected_at = instance_loss::pods_collected_at(deleted_at);
        for at in nodes {
            let node = self.world.nodes[*at];
            self.meter_node(&node, -1.0);
            let node = &mut self.world.nodes[*at];
            node.machine = Machine::Terminated;
            node.silent_since = self.now;
            node.due = SimTime::NEVER;
            node.cause = cause;
            let node = self.world.node_ref(*at);
            self.queue
                .push(collected_at, ControlEvent::NodeForgotten(node));
            if self.world.pools[pool].replacement.is_some() {
                self.expect_replacement(pool, zone);
            }
        }
        for at in pods {
            let pod = &self.world.pods[at];
            if pod.is_placed() && pod.alive {
                self.stop_pod(at, FailureMode::Silent);
            }
        }
        let unknown_at = node_lifecycle::unknown_at(self.now, &self.lifecycle);
        self.queue.push(unknown_at, ControlEvent::GraceOver(zone));
        if self.world.pools[pool].growth.is_some() {
            let reason = DrainReason::InstanceTerminated;
            self.drain(nodes, reason, DrainRules::of(reason), cause);
        }
        self.check_balancer_zones();
        self.wants_publish = true;
    }

    /// A terminated instance's Node object and its pods are deleted.
    pub(in crate::sim) fn node_forgotten(&mut self, node: NodeRef) {
        if !self.world.holds_node(node) {
            return;
        }
        let at = node.at();
        let node = self.world.nodes[at];
        self.lose_pods(at);
        self.remove_node(at);
        let kind = EventKind::NodesRemoved {
            nodes: 1,
            reason: NodeRemoval::Lost,
        };
        let cause = self.tell(Entity::Pool(node.pool), Some(node.zone), node.cause, kind);
        self.reconcile_replicas(cause);
    }

    /// The Auto Scaling group of a lost node notices after a while.
    fn expect_replacement(&mut self, pool: usize, zone: ZoneIndex) {
        let place = &mut self.world.zones[zone.index()];
        let ordinal = place.n_replacements;
        place.n_replacements += 1;
        let mut stream = self
            .chance
            .stream("instance_replacement", &place.name, ordinal);
        let law = self.world.pools[pool].replacement;
        if let Some(law) = law {
            let due = self.now + dist::triangular(&mut stream, law.notice_time);
            let event = ControlEvent::ReplaceInstance(pool as u32);
            self.queue.push(due, event);
        }
    }

    /// An Auto Scaling group launches an instance in the place of one that is gone.
    pub(in crate::sim) fn replace_instance(&mut self, pool: usize) {
        let group = &self.world.pools[pool];
        let target = group.group.as_ref().map(|it| it.target);
        if target.is_some_and(|target| self.n_nodes(pool) >= target) {
            // An order since then, or a smaller size, has made up for it.
            return;
        }
        let order = |zone| Order {
            pool,
            zone,
            instance_type: 0,
            capacity_type: CapacityType::OnDemand,
            spare: false,
        };
        let can_launch = |zone: &&ZoneIndex| self.has_capacity(order(**zone));
        let n_running = |zone: ZoneIndex| {
            let nodes = self.world.nodes.iter();
            let counts = |machine| !matches!(machine, Machine::Gone | Machine::Terminated);
            nodes
                .filter(|it| it.pool == pool && it.zone == zone && counts(it.machine))
                .count()
        };
        let zones = group.zones.iter().filter(can_launch);
        let Some(zone) = zones.min_by_key(|zone| n_running(**zone)).copied() else {
            self.replace_later(pool);
            return;
        };
        let kind = EventKind::GroupLaunches {
            nodes: 1,
            instance_type: group.type_names[0].clone(),
        };
        let cause = self.tell(Entity::Pool(pool), Some(zone), None, kind);
        self.launch(order(zone), cause);
    }

    /// No zone has capacity: asked again when the group looks next.
    pub(super) fn replace_later(&mut self, pool: usize) {
        let again = self.now + LOOK_AGAIN;
        let event = ControlEvent::ReplaceInstance(pool as u32);
        self.queue.push(again, event);
    }
}

/// So many of some, or a share of them, by chance. Of a fraction the expected number is taken.
pub(super) fn choose(
    stream: &mut RngStream,
    mut left: Vec<usize>,
    wanted: IntOrPercent,
) -> Vec<usize> {
    let wanted = match wanted {
        IntOrPercent::Int(n) => n as usize,
        IntOrPercent::Percent(share) => {
            (share.value() * left.len() as f64 + stream.uniform()) as usize
        }
    };
    let mut taken = Vec::new();
    for _ in 0..wanted.min(left.len()) {
        let at = stream.below(left.len() as u64) as usize;
        taken.push(left.remove(at));
    }
    order::sort(&mut taken);
    taken
}

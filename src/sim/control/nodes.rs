//! Nodes: launched, registered, silent, tainted, emptied, back again.
//!
//! The real thing. A launched machine takes most of a minute to join. A node whose heartbeats end
//! is Unknown after the grace period: its pods leave the endpoints, and the controller behind the
//! balancer takes them out of the target group. Then it is tainted, one node of a zone every 10 s;
//! its pods are deleted when their toleration ends, and only then are replacements created. When
//! every zone is silent nothing is tainted at all (`policy/node_lifecycle.rs`).
//!
//! Assumed: pods deleted on a silent node stay terminating, and keep its requests, until the node
//! is back; pods that were not deleted start again in place when it has booted.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::EventKind;
use crate::sim::policy::karpenter::NOMINATION_WINDOW;
use crate::sim::policy::node_lifecycle::{self, PaceReason, ZoneNodes};
use crate::sim::world::{Machine, NewNode, Node, NodeRef, PodPhase, TargetPhase};
use crate::units::{SimDuration, SimTime};

/// A machine that has not joined after this long is given up (Karpenter 1.14.1: liveness).
const REGISTRATION_TIMEOUT: SimDuration = SimDuration::from_s(15 * 60);

/// What a new node is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) pool: usize,
    pub(super) zone: ZoneIndex,
    pub(super) instance_type: usize,
    pub(super) capacity_type: CapacityType,
    pub(super) spare: bool,
}

impl Control {
    /// Launches a node of a pool that grows.
    pub(super) fn launch(&mut self, order: Order, cause: Cause) -> NodeRef {
        let node = self.add_node(order, cause);
        let place = &mut self.world.zones[order.zone.index()];
        let ordinal = place.n_launches;
        place.n_launches += 1;
        let mut stream = self.chance.stream("node_launch", &place.name, ordinal);
        let pool = &self.world.pools[order.pool];
        let of_pool = pool.growth.map(|it| it.launch_time);
        let of_group = pool.replacement.map(|it| it.launch_time);
        let delay = of_pool
            .or(of_group)
            .map_or(SimDuration::ZERO, |law| dist::triangular(&mut stream, law));
        let timeout = if pool.group.is_some() {
            self.kubernetes.cluster_autoscaler.max_node_provision_time
        } else {
            REGISTRATION_TIMEOUT
        };
        let due = self.now + delay;
        self.world.nodes[node.at()].due = due;
        self.queue.push(due, ControlEvent::NodeRegistered(node));
        let event = ControlEvent::LaunchTimeout(node);
        self.queue.push(self.now + timeout, event);
        node
    }

    /// Adds a node and begins to pay for it.
    pub(super) fn add_node(&mut self, order: Order, cause: Cause) -> NodeRef {
        let new = NewNode {
            pool: order.pool,
            zone: order.zone,
            instance_type: order.instance_type,
            capacity_type: order.capacity_type,
            spare: order.spare,
            cause,
        };
        let node = self.world.add_node(new, self.now);
        self.watch_age(node);
        let added = self.world.nodes[node.at()];
        self.meter_node(&added, 1.0);
        self.wants_publish = true;
        node
    }

    /// Terminates a node without pods.
    pub(super) fn remove_node(&mut self, at: usize) {
        let node = self.world.nodes[at];
        self.world.remove_node(at);
        // A lost instance is paid for no more, and its group replaces it rather than shrinks.
        if node.machine != Machine::Terminated {
            self.meter_node(&node, -1.0);
            if node.deleting && self.world.pools[node.pool].group.is_some() {
                self.tell_given_back(&node);
            }
        }
        self.update_taints();
        self.wants_publish = true;
        self.wants_placement = true;
    }

    /// A launched machine joins the cluster.
    pub(in crate::sim) fn node_registered(&mut self, node: NodeRef) {
        if self.is_expected(node) {
            self.join(node.at());
            self.note_node_ready(node.at(), false);
        }
    }

    /// True for a machine that is due now and can be heard of; one that is up in a zone that is cut
    /// off waits for the network, and everybody for the API.
    fn is_expected(&mut self, node: NodeRef) -> bool {
        let it = self.world.nodes[node.at()];
        let is_due = self.world.holds_node(node) && it.due == self.now;
        let is_heard = self.world.zones[it.zone.index()].has_network() && !self.api.is_away();
        if is_due && !is_heard {
            self.world.nodes[node.at()].due = SimTime::NEVER;
        }
        is_due && is_heard
    }

    /// Makes a machine a Ready node.
    pub(super) fn join(&mut self, at: usize) {
        self.world.n_changes += 1;
        let node = &mut self.world.nodes[at];
        if !node.registered {
            node.pods_changed_at = self.now;
        }
        if !node.registered && self.now > SimTime::START {
            node.joined_at = Some(self.now);
        }
        node.machine = Machine::Running;
        node.registered = true;
        node.ready = true;
        node.tainted_at = None;
        node.due = SimTime::NEVER;
        node.nominated_until = self.now + NOMINATION_WINDOW;
        self.update_taints();
        self.wants_placement = true;
        self.wants_publish = true;
    }

    /// A launched machine has not joined in time: it is given up.
    pub(in crate::sim) fn launch_timeout(&mut self, node: NodeRef) {
        let Node { pool, cause, .. } = self.world.nodes[node.at()];
        if self.world.holds_node(node) && !self.world.nodes[node.at()].registered {
            self.remove_node(node.at());
            if self.world.pools[pool].group.is_some() {
                self.node_never_joined(pool, cause);
            }
        }
    }

    /// A machine has booted after power returned, or reports after the network has.
    pub(in crate::sim) fn node_booted(&mut self, node: NodeRef) {
        let at = node.at();
        if !self.is_expected(node) {
            return;
        }
        if self.world.nodes[at].machine == Machine::Running {
            self.node_heard(at);
            return;
        }
        let rebooted = self.world.nodes[at].registered;
        self.join(at);
        for pod in self.world.pods.on_node(at).to_vec() {
            match self.world.pods[pod].phase {
                PodPhase::Terminating => self.release_pod(pod),
                PodPhase::Starting | PodPhase::Ready => self.restart_pod(pod),
                PodPhase::Gone | PodPhase::Pending => {}
            }
        }
        self.note_node_ready(at, rebooted);
    }

    /// The grace period of a zone's silent nodes is over.
    pub(in crate::sim) fn grace_over(&mut self, zone: ZoneIndex) {
        let rules = self.lifecycle;
        let now = self.now;
        let back_at = self.api.heard_at(SimTime::START);
        let over = |silent_since: SimTime| {
            node_lifecycle::unknown_at(silent_since.max(back_at), &rules) <= now
        };
        let mut n_nodes = 0;
        let mut cause = self.world.zones[zone.index()].cause;
        for node in &mut self.world.nodes {
            let silent = node.machine.is_silent();
            if node.zone == zone && node.ready && silent && over(node.silent_since) {
                node.ready = false;
                cause = cause.max(node.cause);
                n_nodes += 1;
            }
        }
        if n_nodes == 0 {
            return;
        }
        self.world.n_changes += 1;
        self.watch_repair(zone);
        self.targets_removed(zone);
        let kind = EventKind::NodesNotReady {
            nodes: n_nodes,
            grace: rules.grace_period,
        };
        let cause = self.tell(Entity::Zone, Some(zone), cause, kind);
        for node in &mut self.world.nodes {
            if node.zone == zone && node.registered && !node.ready {
                node.cause = node.cause.max(cause);
            }
        }
        self.unlist_pods(zone);
        self.check_balancer_zones();
        self.update_taints();
        self.wants_publish = true;
    }

    /// Pods of a zone's Unknown nodes leave endpoints and target group.
    fn unlist_pods(&mut self, zone: ZoneIndex) {
        for pod in &mut self.world.pods {
            if !pod.is_active() {
                continue;
            }
            let node = &self.world.nodes[pod.node];
            // The place of tasks is no Node: ECS hears of them, not of it.
            let unknown = !node.ready && node.machine != Machine::Fargate;
            if node.zone == zone && unknown {
                pod.target = TargetPhase::None;
                if pod.listed {
                    pod.listed = false;
                    pod.ready_changed_at = self.now;
                    self.world.workloads[pod.workload].changed_at = self.now;
                }
            }
        }
    }

    /// Looks again which zones may be emptied at what pace, and when the next node is due.
    pub(super) fn update_taints(&mut self) {
        let rules = self.lifecycle;
        let mut zones = std::mem::take(&mut self.scratch.zone_nodes);
        self.count_zone_nodes(&mut zones);
        let mut halted = false;
        for (at, pace) in node_lifecycle::paces(&zones, &rules).enumerate() {
            halted |= pace.because == PaceReason::AllZonesGone;
            let waiting = zones[at].n_not_ready > 0 && self.next_untainted(at).is_some();
            let zone = &mut self.world.zones[at];
            let due = waiting
                .then(|| node_lifecycle::tainted_at(self.now, zone.tainted_at, pace))
                .flatten()
                .unwrap_or(SimTime::NEVER);
            // A due time in the future stays: looking again must not put it off.
            if due == SimTime::NEVER || zone.taint_due == SimTime::NEVER {
                zone.taint_due = due;
                if due != SimTime::NEVER {
                    let index = ZoneIndex(at as u8);
                    self.queue.push(due, ControlEvent::TaintNext(index));
                }
            }
        }
        let nodes = zones.iter().map(|it| it.n_not_ready).sum();
        self.scratch.zone_nodes = zones;
        if halted && !self.evictions_halted {
            for node in &mut self.world.nodes {
                node.tainted_at = None;
            }
            let cause = self.world.nodes.iter().map(|it| it.cause).max().flatten();
            self.tell(
                Entity::Zone,
                None,
                cause,
                EventKind::EvictionsHalted { nodes },
            );
        }
        self.evictions_halted = halted;
    }

    /// Registered nodes of each zone by readiness.
    fn count_zone_nodes(&self, zones: &mut Vec<ZoneNodes>) {
        zones.clear();
        zones.resize(self.world.zones.len(), ZoneNodes::default());
        for node in &self.world.nodes {
            if node.machine != Machine::Gone && node.registered {
                let zone = &mut zones[node.zone.index()];
                zone.n_ready += u32::from(node.ready);
                zone.n_not_ready += u32::from(!node.ready);
            }
        }
    }

    /// The next Unknown node of a zone to be tainted.
    fn next_untainted(&self, zone: usize) -> Option<usize> {
        self.world.nodes.iter().position(|node| {
            node.machine != Machine::Gone
                && node.registered
                && !node.ready
                && node.zone.index() == zone
                && node.tainted_at.is_none()
        })
    }

    /// The next silent node of a zone is tainted.
    pub(in crate::sim) fn taint_next(&mut self, zone: ZoneIndex) {
        let place = &mut self.world.zones[zone.index()];
        if place.taint_due != self.now {
            return;
        }
        place.taint_due = SimTime::NEVER;
        if let Some(at) = self.next_untainted(zone.index()) {
            self.world.zones[zone.index()].tainted_at = Some(self.now);
            self.world.nodes[at].tainted_at = Some(self.now);
            let due = node_lifecycle::pods_deleted_at(self.now, &self.lifecycle);
            let node = self.world.node_ref(at);
            self.queue.push(due, ControlEvent::EvictPods(node));
        }
        self.update_taints();
    }

    /// Which of its zone's Unknown nodes a tainted one is, from 1, and how many there are.
    fn place_in_queue(&self, at: usize) -> (u32, u32) {
        let node = &self.world.nodes[at];
        let (mut place, mut nodes) = (0, 0);
        for it in &self.world.nodes {
            let waits = it.machine != Machine::Gone && it.registered && !it.ready;
            if waits && it.zone == node.zone {
                nodes += 1;
                place += u32::from(it.tainted_at.is_some_and(|at| Some(at) <= node.tainted_at));
            }
        }
        (place, nodes)
    }

    /// The toleration of a tainted node's pods is over.
    pub(in crate::sim) fn evict_pods(&mut self, node: NodeRef) {
        let at = node.at();
        let tainted_at = self.world.nodes[at].tainted_at;
        let due = tainted_at.map(|it| node_lifecycle::pods_deleted_at(it, &self.lifecycle));
        if !self.world.holds_node(node) || due != Some(self.now) {
            return;
        }
        let mut pods = 0;
        for pod in self.world.pods.on_node(at).to_vec() {
            if self.world.pods[pod].phase != PodPhase::Terminating {
                self.world.terminate(pod, self.now);
                pods += 1;
            }
        }
        if pods == 0 {
            return;
        }
        let (node, of_nodes) = self.place_in_queue(at);
        let kind = EventKind::PodsEvicted {
            pods,
            toleration: self.lifecycle.toleration,
            node,
            of_nodes,
        };
        let node = self.world.nodes[at];
        let cause = self.tell(Entity::Pool(node.pool), Some(node.zone), node.cause, kind);
        self.reconcile_replicas(cause);
        self.wants_publish = true;
    }
}

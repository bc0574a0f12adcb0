//! Placement: pending pods get nodes, one by one, by priority and then the oldest first.
//!
//! The decision is [`scheduler::place`]; here its nodes are listed, its answer is applied, and what
//! cannot be placed is told of once and handed to the autoscalers. Pods run only on the pools that
//! their deployment names, as with a node selector.
//!
//! Assumed: nodes kept spare hold placeholder pods of the lowest priority, so that they are used
//! only when no other node has room; daemon sets take no room.

use std::cmp::Reverse;

use super::nodes::Order;
use super::notes::Entity;
use super::{Cause, Control};
use crate::model::CapacityType;
use crate::sim::event::{EventKind, LaunchRefusal, PendingReason};
use crate::sim::policy::karpenter;
use crate::sim::policy::node_lifecycle::ZoneNodes;
use crate::sim::policy::scheduler::{self, Unschedulable};
use crate::sim::world::{Machine, PodPhase, TargetPhase};
use crate::units::order;

/// Lists that are filled anew at every use and kept for their memory.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Nodes as the scheduler sees them, and their slots.
    pub(super) nodes: Vec<scheduler::Node>,
    pub(super) slots: Vec<usize>,
    /// Slots of pods to be placed, the highest priority first, then the oldest.
    pending: Vec<usize>,
    /// Why a workload's pods cannot be placed; none when they can.
    refused: Vec<Option<Unschedulable>>,
    /// Pending pods that were told of, by workload, with the reason.
    told: Vec<Option<(PendingReason, u32)>>,
    /// Pods that Karpenter said it cannot help, likewise.
    pub(super) told_unhelped: Vec<Option<(LaunchRefusal, u32)>>,
    pub(super) zone_nodes: Vec<ZoneNodes>,
}

impl Control {
    /// Places what can be placed and hands the rest to Karpenter and Cluster Autoscaler.
    pub(super) fn place_pending(&mut self) {
        self.schedule();
        if !self.waiting_workloads().is_empty() {
            self.batch_pending();
        }
        self.wake_autoscaler_for_pods();
        for pool in 0..self.world.pools.len() {
            self.keep_spares(pool);
        }
        self.tell_pending();
    }

    /// Places what can be placed.
    fn schedule(&mut self) {
        let n_workloads = self.world.workloads.len();
        self.scratch.told.resize(n_workloads, None);
        self.scratch.told_unhelped.resize(n_workloads, None);
        self.scratch.refused.clear();
        self.scratch.refused.resize(n_workloads, None);
        if self.world.pending.is_empty() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.pending.clone_from(&self.world.pending);
        let priority = |at: &usize| self.world.workloads[self.world.pods[*at].workload].priority;
        if !scratch.pending.is_sorted_by_key(|at| Reverse(priority(at))) {
            // The order among equals stays that of their age.
            let age = |at: &usize| self.world.pods[*at].number;
            order::sort_by(&mut scratch.pending, |a, b| {
                (Reverse(priority(a)), age(a)).cmp(&(Reverse(priority(b)), age(b)))
            });
        }
        self.list_nodes(&mut scratch);
        self.place_listed(&mut scratch);
        self.scratch = scratch;
    }

    /// Nodes that have joined.
    fn list_nodes(&self, scratch: &mut Scratch) {
        scratch.nodes.clear();
        scratch.slots.clear();
        for (at, node) in self.world.nodes.iter().enumerate() {
            if node.machine == Machine::Gone || !node.registered {
                continue;
            }
            let (allocatable, pod_slots) = self.world.allocatable(node);
            scratch.slots.push(at);
            scratch.nodes.push(scheduler::Node {
                pool: node.pool,
                zone: node.zone,
                allocatable,
                requested: node.requested,
                pod_slots,
                n_pods: node.n_pods,
                ready: node.ready,
                schedulable: !node.cordoned,
            });
        }
    }

    /// Places the listed pods on the listed nodes.
    fn place_listed(&mut self, scratch: &mut Scratch) {
        for i in 0..scratch.pending.len() {
            let at = scratch.pending[i];
            let workload = self.world.pods[at].workload;
            if scratch.refused[workload].is_some() {
                // Its pods are alike, and a placed pod of another workload only takes room.
                if self.may_preempt(workload) {
                    self.preempt(at, scratch);
                }
                continue;
            }
            match self.choose_node(workload, scratch) {
                Ok(chosen) => {
                    let requests = self.world.pods[at].requests;
                    let listed = &mut scratch.nodes[chosen];
                    listed.requested = listed.requested.plus(requests);
                    listed.n_pods += 1;
                    self.world.bind(at, scratch.slots[chosen], self.now);
                    self.start_pod(at);
                    self.wants_publish = true;
                }
                Err(why) => {
                    scratch.refused[workload] = Some(why);
                    if self.may_preempt(workload) {
                        self.preempt(at, scratch);
                    }
                }
            }
        }
    }

    /// A node for a pod: first without the spare ones, then with them.
    fn choose_node(&self, workload: usize, scratch: &mut Scratch) -> Result<usize, Unschedulable> {
        let owner = &self.world.workloads[workload];
        let pod = scheduler::Pod {
            pools: &owner.pools,
            requests: owner.requests,
            spread: owner.spread,
            pods_per_zone: &owner.pods_per_zone,
        };
        let is_spare = |slot: &usize| self.world.nodes[*slot].spare;
        if !scratch.slots.iter().any(is_spare) {
            return scheduler::place(&pod, &scratch.nodes);
        }
        let set_spares = |nodes: &mut [scheduler::Node], schedulable: bool| {
            for (node, slot) in nodes.iter_mut().zip(&scratch.slots) {
                if is_spare(slot) && !self.world.nodes[*slot].cordoned {
                    node.schedulable = schedulable;
                }
            }
        };
        set_spares(&mut scratch.nodes, false);
        let without = scheduler::place(&pod, &scratch.nodes);
        set_spares(&mut scratch.nodes, true);
        without.or_else(|_| scheduler::place(&pod, &scratch.nodes))
    }

    /// Tells of pods that cannot be placed: when the reason is new or their number has grown.
    pub(super) fn tell_pending(&mut self) {
        for workload in 0..self.world.workloads.len() {
            let owner = &self.world.workloads[workload];
            let pods = owner.n_pending;
            if pods == 0 {
                self.scratch.told[workload] = None;
                self.scratch.told_unhelped[workload] = None;
                continue;
            }
            // A workload without a pool is never looked at.
            let refused = self.scratch.refused[workload].unwrap_or_default();
            let reason = refused.main_cause();
            let news = self.scratch.told[workload]
                .is_none_or(|(old, count)| old != reason || count < pods);
            if news {
                self.scratch.told[workload] = Some((reason, pods));
                let cause = self.newest_pending_cause(workload);
                let kind = EventKind::PodsPending {
                    pods,
                    reason,
                    filtered: refused.filtered(),
                };
                let event = self.tell(Entity::Workload(workload), None, cause, kind);
                for at in &self.world.pending {
                    let pod = &mut self.world.pods[*at];
                    if pod.workload == workload {
                        pod.cause = event;
                    }
                }
            }
        }
    }

    /// The newest cause of a workload's pending pods.
    pub(super) fn newest_pending_cause(&self, workload: usize) -> Cause {
        let pending = self.world.pending.iter().map(|at| &self.world.pods[*at]);
        let own = pending.filter(|pod| pod.workload == workload);
        own.map(|pod| pod.cause).max().flatten()
    }

    /// The start of a run: nodes as Karpenter would have launched them, pods placed and ready.
    pub(super) fn place_at_start(&mut self) {
        for workload in 0..self.world.workloads.len() {
            let wanted = self.world.workloads[workload].desired;
            for n in 0..wanted {
                if !self.admits(workload) {
                    self.creation_refused(workload, wanted - n, None);
                    break;
                }
                self.create_pod(workload, None);
            }
        }
        for pool in 0..self.world.pools.len() {
            if self.world.pools[pool].growth.is_none() {
                self.fill_group(pool);
            }
        }
        for at in 0..self.world.nodes.len() {
            self.join(at);
        }
        // What finds room in the groups needs no node of a pool.
        self.schedule();
        let n_in_groups = self.world.nodes.len();
        self.grow_at_start();
        for at in n_in_groups..self.world.nodes.len() {
            self.join(at);
        }
        self.place_pending();
        for at in 0..self.world.pods.len() {
            if self.world.pods[at].phase == PodPhase::Starting {
                self.make_ready(at);
                self.world.renew_pod(at);
                let workload = self.world.pods[at].workload;
                if self.balancer_of(workload).is_some() {
                    self.world.pods[at].target = TargetPhase::Healthy;
                }
            }
        }
    }

    /// The nodes that a group has from the start, spread evenly over its zones.
    fn fill_group(&mut self, pool: usize) {
        let group = &self.world.pools[pool];
        if group.type_names.is_empty() || group.zones.is_empty() {
            return;
        }
        for n in 0..group.n_initial_nodes as usize {
            let group = &self.world.pools[pool];
            let order = Order {
                pool,
                zone: group.zones[n % group.zones.len()],
                instance_type: 0,
                capacity_type: CapacityType::OnDemand,
                spare: false,
            };
            self.add_node(order, None);
        }
    }

    /// The nodes that pools need for their pods, and their spare ones.
    fn grow_at_start(&mut self) {
        let plan = self.plan_round();
        for launch in &plan.launches {
            self.add_node(order_of(launch), None);
        }
        for pool in 0..self.world.pools.len() {
            while let Some(order) = self.missing_spare(pool) {
                self.add_node(order, None);
            }
        }
    }
}

/// The order for a planned launch.
pub(super) fn order_of(launch: &karpenter::Launch) -> Order {
    Order {
        pool: launch.pool,
        zone: launch.zone,
        instance_type: launch.instance_type,
        capacity_type: launch.capacity_type,
        spare: false,
    }
}

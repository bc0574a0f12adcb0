//! Placement: pending pods get nodes, one by one, by priority and then the oldest first.
//!
//! The decision is [`scheduler::place`]; here its nodes are listed, its answer is applied, and what
//! cannot be placed is told of once and handed to the autoscalers. Pods run only on the pools that
//! their deployment names, as with a node selector.
//!
//! Assumed: nodes kept spare hold placeholder pods of the lowest priority, so that they are used
//! only when no other node has room; daemon pods are on a node from the moment it joins.

use std::cmp::Reverse;

use super::nodes::Order;
use super::notes::Entity;
use super::{Cause, Control};
use crate::model::CapacityType;
use crate::sim::event::{EventKind, LaunchRefusal, PendingReason, Refusals};
use crate::sim::policy::karpenter;
use crate::sim::policy::node_lifecycle::ZoneNodes;
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::{scheduler, topology};
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
    /// Where a node slot is in the list; meaningless for one that is not listed.
    listed_at: Vec<usize>,
    /// Pods of a workload by listed node, where a rule may ask.
    pub(super) pods_on: Vec<Vec<u32>>,
    /// Terminating ones, likewise; empty for a workload without any.
    pub(super) ending_on: Vec<Vec<u32>>,
    /// Why a workload's pods cannot be placed; none when they can.
    refused: Vec<Option<Refusals>>,
    /// Pending pods that were told of, by workload, with the reason.
    told: Vec<Option<(PendingReason, u32)>>,
    /// Pods that Karpenter said it cannot help, likewise.
    pub(super) told_unhelped: Vec<Option<(LaunchRefusal, u32)>>,
    /// Tasks that were said to find no capacity, by workload.
    pub(super) told_tasks: Vec<u32>,
    /// Tasks without capacity will be tried again.
    pub(super) tries_tasks_again: bool,
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
        self.place_tasks();
        if self.world.pending.is_empty() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        self.list_nodes(&mut scratch);
        self.count_pods_by_node(&mut scratch);
        self.count_host_ports(&mut scratch);
        loop {
            self.list_pending(&mut scratch.pending);
            if !self.place_listed(&mut scratch) {
                break;
            }
        }
        self.scratch = scratch;
    }

    /// Pods to be placed, the highest priority first; the order among equals is that of their age.
    fn list_pending(&self, pending: &mut Vec<usize>) {
        pending.clone_from(&self.world.pending);
        // ECS has tried to place its tasks already.
        pending.retain(|at| !self.is_task(*at));
        let priority = |at: &usize| self.world.workloads[self.world.pods[*at].workload].priority;
        if !pending.is_sorted_by_key(|at| Reverse(priority(at))) {
            let age = |at: &usize| self.world.pods[*at].number;
            order::sort_by(pending, |a, b| {
                (Reverse(priority(a)), age(a)).cmp(&(Reverse(priority(b)), age(b)))
            });
        }
    }

    /// Nodes that have joined.
    fn list_nodes(&self, scratch: &mut Scratch) {
        scratch.nodes.clear();
        scratch.slots.clear();
        scratch.listed_at.clear();
        for (at, node) in self.world.nodes.iter().enumerate() {
            scratch.listed_at.push(scratch.slots.len());
            if node.machine == Machine::Gone || !node.registered {
                continue;
            }
            scratch.slots.push(at);
            scratch.nodes.push(self.world.scheduler_node(at));
        }
    }

    /// Counts the pods on each node of the workloads that a rule may ask about.
    fn count_pods_by_node(&self, scratch: &mut Scratch) {
        let workloads = &self.world.workloads;
        for all in [&mut scratch.pods_on, &mut scratch.ending_on] {
            all.resize_with(workloads.len(), Vec::new);
            all.iter_mut().for_each(Vec::clear);
        }
        for (at, workload) in workloads.iter().enumerate() {
            let has_terms = !workload.rules.affinity.is_empty();
            let has_anti_terms = !workload.rules.anti_affinity.is_empty();
            if workload.n_pending == 0 && !has_terms && !has_anti_terms {
                continue;
            }
            for counted in workload.rules.counted(at).chain([at]) {
                if scratch.pods_on[counted].is_empty() {
                    self.count_pods_of(counted, scratch);
                }
            }
        }
    }

    fn count_pods_of(&self, workload: usize, scratch: &mut Scratch) {
        let n_nodes = scratch.nodes.len();
        let counts = &mut scratch.pods_on[workload];
        let ending = &mut scratch.ending_on[workload];
        counts.resize(n_nodes, 0);
        let pods = self.world.workloads[workload].pods.iter();
        for pod in pods.map(|at| &self.world.pods[*at]) {
            if !pod.is_placed() || !self.world.nodes[pod.node].registered {
                continue;
            }
            let at = scratch.listed_at[pod.node];
            if pod.phase == PodPhase::Terminating {
                ending.resize(n_nodes, 0);
                ending[at] += 1;
            } else {
                counts[at] += 1;
            }
        }
    }

    /// Notes the host ports that pods on the listed nodes hold until they are gone.
    fn count_host_ports(&self, scratch: &mut Scratch) {
        for workload in &self.world.workloads {
            if workload.rules.host_ports.is_empty() {
                continue;
            }
            for pod in workload.pods.iter().map(|at| &self.world.pods[*at]) {
                if pod.is_placed() && self.world.nodes[pod.node].registered {
                    let node = &mut scratch.nodes[scratch.listed_at[pod.node]];
                    node.host_ports = node.host_ports.with(workload.rules.host_ports);
                }
            }
        }
    }

    /// Places the listed pods on the listed nodes. True when a placed pod may have made room for
    /// one that was refused before: one that wants to be with it.
    fn place_listed(&mut self, scratch: &mut Scratch) -> bool {
        let mut again = false;
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
                    self.take_node(at, chosen, scratch);
                    again |= self.welcome_companions(workload, scratch);
                }
                Err(why) => {
                    scratch.refused[workload] = Some(why);
                    if self.may_preempt(workload) {
                        self.preempt(at, scratch);
                    }
                }
            }
        }
        again
    }

    /// Puts a pod on a listed node.
    fn take_node(&mut self, at: usize, chosen: usize, scratch: &mut Scratch) {
        let workload = self.world.pods[at].workload;
        let listed = &mut scratch.nodes[chosen];
        listed.requested = listed.requested.plus(self.world.pods[at].requests);
        listed.n_pods += 1;
        let rules = &self.world.workloads[workload].rules;
        listed.host_ports = listed.host_ports.with(rules.host_ports);
        scratch.pods_on[workload][chosen] += 1;
        self.world.bind(at, scratch.slots[chosen], self.now);
        self.start_pod(at);
        self.wants_publish = true;
    }

    /// Forgets the refusal of pods that require one of this workload near them.
    fn welcome_companions(&self, placed: usize, scratch: &mut Scratch) -> bool {
        let mut some = false;
        for (at, workload) in self.world.workloads.iter().enumerate() {
            let wants = |it: &topology::Term| it.workload == placed && it.weight.is_none();
            if at != placed && workload.rules.affinity.iter().any(wants) {
                some |= scratch.refused[at].take().is_some();
            }
        }
        some
    }

    /// The rules of each workload's pods.
    pub(super) fn all_rules(&self) -> Vec<&PodRules> {
        self.world.workloads.iter().map(|it| &it.rules).collect()
    }

    /// A new pod of a workload, as the scheduler sees it.
    pub(super) fn pod_of(&self, workload: usize) -> scheduler::Pod<'_> {
        let owner = &self.world.workloads[workload];
        scheduler::Pod {
            workload,
            pools: &owner.pools,
            requests: owner.requests,
        }
    }

    /// A node for a pod: first without the spare ones, then with them.
    fn choose_node(&self, workload: usize, scratch: &mut Scratch) -> Result<usize, Refusals> {
        let (pod, rules) = (self.pod_of(workload), self.all_rules());
        let (pods_on, ending_on) = (&scratch.pods_on, &scratch.ending_on);
        let place = |nodes: &[scheduler::Node]| {
            let cluster = scheduler::Cluster {
                nodes,
                rules: &rules,
                pods_on,
                ending_on,
            };
            scheduler::place(&pod, &cluster)
        };
        let is_spare = |slot: &usize| self.world.nodes[*slot].spare;
        if !scratch.slots.iter().any(is_spare) {
            return place(&scratch.nodes);
        }
        let set_spares = |nodes: &mut [scheduler::Node], schedulable: bool| {
            for (node, slot) in nodes.iter_mut().zip(&scratch.slots) {
                if is_spare(slot) && self.world.is_open(&self.world.nodes[*slot]) {
                    node.schedulable = schedulable;
                }
            }
        };
        set_spares(&mut scratch.nodes, false);
        let without = place(&scratch.nodes);
        set_spares(&mut scratch.nodes, true);
        without.or_else(|_| place(&scratch.nodes))
    }

    /// Tells of pods that cannot be placed: when the reason is new or their number has grown.
    pub(super) fn tell_pending(&mut self) {
        for workload in 0..self.world.workloads.len() {
            let owner = &self.world.workloads[workload];
            let pods = owner.n_pending;
            if pods == 0 {
                self.scratch.told[workload] = None;
                self.scratch.told_unhelped[workload] = None;
                self.scratch.told_tasks[workload] = 0;
                continue;
            }
            if self.world.fargate_of(workload).is_some() {
                continue;
            }
            // A workload without a pool is never looked at.
            let refused = self.scratch.refused[workload].clone().unwrap_or_default();
            let reason = scheduler::main_cause(&refused);
            let news = self.scratch.told[workload]
                .is_none_or(|(old, count)| old != reason || count < pods);
            if news {
                self.scratch.told[workload] = Some((reason, pods));
                let cause = self.newest_pending_cause(workload);
                let kind = EventKind::PodsPending {
                    pods,
                    reason,
                    refused,
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
        self.open_fargate();
        // What finds room in the groups needs no node of a pool.
        self.schedule();
        let n_in_groups = self.world.nodes.len();
        self.grow_at_start();
        for at in n_in_groups..self.world.nodes.len() {
            self.join(at);
        }
        self.place_pending();
        for at in 0..self.world.pods.len() {
            if self.world.pods[at].phase == PodPhase::Starting && !self.is_out_of_memory(at) {
                self.make_ready(at);
                self.world.renew_pod(at);
                let workload = self.world.pods[at].workload;
                if self.balancer_of(workload).is_some() {
                    self.world.pods[at].target = TargetPhase::Healthy;
                }
            }
        }
        for at in 0..self.world.pods.len() {
            if self.world.pods[at].phase == PodPhase::Starting {
                self.kill_for_memory(at);
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

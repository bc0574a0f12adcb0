//! Pods that Karpenter moves: those that wait for a node, and those whose node is going.
//!
//! The real thing (Karpenter core 1.14.1, `provisioner.go`, `provisioning/controller.go`,
//! `utils/pdb/pdb.go`). A round plans for the pending pods *and* for the pods that are still on
//! nodes marked for deletion (Spot notice, expiry, drift, consolidation), so that their new nodes
//! start while a disruption budget lets them go one by one. Such a node triggers a batch like a
//! pod, and again every 10 s until it is gone. Room comes first: all nodes that stay, then those on
//! their way, then new ones; a pod that was evicted meanwhile is pending and counted as such, so
//! nothing is bought twice. A node that takes pods in a round is *nominated* for 20 s, which keeps
//! consolidation from it. Pods that a budget blocks altogether (no disruption at all, or everything
//! available) are left out: nobody knows when they will go.
//!
//! Assumed: nothing triggers while nothing changes, since the answer would be the same, and what a
//! round has nominated stays so until the next round or until the last pod has left; the scheduler
//! puts evicted pods on spare nodes, so those count as room.

use super::Control;
use crate::sim::policy::disruption_budget;
use crate::sim::policy::karpenter::{self, InFlight, NOMINATION_WINDOW, PendingPods};
use crate::sim::policy::resources::{Resources, SmallSet};
use crate::sim::world::{Machine, Node, PodPhase};
use crate::units::SimTime;

/// What a round is for: pods that are alike.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Pending pods, then those on nodes that go.
    pub(super) pods: Vec<PendingPods>,
    /// How many of the entries are pending pods.
    pub(super) n_pending: usize,
    /// Slots of the nodes that go, as far as they have pods to move.
    pub(super) leaving: Vec<usize>,
    /// Slots of the pods on them, with their nodes'.
    moving: Vec<(usize, usize)>,
}

impl Batch {
    /// True when nobody needs a node.
    pub(super) const fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }
}

impl Control {
    /// What a round would be for now.
    pub(super) fn batch(&self) -> Batch {
        let mut batch = Batch::default();
        for (workload, owner) in self.world.workloads.iter().enumerate() {
            if owner.n_pending == 0 || !self.is_karpenters(workload) {
                continue;
            }
            let count = self.n_without_nomination(workload);
            if count > 0 {
                batch.pods.push(PendingPods {
                    count,
                    requests: owner.requests,
                    workload,
                });
            }
        }
        batch.n_pending = batch.pods.len();
        for (node, it) in self.world.nodes.iter().enumerate() {
            if self.is_leaving(it) {
                self.add_moving(&mut batch, node);
            }
        }
        batch
    }

    /// True for a workload that Karpenter may launch nodes for.
    fn is_karpenters(&self, workload: usize) -> bool {
        let mut pools = self.world.workloads[workload].pools.iter();
        pools.any(|pool| self.world.pools[*pool].growth.is_some())
    }

    /// True for a node that Karpenter is deleting.
    fn is_leaving(&self, node: &Node) -> bool {
        let goes = node.deleting || node.machine == Machine::Terminated;
        goes && node.machine.is_of_cluster() && self.world.pools[node.pool].growth.is_some()
    }

    /// Adds the pods of a node that goes.
    fn add_moving(&self, batch: &mut Batch, node: usize) {
        let n_before = batch.moving.len();
        for at in self.world.pods.on_node(node) {
            if !self.is_reschedulable(*at) {
                continue;
            }
            batch.moving.push((*at, node));
            let pod = &self.world.pods[*at];
            let alike =
                |it: &&mut PendingPods| it.workload == pod.workload && it.requests == pod.requests;
            match batch.pods[batch.n_pending..].iter_mut().find(alike) {
                Some(found) => found.count += 1,
                None => batch.pods.push(PendingPods {
                    count: 1,
                    requests: pod.requests,
                    workload: pod.workload,
                }),
            }
        }
        if batch.moving.len() > n_before {
            batch.leaving.push(node);
        }
    }

    /// True for a pod that Karpenter looks for another place for while it runs.
    fn is_reschedulable(&self, at: usize) -> bool {
        let pod = &self.world.pods[at];
        let budget = self.world.workloads[pod.workload].disruption_budget;
        let is_blocked =
            budget.is_some_and(|it| disruption_budget::blocks_fully(&it, pod.is_ready()));
        pod.is_active() && !is_blocked && self.is_karpenters(pod.workload)
    }

    /// Takes the pods that move out of what a round counts of their workloads.
    pub(super) fn leave_out_moving(&self, batch: &Batch, seen: &mut [karpenter::Workload]) {
        for (pod, node) in &batch.moving {
            let counts = &mut seen[self.world.pods[*pod].workload];
            let node = &self.world.nodes[*node];
            counts.pods_per_zone[node.zone.index()] -= 1;
            counts.pods_per_capacity_type[node.capacity_type as usize] -= 1;
        }
    }

    /// Slots of the nodes with room for a pod of the batch, those to be filled first in front.
    ///
    /// Without pods that move, nodes that have joined need no second look: the scheduler, whose
    /// rules are no stricter than Karpenter's, has just refused them.
    pub(super) fn hosts(&self, batch: &Batch) -> Vec<usize> {
        let has_joined = |it: &Node| it.registered && it.ready && self.world.is_open(it);
        let mut hosts = Vec::new();
        if !batch.leaving.is_empty() {
            for spare in [false, true] {
                let has_room = |it: &Node| {
                    let (free, slots) = self.room(it);
                    let mut pods = batch.pods.iter();
                    slots > 0 && pods.any(|it| it.requests.fit_in(free))
                };
                let stays = |it: &Node| it.machine.is_of_cluster() && !self.is_leaving(it);
                let nodes = self.world.nodes.iter().enumerate();
                let fits =
                    |it: &Node| stays(it) && has_joined(it) && it.spare == spare && has_room(it);
                hosts.extend(nodes.filter(|it| fits(it.1)).map(|it| it.0));
            }
        }
        let coming = |it: &Node| it.machine.is_of_cluster() && !it.registered && !it.spare;
        let nodes = self.world.nodes.iter().enumerate();
        hosts.extend(
            nodes
                .filter(|it| coming(it.1) && !it.1.deleting)
                .map(|it| it.0),
        );
        hosts
    }

    /// What is free on a node, and the pods that it can still take.
    fn room(&self, node: &Node) -> (Resources, u32) {
        let (allocatable, slots) = self.world.allocatable(node);
        (allocatable.minus(node.requested), slots - node.n_pods)
    }

    /// A host as a round sees it, and its pods in the counts of their workloads.
    pub(super) fn see_host(&self, at: usize, seen: &mut [karpenter::Workload]) -> InFlight {
        for workload in &mut *seen {
            workload.pods_on.push(0);
        }
        let mut host_ports = SmallSet::default();
        for pod in self.world.pods.on_node(at) {
            let pod = &self.world.pods[*pod];
            let rules = &self.world.workloads[pod.workload].rules;
            host_ports = host_ports.with(rules.host_ports);
            if pod.phase != PodPhase::Terminating
                && let Some(count) = seen[pod.workload].pods_on.last_mut()
            {
                *count += 1;
            }
        }
        let node = &self.world.nodes[at];
        let (mut free, mut free_slots) = self.room(node);
        // Room that was made by preemption is for who made it.
        let waiting = self.world.pending.iter().map(|it| &self.world.pods[*it]);
        for pod in waiting.filter(|it| it.nominated == Some(self.world.node_ref(at))) {
            free = free.minus(pod.requests);
            free_slots = free_slots.saturating_sub(1);
        }
        InFlight {
            pool: node.pool,
            zone: node.zone,
            capacity_type: node.capacity_type,
            host_ports,
            free,
            free_slots,
            n_pods: 0,
        }
    }

    /// Nominates the nodes that a round has given pods, and lets go of those of the last one.
    pub(super) fn nominate(&mut self, hosts: &[usize]) {
        let before = std::mem::take(&mut self.awaiting);
        for at in hosts {
            let host = &mut self.world.nodes[*at];
            if host.registered {
                host.nominated_until = SimTime::NEVER;
                self.awaiting.push(self.world.node_ref(*at));
            }
        }
        for host in before {
            if self.world.holds_node(host) && !self.awaiting.contains(&host) {
                let host = &mut self.world.nodes[host.at()];
                host.nominated_until = self.now + NOMINATION_WINDOW;
                self.world.n_changes += 1;
            }
        }
    }

    /// Lets go of the nodes that wait for pods when no node with pods goes any more.
    pub(super) fn watch_hosts(&mut self) {
        if !self.awaiting.is_empty() && self.batch().leaving.is_empty() {
            self.nominate(&[]);
        }
    }

    /// Takes pods and nodes into the open batch; true when one of them was not in it.
    pub(super) fn join_batch(&mut self) -> bool {
        let number = self.world.provisioner.number;
        let mut is_news = false;
        for at in self.batch().leaving {
            let node = &mut self.world.nodes[at];
            is_news |= std::mem::replace(&mut node.batch, number) != number;
        }
        for i in 0..self.world.pending.len() {
            let at = self.world.pending[i];
            let pod = &self.world.pods[at];
            if pod.nominated.is_none() && self.is_karpenters(pod.workload) {
                let pod = &mut self.world.pods[at];
                is_news |= std::mem::replace(&mut pod.batch, number) != number;
            }
        }
        is_news
    }
}

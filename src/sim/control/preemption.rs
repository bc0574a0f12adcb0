//! Preemption at work: victims are told to end, and the pod waits for their room.
//!
//! The decision is [`preemption::choose`]; here the nodes are listed on which only room is lacking,
//! the victims get their grace period, and the pod is *nominated*: what it asks for is kept from
//! pods that come after it, and neither Karpenter nor anybody else launches a node for it. When the
//! node is lost or its room goes elsewhere, the nomination ends, and the pod may preempt again.

use super::notes::Entity;
use super::placement::Scratch;
use super::{Cause, Control};
use crate::sim::event::EventKind;
use crate::sim::policy::preemption::{self, Candidate, Preemptor, Running, Victims};
use crate::sim::policy::resources::Resources;
use crate::sim::policy::scheduler;
use crate::sim::world::{NodeRef, PodPhase};

impl Control {
    /// True for a deployment whose pods may take the place of others.
    pub(super) fn may_preempt(&self, workload: usize) -> bool {
        let owner = &self.world.workloads[workload];
        let is_lower = |priority: i32| priority < owner.priority;
        owner.preempts && self.world.workloads.iter().any(|it| is_lower(it.priority))
    }

    /// Pending pods of a deployment that wait for a node, not for victims to end.
    pub(super) fn n_without_nomination(&self, workload: usize) -> u32 {
        let owner = &self.world.workloads[workload];
        if !self.may_preempt(workload) {
            return owner.n_pending;
        }
        let pending = self.world.pending.iter().map(|at| &self.world.pods[*at]);
        let nominated = pending.filter(|it| it.workload == workload && it.nominated.is_some());
        owner.n_pending - nominated.count() as u32
    }

    /// Makes room for a pod that fits nowhere, or keeps what was made before.
    pub(super) fn preempt(&mut self, at: usize, scratch: &mut Scratch) {
        if !self.nomination_holds(at) {
            self.world.pods[at].nominated = None;
            let Some((chosen, victims)) = self.choose_victims(at, scratch) else {
                return;
            };
            let node = self.world.node_ref(scratch.slots[chosen]);
            self.world.pods[at].nominated = Some(node);
            self.end_victims(at, &victims);
        }
        let pod = &self.world.pods[at];
        let nominated = pod.nominated.map(NodeRef::at);
        let listed = scratch.slots.iter().position(|it| Some(*it) == nominated);
        if let Some(node) = listed.map(|at| &mut scratch.nodes[at]) {
            node.requested = node.requested.plus(pod.requests);
            node.n_pods += 1;
        }
    }

    /// True while the victims of a pod's last preemption are ending on a node that takes pods.
    fn nomination_holds(&self, at: usize) -> bool {
        let Some(node) = self.world.pods[at].nominated else {
            return false;
        };
        let slot = &self.world.nodes[node.at()];
        let ending = |at: &usize| self.world.pods[*at].phase == PodPhase::Terminating;
        self.world.holds_node(node)
            && slot.ready
            && !slot.cordoned
            && self.world.pods.on_node(node.at()).iter().any(ending)
    }

    /// The listed node on which a pod preempts, and its victims.
    fn choose_victims(&self, at: usize, scratch: &Scratch) -> Option<(usize, Victims)> {
        let pod = &self.world.pods[at];
        let owner = &self.world.workloads[pod.workload];
        let wanted = scheduler::Pod {
            workload: pod.workload,
            pools: &owner.pools,
            requests: pod.requests,
        };
        // What is feasible on nodes without pods lacks nothing but room.
        let emptied = scratch.nodes.iter().map(|node| scheduler::Node {
            requested: Resources::default(),
            n_pods: 0,
            ..*node
        });
        let emptied: Vec<_> = emptied.collect();
        let rules = self.all_rules();
        let cluster = scheduler::Cluster {
            nodes: &emptied,
            rules: &rules,
            pods_on: &scratch.pods_on,
            ending_on: &scratch.ending_on,
        };
        let (listed, _) = scheduler::feasible(&wanted, &cluster);
        let candidate = |at: &usize| {
            let node = &scratch.nodes[*at];
            Candidate {
                allocatable: node.allocatable,
                requested: node.requested,
                pod_slots: node.pod_slots,
                n_pods: node.n_pods,
                pods: self.running_on(scratch.slots[*at]),
            }
        };
        let candidates: Vec<_> = listed.iter().map(candidate).collect();
        let allowed = |workload| Some(self.budget_status(workload)?.disruptions_allowed);
        let allowed: Vec<_> = (0..self.world.workloads.len()).map(allowed).collect();
        let preemptor = Preemptor {
            priority: owner.priority,
            requests: pod.requests,
        };
        let (chosen, victims) = preemption::choose(&preemptor, &candidates, &allowed)?;
        Some((listed[chosen], victims))
    }

    /// Pods on a node that have not been told to end.
    fn running_on(&self, node: usize) -> Vec<Running> {
        let mut found = Vec::new();
        for id in self.world.pods.on_node(node) {
            let pod = &self.world.pods[*id];
            if pod.is_active() {
                found.push(Running {
                    id: *id,
                    workload: pod.workload,
                    priority: self.world.workloads[pod.workload].priority,
                    requests: pod.requests,
                    started_at: pod.started_at.as_ns(),
                });
            }
        }
        found
    }

    /// Tells victims to end, and of it, deployment by deployment.
    fn end_victims(&mut self, at: usize, victims: &Victims) {
        let by = self.world.pods[at].workload;
        let cause = self.world.pods[at].cause;
        let mut last: Cause = cause;
        for workload in 0..self.world.workloads.len() {
            let own = victims.pods.iter().filter(|it| it.workload == workload);
            let pods = own.count() as u32;
            if pods == 0 {
                continue;
            }
            let kind = EventKind::PodsPreempted {
                pods,
                by: self.world.workloads[by].id.clone(),
                priority: self.world.workloads[workload].priority,
                over: self.world.workloads[by].priority,
                violations: victims.n_violations,
            };
            last = self.tell(Entity::Workload(workload), None, cause, kind);
        }
        for victim in &victims.pods {
            self.terminate_pod(victim.id);
        }
        self.reconcile_replicas(last);
    }
}

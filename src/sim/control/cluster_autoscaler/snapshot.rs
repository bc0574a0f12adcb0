//! The cluster as the autoscaler pictures it: a snapshot in which a pod with a nominated node is
//! there already, and expendable pods are not.
//!
//! A nominated pod is put on its node without its victims being taken away, so that the node may
//! look overfull; that is how the real one does it (`core/podlistprocessor/
//! filter_out_expendable.go` of Cluster Autoscaler 1.36.1, read 2026-11-23).
//!
//! Left out: pods that may not preempt (`preemption_policy: never`) and would fit where expendable
//! ones are; the real one counts on their room and helps them as little.

use crate::sim::control::{Cause, Control};
use crate::sim::policy::cluster_autoscaler::expendable;
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::scheduler::{Cluster, Node};
use crate::sim::world::{Machine, NodeRef, Pod, PodPhase};

/// Nodes that have joined, and the pods on them that the autoscaler takes notice of.
pub(super) struct Snapshot {
    nodes: Vec<Node>,
    pods_on: Vec<Vec<u32>>,
}

impl Snapshot {
    /// What the scheduler's filters ask of it.
    pub(super) fn cluster<'a>(&'a self, rules: &'a [&'a PodRules]) -> Cluster<'a> {
        Cluster {
            nodes: &self.nodes,
            rules,
            pods_on: &self.pods_on,
            ending_on: &[],
        }
    }
}

impl Control {
    /// True for a workload whose pods the autoscaler takes no notice of.
    pub(super) fn is_expendable(&self, workload: usize) -> bool {
        expendable::is_expendable(self.world.workloads[workload].priority)
    }

    /// The slot of the node that a pod counts on: its own, or the one that it was nominated to.
    pub(super) fn snapshot_node(&self, pod: &Pod) -> Option<usize> {
        if self.is_expendable(pod.workload) {
            return None;
        }
        match pod.phase {
            PodPhase::Starting | PodPhase::Ready => Some(pod.node),
            PodPhase::Pending => {
                let nominated = pod.nominated.filter(|it| self.world.holds_node(*it));
                nominated.map(NodeRef::at)
            }
            _ => None,
        }
    }

    /// Counts all pods by node.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut nodes = Vec::new();
        let mut listed_at = vec![usize::MAX; self.world.nodes.len()];
        for (at, node) in self.world.nodes.iter().enumerate() {
            if node.machine != Machine::Gone && node.registered {
                listed_at[at] = nodes.len();
                nodes.push(self.world.scheduler_node(at));
            }
        }
        let mut pods_on = vec![vec![0; nodes.len()]; self.world.workloads.len()];
        for pod in &*self.world.pods {
            let listed = self.snapshot_node(pod).map(|at| listed_at[at]);
            let counts = &mut pods_on[pod.workload];
            if let Some(count) = listed.and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
        Snapshot { nodes, pods_on }
    }

    /// True for a node with pods that have to be moved before it goes.
    pub(super) fn holds_needed_pods(&self, node: usize) -> bool {
        let mut pods = self.world.pods.on_node(node).iter();
        pods.any(|at| !self.is_expendable(self.world.pods[*at].workload))
    }

    /// Tells the expendable pods of a node to end.
    pub(super) fn end_expendable(&mut self, node: usize, cause: Cause) {
        let mut pods: Vec<usize> = self.world.pods.on_node(node).to_vec();
        pods.retain(|at| {
            let pod = &self.world.pods[*at];
            self.is_expendable(pod.workload) && pod.phase != PodPhase::Terminating
        });
        for at in &pods {
            self.terminate_pod(*at);
        }
        if !pods.is_empty() {
            self.reconcile_replicas(cause);
        }
    }
}

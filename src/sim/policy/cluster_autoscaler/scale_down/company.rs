//! The pods that others are measured against: where they are while removals are tried out.
//!
//! Kept only for the workloads that a strict rule asks about, since most pods go wherever there is
//! room.

use super::{Node, Workload};
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::scheduler::{self, BetweenPods, Cluster, Pod};

/// Nodes that are still there, and pods on them.
pub(super) struct Company<'a> {
    rules: Vec<&'a PodRules>,
    /// Of each workload, whether its pods are kept off nodes because of other pods.
    heeds: Vec<bool>,
    /// Positions in the list of nodes, ascending.
    listed: Vec<usize>,
    nodes: Vec<scheduler::Node>,
    /// Pods by workload and node; empty for a workload that no rule counts.
    pods_on: Vec<Vec<u32>>,
}

impl<'a> Company<'a> {
    pub(super) fn new(nodes: &[Node], workloads: &'a [Workload]) -> Self {
        let rules: Vec<_> = workloads.iter().map(|it| &it.rules).collect();
        let all = 0..workloads.len();
        let heeds: Vec<bool> = all
            .map(|workload| scheduler::heeds_pods(workload, &rules))
            .collect();
        let mut it = Self {
            rules,
            heeds,
            listed: Vec::new(),
            nodes: Vec::new(),
            pods_on: vec![Vec::new(); workloads.len()],
        };
        if it.heeds.contains(&true) {
            it.count(nodes);
        }
        it
    }

    fn count(&mut self, nodes: &[Node]) {
        self.listed = (0..nodes.len()).collect();
        self.nodes = nodes.iter().map(|node| node.seen).collect();
        for (own, rules) in self.rules.iter().enumerate() {
            if !self.heeds[own] && rules.anti_affinity.is_empty() {
                continue;
            }
            for counted in rules.counted(own).chain([own]) {
                self.pods_on[counted].resize(nodes.len(), 0);
            }
        }
        for (at, node) in nodes.iter().enumerate() {
            for (workload, count) in &node.pods {
                self.add(*workload, at, *count);
            }
        }
    }

    /// The filters that look at other pods, for the pods of a workload; none when it has no such
    /// rule.
    pub(super) fn between(&self, pod: &Pod<'_>) -> Option<BetweenPods> {
        let cluster = Cluster {
            nodes: &self.nodes,
            rules: &self.rules,
            pods_on: &self.pods_on,
            ending_on: &[],
        };
        self.heeds[pod.workload].then(|| BetweenPods::new(pod, &cluster))
    }

    /// Pods come to a node.
    pub(super) fn add(&mut self, workload: usize, node: usize, pods: u32) {
        if let Some(count) = self.count_mut(workload, node) {
            *count += pods;
        }
    }

    /// Pods leave a node.
    pub(super) fn take(&mut self, workload: usize, node: usize, pods: u32) {
        if let Some(count) = self.count_mut(workload, node) {
            *count -= pods;
        }
    }

    fn count_mut(&mut self, workload: usize, node: usize) -> Option<&mut u32> {
        if self.pods_on[workload].is_empty() {
            return None;
        }
        let at = self.listed.binary_search(&node).ok()?;
        self.pods_on[workload].get_mut(at)
    }

    /// Opens a node to new pods, or closes it.
    pub(super) fn set_schedulable(&mut self, node: usize, schedulable: bool) {
        if let Ok(at) = self.listed.binary_search(&node) {
            self.nodes[at].schedulable = schedulable;
        }
    }

    /// A node is gone, with every domain that was its alone.
    pub(super) fn forget(&mut self, node: usize) {
        if let Ok(at) = self.listed.binary_search(&node) {
            self.listed.remove(at);
            self.nodes.remove(at);
            for counts in self.pods_on.iter_mut().filter(|it| !it.is_empty()) {
                counts.remove(at);
            }
        }
    }
}

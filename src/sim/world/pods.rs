//! The slots of pods, and what is looked up of them all the time.
//!
//! A cluster of a thousand pods changes one pod at a time. So the slots remember *whose* pods may
//! have changed since somebody last asked ([`Pods::take_touched`]), and which pods are on which
//! node ([`Pods::on_node`]). Whoever changes a pod through an index or an iterator need not know:
//! asking for the pod to change it is enough.

use std::ops::{Deref, Index, IndexMut};

use super::Pod;
use crate::units::order;

/// Pod slots by index.
#[derive(Debug, Clone, Default)]
pub struct Pods {
    slots: Vec<Pod>,
    /// By workload: one of its pods may have changed.
    touched: Vec<bool>,
    /// Slots of the pods on each node, in order; terminating pods included.
    on_node: Vec<Vec<usize>>,
}

impl Pods {
    /// No pods of so many workloads yet.
    pub(super) fn new(n_workloads: usize) -> Self {
        Self {
            slots: Vec::new(),
            touched: vec![true; n_workloads],
            on_node: Vec::new(),
        }
    }

    /// Fills a new slot.
    pub(super) fn push(&mut self, pod: Pod) {
        self.touched[pod.workload] = true;
        self.slots.push(pod);
    }

    /// Fills a slot again.
    pub(super) fn refill(&mut self, at: usize, pod: Pod) {
        self.touched[pod.workload] = true;
        self.slots[at] = pod;
    }

    /// Pods of a workload may have changed since this was last asked.
    pub fn take_touched(&mut self, workload: usize) -> bool {
        std::mem::take(&mut self.touched[workload])
    }

    /// Says that something changed that a workload's pods depend on.
    pub fn touch(&mut self, workload: usize) {
        self.touched[workload] = true;
    }

    /// Says that something changed that all pods depend on: machines, or the balancer's mood.
    pub fn touch_all(&mut self) {
        self.touched.fill(true);
    }

    /// Slots of the pods on a node in order of slot, terminating ones included.
    #[must_use]
    pub fn on_node(&self, node: usize) -> &[usize] {
        self.on_node.get(node).map_or(&[], Vec::as_slice)
    }

    /// Slots of the pods on some nodes in order of slot, terminating ones included.
    #[must_use]
    pub fn on_nodes(&self, nodes: &[usize]) -> Vec<usize> {
        let of_each = nodes.iter().flat_map(|node| self.on_node(*node));
        let mut found: Vec<usize> = of_each.copied().collect();
        order::sort(&mut found);
        found
    }

    /// Puts a pod on a node's list.
    pub(super) fn join_node(&mut self, at: usize, node: usize) {
        if self.on_node.len() <= node {
            self.on_node.resize(node + 1, Vec::new());
        }
        let here = &mut self.on_node[node];
        let place = here.partition_point(|it| *it < at);
        here.insert(place, at);
    }

    /// Takes a pod off its node's list.
    pub(super) fn leave_node(&mut self, at: usize) {
        let here = &mut self.on_node[self.slots[at].node];
        here.retain(|it| *it != at);
    }
}

impl Deref for Pods {
    type Target = [Pod];

    fn deref(&self) -> &[Pod] {
        &self.slots
    }
}

impl Index<usize> for Pods {
    type Output = Pod;

    fn index(&self, at: usize) -> &Pod {
        &self.slots[at]
    }
}

impl IndexMut<usize> for Pods {
    fn index_mut(&mut self, at: usize) -> &mut Pod {
        let pod = &mut self.slots[at];
        self.touched[pod.workload] = true;
        pod
    }
}

impl<'a> IntoIterator for &'a Pods {
    type Item = &'a Pod;
    type IntoIter = std::slice::Iter<'a, Pod>;

    fn into_iter(self) -> Self::IntoIter {
        self.slots.iter()
    }
}

impl<'a> IntoIterator for &'a mut Pods {
    type Item = &'a mut Pod;
    type IntoIter = std::slice::IterMut<'a, Pod>;

    fn into_iter(self) -> Self::IntoIter {
        self.touched.fill(true);
        self.slots.iter_mut()
    }
}

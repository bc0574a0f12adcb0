//! Downwards: nodes that are not needed are emptied and given back.

use super::percent;
use crate::sim::control::notes::Entity;
use crate::sim::control::{Control, ControlEvent};
use crate::sim::event::{DrainReason, EventKind, NodeRemoval};
use crate::sim::policy::cluster_autoscaler::health::NodeState;
use crate::sim::policy::cluster_autoscaler::scale_down::{
    self, Findings, RECHECK_AFTER, Unneeded, choose, find_unneeded, patience,
};
use crate::sim::policy::cluster_autoscaler::sequence;
use crate::sim::policy::drain::DrainRules;
use crate::sim::world::{Machine, Node, NodeRef, Pod, PodPhase};
use crate::units::{SimDuration, SimTime};

/// From the taint that closes a node until its removal begins (`node-delete-delay-after-taint`).
const DELETE_DELAY: SimDuration = SimDuration::from_s(5);

impl Control {
    /// Finds nodes that are not needed and begins to remove those that may go now; true when it
    /// did.
    pub(super) fn shrink(&mut self) -> bool {
        if !self.kubernetes.cluster_autoscaler.scale_down_enabled {
            return false;
        }
        let (nodes, slots) = self.list_for_removal();
        if nodes.is_empty() {
            return false;
        }
        let workloads = self.list_movable();
        let flags = &self.kubernetes.cluster_autoscaler;
        let findings = find_unneeded(&nodes, &workloads, flags);
        let nodes = self.remember(nodes, &slots, &findings);
        if let Some(until) = self.cools_down_until() {
            if !findings.unneeded.is_empty() {
                self.wake_autoscaler(until);
            }
            return false;
        }
        let (spared, leaving) = self.spared_nodes();
        let flags = &self.kubernetes.cluster_autoscaler;
        let unneeded = &findings.unneeded;
        let (empty, drained) = choose(unneeded, &nodes, spared, leaving, flags, self.now);
        for chosen in [&empty, &drained] {
            self.begin_removal(chosen, unneeded, &nodes, &slots);
        }
        self.wake_for_unneeded(&nodes);
        !(empty.is_empty() && drained.is_empty())
    }

    /// Nodes that have joined, as the autoscaler sees them, and their slots; none when no group
    /// may shrink.
    fn list_for_removal(&self) -> (Vec<scale_down::Node>, Vec<usize>) {
        let (mut nodes, mut slots) = (Vec::new(), Vec::new());
        let (spared, _) = self.spared_nodes();
        if spared.iter().all(|spared| *spared == 0) {
            return (nodes, slots);
        }
        let mut listed_at = vec![usize::MAX; self.world.nodes.len()];
        for (at, node) in self.world.nodes.iter().enumerate() {
            if node.machine == Machine::Gone || !node.registered {
                continue;
            }
            listed_at[at] = nodes.len();
            slots.push(at);
            nodes.push(scale_down::Node {
                seen: self.world.scheduler_node(at),
                daemons: self.world.pools[node.pool].daemons,
                pods: Vec::new(),
                is_candidate: spared[node.pool] > 0
                    && !node.deleting
                    && node.unremovable_until <= self.now
                    && self.node_state(node) != NodeState::NotStarted,
                unneeded_since: node.unneeded_since,
            });
        }
        for pod in &*self.world.pods {
            let at = if pod.is_placed() {
                Some(pod.node)
            } else {
                self.snapshot_node(pod)
            };
            // Tasks run beside the cluster, on no node of its.
            let Some(node) = at.and_then(|at| nodes.get_mut(listed_at[at])) else {
                continue;
            };
            self.count_for_removal(pod, node);
        }
        (nodes, slots)
    }

    /// Counts a pod on the node that it is on, or was nominated to.
    fn count_for_removal(&self, pod: &Pod, node: &mut scale_down::Node) {
        let seen = &mut node.seen;
        if self.is_expendable(pod.workload) {
            seen.requested = seen.requested.minus(pod.requests);
            seen.n_pods -= 1;
            return;
        }
        let ports = self.world.workloads[pod.workload].rules.host_ports;
        seen.host_ports = seen.host_ports.with(ports);
        if pod.phase == PodPhase::Terminating {
            // On a node that does not answer it will never end, and asks for nothing.
            if !seen.ready {
                seen.requested = seen.requested.minus(pod.requests);
            }
            return;
        }
        if !pod.is_placed() {
            seen.requested = seen.requested.plus(pod.requests);
            seen.n_pods += 1;
        }
        let mut own = node.pods.iter_mut();
        match own.find(|(workload, _)| *workload == pod.workload) {
            Some((_, count)) => *count += 1,
            None => node.pods.push((pod.workload, 1)),
        }
    }

    /// Workloads, as far as moving their pods is concerned.
    fn list_movable(&self) -> Vec<scale_down::Workload> {
        let listed = self.world.workloads.iter().enumerate();
        let all = listed.map(|(at, it)| scale_down::Workload {
            requests: it.requests,
            pools: it.pools.clone(),
            rules: it.rules.clone(),
            disruptions_allowed: self
                .budget_status(at)
                .map_or(u32::MAX, |status| status.disruptions_allowed),
            is_unmovable: false,
        });
        all.collect()
    }

    /// How many nodes each pool may lose, and how many are on their way out: all, and those that
    /// are being drained.
    fn spared_nodes(&self) -> (Vec<u32>, (u32, u32)) {
        let mut spared: Vec<u32> = self
            .world
            .pools
            .iter()
            .map(|pool| {
                let group = pool.group.as_ref();
                group.map_or(0, |it| it.target.saturating_sub(it.min_nodes))
            })
            .collect();
        let (mut n_leaving, mut n_drained) = (0, 0);
        for (at, node) in self.world.nodes.iter().enumerate() {
            let in_group = self.world.pools[node.pool].group.is_some();
            if node.machine != Machine::Gone && node.deleting && in_group {
                n_leaving += 1;
                n_drained += u32::from(self.holds_needed_pods(at));
                spared[node.pool] = spared[node.pool].saturating_sub(1);
            }
        }
        (spared, (n_leaving, n_drained))
    }

    /// Notes since when nodes are unneeded, and which of them nothing can be done about for now.
    fn remember(
        &mut self,
        mut nodes: Vec<scale_down::Node>,
        slots: &[usize],
        findings: &Findings,
    ) -> Vec<scale_down::Node> {
        let now = self.now;
        for node in &mut self.world.nodes {
            node.unneeded_since = None;
        }
        for it in &findings.unneeded {
            let since = nodes[it.node].unneeded_since.unwrap_or(now);
            nodes[it.node].unneeded_since = Some(since);
            self.world.nodes[slots[it.node]].unneeded_since = Some(since);
        }
        for at in &findings.unremovable {
            self.world.nodes[slots[*at]].unremovable_until = now + RECHECK_AFTER;
        }
        nodes
    }

    /// The end of the time in which nothing is removed; none when it is over.
    fn cools_down_until(&self) -> Option<SimTime> {
        let flags = &self.kubernetes.cluster_autoscaler;
        let after_add = self
            .autoscaler
            .added_at
            .map(|at| at + flags.scale_down_delay_after_add);
        let after_delete = self
            .autoscaler
            .deleted_at
            .map(|at| at + flags.scale_down_delay_after_delete);
        let after_failure = self
            .autoscaler
            .failed_at
            .map(|at| at + flags.scale_down_delay_after_failure);
        after_add
            .max(after_delete)
            .max(after_failure)
            .filter(|until| *until > self.now)
    }

    /// The next look when the first unneeded node may go, or one may be asked about again.
    fn wake_for_unneeded(&mut self, listed: &[scale_down::Node]) {
        let now = self.now;
        let flags = &self.kubernetes.cluster_autoscaler;
        let mut first = SimTime::NEVER;
        for node in &self.world.nodes {
            if node.machine == Machine::Gone || node.deleting {
                continue;
            }
            if let Some(since) = node.unneeded_since {
                // It goes at the first look after its time; what was held back goes at a later one.
                let due = since + patience(node.ready, flags) + SimDuration::from_ns(1);
                first = first.min(due.max(now));
            } else if node.unremovable_until > now {
                first = first.min(node.unremovable_until);
            }
        }
        if !listed.is_empty() {
            self.wake_autoscaler(first);
        }
    }

    /// Closes nodes to new pods and tells why they go.
    fn begin_removal(
        &mut self,
        chosen: &[usize],
        unneeded: &[Unneeded],
        nodes: &[scale_down::Node],
        slots: &[usize],
    ) {
        let Some(first) = chosen.first() else {
            return;
        };
        self.autoscaler.deleted_at = Some(self.now);
        let targets: Vec<Vec<usize>> = unneeded.iter().map(|it| it.targets.clone()).collect();
        let (_, to_recheck) = sequence::after_removal(&targets, *first);
        let pool = nodes[unneeded[*first].node].seen.pool;
        let threshold = self
            .kubernetes
            .cluster_autoscaler
            .scale_down_utilization_threshold;
        let of_all = |what: fn(&Unneeded) -> f64| {
            chosen
                .iter()
                .map(|at| what(&unneeded[*at]))
                .fold(0.0, f64::max)
        };
        let since = chosen
            .iter()
            .filter_map(|at| nodes[unneeded[*at].node].unneeded_since);
        let unneeded_for = since
            .max()
            .map_or(SimDuration::ZERO, |since| self.now.since(since));
        let kind = EventKind::NodesUnneeded {
            nodes: chosen.len() as u32,
            pods: chosen.iter().map(|at| unneeded[*at].n_pods).sum(),
            utilization_percent: percent(of_all(|it| it.utilization)),
            threshold_percent: percent(threshold.value()),
            unneeded_for,
            to_recheck: to_recheck.len() as u32,
        };
        let cause = self.tell(Entity::Pool(pool), None, None, kind);
        for at in chosen {
            let at = slots[unneeded[*at].node];
            let node = &mut self.world.nodes[at];
            node.cordoned = true;
            node.deleting = true;
            node.unneeded_since = None;
            node.cause = cause;
            let node = self.world.node_ref(at);
            let due = self.now + DELETE_DELAY;
            self.queue.push(due, ControlEvent::DrainUnneeded(node));
        }
    }

    /// A closed node is drained, and removed when it is empty. Expendable pods are asked nothing,
    /// whatever their budget; they end with the machine in truth, with the drain here. What does
    /// not answer is removed as it is: its pods would never report that they have ended.
    pub(in crate::sim) fn drain_unneeded(&mut self, node: NodeRef) {
        if !self.world.holds_node(node) {
            return;
        }
        let Node {
            machine,
            ready,
            n_pods,
            cause,
            ..
        } = self.world.nodes[node.at()];
        if machine == Machine::Terminated {
            // There is no instance to give back; its Node object is forgotten in its time.
            return;
        }
        if ready && n_pods > 0 {
            self.end_expendable(node.at(), cause);
            let reason = DrainReason::ClusterAutoscaler;
            self.drain(&[node.at()], reason, DrainRules::of(reason), cause);
            return;
        }
        self.lose_pods(node.at());
        self.remove_node(node.at());
        self.reconcile_replicas(cause);
    }

    /// A node that was on its way out is gone: its group is smaller by one.
    pub(in crate::sim) fn tell_given_back(&mut self, node: &Node) {
        let group = self.group(node.pool);
        group.target = group.target.saturating_sub(1);
        let kind = EventKind::NodesRemoved {
            nodes: 1,
            reason: NodeRemoval::Unneeded,
        };
        let entity = Entity::Pool(node.pool);
        self.tell(entity, Some(node.zone), node.cause, kind);
    }

    /// A drain was given up: nothing is removed for a while.
    pub(in crate::sim) fn removal_failed(&mut self) {
        self.autoscaler.failed_at = Some(self.now);
        self.wake_autoscaler(self.now);
    }
}

//! The load balancer: which targets it sends to, and which of its addresses clients know.
//!
//! The real thing, and why a dead zone hurts twice. Targets: each is probed at its own phase; a
//! dead one is found after 20 to 35 s (two missed probes 15 s apart, the last with its timeout of
//! 5 s), or when its node is called Unknown after 50 s and the controller deregisters it. A new
//! target receives requests after its first good probe. When no target is healthy the balancer
//! sends to all of them. Addresses: the balancer's own node in the dead zone stays in DNS until its
//! own health check takes it out, and clients keep a resolved address for the record's TTL.
//!
//! Assumed: the address leaves DNS `dns_removal_delay` after its node fails and comes back as
//! long after it serves again; clients' copies of the record are of all ages, so their shares move
//! along a straight line over the TTL, here in steps; with every node failing DNS keeps all
//! addresses. Without cross-zone balancing a node also fails when its zone has no healthy target.
//!
//! Left out: connections that outlive a DNS change.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::event::EventKind;
use crate::sim::policy::readiness_gate;
use crate::sim::policy::zonal_shift::{self, NodeView};
use crate::sim::world::{Balancer, Pod, PodRef, TargetPhase};
use crate::units::SimDuration;

/// Steps in which clients' shares are renewed while they move.
const DNS_STEP: SimDuration = SimDuration::from_s(10);

impl Control {
    /// The balancer in front of a workload.
    pub(super) fn balancer_of(&self, workload: usize) -> Option<&Balancer> {
        let balancer = self.world.balancer.as_ref();
        balancer.filter(|it| it.workload == Some(workload))
    }

    /// A new target is probed for the first time, or an unhealthy one often enough with success.
    pub(in crate::sim) fn target_probed(&mut self, pod: PodRef) {
        let it = &mut self.world.pods[pod.at()];
        let waits = matches!(it.target, TargetPhase::Initial | TargetPhase::Unhealthy);
        let answers = waits && it.serves();
        if !answers || !self.world.holds_pod(pod) {
            return;
        }
        self.world.pods[pod.at()].target = TargetPhase::Healthy;
        self.begin_slow_start(pod);
        self.see_healthy_target(pod);
        let cause = self.world.pods[pod.at()].cause;
        let waiting = |it: &Pod| it.target == TargetPhase::Initial && it.serves();
        let mut targets = self.world.behind_balancer().iter();
        let more = targets.any(|at| waiting(&self.world.pods[*at]));
        if let Some(balancer) = &mut self.world.balancer
            && let Some(n_regained) = &mut balancer.n_regained
        {
            *n_regained += 1;
            if !more {
                let targets = *n_regained;
                balancer.n_regained = None;
                let kind = EventKind::TargetsHealthy { targets };
                self.tell(Entity::Balancer, None, cause, kind);
            }
        }
        self.targets_changed();
    }

    /// Who counts a pod by its target learns that it is healthy: ECS by an event, and the
    /// controller of readiness gates at its next look.
    fn see_healthy_target(&mut self, pod: PodRef) {
        let it = &self.world.pods[pod.at()];
        if it.is_gated() {
            let seen = readiness_gate::opens_at(it.ready_changed_at, self.now);
            self.queue.push(seen, ControlEvent::GateOpens(pod));
        } else if self.is_task(pod.at()) {
            self.world.workloads[it.workload].changed_at = self.now;
        }
    }

    /// A readiness gate opens: its pod is ready.
    pub(in crate::sim) fn gate_opens(&mut self, pod: PodRef) {
        let it = &self.world.pods[pod.at()];
        let is_healthy = it.is_gated() && it.target == TargetPhase::Healthy;
        if !self.world.holds_pod(pod) || !is_healthy {
            return;
        }
        let (workload, cause) = (it.workload, it.cause);
        self.make_ready(pod.at());
        self.note_pod_ready(workload, cause);
        self.wants_publish = true;
    }

    /// A dead target has failed its last probe.
    pub(in crate::sim) fn target_failed(&mut self, pod: PodRef) {
        self.forget_crashed(|it| it.pod == pod);
        let at = pod.at();
        let it = &self.world.pods[at];
        if !self.world.holds_pod(pod) || it.alive || it.target != TargetPhase::Healthy {
            return;
        }
        self.world.pods[at].target = TargetPhase::Unhealthy;
        let zone = self.world.nodes[self.world.pods[at].node].zone;
        if self.count_dead_targets(zone, TargetPhase::Healthy) == 0 {
            let targets = self.count_dead_targets(zone, TargetPhase::Unhealthy);
            let cause = self.tell_targets_lost(zone, targets);
            self.replace_found_tasks(zone, cause);
        }
        self.targets_changed();
    }

    /// The dead targets of a zone are about to be deregistered with their nodes.
    pub(super) fn targets_removed(&mut self, zone: ZoneIndex) {
        let undetected = self.count_dead_targets(zone, TargetPhase::Healthy);
        if undetected > 0 {
            let detected = self.count_dead_targets(zone, TargetPhase::Unhealthy);
            self.tell_targets_lost(zone, undetected + detected);
        }
    }

    fn count_dead_targets(&self, zone: ZoneIndex, phase: TargetPhase) -> u32 {
        let dead = |it: &&Pod| {
            let meant = it.is_placed() && !it.alive && it.target == phase;
            meant && self.world.nodes[it.node].zone == zone
        };
        let targets = self.world.behind_balancer().iter();
        let targets = targets.map(|at| &self.world.pods[*at]);
        targets.filter(dead).count() as u32
    }

    fn tell_targets_lost(&mut self, zone: ZoneIndex, targets: u32) -> Cause {
        let place = &self.world.zones[zone.index()];
        let cause = place.cause;
        let kind = EventKind::TargetsUnhealthy {
            targets,
            detection: self.now.since(place.lost_at),
        };
        let cause = self.tell(Entity::Balancer, Some(zone), cause, kind);
        if let Some(balancer) = &mut self.world.balancer {
            balancer.n_regained = Some(0);
        }
        cause
    }

    /// Looks again whether any target that may be sent to is healthy.
    pub(super) fn targets_changed(&mut self) {
        self.check_balancer_zones();
        let (mut healthy, mut registered) = (0, 0);
        for at in self.world.behind_balancer() {
            let pod = &self.world.pods[*at];
            registered += u32::from(pod.is_placed() && pod.target != TargetPhase::None);
            let meant = pod.is_placed() && pod.target == TargetPhase::Healthy;
            healthy += u32::from(meant && !self.is_spared(pod));
        }
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let fail_open = registered > 0 && healthy == 0;
        let begins = fail_open && !balancer.fail_open;
        balancer.fail_open = fail_open;
        if begins {
            let cause = self.world.zones.iter().map(|zone| zone.cause).max();
            let kind = EventKind::FailOpen {
                targets: registered,
            };
            self.tell(Entity::Balancer, None, cause.flatten(), kind);
        }
        self.wants_publish = true;
    }

    /// True of a target in a zone that traffic is shifted away from.
    fn is_spared(&self, pod: &Pod) -> bool {
        let balancer = self.world.balancer.as_ref();
        balancer.is_some_and(|it| it.spares(self.world.nodes[pod.node].zone))
    }

    /// Looks again which of the balancer's nodes can serve; DNS follows after its delay.
    pub(super) fn check_balancer_zones(&mut self) {
        let behind = self.world.balancer.as_ref().and_then(|it| it.workload);
        let heeds_shifts = behind.is_some_and(|it| self.world.heeds_shifts(it));
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let (pods, nodes) = (&self.world.pods, &self.world.nodes);
        let behind = behind.map(|at| &self.world.workloads[at].pods);
        let serves = |zone: usize| {
            let targets = behind.into_iter().flatten().map(|at| &pods[*at]);
            let mut targets = targets.filter(|it| it.target == TargetPhase::Healthy);
            let shifted = heeds_shifts && self.world.zones[zone].is_shifted();
            !shifted && targets.any(|it| it.is_placed() && nodes[it.node].zone.index() == zone)
        };
        let cross_zone = balancer.cross_zone;
        for (at, node) in balancer.zones.iter_mut().enumerate() {
            let Some(node) = node else { continue };
            let healthy = self.world.zones[at].is_reachable() && (cross_zone || serves(at));
            if healthy != node.healthy {
                node.healthy = healthy;
                node.n_changes += 1;
                let event = ControlEvent::DnsChange(ZoneIndex(at as u8), node.n_changes);
                self.queue.push(self.now + balancer.removal_delay, event);
            }
        }
    }

    /// The balancer's address in a zone leaves or joins DNS, if its node has not changed since.
    pub(in crate::sim) fn dns_changes(&mut self, zone: ZoneIndex, n_changes: u32) {
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let changed = |it: &crate::sim::world::BalancerZone| it.n_changes == n_changes;
        if balancer.zones[zone.index()].as_ref().is_some_and(changed) {
            self.records_change();
        }
    }

    /// DNS names the nodes that serve now.
    pub(super) fn records_change(&mut self) {
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let shifted = |at: usize| balancer.shifts[at].n_held > 0;
        let nodes = balancer.zones.iter().enumerate();
        let nodes = nodes.filter_map(|(at, node)| Some((at, node.as_ref()?)));
        let views: Vec<NodeView> = nodes
            .map(|(at, node)| NodeView {
                healthy: node.healthy,
                shifted: shifted(at),
            })
            .collect();
        let n_listed = zonal_shift::listed(&views).filter(|it| *it).count().max(1);
        balancer.shares_from = balancer.shares(self.now).collect();
        let mut moved = Vec::new();
        let mut all_listed = zonal_shift::listed(&views);
        for (at, node) in balancer.zones.iter_mut().enumerate() {
            let Some(node) = node else { continue };
            let listed = all_listed.next().unwrap_or_default();
            balancer.shares_to[at] = if listed { 1.0 / n_listed as f64 } else { 0.0 };
            if listed != node.in_dns {
                node.in_dns = listed;
                moved.push((at, listed));
            }
        }
        balancer.changed_at = self.now;
        let ttl = balancer.ttl;
        self.queue
            .push(self.now + DNS_STEP.min(ttl), ControlEvent::DnsStep);
        for (at, listed) in moved {
            let kind = if listed {
                EventKind::ZoneBackInDns
            } else {
                EventKind::ZoneLeftDns { ttl }
            };
            let zone = ZoneIndex(at as u8);
            let shift = self.world.balancer.as_ref().map(|it| it.shifts[at].cause);
            let cause = self.world.zones[at].cause.max(shift.flatten());
            let cause = self.tell(Entity::Balancer, Some(zone), cause, kind);
            if let Some(balancer) = &mut self.world.balancer
                && let Some(node) = &mut balancer.zones[at]
            {
                node.cause = cause.filter(|_| !listed);
            }
        }
        self.wants_publish = true;
    }

    /// Clients have forgotten a little more of an old record.
    pub(in crate::sim) fn dns_step(&mut self) {
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let elapsed = self.now.since(balancer.changed_at);
        self.wants_publish = true;
        if elapsed < balancer.ttl {
            // A newer change has steps of its own.
            if elapsed.as_ns().is_multiple_of(DNS_STEP.as_ns()) {
                let step = DNS_STEP.min(balancer.ttl.saturating_sub(elapsed));
                self.queue.push(self.now + step, ControlEvent::DnsStep);
            }
            return;
        }
        let mut expired = Vec::new();
        for (at, node) in balancer.zones.iter_mut().enumerate() {
            let left = node.as_mut().and_then(|node| node.cause.take());
            expired.extend(left.map(|cause| (at, cause)));
        }
        for (at, cause) in expired {
            let zone = ZoneIndex(at as u8);
            let kind = EventKind::DnsExpired;
            self.tell(Entity::Balancer, Some(zone), Some(cause), kind);
        }
    }
}

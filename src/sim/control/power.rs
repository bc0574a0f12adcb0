//! Faults of the tape, above all the loss and return of a zone's power. A zone without network is
//! found out by the same steps, and returns otherwise: `isolation.rs`.
//!
//! The real thing. When a zone loses power everything in it stops at once: machines, the
//! balancer's node, NAT gateways, the instances of databases and caches. Nobody says so: the API
//! server still calls the nodes Ready, the balancer still sends to their pods, DNS still names the
//! dead address. Each of these is found out by its own controller after its own time. When power
//! returns machines boot, and what was not replaced in the meantime takes up its work again.
//!
//! Assumed: EC2 goes on calling the instances of a dark zone "running", so neither the cloud node
//! controller nor Karpenter deletes their Node objects, and nobody replaces them for status
//! checks; that is why the dead zone stays a spread domain. Instances keep their disks and boot
//! when power returns (`node_reboot_time`); the balancer's node and NAT gateways serve as soon as
//! power is back; heartbeats end with the power.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::dist;
use crate::sim::event::EventKind;
use crate::sim::faults::{Dependency, Effect};
use crate::sim::packet_loss;
use crate::sim::policy::health_check::{self, FailureMode};
use crate::sim::policy::node_lifecycle;
use crate::sim::world::{Machine, TargetPhase};
use crate::units::SimTime;

impl Control {
    /// A fault of the tape begins.
    pub(in crate::sim) fn fault_begins(&mut self, index: usize) {
        let fault = &self.faults[index];
        let (effect, end) = (fault.effect, fault.end);
        let kind = EventKind::FaultStarted {
            fault: fault.kind.to_string(),
            duration: fault.end.since(fault.start),
        };
        if end > self.now {
            self.queue.push(end, ControlEvent::FaultEnds(index as u32));
        }
        let cause = self.tell(Entity::Fault(index), effect.zone(), None, kind);
        self.fault_causes[index] = cause;
        if let Effect::ZonePowerLoss(Some(zone))
        | Effect::ZoneIsolated(Some(zone))
        | Effect::ZoneDegraded {
            zone: Some(zone), ..
        } = effect
        {
            self.expect_autoshift(index, zone);
        }
        match effect {
            Effect::ZonePowerLoss(Some(zone)) => self.power_lost(zone, cause),
            Effect::ZoneIsolated(Some(zone)) => self.zone_cut_off(zone, cause),
            Effect::ControlPlaneLoss => self.api_lost(cause),
            Effect::RegionLoss => self.region_lost(cause),
            Effect::DnsLoss(resolver) => self.names_lost(resolver, cause),
            Effect::ZoneDegraded {
                zone: Some(zone), ..
            } => self.network_changes(zone, cause),
            Effect::SpotReclaim { zones, share } => self.reclaim_share(index, zones, share, cause),
            Effect::NodeDrain(zones) => self.maintenance_begins(index, zones, cause),
            Effect::NodeDrift => self.nodes_drift(index, cause),
            Effect::NodeLoss { zones, nodes } => self.nodes_lost(index, zones, nodes, cause),
            Effect::PodCrash(pods) => self.pods_crash(index, pods, cause),
            Effect::Rollout(release) => self.release_comes(index, release, cause),
            Effect::Slow {
                target: Some(target),
                added_latency,
                ..
            } => self.dependency_slowed(target, added_latency.as_s_f64(), cause),
            Effect::Down(Some(target)) => self.dependency_down(target, cause),
            Effect::Stalled(Some(target)) => self.dependency_stalled(target, end, cause),
            Effect::ZonalShift(Some(zone)) => self.shift(zone, 1, false, cause),
            Effect::LoadShed(_) => self.wants_publish = true,
            // The arrivals know of surges, launches of shortages; the rest touches nothing here.
            Effect::Surge(_)
            | Effect::CapacityShortage { .. }
            | Effect::ZonePowerLoss(None)
            | Effect::ZoneIsolated(None)
            | Effect::ZonalShift(None)
            | Effect::ZoneDegraded { zone: None, .. }
            | Effect::Down(None)
            | Effect::Stalled(None)
            | Effect::Slow { target: None, .. } => {}
        }
    }

    /// A fault of the tape ends.
    pub(in crate::sim) fn fault_ends(&mut self, index: usize) {
        let fault = &self.faults[index];
        let effect = fault.effect;
        let kind = EventKind::FaultEnded {
            fault: fault.kind.to_string(),
        };
        let begun = self.fault_causes[index];
        let cause = self.tell(Entity::Fault(index), effect.zone(), begun, kind);
        match effect {
            Effect::ZonePowerLoss(Some(zone)) => self.power_returned(zone, cause),
            Effect::ZoneIsolated(Some(zone)) => self.zone_reconnected(zone, cause),
            Effect::ControlPlaneLoss => self.api_returns(cause),
            Effect::RegionLoss => self.region_returns(cause),
            Effect::DnsLoss(resolver) => self.names_return(resolver, cause),
            Effect::ZoneDegraded {
                zone: Some(zone), ..
            } => self.network_changes(zone, cause),
            Effect::NodeDrain(_) => self.maintenance_ends(index),
            Effect::PodCrash(_) => self.crash_loop_ends(index, cause),
            Effect::Slow {
                target: Some(target),
                added_latency,
                ..
            } => self.dependency_slowed(target, -added_latency.as_s_f64(), cause),
            Effect::Down(Some(target)) => self.dependency_back(target, cause),
            Effect::Stalled(Some(target)) => self.dependency_resumes(target, cause),
            Effect::ZonalShift(Some(zone)) => self.shift(zone, -1, false, cause),
            Effect::LoadShed(_) => self.wants_publish = true,
            _ => {}
        }
    }

    /// Share of the attempts that operators turn away now; several of them turn away what the
    /// others let through.
    pub(super) fn shed_share(&self) -> f64 {
        let now = self
            .faults
            .iter()
            .filter(|it| it.start <= self.now && self.now < it.end);
        let let_through = now.map(|it| match it.effect {
            Effect::LoadShed(share) => 1.0 - share.value(),
            _ => 1.0,
        });
        1.0 - let_through.product::<f64>()
    }

    /// Share of the messages to and from a dependency that is lost now; several faults lose them
    /// independently of each other.
    pub(super) fn packet_loss(&self, of: Dependency) -> f64 {
        let now = self
            .faults
            .iter()
            .filter(|it| it.start <= self.now && self.now < it.end);
        now.fold(0.0, |all, it| match it.effect {
            Effect::Slow {
                target: Some(target),
                packet_loss,
                ..
            } if target == of => packet_loss::either(all, packet_loss.value()),
            _ => all,
        })
    }

    /// A whole Region is away.
    fn region_lost(&mut self, cause: Cause) {
        self.api_lost(cause);
        for zone in 0..self.world.zones.len() {
            self.power_lost(ZoneIndex(zone as u8), cause);
        }
    }

    /// A whole Region is back: first its API, then power; what stood there boots and recovers.
    fn region_returns(&mut self, cause: Cause) {
        self.api_returns(cause);
        for zone in 0..self.world.zones.len() {
            self.power_returned(ZoneIndex(zone as u8), cause);
        }
    }

    fn power_lost(&mut self, zone: ZoneIndex, cause: Cause) {
        let place = &mut self.world.zones[zone.index()];
        place.n_power_faults += 1;
        if place.n_power_faults > 1 {
            return;
        }
        place.was_dark = true;
        let was_reachable = place.has_network();
        let (nodes, pods) = self.count_running(zone);
        let kind = EventKind::ZoneLost { nodes, pods };
        let cause = self.tell(Entity::Zone, Some(zone), cause, kind);
        self.world.zones[zone.index()].cause = cause;
        if was_reachable {
            self.world.zones[zone.index()].lost_at = self.now;
        }
        self.stop_machines(zone, Machine::Dead);
        if was_reachable {
            self.zone_lost(zone, cause);
        }
    }

    /// Nothing in a zone can be reached any more; nobody knows yet.
    pub(super) fn zone_lost(&mut self, zone: ZoneIndex, cause: Cause) {
        let unknown_at = node_lifecycle::unknown_at(self.now, &self.lifecycle);
        self.queue.push(unknown_at, ControlEvent::GraceOver(zone));
        self.watch_status(zone);
        self.expect_task_loss(zone);
        self.zone_changed(zone, cause);
    }

    fn power_returned(&mut self, zone: ZoneIndex, cause: Cause) {
        let place = &mut self.world.zones[zone.index()];
        place.n_power_faults -= 1;
        if place.n_power_faults > 0 {
            return;
        }
        let kind = EventKind::ZoneRestored;
        let cause = self.tell(Entity::Zone, Some(zone), cause, kind);
        self.world.zones[zone.index()].cause = cause;
        self.boot_machines(zone, cause);
        if self.reaches(zone) {
            self.zone_changed(zone, cause);
        }
    }

    /// What is no machine of the cluster follows its zone, lost or back.
    pub(super) fn zone_changed(&mut self, zone: ZoneIndex, cause: Cause) {
        self.egress_follows(zone, cause);
        self.databases_follow(zone, cause);
        self.caches_follow(zone, cause);
        if self.reaches(zone) {
            self.world.zones[zone.index()].was_dark = false;
        }
        self.check_balancer_zones();
        self.wants_publish = true;
    }

    /// Running nodes and serving pods of a zone.
    pub(super) fn count_running(&self, zone: ZoneIndex) -> (u32, u32) {
        let nodes = &self.world.nodes;
        let running = nodes
            .iter()
            .filter(|it| it.zone == zone && it.machine == Machine::Running);
        let pods = &self.world.pods;
        let serving = pods
            .iter()
            .filter(|pod| pod.serves() && nodes[pod.node].zone == zone);
        (running.count() as u32, serving.count() as u32)
    }

    /// Machines of a zone are dead or cut off, and their pods with them. A machine that is coming
    /// up needs no contact for that.
    pub(super) fn stop_machines(&mut self, zone: ZoneIndex, as_what: Machine) {
        self.world.pods.touch_all();
        for node in &mut self.world.nodes {
            let is_hit = match as_what {
                Machine::CutOff => node.machine == Machine::Running,
                _ => node.machine.can_lose_power(),
            };
            if node.zone != zone || !is_hit {
                continue;
            }
            if node.machine == Machine::Running {
                node.silent_since = self.now;
            }
            node.machine = as_what;
            node.due = SimTime::NEVER;
        }
        for at in 0..self.world.pods.len() {
            let pod = &self.world.pods[at];
            if pod.is_placed() && pod.alive && self.world.nodes[pod.node].zone == zone {
                self.stop_pod(at, FailureMode::Silent);
            }
        }
    }

    /// A pod's machine is gone, or its process; nobody knows yet.
    pub(super) fn stop_pod(&mut self, at: usize, mode: FailureMode) {
        let pod = &mut self.world.pods[at];
        pod.alive = false;
        self.world.workloads[pod.workload].changed_at = self.now;
        self.expect_failed_probes(at, mode);
    }

    /// From now on the balancer's probes of a pod fail, if there are any.
    pub(super) fn expect_failed_probes(&mut self, at: usize, mode: FailureMode) {
        let pod = &self.world.pods[at];
        let (phase, was_target) = (pod.probe_phase, pod.target == TargetPhase::Healthy);
        if let Some(balancer) = self.world.balancer.as_ref().filter(|_| was_target) {
            let failed_at = health_check::unhealthy_at(self.now, phase, mode, &balancer.check);
            let pod = self.world.pod_ref(at);
            self.queue.push(failed_at, ControlEvent::TargetFailed(pod));
        }
    }

    /// Machines of a zone that has power again begin to boot.
    fn boot_machines(&mut self, zone: ZoneIndex, cause: Cause) {
        self.world.pods.touch_all();
        for at in 0..self.world.nodes.len() {
            let node = &self.world.nodes[at];
            if node.zone != zone || node.machine != Machine::Dead {
                continue;
            }
            let place = &mut self.world.zones[zone.index()];
            let ordinal = place.n_reboots;
            place.n_reboots += 1;
            let mut stream = self.chance.stream("node_reboot", &place.name, ordinal);
            let due = self.now + dist::triangular(&mut stream, self.kubernetes.node_reboot_time);
            let node = &mut self.world.nodes[at];
            node.machine = Machine::Booting;
            node.due = due;
            node.cause = node.cause.max(cause);
            let node = self.world.node_ref(at);
            self.queue.push(due, ControlEvent::NodeBooted(node));
        }
    }
}

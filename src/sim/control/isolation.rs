//! A zone that is cut off: nothing crosses its border, while everything in it runs.
//!
//! The real thing. Machines keep their power, their memory and their price. From outside it looks
//! like a zone without power, since nobody can tell the two apart: probes go unanswered, Leases are
//! not renewed, nodes become Unknown and their pods are deleted after the toleration. But a kubelet
//! that hears of nothing ends nothing: deleted pods run on, `Terminating`, until the network is
//! back, and so does a database's old primary, which is fenced when another takes over. The return
//! is the difference: no machine boots. Kubelets report within seconds, pods that were not deleted
//! serve again without a start, those that were are really ended now, and caches and single
//! databases have all they had.
//!
//! Assumed: requests come from outside of the zone, so that what goes on inside answers nobody; no
//! launch succeeds there, since EC2 cannot reach its hosts either (under the action of the Fault
//! Injection Service, which drops packets at the subnets' borders, machines would be launched and
//! fail to join); a machine that was coming up joins when the network is back; a pod that had not
//! become ready starts anew then.
//!
//! Left out: asymmetric cuts, connections that survive a short one, writes that an old primary
//! accepts from clients beside it before it is fenced, images that pods cannot pull.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::event::{ContactEvent, EventKind};
use crate::sim::policy::node_lifecycle;
use crate::sim::rng::Uniforms as _;
use crate::sim::world::{Machine, PodPhase};
use crate::units::{SimDuration, SimTime};

impl Control {
    /// A fault cuts a zone off.
    pub(super) fn zone_cut_off(&mut self, zone: ZoneIndex, cause: Cause) {
        let place = &mut self.world.zones[zone.index()];
        place.n_network_faults += 1;
        if place.n_network_faults > 1 {
            return;
        }
        let was_reachable = place.has_power();
        let (nodes, pods) = self.count_running(zone);
        let kind = ContactEvent::ZoneCutOff { nodes, pods };
        let cause = self.tell(Entity::Zone, Some(zone), cause, EventKind::Contact(kind));
        self.world.zones[zone.index()].cause = cause;
        if was_reachable {
            self.world.zones[zone.index()].lost_at = self.now;
            self.stop_machines(zone, Machine::CutOff);
            self.zone_lost(zone, cause);
        }
    }

    /// A fault no longer cuts a zone off.
    pub(super) fn zone_reconnected(&mut self, zone: ZoneIndex, cause: Cause) {
        let place = &mut self.world.zones[zone.index()];
        place.n_network_faults -= 1;
        if place.n_network_faults > 0 {
            return;
        }
        let has_power = place.has_power();
        let kind = EventKind::Contact(ContactEvent::ZoneReconnected);
        let cause = self.tell(Entity::Zone, Some(zone), cause, kind);
        self.world.zones[zone.index()].cause = cause;
        if has_power {
            self.reach_machines(zone, cause);
            self.zone_changed(zone, cause);
            self.targets_changed();
        }
    }

    /// Machines of a zone can be reached again.
    fn reach_machines(&mut self, zone: ZoneIndex, cause: Cause) {
        self.world.pods.touch_all();
        for at in 0..self.world.nodes.len() {
            let node = &self.world.nodes[at];
            if node.zone != zone {
                continue;
            }
            match node.machine {
                Machine::CutOff => {
                    self.world.nodes[at].machine = Machine::Running;
                    let node = &mut self.world.nodes[at];
                    node.cause = node.cause.max(cause);
                    let due = self.draw_report(zone);
                    if !self.world.nodes[at].ready {
                        self.expect_node(at, due);
                    }
                    for pod in self.world.pods.on_node(at).to_vec() {
                        self.reach_pod(pod, due);
                    }
                }
                // Tasks that ECS has not replaced serve again, unless they lost their power.
                Machine::Fargate if !self.world.zones[zone.index()].was_dark => {
                    for task in self.world.pods.on_node(at).to_vec() {
                        self.reach_pod(task, self.now);
                    }
                }
                // It came up meanwhile and could not join.
                Machine::Launching | Machine::Booting if node.due == SimTime::NEVER => {
                    self.expect_node(at, self.now);
                }
                _ => {}
            }
        }
    }

    /// When the next kubelet of a zone reports.
    fn draw_report(&mut self, zone: ZoneIndex) -> SimTime {
        let place = &mut self.world.zones[zone.index()];
        let ordinal = place.n_renewals;
        place.n_renewals += 1;
        let mut stream = self.chance.stream("node_report", &place.name, ordinal);
        let period_s = node_lifecycle::REPORT_PERIOD.as_s_f64();
        self.now + SimDuration::from_s_f64(period_s * stream.uniform())
    }

    /// A node will be heard of at `due`: booted, launched, or in contact again.
    pub(super) fn expect_node(&mut self, at: usize, due: SimTime) {
        self.world.nodes[at].due = due;
        let event = match self.world.nodes[at].machine {
            Machine::Launching => ControlEvent::NodeRegistered,
            _ => ControlEvent::NodeBooted,
        };
        self.queue.push(due, event(self.world.node_ref(at)));
    }

    /// A pod can be reached again; its kubelet hears at `due` what it should do with it.
    fn reach_pod(&mut self, at: usize, due: SimTime) {
        match self.world.pods[at].phase {
            PodPhase::Terminating => self.end_pod(at, due),
            // A container that waits for its next start goes on waiting.
            PodPhase::Starting if self.world.pods[at].restart_at <= self.now => {
                self.restart_pod(at);
            }
            PodPhase::Ready => self.reach_ready_pod(at),
            PodPhase::Starting | PodPhase::Gone | PodPhase::Pending => {}
        }
    }

    /// The Lease of a node that was cut off is renewed: it is Ready, and so are its pods.
    pub(super) fn node_heard(&mut self, at: usize) {
        self.join(at);
        for pod in self.world.pods.on_node(at).to_vec() {
            let it = &self.world.pods[pod];
            if it.phase == PodPhase::Ready && !it.listed {
                self.make_ready(pod);
                self.register_target(pod);
            }
        }
        let zone = self.world.nodes[at].zone;
        self.world.zones[zone.index()].n_heard += 1;
        let mut nodes = self.world.nodes.iter();
        let expected =
            nodes.any(|it| it.zone == zone && it.machine == Machine::Running && !it.ready);
        if !expected {
            let nodes = std::mem::take(&mut self.world.zones[zone.index()].n_heard);
            let kind = EventKind::Contact(ContactEvent::NodesHeard { nodes });
            let cause = self.world.zones[zone.index()].cause;
            self.tell(Entity::Zone, Some(zone), cause, kind);
        }
    }
}

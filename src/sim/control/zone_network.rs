//! A zone whose network is impaired, while everything in it works.
//!
//! The real thing, and why it is called a gray failure: a link or a switch of a zone drops a few
//! packets in a hundred, or delays them. Machines run, heartbeats arrive, and a health check, which
//! is sent again until its timeout like any other message, still gets through. So nobody is taken
//! out of service, and requests go on meeting the zone for as long as the fault lasts: those that
//! enter by it, those that are served in it, and those that call what stands in it.
//!
//! Assumed: an exchange of a request and its answer pays once for each impaired zone that it
//! touches, whether it ends there or only passes the balancer's node; several faults on one zone
//! add up. Probes and heartbeats get through at any loss that a fault may have (at half of all
//! packets lost, one probe in fifteen would fail, and it takes two in a row).
//!
//! Left out: smaller windows after losses, so that large answers suffer more; replication between
//! the instances of a database, whose commits would be late as well.

use super::notes::Entity;
use super::{Cause, Control};
use crate::model::ZoneIndex;
use crate::sim::event::EventKind;
use crate::sim::faults::Effect;
use crate::sim::flow::Impairment;
use crate::units::SimDuration;

impl Control {
    /// What the faults of this moment do to the network of each zone.
    pub(super) fn impaired_networks(&self, networks: &mut [Impairment]) {
        networks.fill(Impairment::default());
        for fault in &self.faults {
            if fault.start <= self.now
                && self.now < fault.end
                && let Effect::ZoneDegraded {
                    zone: Some(zone),
                    network,
                } = fault.effect
            {
                let it = &mut networks[zone.index()];
                *it = it.and(network);
            }
        }
    }

    /// A fault begins or ends to impair the network of a zone.
    pub(super) fn network_changes(&mut self, zone: ZoneIndex, cause: Cause) {
        let mut networks = vec![Impairment::default(); self.world.zones.len()];
        self.impaired_networks(&mut networks);
        let now = networks[zone.index()];
        let kind = EventKind::Slowed {
            added_latency: SimDuration::from_s_f64(now.added_latency_s),
            packet_loss: now.packet_loss,
        };
        self.tell(Entity::Zone, Some(zone), cause, kind);
        self.wants_publish = true;
    }
}

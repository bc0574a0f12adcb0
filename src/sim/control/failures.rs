//! Nodes that fail at random: hardware breaks, one machine at a time.
//!
//! The real thing. A host fails, and its instance with it, for good. A large fleet loses a few
//! percent of its machines in a year, so a hundred nodes lose one every few months, and whoever
//! lives for a year with fifty nodes meets it (see docs/MODEL.md for published rates). What follows
//! is the loss of an instance as operators know it (`losses.rs`).
//!
//! Two designs meet the same luck: in each zone failures hit *places*, a thousand of them, each at
//! the rate stated, and the n-th node of the zone by age has the n-th place. So the larger design
//! meets what the smaller one meets, and more.
//!
//! Assumed: failures are independent, at a constant rate. Left out: racks and hosts that take
//! several nodes with them, machines that fail young or old, scheduled retirement; nodes of a zone
//! beyond the thousandth by age have no place, and do not fail at random.

use super::{Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::dist;
use crate::sim::rng::{RngStream, Uniforms as _};
use crate::sim::world::Machine;
use crate::units::order;
use crate::units::{EventRate, SimDuration};

/// Places of a zone.
const PLACES: u64 = 1000;

/// The failures of one zone.
#[derive(Debug)]
pub(super) struct Failures {
    zone: ZoneIndex,
    /// Mean gap between failures of any place, in seconds.
    mean_gap_s: f64,
    gaps: RngStream,
    places: RngStream,
}

impl Control {
    /// Nodes fail at this rate each.
    pub(super) fn open_failures(&mut self, fault: &str, rate: EventRate) {
        let per_hour = rate.events_per_hour() * PLACES as f64;
        if per_hour <= 0.0 {
            return;
        }
        for zone in 0..self.world.zones.len() {
            let zone = ZoneIndex(zone as u8);
            let entity = format!("{fault}/{}", self.zone_name(zone));
            self.failures.push(Failures {
                zone,
                mean_gap_s: 3600.0 / per_hour,
                gaps: self.chance.stream("node_failure_gap", &entity, 0),
                places: self.chance.stream("node_failure_place", &entity, 0),
            });
            self.next_failure(self.failures.len() - 1);
        }
    }

    fn next_failure(&mut self, at: usize) {
        let it = &mut self.failures[at];
        let gap = dist::exponential(&mut it.gaps, it.mean_gap_s);
        let due = self.now + SimDuration::from_s_f64(gap);
        self.queue.push(due, ControlEvent::NodeFails(at as u32));
    }

    /// A place of a zone fails, and the node that has it.
    pub(in crate::sim) fn node_fails(&mut self, at: usize) {
        let it = &mut self.failures[at];
        let (zone, place) = (it.zone, it.places.below(PLACES) as usize);
        self.next_failure(at);
        let nodes = self.world.nodes.iter().enumerate();
        let mut here: Vec<usize> = nodes
            .filter(|(_, it)| it.zone == zone && it.machine == Machine::Running)
            .map(|(at, _)| at)
            .collect();
        if place >= here.len() {
            return;
        }
        let age = |at: &usize| (self.world.nodes[*at].created_at, *at);
        order::sort_by(&mut here, |a, b| age(a).cmp(&age(b)));
        let pool = self.world.nodes[here[place]].pool;
        self.terminate_instances(pool, zone, &[here[place]], None);
    }
}

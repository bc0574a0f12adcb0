//! Shifts of traffic away from a zone, by operators or by AWS, of the balancer and of the cluster:
//! the rules are in `policy/zonal_shift.rs`.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{LoadBalancer, ZonalShift, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{EventKind, ShiftStep};
use crate::sim::policy::zonal_shift;
use crate::sim::world::Shifts;

impl Control {
    /// A zone is in trouble: AWS will find out, where it may shift traffic.
    pub(super) fn expect_autoshift(&mut self, fault: usize, zone: ZoneIndex) {
        // Where both take part AWS shifts them together.
        let is_auto = |it: ZonalShift| it == ZonalShift::Autoshift;
        let balancer = self.world.balancer.as_ref();
        let law = match balancer.filter(|it| is_auto(it.zonal_shift)) {
            Some(balancer) => balancer.autoshift_delay,
            None if is_auto(self.kubernetes.zonal_shift) => LoadBalancer::default().autoshift_delay,
            None => return,
        };
        // Of a fault's id and its zone, so that other designs meet the same delay.
        let it = &self.faults[fault];
        let entity = format!("{}/{}", it.id, self.zone_name(zone));
        let ordinal = it.start.as_ns();
        let mut stream = self.chance.stream("zonal_autoshift", &entity, ordinal);
        let delay = dist::triangular(&mut stream, law);
        if let Some((begin, end)) = zonal_shift::autoshift(it.start, it.end, delay) {
            let fault = fault as u32;
            self.queue.push(begin, ControlEvent::AutoshiftBegins(fault));
            self.queue.push(end, ControlEvent::AutoshiftEnds(fault));
        }
    }

    /// AWS shifts traffic away from the zone of a fault.
    pub(in crate::sim) fn autoshift_begins(&mut self, fault: usize) {
        if let Some(zone) = self.faults[fault].effect.zone() {
            self.shift(zone, 1, true, self.fault_causes[fault]);
        }
    }

    /// AWS takes its shift back.
    pub(in crate::sim) fn autoshift_ends(&mut self, fault: usize) {
        if let Some(zone) = self.faults[fault].effect.zone() {
            self.shift(zone, -1, true, self.fault_causes[fault]);
        }
    }

    /// Shifts the traffic of whatever takes part away from a zone (`change` is 1) or back (-1).
    pub(super) fn shift(&mut self, zone: ZoneIndex, change: i32, by_aws: bool, cause: Cause) {
        let step = match (change > 0, by_aws) {
            (true, true) => ShiftStep::AwayByAws,
            (true, false) => ShiftStep::Away,
            (false, _) => ShiftStep::Back,
        };
        let takes_part = |it: ZonalShift| match it {
            ZonalShift::Off => false,
            ZonalShift::On => !by_aws,
            ZonalShift::Autoshift => true,
        };
        // It is told of when the first comes and when the last goes.
        let told_at = u32::from(change > 0);
        let mut told = Vec::new();
        if let Some(balancer) = &mut self.world.balancer
            && takes_part(balancer.zonal_shift)
            && count(&mut balancer.shifts[zone.index()], change) == told_at
        {
            told.push(Entity::Balancer);
        }
        if takes_part(self.kubernetes.zonal_shift)
            && count(&mut self.world.zones[zone.index()].shifts, change) == told_at
        {
            told.push(Entity::Cluster);
        }
        for entity in told {
            let kind = EventKind::Shifted { step };
            let cause = self.tell(entity, Some(zone), cause, kind);
            match (entity, &mut self.world.balancer) {
                (Entity::Balancer, Some(balancer)) => {
                    balancer.shifts[zone.index()].cause = cause;
                    self.records_change();
                }
                _ => self.cluster_shifted(zone, cause),
            }
            self.world.pods.touch_all();
            self.targets_changed();
        }
    }

    /// Nodes are closed or open again, and with them what may be launched.
    fn cluster_shifted(&mut self, zone: ZoneIndex, cause: Cause) {
        self.world.zones[zone.index()].shifts.cause = cause;
        self.world.n_changes += 1;
        self.wants_placement = true;
    }
}

/// Counts one more or one less; returns how many hold then.
fn count(shifts: &mut Shifts, change: i32) -> u32 {
    shifts.n_held = shifts.n_held.saturating_add_signed(change);
    shifts.n_held
}

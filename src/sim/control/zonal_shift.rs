//! Shifts of a balancer's traffic away from a zone, by operators or by AWS: the rules are in
//! `policy/zonal_shift.rs`.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{ZonalShift, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{EventKind, ShiftStep};
use crate::sim::policy::zonal_shift;

impl Control {
    /// A zone is in trouble: AWS will find out, where it may shift traffic.
    pub(super) fn expect_autoshift(&mut self, fault: usize, zone: ZoneIndex) {
        let Some(balancer) = &self.world.balancer else {
            return;
        };
        if balancer.zonal_shift != ZonalShift::Autoshift {
            return;
        }
        let law = balancer.autoshift_delay;
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
            self.shift_away(zone, ShiftStep::AwayByAws, self.fault_causes[fault]);
        }
    }

    /// AWS takes its shift back.
    pub(in crate::sim) fn autoshift_ends(&mut self, fault: usize) {
        if let Some(zone) = self.faults[fault].effect.zone() {
            self.shift_back(zone, self.fault_causes[fault]);
        }
    }

    /// Traffic is shifted away from a zone.
    pub(super) fn shift_away(&mut self, zone: ZoneIndex, step: ShiftStep, cause: Cause) {
        if self.count_shifts(zone, 1) == Some(1) {
            self.shifted(zone, step, cause);
        }
    }

    /// A shift is over.
    pub(super) fn shift_back(&mut self, zone: ZoneIndex, cause: Cause) {
        if self.count_shifts(zone, -1) == Some(0) {
            self.shifted(zone, ShiftStep::Back, cause);
        }
    }

    /// Shifts that hold in a zone once `change` more do; none where the balancer allows none.
    fn count_shifts(&mut self, zone: ZoneIndex, change: i32) -> Option<u32> {
        let balancer = self.world.balancer.as_mut();
        let balancer = balancer.filter(|it| it.zonal_shift != ZonalShift::Off)?;
        let shifts = &mut balancer.shifts[zone.index()];
        shifts.n_held = shifts.n_held.saturating_add_signed(change);
        Some(shifts.n_held)
    }

    /// The first shift has come, or the last has gone: DNS and routing follow.
    fn shifted(&mut self, zone: ZoneIndex, step: ShiftStep, cause: Cause) {
        let kind = EventKind::Shifted { step };
        let cause = self.tell(Entity::Balancer, Some(zone), cause, kind);
        if let Some(balancer) = &mut self.world.balancer {
            balancer.shifts[zone.index()].cause = cause;
        }
        self.records_change();
        self.world.pods.touch_all();
        self.targets_changed();
    }
}

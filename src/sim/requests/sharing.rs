//! Processor sharing: everybody is served at once, each at an even share of the servers.
//!
//! With n requests on c servers each gets the speed min(1, c / n). *Virtual time* is the service
//! that a request has received since a common origin; a request that needs s more leaves when
//! virtual time has grown by s, whatever comes and goes in between. So requests leave in the order
//! of one number each, and only the first of them needs an event.

use crate::units::{SimDuration, SimTime};

use super::visit::VisitId;

/// The requests that share a station.
#[derive(Debug, Clone, Default)]
pub struct Sharing {
    /// Service received by somebody present since the origin, in nanoseconds.
    virtual_ns: f64,
    /// When that was counted.
    counted: SimTime,
    /// Nobody is served: virtual time stands still.
    stalled: bool,
    /// Virtual time at which each leaves; the earliest at the end.
    leaving: Vec<(f64, VisitId)>,
    /// When the earliest leaves, if nobody comes or goes before.
    pub next: Option<SimTime>,
}

impl Sharing {
    /// Somebody comes who needs `service`; [`Self::next`] is when the earliest leaves now.
    pub fn join(&mut self, now: SimTime, servers: u32, id: VisitId, service: SimDuration) {
        self.count(now, servers);
        let leaves = self.virtual_ns + service.as_ns() as f64;
        // Among equals the newest leaves last.
        let at = self.leaving.partition_point(|(other, _)| *other > leaves);
        self.leaving.insert(at, (leaves, id));
        self.plan(now, servers);
    }

    /// The one that leaves now, if [`Self::next`] is `now`.
    pub fn leave(&mut self, now: SimTime, servers: u32) -> Option<VisitId> {
        if self.next != Some(now) {
            return None;
        }
        self.count(now, servers);
        let (leaves, id) = self.leaving.pop()?;
        // Rounding to nanoseconds must not add up.
        self.virtual_ns = leaves;
        self.plan(now, servers);
        Some(id)
    }

    /// Nobody is served from now on, or everybody again.
    pub fn stall(&mut self, now: SimTime, servers: u32, stalled: bool) {
        self.count(now, servers);
        self.stalled = stalled;
        self.plan(now, servers);
    }

    /// Nobody shares any more; a stall goes on.
    pub fn clear(&mut self) {
        *self = Self {
            stalled: self.stalled,
            ..Self::default()
        };
    }

    /// How many share.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.leaving.len()
    }

    fn speed(&self, servers: u32) -> f64 {
        if self.stalled {
            return 0.0;
        }
        (f64::from(servers) / self.leaving.len().max(1) as f64).min(1.0)
    }

    fn count(&mut self, now: SimTime, servers: u32) {
        self.virtual_ns += now.since(self.counted).as_ns() as f64 * self.speed(servers);
        self.counted = now;
    }

    fn plan(&mut self, now: SimTime, servers: u32) {
        let first = self.leaving.last().filter(|_| !self.stalled);
        self.next = first.map(|(leaves, _)| {
            let left_ns = (leaves - self.virtual_ns).max(0.0) / self.speed(servers);
            now + SimDuration::from_ns((left_ns + 0.5) as u64)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_on_one_server_take_twice_as_long_each() {
        let s = SimDuration::from_s;
        let mut sharing = Sharing::default();
        sharing.join(SimTime::START, 1, 7, s(4));
        assert_eq!(sharing.next, Some(SimTime::from_s(4)));
        // After 2 s alone the first needs 2 s more, which take 4 s beside the second.
        sharing.join(SimTime::from_s(2), 1, 8, s(3));
        assert_eq!(sharing.next, Some(SimTime::from_s(6)));
        assert_eq!(
            sharing.leave(SimTime::from_s(5), 1),
            None,
            "a plan given up"
        );
        assert_eq!(sharing.leave(SimTime::from_s(6), 1), Some(7));
        // The second has had 2 s of its 3.
        assert_eq!(sharing.next, Some(SimTime::from_s(7)));
        assert_eq!(sharing.leave(SimTime::from_s(7), 1), Some(8));
        assert_eq!((sharing.next, sharing.len()), (None, 0));
    }

    #[test]
    fn those_who_share_lose_as_much_time_as_their_station_stands_still() {
        let s = SimDuration::from_s;
        let mut sharing = Sharing::default();
        sharing.join(SimTime::START, 1, 7, s(4));
        sharing.stall(SimTime::from_s(1), 1, true);
        sharing.join(SimTime::from_s(2), 1, 8, s(5));
        assert_eq!(sharing.next, None);
        sharing.stall(SimTime::from_s(10), 1, false);
        // Both get half of the server: the first needs 3 s more, the second 5 s.
        assert_eq!(sharing.next, Some(SimTime::from_s(16)));
        assert_eq!(sharing.leave(SimTime::from_s(16), 1), Some(7));
        assert_eq!(sharing.next, Some(SimTime::from_s(18)));
    }

    #[test]
    fn nobody_is_faster_than_a_server() {
        let mut sharing = Sharing::default();
        for id in 0..3 {
            sharing.join(SimTime::START, 4, id, SimDuration::from_s(1));
        }
        assert_eq!(sharing.next, Some(SimTime::from_s(1)));
        for id in 0..3 {
            assert_eq!(sharing.leave(SimTime::from_s(1), 4), Some(id));
        }
    }
}

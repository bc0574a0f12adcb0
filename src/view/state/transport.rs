//! The playhead: where in the recorded run the page looks, and how it moves.

use crate::units::{SimDuration, SimTime};

/// Simulated seconds per second of watching.
pub const SPEEDS: [u32; 4] = [1, 10, 60, 600];

/// Position in the run and manner of moving. Position is never beyond the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// Where.
    pub position: SimTime,
    /// Length of the run.
    pub duration: SimDuration,
    /// Whether time passes by itself.
    pub playing: bool,
    /// One of [`SPEEDS`].
    pub speed: u32,
}

impl Transport {
    /// Stands at the start of a run, at 600 simulated seconds per second when started.
    #[must_use]
    pub const fn new(duration: SimDuration) -> Self {
        Self {
            position: SimTime::START,
            duration,
            playing: false,
            speed: 600,
        }
    }

    /// The last position.
    #[must_use]
    pub fn end(&self) -> SimTime {
        SimTime::START + self.duration
    }

    /// Moves to a time, or to the end when that is earlier.
    pub fn seek(&mut self, to: SimTime) {
        self.position = to.min(self.end());
    }

    /// Moves forward.
    pub fn forward(&mut self, by: SimDuration) {
        self.seek(self.position + by);
    }

    /// Moves back, to the start at most.
    pub fn back(&mut self, by: SimDuration) {
        let since_start = self.position.since(SimTime::START);
        self.position = SimTime::START + since_start.saturating_sub(by);
    }

    /// Moves to the next of the times given, which are sorted. True when there is one.
    pub fn next_of(&mut self, times: &[SimTime]) -> bool {
        let next = times.iter().find(|time| **time > self.position);
        next.copied().map(|time| self.seek(time)).is_some()
    }

    /// Moves to the previous of the times given, which are sorted. True when there is one.
    pub fn previous_of(&mut self, times: &[SimTime]) -> bool {
        let previous = times.iter().rev().find(|time| **time < self.position);
        previous.copied().map(|time| self.seek(time)).is_some()
    }

    /// Plays or pauses; from the end it plays from the start.
    pub fn toggle(&mut self) {
        if !self.playing && self.position == self.end() {
            self.position = SimTime::START;
        }
        self.playing = !self.playing;
    }

    /// Lets `watched` of the viewer's time pass. Stops at the end.
    pub fn watch(&mut self, watched: SimDuration) {
        if self.playing {
            self.forward(watched * u64::from(self.speed));
            self.playing = self.position < self.end();
        }
    }

    /// Takes over the length of another run and keeps the position as far as that allows.
    pub fn set_duration(&mut self, duration: SimDuration) {
        self.duration = duration;
        self.seek(self.position);
    }

    /// Where it stands between two times in seconds: 0 at the first, 1 at the second, beyond them
    /// when it is outside.
    #[must_use]
    pub fn share_of(&self, (from_s, to_s): (f64, f64)) -> f64 {
        (self.position.as_s_f64() - from_s) / (to_s - from_s).max(f64::MIN_POSITIVE)
    }

    /// Share of the run that has passed, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        if self.duration.is_zero() {
            return 0.0;
        }
        self.position.as_s_f64() / self.duration.as_s_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::from_s(s)
    }

    #[test]
    fn it_stays_inside_the_run() {
        let mut transport = Transport::new(SimDuration::from_s(100));
        transport.back(SimDuration::from_s(1));
        assert_eq!(transport.position, at(0));
        transport.forward(SimDuration::from_s(60));
        transport.set_duration(SimDuration::from_s(50));
        assert_eq!(transport.position, at(50));
    }

    #[test]
    fn playing_stops_at_the_end_and_starts_again() {
        let mut transport = Transport::new(SimDuration::from_s(100));
        transport.speed = 60;
        transport.watch(SimDuration::from_s(1));
        assert_eq!(transport.position, at(0), "it does not move while paused");
        transport.toggle();
        transport.watch(SimDuration::from_s(1));
        assert_eq!((transport.position, transport.playing), (at(60), true));
        transport.watch(SimDuration::from_s(1));
        assert_eq!((transport.position, transport.playing), (at(100), false));
        transport.toggle();
        assert_eq!((transport.position, transport.playing), (at(0), true));
    }

    #[test]
    fn it_goes_from_event_to_event() {
        let events = [at(10), at(20)];
        let mut transport = Transport::new(SimDuration::from_s(100));
        assert!(transport.next_of(&events) && transport.next_of(&events));
        assert_eq!(transport.position, at(20));
        assert!(!transport.next_of(&events));
        assert!(transport.previous_of(&events));
        assert_eq!(transport.position, at(10));
        assert!(!transport.previous_of(&events));
    }
}

//! A queue as a fluid: what piles up while capacity is short, and how long it takes to work off.
//!
//! Arrivals and capacity are constant rates, first in first out, nobody gives up and there is room
//! for all. Source: Newell, *Applications of Queueing Theory*, 1982, chapter 2.

use super::TheoryError;
use super::range::{non_negative, stable};

/// A loss of capacity for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortage {
    /// Arrivals per unit of time, 0 or more.
    pub arrival_rate: f64,
    /// What can be served per unit of time meanwhile, 0 or more.
    pub capacity_during: f64,
    /// How long it lasts, 0 or more.
    pub duration: f64,
    /// What can be served per unit of time afterwards, 0 or more.
    pub capacity_after: f64,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aftermath {
    /// Most that wait at once: (λ - capacity) x duration.
    pub peak_backlog: f64,
    /// Time from the end of the shortage until nothing waits: peak / (capacity after - λ).
    pub drain: f64,
    /// Longest time that anyone waits: peak / λ, met by who arrives as the last to be served in the
    /// shortage.
    pub max_delay: f64,
    /// Time from the beginning of the shortage until nothing waits.
    pub total_recovery: f64,
}

impl Shortage {
    /// What comes of it.
    ///
    /// # Errors
    /// Arguments out of range; a backlog that the capacity afterwards never works off.
    pub fn aftermath(&self) -> Result<Aftermath, TheoryError> {
        let arrival_rate = non_negative("the arrival rate", self.arrival_rate)?;
        let during = non_negative("the capacity meanwhile", self.capacity_during)?;
        let duration = non_negative("the duration", self.duration)?;
        let after = non_negative("the capacity afterwards", self.capacity_after)?;
        let peak_backlog = (arrival_rate - during).max(0.0) * duration;
        if peak_backlog <= 0.0 {
            return Ok(Aftermath {
                peak_backlog: 0.0,
                drain: 0.0,
                max_delay: 0.0,
                total_recovery: duration,
            });
        }
        stable(arrival_rate / after)?;
        let drain = peak_backlog / (after - arrival_rate);
        Ok(Aftermath {
            peak_backlog,
            drain,
            max_delay: peak_backlog / arrival_rate,
            total_recovery: duration + drain,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_capacity_leaves_nothing_and_too_little_never_recovers() {
        let mut shortage = Shortage {
            arrival_rate: 10.0,
            capacity_during: 12.0,
            duration: 60.0,
            capacity_after: 5.0,
        };
        let calm = shortage.aftermath().expect("no backlog");
        assert!(calm.peak_backlog <= 0.0 && calm.drain <= 0.0);
        shortage.capacity_during = 5.0;
        assert!(shortage.aftermath().is_err());
        shortage.capacity_after = 0.0;
        assert!(shortage.aftermath().is_err());
    }
}

//! What a caller does to keep its own failures from spreading: a budget for retries, a breaker.
//!
//! Both watch the attempts of one kind of call from one zone. The budget is a bucket: each first
//! attempt puts a share of a token in, each retry takes one out. So retries stay below that share
//! of the traffic, and a short burst of failures may still be retried from what was saved.
//!
//! Few designs have a breaker. What it does is kept out of the functions that ask it, so that the
//! others pay no more than the question whether there is one.

use crate::model::CircuitBreaker;
use crate::units::{SimDuration, SimTime};

/// Tokens that may be saved: so many retries are free after a quiet time.
const RESERVE: f64 = 10.0;

/// A budget for retries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryBudget {
    share: f64,
    tokens: f64,
}

impl RetryBudget {
    /// A full budget of `share` retries per first attempt.
    #[must_use]
    pub const fn new(share: f64) -> Self {
        Self {
            share,
            tokens: RESERVE,
        }
    }

    /// A first attempt is made.
    pub const fn earn(&mut self) {
        self.tokens = (self.tokens + self.share).min(RESERVE);
    }

    /// True when a retry may be made; it is paid for.
    pub const fn spend(&mut self) -> bool {
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

/// Whether calls pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Closed,
    /// Calls fail at once until then.
    Open(SimTime),
    /// One call is on trial.
    Trial,
}

/// A circuit breaker at work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    rules: CircuitBreaker,
    position: Position,
    window_from: SimTime,
    calls: u32,
    failures: u32,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(rules: CircuitBreaker) -> Self {
        Self {
            rules,
            position: Position::Closed,
            window_from: SimTime::START,
            calls: 0,
            failures: 0,
        }
    }

    /// True when a call may be made now; the first after the time open is the trial.
    #[inline(never)]
    pub fn allows(&mut self, now: SimTime) -> bool {
        match self.position {
            Position::Closed => true,
            Position::Trial => false,
            Position::Open(until) => {
                let over = now >= until;
                if over {
                    self.position = Position::Trial;
                }
                over
            }
        }
    }

    /// An attempt has been answered (`ok`) or has failed.
    #[inline(never)]
    pub fn outcome(&mut self, now: SimTime, ok: bool) {
        match self.position {
            Position::Trial if ok => self.close(now),
            Position::Trial => self.open(now),
            // Attempts made before it opened say nothing new.
            Position::Open(_) => {}
            Position::Closed => {
                if now.since(self.window_from) >= self.rules.window {
                    self.close(now);
                }
                self.calls += 1;
                self.failures += u32::from(!ok);
                let share = f64::from(self.failures) / f64::from(self.calls);
                let many = self.calls >= self.rules.minimum_calls;
                if many && share >= self.rules.failure_threshold.value() {
                    self.open(now);
                }
            }
        }
    }

    const fn close(&mut self, now: SimTime) {
        self.position = Position::Closed;
        self.window_from = now;
        self.calls = 0;
        self.failures = 0;
    }

    fn open(&mut self, now: SimTime) {
        // A breaker that opens for no time at all would let everybody on trial.
        let pause = self.rules.open_for.max(SimDuration::from_ms(1));
        self.position = Position::Open(now + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_stay_within_their_budget() {
        let mut budget = RetryBudget::new(0.1);
        let made: u32 = (0..10_000)
            .map(|_| {
                budget.earn();
                u32::from(budget.spend())
            })
            .sum();
        // The reserve, and a tenth of the attempts.
        assert!((1009..=1010).contains(&made), "{made}");
    }

    #[test]
    fn a_breaker_opens_tries_and_closes() {
        let at = SimTime::from_s;
        let mut breaker = Breaker::new(CircuitBreaker::default());
        for call in 0..20 {
            assert!(breaker.allows(at(1)), "call {call}");
            breaker.outcome(at(1), call % 2 == 0);
        }
        assert!(!breaker.allows(at(60)));
        assert!(breaker.allows(at(61)), "one on trial");
        assert!(!breaker.allows(at(61)), "and no other");
        breaker.outcome(at(62), false);
        assert!(!breaker.allows(at(121)));
        assert!(breaker.allows(at(122)));
        breaker.outcome(at(123), true);
        assert!(breaker.allows(at(123)));
        breaker.outcome(at(123), false);
        assert!(breaker.allows(at(124)), "one failure is not many");
    }

    #[test]
    fn failures_of_another_window_are_forgotten() {
        let mut breaker = Breaker::new(CircuitBreaker::default());
        for second in 0..100 {
            breaker.outcome(SimTime::from_s(second), false);
            assert!(
                breaker.allows(SimTime::from_s(second)),
                "at most 10 a window"
            );
        }
    }
}

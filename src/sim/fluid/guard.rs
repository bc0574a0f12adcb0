//! What callers do to protect themselves and those they call, on rates: circuit breakers, scarce
//! connections, calls at the same time.
//!
//! Of a breaker the request-level plane counts outcomes one by one, and lets one call through on
//! trial. Here the same rules act on what happens on average: outcomes add up at the rate of the
//! calls, a failure counts once its time is over, and a trial succeeds when an attempt of that
//! moment would more likely succeed than not. So a breaker in front of a target that half answers
//! opens and closes in step with the average instead of by chance.

use crate::model::{CircuitBreaker, Concurrency, Discipline};
use crate::sim::flow::{CallFlow, DeploymentFlow};
use crate::units::{SimDuration, SimTime};

use super::calls::Attempt;
use super::largest::Largest;
use super::pool::Pool;

/// What callers of one kind in a zone do to protect themselves and those they call.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// Their breaker.
    pub breaker: Option<Breaker>,
    /// Their connections, as servers for which attempts wait: one queue per calling pod. None where
    /// nobody can ever wait.
    pub connections: Option<Box<Pool>>,
    /// Calls of a request are made at the same time.
    pub largest: Option<Largest>,
    /// There are pods that make such calls.
    pub is_used: bool,
}

impl Guard {
    /// Of a kind of call, as its caller makes it; nobody makes any yet.
    pub(super) fn new(call: &CallFlow, caller: &DeploymentFlow) -> Self {
        let at_once = if call.parallel {
            call.per_request.ceil() as u32
        } else {
            1
        };
        // Where a server waits for its calls, a pod has no more calls than that in progress.
        let most = match (caller.concurrency, caller.discipline) {
            (Concurrency::EventLoop, _) | (_, Discipline::ProcessorSharing) => u32::MAX,
            (Concurrency::ThreadPerRequest, _) => caller.servers.saturating_mul(at_once),
        };
        // A second attempt beside the first takes a connection of its own.
        let most = if call.hedge_after_s.is_some() {
            most.saturating_mul(2)
        } else {
            most
        };
        let scarce = call.pool_size.filter(|size| *size < most);
        Self {
            breaker: call.circuit_breaker.map(Breaker::new),
            connections: scarce.map(|size| {
                Box::new(Pool {
                    servers: size,
                    places: f64::INFINITY,
                    ..Pool::default()
                })
            }),
            largest: call.parallel.then(|| Largest::new(call.per_request)),
            is_used: false,
        }
    }
}

/// A circuit breaker at work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    rules: CircuitBreaker,
    /// Calls fail at once until then, while it is open.
    open_until: Option<SimTime>,
    window_from: SimTime,
    /// Outcomes known in this window, and failures among them.
    outcomes: f64,
    failures: f64,
    /// Attempts that will fail and have not yet.
    failing: f64,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(rules: CircuitBreaker) -> Self {
        Self {
            rules,
            open_until: None,
            window_from: SimTime::START,
            outcomes: 0.0,
            failures: 0.0,
            failing: 0.0,
        }
    }

    /// True while calls fail at once.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    /// When it wants to be looked at again at the latest: at the end of its time open, or soon
    /// while failures add up.
    #[must_use]
    pub fn looks_again(&self, now: SimTime) -> Option<SimTime> {
        // Far below its threshold it cannot open soon, whatever fails.
        let bad = self.failures + self.failing;
        let threshold = self.rules.failure_threshold.value();
        let counting = bad > 0.0 && bad >= 0.5 * threshold * (self.outcomes + self.failing);
        let soon = counting.then(|| now + SimDuration::from_s(1));
        self.open_until.or(soon)
    }

    /// A step of `seconds` up to `now` is over in which `rate` attempts per second were like
    /// `attempt` (while it is open: would have been). True when it has opened or closed.
    pub fn observe(&mut self, now: SimTime, seconds: f64, rate: f64, attempt: &Attempt) -> bool {
        if let Some(until) = self.open_until {
            if now < until {
                return false;
            }
            if attempt.ok >= 0.5 {
                self.close(now);
                return true;
            }
            self.open(now + SimDuration::from_s_f64(attempt.fail_s));
            return false;
        }
        if now.since(self.window_from) > self.rules.window {
            self.outcomes = 0.0;
            self.failures = 0.0;
            let step = SimDuration::from_s_f64(seconds).min(self.rules.window);
            self.window_from = SimTime::START + now.since(SimTime::START + step);
        }
        // A step longer than the window counts as far as the window goes.
        let counted_s = seconds.min(self.rules.window.as_s_f64());
        let made = rate * counted_s;
        self.failing += made * (1.0 - attempt.ok);
        let known = if attempt.fail_s > 0.0 {
            self.failing * (1.0 - libm::exp(-seconds / attempt.fail_s))
        } else {
            self.failing
        };
        self.failing -= known;
        if self.failing < 1e-6 {
            self.failing = 0.0;
        }
        self.failures += known;
        self.outcomes += known + made * attempt.ok;
        let many = self.outcomes >= f64::from(self.rules.minimum_calls);
        let opens = many
            && self.failures >= self.rules.failure_threshold.value() * self.outcomes
            && self.failures > 0.0;
        if opens {
            self.open(now);
        }
        opens
    }

    const fn close(&mut self, now: SimTime) {
        self.open_until = None;
        self.window_from = now;
        self.outcomes = 0.0;
        self.failures = 0.0;
        self.failing = 0.0;
    }

    fn open(&mut self, from: SimTime) {
        // A breaker that opens for no time at all would never let anything settle.
        let pause = self.rules.open_for.max(SimDuration::from_ms(1));
        self.open_until = Some(from + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answering(ok: f64) -> Attempt {
        Attempt {
            ok,
            fail_s: 1.0,
            ..Attempt::default()
        }
    }

    #[test]
    fn it_opens_on_failures_and_closes_on_a_trial_that_would_succeed() {
        let mut breaker = Breaker::new(CircuitBreaker::default());
        let mut second = 0;
        let mut pass = |breaker: &mut Breaker, ok: f64| {
            second += 1;
            breaker.observe(SimTime::from_s(second), 1.0, 100.0, &answering(ok))
        };
        assert!(
            (0..30).all(|_| !pass(&mut breaker, 0.9)),
            "one in ten fails"
        );
        let lasts = (1..=20).find(|_| pass(&mut breaker, 0.0));
        // Failures are known after a second on average, and must make up half of a window.
        assert!((1..=10).contains(&lasts.expect("opens")), "{lasts:?}");
        assert!(breaker.is_open());
        let lasts = (1..=100).find(|_| pass(&mut breaker, 1.0));
        assert_eq!(lasts, Some(60));
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_trial_that_fails_keeps_it_open() {
        let mut breaker = Breaker::new(CircuitBreaker::default());
        let at = SimTime::from_s;
        breaker.observe(at(5), 5.0, 100.0, &answering(0.0));
        assert!(breaker.is_open());
        assert!(!breaker.observe(at(65), 60.0, 0.0, &answering(0.1)));
        // The trial takes a second to fail.
        assert_eq!(breaker.looks_again(at(65)), Some(at(126)));
        assert!(breaker.observe(at(126), 60.0, 0.0, &answering(0.9)));
    }

    #[test]
    fn a_few_calls_say_nothing() {
        let mut breaker = Breaker::new(CircuitBreaker::default());
        let opened = (1..=100)
            .any(|second| breaker.observe(SimTime::from_s(second), 1.0, 1.0, &answering(0.0)));
        assert!(!opened, "at most 10 or 11 in a window");
    }
}

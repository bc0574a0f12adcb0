//! What a call costs its caller: attempts, retries, several calls per request.
//!
//! Unless it runs an event loop, a caller's server is held until the call is decided, so these
//! times add to its service time.
//! Calls of one request follow each other; the first that fails for good ends the request with an
//! error, unless the call is optional. What does not answer (no power, no route) is noticed only
//! when the attempt's timeout runs out: nobody is there to refuse the connection.
//!
//! Callers protect themselves and those they call: with a *budget*, retries are made with the
//! chance that keeps them within their share of first attempts; with a *hedge*, a second attempt
//! joins one that takes long, and the first answer counts. Calls made *at the same time* take as
//! long as the longest of them.

use super::largest::Largest;
use super::law::{GammaForm, Moments};
use super::panel::normal_quantile;
use crate::sim::packet_loss::{self, Delay};

/// One attempt, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Attempt {
    /// Chance of an answer in time.
    pub ok: f64,
    /// Time to that answer.
    pub ok_time: Moments,
    /// Mean time until the attempt is known to have failed, in seconds.
    pub fail_s: f64,
}

impl Attempt {
    /// Fails for certain after `seconds`.
    #[must_use]
    pub const fn failing(seconds: f64) -> Self {
        Self {
            ok: 0.0,
            ok_time: Moments {
                mean: 0.0,
                square: 0.0,
            },
            fail_s: seconds,
        }
    }

    /// An attempt that is answered after `time` with chance `served`, cut off at `timeout_s`;
    /// what is not served is refused at once or gives up after the timeout (share `gave_up`).
    #[must_use]
    pub fn cut_off(time: Moments, served: f64, gave_up: f64, timeout_s: f64, trip_s: f64) -> Self {
        let late = time.tail(timeout_s);
        let ok = served * (1.0 - late);
        let failed = 1.0 - ok;
        let refused = (1.0 - served - gave_up).max(0.0);
        let ok_time = if late > 1e-12 {
            let mean = time.mean_within(timeout_s, late);
            Moments::from_cv_square(mean, time.cv_square().min(1.0))
        } else {
            time
        };
        let fail_s = if failed > 0.0 {
            ((served * late + gave_up) * timeout_s + refused * trip_s.min(timeout_s)) / failed
        } else {
            timeout_s
        };
        Self {
            ok,
            ok_time,
            fail_s,
        }
    }

    /// The same while a share `packet_loss` of the messages is lost: each course of retransmissions
    /// is an attempt of its own, and those that take too long end by the timeout.
    #[must_use]
    pub fn over_network(
        packet_loss: f64,
        time: Moments,
        (served, gave_up): (f64, f64),
        timeout_s: f64,
        trip_s: f64,
    ) -> Self {
        if packet_loss <= 0.0 {
            return Self::cut_off(time, served, gave_up, timeout_s, trip_s);
        }
        let mut mix = Self::mix();
        let mut rest = 1.0;
        for Delay { after_s, chance } in packet_loss::delays(packet_loss, timeout_s) {
            let late = time.plus(Moments::fixed(after_s));
            let course = Self::cut_off(late, served, gave_up, timeout_s, trip_s + after_s);
            mix.add(&course, chance);
            rest -= chance;
        }
        mix.add(&Self::failing(timeout_s), rest.max(0.0));
        mix.finish()
    }

    /// A mixture without anything in it yet.
    #[must_use]
    pub fn mix() -> Mix {
        Mix::default()
    }

    /// The same behind a wait for a connection, which a share `gave_up` does not live to see the
    /// end of: patience for both is `timeout_s`.
    #[must_use]
    pub fn behind(&self, wait: Moments, gave_up: f64, timeout_s: f64) -> Self {
        let whole = Self::cut_off(self.ok_time.plus(wait), 1.0, 0.0, timeout_s, 0.0);
        let mut mix = Self::mix();
        let connected = Self {
            ok: self.ok * whole.ok,
            ok_time: whole.ok_time,
            fail_s: (self.fail_s + wait.mean).min(timeout_s),
        };
        mix.add(&connected, 1.0 - gave_up);
        mix.add(&Self::failing(timeout_s), gave_up);
        mix.finish()
    }

    /// Two attempts as one: when the first has not ended after `after_s`, a second one is sent, and
    /// the first answer counts. Also returns the share of first attempts that get a second.
    ///
    /// The law of answers is taken by quantiles; both attempts follow it independently.
    #[must_use]
    pub fn hedged(&self, after_s: f64) -> (Self, f64) {
        const N: usize = 64;
        let variation = self.ok_time.cv_square().max(1e-6);
        let form = GammaForm::new(self.ok_time.mean, 1.0 / variation);
        let times: [f64; N] =
            std::array::from_fn(|at| form.at(normal_quantile((at as f64 + 0.5) / N as f64)));
        let each = 1.0 / N as f64;
        let quick = times.partition_point(|time| *time <= after_s);
        let failing = 1.0 - self.ok;
        // What fails sooner than that is tried again, not hedged.
        let lost = if self.fail_s > after_s { failing } else { 0.0 };
        let mut answered = Moments::default();
        for time in &times[..quick] {
            answered = answered.mixed(Moments::fixed(*time), self.ok * each);
        }
        let second = |time: f64| Moments::fixed(after_s + time);
        let mut seconds = times.iter().fold(Moments::default(), |sum, time| {
            sum.mixed(second(*time), each)
        });
        answered = answered.mixed(seconds, lost * self.ok);
        // From the slowest down: seconds that are quicker than a first one become fewer.
        let mut kept = N;
        for time in times[quick..].iter().rev() {
            while kept > 0 && after_s + times[kept - 1] > *time {
                kept -= 1;
                seconds = seconds.mixed(second(times[kept]), -each);
            }
            let slower = (N - kept) as f64 * each;
            let first = seconds.mixed(Moments::fixed(*time), slower).scaled(self.ok);
            let either = first.mixed(Moments::fixed(*time), failing);
            answered = answered.mixed(either, self.ok * each);
        }
        let twins = self.ok * (N - quick) as f64 * each + lost;
        let ok = self.ok + lost * self.ok;
        let hedged = Self {
            ok,
            ok_time: answered.scaled(1.0 / ok.max(f64::MIN_POSITIVE)),
            fail_s: if lost > 0.0 {
                after_s + self.fail_s
            } else {
                self.fail_s
            },
        };
        (hedged, twins)
    }
}

/// A mixture of attempts in the making.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mix {
    ok: f64,
    ok_time: Moments,
    failed: f64,
    fail_s: f64,
}

impl Mix {
    /// Adds an attempt of this kind with chance `weight`; the weights of all kinds must add up to 1
    /// before [`Self::finish`].
    pub const fn add(&mut self, attempt: &Attempt, weight: f64) {
        let ok = weight * attempt.ok;
        let failed = weight * (1.0 - attempt.ok);
        self.ok += ok;
        self.ok_time = self.ok_time.mixed(attempt.ok_time, ok);
        self.failed += failed;
        self.fail_s += attempt.fail_s * failed;
    }

    /// The mixture.
    #[must_use]
    pub fn finish(self) -> Attempt {
        Attempt {
            ok: self.ok.min(1.0),
            ok_time: if self.ok > 0.0 {
                self.ok_time.scaled(1.0 / self.ok)
            } else {
                Moments::default()
            },
            fail_s: if self.failed > 0.0 {
                self.fail_s / self.failed
            } else {
                0.0
            },
        }
    }
}

/// A call with its retries.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Call {
    /// Chance of an answer at last.
    pub ok: f64,
    /// Mean attempts.
    pub attempts: f64,
    /// Time to the answer.
    pub ok_time: Moments,
    /// Mean time until the call has failed for good, in seconds.
    pub fail_s: f64,
    /// Chance that a failed attempt which may be followed by another is.
    pub retry_chance: f64,
}

/// When a failed attempt is tried again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retries {
    /// Attempts in all at most, at least 1.
    pub attempts: u32,
    /// Mean wait before a retry, in seconds.
    pub backoff_s: f64,
    /// Retries per first attempt at most, on average.
    pub budget: Option<f64>,
}

impl Retries {
    /// The chance that a retry is made when attempts fail with chance `failing`: as many as there
    /// are reasons for, or as the budget pays for.
    #[must_use]
    pub fn chance(&self, failing: f64) -> f64 {
        let Some(budget) = self.budget else {
            return 1.0;
        };
        // Retries per first attempt, if each failure is followed by another attempt with `again`.
        let made = |again: f64| {
            (1..self.attempts)
                .rev()
                .fold(0.0, |sum, _| again * (1.0 + sum))
        };
        if made(failing) <= budget {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, failing);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if made(middle) < budget {
                low = middle;
            } else {
                high = middle;
            }
        }
        low / failing
    }
}

impl Call {
    /// Independent attempts, one after the other.
    #[must_use]
    pub fn new(attempt: &Attempt, retries: &Retries) -> Self {
        let failing = 1.0 - attempt.ok;
        if retries.attempts <= 1 || failing < 1e-12 {
            return Self {
                ok: attempt.ok,
                attempts: 1.0,
                ok_time: attempt.ok_time,
                fail_s: attempt.fail_s,
                retry_chance: 1.0,
            };
        }
        let retry_chance = retries.chance(failing);
        let (mut reach, mut made, mut passed_s) = (1.0, 0.0, 0.0);
        let (mut ok, mut ok_time, mut failed_s) = (0.0, Moments::default(), 0.0);
        for number in 1..=retries.attempts {
            made += reach;
            let done = reach * attempt.ok;
            ok += done;
            ok_time = ok_time.mixed(Moments::fixed(passed_s).plus(attempt.ok_time), done);
            passed_s += attempt.fail_s;
            let again = if number < retries.attempts {
                retry_chance
            } else {
                0.0
            };
            failed_s += reach * failing * (1.0 - again) * passed_s;
            reach *= failing * again;
            passed_s += retries.backoff_s;
        }
        Self {
            ok,
            attempts: made,
            ok_time: if ok > 0.0 {
                ok_time.scaled(1.0 / ok)
            } else {
                Moments::default()
            },
            fail_s: failed_s / (1.0 - ok).max(f64::MIN_POSITIVE),
            retry_chance,
        }
    }

    /// The time until it is answered or has failed for good.
    fn decided(&self) -> Moments {
        self.ok_time
            .scaled(self.ok)
            .mixed(Moments::fixed(self.fail_s), 1.0 - self.ok)
    }

    /// A call that a breaker does not let through: it fails at once, and nothing is sent.
    #[must_use]
    pub fn refused() -> Self {
        Self::default()
    }
}

/// All calls of one kind that a request makes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Group {
    /// Chance that the request goes on.
    pub ok: f64,
    /// Time spent by requests that go on.
    pub ok_time: Moments,
    /// Mean time spent by requests that end here, in seconds.
    pub fail_s: f64,
    /// Mean attempts per request that comes here.
    pub attempts: f64,
}

impl Group {
    /// `per_request` calls on average (the whole part always, one more by chance), none with
    /// chance `spared`.
    #[must_use]
    pub fn new(call: &Call, per_request: f64, spared: f64, optional: bool) -> Self {
        let whole = per_request.floor();
        let part = per_request - whole;
        let made = 1.0 - spared;
        if optional || call.ok > 1.0 - 1e-12 {
            let time = call.decided();
            let mean = made * per_request;
            let square = made * (per_request * per_request + part * (1.0 - part));
            return Self {
                ok: 1.0,
                ok_time: time.repeated(mean, (square - mean * mean).max(0.0)),
                fail_s: 0.0,
                attempts: mean * call.attempts,
            };
        }
        // Calls made before the first failure, and where that failure stands.
        let (mut reach, mut calls, mut failed_at) = (1.0, 0.0, 0.0);
        for position in 0..whole as u32 {
            calls += reach;
            failed_at += f64::from(position) * reach * (1.0 - call.ok);
            reach *= call.ok;
        }
        calls += part * reach;
        failed_at += whole * part * reach * (1.0 - call.ok);
        let short = made * reach * (1.0 - part);
        let long = made * reach * part * call.ok;
        let ok = spared + short + long;
        let failed = (1.0 - ok).max(1e-300);
        let mean = if ok > 0.0 {
            (short * whole + long * (whole + 1.0)) / ok
        } else {
            0.0
        };
        let square = if ok > 0.0 {
            (short * whole * whole + long * (whole + 1.0) * (whole + 1.0)) / ok
        } else {
            0.0
        };
        Self {
            ok,
            ok_time: call.ok_time.repeated(mean, (square - mean * mean).max(0.0)),
            fail_s: made * failed_at / failed * call.ok_time.mean + call.fail_s,
            attempts: made * calls * call.attempts,
        }
    }

    /// The same calls made at the same time: the request waits for all of them, and needs all of
    /// them unless they are optional. `mean_number` are made, as `largest` was made for.
    #[must_use]
    pub fn at_once(
        call: &Call,
        mean_number: f64,
        largest: &Largest,
        spared: f64,
        optional: bool,
    ) -> Self {
        let made = 1.0 - spared;
        let attempts = made * mean_number * call.attempts;
        if optional {
            return Self {
                ok: 1.0,
                ok_time: largest.of(call.decided()).scaled(made),
                fail_s: 0.0,
                attempts,
            };
        }
        let all = largest.all(call.ok);
        let ok = spared + made * all;
        let longest = largest.of(call.ok_time);
        Self {
            ok,
            ok_time: longest.scaled(made * all / ok.max(f64::MIN_POSITIVE)),
            fail_s: call.fail_s.max(longest.mean),
            attempts,
        }
    }
}

#[cfg(test)]
mod tests;

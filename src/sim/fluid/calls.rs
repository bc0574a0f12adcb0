//! What a call costs its caller: attempts, retries, several calls per request.
//!
//! A caller's server is held until the call is decided, so these times add to its service time.
//! Calls of one request follow each other; the first that fails for good ends the request with an
//! error, unless the call is optional. What does not answer (no power, no route) is noticed only
//! when the attempt's timeout runs out: nobody is there to refuse the connection.

use super::law::Moments;

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

    /// Adds another kind of attempt that is met with chance `weight`; the weights of all kinds
    /// must add up to 1, and [`Mix::finish`] ends the sum.
    #[must_use]
    pub fn mix() -> Mix {
        Mix::default()
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
    /// Adds an attempt of this kind with chance `weight`.
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
    /// Mean time until the last attempt has failed, in seconds.
    pub fail_s: f64,
}

impl Call {
    /// Up to `attempts` independent attempts with `backoff_s` between them.
    #[must_use]
    pub fn new(attempt: &Attempt, attempts: u32, backoff_s: f64) -> Self {
        let failing = 1.0 - attempt.ok;
        if attempts <= 1 || failing < 1e-12 {
            return Self {
                ok: attempt.ok,
                attempts: 1.0,
                ok_time: attempt.ok_time,
                fail_s: attempt.fail_s,
            };
        }
        let (mut reach, mut made, mut lost_s) = (1.0, 0.0, 0.0);
        let (mut ok, mut ok_time) = (0.0, Moments::default());
        for _ in 0..attempts {
            made += reach;
            let done = reach * attempt.ok;
            ok += done;
            ok_time = ok_time.mixed(Moments::fixed(lost_s).plus(attempt.ok_time), done);
            reach *= failing;
            lost_s += attempt.fail_s + backoff_s;
        }
        Self {
            ok,
            attempts: made,
            ok_time: if ok > 0.0 {
                ok_time.scaled(1.0 / ok)
            } else {
                Moments::default()
            },
            fail_s: lost_s - backoff_s,
        }
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
            let time = call
                .ok_time
                .scaled(call.ok)
                .mixed(Moments::fixed(call.fail_s), 1.0 - call.ok);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, expected: f64) {
        assert!(
            (got - expected).abs() < 1e-9 * expected.abs().max(1.0),
            "{got}, expected {expected}"
        );
    }

    fn attempt(ok: f64) -> Attempt {
        Attempt {
            ok,
            ok_time: Moments::from_cv(0.01, 1.0),
            fail_s: 2.0,
        }
    }

    #[test]
    fn independent_retries_multiply_attempts() {
        // Six attempts at a failure chance of 0.9: the textbook case.
        let call = Call::new(&attempt(0.1), 6, 0.0);
        close(call.attempts, 4.685_59);
        close(call.ok, 0.468_559);
        close(call.fail_s, 12.0);
        // Two layers of three attempts each, all failing: nine calls at the bottom.
        let layer = Call::new(&Attempt::failing(1.0), 3, 0.1);
        close(layer.attempts * layer.attempts, 9.0);
        close(layer.fail_s, 3.2);
    }

    #[test]
    fn a_group_of_sound_calls_only_takes_time() {
        let call = Call::new(&attempt(1.0), 3, 0.1);
        let group = Group::new(&call, 1.5, 0.8, false);
        close(group.ok, 1.0);
        close(group.attempts, 0.3);
        close(group.ok_time.mean, 0.003);
    }

    #[test]
    fn the_first_failure_ends_the_request() {
        let call = Call::new(&attempt(0.5), 1, 0.0);
        let group = Group::new(&call, 2.0, 0.0, false);
        close(group.ok, 0.25);
        close(group.attempts, 1.5);
        // Failures at the first call cost 2 s, at the second 2.01 s, two to one.
        close(group.fail_s, 2.0 + 0.01 / 3.0);
        let optional = Group::new(&call, 2.0, 0.0, true);
        close(optional.ok, 1.0);
        close(optional.ok_time.mean, 2.01);
        let spared = Group::new(&call, 1.0, 0.8, false);
        close(spared.ok, 0.9);
    }

    #[test]
    fn an_attempt_is_cut_off_at_its_timeout() {
        let slow = Attempt::cut_off(Moments::from_cv(1.0, 1.0), 1.0, 0.0, 1.0, 0.0);
        close(slow.ok, 1.0 - libm::exp(-1.0));
        close(slow.fail_s, 1.0);
        assert!(slow.ok_time.mean < 0.5);
        let full = Attempt::cut_off(Moments::from_cv(0.01, 1.0), 0.4, 0.0, 1.0, 0.002);
        close(full.ok, 0.4);
        close(full.fail_s, 0.002);
    }
}

//! The users' books: every request is somewhere.
//!
//! A request is in progress (an attempt is being worked on), between attempts (waiting to try
//! again), answered, or failed for good. Flows between these are computed so that nothing is made
//! or lost: offered = succeeded + failed + change of what is inside, up to rounding. How many are
//! in progress follows from queues and times (Little's law); what leaves is what came in less what
//! stays. Requests between attempts wait out an exponential backoff.

use crate::sim::run_log::{ByCause, FailureCause};

/// What becomes of attempts that end now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outcome {
    /// Share that succeeds.
    pub ok: f64,
    /// Share that fails, by cause; with `ok` they add up to 1.
    pub failed: ByCause<f64>,
}

impl Outcome {
    /// How many of so many attempts fail.
    const fn errors(&self, ended: f64) -> f64 {
        ended * (1.0 - self.ok).max(0.0)
    }
}

/// Flows of one step, in requests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flows {
    /// Attempts begun.
    pub attempts: f64,
    /// Requests answered, by number of attempts needed less one.
    pub succeeded: Vec<f64>,
    /// Requests failed for good, by cause.
    pub failed: ByCause<f64>,
}

/// Requests inside, by attempts made before.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    in_progress: Vec<f64>,
    between: Vec<f64>,
    backoff_s: f64,
}

impl Ledger {
    /// Empty books for up to `attempts` attempts with a mean backoff.
    #[must_use]
    pub fn new(attempts: u32, backoff_s: f64) -> Self {
        let count = attempts.max(1) as usize;
        Self {
            in_progress: vec![0.0; count],
            between: vec![0.0; count],
            backoff_s: backoff_s.max(1e-3),
        }
    }

    /// True when requests may be tried again.
    #[must_use]
    pub const fn has_retries(&self) -> bool {
        self.in_progress.len() > 1
    }

    /// Requests inside.
    #[must_use]
    pub fn in_flight(&self) -> f64 {
        self.in_progress.iter().sum::<f64>() + self.between.iter().sum::<f64>()
    }

    /// Attempts in progress.
    #[must_use]
    pub fn in_progress(&self) -> f64 {
        self.in_progress.iter().sum()
    }

    /// A share of the attempts in progress dies with its pods.
    pub fn lose(&mut self, share: f64, flows: &mut Flows) {
        let last = self.in_progress.len() - 1;
        for number in 0..=last {
            let lost = self.in_progress[number] * share;
            self.in_progress[number] -= lost;
            if number < last {
                self.between[number] += lost;
            } else {
                flows.failed[FailureCause::TargetUnreachable.index()] += lost;
            }
        }
    }

    /// Plays a step: `offered` requests arrive in `seconds`, attempts end as `outcome` says, and
    /// about `staying` of them are in progress at the end.
    pub fn play(
        &mut self,
        offered: f64,
        seconds: f64,
        staying: f64,
        outcome: &Outcome,
        flows: &mut Flows,
    ) {
        flows.succeeded.resize(self.in_progress.len(), 0.0);
        let ending = self.ending(offered, seconds, staying, outcome);
        let last = self.in_progress.len() - 1;
        let failed: f64 = outcome.failed.iter().sum();
        let mut begun = offered;
        for number in 0..=last {
            flows.attempts += begun;
            let inside = self.in_progress[number] + begun;
            let ended = inside * ending;
            self.in_progress[number] = inside - ended;
            let errors = outcome.errors(ended);
            flows.succeeded[number] += ended - errors;
            if number < last {
                (self.between[number], begun) = self.retry(number, errors, seconds);
            } else if errors > 0.0 {
                for (total, share) in flows.failed.iter_mut().zip(outcome.failed) {
                    *total += errors * (share / failed);
                }
            }
        }
    }

    /// Attempts that a step would begin if attempts ended with `outcome` and as many were in
    /// progress at its end as at its start.
    #[must_use]
    pub fn attempts(&self, offered: f64, seconds: f64, outcome: &Outcome) -> f64 {
        if !self.has_retries() {
            return offered;
        }
        let ending = self.ending(offered, seconds, self.in_progress(), outcome);
        self.begun(offered, seconds, ending, outcome)
    }

    /// The share of attempts that ends in a step which leaves about `staying` in progress.
    fn ending(&self, offered: f64, seconds: f64, staying: f64, outcome: &Outcome) -> f64 {
        let inside = self.in_progress();
        let share = |begun: f64| 1.0 - (staying / (inside + begun).max(1e-300)).min(1.0);
        let mut begun = offered;
        if self.has_retries() {
            // The share depends on the retries begun, which depend on it: two rounds do.
            for _ in 0..2 {
                begun = self.begun(offered, seconds, share(begun), outcome);
            }
        }
        share(begun)
    }

    /// Attempts begun in a step in which a share `ending` of those under way ends.
    fn begun(&self, offered: f64, seconds: f64, ending: f64, outcome: &Outcome) -> f64 {
        let mut begun = offered;
        let mut all = offered;
        for number in 1..self.in_progress.len() {
            let errors = outcome.errors((self.in_progress[number - 1] + begun) * ending);
            (_, begun) = self.retry(number - 1, errors, seconds);
            all += begun;
        }
        all
    }

    /// Requests that have waited out their backoff try again; `arriving` join them evenly during
    /// the step. Returns how many still wait and how many try again.
    fn retry(&self, number: usize, arriving: f64, seconds: f64) -> (f64, f64) {
        let waiting = self.between[number];
        if waiting <= 0.0 && arriving <= 0.0 {
            return (0.0, 0.0);
        }
        let keep = libm::exp(-seconds / self.backoff_s);
        let stay = waiting * keep + arriving * (1.0 - keep) * self.backoff_s / seconds;
        let stay = stay.min(waiting + arriving);
        (stay, waiting + arriving - stay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(share: f64) -> Outcome {
        let mut failed = ByCause::default();
        failed[FailureCause::TimedOut.index()] = share;
        Outcome {
            ok: 1.0 - share,
            failed,
        }
    }

    fn total(flows: &Flows) -> f64 {
        flows.succeeded.iter().sum::<f64>() + flows.failed.iter().sum::<f64>()
    }

    #[test]
    fn nothing_is_made_or_lost() {
        let mut ledger = Ledger::new(4, 0.5);
        let (mut offered, mut out) = (0.0, 0.0);
        for step in 0..500_u32 {
            let arriving = f64::from(step * 37 % 101);
            let share = f64::from(step * 13 % 17) / 16.0;
            let staying = f64::from(step * 7 % 50);
            let mut flows = Flows::default();
            if step % 90 == 0 {
                ledger.lose(0.3, &mut flows);
            }
            let seconds = f64::from(1 + step % 60);
            ledger.play(arriving, seconds, staying, &failing(share), &mut flows);
            offered += arriving;
            out += total(&flows);
            let error = (offered - out - ledger.in_flight()).abs();
            assert!(error < 1e-9 * offered.max(1.0), "step {step}: {error}");
        }
    }

    #[test]
    fn retries_multiply_attempts_as_the_closed_form_says() {
        let mut ledger = Ledger::new(6, 0.1);
        for _ in 0..50 {
            ledger.play(1000.0, 60.0, 0.0, &failing(0.9), &mut Flows::default());
        }
        let mut flows = Flows::default();
        ledger.play(1000.0, 60.0, 0.0, &failing(0.9), &mut flows);
        assert!(
            (flows.attempts / 1000.0 - 4.685_59).abs() < 1e-6,
            "{flows:?}"
        );
        let succeeded: f64 = flows.succeeded.iter().sum();
        assert!((succeeded / 1000.0 - 0.468_559).abs() < 1e-6);
    }

    #[test]
    fn a_longer_stay_delays_what_leaves() {
        let mut ledger = Ledger::new(1, 0.1);
        let mut flows = Flows::default();
        ledger.play(100.0, 1.0, 200.0, &failing(0.0), &mut flows);
        assert!(total(&flows).abs() < 1e-12, "all stay");
        ledger.play(100.0, 1.0, 50.0, &failing(0.0), &mut flows);
        assert!((total(&flows) - 150.0).abs() < 1e-9);
    }
}

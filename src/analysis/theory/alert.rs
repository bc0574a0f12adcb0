//! When burn-rate alerts fire and clear.
//!
//! An alert looks at the error ratio over sliding windows and fires when it is at or above burn
//! rate x (1 - objective) in all of them. Here errors begin at a constant ratio after a clean
//! history and, at some time, stop; traffic is constant. With a long and a short window the long
//! one decides when the alert fires and the short one when it clears. Source: Google, *The Site
//! Reliability Workbook*, 2018, chapter 5 "Alerting on SLOs", approaches 4 to 6.

use super::TheoryError;
use super::error_budget::ErrorBudget;
use super::range::{non_negative, positive};

/// A threshold and an error ratio within this of each other, relatively, count as equal: decimal
/// fractions such as 1 - 0.999 are not exact in binary.
const EQUAL: f64 = 1e-9;

/// An alert on the burn rate of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BurnRateAlert {
    /// The objective and its period.
    pub budget: ErrorBudget,
    /// The burn rate at which it fires, above 0.
    pub burn_rate: f64,
    /// Length of the long window in seconds, above 0.
    pub long_window_s: f64,
    /// Length of the short window in seconds, above 0; the same as the long one for an alert with
    /// one window.
    pub short_window_s: f64,
}

/// An alert that fires.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Firing {
    /// Seconds from the first error.
    pub after_s: f64,
    /// Share of the budget spent by then.
    pub budget_used: f64,
    /// Seconds from the last error until it clears.
    pub clears_after_s: f64,
}

impl BurnRateAlert {
    /// What a constant `error_ratio` (0 or more) leads to, when errors last `seconds` (0 or more,
    /// or infinity): none when the alert stays silent.
    ///
    /// A window of length W that has seen errors for t < W averages e t / W, so it reaches the
    /// threshold τ after W τ / e; after the last error it falls below τ once no more than that part
    /// of it holds errors, after W (1 - τ / e).
    ///
    /// # Errors
    /// Arguments out of range, and an objective of 1.
    pub fn firing(&self, error_ratio: f64, seconds: f64) -> Result<Option<Firing>, TheoryError> {
        let ratio = non_negative("the error ratio", error_ratio)?;
        positive("the burn rate", self.burn_rate)?;
        let long_s = positive("the long window", self.long_window_s)?;
        let short_s = positive("the short window", self.short_window_s)?;
        positive("the error budget", self.budget.share()?)?;
        let threshold = self.budget.error_ratio_at(self.burn_rate)?;
        if ratio < threshold * (1.0 - EQUAL) {
            return Ok(None);
        }
        let filled = (threshold / ratio).min(1.0);
        let after_s = long_s.max(short_s) * filled;
        if after_s > seconds * (1.0 + EQUAL) {
            return Ok(None);
        }
        Ok(Some(Firing {
            after_s,
            budget_used: self.budget.used(ratio, after_s)?,
            clears_after_s: long_s.min(short_s) * (1.0 - filled),
        }))
    }
}

/// The most alerts per day from an alert that can fire once in each window: 86,400 s / window.
///
/// # Errors
/// A window out of range.
pub fn most_per_day(window_s: f64) -> Result<f64, TheoryError> {
    Ok(86_400.0 / positive("the window", window_s)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: BurnRateAlert = BurnRateAlert {
        budget: ErrorBudget {
            slo: 0.999,
            period_s: 30.0 * 86_400.0,
        },
        burn_rate: 14.4,
        long_window_s: 3600.0,
        short_window_s: 300.0,
    };

    /// The windows' averages, second by second, for errors that last `lasting_s` seconds.
    fn by_seconds(ratio: f64, lasting_s: i32) -> Option<(i32, i32)> {
        let threshold = ALERT.burn_rate * (1.0 - ALERT.budget.slo);
        let average = |now: i32, window: i32| {
            let errors = now.min(lasting_s) - (now - window).max(0);
            ratio * f64::from(errors.max(0)) / f64::from(window)
        };
        let fires = |now: &i32| [3600, 300].iter().all(|&w| average(*now, w) >= threshold);
        let start = (0..=lasting_s).find(fires)?;
        let end = (lasting_s..lasting_s + 4000).find(|now| !fires(now))?;
        Some((start, end - lasting_s))
    }

    #[test]
    fn formulas_agree_with_windows_that_slide() {
        for (ratio, lasting_s) in [(1.0, 600), (0.02, 7200), (0.3, 100), (0.1, 519), (0.1, 510)] {
            let got = ALERT.firing(ratio, f64::from(lasting_s)).expect("valid");
            match (got, by_seconds(ratio, lasting_s)) {
                (None, None) => {}
                (Some(firing), Some((start, clear))) => {
                    assert!(
                        (firing.after_s - f64::from(start)).abs() <= 1.0,
                        "{firing:?}"
                    );
                    let off = firing.clears_after_s - f64::from(clear);
                    assert!(off.abs() <= 1.0, "{firing:?} {clear}");
                }
                (got, expected) => panic!("{ratio} {lasting_s}: {got:?}, {expected:?}"),
            }
        }
    }

    #[test]
    fn few_errors_stay_silent() {
        assert_eq!(ALERT.firing(0.0, f64::INFINITY), Ok(None));
        assert_eq!(ALERT.firing(0.014, f64::INFINITY), Ok(None));
        assert!(ALERT.firing(-0.1, 1.0).is_err());
        let perfect = ErrorBudget {
            slo: 1.0,
            ..ALERT.budget
        };
        let alert = BurnRateAlert {
            budget: perfect,
            ..ALERT
        };
        assert!(alert.firing(0.1, 1.0).is_err());
    }
}

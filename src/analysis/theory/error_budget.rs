//! The error budget of an objective, and how fast it is spent.
//!
//! An objective of s over a period leaves a budget: the share 1 - s of the period's requests may
//! fail. With constant traffic that is a length of time. The *burn rate* is the error ratio in
//! units of 1 - s: at 1, the budget is spent exactly when the period ends. Source: Google, *The
//! Site Reliability Workbook*, 2018, chapter 5.

use super::TheoryError;
use super::range::{non_negative, positive, share};

/// An objective over a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorBudget {
    /// s, the share of requests that should succeed, 0 to 1.
    pub slo: f64,
    /// Length of the period in seconds, above 0.
    pub period_s: f64,
}

impl ErrorBudget {
    /// 1 - s, the share of requests that may fail.
    ///
    /// # Errors
    /// An objective out of range.
    pub fn share(&self) -> Result<f64, TheoryError> {
        Ok(1.0 - share("the objective", self.slo)?)
    }

    fn period(&self) -> Result<f64, TheoryError> {
        positive("the period", self.period_s)
    }

    /// Seconds of complete outage that the budget covers.
    ///
    /// # Errors
    /// An objective or a period out of range.
    pub fn full_outage_s(&self) -> Result<f64, TheoryError> {
        Ok(self.share()? * self.period()?)
    }

    /// The error ratio (0 or more) that burns the budget at a rate (0 or more).
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn error_ratio_at(&self, burn_rate: f64) -> Result<f64, TheoryError> {
        Ok(non_negative("the burn rate", burn_rate)? * self.share()?)
    }

    /// The burn rate of an error ratio (0 or more).
    ///
    /// # Errors
    /// Arguments out of range, and an objective of 1, which leaves nothing to burn.
    pub fn burn_rate_of(&self, error_ratio: f64) -> Result<f64, TheoryError> {
        let budget = positive("the error budget", self.share()?)?;
        Ok(non_negative("the error ratio", error_ratio)? / budget)
    }

    /// Seconds until a whole budget is spent at a burn rate (above 0).
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn exhausted_after_s(&self, burn_rate: f64) -> Result<f64, TheoryError> {
        Ok(self.period()? / positive("the burn rate", burn_rate)?)
    }

    /// Share of the budget that an error ratio (0 or more) spends in so many seconds (0 or more);
    /// may exceed 1.
    ///
    /// # Errors
    /// As [`Self::burn_rate_of`].
    pub fn used(&self, error_ratio: f64, seconds: f64) -> Result<f64, TheoryError> {
        let share_of_period = non_negative("the time", seconds)? / self.period()?;
        Ok(self.burn_rate_of(error_ratio)? * share_of_period)
    }

    /// Failed requests that the budget covers at a constant rate of requests per second (0 or
    /// more).
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn failures_allowed(&self, request_rate: f64) -> Result<f64, TheoryError> {
        let rate = non_negative("the request rate", request_rate)?;
        Ok(rate * self.full_outage_s()?)
    }
}

/// Share of a budget that is spent before an alert with this burn rate (0 or more) over a window
/// fires: burn rate x window / period, whatever the objective.
///
/// # Errors
/// Arguments out of range.
pub fn used_at_alert(burn_rate: f64, window_s: f64, period_s: f64) -> Result<f64, TheoryError> {
    let burn_rate = non_negative("the burn rate", burn_rate)?;
    let window_s = non_negative("the window", window_s)?;
    Ok(burn_rate * window_s / positive("the period", period_s)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burn_rate_of_one_lasts_the_period() {
        let budget = ErrorBudget {
            slo: 0.99,
            period_s: 1000.0,
        };
        let ratio = budget.error_ratio_at(1.0).expect("valid");
        let used = budget.used(ratio, 1000.0).expect("valid");
        assert!((used - 1.0).abs() < 1e-12);
        let after = budget.exhausted_after_s(1.0).expect("valid");
        assert!((after - 1000.0).abs() < 1e-12);
    }

    #[test]
    fn perfection_leaves_nothing_to_burn() {
        let perfect = ErrorBudget {
            slo: 1.0,
            period_s: 1000.0,
        };
        assert!(perfect.full_outage_s().expect("valid") <= 0.0);
        assert!(perfect.used(0.1, 1.0).is_err());
        assert!(perfect.exhausted_after_s(0.0).is_err());
        let wrong = ErrorBudget {
            slo: 99.0,
            ..perfect
        };
        assert!(wrong.share().is_err());
    }
}

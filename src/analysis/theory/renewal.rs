//! Up and down in turn: how much the availability of a year differs from year to year.
//!
//! Even a perfectly known design has good and bad years; a simulation's spread between replications
//! has to be this one. Sources: Barlow and Proschan, *Mathematical Theory of Reliability*, 1965
//! (two states); Takács 1957 (the limit for any laws).

use super::TheoryError;
use super::range::{non_negative, positive};

/// Exponential times up and down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoStates {
    /// Mean time up, above 0.
    pub mean_up: f64,
    /// Mean time down, above 0.
    pub mean_down: f64,
}

impl TwoStates {
    fn check(&self) -> Result<(f64, f64), TheoryError> {
        let up = positive("the mean time up", self.mean_up)?;
        let down = positive("the mean time down", self.mean_down)?;
        Ok((up / (up + down), down / (up + down)))
    }

    /// `t` in units of the relaxation time: t (1/up + 1/down).
    fn relaxed(&self, t: f64) -> Result<f64, TheoryError> {
        let t = positive("the horizon", t)?;
        Ok(t / self.mean_up + t / self.mean_down)
    }

    /// A = up / (up + down), the share of time up in the long run.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn steady(&self) -> Result<f64, TheoryError> {
        Ok(self.check()?.0)
    }

    /// Chance to be up at time `t` (above 0) after being up at 0: A + (1 - A) e^(-x), where x is t
    /// in relaxation times.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn point_from_up(&self, t: f64) -> Result<f64, TheoryError> {
        let (a, b) = self.check()?;
        Ok(a + b * libm::exp(-self.relaxed(t)?))
    }

    /// Mean share of time up during 0 to `t`, being up at 0: A + (1 - A) (1 - e^(-x)) / x.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn interval_from_up(&self, t: f64) -> Result<f64, TheoryError> {
        let (a, b) = self.check()?;
        let x = self.relaxed(t)?;
        Ok(a - b * libm::expm1(-x) / x)
    }

    /// Variance of the share of time up during 0 to `t`, with any state at 0 as in the long run:
    /// 2 A (1 - A) (x - 1 + e^(-x)) / x².
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn interval_variance(&self, t: f64) -> Result<f64, TheoryError> {
        let (a, b) = self.check()?;
        let x = self.relaxed(t)?;
        let growth = if x < 0.5 {
            // The sum over k ≥ 2 of (-x)^k / k!, which does not cancel.
            series(x, |k| if k >= 2.0 { 1.0 } else { 0.0 })
        } else {
            x + libm::expm1(-x)
        };
        Ok(2.0 * a * b * growth / (x * x))
    }

    /// The same, being up at 0: 2 (1 - A) / x² times
    /// A (x - 2 + 2 e^(-x) + x e^(-x)) + (1 - A) (1/2 - x e^(-x) - e^(-2x) / 2).
    /// It is the double integral of the covariance P(up at u) (P(up v - u later) - P(up at v)).
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn interval_variance_from_up(&self, t: f64) -> Result<f64, TheoryError> {
        let (a, b) = self.check()?;
        let x = self.relaxed(t)?;
        let fading = libm::exp(-x);
        let (settled, first) = if x < 0.5 {
            // x - 2 + (2 + x) e^-x is the sum of (2 - k) (-x)^k / k!; the other is e^-x (sinh x -
            // x).
            let settled = series(x, |k| if k >= 3.0 { 2.0 - k } else { 0.0 });
            let odd = |k: f64| {
                if k >= 3.0 && k % 2.0 >= 1.0 {
                    -1.0
                } else {
                    0.0
                }
            };
            (settled, fading * series(x, odd))
        } else {
            (
                x - 2.0 + (2.0 + x) * fading,
                0.5 - x * fading - 0.5 * fading * fading,
            )
        };
        Ok(2.0 * b * (a * settled + b * first) / (x * x))
    }

    /// Mean number of failures during 0 to `t` in the long run: t / (up + down).
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn failures(&self, t: f64) -> Result<f64, TheoryError> {
        self.check()?;
        Ok(positive("the horizon", t)? / (self.mean_up + self.mean_down))
    }
}

/// The sum of `weight(k)` (-x)^k / k!, for x below 1.
fn series(x: f64, weight: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..24 {
        let k = f64::from(k);
        sum += weight(k) * term;
        term *= -x / (k + 1.0);
    }
    sum
}

/// Times up and down of any law, by mean and coefficient of variation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlternatingRenewal {
    /// Mean time up, above 0.
    pub mean_up: f64,
    /// Its coefficient of variation, 0 or more.
    pub cv_up: f64,
    /// Mean time down, above 0.
    pub mean_down: f64,
    /// Its coefficient of variation, 0 or more.
    pub cv_down: f64,
}

impl AlternatingRenewal {
    /// Mean share of time up in the long run: up / (up + down).
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn mean_availability(&self) -> Result<f64, TheoryError> {
        let up = positive("the mean time up", self.mean_up)?;
        let down = positive("the mean time down", self.mean_down)?;
        Ok(up / (up + down))
    }

    /// Variance of the share of time up over a long `horizon` (above 0): (down² var(up) + up²
    /// var(down)) / ((up + down)³ t). A limit: at a hundred cycles it is some 6 % too large.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn variance(&self, horizon: f64) -> Result<f64, TheoryError> {
        self.mean_availability()?;
        let cv_up = non_negative("the variation of the time up", self.cv_up)?;
        let cv_down = non_negative("the variation of the time down", self.cv_down)?;
        let horizon = positive("the horizon", horizon)?;
        // Both terms hold (up down)², since a standard deviation is cv times a mean.
        let both = self.mean_up * self.mean_down;
        let cycle = self.mean_up + self.mean_down;
        let spread = cv_up * cv_up + cv_down * cv_down;
        Ok(both * both * spread / (cycle * cycle * cycle * horizon))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: TwoStates = TwoStates {
        mean_up: 4.0,
        mean_down: 1.0,
    };

    #[test]
    fn series_and_closed_forms_meet() {
        // x = 0.5 is a horizon of 0.4; the two sides differ only by the step.
        let (below, above) = (0.4 * (1.0 - 1e-9), 0.4 * (1.0 + 1e-9));
        for variance in [
            TwoStates::interval_variance,
            TwoStates::interval_variance_from_up,
        ] {
            let low = variance(&PART, below).expect("valid");
            let high = variance(&PART, above).expect("valid");
            assert!((low / high - 1.0).abs() < 1e-8, "{low} {high}");
        }
    }

    #[test]
    fn short_and_long_horizons() {
        let short = PART.interval_variance(1e-6).expect("valid");
        assert!(
            (short / 0.16 - 1.0).abs() < 1e-5,
            "an instant is up or down"
        );
        let sure = PART.interval_variance_from_up(1e-6).expect("valid");
        // One failure, uniformly late: t/up times a mean square of 1/3.
        assert!((sure / (1e-6 / 4.0 / 3.0) - 1.0).abs() < 1e-5, "{sure}");
        let exponential = AlternatingRenewal {
            mean_up: 4.0,
            cv_up: 1.0,
            mean_down: 1.0,
            cv_down: 1.0,
        };
        let long = PART.interval_variance(1e7).expect("valid");
        let limit = exponential.variance(1e7).expect("valid");
        assert!((long / limit - 1.0).abs() < 1e-6, "{long} {limit}");
        assert!(PART.interval_from_up(0.0).is_err());
    }
}

//! A number of things, or a share of however many there are.

use std::fmt;

use super::ratio::Ratio;
use super::text::{FromText, UnitError, text_form};

/// Kubernetes' `IntOrString`: a number of pods or nodes, or a share of those expected. Text: `"2"`
/// or `"25%"`; shares are of the whole, 0 to 100 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IntOrPercent {
    /// So many, 0 to 100000.
    Int(u32),
    /// This share of all.
    Percent(Ratio),
}

impl IntOrPercent {
    /// Largest number that is read.
    const LIMIT: u32 = 100_000;

    /// How many that is of `n_all`; a share is rounded up, as `GetScaledValueFromIntOrPercent` of
    /// k8s.io/apimachinery does for disruption budgets. A number may be larger than `n_all`.
    #[must_use]
    pub fn rounded_up_of(self, n_all: u32) -> u32 {
        match self {
            Self::Int(n) => n,
            // The little that is taken off keeps 10 % of 30 at 3: 0.1 x 30 is a hair above it.
            Self::Percent(share) => (f64::from(n_all) * share.value() - 1e-9).ceil() as u32,
        }
    }

    /// The same with a share rounded down, as a rolling update's `maxUnavailable` is.
    #[must_use]
    pub fn rounded_down_of(self, n_all: u32) -> u32 {
        match self {
            Self::Int(n) => n,
            Self::Percent(share) => (f64::from(n_all) * share.value() + 1e-9).floor() as u32,
        }
    }
}

impl FromText for IntOrPercent {
    const FORMAT: &'static str = "int-or-percent";
    const EXPECTED: &'static str = "a whole number or a share, such as \"2\" or \"25%\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        if text.contains('%') {
            let share = Ratio::from_text(text).map_err(|_| error())?;
            return Ok(Self::Percent(share));
        }
        let number = text.trim().parse().map_err(|_| error())?;
        if number > Self::LIMIT {
            return Err(error());
        }
        Ok(Self::Int(number))
    }
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(n) => n.fmt(f),
            Self::Percent(share) => share.fmt(f),
        }
    }
}

text_form!(IntOrPercent, "2", "25%");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_shares_read_and_write() {
        for text in ["0", "2", "25%", "33.5%", "100%"] {
            let read = IntOrPercent::from_text(text).expect("valid");
            assert_eq!(read.to_string(), text);
        }
        for text in ["", "-1", "1.5", "101%", "%", "2 pods", "100001"] {
            assert!(IntOrPercent::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_rounded_up() {
        let of = |text, n_all| {
            let read = IntOrPercent::from_text(text).expect("valid");
            read.rounded_up_of(n_all)
        };
        assert_eq!(of("10%", 30), 3);
        assert_eq!(of("10%", 31), 4);
        assert_eq!(of("50%", 7), 4);
        assert_eq!(of("0%", 7), 0);
        assert_eq!(of("100%", 7), 7);
        assert_eq!(of("9", 7), 9, "a number is what it says");
    }
}

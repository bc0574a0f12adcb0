//! Shares of a whole.

use std::fmt;

use super::text::{FromText, UnitError, split_number, text_form, trimmed};

/// A share from 0 to 1. Text: `"99.9%"` or `"0.999"`; written in percent.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Ratio(f64);

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
    /// The whole.
    pub const ONE: Self = Self(1.0);

    /// From a number; values outside 0 to 1 are clamped and NaN becomes zero.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self(if value > 0.0 { value.min(1.0) } else { 0.0 })
    }

    /// From a number known to lie between 0 and 1, in constants.
    #[must_use]
    pub(crate) const fn new_const(value: f64) -> Self {
        assert!(value >= 0.0 && value <= 1.0, "a ratio lies between 0 and 1");
        Self(value)
    }

    /// As a number from 0 to 1.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl FromText for Ratio {
    const FORMAT: &'static str = "ratio";
    const EXPECTED: &'static str = "a share from 0 to 1, such as \"99.9%\" or \"0.999\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let value = match unit {
            "%" => number / 100.0,
            "" => number,
            _ => return Err(error()),
        };
        if value > 1.0 {
            Err(error())
        } else {
            Ok(Self(value))
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", trimmed(self.0 * 100.0, 9))
    }
}

text_form!(Ratio, "99.9%", "0.3");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_read_and_write() {
        assert_eq!(
            Ratio::from_text("99.9%").expect("valid").to_string(),
            "99.9%"
        );
        assert_eq!(Ratio::from_text("0.3").expect("valid").to_string(), "30%");
        for text in ["", "101%", "1.1", "x", "-1%"] {
            assert!(Ratio::from_text(text).is_err(), "{text}");
        }
    }
}

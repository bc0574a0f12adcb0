//! Money: decimal unit prices and integer totals.
//!
//! A unit price keeps the decimal digits of its source (`0.0243`), and a total is integer
//! micro-dollars, so that a bill adds up exactly and prints the same everywhere.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::Serialize;

use super::text::{FromText, UnitError, text_form, trimmed};

/// An amount in US dollars, in whole micro-dollars; may be negative (a saving). Data writes it as
/// a whole number of micro-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// From micro-dollars.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In micro-dollars.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// In dollars, for ratios and charts.
    #[must_use]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// Dollars and cents, rounded half away from zero: `$1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = (self.0.unsigned_abs() + 5_000) / 10_000;
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        write!(f, "{sign}${}.{:02}", cents / 100, cents % 100)
    }
}

/// A price per unit in US dollars, kept as whole pico-dollars (12 decimals). Text: `"0.0243 USD"`,
/// optionally with what it buys: `"0.01 USD/GB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnitPrice(u64);

const PICO: f64 = 1e12;

impl UnitPrice {
    /// From dollars per unit, rounded to 12 decimals; negative and NaN become zero.
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Self {
        Self((dollars * PICO + 0.5) as u64)
    }

    /// In dollars per unit.
    #[must_use]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PICO
    }

    /// Quantity times price, rounded to the nearest micro-dollar.
    #[must_use]
    pub fn times(self, quantity: f64) -> Money {
        let micros = quantity * self.dollars() * 1e6;
        Money(if micros < 0.0 {
            (micros - 0.5) as i64
        } else {
            (micros + 0.5) as i64
        })
    }
}

impl FromText for UnitPrice {
    const FORMAT: &'static str = "unit-price";
    const EXPECTED: &'static str =
        "a price in dollars up to 1000000, such as \"0.01 USD/GB\" or \"0.0243 USD\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let (number, unit) = super::text::split_number(text).ok_or_else(error)?;
        let known = unit == "USD" || unit.strip_prefix("USD/").is_some_and(|per| !per.is_empty());
        if !known || number > 1e6 {
            Err(error())
        } else {
            Ok(Self::from_dollars(number))
        }
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD", trimmed(self.dollars(), 9))
    }
}

text_form!(UnitPrice, "0.01 USD/GB", "0.0243 USD");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_multiply_to_micro_dollars() {
        let nat = UnitPrice::from_text("0.045 USD/GB").expect("valid");
        assert_eq!(nat.times(100.0), Money::from_micros(4_500_000));
        assert_eq!(nat.times(100.0).to_string(), "$4.50");
        assert_eq!(Money::from_micros(-1_234_567).to_string(), "-$1.23");
        assert_eq!(Money::from_micros(-1).to_string(), "$0.00");
        for text in ["", "0.045", "0.045 EUR", "2000000 USD", "-1 USD"] {
            assert!(UnitPrice::from_text(text).is_err(), "{text}");
        }
    }
}

//! Simulated time: instants and durations in integer nanoseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

use serde::Serialize;

use super::text::{FromText, UnitError, decimal, text_form, trimmed};

const NS_PER_S: u64 = 1_000_000_000;

/// Longest duration a file may state: ten years of 365 days.
const MAX_NS: u64 = 10 * 365 * 24 * 3600 * NS_PER_S;

/// Units of the text form, longest first, in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 24 * 3600 * NS_PER_S),
    ("h", 3600 * NS_PER_S),
    ("min", 60 * NS_PER_S),
    ("s", NS_PER_S),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A length of simulated time, in nanoseconds. Text: `"90s"`, `"1h30min"`, `"250ms"`, `"2d"`;
/// `"m"` is also read as minutes.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
)]
pub struct SimDuration(u64);

/// An instant of simulated time, in nanoseconds since the start of the run.
///
/// Logs write it as a whole number of nanoseconds.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
)]
#[serde(transparent)]
pub struct SimTime(u64);

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From whole nanoseconds.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// From whole milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// From whole seconds.
    #[must_use]
    pub const fn from_s(s: u64) -> Self {
        Self(s * NS_PER_S)
    }

    /// From whole minutes.
    #[must_use]
    pub const fn from_min(min: u64) -> Self {
        Self::from_s(min * 60)
    }

    /// From whole hours.
    #[must_use]
    pub const fn from_h(h: u64) -> Self {
        Self::from_s(h * 3600)
    }

    /// From seconds, rounded to the nearest nanosecond; negative and NaN become zero.
    #[must_use]
    pub fn from_s_f64(s: f64) -> Self {
        // The cast saturates, and NaN becomes zero.
        Self((s * NS_PER_S as f64 + 0.5) as u64)
    }

    /// In nanoseconds.
    #[must_use]
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// In seconds.
    #[must_use]
    pub fn as_s_f64(self) -> f64 {
        self.0 as f64 / NS_PER_S as f64
    }

    /// In milliseconds.
    #[must_use]
    pub fn as_ms_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In hours.
    #[must_use]
    pub fn as_h_f64(self) -> f64 {
        self.as_s_f64() / 3600.0
    }

    /// Whole seconds, rounded down.
    #[must_use]
    pub const fn whole_s(self) -> u64 {
        self.0 / NS_PER_S
    }

    /// Difference, or zero when `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// True for a length of zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl SimTime {
    /// The start of the run.
    pub const START: Self = Self(0);
    /// Later than every event; stands for "never".
    pub const NEVER: Self = Self(u64::MAX);

    /// From whole nanoseconds since the start.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// From whole seconds since the start.
    #[must_use]
    pub const fn from_s(s: u64) -> Self {
        Self(s * NS_PER_S)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    #[must_use]
    pub fn as_s_f64(self) -> f64 {
        self.0 as f64 / NS_PER_S as f64
    }

    /// The time from `earlier` to this instant, or zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    /// Saturates at [`SimTime::NEVER`].
    fn add(self, rhs: SimDuration) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, rhs: SimDuration) {
        *self = *self + rhs;
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sub for SimDuration {
    type Output = Self;
    /// Saturates at zero.
    fn sub(self, rhs: Self) -> Self {
        self.saturating_sub(rhs)
    }
}

impl Mul<u64> for SimDuration {
    type Output = Self;
    fn mul(self, rhs: u64) -> Self {
        Self(self.0.saturating_mul(rhs))
    }
}

impl FromText for SimDuration {
    const FORMAT: &'static str = "sim-duration";
    const EXPECTED: &'static str =
        "a duration of at most ten years, such as \"90s\", \"1h30min\" or \"250ms\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let mut rest = text.trim();
        let mut total = 0_u64;
        let mut last_unit = u64::MAX;
        if rest.is_empty() || rest.len() > 60 {
            return Err(error());
        }
        while !rest.is_empty() {
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .ok_or_else(error)?;
            let number = decimal(&rest[..end]).ok_or_else(error)?;
            rest = rest[end..].trim_start();
            let end = rest
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(rest.len());
            let name = if &rest[..end] == "m" {
                "min"
            } else {
                &rest[..end]
            };
            let unit = UNITS
                .iter()
                .find(|(known, _)| *known == name)
                .map(|u| u.1)
                .ok_or_else(error)?;
            // Each unit may appear once, in falling order: "30min1h" is a slip, not a duration.
            if unit >= last_unit {
                return Err(error());
            }
            last_unit = unit;
            let part = number * unit as f64;
            if part > MAX_NS as f64 {
                return Err(error());
            }
            total += (part + 0.5) as u64;
            rest = rest[end..].trim_start();
        }
        if total > MAX_NS {
            Err(error())
        } else {
            Ok(Self(total))
        }
    }
}

impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < NS_PER_S {
            let (unit, size) = UNITS[4..]
                .iter()
                .find(|(_, size)| self.0 >= *size)
                .expect("one nanosecond is the smallest unit");
            return write!(f, "{}{unit}", trimmed(self.0 as f64 / *size as f64, 6));
        }
        let mut rest = self.0;
        for (unit, size) in &UNITS[..3] {
            if rest >= *size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        if rest > 0 {
            write!(f, "{}s", trimmed(rest as f64 / NS_PER_S as f64, 9))?;
        }
        Ok(())
    }
}

impl fmt::Display for SimTime {
    /// Elapsed time as `HH:MM:SS`, with hours beyond 24 kept as hours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0 / NS_PER_S;
        write!(f, "{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

text_form!(SimDuration, "90s", "1h30min", "250ms");

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected_ns: u64, written: &str) {
        let got = SimDuration::from_text(text).expect(text);
        assert_eq!(got.as_ns(), expected_ns, "{text}");
        assert_eq!(got.to_string(), written);
        assert_eq!(
            SimDuration::from_text(written),
            Ok(got),
            "what is written can be read"
        );
    }

    #[test]
    fn durations_read_and_write() {
        check("90s", 90 * NS_PER_S, "1min30s");
        check("1h30m", 5400 * NS_PER_S, "1h30min");
        check("1h30min", 5400 * NS_PER_S, "1h30min");
        check("250ms", 250_000_000, "250ms");
        check("1.5 s", 1_500_000_000, "1.5s");
        check("2d", 172_800 * NS_PER_S, "2d");
        check("0s", 0, "0s");
        check("35us", 35_000, "35us");
    }

    #[test]
    fn wrong_durations_are_refused() {
        for text in [
            "", "90", "s", "-5s", "1e9s", "30min1h", "1s1s", "5 weeks", "99999d", "1..5s",
        ] {
            assert!(SimDuration::from_text(text).is_err(), "{text}");
        }
    }
}

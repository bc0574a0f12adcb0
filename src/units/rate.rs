//! Rates: requests per second, and events per year.

use std::fmt;

use super::text::{FromText, UnitError, split_number, text_form, trimmed};

/// Requests per second. Text: `"1200rps"`, `"90rpm"` (per minute). At most 10 million per second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct RequestRate(f64);

impl RequestRate {
    /// The highest rate that a file may state, in requests per second.
    pub const HIGHEST_RPS: f64 = 1e7;

    /// From requests per second; negative and NaN become zero.
    #[must_use]
    pub fn per_second(rps: f64) -> Self {
        Self(if rps > 0.0 { rps } else { 0.0 })
    }

    /// In requests per second.
    #[must_use]
    pub const fn rps(self) -> f64 {
        self.0
    }
}

impl FromText for RequestRate {
    const FORMAT: &'static str = "request-rate";
    const EXPECTED: &'static str =
        "a request rate up to 10000000 per second, such as \"1200rps\" or \"90rpm\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let rps = match unit {
            "rps" | "/s" | "req/s" => number,
            "rpm" | "/min" => number / 60.0,
            _ => return Err(error()),
        };
        if rps > Self::HIGHEST_RPS {
            Err(error())
        } else {
            Ok(Self(rps))
        }
    }
}

impl fmt::Display for RequestRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}rps", trimmed(self.0, 6))
    }
}

text_form!(RequestRate, "1200rps", "90rpm");

/// Hours in the year used for rates and availability: 365 days.
const HOURS_PER_YEAR: f64 = 8760.0;

/// Events per year of 365 days. Text: `"0.13/year"`, `"2/month"` (a twelfth of a year), `"3/day"`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct EventRate(f64);

impl EventRate {
    /// From events per year; negative and NaN become zero.
    #[must_use]
    pub fn per_year(events: f64) -> Self {
        Self(if events > 0.0 { events } else { 0.0 })
    }

    /// In events per year.
    #[must_use]
    pub const fn events_per_year(self) -> f64 {
        self.0
    }

    /// In events per hour.
    #[must_use]
    pub fn events_per_hour(self) -> f64 {
        self.0 / HOURS_PER_YEAR
    }
}

impl FromText for EventRate {
    const FORMAT: &'static str = "event-rate";
    const EXPECTED: &'static str =
        "a rate of events up to 1000000 per year, such as \"0.13/year\", \"2/month\" or \"3/day\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let per_year = match unit {
            "/year" => number,
            "/month" => number * 12.0,
            "/day" => number * 365.0,
            "/hour" => number * HOURS_PER_YEAR,
            _ => return Err(error()),
        };
        if per_year > 1e6 {
            Err(error())
        } else {
            Ok(Self(per_year))
        }
    }
}

impl fmt::Display for EventRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/year", trimmed(self.0, 9))
    }
}

text_form!(EventRate, "0.13/year", "2/month");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_and_write() {
        let rate = RequestRate::from_text("1200rps").expect("valid");
        assert_eq!(rate.to_string(), "1200rps");
        assert_eq!(
            RequestRate::from_text("90rpm").expect("valid").to_string(),
            "1.5rps"
        );
        assert_eq!(
            EventRate::from_text("2/month").expect("valid").to_string(),
            "24/year"
        );
        for text in ["", "12", "1200 apples", "99999999rps", "-1rps"] {
            assert!(RequestRate::from_text(text).is_err(), "{text}");
        }
        assert!(EventRate::from_text("1/century").is_err());
    }
}

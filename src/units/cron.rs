//! Recurring times, as cron writes them.
//!
//! Five fields: minute, hour, day of the month, month, day of the week, each `*`, a number, a range
//! `1-5`, a list `1,3` or steps `*/15`; months and days may be named by their first three letters.
//! `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly` and `@annually` stand for the
//! obvious. When both kinds of day are restricted, either will do, as in every cron.
//!
//! Assumed: a run begins at midnight of Monday, 1 January, of a year without a leap day, and every
//! year is like that, so that a schedule hits the same times in every run.

use std::fmt;

use super::text::{FromText, UnitError, text_form};
use super::time::{SimDuration, SimTime};

const MINUTE: SimDuration = SimDuration::from_min(1);
const MINUTES_PER_DAY: u64 = 24 * 60;
const DAYS_PER_YEAR: u64 = 365;
const DAYS_OF_MONTH: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A cron schedule. Text: `"0 9 * * mon-fri"`, `"@daily"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronSchedule {
    text: String,
    minutes: u64,
    hours: u64,
    days_of_month: u64,
    months: u64,
    days_of_week: u64,
    /// One of the kinds of day is `*`, so that both must fit; else either will do.
    every_day_fits: bool,
}

impl CronSchedule {
    /// The first time that it hits after `time`; none within a year, such as on 30 February.
    #[must_use]
    pub fn next_after(&self, time: SimTime) -> Option<SimTime> {
        let first = time.as_ns() / MINUTE.as_ns() + 1;
        let mut minute_of_day = first % MINUTES_PER_DAY;
        for day in first / MINUTES_PER_DAY..=first / MINUTES_PER_DAY + DAYS_PER_YEAR {
            if self.hits_day(day) {
                let hit = (minute_of_day..MINUTES_PER_DAY).find(|it| self.hits_minute(*it));
                if let Some(hit) = hit {
                    let minutes = day * MINUTES_PER_DAY + hit;
                    return Some(SimTime::from_ns(minutes.saturating_mul(MINUTE.as_ns())));
                }
            }
            minute_of_day = 0;
        }
        None
    }

    /// True when it hits the minute that begins at `time`.
    #[must_use]
    pub fn hits(&self, time: SimTime) -> bool {
        let minute = time.as_ns() / MINUTE.as_ns();
        time.as_ns().is_multiple_of(MINUTE.as_ns())
            && self.hits_day(minute / MINUTES_PER_DAY)
            && self.hits_minute(minute % MINUTES_PER_DAY)
    }

    fn hits_minute(&self, minute_of_day: u64) -> bool {
        has(self.hours, minute_of_day / 60) && has(self.minutes, minute_of_day % 60)
    }

    fn hits_day(&self, day: u64) -> bool {
        let mut day_of_month = day % DAYS_PER_YEAR;
        let mut month = 0;
        while day_of_month >= DAYS_OF_MONTH[month] {
            day_of_month -= DAYS_OF_MONTH[month];
            month += 1;
        }
        let by_month = has(self.days_of_month, day_of_month + 1);
        let by_week = has(self.days_of_week, (day + 1) % 7);
        let fits = if self.every_day_fits {
            by_month && by_week
        } else {
            by_month || by_week
        };
        fits && has(self.months, month as u64 + 1)
    }

    fn read(text: &str) -> Option<Self> {
        let spelled = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = spelled.split_whitespace().collect();
        let [minutes, hours, days_of_month, months, days_of_week] = fields[..] else {
            return None;
        };
        let days = set(days_of_week, 0, 7, &DAYS)?;
        Some(Self {
            text: text.to_string(),
            minutes: set(minutes, 0, 59, &[])?,
            hours: set(hours, 0, 23, &[])?,
            days_of_month: set(days_of_month, 1, 31, &[])?,
            months: set(months, 1, 12, &MONTHS)?,
            // Sunday is 0 and 7.
            days_of_week: days | days >> 7,
            every_day_fits: days_of_month.starts_with('*') || days_of_week.starts_with('*'),
        })
    }
}

const fn has(set: u64, number: u64) -> bool {
    set >> number & 1 == 1
}

/// The numbers that a field names, as bits.
fn set(field: &str, low: u64, high: u64, names: &[&str]) -> Option<u64> {
    let number = |text: &str| -> Option<u64> {
        let named = names.iter().position(|it| text.eq_ignore_ascii_case(it));
        let number = match named {
            Some(at) => at as u64 + low,
            None if text.bytes().all(|it| it.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (low..=high).contains(&number).then_some(number)
    };
    let mut all = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|it| *it > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            // `5/15` means from 5 on.
            None if part.contains('/') => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        for it in (from..=to).step_by(step) {
            all |= 1 << it;
        }
    }
    Some(all)
}

impl FromText for CronSchedule {
    const FORMAT: &'static str = "cron";
    const EXPECTED: &'static str = "a cron schedule, such as \"0 9 * * mon-fri\" or \"@daily\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        Self::read(text).ok_or_else(|| UnitError::new::<Self>(text))
    }
}

impl fmt::Display for CronSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

text_form!(CronSchedule, "0 9 * * mon-fri", "@daily");

#[cfg(test)]
mod tests {
    use super::*;

    /// A time from day, hour and minute.
    fn at(day: u64, hour: u64, minute: u64) -> SimTime {
        SimTime::from_s(((day * 24 + hour) * 60 + minute) * 60)
    }

    #[track_caller]
    fn check(text: &str, after: SimTime, expected: Option<SimTime>) {
        let schedule = CronSchedule::from_text(text).expect("valid");
        assert_eq!(schedule.to_string(), text);
        assert_eq!(schedule.next_after(after), expected, "{text}");
    }

    #[test]
    fn schedules_hit_as_cron_does() {
        check("* * * * *", at(0, 0, 0), Some(at(0, 0, 1)));
        check("@hourly", at(0, 0, 0), Some(at(0, 1, 0)));
        check("@daily", at(0, 0, 0), Some(at(1, 0, 0)));
        check("0 9 * * mon-fri", at(0, 8, 59), Some(at(0, 9, 0)));
        // After Friday, day 4, comes Monday, day 7.
        check("0 9 * * mon-fri", at(4, 9, 0), Some(at(7, 9, 0)));
        check("*/15 10-11 * * *", at(0, 10, 30), Some(at(0, 10, 45)));
        check("*/15 10-11 * * *", at(0, 11, 45), Some(at(1, 10, 0)));
        check("5/20 * * * *", at(0, 0, 5), Some(at(0, 0, 25)));
        check("0 0 1 feb *", at(0, 0, 0), Some(at(31, 0, 0)));
        check("0 0 * * 7", at(0, 0, 0), Some(at(6, 0, 0)));
        check("@weekly", at(0, 0, 0), Some(at(6, 0, 0)));
        // Either kind of day: the 3rd of the month, or a Sunday.
        check("0 0 3 * 0", at(0, 0, 0), Some(at(2, 0, 0)));
        check("0 0 3 * 0", at(2, 0, 0), Some(at(6, 0, 0)));
        check("0 0 30 2 *", at(0, 0, 0), None);
        check("@yearly", at(0, 0, 0), Some(at(365, 0, 0)));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "@often",
            "1,, * * * *",
            "* * * * * *",
        ] {
            assert!(CronSchedule::from_text(text).is_err(), "{text}");
        }
    }
}

//! The one formatter of numbers: command, golden files and page print the same text.
//!
//! A number carries its unit after a space (`1,240 req/s`, `99.97 %`, `35 秒`), thousands are
//! separated by commas, and a negative number has a true minus sign (U+2212), which has the width
//! of a plus sign and cannot be taken for a hyphen. Percent exists only here; everything below
//! this layer holds shares from 0 to 1.
//!
//! Roundings are chosen so that a figure never claims more than it knows: an availability below 1
//! is never printed as 100 %, and one above 0 never as 0 %.

use super::text::{Key, fill};
use crate::model::Language;
use crate::units::{ByteSize, Money, Ratio, SimDuration, SimTime};

/// What stands where there is no number.
pub const NOTHING: &str = "–";

/// True minus sign.
const MINUS: char = '\u{2212}';

/// A share as percent, with two significant digits of what is missing to the whole, at least two
/// and at most five decimals: 0.9942 is `99.42 %`, 0.99973 is `99.973 %`.
#[must_use]
pub fn availability(share: f64) -> String {
    if !share.is_finite() {
        return NOTHING.to_string();
    }
    // Less than one request in a billion is an echo of floating-point sums, not a loss.
    if share > 1.0 - 1e-9 {
        return "100 %".to_string();
    }
    if share <= 0.0 {
        return "0 %".to_string();
    }
    let missing = 1.0 - share;
    let digits = match missing {
        m if m >= 0.001 => 2,
        m if m >= 0.000_1 => 3,
        m if m >= 0.000_01 => 4,
        _ => 5,
    };
    // Rounding must not turn a loss into perfection, nor a trace of success into nothing.
    let ends = [("100", "99.99999"), ("0", "0.01")];
    let text = decimals(share * 100.0, digits);
    for (end, instead) in ends {
        if trim_zeros(&text) == end {
            return format!("{instead} %");
        }
    }
    // Zeros beyond the second decimal say nothing.
    let shortest = text.len() - (digits - 2);
    let text = match text.trim_end_matches('0') {
        trimmed if trimmed.len() < shortest => &text[..shortest],
        trimmed => trimmed,
    };
    format!("{text} %")
}

/// A share as percent with at most `digits` decimals and no trailing zeros: `60 %`, `99.9 %`.
#[must_use]
pub fn percent(share: f64, digits: usize) -> String {
    if !share.is_finite() {
        return NOTHING.to_string();
    }
    format!("{} %", trim_zeros(&decimals(share * 100.0, digits)))
}

/// A target as people state it: `99.9 %`, `99.95 %`.
#[must_use]
pub fn target(share: Ratio) -> String {
    percent(share.value(), 5)
}

/// A difference of two shares in percentage points, with sign: `−0.55 pt`, `+0.012 pt`, `0 pt`.
#[must_use]
pub fn points(difference: f64) -> String {
    if !difference.is_finite() {
        return NOTHING.to_string();
    }
    let percent = difference * 100.0;
    let size = percent.abs();
    let digits = match size {
        s if s >= 0.1 => 2,
        s if s >= 0.01 => 3,
        _ => 4,
    };
    format!("{} pt", signed(percent, digits))
}

/// Seconds as milliseconds: `212 ms`, `1,940 ms`, below ten with one decimal: `4.2 ms`.
#[must_use]
pub fn milliseconds(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NOTHING.to_string();
    }
    format!("{} ms", decimals(seconds * 1e3, ms_digits(seconds * 1e3)))
}

/// A difference of seconds in milliseconds, with sign: `+1,728 ms`.
#[must_use]
pub fn milliseconds_signed(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NOTHING.to_string();
    }
    format!("{} ms", signed(seconds * 1e3, ms_digits(seconds * 1e3)))
}

/// A length of time in its two largest units: `35 秒`/`35 s`, `1 時間 3 分`/`1 h 3 min`.
#[must_use]
pub fn duration(length: SimDuration, language: Language) -> String {
    seconds(length.as_s_f64(), language)
}

/// Seconds as [`duration`] prints them; negative ones with a minus sign.
#[must_use]
pub fn seconds(seconds: f64, language: Language) -> String {
    if !seconds.is_finite() {
        return NOTHING.to_string();
    }
    let size = seconds.abs();
    let text = if size < 1.0 && size > 0.0 {
        format!("{} ms", decimals(size * 1e3, ms_digits(size * 1e3)))
    } else if size < 9.95 {
        let digits = if (size - libm::round(size)).abs() < 0.05 {
            0
        } else {
            1
        };
        format!(
            "{} {}",
            decimals(size, digits),
            time_unit(Unit::Second, language)
        )
    } else {
        whole_units(libm::round(size) as u64, language)
    };
    if seconds < 0.0 {
        format!("{MINUS}{text}")
    } else {
        text
    }
}

/// A difference of seconds with its sign: `+39 分`, `−35 s`, `0 s`.
#[must_use]
pub fn seconds_signed(difference: f64, language: Language) -> String {
    let text = seconds(difference, language);
    if difference > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// Minutes as a figure, such as minutes of SLO breach: `2 分`, `41 min`, below ten with one
/// decimal: `0.4 分`.
#[must_use]
pub fn minutes(minutes: f64, language: Language) -> String {
    if !minutes.is_finite() {
        return NOTHING.to_string();
    }
    let unit = time_unit(Unit::Minute, language);
    format!(
        "{} {unit}",
        trim_zeros(&decimals(minutes, minute_digits(minutes)))
    )
}

/// A difference of minutes with its sign: `+39 分`.
#[must_use]
pub fn minutes_signed(minutes: f64, language: Language) -> String {
    if !minutes.is_finite() {
        return NOTHING.to_string();
    }
    let unit = time_unit(Unit::Minute, language);
    format!("{} {unit}", signed(minutes, minute_digits(minutes)))
}

/// Money: whole dollars from 100 on (`$4,180`), cents below (`$41.80`).
#[must_use]
pub fn money(amount: Money) -> String {
    dollars(amount.dollars())
}

/// Dollars as [`money`] prints them.
#[must_use]
pub fn dollars(dollars: f64) -> String {
    if !dollars.is_finite() {
        return NOTHING.to_string();
    }
    let sign = if is_negative(dollars, money_digits(dollars)) {
        "\u{2212}"
    } else {
        ""
    };
    format!("{sign}${}", decimals(dollars.abs(), money_digits(dollars)))
}

/// A difference of money with its sign: `−$870`, `+$12.40`, `$0`.
#[must_use]
pub fn dollars_signed(difference: f64) -> String {
    let text = dollars(difference);
    if difference > 0.0 && text != "$0.00" {
        format!("+{text}")
    } else if text == "$0.00" {
        "$0".to_string()
    } else {
        text
    }
}

/// A price per unit with the digits of its source: `$0.0243`.
#[must_use]
pub fn unit_price(dollars: f64) -> String {
    let text = trim_zeros(&decimals(dollars, 9)).to_string();
    // A price of whole cents shows its cents.
    match text.split_once('.') {
        Some((_, fraction)) if fraction.len() == 1 => format!("${text}0"),
        _ => format!("${text}"),
    }
}

/// Requests per second: `1,240 req/s`, below ten with one decimal.
#[must_use]
pub fn rate(per_second: f64) -> String {
    if !per_second.is_finite() {
        return NOTHING.to_string();
    }
    let digits = usize::from(per_second < 9.95 && per_second > 0.0);
    format!("{} req/s", decimals(per_second, digits))
}

/// A count or a large quantity, rounded to whole: `1,234,567`.
#[must_use]
pub fn count(n: f64) -> String {
    if n.is_finite() {
        decimals(n, 0)
    } else {
        NOTHING.to_string()
    }
}

/// A quantity with at most `digits` decimals, without trailing zeros.
#[must_use]
pub fn quantity(n: f64, digits: usize) -> String {
    if n.is_finite() {
        trim_zeros(&decimals(n, digits)).to_string()
    } else {
        NOTHING.to_string()
    }
}

/// A difference of counts or quantities, with its sign.
#[must_use]
pub fn quantity_signed(difference: f64, digits: usize) -> String {
    if difference.is_finite() {
        signed(difference, digits)
    } else {
        NOTHING.to_string()
    }
}

/// Bytes in decimal units, as prices count them: `40 GB`, `1.2 TB`.
#[must_use]
pub fn bytes(size: ByteSize) -> String {
    let bytes = size.bytes() as f64;
    let (unit, factor) = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
        .into_iter()
        .find(|(_, factor)| bytes >= *factor)
        .unwrap_or(("B", 1.0));
    let scaled = bytes / factor;
    format!("{} {unit}", quantity(scaled, usize::from(scaled < 10.0)))
}

/// Elapsed simulated time: `01:31:04`.
#[must_use]
pub fn elapsed(at: SimTime) -> String {
    at.to_string()
}

/// Elapsed simulated time in hours and minutes, for axes: `10:00`.
#[must_use]
pub fn elapsed_short(seconds: f64) -> String {
    let minutes = libm::round(seconds / 60.0).max(0.0) as u64;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Hour,
    Minute,
    Second,
}

fn time_unit(unit: Unit, language: Language) -> &'static str {
    match (language, unit) {
        (Language::Ja, Unit::Day) => "日",
        (Language::Ja, Unit::Hour) => "時間",
        (Language::Ja, Unit::Minute) => "分",
        (Language::Ja, Unit::Second) => "秒",
        (Language::En, Unit::Day) => "d",
        (Language::En, Unit::Hour) => "h",
        (Language::En, Unit::Minute) => "min",
        (Language::En, Unit::Second) => "s",
    }
}

fn whole_units(seconds: u64, language: Language) -> String {
    let sizes = [
        (Unit::Day, 86_400_u64),
        (Unit::Hour, 3_600),
        (Unit::Minute, 60),
        (Unit::Second, 1),
    ];
    let first = sizes
        .iter()
        .position(|(_, size)| seconds >= *size)
        .unwrap_or(3);
    let (unit, size) = sizes[first];
    let mut text = format!("{} {}", seconds / size, time_unit(unit, language));
    if let Some((next, next_size)) = sizes.get(first + 1) {
        let rest = seconds % size / next_size;
        if rest > 0 {
            text.push_str(&format!(" {rest} {}", time_unit(*next, language)));
        }
    }
    text
}

fn ms_digits(ms: f64) -> usize {
    usize::from(ms.abs() < 9.95 && ms.abs() >= 0.05)
}

fn minute_digits(minutes: f64) -> usize {
    usize::from(minutes.abs() < 9.95)
}

fn money_digits(dollars: f64) -> usize {
    if dollars.abs() < 99.995 { 2 } else { 0 }
}

/// True when a number is below zero after rounding.
fn is_negative(value: f64, digits: usize) -> bool {
    value < 0.0 && trim_zeros(&decimals(value.abs(), digits)) != "0"
}

/// With a sign in front, and without one when it rounds to zero.
fn signed(value: f64, digits: usize) -> String {
    let text = decimals(value.abs(), digits);
    let text = trim_zeros(&text);
    if text == "0" {
        return text.to_string();
    }
    let sign = if value < 0.0 { MINUS } else { '+' };
    format!("{sign}{text}")
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// Fixed decimals with commas between thousands and a true minus sign.
fn decimals(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let mut out = String::new();
    if is_rounded_negative(value, &text) {
        out.push(MINUS);
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn is_rounded_negative(value: f64, text: &str) -> bool {
    value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0')
}

/// From one formatted value to another. A unit that both have stands once, behind the second.
#[must_use]
pub fn range(low: &str, high: &str, language: Language) -> String {
    let split = |text: &'_ str| {
        text.rfind(|c: char| c.is_ascii_digit())
            .map_or(0, |at| at + 1)
    };
    let ((number, unit), (_, other)) = (low.split_at(split(low)), high.split_at(split(high)));
    let is_plain = |c: char| c.is_ascii_digit() || "+−.,$".contains(c);
    let is_single = !number.is_empty() && number.chars().all(is_plain);
    let low = if is_single && unit == other {
        number
    } else {
        low
    };
    fill(Key::Range, language, &[low, high])
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Ja};

    #[test]
    fn availability_has_enough_digits_and_never_lies_at_the_ends() {
        for (share, expected) in [
            (1.0, "100 %"),
            (0.999_999_999_9, "100 %"),
            (0.999_999_99, "99.99999 %"),
            (0.999_973, "99.9973 %"),
            (0.999_73, "99.973 %"),
            (0.999_9, "99.99 %"),
            (0.999_93, "99.993 %"),
            (0.994_2, "99.42 %"),
            (0.95, "95.00 %"),
            (0.000_001, "0.01 %"),
            (0.0, "0 %"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(availability(share), expected, "{share}");
        }
    }

    #[test]
    fn durations_keep_their_two_largest_units() {
        for (s, ja, en) in [
            (0.0, "0 秒", "0 s"),
            (0.25, "250 ms", "250 ms"),
            (1.5, "1.5 秒", "1.5 s"),
            (2.0, "2 秒", "2 s"),
            (35.0, "35 秒", "35 s"),
            (59.7, "1 分", "1 min"),
            (95.0, "1 分 35 秒", "1 min 35 s"),
            (3_780.0, "1 時間 3 分", "1 h 3 min"),
            (7_200.0, "2 時間", "2 h"),
            (90_061.0, "1 日 1 時間", "1 d 1 h"),
            (-35.0, "−35 秒", "−35 s"),
        ] {
            assert_eq!(seconds(s, Ja), ja);
            assert_eq!(seconds(s, En), en);
        }
        assert_eq!(seconds_signed(35.0, En), "+35 s");
        assert_eq!(minutes(0.4, Ja), "0.4 分");
        assert_eq!(minutes(41.2, En), "41 min");
        assert_eq!(minutes_signed(39.0, Ja), "+39 分");
    }

    #[test]
    fn money_and_rates() {
        assert_eq!(dollars(4_180.4), "$4,180");
        assert_eq!(dollars(41.8), "$41.80");
        assert_eq!(dollars(-870.2), "−$870");
        assert_eq!(dollars_signed(12.4), "+$12.40");
        assert_eq!(dollars_signed(0.001), "$0");
        assert_eq!(dollars_signed(-0.001), "$0");
        assert_eq!(unit_price(0.0243), "$0.0243");
        assert_eq!(unit_price(0.1), "$0.10");
        assert_eq!(rate(1_240.2), "1,240 req/s");
        assert_eq!(rate(4.23), "4.2 req/s");
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(bytes(ByteSize::from_bytes(40_000_000_000)), "40 GB");
    }

    #[test]
    fn a_range_says_its_unit_once() {
        assert_eq!(range("−6.98 pt", "+0.2 pt", En), "−6.98 to +0.2 pt");
        assert_eq!(range("+69 分", "+71 分", Ja), "+69 〜 +71 分");
        assert_eq!(range("−$723", "+$71", En), "−$723 to +$71");
        assert_eq!(range("−2 s", "+1 min", En), "−2 s to +1 min");
        assert_eq!(
            range("+1 h 8 min", "+1 h 9 min", En),
            "+1 h 8 min to +1 h 9 min"
        );
        assert_eq!(range("–", "–", En), "– to –");
    }

    #[test]
    fn differences_have_a_sign_unless_they_vanish() {
        assert_eq!(points(-0.005_5), "−0.55 pt");
        assert_eq!(points(0.000_12), "+0.012 pt");
        assert_eq!(points(0.0), "0 pt");
        assert_eq!(milliseconds_signed(1.728), "+1,728 ms");
        assert_eq!(milliseconds(0.004_2), "4.2 ms");
        assert_eq!(percent(0.6, 1), "60 %");
        assert_eq!(elapsed_short(36_000.0), "10:00");
    }
}

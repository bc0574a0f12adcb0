//! The text form shared by all quantities.

use std::fmt;

use serde_json::Value;

/// A quantity that people write as text, such as `"90s"` or `"512Mi"`.
pub trait FromText: Sized {
    /// Name of the text form; the JSON Schema carries it as `format`.
    const FORMAT: &'static str;
    /// What a correct text looks like, for messages: `"a duration such as \"90s\""`.
    const EXPECTED: &'static str;

    /// Reads the text form.
    ///
    /// # Errors
    /// [`UnitError`] when the text is not a number with a known unit, or is out of range.
    fn from_text(text: &str) -> Result<Self, UnitError>;
}

/// Why a text is not a quantity. The message is in English and complete by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitError {
    /// What would have been right, with an example.
    pub expected: &'static str,
    /// The offending text, shortened to 40 characters.
    pub got: String,
}

impl UnitError {
    pub(super) fn new<T: FromText>(got: &str) -> Self {
        Self {
            expected: T::EXPECTED,
            got: got.chars().take(40).collect(),
        }
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, got \"{}\"", self.expected, self.got)
    }
}

impl std::error::Error for UnitError {}

/// Splits `"12.5rps"` into `(12.5, "rps")`. The number has no sign and no exponent, and must be
/// finite; spaces between number and unit are allowed.
pub(super) fn split_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.is_empty() || number.len() > 24 {
        return None;
    }
    Some((decimal(number)?, unit.trim()))
}

/// Reads digits with at most one full stop among them, correctly rounded. The parser of files does
/// it: a second one would bring its own tables of powers to the page.
pub(super) fn decimal(digits: &str) -> Option<f64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // JSON wants a digit on both sides, and no zero before others.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let value: Value = serde_json::from_str(&format!("{whole}.{fraction}0")).ok()?;
    value.as_f64()
}

/// Writes a number without trailing zeros, with at most `digits` decimals.
pub(super) fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

/// How a quantity is written, and its schema, by way of its text form.
///
/// The schema carries the form's name as `format` and an example, so that an editor can help.
macro_rules! text_form {
    ($type:ty, $($example:literal),+) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                use $crate::units::FromText as _;
                schemars::json_schema!({
                    "type": "string",
                    "format": <$type>::FORMAT,
                    "description": <$type>::EXPECTED,
                    "examples": [$($example),+],
                })
            }
        }
    };
}
pub(super) use text_form;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_what_the_standard_library_reads() {
        for digits in [
            "0",
            "007",
            "5.",
            ".5",
            "0.1",
            "99.95",
            "1234567.890625",
            "9007199254740993",
            "0.30000000000000004",
            "123456789012345678901234",
            "0.000000000000000000000123",
        ] {
            assert_eq!(decimal(digits), digits.parse().ok(), "{digits}");
        }
        for digits in ["", ".", "1.2.3", "..1"] {
            assert_eq!(decimal(digits), None, "{digits}");
        }
    }
}

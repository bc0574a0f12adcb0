//! One expected figure beside the engine's, and how far the two may be apart.

use serde_json::Value;

/// How far a number may be off, as a share of the expected one.
const RELATIVE: f64 = 1e-9;
/// How far a number may be off that should be zero.
const ZERO: f64 = 1e-12;

/// How far a figure may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// By this share of the expected number.
    Relative(f64),
    /// By this much, in the unit of the expected number.
    Absolute(f64),
    /// The expected text is a phrase of the engine's.
    Phrase,
}

impl Tolerance {
    /// What [`super::check`] grants an expected value unless the case says otherwise.
    #[must_use]
    pub fn of(expected: &Value) -> Self {
        match expected.as_f64() {
            Some(number) if number.abs() > 0.0 => Self::Relative(RELATIVE),
            Some(_) => Self::Absolute(ZERO),
            None => Self::Exact,
        }
    }

    /// Whether the engine's value is near enough to the expected one.
    #[must_use]
    pub fn admits(self, expected: &Value, got: &Value) -> bool {
        match self {
            Self::Exact => expected == got,
            Self::Relative(share) => {
                numbers(expected, got).is_some_and(|(e, g)| (g - e).abs() <= share * e.abs())
            }
            Self::Absolute(off) => {
                numbers(expected, got).is_some_and(|(e, g)| (g - e).abs() <= off)
            }
            Self::Phrase => match (expected.as_str(), got.as_str()) {
                (Some(phrase), Some(text)) => text.contains(phrase),
                _ => expected == got,
            },
        }
    }
}

fn numbers(expected: &Value, got: &Value) -> Option<(f64, f64)> {
    Some((expected.as_f64()?, got.as_f64()?))
}

/// One expected figure beside the engine's. What is no list and no object stands for itself; the
/// parts of the others are figures of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Where it stands among the expected ones: `mean_wait`, `lines[0].monthly`.
    pub name: String,
    /// What has to come out; none where the engine gives more than that.
    pub expected: Option<Value>,
    /// What came out; none where the engine gives nothing.
    pub got: Option<Value>,
    /// How far they may be apart.
    pub tolerance: Tolerance,
    /// Whether they are near enough.
    pub holds: bool,
}

impl Figure {
    /// Compares two values that stand for themselves.
    pub(super) fn new(
        name: String,
        expected: Option<&Value>,
        got: Option<&Value>,
        tolerance: Tolerance,
    ) -> Self {
        let both = expected.zip(got);
        Self {
            name,
            expected: expected.cloned(),
            got: got.cloned(),
            tolerance,
            holds: both.is_some_and(|(expected, got)| tolerance.admits(expected, got)),
        }
    }

    /// Compares two values part by part, each under [`Tolerance::of`].
    pub(super) fn all(
        name: String,
        expected: Option<&Value>,
        got: Option<&Value>,
        into: &mut Vec<Self>,
    ) {
        match (expected, got) {
            (Some(Value::Array(wanted)), Some(Value::Array(found)))
                if !(wanted.is_empty() && found.is_empty()) =>
            {
                for at in 0..wanted.len().max(found.len()) {
                    Self::all(format!("{name}[{at}]"), wanted.get(at), found.get(at), into);
                }
            }
            (Some(Value::Object(wanted)), Some(Value::Object(found)))
                if !(wanted.is_empty() && found.is_empty()) =>
            {
                let more = found.keys().filter(|key| !wanted.contains_key(*key));
                for key in wanted.keys().chain(more) {
                    Self::all(
                        format!("{name}.{key}"),
                        wanted.get(key),
                        found.get(key),
                        into,
                    );
                }
            }
            _ => {
                let tolerance = expected.map_or(Tolerance::Exact, Tolerance::of);
                into.push(Self::new(name, expected, got, tolerance));
            }
        }
    }

    /// How far the engine's number is off, as a share of the expected one; none where one of them
    /// is no number, and where zero was expected and something else came out.
    #[must_use]
    pub fn relative_error(&self) -> Option<f64> {
        let (expected, got) = numbers(self.expected.as_ref()?, self.got.as_ref()?)?;
        let off = (got - expected).abs();
        if off <= 0.0 {
            return Some(0.0);
        }
        (expected.abs() > 0.0).then(|| off / expected.abs())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn error(expected: &Value, got: &Value) -> Option<f64> {
        let tolerance = Tolerance::of(expected);
        Figure::new("x".to_string(), Some(expected), Some(got), tolerance).relative_error()
    }

    #[test]
    fn an_error_is_a_share_of_the_expected_number() {
        assert_eq!(error(&json!(4), &json!(5.0)), Some(0.25));
        assert_eq!(error(&json!(-4.0), &json!(-3)), Some(0.25));
        assert_eq!(error(&json!(0.0), &json!(0)), Some(0.0));
        assert_eq!(error(&json!(0.0), &json!(1e-13)), None);
        assert_eq!(error(&json!("a"), &json!("a")), None);
    }

    #[test]
    fn parts_are_named_by_where_they_stand() {
        let mut figures = Vec::new();
        let expected = json!({ "a": [1, { "b": 2 }], "c": [] });
        let got = json!({ "a": [1, { "b": 3, "d": 4 }, 5], "c": [] });
        Figure::all("x".to_string(), Some(&expected), Some(&got), &mut figures);
        let told: Vec<(&str, bool)> = figures
            .iter()
            .map(|figure| (figure.name.as_str(), figure.holds))
            .collect();
        let expected = [
            ("x.a[0]", true),
            ("x.a[1].b", false),
            ("x.a[1].d", false),
            ("x.a[2]", false),
            ("x.c", true),
        ];
        assert_eq!(told, expected);
    }
}

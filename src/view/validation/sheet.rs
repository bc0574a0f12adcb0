//! What came out of one file of cases, as text.
//!
//! Values are shown as JSON and names as they stand in the file, so that both can be searched for
//! there.

use serde_json::{Map, Value};

use crate::analysis::verify::{Case, Figure, Outcome, Report, Status, Tolerance};
use crate::model::Language;
use crate::view::format::NOTHING;
use crate::view::verify::reason;

/// Inputs longer than this many characters are shown in short first.
const LONG: usize = 160;

/// The outcomes of a file's cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// In the file's order.
    pub cases: Vec<CaseRow>,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Unique in its file.
    pub id: String,
    /// How it went.
    pub status: Status,
    /// What is asked: its model, kind or service.
    pub subject: String,
    /// Where it comes from; may be empty.
    pub source: String,
    /// What goes in.
    pub inputs: Inputs,
    /// Why it is unsupported; empty when it is not.
    pub reason: String,
    /// What has to come out and what did.
    pub figures: Vec<FigureRow>,
}

/// What goes into a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// One line that names every input; long lists and objects are left out of it.
    pub line: String,
    /// All inputs as indented JSON, where the line leaves something out; else empty.
    pub whole: String,
}

/// One figure of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureRow {
    /// Where it stands among the expected ones.
    pub name: String,
    /// What has to come out.
    pub expected: String,
    /// What came out.
    pub got: String,
    /// How far they may be apart.
    pub tolerance: String,
    /// How far they are, as a share of the expected one.
    pub error: String,
    /// Whether they are near enough.
    pub holds: bool,
}

impl Sheet {
    /// Checks every case of a text.
    ///
    /// # Errors
    /// Everything that is wrong with the text, in English: it is about a file's syntax.
    pub fn of(text: &str, language: Language) -> Result<Self, Vec<String>> {
        let report = Report::of(text).map_err(|defects| {
            let words = defects.iter().map(ToString::to_string);
            words.collect::<Vec<_>>()
        })?;
        let row = |(case, outcome): &(Case, Outcome)| CaseRow::new(case, outcome, language);
        Ok(Self {
            cases: report.cases.iter().map(row).collect(),
        })
    }
}

impl CaseRow {
    fn new(case: &Case, outcome: &Outcome, language: Language) -> Self {
        let gap = outcome.gap.as_ref();
        let figures = if gap.is_some() {
            case.expect
                .iter()
                .map(|(name, it)| expected_only(name, it))
                .collect()
        } else {
            let figures = outcome.figures.iter();
            figures
                .map(|figure| FigureRow::new(figure, language))
                .collect()
        };
        Self {
            id: case.id.clone(),
            status: outcome.status,
            subject: case.subject.clone(),
            source: case.source.clone(),
            inputs: Inputs::new(case),
            reason: gap.map_or_else(String::new, |gap| reason(case, gap, language)),
            figures,
        }
    }

    /// Whether a word, in small letters, stands in one of its texts. Figures are left out: their
    /// digits would be found by chance.
    pub(super) fn holds(&self, word: &str) -> bool {
        let inputs = &self.inputs;
        let texts = [&self.id, &self.subject, &self.source, &self.reason];
        let mut texts = texts.into_iter().chain([&inputs.line, &inputs.whole]);
        texts.any(|text| text.to_ascii_lowercase().contains(word))
    }
}

impl Inputs {
    fn new(case: &Case) -> Self {
        let stated = case.input.iter().chain(&case.unit_prices);
        let whole: Vec<String> = stated
            .clone()
            .map(|(key, it)| format!("{key} {it}"))
            .collect();
        let line = whole.join(", ");
        if line.chars().count() <= LONG {
            let whole = String::new();
            return Self { line, whole };
        }
        let all: Map<_, _> = stated
            .clone()
            .map(|(key, it)| (key.clone(), it.clone()))
            .collect();
        let short: Vec<String> = stated
            .map(|(key, it)| format!("{key} {}", short(it)))
            .collect();
        Self {
            line: short.join(", "),
            // A value that was read as JSON can be written as JSON.
            whole: serde_json::to_string_pretty(&all).unwrap_or(line),
        }
    }
}

/// A value without what is inside it.
fn short(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.len()),
        Value::Object(_) => "{…}".to_string(),
        other => other.to_string(),
    }
}

impl FigureRow {
    fn new(figure: &Figure, language: Language) -> Self {
        let json = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| NOTHING.to_string(), ToString::to_string)
        };
        let error = figure.relative_error();
        Self {
            name: figure.name.clone(),
            expected: json(&figure.expected),
            got: json(&figure.got),
            tolerance: tolerance(figure.tolerance, language),
            error: error.map_or_else(|| NOTHING.to_string(), small),
            holds: figure.holds,
        }
    }
}

/// A figure of an unsupported case.
fn expected_only(name: &str, expected: &Value) -> FigureRow {
    FigureRow {
        name: name.to_string(),
        expected: expected.to_string(),
        got: NOTHING.to_string(),
        tolerance: NOTHING.to_string(),
        error: NOTHING.to_string(),
        // Nothing is wrong with what was not asked.
        holds: true,
    }
}

fn tolerance(tolerance: Tolerance, language: Language) -> String {
    let ja = language == Language::Ja;
    match tolerance {
        Tolerance::Exact if ja => "完全一致".to_string(),
        Tolerance::Exact => "exact".to_string(),
        Tolerance::Relative(share) if ja => format!("相対 {}", small(share)),
        Tolerance::Relative(share) => format!("{} relative", small(share)),
        Tolerance::Absolute(off) => format!("± {}", small(off)),
        Tolerance::Phrase if ja => "語句を含む".to_string(),
        Tolerance::Phrase => "holds the phrase".to_string(),
    }
}

/// A tolerance or an error, as JSON writes it: one significant digit below a thousandth (`2e-16`),
/// at most three decimals from there on (`0.006`, `0.25`).
fn small(number: f64) -> String {
    if number.abs() < 1e-3 && number.abs() > 0.0 {
        return format!("{number:.0e}");
    }
    let rounded = libm::round(number * 1e3) / 1e3;
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(text: &str, language: Language) -> Vec<CaseRow> {
        let file = format!(r#"{{ "schema_version": 1, "cases": [{text}] }}"#);
        Sheet::of(&file, language).expect("a file of cases").cases
    }

    const BAD: &str = r#"{ "id": "bad", "model": "M/M/1", "source": "a page",
        "input": { "arrival_rate": 1, "service_rate": 2 },
        "expect": { "mean_wait": 0.4, "utilization": 0.5 } }"#;

    #[test]
    fn a_case_shows_each_figure_with_what_was_granted() {
        let case = cases(BAD, Language::En).remove(0);
        assert_eq!(case.status, Status::Failed);
        assert_eq!(
            (case.subject.as_str(), case.source.as_str()),
            ("M/M/1", "a page")
        );
        assert_eq!(case.inputs.line, "arrival_rate 1, service_rate 2");
        assert_eq!((case.inputs.whole.as_str(), case.reason.as_str()), ("", ""));
        let told: Vec<_> = case
            .figures
            .iter()
            .map(|it| [&it.name, &it.expected, &it.got, &it.tolerance, &it.error])
            .collect();
        let expected = [
            ["mean_wait", "0.4", "0.5", "1e-9 relative", "0.25"],
            ["utilization", "0.5", "0.5", "1e-9 relative", "0"],
        ];
        assert_eq!(told, expected);
        let japanese = cases(BAD, Language::Ja).remove(0);
        assert_eq!(japanese.figures[0].tolerance, "相対 1e-9");
    }

    #[test]
    fn long_inputs_are_named_in_one_line_and_told_in_full() {
        let numbers = ["1.25"; 60].join(",");
        let long = BAD.replace(
            "\"arrival_rate\"",
            &format!("\"list\": [{numbers}], \"arrival_rate\""),
        );
        let case = cases(&long, Language::En).remove(0);
        assert_eq!(
            case.inputs.line,
            "arrival_rate 1, list [60], service_rate 2"
        );
        assert_eq!(case.inputs.whole.matches("1.25").count(), 60);
    }

    #[test]
    fn an_unsupported_case_names_its_reason_and_what_was_expected() {
        let foreign = BAD.replace("M/M/1", "G/G/1");
        let case = cases(&foreign, Language::En).remove(0);
        assert_eq!(case.status, Status::Unsupported);
        assert_eq!(case.reason, "No function of the engine is about “G/G/1”.");
        assert_eq!(case.figures[0].expected, "0.4");
        assert_eq!(case.figures[0].got, NOTHING);
    }
}

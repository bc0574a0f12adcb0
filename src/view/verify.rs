//! What verifying a file of cases gave, as text: counts, then each case that failed.

use serde_json::{Map, Value};

use crate::analysis::verify::{Case, Outcome, Report, Status};
use crate::model::Language;

/// One line of counts, and for each failed case its inputs, what was expected and what came out.
#[must_use]
pub fn report(file: &str, report: &Report, language: Language) -> String {
    let [passed, failed, unsupported] =
        [Status::Passed, Status::Failed, Status::Unsupported].map(|status| report.count(status));
    let mut text = match language {
        Language::Ja => {
            format!("{file}: 合格 {passed}、不合格 {failed}、未対応 {unsupported}\n")
        }
        Language::En => {
            format!("{file}: {passed} passed, {failed} failed, {unsupported} unsupported\n")
        }
    };
    for (case, outcome) in &report.cases {
        if outcome.status == Status::Failed {
            text.push_str(&failure(case, outcome, language));
        }
    }
    text
}

/// A failed case. Everything is shown as JSON, so that it can be searched for in the file.
fn failure(case: &Case, outcome: &Outcome, language: Language) -> String {
    let [differs, inputs, prices, expected, got] = match language {
        Language::Ja => ["相違", "入力", "単価", "期待値", "結果"],
        Language::En => ["differs", "inputs", "prices", "expected", "got"],
    };
    let mut text = format!("  {} ({})\n", case.id, case.subject);
    let mut line = |label: &str, value: &str| text.push_str(&format!("    {label}: {value}\n"));
    if !outcome.differing.is_empty() {
        line(differs, &outcome.differing.join(", "));
    }
    line(inputs, &object(&case.input));
    if !case.unit_prices.is_empty() {
        line(prices, &object(&case.unit_prices));
    }
    line(expected, &object(&case.expect));
    line(got, &outcome.got.to_string());
    text
}

fn object(members: &Map<String, Value>) -> String {
    Value::Object(members.clone()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{ "schema_version": 1, "cases": [
        { "id": "good", "model": "M/M/1",
          "input": { "arrival_rate": 1, "service_rate": 2 }, "expect": { "mean_wait": 0.5 } },
        { "id": "bad", "model": "M/M/1",
          "input": { "arrival_rate": 1, "service_rate": 2 },
          "expect": { "mean_wait": 0.6, "utilization": 0.5 } },
        { "id": "foreign", "model": "G/G/1", "input": {}, "expect": { "x": 1 } } ] }"#;

    #[test]
    fn counts_and_failures_in_both_languages() {
        let checked = Report::of(FILE).expect("a file of cases");
        let expected = "a.json: 1 passed, 1 failed, 1 unsupported
  bad (M/M/1)
    differs: mean_wait
    inputs: {\"arrival_rate\":1,\"service_rate\":2}
    expected: {\"mean_wait\":0.6,\"utilization\":0.5}
    got: {\"mean_wait\":0.5,\"utilization\":0.5}
";
        assert_eq!(report("a.json", &checked, Language::En), expected);
        let japanese = report("a.json", &checked, Language::Ja);
        assert!(japanese.starts_with("a.json: 合格 1、不合格 1、未対応 1\n"));
        assert!(japanese.contains("    期待値: {\"mean_wait\":0.6"));
    }
}

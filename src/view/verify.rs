//! What verifying a file of cases gave, as text: counts, then each case that failed, and why a case
//! is unsupported.

use serde_json::{Map, Value};

use crate::analysis::verify::{Case, Family, Gap, Outcome, Report, Status};
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

/// Why a case is unsupported. Names stay those of the file.
#[must_use]
pub fn reason(case: &Case, gap: &Gap, language: Language) -> String {
    let ja = language == Language::Ja;
    match gap {
        Gap::Subject => no_function(case, language),
        Gap::Inputs(names) if ja => format!("{} を受け取る関数がありません。", names.join("、")),
        Gap::Inputs(names) => format!("No function takes {}.", names.join(", ")),
        Gap::Value(value) if ja => format!("値「{value}」を扱う関数がありません。"),
        Gap::Value(value) => format!("No function knows the value “{value}”."),
        Gap::Figure(name) if ja => format!("{name} を返す関数がありません。"),
        Gap::Figure(name) => format!("No function gives {name}."),
        Gap::Unbillable(why) if ja => format!("メーターに当てはめられません（{why}）。"),
        Gap::Unbillable(why) => format!("No meter can be filled from it: {why}."),
        Gap::Lines if ja => "エンジンの請求とは明細の行が異なります。".to_string(),
        Gap::Lines => "The engine's bill has other lines.".to_string(),
    }
}

/// What the engine lacks that the case is about.
fn no_function(case: &Case, language: Language) -> String {
    let subject = &case.subject;
    match (case.family, language) {
        (Family::Cost, Language::Ja) => format!("{subject} の使用量を数えるメーターがありません。"),
        (Family::Cost, Language::En) => format!("No meter counts the usage of {subject}."),
        (Family::Scheduling, Language::Ja) => {
            format!("「{subject}」を問えるスケジューラーがまだありません。")
        }
        (Family::Scheduling, Language::En) => {
            format!("There is no scheduler yet that could be asked about “{subject}”.")
        }
        (_, Language::Ja) => format!("「{subject}」を計算する関数がエンジンにありません。"),
        (_, Language::En) => format!("No function of the engine is about “{subject}”."),
    }
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

    #[test]
    fn every_gap_has_a_reason_in_both_languages() {
        let (case, _) = Report::of(FILE).expect("a file of cases").cases.remove(2);
        let name = || "speed".to_string();
        for (gap, named) in [
            (Gap::Subject, "G/G/1"),
            (Gap::Inputs(vec![name(), name()]), "speed"),
            (Gap::Value(name()), "speed"),
            (Gap::Figure(name()), "speed"),
            (Gap::Unbillable(name()), "speed"),
            (Gap::Lines, ""),
        ] {
            let (ja, en) = (
                reason(&case, &gap, Language::Ja),
                reason(&case, &gap, Language::En),
            );
            assert!(ja.contains(named) && ja.ends_with('。'), "{ja}");
            assert!(en.contains(named) && en.ends_with('.'), "{en}");
        }
    }
}

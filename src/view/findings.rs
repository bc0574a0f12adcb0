//! Findings as sentences: where, what is wrong, what would be right.

use super::text::fill_template;
use super::words;
use crate::model::{Finding, FindingKind, Language};
use crate::scenario::measured_load;
use crate::units::{
    ByteSize, Cpu, EventRate, FromText, Ratio, RequestRate, SimDuration, UnitPrice,
};

/// One finding, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingLine {
    /// `Error` or `Warning` in words.
    pub severity: &'static str,
    /// Line and column, `12:5`; empty without a text.
    pub place: String,
    /// JSON Pointer; empty for the whole document.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right; empty when the problem says it.
    pub remedy: String,
}

/// A finding in parts.
#[must_use]
pub fn line(finding: &Finding, language: Language) -> FindingLine {
    let (problem, remedy) = content(&finding.kind, language);
    FindingLine {
        severity: words::severity(finding.severity, language),
        place: finding
            .place
            .map(|at| format!("{}:{}", at.line, at.column))
            .unwrap_or_default(),
        path: finding.path.clone(),
        problem,
        remedy,
    }
}

/// A finding in one line:
/// `12:5 error: /base/components/api: unknown key "replica". Use "replicas".`
#[must_use]
pub fn sentence(finding: &Finding, language: Language) -> String {
    let line = line(finding, language);
    let mut out = String::new();
    if !line.place.is_empty() {
        out.push_str(&line.place);
        out.push(' ');
    }
    let severity = match language {
        Language::Ja => line.severity.to_string(),
        Language::En => line.severity.to_ascii_lowercase(),
    };
    out.push_str(&severity);
    out.push_str(": ");
    if !line.path.is_empty() {
        out.push_str(&line.path);
        out.push_str(": ");
    }
    out.push_str(&line.problem);
    if !line.remedy.is_empty() {
        if language == Language::En {
            out.push(' ');
        }
        out.push_str(&line.remedy);
    }
    out
}

/// Problem and remedy.
fn content(kind: &FindingKind, language: Language) -> (String, String) {
    let say = |ja, en, values: &[&str]| pick(language, ja, en, values);
    let none = String::new;
    match kind {
        FindingKind::TooLarge { limit_bytes } => {
            let limit = limit_bytes.to_string();
            (
                say(
                    "大きすぎます（上限 {0} バイト）。",
                    "Too large (at most {0} bytes).",
                    &[&limit],
                ),
                none(),
            )
        }
        FindingKind::Syntax { message } => (
            say(
                "JSON として読めません：{0}。",
                "Not JSON: {0}.",
                &[message.trim_end_matches('.')],
            ),
            none(),
        ),
        FindingKind::DuplicateKey { key } => (
            say(
                "キー「{0}」が 2 回あります。",
                "Key \"{0}\" appears twice.",
                &[key],
            ),
            say("後の値を使います。", "The last one counts.", &[]),
        ),
        FindingKind::UnknownKey { key, suggestion } => (
            say("知らないキー「{0}」です。", "Unknown key \"{0}\".", &[key]),
            did_you_mean(suggestion.as_deref(), language),
        ),
        FindingKind::MissingKey { key } => (
            say(
                "キー「{0}」がありません。",
                "Key \"{0}\" is missing.",
                &[key],
            ),
            none(),
        ),
        other => of_value(other, language),
    }
}

/// Findings about a value that is not allowed where it stands.
fn of_value(kind: &FindingKind, language: Language) -> (String, String) {
    let say = |ja, en, values: &[&str]| pick(language, ja, en, values);
    match kind {
        FindingKind::WrongType { expected, got } => (
            say("値 {0} は使えません。", "Cannot use {0}.", &[got]),
            say(
                "正しい形：{0}。",
                "Expected {0}.",
                &[&expectation(expected, language)],
            ),
        ),
        FindingKind::UnknownWord {
            got,
            allowed,
            suggestion,
        } => {
            let allowed = allowed.join(", ");
            let remedy = if suggestion.is_some() {
                did_you_mean(suggestion.as_deref(), language)
            } else {
                say("使える値：{0}。", "Allowed: {0}.", &[&allowed])
            };
            (
                say("「{0}」は使えません。", "\"{0}\" is not allowed.", &[got]),
                remedy,
            )
        }
        FindingKind::OutOfRange { got, range } => (
            say("{0} は範囲外です。", "{0} is out of range.", &[got]),
            say("範囲：{0}。", "Range: {0}.", &[&ranged(range, language)]),
        ),
        FindingKind::DanglingReference {
            id,
            expected,
            suggestion,
        } => {
            let remedy = if suggestion.is_some() {
                did_you_mean(suggestion.as_deref(), language)
            } else {
                say("指せるもの：{0}。", "It should name: {0}.", &[expected])
            };
            (
                say(
                    "「{0}」という部品はありません。",
                    "There is no \"{0}\" to refer to.",
                    &[id],
                ),
                remedy,
            )
        }
        other => rare(other, language),
    }
}

/// Findings about the document as a whole.
fn rare(kind: &FindingKind, language: Language) -> (String, String) {
    let say = |ja, en, values: &[&str]| pick(language, ja, en, values);
    let none = String::new;
    match kind {
        FindingKind::Cycle { ids } => (
            say(
                "呼び出しが循環しています：{0}。",
                "Calls go in a circle: {0}.",
                &[&ids.join(" → ")],
            ),
            say(
                "どれかの呼び出しを外してください。",
                "Remove one of the calls.",
                &[],
            ),
        ),
        FindingKind::Contradiction {
            this,
            relation,
            other,
        } => (
            say(
                "矛盾しています：{0} {1} {2} でなければなりません。",
                "Contradiction: {0} {1} {2} must hold.",
                &[this, relation, other],
            ),
            none(),
        ),
        FindingKind::Absent { what } => (
            say("{0} がありません。", "There is no {0}.", &[what]),
            none(),
        ),
        FindingKind::Version { got, supported } => (
            say(
                "形式の版 {0} は読めません（読めるのは {1} まで）。",
                "Format version {0} cannot be read (up to {1} can).",
                &[&got.to_string(), &supported.to_string()],
            ),
            none(),
        ),
        FindingKind::NoPrice { name, suggestion } => (
            say(
                "「{0}」の価格がこのリージョンの価格表にありません。",
                "The price book has no line for \"{0}\" in this Region.",
                &[name],
            ),
            did_you_mean(suggestion.as_deref(), language),
        ),
        other => of_meaning(other, language),
    }
}

/// Findings about values that are allowed and probably not what was meant.
fn of_meaning(kind: &FindingKind, language: Language) -> (String, String) {
    let say = |ja, en| pick(language, ja, en, &[]);
    match kind {
        FindingKind::AutoscalersFight => (
            say(
                "VPAとHPAが同じCPU使用量を追い、互いの決定を打ち消します。",
                "VPA and HPA follow the same CPU use and undo each other's decisions.",
            ),
            say(
                "VPAのupdate_modeをoffにするか、どちらかを外してください。",
                "Set the VPA's update_mode to off, or remove one of the two.",
            ),
        ),
        FindingKind::TwoNodeAutoscalers { pool, group } => (
            pick(
                language,
                "Karpenter（{0}）と Cluster Autoscaler（{1}）が同じ Pod のためにそれぞれノードを起動します。",
                "Karpenter ({0}) and Cluster Autoscaler ({1}) both launch nodes for the same pods.",
                &[pool, group],
            ),
            say(
                "runs_on をどちらか一方の種類にするか、グループの台数を固定してください。",
                "Run on one kind only, or leave out the group's min_nodes and max_nodes.",
            ),
        ),
        FindingKind::RequestsNotCounted => (
            say(
                "ターゲットあたりのリクエスト数を数えるのは ALB ですが、このサービスの前に ALB がありません。",
                "Only an ALB counts requests per target, and none stands in front of this service.",
            ),
            say(
                "product が alb の load_balancer の routes_to に指定するか、target_cpu_utilization を使ってください。",
                "Let a load_balancer with product alb route to it, or use target_cpu_utilization.",
            ),
        ),
        FindingKind::LimitBelowRequest { .. } | FindingKind::OutOfMemory { .. } => {
            of_memory(kind, language)
        }
        FindingKind::RequestsOnly => (
            say(
                "流量（率）の計算では無視されます。リクエストを1件ずつ計算するときだけ効きます。",
                "Rates take no notice of this: it is played request by request only.",
            ),
            say(
                "`--fidelity requests` を使うか、画面で区間を監査してください。",
                "Use --fidelity requests, or audit a window in the page.",
            ),
        ),
        _ => (String::new(), String::new()),
    }
}

/// Findings about memory limits.
fn of_memory(kind: &FindingKind, language: Language) -> (String, String) {
    match kind {
        FindingKind::LimitBelowRequest { limit, request } => (
            pick(
                language,
                "メモリの上限 {0} が要求 {1} を下回っています。Kubernetes はこの Pod の作成を拒みます。",
                "The memory limit {0} is below the request {1}: Kubernetes refuses such pods.",
                &[limit, request],
            ),
            pick(
                language,
                "memory_limit を {0} 以上にするか、memory_request を {1} 以下にしてください。",
                "Set memory_limit to {0} or more, or memory_request to {1} or less.",
                &[request, limit],
            ),
        ),
        FindingKind::OutOfMemory { usage, limit } => (
            pick(
                language,
                "Pod は {0} のメモリを使いますが、上限は {1} です。どの Pod も、使用量が上限に達するたびに OOMKilled になります。",
                "Pods use {0} of memory and may use {1}: every pod is killed (OOMKilled) as soon \
                 as it has grown.",
                &[usage, limit],
            ),
            pick(
                language,
                "memory_limit を {0} 以上にするか、要求を変えられる VPA（off と initial 以外、Pod 2 個以上）を使ってください。",
                "Set memory_limit to {0} or more, or let a VPA raise it (a mode other than off and \
                 initial, two pods or more).",
                &[usage],
            ),
        ),
        _ => (String::new(), String::new()),
    }
}

fn did_you_mean(suggestion: Option<&str>, language: Language) -> String {
    suggestion.map_or_else(String::new, |word| {
        pick(
            language,
            "「{0}」ではありませんか。",
            "Did you mean \"{0}\"?",
            &[word],
        )
    })
}

/// `"1 to 100"` as Japanese writes it.
fn ranged(range: &str, language: Language) -> String {
    match language {
        Language::Ja => range.replace(" to ", " 〜 "),
        Language::En => range.to_string(),
    }
}

/// What a quantity looks like. The units describe themselves in English; each has its twin here.
fn expectation(expected: &str, language: Language) -> String {
    let twins = [
        (
            SimDuration::EXPECTED,
            "10 年までの長さ。例 \"90s\"、\"1h30min\"、\"250ms\"",
        ),
        (
            RequestRate::EXPECTED,
            "毎秒 1000 万までのリクエスト数。例 \"1200rps\"、\"90rpm\"",
        ),
        (Ratio::EXPECTED, "0 から 1 の割合。例 \"99.9%\"、\"0.999\""),
        (
            ByteSize::EXPECTED,
            "1000 TB までの大きさ。例 \"512Mi\"、\"2Gi\"、\"8kB\"、\"40GB\"",
        ),
        (Cpu::EXPECTED, "CPU の量。例 \"250m\"、\"2\""),
        (
            UnitPrice::EXPECTED,
            "1000000 ドルまでの価格。例 \"0.01 USD/GB\"、\"0.0243 USD\"",
        ),
        (
            EventRate::EXPECTED,
            "年 100 万回までの頻度。例 \"0.13/year\"、\"2/month\"、\"3/day\"",
        ),
        (measured_load::NUMBER, "0 以上のリクエスト数。例 \"1250.5\""),
        (
            measured_load::TIME,
            "時刻。例 \"2026-11-22 10:05\"、\"10:05\"、または秒数",
        ),
        (
            measured_load::STEP,
            "前の時刻から、他と同じ間隔（またはその整数倍）だけ後の時刻",
        ),
        (measured_load::UNIT, "他と同じ単位の数"),
    ];
    let twin = twins.iter().find(|(english, _)| *english == expected);
    match (language, twin) {
        (Language::Ja, Some((_, japanese))) => (*japanese).to_string(),
        _ => expected.to_string(),
    }
}

fn pick(language: Language, ja: &str, en: &str, values: &[&str]) -> String {
    let template = match language {
        Language::Ja => ja,
        Language::En => en,
    };
    fill_template(template, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;

    #[track_caller]
    fn check(kind: FindingKind, ja: &str, en: &str) {
        let mut finding = Finding::error("/base/components/api/replica", kind);
        finding.place = Some(Place {
            line: 12,
            column: 5,
        });
        assert_eq!(sentence(&finding, Language::Ja), ja);
        assert_eq!(sentence(&finding, Language::En), en);
    }

    #[test]
    fn a_finding_says_where_what_and_what_instead() {
        let key = "replica".to_string();
        check(
            FindingKind::UnknownKey {
                key,
                suggestion: Some("replicas".into()),
            },
            "12:5 エラー: /base/components/api/replica: 知らないキー「replica」です。\
             「replicas」ではありませんか。",
            "12:5 error: /base/components/api/replica: Unknown key \"replica\". \
             Did you mean \"replicas\"?",
        );
        check(
            FindingKind::WrongType {
                expected: Ratio::EXPECTED.into(),
                got: "\"lots\"".into(),
            },
            "12:5 エラー: /base/components/api/replica: 値 \"lots\" は使えません。\
             正しい形：0 から 1 の割合。例 \"99.9%\"、\"0.999\"。",
            "12:5 error: /base/components/api/replica: Cannot use \"lots\". \
             Expected a share from 0 to 1, such as \"99.9%\" or \"0.999\".",
        );
        check(
            FindingKind::OutOfRange {
                got: "0".into(),
                range: "1 to 100".into(),
            },
            "12:5 エラー: /base/components/api/replica: 0 は範囲外です。範囲：1 〜 100。",
            "12:5 error: /base/components/api/replica: 0 is out of range. Range: 1 to 100.",
        );
    }

    #[test]
    fn every_kind_says_something_in_both_languages() {
        let text = || "x".to_string();
        let kinds = [
            FindingKind::TwoNodeAutoscalers {
                pool: text(),
                group: text(),
            },
            FindingKind::TooLarge { limit_bytes: 7 },
            FindingKind::Syntax { message: text() },
            FindingKind::DuplicateKey { key: text() },
            FindingKind::UnknownKey {
                key: text(),
                suggestion: None,
            },
            FindingKind::MissingKey { key: text() },
            FindingKind::WrongType {
                expected: text(),
                got: text(),
            },
            FindingKind::UnknownWord {
                got: text(),
                allowed: vec![text()],
                suggestion: None,
            },
            FindingKind::OutOfRange {
                got: text(),
                range: text(),
            },
            FindingKind::DanglingReference {
                id: text(),
                expected: text(),
                suggestion: None,
            },
            FindingKind::Cycle {
                ids: vec![text(), text()],
            },
            FindingKind::Contradiction {
                this: text(),
                relation: text(),
                other: text(),
            },
            FindingKind::Absent { what: text() },
            FindingKind::RequestsNotCounted,
            FindingKind::Version {
                got: 2,
                supported: 1,
            },
            FindingKind::NoPrice {
                name: text(),
                suggestion: None,
            },
        ];
        for kind in kinds {
            for (language, stop) in [(Language::Ja, '。'), (Language::En, '.')] {
                let line = line(&Finding::warning("", kind.clone()), language);
                assert!(line.problem.ends_with(stop), "{kind:?}: {:?}", line.problem);
                assert!(!line.problem.contains('{'), "{kind:?}: {:?}", line.problem);
            }
        }
    }
}

//! An audit as text: what the two planes say of a window, figure by figure and interval by
//! interval.

use super::format;
use super::report::Table;
use crate::analysis::audit::{Agreement, Audit, Measure, Moment, Subject};
use crate::model::Language;

/// One text in two languages.
#[derive(Clone, Copy)]
struct Said {
    ja: &'static str,
    en: &'static str,
}

const fn said(ja: &'static str, en: &'static str) -> Said {
    Said { ja, en }
}

impl Said {
    fn get(self, language: Language) -> String {
        match language {
            Language::Ja => self.ja,
            Language::En => self.en,
        }
        .to_string()
    }
}

const fn name(subject: Subject) -> Said {
    match subject {
        Subject::LatencyMean => said("平均応答時間", "Mean latency"),
        Subject::LatencyP50 => said("p50応答時間", "p50 latency"),
        Subject::LatencyP95 => said("p95応答時間", "p95 latency"),
        Subject::LatencyP99 => said("p99応答時間", "p99 latency"),
        Subject::FailedShare => said("失敗の割合", "Share that fails"),
        Subject::LostRequests => said("失敗リクエスト数", "Failed requests"),
        Subject::Recovery => said("復旧までの時間", "Back after"),
        Subject::LatencyP99Curve => said("p99の推移", "p99 over time"),
    }
}

/// The figures of an audit against their bars, then the course of both planes.
#[must_use]
pub fn report(audit: &Audit, language: Language) -> String {
    let weather = if audit.calm {
        said(
            "何も起きない区間の許容差",
            "Bars for a window in which nothing happens",
        )
    } else {
        said(
            "障害や急増を含む区間の許容差",
            "Bars for a window with a fault or a spike",
        )
    };
    let mut text = format!("{}\n", weather.get(language));
    let mut table = Table::default();
    let heads = [
        said("指標", "Figure"),
        said("流体", "Fluid"),
        said("リクエスト単位", "Requests"),
        said("差", "Difference"),
        said("許容差", "Bar"),
        said("偶然の幅", "Chance"),
        said("判定", "Verdict"),
    ];
    table.row(heads.map(|head| head.get(language)));
    for agreement in &audit.agreements {
        table.row(figure_row(agreement, language));
    }
    text += &table.text();
    text.push('\n');
    let mut table = Table::default();
    let heads = [
        said("時刻", "Time"),
        said("到着 流体", "Offered, fluid"),
        said("リクエスト単位", "requests"),
        said("失敗 流体", "Failed, fluid"),
        said("リクエスト単位", "requests"),
        said("p50 流体", "p50, fluid"),
        said("リクエスト単位", "requests"),
        said("p99 流体", "p99, fluid"),
        said("リクエスト単位", "requests"),
    ];
    table.row(heads.map(|head| head.get(language)));
    for moment in &audit.moments {
        table.row(moment_row(moment));
    }
    text + &table.text()
}

fn figure_row(agreement: &Agreement, language: Language) -> [String; 7] {
    let value = |value: f64| match agreement.subject {
        Subject::FailedShare => format::percent(value, 3),
        Subject::LostRequests => format::count(value),
        Subject::Recovery => format::seconds(value, language),
        _ => format::milliseconds(value),
    };
    let distance = |distance: f64| match (agreement.subject.measure(), agreement.subject) {
        (Measure::Relative, _) => format::percent(distance, 1),
        (Measure::Absolute, Subject::Recovery) => format::seconds(distance, language),
        (Measure::Absolute, _) => format::points(distance),
    };
    let verdict = if agreement.holds() {
        said("範囲内", "Within")
    } else {
        said("範囲外", "Outside")
    };
    [
        name(agreement.subject).get(language),
        value(agreement.fluid),
        value(agreement.requests),
        distance(agreement.difference),
        distance(agreement.bar),
        agreement.chance.map_or_else(|| "–".to_string(), distance),
        verdict.get(language),
    ]
}

fn moment_row(moment: &Moment) -> [String; 9] {
    let time = |it: Option<f64>| it.map_or_else(|| "–".to_string(), format::milliseconds);
    let [offered, failed] = [moment.offered, moment.failed].map(|pair| pair.map(format::count));
    let [median, tail] = [moment.latency_p50_s, moment.latency_p99_s].map(|pair| pair.map(time));
    let [(a, b), (c, d), (e, f), (g, h)] = [offered, failed, median, tail].map(Into::into);
    [format::elapsed(moment.at), a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_moments_in_both_languages() {
        let audit = Audit {
            calm: true,
            agreements: vec![Agreement {
                subject: Subject::LatencyP99,
                fluid: 0.102,
                requests: 0.1,
                difference: 0.02,
                bar: 0.05,
                chance: None,
            }],
            moments: vec![Moment {
                at: crate::units::SimTime::from_s(60),
                offered: [10.0, 11.0],
                failed: [0.0, 1.0],
                latency_p50_s: [Some(0.05), None],
                latency_p99_s: [Some(0.1), Some(0.2)],
            }],
        };
        let english = report(&audit, Language::En);
        assert!(english.contains("p99 latency  102 ms  100 ms"), "{english}");
        assert!(english.contains("Within"), "{english}");
        let japanese = report(&audit, Language::Ja);
        assert!(japanese.contains("範囲内"), "{japanese}");
    }
}

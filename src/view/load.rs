//! What the page says about a table of measured load before it takes it.

use super::format;
use super::text::{self, Key};
use crate::model::{Finding, Language, LoadProfile};
use crate::scenario::measured_load::{self, Per};
use crate::units::{RequestRate, SimDuration};

/// What the numbers of a table may count, in the order in which they are offered.
pub const COUNTED: [(Per, Key); 3] = [
    (Per::Second, Key::LoadPerSecond),
    (Per::Minute, Key::LoadPerMinute),
    (Per::Interval, Key::LoadPerInterval),
];

/// Minutes between points that are offered for tables without times.
pub const MINUTES: [u64; 4] = [1, 5, 15, 60];

/// A table, looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The load, if the table is one.
    pub profile: Option<LoadProfile>,
    /// What was understood; empty for a table that is no load.
    pub understood: String,
    /// What keeps the table from being a load.
    pub findings: Vec<Finding>,
    /// True when the table says how far its points are apart.
    pub is_timed: bool,
}

/// Looks at a table for a run of a length.
#[must_use]
pub fn look(
    table: &str,
    per: Per,
    usual: SimDuration,
    run: SimDuration,
    language: Language,
) -> Look {
    let refused = |findings, is_timed| Look {
        profile: None,
        understood: String::new(),
        findings,
        is_timed,
    };
    let measured = match measured_load::read(table) {
        Ok(measured) => measured,
        Err(findings) => return refused(findings, false),
    };
    let is_timed = measured.interval.is_some();
    match measured.profile(per, usual) {
        Err(finding) => refused(vec![finding], is_timed),
        Ok(profile) => Look {
            understood: understood(&profile, measured.n_filled, run, language),
            profile: Some(profile),
            findings: Vec::new(),
            is_timed,
        },
    }
}

fn understood(
    profile: &LoadProfile,
    n_filled: usize,
    run: SimDuration,
    language: Language,
) -> String {
    let LoadProfile::Series { interval, rates } = profile else {
        return String::new();
    };
    let fill = |key, values: &[&str]| text::fill(key, language, values);
    let rates_s = || rates.iter().copied().map(RequestRate::rps);
    let length = SimDuration::from_ns(interval.as_ns() * rates.len() as u64);
    let mut said = vec![fill(
        Key::LoadUnderstood,
        &[
            &format::count(rates.len() as f64),
            &format::duration(*interval, language),
            &format::duration(length, language),
            &format::rate(rates_s().fold(f64::INFINITY, f64::min)),
            &format::rate(rates_s().fold(0.0, f64::max)),
        ],
    )];
    if n_filled > 0 {
        said.push(fill(Key::LoadFilled, &[&format::count(n_filled as f64)]));
    }
    if length < run {
        said.push(fill(Key::LoadRepeats, &[]));
    } else if length > run {
        said.push(fill(Key::LoadCut, &[&format::duration(run, language)]));
    }
    said.join(match language {
        Language::Ja => "",
        Language::En => " ",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(table: &str, run_h: u64, ja: &str, en: &str) {
        for (language, expected) in [(Language::Ja, ja), (Language::En, en)] {
            let (usual, run) = (SimDuration::from_min(15), SimDuration::from_h(run_h));
            let look = look(table, Per::Minute, usual, run, language);
            assert_eq!(look.understood, expected);
            assert!(look.profile.is_some() && look.findings.is_empty());
        }
    }

    #[test]
    fn what_was_understood_is_said_in_both_languages() {
        check(
            "6000\n12000\n60000\n3000\n",
            1,
            "4 点、15 分間隔、全体で 1 時間。50 req/s から 1,000 req/s。",
            "4 points, 15 min apart, 1 h in all. 50 req/s to 1,000 req/s.",
        );
        check(
            "10:00,60\n11:00,60\n13:00,120\n",
            24,
            "4 点、1 時間間隔、全体で 4 時間。1.0 req/s から 2.0 req/s。\
             欠けていた 1 点は前後を直線でつなぎました。終わると最初に戻ります。",
            "4 points, 1 h apart, 4 h in all. 1.0 req/s to 2.0 req/s. \
             Missing points: 1, put on straight lines. It begins again when it ends.",
        );
        check(
            "10:00,60\n11:00,60\n13:00,120\n",
            2,
            "4 点、1 時間間隔、全体で 4 時間。1.0 req/s から 2.0 req/s。\
             欠けていた 1 点は前後を直線でつなぎました。実行が使うのは最初の 2 時間です。",
            "4 points, 1 h apart, 4 h in all. 1.0 req/s to 2.0 req/s. \
             Missing points: 1, put on straight lines. The run takes the first 2 h of it.",
        );
    }

    #[test]
    fn a_table_that_is_no_load_says_why() {
        let look = look(
            "a\nb\n",
            Per::Second,
            SimDuration::from_min(5),
            SimDuration::ZERO,
            Language::En,
        );
        assert!(look.profile.is_none() && look.understood.is_empty() && !look.findings.is_empty());
    }
}

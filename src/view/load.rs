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
    /// What was understood, or why a table that can be read is no load; empty for one that cannot.
    pub understood: String,
    /// What keeps the table from being a load.
    pub findings: Vec<Finding>,
    /// True when the table says how far its points are apart.
    pub is_timed: bool,
    /// True when its numbers say what they count.
    pub is_counted: bool,
}

/// How much of a text is looked at to tell whether it is a table, in bytes.
const HEAD_BYTES: usize = 4096;

/// True for a text that begins like a table of at least two points. The rest may be wrong, or too
/// large: the window says so.
#[must_use]
pub fn is_table(text: &str) -> bool {
    let head = text.floor_char_boundary(HEAD_BYTES);
    let lines = text[..head].lines();
    // The last line may be cut.
    let n_lines = lines.clone().count() - usize::from(head < text.len());
    let head: Vec<&str> = lines.take(n_lines).collect();
    measured_load::read(&head.join("\n")).is_ok_and(|it| it.counts.len() > 1)
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
    let refused = |findings| Look {
        profile: None,
        understood: String::new(),
        findings,
        is_timed: false,
        is_counted: false,
    };
    let measured = match measured_load::read(table) {
        Ok(measured) => measured,
        Err(findings) => return refused(findings),
    };
    let look = match measured.profile(per, usual) {
        Err(finding) => refused(vec![finding]),
        Ok(profile) if useless(&profile).is_some() => Look {
            understood: useless(&profile)
                .map(|key| text::text(key, language).to_string())
                .unwrap_or_default(),
            ..refused(Vec::new())
        },
        Ok(profile) => Look {
            understood: understood(&profile, measured.n_filled, run, language),
            profile: Some(profile),
            ..refused(Vec::new())
        },
    };
    Look {
        is_timed: measured.interval.is_some(),
        is_counted: measured.per.is_some(),
        ..look
    }
}

/// What keeps a profile from being a load, although it could be played.
fn useless(profile: &LoadProfile) -> Option<Key> {
    let LoadProfile::Series { rates, .. } = profile else {
        return None;
    };
    match rates.as_slice() {
        [] | [_] => Some(Key::LoadTooFew),
        rates if rates.iter().all(|rate| rate.rps() <= 0.0) => Some(Key::LoadAllZero),
        _ => None,
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
             欠けていた 1 点は前後を直線でつなぎました。シミュレーションで使うのは最初の 2 時間です。",
            "4 points, 1 h apart, 4 h in all. 1.0 req/s to 2.0 req/s. \
             Missing points: 1, put on straight lines. The run takes the first 2 h of it.",
        );
    }

    #[test]
    fn what_begins_like_a_table_is_one() {
        assert!(is_table("time,requests\n10:00,5\n10:05,6\n"));
        for text in ["42", "hello\n", "10:00 5\n", "a,b\nc,d\n", ""] {
            assert!(!is_table(text), "{text}");
        }
        // What is wrong later, or too much, is told in the window.
        let long: String = (0..1000).map(|n| format!("{},5\n", n * 60)).collect();
        assert!(is_table(&(long.clone() + "60000,many\n")));
        assert!(is_table(&long.repeat(1000)));
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

    #[test]
    fn a_point_alone_and_nothing_but_zeros_are_no_load() {
        let said = |table| {
            let (usual, run) = (SimDuration::from_min(5), SimDuration::from_h(1));
            let look = look(table, Per::Second, usual, run, Language::En);
            assert_eq!((look.profile, look.findings.len()), (None, 0), "{table}");
            look.understood
        };
        let few = "At least two points are needed, a minute or more apart.";
        assert_eq!(said("42\n"), few);
        assert_eq!(said("10:00:00,5\n10:00:30,6\n"), few);
        let zero = "All numbers are zero: there would be no requests.";
        assert_eq!(said("10:00,0\n10:05,0\n"), zero);
    }
}

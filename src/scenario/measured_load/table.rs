//! Lines and cells of a table, and what stands in them.

use super::{MeasuredLoad, Per};
use crate::model::{Finding, FindingKind, Place};
use crate::scenario::SIZE_LIMIT_BYTES;
use crate::units::SimDuration;

/// What a cell of the last column has to be.
pub const NUMBER: &str = "a number of requests from 0 on, such as \"1250.5\"";
/// What a cell of the first column has to be.
pub const TIME: &str = "a time such as \"2026-11-22 10:05\", \"10:05\" or seconds";
/// How far a time has to be from the one before.
pub const STEP: &str = "a time that follows at the distance of the others, or a multiple of it";
/// What a cell has to be where others have a unit.
pub const UNIT: &str = "a number with the same unit as the others";

/// Most problems that are told at once.
const MOST_FINDINGS: usize = 20;
/// Most points, those that are filled in included: half a year of minutes.
const MOST_ROWS: usize = 300_000;
/// How far a distance may be from a multiple of the usual one, as a share of it.
const JITTER: f64 = 0.1;
const DAY_S: f64 = 86_400.0;

/// One line with a number.
struct Row<'a> {
    at: Option<Instant>,
    /// None where the measurement is missing.
    count: Option<Count>,
    first: Cell<'a>,
}

/// A measured number, and what it counts where the cell says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Count {
    pub number: f64,
    pub per: Option<Per>,
}

#[derive(Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    place: Place,
}

/// A time in a table, in seconds from wherever the table counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Instant {
    pub s: f64,
    /// True for what a clock shows, false for seconds since some moment.
    pub is_clock: bool,
    /// True when it says which day.
    pub is_dated: bool,
}

pub(super) fn read(text: &str) -> Result<MeasuredLoad, Vec<Finding>> {
    let limit_bytes = SIZE_LIMIT_BYTES;
    if text.len() > limit_bytes as usize {
        let kind = FindingKind::TooLarge { limit_bytes };
        return Err(vec![Finding::error("", kind)]);
    }
    // Excel begins a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Vec::new();
    let mut rows = rows(text, &mut findings);
    if rows.iter().all(|it| it.count.is_none()) && findings.is_empty() {
        let place = Place { line: 1, column: 1 };
        let text = text.trim().lines().next().unwrap_or_default();
        findings.push(wrong(Cell { text, place }, NUMBER));
    }
    let step_s = in_order(&mut rows, &mut findings);
    if !findings.is_empty() {
        findings.truncate(MOST_FINDINGS);
        return Err(findings);
    }
    let first = rows[0].at;
    let per = rows.iter().find_map(|it| it.count).and_then(|it| it.per);
    let (counts, n_filled) = without_gaps(&rows, step_s)?;
    Ok(MeasuredLoad {
        per,
        interval: step_s.map(SimDuration::from_s_f64),
        counts,
        n_filled,
        time_of_day_s: first
            .filter(|it| it.is_clock)
            .map(|it| it.s.rem_euclid(DAY_S)),
    })
}

/// The lines from the first number on.
fn rows<'a>(text: &'a str, findings: &mut Vec<Finding>) -> Vec<Row<'a>> {
    let lines = || {
        text.lines()
            .zip(1..)
            .filter(|(it, _)| !it.trim().is_empty())
    };
    // What separates cells is the same in all lines; a heading may hold commas in its words.
    let separators = ['\t', ';', ','];
    let is_used = |it: &&char| lines().last().is_some_and(|(line, _)| line.contains(**it));
    let separator = separators.iter().find(is_used).copied().unwrap_or(',');
    let mut rows: Vec<Row<'_>> = Vec::new();
    let (mut column, mut untimely) = (None, None);
    let mut unit = None;
    for (line, number) in lines() {
        let cells = cells(line, number, separator);
        if column.is_none() {
            let is_number = |it: &Cell<'_>| matches!(count(it.text), Some(Some(_)));
            let last = cells.iter().rposition(is_number);
            // A heading may hold numbers too, such as CloudWatch's `Period,300`.
            let is_timely = cells.len() == 1 || instant(cells[0].text).is_some();
            untimely = untimely.or(last.filter(|_| !is_timely).map(|_| cells[0]));
            column = last.filter(|at| is_timely && (*at > 0 || cells.len() == 1));
        }
        let Some(at) = column else {
            continue;
        };
        let missing = Cell {
            text: "",
            ..cells[cells.len() - 1]
        };
        let cell = cells.get(at).copied().unwrap_or(missing);
        let count = count(cell.text);
        match count {
            None => findings.push(wrong(cell, NUMBER)),
            Some(Some(it)) if *unit.get_or_insert(it.per) != it.per => {
                findings.push(wrong(cell, UNIT));
            }
            Some(_) => {}
        }
        let time = (at > 0).then(|| instant(cells[0].text));
        if time == Some(None) {
            findings.push(wrong(cells[0], TIME));
        }
        rows.push(Row {
            at: time.flatten(),
            count: count.flatten(),
            first: cells[0],
        });
    }
    findings.extend(
        untimely
            .filter(|_| rows.is_empty())
            .map(|it| wrong(it, TIME)),
    );
    rows
}

/// Puts rows in the order of time, and tells how far they are apart; none without times.
fn in_order(rows: &mut [Row<'_>], findings: &mut Vec<Finding>) -> Option<f64> {
    if rows.len() < 2 || rows.iter().any(|it| it.at.is_none()) || are_numbered(rows) {
        for row in rows {
            row.at = None;
        }
        return None;
    }
    if is_newest_first(rows) {
        rows.reverse();
    }
    // A clock without a date begins again at midnight.
    let mut days_s = 0.0;
    let mut before_s = f64::NEG_INFINITY;
    for at in rows.iter_mut().filter_map(|it| it.at.as_mut()) {
        let is_next_day = !at.is_dated && at.is_clock && at.s < before_s;
        before_s = at.s;
        days_s += f64::from(is_next_day) * DAY_S;
        at.s += days_s;
    }
    let mut distances: Vec<f64> = distances(rows).collect();
    distances.sort_by(f64::total_cmp);
    let usual_s = distances[(distances.len() - 1) / 2];
    for (pair, distance) in rows.windows(2).zip(self::distances(rows)) {
        let steps = distance / usual_s;
        let is_odd = (steps - steps.round()).abs() > JITTER;
        if !steps.is_finite() || steps < 1.0 - JITTER || is_odd {
            findings.push(wrong(pair[1].first, STEP));
        }
    }
    Some(usual_s)
}

/// From each row to the next, in seconds.
fn distances(rows: &[Row<'_>]) -> impl Iterator<Item = f64> {
    let distance = |pair: &[Row<'_>]| Some(pair[1].at?.s - pair[0].at?.s);
    rows.windows(2).filter_map(distance)
}

/// True when the first column counts the rows, from 0 or 1, and says nothing of time.
fn are_numbered(rows: &[Row<'_>]) -> bool {
    let mut numbered = rows.iter().zip(0_u32..);
    let first = rows[0].at.map_or(f64::NAN, |it| it.s);
    [0.0, 1.0].contains(&first)
        && numbered.all(|(row, n)| {
            row.at
                .is_some_and(|it| !it.is_clock && (it.s - first - f64::from(n)).abs() < 1e-9)
        })
}

/// True when the last row is the oldest. A clock without a date goes the way that takes less time.
fn is_newest_first(rows: &[Row<'_>]) -> bool {
    if rows[0].at.is_some_and(|it| it.is_dated) {
        return distances(rows).sum::<f64>() < 0.0;
    }
    let forwards = distances(rows).map(|it| it.rem_euclid(DAY_S)).sum::<f64>();
    forwards > (rows.len() - 1) as f64 * DAY_S / 2.0
}

/// The counts with straight lines over what is missing, and how many points those are.
fn without_gaps(rows: &[Row<'_>], step_s: Option<f64>) -> Result<(Vec<f64>, usize), Vec<Finding>> {
    let mut counts: Vec<f64> = Vec::new();
    let mut n_filled = 0;
    let mut last = 0.0;
    // Steps from one row to the next: distances waver a little, and would add up otherwise.
    let steps = |distance: f64| step_s.map_or(1, |step_s| (distance / step_s).round() as usize);
    let timed: Vec<usize> = distances(rows).map(steps).collect();
    let mut at = 0;
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            at += timed.get(place - 1).copied().unwrap_or(1).max(1);
        }
        if at >= MOST_ROWS {
            let got = (at + 1).to_string();
            let range = format!("1 to {MOST_ROWS}");
            let kind = FindingKind::OutOfRange { got, range };
            return Err(vec![at_place(row.first, kind)]);
        }
        let Some(Count { number: count, .. }) = row.count else {
            continue;
        };
        let from = counts.len();
        // What is missing in front is as the first that is there.
        let before = if from == 0 { count } else { last };
        let gap = (at - from) as f64 + 1.0;
        n_filled += at - from;
        for step in 1..=at - from {
            counts.push(before + (count - before) * step as f64 / gap);
        }
        counts.push(count);
        last = count;
    }
    Ok((counts, n_filled))
}

fn wrong(cell: Cell<'_>, expected: &str) -> Finding {
    let shown: String = cell.text.chars().take(40).collect();
    let kind = FindingKind::WrongType {
        expected: expected.to_string(),
        got: format!("\"{shown}\""),
    };
    at_place(cell, kind)
}

fn at_place(cell: Cell<'_>, kind: FindingKind) -> Finding {
    let mut finding = Finding::error("", kind);
    finding.place = Some(cell.place);
    finding
}

/// The cells of a line, without the quotes around them; what is quoted may hold separators.
fn cells(text: &str, line: u32, separator: char) -> Vec<Cell<'_>> {
    let mut is_quoted = false;
    let parts = text.split(|letter| {
        is_quoted ^= letter == '"';
        letter == separator && !is_quoted
    });
    let mut column = 1;
    let cells = parts.map(|part| {
        let place = Place { line, column };
        column += part.chars().count() as u32 + 1;
        Cell {
            text: part.trim().trim_matches('"').trim(),
            place,
        }
    });
    cells.collect()
}

/// A number from 0 on, with or without a unit of rate and commas between thousands; `Some(None)`
/// for a cell that says that the measurement is missing.
pub(super) fn count(text: &str) -> Option<Option<Count>> {
    const MISSING: [&str; 6] = ["", "-", "null", "none", "nan", "n/a"];
    const UNITS: [(&str, Per); 7] = [
        ("req/s", Per::Second),
        ("reqps", Per::Second),
        ("rps", Per::Second),
        ("/s", Per::Second),
        ("rpm", Per::Minute),
        ("req/min", Per::Minute),
        ("/min", Per::Minute),
    ];
    let text = text.to_ascii_lowercase();
    if MISSING.contains(&text.as_str()) {
        return Some(None);
    }
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let number = text[..text.len() - unit.map_or(0, |(unit, _)| unit.len())].trim();
    let whole = number.split('.').next().unwrap_or_default();
    let groups: Vec<&str> = whole.split(',').collect();
    if groups[1..].iter().any(|it| it.len() != 3) {
        return None;
    }
    let number: f64 = number.replace(',', "").parse().ok()?;
    let per = unit.map(|(_, per)| *per);
    (number.is_finite() && number >= 0.0).then_some(Some(Count { number, per }))
}

/// A time: `2026-11-22T10:05:00Z`, `2026/11/22 10:05`, `10:05`, or seconds or milliseconds since
/// some moment.
pub(super) fn instant(text: &str) -> Option<Instant> {
    if let Ok(number) = text.parse::<f64>() {
        // Milliseconds since 1970 have 13 digits, seconds have 10.
        let s = if number >= 1e11 { number / 1e3 } else { number };
        let is_dated = true;
        return number.is_finite().then_some(Instant {
            s,
            is_clock: false,
            is_dated,
        });
    }
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (Some(date), time.trim()),
        None if text.contains(':') => (None, text),
        None => (Some(text), "0:00"),
    };
    let days = match date {
        Some(date) => days(date)?,
        None => 0.0,
    };
    // The zone at the end is the same in all lines.
    let end = time.find(['Z', '+', '-', ' ']).unwrap_or(time.len());
    let mut parts = time[..end].split(':');
    let hours: f64 = parts.next()?.parse().ok().filter(|it| *it < 24.0)?;
    let minutes: f64 = parts.next()?.parse().ok().filter(|it| *it < 60.0)?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let is_fine = parts.next().is_none() && hours >= 0.0 && minutes >= 0.0;
    (is_fine && (0.0..61.0).contains(&seconds)).then_some(Instant {
        s: days * DAY_S + (hours * 60.0 + minutes) * 60.0 + seconds,
        is_clock: true,
        is_dated: date.is_some(),
    })
}

/// Days from 1 January of year 0 to `2026-11-22` or `2026/11/22`, by the Gregorian calendar.
fn days(date: &str) -> Option<f64> {
    let mut parts = date.split(['-', '/']).map(str::parse::<u32>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let is_fine = (1_900..3_000).contains(&year) && (1..=12).contains(&month);
    if !is_fine || !(1..=31).contains(&day) || parts.next().is_some() {
        return None;
    }
    // Years that begin in March end with the leap day; its months alternate 31 and 30 days.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    Some(f64::from(
        year * 365 + leap_days + (month * 153 + 2) / 5 + day,
    ))
}

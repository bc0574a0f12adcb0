//! From runs to a table: medians, ratios of runs in the same round, and whether answers are right.

use super::Contestant;
use super::measure::{Answer, Run};
use super::program::Program;
use super::workload::{Check, Workload};

/// A table as text, and whether all answers in it are right.
pub struct Table {
    /// Markdown, with its columns in line.
    pub text: String,
    /// False if one answer is out of its bounds.
    pub is_good: bool,
}

/// The table of one workload.
pub fn of(workload: Workload, contestants: &[Contestant]) -> Table {
    let find = |program| contestants.iter().find(|it| it.program == program);
    let bare = find(Program::Bare);
    let checks = workload.checks(&bare.map_or_else(Answer::default, Contestant::answer));
    let (unit, _) = workload.speed();
    let mut header = vec!["program", "version", "size", "runs", "CPU s"];
    header.extend([unit, "/ bare", "/ ours"]);
    header.extend(workload.figures().iter().map(|it| it.label));
    header.push("answer");
    let mut is_good = true;
    let mut rows = vec![header.into_iter().map(str::to_owned).collect()];
    for it in contestants {
        let verdict = it.verdict(&checks);
        is_good &= verdict.is_ok();
        rows.push(row(workload, it, [bare, find(Program::Engine)], verdict));
    }
    Table {
        text: format!("## {}\n\n{}", workload.title(), aligned(&rows)),
        is_good,
    }
}

/// The cells of one program; ratios are to the speed of the `others`.
fn row(
    workload: Workload,
    contestant: &Contestant,
    others: [Option<&Contestant>; 2],
    verdict: Result<(), String>,
) -> Vec<String> {
    let cpu: Vec<f64> = contestant.runs.iter().map(|run| run.cpu_s).collect();
    let speeds = contestant.speeds(workload);
    let mut cells = vec![
        contestant.program.label().to_owned(),
        contestant.version.clone(),
        thousands(workload.size() / contestant.effort.divisor),
        cpu.len().to_string(),
        format!(
            "{:.3} ({:.3}-{:.3})",
            median(&cpu),
            cpu.iter().copied().fold(f64::INFINITY, f64::min),
            cpu.iter().copied().fold(0.0, f64::max),
        ),
        with_prefix(median(&speeds)),
    ];
    cells.extend(others.map(|other| match other {
        Some(other) => significant(median_ratio(&speeds, &other.speeds(workload))),
        None => "-".to_owned(),
    }));
    let answer = contestant.answer();
    cells.extend(workload.figures().iter().map(|figure| {
        let value = answer.get(figure.name);
        value.map_or_else(
            || "-".to_owned(),
            |value| format!("{value:.0$}", figure.n_decimals),
        )
    }));
    cells.push(match verdict {
        Ok(()) => "right".to_owned(),
        Err(reason) => format!("WRONG: {reason}"),
    });
    cells
}

impl Contestant {
    /// The answer, which is the same in all runs: they have the same seed.
    fn answer(&self) -> Answer {
        self.runs
            .first()
            .map_or_else(Answer::default, |run| run.answer.clone())
    }

    /// Whether the answer is right, and was so in every run.
    fn verdict(&self, checks: &[Check]) -> Result<(), String> {
        let answer = self.answer();
        if self.runs.iter().any(|run| run.answer != answer) {
            return Err("runs with the same seed differ".to_owned());
        }
        judge(&answer, checks, self.effort.divisor)
    }

    /// Speed of each run, in the workload's unit.
    fn speeds(&self, workload: Workload) -> Vec<f64> {
        let work = f64::from(workload.size() / self.effort.divisor) * workload.speed().1;
        self.runs.iter().map(|run: &Run| work / run.cpu_s).collect()
    }
}

/// Whether an answer is within its bounds, which are wider for a part of the full size.
fn judge(answer: &Answer, checks: &[Check], divisor: u32) -> Result<(), String> {
    if checks.iter().all(|it| answer.get(it.name).is_none()) {
        return Err("nothing in the answer can be checked".to_owned());
    }
    for check in checks {
        // A program need not tell every figure; what it tells has to be true.
        let Some(value) = answer.get(check.name) else {
            continue;
        };
        let bound = check.bound * f64::from(divisor).sqrt();
        let is_within = (value - check.value).abs() <= bound;
        if !is_within {
            let Check {
                name, value: truth, ..
            } = check;
            return Err(format!("{name} is {value}, not {truth:.5} ± {bound:.5}"));
        }
    }
    Ok(())
}

/// The median of a sample; not a number when it is empty.
fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ => 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]),
    }
}

/// The median of the ratios of runs in the same round.
fn median_ratio(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(of, to)| of / to).collect();
    median(&ratios)
}

/// Three significant digits with the prefix of a large number: `19.4 M`.
fn with_prefix(value: f64) -> String {
    match value {
        1e6.. => format!("{} M", significant(value / 1e6)),
        1e3.. => format!("{} k", significant(value / 1e3)),
        _ => significant(value),
    }
}

/// Three significant digits, or two below 1.
fn significant(value: f64) -> String {
    let n_decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        0.1.. => 2,
        0.01.. => 3,
        0.001.. => 4,
        _ => 6,
    };
    format!("{value:.n_decimals$}")
}

fn thousands(value: u32) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A Markdown table; the first row is its head, and all but the first column keep to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let n_columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(2)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            text += &match column {
                0 => format!("| {cell:<width$} "),
                _ => format!("| {cell:>width$} "),
            };
        }
        text += "|\n";
        if at == 0 {
            for (column, width) in widths.iter().enumerate() {
                let dashes = "-".repeat(width + 1);
                text += &match column {
                    0 => format!("|-{dashes}"),
                    _ => format!("|{dashes}:"),
                };
            }
            text += "|\n";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::program::Effort;

    #[test]
    fn medians_and_ratios_are_of_rounds() {
        assert!(median(&[]).is_nan());
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0]) - 2.5).abs() < 1e-12);
        // A slow round slows both: the ratio of medians would be 2/10.
        let ratio = median_ratio(&[1.0, 2.0, 4.0], &[2.0, 10.0, 16.0, 99.0]);
        assert!((ratio - 0.25).abs() < 1e-12, "{ratio}");
    }

    #[test]
    fn numbers_are_short() {
        let shown = [
            19_432_000.0,
            74_012.0,
            345.6,
            2.345,
            0.043_21,
            0.009_9,
            0.000_41,
        ];
        let expected = [
            "19.4 M", "74.0 k", "346", "2.35", "0.043", "0.0099", "0.000410",
        ];
        assert_eq!(shown.map(with_prefix), expected);
        assert_eq!(
            [30, 1_000, 1_000_000].map(thousands),
            ["30", "1,000", "1,000,000"]
        );
    }

    #[test]
    fn answers_are_judged_by_bounds_that_widen_for_short_runs() {
        let check = Check {
            name: "wait",
            value: 10.0,
            bound: 1.0,
        };
        let answer = Answer::of(&[("wait", 12.5)]);
        assert_eq!(judge(&answer, &[check], 9), Ok(()));
        let error = judge(&answer, &[check], 4).unwrap_err();
        assert_eq!(error, "wait is 12.5, not 10.00000 ± 2.00000");
        assert!(judge(&Answer::default(), &[check], 1).is_err());
        let partial = Check {
            name: "untold",
            ..check
        };
        assert_eq!(judge(&answer, &[check, partial], 9), Ok(()));
        assert!(judge(&Answer::of(&[("wait", f64::NAN)]), &[check], 1).is_err());
    }

    #[test]
    fn a_wrong_or_changing_answer_shows_in_its_row_and_in_the_table() {
        let contestant = |waits: [f64; 2]| {
            let run = |wait| Run {
                cpu_s: 0.1,
                answer: Answer::of(&[("mean_wait_s", wait), ("p_wait", 0.305)]),
            };
            Contestant {
                program: Program::Bare,
                version: "1".to_owned(),
                effort: Effort {
                    n_runs: 2,
                    divisor: 1,
                },
                runs: waits.map(run).to_vec(),
            }
        };
        for (waits, expected) in [
            ([0.095, 0.095], " right |"),
            ([0.095, 0.096], "WRONG: runs with the same seed differ |"),
            (
                [0.195, 0.195],
                "WRONG: mean_wait_s is 0.195, not 0.09528 ± 0.00780 |",
            ),
        ] {
            let table = of(Workload::W1, &[contestant(waits)]);
            let row = table.text.lines().last().unwrap_or_default();
            assert!(row.contains(expected) && row.contains("20.0 M"), "{row}");
            assert_eq!(table.is_good, expected == " right |");
        }
    }

    #[test]
    fn a_table_lines_up() {
        let rows = [["program", "n"], ["bare", "1,000"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let expected = "| program |     n |\n|---------|------:|\n| bare    | 1,000 |\n";
        assert_eq!(aligned(&rows), expected);
    }
}

//! A comparison as plain text: what the command prints and golden files hold.
//!
//! In order: the question, what was run, the verdict, the key figures, the differences with their
//! intervals, each design's bill and events, the assumptions. Columns are aligned for a terminal,
//! where Japanese characters take two places.

mod log;
mod phrases;
mod table;

pub use log::decision_log;

use super::assumptions::assumptions;
use super::compare::{self, Contender, Terms, delta_rows, kpis, verdict_text};
use super::events::{self, Words};
use super::text::{Key, fill, text};
use super::{bill, format, words};
use crate::analysis::{Callers, Figures, QueueFigures, compare as deltas, month_bill, verdict};
use crate::model::Language;
use crate::scenario::{DesignCase, Scenario};
use crate::sim::RunLog;
use phrases::Phrase;
pub(super) use table::Table;

/// Letters of the designs in order; a scenario has at most twelve.
pub const LETTERS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

/// Most events that a report lists per design.
const MOST_EVENTS: usize = 60;

/// A design of a comparison with its runs.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The letter on screen: `A`, `B`, `C`.
    pub letter: &'static str,
    /// The design.
    pub case: &'a DesignCase,
    /// Figures of its runs in order of replication.
    pub runs: &'a [Figures],
    /// The run that is shown: bill and events.
    pub log: &'a RunLog,
}

impl<'a> Shown<'a> {
    /// The same as a contender of the comparison's texts.
    #[must_use]
    pub fn contender(&self, language: Language) -> Contender<'a> {
        Contender {
            letter: self.letter,
            name: self.case.name.get(language),
            runs: self.runs,
        }
    }
}

/// Writes the report of one design against another: `logs` are the runs whose bills and events are
/// shown, `runs` the figures of all replications.
#[must_use]
pub fn comparison(
    scenario: &Scenario,
    designs: [&DesignCase; 2],
    logs: &[RunLog; 2],
    runs: [&[Figures]; 2],
    language: Language,
) -> String {
    let shown = [0, 1].map(|side| Shown {
        letter: LETTERS[side],
        case: designs[side],
        runs: runs[side],
        log: &logs[side],
    });
    report(scenario, &shown, language)
}

/// Writes the report. The first design is the baseline; each other one is compared with it.
#[must_use]
pub fn report(scenario: &Scenario, shown: &[Shown<'_>], language: Language) -> String {
    let mut out = String::new();
    write_head(&mut out, scenario, shown, language);
    write_verdicts(&mut out, scenario, shown, language);
    write_figures(&mut out, scenario, shown, language);
    write_differences(&mut out, shown, language);
    for one in shown {
        write_callees(&mut out, one, language);
    }
    for one in shown {
        write_queues(&mut out, one, language);
    }
    for one in shown {
        write_bill(&mut out, scenario, one, language);
    }
    for one in shown {
        write_events(&mut out, scenario, one, language);
    }
    write_assumptions(&mut out, scenario, language);
    push_line(&mut out, text(Key::LimitsLine, language));
    out
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

fn heading(out: &mut String, text: &str) {
    out.push('\n');
    push_line(out, text);
}

fn labelled(out: &mut String, phrase: Phrase, value: &str, language: Language) {
    if !value.is_empty() {
        push_line(
            out,
            &Phrase::Labelled.fill(language, &[phrase.text(language), value]),
        );
    }
}

fn write_head(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>], language: Language) {
    push_line(
        out,
        &format!("{} [{}]", scenario.title.get(language), scenario.id),
    );
    labelled(
        out,
        Phrase::Question,
        scenario.question.get(language),
        language,
    );
    labelled(out, Phrase::Claim, scenario.claim.get(language), language);
    let plan = &scenario.plan;
    let n = shown.iter().map(|one| one.runs.len()).min().unwrap_or(0);
    let parts = [
        format::duration(plan.duration, language),
        format::count(n as f64),
        plan.seed.to_string(),
    ];
    push_line(
        out,
        &Phrase::Summary.fill(language, &[&parts[0], &parts[1], &parts[2]]),
    );
    for one in shown {
        let name = one.case.name.get(language);
        push_line(out, &format!("{} = {name} [{}]", one.letter, one.case.id));
    }
    for fault in scenario.tape.faults.values() {
        let region = shown.first().map(|one| one.case.design.architecture.region);
        let words = words::fault(fault, region.unwrap_or_default(), language);
        let start = fault.at().as_s_f64();
        let end = start + fault.duration().as_s_f64();
        push_line(out, &words::fault_times(&words, start, end, language));
    }
    push_line(out, text(Key::HelpGiven, language));
}

fn write_verdicts(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>], language: Language) {
    let Some((baseline, candidates)) = shown.split_first() else {
        return;
    };
    heading(out, text(Key::ReportVerdict, language));
    let has_assumptions = !assumptions(scenario, language).is_empty();
    let counted = scenario.plan.duration - scenario.plan.warm_up;
    for candidate in candidates {
        let Some(verdict) = verdict(&deltas(baseline.runs, candidate.runs)) else {
            continue;
        };
        let letters = [baseline.letter, candidate.letter];
        let words = verdict_text(&verdict, letters, counted, has_assumptions, language);
        let line = match language {
            Language::Ja => format!("  {}（{}）", words.sentence, words.basis),
            Language::En => format!("  {} ({})", words.sentence, words.basis),
        };
        push_line(out, &line);
    }
}

fn write_figures(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>], language: Language) {
    heading(out, Phrase::Figures.text(language));
    let contenders: Vec<Contender<'_>> = shown.iter().map(|one| one.contender(language)).collect();
    let mut table = Table::default();
    let letters = shown.iter().map(|one| one.letter.to_string());
    let head = std::iter::once(text(Key::DeltaMetric, language).to_string());
    table.row(head.chain(letters).chain([String::new()]));
    let terms = Terms {
        objectives: &scenario.objectives,
        plan: &scenario.plan,
        tape: &scenario.tape,
    };
    for kpi in kpis(&contenders, terms, language) {
        let values = kpi.values.iter().map(|one| {
            if one.outcome.is_empty() {
                one.value.clone()
            } else {
                format!("{} [{}]", one.value, one.outcome)
            }
        });
        let row = std::iter::once(kpi.title.to_string()).chain(values);
        table.row(row.chain([kpi.footnote.clone()]));
    }
    out.push_str(&table.text());
}

fn write_differences(out: &mut String, shown: &[Shown<'_>], language: Language) {
    let Some((baseline, candidates)) = shown.split_first() else {
        return;
    };
    for candidate in candidates {
        let letters = [baseline.letter, candidate.letter];
        heading(out, &Phrase::Differences.fill(language, &letters));
        let mut table = Table::default();
        table.row([
            text(Key::DeltaMetric, language).to_string(),
            letters[0].to_string(),
            letters[1].to_string(),
            fill(Key::DeltaDifference, language, &letters),
            text(Key::DeltaInterval, language).to_string(),
            Phrase::Wins.fill(language, &[letters[0]]),
            text(Key::DeltaVerdict, language).to_string(),
        ]);
        let rows: Vec<compare::DeltaRow> =
            delta_rows(&deltas(baseline.runs, candidate.runs), letters, language);
        for row in rows {
            let name = row.name.to_string();
            table.row([
                name,
                row.baseline,
                row.candidate,
                row.difference,
                row.interval,
                row.wins,
                row.verdict,
            ]);
        }
        out.push_str(&table.text());
    }
}

/// Response times per callee, if the run followed them.
fn write_callees(out: &mut String, one: &Shown<'_>, language: Language) {
    let callers = Callers::of(one.log);
    let mut called = callers.called(one.log).peekable();
    if called.peek().is_none() {
        return;
    }
    heading(out, &Phrase::Callees.fill(language, &[one.letter]));
    let mut table = Table::default();
    let head = Phrase::CalleesHead.text(language);
    table.row(head.split('|').map(str::to_string));
    for (callee, met) in called {
        let [p50, p95, p99] = met.quantiles_s;
        let times = [callee.latency.mean_s(), p50, p95, p99];
        let times = times.map(|time| time.map_or_else(String::new, format::milliseconds));
        let counted = [met.answers, met.unanswered].map(format::count);
        table.row([callee.id.clone()].into_iter().chain(counted).chain(times));
    }
    out.push_str(&table.text());
}

/// What became of messages, if the design has a queue.
fn write_queues(out: &mut String, one: &Shown<'_>, language: Language) {
    if one.log.queues.is_empty() {
        return;
    }
    heading(out, &Phrase::Queues.fill(language, &[one.letter]));
    let mut table = Table::default();
    let head = Phrase::QueuesHead.text(language);
    table.row(head.split('|').map(str::to_string));
    for queue in &one.log.queues {
        let it = QueueFigures::of(queue);
        let counts = [it.stored, it.handled, it.returned, it.dead_lettered];
        let mut row = vec![queue.id.clone()];
        row.extend(counts.map(format::count));
        row.push(format::count(it.largest_backlog));
        row.push(format::seconds(it.oldest_age_s, language));
        row.push(format::count(it.backlog_at_end));
        table.row(row);
    }
    out.push_str(&table.text());
}

fn write_bill(out: &mut String, scenario: &Scenario, one: &Shown<'_>, language: Language) {
    heading(out, &Phrase::Bill.fill(language, &[one.letter]));
    let region = one.case.design.architecture.region;
    let bill = month_bill(one.log, region, scenario.objectives.availability);
    let mut table = Table::default();
    for row in bill::rows(&bill, language) {
        let priced = if row.price.is_empty() {
            String::new()
        } else {
            format!("{} × {}", row.quantity, row.price)
        };
        table.row([row.item, row.amount, priced]);
    }
    out.push_str(&table.text());
}

fn write_events(out: &mut String, scenario: &Scenario, one: &Shown<'_>, language: Language) {
    heading(out, &Phrase::Events.fill(language, &[one.letter]));
    let zones = words::zones(&one.case.design);
    let region = one.case.design.architecture.region;
    let faults = words::faults(&scenario.tape, region, language);
    let lines = events::lines(
        one.log,
        Words {
            zones: &zones,
            faults: &faults,
            language,
        },
    );
    let important: Vec<_> = lines.iter().filter(|line| line.important).collect();
    if important.is_empty() {
        push_line(out, &format!("  {}", text(Key::EventsNone, language)));
    }
    for line in important.iter().take(MOST_EVENTS) {
        push_line(
            out,
            &format!("  {} {} {}", line.time, line.shape.glyph(), line.text),
        );
    }
    let more = important.len().saturating_sub(MOST_EVENTS);
    if more > 0 {
        let more = format::count(more as f64);
        push_line(
            out,
            &format!("  {}", fill(Key::ReportMoreEvents, language, &[&more])),
        );
    }
}

fn write_assumptions(out: &mut String, scenario: &Scenario, language: Language) {
    let all = assumptions(scenario, language);
    if all.is_empty() {
        return;
    }
    heading(out, Phrase::Assumptions.text(language));
    for one in all {
        let range = one.range.map_or_else(String::new, |(low, high)| {
            let range = format::range(&low, &high, language);
            format!(" [{range}]")
        });
        let value = if one.value.is_empty() {
            String::new()
        } else {
            format!(" = {}", one.value)
        };
        push_line(out, &format!("  {}{value}{range}: {}", one.key, one.reason));
    }
    out.push('\n');
}

//! The decision log of a run as text, to be read as an incident review is: what happened when, who
//! decided it, from which numbers, under which rule, and because of what.

use super::phrases::Phrase;
use super::table::Table;
use super::{heading, push_line};
use crate::model::{Language, Tape};
use crate::scenario::DesignCase;
use crate::sim::RunLog;
use crate::view::events::{self, EventLine, Rule, Words};
use crate::view::text::{Key, text};
use crate::view::words;

/// Writes the decision log of one run: its entries, or only the steps of the story, and below them
/// the rules that they name by number.
#[must_use]
pub fn decision_log(
    letter: &str,
    case: &DesignCase,
    log: &RunLog,
    tape: &Tape,
    with_details: bool,
    language: Language,
) -> String {
    let zones = words::zones(&case.design);
    let faults = words::faults(tape, case.design.architecture.region, language);
    let lines = events::lines(
        log,
        Words {
            zones: &zones,
            faults: &faults,
            language,
        },
    );
    let shown = |line: &&EventLine| with_details || line.important;
    let mut out = String::new();
    let title = Phrase::Log.fill(language, &[letter, case.name.get(language)]);
    push_line(&mut out, &title);
    let mut rules: Vec<Rule> = Vec::new();
    let mut table = Table::default();
    for line in lines.iter().filter(shown) {
        let mut sentence = line.text.clone();
        if let Some(rule) = line.rule {
            sentence.push_str(&format!(" [{}]", number_of(rule, &mut rules)));
        }
        if let Some(cause) = shown_cause(&lines, line, with_details) {
            sentence.push_str(&format!(" ← #{cause}"));
        }
        table.row([
            format!("#{}", line.index),
            format!("{} {}", line.time, line.shape.glyph()),
            line.controller.text(language).to_string(),
            sentence,
        ]);
    }
    out.push_str(&table.text());
    if lines.iter().filter(shown).count() == 0 {
        push_line(&mut out, &format!("  {}", text(Key::EventsNone, language)));
        return out;
    }
    heading(&mut out, Phrase::Rules.text(language));
    for (at, rule) in (1..).zip(rules) {
        let words = rule.text(language);
        let words = rule.source_text().map_or_else(
            || words.to_string(),
            |source| Phrase::RuleSource.fill(language, &[words, &source]),
        );
        push_line(&mut out, &format!("  [{at}] {words}"));
    }
    out
}

/// The number of a rule in the list below the entries; a new one is added to it.
fn number_of(rule: Rule, rules: &mut Vec<Rule>) -> usize {
    if let Some(at) = rules.iter().position(|it| *it == rule) {
        return at + 1;
    }
    rules.push(rule);
    rules.len()
}

/// The nearest cause of an entry that is listed itself.
fn shown_cause(lines: &[EventLine], line: &EventLine, with_details: bool) -> Option<usize> {
    let mut cause = line.cause;
    while let Some(at) = cause {
        let earlier = lines.get(at)?;
        if with_details || earlier.important {
            return Some(at);
        }
        cause = earlier.cause;
    }
    None
}

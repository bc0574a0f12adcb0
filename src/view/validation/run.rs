//! What a run through all files has given so far, and which of its cases are shown.

use super::{CaseRow, Phrase, Sheet};
use crate::analysis::verify::Status;

/// The files of cases, in the order of the page, each with the name of its family.
pub const FILES: [(&str, Phrase); 6] = [
    ("queueing.json", Phrase::Queueing),
    ("availability.json", Phrase::Availability),
    ("slo.json", Phrase::Slo),
    ("hpa.json", Phrase::Hpa),
    ("cost.json", Phrase::Cost),
    ("scheduling.json", Phrase::Scheduling),
];

/// How many cases went how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally([usize; 3]);

impl Tally {
    /// How many went so.
    #[must_use]
    pub const fn of(self, status: Status) -> usize {
        self.0[status as usize]
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.0.iter().sum()
    }

    /// Of some cases.
    #[must_use]
    pub fn count(cases: &[CaseRow]) -> Self {
        let mut tally = Self::default();
        for case in cases {
            tally.0[case.status as usize] += 1;
        }
        tally
    }
}

/// Where a file stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Its turn has not come.
    Waiting,
    /// It is being fetched or checked.
    Running,
    /// All its cases have been checked.
    Checked(Sheet),
    /// It could not be fetched or read: why.
    Failed(String),
}

/// A run through all files.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// One part for each of [`FILES`].
    pub parts: [Part; FILES.len()],
    /// Whether it is under way.
    pub is_running: bool,
}

impl Default for Run {
    /// At its start.
    fn default() -> Self {
        Self {
            parts: [const { Part::Waiting }; FILES.len()],
            is_running: true,
        }
    }
}

impl Run {
    /// What has to be done next; a run that has nothing left is over.
    pub fn next_file(&mut self) -> Option<usize> {
        let next = self.parts.iter().position(|part| *part == Part::Waiting);
        let next = next.filter(|_| self.is_running);
        match next {
            Some(file) => self.parts[file] = Part::Running,
            None => self.is_running = false,
        }
        next
    }

    /// Files that could not be fetched or read.
    #[must_use]
    pub fn failed(&self) -> usize {
        let is_failed = |part: &&Part| matches!(part, Part::Failed(_));
        self.parts.iter().filter(is_failed).count()
    }

    /// Files that have been dealt with.
    #[must_use]
    pub fn done(&self) -> usize {
        let is_done = |part: &&Part| matches!(part, Part::Checked(_) | Part::Failed(_));
        self.parts.iter().filter(is_done).count()
    }

    /// The cases checked so far, with the number of their file.
    pub fn cases(&self) -> impl Iterator<Item = (usize, &CaseRow)> {
        let sheets = self
            .parts
            .iter()
            .enumerate()
            .filter_map(|(at, part)| match part {
                Part::Checked(sheet) => Some((at, sheet)),
                _ => None,
            });
        sheets.flat_map(|(at, sheet)| sheet.cases.iter().map(move |case| (at, case)))
    }

    /// How the cases checked so far went.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (_, case) in self.cases() {
            tally.0[case.status as usize] += 1;
        }
        tally
    }

    /// Ends it. What is under way is given up.
    pub fn stop(&mut self) {
        self.is_running = false;
        for part in &mut self.parts {
            if *part == Part::Running {
                *part = Part::Waiting;
            }
        }
    }
}

/// Which cases are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this file only.
    pub file: Option<usize>,
    /// Only those that went so.
    pub status: Option<Status>,
    /// Only those that hold every word of this text; small and capital letters are the same.
    pub text: String,
}

impl Filter {
    /// The cases of a run that it lets through, in their order.
    #[must_use]
    pub fn of<'a>(&self, run: &'a Run) -> Vec<(usize, &'a CaseRow)> {
        let text = self.text.to_ascii_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_wanted = |(file, case): &(usize, &CaseRow)| {
            self.file.is_none_or(|wanted| wanted == *file)
                && self.status.is_none_or(|wanted| wanted == case.status)
                && words.iter().all(|word| case.holds(word))
        };
        run.cases().filter(is_wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    const QUEUES: &str = r#"{ "schema_version": 1, "cases": [
        { "id": "good", "model": "M/M/1", "source": "A Page",
          "input": { "arrival_rate": 1, "service_rate": 2 }, "expect": { "mean_wait": 0.5 } },
        { "id": "bad", "model": "M/M/1",
          "input": { "arrival_rate": 1, "service_rate": 2 }, "expect": { "mean_wait": 0.6 } } ] }"#;
    const FOREIGN: &str = r#"{ "schema_version": 1, "cases": [
        { "id": "foreign", "model": "G/G/1", "input": {}, "expect": { "x": 1 } } ] }"#;

    fn sheet(text: &str) -> Part {
        Part::Checked(Sheet::of(text, Language::En).expect("a file of cases"))
    }

    fn run() -> Run {
        let mut run = Run::default();
        run.parts[0] = sheet(QUEUES);
        run.parts[5] = sheet(FOREIGN);
        run
    }

    #[track_caller]
    fn check(filter: &Filter, expected: &[&str]) {
        let run = run();
        let shown = filter.of(&run);
        let ids: Vec<&str> = shown.iter().map(|(_, case)| case.id.as_str()).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }

    fn text(text: &str) -> Filter {
        Filter {
            text: text.to_string(),
            ..Filter::default()
        }
    }

    #[test]
    fn cases_are_chosen_by_file_by_status_and_by_words() {
        check(&Filter::default(), &["good", "bad", "foreign"]);
        let file = Some(5);
        check(
            &Filter {
                file,
                ..Filter::default()
            },
            &["foreign"],
        );
        for (status, expected) in Status::ALL.into_iter().zip(["good", "bad", "foreign"]) {
            let status = Some(status);
            check(
                &Filter {
                    status,
                    ..Filter::default()
                },
                &[expected],
            );
        }
        check(&text("a page"), &["good"]);
        check(&text(" RATE  m/m "), &["good", "bad"]);
        check(&text("rate good bad"), &[]);
        check(&text("no function"), &["foreign"]);
    }

    #[test]
    fn a_run_takes_one_file_after_the_other_and_counts() {
        let mut run = run();
        assert_eq!(run.next_file(), Some(1));
        run.parts[1] = Part::Failed("HTTP 404".to_string());
        assert_eq!(run.next_file(), Some(2));
        assert_eq!((run.done(), run.failed()), (3, 1));
        let tally = run.tally();
        assert_eq!(Status::ALL.map(|status| tally.of(status)), [1, 1, 1]);
        assert_eq!(tally.total(), 3);
        run.stop();
        assert_eq!(
            (run.next_file(), run.parts[2].clone()),
            (None, Part::Waiting)
        );
        run.is_running = true;
        for file in 2..5 {
            assert_eq!(run.next_file(), Some(file));
        }
        assert_eq!((run.next_file(), run.is_running), (None, false));
    }

    /// The page fetches the files by these names, each with the family that its name says.
    #[test]
    fn every_file_of_cases_is_on_the_page_under_its_family() {
        use crate::analysis::verify::{Family, read};
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
        let entries = std::fs::read_dir(folder).expect("the folder of cases");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .filter_map(|name| name.into_string().ok())
            .filter(|name| name.ends_with(".json"))
            .collect();
        names.sort_unstable();
        let mut told: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        told.sort_unstable();
        assert_eq!(names, told);
        let families = [
            Family::Queueing,
            Family::Availability,
            Family::Slo,
            Family::Hpa,
            Family::Cost,
            Family::Scheduling,
        ];
        for ((name, _), family) in FILES.iter().zip(families) {
            let text = std::fs::read_to_string(format!("{folder}/{name}")).expect("a file");
            let cases = read(&text).expect("a file of cases");
            assert!(cases.iter().all(|case| case.family == family), "{name}");
        }
    }
}

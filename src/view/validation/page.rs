//! The state of the validation page, and how its fields change it.

use super::{CaseRow, Filter, Part, Run, Sheet};
use crate::analysis::verify::Status;
use crate::model::Language;

/// Cases shown at first: enough to see what they are, and quick to draw.
const FIRST: usize = 40;

/// What can be pressed or filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The button that stops the run, or begins another one.
    Run,
    /// The choice of a file, by number; empty for all.
    File,
    /// The choice of a status, by number; empty for all.
    Status,
    /// The text to look for.
    Text,
    /// The button that shows all cases, not only the first.
    All,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 5] = [Self::Run, Self::File, Self::Status, Self::Text, Self::All];

    /// Its name in messages and in HTML.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::File => "file",
            Self::Status => "status",
            Self::Text => "text",
            Self::All => "all",
        }
    }
}

/// The validation page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its language.
    pub language: Language,
    /// What has come out so far.
    pub run: Run,
    /// Counts the runs: what belongs to an earlier one changes nothing any more.
    pub attempt: u32,
    /// Which cases are shown.
    pub filter: Filter,
    /// Whether all of them are shown, not only the first.
    pub is_whole: bool,
}

impl Page {
    /// The page before anything has been checked.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            language,
            run: Run::default(),
            attempt: 0,
            filter: Filter::default(),
            is_whole: false,
        }
    }

    /// What a field says. True when a run has to begin.
    pub fn hear(&mut self, name: &str, value: &str) -> bool {
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        match field {
            Some(Field::Run) => return self.toggle(),
            Some(Field::File) => self.filter.file = value.parse().ok(),
            Some(Field::Status) => {
                let at: Option<usize> = value.parse().ok();
                self.filter.status = at.and_then(|at| Status::ALL.get(at).copied());
            }
            Some(Field::Text) => self.filter.text = value.to_string(),
            Some(Field::All) => self.is_whole = true,
            None => {}
        }
        false
    }

    fn toggle(&mut self) -> bool {
        self.attempt += 1;
        let begins = !self.run.is_running;
        if begins {
            self.run = Run::default();
        } else {
            self.run.stop();
        }
        begins
    }

    /// The next file of an attempt; none when it is over.
    pub fn next_file(&mut self, attempt: u32) -> Option<usize> {
        if attempt == self.attempt {
            self.run.next_file()
        } else {
            None
        }
    }

    /// Takes the text of a file, or why there is none, and checks its cases.
    pub fn take(&mut self, attempt: u32, file: usize, text: Result<String, String>) {
        if attempt != self.attempt {
            return;
        }
        let checked = text.and_then(|text| {
            let sheet = Sheet::of(&text, self.language);
            sheet.map_err(|defects| defects.join("; "))
        });
        self.run.parts[file] = checked.map_or_else(Part::Failed, Part::Checked);
    }

    /// The cases that are shown, and how many the filter lets through.
    #[must_use]
    pub fn shown(&self) -> (Vec<&CaseRow>, usize) {
        let found = self.filter.of(&self.run);
        let n_found = found.len();
        let most = if self.is_whole { n_found } else { FIRST };
        let shown = found.into_iter().take(most).map(|(_, case)| case);
        (shown.collect(), n_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of as many cases as it has names.
    fn file(ids: &[String]) -> Result<String, String> {
        let cases = ids.iter().map(|id| {
            format!(
                r#"{{ "id": "{id}", "model": "M/M/1", "expect": {{ "mean_wait": 0.5 }},
                     "input": {{ "arrival_rate": 1, "service_rate": 2 }} }}"#
            )
        });
        let cases: Vec<String> = cases.collect();
        let cases = cases.join(",");
        Ok(format!(r#"{{ "schema_version": 1, "cases": [{cases}] }}"#))
    }

    #[test]
    fn the_button_stops_a_run_and_begins_another() {
        let mut page = Page::new(Language::En);
        assert_eq!(page.next_file(0), Some(0));
        assert!(!page.hear("run", ""));
        assert!(!page.run.is_running);
        assert_eq!(page.next_file(0), None);
        page.take(0, 0, file(&["late".to_string()]));
        assert_eq!(page.run, {
            let mut run = Run::default();
            run.stop();
            run
        });
        assert!(page.hear("run", ""));
        assert_eq!(
            (page.attempt, page.next_file(1), page.next_file(2)),
            (2, None, Some(0))
        );
    }

    #[test]
    fn a_file_that_cannot_be_had_or_read_says_why() {
        let mut page = Page::new(Language::En);
        page.take(0, 0, Err("HTTP 404".to_string()));
        page.take(0, 1, Ok("[]".to_string()));
        assert_eq!(page.run.parts[0], Part::Failed("HTTP 404".to_string()));
        let defect = "not a file of cases: expected an object".to_string();
        assert_eq!(page.run.parts[1], Part::Failed(defect));
    }

    #[test]
    fn fields_choose_the_cases() {
        let mut page = Page::new(Language::En);
        let ids: Vec<String> = (0..FIRST + 2).map(|at| format!("case-{at}")).collect();
        page.take(0, 2, file(&ids));
        page.take(0, 3, file(&["other".to_string()]));
        let all = FIRST + 3;
        let check = |page: &mut Page, field: &str, value: &str, expected: (usize, usize)| {
            assert!(!page.hear(field, value));
            let (shown, n_found) = page.shown();
            assert_eq!((shown.len(), n_found), expected, "{field} {value}");
        };
        check(&mut page, "file", "3", (1, 1));
        check(&mut page, "file", "", (FIRST, all));
        check(&mut page, "status", "1", (0, 0));
        check(&mut page, "status", "0", (FIRST, all));
        check(&mut page, "text", "other", (1, 1));
        check(&mut page, "text", "", (FIRST, all));
        check(&mut page, "mood", "good", (FIRST, all));
        check(&mut page, "all", "", (all, all));
    }
}

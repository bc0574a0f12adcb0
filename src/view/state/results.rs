//! Answers of the engine by number of the question, so that an answer never takes the place of
//! the answer to a later question, and the page knows when what it shows is out of date.

/// Number of a run request; later requests have greater numbers.
pub type RunId = u32;

/// The latest request and the latest answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Results<R> {
    wanted: RunId,
    shown: Option<(RunId, R)>,
    progress: Option<Progress>,
    failure: Option<String>,
}

/// How far the refinement of the wanted run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pairs of runs done.
    pub done: u32,
    /// Pairs wanted.
    pub wanted: u32,
}

impl<R> Default for Results<R> {
    fn default() -> Self {
        Self {
            wanted: 0,
            shown: None,
            progress: None,
            failure: None,
        }
    }
}

impl<R> Results<R> {
    /// Asks for a new run. What is shown stays until its answer is there.
    pub fn request(&mut self) -> RunId {
        self.wanted += 1;
        self.progress = None;
        self.failure = None;
        self.wanted
    }

    /// Takes an answer, unless that of a later request is shown already. While a slider is
    /// dragged, answers to earlier positions are shown until the last one is there.
    pub fn accept(&mut self, run: RunId, result: R, progress: Option<Progress>) {
        if self.shown.as_ref().is_none_or(|(shown, _)| *shown <= run) {
            self.shown = Some((run, result));
        }
        if run == self.wanted {
            self.progress = progress;
            self.failure = None;
        }
    }

    /// Improves the answer shown, if it is that of this run.
    pub fn refine(&mut self, run: RunId, improve: impl FnOnce(&mut R), progress: Option<Progress>) {
        if let Some((shown, result)) = &mut self.shown
            && *shown == run
        {
            improve(result);
            self.advance(run, progress);
        }
    }

    /// Notes progress of the wanted run.
    pub const fn advance(&mut self, run: RunId, progress: Option<Progress>) {
        if run == self.wanted {
            self.progress = progress;
        }
    }

    /// Notes that the wanted run failed, with a report. What was shown stays.
    pub fn fail(&mut self, run: RunId, report: String) {
        if run == self.wanted {
            self.progress = None;
            self.failure = Some(report);
        }
    }

    /// Notes that refinement was stopped.
    pub const fn stop(&mut self) {
        self.progress = None;
    }

    /// The latest answer.
    #[must_use]
    pub fn shown(&self) -> Option<&R> {
        self.shown.as_ref().map(|(_, result)| result)
    }

    /// The request that counts.
    #[must_use]
    pub const fn wanted(&self) -> RunId {
        self.wanted
    }

    /// True while the answer shown belongs to an earlier request.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.failure.is_none()
            && self
                .shown
                .as_ref()
                .is_none_or(|(run, _)| *run != self.wanted)
    }

    /// How far refinement is, while it runs.
    #[must_use]
    pub const fn progress(&self) -> Option<Progress> {
        self.progress
    }

    /// Why the wanted run failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_shown_in_the_order_of_their_questions() {
        let mut results = Results::default();
        let first = results.request();
        let second = results.request();
        let third = results.request();
        results.accept(second, "second", None);
        assert_eq!(
            (results.shown(), results.is_stale()),
            (Some(&"second"), true)
        );
        results.accept(first, "late", None);
        assert_eq!(results.shown(), Some(&"second"));
        results.accept(third, "third", None);
        assert_eq!(
            (results.shown(), results.is_stale()),
            (Some(&"third"), false)
        );
    }

    #[test]
    fn only_what_is_shown_is_refined() {
        let mut results = Results::default();
        let first = results.request();
        results.accept(first, 1, None);
        results.refine(first, |result| *result = 2, None);
        assert_eq!(results.shown(), Some(&2));
        let second = results.request();
        results.accept(second, 10, None);
        results.refine(first, |result| *result = 3, None);
        assert_eq!(results.shown(), Some(&10));
    }

    #[test]
    fn a_failure_keeps_what_was_shown() {
        let mut results = Results::default();
        let first = results.request();
        results.accept(first, 1, None);
        let second = results.request();
        results.fail(second, "no users".to_string());
        assert_eq!(
            (results.shown(), results.failure()),
            (Some(&1), Some("no users"))
        );
        let third = results.request();
        assert_eq!((results.failure(), results.wanted()), (None, third));
    }
}

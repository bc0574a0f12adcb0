//! Answers of the engine by number of the question, so that a late answer to an old question is
//! never shown.

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

    /// Takes an answer, unless it answers an earlier request.
    pub fn accept(&mut self, run: RunId, result: R, progress: Option<Progress>) {
        if run == self.wanted {
            self.shown = Some((run, result));
            self.progress = progress;
            self.failure = None;
        }
    }

    /// Notes progress of the wanted run.
    pub fn advance(&mut self, run: RunId, progress: Progress) {
        if run == self.wanted {
            self.progress = Some(progress);
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
    fn a_late_answer_is_dropped() {
        let mut results = Results::default();
        let first = results.request();
        results.accept(first, "first", None);
        let second = results.request();
        assert!(results.is_stale());
        results.accept(first, "late", None);
        results.fail(first, "late".to_string());
        assert_eq!(
            (results.shown(), results.is_stale()),
            (Some(&"first"), true)
        );
        results.accept(second, "second", None);
        assert_eq!(
            (results.shown(), results.is_stale()),
            (Some(&"second"), false)
        );
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

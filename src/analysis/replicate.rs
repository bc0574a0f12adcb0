//! Replications: every design of an experiment played several times.
//!
//! Replication i of every design meets the same luck (see [`crate::sim`]), so results are paired by
//! their number. Who runs them, in which order and on how many threads makes no difference: a
//! result is filed under its task. The command runs tasks in parallel, the page's worker one by one
//! between messages, a test in a plain loop:
//!
//! ```text
//! let results: Results = tasks(2, 0..32).map(|task| (task, play(task))).collect();
//! let (baseline, candidate) = results.paired(0, 1);
//! let deltas = compare(&baseline, &candidate);
//! ```

use std::ops::Range;

use litemap::LiteMap;
use serde::Serialize;

use super::figures::Figures;
use crate::scenario::{DesignCase, Scenario};
use crate::sim::Experiment;

/// One run to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Task {
    /// Number of the replication, from 0.
    pub replication: u32,
    /// Position of the design in the scenario; 0 is the baseline.
    pub design: u32,
}

/// A design of a scenario under its weather, on rates and as a whole.
#[must_use]
pub const fn experiment<'a>(
    scenario: &'a Scenario,
    case: &'a DesignCase,
    replication: u32,
) -> Experiment<'a> {
    Experiment::new(
        &case.design,
        &scenario.load,
        &scenario.tape,
        &scenario.plan,
        replication,
    )
}

/// The runs of an experiment, pair after pair, so that the first comparison is ready soon.
pub fn tasks(n_designs: u32, replications: Range<u32>) -> impl Iterator<Item = Task> {
    replications.flat_map(move |replication| {
        (0..n_designs).map(move |design| Task {
            replication,
            design,
        })
    })
}

/// Figures by task. Equal contents compare equal, whatever the order in which they came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    runs: LiteMap<Task, Figures>,
}

impl Results {
    /// Files a run's figures; a second run of the same task replaces the first, which it equals.
    pub fn insert(&mut self, task: Task, figures: Figures) {
        self.runs.insert(task, figures);
    }

    /// Adds the results of somebody else.
    pub fn merge(&mut self, other: Self) {
        for (task, figures) in other.runs {
            self.insert(task, figures);
        }
    }

    /// Runs filed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// True before the first run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// A design's figures in order of replication.
    #[must_use]
    pub fn of(&self, design: u32) -> Vec<Figures> {
        let mine = self.runs.iter().filter(|(task, _)| task.design == design);
        mine.map(|(_, figures)| figures.clone()).collect()
    }

    /// The figures of two designs for the replications that both have, in order.
    #[must_use]
    pub fn paired(&self, baseline: u32, candidate: u32) -> (Vec<Figures>, Vec<Figures>) {
        self.runs
            .iter()
            .filter(|(task, _)| task.design == baseline)
            .filter_map(|(task, figures)| {
                let partner = Task {
                    design: candidate,
                    ..*task
                };
                Some((figures.clone(), self.runs.get(&partner)?.clone()))
            })
            .unzip()
    }
}

impl FromIterator<(Task, Figures)> for Results {
    fn from_iter<I: IntoIterator<Item = (Task, Figures)>>(runs: I) -> Self {
        Self {
            runs: runs.into_iter().collect(),
        }
    }
}

impl Extend<(Task, Figures)> for Results {
    fn extend<I: IntoIterator<Item = (Task, Figures)>>(&mut self, runs: I) {
        self.runs.extend(runs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::tests::run;

    fn play(task: Task) -> (Task, Figures) {
        let luck = f64::from(task.replication) * 0.001;
        (task, run(0.99 - luck, 100.0 * f64::from(task.design)))
    }

    #[test]
    fn the_order_of_runs_makes_no_difference() {
        let all: Vec<_> = tasks(2, 0..8).map(play).collect();
        let forward: Results = all.iter().cloned().collect();
        let mut shuffled = Results::default();
        let mut chunk: Results = all.iter().step_by(3).cloned().collect();
        chunk.extend(all.iter().skip(2).step_by(3).cloned());
        for (task, figures) in all.iter().skip(1).step_by(3) {
            shuffled.insert(*task, figures.clone());
        }
        shuffled.merge(chunk);
        assert_eq!(shuffled, forward);
        assert_eq!(shuffled.len(), 16);
        assert_eq!(shuffled.of(1).len(), 8);
    }

    #[test]
    fn only_replications_that_both_sides_have_are_paired() {
        let mut results: Results = tasks(2, 0..3).map(play).collect();
        results.extend(tasks(1, 3..5).map(play));
        let (baseline, candidate) = results.paired(0, 1);
        assert_eq!((baseline.len(), candidate.len()), (3, 3));
        assert_eq!(baseline[2].availability, candidate[2].availability);
        let first: Vec<_> = tasks(2, 0..1).collect();
        assert_eq!(
            first.iter().map(|task| task.design).collect::<Vec<_>>(),
            [0, 1]
        );
        assert!(Results::default().is_empty());
    }
}

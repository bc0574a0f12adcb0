//! Whether the parts of a scenario make sense together.
//!
//! The format settles what a single value may look like; here is what takes more than one value,
//! or knowledge of the domain: references, order of bounds, circles of calls, zones that exist,
//! times inside the run. Nothing is changed and nothing is read: values in, findings out.
//!
//! Paths are JSON Pointers below the part that was handed in: below the architecture for a design,
//! below the document (`/load/...`, `/tape/...`) for the rest. An error means that the part at its
//! path cannot be used; a warning, that it can but is probably not what was meant.
//!
//! Left out: whether a name such as `"m6i.large"` has a price, and whether a pod fits on its node;
//! [`super::catalog::check`] knows that.

mod admission;
mod balancer;
mod daemons;
mod design;
mod fargate;
mod horizontal;
mod memory;
mod nodes;
mod queues;
mod rollout;
mod scheduling;
mod vertical;
mod weather;

pub use design::design;
pub use weather::{load, objectives, plan, tape};

use std::fmt::Display;

use super::finding::{Finding, FindingKind, nearest};
use super::variation::Triangular;
use crate::units::SimDuration;

/// Collects findings.
#[derive(Default)]
struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn error(&mut self, path: impl Into<String>, kind: FindingKind) {
        self.add_error(path.into(), kind);
    }

    fn add_error(&mut self, path: String, kind: FindingKind) {
        self.findings.push(Finding::error(path, kind));
    }

    fn warning(&mut self, path: impl Into<String>, kind: FindingKind) {
        self.findings.push(Finding::warning(path, kind));
    }

    fn absent(&mut self, path: impl Into<String>, what: &str) {
        let what = what.to_string();
        self.error(path, FindingKind::Absent { what });
    }

    fn out_of_range(&mut self, path: impl Into<String>, got: impl Display, range: &str) {
        self.add_out_of_range(path.into(), got.to_string(), range);
    }

    fn add_out_of_range(&mut self, path: String, got: String, range: &str) {
        let range = range.to_string();
        self.add_error(path, FindingKind::OutOfRange { got, range });
    }

    /// A length of time that lies between two others, both included.
    fn between(&mut self, path: String, got: SimDuration, low: SimDuration, high: SimDuration) {
        if got < low || got > high {
            self.out_of_range(path, got, &format!("{low} to {high}"));
        }
    }

    fn positive(&mut self, path: impl Into<String>, got: SimDuration) {
        if got.is_zero() {
            self.out_of_range(path, got, "more than 0s");
        }
    }

    fn triangular(&mut self, path: impl Into<String>, law: Triangular) {
        if !law.is_ordered() {
            let this = format!("min = {}, mode = {}, max = {}", law.min, law.mode, law.max);
            self.error(
                path,
                contradiction(this, "is ordered as", "min <= mode <= max"),
            );
        }
    }

    fn dangling<'a>(
        &mut self,
        path: impl Into<String>,
        id: &str,
        expected: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) {
        let kind = FindingKind::DanglingReference {
            id: id.to_string(),
            expected: expected.to_string(),
            suggestion: nearest(id, candidates),
        };
        self.error(path, kind);
    }
}

fn contradiction(this: impl Into<String>, relation: &str, other: impl Into<String>) -> FindingKind {
    FindingKind::Contradiction {
        this: this.into(),
        relation: relation.to_string(),
        other: other.into(),
    }
}

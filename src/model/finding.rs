//! Findings: problems as data, with severity and place.
//!
//! A broken input is answered with everything that is wrong with it. A finding says where (path in
//! the document, and line and column once the text is known), what, and what would be right; the
//! sentence in the reader's language is made by the view layer.

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The input is used as it is.
    Warning,
    /// The part named is not used; a check of the input fails.
    Error,
}

/// A position in a text; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// What is wrong. Texts inside are names and values from the input, shortened, never sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FindingKind {
    /// The text is larger than `limit_bytes`.
    TooLarge {
        /// Bytes allowed.
        limit_bytes: u32,
    },
    /// The text is not JSON; the parser's own words, in English.
    Syntax {
        /// The parser's message.
        message: String,
    },
    /// A key appears twice in one object; the last one counts.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A key that the format does not know.
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest known key, if one is near.
        suggestion: Option<String>,
    },
    /// A key that must be there is not.
    MissingKey {
        /// The key; where one of several would do, all of them with ` / ` in between.
        key: String,
    },
    /// A value of another type, or a text that is not the quantity expected.
    WrongType {
        /// What would be right, in English, with an example.
        expected: String,
        /// What is there.
        got: String,
    },
    /// A value that is not one of the words allowed.
    UnknownWord {
        /// What is there.
        got: String,
        /// The words allowed.
        allowed: Vec<String>,
        /// The nearest allowed word, if one is near.
        suggestion: Option<String>,
    },
    /// A number or length outside its range.
    OutOfRange {
        /// What is there.
        got: String,
        /// The range, as text: `"1 to 100"`.
        range: String,
    },
    /// A reference to something that does not exist.
    DanglingReference {
        /// The id referred to.
        id: String,
        /// What it should be: `"node_pool or node_group"`.
        expected: String,
        /// The nearest existing id, if one is near.
        suggestion: Option<String>,
    },
    /// Components call each other in a circle.
    Cycle {
        /// The ids on the circle.
        ids: Vec<String>,
    },
    /// Two values contradict each other.
    Contradiction {
        /// The first, as `path = value`.
        this: String,
        /// The relation that should hold: `"<="`.
        relation: String,
        /// The second.
        other: String,
    },
    /// Something the model needs is absent: `"users"`, `"a deployment"`.
    Absent {
        /// What is absent.
        what: String,
    },
    /// A vertical and a horizontal autoscaler follow the same metric.
    AutoscalersFight,
    /// A memory limit is below the request.
    LimitBelowRequest {
        /// The limit, such as `"512Mi"`.
        limit: String,
        /// The request.
        request: String,
    },
    /// Pods use more memory than their limit, and no vertical autoscaler raises it far enough.
    OutOfMemory {
        /// What a pod uses, such as `"512Mi"`.
        usage: String,
        /// Its limit.
        limit: String,
    },
    /// Karpenter and Cluster Autoscaler launch nodes for the same pods.
    TwoNodeAutoscalers {
        /// A node pool that the deployment runs on.
        pool: String,
        /// A node group with bounds that it runs on too.
        group: String,
    },
    /// Requests per target have a target where no Application Load Balancer counts them.
    RequestsNotCounted,
    /// Something that rates take no notice of; it is played request by request only.
    RequestsOnly,
    /// The file was written for another version of the format.
    Version {
        /// The version written.
        got: u32,
        /// The version understood.
        supported: u32,
    },
    /// The price book has no line for this name in this Region.
    NoPrice {
        /// The name, such as an instance type.
        name: String,
        /// A known name near it, if any.
        suggestion: Option<String>,
    },
}

/// One problem of an input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// JSON Pointer into the document, such as `/base/components/api/hpa`.
    pub path: String,
    /// Where in the text, when there is one.
    pub place: Option<Place>,
    /// What.
    #[serde(flatten)]
    pub kind: FindingKind,
}

impl Finding {
    /// An error at a path.
    #[must_use]
    pub fn error(path: impl Into<String>, kind: FindingKind) -> Self {
        Self {
            severity: Severity::Error,
            path: path.into(),
            place: None,
            kind,
        }
    }

    /// A warning at a path.
    #[must_use]
    pub fn warning(path: impl Into<String>, kind: FindingKind) -> Self {
        Self {
            severity: Severity::Warning,
            path: path.into(),
            place: None,
            kind,
        }
    }
}

/// The candidate nearest to `word` by edit distance, when it is near enough to be a slip.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut best = None;
    for candidate in candidates {
        compare(word, candidate, &mut best);
    }
    best.map(|(_, candidate)| candidate.to_string())
}

/// Puts a candidate and its distance in the place of the best so far, if it is nearer.
fn compare<'a>(word: &str, candidate: &'a str, best: &mut Option<(usize, &'a str)>) {
    let limit = (word.chars().count() / 3).clamp(1, 4);
    let found = (edit_distance(word, candidate), candidate);
    if found.0 <= limit && best.is_none_or(|best| found < best) {
        *best = Some(found);
    }
}

/// Edit distance in characters, in which two neighbours that changed places count as one slip; by
/// three rows of the table at a time.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let keys = ["replicas", "runs_on", "servers"];
        assert_eq!(nearest("replica", keys).as_deref(), Some("replicas"));
        assert_eq!(nearest("run_on", keys).as_deref(), Some("runs_on"));
        assert_eq!(nearest("srevers", keys).as_deref(), Some("servers"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("tow", ["one", "two"]).as_deref(), Some("two"));
    }
}

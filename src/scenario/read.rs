//! From a document to a scenario: read what is usable, and say what is not.
//!
//! Reading goes in rounds. A round cleans a value along the schema, reads it by type and checks
//! what the parts mean together; parts that such a check refuses are taken out in the next round,
//! as the schema walk takes out those that it refuses. Each part is refused at most once, so the
//! rounds end.

use serde_json::{Map, Value};

use super::format::{DesignEntry, SCHEMA_VERSION, ScenarioDocument};
use super::pointer;
use super::walk::Excluded;
use super::{DesignCase, Scenario, merge, schema, walk};
use crate::model::finding::nearest;
use crate::model::json::{FromJson, Refusal};
use crate::model::{Architecture, Design, Finding, FindingKind, Severity, Text, catalog, validate};

/// Rounds after which a value counts as unusable. Real files need two or three.
const ROUNDS_LIMIT: usize = 8;

/// Findings beyond this number are not reported.
const FINDINGS_LIMIT: usize = 200;

/// Findings, each once.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, finding: Finding) {
        if self.0.len() < FINDINGS_LIMIT && !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }

    fn holds(&self, path: &str, kind: &FindingKind) -> bool {
        self.0
            .iter()
            .any(|one| one.path == path && one.kind == *kind)
    }
}

/// Reads a document. Findings carry no places.
pub fn read(document: Value) -> (Option<Scenario>, Vec<Finding>) {
    let mut findings = Findings::default();
    let version = check_version(&document, &mut findings);
    let scenario = read_document(document, version, &mut findings);
    (scenario, findings.0)
}

/// A document of a newer version is read as far as it is understood. Returns the value to read in
/// place of the one written.
fn check_version(document: &Value, findings: &mut Findings) -> Option<u32> {
    let got = document.get("schema_version")?.as_u64()?;
    if got <= u64::from(SCHEMA_VERSION) {
        return None;
    }
    let kind = FindingKind::Version {
        got: u32::try_from(got).unwrap_or(u32::MAX),
        supported: SCHEMA_VERSION,
    };
    findings.add(Finding::error("/schema_version", kind));
    Some(SCHEMA_VERSION)
}

/// Reads what a round has cleaned, keeps it, and says what is wrong with it.
type Judge<'a> = dyn FnMut(&Value) -> Result<Vec<Finding>, Refusal> + 'a;

/// Cleans and reads `value` in rounds until no check refuses another part; none is returned when
/// that cannot be reached. What `judge` kept last is then what the value says.
fn in_rounds(
    value: &Value,
    schema: &'static Value,
    report: &mut dyn FnMut(Finding),
    judge: &mut Judge<'_>,
) -> Option<()> {
    let mut excluded = Excluded::new();
    for _ in 0..ROUNDS_LIMIT {
        let mut cleaned = value.clone();
        let (slips, usable) = walk::clean(&mut cleaned, schema, &excluded);
        let is_whole = slips.is_empty() && excluded.is_empty();
        // What the schema refuses is taken out of this round's value as well.
        let mut missing = excluded.clone();
        for slip in slips {
            missing.insert(slip.path.clone(), ());
            // What is missing because it was taken out has been reported already.
            if !is_consequence(&slip, &excluded) {
                report(slip);
            }
        }
        if !usable {
            return None;
        }
        let found = match judge(&cleaned) {
            Ok(found) => found,
            Err(refusal) => {
                let message = refusal.to_string();
                report(Finding::error("", FindingKind::Syntax { message }));
                return None;
            }
        };
        let mut refused = Excluded::new();
        let mut fatal = false;
        for finding in found {
            if finding.severity == Severity::Error {
                let is_new = !excluded.contains_key(&finding.path);
                fatal |= is_fatal(&finding.kind) || !is_new;
                if is_new {
                    refused.insert(finding.path.clone(), ());
                }
            }
            // Of a design with parts taken out, it says nothing new that something is absent.
            let is_absence = matches!(finding.kind, FindingKind::Absent { .. });
            if !is_consequence(&finding, &missing) && (is_whole || !is_absence) {
                report(finding);
            }
        }
        if fatal {
            return None;
        }
        if refused.is_empty() {
            return Some(());
        }
        for (pointer, ()) in refused {
            excluded.insert(pointer, ());
        }
    }
    None
}

/// Nothing can be taken out to mend these.
fn is_fatal(kind: &FindingKind) -> bool {
    matches!(kind, FindingKind::Absent { .. } | FindingKind::Cycle { .. })
}

/// True for what only follows from a part that was taken out: its key is missing, its list is too
/// short, or the finding about it is found once more.
fn is_consequence(finding: &Finding, excluded: &Excluded) -> bool {
    let is_in_part = |path: &String| {
        let rest = path.strip_prefix(&finding.path);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    match &finding.kind {
        FindingKind::MissingKey { key } => key
            .split(" / ")
            .any(|key| excluded.contains_key(&pointer::join(&finding.path, key))),
        FindingKind::OutOfRange { .. } if excluded.keys().any(is_in_part) => true,
        _ => excluded.contains_key(&finding.path),
    }
}

fn read_document(
    mut document: Value,
    version: Option<u32>,
    findings: &mut Findings,
) -> Option<Scenario> {
    let original = document.clone();
    if let (Some(version), Some(members)) = (version, document.as_object_mut()) {
        members.insert("schema_version".to_string(), version.into());
    }
    let mut designs: Option<Vec<DesignCase>> = None;
    let mut extra = Findings::default();
    let mut read = None;
    let settled = in_rounds(
        &document,
        schema::root(),
        &mut |finding| findings.add(finding),
        &mut |cleaned| {
            let typed = ScenarioDocument::from_json(cleaned)?;
            // The designs do not depend on what a round takes out elsewhere.
            let cases = designs.get_or_insert_with(|| read_designs(&document, &typed, &mut extra));
            let found = check_document(&typed, cases, &document);
            read = Some(typed);
            Ok(found)
        },
    );
    for finding in extra.0 {
        // A slip in the base shows in every design; the base has reported it.
        findings.add(finding);
    }
    settled?;
    let (read, designs) = (read?, designs?);
    let baseline = ordered_ids(&read).into_iter().next()?;
    if designs.first().is_none_or(|case| case.id != baseline) {
        return None;
    }
    Some(Scenario {
        id: read.id,
        title: read.title,
        question: read.question,
        claim: read.claim,
        designs,
        load: read.load,
        tape: read.tape,
        objectives: read.objectives,
        plan: read.plan,
        storyboard: read.storyboard,
        sources: read.sources,
        document: original,
    })
}

/// The ids of `design_order` that exist, each once, then those that it left out.
fn ordered_ids(document: &ScenarioDocument) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let listed = document.design_order.iter();
    for id in listed.chain(document.designs.keys()) {
        if document.designs.contains_key(id) && !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

fn read_designs(
    document: &Value,
    typed: &ScenarioDocument,
    findings: &mut Findings,
) -> Vec<DesignCase> {
    check_order(document, typed, findings);
    let empty = Value::Object(Map::new());
    let base = document.get("base").unwrap_or(&empty);
    let mut cases = Vec::new();
    for id in ordered_ids(typed) {
        let entry = &typed.designs[&id];
        let written = document.get("designs").and_then(|all| all.get(&id));
        let patch = written.and_then(|one| one.get("patch"));
        let sides = Sides {
            base,
            patch: patch.filter(|patch| patch.is_object()).unwrap_or(&empty),
            id: &id,
        };
        cases.extend(read_design(&sides, entry, findings));
    }
    cases
}

/// A design as the document writes it.
struct Sides<'a> {
    base: &'a Value,
    patch: &'a Value,
    id: &'a str,
}

fn read_design(
    sides: &Sides<'_>,
    entry: &DesignEntry,
    findings: &mut Findings,
) -> Option<DesignCase> {
    let patch_path = pointer::join("/designs", sides.id) + "/patch";
    stray_nulls(sides.base, sides.patch, &patch_path, findings);
    let mut merged = sides.base.clone();
    merge::apply(&mut merged, sides.patch);
    let mut report = |mut finding: Finding| {
        let in_base = format!("/base{}", finding.path);
        if !findings.holds(&in_base, &finding.kind) {
            finding.path = sides.locate(&finding.path);
            findings.add(finding);
        }
    };
    let written = merged.get("components").cloned().unwrap_or_default();
    let mut read = None;
    in_rounds(
        &merged,
        schema::definition("Architecture"),
        &mut report,
        &mut |cleaned| {
            let architecture = Architecture::from_json(cleaned)?;
            let (design, broken) = Design::resolve(sides.id, architecture);
            let mut found = validate::design(&design, &broken);
            found.extend(catalog::check(&design));
            // A reference to a part that was taken out is no slip of its own.
            found.retain(|finding| !refers_to_removed(finding, &written, &design));
            read = Some(design);
            Ok(found)
        },
    )?;
    Some(DesignCase {
        id: sides.id.to_string(),
        name: or_id(&entry.name, sides.id),
        summary: entry.summary.clone(),
        design: read?,
    })
}

fn or_id(name: &Text, id: &str) -> Text {
    if name.ja.is_empty() && name.en.is_empty() {
        Text {
            ja: id.to_string(),
            en: id.to_string(),
        }
    } else {
        name.clone()
    }
}

fn refers_to_removed(finding: &Finding, written: &Value, design: &Design) -> bool {
    match &finding.kind {
        FindingKind::DanglingReference { id, .. } => {
            written.get(id).is_some() && design.find(id).is_none()
        }
        _ => false,
    }
}

impl Sides<'_> {
    /// Where a value of the merged architecture was written: in the patch if that reaches as far
    /// as the base does, else in the base.
    fn locate(&self, path: &str) -> String {
        let reach = |mut value: &Value| {
            let mut reached = 0_usize;
            for key in pointer::keys(path) {
                let next = match value {
                    Value::Object(members) => members.get(&key).filter(|next| !next.is_null()),
                    Value::Array(items) => key.parse().ok().and_then(|at: usize| items.get(at)),
                    _ => None,
                };
                let Some(next) = next else {
                    break;
                };
                value = next;
                reached += 1;
            }
            reached
        };
        let (in_patch, in_base) = (reach(self.patch), reach(self.base));
        if in_patch > 0 && in_patch >= in_base {
            pointer::join("/designs", self.id) + "/patch" + path
        } else {
            format!("/base{path}")
        }
    }
}

/// A `null` that removes nothing is a slip in the key's name.
fn stray_nulls(base: &Value, patch: &Value, path: &str, findings: &mut Findings) {
    let Value::Object(changes) = patch else {
        return;
    };
    for (key, change) in changes {
        let before = base.get(key);
        let path = pointer::join(path, key);
        if !change.is_null() {
            stray_nulls(before.unwrap_or(&Value::Null), change, &path, findings);
        } else if before.is_none() {
            let known = base.as_object().into_iter().flat_map(Map::keys);
            let kind = FindingKind::UnknownKey {
                key: pointer::shorten(key),
                suggestion: nearest(&pointer::shorten(key), known.map(String::as_str)),
            };
            findings.add(Finding::warning(path, kind));
        }
    }
}

fn check_order(document: &Value, typed: &ScenarioDocument, findings: &mut Findings) {
    let written = document.get("design_order").and_then(Value::as_array);
    let listed: Vec<&str> = written
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    // A design that was taken out is still one that the order may name.
    let designs = document.get("designs");
    let is_written = |id: &str| designs.is_some_and(|all| all.get(id).is_some());
    for (at, id) in listed.iter().enumerate() {
        let path = format!("/design_order/{at}");
        if listed[..at].contains(id) {
            let key = pointer::shorten(id);
            findings.add(Finding::error(path, FindingKind::DuplicateKey { key }));
        } else if !is_written(id) {
            let kind = FindingKind::DanglingReference {
                id: pointer::shorten(id),
                expected: "a design".to_string(),
                suggestion: nearest(id, typed.designs.keys().map(String::as_str)),
            };
            findings.add(Finding::error(path, kind));
        }
    }
    for id in typed
        .designs
        .keys()
        .filter(|id| !listed.contains(&id.as_str()))
    {
        let key = id.clone();
        findings.add(Finding::error(
            "/design_order",
            FindingKind::MissingKey { key },
        ));
    }
}

/// What the parts of a document mean together.
fn check_document(
    typed: &ScenarioDocument,
    cases: &[DesignCase],
    document: &Value,
) -> Vec<Finding> {
    let designs: Vec<&Design> = cases.iter().map(|case| &case.design).collect();
    let mut findings = validate::plan(&typed.plan);
    findings.extend(validate::load(&typed.load, &typed.plan));
    findings.extend(validate::objectives(&typed.objectives));
    // With no design left, every reference of the tape would dangle.
    if !cases.is_empty() {
        findings.extend(validate::tape(&typed.tape, &designs, &typed.plan));
        check_storyboard(typed, cases, &mut findings);
    }
    for source in typed.sources.keys() {
        if document.pointer(source).is_none() {
            let kind = FindingKind::DanglingReference {
                id: pointer::shorten(source),
                expected: "a JSON Pointer into this file".to_string(),
                suggestion: None,
            };
            findings.push(Finding::warning(pointer::join("/sources", source), kind));
        }
    }
    findings
}

fn check_storyboard(typed: &ScenarioDocument, cases: &[DesignCase], findings: &mut Vec<Finding>) {
    let ids = || {
        let components = cases.iter().flat_map(|case| case.design.components());
        components.map(|(_, vertex)| vertex.id.as_str())
    };
    for (at, step) in typed.storyboard.iter().enumerate() {
        if step.at > typed.plan.duration {
            let kind = FindingKind::Contradiction {
                this: format!("at = {}", step.at),
                relation: "<=".to_string(),
                other: format!("duration = {}", typed.plan.duration),
            };
            findings.push(Finding::warning(format!("/storyboard/{at}/at"), kind));
        }
        let Some(focus) = step
            .focus
            .as_deref()
            .filter(|focus| !ids().any(|id| id == *focus))
        else {
            continue;
        };
        let kind = FindingKind::DanglingReference {
            id: pointer::shorten(focus),
            expected: "a component".to_string(),
            suggestion: nearest(&pointer::shorten(focus), ids()),
        };
        findings.push(Finding::error(format!("/storyboard/{at}/focus"), kind));
    }
}

//! `validate`, `schema`, `list`: looking at scenarios without playing them.

use serde_json::json;
use tradewind::model::Language;
use tradewind::scenario::{Scenario, presets, schema};

use crate::args::ValidateArgs;
use crate::input::{Done, Failure, errors, print, print_findings, read_bytes};

/// Checks files and prints every finding.
///
/// # Errors
/// Unreadable files.
pub fn validate(args: &ValidateArgs, language: Language) -> Result<Done, Failure> {
    let mut done = Done::Well;
    let mut report = Vec::new();
    for name in &args.files {
        let (_, findings) = Scenario::parse_bytes(&read_bytes(name)?);
        let errors = errors(&findings);
        if errors > 0 {
            done = Done::Failed;
        }
        if args.json {
            report.push(json!({ "file": name, "valid": errors == 0, "findings": findings }));
        } else {
            let mut text = Vec::new();
            print_findings(&mut text, name, &findings, language)?;
            let warnings = findings.len() - errors;
            let summary = format!("{name}: {errors} errors, {warnings} warnings\n");
            print(&(String::from_utf8_lossy(&text) + summary.as_str()))?;
        }
    }
    if args.json {
        print_json(&json!({ "files": report }))?;
    }
    Ok(done)
}

/// Prints the JSON Schema.
///
/// # Errors
/// When the output cannot be written.
pub fn schema() -> Result<Done, Failure> {
    print(schema::TEXT)?;
    Ok(Done::Well)
}

/// Lists the built-in scenarios.
///
/// # Errors
/// When the output cannot be written.
pub fn list(as_json: bool, language: Language) -> Result<Done, Failure> {
    let scenarios: Vec<Scenario> = presets::list()
        .iter()
        .map(presets::Preset::scenario)
        .collect();
    if as_json {
        let rows: Vec<_> = scenarios
            .iter()
            .map(|scenario| {
                let designs: Vec<_> = scenario
                    .designs
                    .iter()
                    .map(|case| json!({ "id": case.id, "name": case.name }))
                    .collect();
                json!({
                    "id": scenario.id,
                    "title": scenario.title,
                    "question": scenario.question,
                    "designs": designs,
                })
            })
            .collect();
        print_json(&json!({ "scenarios": rows }))?;
    } else {
        for scenario in &scenarios {
            let designs: Vec<&str> = scenario
                .designs
                .iter()
                .map(|case| case.id.as_str())
                .collect();
            print(&format!(
                "{:<10}  {}\n            {}\n            {}\n",
                scenario.id,
                scenario.title.get(language),
                scenario.question.get(language),
                designs.join(" | "),
            ))?;
        }
    }
    Ok(Done::Well)
}

/// Prints JSON with two spaces of indent and a final newline.
///
/// # Errors
/// When the output cannot be written.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).expect("plain data can always be written");
    print(&(text + "\n"))
}

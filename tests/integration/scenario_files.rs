//! The scenario files that are built in.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tradewind::scenario::{Scenario, presets, write};

mod broken;
mod meaning;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn built_in(id: &str) -> &'static str {
    presets::find(id).expect("built in").text
}

#[test]
fn every_file_of_the_folder_is_built_in_and_has_no_finding() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().into_string())
        .filter_map(Result::ok)
        .filter_map(|name| name.strip_suffix(".tradewind.json").map(str::to_string))
        .collect();
    names.sort_unstable();
    let mut ids: Vec<&str> = presets::list().iter().map(|preset| preset.id).collect();
    ids.sort_unstable();
    assert_eq!(names, ids);
    for preset in presets::list() {
        let (scenario, findings) = Scenario::parse(preset.text);
        assert_eq!(findings, [], "{}", preset.id);
        let scenario = scenario.expect("readable");
        assert!(scenario.designs.len() >= 2);
        assert!(scenario.storyboard.len() >= 3);
    }
}

/// `cargo xtask bench` plays them, and no check of the project runs that.
#[test]
fn the_benchmarks_workloads_have_no_finding() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/workloads");
    let mut n_files = 0;
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let text = fs::read_to_string(&path).expect("readable");
        let (scenario, findings) = Scenario::parse(&text);
        assert_eq!(findings, [], "{}", path.display());
        assert!(scenario.is_some(), "{}", path.display());
        n_files += 1;
    }
    assert!(n_files > 0);
}

/// `UPDATE_SCENARIOS=1` writes the files in the form that the program itself saves.
#[test]
fn files_are_in_the_form_that_the_program_saves() {
    for preset in presets::list() {
        let path = folder().join(format!("{}.tradewind.json", preset.id));
        let text = fs::read_to_string(&path).expect("readable");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let written = write::file_text(&value);
        if std::env::var_os("UPDATE_SCENARIOS").is_some() {
            fs::write(&path, &written).expect("writable");
        } else {
            assert!(
                text == written,
                "{}: run with UPDATE_SCENARIOS=1",
                preset.id
            );
        }
        let scenario = Scenario::parse(&written).0.expect("readable");
        assert_eq!(write::file_text(&scenario.document), written);
    }
}

/// Paths of the numbers and quantities of a value.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_string()),
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            found.push(path.to_string());
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                numbers(item, &format!("{path}/{at}"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                numbers(member, &format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_number_that_is_not_a_default_has_a_source() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        let document = &scenario.document;
        let mut found = Vec::new();
        for part in ["base", "load", "tape", "objectives"] {
            numbers(&document[part], &format!("/{part}"), &mut found);
        }
        for design in &scenario.designs {
            let patch = format!("/designs/{}/patch", design.id);
            numbers(
                document.pointer(&patch).expect("a patch"),
                &patch,
                &mut found,
            );
        }
        let sources: Vec<&String> = scenario.sources.keys().collect();
        for path in &found {
            let covered = sources
                .iter()
                .any(|source| path == *source || path.starts_with(&format!("{source}/")));
            assert!(
                covered || is_default(&scenario, path),
                "{}: {path}",
                preset.id
            );
        }
        for source in sources {
            let covers = found
                .iter()
                .any(|path| path == source || path.starts_with(&format!("{source}/")));
            assert!(covers, "{}: {source} is about no number", preset.id);
        }
    }
}

/// Whether the scenario means the same without the value at a path.
fn is_default(scenario: &Scenario, path: &str) -> bool {
    let mut document = scenario.document.clone();
    let (parent, key) = path.rsplit_once('/').expect("below the root");
    let Some(Value::Object(members)) = document.pointer_mut(parent) else {
        return false;
    };
    members.remove(key);
    let (without, findings) = Scenario::from_value(document);
    let Some(without) = without.filter(|_| findings.is_empty()) else {
        return false;
    };
    let same = |(a, b): (&_, &_)| -> bool {
        let (a, b): (
            &tradewind::scenario::DesignCase,
            &tradewind::scenario::DesignCase,
        ) = (a, b);
        a.design.architecture == b.design.architecture
    };
    without.load == scenario.load
        && without.tape == scenario.tape
        && without.objectives == scenario.objectives
        && without.designs.iter().zip(&scenario.designs).all(same)
}

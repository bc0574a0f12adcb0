//! The arrows between the layers: each imports only what stands to its left.
//!
//! `units <- model <- { scenario | sim } <- analysis <- view <- plot <- ui / referee / cli`
//!
//! The compiler cannot enforce this inside one crate, so this test reads the source. It sees
//! `crate::`, `super::` out of a layer, groups, and the crates that only one layer may name.

use crate::source::{Source, closing, find_words, is_word, line_of, read_all};

/// The layers of the library and what each may import beside itself.
const LAYERS: [(&str, &[&str]); 7] = [
    ("units", &[]),
    ("model", &["units"]),
    ("scenario", &["units", "model"]),
    ("sim", &["units", "model"]),
    ("analysis", &["units", "model", "scenario", "sim"]),
    ("view", &["units", "model", "scenario", "sim", "analysis"]),
    (
        "plot",
        &["units", "model", "scenario", "sim", "analysis", "view"],
    ),
];

/// The binaries of the page.
const BROWSER: &[&str] = &["src/ui/", "src/referee/"];

/// Crates that only some binaries may name, with their folders.
const CRATES_OF_A_BINARY: [(&str, &[&str]); 8] = [
    ("yew", &["src/ui/"]),
    ("gloo", BROWSER),
    ("web_sys", BROWSER),
    ("js_sys", BROWSER),
    ("wasm_bindgen", BROWSER),
    ("wasm_bindgen_futures", BROWSER),
    ("clap", &["src/cli/"]),
    ("indicatif", &["src/cli/"]),
];

#[test]
fn every_layer_imports_only_to_its_left() {
    let sources = read_all(&["src"]);
    assert!(sources.len() > 10, "the source was found");
    let findings: Vec<String> = sources.iter().flat_map(violations).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// What plays requests one by one weighs 15 kB, and only those who call it contain it.
#[test]
fn the_page_plays_rates_only() {
    let page = read_all(&["src/ui"]);
    assert!(page.len() > 10, "the source was found");
    for source in page {
        for name in ["run_requests", "of_requests", "RequestsPlane"] {
            let found = find_words(&source.code, name).count();
            assert_eq!(found, 0, "{} names {name}", source.path);
        }
    }
}

#[test]
fn every_module_of_the_library_is_a_known_layer() {
    let library = read_all(&["src"])
        .into_iter()
        .find(|source| source.path == "src/lib.rs");
    let code = library.expect("the library has a root").code;
    for at in find_words(&code, "mod") {
        let name = word_at(code[at + 3..].trim_start());
        assert!(
            LAYERS.iter().any(|(layer, _)| *layer == name),
            "`{name}` is no layer"
        );
    }
}

fn violations(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    let mut report = |at: usize, what: String| {
        findings.push(format!(
            "{}:{}: {what}",
            source.path,
            line_of(&source.code, at)
        ));
    };
    for (name, folders) in CRATES_OF_A_BINARY {
        if !folders.iter().any(|folder| source.path.starts_with(folder)) {
            let folders = folders.join(" and ");
            let is_path = |at: &usize| source.code[at + name.len()..].starts_with("::");
            for at in find_words(&source.code, name).filter(is_path) {
                report(at, format!("only {folders} may name the crate `{name}`"));
            }
        }
    }
    let Some((layer, allowed)) = layer_of(&source.path) else {
        return findings; // The root and the binaries may import every layer.
    };
    for (at, target) in imports(source) {
        if target != layer && !allowed.contains(&target.as_str()) {
            report(at, format!("`{layer}` may not import `{target}`"));
        }
    }
    findings
}

fn layer_of(path: &str) -> Option<(&'static str, &'static [&'static str])> {
    let first = path.strip_prefix("src/")?.split(['/', '.']).next()?;
    LAYERS.into_iter().find(|(layer, _)| *layer == first)
}

/// What a file imports from the crate's root: position and first name of each path.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let code = &source.code;
    let mut found = Vec::new();
    for name in ["crate", "tradewind"] {
        for at in find_words(code, name) {
            if let Some(path) = code[at + name.len()..].strip_prefix("::") {
                found.extend(first_names(path).into_iter().map(|target| (at, target)));
            }
        }
    }
    for at in find_words(code, "super") {
        let (n_up, path) = climb(&code[at..]);
        let is_first = !code[..at].ends_with("::");
        if is_first && n_up >= depth_of(&source.path) + inline_modules(code, at) {
            found.extend(first_names(path).into_iter().map(|target| (at, target)));
        }
    }
    found
}

/// The names that a path or a group of paths starts with.
fn first_names(path: &str) -> Vec<String> {
    let Some(inside) = path.strip_prefix('{') else {
        let name = if path.starts_with('*') {
            "*"
        } else {
            word_at(path)
        };
        return vec![name.to_owned()];
    };
    let end = closing(path, 0).expect("a group of imports ends");
    let mut depth = 0_usize;
    let parts = inside[..end - 1].split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .flat_map(first_names)
        .collect()
}

fn word_at(text: &str) -> &str {
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    &text[..end]
}

/// How often `super::` stands at the start, and what follows.
fn climb(mut path: &str) -> (usize, &str) {
    let mut n_up = 0;
    while let Some(rest) = path.strip_prefix("super::") {
        n_up += 1;
        path = rest;
    }
    (n_up, path)
}

/// How many modules a file stands below the root: 1 for `src/sim.rs`, 2 for `src/sim/clock.rs`.
fn depth_of(path: &str) -> usize {
    path.matches('/').count()
}

/// How many `mod name { .. }` surround a position.
fn inline_modules(code: &str, at: usize) -> usize {
    let is_around = |start: &usize| {
        let Some(open) = code[*start..].find(['{', ';']).map(|open| start + open) else {
            return false;
        };
        let end = if code[open..].starts_with('{') {
            closing(code, open)
        } else {
            None
        };
        end.is_some_and(|end| (open..end).contains(&at))
    };
    find_words(code, "mod").filter(is_around).count()
}

mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(violations(&Source::new(path, text)), expected);
    }

    #[test]
    fn an_import_to_the_left_or_within_is_fine() {
        check(
            "src/sim/hpa.rs",
            "use crate::{model::A, sim::clock, units::{B, C}};",
            &[],
        );
        check(
            "src/sim/hpa.rs",
            "use super::clock; // crate::view\nuse std::fmt;",
            &[],
        );
        check(
            "src/ui/main.rs",
            "use tradewind::view; use yew::prelude::*;",
            &[],
        );
        check("src/sim.rs", "mod tests { use super::*; }", &[]);
    }

    #[test]
    fn an_import_to_the_right_is_found() {
        let expected = ["src/sim/hpa.rs:2: `sim` may not import `analysis`"];
        check("src/sim/hpa.rs", "\nuse crate::analysis::cost;", &expected);
        check(
            "src/sim/hpa.rs",
            "\nuse crate::{model::{A, B}, analysis};",
            &expected,
        );
        check(
            "src/sim/hpa.rs",
            "\nlet a = crate::analysis::cost();",
            &expected,
        );
        check(
            "src/sim/hpa.rs",
            "\nuse super::super::analysis::cost;",
            &expected,
        );
        check(
            "src/sim/hpa.rs",
            "\nuse tradewind::analysis::cost;",
            &expected,
        );
        let sideways = ["src/view.rs:1: `view` may not import `plot`"];
        check("src/view.rs", "use super::plot::charts;", &sideways);
        check(
            "src/view.rs",
            "mod tests { use super::super::plot::charts; }",
            &sideways,
        );
        let all = ["src/units/time.rs:1: `units` may not import `*`"];
        check("src/units/time.rs", "use crate::*;", &all);
    }

    #[test]
    fn a_crate_of_a_binary_is_found_elsewhere() {
        let expected = ["src/view.rs:1: only src/ui/ may name the crate `yew`"];
        check("src/view.rs", "use yew::prelude::*;", &expected);
        let expected = ["src/ui/main.rs:1: only src/cli/ may name the crate `clap`"];
        check("src/ui/main.rs", "use clap::Parser;", &expected);
    }
}

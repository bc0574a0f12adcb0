//! Small pieces, nothing left behind, and every file where a newcomer looks for it.
//!
//! An exception stands in [`EXCEPTIONS`] by rule and file, with its reason; one that is no longer
//! needed fails the test.

use std::fs;

use crate::source::{Source, closing, find_words, line_of, read_all, root};

const MAX_COLUMNS: usize = 100;
const MAX_FILE_LINES: usize = 500;
const MAX_FUNCTION_LINES: usize = 70;
const MAX_COMPONENT_LINES: usize = 150;

/// Rule, file, reason.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "function length",
    "src/view/events/tests.rs",
    "a list with one event of every kind",
)];

/// Folders with Rust source.
const FOLDERS: [&str; 4] = ["src", "tests", "benches", "xtask"];

/// What stands at the top of the checkout, hidden files apart.
const TOP_LEVEL: [&str; 21] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "Trunk.toml",
    "benches",
    "clippy.toml",
    "docs",
    "index.html",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scenarios",
    "src",
    "tests",
    "webdriver.json",
    "www",
    "xtask",
];

/// Made by builds and never committed.
const MADE: [&str; 3] = ["dist", "target", "node_modules"];

/// Which names a folder may hold: exact ones, or `*` and an ending. Everything else is misplaced.
const MEMBERS: [(&str, &[&str]); 5] = [
    (
        "benches",
        &[
            "controllers.rs",
            "decisions.rs",
            "engine.rs",
            "peers",
            "platforms.rs",
            "speed.rs",
            "works.rs",
        ],
    ),
    (
        "src",
        &[
            "*.rs", "analysis", "cli", "model", "plot", "referee", "scenario", "sim", "ui",
            "units", "view",
        ],
    ),
    ("scenarios", &["README.md", "*.tradewind.json"]),
    (
        "tests",
        &[
            "integration",
            "golden",
            "wasm",
            "e2e",
            "vectors",
            "fingerprint.rs",
        ],
    ),
    (
        "www",
        &[
            "404.html",
            "app.css",
            "favicon.svg",
            "icons",
            "manifest.webmanifest",
            "schema",
            "sw.js",
            "audit.css",
            "validation.css",
        ],
    ),
];

/// A broken rule: rule, file, what and where.
type Finding = (&'static str, String, String);

#[test]
fn the_source_is_tidy() {
    let sources = read_all(&FOLDERS);
    assert!(sources.len() > 20, "the source was found");
    let findings: Vec<Finding> = sources.iter().flat_map(examine).collect();
    let is_excepted = |finding: &&Finding| {
        EXCEPTIONS
            .iter()
            .any(|(rule, path, _)| *rule == finding.0 && *path == finding.1)
    };
    let unexpected: Vec<String> = findings
        .iter()
        .filter(|finding| !is_excepted(finding))
        .map(|(rule, path, what)| format!("{path}:{what} ({rule})"))
        .collect();
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    for (rule, path, reason) in EXCEPTIONS {
        let is_needed = findings
            .iter()
            .any(|finding| finding.0 == rule && finding.1 == path);
        assert!(
            is_needed,
            "{path} keeps to `{rule}` now: drop its exception ({reason})"
        );
    }
}

#[test]
fn every_file_has_its_place() {
    let top: Vec<&str> = TOP_LEVEL.iter().chain(&MADE).copied().collect();
    let mut misplaced = misplaced("", &names_in(""), &top);
    for (folder, allowed) in MEMBERS {
        misplaced.extend(self::misplaced(folder, &names_in(folder), allowed));
    }
    assert!(misplaced.is_empty(), "no place is known for {misplaced:?}");
}

fn examine(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |rule, what: String| findings.push((rule, source.path.clone(), what));
    let n_lines = source.text.lines().count();
    if n_lines > MAX_FILE_LINES {
        report("file length", format!("1: {n_lines} lines"));
    }
    for (index, line) in source.text.lines().enumerate() {
        let n_columns = line.chars().count();
        if n_columns > MAX_COLUMNS {
            report("line length", format!("{}: {n_columns} columns", index + 1));
        }
        if line.contains(concat!("FIX", "ME")) {
            report("left behind", format!("{}: {}", index + 1, line.trim()));
        }
    }
    for (at, rule, what) in banned(source) {
        report(rule, format!("{}: {what}", line_of(&source.code, at)));
    }
    for (at, name, n_lines, limit) in functions(source) {
        if n_lines > limit {
            let line = line_of(&source.code, at);
            report(
                "function length",
                format!("{line}: `{name}` has {n_lines} lines of {limit}"),
            );
        }
    }
    findings
}

/// Calls that may not stand where they stand: position, rule, what.
fn banned(source: &Source) -> Vec<(usize, &'static str, &'static str)> {
    const LEFT_BEHIND: [&str; 3] = ["todo", "unimplemented", "dbg"];
    const IGNORED: &str = "#[ignore";
    const PRINTS: [&str; 4] = ["println", "print", "eprintln", "eprint"];
    let code = &source.code;
    let calls = |name: &'static str| {
        find_words(code, name).filter(move |at| code[at + name.len()..].starts_with('!'))
    };
    let mut found = Vec::new();
    for name in LEFT_BEHIND {
        found.extend(calls(name).map(|at| (at, "left behind", name)));
    }
    let ignored = code
        .match_indices(IGNORED)
        .map(|(at, _)| (at, "left behind", IGNORED));
    found.extend(ignored);
    let is_library = source.path.starts_with("src/")
        && !["src/cli/", "src/referee/", "src/ui/"]
            .iter()
            .any(|binary| source.path.starts_with(binary));
    if is_library {
        for name in PRINTS {
            found.extend(calls(name).map(|at| (at, "the library prints nothing", name)));
        }
    }
    found
}

/// All functions: position, name, length in lines and how long it may be.
fn functions(source: &Source) -> Vec<(usize, &str, usize, usize)> {
    let code = &source.code;
    let mut found = Vec::new();
    for at in find_words(code, "fn") {
        let after = code[at + 2..].trim_start();
        let name = &after[..after.find(['<', '(']).unwrap_or_default()];
        let body = code[at..].find(['{', ';']).map(|body| at + body);
        let is_function = !name.is_empty() && code[at + 2..].starts_with(' ');
        if let Some(open) = body.filter(|_| is_function)
            && code[open..].starts_with('{')
            && let Some(end) = closing(code, open)
        {
            let n_lines = line_of(code, end) - line_of(code, at) + 1;
            let is_component = source.path.starts_with("src/ui/") && has_component_mark(code, at);
            let limit = if is_component {
                MAX_COMPONENT_LINES
            } else {
                MAX_FUNCTION_LINES
            };
            found.push((at, name, n_lines, limit));
        }
    }
    found
}

/// Whether one of the attributes right above a function makes it a component.
fn has_component_mark(code: &str, at: usize) -> bool {
    let before = &code[..at];
    let start = before.rfind(['}', ';']).map_or(0, |end| end + 1);
    ["#[component", "#[function_component"]
        .iter()
        .any(|mark| before[start..].contains(mark))
}

/// The visible names in a folder of the checkout.
fn names_in(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else {
        return Vec::new(); // A folder that does not exist yet holds nothing misplaced.
    };
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry
            .expect("a readable folder")
            .file_name()
            .to_string_lossy()
            .into_owned()
    };
    entries
        .map(name)
        .filter(|name| !name.starts_with('.'))
        .collect()
}

fn misplaced(folder: &str, names: &[String], allowed: &[&str]) -> Vec<String> {
    let has_place = |name: &str| {
        allowed.iter().any(|place| match place.strip_prefix('*') {
            Some(ending) => name.ends_with(ending),
            None => name == *place,
        })
    };
    let strangers = names.iter().filter(|name| !has_place(name));
    strangers.map(|name| format!("{folder}/{name}")).collect()
}

mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[(&str, &str)]) {
        let found = examine(&Source::new(path, text));
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(rule, _, what)| (*rule, what.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    fn function(attribute: &str, n_lines: usize) -> String {
        format!(
            "{attribute}\nfn long<T>(a: T) {{\n{}}}\n",
            "    a;\n".repeat(n_lines - 2)
        )
    }

    #[test]
    fn lengths_count_up_to_their_limit() {
        check("src/a.rs", &"\n".repeat(500), &[]);
        check(
            "src/a.rs",
            &"\n".repeat(501),
            &[("file length", "1: 501 lines")],
        );
        check("src/a.rs", &format!("// {}", "日".repeat(97)), &[]);
        let long = format!("\n// {}", "日".repeat(98));
        check("src/a.rs", &long, &[("line length", "2: 101 columns")]);
        check("src/a.rs", &function("", 70), &[]);
        let expected = [("function length", "2: `long` has 71 lines of 70")];
        check("src/a.rs", &function("", 71), &expected);
    }

    #[test]
    fn a_component_may_be_longer_in_the_page_only() {
        check("src/ui/a.rs", &function("#[component]", 150), &[]);
        let expected = [("function length", "2: `long` has 151 lines of 150")];
        check(
            "src/ui/a.rs",
            &function("#[component(Long)]", 151),
            &expected,
        );
        let expected = [("function length", "2: `long` has 71 lines of 70")];
        check("src/a.rs", &function("#[component]", 71), &expected);
        check(
            "src/ui/a.rs",
            &function("#[component] struct A; /* */", 71),
            &expected,
        );
    }

    #[test]
    fn what_was_left_behind_is_found_and_words_about_it_are_not() {
        for name in ["todo", "unimplemented", "dbg"] {
            let text = format!("fn f() {{\n    {name}!(1)\n}}");
            check(
                "xtask/src/a.rs",
                &text,
                &[("left behind", &format!("2: {name}"))],
            );
            check(
                "src/a.rs",
                &format!("// {name}!(1)\n/// \"{name}!\"\n"),
                &[],
            );
        }
        let ignored = format!("{}[ignore = \"slow\"]\nfn f() {{}}", '#');
        check("tests/a.rs", &ignored, &[("left behind", "1: #[ignore")]);
        let comment = format!("// {}{}: later", "FIX", "ME");
        check(
            "src/a.rs",
            &comment,
            &[("left behind", &format!("1: {comment}"))],
        );
    }

    #[test]
    fn only_the_library_may_not_print() {
        let text = "fn f() { println!(\"a\"); }";
        check(
            "src/sim/a.rs",
            text,
            &[("the library prints nothing", "1: println")],
        );
        check("src/cli/a.rs", text, &[]);
        check("xtask/src/a.rs", text, &[]);
    }

    #[test]
    fn a_stranger_in_a_folder_is_found() {
        let names = ["q1-2.tradewind.json", "README.md", "notes.json"].map(str::to_owned);
        let found = misplaced("scenarios", &names, &["README.md", "*.tradewind.json"]);
        assert_eq!(found, ["scenarios/notes.json"]);
    }
}

//! The table of published results names tests and vectors; they must be there.

use std::path::Path;

/// Code spans of a text that name a test (`file::function`) or a vector (`file#id`).
fn references(text: &str) -> Vec<&str> {
    let spans = text.split('`').skip(1).step_by(2);
    let names = |it: &&str| it.contains("::") || it.contains(".json#");
    spans.filter(names).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn exists(root: &Path, reference: &str) -> bool {
    if let Some((file, function)) = reference.split_once("::") {
        let folder = if file.starts_with("src/") {
            ""
        } else {
            "tests/integration"
        };
        let text = read(&root.join(folder).join(file));
        return text.contains(&format!("#[test]\nfn {function}()"))
            || text.contains(&format!("#[test]\n    fn {function}()"));
    }
    let Some((file, id)) = reference.split_once('#') else {
        return false;
    };
    let text = read(&root.join("tests/vectors").join(file));
    text.contains(&format!("\"id\": \"{id}\""))
}

#[test]
fn every_published_result_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = read(&root.join("docs/PUBLISHED.md"));
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<&str> = rows
        .filter(|line| !line.starts_with("| Published"))
        .collect();
    assert!(rows.len() >= 27, "{} rows", rows.len());
    for row in rows {
        let named = references(row);
        assert!(
            !named.is_empty() || row.contains("**not a result of a simulation**"),
            "no test: {row}"
        );
        for reference in named {
            assert!(exists(root, reference), "{reference} is not there");
        }
    }
}

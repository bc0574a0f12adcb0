//! The referee's files get names that change with their content.
//!
//! Trunk puts a hash into the names of the page's own files and not into those of a worker, so a
//! cache could pair a new page with an old referee. The page names the script, and the script its
//! wasm.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

/// Trunk's names of the script and of its wasm.
const SCRIPT: &str = "referee.js";
const WASM: &str = "referee_bg.wasm";

/// Renames the referee's files by their content, in the page and in the script as well.
///
/// # Errors
/// If one of them is not there, or does not name the next one exactly once.
pub fn give_name(dist: &Path) -> Result<()> {
    let text = |name: &str| {
        let file = dist.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let (page, script) = (text("index.html")?, text(SCRIPT)?);
    let wasm = fs::read(dist.join(WASM)).with_context(|| format!("cannot read {WASM}"))?;
    let digest = Sha256::new()
        .chain_update(&script)
        .chain_update(wasm)
        .finalize();
    let hash: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let [script_name, wasm_name] = [
        format!("referee-{hash}.js"),
        format!("referee-{hash}_bg.wasm"),
    ];
    let page = renamed(&page, SCRIPT, &script_name)?;
    let script = renamed(&script, WASM, &wasm_name)?;
    let write = |name: &str, text: String| {
        fs::write(dist.join(name), text).with_context(|| format!("cannot write {name}"))
    };
    write("index.html", page)?;
    write(&script_name, script)?;
    fs::remove_file(dist.join(SCRIPT)).with_context(|| format!("cannot remove {SCRIPT}"))?;
    fs::rename(dist.join(WASM), dist.join(&wasm_name))
        .with_context(|| format!("cannot rename {WASM}"))
}

fn renamed(text: &str, from: &str, to: &str) -> Result<String> {
    let n_found = text.matches(from).count();
    ensure!(n_found == 1, "{from} must be named once, found {n_found}");
    Ok(text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_exactly_once() {
        let page = "<link rel=\"referee\" href=\"./referee.js\">";
        let expected = "<link rel=\"referee\" href=\"./referee-1.js\">";
        assert_eq!(renamed(page, SCRIPT, "referee-1.js").unwrap(), expected);
        assert!(renamed("", SCRIPT, "referee-1.js").is_err());
        assert!(renamed(&page.repeat(2), SCRIPT, "referee-1.js").is_err());
    }
}

//! The page's content security policy: inline scripts are allowed by their hash.
//!
//! Trunk writes the loader of the wasm module as an inline script whose text holds hashed file
//! names, so its hash is known only after the build. The source files carry a placeholder in their
//! policy; [`seal`] puts the hashes there. A static site cannot use a nonce: it would be the same
//! for everybody.

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Stands in a page's policy where the hashes of its inline scripts belong.
pub const PLACEHOLDER: &str = "'inline-script-hashes'";

/// Returns `html` with the placeholder replaced by the hashes of its inline scripts.
///
/// # Errors
/// If the placeholder does not occur exactly once, or a script has no end.
pub fn seal(html: &str) -> Result<String> {
    let n_found = html.matches(PLACEHOLDER).count();
    ensure!(
        n_found == 1,
        "the policy must hold {PLACEHOLDER} once, found {n_found}"
    );
    let hashes: Vec<String> = inline_scripts(html)?.into_iter().map(source_of).collect();
    Ok(html.replace(PLACEHOLDER, &hashes.join(" ")))
}

fn source_of(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// The texts of all scripts that stand in the page itself.
fn inline_scripts(html: &str) -> Result<Vec<&str>> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        let tag = &rest[start..];
        let Some(open_end) = tag.find('>') else {
            anyhow::bail!("a script tag has no end")
        };
        let body = &tag[open_end + 1..];
        let Some(close) = body.find("</script>") else {
            anyhow::bail!("a script has no end")
        };
        if !tag[..open_end].contains(" src=") {
            scripts.push(&body[..close]);
        }
        rest = &body[close..];
    }
    Ok(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_hashed_and_linked_ones_are_not() {
        let page = format!(
            "<meta content=\"script-src {PLACEHOLDER}\"><script src=\"a.js\"></script>\
             <script type=\"module\">alert(1)</script>"
        );
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";
        let sealed = seal(&page).unwrap();
        assert_eq!(sealed, page.replace(PLACEHOLDER, hash));
    }

    #[test]
    fn a_page_without_exactly_one_placeholder_is_refused() {
        assert!(seal("<script>1</script>").is_err());
        assert!(seal(&format!("{PLACEHOLDER} {PLACEHOLDER}")).is_err());
        assert!(seal(&format!("{PLACEHOLDER}<script>1")).is_err());
    }
}

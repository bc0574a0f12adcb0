//! Where things are: the checkout, the built site and the folder of pinned tools.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// A checkout of the project and the folder that its pinned tools are installed to.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
    tools: PathBuf,
}

impl Project {
    /// The checkout that this program was compiled from.
    ///
    /// Tools live in `$TRADEWIND_TOOLS`, or else in `~/.local/share/tradewind/tools`, outside the
    /// checkout, so that a second clone does not compile them again.
    #[must_use]
    pub fn here() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest
            .parent()
            .expect("xtask is a folder of the project")
            .to_path_buf();
        let tools = env::var_os("TRADEWIND_TOOLS").map_or_else(default_tools, PathBuf::from);
        Self { root, tools }
    }

    /// The checkout's top folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The built site.
    #[must_use]
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Files made on the way to the site, such as the first picture.
    #[must_use]
    pub fn site_parts(&self) -> PathBuf {
        self.root.join("target").join("site")
    }

    /// The folder of pinned tools; executables are in its `bin`.
    #[must_use]
    pub fn tools(&self) -> &Path {
        &self.tools
    }

    /// `PATH` with the pinned tools first.
    #[must_use]
    pub fn path_variable(&self) -> OsString {
        let old = env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.tools.join("bin")).chain(env::split_paths(&old));
        env::join_paths(all).unwrap_or(old)
    }

    /// Looks for the first of `names` in [`Self::path_variable`].
    #[must_use]
    pub fn find_program(&self, names: &[&str]) -> Option<PathBuf> {
        let path = self.path_variable();
        names
            .iter()
            .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
            .find(|candidate| candidate.is_file())
    }

    /// A command that runs at the top of the checkout and finds the pinned tools first.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("PATH", self.path_variable());
        command
    }

    /// The version of `package` that `Cargo.lock` pins.
    ///
    /// # Errors
    /// If the lock file cannot be read or does not hold the package.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        self.locked_version_in("Cargo.lock", package)
    }

    /// The version of `package` that a lock file of the checkout pins.
    ///
    /// # Errors
    /// If the lock file cannot be read or does not hold the package.
    pub fn locked_version_in(&self, lock_file: &str, package: &str) -> Result<String> {
        let file = self.root.join(lock_file);
        let lock = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        version_in_lock(&lock, package)
            .with_context(|| format!("{} does not list {package}", file.display()))
    }
}

fn default_tools() -> PathBuf {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
    let home = home.map_or_else(|| PathBuf::from("."), PathBuf::from);
    home.join(".local")
        .join("share")
        .join("tradewind")
        .join("tools")
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    Some(
        lines
            .next()?
            .strip_prefix("version = \"")?
            .strip_suffix('"')?
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\n\n\
        [[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.7\"\n";

    #[test]
    fn a_version_belongs_to_the_exact_name() {
        assert_eq!(
            version_in_lock(LOCK, "wasm-bindgen").as_deref(),
            Some("0.2.129")
        );
        assert_eq!(
            version_in_lock(LOCK, "wasm-bindgen-macro").as_deref(),
            Some("0.2.7")
        );
        assert_eq!(version_in_lock(LOCK, "wasm"), None);
    }

    #[test]
    fn the_real_lock_file_pins_wasm_bindgen() {
        let version = Project::here().locked_version("wasm-bindgen").unwrap();
        assert!(version.starts_with("0.2."), "{version}");
    }
}

//! Python with the scripts' packages: a virtual environment among the pinned tools.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{ask, run};
use crate::project::Project;

/// The folder of the scripts.
pub const SCRIPTS: &str = "benches/peers/python";
/// Pins the packages, next to the scripts.
const REQUIREMENTS: &str = "requirements.txt";

/// Makes sure of an environment with exactly the required packages; returns its interpreter.
///
/// # Errors
/// If there is no Python, or the packages cannot be installed; the message says what to do.
pub fn environment(project: &Project) -> Result<String> {
    let folder = project.tools().join("bench-peers");
    let python = folder.join("bin").join("python").display().to_string();
    let required = requirements(project)?;
    // Written last, so that an installation that was broken off is made anew.
    let installed = folder.join(REQUIREMENTS);
    let is_there = fs::read_to_string(&installed).is_ok_and(|it| it == required)
        && ask(Command::new(&python).arg("--version")).is_some();
    if is_there {
        return Ok(python);
    }
    install(project, &folder, &python)?;
    fs::write(&installed, required)
        .with_context(|| format!("cannot write {}", installed.display()))?;
    Ok(python)
}

fn install(project: &Project, folder: &Path, python: &str) -> Result<()> {
    if ask(project.command("python3").arg("--version")).is_none() {
        bail!("python3 is missing. Install Python 3.11 or newer.");
    }
    println!("set-up: installing SimPy and Ciw for Python (some seconds, once per machine)");
    run(project
        .command("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder))
    .context(
        "Python cannot make a virtual environment. \
         On Debian or Ubuntu run: sudo apt-get install -y python3-venv",
    )?;
    let file = project.root().join(SCRIPTS).join(REQUIREMENTS);
    run(project
        .command(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg("--requirement")
        .arg(file))
    .context("the packages cannot be installed; they come from PyPI and need Python 3.11 or newer")
}

/// The version of a package that the scripts ask for.
///
/// # Errors
/// If the requirements cannot be read, or do not name the package.
pub fn required_version(project: &Project, package: &str) -> Result<String> {
    version_in(&requirements(project)?, package)
        .with_context(|| format!("{REQUIREMENTS} does not pin {package}"))
}

fn requirements(project: &Project) -> Result<String> {
    let file = project.root().join(SCRIPTS).join(REQUIREMENTS);
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn version_in(requirements: &str, package: &str) -> Option<String> {
    let mut lines = requirements
        .lines()
        .filter_map(|line| line.split_once("=="));
    let (_, version) = lines.find(|(name, _)| *name == package)?;
    Some(version.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_belongs_to_the_exact_name() {
        let text = "# pinned\nciwx==1.0\nciw==3.2.7\n";
        assert_eq!(version_in(text, "ciw").as_deref(), Some("3.2.7"));
        assert_eq!(version_in(text, "simpy"), None);
    }

    #[test]
    fn the_real_requirements_pin_the_scripts_packages() {
        for package in ["simpy", "ciw"] {
            let version = required_version(&Project::here(), package).unwrap();
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{version}"
            );
        }
    }
}

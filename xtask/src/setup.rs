//! Installing what is missing on a fresh machine, and nothing that is there.
//!
//! Given: rustup's Rust and a C linker. Installed: the wasm target, trunk and wasm-bindgen at
//! pinned versions, and on Debian and Ubuntu as root a headless browser, its driver and Japanese
//! fonts. The tools are compiled without optimisation and without TLS: they run a few seconds per
//! build, so this trades nothing visible for a third of the compile time.

use std::fs::{self, File};

use anyhow::{Context, Result, bail};

use crate::process::{ask, run};
use crate::project::Project;

/// The target that the page is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Trunk's version. 0.22 needs a newer Rust than the pinned one (2026-11-22).
const TRUNK_VERSION: &str = "0.21.14";

/// Any browser that chromedriver can drive, by the names systems give it.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Installs everything that building and testing need.
///
/// # Errors
/// If something is missing and could not be installed; the message says what to run.
pub fn everything(project: &Project) -> Result<()> {
    rust_parts(project)?;
    site_tools(project)?;
    browser(project)?;
    println!("set-up: everything is in place");
    Ok(())
}

/// Makes sure of the formatter, the linter and the wasm target of the pinned toolchain.
///
/// # Errors
/// If one is missing and rustup cannot add it.
pub fn rust_parts(project: &Project) -> Result<()> {
    for part in ["clippy", "fmt"] {
        if ask(project.command("cargo").args([part, "--version"])).is_none() {
            let component = if part == "fmt" { "rustfmt" } else { part };
            run(project
                .command("rustup")
                .args(["component", "add", component]))?;
        }
    }
    let print = ["--print", "target-libdir", "--target", WASM_TARGET];
    let folder = ask(project.command("rustc").args(print));
    if !folder.is_some_and(|folder| std::path::Path::new(&folder).is_dir()) {
        run(project
            .command("rustup")
            .args(["target", "add", WASM_TARGET]))
        .context("the page needs the wasm target of the pinned Rust")?;
    }
    Ok(())
}

/// Makes sure of trunk and wasm-bindgen at the pinned versions.
///
/// # Errors
/// If one is missing and cannot be compiled.
pub fn site_tools(project: &Project) -> Result<()> {
    // wasm-bindgen's output format changes with every version: it must equal the library's.
    let wasm_bindgen = project.locked_version("wasm-bindgen")?;
    let programs = ["wasm-bindgen", "wasm-bindgen-test-runner"];
    install_tool(
        project,
        "wasm-bindgen-cli",
        &wasm_bindgen,
        &programs,
        "1 minute",
    )?;
    install_tool(project, "trunk", TRUNK_VERSION, &["trunk"], "3 minutes")
}

/// Makes sure of a browser, its driver and fonts that have Japanese.
///
/// # Errors
/// If one is missing and this program may not install it; the message says what to run.
pub fn browser(project: &Project) -> Result<()> {
    let missing = missing_packages(project);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !is_root() || project.find_program(&["apt-get"]).is_none() {
        bail!(
            "missing: {packages}. On Debian or Ubuntu run: sudo apt-get install -y {packages}. \
             Elsewhere install Chromium or Chrome, the matching chromedriver and a Japanese font."
        );
    }
    println!("set-up: installing {packages} with apt-get (about 1 minute)");
    run(project.command("apt-get").args(["update", "-q"]))?;
    let mut install = project.command("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install
        .args(["install", "-yq", "--no-install-recommends"])
        .args(&missing))
}

/// The Debian names of what is not there.
fn missing_packages(project: &Project) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if project.find_program(&BROWSERS).is_none() && !cfg!(target_os = "macos") {
        missing.push("chromium");
    }
    if project.find_program(&["chromedriver"]).is_none() {
        missing.push("chromium-driver");
    }
    // Elsewhere the system brings Japanese fonts, or fontconfig is not what knows about them.
    if cfg!(target_os = "linux") && !has_japanese_font(project) {
        missing.push("fonts-noto-cjk");
    }
    missing
}

fn has_japanese_font(project: &Project) -> bool {
    ask(project.command("fc-list").args([":lang=ja", "family"]))
        .is_some_and(|fonts| !fonts.is_empty())
}

fn is_root() -> bool {
    ask(std::process::Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

fn install_tool(
    project: &Project,
    package: &str,
    version: &str,
    programs: &[&str],
    usual_time: &str,
) -> Result<()> {
    let is_there = || {
        programs.iter().all(|program| {
            let answer = ask(project.command(program).arg("--version"));
            answer.is_some_and(|text| text.split_whitespace().nth(1) == Some(version))
        })
    };
    if is_there() {
        return Ok(());
    }
    let tools = project.tools();
    fs::create_dir_all(tools).with_context(|| format!("cannot create {}", tools.display()))?;
    let lock = File::create(tools.join("install.lock")).context("cannot create a lock file")?;
    lock.lock().context("cannot wait for another set-up")?;
    if is_there() {
        return Ok(()); // Another set-up installed it while this one waited.
    }
    println!("set-up: compiling {package} {version} (about {usual_time}, once per machine)");
    let build = tools.join("build").join(package);
    let mut install = project.command("cargo");
    for (key, value) in [
        ("OPT_LEVEL", "0"),
        ("LTO", "off"),
        ("CODEGEN_UNITS", "256"),
        ("DEBUG", "false"),
        ("STRIP", "symbols"),
    ] {
        install.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
    }
    install.args(["install", "--locked", "--no-default-features", "--force"]);
    install
        .arg("--root")
        .arg(tools)
        .arg("--target-dir")
        .arg(&build);
    run(install.args([package, "--version", version]))?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    if !is_there() {
        bail!(
            "{package} {version} was installed to {} but does not start",
            tools.display()
        );
    }
    Ok(())
}

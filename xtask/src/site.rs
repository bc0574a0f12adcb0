//! Building the release site: first picture, Trunk, shrinking, the referee's name, content security
//! policy, weight.

use std::fs;

use anyhow::{Context, Result};

use crate::process::run;
use crate::project::Project;
use crate::{budget, policy, referee, setup, shrink};

/// Pages whose inline scripts the policy must allow by hash.
const SEALED_PAGES: [&str; 2] = ["index.html", "404.html"];

/// How much work goes into the site's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// As published.
    Release,
    /// Quick to build, for a look at a change.
    Draft,
}

/// Builds the site into `dist/` and prints what a first visit downloads.
///
/// # Errors
/// If a tool is missing and cannot be installed, or a step of the build fails.
pub fn build(project: &Project, quality: Quality) -> Result<()> {
    setup::rust_parts(project)?;
    setup::site_tools(project)?;
    first_picture(project)?;
    let mut trunk = project.command("trunk");
    // Trunk reads NO_COLOR as a boolean and stops at the usual value `1`.
    trunk
        .env_remove("NO_COLOR")
        .env("TRUNK_SKIP_VERSION_CHECK", "true");
    trunk.args(["build", "--locked"]);
    if quality == Quality::Release {
        trunk.arg("--release");
    }
    run(&mut trunk).context("the site does not build")?;
    if quality == Quality::Release {
        shrink::site(&project.dist())?;
    }
    referee::give_name(&project.dist())?;
    for name in SEALED_PAGES {
        let page = project.dist().join(name);
        let html =
            fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let sealed = policy::seal(&html).with_context(|| format!("{name} cannot be sealed"))?;
        fs::write(&page, sealed).with_context(|| format!("cannot write {}", page.display()))?;
    }
    let (cold, referee) = (
        budget::weigh(&project.dist())?,
        budget::weigh_referee(&project.dist())?,
    );
    print!("{}", budget::table(&cold, &referee));
    Ok(())
}

/// Writes what the page shows before its module runs, computed by the native command.
fn first_picture(project: &Project) -> Result<()> {
    let file = project.site_parts().join("first-picture.html");
    // The profile of the host tests: equal bytes in every profile, and no second native build.
    let mut command = project.command("cargo");
    command.args(["run", "--locked", "--bin", "tradewind", "--"]);
    command.args(["first-picture", "--out"]).arg(&file);
    run(&mut command).context("the first picture cannot be computed")
}

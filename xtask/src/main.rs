//! `cargo xtask <setup|build|serve|test>`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::project::Project;
use xtask::stages::{self, Stage};
use xtask::{server, setup, site};

const USAGE: &str = "\
Usage: cargo xtask <command>

Commands:
  setup              Install what is missing: wasm target, trunk, wasm-bindgen, browser, fonts
  build              Build the release site into dist/
  serve [--port N]   Build the release site and serve it on 127.0.0.1 (port 8080)
  test [--only NAME] Run every check, or a single stage by its name
  help               Print this text
";

const DEFAULT_PORT: u16 = 8080;

#[derive(Clone, Copy)]
enum Task {
    Setup,
    Build,
    Serve { port: u16 },
    Test { only: Option<Stage> },
    Help,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = match parse(&arguments) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("error: {error:#}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Task> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Ok(match words.as_slice() {
        ["setup"] => Task::Setup,
        ["build"] => Task::Build,
        ["serve"] => Task::Serve { port: DEFAULT_PORT },
        ["serve", "--port", port] => {
            let port = port
                .parse()
                .with_context(|| format!("`{port}` is not a port number"))?;
            Task::Serve { port }
        }
        ["test"] => Task::Test { only: None },
        ["test", "--only", name] => Task::Test {
            only: Some(Stage::from_name(name)?),
        },
        ["help" | "--help" | "-h"] => Task::Help,
        [] => bail!("which command?"),
        _ => bail!("`{}` is not understood", words.join(" ")),
    })
}

/// Runs one task; `false` means that it ran and found a failure.
fn run(task: Task) -> Result<bool> {
    let project = Project::here();
    match task {
        Task::Setup => setup::everything(&project)?,
        Task::Build => site::build(&project)?,
        Task::Serve { port } => {
            site::build(&project)?;
            server::serve_forever(&project.dist(), port)?;
        }
        Task::Test { only } => return Ok(stages::run_all(&project, only)),
        Task::Help => print!("{USAGE}"),
    }
    Ok(true)
}

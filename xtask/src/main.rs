//! `cargo xtask <setup|build|serve|test|bench>`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::bench::{self, Workload};
use xtask::project::Project;
use xtask::site::Quality;
use xtask::stages::{self, Stage};
use xtask::{server, setup, site};

const USAGE: &str = "\
Usage: cargo xtask <command>

Commands:
  setup                      Install what is missing: wasm target, tools, browser, fonts
  build [--draft]            Build the site into dist/
  serve [--draft] [--port N] Build the site and serve it on 127.0.0.1 (port 8080)
  test [--only STAGE]        Run every check, or a single stage by its name
  bench [--only W] [--quick] Measure the engine beside other simulators (w1, w2 or w3)
  bench --browser            Measure the engine in Chromium beside the same engine natively
  bench --controllers        Measure what one decision of each controller costs
  help                       Print this text

A draft compiles in seconds instead of a minute and is several times larger and slower.
";

const DEFAULT_PORT: u16 = 8080;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Setup,
    Build { quality: Quality },
    Serve { quality: Quality, port: u16 },
    Test { only: Option<Stage> },
    Bench(bench::Options),
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
    let mut words = arguments.iter().map(String::as_str);
    let verb = words.next().context("which command?")?;
    let mut quality = Quality::Release;
    let mut port = DEFAULT_PORT;
    let mut only = None;
    let mut bench = bench::Options::default();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("`{word}` needs a value"))
        };
        match (verb, word) {
            ("build" | "serve", "--draft") => quality = Quality::Draft,
            ("serve", "--port") => {
                let text = value()?;
                port = text
                    .parse()
                    .with_context(|| format!("`{text}` is no port number"))?;
            }
            ("test", "--only") => only = Some(Stage::from_name(value()?)?),
            ("bench", "--only") => bench.only = Some(Workload::from_name(value()?)?),
            ("bench", "--quick") => bench.is_quick = true,
            ("bench", "--browser") => bench.in_browser = true,
            ("bench", "--controllers") => bench.of_controllers = true,
            _ => bail!("`{verb}` does not take `{word}`"),
        }
    }
    Ok(match verb {
        "setup" => Task::Setup,
        "build" => Task::Build { quality },
        "serve" => Task::Serve { quality, port },
        "test" => Task::Test { only },
        "bench" => Task::Bench(bench),
        "help" | "--help" | "-h" => Task::Help,
        _ => bail!("there is no command `{verb}`"),
    })
}

/// Runs one task; `false` means that it ran and found a failure.
fn run(task: Task) -> Result<bool> {
    let project = Project::here();
    match task {
        Task::Setup => setup::everything(&project)?,
        Task::Build { quality } => site::build(&project, quality)?,
        Task::Serve { quality, port } => {
            site::build(&project, quality)?;
            server::serve_forever(&project.dist(), port)?;
        }
        Task::Test { only } => return Ok(stages::run_all(&project, only)),
        Task::Bench(options) => return bench::run_all(&project, options),
        Task::Help => print!("{USAGE}"),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<Task>) {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(parse(&arguments).ok(), expected, "{line}");
    }

    #[test]
    fn commands_and_their_flags_are_read() {
        let (quality, port) = (Quality::Release, 8080);
        check("serve", Some(Task::Serve { quality, port }));
        check(
            "serve --port 9000",
            Some(Task::Serve {
                quality,
                port: 9000,
            }),
        );
        let draft = Quality::Draft;
        check(
            "serve --port 9000 --draft",
            Some(Task::Serve {
                quality: draft,
                port: 9000,
            }),
        );
        check("build --draft", Some(Task::Build { quality: draft }));
        check(
            "test --only e2e",
            Some(Task::Test {
                only: Some(Stage::EndToEnd),
            }),
        );
        check(
            "bench --quick --only w2",
            Some(Task::Bench(bench::Options {
                only: Some(Workload::W2),
                is_quick: true,
                in_browser: false,
                of_controllers: false,
            })),
        );
        let in_browser = bench::Options {
            in_browser: true,
            ..bench::Options::default()
        };
        check("bench --browser", Some(Task::Bench(in_browser)));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for line in [
            "",
            "fly",
            "build --port 1",
            "serve --port",
            "serve --port x",
            "test --only x",
            "bench --only x",
        ] {
            check(line, None);
        }
    }
}

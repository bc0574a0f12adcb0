//! The native command: arguments, files, exit codes. Nothing here knows a browser, and nothing
//! here computes a figure.

#[cfg(not(target_arch = "wasm32"))]
mod args;
#[cfg(not(target_arch = "wasm32"))]
mod audit;
#[cfg(not(target_arch = "wasm32"))]
mod compare;
#[cfg(not(target_arch = "wasm32"))]
mod input;
#[cfg(not(target_arch = "wasm32"))]
mod inspect;
#[cfg(not(target_arch = "wasm32"))]
mod link;
#[cfg(not(target_arch = "wasm32"))]
mod output;
#[cfg(not(target_arch = "wasm32"))]
mod run;
#[cfg(not(target_arch = "wasm32"))]
mod verify;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use clap::Parser as _;

    let cli = args::Cli::parse();
    let language = cli.lang.into();
    let outcome = match cli.command {
        args::Command::Run(args) => run::run(&args, language),
        args::Command::Audit(args) => audit::audit(&args, language),
        args::Command::Compare(args) => compare::compare(&args, language),
        args::Command::Validate(args) => inspect::validate(&args, language),
        args::Command::Schema => inspect::schema(),
        args::Command::List { json } => inspect::list(json, language),
        args::Command::Verify(args) => verify::verify(&args, language),
        args::Command::Link(command) => link::link(&command, language),
        args::Command::FirstPicture { file, out } => {
            compare::first_picture(&file, out.as_deref(), language)
        }
    };
    match outcome {
        Ok(done) => done.into(),
        Err(failure) => {
            eprintln!("tradewind: {failure}");
            failure.exit().into()
        }
    }
}

/// The page is the other binary; this target only keeps `cargo build` for wasm whole.
#[cfg(target_arch = "wasm32")]
fn main() {}

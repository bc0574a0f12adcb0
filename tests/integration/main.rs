//! One harness for every integration test.

mod agreement;
mod bench;
mod catalog_findings;
mod command;
mod control_timeline;
mod determinism;
#[path = "../fingerprint.rs"]
mod fingerprint;
mod fluid_theory;
mod fuzz_text;
mod golden;
mod layering;
mod links;
mod metastability;
mod plots;
mod published;
mod requests_theory;
mod run_log_text;
mod scenario_files;
mod scenarios;
mod source;
mod texts;
mod tidy;
mod vectors;

//! Each built-in scenario, played: what it says, and that it says it every time.

use tradewind::analysis::{Metric, compare, experiment, figures};
use tradewind::scenario::{DesignCase, Scenario, presets};
use tradewind::sim::{self, Fidelity, RunLog};

use crate::command::tradewind;
use crate::{fingerprint, golden};

fn play(scenario: &Scenario, case: &DesignCase, replication: u32) -> RunLog {
    sim::run(&experiment(scenario, case, replication))
}

#[test]
fn summaries_read_as_reviewed() {
    for preset in presets::list() {
        for language in ["en", "ja"] {
            let output = tradewind(&["compare", preset.id, "--lang", language]);
            assert_eq!(output.code, 0, "{}", output.stderr);
            golden::check(
                &format!("{}/summary.{language}.txt", preset.id),
                &output.stdout,
            );
        }
    }
}

/// What an on-call engineer would read after the incident: every decision with its numbers, its
/// rule and its cause.
#[test]
fn decision_logs_read_as_reviewed() {
    for id in ["q1-2", "q2-1"] {
        for language in ["en", "ja"] {
            let output = tradewind(&["run", id, "--events", "--lang", language]);
            assert_eq!(output.code, 0, "{}", output.stderr);
            golden::check(&format!("{id}/events.{language}.txt"), &output.stdout);
        }
    }
}

#[test]
fn run_logs_are_the_same_bytes_each_time_and_as_recorded() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        // The browser tests compare the same files with what wasm computes.
        for (fidelity, name) in [
            (Fidelity::Fluid, "run_log"),
            (Fidelity::Requests, "requests"),
        ] {
            let first = fingerprint::of(&scenario, fidelity);
            assert_eq!(first, fingerprint::of(&scenario, fidelity), "{}", preset.id);
            golden::check(&format!("{}/{name}.fingerprint", preset.id), &first);
        }
    }
}

#[test]
fn a_design_compared_with_itself_differs_by_exactly_zero() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        for case in &scenario.designs {
            let region = case.design.architecture.region;
            let runs = |_| {
                (0..3)
                    .map(|i| figures(&play(&scenario, case, i), &scenario.objectives, region))
                    .collect::<Vec<_>>()
            };
            for delta in compare(&runs(()), &runs(())) {
                let exact = delta
                    .difference
                    .is_none_or(|difference| difference.to_bits() << 1 == 0);
                assert!(exact, "{} {}: {delta:?}", preset.id, case.id);
            }
        }
    }
}

#[test]
fn every_run_serves_requests_and_conserves_them() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        for case in &scenario.designs {
            let log = play(&scenario, case, 1);
            let mut in_flight = 0.0;
            for (index, one) in log.intervals.iter().enumerate() {
                let out = one.succeeded + one.failed.iter().sum::<f64>();
                let balance = one.offered - out - (one.in_flight - in_flight);
                let scale = one.offered.max(1.0);
                assert!(
                    (balance / scale).abs() < 1e-9,
                    "{} {} interval {index}: {balance}",
                    preset.id,
                    case.id
                );
                in_flight = one.in_flight;
            }
            let region = case.design.architecture.region;
            let figures = figures(&log, &scenario.objectives, region);
            assert!(Metric::Availability.of(&figures).expect("requests came") > 0.5);
        }
    }
}

//! Golden reports of the scenarios, in both languages: what `tradewind compare` prints.
//!
//! They are read like prose in review. `UPDATE_GOLDEN=1 cargo test --test integration golden`
//! writes them anew. Four replications instead of the plan's: the words are the same, and the test
//! stays quick.

use std::fs;
use std::path::Path;

use tradewind::analysis::{Figures, figures};
use tradewind::model::Language;
use tradewind::scenario::{DesignCase, Scenario, presets};
use tradewind::sim::RunLog;
use tradewind::view::report::{self, Shown};

const REPLICATIONS: u32 = 4;
const LETTERS: [&str; 3] = ["A", "B", "C"];

/// One design's runs.
pub struct Played<'a> {
    /// The design.
    pub case: &'a DesignCase,
    /// Figures of all replications.
    pub runs: Vec<Figures>,
    /// The first run.
    pub log: RunLog,
}

/// Plays every design of a scenario.
pub fn play(scenario: &Scenario, replications: u32) -> Vec<Played<'_>> {
    let (load, tape, plan) = (&scenario.load, &scenario.tape, &scenario.plan);
    let designs = scenario.designs.iter();
    designs
        .map(|case| {
            let region = case.design.architecture.region;
            let run = |number| tradewind::sim::run(&case.design, load, tape, plan, number);
            let log = run(0);
            let mut runs = vec![figures(&log, &scenario.objectives, region)];
            runs.extend(
                (1..replications).map(|at| figures(&run(at), &scenario.objectives, region)),
            );
            Played { case, runs, log }
        })
        .collect()
}

#[track_caller]
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder of golden files");
        fs::write(&path, text).expect("a golden file");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let mut lines = expected.lines().zip(text.lines()).enumerate();
    if let Some((at, (old, new))) = lines.find(|(_, (old, new))| old != new) {
        panic!("{name}:{}: golden {old:?}, now {new:?}; see UPDATE_GOLDEN", at + 1);
    }
    assert_eq!(expected.len(), text.len(), "{name} ends elsewhere; see UPDATE_GOLDEN");
}

#[test]
fn golden_reports_of_the_scenarios() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        let played = play(&scenario, REPLICATIONS);
        let shown: Vec<Shown<'_>> = played
            .iter()
            .zip(LETTERS)
            .map(|(one, letter)| Shown { letter, case: one.case, runs: &one.runs, log: &one.log })
            .collect();
        for (language, code) in [(Language::Ja, "ja"), (Language::En, "en")] {
            let text = report::report(&scenario, &shown, language);
            assert!(!text.contains("NaN") && !text.contains("{0}"), "{}", preset.id);
            check(&format!("{}.{code}.txt", preset.id), &text);
        }
    }
}

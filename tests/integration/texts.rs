//! Texts of real runs: a report of all designs of a scenario is complete in both languages.

use tradewind::analysis::experiment;
use tradewind::analysis::{Figures, figures};
use tradewind::model::Language;
use tradewind::scenario::{DesignCase, Scenario, presets};
use tradewind::sim::{self, RunLog};
use tradewind::view::report::{LETTERS, Shown, report};

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
    let designs = scenario.designs.iter();
    designs
        .map(|case| {
            let region = case.design.architecture.region;
            let run = |number| sim::run(&experiment(scenario, case, number));
            let log = run(0);
            let mut runs = vec![figures(&log, &scenario.objectives, region)];
            runs.extend(
                (1..replications).map(|at| figures(&run(at), &scenario.objectives, region)),
            );
            Played { case, runs, log }
        })
        .collect()
}

#[test]
fn a_report_of_all_designs_is_complete() {
    for preset in presets::list() {
        let scenario = preset.scenario();
        let played = play(&scenario, 2);
        let with_letters = played.iter().zip(LETTERS);
        let shown: Vec<Shown<'_>> = with_letters
            .map(|(one, letter)| Shown {
                letter,
                case: one.case,
                runs: &one.runs,
                log: &one.log,
            })
            .collect();
        for language in [Language::Ja, Language::En] {
            let text = report(&scenario, &shown, language);
            for odd in ["NaN", "inf", "{0}", "{1}", "{2}"] {
                assert!(!text.contains(odd), "{}: {odd} in\n{text}", preset.id);
            }
            for one in &shown {
                let line = format!("{} = {} [", one.letter, one.case.name.get(language));
                assert!(text.contains(&line), "{}: {line}", preset.id);
            }
            let compared = text
                .matches(&format!("{}\u{2212}A", shown[1].letter))
                .count()
                + text
                    .matches(&format!("{} \u{2212} A", shown[1].letter))
                    .count();
            assert_eq!(compared, 2, "{}: one table of B against A", preset.id);
        }
    }
}

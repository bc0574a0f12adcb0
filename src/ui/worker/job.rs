//! The work for one scenario, in slices: play the pair once and answer; then play it again and
//! again, and answer with better intervals after 4, 8, 16, ... pairs. When somebody looks at what
//! callers meet, the first pair is played once more in between.

use tradewind::analysis::{self, Callers, Results, Task};
use tradewind::scenario::Scenario;
use tradewind::sim::{Experiment, RunLog, Simulation};
use tradewind::view::state::RunId;

use super::now_ms;
use super::protocol::{Comparison, Reply, Request, Wanted};

/// The first improvement comes after this many pairs, the next each time they have doubled.
const FIRST_IMPROVEMENT: u32 = 4;
/// Steps of a run between two looks at the clock. Mostly that is 20 µs; in the minutes after an
/// outage, when every step is solved anew, it is a millisecond.
const STEPS: u32 = 16;

/// What a run is played for.
#[derive(Clone, Copy)]
enum Aim {
    Comparison,
    Callers,
}

/// One scenario being worked on.
pub struct Job {
    run: RunId,
    scenario: Option<Scenario>,
    // Pairs wanted for the comparison.
    pairs: u32,
    results: Results,
    // The run for the comparison that is at hand, or the next one.
    task: Task,
    // The first pair's logs, until both are there.
    logs: Vec<RunLog>,
    // What callers met, of A and then of B, while that is wanted.
    callers: Option<Vec<Callers>>,
    at_hand: Option<(Aim, Simulation)>,
}

impl Job {
    /// Reads the scenario; nothing is played yet.
    fn new(request: &Request) -> Self {
        let (scenario, _) = Scenario::parse(&request.document);
        let (pairs, callers) = match request.wanted {
            Wanted::Comparison { pairs } => (pairs.max(1), None),
            Wanted::Callers => (0, Some(Vec::new())),
        };
        Self {
            run: request.run,
            scenario: scenario.filter(|scenario| scenario.designs.len() >= 2),
            pairs,
            results: Results::default(),
            task: Task {
                replication: 0,
                design: 0,
            },
            logs: Vec::new(),
            callers,
            at_hand: None,
        }
    }

    /// Puts a request on the desk. What callers meet is added to the work on the same scenario;
    /// anything else takes its place.
    pub fn put(desk: &mut Option<Box<Self>>, request: &Request) {
        match desk {
            Some(job) if job.run == request.run && request.wanted == Wanted::Callers => {
                job.callers.get_or_insert_default();
            }
            _ => *desk = Some(Box::new(Self::new(request))),
        }
    }

    /// Works for about `slice_ms`. True when nothing is left to do.
    pub fn work(&mut self, slice_ms: f64, say: &mut impl FnMut(Reply)) -> bool {
        let Some(scenario) = self.scenario.take() else {
            say(Reply::Refused { run: self.run });
            return true;
        };
        let end_ms = now_ms() + slice_ms;
        let mut next = self.next();
        while let Some(aim) = next
            && now_ms() < end_ms
        {
            if let Some(log) = self.advance(aim, &scenario, end_ms) {
                match aim {
                    Aim::Comparison => {
                        self.file(&scenario, log);
                        self.tell(say);
                    }
                    Aim::Callers => self.tell_callers(&log, say),
                }
            }
            next = self.next();
        }
        self.scenario = Some(scenario);
        next.is_none()
    }

    /// What the run at hand is for, or the next one: what callers meet comes after the first answer
    /// and before better intervals.
    fn next(&self) -> Option<Aim> {
        if let Some((aim, _)) = &self.at_hand {
            return Some(*aim);
        }
        let has_answered = self.pairs == 0 || self.task.replication > 0;
        if self.callers.is_some() && has_answered {
            return Some(Aim::Callers);
        }
        (self.task.replication < self.pairs).then_some(Aim::Comparison)
    }

    /// Plays the run at hand until it ends or time is up.
    fn advance(&mut self, aim: Aim, scenario: &Scenario, end_ms: f64) -> Option<RunLog> {
        let task = match aim {
            Aim::Comparison => self.task,
            Aim::Callers => Task {
                replication: 0,
                design: self.callers.as_ref().map_or(0, Vec::len) as u32,
            },
        };
        let (_, simulation) = self.at_hand.get_or_insert_with(|| {
            let case = &scenario.designs[task.design as usize];
            let simulation = Simulation::new(&Experiment {
                by_callee: matches!(aim, Aim::Callers),
                ..analysis::experiment(scenario, case, task.replication)
            });
            (aim, simulation)
        });
        while now_ms() < end_ms {
            if !(0..STEPS).all(|_| simulation.step()) {
                let ended = self.at_hand.take();
                return ended.map(|(_, simulation)| simulation.finish());
            }
        }
        None
    }

    /// Keeps what a finished run says, and goes on to the next one.
    fn file(&mut self, scenario: &Scenario, log: RunLog) {
        let region = scenario.designs[self.task.design as usize]
            .design
            .architecture
            .region;
        let figures = analysis::figures(&log, &scenario.objectives, region);
        self.results.insert(self.task, figures);
        if self.task.replication == 0 {
            self.logs.push(log);
        }
        self.task = if self.task.design == 0 {
            Task {
                design: 1,
                ..self.task
            }
        } else {
            Task {
                replication: self.task.replication + 1,
                design: 0,
            }
        };
    }

    /// Tells what is new after a run.
    fn tell(&mut self, say: &mut impl FnMut(Reply)) {
        if self.task.design != 0 {
            return;
        }
        let (run, done, wanted) = (self.run, self.task.replication, self.pairs);
        if done == 1 {
            let logs = std::mem::take(&mut self.logs);
            if let Ok(logs) = <[RunLog; 2]>::try_from(logs) {
                let comparison = Box::new(self.comparison());
                say(Reply::Answer {
                    run,
                    logs: Box::new(logs),
                    comparison,
                    wanted,
                });
            }
        } else if done >= wanted || is_improvement(done) {
            let comparison = Box::new(self.comparison());
            say(Reply::Refined {
                run,
                comparison,
                done,
                wanted,
            });
        } else {
            say(Reply::Progress { run, done, wanted });
        }
    }

    /// Keeps what callers met in a run, and tells it after the second one.
    fn tell_callers(&mut self, log: &RunLog, say: &mut impl FnMut(Reply)) {
        let mut found = self.callers.take().unwrap_or_default();
        found.push(Callers::of(log));
        match <[Callers; 2]>::try_from(found) {
            Ok(callers) => say(Reply::Callers {
                run: self.run,
                callers: Box::new(callers),
            }),
            Err(found) => self.callers = Some(found),
        }
    }

    fn comparison(&self) -> Comparison {
        let (baseline, candidate) = self.results.paired(0, 1);
        Comparison {
            deltas: analysis::compare(&baseline, &candidate),
            figures: [baseline, candidate],
        }
    }
}

fn is_improvement(done: u32) -> bool {
    done >= FIRST_IMPROVEMENT && done.is_power_of_two()
}

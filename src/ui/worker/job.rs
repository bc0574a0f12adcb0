//! The work for one question, in slices: play the pair once and answer; then play it again and
//! again, and answer with better intervals after 4, 8, 16, ... pairs.

use tradewind::analysis::{self, Results, Task};
use tradewind::scenario::Scenario;
use tradewind::sim::{RunLog, Simulation};

use super::now_ms;
use super::protocol::{Comparison, Reply, Request};

/// The first improvement comes after this many pairs, the next each time they have doubled.
const FIRST_IMPROVEMENT: u32 = 4;
/// Steps of a run between two looks at the clock: well below a millisecond.
const STEPS: u32 = 64;

/// One question being worked on.
pub struct Job {
    request: Request,
    scenario: Option<Scenario>,
    results: Results,
    // The run at hand, or the next one.
    task: Task,
    simulation: Option<Simulation>,
    // The first pair's logs, until both are there.
    logs: Vec<RunLog>,
}

impl Job {
    /// Reads the scenario; nothing is played yet.
    pub fn new(request: Request) -> Self {
        let (scenario, _) = Scenario::parse(&request.document);
        Self {
            scenario: scenario.filter(|scenario| scenario.designs.len() >= 2),
            request,
            results: Results::default(),
            task: Task {
                replication: 0,
                design: 0,
            },
            simulation: None,
            logs: Vec::new(),
        }
    }

    /// Works for about `slice_ms`. True when nothing is left to do.
    pub fn work(&mut self, slice_ms: f64, say: &mut impl FnMut(Reply)) -> bool {
        let Some(scenario) = self.scenario.take() else {
            say(Reply::Refused {
                run: self.request.run,
            });
            return true;
        };
        let end_ms = now_ms() + slice_ms;
        let mut is_done = false;
        while !is_done && now_ms() < end_ms {
            if let Some(log) = self.advance(&scenario, end_ms) {
                self.file(&scenario, log);
                is_done = self.tell(say);
            }
        }
        self.scenario = Some(scenario);
        is_done
    }

    /// Plays the run at hand until it ends or time is up.
    fn advance(&mut self, scenario: &Scenario, end_ms: f64) -> Option<RunLog> {
        let task = self.task;
        let simulation = self.simulation.get_or_insert_with(|| {
            let case = &scenario.designs[task.design as usize];
            Simulation::new(&analysis::experiment(scenario, case, task.replication))
        });
        while now_ms() < end_ms {
            if !(0..STEPS).all(|_| simulation.step()) {
                return self.simulation.take().map(Simulation::finish);
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

    /// Tells what is new after a run. True when that was the last one.
    fn tell(&mut self, say: &mut impl FnMut(Reply)) -> bool {
        if self.task.design != 0 {
            return false;
        }
        let (run, done) = (self.request.run, self.task.replication);
        let wanted = self.request.pairs.max(1);
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
        done >= wanted
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

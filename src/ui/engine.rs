//! Asks the worker for the scenario on screen and keeps its answers.

use std::cell::RefCell;
use std::rc::Rc;

use tradewind::analysis::Callers;
use tradewind::scenario::Scenario;
use tradewind::sim::RunLog;
use tradewind::view::state::{Progress, Results, RunId};
use yew::prelude::*;

use crate::worker::host::Engine;
use crate::worker::protocol::{Comparison, Reply, Request, Wanted};

/// An answer: two recorded runs and what they say, with the scenario that they belong to.
#[derive(Clone)]
pub struct Outcome {
    /// The scenario that was played.
    pub scenario: Rc<Scenario>,
    /// The recorded runs, A and B.
    pub logs: Rc<[RunLog; 2]>,
    /// What they say, from all pairs so far.
    pub comparison: Rc<Comparison>,
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.logs, &other.logs) && Rc::ptr_eq(&self.comparison, &other.comparison)
    }
}

/// What callers met in A and in B, from one pair of runs.
#[derive(Clone)]
pub struct Met {
    /// Of A and of B.
    pub callers: Rc<[Callers; 2]>,
    /// True while it belongs to an earlier state of the scenario.
    pub is_stale: bool,
}

impl PartialEq for Met {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.callers, &other.callers) && self.is_stale == other.is_stale
    }
}

/// The engine as the page uses it.
#[derive(Clone, PartialEq)]
pub struct Answers {
    /// The latest answer.
    pub outcome: Option<Outcome>,
    /// What callers met, once somebody has looked.
    pub met: Option<Met>,
    /// True while the answer belongs to an earlier state of the scenario.
    pub is_stale: bool,
    /// How far the refinement is, while it runs.
    pub progress: Option<Progress>,
    /// Why there is no answer, if the engine failed.
    pub failure: Option<AttrValue>,
    /// Stops the refinement.
    pub stop: Callback<()>,
    /// Asks for more pairs than the scenario's plan.
    pub more: Callback<()>,
}

/// What the hook remembers.
#[derive(Default)]
struct Memory {
    results: Results<Outcome>,
    // What callers met, with the question that it was about; and the latest that it was asked of.
    callers: Option<(RunId, Rc<[Callers; 2]>)>,
    followed: Option<RunId>,
    // Scenarios of questions without an answer; the newest comes last.
    asked: Vec<(RunId, Rc<Scenario>)>,
    engine: Option<Engine>,
}

impl Memory {
    fn ask(&mut self, scenario: &Rc<Scenario>, pairs: u32) {
        let run = self.results.request();
        self.asked.push((run, Rc::clone(scenario)));
        if let Some(engine) = &self.engine {
            engine.ask(Request {
                run,
                document: scenario.document.to_string(),
                wanted: Wanted::Comparison { pairs },
            });
        }
    }

    /// Asks what callers meet in the runs shown, unless that has been asked.
    fn follow_callers(&mut self) {
        let run = self.results.wanted();
        if self.followed == Some(run) || self.results.is_stale() {
            return;
        }
        if let (Some(engine), Some(outcome)) = (&self.engine, self.results.shown()) {
            self.followed = Some(run);
            engine.ask(Request {
                run,
                document: outcome.scenario.document.to_string(),
                wanted: Wanted::Callers,
            });
        }
    }

    fn hear(&mut self, reply: Reply) {
        match reply {
            Reply::Ready { .. } => {}
            Reply::Answer {
                run,
                logs,
                comparison,
                wanted,
            } => {
                let asked = self.asked.iter().position(|(asked, _)| *asked == run);
                let Some(scenario) = asked.map(|at| Rc::clone(&self.asked[at].1)) else {
                    return;
                };
                self.asked.retain(|(asked, _)| *asked > run);
                let outcome = Outcome {
                    scenario,
                    logs: Rc::from(logs),
                    comparison: Rc::from(comparison),
                };
                self.results.accept(run, outcome, progress(1, wanted));
            }
            Reply::Refined {
                run,
                comparison,
                done,
                wanted,
            } => {
                let improve = |outcome: &mut Outcome| outcome.comparison = Rc::from(comparison);
                self.results.refine(run, improve, progress(done, wanted));
            }
            Reply::Progress { run, done, wanted } => {
                self.results.advance(run, progress(done, wanted));
            }
            Reply::Callers { run, callers } => {
                if run == self.results.wanted() {
                    self.callers = Some((run, Rc::from(callers)));
                }
            }
            Reply::Refused { run } => self.results.fail(run, String::new()),
            Reply::Panicked { report } => {
                let run = self.results.wanted();
                self.results.fail(run, report);
            }
        }
    }
}

fn progress(done: u32, wanted: u32) -> Option<Progress> {
    (done < wanted).then_some(Progress { done, wanted })
}

/// Keeps the answer to `scenario` coming, and what callers meet while somebody looks at that.
#[hook]
pub fn use_engine(scenario: Option<Rc<Scenario>>, follows_callers: bool) -> Answers {
    let memory = use_mut_ref(Memory::default);
    let update = use_force_update();
    {
        let (memory, update) = (Rc::clone(&memory), update.clone());
        use_effect_with((), move |()| {
            let for_replies = Rc::downgrade(&memory);
            let engine = Engine::start(Callback::from(move |reply| {
                if let Some(memory) = for_replies.upgrade() {
                    memory.borrow_mut().hear(reply);
                    update.force_update();
                }
            }));
            memory.borrow_mut().engine = Some(engine);
            move || memory.borrow_mut().engine = None
        });
    }
    {
        let (memory, update) = (Rc::clone(&memory), update.clone());
        use_effect_with(scenario.clone().map(ByAddress), move |scenario| {
            if let Some(ByAddress(scenario)) = scenario {
                memory
                    .borrow_mut()
                    .ask(scenario, scenario.plan.replications);
                update.force_update();
            }
        });
    }
    {
        let memory = Rc::clone(&memory);
        // After each drawing: it is asked again when there are new runs.
        use_effect(move || {
            if follows_callers {
                memory.borrow_mut().follow_callers();
            }
        });
    }
    let stop = {
        let (memory, update) = (Rc::clone(&memory), update.clone());
        Callback::from(move |()| {
            let mut memory = memory.borrow_mut();
            memory.results.stop();
            // The worker that was asked is gone.
            memory.followed = memory.callers.as_ref().map(|(run, _)| *run);
            if let Some(engine) = &memory.engine {
                engine.cancel();
            }
            drop(memory);
            update.force_update();
        })
    };
    let more = {
        let (memory, update) = (Rc::clone(&memory), update);
        Callback::from(move |()| {
            if let Some(scenario) = &scenario {
                let mut memory = memory.borrow_mut();
                let done = memory
                    .results
                    .shown()
                    .map_or(0, |shown| shown.comparison.pairs());
                memory.ask(scenario, done + MORE_PAIRS);
                drop(memory);
                update.force_update();
            }
        })
    };
    answers(&memory, stop, more)
}

/// Pairs that "run more" adds.
const MORE_PAIRS: u32 = 64;

fn answers(memory: &RefCell<Memory>, stop: Callback<()>, more: Callback<()>) -> Answers {
    let memory = memory.borrow();
    let met = memory.callers.as_ref().map(|(run, callers)| Met {
        callers: Rc::clone(callers),
        is_stale: *run != memory.results.wanted(),
    });
    Answers {
        met,
        outcome: memory.results.shown().cloned(),
        is_stale: memory.results.is_stale(),
        progress: memory.results.progress(),
        failure: memory
            .results
            .failure()
            .map(|report| report.to_string().into()),
        stop,
        more,
    }
}

/// Compares scenarios by where they are: a new one is made with every edit.
#[derive(Clone)]
struct ByAddress(Rc<Scenario>);

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

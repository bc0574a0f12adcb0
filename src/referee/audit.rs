//! The audit: plays a window on rates and request by request, in slices, so that it can be stopped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tradewind::analysis::{self, audit::Audit};
use tradewind::plot::audit::{FRAME, frame, places};
use tradewind::scenario::Scenario;
use tradewind::sim::{Experiment, RunLog, Simulation, Window};
use tradewind::view::audit::{Outcome, Panel, Stage, Task, Wish};
use tradewind::view::chart::Audited;
use tradewind::view::referee::{Reply, Situation};

use crate::board::Board;
use crate::wire::Wire;

/// Length of a slice of work. Between slices the referee hears what is pressed.
const SLICE_MS: f64 = 25.0;
/// The run that the charts show.
const REPLICATION: u32 = 0;

/// The audit's panel, and the run under way.
pub struct Screen {
    board: Board,
    panel: RefCell<Panel>,
    number: Cell<u32>,
    /// The result that the page was told last.
    found: RefCell<Option<Audited>>,
    /// Dropped when the work is given up: then the next slice never comes.
    next: RefCell<Option<Timeout>>,
}

impl Screen {
    /// Opens the panel.
    pub fn open(wire: Wire, situation: &Situation) -> Rc<Self> {
        let scenario = read(&situation.document);
        let panel = Panel::new(situation.language, scenario, situation.moment);
        let screen = Rc::new(Self {
            board: Board::new(wire),
            panel: RefCell::new(panel),
            number: Cell::new(situation.number),
            found: RefCell::default(),
            next: RefCell::default(),
        });
        screen.put_frame(situation.is_called);
        screen
    }

    /// Hears that something has changed.
    pub fn renew(&self, situation: &Situation) {
        self.number.set(situation.number);
        let mut panel = self.panel.borrow_mut();
        panel.language = situation.language;
        let scenario = read(&situation.document);
        let document = |scenario: &Option<Scenario>| Some(scenario.as_ref()?.document.clone());
        if document(&scenario) != document(&panel.scenario) {
            *self.next.borrow_mut() = None;
            *self.found.borrow_mut() = None;
            panel.renew(scenario);
        }
        if situation.is_called {
            panel.place(situation.moment);
        }
        drop(panel);
        // The page passes over what belongs to an earlier number.
        self.tell(self.found.borrow().clone());
        self.put_frame(situation.is_called);
    }

    fn put_frame(&self, is_called: bool) {
        let html = frame(&self.panel.borrow(), is_called);
        self.board.put_frame(FRAME, html);
        self.draw();
    }

    /// Hears a field.
    pub fn hear(self: &Rc<Self>, field: &str, value: &str) {
        let wish = self.panel.borrow_mut().hear(field, value);
        match wish {
            Wish::Draw => {}
            Wish::Play(task) => {
                self.publish(None);
                self.begin(task);
            }
            Wish::Clear => {
                *self.next.borrow_mut() = None;
                self.publish(None);
            }
        }
        self.draw();
    }

    fn begin(self: &Rc<Self>, task: Task) {
        let work = {
            let panel = self.panel.borrow();
            let scenario = panel.scenario.as_ref();
            scenario.and_then(|scenario| Work::new(scenario, task))
        };
        if let Some(work) = work {
            self.schedule(work);
        }
    }

    /// Works on, a little later.
    fn schedule(self: &Rc<Self>, mut work: Work) {
        let screen = Rc::clone(self);
        let next = Timeout::new(0, move || {
            if work.advance() {
                screen.finish(work);
            } else {
                screen.panel.borrow_mut().stage = Stage::Running(work.task, work.done());
                screen.schedule(work);
            }
            screen.draw();
        });
        *self.next.borrow_mut() = Some(next);
    }

    fn finish(&self, work: Work) {
        let (task, [fluid, requests]) = (work.task, work.finish());
        let mut panel = self.panel.borrow_mut();
        let Some(scenario) = &panel.scenario else {
            return;
        };
        let audit = Audit::new(&fluid, &requests, scenario.objectives.availability);
        panel.stage = Stage::Done(Box::new(Outcome { task, audit }));
        self.publish(Some(Audited::of(task.side as u32, &requests)));
    }

    /// Tells another result, or that there is none any more, and keeps it.
    fn publish(&self, audited: Option<Audited>) {
        self.tell(audited.clone());
        *self.found.borrow_mut() = audited;
    }

    fn tell(&self, audited: Option<Audited>) {
        let (number, audited) = (self.number.get(), audited.map(Box::new));
        self.board.say(&Reply::Audited { number, audited });
    }

    fn draw(&self) {
        self.board.draw(places(&self.panel.borrow()));
    }
}

fn read(document: &str) -> Option<Scenario> {
    Scenario::parse(document).0
}

/// A window being played, on rates first.
struct Work {
    task: Task,
    runs: [Simulation; 2],
}

impl Work {
    fn new(scenario: &Scenario, task: Task) -> Option<Self> {
        let case = scenario.designs.get(task.side)?;
        let experiment = Experiment {
            window: Some(task.window),
            ..analysis::experiment(scenario, case, REPLICATION)
        };
        let runs = [Simulation::new, Simulation::of_requests].map(|begin| begin(&experiment));
        Some(Self { task, runs })
    }

    /// Works for a slice. True when nothing is left to do.
    fn advance(&mut self) -> bool {
        let end_ms = now_ms() + SLICE_MS;
        while now_ms() < end_ms {
            if !self.runs.iter_mut().any(Simulation::step) {
                return true;
            }
        }
        false
    }

    /// The share of the window that has been played request by request.
    fn done(&self) -> f64 {
        let Window { from, to } = self.task.window;
        let (played, all) = (self.runs[1].now().since(from), to.since(from));
        played.as_s_f64() / all.as_s_f64()
    }

    fn finish(self) -> [RunLog; 2] {
        self.runs.map(Simulation::finish)
    }
}

/// Milliseconds on the worker's clock. It may jump when somebody sets it, and then a slice is
/// shorter or longer.
fn now_ms() -> f64 {
    js_sys::Date::now()
}

//! The worker's side: listens for questions and works on the newest.

use std::cell::RefCell;
use std::rc::Rc;

use super::job::Job;
use super::nudge::Nudge;
use super::protocol::{PROTOCOL, Reply, Request};
use super::wire::Wire;

/// Length of a slice of work. Between slices the worker looks for a newer question.
const SLICE_MS: f64 = 6.0;

/// The job at hand, and the call that begins its next slice.
#[derive(Default)]
struct Desk {
    job: Option<Box<Job>>,
    nudge: Option<Nudge>,
    is_nudged: bool,
}

impl Desk {
    /// Goes on with the job a little later.
    fn go_on(&mut self) {
        if let Some(nudge) = self.nudge.as_ref().filter(|_| !self.is_nudged) {
            nudge.nudge();
            self.is_nudged = true;
        }
    }

    fn work(&mut self, wire: &Wire) {
        self.is_nudged = false;
        if let Some(job) = &mut self.job {
            let is_done = job.work(SLICE_MS, &mut |reply| post(wire, &reply));
            if !is_done {
                self.go_on();
            }
        }
    }
}

/// Starts to listen.
pub fn start(wire: &Wire) {
    wire.say_panics(|report| Reply::Panicked { report });
    let desk = Rc::new(RefCell::new(Desk::default()));
    let (for_slices, here) = (Rc::clone(&desk), wire.clone());
    let nudge = Nudge::new(move || for_slices.borrow_mut().work(&here));
    desk.borrow_mut().nudge = Some(nudge.expect("a browser with workers has message channels"));
    wire.hear(move |request: Request| {
        let mut desk = desk.borrow_mut();
        Job::put(&mut desk.job, &request);
        desk.go_on();
    });
    post(wire, &Reply::Ready { protocol: PROTOCOL });
}

fn post(wire: &Wire, reply: &Reply) {
    // A reply that cannot be written holds a number that is none. The page would wait for it.
    if wire.say(reply).is_err() {
        let report = "a result is not a number".to_string();
        // A text can be written.
        let _ = wire.say(&Reply::Panicked { report });
    }
}

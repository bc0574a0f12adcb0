//! The worker's side: listens for questions and works on the newest.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;

use super::job::Job;
use super::protocol::{PROTOCOL, Reply, Request};
use super::wire::Wire;

/// Length of a slice of work. Between slices the worker looks for a newer question.
const SLICE_MS: f64 = 25.0;

/// The job at hand and the timer of its next slice.
#[derive(Default)]
struct Desk {
    job: Option<Job>,
    next: Option<Timeout>,
}

/// Starts to listen.
pub fn start(wire: &Wire) {
    wire.say_panics(|report| Reply::Panicked { report });
    let desk = Rc::new(RefCell::new(Desk::default()));
    let for_jobs = wire.clone();
    wire.hear(move |request: Request| {
        desk.borrow_mut().job = Some(Job::new(request));
        schedule(&for_jobs, &desk);
    });
    post(wire, &Reply::Ready { protocol: PROTOCOL });
}

fn schedule(wire: &Wire, desk: &Rc<RefCell<Desk>>) {
    let (for_slice, wire) = (Rc::clone(desk), wire.clone());
    // Replacing the timer cancels the one of an older job.
    desk.borrow_mut().next = Some(Timeout::new(0, move || {
        let mut at_hand = for_slice.borrow_mut();
        let Some(job) = &mut at_hand.job else {
            return;
        };
        let is_done = job.work(SLICE_MS, &mut |reply| post(&wire, &reply));
        if is_done {
            at_hand.job = None;
        }
        drop(at_hand);
        if !is_done {
            schedule(&wire, &for_slice);
        }
    }));
}

fn post(wire: &Wire, reply: &Reply) {
    // A reply that cannot be written holds a number that is none. The page would wait for it.
    if wire.say(reply).is_err() {
        let report = "a result is not a number".to_string();
        // A text can be written.
        let _ = wire.say(&Reply::Panicked { report });
    }
}

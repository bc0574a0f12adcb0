//! The worker's side: listens for questions and works on the newest.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::job::Job;
use super::protocol::{self, PROTOCOL, Reply, Request};

/// Length of a slice of work. Between slices the worker looks for a newer question.
const SLICE_MS: f64 = 25.0;

/// The job at hand and the timer of its next slice.
#[derive(Default)]
struct Desk {
    job: Option<Job>,
    next: Option<Timeout>,
}

/// Starts to listen.
pub fn start() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let for_panic = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        post(
            &for_panic,
            &Reply::Panicked {
                report: info.to_string(),
            },
        );
    }));
    let desk = Rc::new(RefCell::new(Desk::default()));
    let for_messages = scope.clone();
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Ok(request) = protocol::read::<Request>(&event.data()) else {
            return;
        };
        desk.borrow_mut().job = Some(Job::new(request));
        schedule(&for_messages, &desk);
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    listener.forget();
    post(&scope, &Reply::Ready { protocol: PROTOCOL });
}

fn schedule(scope: &DedicatedWorkerGlobalScope, desk: &Rc<RefCell<Desk>>) {
    let (for_slice, scope) = (Rc::clone(desk), scope.clone());
    // Replacing the timer cancels the one of an older job.
    desk.borrow_mut().next = Some(Timeout::new(0, move || {
        let mut at_hand = for_slice.borrow_mut();
        let Some(job) = &mut at_hand.job else {
            return;
        };
        let is_done = job.work(SLICE_MS, &mut |reply| post(&scope, &reply));
        if is_done {
            at_hand.job = None;
        }
        drop(at_hand);
        if !is_done {
            schedule(&scope, &for_slice);
        }
    }));
}

fn post(scope: &DedicatedWorkerGlobalScope, reply: &Reply) {
    // A reply that cannot be written holds a number that is none. The page would wait for it.
    let message = protocol::write(reply).or_else(|_| {
        let report = "a result is not a number".to_string();
        protocol::write(&Reply::Panicked { report })
    });
    if let Ok(message) = message {
        let moved = Array::of1(&message.buffer());
        let _ = scope.post_message_with_transfer(&message, &moved);
    }
}

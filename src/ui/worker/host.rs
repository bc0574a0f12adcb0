//! The page's side: starts the worker, hands questions over, and starts it again when it fails.
//!
//! The newest question wins, in two ways. It waits until the question before it has its first
//! answer, and replaces any other that waits: so numbers keep moving while a slider is dragged. And
//! it ends the refinement of the question before it at once.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ErrorEvent, MessageEvent};
use yew::Callback;

use super::handle::Handle;
use super::job::Job;
use super::protocol::{PROTOCOL, Reply, Request, Wanted};
use super::wire;

/// A worker that is silent for this long after its start is given up.
const START_TIMEOUT_MS: u32 = 8_000;
/// Slice of work when the page has to do it itself: short enough for 60 frames a second.
const INLINE_SLICE_MS: f64 = 10.0;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static SCRIPT_URL: String;
}

/// The engine as the page sees it. Dropping it ends the worker.
#[derive(Clone)]
pub struct Engine {
    desk: Rc<RefCell<Desk>>,
}

struct Desk {
    on_reply: Callback<Reply>,
    place: Place,
    // The newest question, until it is handed over.
    waiting: Option<Request>,
    // What is asked beside it, until that is handed over.
    aside: Option<Request>,
    // The question that has no answer yet.
    current: Option<Request>,
    patience: Option<Timeout>,
}

/// Where the work is done.
enum Place {
    Worker {
        worker: Handle,
        is_ready: bool,
    },
    Page {
        job: Option<Box<Job>>,
        next: Option<Timeout>,
    },
}

impl Engine {
    /// Starts a worker; `on_reply` hears everything that concerns a question.
    pub fn start(on_reply: Callback<Reply>) -> Self {
        let desk = Desk {
            on_reply,
            place: Place::Page {
                job: None,
                next: None,
            },
            waiting: None,
            aside: None,
            current: None,
            patience: None,
        };
        let engine = Self {
            desk: Rc::new(RefCell::new(desk)),
        };
        engine.respawn();
        engine
    }

    /// Asks a question. One that waits is dropped, with what was asked beside it.
    pub fn ask(&self, request: Request) {
        let mut desk = self.desk.borrow_mut();
        if request.wanted == Wanted::Callers {
            desk.aside = Some(request);
        } else {
            desk.waiting = Some(request);
            desk.aside = None;
        }
        drop(desk);
        self.hand_over();
    }

    /// Stops the work at once.
    pub fn cancel(&self) {
        {
            let mut desk = self.desk.borrow_mut();
            desk.waiting = None;
            desk.aside = None;
            desk.current = None;
        }
        self.respawn();
    }

    fn respawn(&self) {
        let place = match self.spawn() {
            Ok(worker) => Place::Worker {
                worker,
                is_ready: false,
            },
            Err(_) => Place::Page {
                job: None,
                next: None,
            },
        };
        let engine = self.clone();
        let patience = Timeout::new(START_TIMEOUT_MS, move || engine.work_inline());
        let mut desk = self.desk.borrow_mut();
        desk.patience = matches!(place, Place::Worker { .. }).then_some(patience);
        desk.place = place;
    }

    /// Gives the worker up and does its work between frames.
    fn work_inline(&self) {
        {
            let mut desk = self.desk.borrow_mut();
            desk.place = Place::Page {
                job: None,
                next: None,
            };
            desk.patience = None;
            if desk.waiting.is_none() {
                desk.waiting = desk.current.take();
            }
        }
        self.hand_over();
    }

    fn hand_over(&self) {
        let mut desk = self.desk.borrow_mut();
        if desk.current.is_some() {
            return;
        }
        if let Place::Worker {
            is_ready: false, ..
        } = desk.place
        {
            return;
        }
        let question = desk.waiting.take();
        if question.is_some() {
            desk.current.clone_from(&question);
        }
        let Some(request) = question.or_else(|| desk.aside.take()) else {
            return;
        };
        match &mut desk.place {
            Place::Worker { worker, .. } => worker.say(&request),
            Place::Page { job, .. } => {
                Job::put(job, &request);
                drop(desk);
                self.schedule_slice();
            }
        }
    }

    fn schedule_slice(&self) {
        let engine = self.clone();
        let slice = Timeout::new(0, move || {
            let mut desk = engine.desk.borrow_mut();
            let Place::Page { job: Some(job), .. } = &mut desk.place else {
                return;
            };
            let mut replies = Vec::new();
            let is_done = job.work(INLINE_SLICE_MS, &mut |reply| replies.push(reply));
            drop(desk);
            for reply in replies {
                engine.pass_on(reply);
            }
            if !is_done {
                engine.schedule_slice();
            }
        });
        if let Place::Page { next, .. } = &mut self.desk.borrow_mut().place {
            *next = Some(slice);
        }
    }

    fn hear(&self, message: &JsValue) {
        let reply = match wire::read(message) {
            Ok(Reply::Ready { protocol: PROTOCOL }) => return self.is_ready(),
            Ok(Reply::Panicked { report }) => return self.has_died(&report),
            Ok(reply) => reply,
            // Another version of the program: it can only come from a broken cache.
            Err(_) => return self.work_inline(),
        };
        self.pass_on(reply);
    }

    fn pass_on(&self, reply: Reply) {
        let on_reply = {
            let mut desk = self.desk.borrow_mut();
            if matches!(reply, Reply::Answer { .. } | Reply::Refused { .. }) {
                desk.current = None;
            }
            desk.on_reply.clone()
        };
        on_reply.emit(reply);
        self.hand_over();
    }

    fn is_ready(&self) {
        {
            let mut desk = self.desk.borrow_mut();
            desk.patience = None;
            if let Place::Worker { is_ready, .. } = &mut desk.place {
                *is_ready = true;
            }
        }
        self.hand_over();
    }

    /// After a panic the worker's memory cannot be trusted: a new one takes its place, and the
    /// question that killed it is not asked again.
    fn has_died(&self, report: &str) {
        let on_reply = {
            let mut desk = self.desk.borrow_mut();
            desk.current = None;
            desk.on_reply.clone()
        };
        self.respawn();
        on_reply.emit(Reply::Panicked {
            report: report.to_string(),
        });
    }

    fn has_failed(&self, event: &ErrorEvent) {
        let is_ready = matches!(
            self.desk.borrow().place,
            Place::Worker { is_ready: true, .. }
        );
        if is_ready {
            self.has_died(&event.message());
        } else {
            self.work_inline();
        }
    }

    fn spawn(&self) -> Result<Handle, JsValue> {
        let script = SCRIPT_URL.with(Clone::clone);
        let (for_messages, for_errors) = (Rc::downgrade(&self.desk), Rc::downgrade(&self.desk));
        // A callback may replace the worker and with it the callback itself, so it hands the
        // message on and returns first.
        let on_message = Closure::new(move |event: MessageEvent| {
            later(&for_messages, move |engine| engine.hear(&event.data()));
        });
        let on_error = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            later(&for_errors, move |engine| engine.has_failed(&event));
        });
        Handle::start(&script, &wasm_bindgen::module(), on_message, on_error)
    }
}

/// Does something with the engine after the current event, unless it is gone by then.
fn later(desk: &Weak<RefCell<Desk>>, action: impl FnOnce(Engine) + 'static) {
    let desk = Weak::clone(desk);
    let run = move || {
        if let Some(desk) = desk.upgrade() {
            action(Engine { desk });
        }
    };
    Timeout::new(0, run).forget();
}

//! Where jobs arrive: opens the screen that is asked for, and passes on what its fields say.

use std::cell::RefCell;
use std::rc::Rc;

use tradewind::view::referee::{Job, PROTOCOL, Reply};

use crate::wire::Wire;
use crate::{audit, validation};

/// The screen that is open.
#[derive(Clone)]
enum Screen {
    Validation(Rc<validation::Screen>),
    Audit(Rc<audit::Screen>),
}

/// Starts to listen.
pub fn start(wire: &Wire) {
    wire.say_panics(|report| Reply::Panicked { report });
    let desk: RefCell<Option<Screen>> = RefCell::default();
    let for_jobs = wire.clone();
    wire.hear(move |job| {
        // Whoever answers is not kept waiting by the desk.
        let open = desk.borrow().clone();
        let opened = match (job, open) {
            (Job::Open { language }, _) => {
                Screen::Validation(validation::Screen::open(for_jobs.clone(), language))
            }
            (Job::Audit(situation), Some(Screen::Audit(screen))) => {
                return screen.renew(&situation);
            }
            (Job::Audit(situation), _) => {
                Screen::Audit(audit::Screen::open(for_jobs.clone(), &situation))
            }
            (Job::Hear { field, value }, Some(Screen::Validation(screen))) => {
                return screen.hear(&field, &value);
            }
            (Job::Hear { field, value }, Some(Screen::Audit(screen))) => {
                return screen.hear(&field, &value);
            }
            (Job::Hear { .. }, None) => return,
        };
        *desk.borrow_mut() = Some(opened);
    });
    // A number can be written.
    let _ = wire.say(&Reply::Ready { protocol: PROTOCOL });
}

//! Where jobs arrive: opens the validation page, fetches the files of cases, and says what changes.

use std::cell::RefCell;
use std::rc::Rc;

use tradewind::plot::validation::{FRAME, frame, places};
use tradewind::view::referee::{Job, PROTOCOL, Reply};
use tradewind::view::validation::{FILES, Page};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Response, WorkerGlobalScope};

use crate::wire::Wire;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static SCRIPT_URL: String;
}

/// Starts to listen.
pub fn start(wire: &Wire) {
    wire.say_panics(|report| Reply::Panicked { report });
    let desk: Rc<RefCell<Option<Rc<Screen>>>> = Rc::default();
    let for_jobs = wire.clone();
    wire.hear(move |job| match job {
        Job::Open { language } => {
            let screen = Screen::open(for_jobs.clone(), Page::new(language));
            *desk.borrow_mut() = Some(screen);
        }
        Job::Hear { field, value } => {
            if let Some(screen) = &*desk.borrow() {
                screen.hear(&field, &value);
            }
        }
    });
    say(wire, &Reply::Ready { protocol: PROTOCOL });
}

/// The validation page, and what of it has been shown.
struct Screen {
    wire: Wire,
    page: RefCell<Page>,
    shown: RefCell<Vec<(&'static str, String)>>,
}

impl Screen {
    fn open(wire: Wire, page: Page) -> Rc<Self> {
        let frame = frame(&page);
        let screen = Rc::new(Self {
            wire,
            page: RefCell::new(page),
            shown: RefCell::default(),
        });
        screen.show(FRAME, frame);
        screen.run();
        screen
    }

    fn hear(self: &Rc<Self>, field: &str, value: &str) {
        let begins = self.page.borrow_mut().hear(field, value);
        if begins {
            self.run();
        } else {
            self.draw();
        }
    }

    /// Runs through the files, one after the other, until the page wants no more.
    fn run(self: &Rc<Self>) {
        let screen = Rc::clone(self);
        spawn_local(async move {
            let attempt = screen.page.borrow().attempt;
            let script = SCRIPT_URL.with(Clone::clone);
            let folder = script.rfind('/').map_or("", |end| &script[..=end]);
            while let Some(file) = screen.next(attempt) {
                let (name, _) = FILES[file];
                let text = fetch(&format!("{folder}vectors/{name}")).await;
                screen.page.borrow_mut().take(attempt, file, text);
            }
        });
    }

    fn next(&self, attempt: u32) -> Option<usize> {
        let next = self.page.borrow_mut().next_file(attempt);
        self.draw();
        next
    }

    /// Says what has changed since the last time.
    fn draw(&self) {
        let now = places(&self.page.borrow());
        let mut shown = self.shown.borrow_mut();
        for place in now.iter().filter(|place| !shown.contains(place)) {
            self.show(place.0, place.1.clone());
        }
        *shown = now.into();
    }

    fn show(&self, place: &str, html: String) {
        let place = place.to_string();
        say(&self.wire, &Reply::Show { place, html });
    }
}

fn say(wire: &Wire, reply: &Reply) {
    // A reply is made of texts, and those can be written.
    let _ = wire.say(reply);
}

/// Fetches a text, or says why it cannot be had.
async fn fetch(address: &str) -> Result<String, String> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str(address)).await;
    let response: Response = response.map_err(|error| in_words(&error))?.unchecked_into();
    if !response.ok() {
        return Err(format!("HTTP {}", response.status()));
    }
    let text = response.text().map_err(|error| in_words(&error))?;
    let text = JsFuture::from(text).await;
    let text = text.map_err(|error| in_words(&error))?.as_string();
    text.ok_or_else(|| "no text".to_string())
}

/// What an error of the browser says.
fn in_words(error: &JsValue) -> String {
    let error: Option<&js_sys::Error> = error.dyn_ref();
    error.map_or_else(String::new, |error| error.message().into())
}

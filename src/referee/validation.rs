//! The validation page: fetches the files of cases one after the other and has them checked.

use std::cell::RefCell;
use std::rc::Rc;

use tradewind::model::Language;
use tradewind::plot::validation::{FRAME, frame, places};
use tradewind::view::validation::{FILES, Page};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Response, WorkerGlobalScope};

use crate::board::Board;
use crate::wire::Wire;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static SCRIPT_URL: String;
}

/// The validation page.
pub struct Screen {
    board: Board,
    page: RefCell<Page>,
}

impl Screen {
    /// Opens the page and begins to run it.
    pub fn open(wire: Wire, language: Language) -> Rc<Self> {
        let page = Page::new(language);
        let board = Board::new(wire);
        board.put_frame(FRAME, frame(&page));
        let page = RefCell::new(page);
        let screen = Rc::new(Self { board, page });
        screen.run();
        screen
    }

    /// Hears a field.
    pub fn hear(self: &Rc<Self>, field: &str, value: &str) {
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

    fn draw(&self) {
        self.board.draw(places(&self.page.borrow()));
    }
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

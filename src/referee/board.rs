//! What of a screen the page has been told.

use std::cell::RefCell;

use tradewind::view::referee::Reply;

use crate::wire::Wire;

/// The name of a place, and its content.
pub type Place = (&'static str, String);

/// Says what stands in which place, and nothing twice.
pub struct Board {
    wire: Wire,
    shown: RefCell<Vec<Place>>,
}

impl Board {
    /// Nothing has been shown yet.
    pub fn new(wire: Wire) -> Self {
        Self {
            wire,
            shown: RefCell::default(),
        }
    }

    /// Shows a frame, whose places are empty.
    pub fn put_frame(&self, place: &str, html: String) {
        self.shown.borrow_mut().clear();
        self.show(place, html);
    }

    /// Says what has changed since the last time.
    pub fn draw(&self, now: impl Into<Vec<Place>>) {
        let now = now.into();
        let mut shown = self.shown.borrow_mut();
        for place in now.iter().filter(|place| !shown.contains(place)) {
            self.show(place.0, place.1.clone());
        }
        *shown = now;
    }

    /// Says something else.
    pub fn say(&self, reply: &Reply) {
        // Texts and figures of a finished run can be written.
        let _ = self.wire.say(reply);
    }

    fn show(&self, place: &str, html: String) {
        let place = place.to_string();
        self.say(&Reply::Show { place, html });
    }
}

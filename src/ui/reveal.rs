//! The moment when the live page takes the place of the picture that came with it.
//!
//! The build puts the first result into the page as plain elements, so that it can be read before
//! this module runs and without it. Until the first live result is there, the live page is laid
//! out but not shown; then the two change places at once.

use web_sys::{Document, Element};

/// Id of the picture.
const PICTURE: &str = "first-picture";
/// Class of the page while it waits.
const WAITING: &str = "waiting";

/// Hides the page behind the picture, if there is one.
pub fn wait() {
    let Some((document, root)) = parts() else {
        return;
    };
    let picture = document.get_element_by_id(PICTURE);
    if picture.is_some_and(|picture| picture.child_element_count() > 0) {
        root.set_class_name(WAITING);
    }
}

/// Shows the page and takes the picture away. Later calls do nothing.
pub fn now() {
    let Some((document, root)) = parts() else {
        return;
    };
    root.set_class_name("");
    if let Some(picture) = document.get_element_by_id(PICTURE) {
        picture.remove();
    }
}

fn parts() -> Option<(Document, Element)> {
    let document = web_sys::window()?.document()?;
    let root = document.get_element_by_id("app")?;
    Some((document, root))
}

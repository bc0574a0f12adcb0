//! Icons: sixteen by sixteen, drawn with the text's colour, silent for screen readers.

use crate::element::{El, Handler, el};

/// A picture on a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Audit,
    Close,
    Cut,
    Down,
    Empty,
    File,
    Lightning,
    Next,
    Open,
    Panel,
    Pause,
    Play,
    Previous,
    Redo,
    Share,
    Shed,
    Slow,
    Spot,
    Start,
    Surge,
    Undo,
    Wind,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Audit => "M11 7a4 4 0 10-8 0 4 4 0 008 0zM10 10l4 4",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Cut => "M2 8h4M10 8h4M7 5l2 6",
            Self::Down => "M4 6l4 4 4-4",
            Self::Empty => "M3 3h10v10H3zM6 8h4",
            Self::File => "M8 2v8M5 7l3 3 3-3M3 13h10",
            Self::Lightning => "M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z",
            Self::Next => "M4 3l5 5-5 5M12 3v10",
            Self::Open => "M2 13V4h4l2 2h6v7z",
            Self::Panel => "M2 3h12v10H2zM10 3v10",
            Self::Pause => "M5 3v10M11 3v10",
            Self::Play => "M5 3l8 5-8 5z",
            Self::Previous => "M12 3L7 8l5 5M4 3v10",
            Self::Redo => "M13 6H6a3.5 3.5 0 000 7h3M10 3l3 3-3 3",
            Self::Share => "M8 10V2M5 5l3-3 3 3M3 9v5h10V9",
            Self::Shed => "M13 2v12M1 5h9L7 2M10 11H1l3 3",
            Self::Slow => "M8 3a6 6 0 106 6M8 5v4l3 2",
            Self::Spot => "M3 3h10v6H3zM6 12l2 2 2-2M8 9v5",
            Self::Start => "M3 3v10M13 3L7 8l6 5z",
            Self::Surge => "M2 13h3V9h3V6h3V2h3",
            Self::Undo => "M3 6h7a3.5 3.5 0 010 7H7M6 3L3 6l3 3",
            Self::Wind => "M1 6h8a2.5 2.5 0 10-2.5-2.5M1 9.5h11.5a2 2 0 11-2 2M1 13h5",
        }
    }
}

/// Draws an icon.
pub fn glyph(icon: Icon) -> El {
    el("svg")
        .set("viewBox", "0 0 16 16")
        .set("width", "16")
        .set("height", "16")
        .set("fill", "none")
        .set("stroke", "currentColor")
        .set("stroke-width", "1.6")
        .set("stroke-linecap", "round")
        .set("stroke-linejoin", "round")
        .set("aria-hidden", "true")
        .add(el("path").set("d", icon.path()))
}

/// A button that shows nothing but an icon.
pub fn icon_button(class: &str, icon: Icon, on_click: Handler) -> El {
    let button = el("button").class(class).add(glyph(icon));
    button.on_click(on_click)
}

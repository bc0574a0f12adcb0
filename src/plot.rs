//! Pictures as SVG and HTML strings: charts, diagrams, the page's first picture, and the screens of
//! the referee.
//!
//! Lines and areas of charts are drawn by plotters' SVG backend. Texts are not: plotters measures
//! them differently on each platform (in the browser through the page itself, which a worker does
//! not have), so charts have fixed margins and write their own ticks and legends. For the same
//! reason nothing here asks how wide a text is.
//!
//! Colours are the page's custom properties (`var(--series-a)`), so one picture serves the light
//! and the dark theme; [`theme::standalone`] adds their values for a picture that leaves the page.
//! Every text from a scenario is escaped.

pub mod audit;
pub mod charts;
pub mod diagram_svg;
pub mod first_picture;
mod markup;
pub mod theme;
pub mod validation;

pub use charts::chart_svg;
pub use diagram_svg::diagram_svg;

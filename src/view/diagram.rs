//! A design as a picture: boxes inside zones, and lines between them.
//!
//! Architecture diagrams have a known order: users outside, then the load balancer, then what runs
//! in each zone row by row, then services outside. So there is no general graph layout here:
//! components get a row by their place in the call order, zones stand side by side, and lines run
//! in the gaps between rows, where no box is. The same design always gives the same picture.
//!
//! [`Layout`] is fixed for a design and a pane. [`Frame`] says how the parts are at one moment of
//! a run, so that moving the playhead changes texts and classes only. [`Scene`] makes frames.
//!
//! States are told apart by border pattern and glyph before colour (see [`BoxState`]).

mod content;
mod frame;
mod place;
mod route;
mod scene;

pub use frame::{BoxFrame, BoxState, EdgeFrame, Frame, GroupFrame, ListRow};
pub use scene::Scene;

use crate::model::Design;

/// Width of a box.
pub const BOX_WIDTH: i32 = 104;
/// Height of a box.
pub const BOX_HEIGHT: i32 = 40;
/// Size of every text: at least 11 CSS pixels where two designs of three zones share a screen of
/// 1440 by 900.
pub const TEXT_SIZE: i32 = 15;
/// Free border inside a box, left and right of its texts.
pub const TEXT_INSET: i32 = 6;
/// Baselines of a box's two lines, from its upper edge.
pub const BASELINES: [i32; 2] = [17, 34];

/// The width that a box's text is squeezed to, when it would not fit otherwise; `beside` is the
/// width of what stands in the same line.
#[must_use]
pub fn squeezed(text: &str, beside: i32) -> Option<i32> {
    let room = BOX_WIDTH - 2 * TEXT_INSET - beside;
    (wanted_width(text) > room).then_some(room)
}

fn wanted_width(text: &str) -> i32 {
    // In tenths of the size; wide enough for the common fonts without serifs.
    let width = |letter: char| match letter {
        ' ' | '.' | ',' | '·' | '/' | 'i' | 'l' => 3,
        letter if letter.is_ascii() && letter != '%' => 6,
        _ => 10,
    };
    text.chars().map(width).sum::<i32>() * TEXT_SIZE / 10
}

/// Free border inside a group, left and right of its label and its note.
pub const GROUP_INSET: i32 = 8;

/// The note of a group as it fits beside the group's label, and the width to squeeze it to. Where
/// it would have to lose a third of its width, the glyph at its beginning stands alone; the boxes
/// inside and the list say the rest.
#[must_use]
pub fn fitted_note<'a>(group: &Group, note: &'a str) -> (&'a str, Option<i32>) {
    // Both are bold, which makes them wider by a sixth.
    let bold = |text: &str| wanted_width(text) * 7 / 6;
    let room = group.rect.width - 3 * GROUP_INSET - bold(&group.label);
    let wanted = bold(note);
    if wanted <= room {
        (note, None)
    } else if 2 * wanted <= 3 * room {
        (note, Some(room))
    } else {
        (note.split(' ').next().unwrap_or_default(), None)
    }
}

/// A point in the picture's own units, which are CSS pixels at a scale of 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub const fn right(self) -> i32 {
        self.x + self.width
    }

    /// Lower edge.
    #[must_use]
    pub const fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// True when the two share more than an edge.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// True when `other` lies inside.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }
}

/// What a container stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// The Region; dotted border.
    Region,
    /// The VPC; solid border.
    Vpc,
    /// An Availability Zone; dashed border.
    Zone,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it stands for.
    pub kind: GroupKind,
    /// Where.
    pub rect: Rect,
    /// Its name: `ap-northeast-1`, `VPC`, `AZ 1a`.
    pub label: String,
    /// Index of the zone, for zones.
    pub zone: Option<usize>,
}

/// The part of one of several equal boxes of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The only box, or one of many equal ones.
    Single,
    /// The database writer or cache primary at the start of the run.
    Primary,
    /// The standby or replica at the start of the run.
    Standby,
}

/// A component, or its part in one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Id of the component.
    pub component: String,
    /// Kind of the component, as files write it.
    pub kind: &'static str,
    /// Its part.
    pub role: Role,
    /// Index of the zone it stands in; none outside zones.
    pub zone: Option<usize>,
    /// Where.
    pub rect: Rect,
    /// The id, shortened to fit.
    pub name: String,
}

/// What a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Requests or calls.
    Calls,
    /// Calls to the outside through a NAT gateway.
    Egress,
    /// Data copied to a standby or replica; dashed.
    Replicates,
}

/// A line from box to box in horizontal and vertical pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Index of the box where it begins.
    pub from: usize,
    /// Index of the box where it ends.
    pub to: usize,
    /// What it means.
    pub kind: EdgeKind,
    /// Its corners, ends included.
    pub points: Vec<Point>,
}

/// The picture of one design without a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Width of the picture.
    pub width: i32,
    /// Height of the picture.
    pub height: i32,
    /// Containers, outer before inner.
    pub groups: Vec<Group>,
    /// Boxes.
    pub nodes: Vec<Node>,
    /// Lines.
    pub edges: Vec<Edge>,
}

/// The room for a picture, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pane {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Which way a picture grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Zones side by side, requests flow downwards, this many boxes side by side in a zone.
    Down(usize),
    /// Zones below each other, requests flow to the right, this many boxes below each other.
    Right(usize),
}

const STYLES: [Style; 5] = [
    Style::Down(1),
    Style::Down(2),
    Style::Down(3),
    Style::Right(1),
    Style::Right(2),
];

/// The picture of one design, in the way that fills the pane best.
#[must_use]
pub fn layout(design: &Design, pane: Pane) -> Layout {
    layouts(&[design], pane)
        .pop()
        .expect("one design gives one picture")
}

/// The pictures of several designs that are shown beside each other: all grow the same way, chosen
/// so that the smallest of them is as large as possible.
#[must_use]
pub fn layouts(designs: &[&Design], pane: Pane) -> Vec<Layout> {
    let drawn = STYLES.map(|style| {
        designs
            .iter()
            .map(|design| place::draw(&content::of(design), style))
            .collect::<Vec<_>>()
    });
    let smallest_scale = |pictures: &[Layout]| {
        let scales = pictures.iter().map(|picture| {
            let across = pane.width / f64::from(picture.width);
            let down = pane.height / f64::from(picture.height);
            across.min(down)
        });
        scales.fold(f64::INFINITY, f64::min)
    };
    let mut best: Option<(f64, Vec<Layout>)> = None;
    for pictures in drawn {
        let scale = smallest_scale(&pictures);
        if best.as_ref().is_none_or(|(top, _)| scale > *top) {
            best = Some((scale, pictures));
        }
    }
    best.map(|(_, pictures)| pictures).unwrap_or_default()
}

#[cfg(test)]
mod tests;

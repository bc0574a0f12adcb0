//! Geometry: where boxes and containers stand.
//!
//! Everything is computed in two directions: `u` runs the way requests flow (from users to the
//! outside), `v` across it (from zone to zone). A [`Style`] says which of them is x and which y.
//! Along `u` the picture is cut into *bands*: users, load balancers, one band per row inside the
//! zones, and the outside. Boxes stand in bands only, and the space after each band is free for
//! lines.

use super::content::{Content, Spot};
use super::route::{self, Band, Cell};
use super::{BOX_HEIGHT, BOX_WIDTH, Edge, Group, GroupKind, Layout, Node, Point, Rect, Style};

/// Free border around the picture.
const MARGIN: i32 = 8;
/// Space after a band, where lines run.
const BAND_GAP: i32 = 22;
/// Space between boxes of one band.
const SIDE_GAP: i32 = 8;
/// Space between zones.
const ZONE_GAP: i32 = 7;
/// Space inside a container's border.
const PADDING: i32 = 5;
/// Space for a container's name.
const HEADER: i32 = 21;
/// Width of a zone with nothing in it: room for its name.
const EMPTY_ZONE: i32 = 58;
/// Least width inside the VPC, so that names of containers do not meet the line from the users.
const LEAST_WIDTH: i32 = 200;

/// Sizes in the two directions.
#[derive(Clone, Copy)]
struct Axes {
    is_down: bool,
    wrap: i32,
    /// Size of a box along `u` and `v`.
    box_u: i32,
    box_v: i32,
    /// Inside a container's border, at its start along `u` and `v`: names stand at the top.
    start_u: i32,
    start_v: i32,
}

impl Axes {
    fn new(style: Style, ranks: usize) -> Self {
        let (is_down, wrap) = match style {
            Style::Down(wrap) => (true, wrap),
            Style::Right(wrap) => (false, wrap),
        };
        let wrap = i32::try_from(wrap.min(ranks.max(1))).unwrap_or(1);
        if is_down {
            let (box_u, box_v) = (BOX_HEIGHT, BOX_WIDTH);
            Self {
                is_down,
                wrap,
                box_u,
                box_v,
                start_u: HEADER,
                start_v: PADDING,
            }
        } else {
            let (box_u, box_v) = (BOX_WIDTH, BOX_HEIGHT);
            Self {
                is_down,
                wrap,
                box_u,
                box_v,
                start_u: PADDING,
                start_v: HEADER,
            }
        }
    }

    const fn rect(self, u: i32, v: i32, size_u: i32, size_v: i32) -> Rect {
        if self.is_down {
            Rect {
                x: v,
                y: u,
                width: size_v,
                height: size_u,
            }
        } else {
            Rect {
                x: u,
                y: v,
                width: size_u,
                height: size_v,
            }
        }
    }

    const fn point(self, (u, v): (i32, i32)) -> Point {
        if self.is_down {
            Point { x: v, y: u }
        } else {
            Point { x: u, y: v }
        }
    }

    /// Room across for `n` boxes beside each other.
    const fn beside(self, n: i32) -> i32 {
        if n == 0 {
            0
        } else {
            n * self.box_v + (n - 1) * SIDE_GAP
        }
    }
}

/// Positions of bands and containers.
struct Grid {
    axes: Axes,
    bands: Vec<Band>,
    /// Index of the first band inside the zones.
    first_row: usize,
    zones_u: (i32, i32),
    vpc_u: (i32, i32),
    region_u: (i32, i32),
    end_u: i32,
    zones_v: Vec<(i32, i32)>,
    vpc_v: (i32, i32),
    region_v: (i32, i32),
    end_v: i32,
}

/// Draws a content in a style.
pub(super) fn draw(content: &Content, style: Style) -> Layout {
    let axes = Axes::new(style, content.ranks);
    let grid = Grid::new(content, axes);
    let cells = grid.cells(content);
    let items = content.items.iter().zip(&cells);
    let nodes = items
        .map(|(item, cell)| Node {
            component: item.component.clone(),
            kind: item.kind,
            role: item.role,
            zone: item.zone(),
            rect: axes.rect(grid.bands[cell.band].start, cell.v, axes.box_u, axes.box_v),
            name: shortened(&item.component),
        })
        .collect();
    let gutters = grid.gutters();
    let router = route::Router {
        bands: &grid.bands,
        cells: &cells,
        gutters: &gutters,
    };
    let lanes = lanes(content);
    let links = content.links.iter().zip(&lanes);
    let edges = links
        .map(|(&(from, to, kind), lane)| {
            let corners = router.route(from, to, *lane, axes.box_v);
            let points = corners
                .into_iter()
                .map(|corner| axes.point(corner))
                .collect();
            Edge {
                from,
                to,
                kind,
                points,
            }
        })
        .collect();
    let size = axes.point((grid.end_u, grid.end_v));
    Layout {
        width: size.x,
        height: size.y,
        groups: grid.groups(content),
        nodes,
        edges,
    }
}

/// A lane per line: lines to one component share a lane, so that they read as one bus.
fn lanes(content: &Content) -> Vec<i32> {
    let mut targets: Vec<&str> = Vec::new();
    let links = content.links.iter();
    links
        .map(|&(_, to, _)| {
            let id = content.items[to].component.as_str();
            let at = targets
                .iter()
                .position(|one| *one == id)
                .unwrap_or_else(|| {
                    targets.push(id);
                    targets.len() - 1
                });
            i32::try_from(at % route::LANES).unwrap_or(0)
        })
        .collect()
}

impl Grid {
    fn new(content: &Content, axes: Axes) -> Self {
        let count = |spot: Spot| {
            let n = content
                .items
                .iter()
                .filter(|item| item.spot == spot)
                .count();
            i32::try_from(n).unwrap_or(i32::MAX)
        };
        let (users, gates, outside) = (count(Spot::Users), count(Spot::Gate), count(Spot::Outside));
        let ranks = i32::try_from(content.ranks).unwrap_or(i32::MAX);
        let rows = (ranks + axes.wrap - 1) / axes.wrap;

        let mut bands = Vec::new();
        let mut u = MARGIN;
        let mut add_band = |u: &mut i32| {
            bands.push(Band {
                start: *u,
                end: *u + axes.box_u,
                track: *u + axes.box_u + 8,
            });
            *u += axes.box_u + BAND_GAP;
        };
        if users > 0 {
            add_band(&mut u);
        }
        let region_start = u;
        let vpc_start = u + axes.start_u;
        u = vpc_start + axes.start_u;
        if gates > 0 {
            add_band(&mut u);
        }
        let zones_start = u;
        u += axes.start_u;
        for _ in 0..rows {
            add_band(&mut u);
        }
        let zones_end = if rows > 0 {
            u - BAND_GAP + PADDING
        } else {
            zones_start
        };
        let vpc_end = zones_end + PADDING;
        let region_end = vpc_end + PADDING;
        u = region_end + BAND_GAP;
        if outside > 0 {
            add_band(&mut u);
        }
        let end_u = u - BAND_GAP + MARGIN;
        let first_row = usize::from(users > 0) + usize::from(gates > 0);
        if rows > 0 && outside > 0 {
            // Lines to the outside turn only after they have left the Region.
            let last_row = bands.len() - 2;
            bands[last_row].track = region_end + 8;
        }
        let (zones_v, vpc_v, region_v, end_v) = across(content, axes, [users, gates, outside]);
        Self {
            axes,
            bands,
            first_row,
            zones_u: (zones_start, zones_end),
            vpc_u: (vpc_start, vpc_end),
            region_u: (region_start, region_end),
            end_u,
            zones_v,
            vpc_v,
            region_v,
            end_v,
        }
    }

    /// Band and place across of every item.
    fn cells(&self, content: &Content) -> Vec<Cell> {
        let axes = self.axes;
        let centre = (self.vpc_v.0 + self.vpc_v.1) / 2;
        let mut placed: [i32; 3] = [0; 3];
        let mut centred = |slot: usize, spot: Spot, band: usize| {
            let all = content
                .items
                .iter()
                .filter(|item| item.spot == spot)
                .count();
            let room = axes.beside(i32::try_from(all).unwrap_or(0));
            let v = centre - room / 2 + placed[slot] * (axes.box_v + SIDE_GAP);
            placed[slot] += 1;
            Cell { band, v }
        };
        let has_users = content.items.iter().any(|item| item.spot == Spot::Users);
        content
            .items
            .iter()
            .map(|item| match item.spot {
                Spot::Users => centred(0, Spot::Users, 0),
                Spot::Gate => centred(1, Spot::Gate, usize::from(has_users)),
                Spot::Outside => centred(2, Spot::Outside, self.bands.len() - 1),
                Spot::Zone { zone, rank } => {
                    let rank = i32::try_from(rank).unwrap_or(0);
                    let row = usize::try_from(rank / axes.wrap).unwrap_or(0);
                    let column = rank % axes.wrap;
                    let v = self.zones_v[zone].0 + axes.start_v + column * (axes.box_v + SIDE_GAP);
                    Cell {
                        band: self.first_row + row,
                        v,
                    }
                }
            })
            .collect()
    }

    /// Places across where a line may pass through the rows of the zones.
    fn gutters(&self) -> Vec<i32> {
        let axes = self.axes;
        let mut gutters = vec![self.region_v.0 - 6, self.region_v.1 + 6];
        for (start, end) in &self.zones_v {
            let first = start + axes.start_v;
            gutters.extend([first - 5, end - 2]);
            let between = (1..axes.wrap).map(|column| first + column * (axes.box_v + SIDE_GAP));
            gutters.extend(
                between
                    .map(|next| next - SIDE_GAP / 2)
                    .take_while(|at| at < end),
            );
        }
        gutters
    }

    fn groups(&self, content: &Content) -> Vec<Group> {
        let group = |kind, u: (i32, i32), v: (i32, i32), label: &str, zone| Group {
            kind,
            rect: self.axes.rect(u.0, v.0, u.1 - u.0, v.1 - v.0),
            label: label.to_string(),
            zone,
        };
        let mut groups = vec![
            group(
                GroupKind::Region,
                self.region_u,
                self.region_v,
                &content.region,
                None,
            ),
            group(GroupKind::Vpc, self.vpc_u, self.vpc_v, "VPC", None),
        ];
        for (zone, (v, name)) in self.zones_v.iter().zip(&content.zones).enumerate() {
            groups.push(group(GroupKind::Zone, self.zones_u, *v, name, Some(zone)));
        }
        groups
    }
}

/// Boxes that stand beside each other in a zone.
fn columns(content: &Content, zone: usize, wrap: i32) -> i32 {
    let inside = content.items.iter().filter_map(|item| match item.spot {
        Spot::Zone { zone: one, rank } if one == zone => i32::try_from(rank).ok(),
        _ => None,
    });
    inside.map(|rank| rank % wrap + 1).max().unwrap_or(0)
}

type Span = (i32, i32);

/// Places across: zones, VPC, Region, and the picture's end.
fn across(
    content: &Content,
    axes: Axes,
    [users, gates, outside]: [i32; 3],
) -> (Vec<Span>, Span, Span, i32) {
    let sizes: Vec<i32> = (0..content.zones.len())
        .map(|zone| {
            let room = axes.beside(columns(content, zone, axes.wrap));
            axes.start_v + room.max(if axes.is_down { EMPTY_ZONE } else { 0 }) + PADDING
        })
        .collect();
    let gaps = ZONE_GAP * (i32::try_from(sizes.len()).unwrap_or(1) - 1).max(0);
    let zones_size = sizes.iter().sum::<i32>() + gaps;
    let least = if axes.is_down { LEAST_WIDTH } else { 0 };
    let inside = zones_size.max(axes.beside(gates)).max(least);
    let region_size = inside + 2 * (axes.start_v + PADDING);
    let size = region_size
        .max(axes.beside(users))
        .max(axes.beside(outside));

    let region_start = MARGIN + (size - region_size) / 2;
    let region = (region_start, region_start + region_size);
    let vpc = (region.0 + axes.start_v, region.1 - PADDING);
    let mut start = vpc.0 + axes.start_v + (inside - zones_size) / 2;
    let zones = sizes
        .into_iter()
        .map(|size| {
            let span = (start, start + size);
            start += size + ZONE_GAP;
            span
        })
        .collect();
    (zones, vpc, region, size + 2 * MARGIN)
}

/// An id that fits into a box beside its glyph, squeezed at most.
fn shortened(id: &str) -> String {
    const ROOM: usize = 11;
    if id.chars().count() <= ROOM {
        return id.to_string();
    }
    let kept: String = id.chars().take(ROOM - 1).collect();
    format!("{kept}…")
}

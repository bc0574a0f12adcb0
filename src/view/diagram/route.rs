//! Lines: from box to box in the gaps between bands, so that no line crosses a box.

/// Lines that may run beside each other in one gap.
pub(super) const LANES: usize = 4;
/// Distance between two lanes.
const LANE_STEP: i32 = 3;
/// Distance between a band and the lane for lines that stay in it.
const OWN_TRACK: i32 = 4;

/// A stretch along the flow in which boxes stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub start: i32,
    pub end: i32,
    /// First lane after the band.
    pub track: i32,
}

/// A box's band and its start across.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub band: usize,
    pub v: i32,
}

pub(super) struct Router<'a> {
    pub bands: &'a [Band],
    pub cells: &'a [Cell],
    pub gutters: &'a [i32],
}

impl Router<'_> {
    /// Corners of the line between two boxes, as (along, across).
    pub(super) fn route(&self, from: usize, to: usize, lane: i32, box_v: i32) -> Vec<(i32, i32)> {
        let (source, target) = (self.cells[from], self.cells[to]);
        let (a, b) = (self.bands[source.band], self.bands[target.band]);
        let (from_v, to_v) = (source.v + box_v / 2, target.v + box_v / 2);
        let track = |band: usize| self.bands[band].track + lane * LANE_STEP;
        let mut corners = if source.band == target.band {
            let own = a.end + OWN_TRACK;
            vec![(a.end, from_v), (own, from_v), (own, to_v), (b.end, to_v)]
        } else if source.band < target.band {
            let last = target.band - 1;
            let mut corners = vec![(a.end, from_v), (track(source.band), from_v)];
            if last > source.band {
                let pass = self.passage(source.band + 1..=last, to_v, from_v, box_v);
                corners.push((track(source.band), pass));
                corners.push((track(last), pass));
            }
            corners.extend([(track(last), to_v), (b.start, to_v)]);
            corners
        } else {
            let before = source.band - 1;
            let mut corners = vec![(a.start, from_v), (track(before), from_v)];
            if before > target.band {
                let pass = self.passage(target.band + 1..=before, to_v, from_v, box_v);
                corners.push((track(before), pass));
                corners.push((track(target.band), pass));
            }
            corners.extend([(track(target.band), to_v), (b.end, to_v)]);
            corners
        };
        straighten(&mut corners);
        corners
    }

    /// The place across, nearest to the way, at which all of the bands can be crossed.
    fn passage(
        &self,
        bands: std::ops::RangeInclusive<usize>,
        to_v: i32,
        from_v: i32,
        box_v: i32,
    ) -> i32 {
        let is_free = |v: i32| {
            let crossed = self.cells.iter().filter(|cell| bands.contains(&cell.band));
            crossed
                .into_iter()
                .all(|cell| v < cell.v - 2 || cell.v + box_v + 2 < v)
        };
        let straight = [from_v, to_v];
        let candidates = straight.iter().chain(self.gutters);
        candidates
            .copied()
            .filter(|v| is_free(*v))
            .min_by_key(|v| ((v - to_v).abs() + (v - from_v).abs(), (v - to_v).abs(), *v))
            .unwrap_or(to_v)
    }
}

/// Leaves out corners that are none.
fn straighten(corners: &mut Vec<(i32, i32)>) {
    corners.dedup();
    let mut at = 1;
    while at + 1 < corners.len() {
        let (before, here, after) = (corners[at - 1], corners[at], corners[at + 1]);
        let is_straight =
            (before.0 == here.0 && here.0 == after.0) || (before.1 == here.1 && here.1 == after.1);
        if is_straight {
            corners.remove(at);
        } else {
            at += 1;
        }
    }
}

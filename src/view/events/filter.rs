//! The decision log of two designs as one list: what is shown of it, in which order.

use super::{Controller, EventLine};
use crate::units::order;

/// What of a log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// The details too, not only the steps of the story.
    pub with_details: bool,
    /// Only this design: 0 for A, 1 for B.
    pub side: Option<usize>,
    /// Only what this controller decided or did.
    pub controller: Option<Controller>,
}

impl EventFilter {
    /// True for an entry that is shown.
    #[must_use]
    pub fn shows(self, side: usize, line: &EventLine) -> bool {
        (self.with_details || line.important)
            && self.side.is_none_or(|it| it == side)
            && self.controller.is_none_or(|it| it == line.controller)
    }
}

/// The entries of both designs that are shown, in order of time, each with its side.
#[must_use]
pub fn merged(sides: &[Vec<EventLine>; 2], filter: EventFilter) -> Vec<(usize, &EventLine)> {
    let mut merged = Vec::new();
    for (side, lines) in sides.iter().enumerate() {
        for line in lines.iter().filter(|line| filter.shows(side, line)) {
            merged.push((side, line));
        }
    }
    // Stable: entries of one instant stay in the order of their run.
    order::sort_by(&mut merged, |(a, one), (b, other)| {
        one.at_s.total_cmp(&other.at_s).then(a.cmp(b))
    });
    merged
}

/// Controllers that decided or did something in one of the runs, in the order in which they are
/// offered.
#[must_use]
pub fn controllers(sides: &[Vec<EventLine>; 2]) -> Vec<Controller> {
    let occurs = |one: &&Controller| {
        let mut lines = sides.iter().flatten();
        lines.any(|line| line.controller == **one)
    };
    Controller::ALL.iter().filter(occurs).copied().collect()
}

/// The last of the entries at or before a time, as a position among them.
#[must_use]
pub fn current(entries: &[(usize, &EventLine)], at_s: f64) -> Option<usize> {
    let passed = entries.partition_point(|(_, line)| line.at_s <= at_s);
    passed.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::events::{Lane, Shape};

    fn line(at_s: f64, important: bool, controller: Controller) -> EventLine {
        EventLine {
            index: 0,
            at_s,
            time: String::new(),
            text: String::new(),
            shape: Shape::Diamond,
            lane: Lane::Scaling,
            important,
            entity: String::new(),
            controller,
            rule: None,
            cause: None,
        }
    }

    fn sides() -> [Vec<EventLine>; 2] {
        [
            vec![
                line(1.0, true, Controller::Tape),
                line(3.0, false, Controller::Hpa),
            ],
            vec![
                line(1.0, true, Controller::Tape),
                line(2.0, true, Controller::Hpa),
            ],
        ]
    }

    #[track_caller]
    fn check(filter: EventFilter, expected: &[(usize, f64)]) {
        let sides = sides();
        let merged = merged(&sides, filter);
        let shown: Vec<_> = merged.iter().map(|(side, it)| (*side, it.at_s)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_filter_narrows_by_weight_design_and_controller() {
        let all = EventFilter {
            with_details: true,
            ..EventFilter::default()
        };
        check(EventFilter::default(), &[(0, 1.0), (1, 1.0), (1, 2.0)]);
        check(all, &[(0, 1.0), (1, 1.0), (1, 2.0), (0, 3.0)]);
        let side = Some(0);
        check(EventFilter { side, ..all }, &[(0, 1.0), (0, 3.0)]);
        let controller = Some(Controller::Hpa);
        check(EventFilter { controller, ..all }, &[(1, 2.0), (0, 3.0)]);
        assert_eq!(controllers(&sides()), [Controller::Tape, Controller::Hpa]);
    }

    #[test]
    fn the_current_entry_is_the_last_that_has_happened() {
        let sides = sides();
        let entries = merged(&sides, EventFilter::default());
        assert_eq!(current(&entries, 0.5), None);
        assert_eq!(current(&entries, 1.0), Some(1));
        assert_eq!(current(&entries, 9.0), Some(2));
    }
}

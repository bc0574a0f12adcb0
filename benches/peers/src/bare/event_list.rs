//! What is still to happen, soonest first, on the heap of the standard library.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The pending events of a run. Times are seconds; events at the same time, which a run with
/// exponential times practically never has, come in no particular order.
pub struct EventList<E> {
    heap: BinaryHeap<Entry<E>>,
}

impl<E> EventList<E> {
    /// An empty list with room for `capacity` events.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            heap: BinaryHeap::with_capacity(capacity),
        }
    }

    /// Adds an event.
    pub fn push(&mut self, at: f64, event: E) {
        self.heap.push(Entry { at, event });
    }

    /// Takes the soonest event.
    pub fn pop(&mut self) -> Option<(f64, E)> {
        self.heap.pop().map(|entry| (entry.at, entry.event))
    }
}

struct Entry<E> {
    at: f64,
    event: E,
}

/// The heap gives its greatest entry first, so the soonest is the greatest. Times are not negative,
/// and the bits of such numbers are ordered as the numbers are.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.to_bits().cmp(&self.at.to_bits())
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

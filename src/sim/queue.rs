//! The event queue: what comes next, in order of (time, sequence).
//!
//! Two events at the same instant leave in the order in which they were put in, so a run has one
//! history. A heap with four children per entry, because a pop then touches fewer cache lines than
//! with two; nothing is removed out of order while a run goes its way, so a receiver checks whether
//! an event still holds.

use crate::units::SimTime;
use crate::units::order;

/// Children of an entry of the heap.
const ARITY: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Entry<T> {
    at: SimTime,
    sequence: u64,
    value: T,
}

impl<T> Entry<T> {
    const fn key(&self) -> (SimTime, u64) {
        (self.at, self.sequence)
    }
}

/// Values with a time, given back earliest first; equal times in the order of insertion.
#[derive(Debug, Clone)]
pub struct EventQueue<T> {
    heap: Vec<Entry<T>>,
    next_sequence: u64,
}

impl<T: Copy> Default for EventQueue<T> {
    fn default() -> Self {
        Self::with_capacity(64)
    }
}

impl<T: Copy> EventQueue<T> {
    /// An empty queue with room for `capacity` values before it grows.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            heap: Vec::with_capacity(capacity),
            next_sequence: 0,
        }
    }

    /// Puts a value in.
    pub fn push(&mut self, at: SimTime, value: T) {
        let entry = Entry {
            at,
            sequence: self.next_sequence,
            value,
        };
        self.next_sequence += 1;
        self.heap.push(entry);
        self.sift_up(self.heap.len() - 1);
    }

    /// Time of the earliest value; [`SimTime::NEVER`] when empty.
    #[must_use]
    pub fn next_time(&self) -> SimTime {
        self.heap.first().map_or(SimTime::NEVER, |entry| entry.at)
    }

    /// Takes out the earliest value.
    pub fn pop(&mut self) -> Option<(SimTime, T)> {
        let last = self.heap.pop()?;
        let Some(first) = self.heap.first_mut() else {
            return Some((last.at, last.value));
        };
        let top = std::mem::replace(first, last);
        self.sift_down();
        Some((top.at, top.value))
    }

    /// Takes out the earliest value if it is due at `now` or earlier.
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, T)> {
        if self.next_time() <= now {
            self.pop()
        } else {
            None
        }
    }

    /// Takes out every value that `is_wanted` picks, in order. Looks at all of them: for what
    /// happens seldom.
    pub fn take_all(&mut self, is_wanted: impl Fn(&T) -> bool) -> Vec<(SimTime, T)> {
        let mut taken = Vec::new();
        for entry in std::mem::take(&mut self.heap) {
            if is_wanted(&entry.value) {
                taken.push(entry);
            } else {
                self.heap.push(entry);
                self.sift_up(self.heap.len() - 1);
            }
        }
        order::sort_by(&mut taken, |a, b| a.key().cmp(&b.key()));
        taken
            .into_iter()
            .map(|entry| (entry.at, entry.value))
            .collect()
    }

    /// Number of values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.heap.len()
    }

    /// True when nothing is waiting.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    fn sift_up(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.heap[parent].key() <= self.heap[at].key() {
                break;
            }
            self.heap.swap(parent, at);
            at = parent;
        }
    }

    fn sift_down(&mut self) {
        let mut at = 0;
        loop {
            let first = at * ARITY + 1;
            let end = (first + ARITY).min(self.heap.len());
            let Some(least) = (first..end).min_by_key(|child| self.heap[*child].key()) else {
                break;
            };
            if self.heap[at].key() <= self.heap[least].key() {
                break;
            }
            self.heap.swap(at, least);
            at = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any mixture of pushes and pops gives what a sorted list would give.
        #[test]
        fn leaves_in_order_of_time_and_insertion(
            operations in prop::collection::vec(prop::option::weighted(0.7, 0_u64..50), 0..400)
        ) {
            let mut queue = EventQueue::default();
            let mut reference: Vec<(u64, usize)> = Vec::new();
            for (number, operation) in operations.into_iter().enumerate() {
                if let Some(at) = operation {
                    queue.push(SimTime::from_s(at), number);
                    reference.push((at, number));
                    reference.sort_unstable();
                } else {
                    let expected = (!reference.is_empty()).then(|| reference.remove(0));
                    let got = queue.pop();
                    prop_assert_eq!(got, expected.map(|(at, n)| (SimTime::from_s(at), n)));
                }
                let next = reference.first().map_or(SimTime::NEVER, |r| SimTime::from_s(r.0));
                prop_assert_eq!(queue.next_time(), next);
                prop_assert_eq!(queue.len(), reference.len());
            }
        }
    }

    proptest! {
        /// What is taken out is what was asked for, and the rest leaves as if nothing had happened.
        #[test]
        fn what_is_taken_out_of_order_leaves_the_rest_in_order(
            times in prop::collection::vec(0_u64..50, 0..200),
            divisor in 1_usize..5,
        ) {
            let mut queue = EventQueue::default();
            for (number, at) in times.iter().enumerate() {
                queue.push(SimTime::from_s(*at), number);
            }
            let taken = queue.take_all(|number| number % divisor == 0);
            let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
            for (got, wanted) in [(taken, true), (rest, false)] {
                let mut expected: Vec<(SimTime, usize)> = times
                    .iter()
                    .enumerate()
                    .filter(|(number, _)| (number % divisor == 0) == wanted)
                    .map(|(number, at)| (SimTime::from_s(*at), number))
                    .collect();
                expected.sort_unstable();
                prop_assert_eq!(got, expected);
            }
        }
    }

    #[test]
    fn only_what_is_due_leaves() {
        let mut queue = EventQueue::default();
        queue.push(SimTime::from_s(5), 'b');
        queue.push(SimTime::from_s(3), 'a');
        assert_eq!(queue.pop_due(SimTime::from_s(2)), None);
        assert_eq!(
            queue.pop_due(SimTime::from_s(4)),
            Some((SimTime::from_s(3), 'a'))
        );
        assert_eq!(queue.pop_due(SimTime::from_s(4)), None);
        assert!(!queue.is_empty());
    }
}

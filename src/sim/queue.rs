//! The event queue: what comes next, in order of (time, sequence).
//!
//! Two events at the same instant leave in the order in which they were put in, so a run has one
//! history. A heap with four children per entry, because a pop then touches fewer cache lines than
//! with two; nothing is removed out of order while a run goes its way, so a receiver checks whether
//! an event still holds.
//!
//! Which of two random moments is earlier is a coin toss, and a processor that bets on it loses
//! half of its bets. So children are compared without branches; and what takes the place on top
//! sinks to the bottom before it is compared, because it nearly always belongs there. And most
//! events bring the next one about: the place of a value that has left stays free until then, so
//! that one way through the heap does for both.

use std::hint::select_unpredictable;

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

impl<T: Copy> Entry<T> {
    /// Time and sequence as one number.
    #[inline]
    const fn key(&self) -> u128 {
        (self.at.as_ns() as u128) << 64 | self.sequence as u128
    }

    /// The place of an entry that has left: later than any other.
    #[inline]
    const fn vacant(self) -> Self {
        Self {
            at: SimTime::NEVER,
            sequence: u64::MAX,
            ..self
        }
    }
}

/// Values with a time, given back earliest first; equal times in the order of insertion.
#[derive(Debug, Clone)]
pub struct EventQueue<T> {
    /// The entries, and vacant places up to whole levels of the heap: so each parent has all its
    /// children.
    heap: Vec<Entry<T>>,
    /// Places in use, the one on top included.
    len: usize,
    /// The value on top has left.
    is_top_free: bool,
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
            len: 0,
            is_top_free: false,
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
        self.insert(entry);
    }

    /// Time of the earliest value; [`SimTime::NEVER`] when empty.
    #[must_use]
    #[inline]
    pub fn next_time(&mut self) -> SimTime {
        self.fill_top();
        self.heap.first().map_or(SimTime::NEVER, |entry| entry.at)
    }

    /// Takes out the earliest value.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, T)> {
        self.fill_top();
        let top = self.heap[..self.len].first()?;
        self.is_top_free = true;
        Some((top.at, top.value))
    }

    /// Takes out the earliest value if it is due at `now` or earlier.
    #[inline]
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
        self.fill_top();
        let mut entries = std::mem::take(&mut self.heap);
        entries.truncate(std::mem::take(&mut self.len));
        let mut taken = Vec::new();
        for entry in entries {
            if is_wanted(&entry.value) {
                taken.push(entry);
            } else {
                self.insert(entry);
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
        self.len - self.is_top_free as usize
    }

    /// True when nothing is waiting.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn insert(&mut self, entry: Entry<T>) {
        if std::mem::take(&mut self.is_top_free) {
            self.replace_top(entry);
            return;
        }
        if self.len == self.heap.len() {
            self.add_level(entry.vacant());
        }
        self.len += 1;
        self.rise(self.len - 1, entry);
    }

    #[cold]
    fn add_level(&mut self, vacant: Entry<T>) {
        self.heap.resize(self.len * ARITY + 1, vacant);
    }

    /// Gives a free place on top to the last entry.
    #[inline]
    fn fill_top(&mut self) {
        if std::mem::take(&mut self.is_top_free) {
            self.len -= 1;
            let last = self.heap[self.len];
            self.heap[self.len] = last.vacant();
            if self.len > 0 {
                self.replace_top(last);
            }
        }
    }

    fn replace_top(&mut self, entry: Entry<T>) {
        let hole = self.sink();
        self.rise(hole, entry);
    }

    /// Moves the hole at the top down to the bottom: the earliest child takes its parent's place.
    /// Returns where the hole is then.
    #[inline]
    fn sink(&mut self) -> usize {
        let mut hole = 0;
        while hole * ARITY + 1 < self.len {
            let first = hole * ARITY + 1;
            let children = &self.heap[first..first + ARITY];
            let earlier = |a: usize, b: usize| {
                select_unpredictable(children[b].key() < children[a].key(), b, a)
            };
            let least = first + earlier(earlier(0, 1), earlier(2, 3));
            self.heap[hole] = self.heap[least];
            hole = least;
        }
        hole
    }

    /// Puts an entry into the hole at `hole`, or above it while its parents are later.
    #[inline]
    fn rise(&mut self, mut hole: usize, entry: Entry<T>) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if self.heap[parent].key() <= entry.key() {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
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

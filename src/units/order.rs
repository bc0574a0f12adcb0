//! Sorting, with one copy of the machine code for all types.
//!
//! `slice::sort_by` is made anew for every type and comparison, 4 kB each; the page, which each
//! visitor downloads, sorted in twenty places. Here positions are sorted, through a comparison
//! behind a pointer, and only the last step, putting the items in place, knows their type. The
//! lists that are sorted outside the inner loops are short, so the detour costs nothing, and a
//! plain merge sort, a tenth of the code, is as good as the library's.

use std::cmp::Ordering;

/// Sorts; items that compare as equal keep their order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = positions(items.len(), &|a, b| compare(&items[a], &items[b]));
    for place in 0..order.len() {
        // What belongs here may have been moved away by an earlier swap: follow it.
        let mut from = order[place];
        while from < place {
            from = order[from];
        }
        items.swap(place, from);
    }
}

/// Sorts in the items' own order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// The position of the item that belongs at each place.
fn positions(n_items: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_items).collect();
    let mut merged = Vec::with_capacity(n_items);
    let mut length = 1;
    while length < n_items {
        for pair in order.chunks(2 * length) {
            let (left, right) = pair.split_at(length.min(pair.len()));
            merge(left, right, compare, &mut merged);
        }
        std::mem::swap(&mut order, &mut merged);
        merged.clear();
        length *= 2;
    }
    order
}

/// Appends two sorted runs as one; of equal items, those of the left run come first.
fn merge(
    left: &[usize],
    right: &[usize],
    compare: &dyn Fn(usize, usize) -> Ordering,
    merged: &mut Vec<usize>,
) {
    let mut right = right.iter().peekable();
    for item in left {
        while let Some(earlier) = right.next_if(|other| compare(**other, *item).is_lt()) {
            merged.push(*earlier);
        }
        merged.push(*item);
    }
    merged.extend(right);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(
            mut items in prop::collection::vec((0..8_u8, any::<u16>()), 0..200),
        ) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            sort_by(&mut items, |a, b| a.0.cmp(&b.0));
            prop_assert_eq!(&items, &expected, "equal keys keep their order");
            expected.sort();
            sort(&mut items);
            prop_assert_eq!(items, expected);
        }
    }
}

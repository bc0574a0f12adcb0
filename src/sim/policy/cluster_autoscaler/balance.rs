//! Groups that are alike share new nodes.

use crate::sim::policy::resources::Resources;

/// Largest difference of what nodes offer pods, as a share of the larger.
const MAX_ALLOCATABLE_DIFFERENCE: f64 = 0.05;
/// Largest difference of what is free on an empty node, as a share of the larger.
const MAX_FREE_DIFFERENCE: f64 = 0.05;
/// Largest difference of the machines' memory, as a share of the larger.
const MAX_MEMORY_DIFFERENCE: f64 = 0.015;

/// A group's nodes, as far as groups are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape<'a> {
    /// Instance type: a label of the nodes, so groups of different types are never alike.
    pub instance_type: &'a str,
    /// What the machine has.
    pub capacity: Resources,
    /// What it offers pods.
    pub allocatable: Resources,
    /// What daemon sets leave of that.
    pub free: Resources,
    /// Pods it may hold.
    pub pod_slots: u32,
}

/// True when two groups are alike: the same machine but for its zone and its name.
#[must_use]
pub fn alike(a: &Shape<'_>, b: &Shape<'_>) -> bool {
    let near = |a: u64, b: u64, share: f64| {
        let (small, large) = (a.min(b) as f64, a.max(b) as f64);
        large - small <= large * share
    };
    let both = |a: Resources, b: Resources, share: f64| {
        near(a.cpu_m, b.cpu_m, share) && near(a.memory_bytes, b.memory_bytes, share)
    };
    let (of_a, of_b) = (a.capacity, b.capacity);
    a.instance_type == b.instance_type
        && of_a.cpu_m == of_b.cpu_m
        && a.pod_slots == b.pod_slots
        && near(of_a.memory_bytes, of_b.memory_bytes, MAX_MEMORY_DIFFERENCE)
        && both(a.allocatable, b.allocatable, MAX_ALLOCATABLE_DIFFERENCE)
        && both(a.free, b.free, MAX_FREE_DIFFERENCE)
}

/// Shares new nodes among groups, one by one to the smallest, the first of equals. Sizes and most
/// sizes in, new sizes out; what no group has room for is left out.
#[must_use]
pub fn balance(groups: &[(u32, u32)], new_nodes: u32) -> Vec<u32> {
    let mut sizes: Vec<u32> = groups.iter().map(|(size, _)| *size).collect();
    for _ in 0..new_nodes {
        let may_grow = |at: &usize| sizes[*at] < groups[*at].1;
        let Some(smallest) = (0..groups.len())
            .filter(may_grow)
            .min_by_key(|at| sizes[*at])
        else {
            break;
        };
        sizes[smallest] += 1;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_grows_first() {
        #[track_caller]
        fn check(groups: &[(u32, u32)], new_nodes: u32, expected: &[u32]) {
            assert_eq!(balance(groups, new_nodes), expected);
        }
        check(&[(1, 10), (3, 10), (2, 10)], 3, &[3, 3, 3]);
        check(&[(1, 10), (3, 10), (2, 10)], 5, &[4, 4, 3]);
        check(&[(1, 2), (3, 10)], 4, &[2, 6]);
        check(&[(2, 2), (3, 4)], 4, &[2, 4]);
        check(&[(0, 5)], 0, &[0]);
        check(&[], 3, &[]);
    }

    #[test]
    fn groups_are_alike_within_tolerances() {
        const GIB: u64 = 1 << 30;
        let resources = |cpu_m, memory_bytes| Resources {
            cpu_m,
            memory_bytes,
        };
        let node = Shape {
            instance_type: "m6i.large",
            capacity: resources(2000, 8 * GIB),
            allocatable: resources(1930, 7 * GIB),
            free: resources(1800, 6 * GIB),
            pod_slots: 29,
        };
        let mut other = node;
        other.capacity.memory_bytes = 8 * GIB - GIB / 10;
        other.allocatable.cpu_m = 1840;
        other.free.memory_bytes = 6 * GIB - GIB / 4;
        assert!(alike(&node, &other) && alike(&other, &node));
        let with = |change: fn(&mut Shape<'_>)| {
            let mut other = node;
            change(&mut other);
            alike(&node, &other)
        };
        assert!(!with(|it| it.instance_type = "m5.large"));
        assert!(!with(|it| it.capacity.cpu_m = 2001));
        assert!(!with(
            |it| it.capacity.memory_bytes -= it.capacity.memory_bytes / 50
        ));
        assert!(!with(|it| it.allocatable.cpu_m = 1830));
        assert!(!with(|it| it.free.cpu_m = 1700));
        assert!(!with(|it| it.pod_slots = 28));
    }
}

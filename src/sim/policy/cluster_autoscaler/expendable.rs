//! Pods that nothing is done for: the autoscaler behaves as if they did not exist.
//!
//! The real thing. Pods whose priority is below a cutoff are *expendable*
//! (`--expendable-pods-priority-cutoff`, -10). They cause no scale-up, and what they request is not
//! counted when it is asked whether a node is needed; when the node goes, they go with it. Pause
//! pods that keep room free are given -10, so that they still count.
//!
//! Rules: `core/podlistprocessor/filter_out_expendable.go`, `core/utils/expendable.go`, and the FAQ
//! ("How does Cluster Autoscaler work with Pod Priority and Preemption?") of Cluster Autoscaler
//! 1.36.1, read 2026-11-23.

/// Pods of a priority below this are expendable (`--expendable-pods-priority-cutoff`).
pub const PRIORITY_CUTOFF: i32 = -10;

/// True for pods of this priority when the autoscaler takes no notice of them.
#[must_use]
pub const fn is_expendable(priority: i32) -> bool {
    priority < PRIORITY_CUTOFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_pods_at_the_cutoff_still_count() {
        let found = [-1_000, -11, -10, 0].map(is_expendable);
        assert_eq!(found, [true, true, false, false]);
    }
}

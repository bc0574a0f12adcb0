//! Removing empty nodes within the disruption budget.

use crate::units::{Ratio, SimDuration, SimTime};

/// The disruption controller looks this often (Karpenter 1.14.1).
pub const DISRUPTION_POLL: SimDuration = SimDuration::from_s(10);
/// Time between deciding and doing; what changes in between cancels (Karpenter 1.14.1).
pub const VALIDATION_DELAY: SimDuration = SimDuration::from_s(15);

/// A node as the disruption controller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disruptable {
    /// Since when it has no pods but those of daemon sets; `None` when it has some.
    pub empty_since: Option<SimTime>,
    /// Its Ready condition is true.
    pub ready: bool,
    /// It is being removed already.
    pub deleting: bool,
    /// Pods are nominated to it until then; [`SimTime::START`] when none are.
    pub nominated_until: SimTime,
}

/// Nodes that may be disrupted now: `ceil(total x budget)` less those that are deleting or not
/// ready, since both are disrupted already. The default budget is 10 %.
#[must_use]
pub fn disruptions_allowed(nodes: &[Disruptable], budget: Ratio) -> usize {
    // The epsilon keeps 10 % of 10 at one: 0.1 x 10 may come out a hair above 1.
    let share = (nodes.len() as f64 * budget.value() - 1e-9).ceil().max(0.0) as usize;
    let n_disrupted = nodes.iter().filter(|n| n.deleting || !n.ready).count();
    share.saturating_sub(n_disrupted)
}

/// The empty nodes to remove now, as indices, first in the list first. An unready node is left to
/// the node lifecycle, and a nominated one waits for its pods.
#[must_use]
pub fn empty_nodes_to_remove(
    nodes: &[Disruptable],
    consolidate_after: SimDuration,
    budget: Ratio,
    now: SimTime,
) -> Vec<usize> {
    let removable = |node: &Disruptable| {
        !node.deleting
            && node.ready
            && node.nominated_until <= now
            && node
                .empty_since
                .is_some_and(|since| now >= since + consolidate_after)
    };
    nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| removable(node))
        .map(|(i, _)| i)
        .take(disruptions_allowed(nodes, budget))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: Disruptable = Disruptable {
        empty_since: None,
        ready: true,
        deleting: false,
        nominated_until: SimTime::START,
    };

    fn empty(since_s: u64) -> Disruptable {
        Disruptable {
            empty_since: Some(SimTime::from_s(since_s)),
            ..BUSY
        }
    }

    #[test]
    fn a_budget_counts_what_is_disrupted_already() {
        #[track_caller]
        fn check(
            n_nodes: usize,
            n_deleting: usize,
            n_not_ready: usize,
            share: f64,
            allowed: usize,
        ) {
            let mut nodes = vec![BUSY; n_nodes];
            for node in &mut nodes[..n_deleting] {
                node.deleting = true;
            }
            for node in nodes.iter_mut().rev().take(n_not_ready) {
                node.ready = false;
            }
            assert_eq!(disruptions_allowed(&nodes, Ratio::new(share)), allowed);
        }
        check(100, 0, 0, 0.1, 10);
        check(100, 0, 0, 1.0, 100);
        check(10, 0, 0, 0.0, 0);
        check(10, 0, 0, 0.1, 1);
        check(11, 0, 0, 0.1, 2);
        check(3, 0, 0, 0.1, 1);
        check(30, 1, 1, 0.1, 1);
        check(30, 2, 10, 0.1, 0);
        check(0, 0, 0, 0.1, 0);
    }

    #[test]
    fn empty_nodes_go_when_their_time_has_come() {
        #[track_caller]
        fn check(nodes: &[Disruptable], after_s: u64, expected: &[usize]) {
            let after = SimDuration::from_s(after_s);
            let now = SimTime::from_s(1000);
            let got = empty_nodes_to_remove(nodes, after, Ratio::new(0.5), now);
            assert_eq!(got, expected);
        }
        check(&[BUSY, empty(1000)], 0, &[1]);
        check(&[BUSY, empty(971)], 30, &[]);
        check(&[BUSY, empty(970)], 30, &[1]);
        check(&[empty(0), empty(0), empty(0), BUSY], 30, &[0, 1]);
        let nominated = Disruptable {
            nominated_until: SimTime::from_s(1010),
            ..empty(0)
        };
        let lost = Disruptable {
            ready: false,
            ..empty(0)
        };
        check(&[nominated, BUSY], 30, &[]);
        check(&[lost, empty(0), BUSY, BUSY], 30, &[1]);
    }
}

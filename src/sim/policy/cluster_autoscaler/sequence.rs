//! Who may follow a removed node.
//!
//! The pods of several unneeded nodes were found room one after the other. When one of the nodes
//! goes, its pods really move, and room that was counted on is taken: a node whose pods were to go
//! to the same places has to be looked at again. One whose pods go elsewhere may follow at once,
//! since for it nothing has changed.

/// Of unneeded nodes, those that may follow the removal of `first` as they are, and those that have
/// to be checked again. `targets` names by node where its pods would go.
#[must_use]
pub fn after_removal(targets: &[Vec<usize>], first: usize) -> (Vec<usize>, Vec<usize>) {
    let taken = &targets[first];
    let others = (0..targets.len()).filter(|at| *at != first);
    others.partition(|at| !targets[*at].iter().any(|target| taken.contains(target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_a_target_is_checked_again() {
        let (x, y, z) = (10, 11, 12);
        let targets = [vec![x], vec![x], vec![y], vec![y, x], vec![], vec![z, y]];
        assert_eq!(after_removal(&targets, 0), (vec![2, 4, 5], vec![1, 3]));
        assert_eq!(after_removal(&targets, 4), (vec![0, 1, 2, 3, 5], vec![]));
    }
}

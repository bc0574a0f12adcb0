//! Drift: a node that is not what its pool would launch today is replaced.
//!
//! The real thing. A new machine image or a changed pool makes every older node drifted. One node a
//! command, empty ones first, then in the order in which they drifted; the pods may need several
//! new nodes, at whatever price.

use super::consolidation::command;
use super::{Command, Method, Observed, Replacement, placement};

/// The first drifted candidate whose pods can go somewhere.
pub(super) fn first(observed: &Observed<'_>, candidates: &[usize]) -> Option<Command> {
    candidates.iter().find_map(|at| {
        let moves = placement::without(observed, &[*at])?;
        let price = observed.nodes[*at].price_micro_usd;
        let launches = moves.launches.iter();
        let replacements = launches.map(|it| Replacement {
            pool: it.launch.pool,
            instance_type: it.launch.instance_type,
            zone: it.launch.zone,
            capacity_type: it.launch.capacity_type,
            price_micro_usd: it.launch.price_micro_usd,
        });
        let replacements = replacements.collect();
        Some(command(Method::Drift, &[*at], price, replacements, moves))
    })
}

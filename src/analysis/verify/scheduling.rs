//! Placement and node provisioning: what kube-scheduler, Karpenter and Cluster Autoscaler decide.
//!
//! A kind of case is one line of [`KINDS`] and one file of `scheduling/`, which turns the case into
//! the plain data of a policy (`sim::policy`) and the decision into the case's words.

mod affinity;
mod bed;
mod budget;
mod cluster_autoscaler;
mod consolidate;
mod feasible;
mod pack;
mod spread;
mod spreads;

use super::{Answer, Case, Gap};

/// A kind of case and what answers it.
type Kind = (&'static str, fn(&Case) -> Answer);

const KINDS: &[Kind] = &[
    ("budget", budget::answer),
    ("consolidate", consolidate::answer),
    ("estimate", cluster_autoscaler::new_nodes),
    ("scale_down_eligible", cluster_autoscaler::may_go),
    ("scale_down_sequence", cluster_autoscaler::followers),
    ("affinity", affinity::answer),
    ("feasible_nodes", feasible::answer),
    ("node_count", affinity::node_count),
    ("pack", pack::answer),
    ("pack_property", pack::property),
    ("spread", spread::one_key),
    ("spread_two_keys", spread::two_keys),
];

pub(super) fn answer(case: &Case) -> Answer {
    let of_kind = KINDS.iter().find(|(kind, _)| *kind == case.subject);
    of_kind.map_or(Err(Gap::Subject.into()), |(_, answer)| answer(case))
}

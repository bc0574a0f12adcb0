//! What makes pools grow: Karpenter, or Cluster Autoscaler with EC2 Auto Scaling.

use crate::model::{ConsolidationPolicy, DisruptionBudget, NodeGroup, Triangular};
use crate::sim::policy::cluster_autoscaler::backoff::Backoff;
use crate::sim::policy::resources::{Resources, ZoneSet};
use crate::units::SimDuration;

/// How a node pool grows and shrinks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// From the launch call until the node is Ready.
    pub launch_time: Triangular,
    /// Spare nodes kept in each zone.
    pub spare_per_zone: u32,
}

/// What Karpenter may do to the nodes of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Disruption {
    /// Which nodes are consolidated.
    pub policy: ConsolidationPolicy,
    /// For how long no pod must have come or gone.
    pub consolidate_after: SimDuration,
    /// How many nodes may go at once.
    pub budgets: Vec<DisruptionBudget>,
    /// Age at which a node is replaced.
    pub expire_after: SimDuration,
    /// Longest drain of a node; none waits as long as it takes.
    pub termination_grace_period: Option<SimDuration>,
}

/// A node group whose size Cluster Autoscaler moves.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingGroup {
    /// Fewest nodes.
    pub min_nodes: u32,
    /// Most nodes.
    pub max_nodes: u32,
    /// Its desired size.
    pub target: u32,
    /// How much of it was asked for lately and may still come.
    pub requested: u32,
    /// Rank for the expander `priority`.
    pub priority: Option<u32>,
    /// What the machine of a node has.
    pub capacity: Resources,
    /// From an order until instances are launched.
    pub asg_time: Triangular,
    /// Orders so far; numbers the draws of `asg_time`.
    pub n_orders: u64,
    /// Zones that the current order found without capacity.
    pub refused: ZoneSet,
    /// What is remembered of its failures.
    pub backoff: Option<Backoff>,
}

impl ScalingGroup {
    /// From its description; none for a group of fixed size.
    #[must_use]
    pub fn of(model: &NodeGroup, capacity: Resources) -> Option<Self> {
        let (min_nodes, max_nodes) = model.bounds()?;
        Some(Self {
            min_nodes,
            max_nodes,
            target: model.nodes.min(max_nodes).max(min_nodes),
            requested: 0,
            priority: model.expander_priority,
            capacity,
            asg_time: model.asg_time,
            n_orders: 0,
            refused: ZoneSet::default(),
            backoff: None,
        })
    }
}

//! Nodes: pools that Karpenter grows and shrinks, and groups that are fixed or follow Cluster
//! Autoscaler.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::defaults;
use super::disruption::{ConsolidationPolicy, DisruptionBudget};
use super::json::{self, from_json};
use super::scheduling::Taint;
use super::variation::Triangular;
use super::zone::ZoneName;
use crate::units::{Cpu, Ratio, SimDuration};

/// How an instance is bought.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum CapacityType {
    /// At list price, until stopped by its owner.
    #[default]
    OnDemand,
    /// At a discount, until reclaimed with two minutes' notice.
    Spot,
}

from_json!(CapacityType: "on_demand" => OnDemand, "spot" => Spot);

/// A Karpenter node pool: nodes are launched for pending pods, and removed or replaced when they
/// are empty, underused, drifted or old.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct NodePool {
    /// Instance types it may launch, such as `"m6i.large"`; 1 to 20 names of the price book.
    #[cfg_attr(test, schemars(length(min = 1, max = 20)))]
    pub instance_types: Vec<String>,
    /// Which pool is asked first when pods may run on several: the heaviest, 0 to 100; of equal
    /// ones the last by id.
    #[serde(skip_serializing_if = "json::is_default")]
    #[cfg_attr(test, schemars(range(min = 0, max = 100)))]
    pub weight: u32,
    /// Zones it may launch in; absent means every zone of the architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<ZoneName>>,
    /// Share of nodes bought as Spot. Stands for two pools with a capacity spread between them.
    pub spot_share: Ratio,
    /// Chance that a Spot node is reclaimed within a month of 730 h; absent means the Spot
    /// Advisor's bucket for the first instance type in this Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot_interruption_per_month: Option<Ratio>,
    /// Most CPU the pool may hold; absent means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<Cpu>,
    /// From the launch call until the node is Ready.
    pub launch_time: Triangular,
    /// Which nodes are consolidated.
    pub consolidation_policy: ConsolidationPolicy,
    /// A node may be consolidated once no pod has come or gone for this time.
    pub consolidate_after: SimDuration,
    /// How many nodes may be disrupted at once; without any budget, all of them.
    #[cfg_attr(test, schemars(length(max = 50)))]
    pub budgets: Vec<DisruptionBudget>,
    /// A node is replaced at this age, whatever the budgets say, 5 min to 10 years.
    pub expire_after: SimDuration,
    /// A node that is being drained goes at the latest after this time, whatever its pods' budgets
    /// say; absent means that it waits for them as long as it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_grace_period: Option<SimDuration>,
    /// Pods that may be missing on purpose: spare nodes kept in each zone, 0 to 100.
    #[cfg_attr(test, schemars(range(min = 0, max = 100)))]
    pub spare_nodes_per_zone: u32,
    /// Taints of its nodes; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub taints: Vec<Taint>,
}

impl Default for NodePool {
    fn default() -> Self {
        Self {
            instance_types: vec![defaults::INSTANCE_TYPE.to_string()],
            weight: 0,
            zones: None,
            spot_share: Ratio::ZERO,
            spot_interruption_per_month: None,
            cpu_limit: None,
            launch_time: defaults::NODE_LAUNCH_TIME,
            consolidation_policy: ConsolidationPolicy::default(),
            consolidate_after: defaults::CONSOLIDATE_AFTER,
            budgets: DisruptionBudget::default_list(),
            expire_after: defaults::EXPIRE_AFTER,
            termination_grace_period: None,
            spare_nodes_per_zone: 0,
            taints: Vec::new(),
        }
    }
}

from_json!(NodePool or default {
    instance_types, weight, zones, spot_share, spot_interruption_per_month, cpu_limit,
    launch_time, consolidation_policy, consolidate_after, budgets, expire_after,
    termination_grace_period, spare_nodes_per_zone, taints,
});

/// A node group: an EC2 Auto Scaling group that keeps a number of nodes, spread evenly over its
/// zones. With bounds, Cluster Autoscaler moves that number; without, it is fixed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct NodeGroup {
    /// Instance type, such as `"m6i.large"`.
    pub instance_type: String,
    /// Zones it spans; absent means every zone of the architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<ZoneName>>,
    /// Nodes in all, 0 to 1000; of a group with bounds, at the start.
    #[cfg_attr(test, schemars(range(min = 0, max = 1000)))]
    pub nodes: u32,
    /// Fewest nodes that Cluster Autoscaler leaves, 0 to 1000; absent means `nodes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 1000)))]
    pub min_nodes: Option<u32>,
    /// Most nodes that Cluster Autoscaler asks for, 0 to 1000; absent means `nodes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 1000)))]
    pub max_nodes: Option<u32>,
    /// Rank for the expander `priority`, 0 to 1000, the highest first; a group without one is used
    /// only when no group that would do has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 1000)))]
    pub expander_priority: Option<u32>,
    /// From the launch of an instance until its node is Ready.
    pub launch_time: Triangular,
    /// From the end of an instance until its Auto Scaling group launches another.
    pub replacement_time: Triangular,
    /// From the order for more nodes until the Auto Scaling group launches instances.
    pub asg_time: Triangular,
    /// Taints of its nodes; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub taints: Vec<Taint>,
}

impl NodeGroup {
    /// Fewest and most nodes of a group that Cluster Autoscaler resizes; none for a fixed group.
    #[must_use]
    pub fn bounds(&self) -> Option<(u32, u32)> {
        (self.min_nodes.is_some() || self.max_nodes.is_some()).then(|| {
            let min = self.min_nodes.unwrap_or(self.nodes);
            (min, self.max_nodes.unwrap_or(self.nodes))
        })
    }
}

impl Default for NodeGroup {
    fn default() -> Self {
        Self {
            instance_type: defaults::INSTANCE_TYPE.to_string(),
            zones: None,
            nodes: 3,
            min_nodes: None,
            max_nodes: None,
            expander_priority: None,
            launch_time: defaults::NODE_LAUNCH_TIME,
            replacement_time: defaults::INSTANCE_REPLACEMENT_TIME,
            asg_time: defaults::ASG_TIME,
            taints: Vec::new(),
        }
    }
}

from_json!(NodeGroup or default {
    instance_type, zones, nodes, min_nodes, max_nodes, expander_priority, launch_time,
    replacement_time, asg_time, taints,
});

//! Cluster Autoscaler: the flags of the program that resizes node groups.
//!
//! One Cluster Autoscaler serves the whole cluster, so its flags stand with the settings of
//! Kubernetes. They mean something as soon as a node group has bounds to move in
//! ([`super::NodeGroup::min_nodes`], [`super::NodeGroup::max_nodes`]). Names and defaults are those
//! of the command line of version 1.36.1.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::defaults;
use super::json::{self, from_json};
use crate::units::{Ratio, SimDuration};

/// How the autoscaler picks among node groups that could take the pending pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Expander {
    /// Any, by lot.
    Random,
    /// The group that takes the most pods.
    MostPods,
    /// The group whose new nodes leave the smallest share of CPU and memory unused.
    LeastWaste,
    /// The group that needs the fewest nodes.
    LeastNodes,
    /// The group with the highest `expander_priority`.
    Priority,
}

from_json!(Expander:
    "random" => Random, "most_pods" => MostPods, "least_waste" => LeastWaste,
    "least_nodes" => LeastNodes, "priority" => Priority,
);

/// Flags of Cluster Autoscaler, without their leading dashes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct ClusterAutoscaler {
    /// Longest time between two looks, 1 s to 10 min.
    pub scan_interval: SimDuration,
    /// Pods that cannot be placed bring the next look forward, and a look that changed something
    /// is followed by another at once.
    pub frequent_loops_enabled: bool,
    /// Expanders in turn, each choosing among what the one before left; 1 to 5. Ties that remain
    /// are settled by lot.
    #[cfg_attr(test, schemars(length(min = 1, max = 5)))]
    pub expander: Vec<Expander>,
    /// New nodes are shared among groups that are alike, the smallest first.
    pub balance_similar_node_groups: bool,
    /// Pods younger than this are not helped yet, 0 s to 1 h.
    pub new_pod_scale_up_delay: SimDuration,
    /// Most nodes added by one decision, 1 to 1000.
    #[cfg_attr(test, schemars(range(min = 1, max = 1000)))]
    pub max_nodes_per_scaleup: u32,
    /// A node that has not joined this long after it was asked for is given up, 1 min to 1 h.
    pub max_node_provision_time: SimDuration,
    /// A node that is not ready this long after it joined counts as unready, 1 min to 1 h.
    pub max_node_startup_time: SimDuration,
    /// First back-off of a group whose new nodes failed, 10 s to 1 h.
    pub initial_node_group_backoff_duration: SimDuration,
    /// Longest back-off, 10 s to 12 h; each failure in a row doubles it up to here.
    pub max_node_group_backoff_duration: SimDuration,
    /// After this long without a failure the next back-off is the first again, 1 min to 24 h.
    pub node_group_backoff_reset_timeout: SimDuration,
    /// This many unready nodes never stop the autoscaler, 0 to 1000.
    #[cfg_attr(test, schemars(range(min = 0, max = 1000)))]
    pub ok_total_unready_count: u32,
    /// With more unready nodes than that, and more than this share of all, it does nothing.
    pub max_total_unready_percentage: Ratio,
    /// Nodes that are not needed are removed.
    pub scale_down_enabled: bool,
    /// A node whose requests are at most this share of what it offers, in CPU and in memory, may
    /// be removed.
    pub scale_down_utilization_threshold: Ratio,
    /// What daemon sets request counts neither as used nor as offered there.
    #[serde(skip_serializing_if = "json::is_default")]
    pub ignore_daemonsets_utilization: bool,
    /// How long a node has to be unneeded first, 0 s to 24 h.
    pub scale_down_unneeded_time: SimDuration,
    /// The same for a node that is not ready, 0 s to 24 h.
    pub scale_down_unready_time: SimDuration,
    /// No removal for this long after nodes were added, 0 s to 24 h.
    pub scale_down_delay_after_add: SimDuration,
    /// No removal for this long after a removal, 0 s to 24 h.
    pub scale_down_delay_after_delete: SimDuration,
    /// No removal for this long after a removal failed, 0 s to 24 h.
    pub scale_down_delay_after_failure: SimDuration,
    /// Most nodes that go at the same time, 1 to 1000.
    #[cfg_attr(test, schemars(range(min = 1, max = 1000)))]
    pub max_scale_down_parallelism: u32,
    /// Most nodes with pods that are drained at the same time, 1 to 1000.
    #[cfg_attr(test, schemars(range(min = 1, max = 1000)))]
    pub max_drain_parallelism: u32,
}

impl Default for ClusterAutoscaler {
    fn default() -> Self {
        Self {
            scan_interval: defaults::CA_SCAN_INTERVAL,
            frequent_loops_enabled: true,
            expander: vec![Expander::LeastWaste],
            balance_similar_node_groups: false,
            new_pod_scale_up_delay: SimDuration::ZERO,
            max_nodes_per_scaleup: defaults::CA_MAX_NODES_PER_SCALEUP,
            max_node_provision_time: defaults::CA_MAX_NODE_PROVISION_TIME,
            max_node_startup_time: defaults::CA_MAX_NODE_STARTUP_TIME,
            initial_node_group_backoff_duration: defaults::CA_INITIAL_BACKOFF,
            max_node_group_backoff_duration: defaults::CA_MAX_BACKOFF,
            node_group_backoff_reset_timeout: defaults::CA_BACKOFF_RESET,
            ok_total_unready_count: defaults::CA_OK_TOTAL_UNREADY,
            max_total_unready_percentage: defaults::CA_MAX_TOTAL_UNREADY,
            scale_down_enabled: true,
            scale_down_utilization_threshold: defaults::CA_UTILIZATION_THRESHOLD,
            ignore_daemonsets_utilization: false,
            scale_down_unneeded_time: defaults::CA_UNNEEDED_TIME,
            scale_down_unready_time: defaults::CA_UNREADY_TIME,
            scale_down_delay_after_add: defaults::CA_DELAY_AFTER_ADD,
            scale_down_delay_after_delete: SimDuration::ZERO,
            scale_down_delay_after_failure: defaults::CA_DELAY_AFTER_FAILURE,
            max_scale_down_parallelism: defaults::CA_SCALE_DOWN_PARALLELISM,
            max_drain_parallelism: 1,
        }
    }
}

from_json!(ClusterAutoscaler or default {
    scan_interval, frequent_loops_enabled, expander, balance_similar_node_groups,
    new_pod_scale_up_delay, max_nodes_per_scaleup, max_node_provision_time, max_node_startup_time,
    initial_node_group_backoff_duration, max_node_group_backoff_duration,
    node_group_backoff_reset_timeout, ok_total_unready_count, max_total_unready_percentage,
    scale_down_enabled, scale_down_utilization_threshold, ignore_daemonsets_utilization,
    scale_down_unneeded_time, scale_down_unready_time, scale_down_delay_after_add,
    scale_down_delay_after_delete, scale_down_delay_after_failure, max_scale_down_parallelism,
    max_drain_parallelism,
});

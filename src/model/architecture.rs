//! One platform as written: Region, zones, cluster settings, components.

use serde::Serialize;
use serde_json::Value;

use super::ById;
use super::ZonalShift;
use super::cluster_autoscaler::ClusterAutoscaler;
use super::component::Component;
use super::daemon_set::DaemonSet;
use super::defaults;
use super::disruption::Karpenter;
use super::json::{self, FromJson, Members, Refusal, from_json};
use super::namespace::{self, Namespace};
use super::variation::Triangular;
use super::zone::{Region, ZoneName};
use crate::units::SimDuration;

/// Settings of the managed Kubernetes control plane (Amazon EKS, standard support).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Kubernetes {
    /// A node without heartbeat becomes Unknown, and its pods not ready, after this time.
    pub node_monitor_grace_period: SimDuration,
    /// Pods on an unreachable node are deleted this long after it became Unknown.
    pub unreachable_toleration: SimDuration,
    /// Time between two evictions of nodes in one zone.
    pub eviction_interval: SimDuration,
    /// Time between two looks of the HPA controller.
    pub hpa_sync_period: SimDuration,
    /// Age of the CPU figures that metrics-server serves.
    pub metrics_resolution: SimDuration,
    /// From the return of power until a node that kept its disk is Ready again.
    pub node_reboot_time: Triangular,
    /// Cluster Autoscaler, which resizes the node groups that have bounds.
    #[serde(skip_serializing_if = "json::is_default")]
    pub cluster_autoscaler: ClusterAutoscaler,
    /// Namespaces with limits, by id; a namespace without limits needs no entry.
    #[serde(
        skip_serializing_if = "json::is_default",
        serialize_with = "json::write_object"
    )]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Namespace>"))]
    pub namespaces: ById<Namespace>,
    /// DaemonSets by id: what runs on every node beside the deployments.
    #[serde(
        skip_serializing_if = "json::is_default",
        serialize_with = "json::write_object"
    )]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, DaemonSet>"))]
    pub daemon_sets: ById<DaemonSet>,
    /// Whether the cluster takes part in a zonal shift: its nodes there are closed, its pods there
    /// get no requests, and neither Karpenter nor an Auto Scaling group launches there.
    #[serde(skip_serializing_if = "json::is_default")]
    pub zonal_shift: ZonalShift,
    /// Settings of the Karpenter controller.
    #[serde(skip_serializing_if = "json::is_default")]
    pub karpenter: Karpenter,
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            node_monitor_grace_period: defaults::NODE_MONITOR_GRACE_PERIOD,
            unreachable_toleration: defaults::UNREACHABLE_TOLERATION,
            eviction_interval: defaults::EVICTION_INTERVAL,
            hpa_sync_period: defaults::HPA_SYNC_PERIOD,
            metrics_resolution: defaults::METRICS_RESOLUTION,
            node_reboot_time: defaults::NODE_REBOOT_TIME,
            cluster_autoscaler: ClusterAutoscaler::default(),
            namespaces: ById::new(),
            daemon_sets: ById::new(),
            zonal_shift: ZonalShift::Off,
            karpenter: Karpenter::default(),
        }
    }
}

from_json!(Kubernetes or default {
    node_monitor_grace_period, unreachable_toleration, eviction_interval, hpa_sync_period,
    metrics_resolution, node_reboot_time, cluster_autoscaler, karpenter, namespaces,
    daemon_sets, zonal_shift,
});

/// Round-trip times of the network.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Network {
    /// Round trip between users and the load balancer.
    pub user_rtt: SimDuration,
    /// Round trip inside one zone.
    pub same_zone_rtt: SimDuration,
    /// Round trip between two zones of the Region.
    pub cross_zone_rtt: SimDuration,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            user_rtt: defaults::USER_RTT,
            same_zone_rtt: defaults::SAME_ZONE_RTT,
            cross_zone_rtt: defaults::CROSS_ZONE_RTT,
        }
    }
}

from_json!(Network or default { user_rtt, same_zone_rtt, cross_zone_rtt });

/// The parts of one platform, as a file writes them. [`super::Design`] is its resolved graph.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Architecture {
    /// The Region; decides prices.
    pub region: Region,
    /// Availability Zones in use, 1 to 6, such as `["a", "c", "d"]`.
    #[cfg_attr(test, schemars(length(min = 1, max = 6)))]
    pub zones: Vec<ZoneName>,
    /// Settings of the Kubernetes control plane.
    pub kubernetes: Kubernetes,
    /// Network round trips.
    pub network: Network,
    /// The components by id; an id is 1 to 40 lower-case letters, digits and hyphens.
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Component>"))]
    pub components: ById<Component>,
}

impl FromJson for Architecture {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let mut admitted = value.clone();
        namespace::admit(&mut admitted);
        let members = Members::of(&admitted)?;
        let mut read = Self::default();
        members.update("region", &mut read.region);
        members.update("zones", &mut read.zones);
        members.update("kubernetes", &mut read.kubernetes);
        members.update("network", &mut read.network);
        members.update("components", &mut read.components);
        members.accept(read)
    }
}

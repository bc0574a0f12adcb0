//! What can be asked of every fault: its times, its name, the action that does it for real.

use super::{FaultKind, Resolver};
use crate::units::SimDuration;

impl FaultKind {
    /// When it begins.
    #[must_use]
    pub const fn at(&self) -> SimDuration {
        match self {
            Self::ZonePowerLoss { at, .. }
            | Self::ZoneIsolated { at, .. }
            | Self::ControlPlaneLoss { at, .. }
            | Self::DnsLoss { at, .. }
            | Self::RegionLoss { at, .. }
            | Self::ZoneDegraded { at, .. }
            | Self::SpotReclaim { at, .. }
            | Self::CapacityShortage { at, .. }
            | Self::NodeDrain { at, .. }
            | Self::NodeDrift { at, .. }
            | Self::NodeLoss { at, .. }
            | Self::PodCrash { at, .. }
            | Self::Rollout { at, .. }
            | Self::DependencySlow { at, .. }
            | Self::DependencyDown { at, .. }
            | Self::DependencyStalled { at, .. }
            | Self::LoadShed { at, .. }
            | Self::ZonalShift { at, .. }
            | Self::Surge { at, .. } => *at,
        }
    }

    /// How long it lasts; zero for an instant.
    #[must_use]
    pub const fn duration(&self) -> SimDuration {
        match self {
            Self::ZonePowerLoss { duration, .. }
            | Self::CapacityShortage { duration, .. }
            | Self::ZoneIsolated { duration, .. }
            | Self::ControlPlaneLoss { duration, .. }
            | Self::DnsLoss { duration, .. }
            | Self::RegionLoss { duration, .. }
            | Self::ZoneDegraded { duration, .. }
            | Self::NodeDrain { duration, .. }
            | Self::PodCrash { duration, .. }
            | Self::DependencySlow { duration, .. }
            | Self::DependencyDown { duration, .. }
            | Self::DependencyStalled { duration, .. }
            | Self::LoadShed { duration, .. }
            | Self::ZonalShift { duration, .. }
            | Self::Surge { duration, .. } => *duration,
            Self::SpotReclaim { .. }
            | Self::NodeDrift { .. }
            | Self::NodeLoss { .. }
            | Self::Rollout { .. } => SimDuration::ZERO,
        }
    }

    /// The same fault with another length; what happens in an instant stays as it is.
    #[must_use]
    pub fn lasting(mut self, length: SimDuration) -> Self {
        match &mut self {
            Self::ZonePowerLoss { duration, .. }
            | Self::CapacityShortage { duration, .. }
            | Self::ZoneIsolated { duration, .. }
            | Self::ControlPlaneLoss { duration, .. }
            | Self::DnsLoss { duration, .. }
            | Self::RegionLoss { duration, .. }
            | Self::ZoneDegraded { duration, .. }
            | Self::NodeDrain { duration, .. }
            | Self::PodCrash { duration, .. }
            | Self::DependencySlow { duration, .. }
            | Self::DependencyDown { duration, .. }
            | Self::DependencyStalled { duration, .. }
            | Self::LoadShed { duration, .. }
            | Self::ZonalShift { duration, .. }
            | Self::Surge { duration, .. } => *duration = length,
            Self::SpotReclaim { .. }
            | Self::NodeDrift { .. }
            | Self::NodeLoss { .. }
            | Self::Rollout { .. } => {}
        }
        self
    }

    /// The `kind` as files write it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ZonePowerLoss { .. } => "zone_power_loss",
            Self::ZoneIsolated { .. } => "zone_isolated",
            Self::ControlPlaneLoss { .. } => "control_plane_loss",
            Self::DnsLoss { .. } => "dns_loss",
            Self::RegionLoss { .. } => "region_loss",
            Self::ZoneDegraded { .. } => "zone_degraded",
            Self::SpotReclaim { .. } => "spot_reclaim",
            Self::CapacityShortage { .. } => "capacity_shortage",
            Self::NodeDrain { .. } => "node_drain",
            Self::NodeDrift { .. } => "node_drift",
            Self::NodeLoss { .. } => "node_loss",
            Self::PodCrash { .. } => "pod_crash",
            Self::Rollout { .. } => "rollout",
            Self::DependencySlow { .. } => "dependency_slow",
            Self::DependencyDown { .. } => "dependency_down",
            Self::DependencyStalled { .. } => "dependency_stalled",
            Self::ZonalShift { .. } => "zonal_shift",
            Self::LoadShed { .. } => "load_shed",
            Self::Surge { .. } => "surge",
        }
    }

    /// Instance types that it names; empty when it means all of them.
    #[must_use]
    pub fn instance_types(&self) -> &[String] {
        match self {
            Self::CapacityShortage { instance_types, .. } => instance_types,
            _ => &[],
        }
    }

    /// True of what operators do to help, as opposed to what goes wrong; by the `kind` as files and
    /// run logs write it.
    #[must_use]
    pub fn is_remedy(kind: &str) -> bool {
        matches!(kind, "load_shed" | "zonal_shift")
    }

    /// The AWS Fault Injection Service action or scenario that corresponds to this kind, if any.
    /// `aws:eks:pod-delete` takes the pod as well, so that another one is created in its place.
    /// A shortage for Auto Scaling groups is `aws:ec2:asg-insufficient-instance-capacity-error`.
    /// Packets are lost on EC2 by the document `AWSFIS-Run-Network-Packet-Loss` instead. A zone is
    /// cut off by `aws:network:disrupt-connectivity` with the scope `availability-zone`, which
    /// denies traffic between its subnets and those of other zones. Names
    /// without a colon-separated path are scenarios of the library, which run several actions.
    #[must_use]
    pub const fn fis_action(&self) -> Option<&'static str> {
        match self {
            Self::ZonePowerLoss { .. } => Some("AZ Availability: Power Interruption"),
            Self::ZoneDegraded { packet_loss, .. } if packet_loss.value() > 0.0 => {
                Some("Cross-AZ: Traffic Slowdown")
            }
            Self::ZoneDegraded { .. } => Some("AZ: Application Slowdown"),
            Self::SpotReclaim { .. } => Some("aws:ec2:send-spot-instance-interruptions"),
            Self::CapacityShortage { .. } => {
                Some("aws:ec2:api-insufficient-instance-capacity-error")
            }
            Self::DependencySlow { packet_loss, .. } if packet_loss.value() > 0.0 => {
                Some("aws:eks:pod-network-packet-loss")
            }
            Self::ZoneIsolated { .. }
            | Self::DependencySlow { .. }
            | Self::DependencyDown { .. } => Some("aws:network:disrupt-connectivity"),
            Self::DependencyStalled { .. } => Some("aws:ebs:pause-volume-io"),
            Self::NodeLoss { .. } => Some("aws:ec2:terminate-instances"),
            Self::PodCrash { .. } => Some("aws:eks:pod-delete"),
            Self::DnsLoss {
                resolver: Resolver::Cluster,
                ..
            } => Some("aws:eks:pod-network-blackhole-port"),
            Self::DnsLoss { .. }
            | Self::RegionLoss { .. }
            | Self::Surge { .. }
            | Self::ControlPlaneLoss { .. }
            | Self::LoadShed { .. }
            | Self::Rollout { .. }
            | Self::ZonalShift { .. }
            | Self::NodeDrain { .. }
            | Self::NodeDrift { .. } => None,
        }
    }
}

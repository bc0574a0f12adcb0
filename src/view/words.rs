//! Words for things of the model: zones, kinds, states, faults, knobs, grades.
//!
//! A zone is called by its short name (`AZ 1a` for `ap-northeast-1a`), because the Region is the
//! same all over a picture.

use super::format;
use super::state::{FaultGroup, FaultVerb, KnobId};
use super::text::{Key, fill, text};
use crate::model::defaults::Grade;
use crate::model::{
    CapacityType, Component, Design, FaultKind, Language, RandomFaultKind, Region, Resolver,
    Severity, Tape, ZoneIndex, ZoneName,
};
use crate::sim::run_log::FailureCause;
use crate::units::{Ratio, SimDuration, SimTime};

/// Short name of a zone: `AZ 1a`.
#[must_use]
pub fn zone(region: Region, name: &ZoneName) -> String {
    let number = region.code().rsplit('-').next().unwrap_or_default();
    format!("AZ {number}{name}")
}

/// Short names of a design's zones, by index.
#[must_use]
pub fn zones(design: &Design) -> Vec<String> {
    let architecture = &design.architecture;
    architecture
        .zones
        .iter()
        .map(|name| zone(architecture.region, name))
        .collect()
}

/// The name at an index of [`zones`]; empty for an index beyond them.
#[must_use]
pub fn zone_at(zones: &[String], index: Option<ZoneIndex>) -> &str {
    index
        .and_then(|at| zones.get(at.index()))
        .map_or("", String::as_str)
}

/// A short text whose numbers stay with their units when it is broken into lines.
#[must_use]
pub fn unbroken(text: &str) -> String {
    let mut after_digit = false;
    let kept = text.chars().map(|letter| {
        let is_kept = after_digit && letter == ' ';
        after_digit = letter.is_ascii_digit();
        if is_kept { '\u{a0}' } else { letter }
    });
    kept.collect()
}

/// Name of a component's kind.
#[must_use]
pub fn kind(component: &Component, language: Language) -> &'static str {
    let key = match component {
        Component::Users(_) => Key::KindUsers,
        Component::LoadBalancer(_) => Key::KindLoadBalancer,
        Component::Deployment(_) => Key::KindDeployment,
        Component::NodePool(_) => Key::KindNodePool,
        Component::NodeGroup(it) if it.bounds().is_some() => Key::KindScalingGroup,
        Component::NodeGroup(_) => Key::KindNodeGroup,
        Component::Fargate(_) => Key::KindFargate,
        Component::Database(_) => Key::KindDatabase,
        Component::Cache(_) => Key::KindCache,
        Component::NatGateway(_) => Key::KindNatGateway,
        Component::ExternalService(_) => Key::KindExternalService,
        Component::Queue(_) => Key::KindQueue,
    };
    text(key, language)
}

/// How an instance is bought.
#[must_use]
pub const fn capacity_type(capacity: CapacityType, language: Language) -> &'static str {
    match (capacity, language) {
        (CapacityType::OnDemand, Language::Ja) => "オンデマンド",
        (CapacityType::OnDemand, Language::En) => "on-demand",
        (CapacityType::Spot, _) => "Spot",
    }
}

/// Why requests failed.
#[must_use]
pub fn cause(cause: FailureCause, language: Language) -> &'static str {
    let key = match cause {
        FailureCause::EntryUnreachable => Key::CauseEntryUnreachable,
        FailureCause::TargetUnreachable => Key::CauseTargetUnreachable,
        FailureCause::NoCapacity => Key::CauseNoCapacity,
        FailureCause::Rejected => Key::CauseRejected,
        FailureCause::TimedOut => Key::CauseTimedOut,
        FailureCause::DependencyFailed => Key::CauseDependencyFailed,
        FailureCause::Shed => Key::CauseShed,
        FailureCause::ReleaseFailed => Key::CauseReleaseFailed,
    };
    text(key, language)
}

/// Name of a group of fault buttons.
#[must_use]
pub fn fault_group(group: FaultGroup, language: Language) -> &'static str {
    let key = match group {
        FaultGroup::Places => Key::FaultGroupPlaces,
        FaultGroup::Cluster => Key::FaultGroupCluster,
        FaultGroup::Pods => Key::FaultGroupPods,
        FaultGroup::Dependencies => Key::FaultGroupDependencies,
        FaultGroup::Load => Key::FaultGroupLoad,
    };
    text(key, language)
}

/// Name of a kind of fault, scheduled or random, as files write it; the kind itself when unknown.
#[must_use]
pub fn fault_kind(kind: &str, language: Language) -> &str {
    let key = match kind {
        "zone_power_loss" => Key::FaultZonePowerLoss,
        "zone_isolated" => Key::FaultZoneIsolated,
        "control_plane_loss" => Key::FaultControlPlaneLoss,
        "region_loss" => Key::FaultRegionLoss,
        "dns_loss" => Key::FaultDnsLoss,
        "zone_degraded" => Key::FaultZoneDegraded,
        "spot_reclaim" => Key::FaultSpotReclaim,
        "spot_reclaims" => Key::FaultSpotReclaims,
        "capacity_shortage" => Key::FaultCapacityShortage,
        "node_drain" => Key::FaultNodeDrain,
        "node_drift" => Key::FaultNodeDrift,
        "node_loss" => Key::FaultNodeLoss,
        "pod_crash" => Key::FaultPodCrash,
        "rollout" => Key::FaultRollout,
        "dependency_slow" => Key::FaultDependencySlow,
        "dependency_down" => Key::FaultDependencyDown,
        "dependency_stalled" => Key::FaultDependencyStalled,
        "surge" => Key::FaultSurge,
        "load_shed" => Key::FaultLoadShed,
        "zonal_shift" => Key::FaultZonalShift,
        other => return other,
    };
    text(key, language)
}

/// Name of a random fault's kind.
#[must_use]
pub fn random_fault(fault: &RandomFaultKind, language: Language) -> &'static str {
    let key = match fault {
        RandomFaultKind::ZonePowerLoss { .. } => Key::FaultZonePowerLoss,
        RandomFaultKind::NodeLoss { .. } => Key::FaultNodeLoss,
        RandomFaultKind::SpotReclaims { .. } => Key::FaultSpotReclaims,
    };
    text(key, language)
}

/// A fault in a few words: `AZ 1a の停止`, `db slower by 500 ms`.
#[must_use]
pub fn fault(fault: &FaultKind, region: Region, language: Language) -> String {
    let of_zone = |key, name| fill(key, language, &[&zone(region, name)]);
    match fault {
        FaultKind::ZonePowerLoss { zone, .. } => of_zone(Key::FaultLineZone, zone),
        FaultKind::ControlPlaneLoss { .. }
        | FaultKind::RegionLoss { .. }
        | FaultKind::DnsLoss { .. } => fault_kind(fault.kind(), language).to_string(),
        FaultKind::ZoneIsolated { zone, .. } => of_zone(Key::FaultLineCutZone, zone),
        FaultKind::ZoneDegraded {
            zone: name,
            added_latency,
            packet_loss,
            ..
        } => slow(&zone(region, name), *added_latency, *packet_loss, language),
        FaultKind::SpotReclaim { share, .. } => {
            let share = format::percent(share.value(), 0);
            fill(Key::FaultLineSpot, language, &[&share])
        }
        FaultKind::CapacityShortage {
            zone: name,
            instance_types,
            capacity_type: bought,
            ..
        } => {
            let zone = name.as_ref().map(|name| zone(region, name));
            shortage(zone, instance_types, *bought, language)
        }
        FaultKind::NodeDrain {
            zone: name, pool, ..
        } => {
            let zone = name.as_ref().map(|name| zone(region, name));
            let places = zone.into_iter().chain(pool.clone());
            let keys = (Key::FaultNodeDrain, Key::FaultLineDrain);
            of_places(&places.collect::<Vec<_>>(), keys, language)
        }
        FaultKind::NodeDrift { pool, .. } => match pool {
            Some(pool) => fill(Key::FaultLineDrift, language, &[pool]),
            None => text(Key::FaultNodeDrift, language).to_string(),
        },
        FaultKind::NodeLoss { pool, nodes, .. } => {
            fill(Key::FaultLineLoss, language, &[pool, &nodes.to_string()])
        }
        FaultKind::PodCrash { target, pods, .. } => {
            fill(Key::FaultLineCrash, language, &[target, &pods.to_string()])
        }
        FaultKind::Rollout { target, .. } => fill(Key::FaultLineRollout, language, &[target]),
        FaultKind::DependencySlow {
            target,
            added_latency,
            packet_loss,
            ..
        } => slow(target, *added_latency, *packet_loss, language),
        FaultKind::DependencyDown { target, .. } => fill(Key::FaultLineDown, language, &[target]),
        FaultKind::DependencyStalled { target, .. } => {
            fill(Key::FaultLineStalled, language, &[target])
        }
        FaultKind::ZonalShift { zone, .. } => of_zone(Key::FaultLineShift, zone),
        FaultKind::LoadShed { share, .. } => {
            let share = format::percent(share.value(), 0);
            fill(Key::FaultLineShed, language, &[&share])
        }
        FaultKind::Surge { factor, .. } => fill(
            Key::FaultLineSurge,
            language,
            &[&format::quantity(*factor, 1)],
        ),
    }
}

/// The planned faults of a tape, each with its id.
#[must_use]
pub fn faults(tape: &Tape, region: Region, language: Language) -> Vec<(String, String)> {
    let faults = tape.faults.iter();
    faults
        .map(|(id, planned)| (id.clone(), fault(planned, region, language)))
        .collect()
}

/// A shortage of some capacity pools, or of all.
fn shortage(
    zone: Option<String>,
    instance_types: &[String],
    bought: Option<CapacityType>,
    language: Language,
) -> String {
    let bought = bought.map(|it| capacity_type(it, language).to_string());
    let pools = zone
        .into_iter()
        .chain(instance_types.to_vec())
        .chain(bought);
    let keys = (Key::FaultCapacityShortage, Key::FaultLineShortage);
    of_places(&pools.collect::<Vec<_>>(), keys, language)
}

/// A fault of some places, or of all when none is named.
fn of_places(places: &[String], (all, some): (Key, Key), language: Language) -> String {
    match places.join(" / ").as_str() {
        "" => text(all, language).to_string(),
        places => fill(some, language, &[places]),
    }
}

/// What slows a dependency or a zone down: `db slower by 500 ms`, `db loses 2 % of packets`, or
/// both.
fn slow(
    target: &str,
    added_latency: Option<SimDuration>,
    packet_loss: Ratio,
    language: Language,
) -> String {
    let lost = format::percent(packet_loss.value(), 2);
    let added = added_latency.map(|it| format::duration(it, language));
    match added {
        Some(added) if packet_loss == Ratio::ZERO => {
            fill(Key::FaultLineSlow, language, &[target, &added])
        }
        Some(added) => fill(Key::FaultLineSlowLossy, language, &[target, &added, &lost]),
        None => fill(Key::FaultLineLossy, language, &[target, &lost]),
    }
}

/// A fault and when it lasts: `Fault: AZ 1a outage, from 10:00 to 11:03`.
#[must_use]
pub fn fault_times(name: &str, from_s: f64, to_s: f64, language: Language) -> String {
    let (mut from, mut to) = (format::elapsed_short(from_s), format::elapsed_short(to_s));
    if to_s > from_s && from == to {
        // Minutes do not tell begin and end apart.
        let exactly = |s| format::elapsed(SimTime::START + SimDuration::from_s_f64(s));
        (from, to) = (exactly(from_s), exactly(to_s));
    }
    if to_s > from_s {
        fill(Key::AltFault, language, &[name, &from, &to])
    } else {
        fill(Key::AltFaultAt, language, &[name, &from])
    }
}

/// The words on a fault button.
#[must_use]
pub fn fault_button(verb: &FaultVerb, region: Region, language: Language) -> String {
    let of_zone = |key, name| fill(key, language, &[&zone(region, name)]);
    match verb {
        FaultVerb::ZonePowerLoss(zone) => of_zone(Key::FaultStopZone, zone),
        FaultVerb::ZoneIsolated(zone) => of_zone(Key::FaultCutZone, zone),
        FaultVerb::ZoneDegraded(zone) => of_zone(Key::FaultDegradeZone, zone),
        FaultVerb::RegionLoss => text(Key::FaultStopRegion, language).to_string(),
        FaultVerb::ControlPlaneLoss => text(Key::FaultStopApi, language).to_string(),
        FaultVerb::DnsLoss(Resolver::Public) => text(Key::FaultStopPublicDns, language).to_string(),
        FaultVerb::DnsLoss(Resolver::Cluster) => {
            text(Key::FaultStopClusterDns, language).to_string()
        }
        FaultVerb::SpotReclaim => text(Key::FaultReclaimSpot, language).to_string(),
        FaultVerb::CapacityShortage => text(Key::FaultEmptyPools, language).to_string(),
        FaultVerb::NodeDrain(zone) => of_zone(Key::FaultDrainZone, zone),
        FaultVerb::NodeLoss(pool) => fill(Key::FaultLoseNode, language, &[pool]),
        FaultVerb::PodCrash(target) => fill(Key::FaultCrashTarget, language, &[target]),
        FaultVerb::BadRelease(target) => fill(Key::FaultReleaseTarget, language, &[target]),
        FaultVerb::DependencyDown(target) => fill(Key::FaultStopTarget, language, &[target]),
        FaultVerb::DependencySlow(target) => fill(Key::FaultSlowTarget, language, &[target]),
        FaultVerb::DependencyStalled(target) => fill(Key::FaultStallTarget, language, &[target]),
        FaultVerb::ZonalShift(zone) => of_zone(Key::FaultShiftZone, zone),
        FaultVerb::LoadShed => text(Key::FaultShedLoad, language).to_string(),
        FaultVerb::Surge => text(Key::FaultMakeSurge, language).to_string(),
    }
}

/// What a fault button's fault does in the model.
#[must_use]
pub fn about_fault(verb: &FaultVerb, language: Language) -> &'static str {
    let key = match verb {
        FaultVerb::ZonePowerLoss(_) => Key::AboutZonePowerLoss,
        FaultVerb::ZoneIsolated(_) => Key::AboutZoneIsolated,
        FaultVerb::RegionLoss => Key::AboutRegionLoss,
        FaultVerb::ControlPlaneLoss => Key::AboutControlPlaneLoss,
        FaultVerb::DnsLoss(_) => Key::AboutDnsLoss,
        FaultVerb::ZoneDegraded(_) => Key::AboutZoneDegraded,
        FaultVerb::SpotReclaim => Key::AboutSpotReclaim,
        FaultVerb::CapacityShortage => Key::AboutCapacityShortage,
        FaultVerb::NodeDrain(_) => Key::AboutNodeDrain,
        FaultVerb::NodeLoss(_) => Key::AboutNodeLoss,
        FaultVerb::PodCrash(_) => Key::AboutPodCrash,
        FaultVerb::BadRelease(_) => Key::AboutBadRelease,
        FaultVerb::DependencyDown(_) => Key::AboutDependencyDown,
        FaultVerb::DependencySlow(_) => Key::AboutDependencySlow,
        FaultVerb::DependencyStalled(_) => Key::AboutDependencyStalled,
        FaultVerb::Surge => Key::AboutSurge,
        FaultVerb::ZonalShift(_) => Key::AboutZonalShift,
        FaultVerb::LoadShed => Key::AboutLoadShed,
    };
    text(key, language)
}

/// The label of a slider.
#[must_use]
pub fn knob(id: KnobId, language: Language) -> &'static str {
    let key = match id {
        KnobId::HpaTarget => Key::KnobHpaTarget,
        KnobId::MinReplicas => Key::KnobMinReplicas,
        KnobId::MaxReplicas => Key::KnobMaxReplicas,
        KnobId::TrackingTarget => Key::KnobTrackingTarget,
        KnobId::RequestTarget => Key::KnobRequestTarget,
        KnobId::MinCapacity => Key::KnobMinCapacity,
        KnobId::MaxCapacity => Key::KnobMaxCapacity,
        KnobId::ScaleOutCooldown => Key::KnobScaleOutCooldown,
        KnobId::TaskLaunchTime => Key::KnobTaskLaunchTime,
        KnobId::Replicas => Key::KnobReplicas,
        KnobId::ServiceTime => Key::KnobServiceTime,
        KnobId::CpuPerRequest => Key::KnobCpuPerRequest,
        KnobId::StartupTime => Key::KnobStartupTime,
        KnobId::LaunchTime => Key::KnobLaunchTime,
        KnobId::SpotShare => Key::KnobSpotShare,
        KnobId::SpareNodes => Key::KnobSpareNodes,
        KnobId::Nodes => Key::KnobNodes,
        KnobId::MinNodes => Key::KnobMinNodes,
        KnobId::MaxNodes => Key::KnobMaxNodes,
        KnobId::AsgTime => Key::KnobAsgTime,
        KnobId::FailoverTime => Key::KnobFailoverTime,
        KnobId::RecoveryTime => Key::KnobRecoveryTime,
        KnobId::HitRatio => Key::KnobHitRatio,
        KnobId::CacheReplicas => Key::KnobCacheReplicas,
        KnobId::HealthCheckInterval => Key::KnobHealthCheckInterval,
        KnobId::UnhealthyThreshold => Key::KnobUnhealthyThreshold,
        KnobId::VisibilityTimeout => Key::KnobVisibilityTimeout,
        KnobId::DnsTtl => Key::KnobDnsTtl,
    };
    text(key, language)
}

/// How well a figure is known.
#[must_use]
pub fn grade(grade: Grade, language: Language) -> &'static str {
    let key = match grade {
        Grade::Verified => Key::GradeVerified,
        Grade::Reported => Key::GradeReported,
        Grade::Derived => Key::GradeDerived,
        Grade::Assumption => Key::GradeAssumption,
    };
    text(key, language)
}

/// How bad a finding is.
#[must_use]
pub fn severity(severity: Severity, language: Language) -> &'static str {
    let key = match severity {
        Severity::Error => Key::SeverityError,
        Severity::Warning => Key::SeverityWarning,
    };
    text(key, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_with_their_units() {
        assert_eq!(
            unbroken("SLO 99.9 % in 30 d"),
            "SLO 99.9\u{a0}% in 30\u{a0}d"
        );
    }

    #[test]
    fn a_short_fault_has_a_begin_and_an_end() {
        let times = |from_s, to_s| fault_times("db stalled", from_s, to_s, Language::En);
        assert_eq!(
            times(4_800.0, 4_810.0),
            "Fault: db stalled, from 01:20:00 to 01:20:10"
        );
        assert_eq!(
            times(4_800.0, 5_400.0),
            "Fault: db stalled, from 01:20 to 01:30"
        );
        assert_eq!(times(4_800.0, 4_800.0), "Fault: db stalled, at 01:20");
    }
}

//! Faults that a button adds to the tape.

use serde_json::Value;

use crate::model::{Component, Design, FaultKind, Resolver, ZonalShift, ZoneName};
use crate::units::order;
use crate::units::{IntOrPercent, Ratio, SimDuration, SimTime};

/// Length of a zone outage put in by a button: about half of what Tokyo's took on 2025-04-15
/// (63 min), and far longer than the 350 s after which pods of a dead zone are replaced.
const ZONE_OUTAGE: SimDuration = SimDuration::from_min(30);
/// Delay of a zone put in by a button: that of another Region.
const GRAY_LATENCY: SimDuration = SimDuration::from_ms(50);
/// Share of a zone's packets that a button loses: few enough for every health check to pass.
const GRAY_LOSS: Ratio = Ratio::new_const(0.05);
/// Length of a dependency's trouble put in by a button.
const DEPENDENCY_TROUBLE: SimDuration = SimDuration::from_min(10);
/// Delay of a slow dependency: far beyond its usual answer, below usual timeouts.
const ADDED_LATENCY: SimDuration = SimDuration::from_ms(500);
/// Length of a surge put in by a button.
const SURGE: SimDuration = SimDuration::from_min(15);
/// Height of a surge put in by a button.
const SURGE_FACTOR: f64 = 3.0;
/// Length of a stall put in by a button: as long as frozen I/O or a lock on everything may last
/// before anybody acts.
const STALL: SimDuration = SimDuration::from_min(1);
/// Length of a zonal shift put in by a button: until the zone is well again.
const SHIFT: SimDuration = SimDuration::from_h(1);
/// How long a button turns requests away: enough to end a retry storm that has just begun.
const SHEDDING: SimDuration = SimDuration::from_min(1);
/// Share of Spot nodes that one reclaim takes: half of them.
const RECLAIM_SHARE: Ratio = Ratio::new_const(0.5);
/// Length of a shortage put in by a button: as long as Tokyo's zone outage of 2025-04-15 (63 min),
/// after which everybody who ran there wants instances elsewhere.
const SHORTAGE: SimDuration = SimDuration::from_h(1);
/// Length of a planned maintenance put in by a button.
const MAINTENANCE: SimDuration = SimDuration::from_h(1);
/// Length of a crash loop put in by a button: until somebody takes the bad setting back.
const CRASH_LOOP: SimDuration = SimDuration::from_min(10);
/// Share of a deployment's pods that crash: half of them, as of a rollout under way.
const CRASH_SHARE: Ratio = Ratio::new_const(0.5);

/// Share of the requests that a bad release put in by a button answers with an error.
const BAD_SHARE: Ratio = Ratio::new_const(0.3);
/// How long operators take until they take a bad release back: to be called, to look, to decide.
const ROLL_BACK_AFTER: SimDuration = SimDuration::from_min(10);

/// What a fault button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultVerb {
    /// A zone loses power.
    ZonePowerLoss(ZoneName),
    /// A zone is cut off, and runs on.
    ZoneIsolated(ZoneName),
    /// The cluster's API cannot be reached.
    ControlPlaneLoss,
    /// The whole Region is away.
    RegionLoss,
    /// Names are not resolved.
    DnsLoss(Resolver),
    /// A zone's network is slow and loses packets.
    ZoneDegraded(ZoneName),
    /// Half of the Spot nodes are reclaimed.
    SpotReclaim,
    /// EC2 has no instance left to launch.
    CapacityShortage,
    /// Operators drain a zone's nodes.
    NodeDrain(ZoneName),
    /// A node of a pool or group is terminated.
    NodeLoss(String),
    /// Half of a deployment's pods crash, and go on crashing.
    PodCrash(String),
    /// A new release of a deployment errs, and is taken back.
    BadRelease(String),
    /// A database, cache or external service stops answering.
    DependencyDown(String),
    /// It answers late.
    DependencySlow(String),
    /// A database or cache stands still and keeps its queue.
    DependencyStalled(String),
    /// Load is three times as high.
    Surge,
    /// Operators shift traffic away from a zone.
    ZonalShift(ZoneName),
    /// Operators turn every request away where it enters.
    LoadShed,
}

/// What fault buttons are found under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultGroup {
    /// Zones and the Region.
    Places,
    /// Nodes, their capacity, and what the cluster is run with.
    Cluster,
    /// Releases and crashes of deployments.
    Pods,
    /// Databases, caches, queues and external services.
    Dependencies,
    /// Load, and what operators do about it.
    Load,
}

impl FaultGroup {
    /// All groups, in the order of the page.
    pub const ALL: [Self; 5] = [
        Self::Places,
        Self::Cluster,
        Self::Pods,
        Self::Dependencies,
        Self::Load,
    ];
}

impl FaultVerb {
    /// What its button is found under.
    #[must_use]
    pub const fn group(&self) -> FaultGroup {
        match self {
            Self::ZonePowerLoss(_)
            | Self::RegionLoss
            | Self::ZoneIsolated(_)
            | Self::ZoneDegraded(_) => FaultGroup::Places,
            Self::ControlPlaneLoss
            | Self::DnsLoss(_)
            | Self::NodeLoss(_)
            | Self::SpotReclaim
            | Self::CapacityShortage
            | Self::NodeDrain(_) => FaultGroup::Cluster,
            Self::BadRelease(_) | Self::PodCrash(_) => FaultGroup::Pods,
            Self::DependencyDown(_) | Self::DependencySlow(_) | Self::DependencyStalled(_) => {
                FaultGroup::Dependencies
            }
            Self::Surge | Self::ZonalShift(_) | Self::LoadShed => FaultGroup::Load,
        }
    }

    /// The verbs that mean something to at least one of the designs, in order of severity.
    #[must_use]
    pub fn for_designs<'a>(designs: impl IntoIterator<Item = &'a Design>) -> Vec<Self> {
        let mut zones = Vec::new();
        let mut targets: Vec<String> = Vec::new();
        let mut queueing: Vec<String> = Vec::new();
        let mut pools: Vec<String> = Vec::new();
        let mut deployments: Vec<String> = Vec::new();
        let (mut has_spot, mut can_shift, mut has_balancer) = (false, false, false);
        for design in designs {
            zones.extend(design.architecture.zones.iter().cloned());
            can_shift |= design.architecture.kubernetes.zonal_shift != ZonalShift::Off;
            for (_, vertex) in design.components() {
                match &vertex.component {
                    Component::NodePool(pool) => {
                        has_spot |= pool.spot_share > Ratio::ZERO;
                        pools.push(vertex.id.clone());
                    }
                    Component::NodeGroup(_) => pools.push(vertex.id.clone()),
                    Component::Deployment(_) => deployments.push(vertex.id.clone()),
                    Component::Database(_) | Component::Cache(_) => {
                        targets.push(vertex.id.clone());
                        queueing.push(vertex.id.clone());
                    }
                    Component::LoadBalancer(it) => {
                        has_balancer = true;
                        can_shift |= it.zonal_shift != ZonalShift::Off;
                    }
                    Component::ExternalService(_) | Component::Queue(_) => {
                        targets.push(vertex.id.clone());
                    }
                    _ => {}
                }
            }
        }
        order::sort(&mut zones);
        zones.dedup();
        for ids in [&mut targets, &mut queueing, &mut pools, &mut deployments] {
            order::sort(ids);
            ids.dedup();
        }
        let mut verbs: Vec<Self> = zones.iter().cloned().map(Self::ZonePowerLoss).collect();
        let has_nodes = !pools.is_empty();
        verbs.push(Self::RegionLoss);
        verbs.extend(zones.iter().cloned().map(Self::ZoneIsolated));
        verbs.extend(zones.iter().cloned().map(Self::ZoneDegraded));
        verbs.extend(has_nodes.then_some(Self::ControlPlaneLoss));
        // Users look up a balancer, and only Kubernetes has a CoreDNS.
        verbs.extend(has_balancer.then_some(Self::DnsLoss(Resolver::Public)));
        verbs.extend(has_nodes.then_some(Self::DnsLoss(Resolver::Cluster)));
        verbs.extend(pools.into_iter().map(Self::NodeLoss));
        verbs.extend(has_spot.then_some(Self::SpotReclaim));
        verbs.extend(has_nodes.then_some(Self::CapacityShortage));
        verbs.extend(deployments.iter().cloned().map(Self::BadRelease));
        verbs.extend(deployments.into_iter().map(Self::PodCrash));
        if has_nodes {
            verbs.extend(zones.iter().cloned().map(Self::NodeDrain));
        }
        verbs.extend(targets.iter().cloned().map(Self::DependencyDown));
        verbs.extend(targets.into_iter().map(Self::DependencySlow));
        verbs.extend(queueing.into_iter().map(Self::DependencyStalled));
        verbs.push(Self::Surge);
        if can_shift {
            verbs.extend(zones.into_iter().map(Self::ZonalShift));
        }
        verbs.push(Self::LoadShed);
        verbs
    }

    /// The fault, beginning at `at` (to the second).
    #[must_use]
    pub fn fault(&self, at: SimTime) -> FaultKind {
        let at = SimDuration::from_s(at.since(SimTime::START).whole_s());
        match self {
            Self::ZonePowerLoss(zone)
            | Self::ZoneIsolated(zone)
            | Self::ZoneDegraded(zone)
            | Self::ZonalShift(zone) => self.of_zone(at, zone.clone()),
            Self::ControlPlaneLoss => FaultKind::ControlPlaneLoss {
                at,
                duration: ZONE_OUTAGE,
            },
            Self::RegionLoss => FaultKind::RegionLoss {
                at,
                duration: ZONE_OUTAGE,
            },
            Self::DnsLoss(resolver) => FaultKind::DnsLoss {
                at,
                duration: DEPENDENCY_TROUBLE,
                resolver: *resolver,
            },
            Self::SpotReclaim => FaultKind::SpotReclaim {
                at,
                zone: None,
                share: RECLAIM_SHARE,
            },
            Self::CapacityShortage => FaultKind::CapacityShortage {
                at,
                duration: SHORTAGE,
                zone: None,
                instance_types: Vec::new(),
                capacity_type: None,
                share: Ratio::ONE,
            },
            Self::NodeDrain(zone) => FaultKind::NodeDrain {
                at,
                duration: MAINTENANCE,
                zone: Some(zone.clone()),
                pool: None,
            },
            Self::NodeLoss(pool) => FaultKind::NodeLoss {
                at,
                pool: pool.clone(),
                zone: None,
                nodes: IntOrPercent::Int(1),
            },
            Self::PodCrash(target) => FaultKind::PodCrash {
                at,
                duration: CRASH_LOOP,
                target: target.clone(),
                pods: IntOrPercent::Percent(CRASH_SHARE),
            },
            Self::BadRelease(target) => bad_release(at, target.clone()),
            Self::DependencyDown(target)
            | Self::DependencySlow(target)
            | Self::DependencyStalled(target) => self.of_dependency(at, target.clone()),
            Self::Surge => FaultKind::Surge {
                at,
                duration: SURGE,
                factor: SURGE_FACTOR,
            },
            Self::LoadShed => FaultKind::LoadShed {
                at,
                duration: SHEDDING,
                share: Ratio::ONE,
            },
        }
    }

    /// The fault of a zone.
    const fn of_zone(&self, at: SimDuration, zone: ZoneName) -> FaultKind {
        let duration = ZONE_OUTAGE;
        match self {
            Self::ZoneIsolated(_) => FaultKind::ZoneIsolated { at, duration, zone },
            Self::ZoneDegraded(_) => FaultKind::ZoneDegraded {
                at,
                duration,
                zone,
                added_latency: Some(GRAY_LATENCY),
                packet_loss: GRAY_LOSS,
            },
            Self::ZonalShift(_) => FaultKind::ZonalShift {
                at,
                duration: SHIFT,
                zone,
            },
            _ => FaultKind::ZonePowerLoss { at, duration, zone },
        }
    }

    /// The fault of a dependency.
    const fn of_dependency(&self, at: SimDuration, target: String) -> FaultKind {
        match self {
            Self::DependencySlow(_) => FaultKind::DependencySlow {
                at,
                duration: DEPENDENCY_TROUBLE,
                target,
                added_latency: Some(ADDED_LATENCY),
                packet_loss: Ratio::ZERO,
            },
            Self::DependencyStalled(_) => FaultKind::DependencyStalled {
                at,
                duration: STALL,
                target,
            },
            _ => FaultKind::DependencyDown {
                at,
                duration: DEPENDENCY_TROUBLE,
                target,
            },
        }
    }

    /// First part of the id of such a fault.
    fn stem(&self) -> String {
        match self {
            Self::ZonePowerLoss(zone) => format!("zone-{zone}-power"),
            Self::ZoneIsolated(zone) => format!("zone-{zone}-cut"),
            Self::ControlPlaneLoss => "control-plane".to_string(),
            Self::RegionLoss => "region".to_string(),
            Self::DnsLoss(Resolver::Public) => "public-dns".to_string(),
            Self::DnsLoss(Resolver::Cluster) => "cluster-dns".to_string(),
            Self::ZoneDegraded(zone) => format!("zone-{zone}-degraded"),
            Self::SpotReclaim => "spot-reclaim".to_string(),
            Self::CapacityShortage => "capacity-shortage".to_string(),
            Self::NodeDrain(zone) => format!("zone-{zone}-drain"),
            Self::NodeLoss(pool) => format!("{pool}-loss"),
            Self::PodCrash(target) => format!("{target}-crash"),
            Self::BadRelease(target) => format!("{target}-release"),
            Self::DependencyDown(target) => format!("{target}-down"),
            Self::DependencySlow(target) => format!("{target}-slow"),
            Self::DependencyStalled(target) => format!("{target}-stalled"),
            Self::Surge => "surge".to_string(),
            Self::ZonalShift(zone) => format!("zone-{zone}-shift"),
            Self::LoadShed => "load-shed".to_string(),
        }
    }

    /// An id that the document's tape does not use yet.
    #[must_use]
    pub fn free_id(&self, document: &Value) -> String {
        let stem = self.stem();
        let taken = |id: &str| super::document::get(document, &["tape", "faults", id]).is_some();
        let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
        std::iter::once(stem.clone())
            .chain(numbered)
            .find(|id| !taken(id))
            .unwrap_or(stem)
    }
}

/// A release that errs until operators take it back.
const fn bad_release(at: SimDuration, target: String) -> FaultKind {
    FaultKind::Rollout {
        at,
        target,
        errors: BAD_SHARE,
        slowdown: None,
        never_ready: Ratio::ZERO,
        roll_back_after: Some(ROLL_BACK_AFTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, Database, ExternalService};
    use serde_json::json;

    #[test]
    fn ids_are_free_and_tell_what_happens() {
        let verb = FaultVerb::ZonePowerLoss(ZoneName("a".to_string()));
        let document = json!({ "tape": { "faults": { "zone-a-power": {} } } });
        assert_eq!(verb.free_id(&Value::Null), "zone-a-power");
        assert_eq!(verb.free_id(&document), "zone-a-power-2");
    }

    #[test]
    fn only_what_has_a_queue_can_stand_still() {
        let parts = [
            ("db", Component::Database(Database::default())),
            (
                "pay",
                Component::ExternalService(ExternalService::default()),
            ),
        ];
        let architecture = Architecture {
            components: parts
                .map(|(id, part)| (id.to_string(), part))
                .into_iter()
                .collect(),
            ..Architecture::default()
        };
        let (design, _) = Design::resolve("one", architecture);
        let verbs = FaultVerb::for_designs([&design]);
        let can = |verb: FaultVerb| verbs.contains(&verb);
        assert!(can(FaultVerb::DependencyDown("pay".to_string())));
        assert!(can(FaultVerb::DependencyStalled("db".to_string())));
        assert!(!can(FaultVerb::DependencyStalled("pay".to_string())));
        assert!(can(FaultVerb::LoadShed));
    }

    /// Tasks are replaced one by one, and there is no node to drain.
    #[test]
    fn a_platform_without_nodes_has_none_to_drain() {
        let text = json!({ "zones": ["a"], "components": { "tasks": { "kind": "fargate" } } });
        let architecture = Architecture::from_json(&text).expect("well formed");
        let (design, _) = Design::resolve("one", architecture);
        let verbs = FaultVerb::for_designs([&design]);
        let drain = |verb: &FaultVerb| matches!(verb, FaultVerb::NodeDrain(_));
        assert!(!verbs.iter().any(drain));
        assert!(verbs.contains(&FaultVerb::ZonePowerLoss(ZoneName("a".to_string()))));
    }

    /// Tasks do not ask CoreDNS, and nobody looks up a platform without a balancer.
    #[test]
    fn names_are_lost_where_somebody_looks_them_up() {
        let offered = |kinds: &[&str]| {
            let parts = kinds
                .iter()
                .map(|it| ((*it).to_string(), json!({ "kind": it })));
            let text = json!({ "components": parts.collect::<serde_json::Map<_, _>>() });
            let architecture = Architecture::from_json(&text).expect("well formed");
            let (design, _) = Design::resolve("one", architecture);
            let verbs = FaultVerb::for_designs([&design]);
            [Resolver::Public, Resolver::Cluster].map(|it| verbs.contains(&FaultVerb::DnsLoss(it)))
        };
        assert_eq!(offered(&["fargate", "load_balancer"]), [true, false]);
        assert_eq!(offered(&["node_group", "load_balancer"]), [true, true]);
        assert_eq!(offered(&["node_pool"]), [false, true]);
    }

    #[test]
    fn a_fault_begins_on_a_whole_second() {
        let fault = FaultVerb::Surge.fault(SimTime::from_ns(90_700_000_000));
        assert_eq!(fault.at(), SimDuration::from_s(90));
        let text = serde_json::to_value(&fault).expect("a fault is plain data");
        assert_eq!(text["at"], json!("1min30s"));
    }
}

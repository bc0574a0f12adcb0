//! The tape, resolved: which fault begins when, ends when, and touches what.
//!
//! A scheduled fault has its times in the file. A random one is drawn here, before the run begins,
//! from the stream of the entity it hits: a zone's outages depend on the seed, the replication, the
//! fault's id and the zone's *name*, and on nothing a design says. So two designs meet the same
//! outages at the same times, and a zone that only one of them has changes nothing for the other.
//!
//! Spot reclaims at random are not here: they belong to the pools of instances that a design uses,
//! and live with the Spot market (`control/spot.rs`).
//!
//! Assumed: a zone that is down does not fail again before it is back; between outages it fails
//! at a constant rate (exponential gaps); lengths are lognormal.

use super::dist;
use super::flow::Impairment;
use super::rng::RngStream;
use crate::model::{
    CapacityType, Component, Design, FaultKind, RandomFaultKind, Resolver, RunPlan, Tape,
    ZoneIndex, ZoneName,
};
use crate::units::order;
use crate::units::{EventRate, IntOrPercent, Ratio, SimDuration, SimTime};

/// A dependency that a fault can name, by index among its kind (see [`super::FlowGraph`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependency {
    /// A database.
    Database(usize),
    /// A cache.
    Cache(usize),
    /// An external service or queue.
    External(usize),
}

/// What a fault does in a design. A part that the design does not have is `None`: the fault then
/// happens without touching it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// A zone has no power.
    ZonePowerLoss(Option<ZoneIndex>),
    /// Nothing crosses a zone's border.
    ZoneIsolated(Option<ZoneIndex>),
    /// The API of the cluster is away.
    ControlPlaneLoss,
    /// Every zone has no power, and the API is away.
    RegionLoss,
    /// Names are not resolved.
    DnsLoss(Resolver),
    /// The network of a zone is slow or lossy.
    ZoneDegraded {
        /// Where.
        zone: Option<ZoneIndex>,
        /// What it does to every exchange that touches the zone.
        network: Impairment,
    },
    /// Spot nodes get notice.
    SpotReclaim {
        /// Where.
        zones: FaultZones,
        /// Share of the Spot nodes there.
        share: Ratio,
    },
    /// EC2 has no instances left in a share of the capacity pools.
    CapacityShortage {
        /// Where.
        zones: FaultZones,
        /// How they are bought; none for both ways.
        capacity_type: Option<CapacityType>,
        /// Share of the pools meant.
        share: Ratio,
    },
    /// Operators drain nodes.
    NodeDrain(FaultZones),
    /// Nodes are not what their pool would launch any more.
    NodeDrift,
    /// Instances are terminated.
    NodeLoss {
        /// Where.
        zones: FaultZones,
        /// How many of the running ones there.
        nodes: IntOrPercent,
    },
    /// So many of a deployment's ready pods crash.
    PodCrash(IntOrPercent),
    /// A deployment gets a new release.
    Rollout(Release),
    /// A dependency answers late.
    Slow {
        /// Which.
        target: Option<Dependency>,
        /// By how much, every time.
        added_latency: SimDuration,
        /// Share of the messages that is lost.
        packet_loss: Ratio,
    },
    /// A dependency does not answer.
    Down(Option<Dependency>),
    /// A database or cache serves nobody and keeps its queue.
    Stalled(Option<Dependency>),
    /// The arrival rate is multiplied.
    Surge(f64),
    /// Traffic of load balancers goes around a zone.
    ZonalShift(Option<ZoneIndex>),
    /// This share of the attempts is turned away where they enter.
    LoadShed(Ratio),
}

/// What a new release of a deployment is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    /// Share of the requests that it answers with an error.
    pub errors: Ratio,
    /// Its own work takes so many times as long.
    pub slowdown: f64,
    /// Share of its pods that never become ready.
    pub never_ready: Ratio,
    /// Operators take it back after so long, if they do.
    pub roll_back_after: Option<SimDuration>,
}

impl Release {
    /// What the tape says of a release; of any other fault, that nothing is wrong.
    fn of(fault: &FaultKind) -> Self {
        let mut release = Self {
            errors: Ratio::ZERO,
            slowdown: 1.0,
            never_ready: Ratio::ZERO,
            roll_back_after: None,
        };
        if let FaultKind::Rollout {
            errors,
            slowdown,
            never_ready,
            roll_back_after,
            ..
        } = fault
        {
            release.errors = *errors;
            release.slowdown = slowdown.unwrap_or(1.0);
            release.never_ready = *never_ready;
            release.roll_back_after = *roll_back_after;
        }
        release
    }
}

impl Effect {
    /// The one zone that it hits as a whole.
    #[must_use]
    pub const fn zone(self) -> Option<ZoneIndex> {
        match self {
            Self::ZonePowerLoss(zone)
            | Self::ZoneIsolated(zone)
            | Self::ZoneDegraded { zone, .. }
            | Self::ZonalShift(zone) => zone,
            _ => None,
        }
    }
}

/// Zones that a fault touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultZones {
    /// All of them together.
    All,
    /// One; `None` when the design does not have it.
    One(Option<ZoneIndex>),
}

impl FaultZones {
    fn of(design: &Design, zone: Option<&ZoneName>) -> Self {
        zone.map_or(Self::All, |zone| Self::One(design.zone(zone)))
    }

    /// True for a zone among them.
    #[must_use]
    pub fn hold(self, zone: ZoneIndex) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == Some(zone),
        }
    }
}

/// A fault with its times.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduledFault {
    /// Id in the tape.
    pub id: String,
    /// Kind, as files write it.
    pub kind: &'static str,
    /// The node pool, node group or deployment that it names, if it names one.
    pub target: Option<String>,
    /// Instance types that it names; empty for all of them.
    pub instance_types: Vec<String>,
    /// When it begins.
    pub start: SimTime,
    /// When it ends; equal to `start` for an instant.
    pub end: SimTime,
    /// What it does here.
    pub effect: Effect,
}

/// Every fault of a run that begins before its end, in order of time, then id.
#[must_use]
pub fn resolve(
    tape: &Tape,
    design: &Design,
    plan: &RunPlan,
    replication: u32,
) -> Vec<ScheduledFault> {
    let mut all: Vec<ScheduledFault> = tape
        .faults
        .iter()
        .map(|(id, fault)| scheduled(id, fault, design))
        .collect();
    for (id, fault) in &tape.random {
        if let RandomFaultKind::ZonePowerLoss {
            rate,
            median_duration,
            p90_duration,
        } = fault
        {
            for (at, zone) in (0_u8..).zip(&design.architecture.zones) {
                let outages = ZoneOutages {
                    id,
                    zone,
                    rate: *rate,
                    lengths: (*median_duration, *p90_duration),
                };
                let index = ZoneIndex(at);
                all.extend(outages.draw(plan, replication, index));
            }
        }
    }
    let end = SimTime::START + plan.duration;
    all.retain(|fault| fault.start < end);
    order::sort_by(&mut all, |a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    all
}

fn scheduled(id: &str, fault: &FaultKind, design: &Design) -> ScheduledFault {
    let start = SimTime::START + fault.at();
    ScheduledFault {
        id: id.to_string(),
        kind: fault.kind(),
        target: target(fault),
        instance_types: fault.instance_types().to_vec(),
        start,
        end: start + fault.duration(),
        effect: effect(fault, design),
    }
}

/// The node pool, node group or deployment that a fault names.
fn target(fault: &FaultKind) -> Option<String> {
    match fault {
        FaultKind::NodeDrain { pool, .. } | FaultKind::NodeDrift { pool, .. } => pool.clone(),
        FaultKind::NodeLoss { pool, .. } => Some(pool.clone()),
        FaultKind::PodCrash { target, .. } | FaultKind::Rollout { target, .. } => {
            Some(target.clone())
        }
        _ => None,
    }
}

/// What a fault does in a design.
fn effect(fault: &FaultKind, design: &Design) -> Effect {
    match fault {
        FaultKind::ZonePowerLoss { zone, .. } => Effect::ZonePowerLoss(design.zone(zone)),
        FaultKind::ControlPlaneLoss { .. } => Effect::ControlPlaneLoss,
        FaultKind::RegionLoss { .. } => Effect::RegionLoss,
        FaultKind::DnsLoss { resolver, .. } => Effect::DnsLoss(*resolver),
        FaultKind::ZoneIsolated { zone, .. } => Effect::ZoneIsolated(design.zone(zone)),
        FaultKind::ZoneDegraded {
            zone,
            added_latency,
            packet_loss,
            ..
        } => Effect::ZoneDegraded {
            zone: design.zone(zone),
            network: Impairment {
                added_latency_s: added_latency.map_or(0.0, SimDuration::as_s_f64),
                packet_loss: packet_loss.value(),
            },
        },
        FaultKind::SpotReclaim { zone, share, .. } => Effect::SpotReclaim {
            zones: FaultZones::of(design, zone.as_ref()),
            share: *share,
        },
        FaultKind::CapacityShortage {
            zone,
            capacity_type,
            share,
            ..
        } => Effect::CapacityShortage {
            zones: FaultZones::of(design, zone.as_ref()),
            capacity_type: *capacity_type,
            share: *share,
        },
        FaultKind::NodeDrain { zone, .. } => {
            Effect::NodeDrain(FaultZones::of(design, zone.as_ref()))
        }
        FaultKind::NodeDrift { .. } => Effect::NodeDrift,
        FaultKind::NodeLoss { zone, nodes, .. } => Effect::NodeLoss {
            zones: FaultZones::of(design, zone.as_ref()),
            nodes: *nodes,
        },
        FaultKind::PodCrash { pods, .. } => Effect::PodCrash(*pods),
        FaultKind::Rollout { .. } => Effect::Rollout(Release::of(fault)),
        FaultKind::DependencySlow {
            target,
            added_latency,
            packet_loss,
            ..
        } => Effect::Slow {
            target: dependency(design, target),
            added_latency: added_latency.unwrap_or(SimDuration::ZERO),
            packet_loss: *packet_loss,
        },
        FaultKind::DependencyDown { target, .. } => Effect::Down(dependency(design, target)),
        FaultKind::DependencyStalled { target, .. } => Effect::Stalled(dependency(design, target)),
        FaultKind::Surge { factor, .. } => Effect::Surge(*factor),
        FaultKind::ZonalShift { zone, .. } => Effect::ZonalShift(design.zone(zone)),
        FaultKind::LoadShed { share, .. } => Effect::LoadShed(*share),
    }
}

/// Index of a dependency among its kind, in order of id.
fn dependency(design: &Design, id: &str) -> Option<Dependency> {
    let (mut databases, mut caches, mut externals) = (0, 0, 0);
    for (_, vertex) in design.components() {
        let (count, kind): (&mut usize, fn(usize) -> Dependency) = match vertex.component {
            Component::Database(_) => (&mut databases, Dependency::Database),
            Component::Cache(_) => (&mut caches, Dependency::Cache),
            Component::ExternalService(_) | Component::Queue(_) => {
                (&mut externals, Dependency::External)
            }
            _ => continue,
        };
        if vertex.id == id {
            return Some(kind(*count));
        }
        *count += 1;
    }
    None
}

/// The random outages of one zone.
struct ZoneOutages<'a> {
    id: &'a str,
    zone: &'a ZoneName,
    rate: EventRate,
    /// Median and 90th percentile.
    lengths: (SimDuration, SimDuration),
}

impl ZoneOutages<'_> {
    fn draw(&self, plan: &RunPlan, replication: u32, zone: ZoneIndex) -> Vec<ScheduledFault> {
        let per_hour = self.rate.events_per_hour();
        let mut outages = Vec::new();
        if per_hour <= 0.0 {
            return outages;
        }
        let entity = format!("{}/{}", self.id, self.zone);
        let mut gaps = RngStream::new(plan.seed, replication, "zone_outage_gap", &entity, 0);
        let end = SimTime::START + plan.duration;
        let mut at = SimTime::START;
        for ordinal in 0.. {
            at += SimDuration::from_s_f64(dist::exponential(&mut gaps, 3600.0 / per_hour));
            if at >= end {
                break;
            }
            // Each length has its own stream: a change of the rate keeps the n-th length.
            let purpose = "zone_outage_length";
            let mut stream = RngStream::new(plan.seed, replication, purpose, &entity, ordinal);
            let length = dist::lognormal(&mut stream, self.lengths.0, self.lengths.1);
            outages.push(ScheduledFault {
                id: self.id.to_string(),
                kind: "zone_power_loss",
                target: None,
                instance_types: Vec::new(),
                start: at,
                end: at + length,
                effect: Effect::ZonePowerLoss(Some(zone)),
            });
            at += length;
        }
        outages
    }
}

#[cfg(test)]
mod tests;

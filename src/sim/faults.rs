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
    CapacityType, Component, Design, FaultKind, RandomFaultKind, RunPlan, Tape, ZoneIndex, ZoneName,
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
mod tests {
    use super::*;
    use crate::model::{Architecture, ById, Database};

    fn design(zones: &[&str]) -> Design {
        let database = Component::Database(Database::default());
        let architecture = Architecture {
            zones: zones.iter().map(|z| ZoneName((*z).to_string())).collect(),
            components: ById::from_iter([("db".to_string(), database)]),
            ..Architecture::default()
        };
        Design::resolve("one", architecture).0
    }

    fn plan(days: u64) -> RunPlan {
        RunPlan {
            duration: SimDuration::from_h(24 * days),
            ..RunPlan::default()
        }
    }

    fn random_outages(per_year: f64) -> Tape {
        let outages = RandomFaultKind::ZonePowerLoss {
            rate: EventRate::per_year(per_year),
            median_duration: SimDuration::from_h(3),
            p90_duration: SimDuration::from_h(12),
        };
        Tape {
            random: ById::from_iter([("outages".to_string(), outages)]),
            ..Tape::default()
        }
    }

    fn in_zone(faults: &[ScheduledFault], zone: u8) -> Vec<(SimTime, SimTime)> {
        faults
            .iter()
            .filter(|f| f.effect == Effect::ZonePowerLoss(Some(ZoneIndex(zone))))
            .map(|f| (f.start, f.end))
            .collect()
    }

    #[test]
    fn a_zone_has_the_same_outages_in_every_design() {
        let tape = random_outages(50.0);
        let three = resolve(&tape, &design(&["a", "c", "d"]), &plan(365), 3);
        let other = resolve(&tape, &design(&["c", "x"]), &plan(365), 3);
        let c = in_zone(&three, 1);
        assert!(c.len() > 20, "{}", c.len());
        assert_eq!(c, in_zone(&other, 0));
        assert_ne!(c, in_zone(&three, 0));
        let next = resolve(&tape, &design(&["a", "c", "d"]), &plan(365), 4);
        assert_ne!(c, in_zone(&next, 1), "another replication, other weather");
    }

    #[test]
    fn outages_come_at_their_rate_and_in_order() {
        let n: usize = (0..200)
            .map(|replication| {
                let drawn = resolve(
                    &random_outages(2.0),
                    &design(&["a"]),
                    &plan(365),
                    replication,
                );
                assert!(drawn.is_sorted_by_key(|f| f.start));
                assert!(drawn.windows(2).all(|w| w[0].end <= w[1].start));
                drawn.len()
            })
            .sum();
        // 400 expected; 4 standard deviations of a Poisson count.
        assert!((320..=480).contains(&n), "{n}");
        assert!(resolve(&random_outages(0.0), &design(&["a"]), &plan(365), 0).is_empty());
    }

    /// The public record (AWS status texts and post-event summaries) has outages of a zone of
    /// 63 min (Tokyo, 2025-04-15), 82 min (us-east-1, 2012-06-14), 188 min (Frankfurt, 2021-06-10),
    /// about 6 h (Tokyo, 2019-08-23) and 20.5 h (us-east-1, 2026-05-07): hours, not minutes.
    #[test]
    fn lengths_are_like_those_of_the_public_record() {
        let drawn = (0..300).flat_map(|replication| {
            let tape = random_outages(12.0);
            in_zone(&resolve(&tape, &design(&["a"]), &plan(365), replication), 0)
        });
        let mut hours: Vec<f64> = drawn
            .map(|(start, end)| end.since(start).as_h_f64())
            .collect();
        hours.sort_by(f64::total_cmp);
        let quantile = |share: f64| hours[(share * hours.len() as f64) as usize];
        assert!(hours.len() > 3000, "{}", hours.len());
        assert!((quantile(0.5) / 3.0 - 1.0).abs() < 0.1, "{}", quantile(0.5));
        assert!(
            (quantile(0.9) / 12.0 - 1.0).abs() < 0.1,
            "{}",
            quantile(0.9)
        );
        assert!(quantile(0.01) > 0.1, "no blinks: {}", quantile(0.01));
        for minutes in [63.0, 82.0, 188.0, 360.0, 1230.0] {
            let within = quantile(0.05)..quantile(0.99);
            assert!(
                within.contains(&(minutes / 60.0)),
                "{minutes} min: {within:?}"
            );
        }
    }

    #[test]
    fn a_fault_on_what_a_design_lacks_still_happens() {
        let at = SimDuration::from_h(1);
        let power = |zone: &str| FaultKind::ZonePowerLoss {
            at,
            duration: at,
            zone: ZoneName(zone.to_string()),
        };
        let down = |target: &str| FaultKind::DependencyDown {
            at: SimDuration::ZERO,
            duration: at,
            target: target.to_string(),
        };
        let faults = [
            ("here", power("a")),
            ("elsewhere", power("d")),
            ("db-down", down("db")),
            ("x-down", down("x")),
        ];
        let tape = Tape {
            faults: faults
                .map(|(id, f)| (id.to_string(), f))
                .into_iter()
                .collect(),
            ..Tape::default()
        };
        let effects: Vec<_> = resolve(&tape, &design(&["a"]), &plan(1), 0)
            .into_iter()
            .map(|f| (f.id, f.effect))
            .collect();
        let expected = [
            ("db-down", Effect::Down(Some(Dependency::Database(0)))),
            ("x-down", Effect::Down(None)),
            ("elsewhere", Effect::ZonePowerLoss(None)),
            ("here", Effect::ZonePowerLoss(Some(ZoneIndex(0)))),
        ];
        assert_eq!(effects, expected.map(|(id, e)| (id.to_string(), e)));
    }
}

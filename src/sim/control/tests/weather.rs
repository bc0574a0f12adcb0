//! What happens to a storm's design: losses that meet on purpose, and others by chance.

use proptest::prelude::*;

use super::Choices;
use crate::model::{
    ArrivalProcess, ById, FaultKind, Load, LoadNoise, LoadProfile, RandomFault, Resolver, Tape,
    ZoneName,
};
use crate::units::{EventRate, IntOrPercent, Ratio, RequestRate, SimDuration};

/// A fault of some kind at some time.
#[derive(Debug, Clone)]
pub(super) struct Mishap {
    kind: u32,
    at_min: u64,
    length_s: u64,
    zone: &'static str,
    share: f64,
    target: &'static str,
}

/// Up to eight faults, which may overlap, repeat and outlast each other.
pub(super) fn mishaps() -> impl Strategy<Value = Vec<Mishap>> {
    let zone = prop::sample::select(vec!["a", "b", "c"]);
    let share = prop::sample::select(vec![0.1, 0.5, 1.0]);
    let target = prop::sample::select(vec!["api", "auth", "worker"]);
    let one = (0..KINDS, 1..280_u64, 5..4000_u64, zone, share, target);
    let one = one.prop_map(|(kind, at_min, length_s, zone, share, target)| Mishap {
        kind,
        at_min,
        length_s,
        zone,
        share,
        target,
    });
    prop::collection::vec(one, 0..=8)
}

const KINDS: u32 = 15;

impl Mishap {
    pub(super) fn fault(&self) -> FaultKind {
        let at = SimDuration::from_min(self.at_min);
        let duration = SimDuration::from_s(self.length_s);
        let zone = ZoneName(self.zone.to_string());
        let (share, target) = (Ratio::new(self.share), self.target.to_string());
        let some = IntOrPercent::Percent(share);
        match self.kind {
            0 => FaultKind::ZonePowerLoss { at, duration, zone },
            1 => FaultKind::ZoneIsolated { at, duration, zone },
            2 => FaultKind::ControlPlaneLoss { at, duration },
            3 => FaultKind::RegionLoss { at, duration },
            4 | 5 => FaultKind::DnsLoss {
                at,
                duration,
                resolver: if self.kind == 4 {
                    Resolver::Public
                } else {
                    Resolver::Cluster
                },
            },
            6 => FaultKind::ZonalShift { at, duration, zone },
            7 => FaultKind::CapacityShortage {
                at,
                duration,
                zone: Some(zone),
                instance_types: Vec::new(),
                capacity_type: None,
                share,
            },
            8 => FaultKind::NodeDrain {
                at,
                duration,
                zone: Some(zone),
                pool: None,
            },
            9 => FaultKind::NodeLoss {
                at,
                pool: "nodes".to_string(),
                zone: None,
                nodes: some,
            },
            10 => FaultKind::SpotReclaim {
                at,
                zone: None,
                share,
            },
            11 => FaultKind::PodCrash {
                at,
                duration,
                target,
                pods: some,
            },
            12 => FaultKind::DependencyDown {
                at,
                duration,
                target: "orders".to_string(),
            },
            13 => self.degradation(at, duration, zone),
            _ => FaultKind::Rollout {
                at,
                target,
                errors: Ratio::ZERO,
                slowdown: None,
                never_ready: if self.share < 1.0 { share } else { Ratio::ZERO },
                roll_back_after: Some(duration).filter(|_| self.length_s.is_multiple_of(2)),
            },
        }
    }

    /// A network that is late, or loses packets, or both.
    fn degradation(&self, at: SimDuration, duration: SimDuration, zone: ZoneName) -> FaultKind {
        FaultKind::ZoneDegraded {
            at,
            duration,
            zone,
            added_latency: Some(SimDuration::from_ms(200)).filter(|_| self.share < 1.0),
            packet_loss: Ratio::new(if self.share < 0.5 { 0.0 } else { 0.2 }),
        }
    }
}

/// What operators do, and what breaks below a zone.
fn planned_mishaps() -> [(&'static str, FaultKind); 7] {
    let cut = |at, duration, zone: &str| FaultKind::ZoneIsolated {
        at: SimDuration::from_min(at),
        duration: SimDuration::from_min(duration),
        zone: ZoneName(zone.to_string()),
    };
    [
        // One overlaps losses of power at both ends, one stands alone.
        ("cut-dark", cut(40, 30, "a")),
        ("cut", cut(140, 20, "c")),
        ("short-cut", cut(175, 4, "c")),
        (
            "shortage",
            FaultKind::CapacityShortage {
                at: SimDuration::from_min(25),
                duration: SimDuration::from_min(50),
                zone: None,
                instance_types: Vec::new(),
                capacity_type: None,
                share: Ratio::new(0.5),
            },
        ),
        (
            "maintenance",
            FaultKind::NodeDrain {
                at: SimDuration::from_min(130),
                duration: SimDuration::from_min(40),
                zone: Some(ZoneName("a".to_string())),
                pool: None,
            },
        ),
        (
            "loss",
            FaultKind::NodeLoss {
                // A while before the first zone dies, so that both happen to some nodes.
                at: SimDuration::from_min(29),
                pool: "nodes".to_string(),
                zone: None,
                nodes: IntOrPercent::Percent(Ratio::new(0.4)),
            },
        ),
        (
            "crash",
            FaultKind::PodCrash {
                at: SimDuration::from_min(20),
                duration: SimDuration::from_min(15),
                target: "api".to_string(),
                pods: IntOrPercent::Percent(Ratio::new(0.5)),
            },
        ),
    ]
}

/// The tape of a storm: what is planned, what was drawn, and rates.
pub(super) fn tape(of: &Choices) -> Tape {
    let outages = RandomFault::ZonePowerLoss {
        rate: EventRate::per_year(of.outages_per_year),
        median_duration: SimDuration::from_min(10),
        p90_duration: SimDuration::from_min(90),
    };
    let reclaims = RandomFault::SpotReclaims {
        share: Ratio::new(0.4),
    };
    let at = |min| SimDuration::from_min(min);
    let power = |begin, length| FaultKind::ZonePowerLoss {
        at: at(begin),
        duration: at(length),
        zone: ZoneName("a".to_string()),
    };
    let faults = [
        ("first", power(30, 20)),
        // Overlaps the first, and ends within a boot of its own.
        ("second", power(45, 6)),
        ("third", power(52, 30)),
        (
            "notice",
            FaultKind::SpotReclaim {
                at: SimDuration::from_s(30 * 60 - 60),
                zone: None,
                share: Ratio::new(0.6),
            },
        ),
        (
            "db-down",
            FaultKind::DependencyDown {
                at: at(40),
                duration: at(30),
                target: "db".to_string(),
            },
        ),
        (
            "sale",
            FaultKind::Surge {
                at: at(100),
                duration: at(20),
                factor: 5.0,
            },
        ),
    ];
    let planned = faults.into_iter().chain(planned_mishaps());
    let planned = planned.map(|(id, it)| (id.to_string(), it));
    let drawn = of.mishaps.iter().enumerate();
    let drawn = drawn.map(|(at, it)| (format!("drawn-{at}"), it.fault()));
    let failures = RandomFault::NodeLoss {
        rate: EventRate::per_year(of.outages_per_year),
    };
    Tape {
        faults: planned.chain(drawn).collect(),
        random: [
            ("failures".to_string(), failures),
            ("outages".to_string(), outages),
            ("reclaims".to_string(), reclaims),
        ]
        .into_iter()
        .collect(),
        shortage_after_zone_loss: Ratio::new(0.3),
    }
}

/// A load without spikes.
pub(super) fn constant_load() -> Load {
    Load {
        arrivals: ArrivalProcess::Poisson,
        profile: LoadProfile::Constant {
            rate: RequestRate::per_second(400.0),
        },
        spikes: ById::new(),
        noise: LoadNoise::default(),
    }
}

//! The tape: what happens to both designs. Faults are verbs on entities; what operators do by hand
//! while they last (shedding load) stands among them, since it happens to both designs as well.
//!
//! Both designs read the same tape: a scheduled fault hits the same zone at the same time, and a
//! random one is drawn from the stream of the entity it hits (a zone, a Spot pool), never from a
//! design's. Each kind names the AWS Fault Injection Service action that would do it for real.

mod random;
mod verbs;

pub use random::RandomFaultKind;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use serde_json::Value;

use super::ById;
use super::cluster::CapacityType;
use super::json::{self, FromJson, Members, Refusal, fields, from_json};
use super::zone::ZoneName;
use crate::units::{IntOrPercent, Ratio, SimDuration};

/// What a scheduled fault does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum FaultKind {
    /// A whole zone loses power; when it returns, instances boot and services recover.
    ZonePowerLoss {
        /// When it begins.
        at: SimDuration,
        /// How long power is away.
        duration: SimDuration,
        /// The zone.
        zone: ZoneName,
    },
    /// The network of a zone is cut: nothing crosses its border, while machines in it run on.
    ZoneIsolated {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// The zone.
        zone: ZoneName,
    },
    /// The API of the cluster cannot be reached: nothing is decided, and what runs goes on.
    ControlPlaneLoss {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
    },
    /// The whole Region is away: every zone without power, and the cluster's API with them.
    RegionLoss {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
    },
    /// Names are not resolved any more: clients go on with what they know until it expires.
    DnsLoss {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// Whose names.
        resolver: Resolver,
    },
    /// A gray failure: everything in a zone works, but its network is slow or loses packets, inside
    /// the zone and on every way into it or out of it.
    ZoneDegraded {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// The zone.
        zone: ZoneName,
        /// Added to each exchange of a request and its answer; may be absent where packets are
        /// lost.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        added_latency: Option<SimDuration>,
        /// Share of the messages that is lost, 0 to 50 %.
        #[serde(skip_serializing_if = "json::is_default")]
        #[cfg_attr(test, schemars(default))]
        packet_loss: Ratio,
    },
    /// The provider takes a share of the Spot nodes at once, with two minutes' notice.
    SpotReclaim {
        /// When the notice is given.
        at: SimDuration,
        /// The zone; absent means all zones.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        zone: Option<ZoneName>,
        /// Share of the Spot nodes that is taken.
        share: Ratio,
    },
    /// EC2 has no instance left of some capacity pools (an instance type in a zone, on-demand or
    /// Spot): launches there fail with `InsufficientInstanceCapacity`. What runs goes on.
    CapacityShortage {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// The zone; absent means all zones.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        zone: Option<ZoneName>,
        /// Instance types, such as `"m7g.large"`; absent means all of them.
        #[serde(skip_serializing_if = "json::is_default")]
        #[cfg_attr(test, schemars(default))]
        instance_types: Vec<String>,
        /// How they are bought; absent means on-demand and Spot alike.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        capacity_type: Option<CapacityType>,
        /// Share of these pools that is empty, drawn pool by pool; all of them unless stated.
        #[serde(skip_serializing_if = "is_whole")]
        #[cfg_attr(test, schemars(default = "whole"))]
        share: Ratio,
    },
    /// Planned maintenance: operators close nodes to new pods and empty them one after the other
    /// (`kubectl drain`), and open what is left of them when it is over.
    NodeDrain {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// The zone; absent means all zones.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        zone: Option<ZoneName>,
        /// Id of the node pool or node group; absent means all of them.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        pool: Option<String>,
    },
    /// A new machine image, or a changed node pool: Karpenter's nodes are not what it would launch
    /// any more, and it replaces them one after the other, within its budgets.
    NodeDrift {
        /// When it is found out.
        at: SimDuration,
        /// Id of the node pool; absent means all of them.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        pool: Option<String>,
    },
    /// Instances of a node pool or node group are terminated without notice, for good.
    NodeLoss {
        /// When they stop.
        at: SimDuration,
        /// Id of the node pool or node group.
        pool: String,
        /// The zone; absent means all zones.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        zone: Option<ZoneName>,
        /// How many of its running nodes, or which share.
        nodes: IntOrPercent,
    },
    /// Processes of a deployment's pods end, and are started again in place. With a length they end
    /// again at every start until it is over: a crash loop.
    PodCrash {
        /// When it begins.
        at: SimDuration,
        /// How long their starts fail; absent means that they crash once.
        #[serde(skip_serializing_if = "json::is_default")]
        #[cfg_attr(test, schemars(default))]
        duration: SimDuration,
        /// Id of the deployment.
        target: String,
        /// How many of its ready pods, or which share.
        pods: IntOrPercent,
    },
    /// A new release of a deployment: its pods take the place of the old ones as the deployment's
    /// `rollout` says. It is as good as the one before unless something else is stated.
    Rollout {
        /// When it is released.
        at: SimDuration,
        /// Id of the deployment.
        target: String,
        /// Share of the requests that the new pods answer with an error.
        #[serde(skip_serializing_if = "json::is_default")]
        #[cfg_attr(test, schemars(default))]
        errors: Ratio,
        /// The new pods' own work takes so many times as long, CPU included; 0.1 to 100. Absent
        /// means as long as before.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default, range(min = 0.1, max = 100.0)))]
        slowdown: Option<f64>,
        /// Share of the new pods that never become ready.
        #[serde(skip_serializing_if = "json::is_default")]
        #[cfg_attr(test, schemars(default))]
        never_ready: Ratio,
        /// Operators take the release back after so long; absent means that they do not.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        roll_back_after: Option<SimDuration>,
    },
    /// A database, cache or external service answers late: every time by as much, or now and then,
    /// because packets on the way there and back are lost and sent again.
    DependencySlow {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// Id of the component.
        target: String,
        /// Added to each answer; may be absent where packets are lost.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(default))]
        added_latency: Option<SimDuration>,
        /// Share of the messages to and from it that is lost, 0 to 50 %.
        #[serde(skip_serializing_if = "json::is_default")]
        #[cfg_attr(test, schemars(default))]
        packet_loss: Ratio,
    },
    /// A database, cache or external service does not answer.
    DependencyDown {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// Id of the component.
        target: String,
    },
    /// A database or cache stands still: it serves nobody, but keeps what waits, takes more in, and
    /// goes on where it was. So it is with a volume whose I/O is frozen, or a lock on everything.
    DependencyStalled {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// Id of the component.
        target: String,
    },
    /// The load is multiplied.
    Surge {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// The arrival rate is multiplied by this, 0 to 100.
        #[cfg_attr(test, schemars(range(min = 0.0, max = 100.0)))]
        factor: f64,
    },
    /// Operators shift the traffic of load balancers and clusters away from a zone.
    ZonalShift {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts, up to three days.
        duration: SimDuration,
        /// The zone.
        zone: ZoneName,
    },
    /// An operator sheds load: where requests enter, a share of all attempts gets an error at once.
    LoadShed {
        /// When it begins.
        at: SimDuration,
        /// How long it lasts.
        duration: SimDuration,
        /// Share of the attempts that is turned away.
        share: Ratio,
    },
}

/// Who resolves names for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Resolver {
    /// Public DNS, such as Route 53: users find the load balancer by it.
    Public,
    /// CoreDNS of the cluster: pods find by it whatever they call.
    Cluster,
}

from_json!(Resolver: "public" => Public, "cluster" => Cluster);

impl FromJson for FaultKind {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        Ok(match members.kind()? {
            "zone_power_loss" => fields!(members => Self::ZonePowerLoss { at, duration, zone }),
            "zone_isolated" => fields!(members => Self::ZoneIsolated { at, duration, zone }),
            "control_plane_loss" => fields!(members => Self::ControlPlaneLoss { at, duration }),
            "region_loss" => fields!(members => Self::RegionLoss { at, duration }),
            "dns_loss" => fields!(members => Self::DnsLoss { at, duration, resolver }),
            "zone_degraded" => fields!(members => Self::ZoneDegraded {
                at, duration, zone, added_latency or None, packet_loss or Ratio::ZERO,
            }),
            "spot_reclaim" => fields!(members => Self::SpotReclaim { at, zone or None, share }),
            "capacity_shortage" => fields!(members => Self::CapacityShortage {
                at, duration, zone or None, instance_types or Vec::new(), capacity_type or None,
                share or Ratio::ONE,
            }),
            "node_drain" => fields!(members => Self::NodeDrain {
                at, duration, zone or None, pool or None,
            }),
            "node_drift" => fields!(members => Self::NodeDrift { at, pool or None }),
            "node_loss" => fields!(members => Self::NodeLoss { at, pool, zone or None, nodes }),
            "pod_crash" => fields!(members => Self::PodCrash {
                at, duration or SimDuration::ZERO, target, pods,
            }),
            "rollout" => fields!(members => Self::Rollout {
                at, target, errors or Ratio::ZERO, slowdown or None, never_ready or Ratio::ZERO,
                roll_back_after or None,
            }),
            "dependency_slow" => fields!(members => Self::DependencySlow {
                at, duration, target, added_latency or None, packet_loss or Ratio::ZERO,
            }),
            "dependency_down" => fields!(members => Self::DependencyDown { at, duration, target }),
            "dependency_stalled" => {
                fields!(members => Self::DependencyStalled { at, duration, target })
            }
            "zonal_shift" => fields!(members => Self::ZonalShift { at, duration, zone }),
            "load_shed" => fields!(members => Self::LoadShed { at, duration, share }),
            "surge" => fields!(members => Self::Surge { at, duration, factor }),
            _ => return Err(Refusal::Expected("a kind of fault")),
        })
    }
}

/// True of the whole, which a file may leave out.
fn is_whole(share: &Ratio) -> bool {
    *share == Ratio::ONE
}

#[cfg(test)]
const fn whole() -> Ratio {
    Ratio::ONE
}

/// A fault at a planned time.
pub type Fault = FaultKind;

/// A fault at random times.
pub type RandomFault = RandomFaultKind;

/// Everything that happens to both designs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Tape {
    /// Planned faults by id.
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Fault>"))]
    pub faults: ById<Fault>,
    /// Random faults by id.
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(
        test,
        schemars(with = "std::collections::BTreeMap<String, RandomFault>")
    )]
    pub random: ById<RandomFault>,
    /// Share of the capacity pools (instance type, zone, on-demand or Spot) of the other zones that
    /// is empty while a zone is without power or cut off: everybody who ran there asks for
    /// instances then.
    /// 0 unless stated.
    #[serde(skip_serializing_if = "json::is_default")]
    pub shortage_after_zone_loss: Ratio,
}

from_json!(Tape or default { faults, random, shortage_after_zone_loss });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_read_as_it_is_written() {
        let shortage = |share| FaultKind::CapacityShortage {
            at: SimDuration::ZERO,
            duration: SimDuration::from_h(1),
            zone: None,
            instance_types: vec!["m7g.large".to_string()],
            capacity_type: Some(CapacityType::Spot),
            share,
        };
        for share in [Ratio::ONE, Ratio::new(0.5)] {
            let fault = shortage(share);
            let text = serde_json::to_value(&fault).expect("a fault is plain data");
            assert_eq!(text.get("share").is_none(), share == Ratio::ONE);
            assert_eq!(FaultKind::from_json(&text), Ok(fault));
        }
    }
}

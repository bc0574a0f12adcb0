//! What is written is read back, kind by kind.

use std::fmt::Debug;

use serde_json::{json, to_value};

use super::*;
use crate::model::autoscaler::{ScalingUnit, SelectPolicy};
use crate::model::catalog::PriceGrade;
use crate::model::defaults::Grade;
use crate::model::*;
use crate::units::{IntOrPercent, Ratio, SimDuration};

#[track_caller]
fn check<T: Serialize + FromJson + PartialEq + Debug>(values: impl IntoIterator<Item = T>) {
    for value in values {
        let written = to_value(&value).expect("plain data");
        assert_eq!(T::from_json(&written), Ok(value), "{written}");
    }
}

#[test]
fn every_word_is_read_as_it_is_written() {
    check([SelectPolicy::Max, SelectPolicy::Min, SelectPolicy::Disabled]);
    check([ScalingUnit::Pods, ScalingUnit::Percent]);
    check([
        WhenUnsatisfiable::DoNotSchedule,
        WhenUnsatisfiable::ScheduleAnyway,
    ]);
    check([NodeInclusionPolicy::Ignore, NodeInclusionPolicy::Honor]);
    check([
        TopologyKey::Zone,
        TopologyKey::Hostname,
        TopologyKey::CapacityType,
    ]);
    check([
        TaintEffect::NoSchedule,
        TaintEffect::PreferNoSchedule,
        TaintEffect::NoExecute,
    ]);
    check([
        PreemptionPolicy::PreemptLowerPriority,
        PreemptionPolicy::Never,
    ]);
    check([
        UnhealthyPodEvictionPolicy::IfHealthyBudget,
        UnhealthyPodEvictionPolicy::AlwaysAllow,
    ]);
    check([LoadBalancerProduct::Alb, LoadBalancerProduct::Nlb]);
    check([TargetType::Ip, TargetType::Instance]);
    check([DatabaseDeployment::SingleAz, DatabaseDeployment::MultiAz]);
    check([CapacityType::OnDemand, CapacityType::Spot]);
    check([Region::ApNortheast1, Region::UsEast1]);
    check([Language::Ja, Language::En]);
    check([
        Grade::Verified,
        Grade::Reported,
        Grade::Derived,
        Grade::Assumption,
    ]);
    check([PriceGrade::Verified, PriceGrade::Derived]);
    check([PriceGrade::Proxy, PriceGrade::Recalled]);
}

fn choosy_deployment() -> Deployment {
    Deployment {
        topology_spread: Some(TopologySpread::default().into()),
        priority: -7,
        tolerations: vec![Toleration::default()],
        node_affinity: vec![NodeAffinity::default()],
        pod_affinity: vec![PodAffinity::default()],
        hpa: Some(HorizontalPodAutoscaler::default()),
        disruption_budget: Some(PodDisruptionBudget {
            min_available: Some(IntOrPercent::Int(2)),
            max_unavailable: Some(IntOrPercent::Percent(Ratio::new(0.25))),
            unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicy::AlwaysAllow,
        }),
        calls: ById::from_iter([("db".to_string(), Call::default())]),
        ..Deployment::default()
    }
}

fn tainted_pool() -> NodePool {
    NodePool {
        taints: vec![Taint {
            key: "gpu".to_string(),
            value: None,
            effect: TaintEffect::NoExecute,
        }],
        ..NodePool::default()
    }
}

#[test]
fn every_kind_is_read_as_it_is_written() {
    check([
        Component::Users(Users::default()),
        Component::LoadBalancer(LoadBalancer {
            zonal_shift: ZonalShift::Autoshift,
            autoshift_delay: Triangular::from_s(1, 2, 3),
            ..LoadBalancer::default()
        }),
        Component::Deployment(choosy_deployment()),
        Component::NodePool(tainted_pool()),
        Component::NodeGroup(NodeGroup::default()),
        Component::Database(Database {
            service_time: ServiceTime {
                cv: 0.5,
                samples: Samples::new([3, 1].map(SimDuration::from_s).to_vec()),
                ..ServiceTime::from_ms(4, 1.0)
            },
            ..Database::default()
        }),
        Component::Cache(Cache::default()),
        Component::NatGateway(NatGateway::default()),
        Component::ExternalService(ExternalService::default()),
        Component::Queue(Queue {
            max_receive_count: Some(5),
            partitions: Some(12),
            ..Queue::default()
        }),
    ]);
    check([FaultKind::ZonalShift {
        at: SimDuration::ZERO,
        duration: SimDuration::from_s(1),
        zone: ZoneName("a".to_string()),
    }]);
    check([RunPlan::default()]);
    check([Architecture::default()]);
}

#[test]
fn every_fault_is_read_as_it_is_written() {
    let (at, duration, target) = (SimDuration::ZERO, SimDuration::from_s(1), "db".to_string());
    let zone = ZoneName("a".to_string());
    check([
        FaultKind::ZonePowerLoss { at, duration, zone },
        FaultKind::ZoneDegraded {
            at,
            duration,
            zone: ZoneName("a".to_string()),
            added_latency: Some(duration),
            packet_loss: Ratio::new(0.02),
        },
        FaultKind::DependencyDown {
            at,
            duration,
            target,
        },
        FaultKind::DependencyStalled {
            at,
            duration,
            target: "db".to_string(),
        },
        FaultKind::NodeDrain {
            at,
            duration,
            zone: None,
            pool: Some("nodes".to_string()),
        },
        FaultKind::NodeDrift { at, pool: None },
        FaultKind::NodeLoss {
            at,
            pool: "nodes".to_string(),
            zone: Some(ZoneName("a".to_string())),
            nodes: IntOrPercent::Int(2),
        },
        FaultKind::PodCrash {
            at,
            duration: SimDuration::ZERO,
            target: "api".to_string(),
            pods: IntOrPercent::Percent(Ratio::ONE),
        },
        FaultKind::Surge {
            at,
            duration,
            factor: 2.0,
        },
        FaultKind::LoadShed {
            at,
            duration,
            share: Ratio::ONE,
        },
        FaultKind::DependencySlow {
            at,
            duration,
            target: "db".to_string(),
            added_latency: Some(duration),
            packet_loss: Ratio::ZERO,
        },
        FaultKind::DependencySlow {
            at,
            duration,
            target: "db".to_string(),
            added_latency: None,
            packet_loss: Ratio::new(0.02),
        },
    ]);
}

#[test]
fn a_missing_key_has_its_default_or_is_named() {
    let spike = json!({ "at": "1h", "factor": 2, "hold": "1min", "colour": "red" });
    assert_eq!(
        Spike::from_json(&spike).map(|spike| spike.ramp_up),
        Ok(SimDuration::ZERO)
    );
    let missing = Spike::from_json(&json!({ "at": "1h" })).expect_err("refused");
    assert_eq!(missing.to_string(), "missing field `factor`");
    let wrong = Spike::from_json(&json!({ "at": 1 })).expect_err("refused");
    assert_eq!(wrong.to_string(), "expected a text");
    let stranger = FaultKind::from_json(&json!({ "kind": "flood" }));
    assert_eq!(stranger, Err(Refusal::Expected("a kind of fault")));
}

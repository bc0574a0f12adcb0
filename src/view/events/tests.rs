use super::autoscaling::tests::REASON;
use super::vertical::tests::{KILLED, RAISED};
use super::*;
use crate::model::{CapacityType, Expander, ZoneIndex};
use crate::sim::event::{
    DrainOutcome, DrainReason, EmptyPools, GroupFailure, LaunchRefusal, NodeFilter, NodeRemoval,
    OutageCause, PendingReason, Refusal, Refusals, RequestsChange, RollbackReason, RolloutStep,
};
use crate::units::{SimDuration, SimTime};

const SMALLER: RequestsChange = RequestsChange {
    cpu_from_m: 500,
    cpu_to_m: 380,
    memory_from_bytes: 512 << 20,
    memory_to_bytes: 512 << 20,
};

/// One event of every kind.
fn every_kind() -> Vec<EventKind> {
    let s = SimDuration::from_s;
    let mut kinds = vec![
        EventKind::FaultStarted {
            fault: "zone_power_loss".into(),
            duration: s(3_780),
        },
        EventKind::FaultStarted {
            fault: "spot_reclaim".into(),
            duration: s(0),
        },
        EventKind::FaultEnded {
            fault: "zone_power_loss".into(),
        },
        EventKind::FaultStarted {
            fault: "load_shed".into(),
            duration: s(60),
        },
        EventKind::FaultEnded {
            fault: "load_shed".into(),
        },
        EventKind::VpaRecommended {
            change: SMALLER,
            lower_cpu_m: 210,
            upper_cpu_m: 900,
            history_days: 0.5,
        },
        EventKind::VpaUpdated {
            pods: 4,
            in_place: false,
            change: SMALLER,
            outside_bounds: true,
        },
        EventKind::OutOfMemory(KILLED),
        EventKind::OutOfMemory(RAISED),
        EventKind::ZoneLost { nodes: 3, pods: 1 },
        EventKind::ZoneRestored,
        EventKind::TargetsUnhealthy {
            targets: 3,
            detection: s(28),
        },
        EventKind::FailOpen { targets: 19 },
        EventKind::ZoneLeftDns { ttl: s(60) },
        EventKind::DnsExpired,
        EventKind::ZoneBackInDns,
        EventKind::TargetsHealthy { targets: 2 },
        EventKind::NodesNotReady {
            nodes: 3,
            grace: s(50),
        },
        EventKind::PodsEvicted {
            pods: 3,
            toleration: s(300),
            node: 2,
            of_nodes: 3,
        },
        EventKind::EvictionsHalted { nodes: 7 },
        EventKind::NodesReady {
            nodes: 1,
            rebooted: true,
        },
        EventKind::NodesReady {
            nodes: 2,
            rebooted: false,
        },
        EventKind::PodsReady {
            pods: 3,
            ready: 9,
            desired: 9,
        },
        EventKind::HpaScaled {
            from: 9,
            to: 12,
            reason: REASON,
        },
        EventKind::HpaScaled {
            from: 12,
            to: 9,
            reason: REASON,
        },
        EventKind::HpaHeld {
            replicas: 9,
            reason: REASON,
        },
        EventKind::NodesLaunched {
            nodes: 2,
            instance_type: "m6i.large".into(),
            capacity_type: CapacityType::Spot,
            pods: 3,
        },
        EventKind::LaunchFailed {
            instance_type: "m6i.large".into(),
            retry: s(180),
        },
        EventKind::InsufficientCapacity(EmptyPools {
            instance_type: "m6i.large".into(),
            others: 2,
            capacity_type: CapacityType::Spot,
            retry: s(180),
        }),
        EventKind::SpotNotice { nodes: 2, pods: 5 },
        EventKind::SpotReclaimed { nodes: 2, pods: 0 },
        EventKind::SpotReclaimed { nodes: 2, pods: 1 },
        EventKind::NodesLost { nodes: 1, pods: 3 },
        EventKind::Rollout(RolloutStep::Started {
            strategy: "canary".to_string(),
            replicas: 9,
        }),
        EventKind::Rollout(RolloutStep::Shifted { share: 0.1 }),
        EventKind::Rollout(RolloutStep::Failed {
            updated: 3,
            available: 7,
            replicas: 9,
            deadline: SimDuration::from_min(10),
        }),
        EventKind::Rollout(RolloutStep::TakenBack {
            because: RollbackReason::Deadline,
        }),
        EventKind::Rollout(RolloutStep::Completed {
            lasted: SimDuration::from_s(95),
            taken_back: true,
        }),
        EventKind::PodsCrashed { pods: 4 },
        EventKind::CreationRefused { pods: 2 },
        EventKind::PodsPreempted {
            pods: 2,
            by: "checkout".into(),
            priority: -5,
            over: 1000,
            violations: 1,
        },
        EventKind::CrashLoopBackOff {
            pods: 4,
            longest: SimDuration::from_s(150),
        },
        EventKind::DrainStarted {
            nodes: 2,
            pods: 9,
            reason: DrainReason::Maintenance,
        },
        EventKind::EvictionsRefused {
            pods: 3,
            healthy: 5,
            desired_healthy: 5,
            reason: DrainReason::ClusterAutoscaler,
        },
        EventKind::DrainEnded {
            nodes: 2,
            reason: DrainReason::Karpenter,
            outcome: DrainOutcome::PodsDeleted,
            lasted: SimDuration::from_s(95),
        },
        EventKind::Unavailable {
            because: OutageCause::ZoneDown,
        },
        EventKind::Unavailable {
            because: OutageCause::Fault,
        },
        EventKind::FailoverStarted {
            to: ZoneIndex(1),
            duration: s(88),
        },
        EventKind::FailoverCompleted { outage: s(88) },
        EventKind::Available { outage: s(4_080) },
        EventKind::CacheEmptied { warm_up: s(300) },
        EventKind::Slowed {
            added_latency: SimDuration::from_ms(500),
            packet_loss: 0.0,
        },
        EventKind::Slowed {
            added_latency: s(0),
            packet_loss: 0.0,
        },
        EventKind::Slowed {
            added_latency: s(0),
            packet_loss: 0.02,
        },
        EventKind::Slowed {
            added_latency: SimDuration::from_ms(500),
            packet_loss: 0.02,
        },
        EventKind::Stalled,
        EventKind::Resumed { stalled_for: s(10) },
        EventKind::EgressLost,
        EventKind::EgressRestored,
        EventKind::Saturated {
            traffic_intensity: 1.35,
        },
        EventKind::Desaturated,
    ];
    kinds.extend(of_node_groups());
    let removals = [
        NodeRemoval::Unneeded,
        NodeRemoval::Empty,
        NodeRemoval::Reclaimed,
        NodeRemoval::Lost,
    ];
    kinds.extend(disruption::every_kind());
    kinds.extend(contact::every_kind());
    kinds.extend(removals.map(|reason| EventKind::NodesRemoved { nodes: 1, reason }));
    let mut refused = Refusals {
        nodes: 20,
        by: Vec::new(),
    };
    kinds.push(pending(PendingReason::NoNodes, &refused));
    let filters = [
        NodeFilter::Unschedulable,
        NodeFilter::NotReady,
        NodeFilter::Taint,
        NodeFilter::Selector,
        NodeFilter::NodeAffinity,
        NodeFilter::HostPorts,
        NodeFilter::PodSlots,
        NodeFilter::Cpu,
        NodeFilter::Memory,
        NodeFilter::Spread,
        NodeFilter::Affinity,
        NodeFilter::AntiAffinity,
        NodeFilter::ExistingAntiAffinity,
    ];
    for filter in filters {
        refused.add(filter);
    }
    kinds.push(pending(PendingReason::InsufficientCpu, &refused));
    let refusals = [
        LaunchRefusal::TooLarge,
        LaunchRefusal::LimitReached,
        LaunchRefusal::NoCapacity,
        LaunchRefusal::TopologySpread {
            emptiest_zone: Some(ZoneIndex(0)),
        },
        LaunchRefusal::TopologySpread {
            emptiest_zone: None,
        },
        LaunchRefusal::Affinity,
        LaunchRefusal::AntiAffinity,
        LaunchRefusal::NodeAffinity,
        LaunchRefusal::Taints,
    ];
    kinds.extend(refusals.map(|reason| EventKind::LaunchRefused { pods: 3, reason }));
    kinds
}

/// One event of every kind that Cluster Autoscaler and its groups bring about.
fn of_node_groups() -> Vec<EventKind> {
    let expanders = [
        Expander::Random,
        Expander::MostPods,
        Expander::LeastWaste,
        Expander::LeastNodes,
        Expander::Priority,
    ];
    let mut kinds: Vec<EventKind> = (1..).zip(expanders).map(|(n, it)| raised(n, it)).collect();
    let refusals = [
        Refusal::NothingFits,
        Refusal::MaxNodes,
        Refusal::Unhealthy,
        Refusal::BackedOff,
    ];
    kinds.extend(refusals.map(|because| EventKind::GroupsRefused { pods: 3, because }));
    let failures = [GroupFailure::NoCapacity, GroupFailure::NotJoined];
    kinds.extend(failures.map(|because| EventKind::GroupBackedOff {
        nodes: 2,
        because,
        backoff: SimDuration::from_min(5),
    }));
    let instance_type = "m6i.large".to_string();
    kinds.push(EventKind::GroupLaunches {
        nodes: 2,
        instance_type: instance_type.clone(),
    });
    kinds.push(EventKind::GroupLaunchFailed {
        nodes: 1,
        instance_type,
    });
    kinds.push(HALTED);
    kinds.push(EventKind::AutoscalerResumed {
        unready: 1,
        registered: 8,
    });
    kinds.push(UNNEEDED);
    kinds
}

const HALTED: EventKind = EventKind::AutoscalerHalted {
    unready: 4,
    registered: 8,
    ok_unready: 3,
    max_percent: 45,
};

const UNNEEDED: EventKind = EventKind::NodesUnneeded {
    nodes: 1,
    pods: 2,
    utilization_percent: 26,
    threshold_percent: 50,
    unneeded_for: SimDuration::from_s(610),
    to_recheck: 3,
};

fn raised(options: u32, expander: Expander) -> EventKind {
    EventKind::GroupRaised {
        from: 3,
        to: 9,
        pods: 18,
        expander,
        options,
        unused_percent: 12,
    }
}

fn event(kind: EventKind) -> Event {
    Event {
        at: SimTime::from_s(36_028),
        entity: "api".into(),
        zone: Some(ZoneIndex(0)),
        cause: None,
        kind,
    }
}

#[track_caller]
pub(super) fn check(kind: EventKind, ja: &str, en: &str) {
    let zones = ["AZ 1a".to_string(), "AZ 1c".to_string()];
    let event = event(kind);
    for (language, expected) in [(Language::Ja, ja), (Language::En, en)] {
        assert_eq!(
            sentence(
                &event,
                Words {
                    zones: &zones,
                    faults: &[],
                    language
                }
            ),
            expected
        );
    }
}

#[test]
fn every_kind_has_a_complete_sentence_in_both_languages() {
    let zones = ["AZ 1a".to_string(), "AZ 1c".to_string()];
    for kind in every_kind() {
        let event = event(kind);
        for (language, stop) in [(Language::Ja, '。'), (Language::En, '.')] {
            let text = sentence(
                &event,
                Words {
                    zones: &zones,
                    faults: &[],
                    language,
                },
            );
            assert!(text.ends_with(stop), "{:?}: {text:?}", event.kind);
            assert!(!text.contains('{'), "{:?}: {text:?}", event.kind);
            assert!(!text.contains("  "), "{:?}: {text:?}", event.kind);
        }
    }
}

#[test]
fn sentences_carry_their_numbers_and_reasons() {
    check(
        EventKind::TargetsUnhealthy {
            targets: 3,
            detection: SimDuration::from_s(28),
        },
        "api：AZ 1a の停止したターゲット 3 個への振り分けをやめました。ヘルスチェックで気づくまで 28 秒。",
        "api: stopped sending to 3 targets in AZ 1a; health checks took 28 s to notice.",
    );
    check(
        EventKind::HpaHeld {
            replicas: 9,
            reason: REASON,
        },
        "api：HPA は Pod を 9 のまま変えません。CPU 使用率 88 %（目標 60 %、Pod 6 個の平均）、\
         計算上は 9、メトリクスのない Pod 3 個（補完すると 58 %）、許容誤差の範囲内。",
        "api: HPA keeps 9 replicas: CPU 88 % of requests over 6 pods (target 60 %), formula wants \
         9; 3 pods without metrics (58 % with them assumed), within tolerance.",
    );
    check(
        EventKind::VpaUpdated {
            pods: 4,
            in_place: false,
            change: SMALLER,
            outside_bounds: false,
        },
        "api：VPA が Pod 4 個を退避し、新しい要求で作り直します。CPU 500m → 380m\
         （12 時間以上稼働し、推奨値と 10 % 以上の差）。",
        "api: VPA evicts 4 pods, to be created with other requests: CPU 500m to 380m \
         (a tenth or more off after 12 hours).",
    );
    check(
        EventKind::Resumed {
            stalled_for: SimDuration::from_s(10),
        },
        "api：処理を再開しました。フリーズは 10 秒でした。",
        "api: goes on where it was, after 10 s.",
    );
    check(
        EventKind::Slowed {
            added_latency: SimDuration::from_ms(500),
            packet_loss: 0.02,
        },
        "api：応答が 500 ms 遅くなり、パケットの 2 % が失われています。",
        "api: answers 500 ms later, and 2 % of packets are lost.",
    );
    check(
        EventKind::FaultStarted {
            fault: "load_shed".into(),
            duration: SimDuration::from_s(60),
        },
        "運用操作「受付制限」を始めました（長さ 1 分）。",
        "Operators begin: Load shedding, for 1 min.",
    );
    check(
        EventKind::ZoneLost { nodes: 3, pods: 1 },
        "AZ 1a の電源が失われ、ノード 3 台と Pod 1 個が同時に止まりました。",
        "AZ 1a lost power: 3 nodes and 1 pod stopped at once.",
    );
    check(
        EventKind::ZoneLost { nodes: 0, pods: 2 },
        "AZ 1a の電源が失われ、タスク 2 個が同時に止まりました。",
        "AZ 1a lost power: 2 tasks stopped at once.",
    );
}

#[test]
fn cluster_autoscaler_says_from_which_numbers_it_decides() {
    check(
        raised(2, Expander::LeastWaste),
        "api：Cluster Autoscaler が保留中の Pod 18 個のため、希望台数を 3 から 9 に上げます\
         （候補 2 グループから least-waste、新しいノードの未使用 12 %）。",
        "api: Cluster Autoscaler raises the desired size from 3 to 9 for 18 pods pending \
         (by least-waste among 2 groups; 12 % of the new nodes stay unused).",
    );
    check(
        HALTED,
        "Cluster Autoscaler は何もしません。ノード 8 台のうち 4 台が NotReady で、\
         3 台と 45 % の両方を超えています。",
        "Cluster Autoscaler does nothing: 4 of 8 nodes are unready, more than 3 and more than \
         45 %.",
    );
    check(
        UNNEEDED,
        "api：Cluster Autoscaler がノード 1 台を減らします（使用率 26 %、しきい値 50 %、\
         不要になって 10 分 10 秒、移す Pod 2 個、移動先が重なり再確認するノード 3 台）。",
        "api: Cluster Autoscaler removes 1 node: 26 % used (threshold 50 %), unneeded for \
         10 min 10 s, 2 pods to move; 3 nodes to check again, with the same targets.",
    );
}

fn pending(reason: PendingReason, refused: &Refusals) -> EventKind {
    EventKind::PodsPending {
        pods: 3,
        reason,
        refused: refused.clone(),
    }
}

#[test]
fn pods_that_wait_say_how_many_nodes_refused_them() {
    let mut refused = Refusals {
        nodes: 7,
        by: Vec::new(),
    };
    for _ in 0..4 {
        refused.add(NodeFilter::Spread);
    }
    for _ in 0..3 {
        refused.add(NodeFilter::NotReady);
    }
    check(
        pending(PendingReason::TopologySpread, &refused),
        "api：Pod 3 個を配置できません。ノード 7 台の内訳：NotReady 3 台、\
         分散の制約（DoNotSchedule）に反する 4 台。",
        "api: 3 pods cannot be placed on any of 7 nodes: 3 not ready, 4 forbidden by a topology \
         spread (DoNotSchedule).",
    );
}

//! Sentences about pods, nodes and the controllers that move them.

use super::{Words, nodes, pods, say};
use crate::sim::event::{Event, EventKind, HpaLimit, HpaReason, NodeRemoval, PendingReason};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    pod(event, words)
        .or_else(|| node(event, words))
        .or_else(|| hpa(event, words))
}

fn pod(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::PodsEvicted {
            pods: n,
            toleration,
        } => say(
            words,
            "{0}：応答のないノードの Pod {1}を削除し、代わりを作ります（NotReady から {2}）。",
            "{0}: {1} on unreachable nodes deleted and replaced, {2} after NotReady.",
            &[
                entity,
                &pods(words, *n),
                &format::duration(*toleration, words.language),
            ],
        ),
        EventKind::EvictionsHalted => say(
            words,
            "すべての AZ が停止しているため、ノードコントローラーは Pod を退避しません。",
            "Every zone is down, so the node controller evicts nothing.",
            &[],
        ),
        EventKind::PodsReady {
            pods: n,
            ready,
            desired,
        } => say(
            words,
            "{0}：Pod {1}が Ready になりました（{2}/{3}）。",
            "{0}: {1} became ready ({2} of {3}).",
            &[
                entity,
                &pods(words, *n),
                &format::count(f64::from(*ready)),
                &format::count(f64::from(*desired)),
            ],
        ),
        EventKind::PodsPending { pods: n, reason } => say(
            words,
            "{0}：Pod {1}を配置できません。{2}。",
            "{0}: {1} cannot be placed: {2}.",
            &[entity, &pods(words, *n), &pending(words, *reason)],
        ),
        _ => return None,
    };
    Some(text)
}

fn pending(words: Words<'_>, reason: PendingReason) -> String {
    let (ja, en) = match reason {
        PendingReason::InsufficientCpu => (
            "空き CPU の足りるノードがありません",
            "no node has enough free CPU",
        ),
        PendingReason::InsufficientMemory => (
            "空きメモリの足りるノードがありません",
            "no node has enough free memory",
        ),
        PendingReason::TooManyPods => (
            "Pod 数の上限に空きのあるノードがありません",
            "no node has a free pod slot",
        ),
        PendingReason::TopologySpread => (
            "AZ 分散の制約（DoNotSchedule）が、空きのある AZ への配置を禁じています",
            "the zone spread (DoNotSchedule) forbids every zone that has room",
        ),
        PendingReason::NoNodes => ("Ready のノードがありません", "there is no ready node"),
    };
    say(words, ja, en, &[])
}

fn node(event: &Event, words: Words<'_>) -> Option<String> {
    let zone = names::zone_at(words.zones, event.zone);
    let entity = event.entity.as_str();
    let length = |length| format::duration(length, words.language);
    let text = match &event.kind {
        EventKind::NodesNotReady { nodes: n, grace } => say(
            words,
            "{0} のノード {1}が NotReady になりました（{2}間ハートビートなし）。その Pod は Service の宛先から外れます。",
            "{1} in {0} became NotReady, {2} without a heartbeat; their pods leave the endpoints.",
            &[zone, &nodes(words, *n), &length(*grace)],
        ),
        EventKind::NodesReady { nodes: n, rebooted } => {
            let how = if *rebooted {
                say(words, "再起動", "rebooted", &[])
            } else {
                say(words, "新規", "launched", &[])
            };
            say(
                words,
                "{0}：{1} のノード {2}が Ready になりました（{3}）。",
                "{0}: {2} in {1} Ready ({3}).",
                &[entity, zone, &nodes(words, *n), &how],
            )
        }
        EventKind::NodesLaunched {
            nodes: n,
            instance_type,
            capacity_type,
            pods: p,
        } => say(
            words,
            "{0}：保留中の Pod {1}のため、{2} で {3} を {4}起動します（{5}）。",
            "{0}: launching {4} of {3} ({5}) in {2} for {1} pending.",
            &[
                entity,
                &pods(words, *p),
                zone,
                instance_type,
                &nodes(words, *n),
                names::capacity_type(*capacity_type, words.language),
            ],
        ),
        EventKind::LaunchFailed {
            instance_type,
            retry,
        } => say(
            words,
            "{0}：{1} に {2} の空きがなく、起動できません。{3}後に再び試します。",
            "{0}: no {2} capacity in {1}; it is tried again after {3}.",
            &[entity, zone, instance_type, &length(*retry)],
        ),
        EventKind::NodesRemoved { nodes: n, reason } => removed(event, words, *n, *reason),
        _ => return None,
    };
    Some(text)
}

fn removed(event: &Event, words: Words<'_>, n: u32, reason: NodeRemoval) -> String {
    let (ja, en) = match reason {
        NodeRemoval::Empty => ("空きノードの整理", "empty"),
        NodeRemoval::Reclaimed => ("Spot の回収", "reclaimed"),
        NodeRemoval::Lost => ("失われたマシン", "machine lost"),
        NodeRemoval::Unneeded => ("使用率の低いノード", "unneeded"),
    };
    let zone = names::zone_at(words.zones, event.zone);
    let values = [
        event.entity.as_str(),
        zone,
        &nodes(words, n),
        &say(words, ja, en, &[]),
    ];
    say(
        words,
        "{0}：{1} のノード {2}を取り除きました（{3}）。",
        "{0}: {2} in {1} removed ({3}).",
        &values,
    )
}

fn hpa(event: &Event, words: Words<'_>) -> Option<String> {
    let count = |n: u32| format::count(f64::from(n));
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::HpaScaled { from, to, reason } => {
            let why = hpa_reason(words, reason);
            let (ja, en) = if to >= from {
                (
                    "{0}：HPA が Pod を {1} から {2} に増やします。{3}。",
                    "{0}: HPA scales {1} to {2}: {3}.",
                )
            } else {
                (
                    "{0}：HPA が Pod を {1} から {2} に減らします。{3}。",
                    "{0}: HPA scales {1} to {2}: {3}.",
                )
            };
            say(words, ja, en, &[entity, &count(*from), &count(*to), &why])
        }
        EventKind::HpaHeld { replicas, reason } => say(
            words,
            "{0}：HPA は Pod を {1} のまま変えません。{2}。",
            "{0}: HPA keeps {1} replicas: {2}.",
            &[entity, &count(*replicas), &hpa_reason(words, reason)],
        ),
        _ => return None,
    };
    Some(text)
}

/// Use against target, what was counted, what the formula wants and what bounded it.
fn hpa_reason(words: Words<'_>, reason: &HpaReason) -> String {
    let count = |n: u32| format::count(f64::from(n));
    let percent = |n: u32| format!("{} %", count(n));
    let mut text = say(
        words,
        "CPU 使用率 {0}（目標 {1}）、計算上は {2}",
        "CPU {0} of requests (target {1}), formula wants {2}",
        &[
            &percent(reason.utilization_percent),
            &percent(reason.target_percent),
            &count(reason.replicas_raw),
        ],
    );
    if reason.pods_missing > 0 {
        text.push_str(&say(
            words,
            "、メトリクスのない Pod {0}",
            ", {0} without metrics",
            &[&pods(words, reason.pods_missing)],
        ));
    }
    if reason.pods_unready > 0 {
        text.push_str(&say(
            words,
            "、準備中の Pod {0}",
            ", {0} not ready",
            &[&pods(words, reason.pods_unready)],
        ));
    }
    let (ja, en) = match reason.limit {
        HpaLimit::None => return text,
        HpaLimit::Tolerance => ("、許容誤差の範囲内", ", within tolerance"),
        HpaLimit::Stabilization => (
            "、安定化期間の推奨値を採用",
            ", held by the stabilization window",
        ),
        HpaLimit::RatePolicy => ("、変化の速さの上限まで", ", limited by the rate policy"),
        HpaLimit::MinReplicas => ("、最小 Pod 数まで", ", limited by the minimum"),
        HpaLimit::MaxReplicas => ("、最大 Pod 数まで", ", limited by the maximum"),
        HpaLimit::MissingMetrics => (
            "、メトリクス欠損のため変更なし",
            ", missing metrics make a change unsafe",
        ),
    };
    text.push_str(&say(words, ja, en, &[]));
    text
}

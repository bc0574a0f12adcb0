//! Sentences about pods, nodes and the controllers that move them.

use super::pending;
use super::{Words, nodes, pods, say};
use crate::sim::event::{
    EmptyPools, Event, EventKind, HpaLimit, HpaReason, LaunchRefusal, NodeRemoval, ScalingMetric,
};
use crate::units::{ByteSize, Cpu};
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
            node,
            of_nodes,
        } => say(
            words,
            "{0}：{1} の応答のないノード（{3} 台中 {2} 台目）の Pod {4}を削除し、代わりを作ります（taint から {5}）。",
            "{0}: {4} on unreachable node {2} of {3} in {1} deleted and replaced, \
             {5} after its taint.",
            &[
                entity,
                names::zone_at(words.zones, event.zone),
                &format::count(f64::from(*node)),
                &format::count(f64::from(*of_nodes)),
                &pods(words, *n),
                &format::duration(*toleration, words.language),
            ],
        ),
        EventKind::EvictionsHalted { nodes: n } => say(
            words,
            "どの AZ にも Ready のノードがない（NotReady {0}）ため、ノードコントローラーは Pod を退避しません。",
            "No zone has a ready node ({0} not ready), so the node controller evicts nothing.",
            &[&nodes(words, *n)],
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
        EventKind::PodsPending {
            pods: n, refused, ..
        } => pending::sentence(words, entity, &pods(words, *n), refused),
        EventKind::LaunchRefused { pods: n, reason } => say(
            words,
            "{0}：Karpenter は Pod {1}のためのノードを起動しません。{2}。",
            "{0}: Karpenter launches nothing for {1}: {2}.",
            &[entity, &pods(words, *n), &refusal(words, *reason)],
        ),
        _ => return None,
    };
    Some(text)
}

/// Why no launch would help.
fn refusal(words: Words<'_>, reason: LaunchRefusal) -> String {
    let (ja, en) = match reason {
        LaunchRefusal::TooLarge => (
            "どのインスタンスタイプにも収まりません",
            "no instance type of the pool is large enough",
        ),
        LaunchRefusal::LimitReached => (
            "プールの CPU の上限に達しています",
            "the pool has reached its CPU limit",
        ),
        LaunchRefusal::NoCapacity => (
            "使える候補がすべて、直前の起動失敗で除外中です",
            "every offering that would hold them has just failed and is left out",
        ),
        LaunchRefusal::Affinity => (
            "一緒に置くべき Pod がどこにもありません",
            "the pods that they have to be with are nowhere",
        ),
        LaunchRefusal::AntiAffinity => (
            "起動できる場所のどこにも、同居を禁じる Pod がある可能性があります",
            "wherever a node could be launched there may be pods that they avoid",
        ),
        LaunchRefusal::NodeAffinity => (
            "ノードアフィニティを満たすプールがありません",
            "no pool is where their node affinity wants them",
        ),
        LaunchRefusal::Taints => (
            "許容されない taint のあるプールしかありません",
            "every pool has a taint that they do not tolerate",
        ),
        LaunchRefusal::TopologySpread {
            emptiest_zone: None,
        } => (
            "分散の制約（DoNotSchedule）が、容量のある場所を禁じています",
            "a topology spread (DoNotSchedule) forbids every domain that has capacity",
        ),
        LaunchRefusal::TopologySpread { emptiest_zone } => {
            return say(
                words,
                "Pod が最も少ない {0} に起動できず、AZ 分散の制約（DoNotSchedule）が他の AZ を禁じています",
                "{0} has the fewest pods and no capacity, and the zone spread (DoNotSchedule) \
                 forbids every other zone",
                &[names::zone_at(words.zones, emptiest_zone)],
            );
        }
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
        } => {
            let purpose = match p {
                0 => say(words, "予備として", "as a spare", &[]),
                _ => say(words, "Pod {0}のため", "for {0}", &[&pods(words, *p)]),
            };
            say(
                words,
                "{0}：{1}、{2} で {3} を {4}起動します（{5}）。",
                "{0}: launching {4} of {3} ({5}) in {2} {1}.",
                &[
                    entity,
                    &purpose,
                    zone,
                    instance_type,
                    &nodes(words, *n),
                    names::capacity_type(*capacity_type, words.language),
                ],
            )
        }
        EventKind::LaunchFailed {
            instance_type,
            retry,
        } => say(
            words,
            "{0}：{1} に {2} の空きがなく起動できません。この組み合わせを {3}間、候補から外します。",
            "{0}: EC2 has no {2} capacity in {1}; that offering is left out for {3}.",
            &[entity, zone, instance_type, &length(*retry)],
        ),
        EventKind::InsufficientCapacity(pools) => empty(pools, entity, zone, words),
        EventKind::NodesRemoved { nodes: n, reason } => removed(event, words, *n, *reason),
        _ => return None,
    };
    Some(text)
}

fn empty(pools: &EmptyPools, entity: &str, zone: &str, words: Words<'_>) -> String {
    let others = match pools.others {
        0 => String::new(),
        n => say(words, "ほか {0} 種", " and {0} more", &[&n.to_string()]),
    };
    say(
        words,
        "{0}：EC2 の容量不足で、{1} の {2}{3}（{4}）を起動できません。{5}間、候補から外します。",
        "{0}: EC2 has no {2}{3} ({4}) left in {1}; left out for {5}.",
        &[
            entity,
            zone,
            &pools.instance_type,
            &others,
            names::capacity_type(pools.capacity_type, words.language),
            &format::duration(pools.retry, words.language),
        ],
    )
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
    if reason.limit == HpaLimit::NoMetrics {
        let missing = pods(words, reason.pods_missing);
        return say(
            words,
            "メトリクスのある Pod がなく（欠損 {0}）、判断できません",
            "no pod has metrics ({0} without), so there is nothing to decide from",
            &[&missing],
        );
    }
    let mut text = measured(words, reason);
    if reason.n_metrics > 1 {
        text.push_str(&say(
            words,
            "（{0} つのメトリクスで最大）",
            " (most of {0} metrics)",
            &[&count(reason.n_metrics)],
        ));
    }
    text.push_str(&assumed(words, reason));
    let (ja, en) = match reason.limit {
        HpaLimit::None | HpaLimit::NoMetrics => return text,
        HpaLimit::Tolerance => ("、許容誤差の範囲内", ", within tolerance"),
        HpaLimit::Stabilization => (
            "、安定化期間の推奨値を採用",
            ", held by the stabilization window",
        ),
        HpaLimit::RatePolicy => ("、変化の速さの上限まで", ", limited by the rate policy"),
        HpaLimit::MinReplicas => ("、最小 Pod 数まで", ", limited by the minimum"),
        HpaLimit::MaxReplicas => ("、最大 Pod 数まで", ", limited by the maximum"),
        HpaLimit::MissingMetrics => (
            "、増減の向きが逆になるので変更なし",
            ", which would turn the direction round",
        ),
    };
    text.push_str(&say(words, ja, en, &[]));
    text
}

/// What was measured against which target, and what the formula makes of it.
fn measured(words: Words<'_>, reason: &HpaReason) -> String {
    let count = |n: u32| format::count(f64::from(n));
    let percent = |n: u32| format!("{} %", count(n));
    let (ja, en) = metric_name(reason.metric);
    let name = say(words, ja, en, &[]);
    let wanted = count(reason.replicas_raw);
    match reason.quantity {
        None => say(
            words,
            "{4} 使用率 {0}（目標 {1}、Pod {2}の平均）、計算上は {3}",
            "{4} {0} of requests over {2} (target {1}), formula wants {3}",
            &[
                &percent(reason.utilization_percent),
                &percent(reason.target_percent),
                &pods(words, reason.pods_counted),
                &wanted,
                &name,
            ],
        ),
        Some(it) => {
            let (value, target) = (
                amount(reason.metric, it.value_m),
                amount(reason.metric, it.target_m),
            );
            let (ja, en) = if it.per_pod {
                (
                    "Pod あたりの{0} {1}（目標 {2}）、計算上は {3}",
                    "{0} {1} per pod (target {2}), formula wants {3}",
                )
            } else {
                (
                    "{0} {1}（目標 {2}）、計算上は {3}",
                    "{0} {1} (target {2}), formula wants {3}",
                )
            };
            say(words, ja, en, &[&name, &value, &target, &wanted])
        }
    }
}

/// What an autoscaler followed, in Japanese and English.
const fn metric_name(metric: ScalingMetric) -> (&'static str, &'static str) {
    match metric {
        ScalingMetric::Cpu => ("CPU", "CPU"),
        ScalingMetric::Memory => ("メモリ", "memory"),
        ScalingMetric::Requests => ("毎秒のリクエスト", "requests per second"),
        ScalingMetric::InFlight => ("処理中のリクエスト", "requests in flight"),
        ScalingMetric::Entry => (
            "入口の毎秒のリクエスト",
            "requests per second at the way in",
        ),
        ScalingMetric::Backlog => ("キューのメッセージ", "messages in the queue"),
    }
}

/// An amount of what an autoscaler follows.
fn amount(metric: ScalingMetric, value_m: u64) -> String {
    match metric {
        ScalingMetric::Cpu => {
            Cpu::from_millis(u32::try_from(value_m).unwrap_or(u32::MAX)).to_string()
        }
        ScalingMetric::Memory => format::bytes(ByteSize::from_bytes(value_m / 1000)),
        _ => format::quantity(value_m as f64 / 1000.0, 1),
    }
}

/// Pods without metrics and unready pods, and the use once values are assumed for them.
fn assumed(words: Words<'_>, reason: &HpaReason) -> String {
    let mut text = String::new();
    if reason.pods_missing > 0 {
        text.push_str(&say(
            words,
            "、メトリクスのない Pod {0}",
            "; {0} without metrics",
            &[&pods(words, reason.pods_missing)],
        ));
    }
    if reason.pods_unready > 0 {
        text.push_str(&say(
            words,
            "、準備中の Pod {0}",
            "; {0} not ready",
            &[&pods(words, reason.pods_unready)],
        ));
    }
    if let Some(corrected) = reason.corrected_percent {
        text.push_str(&say(
            words,
            "（補完すると {0} %）",
            " ({0} % with them assumed)",
            &[&format::count(f64::from(corrected))],
        ));
    }
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::Language;
    use crate::sim::event::ScalingQuantity;

    /// Why an autoscaler that lost a third of its pods does nothing.
    pub const REASON: HpaReason = HpaReason {
        metric: ScalingMetric::Cpu,
        quantity: None,
        n_metrics: 1,
        utilization_percent: 88,
        target_percent: 60,
        pods_counted: 6,
        pods_missing: 3,
        pods_unready: 0,
        corrected_percent: Some(58),
        replicas_raw: 9,
        limit: HpaLimit::Tolerance,
    };

    #[track_caller]
    fn check(metric: ScalingMetric, quantity: (u64, u64, bool), ja: &str, en: &str) {
        let (value_m, target_m, per_pod) = quantity;
        let reason = HpaReason {
            metric,
            quantity: Some(ScalingQuantity {
                value_m,
                target_m,
                per_pod,
            }),
            n_metrics: 2,
            pods_missing: 0,
            corrected_percent: None,
            limit: HpaLimit::None,
            ..REASON
        };
        for (language, expected) in [(Language::Ja, ja), (Language::En, en)] {
            let words = Words {
                language,
                zones: &[],
                faults: &[],
            };
            assert_eq!(hpa_reason(words, &reason), expected);
        }
    }

    #[test]
    fn the_metric_that_won_is_named_with_its_value() {
        check(
            ScalingMetric::Backlog,
            (1_234_500, 80_000, true),
            "Pod あたりのキューのメッセージ 1,234.5（目標 80）、計算上は 9（2 つのメトリクスで最大）",
            "messages in the queue 1,234.5 per pod (target 80), formula wants 9 \
             (most of 2 metrics)",
        );
        check(
            ScalingMetric::Cpu,
            (380, 250, true),
            "Pod あたりのCPU 380m（目標 250m）、計算上は 9（2 つのメトリクスで最大）",
            "CPU 380m per pod (target 250m), formula wants 9 (most of 2 metrics)",
        );
        check(
            ScalingMetric::Entry,
            (540_000, 400_000, false),
            "入口の毎秒のリクエスト 540（目標 400）、計算上は 9（2 つのメトリクスで最大）",
            "requests per second at the way in 540 (target 400), formula wants 9 \
             (most of 2 metrics)",
        );
    }
}

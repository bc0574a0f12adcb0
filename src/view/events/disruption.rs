//! Sentences about what Karpenter does to nodes that exist.

use super::{Words, nodes, pods, say};
use crate::sim::event::{BudgetReason, DisruptionMethod, Event, EventKind, ForcefulReason};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    voluntary(event, words).or_else(|| involuntary(event, words))
}

/// What Karpenter does within budgets, or may not do.
fn voluntary(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::NodesDisrupted {
            method,
            nodes: n,
            pods: p,
            replacements,
            price_before,
            price_after,
            budget,
        } => {
            let instead = match replacements {
                0 => say(words, "なし", "none", &[]),
                n => nodes(words, *n),
            };
            say(
                words,
                "{0}：Karpenter がノード {1}を整理します（{2}）。代わりの起動 {3}、移す Pod {4}、\
                 料金 {5} → {6}（1 時間あたり）、{7}。",
                "{0}: Karpenter disrupts {1} ({2}): {3} launched instead, {4} to move, {5} to \
                 {6} an hour; {7}.",
                &[
                    entity,
                    &nodes(words, *n),
                    &how(*method, words),
                    &instead,
                    &pods(words, *p),
                    &price(*price_before),
                    &price(*price_after),
                    &allowed_by(budget, words),
                ],
            )
        }
        EventKind::DisruptionHeld {
            method,
            nodes: n,
            budget,
        } => say(
            words,
            "{0}：Karpenter はノード {1}を整理できません（{2}）。{3}。",
            "{0}: Karpenter may not disrupt {1} ({2}): {3}.",
            &[
                entity,
                &nodes(words, *n),
                &how(*method, words),
                &allowed_by(budget, words),
            ],
        ),
        EventKind::DisruptionGivenUp { nodes: n, waited } => say(
            words,
            "{0}：代わりのノードが {2}待っても使えないため、ノード {1}の整理を中止します。",
            "{0}: no replacement after {2}, so {1} stay in use.",
            &[
                entity,
                &nodes(words, *n),
                &format::duration(*waited, words.language),
            ],
        ),
        _ => return None,
    };
    Some(text)
}

/// What no budget holds back.
fn involuntary(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let zone = names::zone_at(words.zones, event.zone);
    let text = match &event.kind {
        EventKind::NodesTerminated {
            nodes: n,
            pods: p,
            reason,
            after,
        } => say(
            words,
            "{0}：Karpenter がノード {1}を予算によらず終了します（{2}、{3}）。Pod {4}を作り直します。",
            "{0}: Karpenter terminates {1} whatever the budgets say ({2}, after {3}); {4} \
             replaced.",
            &[
                entity,
                &nodes(words, *n),
                &why(*reason, words),
                &format::duration(*after, words.language),
                &pods(words, *p),
            ],
        ),
        EventKind::RepairBlocked { nodes: n, total } => say(
            words,
            "{0}：{3} のノードは修復されません。{2} 台のうち {1}が NotReady で、20 % を超えています。",
            "{0}: nodes in {3} are not repaired: {1} of {2} are not Ready, more than 20 %.",
            &[
                entity,
                &nodes(words, *n),
                &format::count(f64::from(*total)),
                zone,
            ],
        ),
        EventKind::RebalanceRecommended {
            nodes: n,
            per_month,
        } => say(
            words,
            "{0}：{1} に残る同じ種類の Spot ノード {2}に再調整の推奨。Karpenter は記録するだけです\
             （1 か月の中断確率 {3}）。",
            "{0}: rebalance recommendation for {2} of the same kind in {1}; Karpenter only notes \
             it ({3} a month are interrupted).",
            &[
                entity,
                zone,
                &nodes(words, *n),
                &format::percent(*per_month, 1),
            ],
        ),
        _ => return None,
    };
    Some(text)
}

fn how(method: DisruptionMethod, words: Words<'_>) -> String {
    let (ja, en) = match method {
        DisruptionMethod::Emptiness => ("空きノード", "empty"),
        DisruptionMethod::Drift => ("ドリフト", "drifted"),
        DisruptionMethod::MultiNodeConsolidation => {
            ("複数ノードの統合", "multi-node consolidation")
        }
        DisruptionMethod::SingleNodeConsolidation => {
            ("単一ノードの統合", "single-node consolidation")
        }
    };
    say(words, ja, en, &[])
}

fn why(reason: ForcefulReason, words: Words<'_>) -> String {
    let (ja, en) = match reason {
        ForcefulReason::Expired => ("expireAfter に到達", "expired"),
        ForcefulReason::Impaired => (
            "EC2 のステータスチェックで異常",
            "impaired by EC2's status checks",
        ),
        ForcefulReason::Unhealthy => ("長時間の NotReady", "not Ready for long"),
    };
    say(words, ja, en, &[])
}

/// The budget, and the numbers that it counts from.
fn allowed_by(budget: &BudgetReason, words: Words<'_>) -> String {
    if budget.budget.is_empty() {
        return say(words, "予算なし", "no budget", &[]);
    }
    say(
        words,
        "予算 {0}（{1} 台中、停止・削除中 {2} 台）",
        "budget {0} of {1} nodes, {2} of them disrupted already",
        &[
            &budget.budget,
            &format::count(f64::from(budget.total)),
            &format::count(f64::from(budget.disrupted)),
        ],
    )
}

/// Micro-dollars.
fn price(micro_usd: u64) -> String {
    format::unit_price(micro_usd as f64 / 1e6)
}

/// One event of every kind that is told of here.
#[cfg(test)]
pub(super) fn every_kind() -> Vec<EventKind> {
    use crate::units::SimDuration;

    let mut kinds = vec![
        EventKind::DisruptionGivenUp {
            nodes: 1,
            waited: SimDuration::from_s(600),
        },
        EventKind::RepairBlocked { nodes: 2, total: 6 },
        EventKind::RebalanceRecommended {
            nodes: 2,
            per_month: 0.075,
        },
    ];
    for method in [
        DisruptionMethod::Emptiness,
        DisruptionMethod::Drift,
        DisruptionMethod::MultiNodeConsolidation,
        DisruptionMethod::SingleNodeConsolidation,
    ] {
        let budget = BudgetReason {
            budget: "10%".into(),
            total: 12,
            disrupted: 1,
        };
        kinds.push(EventKind::DisruptionHeld {
            method,
            nodes: 2,
            budget: budget.clone(),
        });
        kinds.push(EventKind::NodesDisrupted {
            method,
            nodes: 2,
            pods: 5,
            replacements: 1,
            price_before: 248_000,
            price_after: 124_000,
            budget,
        });
    }
    let forced = [
        ForcefulReason::Expired,
        ForcefulReason::Impaired,
        ForcefulReason::Unhealthy,
    ];
    kinds.extend(forced.map(|reason| EventKind::NodesTerminated {
        nodes: 1,
        pods: 3,
        reason,
        after: SimDuration::from_s(210),
    }));
    kinds
}

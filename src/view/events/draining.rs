//! Sentences about nodes that are emptied or taken away, and the pods that have to move.

use super::{Words, nodes, pods, say};
use crate::sim::event::{DrainOutcome, DrainReason, Event, EventKind};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let count = |n: u32| format::count(f64::from(n));
    let text = match &event.kind {
        EventKind::DrainStarted {
            nodes: n,
            pods: p,
            reason,
        } => say(
            words,
            "{0}：{1}がノード {2}をドレインします（Pod {3}）。",
            "{0}: {1} drains {2} with {3}.",
            &[
                &place(event, words),
                who(*reason, words),
                &nodes(words, *n),
                &pods(words, *p),
            ],
        ),
        EventKind::EvictionsRefused {
            pods: p,
            healthy,
            desired_healthy,
            reason,
        } => say(
            words,
            "{0}：中断予算が Pod {1}の退避を拒みました（Ready {2}、必要 {3}）。{4}が再び試します。",
            "{0}: its disruption budget refuses to evict {1} ({2} ready, {3} needed); \
             {4} tries again.",
            &[
                entity,
                &pods(words, *p),
                &count(*healthy),
                &count(*desired_healthy),
                who(*reason, words),
            ],
        ),
        EventKind::DrainEnded {
            nodes: n,
            outcome,
            lasted,
            ..
        } => {
            let length = format::duration(*lasted, words.language);
            let values = [&place(event, words), &nodes(words, *n), &length];
            ended(words, *outcome, &values.map(String::as_str))
        }
        _ => return spot(event, words).or_else(|| lost(event, words)),
    };
    Some(text)
}

/// What the Spot market takes.
fn spot(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::SpotNotice { nodes: n, pods: p } => say(
            words,
            "{0}：{1} の Spot ノード {2}に 2 分前の中断通知。Pod {3}を移します。",
            "{0}: two minutes' notice for {2} on Spot in {1}; {3} have to move.",
            &[
                entity,
                zone(event, words),
                &nodes(words, *n),
                &pods(words, *p),
            ],
        ),
        EventKind::SpotReclaimed { nodes: n, pods: 0 } => say(
            words,
            "{0}：{1} の Spot ノード {2}が回収されました。",
            "{0}: {2} on Spot in {1} reclaimed.",
            &[entity, zone(event, words), &nodes(words, *n)],
        ),
        EventKind::SpotReclaimed { nodes: n, pods: p } => say(
            words,
            "{0}：{1} の Spot ノード {2}が、中断予算により残っていた Pod {3}とともに回収されました。",
            "{0}: {2} on Spot in {1} reclaimed, with {3} that a disruption budget had kept there.",
            &[
                entity,
                zone(event, words),
                &nodes(words, *n),
                &pods(words, *p),
            ],
        ),
        _ => return None,
    };
    Some(text)
}

/// Nodes and processes that end without a word.
fn lost(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::NodesLost { nodes: n, pods: p } => say(
            words,
            "{0}：ノード {1}が失われました。Pod {2}が動いていました。",
            "{0}: {1} terminated, with {2} on them.",
            &[&place(event, words), &nodes(words, *n), &pods(words, *p)],
        ),
        EventKind::PodsPreempted {
            pods: n,
            by,
            priority,
            over,
            violations,
        } => {
            let (ja, en) = if *violations > 0 {
                (
                    "{0}：Pod {1}が、優先度の高い {2} に場所を譲ります（{3} < {4}、中断予算に反する \
                     Pod {5}）。",
                    "{0}: {1} give way to {2} ({3} < {4}), {5} of them against their budget.",
                )
            } else {
                (
                    "{0}：Pod {1}が、優先度の高い {2} に場所を譲ります（{3} < {4}）。",
                    "{0}: {1} give way to {2} ({3} < {4}).",
                )
            };
            let values = [
                entity,
                &pods(words, *n),
                by,
                &priority.to_string(),
                &over.to_string(),
                &format::count(f64::from(*violations)),
            ];
            say(words, ja, en, &values)
        }
        EventKind::CreationRefused { pods: n } => say(
            words,
            "{0}：名前空間のクォータに達し、Pod {1}を作成できません（FailedCreate）。再び試します。",
            "{0}: its namespace's quota refuses {1} (FailedCreate); they are tried again.",
            &[entity, &pods(words, *n)],
        ),
        EventKind::PodsCrashed { pods: n } => say(
            words,
            "{0}：Pod {1}がクラッシュしました。同じノードで再起動します。",
            "{0}: {1} crashed; they are started again in place.",
            &[entity, &pods(words, *n)],
        ),
        EventKind::CrashLoopBackOff { pods: n, longest } => say(
            words,
            "{0}：原因はなくなりましたが、Pod {1}がまだ再起動を待っています（最長 {2}、\
             CrashLoopBackOff）。",
            "{0}: the cause is gone, but {1} still wait up to {2} for their next start \
             (CrashLoopBackOff).",
            &[
                entity,
                &pods(words, *n),
                &format::duration(*longest, words.language),
            ],
        ),
        _ => return None,
    };
    Some(text)
}

fn ended(words: Words<'_>, outcome: DrainOutcome, values: &[&str]) -> String {
    let (ja, en) = match outcome {
        DrainOutcome::Emptied => (
            "{0}：ノード {1}のドレインが {2}で完了しました。",
            "{0}: {1} drained in {2}.",
        ),
        DrainOutcome::PodsDeleted => (
            "{0}：ノード {1}のドレインが期限を過ぎ、残りの Pod を中断予算に反して削除しました（{2}）。",
            "{0}: {1} took too long to drain ({2}); the remaining pods were deleted against \
             their budgets.",
        ),
        DrainOutcome::GivenUp => (
            "{0}：ノード {1}のドレインを {2}で打ち切り、再び Pod を受け入れます。",
            "{0}: the drain of {1} was given up after {2}; they take pods again.",
        ),
    };
    say(words, ja, en, values)
}

/// Who drains. In Japanese a space sets a Latin name off from what follows it.
fn who(reason: DrainReason, words: Words<'_>) -> &'static str {
    use crate::model::Language::{En, Ja};
    match (reason, words.language) {
        (DrainReason::Maintenance, Ja) => "運用者",
        (DrainReason::Maintenance, En) => "the operator",
        (DrainReason::ClusterAutoscaler, Ja) => "Cluster Autoscaler ",
        (DrainReason::ClusterAutoscaler, En) => "Cluster Autoscaler",
        (_, Ja) => "Karpenter ",
        (_, En) => "Karpenter",
    }
}

fn zone<'a>(event: &Event, words: Words<'a>) -> &'a str {
    names::zone_at(words.zones, event.zone)
}

/// Where nodes are: the pool, the zone, or both.
fn place(event: &Event, words: Words<'_>) -> String {
    let zone = zone(event, words);
    match (event.entity.as_str(), zone) {
        ("", "") => say(words, "クラスター", "cluster", &[]),
        ("", zone) => zone.to_string(),
        (entity, "") => entity.to_string(),
        (entity, zone) => say(words, "{0}（{1}）", "{0} in {1}", &[entity, zone]),
    }
}

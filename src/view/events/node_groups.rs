//! Sentences about Cluster Autoscaler and the Auto Scaling groups that it resizes.

use super::{Words, nodes, pods, say};
use crate::model::{Expander, Language};
use crate::sim::event::{Event, EventKind, GroupFailure, Refusal};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    growth(event, words)
        .or_else(|| trouble(event, words))
        .or_else(|| guard(event, words))
}

fn growth(event: &Event, words: Words<'_>) -> Option<String> {
    let zone = names::zone_at(words.zones, event.zone);
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::GroupRaised {
            from,
            to,
            pods: n,
            expander,
            options,
            unused_percent,
        } => say(
            words,
            "{0}：Cluster Autoscaler が保留中の Pod {1}のため、\
             希望台数を {2} から {3} に上げます（候補 {4} グループから {5}、新しいノードの未使用 {6} %）。",
            "{0}: Cluster Autoscaler raises the desired size from {2} to {3} for {1} pending \
             (by {5} among {4}; {6} % of the new nodes stay unused).",
            &[
                entity,
                &pods(words, *n),
                &count(*from),
                &count(*to),
                &groups(words, *options),
                expander_name(*expander),
                &count(*unused_percent),
            ],
        ),
        EventKind::GroupLaunches {
            nodes: n,
            instance_type,
        } => say(
            words,
            "{0}：Auto Scaling グループが {1} で {2} を {3}起動します。",
            "{0}: the Auto Scaling group launches {3} of {2} in {1}.",
            &[entity, zone, instance_type, &nodes(words, *n)],
        ),
        EventKind::NodesUnneeded {
            nodes: n,
            pods: moved,
            utilization_percent,
            threshold_percent,
            unneeded_for,
            to_recheck,
        } => say(
            words,
            "{0}：Cluster Autoscaler がノード {1}を減らします（使用率 {2} %、\
             しきい値 {3} %、不要になって {4}、移す Pod {5}、移動先が重なり再確認するノード {6}）。",
            "{0}: Cluster Autoscaler removes {1}: {2} % used (threshold {3} %), \
             unneeded for {4}, {5} to move; {6} to check again, with the same targets.",
            &[
                entity,
                &nodes(words, *n),
                &count(*utilization_percent),
                &count(*threshold_percent),
                &format::duration(*unneeded_for, words.language),
                &pods(words, *moved),
                &nodes(words, *to_recheck),
            ],
        ),
        _ => return None,
    };
    Some(text)
}

fn trouble(event: &Event, words: Words<'_>) -> Option<String> {
    let zone = names::zone_at(words.zones, event.zone);
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::GroupLaunchFailed {
            nodes: n,
            instance_type,
        } => say(
            words,
            "{0}：{1} に {2} の空きがなく、ノード {3}を起動できません。Auto Scaling グループは残りの AZ で試します。",
            "{0}: no {2} capacity in {1} for {3}; the Auto Scaling group turns to its other zones.",
            &[entity, zone, instance_type, &nodes(words, *n)],
        ),
        EventKind::GroupBackedOff {
            nodes: n,
            because,
            backoff,
        } => say(
            words,
            "{0}：ノード {1}は{2}。Cluster Autoscaler はこのグループを {3}使いません。",
            "{0}: {1} {2}; Cluster Autoscaler leaves the group alone for {3}.",
            &[
                entity,
                &nodes(words, *n),
                &failure(words, *because),
                &format::duration(*backoff, words.language),
            ],
        ),
        EventKind::GroupsRefused { pods: n, because } => say(
            words,
            "Cluster Autoscaler は保留中の Pod {0}のために増やせるグループを見つけられません。{1}。",
            "Cluster Autoscaler finds no group to grow for {0} pending: {1}.",
            &[&pods(words, *n), &refusal(words, *because)],
        ),
        _ => return None,
    };
    Some(text)
}

fn guard(event: &Event, words: Words<'_>) -> Option<String> {
    let text = match &event.kind {
        EventKind::AutoscalerHalted {
            unready,
            registered,
            ok_unready,
            max_percent,
        } => say(
            words,
            "Cluster Autoscaler は何もしません。ノード {1}のうち {0} 台が NotReady で、{2} 台と {3} % の両方を超えています。",
            "Cluster Autoscaler does nothing: {0} of {1} are unready, \
             more than {2} and more than {3} %.",
            &[
                &count(*unready),
                &nodes(words, *registered),
                &count(*ok_unready),
                &count(*max_percent),
            ],
        ),
        EventKind::AutoscalerResumed {
            unready,
            registered,
        } => say(
            words,
            "Cluster Autoscaler が動作を再開します。NotReady はノード {1}のうち {0} 台です。",
            "Cluster Autoscaler works again: {0} of {1} are unready.",
            &[&count(*unready), &nodes(words, *registered)],
        ),
        _ => return None,
    };
    Some(text)
}

fn count(n: u32) -> String {
    format::count(f64::from(n))
}

fn groups(words: Words<'_>, n: u32) -> String {
    match words.language {
        Language::Ja => count(n),
        Language::En if n == 1 => "1 group".to_string(),
        Language::En => format!("{} groups", count(n)),
    }
}

/// As the flag `--expander` writes it.
const fn expander_name(expander: Expander) -> &'static str {
    match expander {
        Expander::Random => "random",
        Expander::MostPods => "most-pods",
        Expander::LeastWaste => "least-waste",
        Expander::LeastNodes => "least-nodes",
        Expander::Priority => "priority",
    }
}

fn failure(words: Words<'_>, because: GroupFailure) -> String {
    let (ja, en) = match because {
        GroupFailure::NoCapacity => (
            "どの AZ にも空きがなく起動できませんでした",
            "found no capacity in any zone",
        ),
        GroupFailure::NotJoined => (
            "時間内にクラスターに参加しませんでした",
            "did not join the cluster in time",
        ),
    };
    say(words, ja, en, &[])
}

fn refusal(words: Words<'_>, because: Refusal) -> String {
    let (ja, en) = match because {
        Refusal::NothingFits => (
            "新しいノードに置ける Pod がありません",
            "none of the pods could run on a new node",
        ),
        Refusal::MaxNodes => ("グループが最大台数です", "the group has its most nodes"),
        Refusal::Unhealthy => (
            "グループのノードが足りていません",
            "too many nodes of the group are missing",
        ),
        Refusal::BackedOff => (
            "グループは起動に失敗したため待機中です",
            "the group is left alone after failed launches",
        ),
    };
    say(words, ja, en, &[])
}

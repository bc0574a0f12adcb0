//! Sentences about databases, caches and external services.

use super::{Words, say};
use crate::model::ZoneIndex;
use crate::sim::event::{Event, EventKind, OutageCause};
use crate::units::SimDuration;
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let zone = names::zone_at(words.zones, event.zone);
    let length = |length| format::duration(length, words.language);
    let to_zone = |zone: ZoneIndex| names::zone_at(words.zones, Some(zone));
    let text = match &event.kind {
        EventKind::Unavailable { because } => {
            let why = match because {
                OutageCause::ZoneDown => say(words, "AZ の停止", "its zone is down", &[]),
                OutageCause::Fault => say(words, "注入した障害", "injected fault", &[]),
            };
            say(
                words,
                "{0}：応答しなくなりました（{1}）。",
                "{0}: stopped answering ({1}).",
                &[entity, &why],
            )
        }
        EventKind::Available { outage } => say(
            words,
            "{0}：応答が戻りました。停止は {1}でした。",
            "{0}: answers again after {1}.",
            &[entity, &length(*outage)],
        ),
        EventKind::FailoverStarted { to, duration } => say(
            words,
            "{0}：{1} への切り替え（フェイルオーバー）を始めました。所要 {2}。",
            "{0}: failover to {1} begins; it takes {2}.",
            &[entity, to_zone(*to), &length(*duration)],
        ),
        EventKind::FailoverCompleted { outage } => say(
            words,
            "{0}：フェイルオーバーが完了しました。停止は {1}でした。",
            "{0}: failover complete after an outage of {1}.",
            &[entity, &length(*outage)],
        ),
        EventKind::CacheEmptied { warm_up } => say(
            words,
            "{0}：キャッシュの中身が失われました。ヒット率は時定数 {1}で戻ります。",
            "{0}: lost its content; the hit ratio returns with a time constant of {1}.",
            &[entity, &length(*warm_up)],
        ),
        EventKind::Slowed {
            added_latency,
            packet_loss,
        } if entity.is_empty() => impaired(zone, *added_latency, *packet_loss, words),
        EventKind::Slowed {
            added_latency,
            packet_loss,
        } => slowed(entity, *added_latency, *packet_loss, words),
        EventKind::Stalled => say(
            words,
            "{0}：処理が止まりました（フリーズ）。待ち行列は残り、伸びていきます。",
            "{0}: stands still; its queue is kept and grows.",
            &[entity],
        ),
        EventKind::Resumed { stalled_for } => say(
            words,
            "{0}：処理を再開しました。フリーズは {1}でした。",
            "{0}: goes on where it was, after {1}.",
            &[entity, &length(*stalled_for)],
        ),
        _ => return None,
    };
    Some(text)
}

/// By how much a dependency answers later now, and what share of its packets is lost.
fn slowed(entity: &str, added: SimDuration, packet_loss: f64, words: Words<'_>) -> String {
    let later = format::duration(added, words.language);
    let lost = format::percent(packet_loss, 2);
    match (added.is_zero(), packet_loss > 0.0) {
        (true, false) => say(
            words,
            "{0}：応答の遅れがなくなりました。",
            "{0}: answers on time again.",
            &[entity],
        ),
        (false, false) => say(
            words,
            "{0}：応答が {1} 遅くなりました。",
            "{0}: answers {1} later.",
            &[entity, &later],
        ),
        (true, true) => say(
            words,
            "{0}：パケットの {1} が失われています。再送の分だけ応答が遅れます。",
            "{0}: {1} of packets are lost; what is sent again comes late.",
            &[entity, &lost],
        ),
        (false, true) => say(
            words,
            "{0}：応答が {1} 遅くなり、パケットの {2} が失われています。",
            "{0}: answers {1} later, and {2} of packets are lost.",
            &[entity, &later, &lost],
        ),
    }
}

/// What the network of a zone does now to all that touches it.
fn impaired(zone: &str, added: SimDuration, packet_loss: f64, words: Words<'_>) -> String {
    let later = format::duration(added, words.language);
    let lost = format::percent(packet_loss, 2);
    match (added.is_zero(), packet_loss > 0.0) {
        (true, false) => say(
            words,
            "{0}：ネットワークが元に戻りました。",
            "{0}: the network is as it should be again.",
            &[zone],
        ),
        (false, false) => say(
            words,
            "{0}：AZ を通る通信がすべて {1} 遅くなりました。ヘルスチェックは通るので、切り離されません。",
            "{0}: all that touches the zone takes {1} longer; health checks pass, so nothing is \
             taken out of service.",
            &[zone, &later],
        ),
        (true, true) => say(
            words,
            "{0}：AZ を通るパケットの {1} が失われています。ヘルスチェックは通るので、切り離されません。",
            "{0}: {1} of the packets that touch the zone are lost; health checks pass, so nothing \
             is taken out of service.",
            &[zone, &lost],
        ),
        (false, true) => say(
            words,
            "{0}：AZ を通る通信が {1} 遅くなり、パケットの {2} が失われています。ヘルスチェックは通るので、切り離されません。",
            "{0}: all that touches the zone takes {1} longer, and {2} of the packets are lost; \
             health checks pass, so nothing is taken out of service.",
            &[zone, &later, &lost],
        ),
    }
}

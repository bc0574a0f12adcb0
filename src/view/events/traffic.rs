//! Sentences about faults, zones, the load balancer, the way out, and overload.

use super::{Words, nodes, number, pods, say};
use crate::model::{FaultKind, Language};
use crate::sim::event::{Event, EventKind, ShiftStep};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    remedy(event, words)
        .or_else(|| fault(event, words))
        .or_else(|| balancer(event, words))
        .or_else(|| shift(event, words))
        .or_else(|| load(event, words))
}

/// What operators do, which the tape keeps among the faults.
fn remedy(event: &Event, words: Words<'_>) -> Option<String> {
    let text = match &event.kind {
        EventKind::FaultStarted { fault, duration } if FaultKind::is_remedy(fault) => say(
            words,
            "運用操作「{0}」を始めました（長さ {1}）。",
            "Operators begin: {0}, for {1}.",
            &[
                &named(event, fault, words),
                &format::duration(*duration, words.language),
            ],
        ),
        EventKind::FaultEnded { fault } if FaultKind::is_remedy(fault) => say(
            words,
            "運用操作「{0}」を終えました。",
            "Operators end: {0}.",
            &[&named(event, fault, words)],
        ),
        _ => return None,
    };
    Some(text)
}

/// A fault as the tape describes it, by its id; a random one by its kind.
fn named(event: &Event, kind: &str, words: Words<'_>) -> String {
    let faults = words.faults.iter();
    let mut found = faults.filter(|(id, _)| *id == event.entity);
    let kind = || names::fault_kind(kind, words.language).to_string();
    found.next().map_or_else(kind, |(_, line)| line.clone())
}

fn fault(event: &Event, words: Words<'_>) -> Option<String> {
    let zone = names::zone_at(words.zones, event.zone);
    let text = match &event.kind {
        EventKind::FaultStarted { fault, duration } if duration.is_zero() => say(
            words,
            "障害「{0}」が起きました。",
            "Fault: {0}.",
            &[&named(event, fault, words)],
        ),
        EventKind::FaultStarted { fault, duration } => say(
            words,
            "障害「{0}」が始まりました（長さ {1}）。",
            "Fault begins: {0}, for {1}.",
            &[
                &named(event, fault, words),
                &format::duration(*duration, words.language),
            ],
        ),
        EventKind::FaultEnded { fault } => say(
            words,
            "障害「{0}」が終わりました。",
            "Fault ends: {0}.",
            &[&named(event, fault, words)],
        ),
        // Without nodes what stops are tasks.
        EventKind::ZoneLost { nodes: 0, pods: p } if *p > 0 => say(
            words,
            "{0} の電源が失われ、タスク {1}が同時に止まりました。",
            "{0} lost power: {1} stopped at once.",
            &[zone, &number(words, *p, "個", "task")],
        ),
        EventKind::ZoneLost { nodes: n, pods: p } => say(
            words,
            "{0} の電源が失われ、ノード {1}と Pod {2}が同時に止まりました。",
            "{0} lost power: {1} and {2} stopped at once.",
            &[zone, &nodes(words, *n), &pods(words, *p)],
        ),
        EventKind::ZoneRestored => say(
            words,
            "{0} の電源が戻りました。残っているインスタンスがあれば起動を始めます。",
            "{0} has power again; any instances still there begin to boot.",
            &[zone],
        ),
        EventKind::EgressLost => say(
            words,
            "{0} から外に出る経路がなくなりました（NAT ゲートウェイの停止）。",
            "{0} has no way out: its NAT gateway is gone.",
            &[zone],
        ),
        EventKind::EgressRestored => say(
            words,
            "{0} から外に出る経路が戻りました。",
            "{0} has a way out again.",
            &[zone],
        ),
        _ => return None,
    };
    Some(text)
}

fn balancer(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let zone = names::zone_at(words.zones, event.zone);
    let targets = |n| number(words, n, "個", "target");
    let text = match &event.kind {
        EventKind::TargetsUnhealthy {
            targets: n,
            detection,
        } => say(
            words,
            "{0}：{1} の停止したターゲット {2}への振り分けをやめました。ヘルスチェックで気づくまで {3}。",
            "{0}: stopped sending to {2} in {1}; health checks took {3} to notice.",
            &[
                entity,
                zone,
                &targets(*n),
                &format::duration(*detection, words.language),
            ],
        ),
        // They are told of together, whatever their zones.
        EventKind::TargetsHealthy { targets: n } => say(
            words,
            "{0}：ターゲット {1}がヘルスチェックに合格し、リクエストを受け始めました。",
            "{0}: {1} passed health checks; requests are sent there now.",
            &[entity, &targets(*n)],
        ),
        EventKind::TargetsStopped(it) => say(
            words,
            "{0}：終了する Pod {1}は、振り分けが止まる {2} 前にリクエストを受けなくなりました。その間の分は 502 になります。",
            "{0}: {1} being ended took no more requests {2} before the load balancer stopped \
             sending them; what is sent meanwhile fails (502).",
            &[
                entity,
                &pods(words, it.targets),
                &format::duration(it.early, words.language),
            ],
        ),
        EventKind::FailOpen { targets: n } => say(
            words,
            "{0}：ターゲット {1}がすべて異常なので、異常なターゲットにも振り分けます（フェイルオープン）。",
            "{0}: all of {1} are unhealthy, so requests go to all of them (fail open).",
            &[entity, &targets(*n)],
        ),
        EventKind::ZoneLeftDns { ttl } => say(
            words,
            "{0}：{1} のアドレスが DNS から外れました。利用者は古いアドレスを最大 {2}（TTL）使い続けます。",
            "{0}: its address in {1} left DNS; clients keep the old one for up to {2} (TTL).",
            &[entity, zone, &format::duration(*ttl, words.language)],
        ),
        EventKind::DnsExpired => say(
            words,
            "{0}：{1} の古いアドレスを使う利用者がいなくなりました（TTL 満了）。",
            "{0}: no client uses the old address in {1} any more (TTL over).",
            &[entity, zone],
        ),
        EventKind::ZoneBackInDns => say(
            words,
            "{0}：{1} のアドレスが DNS に戻りました。",
            "{0}: its address in {1} is back in DNS.",
            &[entity, zone],
        ),
        _ => return None,
    };
    Some(text)
}

/// Traffic that goes around a zone.
fn shift(event: &Event, words: Words<'_>) -> Option<String> {
    let zone = names::zone_at(words.zones, event.zone);
    // Of the cluster if of no component.
    let entity = match (event.entity.as_str(), words.language) {
        ("", Language::Ja) => "EKS クラスター",
        ("", Language::En) => "EKS cluster",
        (entity, _) => entity,
    };
    let text = match &event.kind {
        EventKind::Shifted {
            step: ShiftStep::AwayByAws,
        } => say(
            words,
            "{0}：AWS が {1} からトラフィックを逃がしました（ゾーンオートシフト）。",
            "{0}: AWS shifts traffic away from {1} (zonal autoshift).",
            &[entity, zone],
        ),
        EventKind::Shifted {
            step: ShiftStep::Away,
        } => say(
            words,
            "{0}：{1} からトラフィックを逃がしました（ゾーンシフト）。",
            "{0}: traffic is shifted away from {1} (zonal shift).",
            &[entity, zone],
        ),
        EventKind::Shifted {
            step: ShiftStep::Back,
        } => say(
            words,
            "{0}：{1} へのトラフィックを戻しました。",
            "{0}: traffic is shifted back to {1}.",
            &[entity, zone],
        ),
        _ => return None,
    };
    Some(text)
}

fn load(event: &Event, words: Words<'_>) -> Option<String> {
    let zone = names::zone_at(words.zones, event.zone);
    let place = match (event.entity.is_empty(), zone.is_empty(), words.language) {
        (false, false, crate::model::Language::Ja) => format!("{}（{zone}）", event.entity),
        (false, false, crate::model::Language::En) => format!("{} ({zone})", event.entity),
        (true, false, _) => zone.to_string(),
        _ => event.entity.clone(),
    };
    let text = match &event.kind {
        EventKind::Saturated { traffic_intensity } => say(
            words,
            "{0}：処理能力を超えました（必要な能力は今の {1} 倍）。待ち行列が増え続けます。",
            "{0}: over capacity, {1} times as much is needed; the queue keeps growing.",
            &[
                &place,
                &format::quantity(*traffic_intensity, intensity_digits(*traffic_intensity)),
            ],
        ),
        EventKind::Desaturated => say(
            words,
            "{0}：たまった待ち行列を処理し終えました。",
            "{0}: the queue is worked off.",
            &[&place],
        ),
        _ => return None,
    };
    Some(text)
}

/// 1.27 and 6.7 times, but 218 times.
fn intensity_digits(intensity: f64) -> usize {
    match intensity {
        i if i < 2.0 => 2,
        i if i < 10.0 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ZoneIndex;
    use crate::units::SimTime;

    /// Singular and plural, nodes and tasks alike.
    #[test]
    fn what_comes_back_is_told_in_words_that_fit() {
        let zones = ["AZ 1a".to_string()];
        let text = |kind, language| {
            let event = Event {
                at: SimTime::START,
                entity: "alb".to_string(),
                zone: Some(ZoneIndex(0)),
                cause: None,
                kind,
            };
            let words = Words {
                zones: &zones,
                faults: &[],
                language,
            };
            sentence(&event, words)
        };
        let en = |kind| text(kind, Language::En).unwrap_or_default();
        let one = en(EventKind::TargetsHealthy { targets: 1 });
        assert_eq!(
            one,
            "alb: 1 target passed health checks; requests are sent there now."
        );
        let back = en(EventKind::ZoneRestored);
        let expected = "AZ 1a has power again; any instances still there begin to boot.";
        assert_eq!(back, expected);
        let back = text(EventKind::ZoneRestored, Language::Ja).unwrap_or_default();
        let expected = "AZ 1a の電源が戻りました。残っているインスタンスがあれば起動を始めます。";
        assert_eq!(back, expected);
    }

    #[test]
    fn a_shift_says_which_way_and_by_whom() {
        let zones = ["AZ 1a".to_string()];
        let text = |step, language| {
            let event = Event {
                at: SimTime::START,
                entity: "alb".to_string(),
                zone: Some(ZoneIndex(0)),
                cause: None,
                kind: EventKind::Shifted { step },
            };
            let words = Words {
                zones: &zones,
                faults: &[],
                language,
            };
            sentence(&event, words).expect("a sentence")
        };
        let steps = [ShiftStep::Away, ShiftStep::AwayByAws, ShiftStep::Back];
        let ja = steps.map(|step| text(step, Language::Ja));
        let expected = [
            "alb：AZ 1a からトラフィックを逃がしました（ゾーンシフト）。",
            "alb：AWS が AZ 1a からトラフィックを逃がしました（ゾーンオートシフト）。",
            "alb：AZ 1a へのトラフィックを戻しました。",
        ];
        assert_eq!(ja, expected);
        let en = steps.map(|step| text(step, Language::En));
        let expected = [
            "alb: traffic is shifted away from AZ 1a (zonal shift).",
            "alb: AWS shifts traffic away from AZ 1a (zonal autoshift).",
            "alb: traffic is shifted back to AZ 1a.",
        ];
        assert_eq!(en, expected);
    }
}

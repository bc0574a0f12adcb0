//! Sentences about what runs and cannot be reached.

use super::{Lane, Shape, Words, nodes, pods, say};
use crate::model::{Language, Resolver};
use crate::sim::event::{ContactEvent, Event, EventKind};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let EventKind::Contact(kind) = &event.kind else {
        return None;
    };
    let zone = names::zone_at(words.zones, event.zone);
    let text = match kind {
        ContactEvent::ZoneCutOff { nodes, pods } => cut_off(words, zone, *nodes, *pods),
        ContactEvent::ZoneReconnected => say(
            words,
            "{0} のネットワークが戻りました。インスタンスは動いていたので、起動は要りません。",
            "{0} can be reached again; its instances ran all the time and need no boot.",
            &[zone],
        ),
        ContactEvent::ApiLost => say(
            words,
            "API サーバーに接続できなくなりました。オートスケーラーもスケジューラーもノードコントローラーも何も決められず、動いているものはそのまま動き続けます。",
            "The cluster's API cannot be reached: no controller decides anything, and what runs \
             goes on.",
            &[],
        ),
        ContactEvent::ApiBack { away } => say(
            words,
            "{0}ぶりに API サーバーに接続できるようになりました。コントローラーは起動し直し、猶予期間は今から数え直します。",
            "The cluster's API is back after {0}: controllers start again, and grace periods begin \
             now.",
            &[&format::duration(*away, words.language)],
        ),
        ContactEvent::NamesLost { resolver, ttl } => say(
            words,
            "{0} が応答しません。{1}の間に、キャッシュしたアドレスの TTL が順に切れます。",
            "{0} does not answer: within {1} clients forget the addresses that they know.",
            &[
                resolver_name(*resolver, words),
                &format::duration(*ttl, words.language),
            ],
        ),
        ContactEvent::NamesBack { resolver } => say(
            words,
            "{0} が再び応答し、名前解決が戻りました。",
            "{0} answers again, and names are resolved at once.",
            &[resolver_name(*resolver, words)],
        ),
        ContactEvent::AddressMoved { ttl } => say(
            words,
            "{0}：名前が新しいインスタンスを指すようになりました。古いアドレスを覚えているクライアントも、{1}のうちに順に移ります。",
            "{0}: its name now stands for the new instance; clients that remember the old address \
             follow within {1}.",
            &[
                event.entity.as_str(),
                &format::duration(*ttl, words.language),
            ],
        ),
        ContactEvent::NodesHeard { nodes: n } => say(
            words,
            "{0} のノード {1}のハートビートが届き、再び Ready になりました。",
            "{1} in {0} heard of again, and Ready without a boot.",
            &[zone, &nodes(words, *n)],
        ),
    };
    Some(text)
}

/// A zone without a running node has nothing that runs on.
fn cut_off(words: Words<'_>, zone: &str, n_nodes: u32, n_pods: u32) -> String {
    if n_nodes == 0 {
        return say(
            words,
            "{0} のネットワークが切れました。",
            "{0} is cut off from the network.",
            &[zone],
        );
    }
    say(
        words,
        "{0} のネットワークが切れました。ノード {1}と Pod {2}は動き続けていますが、外からは届きません。",
        "{0} is cut off: {1} and {2} run on, and nobody outside can reach them.",
        &[zone, &nodes(words, n_nodes), &pods(words, n_pods)],
    )
}

const fn resolver_name(resolver: Resolver, words: Words<'_>) -> &'static str {
    match (resolver, words.language) {
        (Resolver::Public, Language::Ja) => "公開 DNS",
        (Resolver::Public, Language::En) => "Public DNS",
        (Resolver::Cluster, _) => "CoreDNS",
    }
}

/// Marker, lane and weight.
pub(super) const fn look(kind: &ContactEvent) -> (Shape, Lane, bool) {
    match kind {
        ContactEvent::ZoneCutOff { .. }
        | ContactEvent::ApiLost
        | ContactEvent::NamesLost { .. } => (Shape::Cross, Lane::Faults, true),
        ContactEvent::ZoneReconnected
        | ContactEvent::ApiBack { .. }
        | ContactEvent::NamesBack { .. } => (Shape::Ring, Lane::Faults, true),
        ContactEvent::AddressMoved { .. } => (Shape::Diamond, Lane::Alerts, false),
        ContactEvent::NodesHeard { .. } => (Shape::Up, Lane::Scaling, true),
    }
}

#[cfg(test)]
pub(super) fn every_kind() -> Vec<EventKind> {
    let kinds = [
        ContactEvent::ZoneCutOff { nodes: 3, pods: 9 },
        ContactEvent::ZoneReconnected,
        ContactEvent::NodesHeard { nodes: 3 },
        ContactEvent::ApiLost,
        ContactEvent::ApiBack {
            away: crate::units::SimDuration::from_min(30),
        },
        ContactEvent::NamesLost {
            resolver: Resolver::Public,
            ttl: crate::units::SimDuration::from_s(60),
        },
        ContactEvent::NamesBack {
            resolver: Resolver::Cluster,
        },
        ContactEvent::AddressMoved {
            ttl: crate::units::SimDuration::from_s(35),
        },
    ];
    kinds.map(EventKind::Contact).to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::told;
    use super::*;
    use crate::units::SimDuration;

    #[track_caller]
    fn check(kind: ContactEvent, ja: &str, en: &str) {
        told::check(sentence, ("db", EventKind::Contact(kind)), ja, en);
    }

    #[test]
    fn networks_go_and_come_back() {
        check(
            ContactEvent::ZoneCutOff { nodes: 3, pods: 9 },
            "1a のネットワークが切れました。ノード 3 台と Pod 9 個は動き続けていますが、外からは届きません。",
            "1a is cut off: 3 nodes and 9 pods run on, and nobody outside can reach them.",
        );
        check(
            ContactEvent::ZoneCutOff { nodes: 0, pods: 0 },
            "1a のネットワークが切れました。",
            "1a is cut off from the network.",
        );
        check(
            ContactEvent::ZoneReconnected,
            "1a のネットワークが戻りました。インスタンスは動いていたので、起動は要りません。",
            "1a can be reached again; its instances ran all the time and need no boot.",
        );
        check(
            ContactEvent::NodesHeard { nodes: 1 },
            "1a のノード 1 台のハートビートが届き、再び Ready になりました。",
            "1 node in 1a heard of again, and Ready without a boot.",
        );
    }

    #[test]
    fn the_api_goes_and_comes_back() {
        check(
            ContactEvent::ApiLost,
            "API サーバーに接続できなくなりました。オートスケーラーもスケジューラーもノードコントローラーも何も決められず、動いているものはそのまま動き続けます。",
            "The cluster's API cannot be reached: no controller decides anything, and what runs \
             goes on.",
        );
        check(
            ContactEvent::ApiBack {
                away: SimDuration::from_min(30),
            },
            "30 分ぶりに API サーバーに接続できるようになりました。コントローラーは起動し直し、猶予期間は今から数え直します。",
            "The cluster's API is back after 30 min: controllers start again, and grace periods \
             begin now.",
        );
    }

    #[test]
    fn names_are_forgotten_along_their_time_to_live() {
        check(
            ContactEvent::NamesLost {
                resolver: Resolver::Public,
                ttl: SimDuration::from_s(60),
            },
            "公開 DNS が応答しません。1 分の間に、キャッシュしたアドレスの TTL が順に切れます。",
            "Public DNS does not answer: within 1 min clients forget the addresses that they know.",
        );
        check(
            ContactEvent::NamesBack {
                resolver: Resolver::Cluster,
            },
            "CoreDNS が再び応答し、名前解決が戻りました。",
            "CoreDNS answers again, and names are resolved at once.",
        );
        check(
            ContactEvent::AddressMoved {
                ttl: SimDuration::from_s(35),
            },
            "db：名前が新しいインスタンスを指すようになりました。古いアドレスを覚えているクライアントも、35 秒のうちに順に移ります。",
            "db: its name now stands for the new instance; clients that remember the old address \
             follow within 35 s.",
        );
    }
}

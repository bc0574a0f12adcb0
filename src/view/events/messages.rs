//! Sentences about message queues and those who work them off.

use super::{Words, say};
use crate::sim::event::{Event, EventKind, MessagesEvent};
use crate::view::format;

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let EventKind::Messages(kind) = &event.kind else {
        return None;
    };
    let entity = event.entity.as_str();
    let length = |length| format::duration(length, words.language);
    let text = match kind {
        MessagesEvent::Behind {
            arrival_rate,
            capacity,
        } => say(
            words,
            "{0}：コンシューマーが追いつきません（到着 {1}、処理能力 {2}）。メッセージがたまり始めます。",
            "{0}: consumers fall behind ({1} arrive, they can handle {2}); a backlog builds up.",
            &[
                entity,
                &format::rate(*arrival_rate),
                &format::rate(*capacity),
            ],
        ),
        MessagesEvent::Drained {
            largest_backlog,
            oldest_age,
            took,
        } => say(
            words,
            "{0}：たまったメッセージを処理し終えました（最大 {1} 件、最も古いもので {2}、解消まで {3}）。",
            "{0}: the backlog is worked off (at most {1} messages, the oldest {2} old, in {3}).",
            &[
                entity,
                &format::count(*largest_backlog),
                &length(*oldest_age),
                &length(*took),
            ],
        ),
        MessagesEvent::Abandoned { count, after } => say(
            words,
            "{0}：停止したコンシューマーが受信していたメッセージ {1} 件は、{2}後に再び受信されます。",
            "{0}: {1} messages that dead consumers had received come back after {2}.",
            &[entity, &format::quantity(*count, 1), &length(*after)],
        ),
        MessagesEvent::DeadLettered { receives } => say(
            words,
            "{0}：{1} 回受信しても処理できないメッセージを、デッドレターキューへ移します。",
            "{0}: messages that {1} receives did not settle go to the dead-letter queue.",
            &[entity, &receives.to_string()],
        ),
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;
    use crate::units::{SimDuration, SimTime};

    #[test]
    fn every_number_is_told_in_both_languages() {
        let after = SimDuration::from_s(30);
        let all = [
            (
                MessagesEvent::Behind {
                    arrival_rate: 200.0,
                    capacity: 160.0,
                },
                vec!["200", "160"],
            ),
            (
                MessagesEvent::Drained {
                    largest_backlog: 24_000.0,
                    oldest_age: after,
                    took: after,
                },
                vec!["24,000", "30"],
            ),
            (
                MessagesEvent::Abandoned { count: 10.0, after },
                vec!["10", "30"],
            ),
            (MessagesEvent::DeadLettered { receives: 5 }, vec!["5"]),
        ];
        for (kind, numbers) in all {
            let event = Event {
                at: SimTime::START,
                entity: "orders".to_string(),
                zone: None,
                cause: None,
                kind: EventKind::Messages(kind),
            };
            for language in [Language::Ja, Language::En] {
                let words = Words {
                    zones: &[],
                    faults: &[],
                    language,
                };
                let text = sentence(&event, words).expect("a sentence");
                assert!(text.starts_with("orders"), "{text}");
                for number in &numbers {
                    assert!(text.contains(number), "{number} in {text}");
                }
            }
        }
    }
}

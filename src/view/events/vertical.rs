//! Sentences about what pods request.

use super::{Words, pods, say};
use crate::sim::event::{Event, EventKind, RequestsChange};
use crate::units::{ByteSize, Cpu};
use crate::view::format;

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let entity = event.entity.as_str();
    let text = match &event.kind {
        EventKind::VpaRecommended {
            change,
            lower_cpu_m,
            upper_cpu_m,
            history_days,
        } => say(
            words,
            "{0}：VPA の推奨値が変わりました。{1}（CPU の許容範囲 {2}～{3}、履歴 {4} 日）。",
            "{0}: VPA now recommends {1} (bounds for CPU {2} to {3}, {4} days of history).",
            &[
                entity,
                &requests(words, change),
                &cpu(*lower_cpu_m),
                &cpu(*upper_cpu_m),
                &format::quantity(*history_days, 2),
            ],
        ),
        EventKind::VpaUpdated {
            pods: n,
            in_place,
            change,
            outside_bounds,
        } => {
            let why = if *outside_bounds {
                say(
                    words,
                    "要求が推奨範囲の外",
                    "outside of the recommended range",
                    &[],
                )
            } else {
                say(
                    words,
                    "12 時間以上稼働し、推奨値と 10 % 以上の差",
                    "a tenth or more off after 12 hours",
                    &[],
                )
            };
            let (ja, en) = if *in_place {
                (
                    "{0}：VPA が Pod {1}の要求をその場で変更します。{2}（{3}）。",
                    "{0}: VPA resizes {1} in place: {2} ({3}).",
                )
            } else {
                (
                    "{0}：VPA が Pod {1}を退避し、新しい要求で作り直します。{2}（{3}）。",
                    "{0}: VPA evicts {1}, to be created with other requests: {2} ({3}).",
                )
            };
            say(
                words,
                ja,
                en,
                &[entity, &pods(words, *n), &requests(words, change), &why],
            )
        }
        _ => return None,
    };
    Some(text)
}

/// `CPU 500m to 230m, memory 512Mi to 300Mi`; what stays is left out.
fn requests(words: Words<'_>, change: &RequestsChange) -> String {
    let mut parts = Vec::new();
    if change.cpu_from_m != change.cpu_to_m {
        let values = [&*cpu(change.cpu_from_m), &*cpu(change.cpu_to_m)];
        parts.push(say(words, "CPU {0} → {1}", "CPU {0} to {1}", &values));
    }
    if change.memory_from_bytes != change.memory_to_bytes {
        let memory = |bytes| format::bytes(ByteSize::from_bytes(bytes));
        let values = [
            &*memory(change.memory_from_bytes),
            &*memory(change.memory_to_bytes),
        ];
        parts.push(say(words, "メモリ {0} → {1}", "memory {0} to {1}", &values));
    }
    parts.join(&say(words, "、", ", ", &[]))
}

/// Milli-cores as Kubernetes writes them.
fn cpu(millis: u64) -> String {
    Cpu::from_millis(u32::try_from(millis).unwrap_or(u32::MAX)).to_string()
}

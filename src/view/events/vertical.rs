//! Sentences about what pods request.

use super::{Words, pods, say};
use crate::sim::event::{Event, EventKind, OomEvent, RequestsChange};
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
        EventKind::OutOfMemory(it) => out_of_memory(entity, it, words),
        _ => return None,
    };
    Some(text)
}

/// Memory that runs out.
fn out_of_memory(entity: &str, event: &OomEvent, words: Words<'_>) -> String {
    match event {
        OomEvent::Killed {
            pods: n,
            limit_bytes,
            used_bytes,
        } => say(
            words,
            "{0}：OOMKilled。Pod {1}のメモリの上限は {2} ですが、{3} を必要とします。kubelet が\
             同じ上限のまま再起動を繰り返します。",
            "{0}: OOMKilled. The memory limit of {1} is {2}, and each needs {3}; the kubelet \
             restarts them in place, with the same limit.",
            &[
                entity,
                &pods(words, *n),
                &memory(*limit_bytes),
                &memory(*used_bytes),
            ],
        ),
        OomEvent::Raised {
            pods: n,
            in_place,
            change,
            bumped_bytes,
            limit_from_bytes,
            limit_to_bytes,
        } => {
            let (ja, en) = if *in_place {
                (
                    "{0}：起動から 10 分以内に OOMKilled になった Pod {1}を、VPA がすぐに\
                     その場で変更します。{2}、上限 {3} → {4}（必要量の見積もり {5}）。",
                    "{0}: VPA resizes {1} in place at once, OOMKilled within 10 min of the start: \
                     {2}, limit {3} to {4} (taken to need {5}).",
                )
            } else {
                (
                    "{0}：起動から 10 分以内に OOMKilled になった Pod {1}を、VPA がすぐに\
                     退避して作り直します。{2}、上限 {3} → {4}（必要量の見積もり {5}）。",
                    "{0}: VPA evicts {1} at once, OOMKilled within 10 min of the start: {2}, \
                     limit {3} to {4} (taken to need {5}).",
                )
            };
            let values = [
                entity,
                &pods(words, *n),
                &requests(words, change),
                &memory(*limit_from_bytes),
                &memory(*limit_to_bytes),
                &memory(*bumped_bytes),
            ];
            say(words, ja, en, &values)
        }
    }
}

/// `CPU 500m to 230m, memory 512Mi to 300Mi`; what stays is left out.
fn requests(words: Words<'_>, change: &RequestsChange) -> String {
    let mut parts = Vec::new();
    if change.cpu_from_m != change.cpu_to_m {
        let values = [&*cpu(change.cpu_from_m), &*cpu(change.cpu_to_m)];
        parts.push(say(words, "CPU {0} → {1}", "CPU {0} to {1}", &values));
    }
    if change.memory_from_bytes != change.memory_to_bytes {
        let values = [
            &*memory(change.memory_from_bytes),
            &*memory(change.memory_to_bytes),
        ];
        parts.push(say(words, "メモリ {0} → {1}", "memory {0} to {1}", &values));
    }
    parts.join(&say(words, "、", ", ", &[]))
}

fn memory(bytes: u64) -> String {
    format::bytes(ByteSize::from_bytes(bytes))
}

/// Milli-cores as Kubernetes writes them.
fn cpu(millis: u64) -> String {
    Cpu::from_millis(u32::try_from(millis).unwrap_or(u32::MAX)).to_string()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::check;
    use super::*;

    pub const KILLED: OomEvent = OomEvent::Killed {
        pods: 9,
        limit_bytes: 256_000_000,
        used_bytes: 600_000_000,
    };
    pub const RAISED: OomEvent = OomEvent::Raised {
        pods: 4,
        in_place: false,
        change: RequestsChange {
            cpu_from_m: 500,
            cpu_to_m: 500,
            memory_from_bytes: 256_000_000,
            memory_to_bytes: 440_000_000,
        },
        bumped_bytes: 361_000_000,
        limit_from_bytes: 512_000_000,
        limit_to_bytes: 880_000_000,
    };

    #[test]
    fn a_kill_and_its_remedy_are_told_with_their_figures() {
        check(
            EventKind::OutOfMemory(KILLED),
            "api：OOMKilled。Pod 9 個のメモリの上限は 256 MB ですが、600 MB を必要とします。\
             kubelet が同じ上限のまま再起動を繰り返します。",
            "api: OOMKilled. The memory limit of 9 pods is 256 MB, and each needs 600 MB; the \
             kubelet restarts them in place, with the same limit.",
        );
        check(
            EventKind::OutOfMemory(RAISED),
            "api：起動から 10 分以内に OOMKilled になった Pod 4 個を、VPA がすぐに退避して\
             作り直します。メモリ 256 MB → 440 MB、上限 512 MB → 880 MB（必要量の見積もり 361 MB）。",
            "api: VPA evicts 4 pods at once, OOMKilled within 10 min of the start: memory 256 MB \
             to 440 MB, limit 512 MB to 880 MB (taken to need 361 MB).",
        );
    }
}

//! Which pods wait, and what refused how many nodes, as kube-scheduler says it.

use super::{Words, nodes, say};
use crate::model::Language;
use crate::sim::event::{NodeFilter, Refusals};
use crate::view::format;

/// The whole sentence.
pub(super) fn sentence(words: Words<'_>, entity: &str, pods: &str, refused: &Refusals) -> String {
    if refused.nodes == 0 {
        return say(
            words,
            "{0}：Pod {1}を配置できません。ノードがありません。",
            "{0}: {1} cannot be placed: there is no node.",
            &[entity, pods],
        );
    }
    let each = |(filter, n): &(NodeFilter, u32)| match words.language {
        Language::Ja => format!("{} {}", name(words, *filter), nodes(words, *n)),
        Language::En => format!("{} {}", format::count(f64::from(*n)), name(words, *filter)),
    };
    let counts: Vec<String> = refused.by.iter().map(each).collect();
    let separator = say(words, "、", ", ", &[]);
    say(
        words,
        "{0}：Pod {1}を配置できません。ノード {2}の内訳：{3}。",
        "{0}: {1} cannot be placed on any of {2}: {3}.",
        &[
            entity,
            pods,
            &nodes(words, refused.nodes),
            &counts.join(&separator),
        ],
    )
}

/// What a filter finds.
fn name(words: Words<'_>, filter: NodeFilter) -> String {
    let (ja, en) = match filter {
        NodeFilter::Unschedulable => ("新規配置を停止", "closed to new pods"),
        NodeFilter::NotReady => ("NotReady", "not ready"),
        NodeFilter::Taint => ("許容されない taint", "with a taint not tolerated"),
        NodeFilter::Selector => ("対象外のプール", "of another pool"),
        NodeFilter::NodeAffinity => ("ノードアフィニティに反する", "against the node affinity"),
        NodeFilter::HostPorts => ("ホストポートが使用中", "with the host port taken"),
        NodeFilter::PodSlots => ("Pod 数の上限", "without a free pod slot"),
        NodeFilter::Cpu => ("空き CPU 不足", "short of CPU"),
        NodeFilter::Memory => ("空きメモリ不足", "short of memory"),
        NodeFilter::Spread => (
            "分散の制約（DoNotSchedule）に反する",
            "forbidden by a topology spread (DoNotSchedule)",
        ),
        NodeFilter::Affinity => ("一緒に置くべき Pod がない", "without the pods sought"),
        NodeFilter::AntiAffinity => ("避けるべき Pod がある", "with pods to avoid"),
        NodeFilter::ExistingAntiAffinity => {
            ("避けられている Pod がある", "with pods that avoid them")
        }
    };
    say(words, ja, en, &[])
}

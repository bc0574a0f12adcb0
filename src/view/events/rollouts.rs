//! Sentences about rollouts.

use super::{Lane, Shape, Words, number, say};
use crate::sim::event::{Event, EventKind, RollbackReason, RolloutStep};
use crate::view::format;

/// Marker, lane and weight.
pub(super) const fn look(step: &RolloutStep) -> (Shape, Lane, bool) {
    match step {
        RolloutStep::Failed { .. } => (Shape::Bang, Lane::Alerts, true),
        RolloutStep::TakenBack { .. } => (Shape::Down, Lane::Scaling, true),
        _ => (Shape::Diamond, Lane::Scaling, true),
    }
}

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let EventKind::Rollout(step) = &event.kind else {
        return None;
    };
    let entity = event.entity.as_str();
    let length = |it| format::duration(it, words.language);
    // Pods of a deployment, or tasks of a service.
    let replica = |n| number(words, n, "個", "replica");
    let text = match step {
        RolloutStep::Started { strategy, replicas } => say(
            words,
            "{0}：新しいリリースへの入れ替えを始めます（{1}、レプリカ {2}）。",
            "{0}: a new release begins to replace {2} ({1}).",
            &[entity, strategy, &replica(*replicas)],
        ),
        RolloutStep::Shifted { share } => say(
            words,
            "{0}：リクエストの {1} を新しいリリースに振り分けます。",
            "{0}: {1} of the requests go to the new release.",
            &[entity, &format::percent(*share, 0)],
        ),
        RolloutStep::Failed {
            updated,
            available,
            replicas,
            deadline,
        } => say(
            words,
            "{0}：入れ替えが {1}進んでいません（ProgressDeadlineExceeded。新しいリリース {2}、利用可能 {3}／{4}）。",
            "{0}: the rollout made no progress for {1} (ProgressDeadlineExceeded; {2} of the new \
             release, {3} of {4} available).",
            &[
                entity,
                &length(*deadline),
                &replica(*updated),
                &format::count(f64::from(*available)),
                &format::count(f64::from(*replicas)),
            ],
        ),
        RolloutStep::TakenBack { because } => {
            let (ja, en) = match because {
                RollbackReason::Operators => (
                    "{0}：運用者が前のリリースに戻します。",
                    "{0}: operators take the release back.",
                ),
                RollbackReason::Deadline => (
                    "{0}：期限を過ぎたため、前のリリースに戻します。",
                    "{0}: the release is taken back, since its deadline has passed.",
                ),
            };
            say(words, ja, en, &[entity])
        }
        RolloutStep::Completed { lasted, taken_back } => {
            let (ja, en) = if *taken_back {
                (
                    "{0}：前のリリースに戻りました（{1}）。",
                    "{0}: back at the release before after {1}.",
                )
            } else {
                (
                    "{0}：すべてのレプリカが新しいリリースになりました（{1}）。",
                    "{0}: all replicas are of the new release after {1}.",
                )
            };
            say(words, ja, en, &[entity, &length(*lasted)])
        }
    };
    Some(text)
}

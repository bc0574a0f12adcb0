//! Sentences about ECS services.

use super::{Lane, Shape, Words, number, say};
use crate::sim::event::{
    Event, EventKind, ScalingHold, ServiceEvent, ServiceMetric, TaskLoss, TrackingReason,
};
use crate::view::{format, words as names};

pub(super) fn sentence(event: &Event, words: Words<'_>) -> Option<String> {
    let EventKind::Service(kind) = &event.kind else {
        return None;
    };
    let entity = event.entity.as_str();
    let zone = names::zone_at(words.zones, event.zone);
    let text = match kind {
        ServiceEvent::Scaled { from, to, reason } => say(
            words,
            "{0}：サービスの自動スケーリングがタスクを {1} から {2} にします（{3}）。",
            "{0}: service auto scaling sets the desired count from {1} to {2} ({3}).",
            &[entity, &count(*from), &count(*to), &why(reason, words)],
        ),
        ServiceEvent::Held {
            tasks: n,
            reason,
            hold,
        } => say(
            words,
            "{0}：サービスの自動スケーリングはタスク数を {1} のまま保ちます（{2}。必要数は {3}、{4}）。",
            "{0}: service auto scaling stays at {1} ({2}; it would want {3}, {4}).",
            &[
                entity,
                &count(*n),
                &why(reason, words),
                &count(reason.wanted),
                &against(*hold, words),
            ],
        ),
        ServiceEvent::Replaced {
            tasks: n,
            because: because @ TaskLoss::Crash,
        } => say(
            words,
            "{0}：ECS はタスク {1}を停止し、代わりを起動します（{2}）。",
            "{0}: ECS stops {1} and launches others ({2}).",
            &[entity, &tasks(words, *n), &loss(*because, words)],
        ),
        ServiceEvent::Replaced { tasks: n, because } => say(
            words,
            "{0}：ECS は {1} のタスク {2}を停止し、代わりを起動します（{3}）。",
            "{0}: ECS stops {2} in {1} and launches others ({3}).",
            &[entity, zone, &tasks(words, *n), &loss(*because, words)],
        ),
        ServiceEvent::NoCapacity { tasks: n, retry } => say(
            words,
            "{0}：どの AZ にも Fargate の容量がなく、タスク {1}を起動できません。{2}ごとに試します。",
            "{0}: Fargate has no capacity for {1} in any zone; tried again every {2}.",
            &[
                entity,
                &tasks(words, *n),
                &format::duration(*retry, words.language),
            ],
        ),
        ServiceEvent::Ready {
            tasks: n,
            ready,
            desired,
        } => say(
            words,
            "{0}：タスク {1}の準備ができました（{2}/{3}）。",
            "{0}: {1} ready ({2} of {3}).",
            &[entity, &tasks(words, *n), &count(*ready), &count(*desired)],
        ),
    };
    Some(text)
}

/// Marker, lane and weight.
pub(super) fn look(kind: &ServiceEvent) -> (Shape, Lane, bool) {
    match kind {
        ServiceEvent::Scaled { from, to, .. } if to >= from => (Shape::Up, Lane::Scaling, false),
        ServiceEvent::Scaled { .. } => (Shape::Down, Lane::Scaling, false),
        ServiceEvent::Held { hold, .. } => {
            let at_most = matches!(hold, ScalingHold::MaxCapacity);
            (Shape::Diamond, Lane::Scaling, at_most)
        }
        ServiceEvent::Replaced { .. } => (Shape::Down, Lane::Scaling, true),
        ServiceEvent::NoCapacity { .. } => (Shape::Bang, Lane::Alerts, true),
        ServiceEvent::Ready { .. } => (Shape::Up, Lane::Scaling, false),
    }
}

fn count(n: u32) -> String {
    format::count(f64::from(n))
}

fn tasks(words: Words<'_>, n: u32) -> String {
    number(words, n, "個", "task")
}

/// The numbers that the alarm saw.
fn why(reason: &TrackingReason, words: Words<'_>) -> String {
    let (ja, en) = match (reason.metric, reason.is_above) {
        (ServiceMetric::Cpu, true) => (
            "CPU 使用率 {0} %、目標 {1} % を {2} 回（{3}ごと）続けて超過",
            "CPU {0} %, above the target of {1} % for {2} periods of {3}",
        ),
        (ServiceMetric::Cpu, false) => (
            "CPU 使用率 {0} %、目標 {1} % の 9 割を {2} 回（{3}ごと）続けて下回る",
            "CPU {0} %, below nine tenths of the target of {1} % for {2} periods of {3}",
        ),
        (ServiceMetric::Requests, true) => (
            "ターゲットあたり毎分 {0} 件、目標 {1} 件を {2} 回（{3}ごと）続けて超過",
            "{0} requests per target and minute, above the target of {1} for {2} periods of {3}",
        ),
        (ServiceMetric::Requests, false) => (
            "ターゲットあたり毎分 {0} 件、目標 {1} 件の 9 割を {2} 回（{3}ごと）続けて下回る",
            "{0} requests per target and minute, below nine tenths of the target of {1} for {2} \
             periods of {3}",
        ),
    };
    say(
        words,
        ja,
        en,
        &[
            &count(reason.value),
            &count(reason.target),
            &count(reason.points),
            &format::duration(reason.period, words.language),
        ],
    )
}

fn against(hold: ScalingHold, words: Words<'_>) -> String {
    let (ja, en) = match hold {
        ScalingHold::Cooldown => ("クールダウン中", "but a cooldown holds"),
        ScalingHold::MaxCapacity => ("最大キャパシティに到達", "but the maximum is reached"),
        ScalingHold::Deployment => ("デプロイ中", "but a deployment is in progress"),
        ScalingHold::OtherPolicy => (
            "もう一方のポリシーがスケールインの条件を満たさない",
            "but the other policy is not ready to scale in",
        ),
    };
    say(words, ja, en, &[])
}

fn loss(because: TaskLoss, words: Words<'_>) -> String {
    let (ja, en) = match because {
        TaskLoss::HealthCheck => (
            "ロードバランサーのヘルスチェックに失敗",
            "they failed the load balancer's health checks",
        ),
        TaskLoss::Infrastructure => ("AZ と共に停止", "lost with the zone"),
        TaskLoss::Crash => (
            "必須コンテナがクラッシュ",
            "the essential container crashed",
        ),
    };
    say(words, ja, en, &[])
}

#[cfg(test)]
mod tests {
    use super::super::told;
    use super::*;
    use crate::units::SimDuration;

    #[track_caller]
    fn check(kind: ServiceEvent, ja: &str, en: &str) {
        told::check(sentence, ("api", EventKind::Service(kind)), ja, en);
    }

    const BUSY: TrackingReason = TrackingReason {
        metric: ServiceMetric::Cpu,
        value: 92,
        target: 60,
        points: 3,
        is_above: true,
        period: SimDuration::from_s(60),
        wanted: 14,
    };

    #[test]
    fn services_are_told_of_in_the_words_of_ecs() {
        check(
            ServiceEvent::Scaled {
                from: 9,
                to: 14,
                reason: BUSY,
            },
            "api：サービスの自動スケーリングがタスクを 9 から 14 にします（CPU 使用率 92 %、目標 60 % を 3 回（1 分ごと）続けて超過）。",
            "api: service auto scaling sets the desired count from 9 to 14 (CPU 92 %, above the \
             target of 60 % for 3 periods of 1 min).",
        );
        let idle = TrackingReason {
            value: 20,
            points: 15,
            is_above: false,
            wanted: 4,
            ..BUSY
        };
        check(
            ServiceEvent::Held {
                tasks: 9,
                reason: idle,
                hold: ScalingHold::Deployment,
            },
            "api：サービスの自動スケーリングはタスク数を 9 のまま保ちます\
             （CPU 使用率 20 %、目標 60 % の 9 割を 15 回（1 分ごと）続けて下回る。必要数は 4、デプロイ中）。",
            "api: service auto scaling stays at 9 (CPU 20 %, below nine tenths of the target of \
             60 % for 15 periods of 1 min; it would want 4, but a deployment is in progress).",
        );
        check(
            ServiceEvent::Replaced {
                tasks: 3,
                because: TaskLoss::HealthCheck,
            },
            "api：ECS は 1a のタスク 3 個を停止し、代わりを起動します（ロードバランサーのヘルスチェックに失敗）。",
            "api: ECS stops 3 tasks in 1a and launches others (they failed the load balancer's \
             health checks).",
        );
        check(
            ServiceEvent::Replaced {
                tasks: 2,
                because: TaskLoss::Crash,
            },
            "api：ECS はタスク 2 個を停止し、代わりを起動します（必須コンテナがクラッシュ）。",
            "api: ECS stops 2 tasks and launches others (the essential container crashed).",
        );
        check(
            ServiceEvent::NoCapacity {
                tasks: 1,
                retry: SimDuration::from_s(60),
            },
            "api：どの AZ にも Fargate の容量がなく、タスク 1 個を起動できません。1 分ごとに試します。",
            "api: Fargate has no capacity for 1 task in any zone; tried again every 1 min.",
        );
        check(
            ServiceEvent::Ready {
                tasks: 3,
                ready: 9,
                desired: 9,
            },
            "api：タスク 3 個の準備ができました（9/9）。",
            "api: 3 tasks ready (9 of 9).",
        );
    }

    /// A target of 1 % and a use of 0.8 %: the rounded figures are equal, the alarm is not.
    #[test]
    fn what_the_alarm_saw_is_not_guessed_from_rounded_figures() {
        let idle = TrackingReason {
            value: 1,
            target: 1,
            points: 15,
            is_above: false,
            wanted: 8,
            ..BUSY
        };
        check(
            ServiceEvent::Scaled {
                from: 9,
                to: 8,
                reason: idle,
            },
            "api：サービスの自動スケーリングがタスクを 9 から 8 にします\
             （CPU 使用率 1 %、目標 1 % の 9 割を 15 回（1 分ごと）続けて下回る）。",
            "api: service auto scaling sets the desired count from 9 to 8 (CPU 1 %, below nine \
             tenths of the target of 1 % for 15 periods of 1 min).",
        );
    }

    #[test]
    fn requests_are_told_of_per_target_and_minute() {
        let idle = TrackingReason {
            metric: ServiceMetric::Requests,
            value: 1200,
            target: 3600,
            points: 15,
            is_above: false,
            wanted: 4,
            ..BUSY
        };
        check(
            ServiceEvent::Held {
                tasks: 9,
                reason: idle,
                hold: ScalingHold::OtherPolicy,
            },
            "api：サービスの自動スケーリングはタスク数を 9 のまま保ちます（ターゲットあたり毎分 1,200 件、\
             目標 3,600 件の 9 割を 15 回（1 分ごと）続けて下回る。必要数は 4、\
             もう一方のポリシーがスケールインの条件を満たさない）。",
            "api: service auto scaling stays at 9 (1,200 requests per target and minute, below \
             nine tenths of the target of 3,600 for 15 periods of 1 min; it would want 4, but the \
             other policy is not ready to scale in).",
        );
    }
}

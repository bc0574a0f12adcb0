//! Who decided or did what an event tells of, and under which rule.
//!
//! An incident review asks three things of every line: who, from which numbers, under which rule.
//! The numbers are in the event's sentence; the other two are here. A new kind of event takes one
//! line in [`decided`], which the compiler asks for.

use crate::model::{FaultKind, Language};
use crate::sim::event::{
    ContactEvent, DisruptionMethod, DrainReason, Event, EventKind, MessagesEvent, NodeRemoval,
    OomEvent, RollbackReason, RolloutStep, ServiceEvent,
};
use crate::sim::policy::sources::{self, Source};
use crate::sim::run_log::{RunLog, StationKind};

/// Makes an enum with the id and both names of each member; one that is missing does not compile.
macro_rules! named {
    ($(#[$doc:meta])* $enum:ident: $($name:ident => $id:literal, $ja:literal, $en:literal;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $enum {
            $(#[doc = $en] $name,)+
        }

        impl $enum {
            /// All of them, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The id in JSON.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)+
                }
            }

            /// What it is called, or says.
            #[must_use]
            pub const fn text(self, language: Language) -> &'static str {
                let (ja, en) = match self {
                    $(Self::$name => ($ja, $en),)+
                };
                match language {
                    Language::Ja => ja,
                    Language::En => en,
                }
            }
        }
    };
}

named! {
    /// Who decides or acts.
    Controller:
    Tape => "tape", "障害の予定", "Tape";
    Operators => "operators", "運用者", "Operators";
    Zone => "zone", "AZ", "Zone";
    Api => "api", "Kubernetes API", "Kubernetes API";
    Hpa => "hpa", "HPA", "HPA";
    Vpa => "vpa", "VPA", "VPA";
    Scheduler => "scheduler", "スケジューラー", "Scheduler";
    ReplicaSet => "replica_set", "ReplicaSet", "ReplicaSet";
    Deployment => "deployment", "Deployment", "Deployment controller";
    Kubelet => "kubelet", "kubelet", "Kubelet";
    NodeLifecycle => "node_lifecycle", "ノードコントローラー", "Node lifecycle";
    Karpenter => "karpenter", "Karpenter", "Karpenter";
    ClusterAutoscaler => "cluster_autoscaler", "Cluster Autoscaler", "Cluster Autoscaler";
    Ecs => "ecs", "ECS", "ECS";
    ServiceScaling => "service_scaling", "サービスの自動スケーリング", "Service auto scaling";
    Fargate => "fargate", "Fargate", "Fargate";
    Eviction => "eviction", "Eviction API", "Eviction API";
    Ec2 => "ec2", "EC2", "EC2";
    LoadBalancer => "load_balancer", "ロードバランサー", "Load balancer";
    Dns => "dns", "DNS", "DNS";
    Arc => "arc", "ARC", "ARC";
    Database => "database", "データベース", "Database";
    Cache => "cache", "キャッシュ", "Cache";
    ExternalService => "external_service", "外部サービス", "External service";
    Queue => "queue", "メッセージキュー", "Message queue";
    Nat => "nat", "NAT", "NAT";
    DataPlane => "data_plane", "データプレーン", "Data plane";
}

named! {
    /// What a decision follows.
    Rule:
    Target => "hpa_target",
        "Pod 数＝ceil（Pod 数 × 使用率 ÷ 目標）。許容誤差 10 %。メトリクスのない Pod は、増やすときは 0、減らすときは要求量どおり使うとみなす",
        "replicas = ceil(replicas × use ÷ target), tolerance 10 %; pods without metrics count as \
         0 when scaling up and as their full request when scaling down";
    TargetTracking => "target_tracking",
        "タスク数＝ceil（タスク数 × 使用率 ÷ 目標）。目標を 3 回続けて超えれば増やし、目標の 9 割を 15 回続けて下回れば減らす。クールダウン 300 秒",
        "tasks = ceil(tasks × use ÷ target), out after 3 data points above the target, in after 15 \
         below nine tenths of it, with cooldowns of 300 s";
    DesiredCount => "ecs_desired_count",
        "止まったタスクとヘルスチェックに失敗したタスクは、希望数になるまで置き換える。AZ にはできるだけ均等に置く",
        "tasks that stop or fail health checks are replaced up to the desired count, spread over \
         the zones as far as capacity allows";
    Percentile => "vpa_percentile",
        "目標は使用量の 90 パーセンタイルに 15 % を加えた値。過去ほど軽く数える（半減期 24 時間）",
        "the target is the 90th percentile of use plus 15 %; older use weighs less (half-life 24 \
         h)";
    Update => "vpa_update",
        "要求が推奨の範囲を外れた Pod、または 12 時間以上動いて 10 % 以上ずれた Pod を置き換える",
        "pods outside the recommended range, or a tenth off after 12 hours, are replaced or \
         resized";
    OomBump => "vpa_oom_bump",
        "OOMKilled のたびに max（要求 × 1.2、要求＋100 MiB）を使用量とみなす。起動から 10 分以内なら Pod をすぐに置き換え、上限は要求との比を保つ",
        "an OOM kill counts as a use of max(request × 1.2, request + 100 MiB); within 10 min of \
         the start the pod is replaced at once, and the limit keeps its ratio to the request";
    Filter => "scheduler_filter",
        "ノードを絞り込んでから点数をつける。DoNotSchedule では、AZ の Pod 数＋1 と最少の AZ との差が maxSkew 以下",
        "nodes are filtered, then scored; DoNotSchedule wants pods in the zone + 1 − the fewest \
         in any zone ≤ maxSkew";
    GracePeriod => "node_monitor_grace_period",
        "node-monitor-grace-period：ハートビートが 50 秒（1.32 より前は 40 秒）途絶えると Ready=Unknown",
        "node-monitor-grace-period: Ready=Unknown after 50 s without a heartbeat (40 s before \
         1.32)";
    StaticStability => "static_stability",
        "コントローラーは API を通してだけ動く。届かない間は何も変わらず、戻ると起動し直して今の状態から判断する",
        "controllers act by the API only; while it is away nothing changes, and when it is back \
         they start again from what they see";
    NameCache => "name_cache",
        "名前解決ができなくなっても、名前が別のアドレスに変わっても、覚えているアドレスは期限が切れるまで使われる",
        "whether a name cannot be resolved or stands for another address, a copy of its record is \
         used until it expires";
    Heartbeat => "node_heartbeat",
        "kubelet は 10 秒ごとに Lease を更新し、ノードの状態を報告する",
        "a kubelet renews its Lease and reports its node's status every 10 s";
    TaintEviction => "taint_eviction",
        "node-eviction-rate 0.1/s：AZ ごとに 10 秒に 1 台ずつ taint し、toleration 300 秒の後に Pod を削除",
        "node-eviction-rate 0.1/s: one node per zone is tainted every 10 s; its pods go when \
         their toleration of 300 s ends";
    FullDisruption => "full_disruption",
        "すべての AZ で Ready のノードが 0 なら、taint を外して退避を止める",
        "with no ready node in any zone, taints are removed and evictions stop";
    Provisioning => "karpenter_provisioning",
        "保留中の Pod を 1 秒（最長 10 秒）まとめ、大きい順に詰め、収まる最も安い候補を起動",
        "pending pods are batched for 1 s (10 s at most), packed largest first, and the cheapest \
         offering that holds them is launched";
    SpreadDomains => "karpenter_spread_domains",
        "分散の対象は、プールが使えるすべての AZ。止まった AZ も含む",
        "spread domains are all zones that the pool offers, a dead one included";
    UnavailableOffering => "unavailable_offering",
        "容量不足（ICE）になった候補（タイプ・AZ・購入方法）は 3 分間、候補から外す",
        "an offering (type, zone, capacity type) without capacity is left out for 3 min";
    Emptiness => "karpenter_emptiness",
        "consolidateAfter の間 Pod のないノードを 10 秒ごとに探し、予算 10 % の範囲で、15 秒後に確かめてから削除",
        "every 10 s, nodes without pods for consolidateAfter, within the budget of 10 %, are \
         removed after a check 15 s later";
    Consolidation => "karpenter_consolidation",
        "Pod が他のノードか、より安い 1 台に収まるノードを、予算の範囲で、15 秒後に確かめてから整理",
        "nodes whose pods fit elsewhere, or on one node that is cheaper even at worst, go within \
         the budget after a check 15 s later";
    Replacement => "karpenter_replacement",
        "代わりのノードが加わってから古いノードを空にする。10 分から 1 時間で加わらなければやめる",
        "old nodes are drained once the replacement has joined; without it the command is given \
         up after 10 min to 1 h";
    Forceful => "karpenter_forceful",
        "expireAfter、EC2 のステータスチェックの異常 2 分、NotReady 30 分（プールの 20 % まで）は予算によらない",
        "expireAfter, two minutes of failed EC2 status checks and 30 min of not being Ready (up to \
         20 % of the pool) know no budget";
    DeadMachine => "dead_machine",
        "マシンのない Node オブジェクトは削除する",
        "the Node object of a machine that is gone is deleted";
    Interruption => "spot_interruption",
        "中断の 2 分前に通知。Karpenter は通知を読むとすぐにノードを閉じ、Pod を移す",
        "two minutes' notice; Karpenter closes the node and drains it as soon as it reads the \
         notice";
    ScaleUp => "cluster_autoscaler_scale_up",
        "10 秒ごとに、保留中の Pod が新しいノードに収まるかを試し、expander（既定は least-waste）が選ぶ",
        "every 10 s pending pods are tried on new nodes; the expander (least-waste by default) \
         chooses the group";
    Backoff => "cluster_autoscaler_backoff",
        "起動できなかったグループは 5 分から最長 30 分、使わない",
        "a group that could not launch is left alone for 5 min, up to 30 min";
    UnreadyGuard => "cluster_autoscaler_unready_guard",
        "応答のないノードが 3 台を超え、かつ 45 % を超える間は何もしない",
        "nothing is done while more than 3 nodes and more than 45 % are unready";
    ScaleDown => "cluster_autoscaler_scale_down",
        "使用率 50 % 未満が 10 分続いたノードを、Pod の移り先があれば減らす",
        "nodes below 50 % for 10 min go, if their pods fit elsewhere";
    Preemption => "preemption",
        "入らない Pod のため、優先度の低い Pod が場所を譲る。PDB に反する数、優先度、数の順に影響の小さいノードを選ぶ",
        "pods of lower priority make room, on the node with the fewest broken budgets, then the \
         lowest priorities, then the fewest pods";
    Quota => "resource_quota",
        "名前空間の合計がクォータを超える Pod は作成されず、待ち時間を延ばしながら再び試す",
        "a pod beyond its namespace's quota is not created, and tried again ever later";
    Rollout => "rollout",
        "maxSurge（切り上げ）まで増やし、maxUnavailable（切り捨て）の範囲で古い Pod を減らす。振り分けは Pod がそろってから変える",
        "up to maxSurge (rounded up) come first, old pods go while no more than maxUnavailable \
         (rounded down) are missing; staged releases turn requests once their pods are there";
    RollingUpdate => "ecs_rolling_update",
        "maximumPercent（切り捨て）まで新しいタスクを起動し、minimumHealthyPercent（切り上げ）を保って\
         古いタスクを止める。ロードバランサーのヘルスチェックに通ったタスクだけを数える",
        "new tasks start up to maximumPercent (rounded down), old ones end while no fewer than \
         minimumHealthyPercent (rounded up) are healthy, which they are once their targets are";
    CrashLoop => "crash_loop_back_off",
        "再起動を待つ時間は 10 秒から倍に延び、最長 5 分。10 分動き続けると元に戻る",
        "the wait before a restart doubles from 10 s up to 5 min and is forgotten after 10 min of \
         running";
    Drain => "drain",
        "ノードを閉じ、Pod を eviction API で退避させる。PDB が拒めば待って繰り返す",
        "the node is closed and its pods leave through the eviction API; what a disruption budget \
         refuses is tried again";
    DisruptionBudget => "disruption_budget",
        "退避できるのは、Ready の Pod が PDB の求める数より多い間だけ",
        "a pod may be evicted only while more pods are ready than the budget wants";
    HealthCheck => "health_check",
        "異常：連続 2 回の失敗（間隔 15 秒、タイムアウト 5 秒）。新しいターゲットは 1 回の合格で正常。値は設計で変えられる",
        "unhealthy after 2 failures in a row (interval 15 s, timeout 5 s), a new target healthy \
         after 1 success, unless the design says otherwise";
    Deregistration => "deregistration",
        "Pod の終了とターゲットの登録解除は同時に始まり、互いを待たない。preStop の待ちが登録解除より長ければ、取りこぼしはない",
        "a pod's end and its deregistration begin at once and do not wait for each other; a \
         preStop sleep that is longer than the balancer needs loses nothing";
    FailOpen => "fail_open",
        "正常なターゲットが 0 なら、すべてのターゲットに振り分ける",
        "with no healthy target, requests go to all targets";
    Record => "dns_record",
        "サービスできない AZ のアドレスは DNS から外れる。利用者は TTL の間、古いアドレスを使う",
        "the address of a zone that cannot serve leaves DNS; clients keep the old one for the \
         record's TTL";
    ZonalShift => "zonal_shift",
        "シフト中の AZ のアドレスは DNS から外れ、クロスゾーンならその AZ のターゲットにも送らない。Pod は動かない",
        "the zone's address leaves DNS and, with cross-zone balancing, its targets get nothing; \
         pods stay where they are";
    MultiAz => "rds_multi_az",
        "Multi-AZ のフェイルオーバーは通常 60〜120 秒。同じエンドポイントが新しいプライマリを指す",
        "a Multi-AZ failover typically takes 60 to 120 s; the endpoint then names the new primary";
    ReplicaPromotion => "elasticache_failover",
        "プライマリが止まるとレプリカが昇格する。レプリカがなければ空で戻る",
        "a replica is promoted when the primary stops; without one the cache comes back empty";
    OnePerZone => "nat_gateway_zone",
        "NAT ゲートウェイは 1 つの AZ にあり、その AZ と共に止まる",
        "a NAT gateway stands in one zone and goes with it";
    Visibility => "visibility_timeout",
        "受信したメッセージは可視性タイムアウトの間だけ隠れ、削除されなければ再び受信される",
        "a received message is hidden for the visibility timeout and received again unless it is \
         deleted";
    DeadLetter => "dead_letter_queue",
        "maxReceiveCount 回受信しても削除されないメッセージは、デッドレターキューへ移る",
        "a message that maxReceiveCount receives did not delete goes to the dead-letter queue";
    Overload => "overload",
        "必要な処理量が能力を超えると、待ち行列は伸び続ける",
        "when offered work exceeds capacity the queue grows without bound";
}

impl Rule {
    /// Where it was read; none for what needs no source.
    #[must_use]
    pub const fn source(self) -> Option<&'static Source> {
        match self {
            Self::Target => Some(&sources::HPA),
            Self::ScaleUp | Self::Backoff | Self::UnreadyGuard | Self::ScaleDown => {
                Some(&sources::CLUSTER_AUTOSCALER)
            }
            Self::TargetTracking => Some(&sources::TARGET_TRACKING),
            Self::DesiredCount | Self::RollingUpdate => Some(&sources::ECS),
            Self::Preemption => Some(&sources::PREEMPTION),
            Self::Quota => Some(&sources::QUOTA),
            Self::Rollout => Some(&sources::ROLLOUT),
            Self::CrashLoop => Some(&sources::CRASH_LOOP),
            Self::Drain => Some(&sources::DRAIN),
            Self::DisruptionBudget => Some(&sources::DISRUPTION_BUDGET),
            Self::Percentile | Self::Update | Self::OomBump => Some(&sources::VPA),
            Self::Filter => Some(&sources::SCHEDULER),
            Self::GracePeriod
            | Self::Heartbeat
            | Self::StaticStability
            | Self::TaintEviction
            | Self::FullDisruption
            | Self::DeadMachine => Some(&sources::NODE_LIFECYCLE),
            Self::Provisioning
            | Self::SpreadDomains
            | Self::UnavailableOffering
            | Self::Emptiness
            | Self::Consolidation
            | Self::Replacement
            | Self::Forceful => Some(&sources::KARPENTER),
            Self::Interruption => Some(&sources::SPOT),
            Self::HealthCheck | Self::FailOpen | Self::Record => Some(&sources::HEALTH_CHECK),
            Self::Deregistration => Some(&sources::DEREGISTRATION),
            Self::ZonalShift => Some(&sources::ZONAL_SHIFT),
            Self::MultiAz => Some(&sources::RDS),
            Self::ReplicaPromotion => Some(&sources::ELASTICACHE),
            Self::Visibility | Self::DeadLetter => Some(&sources::SQS),
            Self::OnePerZone => Some(&sources::NAT_GATEWAY),
            Self::NameCache => Some(&sources::NAME_CACHE),
            Self::Overload => None,
        }
    }

    /// The source with its date: `Karpenter 1.14.1 (2026-11-22)`.
    #[must_use]
    pub fn source_text(self) -> Option<String> {
        let source = self.source()?;
        Some(format!("{} ({})", source.title, source.as_of))
    }
}

/// Who brought an event about, and the rule that it followed, if it followed one.
#[must_use]
pub fn decided(event: &Event, log: &RunLog) -> (Controller, Option<Rule>) {
    use EventKind as E;
    match &event.kind {
        E::FaultStarted { fault, .. } | E::FaultEnded { fault } => (planner(fault), None),
        E::ZoneLost { .. } | E::ZoneRestored => (Controller::Zone, None),
        E::Contact(it) => contact(*it),
        E::EgressLost | E::EgressRestored => (Controller::Nat, Some(Rule::OnePerZone)),
        E::TargetsUnhealthy { .. } | E::TargetsHealthy { .. } => {
            (Controller::LoadBalancer, Some(Rule::HealthCheck))
        }
        E::TargetsStopped(_) => (Controller::Kubelet, Some(Rule::Deregistration)),
        E::FailOpen { .. } => (Controller::LoadBalancer, Some(Rule::FailOpen)),
        E::ZoneLeftDns { .. } | E::DnsExpired | E::ZoneBackInDns => {
            (Controller::Dns, Some(Rule::Record))
        }
        E::Shifted { .. } => (Controller::Arc, Some(Rule::ZonalShift)),
        E::NodesNotReady { .. } => (Controller::NodeLifecycle, Some(Rule::GracePeriod)),
        E::PodsEvicted { .. } => (Controller::NodeLifecycle, Some(Rule::TaintEviction)),
        E::EvictionsHalted { .. } => (Controller::NodeLifecycle, Some(Rule::FullDisruption)),
        E::NodesReady { .. } | E::PodsReady { .. } => (Controller::Kubelet, None),
        E::PodsPending { .. } => (Controller::Scheduler, Some(Rule::Filter)),
        E::HpaScaled { .. } | E::HpaHeld { .. } => (Controller::Hpa, Some(Rule::Target)),
        E::VpaRecommended { .. } | E::VpaUpdated { .. } | E::OutOfMemory(_) => {
            vertical(&event.kind)
        }
        E::NodesLaunched { .. } => (Controller::Karpenter, Some(Rule::Provisioning)),
        E::LaunchFailed { .. } | E::InsufficientCapacity { .. } => {
            (Controller::Ec2, Some(Rule::UnavailableOffering))
        }
        E::LaunchRefused { .. } => (Controller::Karpenter, Some(Rule::SpreadDomains)),
        E::NodesDisrupted { method, .. } | E::DisruptionHeld { method, .. } => {
            (Controller::Karpenter, Some(disruption(*method)))
        }
        E::DisruptionGivenUp { .. } => (Controller::Karpenter, Some(Rule::Replacement)),
        E::NodesTerminated { .. } | E::RepairBlocked { .. } => {
            (Controller::Karpenter, Some(Rule::Forceful))
        }
        E::Messages(it) => messages(*it),
        E::Service(it) => service(*it),
        E::GroupRaised { .. } | E::GroupsRefused { .. } => {
            (Controller::ClusterAutoscaler, Some(Rule::ScaleUp))
        }
        E::GroupLaunches { .. } | E::GroupLaunchFailed { .. } | E::NodesLost { .. } => {
            (Controller::Ec2, None)
        }
        E::GroupBackedOff { .. } => (Controller::ClusterAutoscaler, Some(Rule::Backoff)),
        E::AutoscalerHalted { .. } | E::AutoscalerResumed { .. } => {
            (Controller::ClusterAutoscaler, Some(Rule::UnreadyGuard))
        }
        E::NodesUnneeded { .. } => (Controller::ClusterAutoscaler, Some(Rule::ScaleDown)),
        E::NodesRemoved { reason, .. } => removed(*reason),
        E::RebalanceRecommended { .. } | E::SpotNotice { .. } | E::SpotReclaimed { .. } => {
            (Controller::Ec2, Some(Rule::Interruption))
        }
        E::PodsPreempted { .. } => (Controller::Scheduler, Some(Rule::Preemption)),
        E::CreationRefused { .. } => (Controller::ReplicaSet, Some(Rule::Quota)),
        E::Rollout(step) => rollout(step, station_kind(event, log)),
        E::PodsCrashed { .. } => (Controller::Kubelet, None),
        E::CrashLoopBackOff { .. } => (Controller::Kubelet, Some(Rule::CrashLoop)),
        E::DrainStarted { reason, .. } | E::DrainEnded { reason, .. } => {
            (drainer(*reason), Some(Rule::Drain))
        }
        E::EvictionsRefused { .. } => (Controller::Eviction, Some(Rule::DisruptionBudget)),
        E::Unavailable { .. } | E::Available { .. } => (dependency(event, log), None),
        E::FailoverStarted { .. } | E::FailoverCompleted { .. } => failover(event, log),
        E::CacheEmptied { .. } => (Controller::Cache, Some(Rule::ReplicaPromotion)),
        E::Slowed { .. } | E::Stalled | E::Resumed { .. } => (dependency(event, log), None),
        E::Saturated { .. } | E::Desaturated => (Controller::DataPlane, Some(Rule::Overload)),
    }
}

const fn vertical(kind: &EventKind) -> (Controller, Option<Rule>) {
    match kind {
        EventKind::OutOfMemory(OomEvent::Killed { .. }) => {
            (Controller::Kubelet, Some(Rule::CrashLoop))
        }
        EventKind::OutOfMemory(OomEvent::Raised { .. }) => (Controller::Vpa, Some(Rule::OomBump)),
        EventKind::VpaRecommended { .. } => (Controller::Vpa, Some(Rule::Percentile)),
        _ => (Controller::Vpa, Some(Rule::Update)),
    }
}

const fn disruption(method: DisruptionMethod) -> Rule {
    match method {
        DisruptionMethod::Emptiness => Rule::Emptiness,
        DisruptionMethod::Drift => Rule::Replacement,
        DisruptionMethod::MultiNodeConsolidation | DisruptionMethod::SingleNodeConsolidation => {
            Rule::Consolidation
        }
    }
}

/// Faults and the operators' remedies stand on one tape.
fn planner(fault: &str) -> Controller {
    if FaultKind::is_remedy(fault) {
        Controller::Operators
    } else {
        Controller::Tape
    }
}

const fn drainer(reason: DrainReason) -> Controller {
    match reason {
        DrainReason::Maintenance => Controller::Operators,
        DrainReason::SpotInterruption
        | DrainReason::InstanceTerminated
        | DrainReason::Karpenter => Controller::Karpenter,
        DrainReason::ClusterAutoscaler => Controller::ClusterAutoscaler,
    }
}

fn rollout(step: &RolloutStep, kind: Option<StationKind>) -> (Controller, Option<Rule>) {
    match (step, kind) {
        (
            RolloutStep::TakenBack {
                because: RollbackReason::Operators,
            },
            _,
        ) => (Controller::Operators, None),
        (_, Some(StationKind::Tasks)) => (Controller::Ecs, Some(Rule::RollingUpdate)),
        _ => (Controller::Deployment, Some(Rule::Rollout)),
    }
}

const fn contact(event: ContactEvent) -> (Controller, Option<Rule>) {
    match event {
        ContactEvent::ZoneCutOff { .. } | ContactEvent::ZoneReconnected => (Controller::Zone, None),
        ContactEvent::ApiLost | ContactEvent::ApiBack { .. } => {
            (Controller::Api, Some(Rule::StaticStability))
        }
        ContactEvent::NamesLost { .. }
        | ContactEvent::NamesBack { .. }
        | ContactEvent::AddressMoved { .. } => (Controller::Dns, Some(Rule::NameCache)),
        ContactEvent::NodesHeard { .. } => (Controller::Kubelet, Some(Rule::Heartbeat)),
    }
}

const fn messages(event: MessagesEvent) -> (Controller, Option<Rule>) {
    match event {
        MessagesEvent::Abandoned { .. } => (Controller::Queue, Some(Rule::Visibility)),
        MessagesEvent::DeadLettered { .. } => (Controller::Queue, Some(Rule::DeadLetter)),
        MessagesEvent::Behind { .. } | MessagesEvent::Drained { .. } => {
            (Controller::DataPlane, Some(Rule::Overload))
        }
    }
}

const fn service(event: ServiceEvent) -> (Controller, Option<Rule>) {
    match event {
        ServiceEvent::Scaled { .. } | ServiceEvent::Held { .. } => {
            (Controller::ServiceScaling, Some(Rule::TargetTracking))
        }
        ServiceEvent::Replaced { .. } => (Controller::Ecs, Some(Rule::DesiredCount)),
        ServiceEvent::NoCapacity { .. } | ServiceEvent::Ready { .. } => (Controller::Fargate, None),
    }
}

const fn removed(reason: NodeRemoval) -> (Controller, Option<Rule>) {
    match reason {
        NodeRemoval::Empty => (Controller::Karpenter, Some(Rule::Emptiness)),
        NodeRemoval::Reclaimed => (Controller::Ec2, Some(Rule::Interruption)),
        NodeRemoval::Unneeded => (Controller::ClusterAutoscaler, Some(Rule::ScaleDown)),
        NodeRemoval::Lost => (Controller::NodeLifecycle, Some(Rule::DeadMachine)),
    }
}

fn failover(event: &Event, log: &RunLog) -> (Controller, Option<Rule>) {
    match dependency(event, log) {
        Controller::Cache => (Controller::Cache, Some(Rule::ReplicaPromotion)),
        other => (other, Some(Rule::MultiAz)),
    }
}

/// What the component that an event concerns is.
fn dependency(event: &Event, log: &RunLog) -> Controller {
    if event.entity.is_empty() {
        return Controller::Zone;
    }
    match station_kind(event, log) {
        Some(StationKind::Database) => Controller::Database,
        Some(StationKind::Cache) => Controller::Cache,
        Some(StationKind::NatGateway) => Controller::Nat,
        Some(StationKind::BalancerNode) => Controller::LoadBalancer,
        Some(
            StationKind::Pods | StationKind::Tasks | StationKind::Nodes | StationKind::Fargate,
        ) => Controller::DataPlane,
        Some(StationKind::External) | None => Controller::ExternalService,
    }
}

/// What an event's component is in a run's state tracks.
fn station_kind(event: &Event, log: &RunLog) -> Option<StationKind> {
    let station = log.stations.iter().find(|it| it.component == event.entity);
    station.map(|it| it.kind)
}

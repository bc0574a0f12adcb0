//! Why assumptions were chosen, in Japanese; the table of defaults has the English.
//!
//! Sources of what is known are names of documents, and the same in both languages.

use crate::model::Language;
use crate::model::defaults::Fact;

/// Who says so, or why it was chosen.
#[must_use]
pub fn reason(fact: &Fact, language: Language) -> &'static str {
    let mut rows = REASONS.iter();
    match language {
        Language::En => fact.source,
        Language::Ja => rows
            .find(|(key, _)| *key == fact.key)
            .map_or(fact.source, |(_, reason)| reason),
    }
}

/// By key, in the order of the table of defaults.
const REASONS: [(&str, &str); 39] = [
    (
        "load_balancer.dns_removal_delay",
        "ロードバランサーが自分のノードを確かめる間隔は非公開。TTL と合わせて約 2 分",
    ),
    (
        "load_balancer.autoshift_delay",
        "AWS は監視で AZ の異常を見つけると移すが、かかる時間は公表していない",
    ),
    (
        "load_balancer.deregistration_time",
        "Pod はこの時間だけ preStop で待つ。ALB では 10～60 秒、NLB では 2～5 分との報告がある（aws-load-balancer-con\
             troller の issue 1064、1834、2106、2366）",
    ),
    (
        "load_balancer.connect_timeout",
        "ALB は数秒でターゲットへの接続をあきらめる",
    ),
    ("load_balancer.added_latency", "プロキシ 1 段分"),
    ("load_balancer.rules", "小さな Ingress"),
    (
        "kubernetes.node_reboot_time",
        "電源が切れたインスタンスの起動。新しい起動とほぼ同じ",
    ),
    (
        "horizontal_pod_autoscaler.metrics_interval",
        "Prometheus の収集間隔はふつう 15 秒～1 分。CloudWatch は 1 分に 1 点",
    ),
    (
        "node_group.replacement_time",
        "EC2 Auto Scaling は定期的に調べ、動いていないインスタンスをすぐ置き換えるという。周期は非公開",
    ),
    (
        "node_group.asg_time",
        "Auto Scaling グループ自身の時間。そのノードはほかより 10～60 秒遅い",
    ),
    (
        "database.reconnect_time",
        "DNS とは別に、接続プールに残る切れた接続。両方で 41～78 秒失った例がある",
    ),
    (
        "database.recovery_time",
        "電源復旧後の再起動とクラッシュリカバリ。2019 年の東京では RDS の復旧に何時間もかかった",
    ),
    (
        "database.servers",
        "小さなインスタンスが同時に処理するクエリ",
    ),
    ("database.service_time", "索引を使うクエリ"),
    ("database.queue_capacity", "処理中のものを除く接続"),
    ("database.storage", "中規模のデータベース"),
    (
        "cache.hit_ratio",
        "データベースの前に置くルックアサイドキャッシュ",
    ),
    ("cache.service_time", "1 回の参照"),
    ("cache.servers", "同時に処理する参照"),
    ("cache.warm_up_time", "空のキャッシュが再び満ちるまでの時間"),
    (
        "external_service.service_time",
        "インターネット越しの呼び出し",
    ),
    (
        "queue.service_time",
        "リージョン内での SendMessage の呼び出し。公表値はない",
    ),
    ("deployment.cpu_request", "小さな Web サービス"),
    ("deployment.memory_request", "小さな Web サービス"),
    ("deployment.servers", "Pod あたりのスレッド"),
    (
        "deployment.service_time",
        "呼び出し先を除く Web リクエストの処理",
    ),
    ("deployment.cpu_per_request", "Web リクエスト"),
    (
        "deployment.queue_capacity",
        "Web サーバーの受け付け待ち行列",
    ),
    (
        "deployment.startup_time",
        "Pod の起動が約 5 秒（Kubernetes の起動 SLO）、それにアプリケーション自身の起動",
    ),
    ("call.timeout", "クライアントライブラリでよくある設定"),
    ("call.backoff", "クライアントライブラリでよくある設定"),
    ("call.request_size", "小さなメッセージ"),
    ("call.response_size", "ページの一部、または数件のレコード"),
    (
        "users.requests_per_connection",
        "キープアライブを使うブラウザ",
    ),
    ("network.user_rtt", "同じ国の利用者"),
    ("network.same_zone_rtt", "一般的な値。ここでは測っていない"),
    ("load.noise.cv", "Web の負荷の分単位のゆらぎ"),
    ("load.noise.correlation_time", "分単位のゆらぎ"),
    (
        "fargate.task_loss_time",
        "ECS は基盤が故障したタスクを置き換えるが、気づくまでの時間は公表していない",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::defaults::{FACTS, Grade};

    #[test]
    fn every_assumption_has_its_reason_in_japanese_and_nothing_else() {
        let assumed = FACTS.iter().filter(|it| it.grade == Grade::Assumption);
        let assumed: Vec<&str> = assumed.map(|it| it.key).collect();
        assert_eq!(assumed, REASONS.map(|(key, _)| key));
    }
}

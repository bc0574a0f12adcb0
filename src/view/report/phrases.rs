//! What only a report says.

use crate::view::text::apart::phrases;

phrases! {
    Labelled => "{0}: {1}", "{0}: {1}";
    Question => "質問", "Question";
    Claim => "主張", "Claim";
    Summary => "{0}、{1} 回、シード {2}", "{0}, {1} runs, seed {2}";
    Figures => "指標", "Figures";
    Differences => "差（{1}−{0}）", "Differences ({1} − {0})";
    Wins => "{0} が良い回数", "{0} better in";
    Callees => "{0} の呼び出し先のレイテンシ（呼び出し側から見た値。再試行を含む）",
        "{0}: latency of callees (as their callers see it, retries included)";
    CalleesHead => "呼び出し先|応答あり|応答なし|平均|p50|p95|p99",
        "Callee|Answered|No answer|Mean|p50|p95|p99";
    Queues => "{0} のメッセージキュー（1 回目の試行）", "{0}: message queues (first run)";
    QueuesHead => "キュー|格納|処理|再受信|デッドレター|最大の滞留|最も古いもの|終了時の滞留",
        "Queue|Stored|Handled|Came back|Dead letters|Largest backlog|Oldest|Backlog at the end";
    Bill => "{0} の費用／月（1 回目の試行）", "{0}: cost per month (first run)";
    Events => "{0} の出来事（1 回目の試行）", "{0}: events (first run)";
    Log => "{0} の判断の記録（1 回目の試行）：{1}", "{0}: decision log (first run): {1}";
    Rules => "規則（[番号]）と、原因の項目（←）", "Rules, by [number]; ← names the entry that was the cause";
    RuleSource => "{0}（出典：{1}）", "{0}. Source: {1}";
    Assumptions => "使った仮定", "Assumptions used";
}

//! The words of an audit, in Japanese and English: for the command, and for the panel that the
//! referee draws.

use crate::view::text::apart::phrases;

phrases! {
    // What it is.
    Title => "この時間帯を監査", "Audit this window";
    What =>
        "グラフと判定は、リクエストを流量として扱う計算（流体）の結果です。ここでは短い時間帯をリクエスト単位で再生し、\
         二つの計算の差を許容差と比べます。",
        "Charts and verdicts come from requests played as flows (fluid). Here a short window is \
         played again request by request, and the difference is held against its bar.";
    Natively =>
        "保存したシナリオを同じ時間帯でコマンドから監査するには:",
        "The same on the command line, with the scenario saved as a file:";
    // The choice of a window.
    Design => "構成", "Design";
    From => "開始", "From";
    Length => "長さ", "Length";
    WindowIs => "{0} から {1} まで", "{0} to {1}";
    Expected => "見込み {0} リクエスト", "About {0} requests";
    TooMany =>
        "見込み {0} リクエストは、このページで再生する上限 {1} を超えます。時間帯を短くするか、コマンドを使ってください。",
        "About {0} requests are more than the {1} that this page plays. Shorten the window, or use \
         the command.";
    TooLong =>
        "この実行の記録間隔は {0} で、監査できる長さの上限 {1} を超えます。plan.interval を短くしてください。",
        "This run records every {0}, which is longer than the {1} that an audit may last. Shorten \
         plan.interval.";
    Unplayable => "このシナリオは再生できません。", "This scenario cannot be played.";
    // Its course.
    Begin => "監査する", "Audit";
    Stop => "中断", "Stop";
    Clear => "結果を消す", "Clear the result";
    Running => "{0} の {1}をリクエスト単位で再生中", "Playing {0}, {1}, request by request";
    Stopped => "中断しました。", "Stopped.";
    Outdated =>
        "条件が変わったので、前の結果を消しました。",
        "The inputs changed, so the last result was taken away.";
    Finished =>
        "{0} の {1}: {3} 項目中 {2} 項目が許容差の範囲内",
        "{0}, {1}: {2} of {3} figures within their bars";
    OnCharts => "グラフに点線と丸で重ねました。", "The charts show it as a dotted line with rings.";
    // The bars.
    Calm => "何も起きない時間帯の許容差で比べます。", "Bars for a window in which nothing happens.";
    Eventful => "障害や急増を含む時間帯の許容差で比べます。", "Bars for a window with a fault or a spike.";
    ByChance =>
        "「偶然の幅」は、リクエスト単位の再生に伴う偶然だけで生じうる差です。差がこの幅に収まる項目も範囲内とします。",
        "Chance is how far apart the luck of single requests alone may bring the two; a difference \
         that it explains counts as within.";
    // Columns.
    Figure => "指標", "Figure";
    Fluid => "流体", "Fluid";
    Requests => "リクエスト単位", "Requests";
    Difference => "差", "Difference";
    Bar => "許容差", "Bar";
    Chance => "偶然の幅", "Chance";
    Verdict => "判定", "Verdict";
    Within => "許容差の範囲内", "Within its bar";
    Outside => "許容差の範囲外", "Outside its bar";
    Time => "時刻", "Time";
    OfferedFluid => "到着 流体", "Offered, fluid";
    FailedFluid => "失敗 流体", "Failed, fluid";
    MedianFluid => "p50 流体", "p50, fluid";
    TailFluid => "p99 流体", "p99, fluid";
    // Figures.
    LatencyMean => "平均応答時間", "Mean latency";
    LatencyP50 => "p50応答時間", "p50 latency";
    LatencyP95 => "p95応答時間", "p95 latency";
    LatencyP99 => "p99応答時間", "p99 latency";
    FailedShare => "失敗の割合", "Share that fails";
    LostRequests => "失敗リクエスト数", "Failed requests";
    Recovery => "復旧までの時間", "Back after";
    LatencyP99Curve => "p99の推移", "p99 over time";
}

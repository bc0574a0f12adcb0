//! The words of the validation page, in Japanese and English.
//!
//! Names of cases, inputs and figures are those of the files, in every language.

use crate::view::text::apart::phrases;

phrases! {
    // What it is.
    What =>
        "結果が分かっている事例を、エンジン自身が使う関数でこのブラウザーの中で計算し、期待値と突き合わせます。",
        "Cases with known outcomes, put to the functions that the engine itself uses, here in your \
         browser, and held against the expected figures.";
    Proves =>
        "分かること: 待ち行列、可用性、SLO、HPA、請求の計算が、公表値や別に求めた値と許容差の範囲で一致します。",
        "What a pass shows: queueing, availability, error budgets, autoscaling and bills come out \
         as published or as computed elsewhere, within each figure's tolerance.";
    ProvesNot =>
        "分からないこと: シナリオの数値が実際のシステムに合うか、各部分が時間とともに影響し合う様子が正しいか。\
         これは実測で確かめてください。",
        "What it does not show: that a scenario's numbers fit your system, or that the parts act \
         together over time as they do in reality. Only measurements can.";
    Origin =>
        "事例はどれも、このエンジンで作ったものではありません。Kubernetes などのテストや公表文書にある事実か、\
         別の手段で 40 桁まで計算した閉形式です。出典は事例ごとに示します。",
        "No case was made by this engine: they are facts of upstream tests, such as those of \
         Kubernetes, and of published documents, or closed forms evaluated elsewhere at 40 digits. \
         Each names its source.";
    Natively =>
        "同じ検証をコマンドで行うには:",
        "The same on the command line:";
    // How far it is.
    Summary => "ファイルごとの結果", "Results by file";
    Finished => "{0} 件: 合格 {1}、不合格 {2}、未対応 {3}",
        "{0} cases: {1} passed, {2} failed, {3} unsupported";
    Trouble => "{1} 件中 {0} 件のファイルを読み込めませんでした。接続を確かめて、再試行してください。",
        "{0} of {1} files did not load. Check the connection and try again.";
    Progress => "実行中 {0}/{1}", "Running {0}/{1}";
    Stopped => "中断しました。", "Stopped.";
    Stop => "中断", "Stop";
    Retry => "再試行", "Try again";
    Again => "もう一度実行", "Run again";
    Waiting => "待機中", "Waiting";
    Running => "実行中", "Running";
    Broken => "ファイルを読めません: {0}", "The file cannot be read: {0}";
    // Families.
    Queueing => "待ち行列", "Queueing";
    Availability => "可用性", "Availability";
    Slo => "SLO とアラート", "SLO and alerts";
    Hpa => "HPA", "HPA";
    Cost => "費用", "Cost";
    Scheduling => "スケジューリング", "Scheduling";
    Total => "合計", "Total";
    // Columns of both tables.
    Family => "分野", "Family";
    File => "ファイル", "File";
    Status => "状態", "Status";
    Passed => "合格", "Passed";
    Failed => "不合格", "Failed";
    Unsupported => "未対応", "Unsupported";
    Case => "事例", "Case";
    Input => "入力", "Inputs";
    Figure => "数値", "Figure";
    Expected => "期待値", "Expected";
    Got => "結果", "Got";
    Tolerance => "許容差", "Tolerance";
    Error => "相対誤差", "Relative error";
    // Filters.
    All => "すべて", "All";
    Search => "検索", "Search";
    SearchHint => "名前、入力、出典", "Name, input, source";
    Shown => "{1} 件中 {0} 件を表示", "Showing {0} of {1} cases";
    ShowAll => "{0} 件すべてを表示", "Show all {0}";
    Cases => "事例の一覧", "Cases";
}

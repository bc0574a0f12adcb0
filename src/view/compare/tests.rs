use super::*;
use crate::analysis::{Recovery, compare, verdict};
use crate::model::{FaultKind, Objectives, RunPlan, Tape};
use crate::units::SimDuration;

fn run(availability: f64, breach_min: f64, p99_s: f64, cost: f64) -> Figures {
    Figures {
        availability: Some(availability),
        downtime_min: (1.0 - availability) * 1440.0,
        slo_breach_min: breach_min,
        error_budget_used: Some((1.0 - availability) / 0.001 / 30.0),
        latency_p50_s: Some(0.03),
        latency_p95_s: Some(0.08),
        latency_p99_s: Some(p99_s),
        recovery: Recovery::Recovered { after_s: 120.0 },
        cost_per_month_usd: cost,
        cost_per_million_requests_usd: Some(cost / 2000.0),
        lost_requests: (1.0 - availability) * 1e6,
        peak_nodes: 9,
        pod_pending_min: 0.0,
    }
}

/// Six runs around a figure, so that differences have a spread.
fn runs(availability: f64, breach_min: f64, p99_s: f64, cost: f64) -> Vec<Figures> {
    let shifts = [-2.0, -1.0, 0.0, 0.0, 1.0, 2.0];
    shifts
        .iter()
        .map(|shift| run(availability + shift * 1e-5, breach_min, p99_s, cost + shift))
        .collect()
}

const fn terms<'a>(objectives: &'a Objectives, plan: &'a RunPlan, tape: &'a Tape) -> Terms<'a> {
    Terms {
        objectives,
        plan,
        tape,
    }
}

#[track_caller]
fn check(a: &[Figures], b: &[Figures], ja: &str, en: &str) {
    let verdict = verdict(&compare(a, b)).expect("complete");
    for (language, expected) in [(Language::Ja, ja), (Language::En, en)] {
        let day = SimDuration::from_h(24);
        let got = verdict_text(&verdict, ["A", "B"], day, true, language);
        assert_eq!(got.sentence, expected);
    }
}

#[test]
fn the_sentence_weighs_cost_against_service() {
    let a = runs(0.999, 2.0, 0.2, 4_180.0);
    check(
        &a,
        &runs(0.95, 41.0, 0.2, 3_310.0),
        "B は月 $870 安い一方、SLO 違反が 1 日で 39 分増えます。",
        "B costs $870 less per month, but breaches the SLO 39 min more in 1 d.",
    );
    check(
        &a,
        &runs(0.9999, 2.0, 0.2, 4_100.0),
        "B は月 $80.00 安いうえ、可用性が 0.09 pt 上がります。",
        "B costs $80.00 less per month, and gains 0.09 pt of availability.",
    );
    check(
        &a,
        &runs(0.95, 41.0, 0.3, 4_180.0),
        "B では、SLO 違反が 1 日で 39 分増えます。費用の差は確認できません。\
         B の p99 レイテンシは 100 ms 長くなります。",
        "B breaches the SLO 39 min more in 1 d. No cost difference is shown. \
         The p99 latency of B is 100 ms longer.",
    );
}

#[test]
fn a_difference_in_cost_alone_is_no_contrast() {
    let a = runs(0.999, 2.0, 0.2, 4_180.0);
    let b = runs(0.999, 2.0, 0.201, 4_080.0);
    check(
        &a,
        &b,
        "B は月 $100 安くなります。可用性の差は確認できません。",
        "B costs $100 less per month; no availability difference is shown.",
    );
}

#[test]
fn nothing_is_claimed_that_the_interval_does_not_show() {
    let a = runs(0.999, 2.0, 0.2, 4_180.0);
    check(
        &a,
        &a,
        "差は確認できません（6 回）。",
        "No difference shown (6 runs).",
    );
    check(
        &a[..1],
        &runs(0.9, 9.0, 0.9, 1.0)[..1],
        "1 回の試行では差を判定できません。",
        "One run cannot show a difference.",
    );
    let verdict = verdict(&compare(&a, &a)).expect("complete");
    let day = SimDuration::from_h(24);
    let plain = verdict_text(&verdict, ["A", "B"], day, false, Language::En);
    assert_eq!(plain.basis, "mean of 6 paired runs");
    let assumed = verdict_text(&verdict, ["A", "B"], day, true, Language::En);
    assert_eq!(assumed.basis, "mean of 6 paired runs, with assumptions");
}

#[test]
fn what_nobody_measured_is_not_equal() {
    let mut calm = runs(0.999, 2.0, 0.2, 4_180.0);
    for run in &mut calm {
        run.recovery = Recovery::NoFault;
    }
    let rows = delta_rows(&compare(&calm, &calm), ["A", "B"], Language::En);
    let recovery = rows
        .iter()
        .find(|row| row.metric == Metric::Recovery)
        .expect("a row");
    assert_eq!(
        (recovery.verdict.as_str(), recovery.difference.as_str()),
        ("–", "–")
    );
    let one = [Contender {
        letter: "A",
        name: "calm",
        runs: &calm,
    }];
    let objectives = Objectives {
        rto: Some(SimDuration::from_min(5)),
        ..Objectives::default()
    };
    let (plan, tape) = (RunPlan::default(), Tape::default());
    let strip = kpis(&one, terms(&objectives, &plan, &tape), Language::En);
    let value = &strip[4].values[0];
    assert_eq!((value.value.as_str(), value.is_met), ("No fault", None));
    assert!(strip[4].is_wide() && !strip[3].is_wide());
}

#[test]
fn the_table_has_words_for_every_outcome() {
    let a = runs(0.999, 2.0, 0.2, 4_180.0);
    let b = runs(0.95, 41.0, 0.2, 3_310.0);
    let rows = delta_rows(&compare(&a, &b), ["A", "B"], Language::Ja);
    let row = |metric| rows.iter().find(|row| row.metric == metric).expect("a row");
    let cost = row(Metric::CostPerMonth);
    assert_eq!(
        (cost.difference.as_str(), cost.verdict.as_str()),
        ("−$870", "B が安い")
    );
    assert_eq!(
        (cost.interval.as_str(), cost.wins.as_str()),
        ("−$870 〜 −$870", "0/6")
    );
    assert_eq!(
        cost.gauge,
        Some(Gauge {
            low: -1.0,
            high: -1.0,
            mean: -1.0
        })
    );
    assert_eq!(row(Metric::Availability).verdict, "A が良い");
    assert_eq!(row(Metric::Availability).wins, "6/6");
    assert_eq!(row(Metric::LatencyP99).verdict, "同じ");
    let few = delta_rows(&compare(&a[..1], &b[..1]), ["A", "B"], Language::En);
    assert!(
        few.iter()
            .all(|row| row.verdict == "Computing" && row.gauge.is_none())
    );
}

#[test]
fn key_figures_say_whether_objectives_are_met() {
    let (a, mut b) = (
        runs(0.9999, 2.0, 0.2, 4_180.0),
        runs(0.95, 41.0, 0.5, 3_310.0),
    );
    for run in &mut b {
        run.recovery = Recovery::StillBelow;
    }
    let objectives = Objectives {
        latency_p99: Some(SimDuration::from_ms(400)),
        rto: Some(SimDuration::from_min(5)),
        ..Objectives::default()
    };
    let contenders = [
        Contender {
            letter: "A",
            name: "multi",
            runs: &a,
        },
        Contender {
            letter: "B",
            name: "single",
            runs: &b,
        },
    ];
    let (plan, tape) = (RunPlan::default(), Tape::default());
    let strip = kpis(&contenders, terms(&objectives, &plan, &tape), Language::En);
    let shown: Vec<_> = strip
        .iter()
        .map(|kpi| {
            let values: Vec<_> = kpi
                .values
                .iter()
                .map(|one| (one.value.as_str(), one.outcome))
                .collect();
            (kpi.title, values, kpi.footnote.as_str())
        })
        .collect();
    let expected = [
        (
            "Availability",
            vec![("99.99 %", "Met"), ("95.00 %", "Missed")],
            "SLO 99.9 % in 30 d",
        ),
        (
            "p99",
            vec![("200 ms", "Met"), ("500 ms", "Missed")],
            "SLO 400 ms",
        ),
        (
            "SLO breach",
            vec![("2 min", ""), ("41 min", "")],
            "In 23 h 50 min",
        ),
        (
            "Cost per month",
            vec![("$4,180", ""), ("$3,310", "")],
            "A typical day's usage × 730 h",
        ),
        (
            "Recovery time",
            vec![("2 min", "Met"), ("Not recovered", "Missed")],
            "RTO 5 min",
        ),
    ];
    assert_eq!(shown, expected);
}

/// Two of six runs miss, though the mean does not: the mark needs words.
#[test]
fn a_mark_that_seems_to_contradict_the_mean_is_explained() {
    let mut few = runs(0.9999, 2.0, 0.2, 4_180.0);
    few[0].latency_p99_s = Some(0.5);
    few[1].latency_p99_s = Some(0.5);
    let all = runs(0.995, 2.0, 0.2, 4_180.0);
    let contenders = [("A", &few), ("B", &all)].map(|(letter, runs)| Contender {
        letter,
        name: letter,
        runs,
    });
    let objectives = Objectives {
        latency_p99: Some(SimDuration::from_ms(400)),
        ..Objectives::default()
    };
    let (plan, tape) = (RunPlan::default(), Tape::default());
    let strip = |language| kpis(&contenders, terms(&objectives, &plan, &tape), language);
    let (en, ja) = (strip(Language::En), strip(Language::Ja));
    assert_eq!(en[1].footnote, "SLO 400 ms, A: met in 4/6");
    assert_eq!(ja[1].footnote, "SLO 400 ms、A は 6 回中 4 回達成");
    let judged = |at: usize, side: usize| en[at].values[side].judged.as_str();
    assert_eq!(
        judged(1, 0),
        "Missed: runs that meet it: 4 of 6 (95 % have to)"
    );
    assert_eq!(
        judged(0, 1),
        "Met: runs within the 30-day error budget: 6 of 6 (95 % have to be)"
    );
    assert_eq!(
        (judged(2, 0), en[0].footnote.as_str()),
        ("", "SLO 99.9 % in 30 d")
    );
}

#[test]
fn recovery_says_which_fault_it_counts_from() {
    let calm = runs(0.9999, 2.0, 0.2, 4_180.0);
    let one = [Contender {
        letter: "A",
        name: "calm",
        runs: &calm,
    }];
    let surge = |at| FaultKind::Surge {
        at: SimDuration::from_min(at),
        duration: SimDuration::from_min(5),
        factor: 2.0,
    };
    let shed = FaultKind::LoadShed {
        at: SimDuration::from_min(700),
        duration: SimDuration::from_min(5),
        share: crate::units::Ratio::new(0.5),
    };
    let (plan, mut tape) = (RunPlan::default(), Tape::default());
    let footnote = |tape: &Tape, language| {
        let strip = kpis(&one, terms(&Objectives::default(), &plan, tape), language);
        strip[4].footnote.clone()
    };
    tape.faults.insert("one".to_string(), surge(600));
    tape.faults.insert("help".to_string(), shed);
    assert_eq!(footnote(&tape, Language::En), "No objective");
    tape.faults.insert("two".to_string(), surge(605));
    assert_eq!(footnote(&tape, Language::En), "No objective, from 10:05");
    assert_eq!(footnote(&tape, Language::Ja), "目標なし、10:05 から");
}

#[test]
fn a_difference_too_small_to_print_is_negligible() {
    let a = runs(0.999, 2.0, 0.2, 4_180.0);
    let mut b = a.clone();
    for run in &mut b {
        run.cost_per_month_usd += 0.01;
    }
    let word = |language| {
        let rows = delta_rows(&compare(&a, &b), ["A", "B"], language);
        let cost = rows.iter().find(|row| row.metric == Metric::CostPerMonth);
        cost.map(|row| row.verdict.clone())
    };
    assert_eq!(word(Language::En).as_deref(), Some("Negligible"));
    assert_eq!(word(Language::Ja).as_deref(), Some("無視できる差"));
    check(
        &a,
        &b,
        "差は無視できる大きさです（6 回）。",
        "Differences are negligible (6 runs).",
    );
    let dearer = runs(0.999 + 1e-8, 2.0, 0.2, 4_280.0);
    check(
        &a,
        &dearer,
        "B は月 $100 高くなります。可用性の差は無視できる大きさです。",
        "B costs $100 more per month; the availability difference is negligible.",
    );
}

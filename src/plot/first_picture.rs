//! The page's first picture: static HTML with the finished result, readable before (and without)
//! the engine.
//!
//! It is computed by the native command when the site is built, is marked as precomputed, and has
//! the same places and test names as the live page, which takes over without moving anything. Both
//! languages are inside; the `lang` of the document decides which one is shown, by style alone.
//! There is no script in it, and every text of the scenario is escaped.

use std::fmt::Write as _;

use super::charts::{Size, chart_svg};
use super::diagram_svg::diagram_svg;
use super::markup::escaped;
use super::theme;
use crate::analysis::{Figures, Metric, compare, verdict};
use crate::model::Language;
use crate::scenario::{DesignCase, Scenario};
use crate::sim::{EventKind, RunLog};
use crate::view::assumptions::assumptions;
use crate::view::chart::{ChartInput, ChartOrder, charts};
use crate::view::compare::{DeltaRow, Terms, delta_rows, kpis, verdict_text};
use crate::view::diagram::{Pane, Scene, layouts};
use crate::view::events::Shape;
use crate::view::report::{LETTERS, Shown};
use crate::view::text::{Key, code, fill, text};
use crate::view::timeline::timeline;
use crate::view::{events, format, words};

/// Room for a diagram and size of a chart on a desktop screen, in CSS pixels.
const PANE: Pane = Pane {
    width: 520.0,
    height: 340.0,
};
const CHART: Size = Size {
    width: 340,
    height: 190,
};
/// Stretches of time per line: about two pixels each.
const STRETCHES: usize = 150;
/// How long after the first fault's onset the diagrams are drawn: detection is over by then and
/// repair has not yet begun.
const AFTER_ONSET_S: f64 = 300.0;
/// Both, in the order in which they stand in the markup.
const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];

/// Writes the first picture of two designs. `logs` are the runs that are drawn, `runs` the figures
/// of all replications.
#[must_use]
pub fn html(
    scenario: &Scenario,
    designs: [&DesignCase; 2],
    logs: &[RunLog; 2],
    runs: [&[Figures]; 2],
) -> String {
    let shown = [0, 1].map(|side| Shown {
        letter: LETTERS[side],
        case: designs[side],
        runs: runs[side],
        log: &logs[side],
    });
    let mut out = String::from(
        "<style>html:lang(ja) #first-picture [data-lang=en],\
         html:lang(en) #first-picture [data-lang=ja]{display:none}\
         #first-picture svg{display:block;width:100%;height:100%}\
         #first-picture .pane .body>div,#first-picture .plot>div{height:100%}</style>\
         <div class=\"app\" data-tab=\"results\" data-testid=\"first-picture\">",
    );
    write_head(&mut out, scenario);
    write_verdict(&mut out, scenario, &shown);
    write_kpis(&mut out, scenario, &shown);
    write_designs(&mut out, &shown);
    write_time(&mut out, scenario, &shown);
    write_charts(&mut out, scenario, &shown);
    write_side(&mut out, scenario, &shown);
    out.push_str("</div>\n");
    out
}

/// A text in both languages.
fn both(out: &mut String, words: impl Fn(Language) -> String) {
    let texts = LANGUAGES.map(|language| (code(language), escaped(&words(language))));
    let [(_, ja), (_, en)] = &texts;
    if ja == en {
        out.push_str(ja);
        return;
    }
    for (code, text) in &texts {
        let _ = write!(
            out,
            "<span data-lang=\"{code}\" lang=\"{code}\">{text}</span>"
        );
    }
}

/// Markup in both languages, such as a picture with words in it.
fn both_blocks(out: &mut String, markup: impl Fn(Language) -> String) {
    for language in LANGUAGES {
        let code = code(language);
        let markup = markup(language);
        let _ = write!(
            out,
            "<div data-lang=\"{code}\" lang=\"{code}\">{markup}</div>"
        );
    }
}

fn write_head(out: &mut String, scenario: &Scenario) {
    out.push_str("<header class=\"top\"><span class=\"brand\">Tradewind</span><h1>");
    both(out, |language| scenario.title.get(language).to_string());
    out.push_str("</h1><span class=\"grow\"></span><span class=\"muted small\">");
    both(out, |language| text(Key::Precomputed, language).to_string());
    out.push_str("</span></header>");
}

fn write_verdict(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>; 2]) {
    let Some(verdict) = verdict(&compare(shown[0].runs, shown[1].runs)) else {
        return;
    };
    let counted = scenario.plan.duration - scenario.plan.warm_up;
    let words = |language| {
        let has_assumptions = !assumptions(scenario, language).is_empty();
        let letters = [shown[0].letter, shown[1].letter];
        verdict_text(&verdict, letters, counted, has_assumptions, language)
    };
    out.push_str("<section class=\"verdict\"><p data-testid=\"verdict\">");
    both(out, |language| words(language).sentence);
    out.push_str("</p><span class=\"run-count muted small\">");
    both(out, |language| words(language).basis);
    out.push_str("</span></section>");
}

/// The name of a metric in files; the live page uses the same for its test names.
fn id_of(metric: Metric) -> String {
    let name = serde_json::to_value(metric).ok();
    name.and_then(|name| name.as_str().map(str::to_string))
        .unwrap_or_default()
}

fn write_kpis(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>; 2]) {
    let terms = Terms {
        objectives: &scenario.objectives,
        plan: &scenario.plan,
        tape: &scenario.tape,
    };
    let strips = LANGUAGES.map(|language| {
        let contenders: Vec<_> = shown.iter().map(|one| one.contender(language)).collect();
        kpis(&contenders, terms, language)
    });
    let strip = |language: Language| match language {
        Language::Ja => &strips[0],
        Language::En => &strips[1],
    };
    out.push_str("<section class=\"kpis\">");
    for (at, kpi) in strips[0].iter().enumerate() {
        let id = id_of(kpi.metric);
        let class = if kpi.is_wide() { "kpi wide" } else { "kpi" };
        let _ = write!(out, "<div class=\"{class}\" data-testid=\"kpi-{id}\"><h3>");
        both(out, |language| strip(language)[at].title.to_string());
        out.push_str("</h3><div class=\"pair num\">");
        for (side, value) in kpi.values.iter().enumerate() {
            let letter = value.letter;
            let small = letter.to_ascii_lowercase();
            let _ = write!(
                out,
                "<b class=\"is-{small}\">{letter} <span data-testid=\"kpi-{id}-{small}\">"
            );
            both(out, |language| {
                strip(language)[at].values[side].value.clone()
            });
            out.push_str("</span> <i>");
            out.push_str(match value.is_met {
                Some(true) => "✓",
                Some(false) => "✕",
                None => "",
            });
            out.push_str("</i></b>");
        }
        out.push_str("</div><small>");
        both(out, |language| {
            words::unbroken(&strip(language)[at].footnote)
        });
        out.push_str("</small></div>");
    }
    out.push_str("</section>");
}

/// The moment of the diagrams: some minutes into the first fault, or the middle of a calm run.
fn moment_s(log: &RunLog) -> f64 {
    let onset = log.events.iter().find_map(|event| match event.kind {
        EventKind::FaultStarted { duration, .. } => Some((event.at, duration)),
        _ => None,
    });
    let end = log.header.duration.as_s_f64();
    let Some((at, duration)) = onset else {
        return end / 2.0;
    };
    let length = duration.as_s_f64();
    let after = if length > 0.0 {
        AFTER_ONSET_S.min(length / 2.0)
    } else {
        AFTER_ONSET_S
    };
    (at.as_s_f64() + after).min(end)
}

fn write_designs(out: &mut String, shown: &[Shown<'_>; 2]) {
    let pictures = layouts(&[&shown[0].case.design, &shown[1].case.design], PANE);
    let moment = moment_s(shown[0].log);
    out.push_str("<main class=\"designs\">");
    for (one, picture) in shown.iter().zip(&pictures) {
        let small = one.letter.to_ascii_lowercase();
        let _ = write!(
            out,
            "<section class=\"pane side-{small}\"><header><h2 class=\"is-{small}\">{} ",
            one.letter
        );
        both(out, |language| one.case.name.get(language).to_string());
        out.push_str("</h2><span class=\"grow\"></span><span class=\"muted small num\">");
        out.push_str(&format::elapsed_short(moment));
        out.push_str("</span></header><div class=\"body\">");
        let scene = Scene::new(&one.case.design, picture, one.log);
        let interval = scene.interval_at(moment);
        both_blocks(out, |language| {
            let name = one.case.name.get(language);
            let time = format::elapsed_short(moment);
            let label = fill(Key::DiagramLabel, language, &[one.letter, name, &time]);
            diagram_svg(picture, &scene.frame(interval, language), &label)
        });
        out.push_str("</div></section>");
    }
    out.push_str("</main>");
}

fn write_charts(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>; 2]) {
    let drawn = LANGUAGES.map(|language| {
        let inputs: Vec<_> = shown
            .iter()
            .map(|one| ChartInput {
                letter: one.letter,
                name: one.case.name.get(language),
                log: one.log,
            })
            .collect();
        charts(&ChartOrder {
            runs: &inputs,
            objectives: &scenario.objectives,
            region: shown[0].case.design.architecture.region,
            audited: None,
            stretches: STRETCHES,
            language,
        })
    });
    let chart = |language: Language, at: usize| match language {
        Language::Ja => &drawn[0][at],
        Language::En => &drawn[1][at],
    };
    out.push_str("<section class=\"charts\">");
    for at in 0..drawn[0].len() {
        out.push_str("<div class=\"card chart\"><h3>");
        both(out, |language| chart(language, at).title.clone());
        out.push_str("</h3><div class=\"plot\">");
        both_blocks(out, |language| chart_svg(chart(language, at), CHART));
        out.push_str("</div></div>");
    }
    write_differences(out, shown);
    out.push_str("</section>");
}

/// The table of differences, as the fourth card beside the charts.
fn write_differences(out: &mut String, shown: &[Shown<'_>; 2]) {
    let letters = [shown[0].letter, shown[1].letter];
    let deltas = compare(shown[0].runs, shown[1].runs);
    let rows = LANGUAGES.map(|language| delta_rows(&deltas, letters, language));
    let row = |language: Language, at: usize| match language {
        Language::Ja => &rows[0][at],
        Language::En => &rows[1][at],
    };
    out.push_str(
        "<div class=\"card table-card\"><div class=\"scroll\"><table class=\"delta\"><tr>",
    );
    let heads = [
        Key::DeltaMetric,
        Key::DeltaDifference,
        Key::DeltaInterval,
        Key::DeltaVerdict,
    ];
    for head in heads {
        out.push_str("<th>");
        both(out, |language| fill(head, language, &letters));
        out.push_str("</th>");
    }
    out.push_str("</tr>");
    for at in 0..rows[0].len() {
        out.push_str("<tr><th>");
        both(out, |language| row(language, at).name.to_string());
        let cells: [fn(&DeltaRow) -> &str; 3] = [
            |row| &row.difference,
            |row| &row.interval,
            |row| &row.verdict,
        ];
        out.push_str("</th>");
        for cell in cells {
            out.push_str("<td>");
            both(out, |language| cell(row(language, at)).to_string());
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</table></div></div>");
}

/// The load curve with the faults.
fn write_time(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>; 2]) {
    const WIDTH: f64 = 1000.0;
    const HEIGHT: f64 = 60.0;
    let region = shown[0].case.design.architecture.region;
    let line = |language| {
        let (load, tape, plan) = (&scenario.load, &scenario.tape, &scenario.plan);
        timeline(load, tape, plan, region, &[], 1.0, language)
    };
    let drawn = line(Language::Ja);
    let x = |at_s: f64| libm::round(at_s / drawn.duration_s.max(1.0) * WIDTH);
    let _ = write!(
        out,
        "<section class=\"time\"><span class=\"muted small\">{}</span>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
        escaped(&format::rate(drawn.peak_rps)),
    );
    for band in &drawn.bands {
        let (from, to) = (x(band.from_s), x(band.to_s));
        let _ = write!(
            out,
            "<rect x=\"{from}\" y=\"0\" width=\"{}\" height=\"{HEIGHT}\" fill=\"{}\" \
             fill-opacity=\"0.15\"/>",
            (to - from).max(2.0),
            theme::CRITICAL,
        );
    }
    let points = drawn.load.iter().map(|(at, share)| {
        format!(
            "{} {} ",
            x(*at),
            libm::round((1.0 - share) * (HEIGHT - 4.0)) + 2.0
        )
    });
    let points: String = points.collect();
    let _ = write!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/></svg></section>",
        points.trim_end(),
        theme::MUTED,
    );
}

/// What the page is for, the question, what happened first, and the limits.
fn write_side(out: &mut String, scenario: &Scenario, shown: &[Shown<'_>; 2]) {
    const MOST_EVENTS: usize = 8;
    out.push_str("<aside class=\"side\"><div class=\"content\"><p><b>");
    both(out, |language| {
        text(Key::ProductSentence, language).to_string()
    });
    out.push_str("</b></p><p>");
    both(out, |language| scenario.question.get(language).to_string());
    out.push_str("</p><h3>A</h3><ul class=\"small\">");
    let zones = words::zones(&shown[0].case.design);
    let lines = LANGUAGES.map(|language| {
        let region = shown[0].case.design.architecture.region;
        let faults = words::faults(&scenario.tape, region, language);
        let lines = events::lines(
            shown[0].log,
            events::Words {
                zones: &zones,
                faults: &faults,
                language,
            },
        );
        lines
            .into_iter()
            .filter(|line| line.important)
            .skip_while(|line| line.shape != Shape::Cross)
            .take(MOST_EVENTS)
            .collect::<Vec<_>>()
    });
    for (ja, en) in lines[0].iter().zip(&lines[1]) {
        let _ = write!(out, "<li><span class=\"num\">{}</span> ", ja.time);
        both(out, |language| match language {
            Language::Ja => ja.text.clone(),
            Language::En => en.text.clone(),
        });
        out.push_str("</li>");
    }
    out.push_str("</ul><p class=\"muted small\">");
    both(out, |language| {
        text(Key::PrecomputedNote, language).to_string()
    });
    out.push_str("</p><p class=\"muted small\">");
    both(out, |language| text(Key::LimitsLine, language).to_string());
    out.push_str("</p></div></aside>");
}

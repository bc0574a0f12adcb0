//! What the pairs of runs say: verdict, key figures, and the table of differences.

use tradewind::analysis;
use tradewind::view::assumptions::assumptions;
use tradewind::view::compare::{
    Contender, DeltaRow, Gauge, Kpi, Terms, VerdictText, delta_rows, kpis, verdict_text,
};
use tradewind::view::state::Progress;
use tradewind::view::text::Key;
use tradewind::view::words;

use super::designs::{LETTERS, TEXT_CLASSES};
use crate::element::{El, Handler, el, on_any};
use crate::engine::{Answers, Outcome};
use crate::store::{Texts, Ui};

/// The comparison in words.
#[derive(Clone, PartialEq)]
pub struct Summary {
    /// The verdict.
    pub verdict: Option<VerdictText>,
    /// The key figures.
    pub kpis: Vec<Kpi>,
    /// The table of differences.
    pub rows: Vec<DeltaRow>,
    /// Pairs of runs behind it.
    pub pairs: u32,
}

/// Puts an outcome into words.
pub fn summary(outcome: &Outcome, texts: Texts) -> Summary {
    let (scenario, comparison) = (&outcome.scenario, &outcome.comparison);
    let sides = scenario
        .designs
        .iter()
        .zip(LETTERS)
        .zip(&comparison.figures);
    let contenders: Vec<_> = sides
        .map(|((case, letter), runs)| Contender {
            letter,
            name: case.name.get(texts.0),
            runs,
        })
        .collect();
    let counted = scenario.plan.duration.saturating_sub(scenario.plan.warm_up);
    let has_assumptions = !assumptions(scenario, texts.0).is_empty();
    let verdict = analysis::verdict(&comparison.deltas);
    let terms = Terms {
        objectives: &scenario.objectives,
        plan: &scenario.plan,
        tape: &scenario.tape,
    };
    Summary {
        verdict: verdict
            .map(|verdict| verdict_text(&verdict, LETTERS, counted, has_assumptions, texts.0)),
        kpis: kpis(&contenders, terms, texts.0),
        rows: delta_rows(&comparison.deltas, LETTERS, texts.0),
        pairs: comparison.pairs(),
    }
}

/// The verdict in one sentence, and how many runs it rests on.
pub fn verdict(ui: &Ui, summary: Option<&Summary>, answers: &Answers) -> El {
    let verdict = summary.and_then(|summary| summary.verdict.as_ref());
    // One run is a first look while the others are under way.
    let is_first_look =
        answers.progress.is_some() && summary.is_some_and(|summary| summary.pairs < 2);
    let verdict = verdict.filter(|_| !is_first_look);
    let (sentence, basis) = match verdict {
        Some(verdict) => (verdict.sentence.as_str(), verdict.basis.as_str()),
        None => (ui.get(Key::Computing), ""),
    };
    let link = |key, testid, on_click: Handler| {
        let link = el("button").class("link").testid(testid);
        link.on_click(on_click).text(ui.get(key))
    };
    let mut runs = el("span").class("run-count muted small").text(basis);
    runs = match answers.progress {
        Some(Progress { done, wanted }) => {
            let text = ui.fill(Key::RunsProgress, &[&done.to_string(), &wanted.to_string()]);
            let progress = el("span").class("num").testid("progress").text(&text);
            let stop = link(Key::StopRuns, "stop", on_any(&answers.stop));
            runs.add(progress).add(stop)
        }
        None => runs.add(link(Key::RunMore, "more", on_any(&answers.more))),
    };
    let sentence = el("p")
        .testid("verdict")
        .set("title", sentence)
        .text(&words::unbroken(sentence));
    el("section")
        .class("verdict")
        .set("id", "results")
        .label(ui.get(Key::ReportVerdict))
        .add(sentence)
        .add(runs)
}

/// The five key figures.
pub fn kpi_row(ui: &Ui, summary: Option<&Summary>) -> El {
    let kpis = summary.iter().flat_map(|summary| summary.kpis.iter());
    let row = el("section").class("kpis").label(ui.get(Key::RegionKpi));
    row.each(kpis.map(figure))
}

fn figure(kpi: &Kpi) -> El {
    let name = id_of(kpi.metric);
    let values = kpi.values.iter().map(|value| {
        let mark = match value.is_met {
            Some(true) => "✓",
            Some(false) => "✕",
            None => "",
        };
        let testid = format!("kpi-{name}-{}", value.letter.to_ascii_lowercase());
        let mark = el("i").text(mark);
        let mark = if value.judged.is_empty() {
            mark
        } else {
            mark.set("role", "img").name(&value.judged)
        };
        el("b")
            .class(class_of(value.letter))
            .text(value.letter)
            .text(" ")
            .add(el("span").testid(&testid).text(&value.value))
            .text(" ")
            .add(mark)
    });
    let footnote = el("small").set("title", &kpi.footnote);
    el("div")
        .class_if("kpi", kpi.is_wide(), "wide")
        .key(&name)
        .testid(&format!("kpi-{name}"))
        .add(el("h3").text(kpi.title))
        .add(el("div").class("pair num").each(values))
        .add(footnote.text(&words::unbroken(&kpi.footnote)))
}

/// The class of what belongs to the side with a letter.
pub fn class_of(letter: &str) -> &'static str {
    TEXT_CLASSES[usize::from(letter != LETTERS[0])]
}

/// The name of a metric in files, for tests.
pub fn id_of(metric: analysis::Metric) -> String {
    let name = serde_json::to_value(metric).ok();
    name.and_then(|name| Some(name.as_str()?.to_string()))
        .unwrap_or_default()
}

/// The table of differences.
pub fn delta_table(ui: &Ui, summary: Option<&Summary>) -> El {
    let rows = summary.iter().flat_map(|summary| summary.rows.iter());
    let pairs = summary.map_or(0, |summary| summary.pairs).to_string();
    let difference = ui.fill(Key::DeltaDifference, &LETTERS);
    let columns = [
        (ui.get(Key::DeltaMetric), ""),
        (LETTERS[0], "wide"),
        (LETTERS[1], "wide"),
        (&difference, ""),
        (ui.get(Key::DeltaInterval), ""),
        ("", "wide"),
        (ui.get(Key::DeltaVerdict), "word"),
    ];
    let head = columns.map(|(name, class)| column(name).class(class));
    let caption = ui.fill(Key::DeltaCaption, &[LETTERS[0], LETTERS[1], &pairs]);
    let table = table(None, head, rows.map(row))
        .class("delta")
        .testid("delta");
    el("div")
        .class("card table-card")
        .label(ui.get(Key::RegionDelta))
        .add(el("header").add(el("h3").text(&caption)))
        .add(el("div").class("scroll").add(table))
}

/// The head of a column.
pub fn column(name: &str) -> El {
    el("th").set("scope", "col").text(name)
}

/// A table with a caption, or none, and one line of heads.
pub fn table(
    caption: Option<El>,
    columns: impl IntoIterator<Item = El>,
    rows: impl IntoIterator<Item = El>,
) -> El {
    let head = el("thead").add(el("tr").each(columns));
    let table = el("table").maybe(caption).add(head);
    table.add(el("tbody").each(rows))
}

fn row(row: &DeltaRow) -> El {
    let name = id_of(row.metric);
    let cell = |class: &str, text: &str| el("td").class(class).text(text);
    let gauge = el("td").class("wide").maybe(row.gauge.map(gauge));
    el("tr")
        .key(&name)
        .testid(&format!("delta-{name}"))
        .set("title", &format!("{} {}", LETTERS[0], row.wins))
        .add(el("th").set("scope", "row").text(row.name))
        .add(cell("wide is-a", &row.baseline))
        .add(cell("wide is-b", &row.candidate))
        .add(el("td").text(&row.difference))
        .add(el("td").text(&row.interval))
        .add(gauge)
        .add(cell("word", &row.verdict))
}

/// The interval against zero as a bar.
fn gauge(gauge: Gauge) -> El {
    let x = |share: f64| format!("{:.1}", 24.0 + share * 22.0);
    let path = |class: &str, d: &str| el("path").class(class).set("d", d);
    let range = format!("M{} 5H{}", x(gauge.low), x(gauge.high));
    let mean = el("circle").set("cx", &x(gauge.mean));
    el("svg")
        .class("gauge")
        .set("viewBox", "0 0 48 10")
        .set("aria-hidden", "true")
        .add(path("zero", "M24 0V10M1 5H47"))
        .add(path("range", &range))
        .add(mean.set("cy", "5").set("r", "3"))
}

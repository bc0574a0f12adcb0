//! What the pairs of runs say: verdict, key figures, and the table of differences.

use std::rc::Rc;

use tradewind::analysis;
use tradewind::view::assumptions::assumptions;
use tradewind::view::compare::{
    Contender, DeltaRow, Gauge, Kpi, VerdictText, delta_rows, kpis, verdict_text,
};
use tradewind::view::state::Progress;
use tradewind::view::text::Key;
use yew::prelude::*;

use super::designs::LETTERS;
use crate::engine::Outcome;
use crate::store::{Texts, use_texts};

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
    Summary {
        verdict: verdict
            .map(|verdict| verdict_text(&verdict, LETTERS, counted, has_assumptions, texts.0)),
        kpis: kpis(&contenders, &scenario.objectives, &scenario.plan, texts.0),
        rows: delta_rows(&comparison.deltas, LETTERS, texts.0),
        pairs: comparison.pairs(),
    }
}

#[derive(Properties, PartialEq)]
pub struct VerdictProps {
    /// The comparison in words.
    pub summary: Option<Rc<Summary>>,
    /// How far the refinement is, while it runs.
    pub progress: Option<Progress>,
    /// Stops the refinement.
    pub stop: Callback<()>,
    /// Asks for more pairs.
    pub more: Callback<()>,
}

/// The verdict in one sentence, and how many runs it rests on.
#[component]
pub fn Verdict(props: &VerdictProps) -> Html {
    let texts = use_texts();
    let verdict = props
        .summary
        .as_ref()
        .and_then(|summary| summary.verdict.clone());
    let (sentence, basis) = match verdict {
        Some(verdict) => (verdict.sentence, verdict.basis),
        None => (texts.get(Key::Computing).to_string(), String::new()),
    };
    let runs = match props.progress {
        Some(Progress { done, wanted }) => html! {
            <>
                <span class="num" data-testid="progress">
                    { texts.fill(Key::RunsProgress, &[&done.to_string(), &wanted.to_string()]) }
                </span>
                <button class="link" data-testid="stop" onclick={props.stop.reform(|_| ())}>
                    { texts.get(Key::StopRuns) }
                </button>
            </>
        },
        None => html! {
            <button class="link" data-testid="more" onclick={props.more.reform(|_| ())}>
                { texts.get(Key::RunMore) }
            </button>
        },
    };
    html! {
        <section class="verdict" id="results" aria-label={texts.get(Key::ReportVerdict)}>
            <p data-testid="verdict" title={sentence.clone()}>{ &sentence }</p>
            <span class="run-count muted small">{ basis }{ runs }</span>
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub struct SummaryProps {
    /// The comparison in words.
    pub summary: Option<Rc<Summary>>,
}

/// The five key figures.
#[component]
pub fn Kpis(props: &SummaryProps) -> Html {
    let texts = use_texts();
    let kpis = props.summary.iter().flat_map(|summary| summary.kpis.iter());
    html! {
        <section class="kpis" aria-label={texts.get(Key::RegionKpi)}>
            { for kpis.map(figure) }
        </section>
    }
}

fn figure(kpi: &Kpi) -> Html {
    let name = id_of(kpi.metric);
    let values = kpi.values.iter().map(|value| {
        let class = if value.letter == LETTERS[0] {
            "is-a"
        } else {
            "is-b"
        };
        let mark = match value.is_met {
            Some(true) => "✓",
            Some(false) => "✕",
            None => "",
        };
        let testid = format!("kpi-{name}-{}", value.letter.to_ascii_lowercase());
        html! {
            <b {class}>
                { value.letter }{ " " }<span data-testid={testid}>{ &value.value }</span>{ " " }
                <i title={value.outcome} aria-label={value.outcome}>{ mark }</i>
            </b>
        }
    });
    html! {
        <div class="kpi" key={name.clone()} data-testid={format!("kpi-{name}")}>
            <h3>{ kpi.title }</h3>
            <div class="pair num">{ for values }</div>
            <small title={kpi.footnote.clone()}>{ &kpi.footnote }</small>
        </div>
    }
}

/// The name of a metric in files, for tests.
pub fn id_of(metric: analysis::Metric) -> String {
    let name = serde_json::to_value(metric).ok();
    name.and_then(|name| Some(name.as_str()?.to_string()))
        .unwrap_or_default()
}

/// The table of differences.
#[component]
pub fn DeltaTable(props: &SummaryProps) -> Html {
    let texts = use_texts();
    let rows = props.summary.iter().flat_map(|summary| summary.rows.iter());
    let pairs = props
        .summary
        .as_ref()
        .map_or(0, |summary| summary.pairs)
        .to_string();
    let difference = texts.fill(Key::DeltaDifference, &LETTERS);
    let columns = [
        (texts.get(Key::DeltaMetric), ""),
        (LETTERS[0], "wide"),
        (LETTERS[1], "wide"),
        (&difference, ""),
        (texts.get(Key::DeltaInterval), ""),
        ("", "wide"),
        (texts.get(Key::DeltaVerdict), "word"),
    ];
    let head = columns.map(|(name, class)| html! { <th scope="col" {class}>{ name }</th> });
    html! {
        <div class="card table-card" aria-label={texts.get(Key::RegionDelta)}>
            <header>
                <h3>{ texts.fill(Key::DeltaCaption, &[LETTERS[0], LETTERS[1], &pairs]) }</h3>
            </header>
            <div class="scroll">
                <table class="delta" data-testid="delta">
                    <thead>
                        <tr>{ for head }</tr>
                    </thead>
                    <tbody>{ for rows.map(row) }</tbody>
                </table>
            </div>
        </div>
    }
}

fn row(row: &DeltaRow) -> Html {
    let name = id_of(row.metric);
    let title = format!("{} {}", LETTERS[0], row.wins);
    html! {
        <tr key={name.clone()} data-testid={format!("delta-{name}")} {title}>
            <th scope="row">{ row.name }</th>
            <td class="wide is-a">{ &row.baseline }</td>
            <td class="wide is-b">{ &row.candidate }</td>
            <td>{ &row.difference }</td>
            <td>{ &row.interval }</td>
            <td class="wide">{ row.gauge.map(gauge) }</td>
            <td class="word">{ &row.verdict }</td>
        </tr>
    }
}

/// The interval against zero as a bar.
fn gauge(gauge: Gauge) -> Html {
    let x = |share: f64| format!("{:.1}", 24.0 + share * 22.0);
    html! {
        <svg class="gauge" viewBox="0 0 48 10" aria-hidden="true">
            <path class="zero" d="M24 0V10M1 5H47" />
            <path class="range" d={format!("M{} 5H{}", x(gauge.low), x(gauge.high))} />
            <circle cx={x(gauge.mean)} cy="5" r="3" />
        </svg>
    }
}

//! The three charts of the runs, with playhead and crosshair over them.

use std::rc::Rc;

use tradewind::plot::chart_svg;
use tradewind::plot::charts::{PlotArea, Size};
use tradewind::view::chart::{self, Chart, ChartInput, ChartKind};
use tradewind::view::format;
use tradewind::view::text::Key;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::designs::LETTERS;
use super::events::instant;
use super::size::use_size;
use super::tabs::{Choice, Segments};
use super::timeline::share_of;
use crate::engine::Outcome;
use crate::playhead::{use_playhead, use_shifted};
use crate::store::{Texts, use_texts};

/// Stretches of time per line: two points each, about one per pixel.
const STRETCHES: usize = 200;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The runs shown.
    pub outcome: Option<Outcome>,
    /// What stands beside the charts.
    pub children: Html,
}

/// The three charts, and what stands beside them.
#[component]
pub fn Charts(props: &Props) -> Html {
    let texts = use_texts();
    let chosen = use_state_eq(|| ChartKind::Availability);
    let hover = use_state_eq(|| None::<f64>);
    // Refined figures change the comparison, not the runs that are drawn.
    let logs = props.outcome.clone().map(Drawn);
    let charts = use_memo((logs, texts), |(drawn, texts)| {
        drawn
            .as_ref()
            .map(|drawn| build(&drawn.0, *texts))
            .unwrap_or_default()
    });
    let choices: Vec<_> = charts
        .iter()
        .map(|chart| Choice {
            value: chart.kind,
            text: chart.title.clone().into(),
            testid: testid(chart.kind),
        })
        .collect();
    let on_choose = {
        let chosen = chosen.setter();
        Callback::from(move |kind| chosen.set(kind))
    };
    let on_hover = {
        let hover = hover.setter();
        Callback::from(move |at| hover.set(at))
    };
    html! {
        <section class="charts" id="charts" aria-label={texts.get(Key::RegionCharts)}>
            { for charts.iter().map(|chart| html! {
                <ChartCard key={testid(chart.kind)} chart={Rc::clone(chart)} hover={*hover}
                    is_chosen={chart.kind == *chosen} on_hover={on_hover.clone()}>
                    <div class="chart-tabs">
                        <Segments<ChartKind> label={texts.get(Key::RegionCharts)}
                            choices={choices.clone()} chosen={*chosen}
                            on_choose={on_choose.clone()} />
                    </div>
                </ChartCard>
            }) }
            { props.children.clone() }
        </section>
    }
}

/// Compares outcomes by their runs alone.
#[derive(Clone)]
struct Drawn(Outcome);

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0.logs, &other.0.logs)
    }
}

fn build(outcome: &Outcome, texts: Texts) -> Vec<Rc<Chart>> {
    let scenario = &outcome.scenario;
    let Some(first) = scenario.designs.first() else {
        return Vec::new();
    };
    let cases = scenario
        .designs
        .iter()
        .zip(LETTERS)
        .zip(outcome.logs.iter());
    let runs: Vec<_> = cases
        .map(|((case, letter), log)| ChartInput {
            letter,
            name: case.name.get(texts.0),
            log,
        })
        .collect();
    let region = first.design.architecture.region;
    let charts = chart::charts(&runs, &scenario.objectives, region, STRETCHES, texts.0);
    charts.into_iter().map(Rc::new).collect()
}

const fn testid(kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Availability => "chart-availability",
        ChartKind::Latency => "chart-latency",
        ChartKind::Cost => "chart-cost",
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    chart: Rc<Chart>,
    hover: Option<f64>,
    is_chosen: bool,
    on_hover: Callback<Option<f64>>,
    children: Html,
}

/// One chart.
#[component]
fn ChartCard(props: &CardProps) -> Html {
    let texts = use_texts();
    let as_table = use_state_eq(|| false);
    let (node, (width, height)) = use_size((300.0, 180.0));
    let size = Size {
        width: width as u32,
        height: height as u32,
    };
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |_: MouseEvent| as_table.set(!*as_table))
    };
    let key = if *as_table {
        Key::ShowChart
    } else {
        Key::ShowTable
    };
    let chosen = props.is_chosen.then_some("chosen");
    html! {
        <div class={classes!("card", "chart", chosen)} data-testid={testid(props.chart.kind)}>
            <header>
                <h3>{ &props.chart.title }</h3>
                { props.children.clone() }
                <span class="grow" />
                <button class="link" aria-pressed={as_table.to_string()} onclick={toggle}>
                    { texts.get(key) }
                </button>
            </header>
            if *as_table {
                <div class="scroll"><Table chart={Rc::clone(&props.chart)} /></div>
            } else {
                <div class="plot" ref={node}>
                    <Picture chart={Rc::clone(&props.chart)} width={size.width}
                        height={size.height} />
                    <Overlay chart={Rc::clone(&props.chart)} area={Area(size.plot_area())}
                        hover={props.hover} on_hover={props.on_hover.clone()} />
                </div>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PictureProps {
    chart: Rc<Chart>,
    width: u32,
    height: u32,
}

/// The drawing. It is made again only when the runs, the language or the size change.
#[component]
fn Picture(props: &PictureProps) -> Html {
    let svg = chart_svg(
        &props.chart,
        Size {
            width: props.width,
            height: props.height,
        },
    );
    // Made by our own writer, which escapes every text of the scenario.
    let drawing = Html::from_html_unchecked(svg.into());
    html! { <div class="picture">{ drawing }</div> }
}

#[derive(Clone, Copy, PartialEq)]
struct Area(PlotArea);

#[derive(Properties, PartialEq)]
struct OverlayProps {
    chart: Rc<Chart>,
    area: Area,
    hover: Option<f64>,
    on_hover: Callback<Option<f64>>,
}

/// Playhead and crosshair; a click moves the playhead.
#[component]
fn Overlay(props: &OverlayProps) -> Html {
    let playhead = use_playhead();
    let line = use_shifted();
    let node = use_node_ref();
    let at_s = {
        let (node, max) = (node.clone(), props.chart.x.max);
        move |event: &PointerEvent| {
            node.cast::<HtmlElement>()
                .map(|element| share_of(&element, event) * max)
        }
    };
    let onpointermove = {
        let (on_hover, at_s) = (props.on_hover.clone(), at_s.clone());
        Callback::from(move |event: PointerEvent| on_hover.emit(at_s(&event)))
    };
    let onpointerdown = Callback::from(move |event: PointerEvent| {
        if let Some(at_s) = at_s(&event) {
            playhead.seek(instant(at_s));
        }
    });
    let onpointerleave = props.on_hover.reform(|_: PointerEvent| None);
    let PlotArea {
        x,
        y,
        width,
        height,
    } = props.area.0;
    let style = format!("left:{x}px;top:{y}px;width:{width}px;height:{height}px");
    let cross = props.hover.map(|at_s| {
        let left = at_s / props.chart.x.max * 100.0;
        html! {
            <>
                <div class="crosshair hover" style={format!("left:{left:.3}%")} />
                <div class="readout">{ readout(&props.chart, at_s) }</div>
            </>
        }
    });
    html! {
        <div class="overlay" ref={node} {style} {onpointermove} {onpointerdown} {onpointerleave}>
            <div class="shifted" ref={line}><div class="crosshair" /></div>
            { cross }
        </div>
    }
}

/// Time and values under the crosshair.
fn readout(chart: &Chart, at_s: f64) -> Html {
    let values = chart.series.iter().map(|series| {
        let near = series
            .points
            .iter()
            .min_by(|one, other| (one.0 - at_s).abs().total_cmp(&(other.0 - at_s).abs()));
        let value = near.and_then(|point| point.1);
        let value = value.map_or_else(
            || format::NOTHING.to_string(),
            |value| format!("{} {}", format::quantity(value, 2), chart.unit),
        );
        let class = if series.letter == LETTERS[0] {
            "is-a"
        } else {
            "is-b"
        };
        html! { <span {class}>{ " " }{ series.letter }{ " " }{ value }</span> }
    });
    html! { <>{ format::elapsed_short(at_s) }{ for values }</> }
}

#[derive(Properties, PartialEq)]
struct TableProps {
    chart: Rc<Chart>,
}

/// The chart as a table.
#[component]
fn Table(props: &TableProps) -> Html {
    let table = &props.chart.table;
    let columns = table.columns.iter();
    let columns = columns.map(|name| html! { <th scope="col">{ name }</th> });
    html! {
        <table class="delta">
            <caption class="unseen">{ &props.chart.description }</caption>
            <thead>
                <tr>{ for columns }</tr>
            </thead>
            <tbody>
                { for table.rows.iter().map(|row| html! {
                    <tr>{ for row.iter().map(|cell| html! { <td>{ cell }</td> }) }</tr>
                }) }
            </tbody>
        </table>
    }
}

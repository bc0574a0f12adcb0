//! The three charts of the runs, with playhead and crosshair over them.

use std::rc::Rc;

use tradewind::plot::chart_svg;
use tradewind::plot::charts::{PlotArea, Size};
use tradewind::view::chart::{self, Audited, Chart, ChartInput, ChartKind, ChartOrder};
use tradewind::view::format;
use tradewind::view::text::Key;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::designs::LETTERS;
use super::events::instant;
use super::size::use_size;
use super::summary::{class_of, column, table};
use super::tabs::{Choice, segments};
use super::timeline::share_of;
use crate::element::{El, On, el, handler};
use crate::engine::Outcome;
use crate::playhead::shifted;
use crate::store::{Texts, Ui};

/// Stretches of time per line: two points each, about one per pixel.
const STRETCHES: usize = 200;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Texts, and the playhead.
    pub ui: Ui,
    /// The runs shown.
    pub outcome: Option<Outcome>,
    /// An audited window of one of them.
    pub audited: Option<Rc<Audited>>,
}

/// The three charts. A component because a pointer over one of them draws all three again.
#[component]
pub fn Charts(props: &Props) -> Html {
    let ui = &props.ui;
    let chosen = use_state_eq(|| ChartKind::Availability);
    let hover = use_state_eq(|| None::<f64>);
    // Refined figures change the comparison, not the runs that are drawn.
    let logs = props.outcome.clone().map(Drawn);
    let inputs = (logs, props.audited.clone(), ui.texts);
    let charts = use_memo(inputs, |(drawn, audited, texts)| {
        let built = drawn
            .as_ref()
            .map(|drawn| build(&drawn.0, audited.as_deref(), *texts));
        built.unwrap_or_default()
    });
    let cards = (0..charts.len()).map(|at| {
        html! {
            <ChartCard key={testid(charts[at].kind)} ui={ui.clone()} charts={Rc::clone(&charts)}
                {at} hover={*hover} on_hover={hover.setter()} chosen={*chosen}
                on_choose={chosen.setter()} />
        }
    });
    cards.collect()
}

/// Compares outcomes by their runs alone.
#[derive(Clone)]
struct Drawn(Outcome);

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0.logs, &other.0.logs)
    }
}

fn build(outcome: &Outcome, audited: Option<&Audited>, texts: Texts) -> Vec<Rc<Chart>> {
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
    let charts = chart::charts(&ChartOrder {
        runs: &runs,
        objectives: &scenario.objectives,
        region: first.design.architecture.region,
        audited,
        stretches: STRETCHES,
        language: texts.0,
    });
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
    ui: Ui,
    charts: Rc<Vec<Rc<Chart>>>,
    at: usize,
    hover: Option<f64>,
    on_hover: UseStateSetter<Option<f64>>,
    chosen: ChartKind,
    on_choose: UseStateSetter<ChartKind>,
}

/// One chart.
#[component]
fn ChartCard(props: &CardProps) -> Html {
    let ui = &props.ui;
    let chart = &props.charts[props.at];
    let as_table = use_state_eq(|| false);
    let (node, (width, height)) = use_size((300.0, 180.0));
    let size = Size {
        width: width as u32,
        height: height as u32,
    };
    // The drawing is made again only when the runs, the language or the size change.
    let picture = use_memo(
        (Rc::clone(chart), size.width, size.height),
        |(chart, width, height)| {
            let (width, height) = (*width, *height);
            // Made by our own writer, which escapes every text of the scenario.
            Html::from_html_unchecked(chart_svg(chart, Size { width, height }).into())
        },
    );
    let overlay = Overlay {
        chart: Rc::clone(chart),
        node: use_node_ref(),
    };
    let toggle = {
        let as_table = as_table.clone();
        handler(move |_| as_table.set(!*as_table))
    };
    let (key, body) = if *as_table {
        (Key::ShowChart, el("div").class("scroll").add(values(chart)))
    } else {
        let plot = el("div").class("plot").node(&node);
        let picture = el("div").class("picture").add((*picture).clone());
        let overlay = overlay.draw(ui, size.plot_area(), props);
        (Key::ShowTable, plot.add(picture).add(overlay))
    };
    let button = el("button")
        .class("link")
        .truth("aria-pressed", *as_table)
        .on_click(toggle)
        .text(ui.get(key));
    let header = el("header")
        .add(el("h3").text(&chart.title))
        .add(el("div").class("chart-tabs").add(chart_tabs(props)))
        .add(el("span").class("grow"))
        .add(button);
    el("div")
        .class_if("card chart", chart.kind == props.chosen, "chosen")
        .testid(testid(chart.kind))
        .add(header)
        .add(body)
        .into()
}

/// Which chart is shown where there is room for one.
fn chart_tabs(props: &CardProps) -> El {
    let choices = props.charts.iter().map(|chart| {
        let (kind, on_choose) = (chart.kind, props.on_choose.clone());
        Choice {
            text: &chart.title,
            testid: testid(kind),
            is_chosen: kind == props.chosen,
            on_choose: handler(move |_| on_choose.set(kind)),
        }
    });
    let choices: Vec<_> = choices.collect();
    segments(props.ui.get(Key::RegionCharts), &choices)
}

/// Playhead and crosshair; a click moves the playhead.
struct Overlay {
    chart: Rc<Chart>,
    node: NodeRef,
}

impl Overlay {
    fn draw(&self, ui: &Ui, area: PlotArea, props: &CardProps) -> El {
        let PlotArea {
            x,
            y,
            width,
            height,
        } = area;
        let span = (self.chart.x.min, self.chart.x.max);
        let at_s = {
            let (node, (from_s, to_s)) = (self.node.clone(), span);
            move |event: &Event| {
                let element = node.cast::<HtmlElement>()?;
                let share = share_of(&element, event.unchecked_ref());
                Some(from_s + share * (to_s - from_s))
            }
        };
        let on_move = {
            let (on_hover, at_s) = (props.on_hover.clone(), at_s.clone());
            handler(move |event| on_hover.set(at_s(&event)))
        };
        let on_leave = {
            let on_hover = props.on_hover.clone();
            handler(move |_| on_hover.set(None))
        };
        let playhead = ui.playhead.clone();
        let on_press = handler(move |event| {
            if let Some(at_s) = at_s(&event) {
                playhead.seek(instant(at_s));
            }
        });
        let style = format!("left:{x}px;top:{y}px;width:{width}px;height:{height}px");
        let cross = props.hover.map(|at_s| self.crosshair(at_s));
        el("div")
            .class("overlay")
            .node(&self.node)
            .set("style", &style)
            .on(On::PointerMove, on_move)
            .on(On::PointerDown, on_press)
            .on(On::PointerLeave, on_leave)
            .add(shifted(&ui.playhead, Some(span), "crosshair"))
            .each(cross.into_iter().flatten())
    }

    /// The crosshair, with time and values under it.
    fn crosshair(&self, at_s: f64) -> [El; 2] {
        let chart = &self.chart;
        let share = (at_s - chart.x.min) / (chart.x.max - chart.x.min);
        let left = format!("left:{:.3}%", share * 100.0);
        let values = chart.series.iter().map(|series| {
            let value = series.value_at(at_s).map_or_else(
                || format::NOTHING.to_string(),
                |value| format!("{} {}", format::quantity(value, 2), chart.unit),
            );
            let text = format!(" {} {value}", series.label);
            el("span").class(class_of(series.letter)).text(&text)
        });
        let readout = el("div").class("readout");
        let readout = readout.text(&format::elapsed_short(at_s));
        [
            el("div").class("crosshair hover").set("style", &left),
            readout.each(values),
        ]
    }
}

/// The chart as a table.
fn values(chart: &Chart) -> El {
    let columns = chart.table.columns.iter().map(|name| column(name));
    let rows = chart.table.rows.iter().map(|row| {
        let cells = row.iter().map(|cell| el("td").text(cell));
        el("tr").each(cells)
    });
    let caption = el("caption").class("unseen").text(&chart.description);
    table(Some(caption), columns, rows).class("delta")
}

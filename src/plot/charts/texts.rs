//! What stands beside the lines of a chart: ticks, units, the legend, and rings around what was
//! played request by request.

use std::fmt::Write as _;

use super::{RIGHT, Size};
use crate::plot::markup::escaped;
use crate::plot::theme;
use crate::view::chart::{Chart, ChartSeries};

/// From one line's place in the legend to the next, in pixels.
const STEP: u32 = 46;

/// Ticks, unit, name of the time axis, name of the objective.
pub(super) fn write_texts(svg: &mut String, chart: &Chart, size: Size) {
    let area = size.plot_area();
    let (left, right) = (f64::from(area.x), f64::from(area.x + area.width));
    let (top, bottom) = (f64::from(area.y), f64::from(area.y + area.height));
    let mut write = |x: f64, y: f64, anchor: &str, fill: &str, text: &str| {
        let (x, y) = (tenth(x), tenth(y));
        let text = escaped(text);
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{text}</text>"
        );
    };
    for tick in &chart.y.ticks {
        let share = (tick.value - chart.y.min) / (chart.y.max - chart.y.min);
        let y = bottom - share * (bottom - top) + 4.0;
        write(left - 6.0, y, "end", theme::MUTED, &tick.label);
    }
    // `00:00` is 33 px wide; where labels would touch, every second or third one is enough.
    const ROOM: u32 = 40;
    let labels = area.width / ROOM;
    let every = (chart.x.ticks.len() as u32)
        .saturating_sub(1)
        .div_ceil(labels);
    for tick in chart.x.ticks.iter().step_by(every.max(1) as usize) {
        let share = (tick.value - chart.x.min) / (chart.x.max - chart.x.min);
        let x = left + share * (right - left);
        write(x, bottom + 15.0, "middle", theme::MUTED, &tick.label);
    }
    write(2.0, 12.0, "start", theme::MUTED, unit(chart, size));
    write(right, bottom + 30.0, "end", theme::MUTED, &chart.time_label);
    if let Some(line) = &chart.objective {
        let share = (line.value - chart.y.min) / (chart.y.max - chart.y.min);
        let y = bottom - share * (bottom - top);
        // Above the line where there is room for it, otherwise below.
        let y = if y - top < 14.0 { y + 12.0 } else { y - 4.0 };
        write(left + 4.0, y, "start", theme::MUTED, &line.label);
    }
}

/// The unit, and what stands behind it where the legend leaves room for that.
fn unit(chart: &Chart, size: Size) -> &str {
    // Of a text of 11 px: half of that per letter, all of it per Japanese character.
    let widths = chart
        .unit
        .chars()
        .map(|it| if it.is_ascii() { 6 } else { 11 });
    let is_short = widths.sum::<u32>() + 2 < legend_x(chart, size);
    match chart.unit.split_once(" · ") {
        Some((unit, _)) if !is_short => unit,
        _ => &chart.unit,
    }
}

/// Where the legend begins.
fn legend_x(chart: &Chart, size: Size) -> u32 {
    let is_run = |series: &&ChartSeries| !series.is_audited;
    let count = chart.series.iter().filter(is_run).count();
    let count = u32::try_from(count).unwrap_or(0);
    (size.width - RIGHT).saturating_sub(count * STEP) + 8
}

/// A ring around each value that was played request by request.
pub(super) fn write_marks(svg: &mut String, chart: &Chart, size: Size) {
    let area = size.plot_area();
    let across = f64::from(area.width) / (chart.x.max - chart.x.min);
    let down = f64::from(area.height) / (chart.y.max - chart.y.min);
    for series in chart.series.iter().filter(|series| series.is_audited) {
        for (at, value) in &series.points {
            let Some(value) = value else { continue };
            let x = f64::from(area.x) + (at - chart.x.min) * across;
            let y = f64::from(area.y) + (chart.y.max - value) * down;
            write_ring(svg, series.side, tenth(x), tenth(y));
        }
    }
}

fn write_ring(svg: &mut String, side: usize, x: f64, y: f64) {
    let (color, ground) = (theme::SERIES[side % 3], theme::PANEL);
    let _ = write!(
        svg,
        "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{ground}\" stroke=\"{color}\" \
         stroke-width=\"1.5\"/>"
    );
}

/// A stroke and a letter per line, at the upper right; an audit's line at the lower left, where
/// there is room for a word.
pub(super) fn write_legend(svg: &mut String, chart: &Chart, size: Size) {
    let mut x = legend_x(chart, size);
    for series in &chart.series {
        if series.is_audited {
            let y = size.height - 8;
            write_sample(svg, series, theme::AUDITED, (2, y));
            write_ring(svg, series.side, 12.0, f64::from(y));
        } else {
            write_sample(svg, series, theme::DASHES[series.side % 3], (x, 9));
            x += STEP;
        }
    }
}

/// A stroke as the line is drawn, and what it stands for.
fn write_sample(svg: &mut String, series: &ChartSeries, dash: &[u32], (x, y): (u32, u32)) {
    let color = theme::SERIES[series.side % 3];
    let dash: Vec<String> = dash.iter().map(u32::to_string).collect();
    let dash = if dash.is_empty() {
        String::new()
    } else {
        format!(" stroke-dasharray=\"{}\"", dash.join(" "))
    };
    let _ = write!(
        svg,
        "<path d=\"M{x} {y}h20\" stroke=\"{color}\" stroke-width=\"2\"{dash}/>\
         <text x=\"{}\" y=\"{}\">{}</text>",
        x + 24,
        y + 4,
        escaped(&series.label),
    );
}

fn tenth(value: f64) -> f64 {
    libm::round(value * 10.0) / 10.0
}

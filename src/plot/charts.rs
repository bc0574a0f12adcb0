//! Charts: availability, response times and cost over time.
//!
//! plotters draws in whole pixels, so it draws on a canvas four times as large, which is then
//! scaled down: lines stay smooth on dense screens. It writes literal colours; each part of a chart
//! is drawn in a colour that occurs nowhere else, and that literal is then replaced by the page's
//! custom property together with the dash pattern.

mod texts;

use std::fmt::Write as _;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::markup::escaped;
use super::theme;
use crate::view::chart::{Axis, Chart, ChartSeries};
use crate::view::series::Sample;
use texts::{write_legend, write_marks, write_texts};

/// plotters' pixels per CSS pixel.
const FINENESS: u32 = 4;
/// Space around the plotted area in CSS pixels: for the unit and the legend, the ticks' texts.
const TOP: u32 = 22;
const RIGHT: u32 = 16;
const BOTTOM: u32 = 34;
const LEFT: u32 = 50;

/// Size of a chart in CSS pixels; at least 160 by 120.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// The plotted area inside a chart in CSS pixels: where time zero and the lowest value are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlotArea {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Size {
    /// The plotted area of a chart of this size; a playhead or a crosshair is drawn over it.
    #[must_use]
    pub const fn plot_area(self) -> PlotArea {
        let size = self.at_least();
        PlotArea {
            x: LEFT,
            y: TOP,
            width: size.width - LEFT - RIGHT,
            height: size.height - TOP - BOTTOM,
        }
    }

    const fn at_least(self) -> Self {
        Self {
            width: if self.width < 160 { 160 } else { self.width },
            height: if self.height < 120 { 120 } else { self.height },
        }
    }
}

/// Parts of a chart, each with a colour that stands for it until it is replaced.
#[derive(Clone, Copy)]
enum Part {
    Grid,
    Baseline,
    Band,
    Objective,
    Series(usize),
    /// Request by request, of the design at this position.
    Audited(usize),
}

impl Part {
    const ALL: [Self; 9] = [
        Self::Grid,
        Self::Baseline,
        Self::Band,
        Self::Objective,
        Self::Series(0),
        Self::Series(1),
        Self::Series(2),
        Self::Audited(0),
        Self::Audited(1),
    ];

    const fn of(series: &ChartSeries) -> Self {
        if series.is_audited {
            Self::Audited(series.side)
        } else {
            Self::Series(series.side)
        }
    }

    const fn color(self) -> RGBColor {
        match self {
            Self::Grid => RGBColor(1, 0, 1),
            Self::Baseline => RGBColor(1, 0, 2),
            Self::Band => RGBColor(1, 0, 3),
            Self::Objective => RGBColor(1, 0, 4),
            Self::Series(at) => RGBColor(1, 1, (at % 3) as u8),
            Self::Audited(at) => RGBColor(1, 2, (at % 2) as u8),
        }
    }

    /// The literal that plotters writes.
    fn literal(self) -> String {
        let RGBColor(r, g, b) = self.color();
        format!("#{r:02X}{g:02X}{b:02X}")
    }

    /// What takes the place of `stroke="…"`, or of `fill="…"` for areas.
    fn attributes(self) -> String {
        match self {
            Self::Grid => format!("stroke=\"{}\" stroke-opacity=\"0.3\"", theme::BORDER),
            Self::Baseline => format!("stroke=\"{}\"", theme::BORDER),
            Self::Band => format!("fill=\"{}\" fill-opacity=\"0.12\"", theme::CRITICAL),
            Self::Objective => {
                format!(
                    "stroke=\"{}\" stroke-dasharray=\"{}\"",
                    theme::MUTED,
                    dashes(&[4, 3])
                )
            }
            Self::Series(at) => stroke(at, theme::DASHES[at % 3]),
            Self::Audited(at) => stroke(at, theme::AUDITED),
        }
    }
}

/// A line in the colour of the design at a position.
fn stroke(side: usize, dash: &[u32]) -> String {
    let color = theme::SERIES[side % 3];
    let mut text = format!("stroke=\"{color}\" stroke-linejoin=\"round\"");
    if !dash.is_empty() {
        let _ = write!(text, " stroke-dasharray=\"{}\"", dashes(dash));
    }
    text
}

fn dashes(pattern: &[u32]) -> String {
    let scaled = pattern.iter().map(|length| (length * FINENESS).to_string());
    scaled.collect::<Vec<_>>().join(" ")
}

/// Draws a chart. The picture has its title and its content in words as its accessible name.
#[must_use]
pub fn chart_svg(chart: &Chart, size: Size) -> String {
    let size = size.at_least();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
         aria-label=\"{}\" font-size=\"11\" fill=\"currentColor\">",
        escaped(&format!("{}. {}", chart.title, chart.description)),
        w = size.width,
        h = size.height,
    );
    let _ = write!(
        svg,
        "<g transform=\"scale({})\">",
        1.0 / f64::from(FINENESS)
    );
    svg.push_str(&drawn(chart, size));
    svg.push_str("</g>");
    write_texts(&mut svg, chart, size);
    write_marks(&mut svg, chart, size);
    write_legend(&mut svg, chart, size);
    svg.push_str("</svg>");
    svg
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The parts that plotters draws, without its outer element and in the page's colours.
fn drawn(chart: &Chart, size: Size) -> String {
    let mut raw = String::new();
    let canvas = (size.width * FINENESS, size.height * FINENESS);
    let result = {
        let root = SVGBackend::with_string(&mut raw, canvas).into_drawing_area();
        draw(chart, &root).and_then(|()| root.present().map_err(|error| error.to_string()))
    };
    // Writing to a string cannot fail, and the ranges of axes are not empty.
    debug_assert!(result.is_ok(), "{result:?}");
    let inner = raw.split_once('>').map_or("", |(_, inner)| inner);
    let mut inner = inner.trim().trim_end_matches("</svg>").to_string();
    inner = inner
        .replace(" opacity=\"1\"", "")
        .replace(" \"/>\n", "\"/>");
    for part in Part::ALL {
        let literal = part.literal();
        inner = inner
            .replace(&format!("stroke=\"{literal}\""), &part.attributes())
            .replace(
                &format!("fill=\"{literal}\" stroke=\"none\""),
                &part.attributes(),
            );
    }
    inner
}

fn draw(chart: &Chart, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), String> {
    let (x, y) = (&chart.x, &chart.y);
    let margins = [TOP, BOTTOM, LEFT, RIGHT].map(|margin| (margin * FINENESS) as i32);
    let plot = root.margin(margins[0], margins[1], margins[2], margins[3]);
    // As a chart builder does it, which brings the code of captions and axes along. Values grow
    // upwards, pixels downwards.
    let (across, down) = plot.get_pixel_range();
    let pixels = (across.start..across.end - 1, down.end - 1..down.start);
    let area = &plot.apply_coord_spec(Cartesian2d::new(x.min..x.max, y.min..y.max, pixels));
    draw_frame(area, chart)?;
    for series in &chart.series {
        let style = ShapeStyle::from(Part::of(series).color()).stroke_width(2 * FINENESS);
        for piece in series.points.split(|sample| sample.1.is_none()) {
            let points = simplified(piece, area);
            match points.as_slice() {
                [] => {}
                // A single known point between gaps is a short stroke, so that it does not vanish.
                [(at, value)] => {
                    let reach = (x.max - x.min) / 400.0;
                    path(
                        area,
                        vec![(at - reach, *value), (at + reach, *value)],
                        style,
                    )?;
                }
                _ => path(area, points, style)?,
            }
        }
    }
    Ok(())
}

/// Bands of faults, grid, baseline, objective.
fn draw_frame(area: &Area<'_>, chart: &Chart) -> Result<(), String> {
    let (x, y) = (&chart.x, &chart.y);
    for band in &chart.bands {
        // An instant is drawn as a narrow band, so that it can be seen.
        let to = band
            .to_s
            .max(band.from_s + (x.max - x.min) / 300.0)
            .min(x.max);
        let corners = [(band.from_s, y.min), (to, y.max)];
        let tint = Rectangle::new(corners, Part::Band.color().filled());
        area.draw(&tint).map_err(|error| error.to_string())?;
    }
    for tick in &y.ticks {
        let is_lowest = (tick.value - y.min).abs() < 1e-9;
        let part = if is_lowest {
            Part::Baseline
        } else {
            Part::Grid
        };
        level(area, x, tick.value, part)?;
    }
    if let Some(line) = &chart.objective
        && y.min <= line.value
        && line.value <= y.max
    {
        level(area, x, line.value, Part::Objective)?;
    }
    Ok(())
}

fn level(area: &Area<'_>, x: &Axis, value: f64, part: Part) -> Result<(), String> {
    let style = ShapeStyle::from(part.color()).stroke_width(FINENESS);
    path(area, vec![(x.min, value), (x.max, value)], style)
}

fn path(area: &Area<'_>, points: Vec<(f64, f64)>, style: ShapeStyle) -> Result<(), String> {
    area.draw(&PathElement::new(points, style))
        .map_err(|error| error.to_string())
}

/// The points of a piece without gaps, inside the range, without those that lie on a level line
/// between their neighbours.
fn simplified(piece: &[Sample], area: &Area<'_>) -> Vec<(f64, f64)> {
    let range = area.get_y_range();
    let known = piece
        .iter()
        .filter_map(|(at, value)| value.map(|value| (*at, value)));
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(piece.len());
    let mut pixels: Vec<(i32, i32)> = Vec::with_capacity(piece.len());
    for (at, value) in known {
        let point = (at, value.clamp(range.start, range.end));
        let pixel = area.map_coordinate(&point);
        if let [.., before, last] = pixels.as_slice()
            && before.1 == last.1
            && last.1 == pixel.1
        {
            points.pop();
            pixels.pop();
        }
        points.push(point);
        pixels.push(pixel);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::markup::check_well_formed;
    use crate::view::chart::{Band, ChartKind, ChartSeries, ChartTable, ObjectiveLine, Tick};

    const SIZE: Size = Size {
        width: 340,
        height: 220,
    };

    fn axis(max: f64) -> Axis {
        let tick = |value: f64| Tick {
            value,
            label: value.to_string(),
        };
        Axis {
            min: 0.0,
            max,
            ticks: vec![tick(0.0), tick(max / 2.0), tick(max)],
        }
    }

    fn chart() -> Chart {
        let line = |side: usize, points: Vec<Sample>| ChartSeries {
            letter: ["A", "B"][side],
            side,
            is_audited: false,
            label: ["A", "B"][side].to_string(),
            name: "<b>\"x\" & co</b>".to_string(),
            points,
            description: String::new(),
        };
        let flat = (0..100).map(|at| (f64::from(at), Some(50.0))).collect();
        let gapped = (0..100)
            .map(|at| (f64::from(at), (at % 10 < 5).then_some(80.0)))
            .collect();
        Chart {
            kind: ChartKind::Latency,
            title: "p99 <script>".to_string(),
            unit: "ms".to_string(),
            time_label: "t".to_string(),
            series: vec![line(0, flat), line(1, gapped)],
            x: axis(100.0),
            y: axis(100.0),
            objective: Some(ObjectiveLine {
                value: 40.0,
                label: "SLO".to_string(),
            }),
            bands: vec![Band {
                from_s: 20.0,
                to_s: 30.0,
                label: "zone".to_string(),
            }],
            is_broken: false,
            description: "words & more".to_string(),
            table: ChartTable {
                columns: Vec::new(),
                rows: Vec::new(),
            },
        }
    }

    #[test]
    fn a_chart_is_well_formed_and_in_the_pages_colours() {
        let svg = chart_svg(&chart(), SIZE);
        check_well_formed(&svg);
        assert!(!svg.contains("<script"), "titles are escaped");
        for part in Part::ALL {
            assert!(
                !svg.contains(&part.literal()),
                "{} stays in {svg}",
                part.literal()
            );
        }
        assert!(svg.contains(
            "stroke=\"var(--series-b)\" stroke-linejoin=\"round\" stroke-dasharray=\"28 16\""
        ));
        assert!(
            svg.contains("fill=\"var(--crit)\" fill-opacity=\"0.12\""),
            "the fault is tinted"
        );
    }

    #[test]
    fn gaps_stay_gaps_and_level_lines_are_two_points() {
        let svg = chart_svg(&chart(), SIZE);
        let lines = |color: &str| -> Vec<usize> {
            let polylines = svg.split("<polyline").skip(1).filter(|tag| {
                tag.split("/>")
                    .next()
                    .is_some_and(|tag| tag.contains(color))
            });
            polylines
                .map(|tag| {
                    tag.split("/>")
                        .next()
                        .map_or(0, |tag| tag.matches(',').count())
                })
                .collect()
        };
        assert_eq!(lines("var(--series-a)"), [2]);
        assert_eq!(lines("var(--series-b)"), [2; 10]);
    }

    #[test]
    fn the_plotted_area_lies_where_it_is_said_to() {
        let svg = chart_svg(&chart(), SIZE);
        let area = SIZE.plot_area();
        let (from, to) = (area.x * FINENESS, (area.x + area.width) * FINENESS);
        let level = (area.y + area.height / 2) * FINENESS;
        let near = |at: u32| (at.saturating_sub(FINENESS)..=at + FINENESS).map(|at| at.to_string());
        let is_line = |svg: &str| {
            near(from).any(|from| {
                near(to).any(|to| {
                    near(level)
                        .any(|level| svg.contains(&format!("\"{from},{level} {to},{level}\"")))
                })
            })
        };
        assert!(is_line(&svg), "the middle tick's line: {svg}");
    }

    #[test]
    fn a_chart_without_data_is_still_a_chart() {
        let mut empty = chart();
        empty.series.clear();
        empty.objective = None;
        check_well_formed(&chart_svg(
            &empty,
            Size {
                width: 1,
                height: 1,
            },
        ));
    }
    #[test]
    fn an_audited_line_has_a_ring_around_each_value_and_a_sample_below() {
        let mut chart = chart();
        chart.series.push(ChartSeries {
            is_audited: true,
            label: "B by request".to_string(),
            points: vec![(20.0, Some(80.0)), (30.0, None), (40.0, Some(60.0))],
            ..chart.series[1].clone()
        });
        let svg = chart_svg(&chart, SIZE);
        check_well_formed(&svg);
        let (rings, sample) = (svg.matches("<circle").count(), 1);
        assert_eq!(rings, 2 + sample);
        assert!(svg.contains("B by request"));
        let dotted =
            "stroke=\"var(--series-b)\" stroke-linejoin=\"round\" stroke-dasharray=\"8 12\"";
        assert!(svg.contains(dotted), "{svg}");
    }
}
